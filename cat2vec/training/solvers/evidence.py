"""The solver ``counts`` with a prior that finds its own strength: variational Bayes.

Takes a ``Problem`` and pair counts. Gives center and context matrices, the strength of the prior,
and how uncertain each vector is.

Every vector is a Gaussian, ``w_a ~ N(m_a, S_a)`` and ``c_b ~ N(u_b, R_b)``, and a side is known
only as well as its data tell. With one side fixed, to second order in the logits and with their
curvatures ``k_ab = t_ab s (1 - s)`` as in ``counts.py``,

    H_a  = sum_b k_ab (u_b u_b' + R_b) + alpha I          G_a = sum_b k_ab R_b
    m_a += H_a^-1 [ sum_b (n_ab - t_ab s) u_b - G_a m_a - alpha (m_a - mu_f) ]
    S_a  = H_a^-1

so a vector is drawn to zero by ``G_a`` in directions in which those that it meets are uncertain. To
second order this pull is overstated: logits as uncertain as that lie where their curvature is less.
It is taken times ``_DRAG``.

After every sweep alpha is set by the fixed point of MacKay (1992, doi:10.1162/neco.1992.4.3.415):
well-determined numbers over their squares. Sides are balanced, so their scatter has common axes; of
axis j, with squares q_j of the means of both sides and sum r_j of their variances,

    alpha = (sum_j v_j (2 V - alpha r_j) + n) / (sum_j v_j q_j + n / alpha_0)

The weight v_j is near 1 where an axis holds at least a tenth of the signal, ``q_j / (q_j + r_j)``,
of the one that holds most, and near 0 below. Without it axes in which nothing was found decide: on
tables of few rows these are most, and drew the others to zero.
The ``n`` numbers of usual strength alpha_0 are a Gamma prior of alpha, and the fewer rows there are
the more of them: a table that can say little of its strength stays near the usual one.

Covariances are kept as means of groups of similar tokens, as Hessians are summed over these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cat2vec.errors import NotConvergedWarning, TrainingDivergedError, named, setting, warn
from cat2vec.kernels.inverses import invert_packed, packed_times
from cat2vec.kernels.linear import solve_packed
from cat2vec.kernels.threads import Workers
from cat2vec.training.problem import Problem, TrainingData
from cat2vec.training.progress import SILENT, Progress
from cat2vec.training.settings import USUAL_STRENGTH
from cat2vec.training.solvers.counts import LEAST_GAIN
from cat2vec.training.solvers.groups import Groups, grouped
from cat2vec.training.solvers.newton import HALVINGS, added, typical_size
from cat2vec.training.solvers.objective import Block, Objective, Side, steps_of, weighted_sums
from cat2vec.training.solvers.pace import LENGTH, PLAIN_SWEEPS, left_to_gain
from cat2vec.training.solvers.prior import (
    TO_ZERO,
    Learned,
    Solution,
    balancing_map,
    held_together,
    of_tokens,
    prior_slopes,
    scatter_of,
)
from cat2vec.training.solvers.spread import Part, Spread, unpacked
from cat2vec.training.solvers.start import beginning
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Share of the pull to zero by ``G_a`` that is taken. From .7 to 1 it changes little: gains on rows
#: not trained on are within 1 % of each other, higher for less of it on tables of many categories.
_DRAG = 0.7
#: Share of an axis that is signal, at which it counts half.
_SIGNAL = 0.1
#: Share of ``tol`` at which sweeps end: the strength moves on when the loss hardly does.
_STOP = 0.5
#: Numbers of usual strength that alpha is learned with, times rows: 100 for a table of 150 rows.
#: That no signal is found in so few is no evidence that there is none.
_PRIOR_NUMBERS = 15_000.0
#: Beyond this strength vectors are zero.
_MOST = 1e4


def solve_by_evidence(
    problem: Problem,
    data: TrainingData,
    crew: Workers,
    progress: Progress = SILENT,
    start: tuple[np.ndarray, np.ndarray] | None = None,
) -> Solution:
    """Find both matrices, and the strength of the prior that the data speak for.

    Parameters
    ----------
    problem : Problem
        Of its settings vector_size, tol and max_sweeps are used.
    data : TrainingData
        With counts.
    crew : Workers
    progress : Progress
        Gets the loss (nats per pair) after each sweep, and the strength in the end.
    start : pair of ndarray of shape (n_vectors, vector_size), float32, or None
        Center and context vectors to begin with; the strength is learned anew in any case.

    Returns
    -------
    Solution
        With ``learned``.

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
    size = min(settings.vector_size, problem.vocabulary.of_vectors.n_tokens)
    independence = objective.independence()
    center, context = beginning(objective, size, crew, start)
    state = _State.begun(objective, center, context, crew)
    losses: list[float] = []
    walked = [0.0]
    for sweep in range(settings.max_sweeps + 1):
        length = 1.0 if sweep < PLAIN_SWEEPS else LENGTH
        moved, loss = state.half_sweep(0, length, crew)
        if not np.isfinite(loss):
            raise TrainingDivergedError(
                f"vectors became NaN or infinite in sweep {sweep} of the counts solver "
                f"({setting('regularization', 'auto')}, {state.strength:g} by then)",
                f"Try {setting('regularization', USUAL_STRENGTH)}, which is the usual strength.",
            )
        losses.append(loss)
        if sweep:
            progress.advance(sweep, loss)
            # alpha may raise the loss on its way: how far it moves is what counts
            walked.append(walked[-1] - abs(losses[-2] - loss))
            left = left_to_gain(walked[1:])
            gain = max(independence - loss, LEAST_GAIN * independence)
            if left <= _STOP * settings.tol * gain:
                break
            if sweep == settings.max_sweeps:
                warn(NotConvergedWarning(sweep, min(left / gain, 1.0)))
                break
        state.matrices[0] = moved
        state.matrices[1], _ = state.half_sweep(1, length, crew)
        state.balance()
    progress.say(f"the prior learned its strength: {named('regularization')} {state.strength:.3g}")
    center, context = (of_tokens(side, problem) for side in state.matrices)
    learned = Learned(state.strength, (state.spreads[0], state.spreads[1]))
    return Solution(center, context, tuple(losses[1:]), learned=learned)


