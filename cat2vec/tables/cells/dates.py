"""Dates taken apart: year, month, weekday and so on.

Takes ``Factors`` of dates, or of texts that are dates. Gives ``Factors`` of their parts, as the
clock on the wall shows them: in the time zone that they have.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cat2vec.errors import ColumnTypeError, named, setting, spelled
from cat2vec.tables.cells.factors import Factors, code_dtype, gather
from cat2vec.tables.cells.kinds import USUAL_PARTS
from cat2vec.vocabulary.vocabulary import MISSING

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_PART: dict[str, Callable[[Any], Any]] = {
    "year": lambda date: date.year,
    "month": lambda date: date.month,
    "day": lambda date: date.day,
    "weekday": lambda date: date.weekday(),
    "hour": lambda date: getattr(date, "hour", 0),  # a date without a time is its midnight
    "minute": lambda date: getattr(date, "minute", 0),
}
_DATES = (datetime.date, np.datetime64)  # a datetime is a date too
#: Zones that Python 3.10 does not read.
_ZULU = re.compile(r"[zZ]$")
_SHORT_ZONE = re.compile(r"(:\d\d(?:\.\d+)?[+-]\d\d)$")


def are_dates(factors: Factors) -> bool:
    """Say whether all values of a column are dates, with or without a time."""
    if factors.rows is not None or isinstance(factors.distinct, np.ndarray):
        return False
    used = np.flatnonzero(factors.used()).tolist()
    return bool(used) and all(isinstance(factors.distinct[i], _DATES) for i in used)


def as_dates(name: str, factors: Factors, date_format: str | None) -> Factors:
    """Read the texts of a column as dates; dates stay as they are.

    Raises
    ------
    ColumnTypeError
        Naming the first value that is no date.
    """
    found = factors.values()
    values: list[Any] = [None] * len(found)
    for place in np.flatnonzero(factors.used()).tolist():
        values[place] = _as_date(name, found[place], date_format)
    return replace(factors, distinct=values, is_number=False)


def _as_date(name: str, value: Any, date_format: str | None) -> Any:
    if isinstance(value, np.datetime64):
        value = value.astype("M8[us]").item()
    if isinstance(value, datetime.date):
        return value
    try:
        if not isinstance(value, str):
            raise ValueError("no text")
        if date_format is not None:
            return datetime.datetime.strptime(value.strip(), date_format)
        text = _SHORT_ZONE.sub(r"\1:00", _ZULU.sub("+00:00", value.strip()))
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        form = "%d.%m.%Y"
        how = "as in ISO 8601" if date_format is None else f"of the format {date_format!r}"
        raise ColumnTypeError(
            f"feature {name!r} is made of dates and its column holds {value!r}, which is no date "
            f"{how}. Give the format, as in "
            f"{spelled(f'Dates(format={form!r})', f'--types NAME=dates:{form}')}, name a missing "
            f"cell in {named('missing_values')}, or use {setting('columns', {name: 'category'})} "
            f"in fit."
        ) from None


def read_as_dates(texts: Sequence[str], date_format: str | None) -> bool:
    """Say whether all texts are dates of a format.

    Examples
    --------
    >>> read_as_dates(["31.01.2024"], "%d.%m.%Y"), read_as_dates(["31.01.2024"], None)
    (True, False)
    """
    try:
        for text in texts:
            _as_date("", text, date_format)
    except ColumnTypeError:
        return False
    return True


def part_of(factors: Factors, part: str) -> Factors:
    """Reduce dates to one part of them.

    Returns
    -------
    Factors
        Numbers, or "Mon" to "Sun" in the order of the week.

    Examples
    --------
    >>> from cat2vec.tables.cells.factors import factorize
    >>> days = [datetime.date(2024, 2, 29), None, datetime.date(2023, 2, 1)]
    >>> [part_of(factorize("day", days), part).values() for part in ("year", "weekday")]
    [[2023, 2024], ['Wed', 'Thu']]
    """
    get = _PART[part]
    numbers = np.array(
        [0 if date is None else get(date) for date in factors.distinct], dtype=np.int64
    )
    used = factors.used()
    values, inverse = np.unique(numbers[used], return_inverse=True)
    place = np.full(len(numbers), MISSING, np.int64)
    place[used] = inverse
    codes = gather(place, factors.codes).astype(code_dtype(len(values)), copy=False)
    if part != "weekday":
        return replace(factors, codes=codes, distinct=values, is_number=False, order=None)
    names = [WEEKDAYS[number] for number in values.tolist()]
    return replace(factors, codes=codes, distinct=names, is_number=False, order=WEEKDAYS)


def varying_parts(factors: Factors, parts: Sequence[str] = USUAL_PARTS) -> tuple[str, ...]:
    """Leave out the parts that are the same in all rows; the first one stays if all are."""
    varying = tuple(part for part in parts if len(part_of(factors, part).distinct) > 1)
    return varying or tuple(parts[:1])
