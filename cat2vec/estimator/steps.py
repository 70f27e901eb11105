"""The steps of the methods of ``Cat2Vec``: a table to codes, a fitted model to rows of numbers.

Takes the estimator and tables as they were given. Knows nothing of how vectors are trained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from cat2vec.counting.encoded import count_encoded
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import (
    NoPairsError,
    NotAvailableError,
    NothingToScoreError,
    ParameterError,
    setting,
)
from cat2vec.estimator.plan import Plan, plan_of
from cat2vec.estimator.unseen import check_unseen
from cat2vec.estimator.validation import (
    check_are_numbers,
    checked_rows,
    checked_settings,
    columns_again,
    configured_output,
    features_out,
    folded_in_words,
    settings_for,
    sizes_of,
    warn_of_types,
)
from cat2vec.inspection.report import Report, make_report
from cat2vec.kernels.threads import workers
from cat2vec.parameters import check_parameters
from cat2vec.tables.encode import encode_growing, encode_table
from cat2vec.tables.encoded import EncodedTable
from cat2vec.tables.frames import decoded_frame, kind_of_frame, without_category
from cat2vec.tables.remarks import Remark
from cat2vec.training.fold_in import fold_in
from cat2vec.training.progress import say
from cat2vec.training.settings import SETTINGS, Settings
from cat2vec.vectors.linear import linear_vectors
from cat2vec.vectors.rows import nearest_codes, rows_of_vectors, written_vectors
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Parameters of an estimator that say how a table becomes codes.
_OF_TABLE = (
    *("features", "columns", "numeric", "n_bins", "shared", "missing", "missing_values"),
    "n_jobs",
)


def parameters_of_table(model: Any) -> dict[str, Any]:
    """Give the parameters of an estimator that ``encode_table`` takes."""
    return {name: getattr(model, name) for name in _OF_TABLE}


def encode_by_parameters(
    model: Any, found: Mapping[str, Any], sample_weight: Any = None
) -> EncodedTable:
    """Turn named columns into codes, as the parameters of an estimator say."""
    return encode_table(found, **parameters_of_table(model), sample_weight=sample_weight)


def planned(
    model: Any, encoded: EncodedTable, name: str = "", remarks: Sequence[Remark] = ()
) -> Plan:
    """Say what ``fit`` will do with a table that was encoded for it, rare categories pooled."""
    given = settings_for(model, encoded.vocabulary)
    settings = Settings(**{key: given[key] for key in SETTINGS})
    return plan_of(encoded, model._columns_in, settings, name, remarks)


def unfitted(model: Any, **params: Any) -> Any:
    """Make a model of the same parameters, some of them replaced, that knows no table."""
    return type(model)(**{**model.get_params(deep=False), **params})


def say_plan(model: Any, encoded: EncodedTable) -> None:
    """Print the plan where the model is verbose."""
    if model.verbose:
        say(f"what will be trained\n{planned(model, encoded)}")


def encode_rows(
    model: Any,
    X: Any,
    sample_weight: Any = None,
    unseen_get: str | None = None,
    warn: bool = True,
) -> EncodedTable:
    """Encode rows as in fit. ``unseen_get``: what the warning says of unseen categories."""
    encoded = encode_table(
        columns_again(model, X),
        vocabulary=model.vocabulary_,
        sample_weight=sample_weight,
        n_jobs=model.n_jobs,
    )
    if warn or model.handle_unknown == "error":
        check_unseen(encoded, model.handle_unknown, unseen_get=unseen_get)
    return encoded


def check_can_grow(model: Any, X: Any, decay: float, forget_below: float) -> None:
    """Check what is given to partial_fit: a table as in fit, or pair counts for a fitted model.

    Raises
    ------
    ParameterError, NotAvailableError
    """
    check_parameters(decay=decay, forget_below=forget_below)
    checked_settings(model)
    if isinstance(X, PairCounts) and not hasattr(model, "counts_"):
        raise NotAvailableError(
            f"a model learns from pair counts only where it has some to add them to, got {X}. "
            f"Begin with partial_fit on rows, or train vectors alone with train_vectors(counts)."
        )


def counted_rows(model: Any, X: Any, sample_weight: Any = None) -> tuple[EncodedTable, PairCounts]:
    """Encode rows that are added to a model, with their new categories, and count their pairs.

    Of pair counts that were counted before there are no rows: the table is empty. ``X`` may be rows
    that are encoded so already.
    """
    if isinstance(X, PairCounts):
        _check_no_weights(sample_weight)
        codes = np.empty((0, X.vocabulary.n_features), np.int16, order="F")
        return EncodedTable(codes, X.vocabulary), X
    vocabulary = model.counts_.vocabulary
    if isinstance(X, EncodedTable):
        encoded = X
    else:
        columns = columns_again(model, X)
        how = {"sample_weight": sample_weight, "n_jobs": model.n_jobs}
        encoded = encode_growing(columns, vocabulary, **how)
        check_are_numbers(encoded)
    warn_of_types(vocabulary, encoded)
    return encoded, count_encoded(encoded, model.n_jobs)


def _check_no_weights(sample_weight: Any) -> None:
    if sample_weight is not None:
        raise ParameterError(
            "sample_weight cannot be given for pair counts, which were counted with weights or "
            "without. Give it to count_pairs."
        )


def grown_counts(
    earlier: PairCounts, added: PairCounts, decay: float, forget_below: float = 0.0
) -> PairCounts:
    """Add counts to all earlier ones, which are multiplied by ``decay`` and thinned out first.

    Categories that only rows held which no longer count, or were forgotten, are gone.
    """
    counts = earlier.decayed(decay).forgetting(forget_below) + added
    return counts.occurring() if forget_below or not decay else counts


def scored_counts(model: Any, X: Any, sample_weight: Any = None) -> PairCounts:
    """Count the pairs of rows that are scored.

    Raises
    ------
    NothingToScoreError
    """
    encoded = encode_rows(model, X, sample_weight, unseen_get="left out")
    try:
        return count_encoded(encoded, model.n_jobs)
    except NoPairsError:
        raise NothingToScoreError(encoded.n_rows) from None


def associated_counts(model: Any, X: Any, sample_weight: Any = None) -> PairCounts:
    """Count the pairs of some rows, which may be encoded, or take the counts that a model keeps.

    Raises
    ------
    NotAvailableError
        Without rows, if the model keeps no counts.
    """
    if X is not None:
        if not isinstance(X, EncodedTable):
            X = encode_rows(model, X, sample_weight, unseen_get="left out")
        return count_encoded(X, model.n_jobs)
    counts: PairCounts | None = getattr(model, "counts_", None) or model.cells_.counts
    if counts is None:
        raise NotAvailableError(
            f"associations needs rows to count, as this model keeps no pair counts, got X=None. "
            f"Pass a table, or fit with {setting('keep_counts', True)}."
        )
    return counts


def trained_counts(model: Any) -> PairCounts | None:
    """Give the pair counts that a model was trained on, pooled as then, where it keeps them."""
    counts: PairCounts | None = getattr(model, "counts_", None)
    return counts and counts.pool(model.vectors_.settings.get("min_count", 1))


def measured(
    model: Any,
    test_rows: Any,
    train_rows: Any = None,
    sample_weight: Any = None,
    train_sample_weight: Any = None,
) -> Report:
    """Measure a model on rows that were not trained on; see ``Cat2Vec.report``."""
    rows = encode_rows(model, test_rows, sample_weight, unseen_get="left out")
    train: EncodedTable | None = None
    if train_rows is not None:
        train = encode_rows(model, train_rows, train_sample_weight, unseen_get="left out")
    return measured_on(model, rows, train)


def measured_on(model: Any, rows: EncodedTable, train: EncodedTable | None) -> Report:
    """Measure a model on encoded rows, perhaps with those that were trained on."""
    known = trained_counts(model) if train is None else train
    return make_report(model.vectors_, rows, known, model.n_jobs, model.cells_)


def rows_as_numbers(model: Any, X: Any, row_vector: str | None = None) -> np.ndarray:
    """Write rows as numbers, unseen categories as ``handle_unknown`` says.

    ``row_vector``: None takes that of the model.
    """
    if model.handle_unknown == "fold_in":
        return with_folded_in(model, X, row_vector)
    return written_rows(model, encode_rows(model, X), model.vectors_.matrix, row_vector)


def with_folded_in(model: Any, X: Any, row_vector: str | None = None) -> np.ndarray:
    """Write rows as numbers, with vectors for unseen categories from these rows."""
    encoded = encode_growing(columns_again(model, X), model.vocabulary_, n_jobs=model.n_jobs)
    warn_of_types(model.vocabulary_, encoded)
    check_unseen(encoded, "zero", unseen_get="no number")
    if model.verbose:
        say(folded_in_words(model.vocabulary_, encoded))
    matrix = fold_in(model.vectors_, encoded, model.n_jobs)
    return written_rows(model, encoded, matrix, row_vector)


def written_rows(
    model: Any, encoded: EncodedTable, matrix: np.ndarray, row_vector: str | None = None
) -> np.ndarray:
    """Write encoded rows as numbers, by the vectors of ``matrix``."""
    return row_writer(model, encoded.vocabulary, matrix, row_vector)(encoded)


def what_is_written(
    model: Any, vocabulary: Vocabulary, matrix: np.ndarray, row_vector: str | None = None
) -> tuple[dict[str, np.ndarray], str]:
    """Give the vectors of each feature that transform writes, and how those of a row become one."""
    written = written_vectors(model.vectors_, vocabulary, matrix, sizes_of(model))
    how = row_vector or model.row_vector
    if how == "linear":
        with workers(1):
            return linear_vectors(model.vocabulary_, written), "concat"
    return written, how


def row_writer(
    model: Any, vocabulary: Vocabulary, matrix: np.ndarray, row_vector: str | None = None
) -> Callable[[EncodedTable], np.ndarray]:
    """Give a function that writes encoded rows as numbers, by the vectors of ``matrix``."""
    written, how = what_is_written(model, vocabulary, matrix, row_vector)
    # polars can share an array that lies column by column
    order: Literal["C", "F"] = "F" if configured_output(model) == "polars" else "C"

    def write(encoded: EncodedTable) -> np.ndarray:
        if model.handle_unknown == "rare":
            encoded = encoded.unseen_as_rare()
        return rows_of_vectors(encoded, written, how, model.n_jobs, order)

    return write


def feature_names_out(model: Any, input_features: Any = None) -> np.ndarray:
    """Name the columns that transform writes."""
    features, sizes = features_out(model, input_features), sizes_of(model)
    if model.row_vector == "mean":
        return np.array([f"cat2vec_{i}" for i in range(model.vectors_.vector_size)], object)
    given = zip(model.vocabulary_.features, features, strict=True)
    written = {name: sizes[feature] for feature, name in given if feature in sizes}
    return np.array([f"{name}_{i}" for name, n in written.items() for i in range(n)], object)


def rows_as_table(model: Any, X: Any) -> Any:
    """Turn rows of numbers back into a table: in every feature the nearest category."""
    sizes, vocabulary = sizes_of(model), model.vocabulary_
    rows = checked_rows(model, X, sizes)
    written = written_vectors(model.vectors_, vocabulary, model.vectors_.matrix, sizes)
    codes = nearest_codes(rows, written, model.n_jobs)
    columns = {}
    for name, column in zip(written, codes.T, strict=True):
        place = vocabulary.schema.position(name)
        columns[name] = without_category(
            vocabulary.categories[place], column, vocabulary.missing_code(place)
        )
    return decoded_frame(columns, kind_of_frame(X) or configured_output(model), X)
