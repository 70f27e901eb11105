"""Gain where pairs are too many to count: exact positives of some rows, noise from shared draws.

The loss is that of ``cat2vec/training/solvers/objective.py``. Its positives are the pairs of the
rows; the expectation over the noise of a feature is a mean over ``DRAWS`` tokens drawn from it, the
same for all rows, or exact where the feature has no more tokens than that. Zero vectors are scored
with the same rows and draws, so most of what chance does to both falls out of their difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from scipy.special import expit

from cat2vec import EncodedTable
from cat2vec.training.problem import Noise

#: Tokens drawn from the noise of each feature.
DRAWS = 1000
#: Centers whose logits against the draws are in memory at once.
_CENTERS = 2048
#: Newton steps for a constant at most, their longest, and the step below which it is found.
_STEPS, _LONGEST, _SMALLEST = 50, 2.0, 1e-5


@dataclass(frozen=True)
class Pairs:
    """The pairs of one ordered pair of features, and the noise against them.

    Parameters
    ----------
    f, g : int
        Features of centers and contexts.
    center, context : ndarray of shape (n,), int64
        Token ids of the positives.
    noise : ndarray of shape (S,), int64
        Token ids.
    weight : ndarray of shape (S,), float64
        Noise tokens per positive that each stands for; sums to k.
    """

    f: int
    g: int
    center: np.ndarray
    context: np.ndarray
    noise: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True)
class SampledObjective:
    """The loss of vectors on rows, estimated.

    Parameters
    ----------
    table : EncodedTable
        The rows, encoded with the training vocabulary.
    noise : Noise
        From the training vocabulary.
    seed : int
        Of the draws.
    """

    table: EncodedTable
    noise: Noise
    seed: int
    _drawn: list[tuple[np.ndarray, np.ndarray]] = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        offsets, k = self.table.vocabulary.offsets, self.noise.negative
        drawn = []
        for start, stop in pairwise(offsets):
            tokens, k_q = np.arange(start, stop), self.noise.k_q[start:stop]
            if len(tokens) > DRAWS:
                tokens = start + rng.choice(len(tokens), DRAWS, p=k_q / k_q.sum())
                k_q = np.full(DRAWS, k / DRAWS)
            drawn.append((tokens, k_q))
        object.__setattr__(self, "_drawn", drawn)

    def pairs(self) -> Iterator[Pairs]:
        ids = self.table.token_ids()
        n_features = ids.shape[1]
        for f in range(n_features):
            for g in range(n_features):
                there = (ids[:, f] >= 0) & (ids[:, g] >= 0)
                if f != g and there.any():
                    yield Pairs(f, g, ids[there, f], ids[there, g], *self._drawn[g])

    def gain(
        self, center: np.ndarray, context: np.ndarray, constants: np.ndarray | None = None
    ) -> float:
        """Estimate how far the loss lies below that of independence, in nats per pair.

        ``constants`` (n_features, n_features) stand in the logits instead of the bias.
        """
        zeros = np.zeros((len(center), 1), np.float32)
        return self.loss(zeros, zeros) - self.loss(center, context, constants)

    def loss(
        self, center: np.ndarray, context: np.ndarray, constants: np.ndarray | None = None
    ) -> float:
        total, n = 0.0, 0
        for pairs in self.pairs():
            own, drawn = self._offsets(pairs, constants)
            total += softplus(-(positives(pairs, center, context) + own)).sum()
            for counts, products in against_noise(pairs, center, context):
                total += counts @ (softplus(products + drawn) @ pairs.weight)
            n += len(pairs.center)
        return float(total / max(n, 1))

    def _offsets(
        self, pairs: Pairs, constants: np.ndarray | None
    ) -> tuple[np.ndarray | float, np.ndarray | float]:
        """Give what is added to the logits of positives and of noise."""
        if constants is None:
            return self.noise.bias[pairs.context], self.noise.bias[pairs.noise]
        constant = float(constants[pairs.f, pairs.g])
        return constant, constant

    def fitted_constants(self, center: np.ndarray, context: np.ndarray) -> np.ndarray:
        """Fit one constant per ordered feature pair by Newton steps: (n_features, n_features)."""
        n_features = self.table.vocabulary.n_features
        constants = np.zeros((n_features, n_features))
        for pairs in self.pairs():
            own = positives(pairs, center, context)
            drawn = list(against_noise(pairs, center, context))
            delta = 0.0
            for _ in range(_STEPS):
                s = expit(own + delta)
                gradient, curvature = (1.0 - s).sum(), (s * (1.0 - s)).sum()
                for counts, products in drawn:
                    s = expit(products + delta)
                    gradient -= counts @ (s @ pairs.weight)
                    curvature += counts @ ((s * (1.0 - s)) @ pairs.weight)
                step = float(np.clip(gradient / max(curvature, 1e-12), -_LONGEST, _LONGEST))
                delta += step
                if abs(step) < _SMALLEST:
                    break
            constants[pairs.f, pairs.g] = delta
        return constants


def positives(pairs: Pairs, center: np.ndarray, context: np.ndarray) -> np.ndarray:
    """Compute ``w . c`` of the positives: (n,) float64."""
    products = np.einsum("nd,nd->n", center[pairs.center], context[pairs.context])
    return products.astype(np.float64)


def against_noise(
    pairs: Pairs, center: np.ndarray, context: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give, for some centers at a time, how many pairs each has and its products with the noise."""
    tokens, counts = np.unique(pairs.center, return_counts=True)
    others = context[pairs.noise].T
    for first in range(0, len(tokens), _CENTERS):
        some = slice(first, first + _CENTERS)
        yield counts[some].astype(np.float64), center[tokens[some]] @ others


def softplus(x: np.ndarray) -> np.ndarray:
    """Compute log(1 + exp(x)) without overflow."""
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))
