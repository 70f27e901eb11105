"""The objective: loss of center and context vectors on pair counts, in nats per pair.

Takes pair counts and two matrices. Gives the loss, its value at independence and the pieces from
which solvers build gradients. Knows nothing of how the matrices were found.

    L(W, C) = - sum over a, b of different features
                  [ n_ab log s(x_ab) + k n_ag q_g(b) log s(-x_ab) ]
    x_ab    = w_a . c_b + log( p_g(b) / (k q_g(b)) )

Where the values of one cell learn from each other, the sum goes over a, b of one feature f too, but
not over a = b. No token stands beside itself, so at independence b is the other one with
probability ``p_f(b) / (1 - p_f(a))``, and noise is drawn by ``q_f(b) / (1 - p_f(a))``: x_ab stays
as it is.

Mikolov et al. 2013 (arXiv:1310.4546) eq. 4, summed over the pairs, with the noise in expectation
(Levy & Goldberg 2014) and drawn from the feature g of the context b. The constant in x makes zero
vectors mean independence, for every k and exponent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.kernels.grouping import group_second_moments
from cat2vec.kernels.once import cached_property
from cat2vec.kernels.sgns import block_losses, block_terms, noise_curvature
from cat2vec.kernels.threads import Scratch, Workers
from cat2vec.training.problem import Noise, independence_loss
from cat2vec.training.solvers.groups import Groups, group_means
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Tokens per block at most. Fixed, because sums are added block by block: it is part of the result.
BLOCK_TOKENS = 128


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

    @cached_property
    def expected_with(self) -> np.ndarray:
        """What ``noise.k_q`` of each feature is multiplied by: (n_tokens, n_features) float64."""
        return self.noise.expected_with(self.counts.vocabulary, self.counts.with_feature)

    @property
    def n_pairs(self) -> float:
        """Ordered pairs that the loss is divided by."""
        return 2 * self.counts.total

    def independence(self) -> float:
        """Compute the loss of zero vectors, in nats per pair."""
        vocabulary, with_feature = self.counts.vocabulary, self.counts.with_feature
        inside = None
        if vocabulary.schema.within.any():
            inside = with_feature[np.arange(vocabulary.n_tokens), vocabulary.feature_of_token]
        as_context = with_feature.sum(axis=1)  # n_ab summed over a, by symmetry
        return independence_loss(vocabulary, self.noise, as_context, inside)

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
    """Tokens that are worked on together, and the feature that says nothing to them.

    ``rows`` is a slice of token ids. ``own`` is the position of their feature, where counts and
    noise are zero; it is None where the block spans several features, and where the values of one
    cell learn from each other.
    """

    rows: slice
    own: int | None

    @property
    def tokens(self) -> np.ndarray:
        """Token ids of the block, int64."""
        return np.arange(self.rows.start, self.rows.stop)

    def gap(self, offsets: np.ndarray) -> slice:
        """Give the columns of the block's own feature, of tokens or of groups; may be empty."""
        if self.own is None:
            return slice(0, 0)
        return slice(int(offsets[self.own]), int(offsets[self.own + 1]))


def weighted_sums(weights: np.ndarray, matrix: np.ndarray, gap: slice) -> np.ndarray:
    """Multiply (B, V) weights by a (V, m) matrix, leaving a slice of columns out."""
    if gap.start == gap.stop:
        return weights @ matrix
    product = weights[:, : gap.start] @ matrix[: gap.start]
    product += weights[:, gap.stop :] @ matrix[gap.stop :]
    return product


def products_with(mine: np.ndarray, other: np.ndarray, gap: slice, scratch: Scratch) -> np.ndarray:
    """Multiply (B, d) vectors by all (V, d) of the other side: (B, V), undefined in the gap."""
    products = scratch.floats(len(mine), len(other))
    np.matmul(mine, other[: gap.start].T, out=products[:, : gap.start])
    np.matmul(mine, other[gap.stop :].T, out=products[:, gap.stop :])
    return products


