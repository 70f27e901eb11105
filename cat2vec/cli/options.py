"""What the command line calls otherwise than the library: parameters, and what options hold.

Takes sentences of errors, and lists of words of options. Gives sentences with options named, and
parameters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from cat2vec.errors import ParameterError, UnknownFeatureError
from cat2vec.tables.cells.kinds import KINDS, Dates, MultiValued, Ordered, kind_from_text
from cat2vec.tables.files import CSV_TYPES, is_csv

#: What the library calls one way and the command line another; not inside quotes. Words that are
#: also plain English count only where a sentence speaks of a parameter.
_PARAMETER = re.compile(
    r"(?<!['\w-])(?:(vector_size|ns_exponent|learning_rate|n_bins|max_sweeps|random_state|n_jobs|"
    r"handle_unknown|missing_values|exclude_pairs|min_count|n_clusters|n_cells)\b|"
    r"(?:(?<=[Rr]aise )|(?<=[Ll]ower ))(tol|negative|epochs)\b|(solver|negative|n|tol|epochs|"
    r"regularization|numeric|missing|delimiter|features|size|escape|among)"
    r"(?==| must be))(?:='(\w+)'|(=))?"
)
#: Sentences about parameters that an option writes in another form.
_IN_OPTIONS = {
    r"features=\[\.\.\.\]": "--exclude",
    r"overwrite=True \(--overwrite\)": "--overwrite",
    r"columns=\{'(.*?)': '(\w+)'\}": r"--types \1=\2",
    r"columns=\{'(.*?)': MultiValued\(sep='(.*?)'\)\}": r"--types '\1=multivalued:\2'",
    r"\bas in Dates\(format='(.*?)'\)": r"as in --types NAME=dates:\1",
    r"\bin Ordered\(\[\.\.\.\]\)": "in --types NAME=ordered:A,B",
    r"\bcolumns says\b": "--types says",
    r"\bkind in columns\b": "kind in --types",
    r"\btypes, delimiter and missing_values\b": "--types, --delimiter and --missing-values",
    r"\bas the delimiter\b": "as --delimiter",
}
#: Kinds of columns as ``--types`` takes them.
KIND_WORDS = (
    "category[:normalize]",
    "numeric[:BINS]",
    "dates[:PARTS or FORMAT]",
    "multivalued:SEPARATOR",
    "ordered:A,B",
    "identifier",
)


def in_options(text: str) -> str:
    """Say a sentence of the library in the words of the command line."""
    for pattern, words in _IN_OPTIONS.items():
        text = re.sub(pattern, words, text)
    return _PARAMETER.sub(_option, text)


def _option(found: re.Match[str]) -> str:
    name = (found[1] or found[2] or found[3]).replace("_", "-")
    value = f" {found[4]}" if found[4] else " " * bool(found[5])
    return f"{'-' if len(name) == 1 else '--'}{name}{value}"


def told_types(pairs: Sequence[str]) -> dict[str, Any]:
    """Read NAME=KIND: a type of CSV stays a word, all else becomes a kind of column."""
    told: dict[str, Any] = {}
    words = "|".join((*CSV_TYPES, *KINDS, "ordered"))
    for pair in pairs:
        found = re.fullmatch(rf"(.*)=((?:{words})(?::.*)?)", pair, re.S)
        try:
            if found is None:
                raise ValueError(pair)
            name, kind = found.groups()
            told[name] = kind if kind in CSV_TYPES else kind_from_text(kind)
        except ValueError as error:
            if isinstance(error, ParameterError):
                raise
            raise ParameterError(
                f"--types must be NAME=KIND with KIND one of {', '.join(KIND_WORDS)}, "
                f"{', '.join(CSV_TYPES)}, got {pair!r}."
            ) from None
        if kind == "numeric":
            told[name] = "numeric"  # as many bins as --n-bins says
    return told


def types_in_file(told: dict[str, Any], table: str) -> dict[str, str] | None:
    """Give the types that columns of a CSV are read with: those told, and text for some kinds."""
    types = {name: kind for name, kind in told.items() if kind in CSV_TYPES}
    if is_csv(table):
        of_text = (Dates, MultiValued, Ordered)
        types |= {name: "text" for name, kind in told.items() if isinstance(kind, of_text)}
    return types or None


def told_shared(pairs: Sequence[str] | None) -> dict[str, list[str]] | None:
    """Read ``--shared``.

    Examples
    --------
    >>> told_shared(["airport=origin,dest"])
    {'airport': ['origin', 'dest']}
    """
    told = {}
    for pair in pairs or ():
        name, sign, columns = pair.partition("=")
        if not sign or not name or "," not in columns:
            raise ParameterError(
                f"--shared must be NAME=COLUMN,COLUMN with two columns or more, got {pair!r}."
            )
        if name in told:
            raise ParameterError(f"--shared gives the name {name!r} twice. Choose another one.")
        told[name] = columns.split(",")
    return told or None


def told_pairs(groups: Sequence[str] | None) -> list[list[str]] | None:
    """Read ``--exclude-pairs``.

    Examples
    --------
    >>> told_pairs(["code,description"])
    [['code', 'description']]
    """
    for group in groups or ():
        if "," not in group:
            raise ParameterError(
                f"--exclude-pairs must be COLUMN,COLUMN with two columns or more, got {group!r}."
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
    missing = [name for name in exclude if name not in found]
    if missing:
        raise UnknownFeatureError(missing[0], found)
    return [name for name in features or found if name not in exclude]
