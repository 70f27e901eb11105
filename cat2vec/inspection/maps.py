"""Maps of the categories: a place on the plane for each, and its cluster.

Takes ``Vectors``. Gives arrays by token id of ``of_vectors``. Knows nothing of pages and pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cat2vec.inspection.clusters import MOST_CLUSTERS, labels_of
from cat2vec.kernels.threads import workers
from cat2vec.vectors.axes import on_plane
from cat2vec.vectors.vectors import Vectors

#: Features with more categories than this are not clustered: it takes seconds for each.
MOST_CLUSTERED = 20_000


@dataclass(frozen=True, eq=False)
class Places:
    """Where categories lie on the plane, by weighted PCA.

    Parameters
    ----------
    inside : ndarray of shape (n_tokens, 2), float32
        On the map of the own feature.
    together : ndarray of shape (n_tokens, 2), float32
        On the map of all features.
    kept : ndarray of shape (n_features + 1,), float64
        Share of the squared distances from the average that each map shows, the last one that of
        all features; 0 where all vectors are zero.
    """

    inside: np.ndarray
    together: np.ndarray
    kept: np.ndarray


def places_of(vectors: Vectors) -> Places:
    """Lay the vectors of each feature, and those of all, out on the plane.

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
    >>> places_of(train_vectors(count_pairs(table), vector_size=2)).kept.round(3).tolist()
    [1.0, 1.0, 1.0]
    """
    vocabulary, matrix = vectors.vocabulary_and_matrix()
    starts = vocabulary.offsets
    inside = np.zeros((vocabulary.n_tokens, 2), np.float32)
    kept = np.zeros(vocabulary.n_features + 1)
    with workers(1):
        for feature, (start, stop) in enumerate(pairwise(starts.tolist())):
            part = slice(start, stop)
            inside[part], shown = on_plane(matrix[part], vocabulary.shares[part])
            kept[feature] = shown.sum()
        together, shown = on_plane(matrix, vocabulary.shares)
        kept[-1] = shown.sum()
    return Places(inside, together, np.minimum(kept, 1.0))


def cluster_of_each(vectors: Vectors) -> np.ndarray:
    """Give the cluster of each category inside its feature, by ``clusters``, ten at most.

    Returns
    -------
    ndarray of shape (n_tokens,), int8
        0 is the largest one. -1 where a vector is zero, and in features with too many categories.

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
    >>> cluster_of_each(train_vectors(count_pairs(table), vector_size=1)).tolist()
    [0, 1, 0, 1]
    """
    vocabulary, _ = vectors.vocabulary_and_matrix()
    found = np.full(vocabulary.n_tokens, -1, np.int8)
    for feature in vocabulary.features:
        tokens = vocabulary.tokens_of(feature)
        if 0 < tokens.stop - tokens.start <= MOST_CLUSTERED:
            found[tokens] = labels_of(vectors, feature, most=MOST_CLUSTERS)[0]
    return found
