"""Whether the first line of a CSV file holds names, or is a row that was taken for them.

Takes names and the columns below them. Gives the names that look like cells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import pyarrow as pa

_NUMBER = re.compile(r"\s*[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?\s*")
_NUMERIC = ("integer", "number")
#: Texts that stand in columns of numbers where a number is missing.
_NO_VALUE = {"", "?", "NA", "N/A", "NaN", "nan", "null", "NULL", "-", "."}


def cells_among_names(
    names: Sequence[str], texts: Mapping[str, Sequence[pa.Array]], types: Mapping[str, str]
) -> list[str]:
    """Give the names that look like cells of their columns, if the first line looks like a row.

    It does so if no name is text above numbers, and most of the names are a value of their own
    column or a number above numbers. Numbers alone are a row only if they do not count
    up, as the names of the columns of an array do.

    Parameters
    ----------
    names : sequence of str
    texts : mapping
        The distinct texts of each column, in one array or several.
    types : mapping
        The type of each column, as it was inferred.

    Examples
    --------
    >>> texts = {"39": [pa.array(["50", "38"])], "sales": [pa.array(["sales", "tech"])]}
    >>> cells_among_names(["39", "sales"], texts, {"39": "integer", "sales": "text"})
    ['39', 'sales']
    >>> cells_among_names(["age", "sales"], texts, {"age": "integer", "sales": "text"})
    []
    """
    values, numbers = [], []
    for name in names:
        is_number = _NUMBER.fullmatch(name) is not None
        if types[name] in _NUMERIC and not is_number:
            if name.strip() not in _NO_VALUE:
                return []
        elif types[name] in _NUMERIC:
            numbers.append(name)
        elif _is_value(name, texts[name]):
            values.append(name)
    found = [name for name in names if name in values or name in numbers]
    if 2 * len(found) <= len(names) or not (values or len(numbers) == len(names)):
        return []
    return [] if not values and _count_up(numbers) else found


def _is_value(name: str, texts: Sequence[pa.Array]) -> bool:
    """Say whether a column holds its own name, and other values besides."""
    others = {one for array in texts for one in array.slice(0, 2).to_pylist()} - {name}
    return bool(others) and any(array.index(name).as_py() >= 0 for array in texts)


def _count_up(names: Sequence[str]) -> bool:
    """Say whether names are numbers one above the other, such as years, or of columns."""
    try:
        numbers = [int(name) for name in names]
    except ValueError:
        return False
    steps = {b - a for a, b in pairwise(numbers)}
    return len(steps) <= 1 and steps != {0}
