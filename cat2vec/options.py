"""What options of the command line say, as parameters of the library.

Takes lists of words. Gives mappings and lists, or an error in the words of the option.
"""

from __future__ import annotations

from collections.abc import Sequence

from cat2vec.errors import ParameterError, UnknownFeatureError
from cat2vec.tables.files import CSV_TYPES


def told_types(pairs: Sequence[str]) -> dict[str, str]:
    """Read ``--types``.

    Examples
    --------
    >>> told_types(["zip=text"])
    {'zip': 'text'}
    """
    told = {}
    for pair in pairs:
        name, sign, kind = pair.rpartition("=")
        if not sign or kind not in (*CSV_TYPES, "category", "numeric"):
            raise ParameterError(
                f"--types must be NAME=KIND with KIND one of category, numeric, "
                f"{', '.join(CSV_TYPES)}, got {pair!r}."
            )
        told[name] = kind
    return told


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
