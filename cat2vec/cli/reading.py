"""How commands read tables: their options, and the types that a model remembers."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping
from typing import Any

from cat2vec.cli.options import add_parameters
from cat2vec.errors import ParameterError
from cat2vec.estimator.model import Model
from cat2vec.estimator.model_folder import load_estimator
from cat2vec.tables.files import is_csv, read_table, types_again
from cat2vec.tables.sources.paths import find_source
from cat2vec.tables.text_types import NUMBERS_OR_TEXT, numbers_and_texts

#: Parameters that say how a CSV file is read; a model remembers them, and the header.
_READING = ("delimiter", "missing_values", "decimal", "skip_initial_space", "on_bad_line")
#: What TABLE can be, for the help.
_TABLE = (
    "CSV (also .gz, .bz2, .xz, .zst), Parquet, Feather, Arrow, ORC or JSON lines; a folder of "
    "such files, a pattern, or several files; an address such as s3://bucket/days/*.parquet; - for "
    "what is piped in"
)


def add_reading(command: argparse.ArgumentParser, otherwise: str = "", also: str = "") -> None:
    """Add the table, and how it is read; ``otherwise`` says how where nothing is given.

    ``also`` says what TABLE can be besides.
    """
    command.add_argument("table", nargs="+", help=_TABLE + also)
    add_parameters(command, *_READING, remark="for CSV only", otherwise=otherwise)
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


def reading_options(
    options: argparse.Namespace, known: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Give how a file is read, as ``read_table`` takes it.

    ``known`` holds what a model remembers, for what was not given now.

    Raises
    ------
    ParameterError
    """
    read: dict[str, Any] = {
        "delimiter": None,
        "missing_values": [],
        "decimal": ".",
        "skip_initial_space": False,
        "header": True,
        "on_bad_line": "error",
    }
    read |= known or {}
    given = {name: getattr(options, name) for name in _READING} | {"header": _header_of(options)}
    return read | {name: value for name, value in given.items() if value is not None}


def _header_of(options: argparse.Namespace) -> Any:
    """Read ``--header``, ``--no-header`` and ``--names``; None where none is given."""
    if options.names is None:
        return options.header
    if options.header:
        raise ParameterError("--names is for a file without a header. Leave --header out.")
    return next(csv.reader([options.names]), [])


def model_of(options: argparse.Namespace) -> Model:
    """Load the model folder that a command names."""
    return load_estimator(Model, options.model)


def read_as_in_fit(model: Model, options: argparse.Namespace, path: Any = None) -> dict[str, Any]:
    """Read the columns of a table that a model knows, with the options and types of train.

    ``path`` is that of the table; None stands for the one of the options.
    """
    source = find_source(path or options.table)
    schema = model.vocabulary_.schema
    given = reading_options(options, model.file_options_ if is_csv(source) else None)
    types = types_again(schema, source)
    file = read_table(source, types=types, **given, keep=schema.columns, rows_needed=False)
    read = {name: file.table[name] for name in file.table.column_names}
    for name, kind in types.items():
        if kind == NUMBERS_OR_TEXT and file.types[name] == "text":
            read[name] = numbers_and_texts(read[name], given["decimal"])
    columns = dict.fromkeys(schema.columns)
    return {name: read[name] for name in columns if name in read}
