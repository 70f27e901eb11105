"""One file that has types of its own, opened: Parquet, Feather, Arrow, ORC or JSON lines.

Takes a path and its format. Gives ``TypedFile``: schema, number of rows, and a function that reads
some columns.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json
import pyarrow.parquet

from cat2vec.errors import FileReadError, TableError, listed
from cat2vec.tables.sources.formats import (
    FEATHER,
    JSON_LINES,
    ORC,
    PARQUET,
    STREAM,
    open_bytes,
)

_BLOCK = 1 << 23
#: JSON has one kind of number; whole ones beyond this are read as the nearest float64.
_EXACT = 2.0**53


@dataclass(frozen=True)
class TypedFile:
    """One file: its columns, how many rows it has, and a function that reads some columns."""

    name: str
    schema: pa.Schema
    n_rows: int
    read: Callable[[list[str]], pa.Table]


def open_file(path: Path, name: str, format: str) -> TypedFile:
    """Open a file of one of the formats that have types of their own.

    Raises
    ------
    FileReadError, TableError
    pyarrow.ArrowException, OSError
        As reading raises them.
    """
    opened = {
        PARQUET: _parquet,
        FEATHER: _feather,
        STREAM: _stream,
        ORC: _orc,
        JSON_LINES: _json_lines,
    }[format](path, name)
    names = opened.schema.names
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise TableError(
            f"{name!r}: column names must differ, and {listed(twice)} stands more than once."
        )
    return opened


def _parquet(path: Path, name: str) -> TypedFile:
    metadata = pyarrow.parquet.read_metadata(path)
    schema = pyarrow.parquet.read_schema(path)
    texts = [
        field.name
        for field in schema
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
    ]

    def read(names: list[str]) -> pa.Table:
        return pyarrow.parquet.ParquetFile(path, read_dictionary=texts).read(names)

    return TypedFile(name, schema, metadata.num_rows, read)


def _feather(path: Path, name: str) -> TypedFile:
    with pa.memory_map(str(path)) as file:
        reader = pa.ipc.open_file(file)
        schema, n_rows = (
            reader.schema,
            sum(reader.get_batch(i).num_rows for i in range(reader.num_record_batches)),
        )

    def read(names: list[str]) -> pa.Table:
        options = pa.ipc.IpcReadOptions(included_fields=[schema.get_field_index(n) for n in names])
        with pa.memory_map(str(path)) as file:
            return pa.ipc.open_file(file, options=options).read_all()

    return TypedFile(name, schema, n_rows, read)


def _stream(path: Path, name: str) -> TypedFile:
    with open_bytes(path) as binary:
        return _in_memory(name, pa.ipc.open_stream(binary).read_all())


def _orc(path: Path, name: str) -> TypedFile:
    import pyarrow.orc

    file = pyarrow.orc.ORCFile(path)

    def read(names: list[str]) -> pa.Table:
        return pyarrow.orc.ORCFile(path).read(columns=names)

    return TypedFile(name, file.schema, file.nrows, read)


def _json_lines(path: Path, name: str) -> TypedFile:
    """Read JSON lines; texts stay text, also those that are written as dates."""

    def read(kinds: Mapping[str, pa.DataType]) -> pa.Table:
        parse = pyarrow.json.ParseOptions(
            explicit_schema=pa.schema(list(kinds.items())) if kinds else None,
            newlines_in_values=False,
        )
        with open_bytes(path) as binary:
            return pyarrow.json.read_json(
                binary, pyarrow.json.ReadOptions(block_size=_BLOCK), parse
            )

    if path.stat().st_size == 0:
        raise FileReadError(f"{name!r} is empty: it has no columns and no rows.")
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
    return _in_memory(name, table)


def _refuse_long_numbers(path: Path, name: str, column: str) -> None:
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


def _in_memory(name: str, table: pa.Table) -> TypedFile:
    return TypedFile(name, table.schema, table.num_rows, table.select)
