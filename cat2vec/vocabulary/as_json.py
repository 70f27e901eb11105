"""A vocabulary as JSON and arrays: what of it goes into JSON, and what into arrays.

Takes a ``Vocabulary``. Gives JSON values and arrays, and a vocabulary back. Knows nothing of files.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import ipaddress
import re
import uuid
import zoneinfo
from collections.abc import Mapping
from typing import Any

import numpy as np

from cat2vec.errors import ColumnTypeError, ModelFormatError, leaving_out
from cat2vec.vocabulary.categories import python_time
from cat2vec.vocabulary.vocabulary import MISSING_CATEGORY, RARE, Codec, Reading, Schema, Vocabulary


def _zoned(text: str, read: Any) -> Any:
    """Read a point in time; the name of its zone, if it has one, stands after an ``@``."""
    iso, _, zone = text.partition("@")
    moment = read(iso)
    try:
        return moment.astimezone(zoneinfo.ZoneInfo(zone)) if zone else moment
    except zoneinfo.ZoneInfoNotFoundError:
        return moment


def _zoned_text(moment: Any) -> str:
    zone = getattr(moment.tzinfo, "key", getattr(moment.tzinfo, "zone", None))  # zoneinfo, pytz
    return f"{moment.isoformat()}@{zone}" if zone else str(moment.isoformat())


def _timestamp(text: str) -> Any:
    import pandas as pd

    return _zoned(text, pd.Timestamp)


def _pandas_timedelta(text: str) -> Any:
    import pandas as pd

    return pd.Timedelta(text)


def _interval(parts: Any) -> Any:
    import pandas as pd

    left, right, closed = parts
    return pd.Interval(value_from_json(left), value_from_json(right), closed)


def _period(text: str) -> Any:
    import pandas as pd

    ordinal, _, freq = text.partition(" ")
    return pd.Period(ordinal=int(ordinal), freq=freq)


def _fraction(text: str) -> fractions.Fraction:
    above, _, below = text.partition("/")  # a power of ten could be too large to write out
    return fractions.Fraction(int(above), int(below or 1))


def _text_of_bytes(digits: str) -> str:
    return bytes.fromhex(digits).decode("utf-8", "surrogatepass")


def _sorted_members(members: frozenset[Any]) -> list[Any]:
    return [value_to_json(member) for member in sorted(members, key=repr)]


def _span_text(span: datetime.timedelta) -> str:
    return f"{span.days} {span.seconds} {span.microseconds}"


#: Two halves of a surrogate pair, which are two characters in Python and one in JSON.
_HALVES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
#: Values in categories that JSON cannot hold by itself, by the name of their type: to text or a
#: list, and back.
_TAGGED: dict[str, tuple[Any, Any]] = {
    "bool": (str, lambda text: text == "True"),
    "int": (str, int),
    "float": (repr, float),
    "bytes": (bytes.hex, bytes.fromhex),
    "Decimal": (str, decimal.Decimal),
    "Timestamp": (_zoned_text, _timestamp),
    "Timedelta": (lambda span: span.isoformat(), _pandas_timedelta),
    "datetime": (_zoned_text, lambda text: _zoned(text, datetime.datetime.fromisoformat)),
    "date": (datetime.date.isoformat, datetime.date.fromisoformat),
    "time": (datetime.time.isoformat, datetime.time.fromisoformat),
    "MissingCategory": (str, lambda text: MISSING_CATEGORY),
    "timedelta": (_span_text, lambda text: datetime.timedelta(*map(int, text.split()))),
    "Rare": (str, lambda text: RARE),
    "Fraction": (str, _fraction),
    "text": (lambda text: text.encode("utf-8", "surrogatepass").hex(), _text_of_bytes),
    "UUID": (str, uuid.UUID),
    "IPv4Address": (str, ipaddress.IPv4Address),
    "IPv6Address": (str, ipaddress.IPv6Address),
    "IPv4Network": (str, ipaddress.IPv4Network),
    "IPv6Network": (str, ipaddress.IPv6Network),
    "Period": (lambda period: f"{period.ordinal} {period.freqstr}", _period),
    "Interval": (
        lambda span: [value_to_json(span.left), value_to_json(span.right), span.closed],
        _interval,
    ),
    "tuple": (
        lambda values: [value_to_json(value) for value in values],
        lambda plain: tuple(map(value_from_json, plain)),
    ),
    "frozenset": (_sorted_members, lambda plain: frozenset(map(value_from_json, plain))),
}
_MODULES = {
    *("builtins", "datetime", "decimal", "fractions", "uuid", "ipaddress"),
    "cat2vec.vocabulary.categories",
}
_TIMES = (np.datetime64, np.timedelta64)
_PLAIN = (np.bool_, np.integer, np.floating, np.str_, np.bytes_)


def vocabulary_to_json(
    vocabulary: Vocabulary, noun: str
) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    """Take a vocabulary apart into an entry per feature and arrays of numbers.

    ``noun`` says in errors what kind of folder they are for.

    Raises
    ------
    ModelFormatError
        If a category has a type that neither can hold.
    """
    features, arrays = [], {"counts": vocabulary.counts}
    for position, name in enumerate(vocabulary.features):
        if _HALVES.search(name):
            raise ModelFormatError(
                f"feature {name!r} holds two halves of a character as two characters, which a "
                f"{noun} folder cannot hold. Rename the column."
            )
        codec, categories = vocabulary.schema.codecs[position], vocabulary.categories[position]
        entry: dict[str, Any] = {"name": name, "kind": codec.kind, "dtype": codec.dtype}
        if vocabulary.schema.name_of[name] != name:
            entry["shared"] = vocabulary.schema.name_of[name]
        if codec.edges is not None:
            arrays[f"edges.{position}"] = codec.edges
        entry |= _reading_to_json(name, codec, noun)
        lists = {"categories": categories}
        if len(vocabulary.pooled[position]):
            lists["pooled"] = vocabulary.pooled[position]
        for what, values in lists.items():
            if values.dtype == object:
                entry[what] = [_to_json(name, value, noun) for value in values.tolist()]
            else:
                arrays[f"{what}.{position}"] = values
        features.append(entry)
    return features, arrays


def vocabulary_from_json(
    features: list[dict[str, Any]], tensors: Mapping[str, np.ndarray]
) -> Vocabulary:
    """Put a vocabulary together again."""

    def values_of(position: int, what: str) -> np.ndarray:
        if what not in features[position]:
            return tensors[f"{what}.{position}"]
        values = np.empty(len(features[position][what]), dtype=object)
        values[:] = [value_from_json(value) for value in features[position][what]]
        return values

    codecs, categories, pooled = [], [], []
    for position, entry in enumerate(features):
        edges = tensors.get(f"edges.{position}")
        codecs.append(Codec(entry["kind"], entry["dtype"], edges, **_reading_from_json(entry)))
        categories.append(values_of(position, "categories"))
        has_rare = "pooled" in entry or f"pooled.{position}" in tensors
        pooled.append(values_of(position, "pooled") if has_rare else np.empty(0, object))
    shared: dict[str, list[str]] = {}
    for entry in features:
        if "shared" in entry:
            shared.setdefault(entry["shared"], []).append(entry["name"])
    groups = tuple((name, tuple(members)) for name, members in shared.items())
    schema = Schema(tuple(entry["name"] for entry in features), tuple(codecs), groups)
    return Vocabulary(schema, tuple(categories), tensors["counts"], tuple(pooled))


def _reading_to_json(name: str, codec: Codec, noun: str) -> dict[str, Any]:
    """Write what differs from a plain column: how cells are read, and the order of categories."""
    plain = Reading()
    given = {
        field: value
        for field, value in vars(codec.reading).items()
        if value != getattr(plain, field)
    }
    if "missing_values" in given:
        given["missing_values"] = [_to_json(name, v, noun) for v in given["missing_values"]]
    entry: dict[str, Any] = {"reading": given} if given else {}
    if codec.order is not None:
        entry["order"] = [_to_json(name, value, noun) for value in codec.order]
    if codec.n_merged:
        entry["n_merged"] = codec.n_merged
    return entry


def _reading_from_json(entry: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(entry.get("reading", {}))
    if "missing_values" in given:
        given["missing_values"] = tuple(value_from_json(value) for value in given["missing_values"])
    order = tuple(value_from_json(value) for value in entry["order"]) if "order" in entry else None
    return {"reading": Reading(**given), "order": order, "n_merged": entry.get("n_merged", 0)}


def check_can_be_held(vocabulary: Vocabulary) -> None:
    """Raise ColumnTypeError if a folder could not hold a category, before anything is learned."""
    schema = vocabulary.schema
    for name, codec, categories in zip(
        schema.columns, schema.codecs, vocabulary.categories, strict=True
    ):
        values = categories.tolist() if categories.dtype == object else []
        for value in (*values, *(codec.order or ()), *codec.reading.missing_values):
            if not can_be_held(value):
                raise ColumnTypeError(
                    f"column {name!r} holds {value!r}, a {type(value).__name__}, which a model "
                    f"folder cannot hold. Turn the column into text first, as in "
                    f"df[{name!r}].astype(str), or leave it out with {leaving_out()}."
                )


def can_be_held(value: Any) -> bool:
    """Say whether a folder can hold a value as it is.

    Examples
    --------
    >>> import pathlib
    >>> can_be_held((1, "a")), can_be_held(pathlib.Path("a")), can_be_held((pathlib.Path("a"),))
    (True, False, False)
    """
    if isinstance(value, _TIMES):
        value = python_time(value)
    elif isinstance(value, (str, *_PLAIN)):
        return True
    kind = type(value)
    if kind in (tuple, frozenset):
        return all(map(can_be_held, value))
    return _tag(kind) is not None


def _tag(kind: type) -> str | None:
    """Name the form in which values of a type are held; numbers of a class of their own as such."""
    if kind.__module__ in _MODULES and kind.__name__ in _TAGGED:
        return kind.__name__
    of_pandas = ("Timestamp", "Timedelta", "Period", "Interval")
    if kind.__name__ in of_pandas and kind.__module__.startswith("pandas"):
        return kind.__name__
    return next((base.__name__ for base in (int, float) if issubclass(kind, base)), None)


def _to_json(feature: str, value: Any, noun: str) -> Any:
    if can_be_held(value):
        return value_to_json(value)
    raise ModelFormatError(
        f"category {value!r} of feature {feature!r} is a {type(value).__name__}, which a {noun} "
        f"folder cannot hold. Allowed are text, numbers, booleans, dates and bytes. Turn the "
        f"column into text first."
    )


def value_to_json(value: Any) -> Any:
    """Write a value that a folder can hold: text as it is, others with the name of their type.

    Examples
    --------
    >>> value_to_json("a"), value_to_json(1), value_to_json((1, "a"))
    ('a', {'int': '1'}, {'tuple': [{'int': '1'}, 'a']})
    """
    if isinstance(value, _TIMES):
        value = python_time(value)
    elif isinstance(value, _PLAIN):
        value = value.item()
    if isinstance(value, str):
        value = str.__str__(value)  # the text itself, also of an Enum that is text
        return {"text": _TAGGED["text"][0](value)} if _HALVES.search(value) else value
    tag = _tag(type(value))
    assert tag is not None, value
    if tag in ("int", "float"):
        value = {"int": int, "float": float}[tag](value)
    return {tag: _TAGGED[tag][0](value)}


def value_from_json(value: Any) -> Any:
    """Read a value back."""
    if isinstance(value, str):
        return value
    ((name, text),) = value.items()
    return _TAGGED[name][1](text)
