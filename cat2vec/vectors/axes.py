"""How vectors are turned and scaled: sizes of features, signs, order of columns, alignment.

Takes matrices by token id. Gives matrices of the same cosines, in other axes or sizes. Knows
nothing of how vectors are trained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
from scipy.linalg import orthogonal_procrustes

from cat2vec.kernels.threads import workers
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Columns that carry less than this share of the squares of the first are noise of float32.
_SMALLEST = 1e-12
#: Tokens that are taken to float64 together: an identifier has millions.
_PIECE = 16_384


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


def feature_factors(matrix: np.ndarray, vocabulary: Vocabulary, power: float) -> np.ndarray:
    """Give what to multiply the vectors of each feature by: its mean squared length to a power.

    All factors are scaled alike so that the squares of all entries add up to what they did.

    Parameters
    ----------
    matrix : ndarray of shape (n_tokens, vector_size)
        Frequency-weighted mean of every feature zero.
    vocabulary : Vocabulary
    power : float

    Returns
    -------
    ndarray of shape (n_features,), float64
        0 for a feature whose vectors are noise beside those of the others.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> vocabulary = encode_table({"a": ["x", "y"], "b": ["u", "v"]}).vocabulary
    >>> vectors = np.array([[4.0], [-4.0], [1.0], [-1.0]])
    >>> feature_factors(vectors, vocabulary, -0.5).round(3).tolist()
    [0.729, 2.915]
    """
    squares = np.zeros((2, vocabulary.n_features))  # mean and sum
    for feature, (start, stop) in enumerate(pairwise(vocabulary.offsets.tolist())):
        for piece in pieces(start, stop):
            lengths = np.square(matrix[piece], dtype=np.float64).sum(axis=1)
            squares[:, feature] += (vocabulary.shares[piece] * lengths).sum(), lengths.sum()
    means, sums = squares
    alive = means > _SMALLEST * means.max(initial=0.0)
    factors = np.where(alive, np.where(alive, means, 1.0) ** power, 0.0)
    after = (factors**2 * sums).sum()
    return factors * (np.sqrt(sums.sum() / after) if after > 0.0 else 1.0)


def cosines_with(direction: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Compute the cosine of a direction with each of some vectors; 0 where either is zero.

    Examples
    --------
    >>> cosines_with(np.array([1.0, 0.0]), np.array([[2.0, 0.0], [0.0, 0.0]])).tolist()
    [1.0, 0.0]
    """
    wanted, others = direction.astype(np.float64), vectors.astype(np.float64)
    sizes = np.linalg.norm(others, axis=1) * np.linalg.norm(wanted)
    products = (others * wanted).sum(axis=1)
    return np.clip(products / np.where(sizes > 0, sizes, 1.0), -1.0, 1.0)


def relative_errors(matrix: np.ndarray, standard_error: np.ndarray) -> np.ndarray:
    """Give standard errors as shares of the lengths of their vectors.

    Examples
    --------
    >>> relative_errors(np.array([[3.0, 4.0], [0.0, 0.0]]), np.array([1.0, 1.0])).tolist()
    [0.2, inf]
    """
    lengths = np.linalg.norm(matrix.astype(np.float64), axis=1)
    errors = standard_error.astype(np.float64)
    shares = np.where(errors > 0.0, np.inf, 0.0)
    return np.divide(errors, lengths, out=shares, where=lengths > 0.0)


def with_fixed_signs(vectors: np.ndarray) -> np.ndarray:
    """Turn each column so that its entry of largest size is positive."""
    vectors = np.asarray(vectors)
    return vectors * _signs(vectors)


def _signs(vectors: np.ndarray) -> np.ndarray:
    largest = np.zeros(vectors.shape[1], vectors.dtype)
    for piece in pieces(0, len(vectors)):
        rows = vectors[piece]
        found = rows[np.abs(rows).argmax(axis=0), np.arange(rows.shape[1])]
        largest = np.where(np.abs(found) > np.abs(largest), found, largest)
    return np.where(largest < 0, -1.0, 1.0).astype(vectors.dtype)


def pieces(start: int, stop: int) -> Iterator[slice]:
    """Give the tokens from start to stop, some thousands at a time."""
    for begin in range(start, stop, _PIECE):
        yield slice(begin, min(begin + _PIECE, stop))


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
    size = matrix.shape[1]
    moments = np.zeros((size, size))
    turned = np.empty(matrix.shape, np.float32)
    with workers(1):
        for piece in pieces(0, len(matrix)):
            rows = matrix[piece].astype(np.float64)
            moments += rows.T @ rows
        values, axes = np.linalg.eigh(moments)
        axes = np.where(values > _SMALLEST * values[-1], axes, 0.0)[:, ::-1]
        for piece in pieces(0, len(matrix)):
            turned[piece] = matrix[piece].astype(np.float64) @ axes
    turned *= _signs(turned)
    return turned


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


def best_numbers(
    matrix: np.ndarray, shares: np.ndarray, n: int
) -> Callable[[np.ndarray], np.ndarray]:
    """Give the function that writes vectors as their ``n`` best numbers, by weighted PCA.

    Parameters
    ----------
    matrix : ndarray of shape (n_categories, vector_size)
    shares : ndarray of shape (n_categories,)
        How often each category occurs, as a share.
    n : int

    Returns
    -------
    callable
        Takes (m, vector_size) vectors and gives (m, n) float32. Numbers beyond the dimensions that
        there are stay zero; of each number, the one of largest size among ``matrix`` is positive.

    Examples
    --------
    >>> square = np.array([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    >>> best_numbers(square, np.full(4, 0.25), 1)(square[:2]).tolist()
    [[2.0], [-2.0]]
    """
    weight = np.sqrt(shares)[:, None]
    vectors = matrix.astype(np.float64)
    mean = (weight**2 * vectors).sum(axis=0)
    vectors = vectors - mean
    _, _, axes = np.linalg.svd(weight * vectors, full_matrices=False)
    axes = axes[:n].T
    numbers = vectors @ axes
    signs = np.ones(axes.shape[1])
    if len(numbers):
        largest = numbers[np.abs(numbers).argmax(axis=0), np.arange(axes.shape[1])]
        signs = np.where(largest < 0, -1.0, 1.0)

    def reduced(some: np.ndarray) -> np.ndarray:
        found = np.zeros((len(some), n), np.float32)
        found[:, : axes.shape[1]] = signs * ((some.astype(np.float64) - mean) @ axes)
        return found

    return reduced


def on_plane(matrix: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Write vectors as their two best numbers, and say how much these show.

    Parameters
    ----------
    matrix : ndarray of shape (m, vector_size)
    weights : ndarray of shape (m,)
        At least 0, in any units.

    Returns
    -------
    points : ndarray of shape (m, 2), float32
        See ``best_numbers``.
    shown : ndarray of shape (2,), float64
        What each number has of the squared distances from the mean; 0 where there are none.

    Examples
    --------
    >>> square = np.array([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    >>> on_plane(square, np.ones(4))[1].tolist()
    [0.8, 0.2]
    """
    if not len(matrix):
        return np.zeros((0, 2), np.float32), np.zeros(2)
    shares = weights / (weights.sum() or 1.0)
    points = best_numbers(matrix, shares, 2)(matrix)
    own = matrix.astype(np.float64)
    whole = float(shares @ np.square(own - shares @ own).sum(axis=1))
    shown = shares @ np.square(points.astype(np.float64))
    return points, np.minimum(shown / whole, 1.0) if whole > 0.0 else np.zeros(2)
