"""Counting tables from files: CPU seconds and memory, piece by piece, in memory and by DuckDB.

Run with ``python -m benchmarks.streaming MADE_FOLDER --rows 1000000 10000000``. Tables are written
into the folder where they are not there; one of 100 million rows takes 1 GB as Parquet and 7 GB as
CSV.
"""

from __future__ import annotations

import os
import resource
import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from benchmarks.harness import Benchmark, run_alone
from benchmarks.harness.memory import peak_memory, start_of_memory
from benchmarks.pages.streaming import page
from cat2vec import count_pairs, encode_table
from cat2vec.counting.encoded import count_encoded

BENCHMARK = Benchmark("streaming", "Count tables from files, within bounded memory.", page)
CHUNK = 1 << 20
CARDINALITIES = (10, 20, 50, 100, 200, 500, 1000, 2000)
FORMS = ("parquet", "csv")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(data_folder=False)
    parser.add_argument("made", type=Path, help="folder of the tables; it may be empty")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=FORMS)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--threads", type=int, default=1)
    return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    for n_rows in options.rows:
        for form in options.forms:
            path = made_file(options.made, n_rows, form)
            for way in options.ways:
                if way in OF_PARQUET and form != "parquet":
                    continue
                yield run_alone(
                    measure, path=str(path), form=form, way=way, n_rows=n_rows,
                    threads=options.threads,
                )  # fmt: skip


def measure(path: str, form: str, way: str, n_rows: int, threads: int) -> dict[str, Any]:
    """Run one way on one file, after a small table, so that nothing is compiled meanwhile."""
    warnings.simplefilter("ignore")
    run = WAYS[way]
    small = some_rows(0, 300_000)  # of so many amounts that codes have all their types
    count_pairs(pa.RecordBatchReader.from_batches(small.schema, small.to_batches()))
    count_encoded(encode_table(small))
    before, since_call = start_of_memory()
    cpu, wall = cpu_seconds(), time.perf_counter()
    n_pairs = run(path, threads)
    return {
        "table": f"{form}_{n_rows}",
        "form": form,
        "way": way,
        "rows": n_rows,
        "features": len(CARDINALITIES) + 2,
        "threads": threads,
        "file_bytes": os.path.getsize(path),
        "cpu_seconds": cpu_seconds() - cpu,
        "seconds": time.perf_counter() - wall,
        "peak_growth": peak_memory() - before if since_call else None,
        "distinct_pairs": n_pairs,
    }


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def piece_by_piece(path: str, threads: int) -> int:
    return count_pairs(path, n_jobs=threads).n_pairs


def record_batch_reader(path: str, threads: int) -> int:
    file = pyarrow.parquet.ParquetFile(path)
    reader = pa.RecordBatchReader.from_batches(file.schema_arrow, file.iter_batches())
    return count_pairs(reader, n_jobs=threads).n_pairs


def lazy_frame(path: str, threads: int) -> int:
    import polars as pl

    return count_pairs(pl.scan_parquet(path), n_jobs=threads).n_pairs


def relation(path: str, threads: int) -> int:
    return count_pairs(_duckdb(threads).sql(f"SELECT * FROM {_scan(path)}"), n_jobs=threads).n_pairs


def in_memory(path: str, threads: int) -> int:
    return count_encoded(encode_table(path, n_jobs=threads), threads).n_pairs


def _duckdb(threads: int) -> Any:
    import duckdb

    return duckdb.connect(config={"threads": threads})


def _scan(path: str) -> str:
    return f"read_csv('{path}')" if path.endswith(".csv") else f"read_parquet('{path}')"


def duckdb_reads(path: str, threads: int) -> None:
    """Read all cells and keep nothing of them but one number."""
    connection = _duckdb(threads)
    names = connection.sql(f"SELECT * FROM {_scan(path)} LIMIT 0").columns
    each = ", ".join(f"bit_xor(hash({name}))" for name in names)
    connection.sql(f"SELECT {each} FROM {_scan(path)}").fetchall()


def duckdb_groups(path: str, threads: int) -> int:
    """Group by each pair of columns, numbers in bins of about the same number of rows."""
    connection = _duckdb(threads)
    texts = ", ".join(f"c{f}" for f in range(len(CARDINALITIES)))
    numbers = "least(floor(amount / 10), 15) AS amount, floor(days / 25) AS days"
    connection.sql(f"CREATE TABLE t AS SELECT {texts}, {numbers} FROM {_scan(path)}")
    names = connection.sql("SELECT * FROM t LIMIT 0").columns
    n_pairs = 0
    for one, other in combinations(names, 2):
        grouped = connection.sql(f"SELECT {one}, {other}, count(*) FROM t GROUP BY ALL")
        n_pairs += grouped.to_arrow_table().num_rows
    return n_pairs


#: How a file is counted, or only read.
WAYS: dict[str, Callable[[str, int], int | None]] = {
    "piece by piece": piece_by_piece,
    "in memory": in_memory,
    "RecordBatchReader": record_batch_reader,
    "polars LazyFrame": lazy_frame,
    "DuckDB relation": relation,
    "DuckDB, reading alone": duckdb_reads,
    "DuckDB, GROUP BY per pair": duckdb_groups,
}


#: Ways that read Parquet only.
OF_PARQUET = ("RecordBatchReader", "polars LazyFrame", "DuckDB relation")


def made_file(folder: Path, n_rows: int, form: str, piece_rows: int | None = None) -> Path:
    """Give a table of text and numbers; it is written if it is not there.

    ``piece_rows`` is how many rows a row group of Parquet has at most.
    """
    path = folder / f"mixed_{n_rows}.{form}"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    schema = some_rows(0, 1).schema
    opened = pyarrow.parquet.ParquetWriter if form == "parquet" else pyarrow.csv.CSVWriter
    with opened(unfinished, schema) as writer:
        for start in range(0, n_rows, CHUNK):
            writer.write_table(some_rows(start, min(CHUNK, n_rows - start)), piece_rows)
    os.replace(unfinished, path)
    return path


def some_rows(start: int, n_rows: int) -> pa.Table:
    """Draw the rows from one on: texts by Zipf, an amount with many values, a number of days."""
    rng = np.random.default_rng([0, start])
    columns: dict[str, Any] = {}
    for feature, size in enumerate(CARDINALITIES):
        texts = pa.array([f"f{feature}_{i:04}" for i in range(size)])
        codes = np.minimum(rng.pareto(1.0, n_rows) * size / 50, size - 1).astype(np.int32)
        columns[f"c{feature}"] = texts.take(pa.array(codes))
    columns["amount"] = np.round(rng.gamma(2.0, 50.0, n_rows), 2)
    columns["days"] = rng.integers(0, 400, n_rows)
    return pa.table(columns)


if __name__ == "__main__":
    sys.exit(main())
