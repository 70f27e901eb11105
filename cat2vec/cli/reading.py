"""How commands read tables: their options, and the types that a model remembers."""

from __future__ import annotations

import argparse
import re
from typing import Any

from cat2vec.cli.options import add_parameters
from cat2vec.cli.plan import TYPE_NAMES
from cat2vec.estimator.estimator import Cat2Vec
from cat2vec.tables.files import is_csv, read_table
from cat2vec.tables.text_types import CSV_TYPES, NUMERIC

#: Arrow's types of numbers, whose columns are read from CSV as numbers again.
_NUMBER_TYPE = re.compile(r"u?int\d+|halffloat|float|double|decimal.*")


def add_reading(command: argparse.ArgumentParser, otherwise: str = "") -> None:
    """Add the table, and how it is read; ``otherwise`` says how where nothing is given."""
    command.add_argument("table", help="CSV or Parquet file, or a folder of Parquet files")
    add_parameters(
        command, "delimiter", "missing_values", remark="for CSV only", otherwise=otherwise
    )


def read_as_in_fit(
    model: Cat2Vec, options: argparse.Namespace, path: str | None = None
) -> dict[str, Any]:
    """Read the columns of a table that a model knows, with the options and types of train.

    ``path`` is that of the table; None stands for the one of the options.
    """
    path = path or options.table
    delimiter, missing_values, types = options.delimiter, options.missing_values, {}
    schema = model.vocabulary_.schema
    pairs = zip(schema.columns, schema.codecs, strict=True)
    several = [name for name, codec in pairs if codec.reading.multivalued]
    if is_csv(path):
        for name, codec in zip(schema.columns, schema.codecs, strict=True):
            if _NUMBER_TYPE.fullmatch(codec.dtype):
                types[name] = NUMERIC
            elif TYPE_NAMES.get(codec.dtype) in CSV_TYPES:
                types[name] = TYPE_NAMES[codec.dtype]
        delimiter = delimiter or model.file_options_.get("delimiter")
        if missing_values is None:
            missing_values = model.file_options_.get("missing_values")
    read = read_table(
        path,
        types=types,
        delimiter=delimiter,
        missing_values=missing_values or (),
        multivalued=several,
    ).table
    columns = dict.fromkeys(schema.columns)
    return {name: read[name] for name in columns if name in read.column_names}
