"""Hide each cell of held-out rows in turn: mean reciprocal rank, and calibration."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import TABLES
from benchmarks.quality.hidden_cells import split
from cat2vec import EncodedTable, train_vectors
from cat2vec.counting.encoded import count_encoded
from cat2vec.inspection.cells.kept import CellsKept
from cat2vec.inspection.cells.model import CellModel
from cat2vec.inspection.cells.temperatures import sample_of
from cat2vec.inspection.report.hidden_cells import evidence_of, hidden_cells, hidden_cells_by_model
from cat2vec.inspection.report.pair_table import PairTable
from cat2vec.kernels.threads import Workers, workers

METHODS = (
    *("pair counts", "vectors", "vectors, one temperature"),
    *("PMI table", "PMI table, one pair", "most frequent"),
)
_MOST_PAIRS = 10**12
_CALIBRATION_BINS, _LEAST_CELLS = 10, 20


def measured(
    folder: Path, methods: Collection[str], tables: Collection[str]
) -> Iterator[dict[str, Any]]:
    wanted = [method for method in METHODS if method in methods]
    for name in TABLES:
        if name not in tables or not wanted:
            continue
        train, test, _ = split(folder, name, _MOST_PAIRS)
        with workers(1) as crew:
            found = _by_vectors(train, test, crew, wanted) | _by_counts(train, test, crew, wanted)
        for method in wanted:
            yield {"table": name, "method": method, **found[method]}


def _by_counts(
    train: EncodedTable, test: EncodedTable, crew: Workers, methods: Collection[str]
) -> dict[str, dict[str, Any]]:
    counts, found = count_encoded(train, 1), {}
    if "pair counts" in methods:
        began = time.perf_counter()
        model = CellsKept(counts, sample_of(train)).model(None, crew)
        seconds = time.perf_counter() - began
        found["pair counts"] = {"seconds": seconds, **_of_model(test, model, crew)}
    for method, evidence in {
        "PMI table": lambda: PairTable.of(counts),
        "PMI table, one pair": lambda: PairTable.of(counts, smoothing=1.0),
        "most frequent": lambda: None,
    }.items():
        if method in methods:
            found[method] = {"MRR": float(np.nanmean(hidden_cells(test, evidence(), crew).mrr))}
    return found


def _by_vectors(
    train: EncodedTable, test: EncodedTable, crew: Workers, methods: Collection[str]
) -> dict[str, dict[str, Any]]:
    if not {"vectors", "vectors, one temperature"} & {*methods}:
        return {}
    began = time.perf_counter()
    vectors = train_vectors(train, solver="counts", n_jobs=1)
    seconds = time.perf_counter() - began
    model = CellsKept(None, sample_of(train)).model(vectors, crew)
    before = hidden_cells(test, evidence_of(vectors), crew)
    return {
        "vectors": {"seconds": seconds, **_of_model(test, model, crew)},
        "vectors, one temperature": {"MRR": float(np.nanmean(before.mrr))},
    }


def _of_model(test: EncodedTable, model: CellModel, crew: Workers) -> dict[str, float]:
    ranked = hidden_cells_by_model(test, model, crew)
    return {
        "MRR": float(np.nanmean(ranked.mrr)),
        "calibration_error": calibration_error(model, test, crew),
    }


def calibration_error(model: CellModel, test: EncodedTable, crew: Workers) -> float:
    """How far the chance of the likeliest category is from how often it is right, over features."""
    errors = []
    for position in range(test.vocabulary.n_features):
        true = test.codes[:, test.first_columns[position]].astype(np.int64)
        chances = model.probabilities(test, position, crew)[true >= 0]
        true = true[true >= 0]
        if len(true) < _LEAST_CELLS or chances.shape[1] < 2:
            continue
        sure, hit = chances.max(axis=1), chances.argmax(axis=1) == true
        bins = np.minimum((sure * _CALIBRATION_BINS).astype(int), _CALIBRATION_BINS - 1)
        away = np.bincount(bins, sure - hit, _CALIBRATION_BINS)
        errors.append(np.abs(away).sum() / len(true))
    return float(np.mean(errors))
