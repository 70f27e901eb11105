"""The command ``impute``: a table with its missing cells filled."""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cat2vec.cli.options import add_parameters
from cat2vec.cli.reading import add_reading, model_of, read_as_in_fit, reading_options
from cat2vec.errors import HeaderWarning
from cat2vec.estimator.cells import fills_for
from cat2vec.estimator.model import Model
from cat2vec.export.flat_table import check_table_file, save_token_table
from cat2vec.storage.folders import check_writable
from cat2vec.tables.files import is_csv, names_and_delimiter, read_table, types_again
from cat2vec.tables.filling import filled
from cat2vec.tables.sources.paths import Source, find_source
from cat2vec.vocabulary.categories import category_text
from cat2vec.vocabulary.vocabulary import Schema


def add_impute_options(command: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    command.add_argument("model", help="model folder")
    add_reading(command, otherwise="as in train")
    command.add_argument(
        "--out",
        required=True,
        metavar="FILE",
        help=".parquet or .csv file to write; from CSV, .csv has the delimiter, decimal sign and "
        "header or none of the table, and .parquet the types that the model reads",
    )
    add_parameters(command, "overwrite")


def run_impute(options: argparse.Namespace) -> None:
    """Fill the missing cells of a table and write it; all other cells stay as they were."""
    model = model_of(options)
    target = Path(options.out)
    check_table_file(target, options.overwrite)
    check_writable(target.parent)
    source = find_source(options.table)  # once, as a pipe can be read only once
    given = reading_options(options, model.file_options_) if is_csv(source) else {}
    fills = fills_for(model, read_as_in_fit(model, options, source))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HeaderWarning)  # said when it was read before
        whole, written = _whole_table(model, source, given, as_text=target.suffix == ".csv")
    if written:
        decimal = given["decimal"]
        fills = {
            name: (rows, [_text(value, decimal) for value in values])
            for name, (rows, values) in fills.items()
        }
    full = filled(whole, fills)
    options.writing = True
    save_token_table(full, target, overwrite=options.overwrite, **written)
    n_cells = {name: len(rows) for name, (rows, _) in fills.items()}
    each = ", ".join(f"{name!r} {n:,}" for name, n in n_cells.items())
    print(f"filled    {sum(n_cells.values()):,} cells" + (f": {each}" if each else ""))
    left = _cells_left(whole, n_cells, given.get("missing_values", ()))
    if left:
        each = ", ".join(
            f"{name!r} {n:,} ({_why(model.vocabulary_.schema, name)})" for name, n in left.items()
        )
        print(f"left      {sum(left.values()):,} missing cells: {each}")
    print(f"written   {target} ({whole.num_rows:,} rows)")


def _whole_table(
    model: Model, source: Source, given: Mapping[str, Any], *, as_text: bool
) -> tuple[pa.Table, dict[str, Any]]:
    """Read all columns of a table, and say how CSV is to be written.

    From CSV to CSV all columns are text, so that cells are written as they stand there; other files
    get the types by which the model reads.
    """
    if not is_csv(source):
        read = read_table(source, rows_needed=False)
        there = set(read.table.column_names)
        apart = [remark.column for remark in read.remarks if remark.column not in there]
        if apart:  # columns that number the rows, which are for no model
            read = read_table(source, keep=apart, rows_needed=False)
        return read.table, {}
    names, delimiter = names_and_delimiter(source, **given)
    if not as_text:
        types = types_again(model.vocabulary_.schema, source)
        types = {name: kind for name, kind in types.items() if name in names}
        return read_table(source, types=types, **given, keep=names, rows_needed=False).table, {}
    as_written = {**given, "missing_values": []}
    types = dict.fromkeys(names, "text")
    table = read_table(source, types=types, **as_written, rows_needed=False).table
    cells = {name: table[name].cast("string") for name in names}
    return pa.table(cells), {"delimiter": delimiter, "header": given["header"] is True}


def _text(value: Any, decimal: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = category_text(value)
    return text if isinstance(value, str) else text.replace(".", decimal)


def _cells_left(
    whole: pa.Table, n_filled: Mapping[str, int], missing_values: Any
) -> dict[str, int]:
    """Count the missing cells of each column that were not filled."""
    left = {}
    for name in whole.column_names:
        column = whole[name]
        n_missing = pc.sum(pc.is_null(column, nan_is_null=True)).as_py() or 0
        if missing_values and pa.types.is_string(column.type):
            among = pc.is_in(column, value_set=pa.array(list(missing_values), pa.string()))
            n_missing += pc.sum(among).as_py() or 0
        if n_missing > n_filled.get(name, 0):
            left[name] = n_missing - n_filled.get(name, 0)
    return left


def _why(schema: Schema, name: str) -> str:
    """Say why missing cells of a column stay missing."""
    codecs = [c for column, c in zip(schema.columns, schema.codecs, strict=True) if column == name]
    if not codecs:
        return "no column that the model learned"
    if any(codec.reading.part is not None for codec in codecs):
        return "learned by parts of dates, and no part says which day"
    return "no value in the table of train"
