"""One column: from numbered values to codes, categories and the codec that repeats it on new rows.

Takes ``Factors``. Gives integer codes with ordered categories. Knows nothing of other columns,
pairs or vectors.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from cat2vec.errors import ColumnTypeError, listed, named, spelled
from cat2vec.tables.cells.factors import Factors, gather
from cat2vec.tables.cells.kinds import Kind, Numeric, Ordered
from cat2vec.tables.cells.texts import number_of
from cat2vec.tables.cells.weights import code_counts
from cat2vec.vocabulary.vocabulary import MISSING, UNSEEN, Codec, category_key, sorted_by_key

#: Arrow's names of types of numbers.
_NUMBER_TYPE = re.compile(r"u?int\d+|halffloat|float|double|decimal.*")


def fit_column(
    name: str,
    factors: Factors,
    kind: Kind | None,
    n_bins: int,
    weights: np.ndarray | None = None,
) -> tuple[Codec, np.ndarray, np.ndarray]:
    """Learn categories from a column and encode it.

    Parameters
    ----------
    name : str
        For the error text.
    factors : Factors
    kind : Kind or None
        None: numbers with more than ``n_bins`` distinct values are binned, all else is categorical.
    n_bins : int
    weights : ndarray of shape (n_values,), float64, or None
        In how many rows the row of each value counts, above 0.

    Returns
    -------
    codec : Codec
    categories : ndarray of shape (n_categories,)
    codes : ndarray of shape (n_values,), int16 or int32

    Raises
    ------
    ColumnTypeError
        If a value is not among those of an ``Ordered`` column.
    """
    if weights is None:
        used = factors.cells_of_values()
    else:
        used = code_counts(factors.codes, weights, len(factors.distinct))
    numeric = kind if isinstance(kind, Numeric) else None
    if numeric or (kind is None and factors.is_number):
        numbers = _as_numbers(factors)
        edges = quantile_edges(numbers, used, numeric.bins if numeric else n_bins)
        known = factors.profile and factors.profile.numbers
        n_distinct = known.n_distinct if known else np.unique(numbers[used > 0]).size
        wanted = numeric is not None or n_distinct > n_bins
        if wanted and edges.size:
            codec = Codec("numeric", factors.dtype, edges)
            codes = np.searchsorted(edges, numbers, side="right").astype(np.int32)
            return codec, codec.bin_labels(), gather(codes, factors.codes)
    categories, rank = _ordered(factors, used)
    order = tuple(kind.categories) if isinstance(kind, Ordered) else factors.order
    codec = Codec("category", factors.dtype, order=order)
    if order is not None:
        declared = {category_key(value) for value in order}
        others = [v for v in categories.tolist() if category_key(v) not in declared]
        if others:
            raise ColumnTypeError(
                f"{named('columns')} says that {name!r} has the categories {listed(order)}, and it "
                f"holds {listed(others)}. Name all categories in "
                f"{spelled('Ordered([...])', '--types NAME=ordered:A,B')}."
            )
        place = {category_key(v): code for code, v in enumerate(categories.tolist())}
        in_order = codec.sorted_categories(categories.tolist())
        old = np.array([place[category_key(v)] for v in in_order], np.int64)
        categories, new = categories[old], np.argsort(old)
        rank = gather(new, rank)
    return codec, categories, gather(rank, factors.codes)


def _as_numbers(factors: Factors) -> np.ndarray:
    values = factors.distinct
    if isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
        return values
    return np.array([_as_float(value) for value in values], dtype=np.float64)


def _as_float(value: Any) -> float:
    if value is None:  # a null inside a dictionary, which no code points to
        return 0.0
    try:
        return float(value)
    except OverflowError:  # an integer beyond the largest float
        return math.inf if value > 0 else -math.inf


def _ordered(factors: Factors, used: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Order the distinct values that occur; give them and the rank of each distinct value."""
    occurring = np.flatnonzero(used).tolist()
    rank = np.full(len(used), MISSING, np.int32)
    if isinstance(factors.distinct, np.ndarray):
        categories, inverse = np.unique(factors.distinct[occurring], return_inverse=True)
        rank[occurring] = inverse
        return categories, rank
    keys = [category_key(factors.distinct[code]) for code in occurring]
    by_key = {key: factors.distinct[code] for key, code in zip(keys, occurring, strict=True)}
    values = sorted_by_key(by_key.values())
    place = {category_key(value): number for number, value in enumerate(values)}
    rank[occurring] = [place[key] for key in keys]
    categories = np.empty(len(values), dtype=object)
    categories[:] = values
    return categories, rank


