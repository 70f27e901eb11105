"""Vectors of an earlier training, as those that another one begins with.

Takes ``Vectors`` and the vocabulary of what is trained. Gives center and context vectors.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from cat2vec.errors import ParameterError, listed
from cat2vec.vectors.axes import feature_means
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import Vocabulary


def places_in(earlier: Vocabulary, later: Vocabulary) -> np.ndarray:
    """Give the ids that tokens had before: (later.n_tokens,) int64, -1 for those not there.

    Features go by name. A category that was rare has the id of ``RARE``.
    """
    place = np.full(later.n_tokens, -1)
    for position, (start, stop) in enumerate(pairwise(later.offsets.tolist())):
        if later.features[position] in earlier.features:
            own = earlier.schema.position(later.features[position])
            codes = earlier.codes_of(own, later.categories[position].tolist())
            place[start:stop] = np.where(codes < 0, -1, codes + earlier.offsets[own])
    return place


def start_from(
    earlier: Vectors, later: Vocabulary, places: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Give center and context vectors of all categories to begin with.

    A category that was not there begins at the mean of its feature: the first half sweep with the
    other side fixed is what folding it in would be. One of a feature that was not there begins at
    zero.

    Parameters
    ----------
    earlier : Vectors
    later : Vocabulary
        Of what has vectors.
    places : ndarray of shape (later.n_tokens,) or None
        From ``places_in``.

    Returns
    -------
    center, context : ndarray of shape (later.n_tokens, earlier.vector_size), float32

    Raises
    ------
    ParameterError
        If no category was there, unless ``places`` are given.
    """
    before = earlier.vocabulary.of_vectors
    if places is None:
        places = places_in(before, later)
        if places.max(initial=-1) < 0:
            raise ParameterError(
                f"start holds no category of this table: it has vectors of "
                f"{listed(before.features)}, and the table has {listed(later.features)}. Leave "
                f"start out, or give vectors of the same columns."
            )
    known = places >= 0
    own = [before.features.index(n) if n in before.features else -1 for n in later.features]

    def grown(side: np.ndarray) -> np.ndarray:
        side = earlier.vocabulary.by_vector(side)[:, : earlier.vector_size]
        means = np.vstack([feature_means(side, before), np.zeros(side.shape[1])])
        vectors = means.astype(np.float32)[np.array(own)[later.feature_of_token]]
        vectors[known] = side[places[known]]
        return vectors

    if not earlier.center.shape[1]:  # read from a file: what it holds does for both sides
        both = grown(earlier.matrix)
        return both, both.copy()
    return grown(earlier.center), grown(earlier.context)
