"""From pair counts or encoded rows to ``Vectors``: choose a solver, run it, make canonical.

Takes ``PairCounts`` or an ``EncodedTable``. Gives ``Vectors``. Knows nothing of dataframes or
files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cat2vec.counting.encoded import count_encoded
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import (
    ColumnTypeError,
    NothingSharedWarning,
    PriorNotLearnedWarning,
    TableError,
    in_words,
    named,
    warn,
)
from cat2vec.kernels.threads import Workers, workers
from cat2vec.parameters import check_parameters, documented
from cat2vec.tables.encode import EncodedTable
from cat2vec.training.canonical import canonical_vectors
from cat2vec.training.checks import (
    check_loss,
    check_signal,
    check_solver_suits,
    check_start,
    warn_of_silence,
    warn_of_unused,
)
from cat2vec.training.choice import EXACT_LOSS_TOKENS, choose_solver
from cat2vec.training.earlier import start_from
from cat2vec.training.problem import Problem, TrainingData, independence_loss
from cat2vec.training.progress import Progress, say
from cat2vec.training.settings import Settings
from cat2vec.training.solvers.counts import solve_counts
from cat2vec.training.solvers.evidence import solve_by_evidence
from cat2vec.training.solvers.final_loss import FinalLoss, final_loss
from cat2vec.training.solvers.objective import Objective
from cat2vec.training.solvers.prior import Solution
from cat2vec.training.solvers.rows import pairs_inside, pairs_per_token, solve_rows
from cat2vec.training.solvers.word2vec import solve_gensim
from cat2vec.training.standard_errors import standard_errors
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.pooling import pooled_in_words
from cat2vec.vocabulary.vocabulary import Vocabulary

#: A gain below this, in nats per pair, is none.
_NOTHING = 1e-4

#: Takes a problem, its data, a crew, a progress bar and perhaps a start.
Solver = Callable[..., Solution]
SOLVERS: dict[str, Solver] = {"counts": solve_counts, "rows": solve_rows, "gensim": solve_gensim}


@documented
def train_vectors(
    data: PairCounts | EncodedTable,
    *,
    vector_size: int = 32,
    solver: str = "auto",
    negative: float = 5,
    ns_exponent: float = 0.75,
    regularization: float | str = 10.0,
    epochs: int | str = "auto",
    learning_rate: float | str = "auto",
    min_count: int = 1,
    tol: float = 5e-3,
    max_sweeps: int = 100,
    n_jobs: int | None = None,
    random_state: int = 0,
    exclude_pairs: Sequence[Sequence[str]] | None = None,
    start: Vectors | tuple[np.ndarray, np.ndarray] | None = None,
    verbose: int = 0,
) -> Vectors:
    """Train vectors for every category, from pair counts or from encoded rows.

    Parameters
    ----------
    data : PairCounts or EncodedTable
        The solvers "rows" and "gensim" need the rows themselves. Rows count by their weights;
        ``regularization`` is in pairs, so weights that add up to little leave little but the prior.
    {vector_size, solver}
        Pair counts are always trained by "counts".
    {negative, ns_exponent, regularization, epochs, learning_rate, min_count}
        The data given stay unpooled.
    {tol, max_sweeps, random_state, exclude_pairs, start, n_jobs}
        The solver "gensim" is an exception: it uses one thread unless this says otherwise, and is
        not repeatable with more.
    {verbose}

    Returns
    -------
    Vectors

    Raises
    ------
    ColumnTypeError, ParameterError, TableError, NoPairsError, TrainingDivergedError

    Examples
    --------
    >>> from cat2vec import count_pairs
    >>> counts = count_pairs({"city": ["Oslo", "Oslo", "Rome"], "job": ["a", "a", "b"]})
    >>> train_vectors(counts, vector_size=2).matrix.shape
    (4, 2)
    """
    return train_and_count(
        data,
        vector_size=vector_size,
        solver=solver,
        negative=negative,
        ns_exponent=ns_exponent,
        regularization=regularization,
        epochs=epochs,
        learning_rate=learning_rate,
        min_count=min_count,
        tol=tol,
        max_sweeps=max_sweeps,
        n_jobs=n_jobs,
        random_state=random_state,
        exclude_pairs=exclude_pairs,
        start=start,
        verbose=verbose,
    )[0]


def train_and_count(
    data: PairCounts | EncodedTable,
    *,
    n_jobs: int | None = None,
    start: Vectors | tuple[np.ndarray, np.ndarray] | None = None,
    verbose: int = 0,
    **settings_given: Any,
) -> tuple[Vectors, PairCounts | None]:
    """Do what ``train_vectors`` does, and give the pair counts too, so that none is counted twice.

    Returns
    -------
    vectors : Vectors
    counts : PairCounts or None
        Those that were trained on: pooled, and without excluded pairs. None where training went
        without.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> table = encode_table({"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9})
    >>> train_and_count(table, vector_size=1)[1]
    PairCounts(18 rows, 2 features, 4 tokens, 2 distinct pairs, 18 pairs in all)
    """
    settings = Settings(**settings_given).checked()
    check_parameters(n_jobs=n_jobs)
    if not isinstance(data, (PairCounts, EncodedTable)):
        raise ColumnTypeError(
            f"train_vectors works on PairCounts or an EncodedTable, got {type(data).__name__}. "
            f"Give it count_pairs(table) or encode_table(table), or use Cat2Vec().fit(table)."
        )
    data = pooled(data, settings, verbose)
    choice = choose_solver(data, settings)
    check_solver_suits(data, settings, choice.solver, start)
    if isinstance(start, Vectors):
        start = start_from(start, data.vocabulary.of_vectors)
    elif start is not None:
        check_start(start, data.vocabulary)
    check_signal(data, settings)
    warn_of_silence(data, settings)
    warn_of_unused(settings, choice.solver)
    settings = replace(settings, solver=choice.solver).checked()
    if settings.regularization == "auto" and not settings.learns_strength:
        warn(PriorNotLearnedWarning(settings.solver, settings.strength))
    if verbose:
        goes_on = f"solver {choice.solver}, which goes on from earlier vectors"
        say(choice.reason if start is None else goes_on)
    problem = Problem.of(data.vocabulary, settings)
    with workers(n_jobs) as crew, Progress(settings if verbose else None) as progress:
        given = training_data(problem, data, n_jobs)
        solve = solve_by_evidence if settings.learns_strength else SOLVERS[settings.solver]
        solution = solve(problem, given, crew, progress, start)
        progress.finish()
        return finished(problem, given, solution, crew), given.counts


def pooled(
    data: PairCounts | EncodedTable, settings: Settings, verbose: int
) -> PairCounts | EncodedTable:
    """Pool rare categories as the settings say, and say so where ``verbose``."""
    data = data.pool(settings.min_count)
    if verbose and settings.min_count > 1:
        say(pooled_in_words(data.vocabulary, settings.min_count))
    return data


def training_data(
    problem: Problem, data: PairCounts | EncodedTable, n_jobs: int | None
) -> TrainingData:
    """Count pairs where the solver needs them or the exact loss is affordable.

    Raises
    ------
    TableError
        If ``exclude_pairs`` leaves out all pairs.
    """
    rows = None if isinstance(data, PairCounts) else data
    counts = data if isinstance(data, PairCounts) else None
    few = data.vocabulary.n_tokens <= EXACT_LOSS_TOKENS
    if rows is not None and (problem.settings.solver != "rows" or few):
        counts = count_encoded(rows, n_jobs)
    if counts is None or not problem.settings.exclude_pairs:
        return TrainingData(counts, rows)
    kept = counts.without(problem.allowed)
    if not kept.total:
        raise TableError(
            f"{named('exclude_pairs')} leaves out all {in_words(counts.total)} pairs that the rows "
            f"hold, so there is nothing to learn from. Take a feature out of it."
        )
    return TrainingData(kept, rows)


def finished(problem: Problem, data: TrainingData, solution: Solution, crew: Workers) -> Vectors:
    """Bring what a solver found into canonical form, with its exact loss where that is affordable.

    Raises
    ------
    TrainingDivergedError

    Warns
    -----
    NothingSharedWarning
    """
    vocabulary, settings, losses = problem.vocabulary, problem.settings, solution.losses
    estimated: dict[str, Any] = {}
    _zero_silent(solution, vocabulary)
    matrix = canonical_vectors(problem, solution.center, solution.context)
    if data.counts is not None:
        objective = Objective(data.counts, problem.noise)
        independence = objective.independence()
        final = final_loss(objective, solution.center, solution.context, crew)
        losses = (*losses[:-1], final.value)
        estimated = _what_is_estimated(solution, final)
    else:
        assert data.rows is not None
        pairs = pairs_per_token(data.rows, problem.allowed)
        inside = pairs_inside(data.rows, problem.allowed)
        independence = independence_loss(vocabulary, problem.noise, pairs, inside)
    check_loss(losses[-1], independence, settings)
    if vocabulary.schema.shared and independence - losses[-1] < _NOTHING:
        shared = [name for name, _ in vocabulary.schema.shared]
        warn(NothingSharedWarning(shared))
    if data.rows is not None:
        n_rows = data.rows.total_weight
    else:
        assert data.counts is not None
        n_rows = data.counts.n_rows
    plain = {**settings.as_dict(), "n_rows": n_rows, **estimated}
    if settings.regularization == "auto":
        learned = solution.learned
        plain["learned_regularization"] = settings.strength if learned is None else learned.strength
    vectors = Vectors(
        vocabulary=vocabulary,
        matrix=matrix,
        center=solution.center,
        context=solution.context,
        settings=plain,
        losses=tuple(float(loss) for loss in losses),
        independence_loss=float(independence),
    )
    if solution.learned is None:
        return vectors
    return replace(vectors, standard_error=standard_errors(vectors, problem, solution.learned))


def _what_is_estimated(solution: Solution, final: FinalLoss) -> dict[str, Any]:
    """Say which losses of the solver ``counts`` are estimates, for the settings of the vectors."""
    if final.standard_error:
        return {"estimated_losses": "all", "loss_standard_error": final.standard_error}
    return {"estimated_losses": "all but the last"} if solution.rough else {}


def _zero_silent(solution: Solution, vocabulary: Vocabulary) -> None:
    """Set the vectors of features with a single category to zero, in place."""
    silent = np.diff(vocabulary.offsets)[vocabulary.feature_of_token] < 2
    width = min(solution.center.shape[1], solution.context.shape[1])
    solution.center[silent, :width] = 0.0
    solution.context[silent, :width] = 0.0
