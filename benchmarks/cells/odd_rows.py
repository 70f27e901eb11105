"""Odd rows: tables with labels, and others in which odd rows are planted.

Scores are fitted and made on all rows, and the label is never shown. The settings of the score of
cat2vec were chosen on the first tables, and on rows planted in tables that are not among these.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from benchmarks.cells.detectors import DETECTORS
from benchmarks.harness import SEED, TABLES, random_rows
from cat2vec import Cat2VecOutlierDetector, encode_table

LABELLED = ("cmc", "aid362", "apascal", "chess", "solar_flare", "u2r")
#: Tables in which odd rows are planted, and how many of their rows are taken.
PLANTED, ROWS = ("adult", "hotel_bookings", "diabetes130", "uci_mushroom"), 10_000
#: Of these rows, the share whose cells each come from another row, and the share of which half of
#: the cells come from one other row.
SHUFFLED, HALVES = 0.01, 0.01
#: What is not run, and why.
LEFT_OUT = {("LOF", "u2r"): "compares 60,821 rows with each other"}


def labelled(
    folder: Path, methods: Collection[str], tables: Collection[str]
) -> Iterator[dict[str, Any]]:
    _warmed(methods)
    for name in LABELLED:
        if name not in tables:
            continue
        frame = pd.read_parquet(folder / "anomaly" / f"{name}.parquet")
        truth = frame.pop("anomaly").to_numpy()
        for method, score in _detectors(methods):
            record = {"table": name, "method": method}
            if reason := LEFT_OUT.get((method, name)):
                yield {**record, "left_out": reason}
                continue
            scores, seconds = _timed(score, frame)
            yield {
                **record, "seconds": seconds, "roc_auc": float(roc_auc_score(truth, scores)),
                "average_precision": float(average_precision_score(truth, scores)),
            }  # fmt: skip


def planted(
    folder: Path, methods: Collection[str], tables: Collection[str]
) -> Iterator[dict[str, Any]]:
    _warmed(methods)
    for name in PLANTED:
        if name not in tables:
            continue
        source = TABLES[name]
        frame = random_rows(source.read(folder), ROWS)
        frame, shuffled, halves = with_odd_rows(in_categories(frame, source.kinds))
        ordinary = ~(shuffled | halves)
        for method, score in _detectors(methods):
            scores, seconds = _timed(score, frame)
            of_shuffled, of_halves = (
                float(roc_auc_score(odd[odd | ordinary], scores[odd | ordinary]))
                for odd in (shuffled, halves)
            )
            yield {
                "table": name, "method": method, "seconds": seconds, "rows": len(frame),
                "columns": frame.shape[1], "roc_auc_shuffled": of_shuffled,
                "roc_auc_halves": of_halves,
            }  # fmt: skip


def in_categories(frame: pd.DataFrame, kinds: dict[str, str] | None) -> pd.DataFrame:
    """Give every method the same: numbers in bins, missing cells as a category of their own."""
    codes = encode_table(frame, columns=kinds).codes
    texts = np.char.add("c", codes.astype(str))
    return pd.DataFrame(texts.astype(object), columns=[f"f{i}" for i in range(codes.shape[1])])


def with_odd_rows(frame: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Plant two kinds of odd rows; say which they are."""
    cells, draws = frame.to_numpy(object).copy(), np.random.default_rng(SEED)
    given, (n_rows, n_columns) = cells.copy(), cells.shape
    n_shuffled, n_halves = round(SHUFFLED * n_rows), round(HALVES * n_rows)
    places = draws.choice(n_rows, n_shuffled + n_halves, replace=False)
    shuffled, halves = places[:n_shuffled], places[n_shuffled:]
    for column in range(n_columns):
        cells[shuffled, column] = given[draws.integers(n_rows, size=n_shuffled), column]
    for row, other in zip(halves, draws.integers(n_rows, size=n_halves), strict=True):
        some = draws.permutation(n_columns)[: n_columns // 2]
        cells[row, some] = given[other, some]
    masks = (np.isin(np.arange(n_rows), some) for some in (shuffled, halves))
    return pd.DataFrame(cells, columns=frame.columns), *masks


def _detectors(
    methods: Collection[str],
) -> Iterator[tuple[str, Callable[[pd.DataFrame], np.ndarray]]]:
    if "cat2vec" in methods:
        yield "cat2vec", _by_cat2vec
    for method, score in DETECTORS.items():
        if method in methods:
            yield method, lambda frame, score=score: score(_codes(frame))


def _by_cat2vec(frame: pd.DataFrame) -> np.ndarray:
    detector = Cat2VecOutlierDetector(numeric="category", n_jobs=1).fit(frame)
    return -detector.score_samples(frame)


def _codes(frame: pd.DataFrame) -> np.ndarray:
    return np.column_stack([pd.factorize(frame[column])[0] for column in frame])


def _timed(
    score: Callable[[pd.DataFrame], np.ndarray], frame: pd.DataFrame
) -> tuple[np.ndarray, float]:
    began = time.perf_counter()
    scores = score(frame)
    return scores, time.perf_counter() - began


def _warmed(methods: Collection[str]) -> None:
    """Compile and import what the clock is not to see."""
    frame = pd.DataFrame({"a": ["x", "y"] * 50, "b": ["u", "v", "v", "u"] * 25, "c": ["s"] * 100})
    for _, score in _detectors(methods):
        score(frame)
