"""The three solvers on the same rows: seconds, gain, held-out gain and neighbours.

Run with ``python benchmarks/solvers.py DATA_FOLDER --epochs 5 20``.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from harness import (
    TABLES,
    Table,
    append_line,
    facts,
    latest_by_table,
    markdown_table,
    number,
    provenance,
    write_page,
)

import cat2vec.training.train as training
from cat2vec import Cat2Vec, PairCounts, Vectors, encode_table
from cat2vec.counting.encoded import count_encoded
from cat2vec.inspection.quality import held_out_gain, objective_on
from cat2vec.kernels.threads import thread_count, workers
from cat2vec.training.solvers.word2vec import without_constants
from cat2vec.vocabulary.vocabulary import Vocabulary, category_text

SOLVERS = ("counts", "rows", "gensim")
HELD_OUT = 0.1
SEED = 0
N_NEIGHBOURS = 5
N_ASKED = 3
#: Which of the two it is depends on whether the machine compiled this version before.
FIRST_CALL = "compiling or loading compiled code"
_GAINS = ("gain", "held_out_gain", "gain_without_constants", "held_out_gain_without_constants")
_HEADER = ["solver", "threads", "passes", "seconds", "in solver"]
_HEADER += [name.replace("_", " ").replace("held out", "held-out") for name in _GAINS]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Compare the three solvers on real tables.")
    parser.add_argument("data_folder", type=Path)
    parser.add_argument(
        "--tables",
        nargs="+",
        default=["adult", "hotel_bookings", "gss_wages"],
        choices=[name for name, table in TABLES.items() if table.ask[0]],
    )
    parser.add_argument("--epochs", nargs="+", type=int, default=[5], help="of rows and gensim")
    parser.add_argument("--rows", type=int, help="random rows of each table; all if not given")
    parser.add_argument("--out", type=Path, default=Path("benchmarks", "results"))
    options = parser.parse_args(arguments)
    about = facts()
    first_calls = {solver: first_call(solver) for solver in SOLVERS}
    for solver, seconds in first_calls.items():
        print(f"first call of {solver}, {FIRST_CALL}: {seconds:.1f} s", flush=True)
    lines = options.out / "solvers.jsonl"
    for name in options.tables:
        train, held_out = split_rows(read_frame(TABLES[name], options.data_folder), options.rows)
        for solver, epochs, n_jobs in runs(options.epochs):
            record = measure(TABLES[name], train, held_out, solver, epochs, n_jobs)
            seconds_first = first_calls[solver]
            append_line(
                lines, {**about, "table": name, **record, "seconds_first_call": seconds_first}
            )
            print(
                f"{name}: {record['name']}: {record['seconds']:.1f} s, gain {record['gain']:.4f}, "
                f"held out {record['held_out_gain']:.4f}",
                flush=True,
            )
    write_page(options.out / "solvers.md", page(latest_by_table(lines)))


def read_frame(table: Table, data_folder: Path) -> pd.DataFrame:
    """Read the chosen columns; nullable types keep codes with gaps whole numbers."""
    frame = pd.read_csv(
        data_folder / table.file,
        keep_default_na=False,
        na_values=["", *table.missing],
        low_memory=False,
        dtype_backend="numpy_nullable",
    )
    return frame[table.columns(frame.columns)]


def split_rows(frame: pd.DataFrame, n_rows: int | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Shuffle with a fixed seed, because files are often sorted; hold out the last rows."""
    frame = frame.sample(frac=1, random_state=SEED).head(n_rows or len(frame))
    n_train = round(len(frame) * (1 - HELD_OUT))
    return (
        frame.iloc[:n_train].reset_index(drop=True),
        frame.iloc[n_train:].reset_index(drop=True),
    )


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
    """Train on a tiny table with columns wide enough for every way of counting pairs."""
    n = 1100
    tiny = {
        "a": [f"a{row}" for row in range(n)],
        "b": [f"b{row * 7 % n}" for row in range(n)],
        "c": [f"c{row % 3}" for row in range(n)],
    }
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two sweeps do not converge, and need not
        Cat2Vec(4, solver=solver, epochs=1, max_sweeps=2).fit(tiny)
    return time.perf_counter() - began


