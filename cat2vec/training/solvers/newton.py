"""One Newton step for every vector of one side: half a sweep of the solver ``counts``.

Takes one side of an ``Objective`` and both matrices. Gives a new matrix, and the loss of the one it
began with. Knows nothing of how many sweeps there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np

from cat2vec.kernels.linear import solve_packed
from cat2vec.kernels.threads import Workers
from cat2vec.training.solvers.groups import Groups, grouped
from cat2vec.training.solvers.hessians import Hessians
from cat2vec.training.solvers.objective import (
    Block,
    GroupMeans,
    Side,
    Terms,
    steps_of,
)
from cat2vec.training.solvers.prior import distances, held_together, prior, prior_slopes
from cat2vec.training.solvers.rough import Spread, rough_terms
from cat2vec.vocabulary.vocabulary import Vocabulary

#: A step that does not lower a token's loss is halved at most this many times.
HALVINGS = 5
#: Steps that change no logit of a group by more than this lower the loss without being looked at.
_FAR = 0.5
#: Rough steps are shortened to change no logit of a group by more than this.
_FARTHEST = 2.0


@dataclass(frozen=True, eq=False)
class Rough:
    """What a half sweep has to do with noise over groups, see ``rough``.

    Parameters
    ----------
    steps : bool
        Whether its gradients are rough; otherwise they are exact and tell the correction.
    correction : ndarray of shape (n_vectors, d), float32, or None
        What is added to rough gradients.
    """

    steps: bool
    correction: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Update:
    """Half a sweep.

    Parameters
    ----------
    matrix : ndarray of shape (n_vectors, d), float32
        The new one.
    loss, penalty : float
        Of the matrix it began with, in nats; the loss of a rough half sweep is an estimate.
    groups : Groups
    fall : float
        Twice by how much the full Newton steps would lower loss and prior, to second order.
    correction : ndarray of shape (n_vectors, d), float32, or None
        Exact minus rough gradients, where both are known.
    """

    matrix: np.ndarray
    loss: float
    penalty: float
    groups: Groups
    fall: float
    correction: np.ndarray | None


def half_sweep(
    side: Side,
    mine: np.ndarray,
    other: np.ndarray,
    ridge: float,
    crew: Workers,
    groups: Groups | None,
    length: float,
    *,
    check_all: bool = False,
    rough: Rough | None = None,
) -> Update:
    """Take one guarded Newton step for every vector of one side.

    A step is checked against the exact loss of its token, and halved until that falls, where it
    changes a logit much; ``check_all`` checks every one. Rough steps are shortened instead.

    What the tokens of one vector say, if it is shared, is added up: gradients, Hessians and losses.
    """
    vocabulary = side.objective.counts.vocabulary
    of_vectors, other = vocabulary.of_vectors, vocabulary.by_token(other)
    distance = distances(mine, of_vectors)
    size = typical_size(mine, of_vectors, distance)
    points = np.column_stack([other * size, side.column_bias])
    groups = grouped(points, side.column_weight, vocabulary, crew, groups)
    hessians = Hessians.of(side, other, points, groups, rough=rough is not None)
    means = side.means(other, groups)
    spread = None if rough is None else Spread.of(side, other, means, size)
    work = _Work(
        side, mine, other, *prior_slopes(mine, of_vectors, ridge, distance), means, hessians,
        spread, rough, length, check_all,
    )  # fmt: skip

    def step(task: tuple[slice, list[Block]]) -> _Step:
        rows, blocks = task
        exact, guessed = [], []
        if not work.rough_steps:
            exact = [side.terms(block, mine[rows], other, means) for block in blocks]
        if spread is not None:
            about = other, means, spread
            guessed = [rough_terms(side, block, mine[rows], *about) for block in blocks]
        return work.step(rows, blocks, exact, guessed)

    done = crew.map(step, steps_of(side.blocks, vocabulary))
    falls = np.concatenate([one.falls for one in done])
    promised = np.concatenate([one.promised for one in done])
    correction = None if rough is None else rough.correction
    if spread is not None and not work.rough_steps:
        correction = np.concatenate([one.correction for one in done])
    new = np.concatenate([one.vectors for one in done])
    return Update(
        held_together(new, mine, falls, promised, work.stiffness, of_vectors, ridge),
        float(np.sum([one.loss for one in done])),
        prior(mine, of_vectors, ridge, distance),
        groups,
        float(np.sum([one.falls.sum() for one in done])),
        correction,
    )


@dataclass(frozen=True, eq=False)
class _Step:
    """What came of the vectors of one step; ``falls`` and ``promised`` as in ``held_together``."""

    vectors: np.ndarray
    loss: float
    falls: np.ndarray
    promised: np.ndarray
    correction: np.ndarray | None


@dataclass(frozen=True, eq=False)
class _Work:
    """What the steps of half a sweep have in common."""

    side: Side
    mine: np.ndarray
    other: np.ndarray
    slopes: np.ndarray
    stiffness: np.ndarray
    means: GroupMeans
    hessians: Hessians
    spread: Spread | None
    rough: Rough | None
    length: float
    check_all: bool

    @property
    def rough_steps(self) -> bool:
        """Whether gradients are rough."""
        return self.rough is not None and self.rough.steps

    def step(
        self, rows: slice, blocks: list[Block], exact: list[Terms], guessed: list[Terms]
    ) -> _Step:
        """Take the steps of some vectors, given the terms of all blocks that hold their tokens."""
        old, correction = self.mine[rows], None
        terms = exact or guessed
        descent = added([one.descent for one in terms])
        losses = added([one.losses for one in terms])
        if exact and guessed:
            correction = descent - added([one.descent for one in guessed])
        elif self.rough is not None and self.rough.correction is not None:
            descent = descent + self.rough.correction[rows]
        descent = descent - self.slopes[rows]
        direction = np.empty_like(descent)
        stiffness = self.stiffness[rows]
        hessians = added([
            self.hessians.summed(one.curvature, block, stiffness)
            for one, block in zip(terms, blocks, strict=True)
        ])  # fmt: skip
        solve_packed(hessians, stiffness, descent, direction)
        pulled = descent.astype(np.float64)
        if self.rough_steps:
            reach = self._reach(blocks, direction, _FARTHEST)
            lengths = np.minimum(self.length, _FARTHEST / np.maximum(reach, 1e-9))
            new = old + lengths[:, None].astype(np.float32) * direction
        else:
            new = self._checked(rows, blocks, direction, losses)
        falls, promised = ((pulled * step).sum(axis=1) for step in (direction, new - old))
        return _Step(new, float(losses.sum()), falls, promised, correction)

    def _reach(self, blocks: list[Block], direction: np.ndarray, least: float) -> np.ndarray:
        """Give by how much full steps change a logit of a group at most, see ``Side.reach``."""
        least = least / self.length
        found = [self.side.reach(block, direction, self.means, least) for block in blocks]
        return reduce(np.maximum, found)

    def _checked(
        self, rows: slice, blocks: list[Block], direction: np.ndarray, losses: np.ndarray
    ) -> np.ndarray:
        """Take steps, and halve those that reach far until the loss of their tokens falls."""
        old, pull, stiffness = self.mine[rows], self.slopes[rows], self.stiffness[rows]
        lengths = np.full((len(old), 1), self.length, np.float32)
        new = old + lengths * direction
        waiting = np.arange(len(old))
        if not self.check_all:
            reach = self.length * self._reach(blocks, direction, _FAR)
            waiting = np.flatnonzero(~(reach <= _FAR))
        new[waiting] = old[waiting]
        for _ in range(HALVINGS + 1):
            if not len(waiting):
                break
            tried = old[waiting] + lengths[waiting] * direction[waiting]
            moved = (tried - old[waiting]).astype(np.float64)
            half = 0.5 * stiffness[waiting, None] * moved
            found = [
                self.side.losses_of(block, block.tokens[waiting], tried, self.other)
                for block in blocks
            ]
            rise = added(found) + ((pull[waiting] + half) * moved).sum(axis=1)
            before = losses[waiting]
            good = rise <= before + 1e-7 * np.abs(before)
            new[waiting[good]] = tried[good]
            waiting = waiting[~good]
            lengths[waiting] *= 0.5
        return new


def added(parts: list[np.ndarray]) -> np.ndarray:
    """Add up arrays of one shape."""
    return reduce(np.add, parts)


def typical_size(
    matrix: np.ndarray, vocabulary: Vocabulary, distance: np.ndarray | None = None
) -> np.ndarray:
    """Compute the root mean square of each column around the means of features, (d,) float32."""
    if distance is None:
        distance = distances(matrix, vocabulary)
    return np.sqrt(np.square(distance).mean(axis=0)).astype(np.float32)
