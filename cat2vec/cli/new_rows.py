"""New rows for a model, read from files piece by piece, with the types that train gave them.

Takes the options of a command. Gives pieces of rows: the columns that the model knows, as
``read_as_in_fit`` gives them of all rows at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Iterator
from typing import Any

import pyarrow as pa

from cat2vec.cli.reading import read_as_in_fit, reading_options
from cat2vec.counting.streamed import MEMORY, moving, reading_bar
from cat2vec.estimator.model import Model
from cat2vec.estimator.rows_of_table import encode_again
from cat2vec.estimator.unseen import UnseenCells
from cat2vec.estimator.validation import check_are_numbers, columns_again
from cat2vec.parameters.sizes import bytes_of
from cat2vec.tables.encode import encode_growing
from cat2vec.tables.encoded import EncodedTable
from cat2vec.tables.files import names_and_delimiter, types_again
from cat2vec.tables.on_disk import OnDisk
from cat2vec.tables.pieces import EncodedPieces, in_order_of_value
from cat2vec.tables.sources.columnar import Piece
from cat2vec.tables.sources.csv_options import CsvOptions
from cat2vec.tables.sources.formats import CSV
from cat2vec.tables.sources.paths import Source, find_source
from cat2vec.tables.streams.stream import stream_of_files
from cat2vec.tables.text_types import (
    NUMBERS_OR_TEXT,
    TypedColumn,
    kind_of_new,
    numbers_and_texts,
    typed_column,
)

#: Types that texts of numbers can have, each of which holds the ones before.
_WIDENING = (None, "integer", "number", "text")


class NewRows:
    """Rows of a table for a model.

    Parameters
    ----------
    model : Model
    options : Namespace
        Of a command, with those of ``add_reading``.
    source : Source
    every_column : bool
        Find types of all columns of CSV, for ``typed``, and not only those that the model knows.

    Attributes
    ----------
    names : tuple of str
        All columns of the table, whether the model knows them or not.
    given : dict
        How CSV files are read, as ``reading_options`` gives it.

    Raises
    ------
    FileReadError, TableError, UnknownFeatureError, ParameterError
    """

    def __init__(
        self,
        model: Model,
        options: argparse.Namespace,
        source: Source,
        every_column: bool = False,
    ) -> None:
        schema, is_text = model.vocabulary_.schema, source.format == CSV
        given = reading_options(options, model.file_options_ if is_text else None)
        self._source, self._csv, self.given = source, CsvOptions(**given), given
        self._model, self._options = model, options
        self._csv.check()
        self._types = types_again(schema, source)
        keep: Collection[str] = schema.columns
        if every_column and is_text:
            keep = names_and_delimiter(source, **given)[0]
        self._stream = stream_of_files(source, keep, self._types, self._csv, rows_needed=False)
        self._kinds: dict[str, str] = {}
        self.names = self._stream.names
        columns = dict.fromkeys(schema.columns)
        self._known = [name for name in columns if name in self._stream.names]
        self._typed_names = list(self.names) if every_column else self._known
        self._missing = frozenset(self._csv.missing_values)

    def pieces(self) -> Iterator[tuple[dict[str, Any], Piece]]:
        """Give some rows after the other: columns of the model, and all of them as they are read.

        A column of text has one type in all pieces. So CSV files are read twice where types go by
        what cells hold: where the model knows the column as one of numbers, or as none that CSV
        has. On a terminal bars show how much was read.
        """
        self._kinds = self._kinds_of_all() if self._stream.text is not None else {}
        for piece, watch in self._read("read"):
            cells = {name: piece.column(name) for name in self._known}
            if self._stream.text is not None:
                cells = {name: self._typed_again(name, piece) for name in cells}
            watch(len(next(iter(cells.values()), ())))
            yield cells, piece

    def _read(self, what: str) -> Iterator[tuple[Piece, Callable[[int], None]]]:
        """Give the pieces, each with a function that is told how many rows it had."""
        with reading_bar(self._stream, sys.stderr.isatty(), what) as bar:
            watch = moving(bar, self._stream)
            for piece in self._stream.pieces(0):
                yield piece, watch
            watch(0)

    def typed(self, name: str, piece: Piece) -> Any:
        """Give the cells of a column of a piece of CSV, with the type that it has in all rows."""
        return self._typed(name, piece).cells

    def _typed(self, name: str, piece: Piece) -> TypedColumn:
        kind = self._kinds.get(name, self._types.get(name))
        part, cells = self._source.parts[piece.part].name, _chunked(piece.column(name))
        return typed_column(name, cells, kind, self._missing, part, self._csv.decimal)

    def _typed_again(self, name: str, piece: Piece) -> Any:
        """Give the cells of a column as they are encoded, numbers among texts as numbers."""
        typed = self._typed(name, piece)
        if self._types.get(name) == NUMBERS_OR_TEXT and typed.kind == "text":
            return numbers_and_texts(typed.cells, self._csv.decimal)
        return typed.cells

    def _kinds_of_all(self) -> dict[str, str]:
        """Find the types that go by what all cells of a column hold."""
        numbers: dict[str, str | None] = {
            name: None for name in self._typed_names if self._types.get(name) == NUMBERS_OR_TEXT
        }
        texts: dict[str, dict[str, None]] = {
            name: {} for name in self._typed_names if name not in self._types
        }
        if not numbers and not texts:
            return {}
        for piece, watch in self._read("types"):
            watch(len(piece.column(self._known[0])))
            for name, known in numbers.items():
                if known != "text":
                    kind = kind_of_new(
                        _texts_of(piece.column(name)), self._missing, self._csv.decimal
                    )
                    numbers[name] = max(known, kind, key=_WIDENING.index)
            for name, found in texts.items():
                found.update(dict.fromkeys(_texts_of(piece.column(name))))
        kinds = {name: kind or "text" for name, kind in numbers.items()}
        for name, found in texts.items():
            column = pa.chunked_array([pa.array(list(found), pa.string()).dictionary_encode()])
            how = (self._missing, self._source.name, self._csv.decimal)
            kinds[name] = typed_column(name, column, None, *how).kind
        return kinds

    def _cells(
        self, seen: Callable[[Piece], None] = lambda piece: None
    ) -> Iterator[dict[str, Any]]:
        """Give some rows after the other: columns of the model; of a table without rows, none."""
        is_empty = True
        for cells, piece in self.pieces():
            is_empty = False
            seen(piece)
            yield cells
        if is_empty:
            yield read_as_in_fit(self._model, self._options, self._source)

    def encoded(
        self,
        unseen_get: str | None = None,
        warn: bool = True,
        seen: Callable[[Piece], None] = lambda piece: None,
    ) -> Iterator[EncodedTable]:
        """Give some rows after the other as ``encode_rows`` encodes them, with its parameters.

        ``seen`` is given each piece before its rows are.
        """
        what = unseen_get or self._model.handle_unknown
        unseen = UnseenCells(self._model.vocabulary_)
        for cells in self._cells(seen):
            rows = encode_again(self._model, cells)
            if warn or self._model.handle_unknown == "error":
                unseen.add(rows, self._model.handle_unknown, in_pieces=True)
            yield rows
        unseen.warn(what)

    def growing(self) -> Iterator[EncodedTable]:
        """Give some rows after the other by the vocabulary of the model, to which each adds."""
        known = self._model.counts_.vocabulary
        for cells in self._cells():
            columns = columns_again(self._model, cells)
            rows = encode_growing(columns, known, n_jobs=self._model.n_jobs)
            check_are_numbers(rows)
            known = rows.vocabulary
            yield rows


def rows_of_files(
    model: Model, options: argparse.Namespace, path: Any, unseen_get: str
) -> EncodedTable:
    """Read new rows piece by piece and encode them, as ``encode_rows`` does with all at once."""
    source = find_source(path)
    pieces = EncodedPieces(OnDisk(bytes_of(MEMORY)))
    for rows in NewRows(model, options, source).encoded(unseen_get):
        pieces.add(rows)
    return pieces.table()


def more_rows_of_files(model: Model, options: argparse.Namespace) -> EncodedTable:
    """Read rows to add to a model piece by piece and encode them, as ``counted_rows`` does."""
    source, known = find_source(options.table), model.counts_.vocabulary
    pieces = EncodedPieces(OnDisk(bytes_of(MEMORY)))
    for rows in NewRows(model, options, source).growing():
        pieces.add(rows)
    return in_order_of_value(pieces.table(), known)


def _chunked(cells: Any) -> pa.ChunkedArray:
    return cells if isinstance(cells, pa.ChunkedArray) else pa.chunked_array([cells])


def _texts_of(cells: Any) -> list[str]:
    return [text for chunk in _chunked(cells).chunks for text in chunk.dictionary.to_pylist()]
