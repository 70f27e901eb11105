"""Clusters of the categories of one feature: spherical k-means that begins nowhere at random.

A category belongs to the cluster whose centre has the largest cosine with it. The centre is the sum
of its members' vectors: long ones, which say more, lead, and short ones, of which little is known,
follow. That is k-means on the sphere (Dhillon & Modha 2001, doi:10.1023/A:1007612920971) with the
lengths as weights. Clusters are added one at a time, each begun where it helps most, as in global
k-means (Likas, Vlassis & Verbeek 2003, doi:10.1016/S0031-3203(02)00060-2), so there is no seed.

``sklearn.cluster.KMeans`` on vectors of length 1 is something else: it compares squared distances
to means, which are the shorter, the wider a cluster is, so that a category may be put into another
cluster than that of the nearest direction.

Where the number is left open, it is the one whose silhouette stands out most from that of clouds
without clusters. The silhouette by itself nearly always takes two: categories spread most along one
axis, and any cloud falls into two halves well. So the clouds spread along the axes as the
categories do. That is the gap statistic (Tibshirani, Walther & Hastie 2001,
doi:10.1111/1467-9868.00293) with the silhouette in place of the sum of squares, as in Dudoit &
Fridlyand 2002 (doi:10.1186/gb-2002-3-7-research0036), from which the rule is, too: the smallest
number within a standard error of the largest gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from cat2vec.errors import ParameterError, named
from cat2vec.kernels.threads import workers
from cat2vec.parameters import documented, feature_name, integer_problem
from cat2vec.vectors.frames import category_index
from cat2vec.vectors.given import check_vectors
from cat2vec.vectors.vectors import Vectors

if TYPE_CHECKING:
    import pandas as pd

#: Most clusters that are tried when their number is left open: of rows and on maps, and else.
MOST_CLUSTERS, MOST_OF_CATEGORIES = 10, 30
#: Clouds without clusters that categories are compared with, and vectors in each at most.
_CLOUDS, _CLOUD_SIZE = 10, 512
#: A new cluster begins at one of so many categories, those worst represented so far.
_CANDIDATES = 512
#: Of more categories than this, and so many for each cluster asked for, as many say where clusters
#: are.
_SAMPLE, _SAMPLE_OF_EACH = 8192, 16
#: Categories that are compared with the candidates at a time.
_BLOCK_ROWS = 1024
_MOST_PASSES = 100
#: Vectors shorter than this share of the longest have no direction.
_SHORTEST = 1e-6
#: A new cluster that raises the mean cosine by less than this would gain from rounding only.
_LEAST_GAIN = 1e-9


@documented
def clusters(vectors: Vectors, feature: str, n_clusters: int | None = None) -> pd.DataFrame:
    """Cluster the categories of one feature by the direction of their vectors.

    Parameters
    ----------
    vectors : Vectors
    feature : str
        Or the name of a shared vocabulary.
    {n_clusters}
        At most the number of categories. None takes the number whose mean silhouette (weighted by
        the lengths of vectors) stands out most from that of clouds of vectors that spread as these
        do and have no clusters; of numbers that do so about as well, the smallest. It is at most
        30, and half the categories. Of more than 8,192 categories, as many with lengths from all of
        them say how many clusters there are and where; all categories are then put into these.

    Returns
    -------
    DataFrame
        One line per category, columns feature, category, cluster (0 is the one with most rows; -1
        for vectors of zero, which have no direction), similarity (cosine with the centre of the
        cluster), silhouette (Rousseeuw 1987 with cosine distances: near 1 well inside, near 0
        between clusters, 0 if alone in its cluster, below 0 nearer to another cluster) and rows;
        sorted by cluster and similarity. Silhouettes near 0 throughout mean that there are no
        clusters.

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
    check_vectors(vectors)
    import pandas as pd

    cluster, similarity, silhouette = labels_of(vectors, feature, n_clusters)
    vocabulary, _ = vectors.vocabulary_and_matrix(feature)
    categories = vocabulary.categories[vocabulary.schema.position(feature)]
    rows = vocabulary.counts[vocabulary.tokens_of(feature)]
    n_categories = len(categories)
    order = np.lexsort((np.arange(n_categories), -similarity, cluster))
    return pd.DataFrame(
        {
            "feature": [feature_name(feature)] * n_categories,
            "category": category_index([categories[place] for place in order]),
            "cluster": cluster[order],
            "similarity": np.clip(similarity[order], -1.0, 1.0),
            "silhouette": silhouette[order],
            "rows": rows[order],
        }
    )


