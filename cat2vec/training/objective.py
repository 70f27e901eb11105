"""The objective: loss of center and context vectors on pair counts, in nats per pair.

Takes pair counts and two matrices. Gives the loss, its value at independence and the pieces from
which solvers build gradients. Knows nothing of how the matrices were found.

    L(W, C) = - sum over a, b of different features
                  [ n_ab log s(x_ab) + k n_ag q_g(b) log s(-x_ab) ]
    x_ab    = w_a . c_b + log( p_g(b) / (k q_g(b)) )

Mikolov et al. 2013 (arXiv:1310.4546) eq. 4, summed over the pairs, with the noise in expectation
(Levy & Goldberg 2014) and drawn from the feature g of the context b. The constant in x makes zero
vectors mean independence, for every k and exponent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.kernels.sgns import block_losses, block_terms, spread_row_counts
from cat2vec.kernels.threads import Workers
from cat2vec.vocabulary import Vocabulary

#: Tokens per block. Fixed, because sums are added block by block: it is part of the result.
BLOCK_TOKENS = 64


def log_expit(x: np.ndarray) -> np.ndarray:
    """Compute log(1 / (1 + exp(-x))) without overflow, in float64."""
    return -np.logaddexp(0.0, -np.asarray(x, dtype=np.float64))


@dataclass(frozen=True, eq=False)
class Noise:
    """The part of the objective that the vocabulary alone decides.

    Parameters
    ----------
    k_q : ndarray of shape (n_tokens,), float64
        ``k q_g(b)``: expected noise tokens b per pair whose context lies in b's feature.
    bias : ndarray of shape (n_tokens,), float64
        ``log(p_g(b) / (k q_g(b)))``: the logit of a context token at independence.
    negative : float
        k.
    """

    k_q: np.ndarray
    bias: np.ndarray
    negative: float

    @classmethod
    def of(cls, vocabulary: Vocabulary, negative: float, ns_exponent: float) -> Noise:
        """Derive the noise from marginal counts.

        Examples
        --------
        >>> from cat2vec.tables.encode import encode_table
        >>> encoded = encode_table({"a": ["x", "x", "y"], "b": ["u", "v", "u"]})
        >>> Noise.of(encoded.vocabulary, negative=1, ns_exponent=1.0).bias.tolist()
        [0.0, 0.0, 0.0, 0.0]
        """
        feature = vocabulary.feature_of_token
        counts = np.maximum(vocabulary.counts, 1).astype(np.float64)
        powered = counts**ns_exponent
        per_feature = np.bincount(feature, weights=powered, minlength=vocabulary.n_features)
        k_q = negative * powered / per_feature[feature]
        share = (
            counts / np.bincount(feature, weights=counts, minlength=vocabulary.n_features)[feature]
        )
        return cls(k_q, np.log(share / k_q), float(negative))


@dataclass(frozen=True, eq=False)
class Objective:
    """The loss on one table of pair counts.

    Parameters
    ----------
    counts : PairCounts
        On training rows, or on held-out rows encoded with the training vocabulary.
    noise : Noise
        From the training vocabulary.
    """

    counts: PairCounts
    noise: Noise

    @property
    def n_pairs(self) -> int:
        """Ordered pairs that the loss is divided by."""
        return 2 * self.counts.total

    def independence(self) -> float:
        """Compute the loss of zero vectors, in nats per pair."""
        vocabulary = self.counts.vocabulary
        feature = vocabulary.feature_of_token
        as_context = self.counts.with_feature.sum(axis=1)  # n_ab summed over a, by symmetry
        into_feature = np.bincount(feature, weights=as_context, minlength=vocabulary.n_features)
        bias = self.noise.bias
        drawn = self.noise.k_q * into_feature[feature]
        loss = -(as_context * log_expit(bias) + drawn * log_expit(-bias)).sum()
        return float(loss / self.n_pairs)

    def loss(self, center: np.ndarray, context: np.ndarray, crew: Workers) -> float:
        """Compute the loss of two matrices, in nats per pair and without the prior.

        Parameters
        ----------
        center, context : ndarray of shape (n_tokens, vector_size), float32
        crew : Workers

        Returns
        -------
        float
        """
        side = Side.of(self, center_side=True)
        totals = crew.map(lambda start: side.losses(start, center, context).sum(), side.starts)
        return float(np.sum(totals) / self.n_pairs)


@dataclass(frozen=True, eq=False)
class Side:
    """The objective seen from one of its two matrices, ready to be worked on in blocks of tokens.

    With the other matrix fixed, every token of this side is a problem of its own: a logistic
    regression against all tokens of other features.
    """

    objective: Objective
    noise_row: np.ndarray
    noise_column: np.ndarray
    bias_row: np.ndarray
    bias_column: np.ndarray
    feature: np.ndarray
    center_side: bool

    @classmethod
    def of(cls, objective: Objective, *, center_side: bool) -> Side:
        """Prepare the side of the center tokens, or that of the context tokens."""
        with_feature = objective.counts.with_feature.astype(np.float32)
        k_q = objective.noise.k_q.astype(np.float32)
        bias = objective.noise.bias.astype(np.float32)
        zeros = np.zeros_like(bias)
        return cls(
            objective,
            noise_row=with_feature if center_side else k_q,
            noise_column=k_q if center_side else np.ascontiguousarray(with_feature.T),
            bias_row=zeros if center_side else bias,
            bias_column=bias if center_side else zeros,
            feature=objective.counts.vocabulary.feature_of_token,
            center_side=center_side,
        )

    @property
    def starts(self) -> range:
        """First tokens of the blocks."""
        return range(0, len(self.feature), BLOCK_TOKENS)

    def block(self, start: int) -> slice:
        """Tokens of the block that begins at ``start``."""
        return slice(start, min(start + BLOCK_TOKENS, len(self.feature)))

    def weights(self, start: int) -> tuple[np.ndarray, np.ndarray]:
        """Give ``n_ab`` and ``k n_ag q_g(b)`` of a block against all tokens, (B, V) float32.

        Inside a feature both are zero, because no row holds two of its tokens: such entries drop
        out of the loss, its gradient and its curvature without being treated apart.
        """
        rows = self.block(start)
        matrix = self.objective.counts.both_ways
        positives = np.empty((rows.stop - rows.start, len(self.feature)), np.float32)
        spread_row_counts(matrix.indptr, matrix.indices, matrix.data, start, positives)
        if self.center_side:
            noise = self.noise_row[rows][:, self.feature] * self.noise_column
        else:
            noise = self.noise_row[rows, None] * self.noise_column[self.feature[rows]]
        return positives, noise

    def logits(self, rows: slice, mine: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Compute the logits of rows of this side against all tokens of the other."""
        logits = mine @ other.T
        logits += self.bias_row[rows, None]
        logits += self.bias_column
        return logits

    def losses(self, start: int, mine: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Compute the loss of each token of a block, (B,) float64, in nats."""
        rows = self.block(start)
        positives, noise = self.weights(start)
        losses = np.empty(len(positives))
        block_losses(self.logits(rows, mine[rows], other), positives, noise, losses)
        return losses

    def terms(
        self, start: int, mine: np.ndarray, other: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Compute residuals and curvatures (B, V), losses (B,) and the weights of a block."""
        rows = self.block(start)
        positives, noise = self.weights(start)
        residual, curvature = np.empty_like(positives), np.empty_like(positives)
        losses = np.empty(len(positives))
        logits = self.logits(rows, mine[rows], other)
        block_terms(logits, positives, noise, residual, curvature, losses)
        return residual, curvature, losses, positives, noise
