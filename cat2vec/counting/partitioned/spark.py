"""DataFrames of Spark: jobs run by ``mapInArrow``, values brought together by a shuffle.

Only what a shuffle brings is used, so tasks that run twice change nothing. Works over Spark
Connect, too: a job travels with the function, and nothing is broadcast.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import pyarrow as pa

from cat2vec.counting.partitioned.jobs import Columns, Job, Packed, mapped, merged
from cat2vec.errors import ColumnTypeError, TableError
from cat2vec.parameters import check_names_differ
from cat2vec.tables.sources.typed_file import put_together

_SCHEMA = pa.schema([("bucket", pa.int32()), ("value", pa.binary())])
#: Types of columns, and of values in arrays, that can be read.
_TYPES = re.compile(
    r"void|string.*|varchar.*|char.*|boolean|tinyint|smallint|int|bigint|float|double|decimal.*|"
    r"date|timestamp|timestamp_ntz|time\(\d\)|binary|interval (day|hour|minute|second).*"
)


def is_spark(table: Any) -> bool:
    """Say whether this is a DataFrame of Spark, without importing Spark."""
    return type(table).__module__.startswith("pyspark.sql.") and hasattr(table, "mapInArrow")


class SparkTable:
    """A DataFrame of Spark.

    Parameters
    ----------
    frame : pyspark.sql.DataFrame

    Raises
    ------
    TableError
        If two columns have one name.
    """

    def __init__(self, frame: Any) -> None:
        check_names_differ(frame.columns)
        self._frame = frame
        self.names: Sequence[str] = list(frame.columns)

    def check(self, names: Sequence[str]) -> None:
        """Raise ColumnTypeError if a column is of a type that cannot be read."""
        for field in self._frame.schema.fields:
            kind = field.dataType.simpleString()
            inside = re.fullmatch(r"array<(.*)>", kind)
            if field.name in names and not _TYPES.fullmatch(inside[1] if inside else kind):
                raise ColumnTypeError(
                    f"column {field.name!r} of the DataFrame is of type {kind}, of which no "
                    f"category can be made. Select parts of it as columns of their own, or leave "
                    f"it out."
                )

    def run(self, job: Job, names: Sequence[str]) -> Iterable[Packed]:
        """Run a job over some columns, and give what its mergers give.

        Raises
        ------
        TableError
            If the machines of Spark have no cat2vec.
        """
        chosen = plainly_named(self._frame, names)
        packed = chosen.mapInArrow(partial(_mapped, job, names), "bucket int, value binary")
        merging = packed.repartition("bucket").mapInArrow(
            partial(_merged, job), "bucket int, value binary"
        )
        try:
            rows = merging.collect()
        except Exception as error:
            raise missing_module(error) or error from None
        return [(row[0], bytes(row[1])) for row in rows]


def plainly_named(frame: Any, names: Sequence[str]) -> Any:
    """Select columns and name them c0, c1 and so on, as ``mapInArrow`` does not take all names."""
    quoted = ["`" + name.replace("`", "``") + "`" for name in names]
    return frame.select(*(frame[name].alias(f"c{place}") for place, name in enumerate(quoted)))


def missing_module(error: Exception) -> TableError | None:
    """Say what the machines of Spark do not have, if that is what an error of Spark says."""
    found = re.search(r"No module named '(\w+)", str(error))
    if found is None:
        return None
    return TableError(
        f"the machines of Spark cannot import {found[1]}. Install it in the Python that they run, "
        f"with: pip install cat2vec"
    )


def _mapped(
    job: Job, names: Sequence[str], batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    return _in_batches(mapped(job, (_columns(names, held) for held in put_together(batches))))


def _merged(job: Job, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    rows = (
        (bucket.as_py(), value.as_py())
        for batch in batches
        for bucket, value in zip(batch.column(0), batch.column(1), strict=True)
    )
    return _in_batches(merged(job, rows))


def _columns(names: Sequence[str], batches: list[pa.RecordBatch]) -> Columns:
    return dict(zip(names, pa.Table.from_batches(batches).columns, strict=True))


def _in_batches(found: Iterable[Packed]) -> Iterator[pa.RecordBatch]:
    for bucket, value in found:
        yield pa.record_batch(
            [pa.array([bucket], pa.int32()), pa.array([value], pa.binary())], schema=_SCHEMA
        )
