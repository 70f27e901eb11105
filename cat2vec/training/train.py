"""From pair counts or encoded rows to ``Vectors``: choose a solver, run it, make canonical.

Takes ``PairCounts`` or an ``EncodedTable``. Gives ``Vectors``. Knows nothing of dataframes or
files.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from tqdm import tqdm

from cat2vec.counting.encoded import count_encoded
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import (
    ColumnTypeError,
    NeverTogetherWarning,
    NoSignalWarning,
    NothingSharedWarning,
    ParameterError,
    TableError,
    TrainingDivergedError,
    VectorSizeWarning,
    in_words,
    listed,
    named,
    pooled_away,
    setting,
)
from cat2vec.kernels.threads import Workers, workers
from cat2vec.parameters import check_parameters, documented
from cat2vec.tables.encode import EncodedTable
from cat2vec.training.canonical import canonical_vectors
from cat2vec.training.choice import beyond_gensim, choose_solver
from cat2vec.training.pairs import pair_allowed
from cat2vec.training.settings import Settings
from cat2vec.training.solvers.counts import Solution, solve_counts
from cat2vec.training.solvers.objective import Noise, Objective, independence_loss
from cat2vec.training.solvers.rows import Progress, pairs_per_token, solve_rows
from cat2vec.training.solvers.word2vec import solve_gensim, with_pair_constants
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.pooling import pooled_in_words
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Up to this many tokens the exact loss of the solver ``rows`` is computed from pair counts; beyond
#: it is estimated from rows, with each block as its own noise.
EXACT_LOSS_TOKENS = 20_000
#: A gain below this, in nats per pair, is none.
_NOTHING = 1e-4


@documented
def train_vectors(
    data: PairCounts | EncodedTable,
    *,
    vector_size: int = 32,
    solver: str = "auto",
    negative: float = 5,
    ns_exponent: float = 0.75,
    regularization: float = 10.0,
    epochs: int | str = "auto",
    learning_rate: float | str = "auto",
    min_count: int = 1,
    tol: float = 1e-2,
    max_sweeps: int = 100,
    n_jobs: int | None = None,
    random_state: int = 0,
    exclude_pairs: Sequence[Sequence[str]] | None = None,
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
    {tol, max_sweeps}
    {n_jobs}
        The solver "gensim" is an exception: it uses one thread unless this says otherwise, and is
        not repeatable with more.
    {random_state, exclude_pairs, verbose}

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
    settings = Settings(
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
        random_state=random_state,
        exclude_pairs=exclude_pairs,
    ).checked()
    check_parameters(n_jobs=n_jobs)
    if not isinstance(data, (PairCounts, EncodedTable)):
        raise ColumnTypeError(
            f"train_vectors works on PairCounts or an EncodedTable, got a {type(data).__name__}. "
            f"Give it count_pairs(table) or encode_table(table), or use Cat2Vec().fit(table)."
        )
    data = pooled(data, settings, verbose)
    choice = choose_solver(data, settings)
    chosen = choice.solver
    _check_solver_suits(data, settings, chosen)
    check_signal(data, settings)
    settings = replace(settings, solver=chosen).checked()
    if verbose:
        _say(choice.reason)
    return train_checked(data, settings, n_jobs, verbose)


def _check_solver_suits(data: PairCounts | EncodedTable, settings: Settings, chosen: str) -> None:
    """Raise ParameterError if a solver cannot do what is asked of it."""
    if isinstance(data, PairCounts) and chosen != "counts":
        raise ParameterError(
            f"{setting('solver', chosen)} works on rows and got PairCounts. Give it "
            f"encode_table(...), or use {setting('solver', 'counts')}."
        )
    if chosen != "gensim" or isinstance(data, PairCounts):
        return
    if not data.has_whole_weights:
        raise ParameterError(
            f"{setting('solver', 'gensim')} repeats each row as often as its weight says, and "
            f"these weights are not all whole numbers. Round them, or use "
            f"{setting('solver', 'counts')} or {setting('solver', 'rows')}."
        )
    if beyond := beyond_gensim(data, settings):
        raise ParameterError(
            f"{setting('solver', 'gensim')} cannot be used here: it does not {beyond}. Use "
            f"{setting('solver', 'counts')}, {setting('solver', 'rows')} or "
            f"{setting('solver', 'auto')}."
        )


def pooled(
    data: PairCounts | EncodedTable, settings: Settings, verbose: int
) -> PairCounts | EncodedTable:
    """Pool rare categories as the settings say, and tell of it."""
    data = data.pool(settings.min_count)
    if verbose and settings.min_count > 1:
        words = pooled_in_words(data.vocabulary, settings.min_count)
        _say(words)
    return data


def train_checked(
    data: PairCounts | EncodedTable,
    settings: Settings,
    n_jobs: int | None,
    verbose: int,
    start: tuple[np.ndarray, np.ndarray] | None = None,
) -> Vectors:
    """Train with checked settings and a solver that is chosen, "counts" perhaps from a start."""
    vocabulary, chosen = data.vocabulary, settings.solver
    n_rows = data.n_rows if isinstance(data, PairCounts) else data.total_weight
    allowed = pair_allowed(vocabulary, settings.exclude_pairs)
    with workers(n_jobs) as crew, _progress(settings, verbose) as bar:
        counts = _counts_of(data, chosen, n_jobs)
        if counts is not None and settings.exclude_pairs:
            counts = _without_excluded(counts, allowed)
        noise = Noise.of(vocabulary, settings.negative, settings.ns_exponent)
        objective = None if counts is None else Objective(counts, noise)
        solution = _solve(objective, data, settings, crew, n_jobs, bar, start)
        _zero_silent(solution, vocabulary)
        matrix = canonical_vectors(
            solution.center, solution.context, vocabulary, settings.vector_size, allowed
        )
        losses = solution.losses
        if objective is not None:
            independence = objective.independence()
            exact = objective.loss(solution.center, solution.context, crew)
            losses = (*losses, exact) if chosen == "gensim" else (*losses[:-1], exact)
        else:
            assert isinstance(data, EncodedTable)
            independence = independence_loss(vocabulary, noise, pairs_per_token(data, allowed))
        _check_loss(losses[-1], independence, settings)
        if vocabulary.schema.shared and independence - losses[-1] < _NOTHING:
            warnings.warn(
                NothingSharedWarning([name for name, _ in vocabulary.schema.shared]), stacklevel=3
            )
    return Vectors(
        vocabulary=vocabulary,
        matrix=matrix,
        center=solution.center,
        context=solution.context,
        settings={**settings.as_dict(), "n_rows": n_rows},
        losses=tuple(float(loss) for loss in losses),
        independence_loss=float(independence),
    )


def _counts_of(
    data: PairCounts | EncodedTable, chosen: str, n_jobs: int | None
) -> PairCounts | None:
    """Count the pairs where the solver needs them or the exact loss is affordable."""
    if isinstance(data, PairCounts):
        return data
    if chosen != "rows" or data.vocabulary.n_tokens <= EXACT_LOSS_TOKENS:
        return count_encoded(data, n_jobs)
    return None


def _without_excluded(counts: PairCounts, allowed: np.ndarray) -> PairCounts:
    kept = counts.without(allowed)
    if not kept.total:
        raise TableError(
            f"{named('exclude_pairs')} leaves out all {in_words(counts.total)} pairs that the rows "
            f"hold, so there is nothing to learn from. Take a feature out of it."
        )
    return kept


def _solve(
    objective: Objective | None,
    data: PairCounts | EncodedTable,
    settings: Settings,
    crew: Workers,
    n_jobs: int | None,
    bar: Any,
    start: tuple[np.ndarray, np.ndarray] | None,
) -> Solution:
    def report(done: int, loss: float) -> None:
        if not math.isnan(loss):
            bar.set_postfix_str(f"loss {loss:.5f} nats/pair", refresh=False)
        bar.update(done - bar.n)

    def say(sentence: str) -> None:
        if not bar.disable:
            _say(sentence)

    def report_rows(progress: Progress) -> None:
        gain = progress.held_out_gain
        told = "" if math.isnan(gain) else f", held-out gain {gain:.4f}"
        bar.set_postfix_str(f"loss {progress.loss:.4f} nats/pair{told}", refresh=False)
        bar.total = progress.total
        bar.update(progress.done - bar.n)

    if isinstance(data, PairCounts) or settings.solver == "counts":
        assert objective is not None  # counts are made for every solver but "rows"
        solution = solve_counts(objective, settings, crew, report, start)
        bar.total = bar.n  # the limit was not needed: the bar is full
        return solution
    if settings.solver == "rows" or objective is None:
        return solve_rows(data, settings, crew, report_rows, say)
    solution = solve_gensim(data, settings, n_jobs, report)
    center, context = with_pair_constants(objective, solution.center, solution.context, crew)
    return Solution(center, context, solution.losses)


def _check_loss(loss: float, independence: float, settings: Settings) -> None:
    """Raise if training ended far worse than with no vectors at all: its steps were too long."""
    if loss > 2.0 * independence:
        rate = settings.first_learning_rate
        raise TrainingDivergedError(
            f"with {setting('solver', settings.solver)} and {named('learning_rate')} {rate:g} the "
            f"loss is {loss:.3g} nats per pair and {independence:.3g} without any vectors",
            f"Try a {named('learning_rate')} of at most {settings.lower_learning_rate:g}.",
        )


def check_signal(data: PairCounts | EncodedTable, settings: Settings) -> None:
    """Raise if no feature can say anything; warn about features and dimensions that cannot."""
    vocabulary = data.vocabulary
    if not vocabulary.n_tokens:
        raise TableError(
            f"all cells of the {vocabulary.n_features} features are missing in "
            f"{in_words(data.n_rows)} rows, so there is nothing to learn from. Only null and NaN "
            f"count as missing."
        )
    if isinstance(data, PairCounts) and not data.total:
        raise TableError(
            f"the pair counts hold no pair ({in_words(data.n_rows)} rows were counted), so there "
            f"is nothing to learn from. Count rows that have two present cells."
        )
    sizes = np.diff(vocabulary.offsets)
    silent = [name for name, size in zip(vocabulary.features, sizes, strict=True) if size < 2]
    silent_rare = [
        name for name in silent if len(vocabulary.pooled[vocabulary.schema.position(name)])
    ]
    if vocabulary.n_features - len(silent) < 2:
        speaking = [name for name in vocabulary.features if name not in silent]
        rows = "1 row (n_samples=1)" if data.n_rows == 1 else f"{in_words(data.n_rows)} rows"
        what = f"only {speaking[0]!r} has" if speaking else "no feature has"
        raise TableError(
            f"{what} two different categories in {rows}, so there is nothing to learn. At least "
            f"two features must vary: features are {listed(vocabulary.features)}."
            f"{pooled_away(silent_rare, settings.min_count)}"
        )
    if silent:
        warnings.warn(NoSignalWarning(silent, silent_rare, settings.min_count), stacklevel=3)
    alone = [name for name in _never_together(data) if name not in silent]
    if alone:
        warnings.warn(NeverTogetherWarning(alone), stacklevel=3)
    carried = int(np.maximum(np.diff(vocabulary.of_vectors.offsets) - 1, 0).sum())
    if settings.vector_size > carried:
        warnings.warn(VectorSizeWarning(settings.vector_size, carried), stacklevel=3)


def _never_together(data: PairCounts | EncodedTable) -> list[str]:
    """Name the features that share no row with another."""
    vocabulary = data.vocabulary
    if isinstance(data, PairCounts):
        pairs = data.with_feature.sum(axis=1)
        per_feature = np.bincount(vocabulary.feature_of_token, weights=pairs)
        together = [bool(n) for n in per_feature]
    else:
        present = np.zeros(len(data.codes), np.int16)
        first = [data.codes[:, column] for column in data.first_columns]
        for column in first:
            present += column >= 0
        together = [bool(((column >= 0) & (present > 1)).any()) for column in first]
    return [name for name, met in zip(vocabulary.features, together, strict=True) if not met]


def _zero_silent(solution: Solution, vocabulary: Vocabulary) -> None:
    """Set the vectors of features with a single category to zero, in place."""
    silent = np.diff(vocabulary.offsets)[vocabulary.feature_of_token] < 2
    width = min(solution.center.shape[1], solution.context.shape[1])
    solution.center[silent, :width] = 0.0
    solution.context[silent, :width] = 0.0


def _say(sentence: str) -> None:
    """Write a line above the progress bar."""
    tqdm.write(f"cat2vec: {sentence}", file=sys.stderr)


def _progress(settings: Settings, verbose: int) -> Any:
    unit = {"counts": "sweep", "rows": "pair"}.get(settings.solver, "epoch")
    total = {"counts": settings.max_sweeps, "rows": None}.get(settings.solver, settings.n_epochs)
    return tqdm(
        total=total,
        desc=f"cat2vec {settings.solver}",
        unit=unit,
        unit_scale=unit == "pair",
        disable=not verbose,
    )
