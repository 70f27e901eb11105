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
from cat2vec.kernels.counting import damped_counts
from cat2vec.kernels.linear import solve_packed, sparse_times
from cat2vec.kernels.threads import Workers
from cat2vec.training.problem import Problem, TrainingData
from cat2vec.training.progress import SILENT, Progress
from cat2vec.training.solvers.groups import Groups, grouped
from cat2vec.training.solvers.objective import Block, Objective, Side, steps_of, weighted_sums
from cat2vec.training.solvers.prior import TO_ZERO, Solution, prior, prior_slopes
from cat2vec.training.spectral import leading_eigenpairs
from cat2vec.vectors.axes import feature_means
from cat2vec.vocabulary.vocabulary import Vocabulary

#: A step that does not lower a token's loss is halved at most this many times.
_HALVINGS = 5
#: Multiple of the Newton step that is tried after the first sweeps. Two sides that wait for each
#: other converge faster when each oversteps (successive over-relaxation, Young 1954).
_LENGTH = 1.6
_PLAIN_SWEEPS = 3
#: Ratios of counts to those expected are taken as they are well below this, beyond by logarithm.
_KNEE = 30.0
#: How exact the starting vectors are; the sweeps that follow move them far.
_START_TOL = 0.1
#: Rows of the sparse counts that are multiplied at a time.
_STARTED_TOKENS = 1024
#: Columns of a given start that carry less than this share of the squares of the first are begun
#: anew: both sides near zero are a saddle, which alternating steps leave slowly or never.
_DEAD = 1e-2
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
    ridge = settings.strength
    penalised, losses = [], []
    groups: list[Groups | None] = [None, None]
    for sweep in range(settings.max_sweeps + 1):
        length = 1.0 if sweep < _PLAIN_SWEEPS else _LENGTH
        update = half_sweep(sides[0], center, context, ridge, crew, groups[0], length)
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
        back = half_sweep(sides[1], context, center, ridge, crew, groups[1], length)
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


def balanced(
    center: np.ndarray, context: np.ndarray, vocabulary: Vocabulary
) -> tuple[np.ndarray, np.ndarray]:
    """Map ``W -> W G``, ``C -> C G^-T`` so that the prior is least; all products stay as they are.

    Alternating steps hardly move along such maps, because each side is tied to the other: without
    this the prior is what converges last.
    """
    half = balancing_map([scatter_of(matrix, vocabulary) for matrix in (center, context)])
    return (center @ half).astype(np.float32), (context @ np.linalg.inv(half)).astype(np.float32)


def scatter_of(matrix: np.ndarray, vocabulary: Vocabulary) -> np.ndarray:
    """Compute the scatter that the prior punishes, around means and zero: (d, d) float64."""
    distance = matrix - feature_means(matrix, vocabulary)[vocabulary.feature_of_token]
    return distance.T @ distance + TO_ZERO * (matrix.T @ matrix).astype(np.float64)


def balancing_map(scatters: list[np.ndarray]) -> np.ndarray:
    """Give the symmetric G, (d, d) float64, by which ``balanced`` maps both sides.

    With A and B the scatter matrices of both sides, the best ``P = G G'`` solves ``P A P = B``: the
    geometric mean of ``A^-1`` and B.
    """
    first, second = (
        scatter + (1e-6 * np.trace(scatter) + 1e-12) * np.eye(len(scatter)) for scatter in scatters
    )
    root, inverse = _power(first, 0.5), _power(first, -0.5)
    return _power(inverse @ _power(root @ second @ root, 0.5) @ inverse, 0.5)


def _power(matrix: np.ndarray, exponent: float) -> np.ndarray:
    """Raise a symmetric positive definite matrix to a power."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return (vectors * np.maximum(values, 1e-300) ** exponent) @ vectors.T


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
) -> _Update:
    """Take one guarded Newton step for every vector of one side.

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

        new = old.copy()
        lengths = np.full((len(old), 1), length, np.float32)
        waiting = np.arange(len(old))
        for _ in range(_HALVINGS + 1):
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


