"""Which features make two categories alike: shares that add up to their cosine.

A vector is made of what its category was found to go with. In the matrix A of associations learned
(``training/eigenvectors.py``), of which vectors are the products ``y_a = A_a E`` with the
eigenvectors E, the rows and columns of a feature f that was not trained against itself were filled
in from the others. With ``P_g = E_g' E_g`` for the categories of a feature g, and ``H_f`` the sum
of ``P_g`` over the features that f learned from,

    y_a H_f = sum over g of A_ag E_g,    y_a = sum over g of A_ag E_g H_f^+ = sum of y_a P_g H_f^+

so that ``y_a . y_b`` is a sum over the features that f learned from, and over their categories t:
the association of a with t, ``y_a . e_t``, times what t says of b, ``e_t . H_f^+ y_b``. The same
holds with a and b exchanged, and the mean of both is taken, divided by the lengths of both vectors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec.errors import ParameterError
from cat2vec.kernels.threads import workers
from cat2vec.training.eigenvectors import eigenvectors_of
from cat2vec.training.problem import Problem
from cat2vec.vectors.frames import category_index
from cat2vec.vectors.given import check_vectors
from cat2vec.vectors.vectors import Vectors

if TYPE_CHECKING:
    import pandas as pd

#: Directions of the features that one learned from, below this share of the longest, are rounding.
_SMALLEST = 1e-9


@dataclass(frozen=True, eq=False)
class ContributionModel:
    """What contributions are computed from, for vectors of length 1; made once for all pairs.

    Parameters
    ----------
    moments : ndarray of shape (n_names, vector_size, vector_size), float64
        ``P_g`` of each feature, or set of features that share vectors.
    inverses : ndarray of shape (n_names, vector_size, vector_size), float64
        ``H_f^+`` of each.
    heard : ndarray of shape (n_names, n_names), bool
        Which learned from which.
    to_eigenvectors : ndarray of shape (n_names, vector_size, vector_size), float64
        What vectors of each feature are multiplied by to be eigenvectors: ``e_t = y_t @ this``.
    """

    moments: np.ndarray
    inverses: np.ndarray
    heard: np.ndarray
    to_eigenvectors: np.ndarray

    @classmethod
    def of(cls, vectors: Vectors) -> ContributionModel:
        """Derive it from trained vectors."""
        vocabulary = vectors.vocabulary.of_vectors
        with workers(1):
            known = eigenvectors_of(vectors)
            eigenvectors = known.vectors()
            parts = np.split(eigenvectors, vocabulary.offsets[1:-1])
            moments = np.stack([part.T @ part for part in parts])
            heard = Problem.of_vectors(vectors).trained_vectors
            sums = np.einsum("fg,gij->fij", heard.astype(np.float64), moments)
            inverses = np.linalg.pinv(sums, rcond=_SMALLEST, hermitian=True)
            root = (known.axes * known.inverse_roots) @ known.axes.T
        return cls(moments, inverses, heard, known.undo[:, None, None] * root)

    def by_feature(self, first: np.ndarray, f: int, second: np.ndarray, h: int) -> np.ndarray:
        """Split the cosine of two vectors over features.

        Parameters
        ----------
        first, second : ndarray of shape (vector_size,)
            Of length 1, or 0.
        f, h : int
            Their features, by place in ``schema.vector_names``.

        Returns
        -------
        ndarray of shape (n_names,), float64
        """
        return 0.5 * (self._half(first, f, second) + self._half(second, h, first))

    def _half(self, first: np.ndarray, f: int, second: np.ndarray) -> np.ndarray:
        found = (self.moments @ (self.inverses[f] @ second)) @ first
        return np.asarray(np.where(self.heard[f], found, 0.0))


def contributions(
    vectors: Vectors, feature: str, category: Any, other: Any, other_feature: str | None = None
) -> pd.DataFrame:
    """Say which features make two categories alike, or unlike.

    Parameters
    ----------
    vectors : Vectors
    feature : str
        Or the name of a shared vocabulary, as all features here.
    category, other : hashable
        Original values.
    other_feature : str or None
        Feature of ``other``; None means the same feature.

    Returns
    -------
    DataFrame
        One line for each feature, or set of features that share vectors, from which one of both
        learned, with the columns feature and contribution: how much of the cosine comes from what
        both categories were found to go with there. Below 0 it makes them unlike. The largest
        comes first, and all add up to the cosine.

    Raises
    ------
    UnknownFeatureError, UnknownCategoryError
    ParameterError
        If a vector is zero, so that there is no similarity to speak of.

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Bergen", "Rome", "Pisa"] * 9,
    ...          "food": ["cod", "cod", "pasta", "pasta"] * 9,
    ...          "sea": ["cold", "cold", "warm", "cold"] * 9}
    >>> vectors = train_vectors(count_pairs(table), vector_size=3)
    >>> found = contributions(vectors, "city", "Rome", "Pisa")
    >>> found["feature"].tolist()
    ['food', 'sea']
    >>> total = found["contribution"].sum()
    >>> bool(abs(total - vectors.similarity("city", "Rome", "Pisa")) < 1e-6)
    True
    """
    check_vectors(vectors)
    import pandas as pd

    own = vectors.vocabulary
    tokens = [
        vectors.token_of(feature, category),
        vectors.token_of(feature if other_feature is None else other_feature, other),
    ]
    for token in tokens:
        if not vectors.matrix[token].any():
            raise ParameterError(
                f"the vector of {own.text(token)} is zero, so it is like no other category. Ask "
                f"for two categories with vectors."
            )
    units = [_unit(vectors.matrix[token]) for token in tokens]
    f, h = own.name_of_feature[own.feature_of_token[tokens]].tolist()
    model = ContributionModel.of(vectors)
    found = model.by_feature(units[0], f, units[1], h)
    places = np.flatnonzero(model.heard[f] | model.heard[h])
    places = places[np.lexsort((places, -found[places]))]
    names = own.schema.vector_names
    return pd.DataFrame(
        {"feature": category_index([names[p] for p in places]), "contribution": found[places]}
    )


def _unit(vector: np.ndarray) -> np.ndarray:
    vector = vector.astype(np.float64)
    return np.asarray(vector / np.linalg.norm(vector))
