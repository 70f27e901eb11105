"""Texts that are numbers, and texts that only look like some: which can be told apart as numbers.

Takes distinct texts of a column. Gives why they are kept as text, or what numbers they are written
as. Knows nothing of files, cells or kinds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

INTEGER = re.compile(r"0|-?[1-9][0-9]*")
#: What ``float`` reads, in ASCII and without words such as nan and inf.
_LOOSE = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_PARTS = re.compile(r"-?([0-9]*)(?:\.([0-9]*))?(?:([eE])([+-]?)([0-9]+))?")
#: From here on not every whole number is a float64; and where its shortest form has an exponent.
_LARGEST, _FIRST_EXPONENT = 2**53, 16
#: Texts, in lower case, that often mean that there is no value.
MISSING_WORDS = frozenset(
    (
        *("", "?", "??", "-", "--", "---", ".", "..", "*", "/", "\\n", "(null)", "#n/a", "#null!"),
        *("na", "n/a", "n.a.", "n.a", "nan", "<na>", "null", "nil", "none", "missing", "unknown"),
        *("unk", "n.d.", "nd", "not available", "not known", "not applicable", "inf", "-inf"),
        *("tbd", "#value!", "#ref!", "#div/0!", "nat", "undefined", "no data", "blank", "(blank)"),
    )
)


def is_number_text(text: str) -> bool:
    """Say whether a text reads as a number, however it is written."""
    return _LOOSE.fullmatch(text) is not None and math.isfinite(float(text))


def is_missing_word(text: str) -> bool:
    """Say whether a text is one that often stands for a missing cell."""
    return text.strip().lower() in MISSING_WORDS


def why_text(texts: Sequence[str]) -> str:
    """Say why texts that all read as numbers would not come back from them; nothing if they would.

    They come back if each is written as programs write numbers, no two are one number, and one way
    of writing gives all: the shortest form, with or without ``.0`` behind whole numbers, or as many
    decimals everywhere.

    Examples
    --------
    >>> why_text(["2.50", "3.00", "19.90"]), why_text(["2", "2.5", "1e-05"])
    ('', '')
    >>> why_text(["250.0", "250.00", "401.9"])
    "'250.0' and '250.00' are one number"
    >>> why_text(["3.10", "3.9"])
    "no one way of writing numbers gives both '3.10' and '3.9'"
    """
    for text in texts:
        if why := _own_reason(text):
            return why
    text_of: dict[float, str] = {}
    for text in texts:
        other = text_of.setdefault(float(text), text)
        if other != text and other.lstrip("-") != text.lstrip("-"):  # -0.0 comes back, as does 0.0
            return f"{other!r} and {text!r} are one number"
    if pair := _two_ways(texts):
        return f"no one way of writing numbers gives both {pair[0]!r} and {pair[1]!r}"
    return ""


def _own_reason(text: str) -> str:
    """Say why a text is not one that a program writes for a number."""
    if text.startswith("+"):
        return f"{text!r} begins with a plus sign, as phone numbers do"
    found = _PARTS.fullmatch(text)
    assert found is not None, text
    whole, decimals, _, sign, exponent = found.groups()
    if len(whole) > 1 and whole.startswith("0"):
        return f"{text!r} begins with a zero, as codes do"
    if decimals == "":
        return f"{text!r} ends in a point"
    if text == "-0":
        return f"{text!r} would come back as '0'"
    if exponent is not None:
        if len(whole) != 1 or (whole == "0" and float(text) != 0):
            return f"{text!r} is not how numbers are written, and may be a code"
        if not sign and decimals is None and not (int(exponent) >= _FIRST_EXPONENT and "e" in text):
            return f"{text!r} may be a code as well as a number"
    elif whole and int(whole) > _LARGEST and (decimals is None or f"{float(whole):.0f}" != whole):
        return f"{text!r} has more digits than a number keeps"
    return ""


@dataclass(frozen=True)
class _Form:
    text: str
    no_zero: bool | None  # .5 instead of 0.5; None for others
    n_decimals: int
    is_scientific: bool
    letter: str | None
    trailing_zero: bool
    bare: bool  # a whole number without .0


def _form(text: str) -> _Form:
    found = _PARTS.fullmatch(text)
    assert found is not None, text
    whole, decimals, letter, _, _ = found.groups()
    return _Form(
        text,
        {"": True, "0": False}.get(whole) if decimals and not letter else None,
        len(decimals or ""),
        letter is not None,
        letter,
        len(decimals or "") > 1 and decimals.endswith("0"),
        decimals is None and letter is None,
    )


def _two_ways(texts: Sequence[str]) -> tuple[str, str] | None:
    """Find two texts that no single way of writing numbers gives."""
    forms = [_form(text) for text in texts]

    def differing(values: Iterable[object]) -> tuple[str, str] | None:
        first: dict[object, str] = {}
        for form, value in zip(forms, values, strict=True):
            if value is not None:
                first.setdefault(value, form.text)
        texts = list(first.values())
        return (texts[0], texts[1]) if len(texts) > 1 else None

    if pair := differing(form.no_zero for form in forms) or differing(f.letter for f in forms):
        return pair
    decimals = differing((form.n_decimals, form.is_scientific) for form in forms)
    if decimals is None:
        return None
    odd = next((form for form in forms if form.trailing_zero), None)
    if odd is not None:
        other = next(
            form.text
            for form in forms
            if (form.n_decimals, form.is_scientific) != (odd.n_decimals, odd.is_scientific)
        )
        return odd.text, other
    return differing(f.bare if f.bare or f.text.endswith(".0") else None for f in forms)


_GROUPED = r"[0-9]{1,3}(?:{0}[0-9]{{3}})+"
_COMMA_DECIMALS = re.compile(r"[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?")
_COMMA_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_POINT_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?")
_BLANK_THOUSANDS = re.compile(
    r"[+-]?[0-9]{1,3}(?:[ '\u2019_\u00a0\u2009\u202f][0-9]{3})+(?:[.,][0-9]+)?"
)
_NUMBER_BODY = r"[+-]?[0-9][0-9.,]*"
_CURRENCY = re.compile(rf"[+-]?[$€£¥₹₽₩] ?{_NUMBER_BODY}|{_NUMBER_BODY} ?(?:[$€£¥₹₽₩]|kr\.?)")
_PERCENT = re.compile(rf"{_NUMBER_BODY} ?%")
_BRACKETS = re.compile(rf"\({_NUMBER_BODY}\)")
_UNIT = re.compile(rf"{_NUMBER_BODY} ?([A-Za-zµ°²³/]+)")
_FEWEST_OF_UNIT = 5  # with fewer, letters behind numbers are rather part of codes


#: What a disguise is called in sentences.
DISGUISES = {
    "blanks": "numbers with blanks around them",
    "decimal comma": "numbers with a decimal comma",
    "thousands": "numbers with a sign between thousands",
    "currency": "amounts with a sign of their currency",
    "percent": "numbers with a percent sign",
    "brackets": "numbers in brackets, as accounts write negative ones",
    "unit": "numbers with a unit behind them",
}


def disguise(texts: Sequence[str]) -> str:
    """Say how numbers are written that ``float`` does not read; nothing if texts are no numbers.

    Returns
    -------
    str
        One of ``DISGUISES``, or "".

    Examples
    --------
    >>> [disguise(found) for found in (["2,55", "10,0"], ["1,234", "1,099"], [" 39", " 41"])]
    ['decimal comma', 'thousands', 'blanks']
    >>> disguise(["a", "b"]), disguise(["$5.00", "$12.50"]), disguise(["12%", "7%"])
    ('', 'currency', 'percent')
    """
    stripped = [text.strip() for text in texts]
    for name, forms in _DISGUISES:
        if all(is_number_text(t) or any(f.fullmatch(t) for f in forms) for t in stripped):
            return name
    units = [_UNIT.fullmatch(text) for text in stripped]
    if len(units) >= _FEWEST_OF_UNIT and all(units) and len({u and u[1] for u in units}) == 1:
        return "unit"
    return ""


_DISGUISES: tuple[tuple[str, tuple[re.Pattern[str], ...]], ...] = (
    ("blanks", ()),
    ("thousands", (_COMMA_THOUSANDS,)),
    ("decimal comma", (_COMMA_DECIMALS,)),
    ("thousands", (_POINT_THOUSANDS, _COMMA_DECIMALS)),
    ("thousands", (_BLANK_THOUSANDS,)),
    ("thousands", (_BLANK_THOUSANDS, _COMMA_DECIMALS)),
    ("currency", (_CURRENCY,)),
    ("percent", (_PERCENT,)),
    ("brackets", (_BRACKETS,)),
)
