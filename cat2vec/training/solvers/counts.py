"""Solver ``counts``: alternating Newton steps on pair counts. Its cost does not grow with the rows.

Takes a ``Problem`` and pair counts. Gives center and context matrices. With one matrix fixed, each
token of the other is a logistic regression with a Gaussian prior; its Newton step needs d numbers
and a d x d matrix, and those of a block of tokens are matrix products.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cat2vec.errors import NotConvergedWarning, TrainingDivergedError, named, warn
from cat2vec.kernels.threads import Workers
from cat2vec.training.problem import Problem, TrainingData
from cat2vec.training.progress import SILENT, Progress
from cat2vec.training.solvers.groups import Groups
from cat2vec.training.solvers.newton import Rough, Update, half_sweep
from cat2vec.training.solvers.objective import Objective, Side
from cat2vec.training.solvers.pace import Pace
from cat2vec.training.solvers.prior import Solution, balancing_map, of_tokens, prior, scatter_of
from cat2vec.training.solvers.start import beginning

#: A gain below this share of the loss at independence counts as that much when convergence is
#: judged: on tables without signal the last sweeps only fit noise.
LEAST_GAIN = 0.01


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
    size = min(settings.vector_size, problem.vocabulary.of_vectors.n_tokens)
    independence = objective.independence()
    center, context = beginning(objective, size, crew, start)
    training = _Training.of(objective, center, context, settings.strength, crew)
    pace = Pace.of(objective, warm=start is not None)
    losses: list[float] = []
    for sweep in range(settings.max_sweeps + 1):
        first = half_sweep(**training.half(0, pace))
        total = training.total_before(first)
        training.take(0, first)
        if not np.isfinite(total):
            raise TrainingDivergedError(
                f"vectors became NaN or infinite in sweep {sweep} of the counts solver "
                f"({named('regularization')} {settings.strength:g})",
                f"Try a {named('regularization')} of at least {10 * settings.strength:g}.",
            )
        pace.begun(total)
        gain = max(independence - total, LEAST_GAIN * independence)
        if sweep:
            losses.append(first.loss / objective.n_pairs)
            progress.advance(sweep, losses[-1])
            if not pace.mixed and pace.left <= settings.tol * gain:
                break
            if sweep == settings.max_sweeps:
                warn(NotConvergedWarning(sweep, min(pace.left / gain, 1.0)))
                break
        second = half_sweep(**training.half(1, pace))
        training.take(1, second)
        training.balance()
        if pace.ended((first.fall + second.fall) / objective.n_pairs, settings.tol * gain):
            losses.append(second.loss / objective.n_pairs)
            break
    center, context = (of_tokens(side, problem) for side in training.matrices)
    return Solution(center, context, tuple(losses), rough=pace.mixed)


@dataclass
class _Training:
    """Both matrices, and what is kept of each side from sweep to sweep."""

    objective: Objective
    sides: list[Side]
    matrices: list[np.ndarray]
    ridge: float
    crew: Workers
    groups: list[Groups | None]
    corrections: list[np.ndarray | None]

    @classmethod
    def of(
        cls,
        objective: Objective,
        center: np.ndarray,
        context: np.ndarray,
        ridge: float,
        crew: Workers,
    ) -> _Training:
        sides = [Side.of(objective, center_side=first) for first in (True, False)]
        return cls(objective, sides, [center, context], ridge, crew, [None] * 2, [None] * 2)

    def half(self, which: int, pace: Pace) -> dict[str, Any]:
        """Give the arguments of half a sweep."""
        return {
            "side": self.sides[which],
            "mine": self.matrices[which],
            "other": self.matrices[1 - which],
            "ridge": self.ridge,
            "crew": self.crew,
            "groups": self.groups[which],
            "length": pace.length,
            "check_all": pace.first,
            "rough": Rough(pace.rough, self.corrections[which]) if pace.mixed else None,
        }

    def total_before(self, first: Update) -> float:
        """Compute loss and prior before the first half of a sweep, in nats per pair."""
        of_vectors = self.objective.counts.vocabulary.of_vectors
        other = prior(self.matrices[1], of_vectors, self.ridge)
        return (first.loss + first.penalty + other) / self.objective.n_pairs

    def take(self, which: int, update: Update) -> None:
        """Go on with what half a sweep found."""
        self.matrices[which], self.groups[which] = update.matrix, update.groups
        self.corrections[which] = update.correction

    def balance(self) -> None:
        """Map both sides so that the prior is least, see ``balanced``."""
        of_vectors = self.objective.counts.vocabulary.of_vectors
        there = balancing_map([scatter_of(matrix, of_vectors) for matrix in self.matrices])
        back = np.linalg.inv(there)
        self.matrices = _mapped(self.matrices, there, back)
        if self.corrections[0] is not None:  # gradients go the other way
            self.corrections = _mapped(self.corrections, back, there)


def _mapped(pair: list, first: np.ndarray, second: np.ndarray) -> list:
    return [
        (matrix @ by).astype(np.float32) for matrix, by in zip(pair, (first, second), strict=True)
    ]
