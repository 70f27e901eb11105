"""``count_pairs``: one door for everything that can be counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cat2vec.counting.bars import progress_bar
from cat2vec.counting.encoded import count_encoded
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.counting.partitioned.count import count_partitions
from cat2vec.counting.partitioned.engines import open_partitions
from cat2vec.counting.streamed import MEMORY, count_stream
from cat2vec.errors import ParameterError
from cat2vec.parameters import check_flag, check_parameters, documented, feature_names
from cat2vec.tables.cells.weights import token_counts
from cat2vec.tables.encode import EncodedTable, encode_table
from cat2vec.tables.streams.stream import open_stream


@documented
def count_pairs(
    table: Any,
    *,
    features: Sequence[str] | None = None,
    columns: Mapping[str, Any] | None = None,
    numeric: str = "bin",
    n_bins: int = 16,
    shared: Mapping[str, Sequence[str]] | None = None,
    missing: str = "ignore",
    missing_values: Any = None,
    sample_weight: Any = None,
    min_count: int = 1,
    n_jobs: int | None = None,
    progress: bool = False,
    memory: int | str = MEMORY,
    spill: Any = None,
    on_bad_line: str = "error",
) -> PairCounts:
    """Count in how many rows two categories of different features stand together.

    Two values of one cell count too with ``MultiValued(within=True)``, or in a table of one column.

    Parameters
    ----------
    table : DataFrame, Table, dict of columns, array, EncodedTable, path or reader
        As in ``encode_table``. Dataframes of Spark and Dask are counted where they lie, by tasks of
        theirs; then ``sample_weight`` and ``spill`` cannot be given, and nothing warns of row
        numbers. Files, a folder or pattern of files, a ``RecordBatchReader``, a Dataset, a polars
        LazyFrame, a DuckDB relation and what else has ``__arrow_c_stream__`` are read once, piece
        by piece, and never in memory as a whole. An EncodedTable is counted as it is, with its
        weights: of what follows only ``min_count``, ``n_jobs`` and ``progress`` count then.
    {features, columns, numeric, n_bins, shared, missing, missing_values, sample_weight}
    {min_count}
        In a table in memory, or in partitions, they are pooled before pairs are counted, so that
        pairs of rare identifiers never exist. Such counts are marked by ``RARE``: none of its
        categories can become frequent later, and only counts of an equal vocabulary can be added.
    {n_jobs}
    progress : bool
        Show the steps as they go, with rows or bytes and the time that is left.
    {memory, spill, on_bad_line}

    Returns
    -------
    PairCounts
        Memory while counting a table in memory: the codes (2 or 4 bytes a cell), for each thread at
        most 64 MB or 16 bytes a row, and about 32 bytes a distinct pair.

    Raises
    ------
    TableError, UnknownFeatureError, CellError, NoPairsError, FileReadError, ParameterError,
    SpillError

    Examples
    --------
    >>> count_pairs({"city": ["Oslo", "Oslo", "Rome"], "job": ["cook", "cook", None]}).count
    array([2])
    >>> table = {"city": ["Oslo", "Oslo"], "job": ["cook", "cook"]}
    >>> count_pairs(table, sample_weight=[0.5, 2]).count
    array([2.5])
    >>> table = {"city": ["Oslo", "Oslo", "Bari", "Rome"], "job": ["cook"] * 4}
    >>> rare = count_pairs(table, min_count=2)
    >>> rare.vocabulary.texts(), rare.count.tolist()
    (['city=Oslo', 'city=<rare>', 'job=cook'], [2, 2])
    """
    check_parameters(features=features, n_jobs=n_jobs, min_count=min_count)
    check_parameters(memory=memory, spill=spill, on_bad_line=on_bad_line)
    check_flag("progress", progress)
    how: dict[str, Any] = {
        "features": features,
        "columns": columns,
        "numeric": numeric,
        "n_bins": n_bins,
        "shared": shared,
        "missing": missing,
        "missing_values": missing_values,
        "sample_weight": sample_weight,
        "n_jobs": n_jobs,
    }
    partitions = open_partitions(table)
    if partitions is not None:
        how |= {"progress": progress, "memory": memory, "spill": spill}
        return count_partitions(partitions, **how, min_count=min_count).counts
    stream = open_stream(table, feature_names(features), on_bad_line)
    if stream is not None:
        counts = count_stream(stream, **how, progress=progress, memory=memory, spill=spill)
        return counts.pool(min_count)
    if isinstance(table, EncodedTable) and sample_weight is not None:
        raise ParameterError(
            "sample_weight cannot be given for an EncodedTable, which is counted with the weights "
            "it was encoded with. Give them to encode_table(table, sample_weight=...)."
        )
    with progress_bar(progress, "steps", total=2, desc="cat2vec count") as bar:
        if not isinstance(table, EncodedTable):
            table = encode_table(table, **how)
        else:
            table = _with_own_counts(table)
        table = table.pool(min_count)
        bar.update()
        counts = count_encoded(table, n_jobs)
        bar.update()
    return counts


def _with_own_counts(table: EncodedTable) -> EncodedTable:
    """Let the vocabulary of a table count its rows, where it counts those of an earlier fit."""
    vocabulary = table.vocabulary
    slots = np.split(np.arange(table.codes.shape[1]), table.first_columns[1:])
    counts = [
        token_counts(table.codes[:, columns], table.weights, len(categories))
        for columns, categories in zip(slots, vocabulary.categories, strict=True)
    ]
    own = np.concatenate(counts)
    if np.array_equal(own, vocabulary.counts):
        return table
    return replace(table, vocabulary=replace(vocabulary, counts=own))
