"""Does training take as long as ``solver="auto"`` says? Estimates beside processor seconds.

Run with ``python -m benchmarks.estimates``; tables are made, and no data is needed. With ``--data
DATA_FOLDER --made MADE_FOLDER`` also the tables of the other benchmarks. The page says which
constants in ``training/choice.py`` would fit best.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import SEED, Benchmark, run_alone
from benchmarks.harness import TABLES as PUBLIC
from benchmarks.harness.clock import tiny_table
from benchmarks.harness.encoded import sizes_of
from benchmarks.made_tables import made_file
from benchmarks.pages.estimates import page
from cat2vec import EncodedTable, encode_table, train_vectors
from cat2vec.tables.files import read_table
from cat2vec.training.choice import NANOSECONDS, choose_solver, work_of
from cat2vec.training.settings import Settings

BENCHMARK = Benchmark("estimates", "Compare estimated seconds with those of one core.", page)
#: Rows, and the categories of each feature; as many as rows are all distinct.
TABLES: dict[str, tuple[int, tuple[int, ...]]] = {
    "1,000 ids beside 2 and 12": (3_000, (1_000, 2, 12)),
    "5,000 ids beside 2 and 12": (15_000, (5_000, 2, 12)),
    "20,000 distinct ids beside 2 and 12": (20_000, (20_000, 2, 12)),
    "60,000 distinct ids beside 2 and 12": (60_000, (60_000, 2, 12)),
    "20,000 ids beside six small": (40_000, (20_000, 2, 12, 30, 5, 60, 100)),
    "two of 3,000 beside 4 and 10": (20_000, (3_000, 3_000, 4, 10)),
    "20,000 and 1,000 ids beside 4 and 10": (60_000, (20_000, 1_000, 4, 10)),
    "8,000 ids beside ten of 10": (50_000, (8_000, *[10] * 10)),
    "30,000 ids beside five small": (100_000, (30_000, 2, 12, 30, 60, 100)),
    "five of 400": (50_000, (400,) * 5),
    "ten of 10": (100_000, (10,) * 10),
    "forty of 8": (20_000, (8,) * 40),
    "thirty of 60": (20_000, (60,) * 30),
    "a hundred of 6": (3_000, (6,) * 100),
    "five of 400, weights": (50_000, (400,) * 5),
}
#: Tables of the other benchmarks: public ones, and made ones from files.
READ = ("adult", "hotel_bookings", "census_income_kdd", "nycflights13", "diabetes130")
FILES = ("made_100000",)
SIZES = (8, 32)
#: What is estimated to take longer is not measured.
MOST_SECONDS = 60.0
#: Rows belong to so many groups; a feature of so many categories says which, one of fewer hardly.
_GROUPS, _TELLING = 20, 100


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser([*TABLES, *READ, *FILES], list(TABLES), data_folder=False, made=True)
    parser.add_argument("--data", type=Path, help="folder of the public tables: measure them too")
    parser.add_argument("--rows", type=int, help="at most so many of each table, for a quick look")
    options = parser.parse_args(arguments)
    if options.tables == list(TABLES):
        options.tables += [*(READ if options.data else ()), *(FILES if options.made else ())]
    if options.data is None and not set(options.tables).isdisjoint(READ):
        parser.error("public tables need --data FOLDER.")
    return BENCHMARK.measure(records, options)


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    for name in options.tables:
        source = options.data
        if name in FILES:
            source = made_file(options.made, name)
        for size in SIZES:
            for solver in ("counts", "rows"):
                record = run_alone(
                    one, name=name, size=size, solver=solver, most=options.rows, source=str(source)
                )
                if record:
                    yield record


def encoded(name: str, most: int | None, source: str) -> EncodedTable:
    """Encode a public table, a file, or a table that is made here."""
    if name in TABLES:
        return made(name, most)
    if name in FILES:
        return encode_table(read_table(source).table.slice(0, most))
    return encode_table(PUBLIC[name].read(source)[:most], columns=PUBLIC[name].kinds)


def made(name: str, most: int | None = None) -> EncodedTable:
    """Make a table whose rows belong to groups, which its cells show more or less."""
    n_rows, sizes = TABLES[name]
    rng = np.random.default_rng(SEED)
    group = rng.integers(_GROUPS, size=n_rows)
    table = {}
    for feature, size in enumerate(sizes):
        cells = rng.integers(size, size=n_rows)
        if size >= _TELLING:
            cells = cells // _GROUPS * _GROUPS + group
        else:
            cells = np.where(rng.random(n_rows) < 0.3, group % size, cells)
        cells = np.arange(n_rows) if size == n_rows else cells
        table[f"f{feature}"] = cells[: most or n_rows].astype(str)
    weights = rng.random(n_rows)[: most or n_rows] if name.endswith("weights") else None
    return encode_table(table, sample_weight=weights)


def one(name: str, size: int, solver: str, most: int | None, source: str) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        few = tiny_table()
        tiny = encode_table(few, sample_weight=np.full(len(few["a"]), 0.5))
        train_vectors(tiny, solver=solver, vector_size=4, max_sweeps=2, epochs=1, n_jobs=1)
        table = encoded(name, most, source)
        settings = Settings(vector_size=size)
        work = work_of(solver, table, settings)
        if work.seconds > MOST_SECONDS:
            return {}
        began = time.process_time()
        vectors = train_vectors(table, solver=solver, vector_size=size, random_state=SEED, n_jobs=1)
        seconds = time.process_time() - began
    return {
        "table": name,
        **sizes_of(table),
        "vector_size": size,
        "solver": solver,
        "chosen": choose_solver(table, settings).solver,
        "estimated": work.seconds,
        "seconds": seconds,
        "passes": len(vectors.losses),
        "expected_passes": work.passes,
        "once": work.once,
        "each": work.each,
        "nanoseconds": NANOSECONDS,
        "load": os.getloadavg()[0],
    }


if __name__ == "__main__":
    sys.exit(main())
