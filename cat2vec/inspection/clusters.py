"""Clusters of the categories of one feature: spherical k-means that draws no random numbers.

A category belongs to the cluster whose centre has the largest cosine with it. The centre is the sum
of its members' vectors: long ones, which say more, lead, and short ones, of which little is known,
follow. That is k-means on the sphere (Dhillon & Modha 2001, doi:10.1023/A:1007612920971) with the
lengths as weights. Clusters are added one at a time, each begun where it helps most, as in global
k-means (Likas, Vlassis & Verbeek 2003, doi:10.1016/S0031-3203(02)00060-2), so there is no seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cat2vec.errors import ParameterError, named
from cat2vec.kernels.threads import workers
from cat2vec.parameters import documented, integer_problem
from cat2vec.vectors.vectors import Vectors, category_index

if TYPE_CHECKING:
    import pandas as pd

#: Most clusters that are tried when their number is left open.
MOST_CLUSTERS = 10
#: Where a new cluster may begin: at one of so many categories, those worst represented so far.
_STARTS = 512
_MOST_PASSES = 100
#: Vectors shorter than this share of the longest have no direction.
_SHORTEST = 1e-6


@documented
def clusters(vectors: Vectors, feature: str, n_clusters: int | None = None) -> pd.DataFrame:
    """Cluster the categories of one feature by the direction of their vectors.

    Parameters
    ----------
    vectors : Vectors
    feature : str
        Or the name of a shared vocabulary.
    {n_clusters}
        At most the number of categories. The silhouette is the mean, weighted by the lengths of
        vectors.

    Returns
    -------
    DataFrame
        One line per category, columns feature, category, cluster (0 is the one with most rows; -1
        for vectors of zero, which have no direction), similarity (cosine with the centre of the
        cluster), silhouette (Rousseeuw 1987 with cosine distances: near 1 well inside, near 0
        between clusters or in one of its own, below 0 nearer to another) and rows; sorted by
        cluster and similarity. Silhouettes near 0 throughout say that there are no clusters.

    Raises
    ------
    UnknownFeatureError, ParameterError

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Bergen", "Rome", "Pisa", "Pisa"] * 9,
    ...          "food": ["cod", "cod", "pasta", "pasta", "pasta"] * 9}
    >>> found = clusters(train_vectors(count_pairs(table), vector_size=2), "city", 2)
    >>> found[["category", "cluster", "rows"]].values.tolist()
    [['Pisa', 0, 18], ['Rome', 0, 9], ['Bergen', 1, 9], ['Oslo', 1, 9]]
    """
    import pandas as pd

    words, matrix = vectors.under(feature)
    tokens = words.tokens_of(feature)
    categories = words.categories[words.schema.position(feature)]
    rows = words.counts[tokens]
    most = len(categories)
    if n_clusters is not None:
        if integer_problem("n_clusters", n_clusters, least=1) or n_clusters > most:
            raise ParameterError(
                f"{named('n_clusters')} must be None or an integer from 1 to {most}, the number of "
                f"categories of {feature!r}, got {n_clusters!r}."
            )
    mine = matrix[tokens].astype(np.float64)
    length = np.linalg.norm(mine, axis=1)
    told = np.flatnonzero(length > _SHORTEST * length.max(initial=0.0))
    cluster = np.full(most, -1)
    similarity, silhouette = np.zeros(most), np.zeros(most)
    if len(told):
        units, weights = mine[told] / length[told, None], length[told]
        with workers(1):
            labels = _best_labels(units, weights, n_clusters)
            cluster[told] = _by_rows(labels, rows[told])
            similarity[told] = _products(units, _centres(units, weights, labels))[
                np.arange(len(told)), labels
            ]
            silhouette[told] = silhouettes(units, labels)
    order = np.lexsort((np.arange(most), -similarity, cluster))
    return pd.DataFrame(
        {
            "feature": [str(feature)] * most,
            "category": category_index([categories[place] for place in order]),
            "cluster": cluster[order],
            "similarity": np.clip(similarity[order], -1.0, 1.0),
            "silhouette": silhouette[order],
            "rows": rows[order],
        }
    )


def _best_labels(units: np.ndarray, weights: np.ndarray, wanted: int | None) -> np.ndarray:
    """Add clusters one by one; give the labels of the wanted number or the best silhouette."""
    labels = np.zeros(len(units), np.int64)
    best, height = labels, -np.inf
    for _ in range(1, min(len(units), wanted or MOST_CLUSTERS)):
        grown = _with_one_more(units, weights, labels)
        if grown is None:  # all that point in one direction are together already
            break
        labels = grown
        mean = float(np.average(silhouettes(units, labels), weights=weights))
        if mean > height:
            best, height = labels, mean
    return best if wanted is None else labels


def _with_one_more(units: np.ndarray, weights: np.ndarray, labels: np.ndarray) -> np.ndarray | None:
    """Begin a cluster where the weighted cosines gain most, and let all settle."""
    centres = _centres(units, weights, labels)
    own = _products(units, centres)[np.arange(len(units)), labels]
    lacking = weights * (1.0 - own)
    starts = np.sort(np.argsort(-lacking, kind="stable")[:_STARTS])
    gains = (weights[:, None] * np.maximum(units @ units[starts].T - own[:, None], 0.0)).sum(axis=0)
    start = starts[int(np.argmax(gains))]
    if gains.max() <= 1e-9 * weights.sum():
        return None
    n_clusters = len(centres) + 1
    centres = np.vstack([centres, units[start]])
    for _ in range(_MOST_PASSES):
        found = _products(units, centres).argmax(axis=1)
        if len(np.unique(found)) < n_clusters:  # one was drained by the others: keep what it had
            return labels if np.array_equal(np.unique(labels), np.arange(n_clusters)) else None
        if np.array_equal(found, labels):
            break
        labels = found
        centres = _centres(units, weights, labels)
    return labels


def _centres(units: np.ndarray, weights: np.ndarray, labels: np.ndarray) -> np.ndarray:
    sums = np.zeros((int(labels.max()) + 1, units.shape[1]))
    np.add.at(sums, labels, weights[:, None] * units)
    sizes = np.linalg.norm(sums, axis=1, keepdims=True)
    return sums / np.where(sizes > 0, sizes, 1.0)


def _products(units: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return np.asarray(units @ centres.T)


def _by_rows(labels: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Number clusters anew: 0 has most rows; equal ones keep the order of their first category."""
    totals = np.bincount(labels, weights=rows)
    first = np.array([np.flatnonzero(labels == label)[0] for label in range(len(totals))])
    place = np.empty(len(totals), np.int64)
    place[np.lexsort((first, -totals))] = np.arange(len(totals))
    return place[labels]


def silhouettes(units: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Compute the silhouette of each vector with cosine distances, without all the distances.

    The mean of ``1 - u.v`` over the v of a cluster is ``1 - u.mean(v)``, so sums per cluster do.

    Parameters
    ----------
    units : ndarray of shape (m, d)
        Vectors of length 1.
    labels : ndarray of shape (m,), int
        From 0, each present.

    Returns
    -------
    ndarray of shape (m,), float64
        0 for a cluster of one, and for all where there is one cluster only.
    """
    sizes = np.bincount(labels)
    if len(sizes) < 2:
        return np.zeros(len(units))
    sums = np.zeros((len(sizes), units.shape[1]))
    np.add.at(sums, labels, units)
    far = sizes - units @ sums.T  # sums of distances to each cluster
    place = np.arange(len(units))
    inside = far[place, labels] / np.maximum(sizes[labels] - 1, 1)
    far = far / sizes
    far[place, labels] = np.inf
    outside = far.min(axis=1)
    larger = np.maximum(inside, outside)
    alone = (sizes[labels] == 1) | (larger <= 0)
    return np.where(alone, 0.0, (outside - inside) / np.where(larger > 0, larger, 1.0))
