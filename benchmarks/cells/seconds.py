"""Seconds of scores of rows by the number of columns, on made tables, each in its own process."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.harness import SEED, run_alone
from benchmarks.harness.clock import tiny_table
from cat2vec import Cat2Vec, Cat2VecOutlierDetector

ROWS, COLUMNS = 50_000, (75, 150, 300)
TABLES = {f"{n_columns} columns": n_columns for n_columns in COLUMNS}
METHODS = ("Cat2VecOutlierDetector", "Cat2Vec")
_GROUPS, _CATEGORIES, _FOLLOWS = 20, 10, 0.5


def measured(
    folder: Path, methods: Collection[str], tables: Collection[str]
) -> Iterator[dict[str, Any]]:
    for name, n_columns in TABLES.items():
        for method in METHODS:
            if name in tables and "cat2vec" in methods:
                found = run_alone(one, method=method, n_rows=ROWS, n_columns=n_columns)
                yield {"table": name, **found}


def one(method: str, n_rows: int, n_columns: int) -> dict[str, Any]:
    kind: Callable[..., Any] = {
        "Cat2Vec": Cat2Vec,
        "Cat2VecOutlierDetector": Cat2VecOutlierDetector,
    }[method]
    kind(n_jobs=1).fit(tiny_table()).score_samples(tiny_table())
    frame = made(n_rows, n_columns)
    record: dict[str, Any] = {"method": method, "rows": n_rows, "columns": n_columns}
    estimator = kind(n_jobs=1)
    for part, call in (
        ("fit", lambda: estimator.fit(frame)),
        # a model fits what scores need when it is first asked
        ("first_scores", lambda: estimator.score_samples(frame)),
        ("scores", lambda: estimator.score_samples(frame)),
    ):
        began, began_of_process = time.perf_counter(), time.process_time()
        call()
        record[part] = time.perf_counter() - began
        record[f"{part}_of_processor"] = time.process_time() - began_of_process
    return record


def made(n_rows: int, n_columns: int) -> pd.DataFrame:
    """Make columns that half of the time follow one of 20 groups of rows."""
    draws = np.random.default_rng(SEED)
    group = draws.integers(_GROUPS, size=n_rows)
    names = np.array([f"c{i}" for i in range(_CATEGORIES)], object)
    columns = {}
    for column in range(n_columns):
        usual = draws.integers(_CATEGORIES, size=_GROUPS)[group]
        follows = draws.random(n_rows) < _FOLLOWS
        codes = np.where(follows, usual, draws.integers(_CATEGORIES, size=n_rows))
        columns[f"f{column}"] = names[codes]
    return pd.DataFrame(columns)
