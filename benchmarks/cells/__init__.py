"""What rows say about their cells: odd rows, missing cells, wrong cells and hidden cells.

Each beside what else a user could take, in the same run. One set of defaults for all tables. Run
with ``python -m benchmarks.cells DATA_FOLDER``, or in parts with ``--parts``, ``--methods`` and
``--tables``: the page shows the last record of each.
"""

from __future__ import annotations

import os
import warnings
from argparse import Namespace
from collections.abc import Callable, Collection, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from benchmarks.cells.detectors import DETECTORS
from benchmarks.cells.hidden_cells import METHODS as PREDICTORS
from benchmarks.cells.hidden_cells import measured as hidden_cells
from benchmarks.cells.imputers import IMPUTERS
from benchmarks.cells.missing_cells import TABLES as TABLES_TO_FILL
from benchmarks.cells.missing_cells import measured as imputation
from benchmarks.cells.odd_rows import LABELLED, PLANTED, labelled, planted
from benchmarks.cells.seconds import TABLES as MADE
from benchmarks.cells.seconds import measured as seconds
from benchmarks.cells.wrong_cells import SUSPICIONS
from benchmarks.cells.wrong_cells import TABLE as TABLE_TO_REPAIR
from benchmarks.cells.wrong_cells import measured as wrong_cells
from benchmarks.harness import TABLES, Benchmark
from benchmarks.pages.cells import PARTS, page

BENCHMARK = Benchmark("cells", "Fill missing cells, and find odd rows and wrong cells.", page)
Measure = Callable[[Path, Collection[str], Collection[str]], Iterator[dict[str, Any]]]
MEASURES: dict[str, Measure] = {
    "anomaly": labelled,
    "planted": planted,
    "imputation": imputation,
    "wrong_cells": wrong_cells,
    "hidden_cells": hidden_cells,
    "seconds": seconds,
}
#: Of cat2vec, by what it rests on or as a whole.
OURS = ("cat2vec", "pair counts", "vectors", "vectors, one temperature")
METHODS = tuple(dict.fromkeys([*OURS, *DETECTORS, *IMPUTERS, *SUSPICIONS, *PREDICTORS]))
#: Packages that peers come from, and the peers that need one which cat2vec does not.
PACKAGES = {
    "scikit-learn": (),
    "pyod": ("ECOD", "COPOD"),
    "lightgbm": ("LightGBM chained", "LightGBM"),
}
ALL_TABLES = tuple(
    dict.fromkeys([*LABELLED, *PLANTED, *TABLES_TO_FILL, TABLE_TO_REPAIR, *TABLES, *MADE])
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(ALL_TABLES)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--no-peers", action="store_true", help="cat2vec alone")
    options = parser.parse_args(arguments)
    if options.no_peers:
        options.methods = OURS
    installed = versions()
    for package, needing in PACKAGES.items():
        if package not in installed and {*needing} & {*options.methods}:
            parser.error(
                f"{' and '.join(needing)} need {package}, which is not installed: install the "
                "extra benchmarks, or name other --methods."
            )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return BENCHMARK.measure(records, options)


def versions() -> dict[str, str]:
    """Give the versions of the packages of peers that are installed."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    peers = ", ".join(f"{package} {one}" for package, one in versions().items())
    for part in options.parts:
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
        # one thread each, so that seconds compare
        with threadpool_limits(1):
            for record in MEASURES[part](options.data_folder, options.methods, options.tables):
                yield {"load_before": load, **record, "part": part, "peers": peers}
