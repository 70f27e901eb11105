"""Columns of text given types: as told, or as all their distinct values allow.

Takes columns of a text file, such as CSV. Gives Arrow columns and the names of their types. Knows
nothing of files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cat2vec.errors import FileReadError, listed, named, setting, spelled
from cat2vec.tables.number_texts import (
    DISGUISES,
    INTEGER,
    disguise,
    is_missing_word,
    is_number_text,
    why_text,
)
from cat2vec.tables.remarks import Remark

#: Types that a CSV column can be given.
CSV_TYPES = ("text", "integer", "number", "boolean")
NUMERIC = "numeric"  # integer or number, as the cells allow: for columns said to be numbers
NUMBERS_OR_TEXT = "numbers or text"  # the same, or text if a cell is no number: for new rows
_FEW = 3
_BOOLEANS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True)
class TypedColumn:
    """A column of a text file with its type, and what its owner may want otherwise."""

    cells: pa.ChunkedArray
    kind: str
    remarks: tuple[Remark, ...] = ()


def typed_column(
    name: str,
    column: pa.ChunkedArray,
    wanted: str | None,
    missing: frozenset[str],
    path: str,
    decimal: str = ".",
) -> TypedColumn:
    """Give a column of text its type: as given, or as all its distinct values allow.

    Numbers are read as such if they would come back from what they are read as, see ``why_text``.
    """
    column = column.unify_dictionaries()
    texts = column.chunk(0).dictionary.to_pylist() if column.num_chunks else []
    values = [None if text in missing else text for text in texts]
    kind = wanted
    if kind in (None, NUMERIC, NUMBERS_OR_TEXT):
        present = [pointed(value, decimal) for value in values if value is not None]
        kind = _inferred(present, told=wanted is not None)
        if wanted is not None and kind != "integer":
            kind = "number" if wanted == NUMERIC or kind == "number" else "text"
    if kind == "text" and not missing.intersection(texts):
        return TypedColumn(column, kind)
    try:
        typed = [None if value is None else _read(kind, value, decimal) for value in values]
    except (ValueError, KeyError):
        raise FileReadError(_no_number(name, kind, values, path, decimal)) from None
    distinct = pa.array(typed, _ARROW[kind])
    chunks = [pc.take(distinct, chunk.indices) for chunk in column.chunks]
    cells = pa.chunked_array(chunks, type=distinct.type)
    told = wanted in ("integer", "number", NUMERIC)
    return TypedColumn(cells, kind, _merged(name, values, typed) if told else ())


def kind_of_new(texts: Sequence[str], missing: frozenset[str], decimal: str = ".") -> str | None:
    """Say what the texts of a column that is ``NUMBERS_OR_TEXT`` are; None if all are missing.

    What texts are together is the widest that some of them are: text, number, integer.

    Examples
    --------
    >>> kind_of_new(["1", "2"], frozenset()), kind_of_new(["1", "007"], frozenset())
    ('integer', 'number')
    >>> kind_of_new(["1", "x"], frozenset()), kind_of_new(["x"], frozenset(["x"]))
    ('text', None)
    """
    present = [pointed(text, decimal) for text in texts if text not in missing]
    if not present:
        return None
    kind = _inferred(present, told=True)
    return "text" if kind == "boolean" else kind


def pointed(text: str, decimal: str) -> str:
    """Write a number with a decimal comma with a point; a text with a point is none then."""
    if decimal == ".":
        return text
    return text.replace(",", ".") if "." not in text else text.replace(".", ",")


def numbers_and_texts(column: pa.ChunkedArray, decimal: str = ".") -> list[Any]:
    """Read the texts of a column that are numbers as such, and leave the others texts."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.unify_dictionaries()
    texts = column.chunk(0).dictionary.to_pylist() if column.num_chunks else []
    values: list[Any] = []
    for text in texts:
        point = pointed(text, decimal)
        if INTEGER.fullmatch(point):
            values.append(int(point))
        else:
            values.append(float(point) if is_number_text(point) else text)
    values.append(None)
    codes = np.concatenate(
        [
            np.empty(0, np.int64),
            *(chunk.indices.fill_null(-1).to_numpy() for chunk in column.chunks),
        ]
    )
    return [values[code] for code in codes.tolist()]


