"""Do k-means clusters of row vectors find the classes? 25 tables with published results.

Protocol of Hu et al. (ACM TKDD 2025): the class is never shown; k = number of classes; one
k-means++ start; mean over 50 random states.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans

from benchmarks.quality.methods import METHODS, row_vectors
from benchmarks.quality.reading import MEASURES, published_table


def tables(folder: Path) -> list[Path]:
    return sorted((folder / "mhtc25").glob("*.txt"))


def measured(
    folder: Path, methods: Sequence[str], sizes: Sequence[int], n_states: int, small: bool
) -> Iterator[dict[str, Any]]:
    for file in tables(folder)[: 3 if small else None]:
        table, classes = published_table(file)
        for method in methods:
            for size in sizes if method != "one-hot" else sizes[:1]:
                found = METHODS[method](table, size, 0)
                yield {
                    "table": file.stem,
                    "method": method,
                    "vector_size": size,
                    "rows": table.n_rows,
                    "states": n_states,
                    "seconds": found.seconds,
                    **scores(row_vectors(found.matrix, table, turned=True), classes, n_states),
                }


def scores(rows: np.ndarray, classes: np.ndarray, n_states: int) -> dict[str, float]:
    """Cluster rows and compare with the classes; the mean of each measure."""
    n_classes = int(classes.max()) + 1
    found = [
        compared(
            classes, KMeans(n_classes, n_init=1, random_state=state).fit_predict(rows), n_classes
        )
        for state in range(n_states)
    ]
    return dict(zip(MEASURES, map(float, np.mean(found, axis=0)), strict=True))


def compared(classes: np.ndarray, clusters: np.ndarray, n: int) -> tuple[float, float, float]:
    """Compute NMI = MI / max(H1, H2), ACC by the best matching, and the Hubert-Arabie ARI."""
    counts = np.zeros((n, n))
    np.add.at(counts, (classes, clusters), 1)
    rows = counts.sum()
    joint, first, second = counts / rows, counts.sum(axis=1) / rows, counts.sum(axis=0) / rows
    seen = joint > 0
    information = (joint[seen] * np.log((joint / np.outer(first, second).clip(1e-300))[seen])).sum()
    most = max(_entropy(first), _entropy(second))
    matched = counts[linear_sum_assignment(-counts)].sum() / rows
    together, one, other = (_pairs(x).sum() for x in (counts, first * rows, second * rows))
    expected = one * other / max(_pairs(rows), 1.0)
    spread = (one + other) / 2 - expected
    adjusted = (together - expected) / spread if abs(spread) > 1e-12 else 1.0
    return information / max(most, 1e-9), matched, adjusted


def _entropy(shares: np.ndarray) -> float:
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


def _pairs(n: Any) -> Any:
    return n * (n - 1) / 2
