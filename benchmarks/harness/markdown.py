"""Markdown of the pages: tables, numbers, and the sentence that says what ran where."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Record = Mapping[str, Any]
Column = tuple[str, str | Callable[[Record], Any]] | tuple[str, str | Callable[[Record], Any], int]


def write_page(path: Path, lines: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.replace(unfinished, path)


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    cells = [list(header), ["---"] * len(header), *rows]
    return ["| " + " | ".join(_cell(value) for value in row) + " |" for row in cells]


def record_table(records: Iterable[Record], *columns: Column) -> list[str]:
    """Write one row per record.

    A column is its header, then what stands in it (the name of a figure, or a function of the
    record), then the digits behind the point where it is a number.
    """

    def cell(
        record: Record, source: str | Callable[[Record], Any], digits: int | None = None
    ) -> Any:
        value = record.get(source) if isinstance(source, str) else source(record)
        return value if digits is None else number(value, digits)

    rows = ([cell(record, *column[1:]) for column in columns] for record in records)
    return markdown_table([column[0] for column in columns], rows)


def _cell(value: Any) -> str:
    return "" if value is None else str(value).replace("|", "\\|")


def number(value: float | None, digits: int = 4) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def provenance(record: Record) -> str:
    """Write the facts of one record as a sentence."""
    commit = record["commit"][:10] or "unknown"
    changes = " with uncommitted changes" if record["uncommitted_changes"] else ""
    return (
        f"cat2vec {record['cat2vec']} (commit {commit}{changes}), Python {record['python']}, "
        f"NumPy {record['numpy']}, Numba {record['numba']}, gensim {record['gensim']}; "
        f"{record['machine']}, {record['cores']} cores; {record['run']}."
    )


def provenances(records: Iterable[Record]) -> Iterator[str]:
    """Write one such sentence for every run, each after an empty line."""
    for record in {record["run"]: record for record in records}.values():
        yield from ["", provenance(record)]
