"""What scikit-learn expects of an estimator beyond our own rules: parameters and inputs.

Takes the estimator or a table as it was given. Gives checked settings and named columns. Knows
nothing of training.
"""

from __future__ import annotations

import numbers
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import issparse

from cat2vec.errors import (
    ColumnTypeError,
    ParameterError,
    UnseenCategoryError,
    UnseenCategoryWarning,
    integer_problem,
    listed,
)
from cat2vec.tables.encode import NUMERIC_RULES, EncodedTable, check_n_jobs
from cat2vec.tables.frames import read_columns
from cat2vec.training.settings import Settings
from cat2vec.vocabulary import UNSEEN

_CHOICES = {
    "numeric": NUMERIC_RULES,
    "handle_unknown": ("zero", "error"),
    "row_vector": ("concat", "mean"),
}


def checked_settings(model: Any) -> dict[str, Any]:
    """Give the settings of training, or raise one ParameterError about all wrong parameters."""
    settings = {name: getattr(model, name) for name in Settings.__dataclass_fields__}
    problems = [
        *_problems_of(Settings(**settings).checked),
        *_problems_of(lambda: check_n_jobs(model.n_jobs)),
    ]
    for name, allowed in _CHOICES.items():
        if getattr(model, name) not in allowed:
            problems.append(
                f"{name} must be one of {listed(allowed)}, got {getattr(model, name)!r}."
            )
    if problem := integer_problem("n_bins", model.n_bins, least=2):
        problems.append(problem)
    if not isinstance(model.verbose, numbers.Integral) or model.verbose < 0:
        problems.append(f"verbose must be an integer of at least 0, got {model.verbose!r}.")
    if problems:
        raise ParameterError(problems)
    return settings


def as_array(X: Any) -> Any:
    """Turn what can be an array, and is no dataframe, into one."""
    return np.asarray(X) if hasattr(X, "__array__") and not hasattr(X, "columns") else X


def tell_unseen(encoded: EncodedTable, handle_unknown: str, stacklevel: int) -> None:
    """Warn of cells with categories that fit did not see, or raise if they are to be an error.

    Rows of weight 0 do not count.
    """
    unseen = encoded.codes == UNSEEN
    if encoded.weights is not None:
        unseen[encoded.weights == 0] = False
    if not unseen.any():
        return
    per_feature = zip(encoded.vocabulary.features, unseen.sum(axis=0).tolist(), strict=True)
    counts = {name: n for name, n in per_feature if n}
    if handle_unknown == "error":
        name = next(iter(counts))
        column = unseen[:, encoded.vocabulary.schema.position(name)]
        raise UnseenCategoryError(name, counts[name], np.flatnonzero(column).tolist())
    warnings.warn(UnseenCategoryWarning(counts, encoded.n_rows), stacklevel=stacklevel)


def columns_of(X: Any) -> dict[str, Any]:
    """Take a table apart into named columns; sparse ones are refused."""
    if issparse(X):
        raise ColumnTypeError(
            f"X is sparse (a {type(X).__name__}). Sparse data must be made dense first, with "
            f".toarray()."
        )
    return dict(read_columns(as_array(X)))


def _problems_of(check: Callable[[], Any]) -> list[str]:
    """List what a check has to say, one sentence per wrong parameter."""
    try:
        check()
    except ParameterError as error:
        return error.problems
    return []
