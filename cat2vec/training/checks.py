"""Whether data can be trained on: signal, solvers, and what training ended in.

Takes pair counts or encoded rows, and settings. Raises, or warns of what the user can act on.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import (
    NeverTogetherWarning,
    NoSignalWarning,
    ParameterError,
    SmallWeightsWarning,
    TableError,
    TrainingDivergedError,
    UnusedParameterWarning,
    VectorSizeWarning,
    in_words,
    listed,
    named,
    pooled_away,
    setting,
    warn,
)
from cat2vec.tables.encoded import EncodedTable
from cat2vec.training.choice import beyond_gensim
from cat2vec.training.settings import USED_BY, Settings
from cat2vec.vocabulary.vocabulary import Vocabulary


def check_solver_suits(
    data: PairCounts | EncodedTable, settings: Settings, chosen: str, start: Any = None
) -> None:
    """Raise ParameterError if a solver cannot do what is asked of it."""
    if start is not None and chosen != "counts":
        raise ParameterError(
            f"start is for {setting('solver', 'counts')}, and {setting('solver', chosen)} begins "
            f"anew. Leave start out, or use {setting('solver', 'counts')}."
        )
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


def warn_of_unused(settings: Settings, solver: str) -> None:
    """Warn about parameters that were set and that the solver which trains does not use.

    Warns
    -----
    UnusedParameterWarning
    """
    usual, unused = Settings(), dict[tuple[str, ...], dict[str, Any]]()
    for name, solvers in USED_BY.items():
        value = getattr(settings, name)
        if solver not in solvers and value not in ("auto", getattr(usual, name)):
            unused.setdefault(solvers, {})[name] = value
    for solvers, given in unused.items():
        warn(UnusedParameterWarning(given, solver, solvers, settings.solver == "auto"))


def check_start(start: Any, vocabulary: Vocabulary) -> None:
    """Raise ParameterError unless a start is two arrays of numbers with a row for each vector."""
    n_vectors = vocabulary.of_vectors.n_tokens
    try:
        center, context = (np.asarray(side, dtype=np.float32) for side in start)
    except (TypeError, ValueError):
        found = f"a {type(start).__name__} that is not two arrays of numbers"
    else:
        same = center.shape == context.shape and center.ndim == 2 and center.shape[1] > 0
        finite = bool(np.isfinite(center).all() and np.isfinite(context).all())
        if same and len(center) == n_vectors and finite:
            return
        found = f"shapes {center.shape} and {context.shape}"
        found += "" if finite else " with numbers that are not finite"
    raise ParameterError(
        f"start must be two arrays of one shape, ({n_vectors}, d), with a row for each category "
        f"after pooling, got {found}. Leave start out to begin with vectors made from the counts."
    )


def check_signal(data: PairCounts | EncodedTable, settings: Settings) -> None:
    """Raise if no feature can say anything.

    Raises
    ------
    TableError
    """
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
    silent, silent_rare = _silent_features(vocabulary)
    # of two values that are never beside themselves, each has the other beside it for sure
    inside = vocabulary.schema.within & (np.diff(vocabulary.offsets) > 2)
    if vocabulary.n_features - len(silent) < 2 and not inside.any():
        speaking = [name for name in vocabulary.features if name not in silent]
        rows = "1 row (n_samples=1)" if data.n_rows == 1 else f"{in_words(data.n_rows)} rows"
        what = f"only {speaking[0]!r} has" if speaking else "no feature has"
        if vocabulary.schema.within.any():
            most = int(np.diff(vocabulary.offsets)[vocabulary.schema.within].max())
            values = "1 value" if most == 1 else f"{most} different values"
            names = listed(np.array(vocabulary.features)[vocabulary.schema.within].tolist())
            raise TableError(
                f"the cells of {names} hold {values} in {rows}, so there is nothing to learn. At "
                f"least three must be there, or two features must vary."
                f"{pooled_away(silent_rare, settings.min_count)}"
            )
        raise TableError(
            f"{what} two different categories in {rows}, so there is nothing to learn. At least "
            f"two features must vary: features are {listed(vocabulary.features)}."
            f"{pooled_away(silent_rare, settings.min_count)}"
        )


def warn_of_silence(data: PairCounts | EncodedTable, settings: Settings) -> None:
    """Warn about features and dimensions that cannot say anything.

    Warns
    -----
    NoSignalWarning, NeverTogetherWarning, SmallWeightsWarning, VectorSizeWarning
    """
    vocabulary = data.vocabulary
    total = data.n_rows if isinstance(data, PairCounts) else data.total_weight
    if not isinstance(total, (int, np.integer)) and total < 1.0 + 1e-9:
        warn(SmallWeightsWarning(total, setting("regularization", settings.regularization)))
    silent, silent_rare = _silent_features(vocabulary)
    if silent:
        warn(NoSignalWarning(silent, silent_rare, settings.min_count))
    alone = [name for name in _never_together(data) if name not in silent]
    if alone and vocabulary.n_features > 1:
        warn(NeverTogetherWarning(alone))
    carried = int(np.maximum(np.diff(vocabulary.of_vectors.offsets) - 1, 0).sum())
    if settings.vector_size > carried:
        warn(VectorSizeWarning(settings.vector_size, carried))


def _silent_features(vocabulary: Vocabulary) -> tuple[list[str], list[str]]:
    """Name the features of fewer than two categories, and those of them with pooled categories."""
    sizes = np.diff(vocabulary.offsets)
    silent = [name for name, size in zip(vocabulary.features, sizes, strict=True) if size < 2]
    pooled = [name for name in silent if len(vocabulary.pooled[vocabulary.schema.position(name)])]
    return silent, pooled


def _never_together(data: PairCounts | EncodedTable) -> list[str]:
    """Name the features that share no row with another."""
    vocabulary = data.vocabulary
    if isinstance(data, PairCounts):
        pairs = data.with_feature.sum(axis=1)
        together = [bool(n) for n in vocabulary.sum_by_feature(pairs)]
    else:
        found = [_together(block) for block in data.blocks()]
        together = [any(of_feature) for of_feature in zip(*found, strict=True)]
    return [name for name, met in zip(vocabulary.features, together, strict=True) if not met]


def _together(rows: EncodedTable) -> list[bool]:
    """Say of each feature whether it shares a row with another, or a cell holds two values."""
    present = np.zeros(rows.n_rows, np.int16)
    first = [rows.codes[:, column] for column in rows.first_columns]
    for column in first:
        present += column >= 0
    together = [bool(((column >= 0) & (present > 1)).any()) for column in first]
    for feature in np.flatnonzero(rows.vocabulary.schema.within).tolist():
        slots = np.flatnonzero(rows.feature_of_column == feature)
        together[feature] |= len(slots) > 1 and bool((rows.codes[:, slots[1]] >= 0).any())
    return together


def check_loss(loss: float, independence: float, settings: Settings) -> None:
    """Raise if training ended far worse than with no vectors at all: its steps were too long."""
    if loss > 2.0 * independence:
        rate = settings.first_learning_rate
        raise TrainingDivergedError(
            f"with {setting('solver', settings.solver)} and {named('learning_rate')} {rate:g} the "
            f"loss is {loss:.3g} nats per pair and {independence:.3g} without any vectors",
            f"Try a {named('learning_rate')} of at most {settings.lower_learning_rate:g}.",
        )
