"""Does a prior that learns its strength do as well as the usual one, in all that is measured?

``python -m benchmarks.evidence DATA_FOLDER``. The five measurements of ``quality`` with
``regularization`` 10 and "auto": clusters of 25 published tables, geometry, few labels, hidden
cells with gains on rows not trained on, and tables without signal. One thread.
"""

from __future__ import annotations

import sys
import warnings
from argparse import Namespace
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from threadpoolctl import threadpool_limits

import benchmarks.quality.controls as without_signal
from benchmarks.harness import TABLES, Benchmark
from benchmarks.pages.evidence import PARTS, STRENGTHS, page
from benchmarks.quality import clustering, few_labels, geometry, hidden_cells
from benchmarks.quality.methods import METHODS, cat2vec
from benchmarks.quality.reading import LABELLED
from cat2vec import train_vectors

BENCHMARK = Benchmark("evidence", "Compare the usual prior with one that is learned.", page)
SIZE = 32
#: As in ``quality.run``.
MOST_PAIRS = {"geometry": 1e7, "few_labels": 5e6, "hidden_cells": 1e6}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(dict.fromkeys([*LABELLED, *TABLES]), small=True)
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=list(PARTS))
    parser.add_argument("--shuffles", type=int, nargs="+", default=[0, 1, 2], help="in geometry")
    parser.add_argument("--states", type=int, default=50, help="of k-means")
    options = parser.parse_args(arguments)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return BENCHMARK.measure(records, options)


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    for part in options.parts:
        for name, strength in STRENGTHS.items():
            trained = partial(cat2vec, regularization=strength)
            with patch.dict(METHODS, {name: _with_learned(trained)}):
                for record in _measured(part, name, strength, options):
                    yield {"part": part, **record, "method": name, "threads": 1}


def _with_learned(trained: Any) -> Any:
    """Train without compiling while the clock runs."""
    warm = []

    def train(table: Any, size: int, seed: int) -> Any:
        if not warm:
            warm.append(trained(table, 2, seed, max_sweeps=1))
        return trained(table, size, seed)

    return train


def _measured(
    part: str, name: str, strength: float | str, options: Namespace
) -> Iterator[dict[str, Any]]:
    folder = Path(options.data_folder)
    pairs = 2e5 if options.small else MOST_PAIRS.get(part, 0.0)
    if part == "clustering":
        states = 3 if options.small else options.states
        yield from clustering.measured(folder, [name], [8, SIZE], states, options.small)
    elif part == "geometry":
        shuffles = [0] if options.small else options.shuffles
        yield from geometry.measured(folder, [name], (SIZE,), shuffles, pairs)
    elif part == "few_labels":
        labels = (200,) if options.small else (200, 1000, 5000)
        names = [one for one in LABELLED if one in options.tables]
        yield from few_labels.measured(folder, [name], SIZE, labels, pairs, names)
    elif part == "hidden_cells":
        names = [one for one in TABLES if one in options.tables]
        found = hidden_cells.measured(folder, [name], SIZE, pairs, names)
        yield from (record for record in found if record["method"] == name)
    else:
        learning = partial(train_vectors, regularization=strength)
        with patch.object(without_signal, "train_vectors", learning):
            yield from without_signal.measured(folder, SIZE)


if __name__ == "__main__":
    sys.exit(main())
