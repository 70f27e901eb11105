"""Looking categories up: memory and seconds by sorted hashes and by a dict of their keys.

Run with ``python -m benchmarks.vocabulary --categories 1000000``.
"""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks.harness import Benchmark, run_alone
from benchmarks.pages.vocabulary import page
from cat2vec.vocabulary.lookup import Lookup
from cat2vec.vocabulary.vocabulary import UNSEEN, category_key

BENCHMARK = Benchmark("vocabulary", "Measure what looking categories up takes.", page)
KINDS = ("text", "whole numbers", "text and numbers")
TIMES = 3


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(data_folder=False)
    parser.add_argument("--categories", type=int, default=1_000_000)
    return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    for kind in KINDS:
        yield run_alone(measure, kind=kind, n_categories=options.categories)


def categories_of(kind: str, n: int) -> np.ndarray:
    numbers = np.arange(n) * 7
    if kind == "whole numbers":
        return numbers
    texts = [f"customer-{i:08d}" for i in range(n)]
    found = np.empty(n, object)
    found[:] = texts if kind == "text" else [t if i % 2 else 7 * i for i, t in enumerate(texts)]
    return found


def by_hashes(categories: np.ndarray) -> Callable[[list[Any]], np.ndarray]:
    lookup = Lookup(categories)
    lookup.codes([], UNSEEN)  # which sorts the hashes
    return lambda values: lookup.codes(values, UNSEEN)


def by_keys(categories: np.ndarray) -> Callable[[list[Any]], np.ndarray]:
    """Look up as cat2vec did before: in a dict of keys."""
    table = {category_key(value): code for code, value in enumerate(categories.tolist())}
    return lambda values: np.array(
        [table.get(category_key(value), UNSEEN) for value in values], np.int32
    )


def measure(kind: str, n_categories: int) -> dict[str, Any]:
    """Look all categories up once, in another order, both ways in turn; least seconds count."""
    categories = categories_of(kind, n_categories)
    order = np.random.default_rng(0).permutation(n_categories)
    asked = [str(v) if isinstance(v, str) else v for v in categories[order].tolist()]
    figures: dict[str, Any] = {"table": "made", "kind": kind, "categories": n_categories}
    for way, make in (("hashes", by_hashes), ("keys", by_keys)):
        gc.collect()
        tracemalloc.start()
        kept = make(categories)
        gc.collect()
        figures[f"bytes_{way}"], figures[f"peak_bytes_{way}"] = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        del kept
    seconds: dict[str, list[float]] = {}
    for _ in range(TIMES):
        for way, make in (("hashes", by_hashes), ("keys", by_keys)):
            began = time.process_time()
            lookup = make(categories)
            made = time.process_time()
            found = lookup(asked)
            done = time.process_time()
            assert (found == order).all()
            seconds.setdefault(f"seconds_make_{way}", []).append(made - began)
            seconds.setdefault(f"seconds_ask_{way}", []).append(done - made)
    return figures | {name: min(times) for name, times in seconds.items()}


if __name__ == "__main__":
    sys.exit(main())
