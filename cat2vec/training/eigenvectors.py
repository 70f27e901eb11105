"""The eigenvectors that canonical vectors were made of, found again from the vectors alone.

Canonical vectors are ``Y = E S R`` with a factor for each feature: E the eigenvectors of the
associations learned, S their eigenvalues up to one factor, R a rotation. With the factors taken
back, ``E R = Y (Y' Y)^(-1/2)``, and ``A = E S E' = (E R) Y'`` is the symmetric matrix of the
associations learned, up to one factor. ``Y Y' = A A'`` whatever Y is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cat2vec.training.canonical import EVENNESS
from cat2vec.vectors.axes import feature_factors
from cat2vec.vectors.vectors import Vectors

#: Eigenvalues below this share of the first are dimensions that the model does not have.
_SMALLEST = 1e-6


@dataclass(frozen=True, eq=False)
class Eigenvectors:
    """What ``eigenvectors_of`` finds.

    Parameters
    ----------
    matrix : ndarray of shape (n_vectors, vector_size), float64
        Vectors as they were before features were made even.
    undo : ndarray of shape (n_names,), float64
        What the vectors of each feature were multiplied by for that.
    axes : ndarray of shape (vector_size, vector_size), float64
        Eigenvectors of ``Y' Y``, one a column.
    roots : ndarray of shape (vector_size,), float64
        Roots of its eigenvalues, 0 for dimensions that the model does not have.
    """

    matrix: np.ndarray
    undo: np.ndarray
    axes: np.ndarray
    roots: np.ndarray

    @property
    def inverse_roots(self) -> np.ndarray:
        """One over each root, 0 where there is none."""
        live = self.roots > 0.0
        return np.where(live, 1.0 / np.where(live, self.roots, 1.0), 0.0)

    def vectors(self) -> np.ndarray:
        """Give the eigenvectors in the axes of the canonical vectors: (n_vectors, vector_size)."""
        return np.asarray(self.matrix @ (self.axes * self.inverse_roots) @ self.axes.T)


def eigenvectors_of(vectors: Vectors) -> Eigenvectors:
    """Find the eigenvectors again.

    Parameters
    ----------
    vectors : Vectors

    Returns
    -------
    Eigenvectors
        Of ``vectors.vocabulary.of_vectors``, in which features that share vectors are one.

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
    >>> found = eigenvectors_of(train_vectors(count_pairs(table), vector_size=1))
    >>> np.abs(found.vectors()).round(3).ravel().tolist()
    [0.5, 0.5, 0.5, 0.5]
    """
    vocabulary, matrix = vectors.vocabulary_and_matrix()
    # squared lengths have power 1 - 2 EVENNESS since features were made even
    undo = feature_factors(matrix, vocabulary, EVENNESS / (1.0 - 2.0 * EVENNESS))
    matrix = undo[vocabulary.feature_of_token][:, None] * matrix
    squares, axes = np.linalg.eigh(matrix.T @ matrix)
    roots = np.sqrt(np.maximum(squares, 0.0))
    live = roots > _SMALLEST * roots.max()
    return Eigenvectors(matrix, undo, axes, np.where(live, roots, 0.0))
