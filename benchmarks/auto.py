"""Was ``solver="auto"`` right? Estimated and measured seconds of ``counts`` and ``rows``.

Run with ``python -m benchmarks.auto DATA_FOLDER --made MADE_FOLDER``.
"""

from __future__ import annotations

import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks.harness import SEED, TABLES, Benchmark, random_rows
from benchmarks.harness.clock import tiny_table
from benchmarks.harness.encoded import sizes_of
from benchmarks.made_tables import made_file
from benchmarks.pages.auto import page
from cat2vec import EncodedTable, encode_table, train_vectors
from cat2vec.tables.files import read_table
from cat2vec.training.choice import choose_solver, estimated_cost
from cat2vec.training.settings import Settings

BENCHMARK = Benchmark("auto", "Compare auto's choice with what was faster.", page)
#: Random rows of real tables.
REAL = (
    *(("adult", 5_000), ("gss_wages", 10_000), ("nycflights13", 20_000), ("green_taxi", 20_000)),
    *(("nycflights13", 100_000), ("nycflights13", 336_776), ("epa_vehicles", 33_442)),
)
#: The table with identifiers, and random rows of it: the more, the more tokens.
IDENTIFIERS, IDENTIFIER_ROWS = "identifiers_2000000", (1_000, 3_000, 10_000)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(
        dict.fromkeys([*(name for name, _ in REAL), "identifiers"]), made=True
    )
    parser.add_argument("--rows", type=int, help="at most so many of each table, for a quick look")
    return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    if "identifiers" in options.tables:
        made_file(options.made, IDENTIFIERS)  # is written before anything is measured
    for solver in ("counts", "rows"):  # compiles, or loads compiled code
        train(encode_table(tiny_table()), solver, vector_size=4, max_sweeps=2, epochs=1)
    for name, table in tables(options):
        yield measure(name, table)


def tables(options: Namespace) -> Iterator[tuple[str, EncodedTable]]:
    for name, n_rows in REAL:
        if name in options.tables:
            n_rows = min(n_rows, options.rows or n_rows)
            some = random_rows(TABLES[name].read(options.data_folder), n_rows)
            kinds = TABLES[name].kinds
            yield f"{name}, {n_rows:,} random rows", encode_table(some, columns=kinds)
    if "identifiers" in options.tables:
        whole = read_table(made_file(options.made, IDENTIFIERS)).table
        for n_rows in IDENTIFIER_ROWS:
            n_rows = min(n_rows, options.rows or n_rows)
            rows = np.random.default_rng(SEED).choice(whole.num_rows, n_rows, replace=False)
            yield f"identifiers, {n_rows:,} random rows", encode_table(whole.take(np.sort(rows)))


def train(table: EncodedTable, solver: str, **settings: Any) -> tuple[float, float]:
    """Give the seconds and the loss."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        began = time.perf_counter()
        vectors = train_vectors(table, solver=solver, random_state=SEED, **settings)
        return time.perf_counter() - began, vectors.loss


def measure(name: str, table: EncodedTable) -> dict[str, Any]:
    cost = estimated_cost(table, Settings())
    (seconds_counts, loss_counts), (seconds_rows, loss_rows) = (
        train(table, solver) for solver in ("counts", "rows")
    )
    return {
        "table": name,
        **sizes_of(table),
        "chosen": choose_solver(table, Settings()).solver,
        "estimated_counts": cost.counts_seconds,
        "estimated_rows": cost.rows_seconds,
        "seconds_counts": seconds_counts,
        "seconds_rows": seconds_rows,
        "loss_counts": loss_counts,
        "loss_rows": loss_rows,
    }


if __name__ == "__main__":
    sys.exit(main())
