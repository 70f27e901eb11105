"""Leading eigenpairs of a large symmetric matrix that is known only by its products.

Takes a function that multiplies. Gives eigenvalues and eigenvectors with a fixed sign. Knows
nothing of tokens; used to start the counts solver and to bring vectors into canonical form.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import eigh
from scipy.sparse.linalg import LinearOperator, eigsh

#: Up to this size all eigenpairs are computed at once.
_DENSE_SIZE = 400


def leading_eigenpairs(
    multiply: Callable[[np.ndarray], np.ndarray], size: int, n_pairs: int
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the largest (most positive) eigenvalues and their vectors.

    Parameters
    ----------
    multiply : callable
        Takes an (size, m) float64 array and gives the symmetric matrix times it.
    size : int
    n_pairs : int
        How many; at most ``size``.

    Returns
    -------
    values : ndarray of shape (n_pairs,), float64
        Descending.
    vectors : ndarray of shape (size, n_pairs), float64
        Orthonormal columns; the entry of largest size in each is positive.

    Examples
    --------
    >>> values, vectors = leading_eigenpairs(lambda x: np.diag([1.0, 3.0, 2.0]) @ x, 3, 2)
    >>> values.round(6).tolist(), vectors.round(6).T.tolist()
    ([3.0, 2.0], [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    """
    n_pairs = min(n_pairs, size)
    if size <= _DENSE_SIZE or n_pairs > size // 4:
        whole = multiply(np.eye(size))
        values, vectors = eigh((whole + whole.T) / 2, subset_by_index=(size - n_pairs, size - 1))
    else:
        operator = LinearOperator(
            (size, size), matvec=lambda x: multiply(x.reshape(size, 1))[:, 0], dtype=np.float64
        )
        start = np.cos(np.arange(size, dtype=np.float64))  # any fixed vector without structure
        values, vectors = eigsh(operator, k=n_pairs, which="LA", v0=start, tol=1e-6)
    order = np.argsort(-values, kind="stable")
    return values[order], with_fixed_signs(vectors[:, order])


def with_fixed_signs(vectors: np.ndarray) -> np.ndarray:
    """Turn each column so that its entry of largest size is positive."""
    vectors = np.asarray(vectors)
    largest = np.abs(vectors).argmax(axis=0)
    signs = np.sign(vectors[largest, np.arange(vectors.shape[1])])
    return vectors * np.where(signs == 0, 1.0, signs)
