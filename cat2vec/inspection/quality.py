"""How good vectors are on rows they were not trained on."""

from __future__ import annotations

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import NothingToScoreError
from cat2vec.kernels.threads import workers
from cat2vec.training.problem import Problem
from cat2vec.training.solvers.objective import Objective
from cat2vec.vectors.vectors import Vectors


def objective_on(vectors: Vectors, counts: PairCounts) -> Objective:
    """Set up the objective of a model on other pair counts of the same vocabulary."""
    problem = Problem.of_vectors(vectors)
    if problem.settings.exclude_pairs:
        counts = counts.without(problem.allowed)
    return Objective(counts, problem.noise)


def held_out_gain(vectors: Vectors, counts: PairCounts, n_jobs: int | None = None) -> float:
    """Compute how much better the vectors predict pairs than independence does.

    Parameters
    ----------
    vectors : Vectors
    counts : PairCounts
        Of rows encoded with ``vectors.vocabulary``.
    n_jobs : int or None

    Returns
    -------
    float
        Nats per pair, higher is better; 0 for independence, below 0 for vectors that mislead. Pairs
        that were excluded from training are not scored.

    Raises
    ------
    NothingToScoreError
    """
    objective = objective_on(vectors, counts)
    if not objective.counts.total:
        raise NothingToScoreError(counts.n_rows)
    with workers(n_jobs) as crew:
        return objective.independence() - objective.loss(vectors.center, vectors.context, crew)
