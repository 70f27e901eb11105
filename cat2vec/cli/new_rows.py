"""New rows for a model, read from files piece by piece, with the types that train gave them.

Takes the options of a command. Gives pieces of rows: the columns that the model knows, as
``read_as_in_fit`` gives them of all rows at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from cat2vec.cli.reading import reading_options
from cat2vec.counting.streamed import moving, reading_bar
from cat2vec.estimator.model import Model
from cat2vec.tables.files import types_again
from cat2vec.tables.sources.columnar import Piece
from cat2vec.tables.sources.csv_options import CsvOptions
from cat2vec.tables.sources.formats import CSV
from cat2vec.tables.sources.paths import Source
from cat2vec.tables.streams.stream import stream_of_files
from cat2vec.tables.text_types import (
    NUMBERS_OR_TEXT,
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

    Attributes
    ----------
    names : tuple of str
        All columns of the table, whether the model knows them or not.

    Raises
    ------
    FileReadError, TableError, UnknownFeatureError, ParameterError
    """

    def __init__(self, model: Model, options: argparse.Namespace, source: Source) -> None:
        schema, is_text = model.vocabulary_.schema, source.format == CSV
        given = reading_options(options, model.file_options_ if is_text else None)
        self._source, self._csv = source, CsvOptions(**given)
        self._types = types_again(schema, source)
        self._stream = stream_of_files(
            source, schema.columns, self._types, self._csv, rows_needed=False
        )
        self.names = self._stream.names
        columns = dict.fromkeys(schema.columns)
        self._known = [name for name in columns if name in self._stream.names]
        self._missing = frozenset(self._csv.missing_values)

    def pieces(self) -> Iterator[tuple[dict[str, Any], Piece]]:
        """Give some rows after the other: columns of the model, and all of them as they are read.

        A column of text has one type in all pieces. So CSV files are read twice where types go by
        what cells hold: where the model knows the column as one of numbers, or as none that CSV
        has. On a terminal bars show how much was read.
        """
        kinds = self._kinds() if self._stream.text is not None else {}
        for piece, watch in self._read("read"):
            cells = {name: piece.column(name) for name in self._known}
            if self._stream.text is not None:
                part = self._source.parts[piece.part].name
                cells = {name: self._typed(name, cells[name], kinds, part) for name in cells}
            watch(len(next(iter(cells.values()), ())))
            yield cells, piece

    def _read(self, what: str) -> Iterator[tuple[Piece, Callable[[int], None]]]:
        """Give the pieces, each with a function that is told how many rows it had."""
        with reading_bar(self._stream, sys.stderr.isatty(), what) as bar:
            watch = moving(bar, self._stream)
            for piece in self._stream.pieces(0):
                yield piece, watch
            watch(0)

    def _typed(self, name: str, cells: Any, kinds: dict[str, str], part: str) -> Any:
        kind = kinds.get(name, self._types.get(name))
        decimal = self._csv.decimal
        typed = typed_column(name, _chunked(cells), kind, self._missing, part, decimal)
        if self._types.get(name) == NUMBERS_OR_TEXT and typed.kind == "text":
            return numbers_and_texts(typed.cells, decimal)
        return typed.cells

    def _kinds(self) -> dict[str, str]:
        """Find the types that go by what all cells of a column hold."""
        numbers: dict[str, str | None] = {
            name: None for name in self._known if self._types.get(name) == NUMBERS_OR_TEXT
        }
        texts: dict[str, dict[str, None]] = {
            name: {} for name in self._known if name not in self._types
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


def _chunked(cells: Any) -> pa.ChunkedArray:
    return cells if isinstance(cells, pa.ChunkedArray) else pa.chunked_array([cells])


def _texts_of(cells: Any) -> list[str]:
    return [text for chunk in _chunked(cells).chunks for text in chunk.dictionary.to_pylist()]
