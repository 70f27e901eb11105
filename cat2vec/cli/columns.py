"""Columns as they are typed: names, several with commas between, or places in a file of no header.

A word that is the name of a column is that column. Any other is taken apart at its commas. In a
file without a header a whole number that is no name is the place of a column, counted from 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cat2vec.tables.files import names_and_delimiter
from cat2vec.tables.sources.columnar import FileColumns
from cat2vec.tables.sources.formats import CSV
from cat2vec.tables.sources.paths import Source

#: What the help says of options that take features of a model, or columns of a table.
APART = "several also with commas between"
APART_OR_PLACES = f"{APART}; without a header a number is a place, counted from 0"


def columns_of(
    words: Sequence[str] | None, names: Sequence[str], by_place: bool = False
) -> list[str] | None:
    """Read columns as they were typed; what is no column stays for the check that says so.

    Parameters
    ----------
    words : sequence of str or None
    names : sequence of str
        Of all columns.
    by_place : bool
        Whether numbers can be places.

    Examples
    --------
    >>> columns_of(["id,zip", "a,b"], ["id", "zip", "a,b"])
    ['id', 'zip', 'a,b']
    >>> columns_of(["0,2"], ["x0", "x1", "x2"], by_place=True)
    ['x0', 'x2']
    """
    if words is None:
        return None
    apart = [part for word in words for part in ([word] if word in names else word.split(","))]
    return [_column(part, names, by_place) for part in apart]


def _column(word: str, names: Sequence[str], by_place: bool) -> str:
    is_place = by_place and word not in names and word.isdecimal() and int(word) < len(names)
    return names[int(word)] if is_place else word


class TypedColumns:
    """Columns of a table as they are typed in options; its names are read once they matter.

    Parameters
    ----------
    source : Source
    reading : mapping
        How CSV is read, as ``reading_options`` gives it.
    """

    def __init__(self, source: Source, reading: Mapping[str, Any]) -> None:
        self._source, self._reading = source, reading
        self._names: list[str] | None = None

    @property
    def by_place(self) -> bool:
        """Whether numbers can be places."""
        return self._source.format == CSV and self._reading["header"] is not True

    @property
    def names(self) -> list[str]:
        """All columns of the table."""
        if self._names is None:
            if self._source.format == CSV:
                self._names = names_and_delimiter(self._source, **self._reading)[0]
            else:
                self._names = list(all_columns(self._source))
        return self._names

    def read(self, words: Sequence[str] | None) -> list[str] | None:
        """Read columns, as ``columns_of`` does."""
        if words is None or not (self.by_place or any("," in word for word in words)):
            return None if words is None else list(words)
        return columns_of(words, self.names, self.by_place)

    def groups(self, groups: Sequence[Sequence[str]] | None) -> list[list[str]] | None:
        """Read columns of groups, which are apart."""
        return None if groups is None else [self._each(group) for group in groups]

    def keys(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Read columns that stand before what is said of them."""
        return dict(zip(self._each(list(given)), given.values(), strict=True))

    def _each(self, words: Sequence[str]) -> list[str]:
        return [_column(word, self.names, True) for word in words] if self.by_place else list(words)


def all_columns(source: Source) -> FileColumns:
    """Open all columns of files that have types, those that number the rows, too."""
    how: dict[str, Any] = {"rows_needed": False, "may_be_held": False}
    files = FileColumns(source, **how)
    apart = [remark.column for remark in files.remarks if remark.column not in files]
    return FileColumns(source, keep=apart, **how) if apart else files
