"""The command ``impute``: a table with its missing cells filled."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from cat2vec.cli.options import add_parameters
from cat2vec.cli.reading import add_reading, model_of, read_as_in_fit
from cat2vec.estimator.cells import fills_for
from cat2vec.export.flat_table import check_table_file, save_token_table
from cat2vec.storage.folders import check_writable
from cat2vec.tables.files import is_csv, read_table
from cat2vec.tables.filling import filled
from cat2vec.vocabulary.categories import category_text


def add_impute_options(command: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    command.add_argument("model", help="model folder")
    add_reading(command, otherwise="as in train")
    command.add_argument(
        "--out", required=True, metavar="FILE", help=".parquet or .csv file to write"
    )
    add_parameters(command, "overwrite")


def run_impute(options: argparse.Namespace) -> None:
    """Fill the missing cells of a table and write it; all other cells stay as they were."""
    model = model_of(options)
    target = Path(options.out)
    check_table_file(target, options.overwrite)
    check_writable(target.parent)
    fills = fills_for(model, read_as_in_fit(model, options))
    whole = _whole_table(options, model.file_options_)
    if is_csv(options.table):
        fills = {name: (rows, [_text(v) for v in some]) for name, (rows, some) in fills.items()}
    options.writing = True
    save_token_table(filled(whole, fills), target, overwrite=options.overwrite)
    n_cells = {name: len(rows) for name, (rows, _) in fills.items()}
    each = ", ".join(f"{name!r} {n:,}" for name, n in n_cells.items())
    print(
        f"filled    {sum(n_cells.values()):,} cells" + (f": {each}" if each else "") + "\n"
        f"written   {target} ({whole.num_rows:,} rows)"
    )


def _whole_table(options: argparse.Namespace, earlier: dict[str, Any]) -> Any:
    """Read all columns: those of CSV as text, so that cells are written as they stand there."""
    if not is_csv(options.table):
        return read_table(options.table).table
    delimiter = options.delimiter or earlier.get("delimiter")
    names = read_table(options.table, delimiter=delimiter).table.column_names
    read = read_table(options.table, types=dict.fromkeys(names, "text"), delimiter=delimiter)
    table = read.table
    for place, name in enumerate(names):
        table = table.set_column(place, name, table[name].cast("string"))
    return table


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else category_text(value)