@contextmanager
def solver_clock() -> Iterator[list[float]]:
    """Measure the seconds inside the solver itself, apart from encoding, counting and scoring."""
    spent: list[float] = []

    def timed(function: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                spent.append(time.perf_counter() - began)

        return call

    with ExitStack() as stack:
        for name in ("solve_counts", "solve_rows", "solve_gensim"):
            stack.enter_context(patch.object(training, name, timed(getattr(training, name))))
        yield spent


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
        columns=dict.fromkeys(table.categories, "category") or None,
        random_state=SEED,
    )
    with warnings.catch_warnings(record=True) as caught, solver_clock() as spent:
        warnings.simplefilter("always")
        began = time.perf_counter()
        model.fit(train)
        seconds = time.perf_counter() - began
    vectors = model.vectors_
    unseen_rows = counts_of(held_out, vectors.vocabulary)
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
        "seconds_in_solver": sum(spent),
        "gain": float(vectors.gain),
        "held_out_gain": float(held_out_gain(vectors, unseen_rows)),
        "warnings": [str(warning.message) for warning in caught],
        "neighbours": neighbours(vectors, *table.ask),
    }
    if solver == "gensim":
        seen_rows = counts_of(train, vectors.vocabulary)
        record["gain_without_constants"] = gain_without_constants(vectors, seen_rows)
        record["held_out_gain_without_constants"] = gain_without_constants(vectors, unseen_rows)
    return record


def run_name(solver: str, epochs: int | None, n_jobs: int) -> str:
    if solver == "gensim":
        workers_of = "1 worker" if n_jobs == 1 else f"workers = all {n_jobs} cores"
        return f"gensim, epochs {epochs}, {workers_of}"
    return solver if epochs is None else f"{solver}, epochs {epochs}"


def counts_of(frame: pd.DataFrame, vocabulary: Vocabulary) -> PairCounts:
    return count_encoded(encode_table(frame, vocabulary=vocabulary))


def gain_without_constants(vectors: Vectors, counts: PairCounts) -> float:
    """Score gensim's own logits: the columns after the first ``vector_size`` hold constants."""
    objective = objective_on(vectors, counts)
    own = slice(0, vectors.vector_size)
    center, context = without_constants(objective, vectors.center[:, own], vectors.context[:, own])
    with workers(None) as crew:
        return float(objective.independence() - objective.loss(center, context, crew))


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


def page(tables: Mapping[str, list[dict[str, Any]]]) -> Iterator[str]:
    yield "# Solvers compared"
    yield ""
    yield (
        "Generated by `benchmarks/solvers.py` from `solvers.jsonl`. Gain is in nats per pair, "
        "higher is better, 0 is independence. Seconds run from DataFrame to vectors, compilation "
        "apart; 'in solver' leaves out encoding, counting, gensim's constants and the exact loss. "
        "Threads are those allowed."
    )
    for name, records in tables.items():
        yield from ["", f"## {name}", ""]
        first = records[0]
        yield (
            f"{first['rows']:,} training rows, {first['held_out_rows']:,} held out, "
            f"{first['features']} features, {first['tokens']:,} tokens, vector_size "
            f"{first['settings']['vector_size']}."
        )
        yield ""
        yield from markdown_table(
            _HEADER,
            [
                [
                    *(record[name] for name in ("name", "threads", "passes")),
                    *(number(record[name], 2) for name in ("seconds", "seconds_in_solver")),
                    *(number(record.get(name)) for name in _GAINS),
                ]
                for record in records
            ],
        )
        first_calls = {record["solver"]: record["seconds_first_call"] for record in records}
        told = ", ".join(f"{solver} {number(s, 1)} s" for solver, s in first_calls.items())
        yield from ["", f"First call on a tiny table, {FIRST_CALL}: {told}."]
        told_by: dict[str, list[str]] = {}
        for record in records:
            for text in record["warnings"]:
                told_by.setdefault(text, []).append(record["name"])
        for text, names in told_by.items():
            yield from ["", f"Warning ({'; '.join(names)}): {text}"]
        yield from _neighbour_tables(records)
        yield from ["", provenance(first)]


def _neighbour_tables(records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Set the solvers side by side; gensim on several cores differs by chance and is left out."""
    shown = [record for record in records if record["solver"] != "gensim" or record["threads"] == 1]
    for place, asked in enumerate(shown[0]["neighbours"]):
        yield from ["", f"Nearest to {asked['feature']} = {asked['category']}:", ""]
        nearest = [record["neighbours"][place]["nearest"] for record in shown]
        columns = [[f"{found} ({number(cosine, 2)})" for found, cosine in one] for one in nearest]
        yield from markdown_table([record["name"] for record in shown], zip(*columns, strict=True))


if __name__ == "__main__":
    main()
