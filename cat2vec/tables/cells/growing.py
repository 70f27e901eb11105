"""One column of which the cells come piece by piece: distinct values that grow, numbers that stay.

Takes ``Factors`` of each piece. Gives codes that mean the same in all of them, and a ``Profile`` of
the column: its distinct values with the rows of each. Knows nothing of categories or files.
"""

from __future__ import annotations

import decimal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cat2vec.errors import TableError
from cat2vec.kernels.counting import count_codes, look_up
from cat2vec.tables.cells.factors import Factors, are_numbers, plainness
from cat2vec.vocabulary.vocabulary import MISSING, category_key

_NULL, _MIXED = "null", "mixed"


@dataclass(frozen=True)
class Profile:
    """The distinct values of a column with the rows of each; profiles of two tables add.

    Parameters
    ----------
    values : ndarray or list
        Distinct values, as in ``Factors``; of several equal ones the first stands for all.
    rows : ndarray of shape (n_distinct,), int64
        In how many cells each stands.
    weights : ndarray of shape (n_distinct,), float64, or None
        The weights of these rows.
    n_missing : int
    missing_weight : float
    dtype, is_number, order
        As in ``Factors``.
    is_list : bool
        Whether cells hold several values.

    Examples
    --------
    >>> from cat2vec.tables.cells.factors import factorize
    >>> january, february = (profile_of(factorize("", days)) for days in ([1, 1, None], [2, 1]))
    >>> both = january + february
    >>> both.values, both.rows.tolist(), both.n_missing
    ([1, 2], [3, 1], 1)
    """

    values: np.ndarray | Sequence[Any]
    rows: np.ndarray
    weights: np.ndarray | None
    n_missing: int
    missing_weight: float
    dtype: str
    is_number: bool
    order: tuple[Any, ...] | None = None
    is_list: bool = False

    def __add__(self, other: Profile) -> Profile:
        """Add the profile of another table."""
        grown = GrowingColumn(self.weights is not None)
        for profile in (self, other):
            grown.add_profile(profile)
        return grown.profile()


class GrowingColumn:
    """The distinct values of a column, numbered in the order in which they were met.

    Parameters
    ----------
    is_weighted : bool
        Whether rows have weights.

    Examples
    --------
    >>> from cat2vec.tables.cells.factors import factorize
    >>> column = GrowingColumn()
    >>> [column.add(factorize("", cells)).tolist() for cells in (["b", "a"], ["c", None, "a"])]
    [[0, 1], [2, -1, 1]]
    >>> column.profile().values, column.profile().rows.tolist()
    (['b', 'a', 'c'], [1, 2, 1])
    """

    def __init__(self, is_weighted: bool = False) -> None:
        self._ids: _Ids = _NoIds()
        self._rows = np.zeros(0, np.int64)
        self._weights = np.zeros(0, np.float64) if is_weighted else None
        self._n_missing, self._missing_weight = 0, 0.0
        self._dtype, self._is_number, self._is_list = _NULL, False, False
        self._order: tuple[Any, ...] | None = None

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def is_array(self) -> bool:
        """Whether values are numbers or booleans of one type of NumPy."""
        return isinstance(self._ids, _ArrayIds)

    def add(self, factors: Factors, weights: np.ndarray | None = None) -> np.ndarray:
        """Number the cells of a piece, whose rows have some weights: (n_codes,) int32."""
        place = self._place(factors)
        codes = np.empty(len(factors.codes), np.int32)
        look_up(factors.codes, np.append(place, MISSING).astype(np.int32), codes)
        cells = np.zeros(len(place), np.int64)
        count_codes(factors.codes, cells)
        np.add.at(self._rows, place, cells)
        if factors.rows is None:
            self._n_missing += len(codes) - int(cells.sum())
        else:
            self._n_missing += factors.n_rows - len(np.unique(factors.rows[codes >= 0]))
        if self._weights is not None and weights is not None:
            has_value = codes >= 0
            is_missing = ~has_value
            if factors.rows is not None:
                is_missing = np.ones(factors.n_rows, bool)
                is_missing[factors.rows[has_value]] = False
            of_codes = weights if factors.rows is None else weights[factors.rows]
            np.add.at(self._weights, codes[has_value], of_codes[has_value])  # in order of rows
            self._missing_weight += float(weights[is_missing].sum())
        return codes

    def add_profile(self, profile: Profile) -> np.ndarray:
        """Add the counts of a profile, and give the numbers of its values: (n_distinct,) int32."""
        place = self._place(profile)
        np.add.at(self._rows, place, profile.rows)
        if self._weights is not None and profile.weights is not None:
            np.add.at(self._weights, place, profile.weights)
        self._n_missing += profile.n_missing
        self._missing_weight += profile.missing_weight
        return place.astype(np.int32)

    def profile(self) -> Profile:
        """Give what was met so far."""
        values = self._ids.values()
        is_number = are_numbers(values) if self._dtype == _MIXED else self._is_number
        return Profile(
            values,
            self._rows.copy(),
            None if self._weights is None else self._weights.copy(),
            self._n_missing,
            self._missing_weight,
            self._dtype,
            is_number,
            self._order,
            self._is_list,
        )

    def _place(self, piece: Factors | Profile) -> np.ndarray:
        """Number the distinct values of a piece, new ones behind those that were known."""
        found: Any = piece.distinct if isinstance(piece, Factors) else piece.values
        is_list = piece.rows is not None if isinstance(piece, Factors) else piece.is_list
        self._is_list |= is_list
        base = piece.dtype.removeprefix("list<").removesuffix(">") if is_list else piece.dtype
        if base != _NULL or self._dtype == _NULL:
            self._take_type(piece, base)
        if base == _NULL and not len(found):
            return np.empty(0, np.int64)
        place = self._ids.place(found, _MIXED in (base, self._base))
        more = len(self._ids) - len(self._rows)
        self._rows = np.concatenate([self._rows, np.zeros(more, np.int64)])
        if self._weights is not None:
            self._weights = np.concatenate([self._weights, np.zeros(more)])
        return place

    @property
    def _base(self) -> str:
        return self._dtype.removeprefix("list<").removesuffix(">") if self._is_list else self._dtype

    def _take_type(self, piece: Factors | Profile, base: str) -> None:
        known = self._base
        if known in (_NULL, base):
            self._dtype, self._is_number = piece.dtype, piece.is_number
        else:
            self._dtype = f"list<{_MIXED}>" if self._is_list else _MIXED
        if base == _NULL:
            return
        if known in (_NULL, base) and isinstance(self._ids, _NoIds):
            found = piece.distinct if isinstance(piece, Factors) else piece.values
            self._ids = _ArrayIds(found.dtype) if isinstance(found, np.ndarray) else _ObjectIds()
        elif known not in (_NULL, base) and not isinstance(self._ids, _ObjectIds):
            self._ids = _ObjectIds.of(self._ids.values())
        if piece.order is not None:
            self._order = tuple(dict.fromkeys([*(self._order or ()), *piece.order]))


