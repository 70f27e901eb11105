"""The rows that ``train`` learns from: read piece by piece, or as a whole to hold some out."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from cat2vec.cli.options import types_in_file, wanted_columns
from cat2vec.cli.report import split_rows
from cat2vec.errors import ParameterError, named, setting
from cat2vec.estimator.model import Model
from cat2vec.estimator.rows_of_fit import RowsOfFit, rows_of_fit, rows_of_stream
from cat2vec.tables.files import read_table
from cat2vec.tables.sources.csv_options import CsvOptions
from cat2vec.tables.sources.paths import Source
from cat2vec.tables.streams.stream import stream_of_files
from cat2vec.tables.text_types import CSV_TYPES

#: What the help says of ``--memory``.
IN_PIECES = (
    "a table that fits is read once more, as a whole, to measure the gain on rows held out, unless "
    "--holdout is 0"
)


def check_rows_can_be_held_out(options: argparse.Namespace) -> None:
    """Raise ParameterError if rows are to be held out of a table that is kept on disk."""
    if options.holdout and options.spill is not None:
        raise ParameterError(
            f"{named('spill')} is a folder for what is read piece by piece, and with "
            f"{setting('holdout', options.holdout)} the table is read into memory, where rows are "
            f"held out. Leave one of them out."
        )


def rows_to_train(
    options: argparse.Namespace,
    given: dict[str, Any],
    source: Source,
    types: dict[str, Any],
    reading: dict[str, Any],
) -> tuple[Model, RowsOfFit, Any]:
    """Make a model of the options, and read the rows that it is to learn.

    Parameters
    ----------
    options : Namespace
    given : dict
        Parameters of ``Cat2Vec``.
    source : Source
    types : dict
        As ``types_of`` gives them.
    reading : dict
        As ``reading_options`` gives them.

    Returns
    -------
    model : Model
    rows : RowsOfFit
    held_out : pyarrow.Table or None
        The rows that ``--holdout`` keeps apart.
    """
    kinds = {name: kind for name, kind in types.items() if kind not in CSV_TYPES}
    model = Model(**given, columns=kinds or None, verbose=0 if options.quiet else 1)
    keep, of_file = (*(options.features or ()), *types), types_in_file(types, source)
    asked = options.features, options.exclude
    if options.holdout:
        read = read_table(source, types=of_file, **reading, keep=keep)
        model.features = wanted_columns(read.table.column_names, *asked)
        table, held_out = split_rows(read.table, options.holdout, options.random_state)
        rows = rows_of_fit(model, table)
        return model, replace(rows, remarks=read.remarks, unmatched=read.unmatched), held_out
    csv = CsvOptions(**reading)
    csv.check()
    stream = stream_of_files(source, keep, of_file, csv)
    model.features = wanted_columns(stream.names, *asked)
    rows = rows_of_stream(
        model,
        stream,
        progress=not options.quiet,
        memory=options.memory,
        spill=options.spill,
    )
    model.features = wanted_columns(rows.columns, *asked)  # some may number the rows
    return model, rows, None
