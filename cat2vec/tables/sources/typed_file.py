"""``TypedFile``: one file that has types of its own, and its rows piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

#: Small batches of rows are put together up to so many.
_PIECE_ROWS = 1 << 17


@dataclass(frozen=True)
class TypedFile:
    """One file: its columns, how many rows it has, and a function that reads some columns.

    ``pieces`` gives such functions for some rows after the other; ``piece_bytes`` is how large a
    column of a piece is at most, where that is known.
    """

    name: str
    schema: pa.Schema
    n_rows: int
    read: Callable[[list[str]], pa.Table]
    pieces: Callable[[], Iterator[Callable[[list[str]], pa.Table]]]
    piece_bytes: int = 0


def tables_of(
    batches: Iterator[pa.RecordBatch], schema: pa.Schema
) -> Iterator[Callable[[list[str]], pa.Table]]:
    """Give pieces of batches that come one after the other."""
    for held in put_together(batches):
        yield pa.Table.from_batches(held, schema).select


def put_together(batches: Iterator[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Collect small batches until they hold many rows."""
    held: list[pa.RecordBatch] = []
    n_rows = 0
    for batch in batches:
        held.append(batch)
        n_rows += batch.num_rows
        if n_rows >= _PIECE_ROWS:
            yield held
            held, n_rows = [], 0
    if held:
        yield held


def in_memory(name: str, table: pa.Table) -> TypedFile:
    """Give a file of which everything was read."""

    def pieces() -> Iterator[Callable[[list[str]], pa.Table]]:
        yield from tables_of(iter(table.to_batches()), table.schema)

    return TypedFile(name, table.schema, table.num_rows, table.select, pieces)
