"""Counting alone: pair increments per second by number of threads.

Run with ``python -m benchmarks.counting TABLE.parquet``, such as one of ``made_tables.py``.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness import Benchmark
from benchmarks.harness.clock import repeated
from benchmarks.harness.encoded import sizes_of
from benchmarks.pages.counting import page
from cat2vec import encode_table
from cat2vec.counting.encoded import count_encoded
from cat2vec.kernels.threads import thread_count
from cat2vec.tables.files import columns_of_file

BENCHMARK = Benchmark("counting", "Time the counting of pairs.", page)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(data_folder=False)
    parser.add_argument("table", type=Path, help="a Parquet file")
    return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    encoded = encode_table(columns_of_file(options.table))
    n_features = encoded.vocabulary.n_features
    count_encoded(encoded)  # compiles, and touches memory for the first time
    for n_jobs in sorted({1, thread_count(None)}):
        seconds, counts = repeated(count_encoded, encoded, n_jobs)
        yield {
            "table": options.table.stem,
            **sizes_of(encoded),
            "threads": n_jobs,
            "increments": encoded.n_rows * n_features * (n_features - 1) // 2,
            "distinct_pairs": counts.n_pairs,
            "seconds": min(seconds),
            "seconds_of_all": seconds,
        }


if __name__ == "__main__":
    sys.exit(main())