def blocks_of(vocabulary: Vocabulary) -> list[Block]:
    """Cut all tokens into blocks.

    Features of at least ``BLOCK_TOKENS`` tokens begin a new one, and those that share vectors.
    Where there are several, they are about of one size, so that no thread waits for the other.
    """
    shared, within = vocabulary.shares_vectors.tolist(), vocabulary.schema.within.tolist()
    bounds: list[tuple[int, int, int | None]] = []
    start = 0
    offsets = vocabulary.offsets.tolist()
    for feature in range(vocabulary.n_features):
        begin, end = offsets[feature], offsets[feature + 1]
        if end - begin >= BLOCK_TOKENS or shared[feature]:
            own = None if within[feature] else feature
            bounds += [(start, begin, None), (begin, end, own)]
            start = end
    bounds.append((start, vocabulary.n_tokens, None))
    return [
        Block(slice(first, last), own)
        for begin, stop, own in bounds
        for first, last in pairwise(_cuts(begin, stop))
    ]


def _cuts(start: int, stop: int) -> list[int]:
    n_tokens = stop - start
    n_blocks = max(1, -(-n_tokens // BLOCK_TOKENS))
    return sorted({start + n_tokens * cut // n_blocks for cut in range(n_blocks + 1)})


def steps_of(blocks: list[Block], vocabulary: Vocabulary) -> list[tuple[slice, list[Block]]]:
    """Put blocks of tokens that have their vectors in common together, with the rows of these.

    Shared features have the same categories in the same order, so their blocks fit on each other.
    """
    steps: dict[int, list[Block]] = {}
    first = vocabulary.vector_of_token if vocabulary.schema.shared else None
    for block in blocks:
        start = block.rows.start if first is None else int(first[block.rows.start])
        steps.setdefault(start, []).append(block)
    return [(slice(start, start + len(found[0].tokens)), found) for start, found in steps.items()]


@dataclass(frozen=True, eq=False)
class GroupMeans:
    """The other side in groups, float32.

    ``vectors`` (R, d) and ``bias`` (R,) are means over the tokens of each group; ``by_column`` are
    sums of noise weights.
    """

    groups: Groups
    vectors: np.ndarray
    bias: np.ndarray
    by_column: np.ndarray

    @cached_property
    def longest(self) -> float:
        """Length of the longest vector, a little more for what rounding may hide."""
        return 1.001 * float(np.sqrt(np.square(self.vectors).sum(axis=1).max(initial=0.0)))


@dataclass(frozen=True, eq=False)
class Terms:
    """The objective around one block: all that a Newton step of its tokens needs.

    Parameters
    ----------
    descent : ndarray of shape (B, d), float32
        The negative gradient of the loss, exact.
    losses : ndarray of shape (B,), float64
        In nats, exact.
    curvature : ndarray of shape (B, R), float32
        Second derivatives by the logits of the groups of the other side.
    residual : ndarray of shape (B, V), float32
        Negative first derivatives by the logits, undefined in the gap of the block; overwritten by
        the next call in the same thread.
    """

    descent: np.ndarray
    losses: np.ndarray
    curvature: np.ndarray
    residual: np.ndarray


@dataclass(frozen=True, eq=False)
class Side:
    """The objective seen from one of its two matrices, ready to be worked on in blocks of tokens.

    With the other matrix fixed, every token of this side is a problem of its own: a logistic
    regression against all tokens of other features, and against those of its own whose values may
    stand in one cell. ``own_noise`` is what of the noise would be a token beside itself.
    """

    objective: Objective
    by_row: np.ndarray
    by_column: np.ndarray
    row_bias: np.ndarray
    column_bias: np.ndarray
    column_weight: np.ndarray
    own_noise: np.ndarray
    center_side: bool
    blocks: list[Block]
    scratch: Scratch = field(default_factory=Scratch)

    @classmethod
    def of(cls, objective: Objective, *, center_side: bool) -> Side:
        """Prepare the side of the center tokens, or that of the context tokens."""
        vocabulary = objective.counts.vocabulary
        expected = objective.expected_with
        own = np.arange(vocabulary.n_tokens), vocabulary.feature_of_token
        own_noise = (objective.noise.k_q * expected[own]).astype(np.float32)
        expected = expected.astype(np.float32)
        k_q = objective.noise.k_q.astype(np.float32)
        bias = objective.noise.bias.astype(np.float32)
        zeros = np.zeros_like(bias)
        return cls(
            objective,
            by_row=expected if center_side else k_q[:, None],
            by_column=k_q[None] if center_side else np.ascontiguousarray(expected.T),
            row_bias=zeros if center_side else bias,
            column_bias=bias if center_side else zeros,
            column_weight=k_q if center_side else vocabulary.counts.astype(np.float32),
            own_noise=own_noise,
            center_side=center_side,
            blocks=blocks_of(vocabulary),
        )

    def losses(self, block: Block, mine: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Compute the loss of each token of a block, (B,) float64, in nats.

        ``mine`` holds the block's vectors (B, d), ``other`` all vectors of the other side.
        """
        return self.losses_of(block, block.tokens, mine, other)

    def losses_of(
        self, block: Block, tokens: np.ndarray, mine: np.ndarray, other: np.ndarray
    ) -> np.ndarray:
        """Compute the losses of some tokens of a block only."""
        vocabulary, pairs = self.objective.counts.vocabulary, self.objective.counts.both_ways
        gap = block.gap(vocabulary.offsets)
        losses = np.empty(len(mine))
        block_losses(
            products_with(mine, other, gap, self.scratch), tokens, self.row_bias, self.column_bias,
            pairs.indptr, pairs.indices, pairs.data, self.by_row, self.by_column,
            vocabulary.feature_of_token, vocabulary.offsets, self.center_side,
            np.array([gap.start, gap.stop]), losses,
        )  # fmt: skip
        return losses

    def terms(self, block: Block, mine: np.ndarray, other: np.ndarray, means: GroupMeans) -> Terms:
        """Compute what a Newton step of a block needs, from its vectors (B, d)."""
        vocabulary, pairs = self.objective.counts.vocabulary, self.objective.counts.both_ways
        curvature = self._noise_curvature(block, mine, means)
        gap = block.gap(vocabulary.offsets)
        residual = products_with(mine, other, gap, self.scratch)
        losses = np.empty(len(mine))
        block_terms(
            residual, block.tokens, self.row_bias, self.column_bias,
            pairs.indptr, pairs.indices, pairs.data, self.by_row, self.by_column,
            vocabulary.feature_of_token, vocabulary.offsets, self.center_side,
            np.array([gap.start, gap.stop]), means.groups.group, curvature, losses,
        )  # fmt: skip
        return Terms(weighted_sums(residual, other, gap), losses, curvature, residual)

    def reach(self, block: Block, steps: np.ndarray, means: GroupMeans, least: float) -> np.ndarray:
        """Give by how much steps (B, d) change a logit of a group at most, (B,) float32.

        Where that is surely below ``least``, by the lengths of vectors, 0 stands for it.
        """
        lengths = np.sqrt(np.square(steps).sum(axis=1))
        some = np.flatnonzero(~(lengths * means.longest < least))
        reach = np.zeros(len(steps), np.float32)
        if len(some):
            gap = block.gap(means.groups.offsets)
            products = np.abs(products_with(steps[some], means.vectors, gap, self.scratch))
            parts = products[:, : gap.start], products[:, gap.stop :]
            reach[some] = np.maximum(*[part.max(axis=1, initial=0.0) for part in parts])
        return reach

    def _noise_curvature(self, block: Block, mine: np.ndarray, means: GroupMeans) -> np.ndarray:
        vocabulary, offsets = self.objective.counts.vocabulary, means.groups.offsets
        gap = block.gap(offsets)
        products = products_with(mine, means.vectors, gap, self.scratch)
        curvature = np.empty_like(products)
        noise_curvature(
            products, block.tokens, self.row_bias, means.bias, self.by_row, means.by_column,
            vocabulary.feature_of_token, offsets, self.center_side,
            np.array([gap.start, gap.stop]), self.own_noise, means.groups.group, curvature,
        )  # fmt: skip
        return curvature

    def means(self, other: np.ndarray, groups: Groups) -> GroupMeans:
        """Average the vectors of the other side over groups, by how much noise they stand for."""
        n_groups, size = groups.n_groups, other.shape[1]
        points = np.column_stack([other, self.column_bias])
        means = group_means(points, self.column_weight, groups.group, n_groups)
        by_column = self.by_column
        if n_groups < len(groups.group):
            lines = [np.bincount(groups.group, line, n_groups) for line in by_column]
            by_column = np.array(lines, np.float32)
        return GroupMeans(groups, means[:, :size].copy(), means[:, size].copy(), by_column)

    def second_moments(self, other: np.ndarray, groups: Groups) -> np.ndarray:
        """Average ``c c'`` over groups, (R, d (d + 1) / 2) float32: what Hessians are summed from.

        Moments, not products of means: these would have no curvature along the spread of a group.
        """
        size = other.shape[1]
        moments = np.empty((groups.n_groups, size * (size + 1) // 2), np.float32)
        group_second_moments(other, self.column_weight, groups.group, moments)
        return moments
