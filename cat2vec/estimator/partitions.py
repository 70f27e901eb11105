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

from cat2vec.counting.partitioned.count import count_partitions
from cat2vec.counting.partitioned.engines import open_partitions as open_partitions
from cat2vec.counting.partitioned.jobs import Engine
from cat2vec.counting.partitioned.spark import is_spark as is_spark
from cat2vec.counting.partitioned.spark import plainly_named
from cat2vec.errors import ParameterError, UnknownFeatureError, setting
from cat2vec.estimator.from_counts import OF_TABLE, SAMPLE_ROWS, plan_of_counts, take_counts
from cat2vec.estimator.steps import rows_as_numbers
from cat2vec.estimator.validation import checked_settings
from cat2vec.inspection.cells import CellsKept
from cat2vec.training.progress import say

#: The column that ``transform`` adds to a DataFrame of Spark.
_VECTOR = "vector"


def fit_partitions(model: Any, table: Engine, sample_weight: Any = None) -> Any:
    """Train a model from the pair counts of a table in partitions; see ``Cat2Vec.fit``.

    Raises
    ------
    ParameterError, TableError, CellError, UnknownFeatureError, TrainingDivergedError
    """
    checked_settings(model)
    if model.solver not in ("auto", "counts"):
        raise ParameterError(
            f"{setting('solver', model.solver)} trains on rows, and those of a table in partitions "
            f"stay where they are. Use {setting('solver', 'counts')}, or bring the rows here."
        )
    found = count_partitions(
        table,
        features=model.features,
        columns=model.columns,
        missing_values=model.missing_values,
        **{name: getattr(model, name) for name in OF_TABLE},
        sample_weight=sample_weight,
        min_count=model.min_count,
        progress=bool(model.verbose),
        sample_rows=SAMPLE_ROWS,
    )
    if model.verbose:
        say(plan_of_counts("X", "counted where they lie", found))
    model.file_options_ = {}
    return take_counts(model, found, names=table.names)


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
