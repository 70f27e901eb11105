"""Columns of text that are something else in disguise: numbers, dates. What fit says about them.

Takes ``Factors`` of text. Gives remarks, advice for warnings, and the texts as numbers where the
user says that they are some.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cat2vec.errors import ColumnTypeError, listed, named, setting, spelled
from cat2vec.tables.cells.dates import read_as_dates
from cat2vec.tables.cells.factors import Factors
from cat2vec.tables.number_texts import (
    DISGUISES,
    disguise,
    is_missing_word,
    is_number_text,
    why_text,
)
from cat2vec.vocabulary.vocabulary import category_key

#: Texts among numbers, other than words for missing cells, up to which they are remarked on; and
#: how many numbers there must be for each.
_FEW, _NUMBERS_FOR_EACH = 5, 9
#: From so many numbers on, that a text column holds nothing else is worth a word.
_MANY = 17
#: Distinct texts that are tried as dates.
_TRIED = 2000
_DAY, _TIME = r"\d\d?[{0}]\d\d?[{0}]\d{{4}}", r"(?:[ T]\d\d?:\d\d(?::\d\d)?)?"
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?")
#: How dates are written, by the form of the first one; times may follow.
_DATE_FORMS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(_DAY.format(".") + _TIME), ("%d.%m.%Y",)),
    (re.compile(_DAY.format("/") + _TIME), ("%d/%m/%Y", "%m/%d/%Y")),
    (re.compile(_DAY.format("-") + _TIME), ("%d-%m-%Y", "%m-%d-%Y")),
    (re.compile(r"\d\d?/\d\d?/\d\d" + _TIME), ("%m/%d/%y", "%d/%m/%y")),
    (re.compile(r"\d\d?\.\d\d?\.\d\d" + _TIME), ("%d.%m.%y",)),
    (re.compile(r"\d{4}/\d\d?/\d\d?" + _TIME), ("%Y/%m/%d",)),
    (re.compile(r"\d{4}\.\d\d?\.\d\d?" + _TIME), ("%Y.%m.%d",)),
    (re.compile(r"\d\d?-[A-Za-z]{3}-\d{4}" + _TIME), ("%d-%b-%Y",)),
    (re.compile(r"\d\d?-[A-Za-z]{3}-\d\d" + _TIME), ("%d-%b-%y",)),
    (re.compile(r"\d\d? [A-Za-z]{3} \d{4}" + _TIME), ("%d %b %Y",)),
    (re.compile(r"[A-Za-z]{3} \d\d?, \d{4}" + _TIME), ("%b %d, %Y",)),
    (re.compile(r"[A-Za-z]{4,} \d\d?, \d{4}" + _TIME), ("%B %d, %Y",)),
    (re.compile(r"(?:19|20)\d{6}"), ("%Y%m%d",)),
)


def advice_on_texts(name: str, factors: Factors) -> str:
    """Say what the texts of a column are in disguise, and what to do; nothing if they are texts.

    Parameters
    ----------
    name : str
        Of the column.
    factors : Factors

    Examples
    --------
    >>> from cat2vec.tables.cells.factors import factorize
    >>> import pyarrow as pa
    >>> ages = factorize("age", pa.array(["31", "NA", "44", "NA"]))
    >>> print(advice_on_texts("age", ages))
    text, because of 'NA' (2 cells); all other texts are numbers. If that means a missing cell, use
    missing_values=['NA'] and pandas.to_numeric(df['age'], errors='coerce').
    >>> advice_on_texts("city", factorize("city", pa.array(["Oslo", "Rome", "NA"])))
    ''
    """
    if isinstance(factors.distinct, np.ndarray) or factors.rows is not None:
        return ""
    used = np.flatnonzero(factors.used()).tolist()
    texts = [factors.distinct[code] for code in used]
    if not texts or not all(isinstance(text, str) for text in texts):
        return ""
    words = [text for text in texts if is_missing_word(text)]
    rest = [text for text in texts if not is_missing_word(text)] if words else texts
    if len(rest) < 2:
        return ""
    cells = factors.cells_of_values()
    n_cells = {text: int(cells[code]) for code, text in zip(used, texts, strict=True)}
    others = _few_others(rest)
    if others is not None:
        return _of_numbers(name, rest, [*words, *others], n_cells)
    shape = disguise(rest)
    if shape:
        return _of_disguise(name, shape, rest, words)
    return _of_dates(name, rest, words)


def _few_others(texts: Sequence[str]) -> list[str] | None:
    """Find the texts that keep a column from being numbers; None if they are not few."""
    others = []
    for text in texts:
        if not is_number_text(text):
            others.append(text)
            if len(others) > _FEW:
                return None
    enough = len(texts) - len(others) >= _NUMBERS_FOR_EACH * len(others)
    return others if enough else None


def _of_numbers(
    name: str, texts: Sequence[str], others: Sequence[str], n_cells: dict[str, int]
) -> str:
    as_numeric = setting("columns", {name: "numeric"})
    if not others:
        why = why_text(texts)
        if why:
            return f"text, as {why}. If these are numbers all the same, use {as_numeric}."
        if len(texts) < _MANY:
            return ""
        return (
            f"text, and all of its {len(texts):,} texts are numbers, each a category. If they are "
            f"quantities, use {as_numeric}."
        )
    shown = [f"{text!r} ({n_cells[text]:,} {_cells(n_cells[text])})" for text in others]
    more = f" and {len(shown) - _FEW:,} more" if len(shown) > _FEW else ""
    likely = [text for text in others if is_missing_word(text)] or others
    to_numbers = f"pandas.to_numeric(df[{name!r}], errors='coerce')"
    missing = setting("missing_values", likely[:_FEW])
    use = spelled(f"{missing} and {to_numbers}", missing)
    what = "that means a missing cell" if len(likely) == 1 else "these mean missing cells"
    return (
        f"text, because of {', '.join(shown[:_FEW])}{more}; all other texts are numbers. "
        f"If {what}, use {use}."
    )


def _cells(number: int) -> str:
    return "cell" if number == 1 else "cells"


def _of_disguise(name: str, shape: str, texts: Sequence[str], words: Sequence[str]) -> str:
    odd = next(text for text in texts if not is_number_text(text))
    column = f"df[{name!r}]"
    ways = {
        "blanks": (
            f"{column}.str.strip() and {setting('columns', {name: 'numeric'})}",
            "--skip-initial-space",
        ),
        "decimal comma": (
            f"read_csv(decimal=',') or {column}.str.replace(',', '.').astype(float)",
            "--decimal ,",
        ),
        "thousands": ("read_csv(thousands=...)", ""),
    }
    in_python, option = ways.get(shape, ("", ""))
    use = spelled(in_python or f"{column}.str.replace(...).astype(float)", option)
    do = (
        f"Use {use} to have numbers" if use else "To have numbers, write it otherwise into the file"
    )
    if shape == "thousands" and re.fullmatch(r"[0-9]{1,3},[0-9]{3}", odd.strip()):
        comma = spelled("read_csv(decimal=',')", "--decimal ,")
        do += f", or use {comma} where the comma stands before decimals"
    besides = f" beside {listed(words)}" if words else ""
    return f"text, and all of it looks like {DISGUISES[shape]}, such as {odd!r}{besides}. {do}."


def _of_dates(name: str, texts: Sequence[str], words: Sequence[str]) -> str:
    formats = _formats_of_dates(texts)
    if formats is None:
        return ""
    ways = [
        spelled(
            f"columns={{{name!r}: {'dates'!r}}}"
            if form is None
            else f"columns={{{name!r}: Dates(format={form!r})}}",
            setting("columns", {name: "dates" if form is None else f"dates:{form}"}),
        )
        for form in formats
    ]
    use = " or ".join(ways)
    if words:
        use += f" with {setting('missing_values', list(words[:_FEW]))}"
    days = str(formats[0]).startswith("%d")
    first = f" (the first if {'days stand before months' if days else 'months stand before days'})"
    both = first if formats[1:] else ""
    return (
        f"text, and its texts are dates, such as {texts[0]!r}. To take them apart into year, "
        f"month, weekday and hour, use {use}{both}."
    )


def _formats_of_dates(texts: Sequence[str]) -> tuple[str | None, ...] | None:
    """Give the formats that read all texts as dates, None standing for ISO 8601; None if none."""
    tried = texts[:: max(1, len(texts) // _TRIED)]
    first = tried[0].strip()
    if _ISO.fullmatch(first):
        reads: Callable[[str], Any] = _ISO.fullmatch
        good = all(reads(text.strip()) for text in tried) and read_as_dates(tried, None)
        return (None,) if good else None
    for form, formats in _DATE_FORMS:
        if form.fullmatch(first) and all(form.fullmatch(text.strip()) for text in tried):
            time = re.search(r"[ T]\d\d?:\d\d(:\d\d)?$", first)
            suffix = "" if time is None else time[0][0] + ("%H:%M:%S" if time[1] else "%H:%M")
            found = tuple(f + suffix for f in formats if read_as_dates(tried, f + suffix))
            return found or None
    return None


def texts_as_numbers(name: str, factors: Factors) -> Factors:
    """Read the texts of a column as numbers, because the user says that they are some.

    Raises
    ------
    ColumnTypeError
        Naming the texts that are no numbers, and what to do.
    """
    used = factors.used()
    if factors.is_number or not used.any():
        return factors
    found = factors.values()
    values = [number_of(value) if on else None for value, on in zip(found, used, strict=True)]
    wrong = [found[i] for i in np.flatnonzero(used).tolist() if values[i] is None]
    if wrong:
        raise ColumnTypeError(_no_numbers(name, wrong, len(wrong) == int(used.sum())))
    place: dict[Any, int] = {}
    table = np.full(len(values), -1, np.int32)
    for old, value in enumerate(values):
        if value is not None:
            table[old] = place.setdefault(value, len(place))
    codes = np.where(factors.codes >= 0, table[factors.codes], -1).astype(factors.codes.dtype)
    return replace(factors, codes=codes, distinct=list(place), is_number=bool(place), order=None)


def number_of(value: Any) -> Any:
    """Give a number, or the number that a text reads as; None for all else."""
    if isinstance(value, str):
        text = value.strip()
        return float(text) if is_number_text(text) else None
    return value if category_key(value)[0] == 1 else None


def _no_numbers(name: str, wrong: list[Any], none_is: bool) -> str:
    """Say that a column is no column of numbers, and the way out that fits what it holds."""
    wrong.sort(key=lambda value: not (isinstance(value, str) and is_missing_word(value)))
    head = f"{named('columns')} says that {name!r} is numeric, but it holds {listed(wrong)}."
    texts = [value for value in wrong if isinstance(value, str)]
    shape = disguise(texts) if len(texts) == len(wrong) else ""
    column = f"df[{name!r}]"
    if shape == "decimal comma":
        use = spelled(f"{column}.str.replace(',', '.').astype(float)", "--decimal ,")
        return f"{head} For numbers with a decimal comma use {use}."
    if shape:
        return (
            f"{head} These look like {DISGUISES[shape]}; take it off first, as in "
            f"{column}.str.replace(...).astype(float), or use 'category'."
        )
    if none_is and not (texts and all(map(is_missing_word, texts))):
        return f"{head} Turn it into numbers first, or use 'category'."
    missing = setting("missing_values", [v for v in wrong if _is_word(v)][:_FEW] or wrong[:1])
    to_numbers = spelled(
        f", or pandas.to_numeric({column}, errors='coerce') makes all texts missing", ""
    )
    return f"{head} If that means a missing cell, use {missing}{to_numbers}; else use 'category'."


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and is_missing_word(value)
