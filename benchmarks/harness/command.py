"""The command line of every benchmark: measure, append records, write the page."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.harness.facts import facts
from benchmarks.harness.lines import Files, append_line, files_of
from benchmarks.harness.markdown import write_page


@dataclass(frozen=True)
class Benchmark:
    """A question, and the page that answers it from records.

    Parameters
    ----------
    name : str
        Of ``results/NAME.jsonl`` and ``results/NAME.md``.
    question : str
        What ``--help`` shows.
    page : callable or None
        Gives the lines of the page, given its ``Files``.
    """

    name: str
    question: str
    page: Callable[[Files], Iterable[str]] | None

    def parser(
        self,
        tables: Iterable[str] = (),
        default: Sequence[str] | None = None,
        *,
        data_folder: bool = True,
        made: bool = False,
        small: bool = False,
    ) -> argparse.ArgumentParser:
        """Give the options that benchmarks share; a benchmark adds its own.

        ``tables`` are those that ``--tables`` takes, ``default`` those of them that are taken
        without it (None: all). ``made`` and ``small`` add the options of these names.
        """
        parser = argparse.ArgumentParser(description=self.question)
        if data_folder:
            parser.add_argument("data_folder", type=Path, help="folder of the public tables")
        if names := list(tables):
            parser.add_argument("--tables", nargs="+", choices=names, default=default or names)
        if made:
            parser.add_argument("--made", type=Path, help="folder of made tables; it may be empty")
        if small:
            parser.add_argument(
                "--small", action="store_true", help="a quick look; needs --results of its own"
            )
        files = files_of(self.name)
        parser.add_argument(
            "--results", type=Path, default=files.lines, help="JSON lines that are added to"
        )
        if self.page:
            parser.add_argument("--page", type=Path, help="by default beside the results")
        return parser

    def measure(
        self,
        records: Callable[[argparse.Namespace], Iterable[Mapping[str, Any]]],
        options: argparse.Namespace,
    ) -> int:
        """Append every record as it comes, then write the page; give the exit code.

        A record with an ``error`` is shown, not kept, and makes the exit code 1.
        """
        files, results = files_of(self.name), options.results.resolve()
        if results != files.lines:
            files = Files(results, results.with_suffix(".md"))
        elif getattr(options, "small", False):
            raise SystemExit("--small needs --results of its own: its figures say nothing.")
        about, failed = facts(), 0
        for record in records(options):
            if "error" in record:
                failed += 1
            else:
                append_line(files.lines, {**about, **record})
            print(shown(record), flush=True)
        if self.page and files.lines.exists():
            page, folder = options.page or files.page, getattr(options, "data_folder", None)
            write_page(page, self.page(Files(files.lines, page, folder)))
        return 1 if failed else 0


def shown(record: Mapping[str, Any]) -> str:
    """Write the plain values of a record in one line."""
    plain = {name: v for name, v in record.items() if isinstance(v, (str, int, float))}
    figures = (f"{n} {v:.4g}" if isinstance(v, float) else f"{n} {v}" for n, v in plain.items())
    return ", ".join(figures)
