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
        case = Case(folder, name, max(labels), most_pairs)
        for method in methods:
            found = METHODS[method](case.train, size, 0)
            matrix = found.matrix if method == "one-hot" else centred(found.matrix, case.train)
            record = {
                "table": name,
                "method": method,
                "vector_size": size,
                "rows": case.train.n_rows,
                "all_rows": case.all_rows,
                "draws": DRAWS,
                "seconds": found.seconds,
            }
            for n, value in case.areas(matrix, labels).items():
                yield {**record, "labels": n, "AUC": value}


class Case:
    """A table with rows to learn vectors from, some of them labelled, and others to test on."""

    def __init__(self, folder: Path, name: str, most_labels: int, most_pairs: float) -> None:
        frame, target, kinds = labelled_table(folder, name)
        order = np.random.default_rng(0).permutation(len(frame))
        held_out, rest = order[:HELD_OUT], order[HELD_OUT:]
        n_rows = some_rows(len(rest), frame.shape[1], most_pairs)
        self.all_rows = len(rest)
        self.train = encode_table(frame.iloc[rest[:n_rows]], columns=kinds)
        self.test = encode_table(frame.iloc[held_out], vocabulary=self.train.vocabulary)
        self.target, self.truth = target[rest[:n_rows]], target[held_out]
        self.draws = [
            np.random.default_rng(draw).permutation(n_rows)[:most_labels] for draw in range(DRAWS)
        ]
        one = row_vectors(one_hot(self.train, 0, 0).matrix, self.train)
        self.variance = one.var(axis=0).sum()

    def areas(self, matrix: np.ndarray, labels: Sequence[int]) -> dict[int, float]:
        """Give the mean AUC over the draws for each number of labels."""
        rows, tested = row_vectors(matrix, self.train), row_vectors(matrix, self.test)
        scale = np.sqrt(self.variance / max(rows.var(axis=0).sum(), 1e-30))
        rows, tested = rows * scale, tested * scale
        return {
            n: float(
                np.mean(
                    [area(rows[d[:n]], self.target[d[:n]], tested, self.truth) for d in self.draws]
                )
            )
            for n in labels
        }


def area(rows: np.ndarray, target: np.ndarray, tested: np.ndarray, truth: np.ndarray) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(max_iter=300).fit(rows, target)
    return float(roc_auc_score(truth, model.decision_function(tested)))
