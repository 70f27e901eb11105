"""A model trained from what one reading of a table gave: pair counts and some rows.

Takes ``StreamCounts``. Gives the estimator as fitted by the solver "counts"; what other rows would
tell of cells, the sample tells.
"""

from __future__ import annotations

from collections.abc import Sequence

from cat2vec.counting.streamed import StreamCounts
from cat2vec.estimator.cells import MOST_PAIRS
from cat2vec.estimator.model import Model
from cat2vec.estimator.model_folder import take_vectors
from cat2vec.estimator.plan import feature_lines
from cat2vec.estimator.validation import check_columns, settings_for
from cat2vec.inspection.cells.kept import CellsKept, kept_counts
from cat2vec.inspection.cells.temperatures import sample_of
from cat2vec.training.train import train_vectors

#: Rows that are kept at hand for the temperatures of cells.
SAMPLE_ROWS = 20_000
#: Parameters of the model that say how a table is read.
OF_TABLE = ("numeric", "n_bins", "shared", "missing", "n_jobs")


def take_counts(
    model: Model,
    found: StreamCounts,
    *,
    updatable: bool = False,
    names: Sequence[str] | None = None,
) -> Model:
    """Train a model, whose parameters are set, from counts; give it back.

    An ``updatable`` one keeps the counts, to add others to. ``names`` are the columns of the table;
    None is those that were counted.

    Raises
    ------
    ParameterError, TableError, TrainingDivergedError
    """
    counts = found.counts
    columns = dict.fromkeys(counts.vocabulary.schema.columns if names is None else names, ())
    check_columns(model, columns)
    model._columns_in = list(columns)
    settings = settings_for(model, counts.pool(model.min_count).vocabulary)
    vectors = train_vectors(counts, **{**settings, "solver": "counts"})
    kept = None
    if model.keep_counts is True or (model.keep_counts == "auto" and counts.n_pairs <= MOST_PAIRS):
        kept = kept_counts(counts, vectors)
    rows = None
    if found.sample is not None:
        rows = sample_of(found.sample.pool(model.min_count))
    cells = CellsKept(kept, rows, bin_values=found.bin_values)
    return take_vectors(model, vectors, counts if updatable else None, cells)


def plan_of_counts(name: str, reading: str, found: StreamCounts) -> str:
    """Say what will be trained from what was counted, and how the table was read."""
    vocabulary = found.counts.vocabulary
    lines = [
        f"table     {name}: {found.counts.n_rows:,} rows, {reading}",
        *feature_lines(vocabulary),
        *(f"note      {remark}" for remark in found.remarks),
        f"tokens    {vocabulary.n_tokens:,}",
        f"pairs     {found.counts.n_pairs:,} distinct, {found.counts.total:,} in the rows",
    ]
    return "\n".join(lines)
