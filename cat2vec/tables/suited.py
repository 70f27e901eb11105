"""Values that suit a column: written as its cells are, and of a type that holds both.

Takes values and cells. Gives values, and answers about types. Knows nothing of tables or libraries.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from cat2vec.vocabulary.categories import is_missing


def are_held(values: Sequence[Any], stored: Sequence[Any]) -> bool:
    """Say whether values are the same after a column has stored them.

    Floats hold each number of their range, rounded to their digits. Values that are no numbers,
    booleans or texts are held by what took them without an error.

    Parameters
    ----------
    values, stored : sequence of the same length
        As they were, and as the column gives them back.

    Examples
    --------
    >>> are_held([2, "x"], [2, "x"]), are_held([1.5], [1]), are_held([0.1], [np.float32(0.1)])
    (True, False, True)
    """
    return all(_is_held(value, found) for value, found in zip(values, stored, strict=True))


def _is_held(value: Any, found: Any) -> bool:
    if isinstance(value, (int, float, Decimal, np.number, np.bool_)):
        if not isinstance(found, (int, float, Decimal, np.number, np.bool_)):
            return found is None and value != value
        if isinstance(found, (float, np.floating)):
            return bool(math.isfinite(found) == math.isfinite(value))
        return bool(found == value)
    return not isinstance(value, str) or isinstance(found, str)


def wider_numbers(numbers: Iterable[Any]) -> type[int] | type[float] | None:
    """Give the type that holds all numbers: int for 64 bits, else float; None if neither does.

    Examples
    --------
    >>> wider_numbers([2, 300]), wider_numbers([2, 1.5]), wider_numbers([2, "x"])
    (<class 'int'>, <class 'float'>, None)
    >>> print(wider_numbers([2**62 + 1, 1.5]))  # which no float is
    None
    """
    numbers = list(numbers)
    whole = all(isinstance(x, (int, np.integer)) and not isinstance(x, bool) for x in numbers)
    if whole and all(-(2**63) <= x < 2**63 for x in numbers):
        return int
    for x in numbers:
        if isinstance(x, bool) or not isinstance(x, (int, float, np.integer, np.floating)):
            return None
        if isinstance(x, (int, np.integer)) and (abs(int(x)) > 2**1000 or float(x) != int(x)):
            return None
    return float


def suited(values: list[Any], cells: Iterable[Any], *, is_text: bool = False) -> list[Any]:
    """Write numbers as the cells of a column are written: as texts, decimals or whole numbers.

    Parameters
    ----------
    values : list
        Others than numbers stay as they are.
    cells : iterable
        All cells of the column. The first that is there says what the others are.
    is_text : bool
        The column holds texts even if no cell is there.

    Examples
    --------
    >>> suited([201.0, 7.0], ["007", None, "201"]), suited([0.5], ["1.25", "3.00"])
    (['201', '007'], ['0.50'])
    >>> suited([2.0], [Decimal("1.50")]), suited([2.0, 2.5], [1, None])
    ([Decimal('2.00')], [2, 2.5])
    """
    if not any(isinstance(value, bool) or is_number(value) for value in values):
        return values
    cells = list(cells)
    first = next((cell for cell in cells if not is_missing(cell)), "" if is_text else None)
    if isinstance(first, str):
        return _as_texts(values, [cell for cell in cells if isinstance(cell, str)])
    if isinstance(first, Decimal):
        places = max(_decimals(str(cell)) for cell in cells if isinstance(cell, Decimal))
        return [_decimal(value, places) if is_number(value) else value for value in values]
    if isinstance(first, (bool, np.bool_)):
        return [bool(value) if is_number(value) and value in (0, 1) else value for value in values]
    if isinstance(first, (int, float, np.number)):
        values = [int(value) if isinstance(value, bool) else value for value in values]
    if isinstance(first, (int, np.integer)):
        return [
            int(value) if is_number(value) and float(value).is_integer() else value
            for value in values
        ]
    return values


def _as_texts(values: list[Any], texts: list[str]) -> list[Any]:
    """Give for each number the text that stands for it, or one with as many decimals as most."""
    known: dict[float, str] = {}
    for text in texts:
        known.setdefault(number_or_nan(text), text)
    decimals = Counter(_decimals(text) for text in texts if np.isfinite(number_or_nan(text)))
    most = min(decimals, key=lambda n: (-decimals[n], n)) if decimals else 0

    def text_of(value: Any) -> Any:
        if not is_number(value):
            return value
        if float(value) in known:
            return known[float(value)]
        if not np.isfinite(value):
            return str(value)
        written = f"{float(value):.{most}f}"
        return written if float(written) == float(value) else str(value)

    return [text_of(value) for value in values]


def _decimal(value: Any, places: int) -> Any:
    found = Decimal(str(value))
    if not found.is_finite() or found.adjusted() + places >= 28:  # digits of a context
        return found
    return round(found, places)


def _decimals(text: str) -> int:
    """Count the digits behind the point."""
    return len(text.strip().partition(".")[2])


def is_number(value: Any) -> bool:
    """Tell numbers from booleans and all else."""
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def number_or_nan(value: Any) -> float:
    """Read a number; NaN for what is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.nan
