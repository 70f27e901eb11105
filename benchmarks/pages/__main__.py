"""Write pages again from stored lines: ``python -m benchmarks.pages [NAMES] [--data FOLDER]``."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.harness import files_of, write_page

NAMES = (
    *("auto", "baskets", "cells", "counting", "creditg", "dependencies", "estimates", "evidence"),
    *("explore", "first_call", "fuzz", "growth", "kills", "limits", "moves", "mutants", "quality"),
    *("readings", "repeats", "rows", "shared", "solver_steps", "solvers", "spark", "speed"),
    *("streaming", "tables", "transform", "unseen", "vocabulary"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write pages from stored lines.")
    parser.add_argument("names", nargs="*", metavar="NAMES", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--data", type=Path, help="folder of the public tables, for quality")
    parser.add_argument("--out", type=Path, help="another folder for the pages")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"there is no page {', '.join(sorted(unknown))}: choose of {', '.join(NAMES)}")
    if options.data is None and "quality" in options.names:
        parser.error("quality shows published results, which lie in the folder given by --data.")
    for name in options.names or [name for name in NAMES if name != "quality" or options.data]:
        files = replace(files_of(name), data_folder=options.data)
        if options.out:
            files = replace(files, page=options.out / files.page.name)
        page = importlib.import_module(f"benchmarks.pages.{name}").page
        write_page(files.page, page(files))
        print(files.page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