@dataclass(eq=False)
class _State:
    """All that changes from half sweep to half sweep; entry 0 of each pair is of the centers.

    ``groups`` are those of a side's own tokens, as the other side meets them.
    """

    sides: tuple[Side, Side]
    matrices: list[np.ndarray]
    spreads: list[Spread]
    groups: list[Groups]
    strength: float = USUAL_STRENGTH

    @classmethod
    def begun(
        cls, objective: Objective, center: np.ndarray, context: np.ndarray, crew: Workers
    ) -> _State:
        """Begin with the usual strength, and with vectors taken as known."""
        sides = Side.of(objective, center_side=True), Side.of(objective, center_side=False)
        matrices = [center, context]
        groups = [
            _groups_of(sides[1 - which], matrices[1 - which], matrices[which], crew)
            for which in (0, 1)
        ]
        spreads = [Spread.nothing(groups[which], *matrices[which].shape) for which in (0, 1)]
        return cls(sides, matrices, spreads, groups)

    @property
    def vocabulary(self) -> Vocabulary:
        """Of vectors."""
        return self.sides[0].objective.counts.vocabulary.of_vectors

    def half_sweep(self, which: int, length: float, crew: Workers) -> tuple[np.ndarray, float]:
        """Give one side after a Newton step of each vector, and the loss (nats per pair) before.

        ``spreads`` of the side, and ``groups`` of the other, are brought up to date.
        """
        side, other = self.sides[which], 1 - which
        self.groups[other] = _groups_of(
            side, self.matrices[which], self.matrices[other], crew, self.groups[other]
        )
        self.spreads[which], matrix, loss = half_sweep(
            side, self.matrices[which], self.matrices[other], self.spreads[other],
            self.groups[other], self.groups[which], self.sides[other].column_weight,
            self.strength, length, crew,
        )  # fmt: skip
        return matrix, loss / side.objective.n_pairs

    def balance(self) -> None:
        """Map both sides so that the prior is least, and learn its strength."""
        matrices, spreads, vocabulary = self.matrices, self.spreads, self.vocabulary
        there = balancing_map([
            scatter_of(matrix, vocabulary) + unpacked(spread.total)
            for matrix, spread in zip(matrices, spreads, strict=True)
        ])  # fmt: skip
        for which, turn in enumerate((there, np.linalg.inv(there))):
            matrices[which] = (matrices[which] @ turn).astype(np.float32)
            spreads[which] = spreads[which].turned(turn)
        scatter = added([scatter_of(matrix, vocabulary) for matrix in matrices])
        variance = (1.0 + TO_ZERO) * unpacked(added([spread.total for spread in spreads]))
        n_rows = self.sides[0].objective.counts.n_rows
        self.strength = learned_strength(scatter, variance, len(matrices[0]), self.strength, n_rows)


