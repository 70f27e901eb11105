"""The loss of finished vectors: exact where that is affordable, otherwise from a sample of tokens.

Takes an ``Objective`` and both matrices. Gives a loss, and how uncertain it is. Knows nothing of
how the matrices were found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cat2vec.kernels.threads import Workers
from cat2vec.training.solvers.groups import grouped
from cat2vec.training.solvers.objective import Block, Objective, Side
from cat2vec.training.solvers.pace import MOST_ENTRIES, n_entries
from cat2vec.training.solvers.rough import Spread, rough_terms

#: Tokens whose exact losses are computed where those of all are too dear.
_SAMPLED = 4096


@dataclass(frozen=True)
class FinalLoss:
    """A loss in nats per pair; ``standard_error`` is 0 for an exact one."""

    value: float
    standard_error: float = 0.0


def final_loss(
    objective: Objective, center: np.ndarray, context: np.ndarray, crew: Workers
) -> FinalLoss:
    """Compute the loss of two matrices, or estimate it where tokens are too many.

    Parameters
    ----------
    objective : Objective
    center, context : ndarray of shape (n_tokens, vector_size), float32
    crew : Workers
    """
    if n_entries(objective) <= MOST_ENTRIES:
        return FinalLoss(objective.loss(center, context, crew))
    return sampled_loss(objective, center, context, crew, _SAMPLED)


def sampled_loss(
    objective: Objective, center: np.ndarray, context: np.ndarray, crew: Workers, n_sampled: int
) -> FinalLoss:
    """Estimate the loss: rough for every token, corrected by the exact losses of a sample.

    Tokens are drawn systematically, with chances in proportion to the pairs that they stand in;
    the frequent ones are all in it (Horvitz & Thompson 1952, on the differences). No random numbers
    are used.

    Parameters
    ----------
    objective, center, context, crew
        As for ``final_loss``.
    n_sampled : int
        Tokens whose loss is exact, if there are as many.
    """
    side = Side.of(objective, center_side=True)
    size = np.sqrt(np.square(center).mean(axis=0)).astype(np.float32)
    points = np.column_stack([context * size, side.column_bias])
    words = objective.counts.vocabulary
    groups = grouped(points, side.column_weight, words, crew)
    means = side.means(context, groups)
    spread = Spread.of(side, context, means, size)
    chances = inclusion_chances(objective.counts.with_feature.sum(axis=1), n_sampled)
    ends = np.floor(np.cumsum(chances) + 0.5)
    drawn = np.diff(ends, prepend=0.0) > 0.0

    def losses(block: Block) -> tuple[float, np.ndarray]:
        about = context, means, spread
        guessed = rough_terms(side, block, center[block.rows], *about).losses
        some = block.tokens[drawn[block.rows]]
        exact = side.losses_of(block, some, center[some], context)
        return guessed.sum(), (exact - guessed[drawn[block.rows]]) / chances[some]

    found = crew.map(losses, side.blocks)
    missed = np.concatenate([one for _, one in found])
    total = float(np.sum([one for one, _ in found])) + float(missed.sum())
    by_chance = missed[chances[drawn] < 1.0]
    error = np.sqrt(len(by_chance) * by_chance.var(ddof=1)) if len(by_chance) > 1 else 0.0
    return FinalLoss(total / objective.n_pairs, float(error) / objective.n_pairs)


def inclusion_chances(sizes: np.ndarray, n_sampled: int) -> np.ndarray:
    """Give chances in proportion to sizes, at most 1, that add up to a number of tokens.

    Examples
    --------
    >>> inclusion_chances(np.array([6.0, 2.0, 1.0, 1.0]), 2).tolist()
    [1.0, 0.5, 0.25, 0.25]
    """
    certain = np.zeros(len(sizes), bool)
    while True:
        wanted = max(n_sampled - int(certain.sum()), 0)
        rest = sizes[~certain].sum()
        chances = np.where(certain, 1.0, sizes * (wanted / rest if rest > 0.0 else 0.0))
        if not (more := (chances >= 1.0) & ~certain).any():
            return chances
        certain |= more
