"""``train`` on tables larger than memory: read once, counted, and trained from the counts."""

from __future__ import annotations

import argparse
from typing import Any

from cat2vec.cli.options import types_in_file, wanted_columns
from cat2vec.counting.streamed import count_stream
from cat2vec.errors import ParameterError, named, setting
from cat2vec.estimator.from_counts import OF_TABLE, SAMPLE_ROWS, plan_of_counts, take_counts
from cat2vec.estimator.model import Model
from cat2vec.tables.sources.csv_options import CsvOptions
from cat2vec.tables.sources.paths import Source
from cat2vec.tables.streams.stream import stream_of_files
from cat2vec.tables.text_types import CSV_TYPES
from cat2vec.tables.unmatched import warn_of_unmatched

#: What the help says of ``--memory``.
FROM_COUNTS = "the table is read once, piece by piece, and trained on by the solver counts"


def check_from_counts(options: argparse.Namespace) -> None:
    """Check that what is asked for beside ``--memory`` needs no rows, which are not kept.

    Raises
    ------
    ParameterError
    """
    if options.memory is None:
        if options.spill is not None:
            raise ParameterError(
                f"{named('spill')} is a folder for what {named('memory')} reads piece by piece. "
                f"Give both, or none."
            )
        return
    if options.solver not in ("auto", "counts"):
        raise ParameterError(
            f"{named('memory')} reads a table once and trains from its pair counts, and "
            f"{setting('solver', options.solver)} trains on rows. Leave one of them out."
        )
    if options.holdout:
        raise ParameterError(
            f"{named('memory')} reads a table once and keeps no rows, and {named('holdout')} is "
            f"measured on rows. Leave it out, and report on a file that was not trained on."
        )


def model_from_counts(
    options: argparse.Namespace,
    given: dict[str, Any],
    source: Source,
    types: dict[str, Any],
    reading: dict[str, Any],
) -> Model:
    """Count a table piece by piece and train a model from the counts.

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
    """
    keep = (*(options.features or ()), *types)
    csv = CsvOptions(**reading)
    stream = stream_of_files(source, keep, types_in_file(types, source), csv)
    kinds = {name: kind for name, kind in types.items() if kind not in CSV_TYPES}
    model = Model(
        **given,
        features=wanted_columns(stream.names, options.features, options.exclude),
        columns=kinds or None,
        verbose=0 if options.quiet else 1,
    )
    found = count_stream(
        stream,
        features=model.features,
        columns=model.columns,
        **{name: given[name] for name in OF_TABLE},
        progress=not options.quiet,
        memory=options.memory,
        spill=options.spill,
        sample_rows=SAMPLE_ROWS,
    )
    warn_of_unmatched(found.unmatched)
    if not options.quiet:
        print(plan_of_counts(source.name, "read once", found), flush=True)
    model = take_counts(model, found, updatable=options.updatable)
    model.file_options_ = reading
    return model
