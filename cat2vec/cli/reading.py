"""How commands read tables: their options, and the types that a model remembers."""

from __future__ import annotations

import argparse
import re
from typing import Any

from cat2vec.cli.options import add_parameters
from cat2vec.cli.plan import TYPE_NAMES
from cat2vec.estimator.estimator import Cat2Vec
from cat2vec.tables.files import is_csv, read_table
from cat2vec.tables.text_types import CSV_TYPES, NUMBERS_OR_TEXT, numbers_and_texts

#: Parameters that say how a CSV file is read; a model remembers them.
READING = ("delimiter", "missing_values", "decimal", "skip_initial_space")
#: Arrow's types of numbers, whose columns are read from CSV as numbers again.
_NUMBER_TYPE = re.compile(r"u?int\d+|halffloat|float|double|decimal.*")


def add_reading(command: argparse.ArgumentParser, otherwise: str = "") -> None:
    """Add the table, and how it is read; ``otherwise`` says how where nothing is given."""
    command.add_argument("table", help="CSV or Parquet file, or a folder of Parquet files")
    add_parameters(command, *READING, remark="for CSV only", otherwise=otherwise)


def reading_options(options: argparse.Namespace) -> dict[str, Any]:
    """Give what was said about how a file is read, as ``read_table`` takes it."""
    given = {name: getattr(options, name) for name in READING}
    return given | {"missing_values": options.missing_values or []}


def read_as_in_fit(
    model: Cat2Vec, options: argparse.Namespace, path: str | None = None
) -> dict[str, Any]:
    """Read the columns of a table that a model knows, with the options and types of train.

    ``path`` is that of the table; None stands for the one of the options.
    """
    path = path or options.table
    given: dict[str, Any] = {name: getattr(options, name) for name in READING}
    types: dict[str, str] = {}
    schema = model.vocabulary_.schema
    if is_csv(path):
        for name, codec in zip(schema.columns, schema.codecs, strict=True):
            if _NUMBER_TYPE.fullmatch(codec.dtype):
                types[name] = NUMBERS_OR_TEXT
            elif TYPE_NAMES.get(codec.dtype) in CSV_TYPES:
                types[name] = TYPE_NAMES[codec.dtype]
        given = {
            name: model.file_options_.get(name) if value in (None, False) else value
            for name, value in given.items()
        }
    given = {name: value for name, value in given.items() if value}
    file = read_table(path, types=types, **given)
    read = {name: file.table[name] for name in file.table.column_names}
    for name, kind in types.items():
        if kind == NUMBERS_OR_TEXT and file.types[name] == "text":
            read[name] = numbers_and_texts(read[name], given.get("decimal", "."))
    columns = dict.fromkeys(schema.columns)
    return {name: read[name] for name in columns if name in read}