def starting_vectors(objective: Objective, size: int, crew: Workers) -> np.ndarray:
    """Compute a start without a seed: correspondence analysis of the pair counts, damped.

    Leading eigenvectors of ``(n_ab - e_ab) / sqrt(n_a n_b)`` with ``e_ab`` the counts expected of
    independent features: to first order the minimum of the objective, because log(n / e), which the
    products are to give, is about n / e - 1. Where n / e is large, it is bent towards the logarithm
    (``_KNEE``).

    Returns
    -------
    ndarray of shape (n_vectors, size), float32
    """
    counts = objective.counts
    vocabulary, pairs, with_feature = counts.vocabulary, counts.both_ways, objective.expected_with
    of_vectors = vocabulary.of_vectors
    feature, shares = vocabulary.feature_of_token, vocabulary.shares
    bounds = [
        (start, min(start + _STARTED_TOKENS, vocabulary.n_tokens))
        for start in range(0, vocabulary.n_tokens, _STARTED_TOKENS)
    ]
    damped = np.empty_like(pairs.data)
    crew.map(
        lambda bound: damped_counts(
            pairs.indptr, pairs.indices, pairs.data, with_feature, shares, feature, _KNEE,
            *bound, damped,
        ),
        bounds,
    )  # fmt: skip
    weight = 1.0 / np.sqrt(of_vectors.counts + 10.0)
    # no token is expected beside itself
    with_own = (with_feature[np.arange(len(feature)), feature] * shares)[:, None]
    with_itself = with_own if with_own.any() else None

    def observed(x: np.ndarray) -> np.ndarray:
        columns = np.ascontiguousarray(x.T, dtype=np.float32)
        out = np.empty_like(columns)
        crew.map(
            lambda bound: [
                sparse_times(pairs.indptr, pairs.indices, damped, *bound, *column)
                for column in zip(columns, out, strict=True)
            ],
            bounds,
        )
        return out.T

    def expected(x: np.ndarray) -> np.ndarray:
        one_way = with_feature @ vocabulary.sum_by_feature(shares[:, None] * x)
        back = (with_feature.T @ x)[feature] * shares[:, None]
        both = 0.5 * (one_way + back)
        return both if with_itself is None else both - with_itself * x

    def multiply(x: np.ndarray) -> np.ndarray:
        scaled = vocabulary.by_token(weight[:, None] * x)
        return weight[:, None] * vocabulary.sum_by_vector(observed(scaled) - expected(scaled))

    values, vectors = leading_eigenpairs(multiply, of_vectors.n_tokens, size, tol=_START_TOL)
    scale = np.sqrt(np.maximum(np.abs(values), 1e-6) * counts.n_rows)
    return (weight[:, None] * vectors * scale).astype(np.float32)


def revived(
    center: np.ndarray, context: np.ndarray, objective: Objective, size: int, crew: Workers
) -> tuple[np.ndarray, np.ndarray]:
    """Fill the columns of a given start that carry next to nothing.

    They get the leading directions of what ``starting_vectors`` would begin with and the given
    start lacks, each token weighted by the root of its count. All other products stay as they are.

    Returns
    -------
    center, context : ndarray of shape (n_vectors, size), float32
    """
    vocabulary = objective.counts.vocabulary.of_vectors
    center, context = balanced(center, context, vocabulary)
    weight = np.sqrt(vocabulary.counts + 10.0)[:, None]
    center, context = weight * center, weight * context
    squares, axes = np.linalg.eigh(center.T @ center + context.T @ context)
    alive = axes[:, squares > _DEAD * squares[-1]][:, ::-1][:, :size]
    center, context = center @ alive, context @ alive
    n_dead = size - alive.shape[1]
    if n_dead:
        fresh = weight * starting_vectors(objective, size, crew)

        def multiply(x: np.ndarray) -> np.ndarray:
            given = center @ (context.T @ x) + context @ (center.T @ x)
            return fresh @ (fresh.T @ x) - 0.5 * given

        values, vectors = leading_eigenpairs(multiply, vocabulary.n_tokens, n_dead, tol=_START_TOL)
        vectors = vectors * np.sqrt(np.maximum(values, 1e-6 * max(values[0], 1e-6)))
        center, context = np.hstack([center, vectors]), np.hstack([context, vectors])
    return (center / weight).astype(np.float32), (context / weight).astype(np.float32)
