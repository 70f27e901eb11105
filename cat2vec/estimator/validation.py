"""What scikit-learn expects of an estimator beyond our own rules: parameters and inputs.

Takes the estimator or a table as it was given. Gives checked settings and named columns. Knows
nothing of training. scikit-learn is imported where it checks something itself: the command line
does without.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from scipy.sparse import issparse

from cat2vec.errors import (
    ColumnTypeError,
    MixedTypesWarning,
    NotAvailableError,
    ParameterError,
    TableError,
    listed,
    setting,
    some_of,
    spelled,
    warn,
)
from cat2vec.parameters import feature_names, problems_of_model
from cat2vec.tables.encoded import EncodedTable
from cat2vec.tables.frames import read_columns
from cat2vec.tables.objects import as_table
from cat2vec.tables.twins import twin_sentence, twins_of_other_types
from cat2vec.training.settings import SETTINGS
from cat2vec.vectors.rows import output_sizes, trained_size
from cat2vec.vocabulary.vocabulary import Vocabulary

#: It begins as scikit-learn says it.
_OTHER_NAMES = (
    "input_features is not equal to feature_names_in_. Leave it out, or give the names of fit."
)


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
    """Turn what can be an array, and is no dataframe, into one; cells that are masked stay so."""
    if isinstance(X, np.ma.MaskedArray):
        return X
    return np.asarray(X) if hasattr(X, "__array__") and not hasattr(X, "columns") else X


def check_are_numbers(encoded: EncodedTable) -> None:
    """Raise ColumnTypeError if cells of a number column, of rows to learn from, are no numbers."""
    for name, values in encoded.unseen.items():
        raise ColumnTypeError(
            f"feature {name!r} was a column of numbers in fit and now holds {some_of(values)}. "
            f"Turn its cells into numbers and those that mean a missing cell into None, or fit "
            f"with {setting('columns', {name: 'category'})}."
        )


def warn_of_types(known: Vocabulary, encoded: EncodedTable) -> None:
    """Warn where new categories read like known ones and are of another type.

    Parameters
    ----------
    known : Vocabulary
        Before the rows.
    encoded : EncodedTable
        The rows, from ``encode_growing``.
    """
    grown = encoded.vocabulary
    for position, name in enumerate(known.features):
        old = known.categories[position].tolist()
        counts = grown.counts[grown.tokens_of(name)]
        new = grown.categories[position].tolist()[len(old) :]
        added = [value for value, n in zip(new, counts[len(old) :].tolist(), strict=True) if n]
        found = twins_of_other_types([*old, *known.pooled[position].tolist()], added)
        if not found:
            continue
        sentence = twin_sentence(name, found[0])
        if not counts[: len(old)].any():
            sentence = f"no cell of feature {name!r} holds a known category: {sentence}"
        warn(MixedTypesWarning(sentence))


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


def columns_of(X: Any, keep: Collection[str] = ()) -> dict[str, Any]:
    """Take a table apart into named columns, ``keep`` as in ``as_table``; sparse is refused."""
    if issparse(X):
        raise ColumnTypeError(
            f"X is sparse (a {type(X).__name__}). Sparse data must be made dense first, with "
            f".toarray()."
        )
    return dict(read_columns(as_array(X), keep))


@contextmanager
def as_it_was_after_failing(model: Any) -> Iterator[None]:
    """Give a model all attributes back that it had, if the block does not come to its end.

    What fails may also be a warning that the user made an error, or Ctrl-C in training: then names
    of new columns would stand beside vectors of old ones.
    """
    before = dict(vars(model))
    try:
        yield
    except BaseException:
        for name in vars(model).keys() - before.keys():
            delattr(model, name)
        vars(model).update(before)
        raise


def check_columns(model: Any, X: Any) -> None:
    """Keep the names and number of columns of fit, as scikit-learn does.

    Names that are not all text are not kept as ``feature_names_in_``; the model goes by them all
    the same.
    """
    names = names_of(X)
    model._columns_named = names is not None
    if names is None:
        from sklearn.utils.validation import validate_data

        validate_data(model, as_array(X), reset=True, skip_check_array=True)
        return
    model.n_features_in_ = len(names)
    model.__dict__.pop("feature_names_in_", None)
    if isinstance(X, Mapping) or _all_text(names):
        model.feature_names_in_ = np.array(feature_names(names), dtype=object)


def names_of(X: Any) -> list[Any] | None:
    """Give the names of the columns of a table; None for an array, whose columns have none."""
    if isinstance(X, Mapping):
        return list(X)
    names = getattr(X, "column_names", getattr(X, "columns", None))
    return None if names is None else list(names)


def _all_text(names: list[Any]) -> bool:
    return all(isinstance(name, str) for name in names)


def columns_again(model: Any, X: Any) -> dict[str, Any]:
    """Take a table apart into the columns of fit, by name or by position.

    Raises
    ------
    UnknownFeatureError
        If a column that the model learned is not there; others are not needed.
    ValueError
        From scikit-learn, if the model learned all columns and names, their order or number differ.
    """
    schema = model.vocabulary_.schema
    X = as_table(X, schema=schema)
    found = columns_of(X, schema.columns)
    if goes_by_name(model, X):
        return found
    if _differ_from_fit(model, X):
        from sklearn.utils.validation import validate_data

        validate_data(model, as_array(X), reset=False, skip_check_array=True)
    return dict(zip(model._columns_in, found.values(), strict=True))


def _differ_from_fit(model: Any, X: Any) -> bool:
    """Say whether scikit-learn might find fault with the names or the number of columns."""
    names, known = names_of(X), getattr(model, "feature_names_in_", None)
    return names is None or known is None or names != list(known)


def goes_by_name(model: Any, X: Any) -> bool:
    """Say whether the columns of new rows are found by name alone: in any order, more beside.

    A dataframe for a model that learned all its columns is held to the names and order of fit, as
    scikit-learn does it. Without names on one side columns go by position; numbers beside names of
    text are no names to scikit-learn.
    """
    names, used = names_of(X), set(model.vocabulary_.schema.columns)
    if names is None or isinstance(X, Mapping):
        return names is not None
    if not model._columns_named:
        return False
    text_now, text_then = _all_text(names), hasattr(model, "feature_names_in_")
    if text_now and text_then:
        return not used.issuperset(model._columns_in)
    no_text = not any(isinstance(name, str) for name in names)
    if not (text_now or no_text) or (no_text and not text_then):
        return True
    return not used.isdisjoint(feature_names(names))


def features_in(model: Any, input_features: Any) -> np.ndarray:
    """Name the columns of a table that was fitted, or check the names that are given."""
    _check_are_names(input_features)
    known = getattr(model, "feature_names_in_", None)
    if input_features is None:
        return np.array(model._columns_in if known is None else known, dtype=object)
    given = np.array([str(name) for name in input_features], dtype=object)
    if known is not None and list(given) != list(known):
        raise ParameterError(_OTHER_NAMES)
    if len(given) != model.n_features_in_:
        raise ParameterError(
            f"input_features should have length equal to number of features "
            f"({model.n_features_in_}), got {len(given)}."
        )
    return given


def _check_are_names(input_features: Any) -> None:
    """Raise ParameterError unless names are None, or can be gone through."""
    right = isinstance(input_features, Iterable) and not isinstance(input_features, (str, bytes))
    if input_features is not None and not right:
        raise ParameterError(
            f"input_features must be a list of the names of fit, or None, got {input_features!r}."
        )


def features_out(model: Any, input_features: Any) -> list[str]:
    """Name the features of a fitted model by the names that its columns are given."""
    _check_are_names(input_features)
    known = getattr(model, "feature_names_in_", None)
    if known is not None and list(known if input_features is None else input_features) != list(
        known
    ):
        raise ParameterError(_OTHER_NAMES)
    features = list(model.vocabulary_.features)
    if input_features is None or known is not None:
        return features
    if len(input_features) != model.n_features_in_:
        raise ParameterError(
            f"input_features should have length equal to number of features "
            f"({model.n_features_in_}), got {len(input_features)}."
        )
    given = dict(zip(model._columns_in, feature_names(input_features), strict=True))
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
    from sklearn.utils.validation import check_array

    names = feature_names(names_of(X))
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
    if own is None and "sklearn" in sys.modules:  # where it is not imported nobody configured it
        own = sys.modules["sklearn"].get_config()["transform_output"]
    return "polars" if own == "polars" else "pandas"


def can_go_on(model: Any) -> bool:
    """Say that partial_fit can be used, or raise why not: this solver, or this way of fitting.

    Raises
    ------
    NotAvailableError
    """
    if model.solver in ("rows", "gensim"):
        raise NotAvailableError(
            f"{spelled('partial_fit', 'an update')} adds up pair counts, and "
            f"{setting('solver', model.solver)} learns from rows. Use "
            f"{setting('solver', 'counts')} or {setting('solver', 'auto')}, or fit on all rows at "
            f"once."
        )
    if hasattr(model, "vectors_") and not hasattr(model, "counts_"):
        raise NotAvailableError(
            spelled(
                "this model was fitted with fit, which keeps no pair counts, so partial_fit has "
                "nothing to add new rows to. Begin with partial_fit instead of fit, on a clone or "
                "a new Cat2Vec.",
                "this model was trained without --updatable and keeps no pair counts of all "
                "categories, so there is nothing to add new rows to. Train it again with "
                "--updatable.",
            )
        )
    return True


def can_invert(model: Any) -> bool:
    """Say that rows can be turned back into categories, or raise why not.

    Raises
    ------
    NotAvailableError
    """
    if model.row_vector != "concat":
        changes = {"mean": "averages them", "linear": "mixes them with other axes"}
        what = changes.get(model.row_vector, "changes their length")
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
