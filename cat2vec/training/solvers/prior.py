"""What solvers have in common beside the objective: the prior, and what they give.

A token is drawn to the mean of its feature, so that categories without evidence become average.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cat2vec.training.problem import Problem
from cat2vec.training.solvers.spread import Spread
from cat2vec.vectors.axes import feature_means
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Strength of the pull to zero, as a share of the pull to the mean of the feature.
TO_ZERO = 0.03


@dataclass(frozen=True, eq=False)
class Solution:
    """What a solver found.

    ``center`` and ``context`` are (n_tokens, vector_size) float32; ``losses`` holds one loss in
    nats per pair, without the prior, after each sweep or epoch; ``rough`` says that those before
    the last are estimates. ``learned`` is there where the prior found its own strength.
    """

    center: np.ndarray
    context: np.ndarray
    losses: tuple[float, ...]
    rough: bool = False
    learned: Learned | None = None


@dataclass(frozen=True, eq=False)
class Learned:
    """A prior that found its own strength: this, and how uncertain center and context are."""

    strength: float
    spreads: tuple[Spread, Spread]


def of_tokens(matrix: np.ndarray, problem: Problem) -> np.ndarray:
    """Give each token its vector, with zeros where there are too few vectors for all numbers."""
    vocabulary = problem.vocabulary
    found = np.zeros((vocabulary.n_tokens, problem.settings.vector_size), np.float32)
    found[:, : matrix.shape[1]] = vocabulary.by_token(matrix)
    return found


def distances(matrix: np.ndarray, vocabulary: Vocabulary) -> np.ndarray:
    """Subtract the mean of its feature from each vector, (n_tokens, vector_size) float64."""
    return matrix - feature_means(matrix, vocabulary)[vocabulary.feature_of_token]


def prior(
    matrix: np.ndarray, vocabulary: Vocabulary, ridge: float, distance: np.ndarray | None = None
) -> float:
    """Compute the prior: half ``ridge`` times squared distances, from the mean and from zero.

    A token is drawn to the mean of its feature, and with a small share ``TO_ZERO`` of the strength
    to zero. Without the second part the means would be free, and drift. ``distance`` is what
    ``distances`` gives, where it is at hand.
    """
    if distance is None:
        distance = distances(matrix, vocabulary)
    squares = np.square(distance).sum() + TO_ZERO * np.square(matrix, dtype=np.float64).sum()
    return 0.5 * ridge * float(squares)


def prior_slopes(
    matrix: np.ndarray, vocabulary: Vocabulary, ridge: float, distance: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the derivative of the prior, and a curvature for each token that bounds its own.

    The mean moves with its tokens, so a token feels the distances of all others of its feature in
    proportion to its share p. With m tokens in the feature, ``1 + m p`` is at least half the
    curvature of all of them moving together. So steps that are taken at once, and are longer than
    1 or nearly so, may still swing apart: see ``held_together``.

    Returns
    -------
    slopes : ndarray of shape (n_tokens, vector_size), float32
    curvatures : ndarray of shape (n_tokens,), float64
    """
    feature, shares = vocabulary.feature_of_token, vocabulary.shares
    if distance is None:
        distance = distances(matrix, vocabulary)
    through_mean = shares[:, None] * vocabulary.sum_by_feature(distance)[feature]
    slopes = ridge * (distance - through_mean + TO_ZERO * matrix)
    tokens_in_feature = np.diff(vocabulary.offsets)[feature]
    return slopes.astype(np.float32), ridge * (1.0 + TO_ZERO + tokens_in_feature * shares)


def held_together(
    new: np.ndarray,
    mine: np.ndarray,
    falls: np.ndarray,
    promised: np.ndarray,
    curvatures: np.ndarray,
    vocabulary: Vocabulary,
    ridge: float,
) -> np.ndarray:
    """Shorten the steps of a feature that lower the loss one by one, and raise it all together.

    Each token stepped as if all others stayed, but the mean of the feature moves with them. Where
    data say little, as in a table without signal, a frequent category and many rare ones would
    swing around each other, farther with each sweep.

    Parameters
    ----------
    new, mine : ndarray of shape (n_tokens, vector_size), float32
        After the steps and before.
    falls, promised : ndarray of shape (n_tokens,), float64
        The product of what pulls a token with its full Newton step, and with the step it took.
    curvatures : ndarray of shape (n_tokens,), float64
        What ``prior_slopes`` gives.
    vocabulary : Vocabulary
    ridge : float

    Returns
    -------
    ndarray of shape (n_tokens, vector_size), float32
        ``new``, unless steps were shortened: to the fraction that lowers loss and prior most.
    """
    moved = new - mine
    squares = np.einsum("td,td->t", moved, moved, dtype=np.float64)
    of_feature, total = vocabulary.sum_by_feature(squares), vocabulary.sum_by_feature(moved)
    mean = feature_means(moved, vocabulary)
    around = np.diff(vocabulary.offsets)[:, None] * mean - 2.0 * total
    curved = ridge * ((1.0 + TO_ZERO) * of_feature + (mean * around).sum(axis=1))
    curved -= vocabulary.sum_by_feature(curvatures * squares)
    if not (curved > 0.0).any():  # as nearly always
        return new
    alone = np.square(promised) / np.where(falls > 0.0, falls, 1.0)
    curved += vocabulary.sum_by_feature(alone)
    gained = vocabulary.sum_by_feature(promised)
    held = new
    for feature in np.flatnonzero(curved > np.maximum(2.0 * gained, 0.0)).tolist():
        own = slice(*vocabulary.offsets[feature : feature + 2].tolist())
        held = held.copy() if held is new else held
        held[own] = mine[own] + np.float32(max(gained[feature], 0.0) / curved[feature]) * moved[own]
    return held


def balanced(
    center: np.ndarray, context: np.ndarray, vocabulary: Vocabulary
) -> tuple[np.ndarray, np.ndarray]:
    """Map ``W -> W G``, ``C -> C G^-T`` so that the prior is least; all products stay as they are.

    Alternating steps hardly move along such maps, because each side is tied to the other: without
    this the prior is what converges last.
    """
    half = balancing_map([scatter_of(matrix, vocabulary) for matrix in (center, context)])
    return (center @ half).astype(np.float32), (context @ np.linalg.inv(half)).astype(np.float32)


def scatter_of(matrix: np.ndarray, vocabulary: Vocabulary) -> np.ndarray:
    """Compute the scatter that the prior punishes, around means of features and zero: (d, d)."""
    distance = distances(matrix, vocabulary)
    return distance.T @ distance + TO_ZERO * (matrix.T @ matrix).astype(np.float64)


def balancing_map(scatters: list[np.ndarray]) -> np.ndarray:
    """Give the symmetric G, (d, d) float64, by which ``balanced`` maps both sides.

    With A and B the scatter matrices of both sides, the best ``P = G G'`` solves ``P A P = B``: the
    geometric mean of ``A^-1`` and B.
    """
    first, second = (
        scatter + (1e-6 * np.trace(scatter) + 1e-12) * np.eye(len(scatter)) for scatter in scatters
    )
    root, inverse = _powers(first, 0.5, -0.5)
    (middle,) = _powers(root @ second @ root, 0.5)
    return _powers(inverse @ middle @ inverse, 0.5)[0]


def _powers(matrix: np.ndarray, *exponents: float) -> list[np.ndarray]:
    """Raise a symmetric positive definite matrix to some powers."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    values = np.maximum(values, 1e-300)
    return [(vectors * values**exponent) @ vectors.T for exponent in exponents]
