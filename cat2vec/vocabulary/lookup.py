"""Which code a value has among the categories of a feature: ``Lookup``, sorted hashes of values.

Takes categories, and those that a token ``RARE`` stands for. Gives codes. A dict of keys would take
190 bytes a category; hashes and their order take 12, and values are compared where they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import eq
from typing import Any

import numpy as np

from cat2vec.kernels.once import cached_property
from cat2vec.vocabulary.categories import category_key

#: Types whose values are the last part of their key, so that no key has to be made.
_PLAIN = frozenset({str, int, float, bool, bytes})
#: Those whose values are equal where their keys are; NaN is not equal to itself.
_EQUAL_AS_KEYS = _PLAIN - {float}
#: Categories of a NumPy array that become Python objects together.
_PIECE = 65_536


class Lookup:
    """The codes of values of one feature.

    Two values are the same category if their ``category_key`` is. Of categories with one key, the
    last counts.

    Parameters
    ----------
    categories : ndarray of shape (n_categories,)
        The code of a category is its place.
    pooled : ndarray of shape (n_pooled,)
        Categories that have the code ``rare`` all together.
    rare : int

    Examples
    --------
    >>> lookup = Lookup(np.array([True, 1, "1"], dtype=object))
    >>> lookup.codes(["1", 1.0, True, 2], unseen=-2).tolist()
    [2, 1, 0, -2]
    """

    def __init__(
        self, categories: np.ndarray, pooled: np.ndarray | None = None, rare: int = -1
    ) -> None:
        self._categories = categories
        self._pooled = np.empty(0, object) if pooled is None else pooled
        self._rare = rare

    def __reduce__(self) -> Any:  # hashes of texts hold for one process only
        return Lookup, (self._categories, self._pooled, self._rare)

    def codes(self, values: Iterable[Any], unseen: int) -> np.ndarray:
        """Look up many values.

        Parameters
        ----------
        values : iterable of hashable
        unseen : int
            The code of values that are no category.

        Returns
        -------
        ndarray of shape (n_values,), int32
        """
        values = values if isinstance(values, list) else list(values)
        found = np.full(len(values), unseen, np.int32)
        hashes = _hashes(values)
        # among equal hashes the last comes first, then those before it
        place = np.searchsorted(self._sorted_hashes, hashes, side="right") - 1
        asked = np.arange(len(values))
        while len(asked):
            kept = place >= 0
            kept[kept] = self._sorted_hashes[place[kept]] == hashes[asked[kept]]
            asked, place = asked[kept], place[kept]
            entry = self._order[place]
            equal = _same([values[i] for i in asked.tolist()], self._values(entry))
            found[asked[equal]] = self._codes_of_entries(entry[equal])
            asked, place = asked[~equal], place[~equal] - 1
        return found

    def code_of_key(self, key: tuple[Any, ...], unseen: int) -> int:
        """Look up one category by its ``category_key``; ``unseen`` if there is none.

        Raises
        ------
        TypeError
            If the value has no hash.
        """
        wanted = hash(key[-1])
        place = int(np.searchsorted(self._sorted_hashes, wanted, side="right")) - 1
        while place >= 0 and self._sorted_hashes[place] == wanted:
            entry = self._order[place : place + 1]
            if category_key(self._values(entry)[0]) == key:
                return int(self._codes_of_entries(entry)[0])
            place -= 1
        return unseen

    @cached_property
    def _hashes_and_order(self) -> tuple[np.ndarray, np.ndarray]:
        parts = [_hashes(piece) for piece in self._pieces()]
        hashes = np.concatenate([np.empty(0, np.int64), *parts])
        order = np.argsort(hashes, kind="stable")
        return hashes[order], order.astype(np.int32)

    @property
    def _sorted_hashes(self) -> np.ndarray:
        return self._hashes_and_order[0]

    @property
    def _order(self) -> np.ndarray:
        """The entry of each hash: first come the categories, then the pooled ones."""
        return self._hashes_and_order[1]

    def _pieces(self) -> Iterator[list[Any]]:
        for array in (self._categories, self._pooled):
            for start in range(0, len(array), _PIECE):
                yield array[start : start + _PIECE].tolist()

    def _values(self, entry: np.ndarray) -> list[Any]:
        is_pooled = entry >= len(self._categories)
        known = self._categories[entry[~is_pooled]].tolist()
        if not is_pooled.any():
            return known
        pooled = self._pooled[entry[is_pooled] - len(self._categories)].tolist()
        each, others = iter(known), iter(pooled)
        return [next(others if one else each) for one in is_pooled.tolist()]

    def _codes_of_entries(self, entry: np.ndarray) -> np.ndarray:
        return np.where(entry < len(self._categories), entry, self._rare)


def _hashes(values: Sequence[Any]) -> np.ndarray:
    """Hash the last parts of the keys of values."""
    lasts: Iterable[Any] = values
    if not set(map(type, values)) <= _PLAIN:
        lasts = (category_key(value)[-1] for value in values)
    return np.fromiter(map(hash, lasts), np.int64, len(values))


def _same(values: Sequence[Any], others: Sequence[Any]) -> np.ndarray:
    """Say of each value whether the one in its place is the same category, (n_values,) bool."""
    types = set(map(type, values))
    if len(types) == 1 and types <= _EQUAL_AS_KEYS and types == set(map(type, others)):
        return np.fromiter(map(eq, values, others), bool, len(values))
    pairs = zip(values, others, strict=True)
    return np.fromiter((_is_same(*pair) for pair in pairs), bool, len(values))


def _is_same(value: Any, other: Any) -> bool:
    if type(value) is type(other) and type(value) in _PLAIN:
        return value is other or bool(value == other)
    return category_key(value) == category_key(other)
