"""How commands read tables: their options, and the types that a model remembers."""

from __future__ import annotations

import argparse
import re

from cat2vec.cli.plan import WORDS_OF_TYPES
from cat2vec.estimator.estimator import Cat2Vec
from cat2vec.tables.files import CSV_TYPES, NUMERIC, FileTable, is_csv, read_table

#: Arrow's types of numbers, whose columns are read from CSV as numbers again.
_NUMBER_TYPE = re.compile(r"u?int\d+|halffloat|float|double|decimal.*")


def add_reading(command: argparse.ArgumentParser, otherwise: str = "") -> None:
    """Add the table, and how it is read."""
    command.add_argument("table", help="CSV or Parquet file, or a folder of Parquet files")
    command.add_argument("--delimiter", help=f"of CSV; a comma, or a tab for .tsv{otherwise}")
    command.add_argument(
        "--missing-values",
        nargs="+",
        metavar="TEXT",
        help=f"texts that mean a missing cell in CSV, such as ? or NULL{otherwise}",
    )


def read_as_in_fit(
    model: Cat2Vec, options: argparse.Namespace, table: str | None = None
) -> FileTable:
    """Read a table with the options of train, and columns of a CSV with the types of fit.

    ``table`` is the path; None stands for the one of the options.
    """
    table = table or options.table
    delimiter, missing = options.delimiter, options.missing_values
    if not is_csv(table):
        return read_table(table, delimiter=delimiter, missing_values=missing or ())
    schema, types = model.vocabulary_.schema, {}
    for name, codec in zip(schema.columns, schema.codecs, strict=True):
        if _NUMBER_TYPE.fullmatch(codec.dtype):
            types[name] = NUMERIC
        elif WORDS_OF_TYPES.get(codec.dtype) in CSV_TYPES:
            types[name] = WORDS_OF_TYPES[codec.dtype]
    return read_table(
        table,
        types=types,
        delimiter=delimiter or model._reading.get("delimiter"),
        missing_values=model._reading.get("missing_values", ()) if missing is None else missing,
    )