def _read(kind: str, text: str, decimal: str) -> Any:
    return _CONVERT[kind](pointed(text, decimal) if kind in ("integer", "number") else text)


def _no_number(name: str, kind: str, values: Sequence[str | None], path: str, decimal: str) -> str:
    """Say which texts keep a column from the type that was given, and what to do."""
    wrong: list[str] = []
    for value in values:
        try:
            if value is not None:
                _read(kind, value, decimal)
        except (ValueError, KeyError):
            wrong.append(value or "")
    wrong.sort(key=lambda text: not is_missing_word(text))
    head = f"{path!r}: column {name!r} was to be read as {kind} and holds {listed(wrong)}."
    odd = kind in ("integer", "number") and not all(map(is_number_text, wrong))
    shape = disguise(wrong) if odd else ""
    if shape == "blanks":
        return f"{head} Blanks before cells are left out with {skipping_blanks()}."
    if shape == "decimal comma" and decimal == ".":
        return f"{head} With {setting('decimal', ',')} a comma stands before decimals."
    if shape:
        return f"{head} These look like {DISGUISES[shape]}; write them without it into the file."
    words = [text for text in wrong if is_missing_word(text)]
    none_is = len(wrong) == len(values) - values.count(None) and not words
    example = f", as in {setting('missing_values', (words or wrong)[:_FEW])}"
    return (
        f"{head} If that means a missing cell, name it in {named('missing_values')}"
        f"{'' if none_is else example}; else correct it or its type."
    )


def skipping_blanks() -> str:
    """Write how blanks behind the delimiter are left out, with an option or in pandas."""
    return spelled("read_csv(skipinitialspace=True)", "--skip-initial-space")


def _merged(name: str, values: Sequence[str | None], typed: Sequence[Any]) -> tuple[Remark, ...]:
    """Remark on texts that became one number because the user said that they are numbers."""
    texts_of: dict[Any, list[str]] = {}
    for text, value in zip(values, typed, strict=True):
        if text is not None:
            texts_of.setdefault(value, []).append(text)
    several = [texts for texts in texts_of.values() if len(texts) > 1]
    if not several:
        return ()
    n_texts = sum(map(len, several))
    apart = spelled(f"types={ {name: 'text'}!r}", setting("columns", {name: "text"}))
    text = (
        f"{n_texts:,} texts became {len(several):,} "
        f"{'number' if len(several) == 1 else 'numbers'}, such as {listed(several[0])}. "
        f"{apart} keeps them apart."
    )
    return (Remark(name, text),)


def _told_integer(text: str) -> int:
    number = int(text)
    if "_" in text or not -(2**63) <= number < 2**63:
        raise ValueError(text)
    return number


def _told_number(text: str) -> float:
    if "_" in text:
        raise ValueError(text)
    return float(text)


_CONVERT: dict[str, Callable[[str], Any]] = {
    "text": str,
    "integer": _told_integer,
    "number": _told_number,
    "boolean": _BOOLEANS.__getitem__,
}
_ARROW = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
}


def _inferred(values: Sequence[str], told: bool) -> str:
    """Give the type that all texts have; ``told`` says that texts that can be numbers are some."""
    if not values:
        return "text"
    if all(map(_is_integer, values)):
        return "integer"
    if all(map(is_number_text, values)) and (told or not why_text(values)):
        return "number"
    return "boolean" if all(value in _BOOLEANS for value in values) else "text"


def _is_integer(text: str) -> bool:
    return len(text) <= 20 and bool(INTEGER.fullmatch(text)) and -(2**63) <= int(text) < 2**63
