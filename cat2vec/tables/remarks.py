"""Remarks: what reading and fitting decided about a column that its owner may want otherwise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Remark:
    """One sentence or more about a column: how it was read, why, and how to change that.

    Parameters
    ----------
    column : str
        Of the table; empty for a remark on the whole table.
    text : str

    Examples
    --------
    >>> str(Remark("age", "56 cells hold 'NA', all others are numbers."))
    "'age': 56 cells hold 'NA', all others are numbers."
    """

    column: str
    text: str

    def __str__(self) -> str:
        return f"{self.column!r}: {self.text}" if self.column else self.text
