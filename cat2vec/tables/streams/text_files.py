"""CSV files read piece by piece: all columns as text, which get types once all was read.

Takes a ``Source``. Gives pieces of dictionaries of text, and the types that all distinct texts of a
column allow, as they are found for files in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from cat2vec.errors import FileReadError, HeaderWarning, warn
from cat2vec.tables.remarks import Remark
from cat2vec.tables.sources.columnar import Piece
from cat2vec.tables.sources.csv_options import CsvOptions
from cat2vec.tables.sources.delimited import text_batches
from cat2vec.tables.sources.headers import cells_among_names
from cat2vec.tables.sources.paths import Source
from cat2vec.tables.sources.row_numbers import left_out_remark, may_number_rows
from cat2vec.tables.streams.runs import SortedRuns
from cat2vec.tables.streams.spilled_column import SpilledColumn
from cat2vec.tables.text_columns import (
    blanks_behind_delimiters,
    check_delimiter,
    check_same_names,
    check_types,
    key_column,
    names_of_part,
    text_in_some,
    typed_in_files,
)
from cat2vec.tables.text_types import typed_column
from cat2vec.tables.unmatched import Unmatched, unmatched_texts

#: Bytes for sorting the numbers of a column that may number the rows.
_ROOM = 1 << 26


@dataclass(frozen=True)
class TypedTexts:
    """Columns of text with their types.

    ``cells`` are for each column one cell for each distinct text, and one behind them if there are
    gaps; columns that number the rows are not among them.
    """

    cells: dict[str, Any]
    kinds: dict[str, str]
    remarks: tuple[Remark, ...]
    unmatched: tuple[Unmatched, ...]


class TextFiles:
    """CSV files under each other.

    Parameters
    ----------
    source : Source
    types : mapping or None
        As in ``read_table``.
    options : CsvOptions
    keep : collection of str
        Columns that are kept even where they number the rows.

    Raises
    ------
    FileReadError, TableError, UnknownFeatureError, ParameterError
        What the first lines tell.
    """

    def __init__(
        self,
        source: Source,
        types: Mapping[str, str] | None = None,
        options: CsvOptions | None = None,
        keep: Collection[str] = (),
    ) -> None:
        self._source, self._keep, self._types = source, keep, types or {}
        self._options = CsvOptions() if options is None else options
        opened = [names_of_part(part, self._options) for part in source.parts]
        names = opened[0][0]
        for part, (others, _) in zip(source.parts, opened, strict=True):
            check_same_names(source.parts[0], names, part, others, self._options)
        self._in_files, self._opened = names, opened
        self.remarks = (*source.remarks, *blanks_behind_delimiters(names, self._options))
        self.names = [*names, *(key for key in source.keys if key not in names)]
        if len(self.names) == 1:
            check_delimiter(source.parts[0], names[0], self._options)
        self._options.check()
        check_types(self._types, self.names)
        self._before, self._in_part = 0, 0

    @property
    def n_bytes_read(self) -> int:
        """How many bytes of the files were read, as they lie on the disk."""
        return self._before + self._in_part

    def pieces(self, start: int = 0) -> Generator[Piece, None, None]:
        """Give some rows after the other, from the piece of a number on."""
        number = self._before = self._in_part = 0
        for place, (names, options) in enumerate(self._opened):
            part = self._source.parts[place]
            for batch in text_batches(part, names, options, self._watch):
                if number >= start:
                    yield Piece(place, partial(self._column, place, batch))
                number += 1
            self._before, self._in_part = self._before + part.path.stat().st_size, 0

    def may_be_numbers(self, name: str) -> bool:
        """Say whether a column may be told to be one of numbers before all of it was read."""
        usual = not self._options.missing_values and self._options.decimal == "."
        return usual and name not in self._types

    def _watch(self, n_bytes: int) -> None:
        self._in_part = n_bytes

    def _column(self, place: int, batch: pa.RecordBatch, name: str) -> Any:
        if name in self._in_files:
            return batch.column(batch.schema.get_field_index(name))
        return key_column(self._source.parts[place], name, batch.num_rows)

    def typed(
        self, columns: Mapping[str, SpilledColumn], rows_of_parts: list[tuple[int, int]]
    ) -> TypedTexts:
        """Give columns their types, as all their texts allow.

        Parameters
        ----------
        columns : mapping of str to SpilledColumn
            All that was read.
        rows_of_parts : list of (int, int)
            First row of each file, and the one behind its last.

        Raises
        ------
        FileReadError

        Warns
        -----
        HeaderWarning
        """
        cells: dict[str, Any] = {}
        kinds: dict[str, str] = {}
        remarks: list[Remark] = []
        texts: dict[str, list[pa.Array]] = {}
        for name, column in columns.items():
            if column.is_numbers and column.number_texts is not None:
                kinds[name], texts[name] = str(column.number_texts.kind), []
                may_number = name not in self._keep and may_number_rows(name)
                if may_number and kinds[name] == "integer" and _differ(column, rows_of_parts):
                    remarks.append(left_out_remark(name))
                    continue
                cells[name] = None
                continue
            whole = _whole(column)
            texts[name] = [whole.chunk(0).dictionary]
            wanted = self._types.get(name)
            in_parts = partial(_in_parts, column, rows_of_parts)
            typed = self._typed(name, whole, wanted, in_parts)
            remarks += typed.remarks
            kinds[name] = typed.kind
            if wanted is None and typed.kind == "text" and len(rows_of_parts) > 1:
                remarks += text_in_some(name, in_parts(), "text", self._options, self._source)
            if name not in self._keep and name not in self._types and may_number_rows(name):
                if typed.kind == "integer" and _number_rows(column, rows_of_parts):
                    remarks.append(left_out_remark(name))
                    continue
            cells[name] = typed.cells
        if self._options.header is True and set(self._in_files) <= set(columns):
            if among := cells_among_names(self._in_files, texts, kinds):
                warn(HeaderWarning(self._source.parts[0].name, among))
        unmatched = unmatched_texts(texts, self._options.missing_values)
        return TypedTexts(cells, kinds, tuple(remarks), unmatched)

    def _typed(
        self, name: str, whole: pa.ChunkedArray, wanted: str | None, in_parts: Callable[[], Any]
    ) -> Any:
        missing, decimal = frozenset(self._options.missing_values), self._options.decimal
        try:
            return typed_column(name, whole, wanted, missing, self._source.name, decimal)
        except FileReadError:
            typed_in_files(name, in_parts(), wanted, self._options, self._source)
            raise


def _whole(column: SpilledColumn) -> pa.ChunkedArray:
    """Give each distinct text of a column once, and a gap behind them if there are any."""
    profile = column.grown.profile()
    return _each_once(profile.values, profile.n_missing > 0)


def _each_once(texts: Any, has_gap: bool) -> pa.ChunkedArray:
    codes = pa.array([*range(len(texts)), *([None] * has_gap)], pa.int32())
    values = pa.array(texts, pa.string())
    return pa.chunked_array([pa.DictionaryArray.from_arrays(codes, values)])


def _in_parts(column: SpilledColumn, rows_of_parts: list[tuple[int, int]]) -> list[pa.ChunkedArray]:
    """Give the distinct texts of each file."""
    texts = column.grown.profile().values
    found = []
    for start, stop in rows_of_parts:
        is_here = np.zeros(len(texts) + 1, bool)
        for cells in column.read(start, stop):
            is_here[cells.entries] = True  # -1, a gap, is the last
        here = np.flatnonzero(is_here[:-1]).tolist()
        found.append(_each_once([texts[i] for i in here], bool(is_here[-1])))
    return found


def _differ(column: SpilledColumn, rows_of_parts: list[tuple[int, int]]) -> bool:
    """Say whether whole numbers without a gap all differ, in the table or in each of its files."""
    whole = [(rows_of_parts[0][0], rows_of_parts[-1][1])]
    return any(
        all(_differ_in(column, start, stop) for start, stop in ranges)
        for ranges in (whole, rows_of_parts)
    )


def _differ_in(column: SpilledColumn, start: int, stop: int) -> bool:
    values, last, ascend = column.number_values(), np.empty(0, np.int64), True
    runs = SortedRuns(np.int64, np.int64, column.path_of("codes").parent, "differ", _ROOM)
    for cells in column.read(start, stop):
        present = cells.entries >= 0 if cells.per_row is None else cells.per_row
        if not present.all():
            return False
        here = values[cells.entries] if cells.per_row is None else cells.entries
        joined = np.concatenate([last, here])
        ascend &= bool(np.all(joined[1:] > joined[:-1]))
        last = here[-1:]
        runs.add(here)
    return ascend or sum(len(keys) for keys, _ in runs.parts()) == stop - start


def _number_rows(column: SpilledColumn, rows_of_parts: list[tuple[int, int]]) -> bool:
    """Say whether whole numbers all differ, in the table or in each of its files."""
    profile = column.grown.profile()
    if profile.n_missing:
        return False
    if profile.rows.max(initial=0) == 1:
        return True
    for start, stop in rows_of_parts:
        n_rows = np.zeros(len(profile.values), np.int64)
        for cells in column.read(start, stop):
            np.add.at(n_rows, cells.entries, 1)
        if n_rows.max(initial=0) > 1:
            return False
    return True
