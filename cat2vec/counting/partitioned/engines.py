"""Which tables lie in partitions: the one door to their engines."""

from __future__ import annotations

from typing import Any

from cat2vec.counting.partitioned.dask import DaskTable, is_dask
from cat2vec.counting.partitioned.jobs import Engine
from cat2vec.counting.partitioned.spark import SparkTable, is_spark


def open_partitions(table: Any) -> Engine | None:
    """Give the engine of a table in partitions, which may be one itself; None for any other.

    Examples
    --------
    >>> open_partitions({"city": ["Oslo"]}) is None
    True
    """
    if is_spark(table):
        return SparkTable(table)
    if is_dask(table):
        return DaskTable(table)
    return table if isinstance(table, Engine) and not isinstance(table, type) else None