def labels_of(
    vectors: Vectors,
    feature: str,
    n_clusters: int | None = None,
    most: int = MOST_OF_CATEGORIES,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give cluster, similarity and silhouette of each category, in order of token id.

    See ``clusters`` for what they are, and what is raised; ``most`` is for ``n_clusters`` of None.
    """
    vocabulary, matrix = vectors.vocabulary_and_matrix(feature)
    tokens = vocabulary.tokens_of(feature)
    rows = vocabulary.counts[tokens]
    return cluster_numbers(matrix[tokens], rows, n_clusters, feature, most)


def cluster_numbers(
    matrix: np.ndarray,
    rows: np.ndarray,
    n_clusters: int | None,
    feature: str,
    most: int = MOST_OF_CATEGORIES,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cluster vectors of one feature by their directions.

    Parameters
    ----------
    matrix : ndarray of shape (n_categories, vector_size)
    rows : ndarray of shape (n_categories,)
        That hold each category.
    n_clusters : int or None
    feature : str
        For errors.
    most : int
        Where ``n_clusters`` is None.

    Returns
    -------
    cluster, similarity, silhouette : ndarray of shape (n_categories,)
        See ``clusters``.

    Raises
    ------
    ParameterError
    """
    n_categories = len(matrix)
    if n_clusters is not None:
        if integer_problem("n_clusters", n_clusters, least=1) or n_clusters > n_categories:
            raise ParameterError(
                f"{named('n_clusters')} must be None or an integer from 1 to {n_categories}, the "
                f"number of categories of {feature!r}, got {n_clusters!r}."
            )
    own = matrix.astype(np.float64)
    lengths = np.linalg.norm(own, axis=1)
    directed = np.flatnonzero(lengths > _SHORTEST * lengths.max(initial=0.0))
    cluster = np.full(n_categories, -1)
    similarity, silhouette = np.zeros(n_categories), np.zeros(n_categories)
    if len(directed):
        own, lengths = own[directed], lengths[directed]
        units = own / lengths[:, None]
        with workers(1):
            labels = _found(units, lengths, n_clusters, most)
            cluster[directed] = _by_rows(labels, rows[directed])
            similarity[directed] = (units * centres_of(own, labels)[labels]).sum(axis=1)
            silhouette[directed] = silhouettes(units, labels)
    return cluster, similarity, silhouette


def _found(units: np.ndarray, weights: np.ndarray, wanted: int | None, most: int) -> np.ndarray:
    """Give the labels of the wanted number of clusters, or of that which stands out most.

    Where there are very many vectors, some say where clusters begin, and all settle from there.
    """
    size = max(_SAMPLE, _SAMPLE_OF_EACH * (wanted or 0))
    if len(units) > size:
        by_weight = np.argsort(weights, kind="stable")
        some = np.sort(by_weight[np.linspace(0, len(units) - 1, size).round().astype(int)])
        begun = _found(units[some], weights[some], wanted, most)
        vectors = weights[:, None] * units
        settled = _settled(units, vectors, centres_of(vectors[some], begun))
        if settled is not None:
            return settled
    return (
        _standing_out(units, weights, most)
        if wanted is None
        else best_labels(units, weights, wanted)
    )


def best_labels(units: np.ndarray, weights: np.ndarray, wanted: int | None) -> np.ndarray:
    """Give the labels of the wanted number of clusters, or of that with the best silhouette."""
    found = [np.zeros(len(units), np.int64), *_growing(units, weights, wanted or MOST_CLUSTERS)]
    if wanted is not None or len(found) == 1:
        return found[-1]
    return found[1 + int(np.argmax(_heights(units, weights, found[1:])))]


def _growing(units: np.ndarray, weights: np.ndarray, most: int) -> Iterator[np.ndarray]:
    """Give labels of two clusters, of three and so on, up to ``most`` or to all directions."""
    labels = np.zeros(len(units), np.int64)
    for _ in range(1, min(len(units), most)):
        grown = _with_one_more(units, weights, labels)
        if grown is None:  # all that point in one direction are together already
            return
        labels = grown
        yield labels


def _heights(units: np.ndarray, weights: np.ndarray, found: list[np.ndarray]) -> np.ndarray:
    """Give the mean silhouette of each way to put vectors into clusters."""
    return np.array([np.average(silhouettes(units, one), weights=weights) for one in found])


def _standing_out(units: np.ndarray, weights: np.ndarray, most: int) -> np.ndarray:
    """Give the labels whose silhouette stands out most from those of clouds without clusters."""
    found = list(_growing(units, weights, min(most, max(len(units) // 2, 2))))
    if not found:
        return np.zeros(len(units), np.int64)
    clouds = _heights_of_clouds(units, weights, len(found))
    gaps = _heights(units, weights, found) - clouds.mean(axis=0)
    errors = clouds.std(axis=0) * np.sqrt(1 + 1 / _CLOUDS)
    best = int(gaps.argmax())
    return found[int(np.argmax(gaps >= gaps[best] - errors[best]))]


def _heights_of_clouds(units: np.ndarray, weights: np.ndarray, n: int) -> np.ndarray:
    """Give the mean silhouettes of clouds in 2 to n + 1 clusters: (_CLOUDS, n).

    Clouds are normal along the axes of the vectors, with their mean squares, so numbers drawn for a
    cloud are the same for every order of the vectors.
    """
    random, size = np.random.default_rng(0), min(len(units), _CLOUD_SIZE)
    spread = np.sqrt(np.maximum(np.linalg.eigvalsh(units.T @ units / len(units)), 0.0))
    of_cloud = np.sort(weights)[np.linspace(0, len(weights) - 1, size).round().astype(int)]
    heights = np.zeros((_CLOUDS, n))
    for of_one in heights:
        cloud = random.normal(size=(size, len(spread))) * spread
        cloud /= np.linalg.norm(cloud, axis=1, keepdims=True)
        in_clusters = list(_growing(cloud, of_cloud, n + 1))
        of_one[: len(in_clusters)] = _heights(cloud, of_cloud, in_clusters)
    return heights


def _with_one_more(units: np.ndarray, weights: np.ndarray, labels: np.ndarray) -> np.ndarray | None:
    """Begin a cluster where the weighted cosines gain most, and let all settle."""
    vectors = weights[:, None] * units
    centres = centres_of(vectors, labels)
    cosines = (units * centres[labels]).sum(axis=1)
    worst = np.argsort(-weights * (1.0 - cosines), kind="stable")[:_CANDIDATES]
    candidates = units[np.sort(worst)]
    gains = np.zeros(len(candidates))
    for start in range(0, len(units), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        more = units[block] @ candidates.T - cosines[block, None]
        gains += weights[block] @ np.maximum(more, 0.0)
    if gains.max() <= _LEAST_GAIN * weights.sum():
        return None
    return _settled(units, vectors, np.vstack([centres, candidates[gains.argmax()]]))


def _settled(units: np.ndarray, vectors: np.ndarray, centres: np.ndarray) -> np.ndarray | None:
    """Move categories to the nearest centre and centres to their categories until none moves.

    Gives labels; of the pass before, where a cluster lost all its categories, or None in the first.
    """
    settled: np.ndarray | None = None
    for _ in range(_MOST_PASSES):
        nearest = (units @ centres.T).argmax(axis=1)
        emptied = not np.bincount(nearest, minlength=len(centres)).all()
        if emptied or (settled is not None and np.array_equal(nearest, settled)):
            break
        settled = nearest
        centres = centres_of(vectors, settled)
    return settled


def _sums(vectors: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Add up the vectors of each cluster."""
    return np.array([np.bincount(labels, weights=axis) for axis in vectors.T]).T


def centres_of(vectors: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Give the direction of the sum of the vectors of each cluster."""
    sums = _sums(vectors, labels)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return sums / np.where(lengths > 0, lengths, 1.0)


def _by_rows(labels: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Number clusters anew: 0 has most rows; ties go to the one whose category comes first."""
    totals = np.bincount(labels, weights=rows)
    first = np.array([np.flatnonzero(labels == label)[0] for label in range(len(totals))])
    place = np.empty(len(totals), np.int64)
    place[np.lexsort((first, -totals))] = np.arange(len(totals))
    return place[labels]


def silhouettes(units: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Compute the silhouette of each vector with cosine distances.

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

    Notes
    -----
    Equal to ``sklearn.metrics.silhouette_samples(units, labels, metric="cosine")``, which computes
    all m² distances. The mean of ``1 - u.v`` over the v of a cluster is ``1 - u.mean(v)``, so that
    the sum of the vectors of each cluster is enough.
    """
    sizes = np.bincount(labels)
    if len(sizes) < 2:
        return np.zeros(len(units))
    far = sizes - units @ _sums(units, labels).T  # sums of the distances to each cluster
    place = np.arange(len(units))
    inside = far[place, labels] / np.maximum(sizes[labels] - 1, 1)
    far = far / sizes
    far[place, labels] = np.inf
    outside = far.min(axis=1)
    larger = np.maximum(inside, outside)
    alone = (sizes[labels] == 1) | (larger <= 0)
    return np.where(alone, 0.0, (outside - inside) / np.where(larger > 0, larger, 1.0))
