"""The objective with the noise of large features taken over groups: for sweeps far from the end.

Takes one side of an ``Objective`` and groups of the other. Gives gradients and curvatures. Knows
nothing of steps.

Observed pairs are sparse and exact; the noise is dense, and nearly all of the work. A group of
tokens stands for its own with the mean of their vectors and the spread around it: the logits of a
group are taken as normal, so the noise of a token ``a`` on group r, with m the logit of the mean
and v the variance, is

    K_ar E[s]           along the mean of the group
    K_ar E[s (1 - s)]   along the covariance of the group, times w_a

both by three points of quadrature. The covariances of the groups of one feature differ in size only
(``scale``). What is wrong with it changes slowly: the difference from the exact gradient, measured
at a sweep that is exact, is a correction to those that follow, and leaves them the right optimum.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cat2vec.kernels.grouped_noise import grouped_noise, observed_pairs
from cat2vec.kernels.once import cached_property
from cat2vec.training.solvers.groups import group_means
from cat2vec.training.solvers.objective import (
    Block,
    GroupMeans,
    Side,
    Terms,
    products_with,
    weighted_sums,
)


@dataclass(frozen=True, eq=False)
class Spread:
    """How tokens lie around the means of their groups.

    Parameters
    ----------
    scale : ndarray of shape (n_groups,), float32
        Size of the covariance of each group, 1 on average over the tokens of its feature.
    covariances : ndarray of shape (n_features, d + 1, d + 1), float32
        Of vector and bias, within groups.
    """

    scale: np.ndarray
    covariances: np.ndarray

    @classmethod
    def of(cls, side: Side, other: np.ndarray, means: GroupMeans, size: np.ndarray) -> Spread:
        """Measure it on one side; ``size`` (d,) is what numbers of vectors are multiplied by."""
        vocabulary, groups = side.objective.counts.vocabulary, means.groups
        weight, n_groups = side.column_weight, groups.n_groups
        around = np.column_stack([other, side.column_bias])
        around -= np.column_stack([means.vectors, means.bias])[groups.group]
        squares = np.square(around * np.append(size, np.float32(1.0))).sum(axis=1)
        scale = group_means(squares[:, None], weight, groups.group, n_groups)[:, 0]
        covariances = np.zeros((vocabulary.n_features, *2 * (other.shape[1] + 1,)), np.float32)
        for g, (start, stop) in enumerate(pairwise(vocabulary.offsets.tolist())):
            mine = slice(groups.offsets[g], groups.offsets[g + 1])
            whole = weight[start:stop].sum(dtype=np.float64)
            share = weight[start:stop] / (whole if whole > 0.0 else 1.0)
            mean_square = float(share @ squares[start:stop])
            if stop - start == mine.stop - mine.start or mean_square <= 0.0:
                scale[mine] = 0.0  # every token is a group of its own, or like all of its group
                continue
            part = around[start:stop]
            covariances[g] = part.T @ (share.astype(np.float32)[:, None] * part)
            scale[mine] /= mean_square
        return cls(scale, covariances)

    def along(self, vectors: np.ndarray, own: int | None) -> tuple[np.ndarray, np.ndarray]:
        """Multiply vectors (B, d) by the covariances; gives also the variances of their logits.

        Returns
        -------
        products : ndarray of shape (n_features, B, d), float32
        variances : ndarray of shape (B, n_features), float32
        """
        n_features = len(self.covariances)
        wide = np.column_stack([vectors, np.ones(len(vectors), np.float32)])
        products = np.zeros((n_features, *vectors.shape), np.float32)
        variances = np.zeros((len(vectors), n_features), np.float32)
        for g in self.spread_features:
            if g != own:
                product = wide @ self.covariances[g]
                products[g] = product[:, :-1]
                variances[:, g] = np.maximum((product * wide).sum(axis=1), 0.0)
        return products, variances

    @cached_property
    def spread_features(self) -> list[int]:
        """Features with groups of several tokens."""
        return np.flatnonzero(self.covariances.any(axis=(1, 2))).tolist()


def rough_terms(
    side: Side,
    block: Block,
    mine: np.ndarray,
    other: np.ndarray,
    means: GroupMeans,
    spread: Spread,
) -> Terms:
    """Compute roughly what a Newton step of a block needs, from its vectors (B, d)."""
    vocabulary, pairs = side.objective.counts.vocabulary, side.objective.counts.both_ways
    gap = block.gap(means.groups.offsets)
    along, variances = spread.along(mine, block.own)
    residual = products_with(mine, means.vectors, gap, side.scratch)
    curvature, pulls = np.empty_like(residual), np.empty_like(variances)
    losses = np.empty(len(mine))
    grouped_noise(
        residual, block.tokens, side.row_bias, means.bias, side.by_row, means.by_column,
        vocabulary.feature_of_token, means.groups.offsets, side.center_side,
        np.array([gap.start, gap.stop]), side.own_noise, means.groups.group, spread.scale,
        variances, curvature, pulls, losses,
    )  # fmt: skip
    descent = weighted_sums(residual, means.vectors, gap)
    for g in spread.spread_features:
        descent -= pulls[:, g, None] * along[g]
    observed_pairs(
        block.tokens, mine, other, side.row_bias, side.column_bias, pairs.indptr, pairs.indices,
        pairs.data, means.groups.group, descent, curvature, losses,
    )  # fmt: skip
    return Terms(descent, losses, curvature, residual)
