"""How vectors are turned: weights of tokens, signs, order of columns, alignment with other vectors.

Takes matrices by token id. Gives matrices of the same cosines and distances, in other axes. Knows
nothing of how vectors are trained.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.linalg import orthogonal_procrustes

from cat2vec.kernels.threads import workers
from cat2vec.vocabulary import Vocabulary

#: Columns that carry less than this share of the squares of the first are noise of float32.
_SMALLEST = 1e-12


def token_weights(vocabulary: Vocabulary) -> np.ndarray:
    """Weigh tokens by the fourth root of their counts, 1 for a token of mean count.

    Returns
    -------
    ndarray of shape (n_tokens, 1), float64
    """
    counts = vocabulary.positive_counts
    return ((counts / counts.mean()) ** 0.25)[:, None]


def feature_means(matrix: np.ndarray, vocabulary: Vocabulary) -> np.ndarray:
    """Compute the mean vector of each feature, weighted by how frequent its tokens are.

    Returns
    -------
    ndarray of shape (n_features, vector_size), float64
    """
    means = np.zeros((vocabulary.n_features, matrix.shape[1]))
    for feature, (start, stop) in enumerate(pairwise(vocabulary.offsets.tolist())):
        # neither BLAS, whose sums depend on its threads, nor a copy of the matrix in float64
        np.einsum("t,td->d", vocabulary.shares[start:stop], matrix[start:stop], out=means[feature])
    return means


def with_fixed_signs(vectors: np.ndarray) -> np.ndarray:
    """Turn each column so that its entry of largest size is positive."""
    vectors = np.asarray(vectors)
    largest = np.abs(vectors).argmax(axis=0)
    signs = np.sign(vectors[largest, np.arange(vectors.shape[1])])
    return vectors * np.where(signs == 0, 1.0, signs).astype(vectors.dtype)


def in_order(matrix: np.ndarray) -> np.ndarray:
    """Turn vectors so that their columns are uncorrelated and the most telling one comes first.

    The axes are the eigenvectors of the second moment ``Y' Y``, which canonical vectors have as
    their axes from the start.

    Parameters
    ----------
    matrix : ndarray of shape (n_tokens, vector_size)

    Returns
    -------
    ndarray of shape (n_tokens, vector_size), float32

    Examples
    --------
    >>> in_order(np.array([[3.0, -4.0], [6.0, -8.0]])).round(6).tolist()
    [[5.0, 0.0], [10.0, 0.0]]
    """
    matrix = matrix.astype(np.float64)
    with workers(1):
        values, axes = np.linalg.eigh(matrix.T @ matrix)
        turned = matrix @ axes[:, ::-1]
    turned[:, values[::-1] <= _SMALLEST * values[-1]] = 0.0
    return with_fixed_signs(turned).astype(np.float32)


def turned_to(
    matrix: np.ndarray, earlier: np.ndarray, rows: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Turn vectors as a whole so that they lie as near as can be to earlier ones.

    Orthogonal Procrustes: the rotation, perhaps with a reflection, that makes the squared distances
    of shared tokens least, each times its squared weight. With ``token_weights`` a token of n rows
    counts by the root of n: frequent ones lead, and none decides alone.

    Parameters
    ----------
    matrix : ndarray of shape (n_tokens, vector_size)
    earlier : ndarray of shape (n_earlier, vector_size)
    rows : ndarray of shape (n_earlier,), int
        Where the earlier tokens stand in ``matrix``.
    weight : ndarray of shape (n_tokens, 1)
        From ``token_weights``.

    Returns
    -------
    ndarray of shape (n_tokens, vector_size), float32

    Examples
    --------
    >>> turned_to(np.eye(2), np.array([[0.0, 1.0]]), np.array([0]), np.ones((2, 1)))[0].tolist()
    [0.0, 1.0]
    """
    matrix = matrix.astype(np.float64)
    weight = weight[rows]
    with workers(1):
        rotation, _ = orthogonal_procrustes(weight * matrix[rows], weight * earlier)
        return (matrix @ rotation).astype(np.float32)
