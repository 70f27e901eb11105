"""Values that read the same and are different categories: 1 and "1", True and "true", a and "a ".

Takes categories that are known and values that are not. Gives sentences about those that look
alike. Knows nothing of tables.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from cat2vec.errors import spelled
from cat2vec.tables.number_texts import is_number_text
from cat2vec.vocabulary.vocabulary import (
    MISSING_CATEGORY,
    RARE,
    category_key,
    category_text,
    tidied,
)


def twins(known: Iterable[Any], values: Collection[Any]) -> list[tuple[Any, Any]]:
    """Pair values with known ones that read the same and are other categories.

    Examples
    --------
    >>> twins([1, 2, True], ["1", "2.0", 3, "true"])
    [('1', 1), ('2.0', 2), ('true', True)]
    >>> twins(["Oslo"], ["oslo ", "Rome"]), twins([1], [1])
    ([('oslo ', 'Oslo')], [])
    """
    if not len(values):
        return []
    by_text: dict[str, Any] = {}
    for value in known:
        for text in _readings(value):
            by_text.setdefault(text, value)
    found = []
    for value in values:
        same = [by_text[text] for text in _readings(value) if text in by_text]
        if same and category_key(same[0]) != category_key(value):
            found.append((value, same[0]))
    return found


def _readings(value: Any) -> tuple[str, ...]:
    """Give the texts that a value may be written as, without case and blanks around."""
    if value is MISSING_CATEGORY or value is RARE:
        return ()
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        text = value.strip()
        number = category_text(float(text)) if is_number_text(text) else ""
        return (number, tidied(value)) if number else (tidied(value),)
    text = category_text(value).casefold()
    if category_key(value)[0] == 0:
        return text, str(int(value))
    if category_key(value)[:2] == (4, "time"):
        day = text.replace("t", " ")
        return (day, day.removesuffix(" 00:00:00")) if " " in day else (day, f"{day} 00:00:00")
    return (text,)


def twins_of_other_types(known: Collection[Any], values: Collection[Any]) -> list[tuple[Any, Any]]:
    """Give the ``twins`` that differ in type; none, and soon, where all are text.

    Examples
    --------
    >>> twins_of_other_types([1, "Oslo"], ["1", "oslo"]), twins_of_other_types(["a"], ["A"])
    ([('1', 1)], [])
    """
    if not values or {*map(type, known), *map(type, values)} == {str}:
        return []
    return [pair for pair in twins(known, values) if differ_in_type(pair)]


def differ_in_type(pair: tuple[Any, Any]) -> bool:
    """Say whether two values are of different types, and not just two spellings."""
    return bool(category_key(pair[0])[0] != category_key(pair[1])[0])


def twin_sentence(feature: str, pair: tuple[Any, Any]) -> str:
    """Say that a value reads like a known one and is another category, and what to do."""
    value, known = pair
    if not differ_in_type(pair):
        return (
            f"{feature!r} holds {value!r}, and fit saw {known!r}: texts that differ in blanks or "
            f"case are different categories, unless fitted with "
            f"{spelled('Categorical(normalize=True)', '--types NAME=category:normalize')}."
        )
    kind = type(known).__name__
    column = f"df[{feature!r}]"
    convert = {0: "", 1: f"pandas.to_numeric({column})", 2: f"{column}.astype(str)"}
    how = convert.get(category_key(known)[0], "")
    do = spelled(f", with {how}" if how else "", ", or say its type in training with --types")
    return (
        f"{feature!r} holds {value!r} ({type(value).__name__}), and fit saw {known!r} ({kind}): "
        f"values of different types are different categories. Give the column the type of "
        f"fit{do}."
    )
