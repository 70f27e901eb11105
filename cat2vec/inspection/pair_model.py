"""The trained model of a pair of cells: how likely one category makes another.

The logit of training makes ``w_a . c_b`` an estimate of log p(b | a) / p(b) (Levy & Goldberg 2014).
Here both directions are averaged, as in the canonical form, and made a distribution over the
categories b of each feature g that the feature of a learned from:

    s_ab     = (w_a . c_b + w_b . c_a) / 2
    p(b | a) = p(b) exp(s_ab) / Z_ag,    Z_ag = sum over b of g: p(b) exp(s_ab)

Inside a cell a value never stands beside itself: where the values of a cell learn from each other,
the sum for the own feature f of a goes over b other than a, with ``p(b) / (1 - p(a))`` in the place
of p(b). Constants that a solver adds drop out, and all figures are properties of distributions: in
nats here, in bits in the answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from cat2vec.kernels.threads import Workers
from cat2vec.training.problem import Problem
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Tokens that are worked on at a time; fixed, so that no bit depends on the number of threads.
_BLOCK = 64


@dataclass(frozen=True, eq=False)
class PairModel:
    """The two sides of ``s = left @ right.T``, and which features learned from each other.

    Parameters
    ----------
    vocabulary : Vocabulary
    left, right : ndarray of shape (n_tokens, 2 * vector_size), float64
    allowed : ndarray of shape (n_features, n_features), bool
        Symmetric.
    """

    vocabulary: Vocabulary
    left: np.ndarray
    right: np.ndarray
    allowed: np.ndarray

    @classmethod
    def of(cls, vectors: Vectors) -> PairModel:
        """Take the trained matrices of vectors."""
        center = vectors.center.astype(np.float64)
        context = vectors.context.astype(np.float64)
        return cls(
            vectors.vocabulary,
            np.hstack([center, context]) / 2,
            np.hstack([context, center]),
            Problem.of_vectors(vectors).allowed,
        )

    def weights_for(self, position: int) -> np.ndarray:
        """Weight the features that one learned from by their rows; the sum is 1, or 0 if none."""
        present = np.where(self.allowed[position], self.vocabulary.present, 0).astype(np.float64)
        return np.asarray(present / (present.sum() or 1.0))

    def against_features(self, tokens: np.ndarray, crew: Workers) -> tuple[np.ndarray, np.ndarray]:
        """Sum over the categories of each feature.

        Parameters
        ----------
        tokens : ndarray of shape (m,), int
        crew : Workers

        Returns
        -------
        log_sums : ndarray of shape (m, n_features), float64
            log Z_ag.
        divergences : ndarray of shape (m, n_features), float64
            Kullback-Leibler divergence of p(b | a) from p(b), nats: how much the token changes what
            is expected of the feature. Both are 0 where nothing was learned.
        """
        blocks = [tokens[start : start + _BLOCK] for start in range(0, len(tokens), _BLOCK)]
        found = crew.map(partial(_block_against_features, self), blocks)
        none = np.empty((0, self.vocabulary.n_features))
        return (
            np.concatenate([none, *(sums for sums, _ in found)]),
            np.concatenate([none, *(divergences for _, divergences in found)]),
        )


def _block_against_features(model: PairModel, tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    vocabulary = model.vocabulary
    s = model.right @ model.left[tokens].T  # (n_tokens, block), so that features are rows
    highest = s.max(axis=0)
    mass = vocabulary.shares[:, None] * np.exp(s - highest)
    mine = np.arange(len(tokens))
    own = vocabulary.feature_of_token[tokens]
    within = np.flatnonzero(model.allowed[own, own])
    mass[tokens[within], within] = 0.0  # no value stands beside itself
    rest = np.ones((vocabulary.n_features, len(tokens)))
    rest[own[within], mine[within]] = 1.0 - vocabulary.shares[tokens[within]]
    rest[rest <= 0.0] = 1.0  # the only value of its feature: its sum is zero
    z = vocabulary.sum_by_feature(mass) / rest
    learned = (z > 0) & model.allowed[:, vocabulary.feature_of_token[tokens]]
    z = np.where(learned, z, 1.0)
    log_z = np.where(learned, np.log(z) + highest, 0.0)
    divergence = vocabulary.sum_by_feature(mass * s) / rest / z - log_z
    return log_z.T, np.where(learned, np.maximum(divergence, 0.0), 0.0).T
