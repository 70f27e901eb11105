"""Texts of a CSV column that are all numbers: told piece by piece, without keeping the texts.

Takes the distinct texts of each piece. Gives their numbers, and whether the column would be one of
numbers if all its texts were at hand, as ``text_types`` decides it. Two texts must never be one
number, so only ways of writing are taken in which that cannot be: whole numbers, as many decimals
in all texts, and the shortest form of each number. All others stay texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: Digits up to which different decimals are different float64.
_SURE_DIGITS = 15
_WHOLE = r"^(0|-?[1-9][0-9]*)$"
_PLAIN = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"
_SCIENTIFIC = r"^-?[1-9](\.[0-9]*[1-9])?e[+-][0-9]+$"


class NumberTexts:
    """How the texts of a column are written, as far as they are known.

    Examples
    --------
    >>> texts = NumberTexts()
    >>> texts.read(["2.5", "3.0"]), texts.read(["10.25"])
    (True, True)
    >>> texts.kind, texts.read(["2.50"]), texts.kind
    ('number', False, None)
    """

    def __init__(self) -> None:
        self._are_whole = self._are_shortest = self._have_decimals = True
        self._n_decimals: int | None = None
        self._has_bare = self._has_point_zero = False

    def state(self) -> dict[str, Any]:
        """Give what is known as JSON, from which ``NumberTexts.of`` goes on."""
        return dict(vars(self))

    @classmethod
    def of(cls, state: dict[str, Any]) -> NumberTexts:
        """Go on from what was known."""
        made = cls()
        vars(made).update(state)
        return made

    @property
    def kind(self) -> str | None:
        """What the column is: "integer", "number", or None if that is not sure."""
        if self._are_whole:
            return "integer"
        return "number" if self._are_shortest or self._have_decimals else None

    def read(self, texts: Sequence[str] | pa.Array) -> bool:
        """Look at more texts; say whether the column still is one of numbers."""
        texts = pa.array(texts, pa.string()).drop_null()
        if not len(texts):
            return self.kind is not None
        if self._are_whole:
            self._are_whole = _all(texts, _WHOLE) and _fits(texts, pa.int64())
        is_plain = pc.match_substring_regex(texts, _PLAIN)
        self._look_at_others(texts.filter(pc.invert(is_plain)))
        self._look_at_plain(texts.filter(is_plain))
        return self.kind is not None

    def _look_at_others(self, texts: pa.Array) -> None:
        """Look at texts that are no plain decimals: scientific ones, in Python's own form."""
        if len(texts):
            self._have_decimals = False
            shortest = _all(texts, _SCIENTIFIC)
            self._are_shortest &= shortest and all(repr(float(t)) == t for t in texts.to_pylist())

    def _look_at_plain(self, texts: pa.Array) -> None:
        if not len(texts):
            return
        lengths = pc.utf8_length(texts)
        point = pc.find_substring(texts, ".")
        has_point = pc.not_equal(point, -1)
        n_decimals = pc.if_else(has_point, pc.subtract(pc.subtract(lengths, point), 1), 0)
        bounds = pc.min_max(n_decimals).as_py()
        n_digits = pc.max(pc.subtract(lengths, pc.if_else(has_point, 1, 0))).as_py()
        least = bounds["min"] if self._n_decimals is None else self._n_decimals
        same = bounds["min"] == bounds["max"] == least > 0
        self._have_decimals &= same and n_digits <= _SURE_DIGITS
        self._n_decimals = least
        if self._are_shortest:
            self._are_shortest = self._in_shortest_form(texts, has_point, n_decimals)

    def _in_shortest_form(self, texts: pa.Array, has_point: pa.Array, n_decimals: pa.Array) -> bool:
        """Say whether texts are each number's shortest form, whole ones all with .0 or without."""
        ends_in_zero = pc.and_(has_point, pc.ends_with(texts, "0"))
        one_zero = pc.and_(ends_in_zero, pc.equal(n_decimals, 1))
        if pc.any(pc.and_(ends_in_zero, pc.invert(one_zero))).as_py():
            return False
        self._has_bare |= pc.any(pc.invert(has_point)).as_py()
        self._has_point_zero |= pc.any(one_zero).as_py()
        if (self._has_bare and self._has_point_zero) or pc.any(pc.equal(texts, "-0")).as_py():
            return False
        numbers = np.abs(texts.cast(pa.float64()).to_numpy(zero_copy_only=False))
        if not np.all((numbers == 0) | ((numbers >= 1e-4) & (numbers < 1e15))):
            return False  # Python writes these in the scientific way
        if pc.max(pc.utf8_length(texts)).as_py() <= _SURE_DIGITS:
            return True
        again = texts.cast(pa.float64()).cast(pa.string())  # nearly always in Python's own form
        differ = texts.filter(pc.not_equal(texts, again)).to_pylist()
        return all(repr(float(t)) in (t, f"{t}.0") for t in differ)


def numbers_from(texts: pa.Array, kind: str) -> pa.Array:
    """Give the numbers that texts are.

    Examples
    --------
    >>> numbers_from(pa.array(["2.5", None]), "number").to_pylist()
    [2.5, None]
    """
    return pc.add(texts.cast(pa.float64()), 0.0) if kind == "number" else texts.cast(pa.int64())


def _all(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, pattern)).as_py())


def _fits(texts: pa.Array, kind: pa.DataType) -> bool:
    try:
        texts.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True
