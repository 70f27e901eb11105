"""Problems and solvers for tests that go below ``train_vectors``."""

from __future__ import annotations

from cat2vec.kernels.threads import workers
from cat2vec.training.problem import Problem, TrainingData
from cat2vec.training.progress import SILENT
from cat2vec.training.settings import Settings
from cat2vec.training.solvers.counts import solve_counts
from cat2vec.training.solvers.rows import solve_rows


def problem_of(vocabulary, **settings):
    return Problem.of(vocabulary, Settings(**settings))


def solved_counts(counts, **settings):
    """Give the solution of the solver "counts", on one thread."""
    with workers(1) as crew:
        return solve_counts(problem_of(counts.vocabulary, **settings), TrainingData(counts), crew)


def solved_rows(table, crew, progress=SILENT, **settings):
    """Give the solution of the solver "rows"."""
    problem = problem_of(table.vocabulary, **{"solver": "rows", **settings})
    return solve_rows(problem, TrainingData(rows=table), crew, progress)
