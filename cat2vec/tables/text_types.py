"""Columns of text given types: as told, or as all their distinct values allow.

Takes columns of a text file, such as CSV. Gives Arrow columns and the names of their types. Knows
nothing of files.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cat2vec.errors import FileReadError, named

#: Types that a CSV column can be given.
CSV_TYPES = ("text", "integer", "number", "boolean")
NUMERIC = "numeric"  # integer or number, as the cells allow: for columns of numbers in fit
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_BOOLEANS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def typed_column(
    name: str,
    column: pa.ChunkedArray,
    wanted: str | None,
    missing: frozenset[str],
    path: str,
) -> tuple[pa.ChunkedArray, str]:
    """Give a column of text its type: as given, or as all its distinct values allow."""
    column = column.unify_dictionaries()
    texts = column.chunk(0).dictionary.to_pylist() if column.num_chunks else []
    values = [None if text in missing else text for text in texts]
    kind = wanted
    if kind in (None, NUMERIC):
        kind = _inferred([value for value in values if value is not None])
        kind = "number" if wanted == NUMERIC and kind != "integer" else kind
    if kind == "text" and not missing.intersection(texts):
        return column, kind
    typed = []
    for value in values:
        try:
            typed.append(None if value is None else _CONVERT[kind](value))
        except (ValueError, KeyError):
            raise FileReadError(
                f"{path!r}: column {name!r} was to be read as {kind} and holds {value!r}. If that "
                f"means a missing cell, name it in {named('missing_values')}; else correct it or "
                f"its type."
            ) from None
    distinct = pa.array(typed, _ARROW[kind])
    chunks = [pc.take(distinct, chunk.indices) for chunk in column.chunks]
    return pa.chunked_array(chunks, type=distinct.type), kind


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


def _inferred(values: Sequence[str]) -> str:
    if not values:
        return "text"
    for kind, reads in (("integer", _is_integer), ("number", _is_number)):
        if all(map(reads, values)):
            return kind
    return "boolean" if all(value in _BOOLEANS for value in values) else "text"


def _is_integer(text: str) -> bool:
    return len(text) <= 20 and bool(_INTEGER.fullmatch(text)) and -(2**63) <= int(text) < 2**63


def _is_number(text: str) -> bool:
    """Say whether float64 keeps a text as a number; longer whole numbers are codes, so text."""
    if _INTEGER.fullmatch(text):
        return len(text) <= 17 and abs(int(text)) <= 2**53
    return _NUMBER.fullmatch(text) is not None and math.isfinite(float(text))
