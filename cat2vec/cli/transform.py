"""The command ``transform``: rows of files as numbers, written piece by piece."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from cat2vec.cli.keep import KeptColumns, add_keep, check_keep, kept_columns
from cat2vec.cli.new_rows import NewRows
from cat2vec.cli.options import add_parameters
from cat2vec.cli.reading import add_reading, model_of, read_as_in_fit
from cat2vec.estimator.model import Model
from cat2vec.estimator.rows_of_table import encode_again
from cat2vec.estimator.steps import feature_names_out, row_writer, rows_as_numbers
from cat2vec.estimator.unseen import UnseenCells
from cat2vec.export.flat_table import check_table_file, save_tables
from cat2vec.parameters import check_parameters
from cat2vec.storage.folders import check_writable
from cat2vec.tables.sources.paths import Source, find_source

#: Rows that are written at a time, and bytes of their numbers; a row group of Parquet.
_ROWS, _BYTES = 1 << 16, 1 << 26


def add_transform_options(command: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    command.add_argument("model", help="model folder")
    add_reading(command, otherwise="as in train")
    command.add_argument(
        "--out", required=True, metavar="FILE", help=".parquet or .csv file to write"
    )
    add_parameters(command, "overwrite")
    add_parameters(
        command,
        "handle_unknown",
        remark="with fold_in the whole table is read into memory, else piece by piece",
        otherwise="as the model says",
    )
    add_keep(command, "write before the numbers")


def run_transform(options: argparse.Namespace) -> None:
    """Write the rows of a table as numbers; the file is there whole or not at all."""
    model = model_of(options)
    check_table_file(Path(options.out), options.overwrite)
    check_writable(Path(options.out).parent)
    names = feature_names_out(model).tolist()
    check_keep(options, names)
    if options.handle_unknown is not None:
        check_parameters(handle_unknown=options.handle_unknown)
        model.handle_unknown = options.handle_unknown
    source = find_source(options.table)
    if model.handle_unknown == "fold_in":  # where each row counts for the vectors of all
        tables = iter([_whole(model, options, source, names)])
    else:
        tables = _put_together(_in_pieces(model, options, source, names), _rows_at_a_time(names))
    n_columns = len(dict.fromkeys(options.keep or ())) + len(names)
    n_rows = save_tables(tables, options.out, overwrite=options.overwrite)
    print(f"written   {options.out}: {n_rows:,} rows, {n_columns:,} columns")


def _rows_at_a_time(names: list[str]) -> int:
    return min(_ROWS, max(_BYTES // (4 * len(names)), 1))


def _whole(model: Model, options: argparse.Namespace, source: Source, names: list[str]) -> pa.Table:
    """Read a whole table and write it as numbers."""
    kept = kept_columns(model, options, source)
    rows = rows_as_numbers(model, read_as_in_fit(model, options, source))
    return _table(kept, rows, names)


def _in_pieces(
    model: Model, options: argparse.Namespace, source: Source, names: list[str]
) -> Iterator[pa.Table]:
    """Write a table as numbers, some rows after the other; cells as those of the whole table."""
    new = NewRows(model, options, source)
    kept = KeptColumns(options, source, new.names)
    unseen = UnseenCells(model.vocabulary_)
    write = row_writer(model, model.vocabulary_, model.vectors_.matrix)
    at_a_time, is_empty = _rows_at_a_time(names), True
    for (cells, piece), others in zip(new.pieces(), kept.pieces(), strict=False):
        encoded = encode_again(model, cells)
        unseen.add(encoded, model.handle_unknown, in_pieces=True)
        carried = kept.columns_of(others or piece)
        for start in range(0, encoded.n_rows, at_a_time):
            is_empty = False
            some = {name: column.slice(start, at_a_time) for name, column in carried.items()}
            yield _table(some, write(encoded.rows(start, start + at_a_time)), names)
    unseen.warn(model.handle_unknown)
    if is_empty:  # columns have types all the same
        yield _whole(model, options, source, names)


def _table(kept: dict[str, Any], rows: np.ndarray, names: list[str]) -> pa.Table:
    columns = np.ascontiguousarray(rows.T)
    return pa.table({**kept, **dict(zip(names, columns, strict=True))})


def _put_together(tables: Iterator[pa.Table], n_rows: int) -> Iterator[pa.Table]:
    """Put short tables together until they have some rows, or none follow."""
    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        if sum(map(len, held)) >= n_rows:
            yield pa.concat_tables(held)
            held = []
    if held:
        yield pa.concat_tables(held)