def profile_of(factors: Factors, weights: np.ndarray | None = None) -> Profile:
    """Count the cells of each value of a column."""
    column = GrowingColumn(weights is not None)
    column.add(factors, weights)
    return column.profile()


class _Ids:
    """Distinct values with a number each, in the order in which they were met."""

    def __len__(self) -> int:
        raise NotImplementedError

    def place(self, found: Any, mixed: bool) -> np.ndarray:
        """Give the numbers of values, (n_found,) int64, and number those that are new."""
        raise NotImplementedError

    def values(self) -> Any:
        raise NotImplementedError


class _NoIds(_Ids):
    def __len__(self) -> int:
        return 0

    def place(self, found: Any, mixed: bool) -> np.ndarray:
        raise TableError("a column without a type holds values.")

    def values(self) -> Any:
        return []


class _ArrayIds(_Ids):
    """Numbers or booleans: sorted, with the number of each."""

    def __init__(self, dtype: np.dtype) -> None:
        self._parts: list[np.ndarray] = [np.empty(0, dtype)]
        self._sorted = np.empty(0, dtype)
        self._id_of_sorted = np.empty(0, np.int64)

    def __len__(self) -> int:
        return len(self._sorted)

    def place(self, found: np.ndarray, mixed: bool) -> np.ndarray:
        distinct, first, inverse = np.unique(found, return_index=True, return_inverse=True)
        at = np.searchsorted(self._sorted, distinct)
        near = np.minimum(at, max(len(self._sorted) - 1, 0))
        is_new = np.ones(len(distinct), bool)
        if len(self._sorted):
            is_new = self._sorted[near] != distinct
        ids = np.empty(len(distinct), np.int64)
        if len(self._sorted):
            ids[~is_new] = self._id_of_sorted[near[~is_new]]
        new = np.flatnonzero(is_new)
        new = new[np.argsort(first[new], kind="stable")]
        ids[new] = np.arange(len(self), len(self) + len(new))
        if len(new):
            self._parts.append(distinct[new])
            places = at[is_new]
            self._sorted = np.insert(self._sorted, places, distinct[is_new])
            self._id_of_sorted = np.insert(self._id_of_sorted, places, ids[is_new])
        return ids[inverse]

    def values(self) -> np.ndarray:
        if len(self._parts) > 1:
            self._parts = [np.concatenate(self._parts)]
        return self._parts[0]


class _ObjectIds(_Ids):
    """Texts, dates and all else: values of one type by themselves, of several by their keys."""

    def __init__(self) -> None:
        self._values: list[Any] = []
        self._id_of: dict[Any, int] = {}
        self._by_key = False

    @classmethod
    def of(cls, values: Any) -> _ObjectIds:
        made = cls()
        made.place(values, mixed=True)
        return made

    def __len__(self) -> int:
        return len(self._values)

    def place(self, found: Any, mixed: bool) -> np.ndarray:
        values = found.tolist() if isinstance(found, np.ndarray) else found
        if mixed and not self._by_key:
            self._id_of = {category_key(v): number for number, v in enumerate(self._values)}
            self._by_key = True
        keys = [None if v is None else category_key(v) for v in values] if self._by_key else values
        id_of = self._id_of
        ids: list[Any] = list(map(id_of.get, keys))  # most are known, and this is fast
        for number in [number for number, code in enumerate(ids) if code is None]:
            code = ids[number] = id_of.setdefault(keys[number], len(id_of))
            if code == len(self._values):
                self._values.append(values[number])
        if self._by_key:
            for code, value in zip(ids, values, strict=True):
                self._take_plainest(code, value)
        return np.array(ids, np.int64)

    def _take_plainest(self, code: int, value: Any) -> None:
        known = self._values[code]
        if type(value) is not type(known) or type(value) is decimal.Decimal:
            self._values[code] = min(known, value, key=plainness)

    def values(self) -> list[Any]:
        return self._values
