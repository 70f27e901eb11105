"""Do k-means clusters of row vectors find the classes? 25 tables with published results.

Protocol of Hu et al. (ACM TKDD 2025): the class is never shown; k = number of classes; one
k-means++ start; mean over 50 random states. Every method is measured in every form of rows;
"directions" are unit rows in the clusters of ``Cat2Vec.cluster_rows``, which has no random state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans

from benchmarks.quality.methods import METHODS, centred, row_vectors
from benchmarks.quality.reading import MEASURES, published_table
from cat2vec import EncodedTable
from cat2vec.inspection.row_clusters import centres_of_rows, nearest_centres
from cat2vec.kernels.threads import workers


def plain(matrix: np.ndarray, table: EncodedTable) -> np.ndarray:
    """Set the vectors of a row's cells side by side, as ``row_vector="concat"`` does."""
    return row_vectors(matrix, table, turned=True)


def unit(matrix: np.ndarray, table: EncodedTable) -> np.ndarray:
    """Centre features and divide rows by their length, as ``row_vector="unit"`` does."""
    rows = row_vectors(centred(matrix, table), table, turned=True)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)


def even_unit(matrix: np.ndarray, table: EncodedTable) -> np.ndarray:
    """Give features the even lengths that cat2vec gives them, then do what ``unit`` does."""
    vocabulary, matrix = table.vocabulary, centred(matrix, table)
    squares = vocabulary.shares * np.square(matrix).sum(axis=1)
    squares = vocabulary.sum_by_feature(squares[:, None]).ravel()
    alive = squares > 1e-12 * squares.max()
    factor = np.where(alive, np.maximum(squares, 1e-300) ** -0.25, 0.0)
    return unit(matrix * factor[vocabulary.feature_of_token][:, None], table)


FORMS: dict[str, Callable[[np.ndarray, EncodedTable], np.ndarray]] = {
    "plain": plain,
    "unit": unit,
    "even, unit": even_unit,
    "directions": unit,
}


def tables(folder: Path) -> list[Path]:
    return sorted((folder / "mhtc25").glob("*.txt"))


def measured(
    folder: Path,
    methods: Sequence[str],
    sizes: Sequence[int],
    n_states: int,
    small: bool,
    forms: Sequence[str] = tuple(FORMS),
) -> Iterator[dict[str, Any]]:
    for file in tables(folder)[: 3 if small else None]:
        table, classes = published_table(file)
        for method in methods:
            for size in sizes if method != "one-hot" else sizes[:1]:
                found = METHODS[method](table, size, 0)
                for form in forms:
                    if method == "cat2vec" and form == "even, unit":
                        continue  # its vectors are even already
                    rows = FORMS[form](found.matrix, table)
                    by_direction = form == "directions"
                    yield {
                        "table": file.stem,
                        "method": method,
                        "vector_size": size,
                        "row_form": form,
                        "rows": table.n_rows,
                        "states": 1 if by_direction else n_states,
                        "seconds": found.seconds,
                        **(
                            scores_by_direction(rows, classes)
                            if by_direction
                            else scores(rows, classes, n_states)
                        ),
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


def scores_by_direction(rows: np.ndarray, classes: np.ndarray) -> dict[str, float]:
    """Cluster as ``Cat2Vec.cluster_rows`` does; rows in no cluster are one of their own."""
    n_classes = int(classes.max()) + 1
    with workers(1) as crew:
        centres, _ = centres_of_rows(rows, n_classes, 0, crew)
        clusters = nearest_centres(rows, centres, crew)
    clusters[clusters < 0] = len(centres)
    n = max(n_classes, int(clusters.max()) + 1)
    return dict(zip(MEASURES, compared(classes, clusters, n), strict=True))


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
