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

import numpy as np

from cat2vec.kernels.threads import Workers
from cat2vec.training.problem import Meeting, Problem, meetings
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Tokens that are worked on at a time, and numbers of each array that this takes; fixed, so that no
#: bit depends on the number of threads.
_BLOCK, _MOST_NUMBERS = 64, 1 << 20


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

    def against_features(self, tokens: slice, crew: Workers) -> np.ndarray:
        """Say how much each of some tokens changes what is expected of each feature.

        Parameters
        ----------
        tokens : slice
            Of token ids.
        crew : Workers

        Returns
        -------
        divergences : ndarray of shape (n_tokens, n_features), float64
            Kullback-Leibler divergence of p(b | a) from p(b), nats; 0 where nothing was learned.

        Notes
        -----
        Time is that of all products with the categories that a token learned from, those of other
        features as a rule; memory is that of ``_MOST_NUMBERS`` of them in each thread.
        """
        vocabulary = self.vocabulary
        asked = np.arange(tokens.start, tokens.stop)
        divergences = np.zeros((len(asked), vocabulary.n_features))

        def work(meeting: Meeting) -> None:
            places = meeting.tokens - tokens.start
            divergences[places, meeting.features] = _divergences(self, meeting).T

        crew.map(work, meetings(vocabulary, self.allowed, asked, _BLOCK, _MOST_NUMBERS))
        return divergences


def _divergences(model: PairModel, meeting: Meeting) -> np.ndarray:
    """Compute those of some tokens: (features of the meeting, tokens)."""
    vocabulary, features = model.vocabulary, meeting.features
    tokens, itself = meeting.tokens, meeting.itself
    s = model.right[meeting.columns] @ model.left[tokens].T  # so that features are rows
    highest = s.max(axis=0)
    mass = np.exp(s - highest)
    mass *= vocabulary.shares[meeting.columns, None]
    mass.T[itself] = 0.0
    rest = np.ones((features.stop - features.start, len(tokens)))
    if len(itself[0]):
        rest[meeting.own - features.start] = 1.0 - vocabulary.shares[tokens]
        rest[rest <= 0.0] = 1.0  # the only value of its feature: its sum is zero
    z = vocabulary.sum_by_feature(mass, features) / rest
    learned = z > 0
    z = np.where(learned, z, 1.0)
    s *= mass
    divergence = vocabulary.sum_by_feature(s, features) / rest / z - (np.log(z) + highest)
    return np.where(learned, np.maximum(divergence, 0.0), 0.0)