def learned_strength(
    scatter: np.ndarray, variance: np.ndarray, n_vectors: int, strength: float, n_rows: float
) -> float:
    """Take one step of MacKay's fixed point, each axis weighing as much as it is signal.

    Parameters
    ----------
    scatter : ndarray of shape (d, d)
        Of the means of both sides, around what the prior draws them to.
    variance : ndarray of shape (d, d)
        Covariances of all vectors of both sides, added up.
    n_vectors : int
        Of one side.
    strength : float
        With which the two were found.
    n_rows : float

    Returns
    -------
    float

    Examples
    --------
    >>> scatter, variance = np.full((1, 1), 1e4), np.full((1, 1), 20.0)
    >>> round(learned_strength(scatter, variance, 5_000, 10.0, n_rows=1e6), 3)
    0.98
    """
    squares, axes = np.linalg.eigh(scatter)
    squares = np.maximum(squares, 0.0)
    variances = np.einsum("ij,ik,kj->j", axes, variance, axes)
    shares = squares / np.maximum(squares + variances, 1e-300)
    limit = _SIGNAL * shares.max()
    signal = shares**2 / np.maximum(shares**2 + limit**2, 1e-300)
    determined = signal @ (2.0 * n_vectors - strength * variances)
    given = _PRIOR_NUMBERS / max(n_rows, 1.0)
    numbers = max(float(determined), 0.0) + given
    return min(float(numbers / (signal @ squares + given / USUAL_STRENGTH)), _MOST)


def _groups_of(
    side: Side, mine: np.ndarray, other: np.ndarray, crew: Workers, previous: Groups | None = None
) -> Groups:
    """Group the tokens of the other side, by what they are to this one."""
    vocabulary = side.objective.counts.vocabulary
    scaled = vocabulary.by_token(other) * typical_size(mine, vocabulary.of_vectors)
    points = np.column_stack([scaled, side.column_bias])
    return grouped(points, side.column_weight, vocabulary, crew, previous)


