"""What do the sweeps of the solver ``counts`` cost, and how far from a long run do they end?

Run with ``python -m benchmarks.solver_steps DATA_FOLDER --made MADE_FOLDER``.
"""

from __future__ import annotations

import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.harness import SEED, TABLES, Benchmark, run_alone
from benchmarks.harness.clock import tiny_table
from benchmarks.made_tables import made_file
from benchmarks.pages.solver_steps import page
from cat2vec import PairCounts, count_pairs, encode_table, train_vectors
from cat2vec.counting.encoded import count_encoded
from cat2vec.training.solvers import pace, start

BENCHMARK = Benchmark("solver_steps", "Time the solver counts, beside a long run of it.", page)
REAL = ("adult", "hotel_bookings", "census_income_kdd", "diabetes130", "nycflights13")
MADE = ("made_100000",)
#: Sweeps of the long runs, all of them exact.
LONG = 80
#: Gaussian noise of the other start, as a share of the root mean square of each number.
SHAKEN = 0.1
#: Categories in at least so many rows are compared by their cosines, of at most so many.
LEAST_ROWS, MOST_COMPARED = 10, 3000
#: Trainings of a table; the least seconds count.
REPEATS = 3


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser([*REAL, *MADE], made=True)
    parser.add_argument("--tol", type=float, nargs="+", default=[1e-2])
    return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    for name in options.tables:
        source = options.data_folder if name in TABLES else made_file(options.made, name)
        yield run_alone(one, name=name, source=str(source), tols=options.tol)


def counts_of(name: str, source: str) -> PairCounts:
    if name not in TABLES:
        return count_pairs(Path(source))
    table = TABLES[name]
    return count_encoded(encode_table(table.read(source), columns=table.kinds))


def one(name: str, source: str, tols: list[float]) -> dict[str, Any]:
    counts = counts_of(name, source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the long run stops at its limit
        for worth in (0.0, np.inf):  # compiles both kinds of sweeps
            with patch.object(pace, "_WORTH", worth):
                train_vectors(count_pairs(tiny_table()), vector_size=4, max_sweeps=3, n_jobs=1)
        with patch.object(pace, "_WORTH", 0.0):
            exact = trained(counts, max_sweeps=LONG, tol=1e-12)
            with patch.object(start, "starting_vectors", shaken_start):
                shaken, _ = trained(counts, max_sweeps=LONG, tol=1e-12)
        runs = []
        agreed = cosines_agree(counts, shaken.matrix, exact[0].matrix)
        for tol in tols:
            found = [trained(counts, tol=tol) for _ in range(REPEATS)]
            runs.append({"tol": tol, **compared(counts, found, exact)})
    return {
        "table": name,
        "features": counts.vocabulary.n_features,
        "tokens": counts.vocabulary.n_tokens,
        "distinct_pairs": counts.n_pairs,
        "long_gain": float(exact[0].gain),
        "long_seconds": exact[1],
        "shaken": {"gain": float(shaken.gain), "cosines": agreed[0], "cosines_within": agreed[1]},
        "runs": runs,
    }


def shaken_start(*arguments: Any, usual: Any = start.starting_vectors) -> np.ndarray:
    """Give the usual start with noise, for how far optima themselves depend on where it lies."""
    vectors = usual(*arguments)
    sizes = np.sqrt(np.square(vectors).mean(axis=0))
    noise = np.random.default_rng(SEED).standard_normal(vectors.shape)
    return (vectors + SHAKEN * sizes * noise).astype(np.float32)


def trained(counts: PairCounts, **settings: Any) -> tuple[Any, float]:
    """Train on one thread; gives vectors and processor seconds."""
    began = time.process_time()
    vectors = train_vectors(
        counts, vector_size=32, solver="counts", n_jobs=1, random_state=SEED, **settings
    )
    return vectors, time.process_time() - began


def compared(
    counts: PairCounts, found: list[tuple[Any, float]], exact: tuple[Any, float]
) -> dict[str, Any]:
    vectors = found[0][0]
    everywhere, within = cosines_agree(counts, vectors.matrix, exact[0].matrix)
    return {
        "seconds": min(seconds for _, seconds in found),
        "sweeps": len(vectors.losses),
        "rough": "estimated_losses" in vectors.settings,
        "gain": float(vectors.gain),
        "missing": float(1.0 - vectors.gain / exact[0].gain),
        "cosines": everywhere,
        "cosines_within": within,
    }


def cosines_agree(counts: PairCounts, one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Correlate the cosines of frequent tokens: of all pairs, and of pairs inside features."""
    tokens = np.flatnonzero(counts.vocabulary.counts >= LEAST_ROWS)
    if len(tokens) > MOST_COMPARED:
        chosen = np.random.default_rng(SEED).choice(tokens, MOST_COMPARED, replace=False)
        tokens = np.sort(chosen)
    left, right = np.triu_indices(len(tokens), 1)
    cosines = []
    for matrix in (one, other):
        some = matrix[tokens].astype(np.float64)
        some /= np.maximum(np.linalg.norm(some, axis=1, keepdims=True), 1e-12)
        cosines.append((some @ some.T)[left, right])
    feature = counts.vocabulary.feature_of_token[tokens]
    inside = feature[left] == feature[right]
    everywhere = float(np.corrcoef(*cosines)[0, 1])
    return everywhere, float(np.corrcoef(cosines[0][inside], cosines[1][inside])[0, 1])


if __name__ == "__main__":
    sys.exit(main())
