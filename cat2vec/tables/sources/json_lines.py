"""JSON lines, read as a whole or block by block.

Takes a path. Gives a ``TypedFile``. Texts stay text, also those that are written as dates.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json

from cat2vec.errors import FileReadError
from cat2vec.tables.sources.formats import open_bytes
from cat2vec.tables.sources.remote import RemoteFile
from cat2vec.tables.sources.typed_file import TypedFile, in_memory

_BLOCK = 1 << 23
#: JSON has one kind of number; whole ones beyond this are read as the nearest float64.
_EXACT = 2.0**53


def json_in_memory(path: Path | RemoteFile, name: str) -> TypedFile:
    """Read JSON lines; texts stay text, also those that are written as dates."""

    def read(kinds: Mapping[str, pa.DataType]) -> pa.Table:
        with open_bytes(path) as binary:
            return _parsed(binary, kinds)

    _check_not_empty(path, name)
    table = read({})
    texts = {field.name: _with_texts(field.type) for field in table.schema}
    changed = {n: kind for n, kind in texts.items() if kind != table.schema.field(n).type}
    if changed:
        table = read(changed).select(table.column_names)
    for field in table.schema:
        if pa.types.is_floating(field.type):
            most = pc.max(pc.abs(table[field.name])).as_py()
            if most is not None and most >= _EXACT:
                _refuse_long_numbers(path, name, field.name)
    return in_memory(name, table)


def json_in_pieces(path: Path | RemoteFile, name: str) -> TypedFile:
    """Go through JSON lines for their types, and again whenever some rows are asked for."""
    _check_not_empty(path, name)
    kinds: dict[str, pa.DataType] = {}
    n_rows, largest = 0, dict[str, float]()
    for block in _blocks(path):
        table = _parsed(block, {})
        n_rows += table.num_rows
        for field in table.schema:
            kinds[field.name] = _wider(name, field.name, kinds.get(field.name), field.type)
            if pa.types.is_floating(field.type):
                most = pc.max(pc.abs(table[field.name])).as_py() or 0.0
                largest[field.name] = max(most, largest.get(field.name, 0.0))
    for column, most in largest.items():
        if most >= _EXACT:
            _refuse_long_numbers(path, name, column)
    schema = pa.schema(list(kinds.items()))

    def read(names: list[str]) -> pa.Table:
        tables = [_parsed(block, kinds).select(names) for block in _blocks(path)]
        return pa.concat_tables(tables)

    def pieces() -> Iterator[Callable[[list[str]], pa.Table]]:
        for block in _blocks(path):
            yield partial(pa.Table.select, _parsed(block, kinds))

    return TypedFile(name, schema, n_rows, read, pieces)


def _check_not_empty(path: Path | RemoteFile, name: str) -> None:
    if path.stat().st_size == 0:
        raise FileReadError(f"{name!r} is empty: it has no columns and no rows.")


def _parsed(lines: Any, kinds: Mapping[str, pa.DataType]) -> pa.Table:
    parse = pyarrow.json.ParseOptions(
        explicit_schema=pa.schema(list(kinds.items())) if kinds else None,
        newlines_in_values=False,
    )
    options = pyarrow.json.ReadOptions(block_size=_BLOCK, use_threads=not isinstance(lines, bytes))
    lines = pa.BufferReader(lines) if isinstance(lines, bytes) else lines
    return pyarrow.json.read_json(lines, options, parse)


def _blocks(path: Path | RemoteFile) -> Iterator[bytes]:
    """Cut a file into blocks of whole lines."""
    with open_bytes(path) as binary:
        rest = b""
        while block := binary.read(_BLOCK // 2):
            lines, ends, after = block.rpartition(b"\n")
            if ends:
                if (whole := rest + lines).strip():
                    yield whole + ends
                rest = after
            else:
                rest += after
        if rest.strip():
            yield rest


def _wider(name: str, column: str, known: pa.DataType | None, kind: pa.DataType) -> pa.DataType:
    """Give the type that holds what a block has and what those before had."""
    kind = _with_texts(kind)
    if known is None or known == kind or pa.types.is_null(known):
        return kind
    if pa.types.is_null(kind):
        return known
    if pa.types.is_list(known) and pa.types.is_list(kind):
        return pa.list_(_wider(name, column, known.value_type, kind.value_type))
    both = {known, kind}
    if both == {pa.int64(), pa.float64()}:
        return pa.float64()
    raise FileReadError(
        f"column {column!r} is {known} in some lines of {name!r} and {kind} in others. Write it "
        f"with one type."
    )


def _refuse_long_numbers(path: Path | RemoteFile, name: str, column: str) -> None:
    """Raise if a column of float64 was written as whole numbers that it cannot tell apart."""
    pattern = re.escape(json.dumps(column).encode()) + rb"\s*:\s*(-?[0-9]{16,})\s*[,}]"
    with open_bytes(path) as lines:
        for number, line in enumerate(lines, start=1):
            if found := re.search(pattern, line):
                raise FileReadError(
                    f"{name!r} line {number}: {column!r} holds {found[1].decode()} among numbers, "
                    f"and so long ones cannot all be told apart. Write them as text, in quotes."
                )


def _with_texts(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.string()
    if pa.types.is_list(kind):
        return pa.list_(_with_texts(kind.value_type))
    return kind
