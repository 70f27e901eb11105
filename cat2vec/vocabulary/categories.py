"""When two categories are equal, how they are ordered, and how they read as text.

Takes cells. Gives keys and texts. Knows nothing of features or tokens.
"""

from __future__ import annotations

import datetime
import decimal
import math
import numbers
import re
from collections.abc import Iterable
from typing import Any

import numpy as np

#: Digits of a decimal number that are written out.
_MOST_DIGITS = 1000


class _Sentinel:
    """A category that stands for cells without a value of their own.

    It equals only itself, so no cell of a table is taken for it, whatever its text.
    """

    _name: str
    _text: str

    def __repr__(self) -> str:
        return self._name

    def __str__(self) -> str:
        return self._text

    def __reduce__(self) -> str:
        return self._name  # copies and pickles give the same object back


class MissingCategory(_Sentinel):
    """The type of ``MISSING_CATEGORY``, the category of missing cells with ``missing="token"``."""

    _name, _text = "MISSING_CATEGORY", "<missing>"


class Rare(_Sentinel):
    """The type of ``RARE``, the one category that stands for all rare ones of a feature."""

    _name, _text = "RARE", "<rare>"


#: Stands among the categories of a feature for its missing cells.
MISSING_CATEGORY = MissingCategory()
#: Stands among the categories of a feature for rare ones that were pooled.
RARE = Rare()


def is_missing(cell: Any) -> bool:
    """Tell None, NaN, NaT and the NA of pandas, which differ from themselves or are no truth."""
    if cell is None:
        return True
    try:
        return bool(cell != cell)
    except (TypeError, ValueError):
        return type(cell).__name__ == "NAType"


def category_key(value: Any) -> tuple[Any, ...]:
    """Give the key by which categories are equal and ordered: the one rule of identity.

    Booleans are not numbers, text is never a number, and numbers are equal by value whatever their
    type: ``1`` and ``1.0`` are one category; ``True``, ``"1"`` and ``1`` are three.

    Parameters
    ----------
    value : hashable
        One cell that is not missing.

    Returns
    -------
    tuple
        Hashable; sorts booleans before numbers (by value) before text (by code point) before
        bytes before everything else (by type, then value); ``MISSING_CATEGORY`` and ``RARE`` come
        last of all.

    Examples
    --------
    >>> category_key(1) == category_key(1.0), category_key(1) == category_key(True)
    (True, False)
    >>> sorted(["b", 2, "10", 1.5, True], key=category_key)
    [True, 1.5, 2, '10', 'b']
    """
    if type(value) is str:  # nearly all are
        return (2, value)
    if isinstance(value, (bool, np.bool_)):
        return (0, bool(value))
    if isinstance(value, (np.datetime64, np.timedelta64)):
        value = python_time(value)
    if isinstance(value, (numbers.Real, decimal.Decimal)) and not isinstance(value, np.timedelta64):
        number = value.item() if isinstance(value, np.number) else value
        return (1, number)
    if isinstance(value, str):
        return (2, str.__str__(value))  # the text itself, also of an Enum that is text
    if isinstance(value, bytes):
        return (3, value)
    if isinstance(value, datetime.timedelta):
        return (4, "duration", value)
    if hasattr(value, "isoformat"):
        return (4, "time", value.isoformat())
    if value is MISSING_CATEGORY:
        return (6, "missing", 0)
    if value is RARE:
        return (6, "rare", 0)
    return (5, type(value).__name__, value)


def sorted_by_key(values: Iterable[Any]) -> list[Any]:
    """Sort categories by ``category_key``; values of one type that do not compare go by repr.

    Examples
    --------
    >>> sorted_by_key([(1, "a"), 10, (1, 2), 9])
    [9, 10, (1, 'a'), (1, 2)]
    """
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for value in values:
        groups.setdefault(category_key(value)[:-1], []).append(value)
    ordered = []
    for head in sorted(groups):
        group = groups[head]
        if head[-1] == "frozenset":  # "<" of sets asks for subsets, and their repr has no order
            ordered += sorted(group, key=lambda members: sorted(map(repr, members)))
            continue
        try:
            ordered += sorted(group, key=category_key)
        except TypeError:
            ordered += sorted(group, key=repr)
    return ordered


def python_time(value: Any) -> Any:
    """Turn a NumPy date, time or duration into the Python one, unless it is too fine for that."""
    try:
        python = value.astype(f"{value.dtype.kind}8[us]")
        if np.datetime_data(value.dtype)[0] in ("Y", "M", "W", "D") and value.dtype.kind == "M":
            python = value.astype("M8[D]")
        return python.item() if python == value and python.item() is not None else value
    except TypeError:  # durations of months and years have no length in days
        return value


def date_or_midnight(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """Give the key of a date's midnight, or of a midnight's date; other keys as they are.

    Examples
    --------
    >>> date_or_midnight(category_key(datetime.date(2020, 1, 31)))
    (4, 'time', '2020-01-31T00:00:00')
    """
    midnight = "T00:00:00"
    if key[:2] != (4, "time"):
        return key
    text = key[2]
    return (4, "time", text.removesuffix(midnight) if midnight in text else text + midnight)


def category_text(value: Any) -> str:
    """Write a category as the text used in keys: ``2`` for 2 and 2.0, text as it stands.

    Members of sets stand in the order of their texts, as sets themselves have none.

    Examples
    --------
    >>> [category_text(v) for v in (2, 2.0, 2.5, True, "Oslo", b"x", MISSING_CATEGORY, RARE)]
    ['2', '2', '2.5', 'True', 'Oslo', "b'x'", '<missing>', '<rare>']
    >>> category_text(frozenset({"b", "a"}))
    "frozenset({'a', 'b'})"
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, decimal.Decimal) and abs(value.adjusted()) > _MOST_DIGITS:
        return str(value)
    if isinstance(value, (float, decimal.Decimal)) and math.isfinite(value):
        if value == int(value):
            return str(int(value))
        if isinstance(value, decimal.Decimal):
            return f"{value:f}".rstrip("0")
    if isinstance(value, frozenset) and value:
        return f"frozenset({{{', '.join(sorted(map(repr, value)))}}})"
    return str.__str__(value) if isinstance(value, str) else str(value)


def tidied(value: Any) -> Any:
    """Write a text in lower case with single blanks inside and none around; others as they are.

    Examples
    --------
    >>> tidied("  New   YORK"), tidied(3)
    ('new york', 3)
    """
    return " ".join(value.split()).casefold() if isinstance(value, str) else value


def feature_text(feature: str) -> str:
    r"""Write a feature's name for the left side of ``feature=category``.

    Examples
    --------
    >>> print(feature_text("city"), feature_text("a=b"))
    city a\=b
    """
    if "=" not in feature and not feature.endswith("\\"):
        return feature
    return feature.replace("\\", "\\\\").replace("=", "\\=")


def split_text(text: str) -> tuple[str, str]:
    r"""Take a text ``feature=category`` apart; the opposite of ``Vocabulary.text``.

    Returns
    -------
    feature, category : str
        The category as text.

    Raises
    ------
    ValueError
        If no ``=`` ends the name of a feature.

    Examples
    --------
    >>> split_text("city=Oslo"), split_text(r"a\=b=c=d")
    (('city', 'Oslo'), ('a=b', 'c=d'))
    """
    head, sign, category = text.partition("=")
    if sign and not head.endswith("\\"):  # a name that needs no escaping
        return head, category
    found = re.match(r"((?:\\.|[^\\=])*)=", text, re.DOTALL)
    if found is None:
        raise ValueError(f"{text!r} is not of the form feature=category.")
    return re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL), text[found.end() :]
