"""One file that has types of its own, opened: Parquet, Feather, Arrow, ORC or JSON lines.

Takes a path and its format. Gives ``TypedFile``: schema, number of rows, and functions that read
some columns, of all rows or piece by piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from cat2vec.errors import TableError, listed
from cat2vec.tables.sources.formats import (
    FEATHER,
    JSON_LINES,
    ORC,
    PARQUET,
    STREAM,
    open_bytes,
    readable,
)
from cat2vec.tables.sources.json_lines import json_in_memory, json_in_pieces
from cat2vec.tables.sources.remote import RemoteFile
from cat2vec.tables.sources.typed_file import TypedFile, in_memory, tables_of


def open_file(
    path: Path | RemoteFile, name: str, format: str, may_be_held: bool = True
) -> TypedFile:
    """Open a file of one of the formats that have types of their own.

    ``may_be_held`` says whether a file that can only be read from its start may be kept in memory;
    otherwise it is read anew whenever it is asked for.

    Raises
    ------
    FileReadError, TableError
    pyarrow.ArrowException, OSError
        As reading raises them.
    """
    if format in (STREAM, JSON_LINES) and not may_be_held:
        opened = (_stream_in_pieces if format == STREAM else json_in_pieces)(path, name)
    else:
        opened = {
            PARQUET: _parquet,
            FEATHER: _feather,
            STREAM: _stream,
            ORC: _orc,
            JSON_LINES: json_in_memory,
        }[format](path, name)
    names = opened.schema.names
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise TableError(
            f"{name!r}: column names must differ, and {listed(twice)} stands more than once."
        )
    return opened


def _parquet(path: Path | RemoteFile, name: str) -> TypedFile:
    file = partial(readable, path, cache_type="none")  # what is read is what is needed
    metadata = pyarrow.parquet.read_metadata(file())
    schema = metadata.schema.to_arrow_schema()
    texts = [
        field.name
        for field in schema
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
    ]

    def read(names: list[str]) -> pa.Table:
        return pyarrow.parquet.ParquetFile(file(), read_dictionary=texts).read(names)

    def pieces() -> Iterator[Callable[[list[str]], pa.Table]]:
        for group in range(metadata.num_row_groups):
            yield partial(group_of, group)

    def group_of(group: int, names: list[str]) -> pa.Table:
        # a column as a whole where each reading is a request
        at_once = isinstance(path, RemoteFile)
        opened = pyarrow.parquet.ParquetFile(
            file(), read_dictionary=texts, pre_buffer=at_once, metadata=metadata
        )
        return opened.read_row_group(group, names, use_threads=False)

    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    sizes = [g.column(c).total_uncompressed_size for g in groups for c in range(g.num_columns)]
    return TypedFile(name, schema, metadata.num_rows, read, pieces, max(sizes, default=0))


def _feather(path: Path | RemoteFile, name: str) -> TypedFile:
    first = pa.ipc.IpcReadOptions(included_fields=[0])
    with _mapped(path) as file:
        schema = pa.ipc.open_file(file).schema
        reader = pa.ipc.open_file(file, options=first if len(schema) else None)
        n_rows = sum(reader.get_batch(i).num_rows for i in range(reader.num_record_batches))

    def read(names: list[str]) -> pa.Table:
        options = pa.ipc.IpcReadOptions(included_fields=[schema.get_field_index(n) for n in names])
        with _mapped(path) as file:
            return pa.ipc.open_file(file, options=options).read_all()

    def pieces() -> Iterator[Callable[[list[str]], pa.Table]]:
        with _opened(path) as file:  # a mapped file would count as memory
            reader = pa.ipc.open_file(file)
            batches = (reader.get_batch(i) for i in range(reader.num_record_batches))
            yield from tables_of(batches, schema)

    return TypedFile(name, schema, n_rows, read, pieces)


def _mapped(path: Path | RemoteFile) -> Any:
    """Map a file into memory; one that Arrow cannot open by its name is opened."""
    found = readable(path)
    return pa.memory_map(str(path)) if found is path else _of_arrow(found)


def _opened(path: Path | RemoteFile) -> Any:
    found = readable(path)
    return pa.OSFile(str(path)) if found is path else _of_arrow(found)


def _of_arrow(file: Any) -> Any:
    return file if isinstance(file, pa.NativeFile) else pa.PythonFile(file, "r")


def _stream(path: Path | RemoteFile, name: str) -> TypedFile:
    with open_bytes(path) as binary:
        return in_memory(name, pa.ipc.open_stream(binary).read_all())


def _stream_in_pieces(path: Path | RemoteFile, name: str) -> TypedFile:
    """Go through a stream of Arrow for its rows, and again whenever some are asked for."""
    with open_bytes(path) as binary:
        reader = pa.ipc.open_stream(binary)
        schema, n_rows = reader.schema, sum(batch.num_rows for batch in reader)

    def read(names: list[str]) -> pa.Table:
        with open_bytes(path) as binary:
            batches = [batch.select(names) for batch in pa.ipc.open_stream(binary)]
        return pa.Table.from_batches(batches, pa.schema([schema.field(one) for one in names]))

    def pieces() -> Iterator[Callable[[list[str]], pa.Table]]:
        with open_bytes(path) as binary:
            yield from tables_of(iter(pa.ipc.open_stream(binary)), schema)

    return TypedFile(name, schema, n_rows, read, pieces)


def _orc(path: Path | RemoteFile, name: str) -> TypedFile:
    import pyarrow.orc

    file = pyarrow.orc.ORCFile(readable(path))

    def read(names: list[str]) -> pa.Table:
        return pyarrow.orc.ORCFile(readable(path)).read(columns=names)

    def pieces() -> Iterator[Callable[[list[str]], pa.Table]]:
        for stripe in range(file.nstripes):
            yield partial(stripe_of, stripe)

    def stripe_of(stripe: int, names: list[str]) -> pa.Table:
        return pa.table(pyarrow.orc.ORCFile(readable(path)).read_stripe(stripe, columns=names))

    return TypedFile(name, file.schema, file.nrows, read, pieces)
