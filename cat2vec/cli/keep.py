"""``transform --keep``: columns of the table that are carried through to the output as they are."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from cat2vec.errors import ParameterError, UnknownFeatureError, listed
from cat2vec.estimator.estimator import Cat2Vec
from cat2vec.tables.files import is_csv, read_table
from cat2vec.tables.parquet import PARQUET


def add_keep(command: argparse.ArgumentParser) -> None:
    """Add the option."""
    command.add_argument(
        "--keep",
        nargs="+",
        action="extend",
        metavar="NAME",
        help="columns of the table, such as a key, to write before the numbers as they are",
    )


def check_keep(options: argparse.Namespace, written: Sequence[str]) -> None:
    """Raise ParameterError if a column to keep has the name of one that transform writes."""
    clash = [name for name in options.keep or () if name in set(written)]
    if clash:
        raise ParameterError(
            f"--keep names {listed(clash)}, and transform writes a column of that name. Rename it "
            f"in the table, or leave it out of --keep."
        )


def kept_columns(model: Cat2Vec, options: argparse.Namespace) -> dict[str, pa.ChunkedArray]:
    """Read the columns to keep: those of CSV as text, those of Parquet with their types.

    Raises
    ------
    UnknownFeatureError, ParameterError, FileReadError
    """
    names = list(dict.fromkeys(options.keep or ()))
    if not names:
        return {}
    types = dict.fromkeys(names, "text") if is_csv(options.table) else {}
    delimiter = options.delimiter or (model.file_options_.get("delimiter") if types else None)
    table = read_table(options.table, types=types, delimiter=delimiter).table
    for name in names:
        if name not in table.column_names:
            raise UnknownFeatureError(name, table.column_names)
    kept = {name: table[name] for name in names}
    if not types:
        kept = _with_types_of(Path(options.table), kept)
    nested = [name for name, cells in kept.items() if pa.types.is_nested(cells.type)]
    if nested and Path(options.out).suffix == ".csv":
        raise ParameterError(
            f"--keep names {listed(nested)}, whose cells hold several values, which CSV cannot "
            f"hold. Write a .parquet file."
        )
    return kept


def _with_types_of(file: Path, kept: dict[str, pa.ChunkedArray]) -> dict[str, pa.ChunkedArray]:
    """Give columns the types that they have in the file: text was read as dictionaries."""
    parts = sorted(part for part in file.rglob("*") if part.suffix.lower() in PARQUET)
    schema = pyarrow.parquet.read_schema(parts[0] if file.is_dir() else file)
    types = {field.name: field.type for field in schema}
    return {
        name: cells.cast(types[name]) if cells.type != types.get(name, cells.type) else cells
        for name, cells in kept.items()
    }
