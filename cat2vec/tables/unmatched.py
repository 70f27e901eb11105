"""Values that were given as missing and that no cell holds, with cells that come near.

Takes distinct values of columns. Gives ``Unmatched``, for a warning. Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from cat2vec.errors import MissingValueWarning, warn
from cat2vec.tables.cells.factors import Factors
from cat2vec.tables.cells.kinds import Kind, MultiValued
from cat2vec.vocabulary.categories import category_key, category_text, tidied


@dataclass(frozen=True)
class Unmatched:
    """A value given as missing that matched nothing; ``near`` and ``column`` where one is alike."""

    value: Any
    column: str = ""
    near: Any = None
    of_column: str = ""  # the one that the value was given for, if not for all


def unmatched_texts(
    texts: Mapping[str, Sequence[pa.Array]], missing_values: Sequence[str]
) -> tuple[Unmatched, ...]:
    """Find the texts given as missing that none of the distinct texts of columns is."""
    if missing_values is None or len(missing_values) == 0:
        return ()
    found = {
        name: list(dict.fromkeys(text for part in parts for text in part.to_pylist()))
        for name, parts in texts.items()
    }
    return unmatched_values(found, dict.fromkeys(missing_values))


def unmatched_values(
    found: Mapping[str, Iterable[Any]], missing_values: Iterable[Any], of_column: str = ""
) -> tuple[Unmatched, ...]:
    """Find the values given as missing that none of the distinct values of columns is.

    Examples
    --------
    >>> unmatched_values({"job": ["cook", " ?"], "age": [1, 2]}, ["?", "cook"])
    (Unmatched(value='?', column='job', near=' ?', of_column=''),)
    """
    given = [value for value in missing_values if value is not None and value == value]
    left = {category_key(value): value for value in given}
    for values in found.values():
        if left:
            for key in left.keys() & _keys_in(values, left):
                del left[key]
    alike = {_alike(value): key for key, value in left.items()}
    near: dict[Any, tuple[str, Any]] = {}
    for name, values in found.items() if left else ():
        for value in _plain(values):
            if value is not None and (text := _alike(value)) in alike:
                near.setdefault(alike[text], (name, value))
    return tuple(
        Unmatched(value, *near.get(key, ("", None)), of_column) for key, value in left.items()
    )


def warn_of_unmatched(unmatched: Iterable[Unmatched]) -> None:
    """Warn of each value given as missing that no cell holds."""
    for one in unmatched:
        warn(MissingValueWarning(one.value, one.of_column, one.column, one.near))


def _keys_in(values: Iterable[Any], wanted: Mapping[Any, Any]) -> set[Any]:
    """Give the keys of values; of an array of numbers only if a number is wanted."""
    if isinstance(values, np.ndarray) and not any(key[0] < 2 for key in wanted):
        return set()
    return {category_key(value) for value in _plain(values) if value is not None}


def _plain(values: Iterable[Any]) -> Iterable[Any]:
    return values.tolist() if isinstance(values, np.ndarray) else values


def _alike(value: Any) -> Any:
    """Write a value as a text without regard to type, case and blanks around."""
    return tidied(category_text(value))


def warn_of_unmatched_in(
    factored: Mapping[str, Factors],
    kinds: Mapping[str, Kind],
    emptied: Mapping[str, tuple[Any, ...]],
    missing_values: Any,
) -> None:
    """Warn of values given as missing that no cell holds, of all columns or of the one named."""
    if missing_values is None or len(missing_values) == 0:
        return
    values = {name: _values_in(factored[name], kinds.get(name)) for name in factored}
    if not isinstance(missing_values, Mapping):
        unmatched = unmatched_values(values, missing_values)
    else:
        unmatched = tuple(
            one
            for name in factored
            for one in unmatched_values({name: values[name]}, emptied[name], name)
        )
    warn_of_unmatched(unmatched)


def _values_in(factors: Factors, kind: Kind | None) -> Any:
    """Give the distinct values of a column, with those inside of its texts with separators."""
    if isinstance(kind, MultiValued) and kind.sep is not None:
        whole = [value for value in factors.values() if isinstance(value, str)]
        return [*whole, *{part.strip() for text in whole for part in text.split(kind.sep)}]
    return factors.distinct
