"""A model that grows: more rows added to it, and what moved since an earlier one.

Functions that methods of ``Cat2Vec`` and the command line call; they work with any ``Model``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec import inspection
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import ParameterError, without_warnings
from cat2vec.estimator.cells import kept_of_more
from cat2vec.estimator.model_folder import take_vectors
from cat2vec.estimator.rows_of_fit import rows_of_fit
from cat2vec.estimator.steps import check_can_grow, counted_rows, grown_counts, say_plan
from cat2vec.estimator.updates import decay_since, updates_after
from cat2vec.estimator.validation import settings_for
from cat2vec.training.update import first_vectors, update_vectors

if TYPE_CHECKING:
    import pandas as pd


def with_more_rows(
    model: Any,
    X: Any,
    sample_weight: Any = None,
    decay: float = 1.0,
    forget_below: float = 0.0,
) -> Any:
    """Fit a model, or add rows to what it knows; see ``Cat2Vec.partial_fit``."""
    check_can_grow(model, X, decay, forget_below)
    bin_values: Mapping[str, np.ndarray] = {}
    if not hasattr(model, "vectors_"):
        rows = rows_of_fit(model, X, sample_weight)
        encoded, bin_values = rows.encoded, rows.bin_values
        say_plan(model, encoded.pool(model.min_count))
        settings = settings_for(model, encoded.pool(model.min_count).vocabulary)
        vectors, counts = first_vectors(encoded, **settings)
    else:
        settings = settings_for(model, model.vocabulary_)
        encoded, added = counted_rows(model, X, sample_weight)
        # of values of another type counted_rows has warned, but not where X was counted before
        with nullcontext() if isinstance(X, PairCounts) else without_warnings():
            counts = grown_counts(model.counts_, added, decay, forget_below)
        vectors = update_vectors(model.vectors_, counts, **settings)
    kept = kept_of_more(model, encoded, vectors, bin_values, counts)
    return take_vectors(model, vectors, counts, kept, updates_after(model, decay))


def check_is_model(earlier: Any) -> None:
    """Raise ParameterError unless this is a model, such as for the folder of one."""
    if not hasattr(type(earlier), "moves"):  # partial_fit is no attribute after fit
        is_path = isinstance(earlier, (str, os.PathLike))
        advice = f"load({os.fspath(earlier)!r})" if is_path else "load(folder)"
        raise ParameterError(
            f"earlier must be a fitted Cat2Vec, got {earlier!r}. Give a model, such as {advice}."
        )


def moves_since(model: Any, earlier: Any, n: int | None = 20) -> pd.DataFrame:
    """Say what moved since an earlier model; see ``Cat2Vec.moves``."""
    decay = decay_since(model, earlier)
    return inspection.moves(model.vectors_, earlier.vectors_, n, decay)
