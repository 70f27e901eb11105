"""Measure the quality of the vectors and of their peers; write JSON lines and the page.

Run with ``python -m benchmarks.quality.run DATA_FOLDER`` from the folder of the project. Methods
may be run one by one: the page shows the last record of each. Peers need no second run when cat2vec
changes.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from threadpoolctl import threadpool_limits

from benchmarks.harness import TABLES, Benchmark
from benchmarks.pages.quality import page
from benchmarks.quality import clustering, controls, few_labels, geometry, hidden_cells
from benchmarks.quality.methods import METHODS
from benchmarks.quality.reading import LABELLED

BENCHMARK = Benchmark("quality", "Measure the quality of the vectors beside peers.", page)
#: Numbers per category where a part takes one size.
SIZE = 32
#: Ordered pairs of cells at most, which limit the rows, the same for every method: gensim trains
#: about a million a second on one core, cat2vec does not mind.
MOST_PAIRS = {"geometry": 1e7, "few_labels": 5e6, "hidden_cells": 1e6}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(dict.fromkeys([*LABELLED, *TABLES]), small=True)
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS)
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--shuffles", type=int, nargs="+", default=[0, 1, 2], help="in geometry")
    parser.add_argument("--sizes", type=int, nargs="+", default=[8, SIZE], help="in clustering")
    forms = list(clustering.FORMS)
    parser.add_argument("--row-forms", nargs="+", default=forms, choices=forms, help="likewise")
    options = parser.parse_args(arguments)
    # one thread each: methods are timed alike, and sums are the same on every machine
    with threadpool_limits(1):
        return BENCHMARK.measure(records, options)


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    for part in options.parts:
        for record in PARTS[part](options):
            yield {"part": part, **record, "threads": 1}


def _clustering(options: Namespace) -> Iterator[dict[str, Any]]:
    n_states = 3 if options.small else 50
    return clustering.measured(
        options.data_folder,
        options.methods,
        options.sizes,
        n_states,
        options.small,
        options.row_forms,
    )


def _geometry(options: Namespace) -> Iterator[dict[str, Any]]:
    methods = [method for method in options.methods if method != "one-hot"]
    shuffles, pairs = ([0], 1e5) if options.small else (options.shuffles, MOST_PAIRS["geometry"])
    return geometry.measured(options.data_folder, methods, (SIZE,), shuffles, pairs)


def _few_labels(options: Namespace) -> Iterator[dict[str, Any]]:
    labels = (200,) if options.small else (200, 1000, 5000)
    pairs = 2e5 if options.small else MOST_PAIRS["few_labels"]
    names = [name for name in LABELLED if name in options.tables]
    return few_labels.measured(options.data_folder, options.methods, SIZE, labels, pairs, names)


def _hidden_cells(options: Namespace) -> Iterator[dict[str, Any]]:
    pairs = 2e5 if options.small else MOST_PAIRS["hidden_cells"]
    names = [name for name in TABLES if name in options.tables]
    return hidden_cells.measured(options.data_folder, options.methods, SIZE, pairs, names)


def _controls(options: Namespace) -> Iterator[dict[str, Any]]:
    return controls.measured(options.data_folder, SIZE)


PARTS: dict[str, Callable[[Namespace], Iterator[dict[str, Any]]]] = {
    "clustering": _clustering,
    "geometry": _geometry,
    "few_labels": _few_labels,
    "hidden_cells": _hidden_cells,
    "controls": _controls,
}


if __name__ == "__main__":
    sys.exit(main())
