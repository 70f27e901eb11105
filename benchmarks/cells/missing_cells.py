"""Hide a share of the cells of every column and fill them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.cells.imputers import IMPUTERS, Gaps
from cat2vec import Cat2VecImputer

#: Columns of numbers: given, hidden, and not scored.
TABLES = {
    "adultsample10": ["age", "education-num", "capital-gain", "capital-loss", "hours-per-week"],
    "australian": ["A2", "A3", "A7", "A10", "A13", "A14"],
    "contraceptive": ["A1", "A4"],
    "flare": [],
    "mammogram": ["A2"],
    "tax5000trimmed": ["salary", "rate", "singleexemp", "marriedexemp", "childexemp"],
}
SHARES, SEEDS = (0.2, 0.5), (0, 1)
#: What is not run, and why.
LEFT_OUT: dict[tuple[str, str], str] = {}


def measured(
    folder: Path, methods: Collection[str], tables: Collection[str]
) -> Iterator[dict[str, Any]]:
    _warmed(methods)
    for name, numbers in TABLES.items():
        if name not in tables:
            continue
        frame = pd.read_csv(folder / "imputation" / f"{name}.csv")
        words = [column for column in frame if column not in numbers]
        for share in SHARES:
            for method in ("cat2vec", *IMPUTERS):
                if method not in methods:
                    continue
                record = {"table": name, "share": share, "method": method}
                if reason := LEFT_OUT.get((method, name)):
                    yield {**record, "left_out": reason}
                    continue
                figures = [_filled(frame, numbers, words, share, seed, method) for seed in SEEDS]
                accuracy, seconds = np.mean(figures, axis=0)
                yield {**record, "accuracy": float(accuracy), "seconds": float(seconds)}


def _filled(
    frame: pd.DataFrame,
    numbers: Sequence[str],
    words: list[str],
    share: float,
    seed: int,
    method: str,
) -> tuple[float, float]:
    """Fill the gaps that a seed makes; give accuracy and seconds."""
    table, rows = with_gaps(frame, numbers, share, seed)
    fill = _by_cat2vec if method == "cat2vec" else _by(IMPUTERS[method])
    began = time.perf_counter()
    filled = fill(table, words)
    seconds = time.perf_counter() - began
    return _accuracy(frame, filled, words, rows), seconds


def with_gaps(
    frame: pd.DataFrame, numbers: Sequence[str], share: float, seed: int
) -> tuple[pd.DataFrame, dict[str, pd.Index]]:
    draws = np.random.RandomState(seed)
    table, rows = frame.astype(object), {}
    for column in frame:
        rows[column] = frame[column].sample(frac=share, random_state=draws).index
        table.loc[rows[column], column] = None
    return table.astype(dict.fromkeys(numbers, float)), rows


def _by_cat2vec(table: pd.DataFrame, words: list[str]) -> pd.DataFrame:
    return Cat2VecImputer(columns=dict.fromkeys(words, "category"), n_jobs=1).fit_transform(table)


def _by(fill: Callable[[Gaps], np.ndarray]) -> Callable[[pd.DataFrame, list[str]], pd.DataFrame]:
    def filled(table: pd.DataFrame, words: list[str]) -> pd.DataFrame:
        gaps, values = Gaps.of(table, words)
        codes = fill(gaps)
        return pd.DataFrame(
            {c: values[place][codes[:, place]] for place, c in enumerate(table) if c in words}
        )

    return filled


def _warmed(methods: Collection[str]) -> None:
    """Compile and import what the clock is not to see."""
    frame = pd.DataFrame({"a": ["x", "y"] * 100, "b": ["u", "v"] * 100, "c": ["s", "t"] * 100})
    for method in methods:
        if method == "cat2vec" or method in IMPUTERS:
            _filled(frame, [], list(frame), 0.2, 0, method)


def _accuracy(
    frame: pd.DataFrame, filled: pd.DataFrame, words: Sequence[str], rows: dict[str, pd.Index]
) -> float:
    right = [
        (filled[column][rows[column]] == frame[column][rows[column]])[
            frame[column][rows[column]].notna()
        ]
        for column in words
    ]
    return float(np.concatenate(right).mean())
