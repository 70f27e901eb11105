"""New rows of a table that was fitted before, with categories that it did not have.

Takes a table and the ``Vocabulary`` of an earlier fit. Gives an ``EncodedTable`` with a vocabulary
of its own, in which new categories follow those of the fit. Knows nothing of pairs or vectors.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from cat2vec.kernels.threads import thread_count
from cat2vec.tables.columns import Factors, encode_new
from cat2vec.tables.encode import (
    EncodedTable,
    check_features_are_there,
    check_n_jobs,
    factored_columns,
    some_rows_of,
    stacked,
)
from cat2vec.tables.frames import read_columns, rows_of
from cat2vec.tables.shared import grown_together
from cat2vec.tables.weights import checked_weights, code_counts
from cat2vec.vocabulary import UNSEEN, Vocabulary, category_key, sorted_by_key


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
    check_n_jobs(n_jobs)
    found = read_columns(table)
    check_features_are_there(vocabulary, found)
    weights = checked_weights(sample_weight, rows_of(found))
    with ThreadPoolExecutor(thread_count(n_jobs)) as pool:
        factored = factored_columns(found, vocabulary.features, pool)
        if weights is not None and not weights.all():
            rows, weights = np.flatnonzero(weights), weights[weights > 0]
            factored = {
                name: some_rows_of(name, found[name], f, rows) for name, f in factored.items()
            }
        columns = list(
            pool.map(
                lambda f: _grown(vocabulary, f, factored[vocabulary.features[f]]),
                range(vocabulary.n_features),
            )
        )
    columns = grown_together(vocabulary, columns)
    counts = [code_counts(codes, weights, len(values)) for codes, values in columns]
    grown = Vocabulary(
        vocabulary.schema, tuple(values for _, values in columns), np.concatenate(counts)
    )
    return EncodedTable(stacked([codes for codes, _ in columns]), grown, weights)


def _grown(
    vocabulary: Vocabulary, position: int, factors: Factors
) -> tuple[np.ndarray, np.ndarray]:
    """Encode one column; give its codes and the categories of the fit with the new ones behind."""
    name, codec = vocabulary.features[position], vocabulary.schema.codecs[position]
    known = vocabulary.categories[position]
    added: list[Any] = []
    used = np.bincount(factors.codes[factors.codes >= 0], minlength=len(factors.distinct)) > 0

    def lookup(values: list[Any]) -> np.ndarray:
        codes = vocabulary.codes_of(position, values).astype(np.int64)
        unseen = np.flatnonzero((codes == UNSEEN) & used).tolist()
        added[:] = sorted_by_key({category_key(values[i]): values[i] for i in unseen}.values())
        place = {category_key(value): len(known) + i for i, value in enumerate(added)}
        codes[unseen] = [place[category_key(values[i])] for i in unseen]
        return codes

    codes = encode_new(name, factors, codec, lookup)
    categories = known
    if added:
        same = isinstance(factors.distinct, np.ndarray) and factors.distinct.dtype == known.dtype
        categories = np.empty(len(known) + len(added), known.dtype if same else object)
        categories[:] = [*known.tolist(), *added]
    return codes, categories
