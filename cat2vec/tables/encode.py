"""Any table in, ``EncodedTable`` out.

Takes pandas, polars and pyarrow tables, dicts of columns and 2-D arrays. Gives integer codes with a
``Vocabulary``. Knows nothing of pairs or vectors.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from cat2vec.errors import (
    ColumnTypeError,
    ParameterError,
    TableError,
    UnknownFeatureError,
    in_words,
    integer_problem,
    listed,
)
from cat2vec.kernels.threads import thread_count
from cat2vec.tables.columns import (
    Categorical,
    Factors,
    Numeric,
    arrow_or_list,
    encode_new,
    factorize,
    not_a_number,
)
from cat2vec.tables.frames import read_columns, rows_of
from cat2vec.tables.shared import checked_shared, fit_group, groups_of
from cat2vec.tables.weights import are_whole, checked_weights, code_counts
from cat2vec.vocabulary import Schema, Vocabulary

_KINDS = {"category": Categorical(), "numeric": Numeric()}
NUMERIC_RULES = ("bin", "category", "drop", "error")


@dataclass(frozen=True, eq=False)
class EncodedTable:
    """A table as integers.

    Parameters
    ----------
    codes : ndarray of shape (n_rows, n_features), int16 or int32
        Column-contiguous. Code of each cell's category inside its feature; -1 where the cell is
        missing, -2 where its category is not in the vocabulary.
    vocabulary : Vocabulary
    weights : ndarray of shape (n_rows,), float64, or None
        In how many rows each row counts; None is 1 for every row.
    """

    codes: np.ndarray
    vocabulary: Vocabulary
    weights: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.codes.dtype not in (np.int16, np.int32) or self.codes.ndim != 2:
            raise ValueError("codes must be a 2-D array of int16 or int32")
        if self.codes.shape[1] != self.vocabulary.n_features:
            raise ValueError("codes must have one column per feature")
        if self.weights is not None and (
            self.weights.dtype != np.float64 or self.weights.shape != (self.n_rows,)
        ):
            raise ValueError("weights must be float64, one per row")

    def __repr__(self) -> str:
        missing = int((self.codes < 0).sum())
        weight = "" if self.weights is None else f" of weight {in_words(self.total_weight)}"
        return (
            f"EncodedTable({self.n_rows:,} rows{weight}, {missing:,} cells without a token, "
            f"{self.vocabulary!r})"
        )

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.codes.shape[0])

    @property
    def has_whole_weights(self) -> bool:
        """Whether every row counts as a whole number of rows, so that counts are integers."""
        return self.weights is None or are_whole(self.weights)

    @property
    def total_weight(self) -> int | float:
        """Sum of the weights, an int where all are whole numbers; the rows if there are none."""
        if self.weights is None:
            return self.n_rows
        total = float(self.weights.sum())
        return int(total) if self.has_whole_weights else total

    def counted_rows(self) -> EncodedTable:
        """Leave out the rows of weight 0."""
        if self.weights is None or self.weights.all():
            return self
        rows = self.weights > 0
        return EncodedTable(
            np.asfortranarray(self.codes[rows]), self.vocabulary, self.weights[rows]
        )

    def token_ids(self) -> np.ndarray:
        """Give token ids instead of codes: (n_rows, n_features) int64, C order, -1 for none."""
        ids = np.ascontiguousarray(self.codes).astype(np.int64)
        return np.where(ids < 0, -1, ids + self.vocabulary.offsets[:-1])

    def decode(self, feature: str) -> list[Any]:
        """Give the categories of one feature back, row by row; None where there is no token."""
        position = self.vocabulary.schema.position(feature)
        values = [*self.vocabulary.categories[position].tolist(), None]
        return [values[code if code >= 0 else -1] for code in self.codes[:, position]]


def check_n_jobs(n_jobs: Any) -> None:
    """Raise ParameterError unless n_jobs is None or a whole number other than 0."""
    whole = isinstance(n_jobs, numbers.Integral) and not isinstance(n_jobs, bool)
    if n_jobs is not None and not (whole and n_jobs != 0):
        raise ParameterError(
            f"n_jobs must be None (all cores) or a whole number other than 0, got {n_jobs!r}."
        )


def encode_table(
    table: Any,
    *,
    features: Sequence[str] | None = None,
    columns: Mapping[str, Any] | None = None,
    numeric: str = "bin",
    n_bins: int = 16,
    shared: Mapping[str, Sequence[str]] | None = None,
    vocabulary: Vocabulary | None = None,
    sample_weight: Any = None,
    n_jobs: int | None = None,
) -> EncodedTable:
    """Turn a table into integer codes: every row a bag of ``feature=category`` tokens.

    Parameters
    ----------
    table : DataFrame, Table, mapping or array
        pandas, polars or pyarrow table (anything narwhals reads eagerly), a dict of columns, or a
        2-D NumPy array, whose features are named x0, x1 and so on. Only null and NaN are missing.
        ``ParquetColumns`` are read one by one, so that they never stand in memory together.
    features : sequence of str or None
        Columns to use, in this order; None uses all.
    columns : mapping or None
        Kind per column where the guess is not wanted: "category", "numeric", ``Categorical()`` or
        ``Numeric(bins=8)``.
    numeric : {"bin", "category", "drop", "error"}
        What becomes of number columns with more than ``n_bins`` distinct values; those with fewer
        are categorical already ("drop" and "error" speak of all number columns).
    n_bins : int
        Quantile bins of number columns.
    shared : mapping or None
        Columns that speak of the same things, such as ``{"airport": ["origin", "dest"]}``: they get
        the same categories (or bins), counts of their own, and in training one vector for each
        category.
    vocabulary : Vocabulary or None
        Encode as an earlier fit did, instead of learning categories from this table.
    sample_weight : list, array or Series of shape (n_rows,), or None
        A row of weight w counts as w rows, in counts and in the edges of bins. Rows of weight 0 are
        encoded, and nothing is learned from them: a category that stands only there is not in the
        vocabulary.
    n_jobs : int or None
        Threads; None uses all cores. Results do not depend on it.

    Returns
    -------
    EncodedTable

    Raises
    ------
    TableError, UnknownFeatureError, CellError, ParameterError
        Before any long work.

    Examples
    --------
    >>> encoded = encode_table({"city": ["Oslo", None, "Bergen"], "job": ["cook", "cook", "nurse"]})
    >>> encoded.codes.tolist()
    [[1, 0], [-1, 0], [0, 1]]
    >>> encoded.vocabulary.texts()
    ['city=Bergen', 'city=Oslo', 'job=cook', 'job=nurse']
    """
    check_n_jobs(n_jobs)
    found = read_columns(table)
    n_rows = rows_of(found)
    if vocabulary is not None:
        check_features_are_there(vocabulary, found)
        weights = checked_weights(sample_weight, n_rows)
        with ThreadPoolExecutor(thread_count(n_jobs)) as pool:
            factored = factored_columns(found, vocabulary.features, pool)
            return EncodedTable(_encoded_by(vocabulary, factored, pool), vocabulary, weights)
    kinds = _checked_kinds(found, columns, numeric, n_bins)
    names = _checked_features(found, features)
    weights = checked_weights(sample_weight, n_rows)
    some_left_out = weights is not None and not weights.all()
    with ThreadPoolExecutor(thread_count(n_jobs)) as pool:
        all_rows = factored = factored_columns(found, names, pool)
        counted = weights
        if weights is not None and some_left_out:
            rows, counted = np.flatnonzero(weights), weights[weights > 0]
            factored = {
                name: some_rows_of(name, found[name], all_rows[name], rows) for name in names
            }
        names = _without_numbers(factored, kinds, numeric)
        together = checked_shared(shared, names)
        rule = Categorical() if numeric == "category" else None
        # what is not needed again may go
        take = factored.__getitem__ if some_left_out else factored.pop
        groups = groups_of(names, together)
        by_group = pool.map(
            lambda group: fit_group(group, take, kinds, rule, n_bins, counted), groups
        )
        found_in = dict(
            zip(chain.from_iterable(groups), chain.from_iterable(by_group), strict=True)
        )
        fitted = [found_in.pop(name) for name in names]
        vocabulary = Vocabulary(
            Schema(tuple(names), tuple(codec for codec, _, _ in fitted), together),
            tuple(values for _, values, _ in fitted),
            np.concatenate(
                [code_counts(codes, counted, len(values)) for _, values, codes in fitted]
            ),
        )
        if some_left_out:
            return EncodedTable(_encoded_by(vocabulary, all_rows, pool), vocabulary, weights)
    return EncodedTable(stacked([codes for _, _, codes in fitted]), vocabulary, weights)


def check_features_are_there(vocabulary: Vocabulary, found: Mapping[str, Any]) -> None:
    """Raise UnknownFeatureError unless a table has a column for every feature of a fit."""
    for name in vocabulary.features:
        if name not in found:
            raise UnknownFeatureError(name, list(found))


def factored_columns(
    found: Mapping[str, Any], names: Sequence[str], pool: ThreadPoolExecutor
) -> dict[str, Factors]:
    """Number the distinct values of some columns, each in a task of its own."""
    return dict(zip(names, pool.map(lambda n: factorize(n, found[n]), names), strict=True))


def some_rows_of(name: str, cells: Any, factors: Factors, rows: np.ndarray) -> Factors:
    """Reduce a column to some of its rows, as if there had never been others."""
    if isinstance(cells, list):  # the other rows may be why it is one
        return factorize(name, arrow_or_list([cells[row] for row in rows.tolist()]))
    return replace(factors, codes=factors.codes[rows])


def _encoded_by(
    vocabulary: Vocabulary, factored: Mapping[str, Factors], pool: ThreadPoolExecutor
) -> np.ndarray:
    def encode_one(position: int) -> np.ndarray:
        name = vocabulary.features[position]
        return encode_new(
            name,
            factored[name],
            vocabulary.schema.codecs[position],
            lambda values: vocabulary.codes_of(position, values),
        )

    return stacked(list(pool.map(encode_one, range(vocabulary.n_features))))


def stacked(encoded: list[np.ndarray]) -> np.ndarray:
    """Put encoded columns side by side: (n_rows, n_features), column by column in memory."""
    dtype = np.result_type(*encoded)
    codes = np.empty((len(encoded[0]), len(encoded)), dtype=dtype, order="F")
    for position, column in enumerate(encoded):
        codes[:, position] = column
    return codes


def _checked_features(found: Mapping[str, Any], features: Sequence[str] | None) -> list[str]:
    if isinstance(features, str):
        raise ParameterError(
            f"features must be a list of column names, got the text {features!r}. "
            f"Write features=[{features!r}, ...]."
        )
    if isinstance(features, (set, frozenset)) or not isinstance(features, (Iterable, type(None))):
        raise ParameterError(f"features must be a list of column names, got {features!r}.")
    names = list(found) if features is None else [str(name) for name in features]
    for name in names:
        if name not in found:
            raise UnknownFeatureError(name, list(found))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ParameterError(f"features names {listed(twice)} more than once.")
    n_rows = rows_of(found)
    if not names:
        raise TableError(
            f"found an array with 0 feature(s) (shape=({n_rows}, 0)) while a minimum of 2 is "
            f"required, because vectors are learned from categories that share a row."
        )
    if n_rows == 0:
        raise TableError(
            f"found a table with 0 sample(s) (shape=(0, {len(names)})) while a minimum of 1 is "
            f"required: it has the columns {listed(names)} and no rows."
        )
    if len(names) == 1:
        raise TableError(
            f"only one feature, {names[0]!r} (n_features=1). Vectors are learned from which "
            f"categories share a row, so at least two features are needed."
        )
    return names


def _checked_kinds(
    found: Mapping[str, Any], columns: Mapping[str, Any] | None, numeric: str, n_bins: int
) -> dict[str, Categorical | Numeric]:
    problems = []
    if numeric not in NUMERIC_RULES:
        problems.append(f"numeric must be one of {listed(NUMERIC_RULES)}, got {numeric!r}.")
    if problem := integer_problem("n_bins", n_bins, least=2):
        problems.append(problem)
    if columns is not None and not isinstance(columns, Mapping):
        problems.append(
            f"columns must map column names to kinds, such as {{'zip': 'category'}}, "
            f"got {columns!r}."
        )
        columns = None
    kinds: dict[str, Any] = {}
    for name, kind in {str(name): kind for name, kind in (columns or {}).items()}.items():
        if name not in found:
            raise UnknownFeatureError(name, list(found))
        kinds[name] = _KINDS.get(kind, kind) if isinstance(kind, str) else kind
        if kind == "numeric" and n_bins != Numeric().bins:
            kinds[name] = None if problems else Numeric(n_bins)
        elif not isinstance(kinds[name], (Categorical, Numeric)):
            problems.append(
                f"columns[{name!r}] must be 'category', 'numeric', Categorical() or "
                f"Numeric(bins=...), got {kind!r}."
            )
    if problems:
        raise ParameterError(problems)
    return kinds


def _without_numbers(
    factored: Mapping[str, Factors], kinds: Mapping[str, Any], numeric: str
) -> list[str]:
    """Apply numeric='drop' and 'error', and check that kinds fit what the columns hold."""
    for name, kind in kinds.items():
        factors = factored.get(name) if isinstance(kind, Numeric) else None
        if factors is not None and not_a_number(factors) is not None:
            raise ColumnTypeError(
                f"columns says that {name!r} is numeric, but it holds "
                f"{not_a_number(factors)!r}. Turn it into numbers first, or use 'category'."
            )
    number_names = [
        name for name, factors in factored.items() if factors.is_number and name not in kinds
    ]
    if numeric == "error" and number_names:
        raise TableError(
            f"columns of numbers, {listed(number_names)}, and numeric='error'. Use numeric='bin' "
            f"or 'category', leave them out with features=[...], or name their kind in columns."
        )
    if numeric != "drop":
        return list(factored)
    kept = [name for name in factored if name not in number_names]
    if len(kept) < 2:
        raise TableError(
            f"numeric='drop' leaves {len(kept)} of {len(factored)} features, and at least two are "
            f"needed. Use numeric='bin' or 'category'."
        )
    return kept
