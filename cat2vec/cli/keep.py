"""``--keep``: columns of the table that are carried through to the output as they are."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from cat2vec.cli.reading import reading_options
from cat2vec.errors import ParameterError, UnknownFeatureError, listed
from cat2vec.estimator.model import Model
from cat2vec.tables.files import is_csv, read_table
from cat2vec.tables.sources.columnar import FileColumns, Piece
from cat2vec.tables.sources.paths import Source


def add_keep(command: argparse.ArgumentParser, what: str) -> None:
    """Add the option; ``what`` says where the columns go."""
    command.add_argument(
        "--keep",
        nargs="+",
        action="extend",
        metavar="NAME",
        help=f"columns of the table, such as a key, to {what}, as they are",
    )


def check_keep(options: argparse.Namespace, written: Sequence[str]) -> None:
    """Raise ParameterError if a column to keep has the name of one that the command writes."""
    clash = [name for name in options.keep or () if name in set(written)]
    if clash:
        raise ParameterError(
            f"--keep names {listed(clash)}, and {options.command} writes a column of that name. "
            f"Rename it in the table, or leave it out of --keep."
        )


def kept_columns(
    model: Model, options: argparse.Namespace, source: Source
) -> dict[str, pa.ChunkedArray]:
    """Read the columns to keep: those of CSV as text, those of other files with their types.

    Raises
    ------
    UnknownFeatureError, ParameterError, FileReadError
    """
    names = list(dict.fromkeys(options.keep or ()))
    if not names:
        return {}
    if is_csv(source):
        given = reading_options(options, model.file_options_) | {"missing_values": []}
        types = dict.fromkeys(names, "text")
        table = read_table(source, types=types, **given, rows_needed=False).table
        kept = {name: table[name] for name in names}
    else:
        columns = FileColumns(source, None, names, rows_needed=False)
        for name in names:
            if name not in columns:
                raise UnknownFeatureError(name, list(columns))
        kept = {name: columns.as_stored(name) for name in names}
    _check_can_be_written(kept, options)
    return kept


class KeptColumns:
    """The columns to keep of a table that is read piece by piece, as ``kept_columns`` reads them.

    Parameters
    ----------
    options : Namespace
    source : Source
    known : sequence of str
        Columns of the table.

    Raises
    ------
    UnknownFeatureError, ParameterError, FileReadError
    """

    def __init__(self, options: argparse.Namespace, source: Source, known: Sequence[str]) -> None:
        self._options = options
        self._names = list(dict.fromkeys(options.keep or ()))
        self._files: FileColumns | None = None
        if self._names and not is_csv(source):
            self._files = FileColumns(
                source, None, self._names, rows_needed=False, may_be_held=False
            )
            known = list(self._files)
        for name in self._names:
            if name not in known:
                raise UnknownFeatureError(name, known)

    def pieces(self) -> Iterator[Piece | None]:
        """Give the pieces that the columns are read from; None for those of the rows themselves.

        Keys of folders may have other types than a model says, so files that have types are opened
        once more.
        """
        if self._files is None:
            return itertools.repeat(None)
        return self._files.pieces()

    def columns_of(self, piece: Piece) -> dict[str, pa.ChunkedArray]:
        """Read the columns of a piece."""
        kept = {name: piece.column(name) for name in self._names}
        if self._files is not None:
            kept = {name: self._files.as_stored(name, cells) for name, cells in kept.items()}
        _check_can_be_written(kept, self._options)
        return kept


def _check_can_be_written(kept: Mapping[str, Any], options: argparse.Namespace) -> None:
    """Raise ParameterError if CSV is to be written and cells hold several values."""
    nested = [name for name, cells in kept.items() if pa.types.is_nested(cells.type)]
    if nested and Path(getattr(options, "out", "")).suffix == ".csv":
        raise ParameterError(
            f"--keep names {listed(nested)}, whose cells hold several values, which CSV cannot "
            f"hold. Write a .parquet file."
        )
