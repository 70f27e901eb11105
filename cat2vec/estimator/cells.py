"""The steps of the methods of ``Cat2Vec`` that ask what rows say about their cells.

Takes the estimator and tables as they were given. Gives answers, or tables with cells filled. Knows
nothing of how probabilities are computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec.counting.encoded import count_encoded
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import (
    NotAvailableError,
    ParameterError,
    UnfilledCellsWarning,
    spelled,
    warn,
)
from cat2vec.estimator.steps import encode_rows
from cat2vec.estimator.validation import columns_again, columns_of, goes_by_name
from cat2vec.inspection import cells as questions
from cat2vec.inspection.cells.imputation import (
    can_be_filled,
    codes_for_missing,
    missing_rows,
    values_of,
)
from cat2vec.inspection.cells.kept import CellsKept, kept_counts, recoded
from cat2vec.inspection.cells.model import CellModel
from cat2vec.inspection.cells.sampling import sampled_codes
from cat2vec.inspection.cells.temperatures import sample_of
from cat2vec.kernels.threads import Workers, workers
from cat2vec.parameters import check_parameters
from cat2vec.parameters.checks import is_real
from cat2vec.tables.encoded import EncodedTable
from cat2vec.tables.filling import filled
from cat2vec.tables.frames import decoded_frame, row_labels
from cat2vec.tables.objects import as_table
from cat2vec.training.choice import most_pairs
from cat2vec.vectors.frames import category_index
from cat2vec.vectors.vectors import Vectors

if TYPE_CHECKING:
    import pandas as pd

#: Distinct pairs that ``keep_counts="auto"`` keeps at most.
MOST_PAIRS = 10_000_000


def kept_of_rows(
    model: Any,
    encoded: EncodedTable,
    vectors: Vectors,
    bin_values: Mapping[str, np.ndarray],
    counted: PairCounts | None = None,
) -> CellsKept:
    """Take from encoded rows what the questions about cells need.

    ``counted`` are the pairs of these rows, if training counted them.
    """
    counts = None
    bound = most_pairs(encoded.vocabulary, encoded.n_rows, encoded.n_slots)
    if model.keep_counts is True or (model.keep_counts == "auto" and bound <= MOST_PAIRS):
        # a copy, without the matrices that training derived from it
        counted = count_encoded(encoded, model.n_jobs) if counted is None else replace(counted)
        counts = kept_counts(counted, vectors)
    return CellsKept(counts, sample_of(encoded), bin_values=bin_values)


def table_again(model: Any, X: Any) -> Any:
    """Make a table of new rows that can be read more than once, as a path or a reader cannot."""
    return as_table(X, schema=model.vocabulary_.schema)


def kept_of_more(
    model: Any,
    encoded: EncodedTable,
    vectors: Vectors,
    bin_values: Mapping[str, np.ndarray],
    counts: PairCounts,
) -> CellsKept:
    """Take from a call of ``partial_fit`` what the questions about cells need.

    ``bin_values`` are taken of the first call only.
    """
    earlier: CellsKept | None = getattr(model, "cells_", None)
    kept = None
    if model.keep_counts is not False:
        kept = kept_counts(counts, vectors)
        if model.keep_counts == "auto" and kept.n_pairs > MOST_PAIRS:
            kept = None
    if earlier is None:
        sample = recoded(sample_of(encoded), vectors.vocabulary)
        return CellsKept(kept, sample, bin_values=bin_values)
    return earlier.grown(kept, encoded, model.vectors_.vocabulary, vectors.vocabulary)


def cell_model(model: Any, crew: Workers) -> CellModel:
    """Give the model of cells of a fitted estimator."""
    kept: CellsKept = model.cells_
    return kept.model(getattr(model, "vectors_", None), crew)


def cell_probabilities(model: Any, X: Any, feature: str) -> pd.DataFrame:
    """Compute how likely each category of a feature is in each row.

    The column of the feature may be missing in X: it does not matter.
    """
    position = model.vocabulary_.schema.position(feature)
    column = model.vocabulary_.schema.columns[position]
    X = table_again(model, X)
    given = columns_of(X, model.vocabulary_.schema.columns)
    has_names = isinstance(X, Mapping) or hasattr(X, "columns") or hasattr(X, "column_names")
    rows = _with_missing(given, column) if has_names and column not in given and given else X
    encoded = encode_rows(model, rows, unseen_get="said nothing by")
    with workers(model.n_jobs) as crew:
        found = questions.probabilities(cell_model(model, crew), encoded, feature, crew)
    if (labels := row_labels(X, len(found))) is not None:
        found.index = labels
    return found


def _with_missing(given: Mapping[str, Any], column: str) -> dict[str, Any]:
    n_rows = len(next(iter(given.values())))
    return {**given, column: [None] * n_rows}


def labelled_rows(found: pd.DataFrame, X: Any, n_rows: int) -> pd.DataFrame:
    """Put the labels of the index of a pandas table in place of the numbers of its rows."""
    if (labels := row_labels(X, n_rows)) is not None:
        found["row"] = labels.take(found["row"].to_numpy(np.int64)).to_flat_index()
    return found


def check_counts_kept(model: Any, what: str) -> None:
    """Raise if a question needs pair counts and the model keeps none.

    Raises
    ------
    NotAvailableError
    """
    if model.cells_.counts is None:
        raise NotAvailableError(
            f"{what} judges each row without its own counts, and this model keeps no pair counts. "
            f"{spelled('Fit', 'Train')} it with "
            f"{spelled('keep_counts=True', '--keep-counts true')}."
        )


def scored_rows(model: Any, X: Any) -> np.ndarray:
    """Score rows, lower is odder."""
    check_counts_kept(model, "score_samples")
    encoded = encode_rows(model, X, warn=False)
    with workers(model.n_jobs) as crew:
        rows = model.cells_.oddness(crew).score(encoded, crew)
    return -rows


def oddest_rows(model: Any, X: Any, n: int, n_cells: int) -> pd.DataFrame:
    """Find the oddest rows and their oddest cells."""
    check_parameters(n=n, n_cells=n_cells)
    check_counts_kept(model, "outlier_rows")
    encoded = encode_rows(model, X, warn=False)
    return labelled_rows(oddest_of(model, iter([encoded]), n, n_cells), X, encoded.n_rows)


def oddest_of(model: Any, pieces: Iterator[EncodedTable], n: int, n_cells: int) -> pd.DataFrame:
    """Find the oddest of encoded rows that come some after the other, and their oddest cells."""
    check_counts_kept(model, spelled("outlier_rows", "cat2vec outliers"))
    with workers(model.n_jobs) as crew:
        return questions.outlier_rows(model.cells_.oddness(crew), pieces, n, n_cells, crew)


def wrong_looking_cells(model: Any, X: Any, n: int) -> pd.DataFrame:
    """Find the cells that look wrong; values are those of X."""
    check_parameters(n=n)
    check_counts_kept(model, "suspicious_cells")
    X = table_again(model, X)
    encoded = encode_rows(model, X, warn=False)
    with workers(model.n_jobs) as crew:
        found = questions.suspicious_cells(cell_model(model, crew), encoded, n, crew)
    columns, schema = columns_again(model, X), model.vocabulary_.schema
    values = found["value"].tolist()
    for line, (row, feature) in enumerate(zip(found["row"], found["column"], strict=True)):
        position = schema.position(feature)
        reading = schema.codecs[position].reading
        if reading.part is None and not reading.multivalued:
            cell = columns[schema.columns[position]][int(row)]
            values[line] = cell.as_py() if hasattr(cell, "as_py") else cell
    found["value"] = category_index(values)
    return labelled_rows(found, X, encoded.n_rows)


def imputed(model: Any, X: Any, n_draws: int | None = None, random_state: int | None = None) -> Any:
    """Fill the missing cells of a table: one table, or a list of drawn ones.

    Raises
    ------
    ParameterError, UnknownFeatureError
    """
    if n_draws is not None:
        check_parameters(n_draws=n_draws)
    seed = _seed_for(model, random_state)
    X = table_again(model, X)
    encoded = encode_rows(model, X, unseen_get="said nothing by")
    warn_of_unfilled(encoded)
    with workers(model.n_jobs) as crew:
        cells = cell_model(model, crew)
        if n_draws is None:
            return filled_by(model, X, codes_for_missing(cells, encoded, crew))
        rng = np.random.default_rng(seed)
        return [
            filled_by(model, X, codes_for_missing(cells, encoded, crew, rng))
            for _ in range(n_draws)
        ]


def warn_of_unfilled(encoded: EncodedTable) -> None:
    """Say which missing cells no category can be found for."""
    schema, left, dates = encoded.vocabulary.schema, dict[str, int](), list[str]()
    for position in np.flatnonzero(~can_be_filled(encoded.vocabulary)).tolist():
        if n_cells := len(missing_rows(encoded, position)):
            left[schema.columns[position]] = n_cells
            if schema.codecs[position].reading.part is not None:
                dates.append(schema.columns[position])
    if left:
        warn(UnfilledCellsWarning(left, dates))


def _seed_for(model: Any, random_state: Any) -> int:
    """Give the seed of draws: the one that was given now, or that of the model."""
    if random_state is None:
        return int(model.random_state)
    check_parameters(random_state=random_state)
    return int(random_state)


def sampled(
    model: Any, n: int, given: Mapping[str, Any] | None, random_state: int | None
) -> pd.DataFrame:
    """Draw rows from the model of cells.

    Raises
    ------
    ParameterError, UnknownFeatureError, UnknownCategoryError
    """
    check_parameters(n=n)
    seed = _seed_for(model, random_state)
    if given is not None and not isinstance(given, Mapping):
        example = {model.vocabulary_.features[0]: "..."}
        raise ParameterError(
            f"given must be a dict of features and values, or None, got {given!r}. Write "
            f"given={example}."
        )
    vocabulary, schema = model.vocabulary_, model.vocabulary_.schema
    fixed, numbers = {}, {}
    for name, value in (given or {}).items():
        position = schema.position(name)
        fixed[position] = vocabulary.token_id(name, value) - int(vocabulary.offsets[position])
        if schema.codecs[position].edges is not None and is_real(value):
            numbers[position] = value  # which stands for itself, and not for its bin
    rng = np.random.default_rng(seed)
    with workers(model.n_jobs) as crew:
        codes = sampled_codes(cell_model(model, crew), n, fixed, crew, rng)
    bin_values, columns = model.cells_.bin_values, {}
    for position, name in enumerate(vocabulary.features):
        categories = vocabulary.categories[position]
        in_bins = schema.codecs[position].edges is not None and len(categories)
        if in_bins:
            categories = np.array(
                values_of(vocabulary, position, np.arange(len(bin_values[name])), bin_values)
            )
        columns[name] = categories, codes[:, position]
        if position in numbers:
            columns[name] = np.array([numbers[position]]), np.zeros(n, np.int64)
    return decoded_frame(columns, "pandas")


def filled_by(model: Any, X: Any, found: Mapping[int, tuple[np.ndarray, np.ndarray]]) -> Any:
    """Put the codes that were found into the missing cells of a table."""
    given = list(columns_of(X, model.vocabulary_.schema.columns))
    fills = values_by_column(model, found)
    if not goes_by_name(model, X):
        name_in_x = dict(zip(model._columns_in, given, strict=True))
        fills = {name_in_x[column]: fill for column, fill in fills.items()}
    return filled(X, fills)


def values_by_column(
    model: Any, found: Mapping[int, tuple[np.ndarray, np.ndarray]]
) -> dict[str, tuple[np.ndarray, list[Any]]]:
    """Give for each column of fit the rows and the values of the cells that were found."""
    vocabulary = model.vocabulary_
    return {
        vocabulary.schema.columns[position]: (
            rows,
            values_of(vocabulary, position, codes, model.cells_.bin_values),
        )
        for position, (rows, codes) in found.items()
    }


def fills_for(model: Any, X: Any) -> dict[str, tuple[np.ndarray, list[Any]]]:
    """Find the likeliest values for the missing cells of a table, by column."""
    encoded = encode_rows(model, X, unseen_get="said nothing by")
    with workers(model.n_jobs) as crew:
        return fills_of(model, encoded, cell_model(model, crew), crew)


def fills_of(
    model: Any, encoded: EncodedTable, cells: CellModel, crew: Workers
) -> dict[str, tuple[np.ndarray, list[Any]]]:
    """Find the likeliest values for the missing cells of encoded rows, by column."""
    return values_by_column(model, codes_for_missing(cells, encoded, crew))
