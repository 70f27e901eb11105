"""Dialects of SQL: how each quotes names and texts, and what its types are called.

Takes names and texts, whatever they hold. Gives pieces of statements that mean just these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cat2vec.errors import ParameterError, listed

#: A part of the name of a table; between double quotes it may hold points.
_PART = r'(?:"(?:[^"]|"")+"|[^".]+)'


@dataclass(frozen=True)
class Dialect:
    """What differs between databases: ``name`` and ``text`` quote, the others are types."""

    name: Callable[[str], str]
    text: Callable[[str], str]
    of_text: str = "VARCHAR"
    of_numbers: str = "DOUBLE"
    of_whole_numbers: str = "DECIMAL(20, 0)"

    def table(self, parts: Sequence[str]) -> str:
        """Write the name of a table, of which schema and catalog may be parts."""
        return ".".join(map(self.name, parts))


def _doubled(mark: str) -> Callable[[str], str]:
    return lambda text: mark + text.replace(mark, mark * 2) + mark


def _escaped(mark: str) -> Callable[[str], str]:
    """Quote by backslashes, for databases to which a backslash in quotes begins an escape."""
    escapes = {"\\": "\\\\", mark: "\\" + mark, "\n": "\\n", "\r": "\\r"}
    table = str.maketrans(escapes)
    return lambda text: mark + text.translate(table) + mark


#: Databases for which statements are written.
DIALECTS = {
    "duckdb": Dialect(_doubled('"'), _doubled("'")),
    "postgres": Dialect(_doubled('"'), _doubled("'"), "TEXT", "DOUBLE PRECISION"),
    "snowflake": Dialect(_doubled('"'), _escaped("'")),
    "bigquery": Dialect(_escaped("`"), _escaped("'"), "STRING", "FLOAT64", "INT64"),
    "databricks": Dialect(_doubled("`"), _escaped("'"), "STRING"),
}


def dialect_of(name: str) -> Dialect:
    """Find a dialect.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> print(dialect_of("postgres").text("it's"), dialect_of("databricks").name("it's"))
    'it''s' `it's`
    """
    if not isinstance(name, str) or name not in DIALECTS:
        raise ParameterError(f"dialect must be one of {listed(DIALECTS)}, got {name!r}.")
    return DIALECTS[name]


def parts_of_name(table: str | Sequence[str]) -> tuple[str, ...]:
    """Cut the name of a table at its points, but for those between double quotes.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> parts_of_name("sales.trips"), parts_of_name('"trips.parquet"'), parts_of_name(["a.b", "c"])
    (('sales', 'trips'), ('trips.parquet',), ('a.b', 'c'))
    """
    if isinstance(table, str):
        if not re.fullmatch(rf"{_PART}(\.{_PART})*", table):
            raise ParameterError(
                f"the table {table!r} must be a name, or several with a point between each two. "
                f"Put names that hold points or double quotes between double quotes, and double "
                f"those that they hold; or give a list of names."
            )
        found = re.findall(_PART, table)
        table = [p[1:-1].replace('""', '"') if p.startswith('"') else p for p in found]
    parts = tuple(table)
    for part in parts:
        check_name(part, "a part of the name of a table")
    if not parts:
        raise ParameterError("the name of a table must have at least one part.")
    return parts


def check_name(name: str, what: str) -> None:
    """Raise ParameterError for a name that no database can have."""
    if not isinstance(name, str) or not name or "\0" in name:
        raise ParameterError(
            f"{what} is {name!r}, and must be a text of at least one character, none of them NUL."
        )
