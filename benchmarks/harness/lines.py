"""Records as JSON lines: appended, never changed, read for the pages."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.harness.facts import ROOT

RESULTS = ROOT / "benchmarks" / "results"


@dataclass(frozen=True)
class Files:
    """Where the records of a benchmark lie and where its page goes.

    Parameters
    ----------
    lines : Path
    page : Path
        Pictures go into the folder ``pictures`` beside it or beside its folder.
    data_folder : Path or None
        Of the public tables, for pages that show what others published.
    """

    lines: Path
    page: Path
    data_folder: Path | None = None


def files_of(name: str) -> Files:
    """Give the files of a benchmark in the project; the page of ``quality`` is ``RESULTS.md``."""
    page = RESULTS.with_name("RESULTS.md") if name == "quality" else RESULTS / f"{name}.md"
    return Files(RESULTS / f"{name}.jsonl", page)


def append_line(path: Path, record: Mapping[str, Any]) -> None:
    """Add one JSON line; a number that was not computed is null."""
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in record.items()
    }
    with open(path, "a", encoding="utf-8") as lines:
        lines.write(json.dumps(plain, ensure_ascii=False, allow_nan=False) + "\n")


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def latest(path: Path, key: Callable[[Mapping[str, Any]], Any]) -> dict[Any, dict[str, Any]]:
    """Read the last record of every key; keys stand in the order of their first record."""
    return {key(record): record for record in read_lines(path)}


def latest_by_table(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Read for every table the records of the last run that had it, in their order.

    Figures of different runs are never set beside each other in one table.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for record in read_lines(path):
        earlier = found.get(record["table"], [])
        same_run = earlier if earlier and earlier[0]["run"] == record["run"] else []
        found[record["table"]] = [*same_run, record]
    return found
