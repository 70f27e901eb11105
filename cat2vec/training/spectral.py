"""Leading eigenpairs of a large symmetric matrix that is known only by its products.

Takes a function that multiplies. Gives eigenvalues and eigenvectors with a fixed sign. Knows
nothing of tokens; used to start the counts solver and to bring vectors into canonical form.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import eigh, qr

from cat2vec.vectors.axes import with_fixed_signs

#: Up to this size all eigenpairs are computed at once.
_DENSE_SIZE = 600
#: Where more than one in so many of them is wanted, all are found faster than some.
_FEW = 5
#: Vectors carried along beyond those wanted: they make the wanted ones converge faster.
_EXTRA = 8
#: Powers of the matrix that are tried together in one cycle.
_DEPTH = 3
_MOST_CYCLES = 30
#: Products of the matrix with a block of vectors in ``rough_eigenpairs``.
_ROUGH_PRODUCTS = 3


def leading_eigenpairs(
    multiply: Callable[[np.ndarray], np.ndarray],
    size: int,
    n_pairs: int,
    tol: float = 1e-6,
    *,
    whole: Callable[[], np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the largest (most positive) eigenvalues and their vectors.

    ARPACK's Lanczos iteration from a fixed vector. Where it gives up, as it may with many equal
    eigenvalues, a block Krylov iteration with restarts, which is slower and not troubled by them.

    Parameters
    ----------
    multiply : callable
        Takes a (size, m) float64 array and gives the symmetric matrix times it.
    size : int
    n_pairs : int
        How many; at most ``size``.
    tol : float
        Relative accuracy of the eigenvalues.
    whole : callable or None
        Gives the matrix itself, (size, size) float64, which is asked for where it is small; None
        multiplies an identity.

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
        matrix = multiply(np.eye(size)) if whole is None else whole()
        symmetric = (matrix + matrix.T) / 2
        if n_pairs > size // _FEW:
            values, vectors = eigh(symmetric, driver="evd")
            values, vectors = values[-n_pairs:], vectors[:, -n_pairs:]
        else:
            values, vectors = eigh(symmetric, subset_by_index=(size - n_pairs, size - 1))
    else:
        from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh  # slow to import

        operator = LinearOperator(
            (size, size), matvec=lambda x: multiply(x.reshape(size, 1))[:, 0], dtype=np.float64
        )
        start = np.cos(np.arange(size, dtype=np.float64))  # any fixed vector without structure
        try:
            values, vectors = eigsh(operator, k=n_pairs, which="LA", v0=start, tol=tol)
        except ArpackError:
            values, vectors = block_krylov(multiply, size, n_pairs, tol)
    order = np.argsort(-values, kind="stable")
    return values[order], with_fixed_signs(vectors[:, order])


def block_krylov(
    multiply: Callable[[np.ndarray], np.ndarray], size: int, n_pairs: int, tol: float
) -> tuple[np.ndarray, np.ndarray]:
    """Do what ``leading_eigenpairs`` does by Rayleigh-Ritz on ``[X, A X, A^2 X]``, with restarts.

    Stops when the residuals ``|A v - value v|`` are at most ``sqrt(tol)`` of the largest eigenvalue
    (errors of eigenvalues are their squares), or after 30 cycles with what it has.
    """
    block = np.random.default_rng(0).standard_normal((size, n_pairs + _EXTRA))
    for _ in range(_MOST_CYCLES):
        basis, image = _krylov(multiply, block)
        inner = basis.T @ image
        values, mixing = eigh((inner + inner.T) / 2)
        mixing = mixing[:, ::-1][:, : block.shape[1]]
        wanted, largest = values[::-1][:n_pairs], np.abs(values).max()
        block = basis @ mixing
        residual = image @ mixing[:, :n_pairs] - block[:, :n_pairs] * wanted
        if np.sqrt(np.square(residual).sum(axis=0).max()) <= np.sqrt(tol) * largest:
            break
    return wanted, block[:, :n_pairs]


def rough_eigenpairs(
    multiply: Callable[[np.ndarray], np.ndarray],
    size: int,
    n_pairs: int,
    *,
    mirrored: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Compute roughly what ``leading_eigenpairs`` computes: good enough to begin from.

    Block subspace iteration from Gaussian numbers of a fixed seed (Halko, Martinsson & Tropp 2011,
    doi:10.1137/090771806): three products with a block of vectors, then Rayleigh-Ritz on the
    positive side. ``mirrored`` says that each eigenvalue has an opposite of the same size, which
    takes as much room in the block.

    Examples
    --------
    >>> values, vectors = rough_eigenpairs(lambda x: np.diag([1.0, 3.0, 2.0]) @ x, 3, 2)
    >>> values.round(6).tolist(), np.abs(vectors).round(6).T.tolist()
    ([3.0, 2.0], [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    """
    n_pairs = min(n_pairs, size)
    width = min((2 if mirrored else 1) * n_pairs + _EXTRA, size)
    block = np.random.default_rng(0).standard_normal((size, width))
    for _ in range(_ROUGH_PRODUCTS - 1):
        block = multiply(qr(block, mode="economic")[0])
    block = qr(block, mode="economic")[0]
    inner = block.T @ multiply(block)
    values, mixing = eigh((inner + inner.T) / 2)
    vectors = block @ mixing[:, ::-1][:, :n_pairs]
    return values[::-1][:n_pairs], with_fixed_signs(vectors)


def _krylov(
    multiply: Callable[[np.ndarray], np.ndarray], block: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give an orthonormal basis of ``[X, A X, A^2 X]`` and the matrix times it."""
    basis = np.empty((block.shape[0], 0))
    images = []
    for _ in range(_DEPTH):
        for _ in range(2):  # once is not enough where the new block lies almost in the basis
            block = block - basis @ (basis.T @ block)
        block = qr(block, mode="economic")[0]
        block = block - basis @ (basis.T @ block)
        basis = np.hstack([basis, block])
        block = multiply(block)
        images.append(block)
    return basis, np.hstack(images)
