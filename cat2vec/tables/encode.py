"""Any table in, ``EncodedTable`` out.

Takes pandas, polars and pyarrow tables, dicts of columns and 2-D arrays. Gives integer codes with a
``Vocabulary``: one that is learned, one of an earlier fit, or one of an earlier fit in which new
categories follow those of the fit. Knows nothing of pairs or vectors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from cat2vec.errors import ParameterError, UnknownFeatureError, map_in
from cat2vec.kernels.threads import thread_count
from cat2vec.parameters import check_parameters, documented, feature_names
from cat2vec.tables.asked import are_lists, asked_features, asked_kinds, check_not_empty
from cat2vec.tables.cells.factors import Factors, arrow_or_list
from cat2vec.tables.cells.features import (
    columns_to_read,
    encode_feature,
    unseen_values,
    with_missing_category,
    with_missing_code,
    without_values,
)
from cat2vec.tables.cells.kinds import Kind
from cat2vec.tables.cells.multivalued import check_are_lists, factorize_cells
from cat2vec.tables.cells.weights import checked_weights, token_counts
from cat2vec.tables.encoded import EncodedTable as EncodedTable
from cat2vec.tables.encoded import stacked
from cat2vec.tables.fit import Rules, fit_columns, vocabulary_of
from cat2vec.tables.fit_shared import grown_together
from cat2vec.tables.frames import read_columns, rows_of
from cat2vec.tables.unmatched import warn_of_unmatched_in
from cat2vec.vocabulary.as_json import check_can_be_held
from cat2vec.vocabulary.vocabulary import MISSING, UNSEEN, Vocabulary, category_key

#: Values that are kept as examples of those that a fit did not see.
_EXAMPLES = 20


@documented
def encode_table(
    table: Any,
    *,
    features: Sequence[str] | None = None,
    columns: Mapping[str, Any] | None = None,
    numeric: str = "bin",
    n_bins: int = 16,
    shared: Mapping[str, Sequence[str]] | None = None,
    missing: str = "ignore",
    missing_values: Any = None,
    vocabulary: Vocabulary | None = None,
    sample_weight: Any = None,
    n_jobs: int | None = None,
) -> EncodedTable:
    """Turn a table into integer codes: every row a bag of ``feature=category`` tokens.

    Parameters
    ----------
    table : DataFrame, Table, mapping, array or path
        pandas, polars or pyarrow table (anything narwhals reads eagerly), what gives one, such as
        a DuckDB relation, a LazyFrame, record batches or a Dataset, a dict of columns, or a 2-D
        NumPy array, whose features are named x0, x1 and so on. Only null and NaN are missing,
        and lists without a value. Dates become several features, such as ``when:year``, and each
        value of a list is a token. A table may have one column only if its cells hold several
        values, which then learn from each other.
        A path, or a list of paths, is read as the command line reads it; columns of Parquet and
        Feather one by one, so that they never stand in memory together.
    {features, columns, numeric, n_bins, shared, missing}
        New rows of a feature that had no missing cell in fit keep them as -1.
    {missing_values}
    vocabulary : Vocabulary or None
        Encode as an earlier fit did, instead of learning categories from this table.
    {sample_weight}
        Rows of weight 0 are encoded all the same, but a category found only in them is not in the
        vocabulary. Edges of bins go by weights too.
    {n_jobs}

    Returns
    -------
    EncodedTable

    Raises
    ------
    TableError, UnknownFeatureError, CellError, ParameterError
        Before any long work.

    Warns
    -----
    IdentifierWarning
        For a column whose values are nearly all distinct, unless ``columns`` names its kind.

    Examples
    --------
    >>> encoded = encode_table({"city": ["Oslo", None, "Bergen"], "job": ["cook", "cook", "nurse"]})
    >>> encoded.codes.tolist()
    [[1, 0], [-1, 0], [0, 1]]
    >>> encoded.vocabulary.texts()
    ['city=Bergen', 'city=Oslo', 'job=cook', 'job=nurse']
    """
    check_parameters(n_jobs=n_jobs, features=features)
    if not isinstance(vocabulary, Vocabulary | None):
        raise ParameterError(
            f"vocabulary must be a Vocabulary, such as counts.vocabulary, or None, got "
            f"{type(vocabulary).__name__}."
        )
    schema = None if vocabulary is None else vocabulary.schema
    found = read_columns(table, feature_names(features), schema)
    n_rows = rows_of(found)
    if vocabulary is not None:
        weights = checked_weights(sample_weight, n_rows)
        with ThreadPoolExecutor(thread_count(n_jobs)) as pool:
            factored = factored_again(found, vocabulary, pool)
            return _encoded_by(vocabulary, factored, weights, pool)
    kinds, emptied = asked_kinds(found, columns, numeric, n_bins, missing, missing_values)
    names = asked_features(found, features)
    check_not_empty(names, n_rows)
    weights = checked_weights(sample_weight, n_rows)
    rules = Rules(kinds, numeric, n_bins, shared, missing, emptied)
    with ThreadPoolExecutor(thread_count(n_jobs)) as pool:
        factors = map_in(pool, lambda n: _factored(n, found[n], kinds.get(n)), names)
        factored = dict(zip(names, factors, strict=True))
        warn_of_unmatched_in(factored, kinds, emptied, missing_values)
        factored = {n: without_values(factored[n], emptied[n]) for n in names}
        for name in names:
            if are_lists(kinds.get(name)):
                check_are_lists(name, factored[name], found[name])
        if weights is None or weights.all():
            fitted, together, remarks = fit_columns(factored, rules, weights, pool)
            vocabulary = vocabulary_of(fitted, together, weights)
            codes = [one.codes for one in fitted]
            return EncodedTable(*stacked(codes, vocabulary, weights), remarks)
        rows, counted = np.flatnonzero(weights), weights[weights > 0]
        learned = {
            name: some_rows_of(name, found[name], factored[name], rows, emptied[name])
            for name in names
        }
        fitted, together, remarks = fit_columns(learned, rules, counted, pool)
        words = vocabulary_of(fitted, together, counted)
        return replace(_encoded_by(words, factored, weights, pool), remarks=remarks)


def _factored(name: str, cells: Any, kind: Kind | None) -> Factors:
    """Number the distinct values of a column of fit, also those that mean a missing cell."""
    return factorize_cells(name, cells, None if kind is None else are_lists(kind))


def factored_again(
    found: Mapping[str, Any], vocabulary: Vocabulary, pool: ThreadPoolExecutor
) -> dict[str, Factors]:
    """Number the distinct values of the columns that a fit needs, each in a task of its own.

    Raises
    ------
    UnknownFeatureError, CellError, ColumnTypeError
    """
    readings = columns_to_read(vocabulary)
    UnknownFeatureError.check(readings, list(found))

    def factor_one(name: str) -> Factors:
        reading = readings[name]
        several = reading.multivalued and reading.separator is None
        return without_values(factorize_cells(name, found[name], several), reading.missing_values)

    return dict(zip(readings, map_in(pool, factor_one, readings), strict=True))


def some_rows_of(
    name: str, cells: Any, factors: Factors, rows: np.ndarray, missing_values: tuple[Any, ...] = ()
) -> Factors:
    """Reduce a column to some of its rows, as if there had never been others."""
    several = factors.rows is not None
    if isinstance(cells, list):  # the other rows may be why it is one
        kept = arrow_or_list([cells[row] for row in rows.tolist()])
        return without_values(factorize_cells(name, kept, several), missing_values)
    if factors.rows is None:
        return replace(factors, codes=factors.codes[rows])
    number = np.full(factors.n_rows, -1)
    number[rows] = np.arange(len(rows))
    new = number[factors.rows]
    return replace(factors, codes=factors.codes[new >= 0], rows=new[new >= 0], n_cells=len(rows))


def _encoded_by(
    vocabulary: Vocabulary,
    factored: Mapping[str, Factors],
    weights: np.ndarray | None,
    pool: ThreadPoolExecutor,
) -> EncodedTable:
    columns = vocabulary.schema.columns
    encoded = map_in(
        pool,
        lambda position: encode_feature(vocabulary, position, factored[columns[position]]),
        range(vocabulary.n_features),
    )
    codes = list(encoded)
    table = EncodedTable(*stacked(codes, vocabulary, weights))
    return replace(table, unseen=_unseen_in(codes, vocabulary, factored))


def _unseen_in(
    codes: Sequence[np.ndarray], vocabulary: Vocabulary, factored: Mapping[str, Factors]
) -> dict[str, tuple[Any, ...]]:
    """Give some of the values of each feature that its codes say were not seen in fit."""
    columns = vocabulary.schema.columns
    return {
        vocabulary.features[f]: tuple(
            unseen_values(vocabulary, f, factored[columns[f]])[:_EXAMPLES]
        )
        for f, found in enumerate(codes)
        if (found == UNSEEN).any()
    }


def encode_growing(
    table: Any,
    vocabulary: Vocabulary,
    *,
    sample_weight: Any = None,
    n_jobs: int | None = None,
) -> EncodedTable:
    """Encode new rows by the features, kinds and bin edges of an earlier fit.

    Parameters
    ----------
    table : DataFrame, Table, mapping or array
        As in ``encode_table``; it may have more columns.
    vocabulary : Vocabulary
        Of the fit.
    sample_weight : list, array or Series of shape (n_rows,), or None
        As in ``encode_table``, but rows of weight 0 are left out.
    n_jobs : int or None

    Returns
    -------
    EncodedTable
        Its vocabulary counts these rows only. Codes of known categories are those of
        ``vocabulary``; new ones follow in order of value, whatever the order of rows.

    Raises
    ------
    TableError, UnknownFeatureError, CellError, ColumnTypeError, ParameterError

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> first = encode_table({"city": ["Oslo", "Rome"], "job": ["cook", "cook"]})
    >>> more = {"city": ["Pisa", "Oslo", "Bari"], "job": ["cook", None, "nurse"]}
    >>> encoded = encode_growing(more, first.vocabulary)
    >>> encoded.codes.tolist()
    [[3, 0], [0, -1], [2, 1]]
    >>> encoded.vocabulary.texts()
    ['city=Oslo', 'city=Rome', 'city=Bari', 'city=Pisa', 'job=cook', 'job=nurse']
    """
    check_parameters(n_jobs=n_jobs)
    found = read_columns(table, schema=vocabulary.schema)
    weights = checked_weights(sample_weight, rows_of(found))
    columns = vocabulary.schema.columns
    with ThreadPoolExecutor(thread_count(n_jobs)) as pool:
        factored = factored_again(found, vocabulary, pool)
        if weights is not None and not weights.all():
            rows, weights = np.flatnonzero(weights), weights[weights > 0]
            factored = {
                name: some_rows_of(name, found[name], factored[name], rows, reading.missing_values)
                for name, reading in columns_to_read(vocabulary).items()
            }
        encoded = list(
            map_in(
                pool,
                lambda f: _grown(vocabulary, f, factored[columns[f]]),
                range(vocabulary.n_features),
            )
        )
    encoded = grown_together(vocabulary, encoded)
    counts = [token_counts(codes, weights, len(values)) for codes, values in encoded]
    grown = Vocabulary(
        vocabulary.schema,
        tuple(values for _, values in encoded),
        np.concatenate(counts),
        vocabulary.pooled,
    )
    check_can_be_held(grown)
    every = [codes for codes, _ in encoded]
    result = EncodedTable(*stacked(every, grown, weights))
    return replace(result, unseen=_unseen_in(every, vocabulary, factored))


def _fit_into(dtype: np.dtype, values: list[Any]) -> bool:
    """Say whether an array of numbers or booleans holds values as they are."""
    if dtype.kind not in "biuf":
        return False
    try:
        held = np.array(values, dtype).tolist()
    except (ValueError, TypeError, OverflowError):
        return False
    return all(type(a) is type(b) and a == b for a, b in zip(held, values, strict=True))


def _grown(
    vocabulary: Vocabulary, position: int, factors: Factors
) -> tuple[np.ndarray, np.ndarray]:
    """Encode one feature; give its codes and the categories of the fit with the new ones behind."""
    codec, known = vocabulary.schema.codecs[position], vocabulary.categories[position]
    added: list[Any] = []

    def lookup(values: list[Any]) -> np.ndarray:
        codes = vocabulary.codes_of(position, values).astype(np.int64)
        unseen = np.flatnonzero(codes == UNSEEN).tolist()
        added[:] = codec.sorted_categories(
            {category_key(values[i]): values[i] for i in unseen}.values()
        )
        place = {category_key(value): len(known) + i for i, value in enumerate(added)}
        codes[unseen] = [place[category_key(values[i])] for i in unseen]
        return codes

    codes = encode_feature(vocabulary, position, factors, lookup)
    categories = known
    if added:
        dtype = known.dtype if _fit_into(known.dtype, added) else object
        categories = np.empty(len(known) + len(added), dtype)
        categories[:] = [*known.tolist(), *added]
    is_new = codec.reading.missing == "token" and vocabulary.missing_code(position) == MISSING
    first = codes if codes.ndim == 1 else codes[:, 0]
    if is_new and (first == MISSING).any():
        categories = with_missing_category(categories)
        codes = with_missing_code(codes, len(categories) - 1)
    return codes, categories
