"""Measure the quality of the vectors and of their peers; write JSON lines and the page.

Run with ``python -m benchmarks.quality.run DATA_FOLDER`` from the folder of the project. Methods
may be run one by one: the page shows the last record of each. Peers need no second run when cat2vec
changes.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

# one thread each for BLAS: methods are timed alike, and sums are the same on every machine
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from benchmarks.harness import TABLES, append_line, facts  # noqa: E402
from benchmarks.quality import clustering, controls, few_labels, geometry, hidden_cells, page  # noqa: E402
from benchmarks.quality.methods import METHODS  # noqa: E402
from benchmarks.quality.reading import LABELLED  # noqa: E402

PARTS = ("clustering", "geometry", "few_labels", "hidden_cells", "controls")
#: Numbers per category where a part takes one size.
SIZE = 32
#: Ordered pairs of cells at most, which limit the rows, the same for every method: gensim trains
#: about a million a second on one core, cat2vec does not mind.
MOST_PAIRS = {"geometry": 1e7, "few_labels": 5e6, "hidden_cells": 1e6}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure quality beside peers.")
    parser.add_argument("data_folder", type=Path)
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS)
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--tables", nargs="+", help="of few_labels and hidden_cells; else all")
    parser.add_argument("--shuffles", type=int, nargs="+", default=[0, 1, 2], help="in geometry")
    parser.add_argument("--sizes", type=int, nargs="+", default=[8, SIZE], help="in clustering")
    parser.add_argument("--small", action="store_true", help="few rows and states: a quick look")
    parser.add_argument("--out", type=Path, default=Path("benchmarks", "results", "quality.jsonl"))
    parser.add_argument("--page", type=Path, default=Path("benchmarks", "RESULTS.md"))
    options = parser.parse_args(arguments)
    about = {**facts(), "threads": 1}
    for part in options.parts:
        for record in RECORDS[part](options):
            append_line(options.out, {"part": part, **record, **about})
            shown = {k: round(v, 4) if isinstance(v, float) else v for k, v in record.items()}
            shown.pop("MRR_of", None)
            print(part, *shown.values(), flush=True)
    page.write(options.out, options.page, options.data_folder)


def _clustering(options: Any) -> Iterator[dict[str, Any]]:
    n_states = 3 if options.small else 50
    return clustering.measured(
        options.data_folder, options.methods, options.sizes, n_states, options.small
    )


def _geometry(options: Any) -> Iterator[dict[str, Any]]:
    methods = [method for method in options.methods if method != "one-hot"]
    shuffles, pairs = ([0], 1e5) if options.small else (options.shuffles, MOST_PAIRS["geometry"])
    return geometry.measured(options.data_folder, methods, (SIZE,), shuffles, pairs)


def _few_labels(options: Any) -> Iterator[dict[str, Any]]:
    labels, pairs = (
        ((200,), 2e5) if options.small else ((200, 1000, 5000), MOST_PAIRS["few_labels"])
    )
    names = options.tables or list(LABELLED)
    return few_labels.measured(options.data_folder, options.methods, SIZE, labels, pairs, names)


def _hidden_cells(options: Any) -> Iterator[dict[str, Any]]:
    pairs = 2e5 if options.small else MOST_PAIRS["hidden_cells"]
    names = options.tables or list(TABLES)
    return hidden_cells.measured(options.data_folder, options.methods, SIZE, pairs, names)


def _controls(options: Any) -> Iterator[dict[str, Any]]:
    return controls.measured(options.data_folder, SIZE)


RECORDS: dict[str, Callable[[Any], Iterator[dict[str, Any]]]] = {
    "clustering": _clustering,
    "geometry": _geometry,
    "few_labels": _few_labels,
    "hidden_cells": _hidden_cells,
    "controls": _controls,
}


if __name__ == "__main__":
    main()
