"""How CSV files are read, as it was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from cat2vec.errors import ParameterError, named, setting, spelled
from cat2vec.parameters import problems_with


@dataclass(frozen=True)
class CsvOptions:
    """What ``read_table`` was told of CSV files; ``delimiter`` None is the usual one of a file."""

    delimiter: str | None = None
    missing_values: Sequence[str] = ()
    decimal: str = "."
    skip_initial_space: bool = False
    header: bool | Sequence[str] = True
    on_bad_line: str = "error"

    @property
    def given(self) -> list[str]:
        """The names of those that differ from what is usual: only CSV files know them."""
        usual = CsvOptions(missing_values=type(self.missing_values)())
        names = [field.name for field in fields(self)]
        return [name for name in names if getattr(self, name) != getattr(usual, name)]

    def check(self) -> None:
        """Check all values.

        Raises
        ------
        ParameterError
        """
        problems = problems_with(
            decimal=self.decimal,
            skip_initial_space=self.skip_initial_space,
            on_bad_line=self.on_bad_line,
        )
        given: Any = self.missing_values
        if isinstance(given, str):
            problems.append(
                f"{named('missing_values')} must be a list of texts, got the text {given!r}. "
                f"Write {setting('missing_values', [given])}."
            )
        mark = self.delimiter
        if mark is not None and (len(mark) != 1 or not mark.isascii()):
            problems.append(f"{named('delimiter')} must be one ASCII character, got {mark!r}.")
        header: Any = self.header
        if not isinstance(header, bool):
            names = [] if isinstance(header, str) or header is None else list(header)
            words = all(isinstance(name, str) for name in names)
            if not names or len(set(names)) < len(names) or not words:
                problems.append(
                    f"{spelled('header must be True, False or a list of', '--names must be')} "
                    f"names that differ, got {header!r}."
                )
        if problems:
            raise ParameterError(problems)
