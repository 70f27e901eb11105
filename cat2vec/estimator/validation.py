"""What scikit-learn expects of an estimator beyond our own rules: parameters and inputs.

Takes the estimator or a table as it was given. Gives checked settings and named columns. Knows
nothing of training.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn import get_config
from sklearn.utils.validation import check_array, validate_data

from cat2vec.errors import (
    ColumnTypeError,
    NotAvailableError,
    ParameterError,
    TableError,
    UnseenCategoryError,
    UnseenCategoryWarning,
    listed,
    setting,
    spelled,
)
from cat2vec.parameters import problems_of_model
from cat2vec.tables.encoded import EncodedTable
from cat2vec.tables.frames import read_columns
from cat2vec.training.settings import SETTINGS
from cat2vec.vectors.rows import output_sizes, trained_size
from cat2vec.vocabulary.vocabulary import UNSEEN, Vocabulary


def checked_settings(model: Any) -> dict[str, Any]:
    """Give the settings of training, or raise one ParameterError about all wrong parameters."""
    params = model.get_params(deep=False)
    if problems := problems_of_model(params):
        raise ParameterError(problems)
    settings = {name: params[name] for name in SETTINGS}
    if isinstance(model.vector_size, Mapping):  # the size to train at depends on the features
        settings["vector_size"] = max(model.vector_size.values())
    return settings


def settings_for(model: Any, vocabulary: Vocabulary) -> dict[str, Any]:
    """Give the arguments of training, for the features of a table with rare categories pooled."""
    settings = checked_settings(model)
    settings["vector_size"] = trained_size(model.vector_size, model.context, vocabulary)
    return settings | {"n_jobs": model.n_jobs, "verbose": model.verbose}


def as_array(X: Any) -> Any:
    """Turn what can be an array, and is no dataframe, into one."""
    return np.asarray(X) if hasattr(X, "__array__") and not hasattr(X, "columns") else X


def check_unseen(
    encoded: EncodedTable, handle_unknown: str, stacklevel: int, unseen_get: str | None = None
) -> None:
    """Warn of cells with categories that fit did not see, or raise if they are to be an error.

    Rows of weight 0 do not count. ``unseen_get`` says what becomes of these cells where that is not
    for ``handle_unknown`` to say.
    """
    unseen = encoded.cells_with(UNSEEN)
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
    each = zip(encoded.vocabulary.features, encoded.vocabulary.pooled, strict=True)
    with_rare = [name for name, pooled in each if len(pooled)]
    warnings.warn(
        UnseenCategoryWarning(counts, encoded.n_rows, unseen_get or handle_unknown, with_rare),
        stacklevel=stacklevel,
    )


def folded_in_words(known: Vocabulary, encoded: EncodedTable) -> str:
    """Say which categories of a table from ``encode_growing`` are folded in."""
    grown, parts = encoded.vocabulary, []
    for name, old in zip(known.features, known.categories, strict=True):
        new = grown.counts[grown.tokens_of(name)][len(old) :]
        new = new[new > 0]  # columns that share a vocabulary have the new ones of each other
        if len(new):
            parts.append(f"{name!r} {len(new):,} categories in {new.sum():,} rows")
    what = "; ".join(parts) or "nothing, as all categories were seen in fit"
    return f"folded in, among {encoded.n_rows:,} rows: {what}"


def columns_of(X: Any) -> dict[str, Any]:
    """Take a table apart into named columns; sparse ones are refused."""
    if issparse(X):
        raise ColumnTypeError(
            f"X is sparse (a {type(X).__name__}). Sparse data must be made dense first, with "
            f".toarray()."
        )
    return dict(read_columns(as_array(X)))


def check_columns(model: Any, X: Any, reset: bool) -> None:
    """Keep, or compare with, the names and number of columns, as scikit-learn does.

    A dict of columns goes by its names alone: it may hold more, in any order.
    """
    if not isinstance(X, Mapping):
        validate_data(model, as_array(X), reset=reset, skip_check_array=True)
        return
    names = np.array([str(name) for name in X], dtype=object)
    if reset:
        model.n_features_in_, model.feature_names_in_ = len(names), names


def columns_again(model: Any, X: Any) -> dict[str, Any]:
    """Take a table apart into the columns of fit; where only one side has names, by position."""
    found = columns_of(X)
    check_columns(model, X, reset=False)
    if isinstance(X, Mapping):
        return found
    return dict(zip(model._columns_in, found.values(), strict=True))


def features_in(model: Any, input_features: Any) -> np.ndarray:
    """Name the columns of a table that was fitted, or check the names that are given."""
    known = getattr(model, "feature_names_in_", None)
    if input_features is None:
        return np.array(model._columns_in if known is None else known, dtype=object)
    given = np.array([str(name) for name in input_features], dtype=object)
    if known is not None and list(given) != list(known):
        raise ParameterError("input_features is not equal to feature_names_in_")
    if len(given) != model.n_features_in_:
        raise ParameterError(
            f"input_features should have length equal to number of features "
            f"({model.n_features_in_}), got {len(given)}"
        )
    return given


def features_out(model: Any, input_features: Any) -> list[str]:
    """Name the features of a fitted model by the names that its columns are given."""
    known = getattr(model, "feature_names_in_", None)
    if known is not None and list(known if input_features is None else input_features) != list(
        known
    ):
        raise ParameterError("input_features is not equal to feature_names_in_")
    features = list(model.vocabulary_.features)
    if input_features is None or known is not None:
        return features
    if len(input_features) != model.n_features_in_:
        raise ParameterError(
            f"input_features should have length equal to number of features "
            f"({model.n_features_in_}), got {len(input_features)}"
        )
    given = dict(zip(model._columns_in, map(str, input_features), strict=True))
    columns = zip(features, model.vocabulary_.schema.columns, strict=True)
    return [name.replace(column, given[column], 1) for name, column in columns]


def sizes_of(model: Any) -> dict[str, int]:
    """Say how many numbers transform writes for each feature that it writes."""
    several = isinstance(model.vector_size, Mapping)
    size = model.vector_size if several else model.vectors_.vector_size
    return output_sizes(size, model.context, model.vocabulary_)


def checked_rows(model: Any, X: Any, sizes: Mapping[str, int]) -> np.ndarray:
    """Give the numbers of a table or array as transform gives them, or say how they differ.

    ``sizes`` holds the numbers of each feature that transform writes.
    """
    names = [str(name) for name in getattr(X, "column_names", getattr(X, "columns", []))]
    rows = check_array(X, dtype=[np.float32, np.float64], ensure_min_samples=0, input_name="X")
    width = sum(sizes.values())
    if rows.shape[1] != width:
        one_size = len(set(sizes.values())) == 1
        parts = (
            f"{len(sizes)} features x vector_size {width // len(sizes)}"
            if one_size
            else ", ".join(f"{n} of {name!r}" for name, n in sizes.items())
        )
        raise TableError(
            f"X has {rows.shape[1]:,} columns, and inverse_transform needs the {width:,} that "
            f"transform gives: {parts}."
        )
    wanted = [str(name) for name in model.get_feature_names_out()]
    if names != wanted and sorted(names) == sorted(wanted):
        raise TableError(
            "columns of X stand in another order than transform gives them. Use "
            "X[model.get_feature_names_out()]."
        )
    return rows


def configured_output(model: Any) -> str:
    """Say which kind of dataframe set_output or scikit-learn's configuration asks for."""
    own = getattr(model, "_sklearn_output_config", {}).get("transform")
    kind = get_config()["transform_output"] if own is None else own
    return "polars" if kind == "polars" else "pandas"


