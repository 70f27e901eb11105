"""The three solvers on the same rows: seconds, gain, held-out gain and neighbours.

Run with ``python -m benchmarks.solvers DATA_FOLDER --epochs 5 20``.
"""

from __future__ import annotations

import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

import cat2vec.training.train as training
from benchmarks.harness import SEED, TABLES, Benchmark, Table, split_rows
from benchmarks.harness.clock import Clock, tiny_table
from benchmarks.harness.gensim_gains import gain_without_constants
from benchmarks.pages.solvers import page
from cat2vec import Cat2Vec, PairCounts, Vectors, encode_table
from cat2vec.counting.encoded import count_encoded
from cat2vec.inspection.quality import held_out_gain
from cat2vec.kernels.threads import thread_count
from cat2vec.vocabulary.vocabulary import Vocabulary, category_text

BENCHMARK = Benchmark("solvers", "Compare the three solvers on real tables.", page)
SOLVERS = ("counts", "rows", "gensim")
#: The steps that are timed: the solver itself, apart from encoding, counting and scoring.
SOLVE = [(training, f"solve_{solver}", "solver") for solver in SOLVERS]
N_NEIGHBOURS = 5
N_ASKED = 3


def main(arguments: Sequence[str] | None = None) -> int:
    asked = [name for name, table in TABLES.items() if table.ask[0]]
    parser = BENCHMARK.parser(asked, ["adult", "hotel_bookings", "gss_wages"])
    parser.add_argument("--epochs", nargs="+", type=int, default=[5], help="of rows and gensim")
    parser.add_argument("--rows", type=int, help="random rows of each table; all if not given")
    return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    first_calls = {solver: first_call(solver) for solver in SOLVERS}
    for name in options.tables:
        table = TABLES[name]
        train, held_out = split_rows(table.read(options.data_folder), options.rows)
        for solver, epochs, n_jobs in runs(options.epochs):
            record = measure(table, train, held_out, solver, epochs, n_jobs)
            yield {"table": name, **record, "seconds_first_call": first_calls[solver]}


def runs(epochs: Sequence[int]) -> Iterator[tuple[str, int | None, int]]:
    """Give solver, epochs and threads; gensim once repeatable and once on all cores."""
    cores = thread_count(None)
    yield "counts", None, cores
    for n in epochs:
        yield "rows", n, cores
    for n in epochs:
        for n_jobs in dict.fromkeys((1, cores)):
            yield "gensim", n, n_jobs


def first_call(solver: str) -> float:
    """Train on a tiny table, so that the clock sees no compilation; give the seconds."""
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two sweeps do not converge, and need not
        Cat2Vec(4, solver=solver, epochs=1, max_sweeps=2).fit(tiny_table())
    return time.perf_counter() - began


def measure(
    table: Table,
    train: pd.DataFrame,
    held_out: pd.DataFrame,
    solver: str,
    epochs: int | None,
    n_jobs: int,
) -> dict[str, Any]:
    """Train once and score on the training rows and on the held-out rows."""
    model = Cat2Vec(
        32,
        solver=solver,
        n_bins=16,
        epochs="auto" if epochs is None else epochs,
        n_jobs=n_jobs,
        columns=table.kinds,
        random_state=SEED,
    )
    clock = Clock()
    with warnings.catch_warnings(record=True) as caught, clock.inside(*SOLVE):
        warnings.simplefilter("always")
        began = time.perf_counter()
        model.fit(train)
        seconds = time.perf_counter() - began
    vectors = model.vectors_
    held_out_counts = counts_of(held_out, vectors.vocabulary)
    record = {
        "name": run_name(solver, epochs, n_jobs),
        "solver": solver,
        "threads": n_jobs,
        "settings": vectors.settings,
        "rows": len(train),
        "held_out_rows": len(held_out),
        "features": vectors.vocabulary.n_features,
        "tokens": vectors.vocabulary.n_tokens,
        "passes": epochs if epochs is not None else len(vectors.losses),
        "seconds": seconds,
        "seconds_in_solver": clock.seconds["solver"],
        "gain": float(vectors.gain),
        "held_out_gain": float(held_out_gain(vectors, held_out_counts)),
        "warnings": [str(warning.message) for warning in caught],
        "neighbours": neighbours(vectors, *table.ask),
    }
    if solver == "gensim":
        train_counts = counts_of(train, vectors.vocabulary)
        record["gain_without_constants"] = gain_without_constants(vectors, train_counts)
        record["held_out_gain_without_constants"] = gain_without_constants(vectors, held_out_counts)
    return record


def run_name(solver: str, epochs: int | None, n_jobs: int) -> str:
    if solver == "gensim":
        workers_of = "1 worker" if n_jobs == 1 else f"workers = all {n_jobs} cores"
        return f"gensim, epochs {epochs}, {workers_of}"
    return solver if epochs is None else f"{solver}, epochs {epochs}"


def counts_of(frame: pd.DataFrame, vocabulary: Vocabulary) -> PairCounts:
    return count_encoded(encode_table(frame, vocabulary=vocabulary))


def neighbours(vectors: Vectors, feature: str, wanted: Sequence[Any]) -> list[dict[str, Any]]:
    """Find the nearest of the wanted categories; the most frequent ones stand in for absent."""
    part = vectors.vocabulary.tokens_of(feature)
    by_count = np.argsort(-vectors.vocabulary.counts[part], kind="stable") + part.start
    frequent = [vectors.vocabulary.token(int(token)).category for token in by_count]
    there = [category for category in wanted if category in frequent]
    answers = []
    for category in list(dict.fromkeys([*there, *frequent]))[:N_ASKED]:
        found = vectors.nearest(feature, category, n=N_NEIGHBOURS)
        names = [category_text(one) for one in found["category"]]
        pairs = zip(names, found["similarity"].round(4).tolist(), strict=True)
        asked = {"feature": feature, "category": category_text(category)}
        answers.append({**asked, "nearest": list(pairs)})
    return answers


if __name__ == "__main__":
    sys.exit(main())