def encode_new(factors: Factors, codec: Codec, lookup: Any) -> np.ndarray:
    """Encode a column of new rows as fit did; in bins, a cell that is no number is unseen.

    Parameters
    ----------
    factors : Factors
    codec : Codec
        From fit.
    lookup : callable
        Values to codes, for a categorical feature.

    Returns
    -------
    ndarray of shape (n_rows,), int16 or int32
        -1 missing, -2 unseen.
    """
    is_binned = codec.edges is not None
    table = bins_of(factors, codec) if is_binned else lookup(factors.values())
    return gather(np.asarray(table, dtype=np.int32), factors.codes)


def bins_of(factors: Factors, codec: Codec) -> np.ndarray:
    """Give the bin of each distinct value; what is no number is unseen."""
    assert codec.edges is not None
    if factors.is_number:
        return np.searchsorted(codec.edges, _as_numbers(factors), side="right")
    of_texts = not _NUMBER_TYPE.fullmatch(codec.dtype)  # fit read them as numbers too
    bins = np.full(len(factors.distinct), UNSEEN, np.int64)
    for place, value in enumerate(factors.values()):
        is_number = value is not None and category_key(value)[0] == 1
        number = value if is_number else number_of(value) if of_texts else None
        if number is not None:
            bins[place] = np.searchsorted(codec.edges, _as_float(number), side="right")
    return bins


def quantile_edges(values: np.ndarray, weights: np.ndarray, n_bins: int) -> np.ndarray:
    """Cut distinct values into at most ``n_bins`` bins of about equal weight.

    A value that outweighs its bin closes it, and the weight that is left is shared anew, so that a
    heavy tie (a column that is mostly 0) does not swallow the bins of the rest.

    Parameters
    ----------
    values : ndarray of shape (n_distinct,)
        Distinct values, in any order.
    weights : ndarray of shape (n_distinct,)
        How many rows hold each; values of weight 0 are ignored.
    n_bins : int

    Returns
    -------
    ndarray of shape (n_edges,), n_edges < n_bins
        Values at which a new bin begins, ascending; empty if there is one distinct value.

    Examples
    --------
    >>> quantile_edges(np.array([0, 1, 2, 3]), np.array([100, 1, 1, 1]), 3).tolist()
    [1, 2]
    """
    values, weights = values[weights > 0], weights[weights > 0]
    values, inverse = np.unique(values, return_inverse=True)
    if not len(values):
        return values
    reached = np.cumsum(np.bincount(inverse, weights=weights, minlength=len(values)))
    edges = [values[stop] for _, stop in cut_places(reached, n_bins) if stop < len(values)]
    return np.array(edges, dtype=values.dtype)


def cut_places(reached: np.ndarray, n_bins: int) -> list[tuple[int, int]]:
    """Find where ordered values are cut.

    Parameters
    ----------
    reached : ndarray of shape (n_distinct,)
        Weight of each value and all below it.
    n_bins : int

    Returns
    -------
    list of (int, int)
        Place of the value that crosses the target of a bin, and of the first one of the next bin;
        the last of these may be behind all values.

    Examples
    --------
    >>> cut_places(np.array([100.0, 101.0, 102.0, 103.0]), 3)
    [(0, 1), (2, 2)]
    """
    places, start, done = [], 0, 0.0
    for bins_left in range(n_bins, 1, -1):
        target = done + (reached[-1] - done) / bins_left
        crossing = min(int(np.searchsorted(reached, target, side="left")), len(reached))
        before = reached[crossing - 1] if crossing > start else -math.inf
        # the value that crosses the target goes to the side that lands nearer
        is_near = target - before <= reached[min(crossing, len(reached) - 1)] - target
        stop = crossing if is_near else crossing + 1
        places.append((crossing, stop))
        if stop >= len(reached):
            break
        start, done = stop, reached[stop - 1]
    return places
