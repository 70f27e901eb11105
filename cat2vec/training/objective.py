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
from cat2vec.kernels.sgns import block_losses, block_terms, block_weights
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
        totals = crew.map(
            lambda block: side.losses(block, center[block.rows], context).sum(), side.blocks
        )
        return float(np.sum(totals) / self.n_pairs)


@dataclass(frozen=True, eq=False)
class Block:
    """Tokens that are worked on together, and the columns that say nothing to them.

    ``rows`` is a slice of token ids. ``gap`` is the slice of their own feature's tokens, where
    counts and noise are zero; it is empty where the block spans several features.
    """

    rows: slice
    gap: slice

    def times(self, weights: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        """Multiply (B, V) weights by a (V, m) matrix, leaving the gap out."""
        if self.gap.start == self.gap.stop:
            return weights @ matrix
        product = weights[:, : self.gap.start] @ matrix[: self.gap.start]
        product += weights[:, self.gap.stop :] @ matrix[self.gap.stop :]
        return product


def blocks_of(vocabulary: Vocabulary) -> list[Block]:
    """Cut all tokens into blocks; features of at least ``BLOCK_TOKENS`` tokens begin a new one."""
    bounds, start = [], 0
    sizes = np.diff(vocabulary.offsets)
    for begin, size in zip(vocabulary.offsets[:-1].tolist(), sizes.tolist(), strict=True):
        if size >= BLOCK_TOKENS:
            bounds += [(start, begin, (0, 0)), (begin, begin + size, (begin, begin + size))]
            start = begin + size
    bounds.append((start, vocabulary.n_tokens, (0, 0)))
    return [
        Block(slice(first, min(first + BLOCK_TOKENS, stop)), slice(*gap))
        for begin, stop, gap in bounds
        for first in range(begin, stop, BLOCK_TOKENS)
    ]


@dataclass(frozen=True, eq=False)
class Terms:
    """The objective around one block: all that a Newton step of its tokens needs.

    ``residual`` and ``curvature`` are (B, V) float32, ``losses`` (B,) float64 in nats;
    ``positives`` and ``noise`` (B, V) float32 are the weights they were made from.
    """

    residual: np.ndarray
    curvature: np.ndarray
    losses: np.ndarray
    positives: np.ndarray
    noise: np.ndarray


@dataclass(frozen=True, eq=False)
class Side:
    """The objective seen from one of its two matrices, ready to be worked on in blocks of tokens.

    With the other matrix fixed, every token of this side is a problem of its own: a logistic
    regression against all tokens of other features.
    """

    objective: Objective
    by_row: np.ndarray
    by_column: np.ndarray
    row_bias: np.ndarray
    column_bias: np.ndarray
    center_side: bool
    blocks: list[Block]

    @classmethod
    def of(cls, objective: Objective, *, center_side: bool) -> Side:
        """Prepare the side of the center tokens, or that of the context tokens."""
        with_feature = objective.counts.with_feature.astype(np.float32)
        k_q = objective.noise.k_q.astype(np.float32)
        bias = objective.noise.bias.astype(np.float32)
        zeros = np.zeros_like(bias)
        return cls(
            objective,
            by_row=with_feature if center_side else k_q[:, None],
            by_column=k_q if center_side else np.ascontiguousarray(with_feature.T).ravel(),
            row_bias=zeros if center_side else bias,
            column_bias=bias if center_side else zeros,
            center_side=center_side,
            blocks=blocks_of(objective.counts.vocabulary),
        )

    def weights(self, block: Block) -> tuple[np.ndarray, np.ndarray]:
        """Give ``n_ab`` and ``k n_ag q_g(b)`` of a block against all tokens, (B, V) float32.

        Inside a feature both are zero, because no row holds two of its tokens: such entries drop
        out of the loss, its gradient and its curvature without being treated apart.
        """
        vocabulary = self.objective.counts.vocabulary
        matrix = self.objective.counts.both_ways
        shape = (block.rows.stop - block.rows.start, vocabulary.n_tokens)
        positives, noise = np.empty(shape, np.float32), np.empty(shape, np.float32)
        block_weights(
            matrix.indptr, matrix.indices, matrix.data, block.rows.start, self.by_row,
            self.by_column, vocabulary.feature_of_token, vocabulary.offsets, self.center_side,
            positives, noise,
        )  # fmt: skip
        return positives, noise

    def products(self, block: Block, mine: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Multiply the block's vectors (B, d) by all of the other side: (B, V), gap undefined."""
        products = np.empty((len(mine), len(other)), np.float32)
        np.matmul(mine, other[: block.gap.start].T, out=products[:, : block.gap.start])
        np.matmul(mine, other[block.gap.stop :].T, out=products[:, block.gap.stop :])
        return products

    def losses(
        self,
        block: Block,
        mine: np.ndarray,
        other: np.ndarray,
        weights: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> np.ndarray:
        """Compute the loss of each token of a block, (B,) float64, in nats.

        ``mine`` holds the block's vectors (B, d), ``other`` all vectors of the other side.
        """
        losses = np.empty(len(mine))
        positives, noise = weights or self.weights(block)
        block_losses(
            self.products(block, mine, other), self.row_bias[block.rows], self.column_bias,
            positives, noise, np.array([block.gap.start, block.gap.stop]), losses,
        )  # fmt: skip
        return losses

    def terms(self, block: Block, mine: np.ndarray, other: np.ndarray) -> Terms:
        """Compute residuals, curvatures and losses of a block from its vectors (B, d)."""
        positives, noise = self.weights(block)
        residual, curvature = np.empty_like(positives), np.empty_like(positives)
        losses = np.empty(len(positives))
        block_terms(
            self.products(block, mine, other), self.row_bias[block.rows], self.column_bias,
            positives, noise, np.array([block.gap.start, block.gap.stop]),
            residual, curvature, losses,
        )  # fmt: skip
        return Terms(residual, curvature, losses, positives, noise)
