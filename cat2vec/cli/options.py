"""Options of the command line: made of the library's parameters, and read into their values.

Takes parsers, and lists of words as they were typed. Gives options with the descriptions of the
library as help, and values of parameters.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any

from cat2vec.errors import ParameterError, UnknownFeatureError, named, option_of
from cat2vec.parameters import PARAMETERS
from cat2vec.tables.cells.kinds import (
    KINDS,
    Dates,
    MultiValued,
    Numeric,
    Ordered,
    kind_from_text,
)
from cat2vec.tables.files import is_csv
from cat2vec.tables.text_types import CSV_TYPES, NUMERIC

#: Kinds of columns as ``--types`` takes them.
KIND_FORMS = (
    "category[:normalize]",
    "numeric[:BINS]",
    "dates[:PARTS or FORMAT]",
    "multivalued:SEPARATOR[:within]",
    "ordered:A,B",
    "identifier",
)


def add_parameters(
    command: argparse.ArgumentParser, *names: str, remark: str = "", otherwise: str = ""
) -> None:
    """Add parameters of the library as options, each with the first sentence of its description.

    Parameters
    ----------
    command : ArgumentParser
    *names : str
        Parameters of ``cat2vec.parameters``.
    remark : str
        What the help says besides, in brackets.
    otherwise : str
        What holds where the option is not given, in place of the default of the library.
    """
    for name in names:
        known = PARAMETERS[name]
        about = known.first_sentence.rstrip(".").replace("``", "")
        about = about[0].lower() + about[1:]
        if known.choices:
            about += f": {', '.join(known.choices)}"
        default = None if otherwise else known.default
        brackets = [remark] if remark else []
        if otherwise or not (default is None or default is False):
            brackets.append(f"default: {otherwise or default}")
        if brackets:
            about += f" ({'; '.join(brackets)})"
        about = about.replace("%", "%%")
        if known.option == "":
            off = None if otherwise else False
            command.add_argument(
                option_of(name), dest=name, action="store_true", default=off, help=about
            )
            continue
        assert known.option is not None, f"{name} is no option"
        metavar, _, several = known.option.partition(" ")
        command.add_argument(
            option_of(name),
            dest=name,
            type=number if re.search(r"\b(int|float)\b", known.kind) else str,
            nargs="+" if several else None,
            default=default,
            metavar=metavar,
            help=about,
        )


def number(text: str) -> Any:
    """Read a number, or leave the text for the check that names what is allowed."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def yes_or_no(text: str) -> bool | str:
    """Read "true" and "false"; other words stay for the check that names what is allowed.

    Examples
    --------
    >>> yes_or_no("False"), yes_or_no("auto")
    (False, 'auto')
    """
    return {"true": True, "false": False}.get(text.lower(), text)


def types_of(pairs: Sequence[str] | None) -> dict[str, Any]:
    """Read ``--types``: a type of CSV stays a word, all else becomes a kind of column.

    Examples
    --------
    >>> types_of(["zip=text", "when=dates:year,month"])
    {'zip': 'text', 'when': Dates(parts=('year', 'month'), format=None)}
    """
    types: dict[str, Any] = {}
    words = "|".join((*CSV_TYPES, *KINDS, "ordered"))
    for pair in pairs or ():
        found = re.fullmatch(rf"(.*)=((?:{words})(?::.*)?)", pair, re.S)
        try:
            if found is None:
                raise ValueError(pair)
            name, kind = found.groups()
            types[name] = kind if kind in CSV_TYPES else kind_from_text(kind)
        except ValueError as error:
            if isinstance(error, ParameterError):
                raise
            raise ParameterError(
                f"{named('columns')} must be NAME=KIND with KIND one of {', '.join(KIND_FORMS)}, "
                f"{', '.join(CSV_TYPES)}, got {pair!r}."
            ) from None
        if kind == "numeric":
            types[name] = "numeric"  # with as many bins as --n-bins says
    return types


def types_in_file(types: dict[str, Any], table: Any) -> dict[str, str] | None:
    """Give the types that columns of a CSV are read with: those given, and those of some kinds."""
    in_file = {name: kind for name, kind in types.items() if kind in CSV_TYPES}
    if is_csv(table):
        numeric = (name for name, kind in types.items() if _is_numeric(kind))
        in_file |= dict.fromkeys(numeric, NUMERIC)
        of_text = (Dates, MultiValued, Ordered)
        in_file |= {name: "text" for name, kind in types.items() if isinstance(kind, of_text)}
    return in_file or None


def _is_numeric(kind: Any) -> bool:
    return kind == NUMERIC or isinstance(kind, Numeric)


def read_shared(pairs: Sequence[str] | None) -> dict[str, list[str]] | None:
    """Read ``--shared``.

    Examples
    --------
    >>> read_shared(["airport=origin,dest"])
    {'airport': ['origin', 'dest']}
    """
    shared: dict[str, list[str]] = {}
    for pair in pairs or ():
        name, sign, columns = pair.partition("=")
        if not sign or not name or "," not in columns:
            raise ParameterError(
                f"{named('shared')} must be NAME=COLUMN,COLUMN with two columns or more, got "
                f"{pair!r}."
            )
        if name in shared:
            raise ParameterError(
                f"{named('shared')} gives the name {name!r} twice. Choose another one."
            )
        shared[name] = columns.split(",")
    return shared or None


def read_exclude_pairs(groups: Sequence[str] | None) -> list[list[str]] | None:
    """Read ``--exclude-pairs``.

    Examples
    --------
    >>> read_exclude_pairs(["code,description"])
    [['code', 'description']]
    """
    for group in groups or ():
        if "," not in group:
            raise ParameterError(
                f"{named('exclude_pairs')} must be COLUMN,COLUMN with two columns or more, got "
                f"{group!r}."
            )
    return [group.split(",") for group in groups] if groups else None


def wanted_columns(
    found: Sequence[str], features: Sequence[str] | None, exclude: Sequence[str] | None
) -> list[str] | None:
    """Read ``--features`` and ``--exclude``; None means all columns.

    Examples
    --------
    >>> wanted_columns(["id", "city", "job"], None, ["id"])
    ['city', 'job']
    """
    if not exclude:
        return None if features is None else list(features)
    UnknownFeatureError.check(exclude, found)
    return [name for name in features or found if name not in exclude]
