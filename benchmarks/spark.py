"""Counting DataFrames of Spark: CPU seconds of all processes, beside Spark SQL and doing nothing.

Run with ``python -m benchmarks.spark MADE_FOLDER --rows 1000000``, on Linux, with pyspark and Java.
The table is written into the folder if it is not there.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks.harness import Benchmark, run_alone
from benchmarks.pages.spark import page
from benchmarks.streaming import made_file
from cat2vec import count_pairs

BENCHMARK = Benchmark("spark", "Count DataFrames of Spark where they lie.", page)
#: Rows of the table that is counted first, so that nothing is compiled or loaded meanwhile.
SMALL = 20_000


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(data_folder=False)
    parser.add_argument("made", type=Path, help="folder of the tables; it may be empty")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--partitions", type=int, default=8)
    parser.add_argument("--master", default="local[2]", help="local[2], or local-cluster[2,1,1024]")
    return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    small = made_file(options.made, SMALL, "parquet")
    for n_rows in options.rows:
        path = made_file(options.made, n_rows, "parquet")
        for way in options.ways:
            yield run_alone(
                measure, path=str(path), small=str(small), way=way, n_rows=n_rows,
                partitions=options.partitions, master=options.master,
            )  # fmt: skip


def measure(
    path: str, small: str, way: str, n_rows: int, partitions: int, master: str
) -> dict[str, Any]:
    """Run one way on a table that Spark holds in memory, twice, and give the cheaper one."""
    warnings.simplefilter("ignore")
    import pyspark

    spark = _session(master)
    run = WAYS[way]
    run(_held(spark, small, partitions))
    frame = _held(spark, path, partitions)
    cpu, wall, n_pairs = [], [], None
    for _ in range(2):
        before, start = cpu_seconds(), time.perf_counter()
        n_pairs = run(frame)
        cpu.append(cpu_seconds() - before)
        wall.append(time.perf_counter() - start)
    spark.stop()
    return {
        "table": f"spark_{n_rows}",
        "way": way,
        "rows": n_rows,
        "features": len(frame.columns),
        "partitions": partitions,
        "master": master,
        "pyspark": pyspark.__version__,
        "cpu_seconds": min(cpu),
        "seconds": min(wall),
        "distinct_pairs": n_pairs,
    }


def _session(master: str) -> Any:
    from pyspark.sql import SparkSession

    here = str(Path(__file__).parents[1])
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = SparkSession.builder.master(master)
    config = {"ui.enabled": "false", "ui.showConsoleProgress": "false", "log.level": "OFF"}
    for name, value in {**config, "driver.memory": "4g"}.items():
        builder = builder.config(f"spark.{name}", value)
    return builder.getOrCreate()


def _held(spark: Any, path: str, partitions: int) -> Any:
    frame = spark.read.parquet(path).repartition(partitions).cache()
    frame.count()
    return frame


def cpu_seconds() -> float:
    """Give the CPU seconds of this process and of all that it began, user and system."""
    parents, used = {}, {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        process = int(place.parent.name)
        parents[process] = int(fields[1])
        used[process] = sum(map(int, fields[11:15]))  # its own, and of its children that ended
    ours = {os.getpid()}
    while found := {one for one, parent in parents.items() if parent in ours} - ours:
        ours |= found
    return sum(used[one] for one in ours) / os.sysconf("SC_CLK_TCK")


def nothing(frame: Any) -> None:
    """Hand all cells to Python and back."""
    _run(frame.mapInArrow(_as_they_are, frame.schema))


def _as_they_are(batches: Any) -> Any:
    yield from batches


def ours(frame: Any) -> int:
    return count_pairs(frame).n_pairs


def sql(frame: Any) -> int:
    """Group by each column and each pair, numbers in bins of about the same number of rows."""
    from pyspark.sql import functions as f

    number = {
        "amount": f.least(f.floor(frame.amount / 10), f.lit(15)),
        "days": f.floor(frame.days / 25),
    }
    cells = frame.select(
        *(number.get(name, f.col(name)).cast("string").alias(name) for name in frame.columns)
    )
    alone = [cells.groupBy(name).count() for name in cells.columns]
    _run(reduce(lambda one, other: one.union(other), alone))
    pairs = [cells.groupBy(one, other).count() for one, other in combinations(cells.columns, 2)]
    return int(reduce(lambda one, other: one.union(other), pairs).toArrow().num_rows)


def _run(frame: Any) -> None:
    frame.write.format("noop").mode("overwrite").save()


#: How a table is counted, or only handed over.
WAYS: dict[str, Callable[[Any], int | None]] = {
    "mapInArrow, doing nothing": nothing,
    "count_pairs": ours,
    "Spark SQL, groupBy per column and pair": sql,
}


if __name__ == "__main__":
    sys.exit(main())
