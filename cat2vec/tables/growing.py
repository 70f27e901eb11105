"""New rows of a table that was fitted before, with categories that it did not have.

Takes a table and the ``Vocabulary`` of an earlier fit. Gives an ``EncodedTable`` with a vocabulary
of its own, in which new categories follow those of the fit. Knows nothing of pairs or vectors.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from cat2vec.kernels.threads import thread_count
from cat2vec.parameters import check_parameters
from cat2vec.tables.cells.factors import Factors
from cat2vec.tables.cells.features import (
    columns_to_read,
    encode_feature,
    with_missing_category,
    with_missing_code,
)
from cat2vec.tables.cells.weights import checked_weights, token_counts
from cat2vec.tables.encode import (
    EncodedTable,
    factored_again,
    some_rows_of,
)
from cat2vec.tables.encoded import stacked
from cat2vec.tables.fit_shared import grown_together
from cat2vec.tables.frames import read_columns, rows_of
from cat2vec.vocabulary.vocabulary import MISSING, UNSEEN, Vocabulary, category_key


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
    found = read_columns(table)
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
            pool.map(
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
    return EncodedTable(*stacked([codes for codes, _ in encoded], grown, weights))


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