def half_sweep(
    side: Side,
    mine: np.ndarray,
    other: np.ndarray,
    of_other: Spread,
    groups: Groups,
    own_groups: Groups,
    own_weight: np.ndarray,
    strength: float,
    length: float,
    crew: Workers,
) -> tuple[Spread, np.ndarray, float]:
    """Take one guarded Newton step for every vector of one side, and find how uncertain it is.

    Parameters
    ----------
    side : Side
    mine, other : ndarray of shape (n_vectors, d), float32
    of_other : Spread
        Of the other side.
    groups, own_groups : Groups
        Of the tokens of the other side and of this one.
    own_weight : ndarray of shape (n_tokens,), float32
        What each token of this side weighs in the mean covariance of its group.
    strength, length : float
        Of the prior, and of the step as a multiple of Newton's.
    crew : Workers

    Returns
    -------
    spread : Spread
        Of ``mine`` as it was given.
    matrix : ndarray of shape (n_vectors, d), float32
    loss : float
        Of ``mine`` as it was given, in nats.
    """
    vocabulary = side.objective.counts.vocabulary
    slopes, ridges = prior_slopes(mine, vocabulary.of_vectors, strength)
    other = vocabulary.by_token(other)
    means = side.means(other, groups)
    blur = _DRAG * of_other.of_groups(groups, side.column_weight)
    moments = np.hstack([side.second_moments(other, groups), blur.astype(np.float32)])

    def step(
        task: tuple[slice, list[Block]],
    ) -> tuple[np.ndarray, float, Part, np.ndarray, np.ndarray]:
        rows, blocks = task
        old, pull, stiffness = mine[rows], slopes[rows].astype(np.float64), ridges[rows]
        terms = [side.terms(block, old, other, means) for block in blocks]
        losses = added([one.losses for one in terms])
        sums = added([
            weighted_sums(one.curvature, moments, block.gap(groups.offsets))
            for one, block in zip(terms, blocks, strict=True)
        ])  # fmt: skip
        hessians, drag = (np.ascontiguousarray(part) for part in np.split(sums, 2, axis=1))
        hessians += drag
        pull += _times(drag, old)
        descent = (added([one.descent for one in terms]) - pull).astype(np.float32)
        direction, covariances = np.empty_like(descent), np.empty_like(hessians)
        solve_packed(hessians, stiffness, descent, direction)
        invert_packed(hessians, (1.0 + TO_ZERO) * strength, old.shape[1], covariances)

        def rises(some: np.ndarray, new: np.ndarray) -> np.ndarray:
            moved = (new - old[some]).astype(np.float64)
            half = 0.5 * (stiffness[some, None] * moved + _times(drag[some], moved))
            found = [side.losses_of(block, block.tokens[some], new, other) for block in blocks]
            return added(found) + ((pull[some] + half) * moved).sum(axis=1)

        kept = Part.of(covariances, [block.tokens for block in blocks], own_groups, own_weight)
        new = _guarded(old, direction, losses, rises, length)
        pulled = descent.astype(np.float64)
        falls, promised = ((pulled * step).sum(axis=1) for step in (direction, new - old))
        return new, float(losses.sum()), kept, falls, promised

    blocks, losses, parts, *steps = zip(
        *crew.map(step, steps_of(side.blocks, vocabulary)), strict=True
    )
    spread = Spread.of(list(parts), own_groups, own_weight, vocabulary)
    falls, promised = map(np.concatenate, steps)
    new = np.concatenate(blocks)
    matrix = held_together(new, mine, falls, promised, ridges, vocabulary.of_vectors, strength)
    return spread, matrix, float(np.sum(losses))


def _times(packed: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Multiply a symmetric matrix of each token by its vector, (B, d) float64."""
    out = np.empty(vectors.shape)
    packed_times(packed, vectors, out)
    return out


def _guarded(
    old: np.ndarray,
    direction: np.ndarray,
    losses: np.ndarray,
    rises: Callable[[np.ndarray, np.ndarray], np.ndarray],
    length: float,
) -> np.ndarray:
    """Go along a direction, half as far for those whose loss does not fall, and so on."""
    new = old.copy()
    lengths = np.full((len(old), 1), length, np.float32)
    waiting = np.arange(len(old))
    for _ in range(HALVINGS + 1):
        tried = old[waiting] + lengths[waiting] * direction[waiting]
        before = losses[waiting]
        good = rises(waiting, tried) <= before + 1e-7 * np.abs(before)
        new[waiting[good]] = tried[good]
        waiting = waiting[~good]
        if not len(waiting):
            break
        lengths[waiting] *= 0.5
    return new
