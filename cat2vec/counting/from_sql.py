"""Pair counts that a database made: results of the two statements of ``sql`` read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cat2vec.counting.blocks import Pair, assembled
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.counting.sql_profile import OF_PAIRS, SqlProfile, profile_of_rows, read_rows
from cat2vec.errors import NoPairsError, TableError
from cat2vec.kernels.threads import workers
from cat2vec.parameters import check_parameters, documented

_WHOLE = (
    "Give the whole results of both statements, of the same rows, with the parameters that "
    "pairs_sql was given."
)


@documented
def counts_from_sql(
    vocabulary: Any,
    pairs: Any,
    *,
    types: Mapping[str, Any] | None = None,
    columns: Mapping[str, Any] | None = None,
    numeric: str = "bin",
    n_bins: int = 16,
    shared: Mapping[str, Sequence[str]] | None = None,
    missing: str = "ignore",
    missing_values: Any = None,
    min_count: int = 1,
) -> PairCounts:
    """Read the results of ``vocabulary_sql`` and ``pairs_sql`` as the counts of the table.

    They are those that ``count_pairs`` gives of the same table.

    Parameters
    ----------
    vocabulary : DataFrame, Table, dict of columns, or path
        Columns column_name, value and n_rows.
    pairs : DataFrame, Table, dict of columns, or path
        Columns left_column, left_value, right_column, right_value and n_rows.
    types : mapping of str to str or DataType, or None
        What the texts of a column are: "text", "integer", "number", "boolean", "date", "timestamp"
        or a type of pyarrow. Where nothing is said it is inferred, as for columns of CSV: a column
        of which all texts are numbers is one of numbers, and an error where they may be codes.
    {columns, numeric, n_bins, shared, missing, missing_values, min_count}

    Returns
    -------
    PairCounts

    Raises
    ------
    TableError
        Also if the results are not of the same rows, or not whole.
    FileReadError, ColumnTypeError, UnknownFeatureError, NoPairsError, ParameterError

    See Also
    --------
    vocabulary_sql, pairs_sql

    Examples
    --------
    >>> vocabulary = {
    ...     "column_name": ["city", "city", "job"],
    ...     "value": ["Oslo", "Rome", "cook"],
    ...     "n_rows": [2, 1, 3],
    ... }
    >>> pairs = {
    ...     "left_column": ["city", "city"],
    ...     "left_value": ["Oslo", "Rome"],
    ...     "right_column": ["job", "job"],
    ...     "right_value": ["cook", "cook"],
    ...     "n_rows": [2, 1],
    ... }
    >>> counts = counts_from_sql(vocabulary, pairs)
    >>> counts.vocabulary.texts(), counts.count.tolist(), counts.n_rows
    (['city=Oslo', 'city=Rome', 'job=cook'], [2, 1], 3)
    """
    check_parameters(min_count=min_count)
    profile = profile_of_rows(
        vocabulary,
        types=types,
        columns=columns,
        numeric=numeric,
        n_bins=n_bins,
        shared=shared,
        missing=missing,
        missing_values=missing_values,
    )
    blocks = _blocks_inside(profile)
    for (left, right), rows in _rows_of_pairs(profile, pairs).items():
        _check_margins(profile, left, right, rows)
        places_left, places_right, n_rows = rows
        for f in profile.features_of(left):
            for g in profile.features_of(right):
                sides = profile.fitted[f].codes[places_left], profile.fitted[g].codes[places_right]
                pair, (one, other) = ((f, g), sides) if f < g else ((g, f), sides[::-1])
                blocks[pair] = _block(one, other, n_rows, _size(profile, pair[1]))
    with workers(1) as crew:
        counts = assembled(profile.vocabulary, blocks, crew, True, profile.n_rows)
    if counts is None:
        n_missing = sum(
            int(profile.texts[column].rows[_first_slot(one.codes) < 0].sum())
            for one, column in zip(profile.fitted, profile.columns, strict=True)
        )
        raise NoPairsError(profile.n_rows, profile.vocabulary.n_features, n_missing)
    return counts.pool(min_count)


#: For two columns, which text of each a row is of, and how many rows of the table it stands for.
_Rows = tuple[np.ndarray, np.ndarray, np.ndarray]


def _rows_of_pairs(profile: SqlProfile, pairs: Any) -> dict[tuple[str, str], _Rows]:
    """Find the rows of each two columns."""
    (left, left_value, right, right_value), n_rows = read_rows(pairs, OF_PAIRS, "rows of pairs")
    names = list(profile.texts)
    known = pa.array(names, pa.string())
    first, second = (
        np.asarray(pc.fill_null(pc.index_in(side, known), -1)) for side in (left, right)
    )
    if len(n_rows) and (first.min() < 0 or second.min() < 0):
        side, place = (left, first) if first.min() < 0 else (right, second)
        name = side[int(place.argmin())].as_py()
        raise TableError(
            f"the rows of pairs are of a column {name!r}, which those of the vocabulary do not "
            f"have. {_WHOLE}"
        )
    key = first * len(names) + second
    order = np.argsort(key, kind="stable")
    found: dict[tuple[str, str], _Rows] = {}
    for number, other in combinations(range(len(names)), 2):
        a, b = names[number], names[other]
        bounds = np.searchsorted(key[order], number * len(names) + other + np.array([0, 1]))
        rows = order[bounds[0] : bounds[1]]
        here = pa.array(rows)
        places = [_places(profile, a, left_value.take(here))]
        places.append(_places(profile, b, right_value.take(here)))
        found[a, b] = (places[0], places[1], n_rows[rows])
    n_found = sum(len(rows[2]) for rows in found.values())
    if n_found < len(n_rows):
        raise TableError(
            f"{len(n_rows) - n_found:,} rows of pairs have their columns in another order than "
            f"the vocabulary, or one column twice. {_WHOLE}"
        )
    return found


def _places(profile: SqlProfile, column: str, texts: pa.Array) -> np.ndarray:
    places = profile.texts[column].places(texts)
    if len(places) and places.min() < 0:
        text = texts[int(places.argmin())].as_py()
        raise TableError(
            f"the rows of pairs have the value {text!r} of {column!r}, which those of the "
            f"vocabulary do not have. {_WHOLE}"
        )
    return places


def _check_margins(profile: SqlProfile, left: str, right: str, rows: _Rows) -> None:
    """Raise TableError unless each category has as many rows in pairs as in the vocabulary."""
    for column, places in ((left, rows[0]), (right, rows[1])):
        for f in profile.features_of(column):
            codes = _first_slot(profile.fitted[f].codes).astype(np.int64) + 1
            wanted, found = np.zeros((2, _size(profile, f) + 1), np.int64)
            np.add.at(wanted, codes, profile.texts[column].rows)
            np.add.at(found, codes[places], rows[2])
            if (wrong := np.flatnonzero(wanted != found)).size:
                code, names = int(wrong[0]), profile.vocabulary.categories[f]
                what = f"category {names[code - 1]!r}" if code else "missing cells"
                raise TableError(
                    f"the rows of pairs of {left!r} and {right!r} stand for {found[code]:,} rows "
                    f"of the table with {what} of {profile.fitted[f].name!r}, and those of the "
                    f"vocabulary for {wanted[code]:,}. {_WHOLE}"
                )


def _blocks_inside(profile: SqlProfile) -> dict[Pair, tuple[np.ndarray, np.ndarray]]:
    """Count pairs that the vocabulary tells: of parts of a date, and of the values of a cell."""
    blocks = {}
    for column, texts in profile.texts.items():
        for f, g in combinations(profile.features_of(column), 2):
            one, other = profile.fitted[f].codes, profile.fitted[g].codes
            blocks[f, g] = _block(one, other, texts.rows, _size(profile, g))
    for f in np.flatnonzero(profile.vocabulary.schema.within).tolist():
        codes, rows = profile.fitted[f].codes, profile.texts[profile.columns[f]].rows
        slots = combinations(np.sort(codes, axis=1).T, 2)
        parts = [_keys(one, other, rows, _size(profile, f)) for one, other in slots]
        blocks[f, f] = _summed(parts)
    return blocks


def _block(
    left: np.ndarray, right: np.ndarray, n_rows: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Count the pairs of two features: sorted keys, and the rows of each."""
    slots = [(a, b) for a in _slots(left) for b in _slots(right)]
    return _summed([_keys(a, b, n_rows, size) for a, b in slots])


def _keys(
    left: np.ndarray, right: np.ndarray, n_rows: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    both = (left >= 0) & (right >= 0)
    return left[both].astype(np.int64) * size + right[both], n_rows[both]


def _summed(parts: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    keys = np.concatenate([np.empty(0, np.int64), *(keys for keys, _ in parts)])
    distinct, place = np.unique(keys, return_inverse=True)
    sums = np.zeros(len(distinct), np.int64)
    if len(keys):
        np.add.at(sums, place, np.concatenate([n_rows for _, n_rows in parts]))
    return distinct, sums


def _slots(codes: np.ndarray) -> list[np.ndarray]:
    return [codes] if codes.ndim == 1 else list(codes.T)


def _first_slot(codes: np.ndarray) -> np.ndarray:
    return _slots(codes)[0]


def _size(profile: SqlProfile, feature: int) -> int:
    return len(profile.vocabulary.categories[feature])