def can_go_on(model: Any) -> bool:
    """Say that partial_fit can be used, or raise why not: this solver, or this way of fitting.

    Raises
    ------
    NotAvailableError
    """
    if model.solver in ("rows", "gensim"):
        raise NotAvailableError(
            f"partial_fit adds up pair counts, and {setting('solver', model.solver)} learns from "
            f"rows. Use {setting('solver', 'counts')} or {setting('solver', 'auto')}, or fit on "
            f"all rows at once."
        )
    if hasattr(model, "vectors_") and not hasattr(model, "counts_"):
        raise NotAvailableError(
            "this model was fitted with fit, which keeps no pair counts, so partial_fit has "
            "nothing to add new rows to. Begin with partial_fit instead of fit, on a clone or a "
            "new Cat2Vec."
        )
    return True


def can_invert(model: Any) -> bool:
    """Say that rows can be turned back into categories, or raise why not.

    Raises
    ------
    NotAvailableError
    """
    if model.row_vector != "concat":
        what = "averages them" if model.row_vector == "mean" else "changes their length"
        raise NotAvailableError(
            f"inverse_transform needs the vectors of a row's cells side by side, and "
            f"{setting('row_vector', model.row_vector)} {what}. Use "
            f"{setting('row_vector', 'concat')}."
        )
    if not hasattr(model, "vectors_"):
        return True
    schema = model.vocabulary_.schema
    several = [
        name for name in sizes_of(model) if schema.codecs[schema.position(name)].reading.multivalued
    ]
    if several:
        raise NotAvailableError(
            f"inverse_transform finds one category for each feature, and cells of "
            f"{listed(several)} hold several values, whose vectors transform averages. Fit with "
            f"these columns in {spelled('context=[...]', '--context')}, or without them."
        )
    return True
