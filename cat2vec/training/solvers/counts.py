"""Solver ``counts``: alternating Newton steps on pair counts. Its cost does not grow with the rows.

Takes a ``Problem`` and pair counts. Gives center and context matrices. With one matrix fixed, each
token of the other is a logistic regression with a Gaussian prior; its Newton step needs d numbers
and a d x d matrix, and those of a block of tokens are matrix products.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np

from cat2vec.errors import NotConvergedWarning, TrainingDivergedError, named, warn
from cat2vec.kernels.linear import solve_packed
from cat2vec.kernels.threads import Workers
from cat2vec.training.problem import Problem, TrainingData
from cat2vec.training.progress import SILENT, Progress
from cat2vec.training.solvers.groups import Groups, grouped
from cat2vec.training.solvers.objective import Block, Objective, Side, steps_of, weighted_sums
from cat2vec.training.solvers.prior import Solution, balanced, prior, prior_slopes
from cat2vec.training.solvers.start import revived, starting_vectors
from cat2vec.vectors.axes import feature_means
from cat2vec.vocabulary.vocabulary import Vocabulary

#: A step that does not lower a token's loss is halved at most this many times.
_HALVINGS = 5
#: Steps that change no logit of a group by more than this lower the loss without being looked at.
_FAR = 0.5
#: Multiple of the Newton step that is tried after the first sweeps. Two sides that wait for each
#: other converge faster when each oversteps (successive over-relaxation, Young 1954).
_LENGTH = 1.6
_PLAIN_SWEEPS = 3
#: A fall of the loss below this share of the one before is a stand-still.
_STANDSTILL = 0.25
#: A gain below this share of the loss at independence counts as that much when convergence is
#: judged: on tables without signal the last sweeps only fit noise.
_LEAST_GAIN = 0.01


def solve_counts(
    problem: Problem,
    data: TrainingData,
    crew: Workers,
    progress: Progress = SILENT,
    start: tuple[np.ndarray, np.ndarray] | None = None,
) -> Solution:
    """Minimise the objective plus its prior by alternating Newton steps.

    Parameters
    ----------
    problem : Problem
        Of its settings vector_size, regularization, tol and max_sweeps are used.
    data : TrainingData
        With counts.
    crew : Workers
    progress : Progress
        Gets the loss (nats per pair) after each sweep.
    start : pair of ndarray of shape (n_vectors, vector_size), float32, or None
        Center and context vectors to begin with; None computes some from the counts.

    Returns
    -------
    Solution

    Raises
    ------
    TrainingDivergedError
        If the loss is no longer a number.

    Warns
    -----
    NotConvergedWarning
    """
    assert data.counts is not None
    objective, settings = Objective(data.counts, problem.noise), problem.settings
    vocabulary, of_vectors = problem.vocabulary, problem.vocabulary.of_vectors
    size = min(settings.vector_size, of_vectors.n_tokens)
    independence = objective.independence()
    if start is None:
        center = starting_vectors(objective, size, crew)
        context = center.copy()
    else:
        center, context = revived(*start, objective, size, crew)
    sides = Side.of(objective, center_side=True), Side.of(objective, center_side=False)
    ridge = settings.regularization
    penalised, losses = [], []
    groups: list[Groups | None] = [None, None]
    for sweep in range(settings.max_sweeps + 1):
        length = 1.0 if sweep < _PLAIN_SWEEPS else _LENGTH
        update = half_sweep(
            sides[0], center, context, ridge, crew, groups[0], length, check_all=not sweep
        )
        loss = update.loss / objective.n_pairs
        total = loss + (update.penalty + prior(context, of_vectors, ridge)) / objective.n_pairs
        if not np.isfinite(total):
            raise TrainingDivergedError(
                f"vectors became NaN or infinite in sweep {sweep} of the counts solver "
                f"({named('regularization')} {ridge:g})",
                f"Try a {named('regularization')} of at least {10 * ridge:g}.",
            )
        penalised.append(total)
        if sweep:
            losses.append(loss)
            progress.advance(sweep, loss)
            gain = max(independence - total, _LEAST_GAIN * independence)
            left = _left_to_gain(penalised)
            if left <= settings.tol * gain:
                break
            if sweep == settings.max_sweeps:
                warn(NotConvergedWarning(sweep, min(left / gain, 1.0)))
                break
        center = update.matrix
        back = half_sweep(
            sides[1], context, center, ridge, crew, groups[1], length, check_all=not sweep
        )
        context, groups = back.matrix, [update.groups, back.groups]
        center, context = balanced(center, context, of_vectors)
    wide = np.zeros((2, vocabulary.n_tokens, settings.vector_size), np.float32)
    wide[0, :, :size] = vocabulary.by_token(center)
    wide[1, :, :size] = vocabulary.by_token(context)
    return Solution(wide[0], wide[1], tuple(losses))


def _left_to_gain(losses: list[float]) -> float:
    """Estimate how far the loss would still fall, from the way it fell in the last two sweeps.

    Alternating steps converge linearly: each fall is some share of the one before. Early sweeps
    fall faster than the last ones will, so the share is taken as at least four fifths. A fall far
    below the one before it is no convergence: a dimension that carries nothing yet stands on a
    saddle, and leaves it later; then the one before counts.
    """
    if len(losses) < 4:
        return np.inf
    before, last = losses[-3] - losses[-2], losses[-2] - losses[-1]
    if last <= 0.0 and before <= 0.0:
        return 0.0
    fall = before if last < _STANDSTILL * before else last
    share = min(max(last / before, 0.8), 0.95) if before > 0.0 else 0.95
    return fall * share / (1.0 - share)


@dataclass(frozen=True, eq=False)
class _Update:
    """A half sweep: the new matrix, and loss and prior (nats) of the matrix it began with."""

    matrix: np.ndarray
    loss: float
    penalty: float
    groups: Groups


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
) -> _Update:
    """Take one guarded Newton step for every vector of one side.

    A step is checked against the exact loss of its token, and halved until that falls, where it
    changes a logit much; ``check_all`` checks every one.

    What the tokens of one vector say, if it is shared, is added up: gradients, Hessians and losses.
    """
    vocabulary = side.objective.counts.vocabulary
    of_vectors, other = vocabulary.of_vectors, vocabulary.by_token(other)
    slopes, ridges = prior_slopes(mine, of_vectors, ridge)
    groups = grouped(
        np.column_stack([other * _typical_size(mine, of_vectors), side.column_bias]),
        side.column_weight, vocabulary, crew, groups,
    )  # fmt: skip
    means, moments = side.means(other, groups), side.second_moments(other, groups)

    def step(task: tuple[slice, list[Block]]) -> tuple[np.ndarray, float]:
        rows, blocks = task
        old, pull, stiffness = mine[rows], slopes[rows], ridges[rows]
        terms = [side.terms(block, old, other, means) for block in blocks]
        losses = _added([one.losses for one in terms])
        descent = _added([one.descent for one in terms]) - pull
        direction = np.empty_like(descent)
        hessians = _added([
            weighted_sums(one.curvature, moments, block.gap(groups.offsets))
            for one, block in zip(terms, blocks, strict=True)
        ])  # fmt: skip
        solve_packed(hessians, stiffness, descent, direction)

        def rises(some: np.ndarray, new: np.ndarray) -> np.ndarray:
            moved = (new - old[some]).astype(np.float64)
            half = 0.5 * stiffness[some, None] * moved
            of_prior = ((pull[some] + half) * moved).sum(axis=1)
            found = [side.losses_of(block, block.tokens[some], new, other) for block in blocks]
            return _added(found) + of_prior

        lengths = np.full((len(old), 1), length, np.float32)
        new = old + lengths * direction
        waiting = np.arange(len(old))
        if not check_all:
            reach = [side.reach(block, direction, means) for block in blocks]
            waiting = np.flatnonzero(~(length * reduce(np.maximum, reach) <= _FAR))
        new[waiting] = old[waiting]
        for _ in range(_HALVINGS + 1 if len(waiting) else 0):
            tried = old[waiting] + lengths[waiting] * direction[waiting]
            before = losses[waiting]
            good = rises(waiting, tried) <= before + 1e-7 * np.abs(before)
            new[waiting[good]] = tried[good]
            waiting = waiting[~good]
            if not len(waiting):
                break
            lengths[waiting] *= 0.5
        return new, float(losses.sum())

    done = crew.map(step, steps_of(side.blocks, vocabulary))
    matrix = np.concatenate([block for block, _ in done])
    loss = float(np.sum([loss for _, loss in done]))
    return _Update(matrix, loss, prior(mine, of_vectors, ridge), groups)


def _added(parts: list[np.ndarray]) -> np.ndarray:
    return reduce(np.add, parts)


def _typical_size(matrix: np.ndarray, vocabulary: Vocabulary) -> np.ndarray:
    """Compute the root mean square of each column around the means of features, (d,) float32."""
    distance = matrix - feature_means(matrix, vocabulary)[vocabulary.feature_of_token]
    return np.sqrt(np.square(distance).mean(axis=0)).astype(np.float32)
