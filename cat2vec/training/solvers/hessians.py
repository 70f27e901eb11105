"""Hessians of many tokens at once: sums over groups of the other side, many groups or few.

Takes what one half sweep knows of the other side. Gives packed Hessians of the loss. Knows nothing
of gradients or steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cat2vec.kernels.grouping import sum_columns
from cat2vec.training.solvers.groups import Coarse, Groups, coarsened, group_means
from cat2vec.training.solvers.objective import Block, Side, weighted_sums

#: Groups of a feature over which the Hessians of exact sweeps are summed, and of rough ones those
#: of weak tokens.
_CHECKED_GROUPS, _WEAK_GROUPS = 32, 16
#: Where data curve the objective of a token by at most this share of what the prior does, its
#: Hessian is mostly prior, and a poor sum over data does not matter.
_WEAK = 0.5


@dataclass(frozen=True, eq=False)
class Moments:
    """Second moments of the vectors of groups: what Hessians are summed from.

    Parameters
    ----------
    packed : ndarray of shape (n_groups, d (d + 1) / 2), float32
    offsets : ndarray of shape (n_features + 1,), int64
        Of the groups.
    of_group : ndarray of int32, or None
        Which of them each finer group, by which curvatures are known, belongs to.
    """

    packed: np.ndarray
    offsets: np.ndarray
    of_group: np.ndarray | None = None

    def hessians(self, curvature: np.ndarray, block: Block) -> np.ndarray:
        """Sum the packed Hessians of some tokens of a block, by their curvatures."""
        if self.of_group is not None:
            fine, curvature = curvature, np.empty((len(curvature), len(self.packed)), np.float32)
            sum_columns(fine, self.of_group, curvature)
        return weighted_sums(curvature, self.packed, block.gap(self.offsets))

    def united(self, coarse: Coarse, masses: np.ndarray) -> Moments:
        """Average over groups of groups, by what these weigh."""
        packed = group_means(self.packed, masses, coarse.of_group, coarse.groups.n_groups)
        return Moments(packed, coarse.groups.offsets, coarse.of_group)


@dataclass(frozen=True, eq=False)
class Hessians:
    """How those of one half sweep are summed.

    Parameters
    ----------
    usual : Moments
    weak : Moments or None
        For tokens whose curvature is mostly that of the prior, where they are told apart.
    squares : ndarray of shape (n_groups,), float32
        Mean square of the numbers of the vectors of each group.
    """

    usual: Moments
    weak: Moments | None = None
    squares: np.ndarray | None = None

    @classmethod
    def of(
        cls, side: Side, other: np.ndarray, points: np.ndarray, groups: Groups, *, rough: bool
    ) -> Hessians:
        """Prepare those of a half sweep.

        Where all sweeps are exact and steps are checked, coarse groups do. Unchecked steps ran away
        on them, but for those of weak tokens.

        Parameters
        ----------
        side : Side
        other, points : ndarray of shape (n_tokens, any), float32
            Vectors of the other side, and what they are grouped by.
        groups : Groups
            Of the other side.
        rough : bool
            Whether rough sweeps are taken.
        """
        weights = side.column_weight
        if not rough:
            coarse = coarsened(points, weights, groups, _CHECKED_GROUPS)
            packed = side.second_moments(other, coarse.groups)
            return cls(Moments(packed, coarse.groups.offsets, coarse.of_group))
        usual = Moments(side.second_moments(other, groups), groups.offsets)
        masses = np.bincount(groups.group, weights=weights, minlength=groups.n_groups)
        weak = usual.united(coarsened(points, weights, groups, _WEAK_GROUPS), masses)
        return cls(usual, weak, usual.packed[:, _on_diagonal(other.shape[1])].mean(axis=1))

    def summed(self, curvature: np.ndarray, block: Block, stiffness: np.ndarray) -> np.ndarray:
        """Sum the packed Hessians of the loss of the tokens of a block, (B, d (d + 1) / 2).

        Parameters
        ----------
        curvature : ndarray of shape (B, n_groups), float32
            By the logits of the groups.
        block : Block
        stiffness : ndarray of shape (B,)
            Curvature of the prior.
        """
        if self.weak is None or self.squares is None:
            return self.usual.hessians(curvature, block)
        weak = curvature @ self.squares <= _WEAK * stiffness
        if weak.all():
            return self.weak.hessians(curvature, block)
        if not weak.any():
            return self.usual.hessians(curvature, block)
        packed = np.empty((len(curvature), self.usual.packed.shape[1]), np.float32)
        packed[weak] = self.weak.hessians(curvature[weak], block)
        packed[~weak] = self.usual.hessians(curvature[~weak], block)
        return packed


def _on_diagonal(d: int) -> np.ndarray:
    """Give the places of the diagonal in a packed upper triangle of d rows.

    Examples
    --------
    >>> _on_diagonal(3)
    array([0, 3, 5])
    """
    return np.arange(d) * (2 * d + 1 - np.arange(d)) // 2
