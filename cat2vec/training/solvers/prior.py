"""What solvers have in common beside the objective: the prior, and what they give.

A token is drawn to the mean of its feature, so that categories without evidence become average.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cat2vec.training.solvers.spread import Spread
from cat2vec.vectors.axes import feature_means
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Strength of the pull to zero, as a share of the pull to the mean of the feature.
TO_ZERO = 0.03


@dataclass(frozen=True, eq=False)
class Solution:
    """What a solver found.

    ``center`` and ``context`` are (n_tokens, vector_size) float32; ``losses`` holds one loss in
    nats per pair, without the prior, after each sweep or epoch. ``learned`` is there where the
    prior found its own strength.
    """

    center: np.ndarray
    context: np.ndarray
    losses: tuple[float, ...]
    learned: Learned | None = None


@dataclass(frozen=True, eq=False)
class Learned:
    """A prior that found its own strength: this, and how uncertain center and context are."""

    strength: float
    spreads: tuple[Spread, Spread]


def prior(matrix: np.ndarray, vocabulary: Vocabulary, ridge: float) -> float:
    """Compute the prior: half ``ridge`` times squared distances, from the mean and from zero.

    A token is drawn to the mean of its feature, and with a small share ``TO_ZERO`` of the strength
    to zero. Without the second part the means would be free, and drift.
    """
    distance = matrix - feature_means(matrix, vocabulary)[vocabulary.feature_of_token]
    squares = np.square(distance).sum() + TO_ZERO * np.square(matrix, dtype=np.float64).sum()
    return 0.5 * ridge * float(squares)


def prior_slopes(
    matrix: np.ndarray, vocabulary: Vocabulary, ridge: float
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the derivative of the prior, and a curvature for each token that bounds its own.

    The mean moves with its tokens, so a token feels the distances of all others of its feature in
    proportion to its share p. With m tokens in the feature, ``1 + m p`` is at least half the
    curvature of all of them moving together, so simultaneous steps cannot swing apart.

    Returns
    -------
    slopes : ndarray of shape (n_tokens, vector_size), float32
    curvatures : ndarray of shape (n_tokens,), float64
    """
    feature, shares = vocabulary.feature_of_token, vocabulary.shares
    distance = matrix - feature_means(matrix, vocabulary)[feature]
    through_mean = shares[:, None] * vocabulary.sum_by_feature(distance)[feature]
    slopes = ridge * (distance - through_mean + TO_ZERO * matrix)
    tokens_in_feature = np.diff(vocabulary.offsets)[feature]
    return slopes.astype(np.float32), ridge * (1.0 + TO_ZERO + tokens_in_feature * shares)
