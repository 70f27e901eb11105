"""How commands read tables: their options, and the types that a model remembers."""

from __future__ import annotations

import argparse
import csv
from typing import Any

from cat2vec.cli.options import add_parameters
from cat2vec.errors import ParameterError
from cat2vec.estimator.estimator import Cat2Vec
from cat2vec.tables.files import is_csv, read_table, types_again
from cat2vec.tables.sources.paths import find_source

#: What TABLE can be, for the help.
_TABLE = (
    "CSV (also .gz, .bz2, .xz, .zst), Parquet, Feather, Arrow, ORC or JSON lines; a folder of "
    "such files, a pattern, or several files; - for what is piped in"
)


def add_reading(command: argparse.ArgumentParser, otherwise: str = "") -> None:
    """Add the table, and how it is read; ``otherwise`` says how where nothing is given."""
    command.add_argument("table", nargs="+", help=_TABLE)
    add_parameters(
        command, "delimiter", "missing_values", remark="for CSV only", otherwise=otherwise
    )
    default = f" (default: {otherwise})" if otherwise else ""
    command.add_argument(
        "--header",
        action=argparse.BooleanOptionalAction,
        help=f"whether line 1 of a CSV file holds names; without, they are x0, x1, ...{default}",
    )
    command.add_argument(
        "--names",
        metavar="A,B,...",
        help="names for the columns of a CSV file without a line of names, with commas between",
    )


def header_of(options: argparse.Namespace) -> Any:
    """Read ``--header``, ``--no-header`` and ``--names``; None where none is given.

    Raises
    ------
    ParameterError
    """
    if options.names is None:
        return options.header
    if options.header:
        raise ParameterError("--names is for a file without a header. Leave --header out.")
    return next(csv.reader([options.names]), [])


def read_as_in_fit(model: Cat2Vec, options: argparse.Namespace, path: Any = None) -> dict[str, Any]:
    """Read the columns of a table that a model knows, with the options and types of train.

    ``path`` is that of the table; None stands for the one of the options.
    """
    source = find_source(path or options.table)
    schema, known = model.vocabulary_.schema, model.file_options_
    delimiter, missing_values, header = (
        options.delimiter,
        options.missing_values,
        header_of(options),
    )
    if is_csv(source):
        delimiter = delimiter or known.get("delimiter")
        missing_values = known.get("missing_values") if missing_values is None else missing_values
        header = known.get("header", True) if header is None else header
    read = read_table(
        source,
        types=types_again(schema, source),
        delimiter=delimiter,
        missing_values=missing_values or (),
        header=True if header is None else header,
        keep=schema.columns,
        rows_needed=False,
    ).table
    columns = dict.fromkeys(schema.columns)
    return {name: read[name] for name in columns if name in read.column_names}
