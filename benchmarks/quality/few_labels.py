"""How well a linear model does with few labels, on vectors learned from many rows without them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.quality.methods import METHODS, centred, one_hot, row_vectors, some_rows
from benchmarks.quality.reading import LABELLED, labelled_table
from cat2vec import encode_table

HELD_OUT, DRAWS = 20_000, 5


def measured(
    folder: Path,
    methods: Sequence[str],
    size: int,
    labels: Sequence[int],
    most_pairs: float,
    names: Sequence[str] = tuple(LABELLED),
) -> Iterator[dict[str, Any]]:
    """Train on rows without their target; then logistic regression on some labelled ones.

    The vectors of a row side by side are scaled as a whole to the variance that one-hot columns
    have, so that the penalty (scikit-learn's C = 1) means the same to every method.
    """
    for name in names:
        frame, target, kinds = labelled_table(folder, name)
        order = np.random.default_rng(0).permutation(len(frame))
        held_out, rest = order[:HELD_OUT], order[HELD_OUT:]
        n_rows = some_rows(len(rest), frame.shape[1], most_pairs)
        train = encode_table(frame.iloc[rest[:n_rows]], columns=kinds)
        test = encode_table(frame.iloc[held_out], vocabulary=train.vocabulary)
        draws = [
            np.random.default_rng(draw).permutation(n_rows)[: max(labels)] for draw in range(DRAWS)
        ]
        reference = row_vectors(one_hot(train, size, 0).matrix, train).var(axis=0).sum()
        for method in methods:
            found = METHODS[method](train, size, 0)
            matrix = found.matrix if method == "one-hot" else centred(found.matrix, train)
            rows = row_vectors(matrix, train)
            scale = np.sqrt(reference / max(rows.var(axis=0).sum(), 1e-30))
            rows, tested = rows * scale, row_vectors(matrix, test) * scale
            record = {
                "table": name,
                "method": method,
                "vector_size": size,
                "rows": n_rows,
                "all_rows": len(rest),
                "draws": DRAWS,
                "seconds": found.seconds,
            }
            for n in labels:
                areas = [
                    area(rows[d[:n]], target[rest[d[:n]]], tested, target[held_out]) for d in draws
                ]
                yield {**record, "labels": n, "AUC": float(np.mean(areas))}


def area(rows: np.ndarray, target: np.ndarray, tested: np.ndarray, truth: np.ndarray) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(max_iter=300).fit(rows, target)
    return float(roc_auc_score(truth, model.decision_function(tested)))
