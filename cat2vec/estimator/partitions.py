"""A model of a table in partitions: trained from its counts, and its rows written where they lie.

Takes engines of ``counting.partitioned``, and DataFrames of Spark. Rows never come here.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from cat2vec.counting.partitioned.count import PartitionCounts, count_partitions
from cat2vec.counting.partitioned.engines import open_partitions as open_partitions
from cat2vec.counting.partitioned.jobs import Engine
from cat2vec.counting.partitioned.spark import is_spark as is_spark
from cat2vec.counting.partitioned.spark import plainly_named
from cat2vec.errors import ParameterError, UnknownFeatureError, setting
from cat2vec.estimator.cells import MOST_PAIRS
from cat2vec.estimator.model_folder import take_vectors
from cat2vec.estimator.plan import feature_lines
from cat2vec.estimator.steps import parameters_of_table, rows_as_numbers
from cat2vec.estimator.validation import check_columns, checked_settings, settings_for
from cat2vec.inspection.cells.kept import CellsKept, kept_counts
from cat2vec.inspection.cells.temperatures import sample_of
from cat2vec.parameters import check_parameters
from cat2vec.training.progress import say
from cat2vec.training.train import train_vectors

#: Rows that are brought here for the temperatures of cells.
_SAMPLE_ROWS = 20_000
#: The column that ``transform`` adds to a DataFrame of Spark.
_VECTOR = "vector"


def fit_partitions(
    model: Any, table: Engine, sample_weight: Any, memory: int | str, spill: Any, start: Any = None
) -> Any:
    """Train a model from the pair counts of a table in partitions; see ``Cat2Vec.fit``.

    Raises
    ------
    ParameterError, TableError, CellError, UnknownFeatureError, TrainingDivergedError
    """
    checked_settings(model)
    check_parameters(memory=memory, spill=spill)
    if model.solver not in ("auto", "counts"):
        raise ParameterError(
            f"{setting('solver', model.solver)} trains on rows, and those of a table in partitions "
            f"stay where they are. Use {setting('solver', 'counts')}, or bring the rows here."
        )
    found = count_partitions(
        table,
        **parameters_of_table(model),
        sample_weight=sample_weight,
        min_count=model.min_count,
        progress=bool(model.verbose),
        memory=memory,
        spill=spill,
        sample_rows=_SAMPLE_ROWS,
    )
    if model.verbose:
        say(_plan_of_counts(found))
    check_columns(model, dict.fromkeys(table.names, ()))
    model._columns_in = list(table.names)
    model.file_options_ = {}
    return _trained(model, found, start)


def _trained(model: Any, found: PartitionCounts, start: Any) -> Any:
    """Train a model from counts; what rows would tell of cells, the sample tells."""
    counts = found.counts
    settings = settings_for(model, counts.vocabulary)
    vectors = train_vectors(counts, start=start, **{**settings, "solver": "counts"})
    kept = None
    if model.keep_counts is True or (model.keep_counts == "auto" and counts.n_pairs <= MOST_PAIRS):
        kept = kept_counts(counts, vectors)
    assert found.sample is not None
    rows = sample_of(found.sample)
    return take_vectors(model, vectors, None, CellsKept(kept, rows, bin_values=found.bin_values))


def _plan_of_counts(found: PartitionCounts) -> str:
    """Say what will be trained from what was counted."""
    vocabulary = found.counts.vocabulary
    lines = [
        f"table     X: {found.counts.n_rows:,} rows, counted where they lie",
        *feature_lines(vocabulary),
        *(f"note      {remark}" for remark in found.remarks),
        f"tokens    {vocabulary.n_tokens:,}",
        f"pairs     {found.counts.n_pairs:,} distinct, {found.counts.total:,} in the rows",
    ]
    return "\n".join(lines)


def spark_rows(model: Any, frame: Any) -> Any:
    """Add rows as numbers to a DataFrame of Spark; see ``Cat2Vec.transform``.

    Raises
    ------
    ParameterError, UnknownFeatureError
    """
    from pyspark.sql.types import ArrayType, FloatType, StructField, StructType

    if model.handle_unknown == "fold_in":
        raise ParameterError(
            f"{setting('handle_unknown', 'fold_in')} needs all rows in one place, and those of a "
            f"DataFrame of Spark are in many. Use 'zero', 'rare' or 'error'."
        )
    if _VECTOR in frame.columns:
        raise ParameterError(
            f"the DataFrame has a column {_VECTOR!r} already, which transform would add. Rename it."
        )
    columns = list(dict.fromkeys(model.vocabulary_.schema.columns))
    for name in columns:
        if name not in frame.columns:
            raise UnknownFeatureError(name, frame.columns, "this DataFrame")
    light = copy(model)  # what questions about cells need stays here
    light.cells_, light.n_jobs = CellsKept(None), 1
    light.__dict__.pop("counts_", None)
    added = StructField(_VECTOR, ArrayType(FloatType(), False), False)
    names = list(frame.columns)
    return plainly_named(frame, names).mapInArrow(
        partial(_with_vectors, light, names, columns), StructType([*frame.schema.fields, added])
    )


def _with_vectors(
    model: Any, names: list[str], columns: list[str], batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if not batch.num_rows:
            continue
        of_name = dict(zip(names, batch.columns, strict=True))
        rows = rows_as_numbers(model, {name: of_name[name] for name in columns})
        offsets = np.arange(len(rows) + 1, dtype=np.int32) * rows.shape[1]
        vectors = pa.ListArray.from_arrays(pa.array(offsets), pa.array(rows.ravel()))
        yield pa.RecordBatch.from_arrays([*batch.columns, vectors], names=[*names, _VECTOR])
