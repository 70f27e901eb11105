"""How seconds and memory grow when a table gets twice as large.

Run with ``python -m benchmarks.growth``. Tables are made, and no data is needed. Each size is
measured in processes of its own: one for counts, one for a model, one for reports.
"""

from __future__ import annotations

import copy
import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.harness import SEED, Benchmark, run_alone
from benchmarks.harness.memory import peak_memory, start_of_memory
from benchmarks.pages.growth import page
from cat2vec import Cat2Vec, count_pairs, train_vectors
from cat2vec.export.flat_table import save_vectors_table
from cat2vec.export.projector import save_projector
from cat2vec.export.word2vec import save_word2vec_format
from cat2vec.inspection import associations

BENCHMARK = Benchmark("growth", "Measure how seconds and memory grow.", page)
#: Categories of the features beside a large one.
SMALL = (2, 12, 30, 5, 60, 100)
#: Rows where categories grow, and where columns do.
ROWS, ROWS_OF_COLUMNS = 100_000, 4_000
#: Categories of each column, where columns grow, and of the largest, where rows do.
IN_COLUMN, LARGEST = 16, 2_000
#: Rows belong to so many groups, and so large a share of cells shows which.
_GROUPS, _SHOWN = 20, 0.4
#: Models that questions are asked of are trained for so many sweeps: they need not be good.
_SWEEPS = 2

#: Every doubling of what training costs; of questions every second one.
DOUBLINGS = (2_000, 4_000, 8_000, 16_000, 32_000)
CATEGORIES, COLUMNS, TABLE_ROWS = (2_000, 8_000, 32_000), (125, 250, 500), (20_000, 80_000)


def table_of(n_rows: int, sizes: Sequence[int]) -> dict[str, np.ndarray]:
    """Make columns of so many categories each."""
    rng = np.random.default_rng(SEED)
    group = rng.integers(_GROUPS, size=n_rows)
    table = {}
    for place, size in enumerate(sizes):
        told = group % size + _GROUPS * rng.integers(max(size // _GROUPS, 1), size=n_rows)
        cells = np.where(rng.random(n_rows) < _SHOWN, told, rng.integers(size, size=n_rows))
        table[f"f{place}"] = np.char.add("c", (cells % size).astype(str))
    return table


#: What grows: from a size to the columns of a table.
TABLES: dict[str, Callable[[int], dict[str, np.ndarray]]] = {
    "categories": lambda size: table_of(ROWS, (size, *SMALL)),
    "columns": lambda size: table_of(ROWS_OF_COLUMNS, (IN_COLUMN,) * size),
    "rows": lambda size: table_of(size, (LARGEST, *SMALL)),
}


def as_it_is(table: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return table


def counts_of(table: dict[str, np.ndarray]) -> Any:
    return count_pairs(table, n_jobs=1)


def model_of(table: dict[str, np.ndarray]) -> Any:
    model = Cat2Vec(solver="counts", max_sweeps=_SWEEPS, keep_counts=True, n_jobs=1).fit(table)
    return model, table


def halves_of(table: dict[str, np.ndarray]) -> Any:
    train, test = ({name: cells[half::2] for name, cells in table.items()} for half in (0, 1))
    return model_of(train)[0], train, test


def trained(counts: Any, **settings: Any) -> dict[str, Any]:
    vectors = train_vectors(counts, solver="counts", n_jobs=1, **settings)
    return {"sweeps": len(vectors.losses)}


def explored(given: Any) -> None:
    with TemporaryDirectory() as folder:
        given[0].explore().save(Path(folder, "page.html"))


def exported(given: Any, save: Callable[..., Any], name: str) -> None:
    with TemporaryDirectory() as folder:
        save(given[0].vectors_, Path(folder, name))


@dataclass(frozen=True)
class Call:
    """What is measured: what is made of the table before, and what is called with that."""

    prepare: Callable[[dict[str, np.ndarray]], Any]
    call: Callable[[Any], Any]
    sizes: dict[str, Sequence[int]]


_ALL = {"categories": CATEGORIES, "columns": COLUMNS, "rows": TABLE_ROWS}


def _by(*names: str) -> dict[str, Sequence[int]]:
    return {name: _ALL[name] for name in names}


CALLS = {
    "count_pairs": Call(as_it_is, counts_of, _by("categories", "columns", "rows")),
    "train_vectors": Call(counts_of, trained, {"categories": DOUBLINGS}),
    'train_vectors, regularization="auto"': Call(
        counts_of, lambda counts: trained(counts, regularization="auto"), _by("categories")
    ),
    f"train_vectors, {_SWEEPS} sweeps": Call(
        counts_of, lambda counts: trained(counts, max_sweeps=_SWEEPS), _by("columns")
    ),
    "associations": Call(counts_of, associations, _by("categories", "columns")),
    "commonality": Call(
        model_of, lambda given: given[0].commonality("f0"), _by("categories", "columns")
    ),
    "influence": Call(model_of, lambda given: given[0].influence(), _by("categories", "columns")),
    "nearest": Call(model_of, lambda given: given[0].nearest("f0", "c1"), _by("categories")),
    "clusters": Call(model_of, lambda given: given[0].clusters("f0"), _by("categories")),
    "score_samples": Call(
        model_of, lambda given: given[0].score_samples(given[1]), _by("columns", "rows")
    ),
    "outlier_rows": Call(
        model_of, lambda given: given[0].outlier_rows(given[1]), _by("categories", "rows")
    ),
    "cluster_rows": Call(
        model_of,
        lambda given: given[0].cluster_rows(given[1]),
        {"columns": COLUMNS[:2], **_by("rows")},
    ),
    "transform": Call(model_of, lambda given: given[0].transform(given[1]), _by("rows")),
    "report": Call(
        halves_of, lambda given: given[0].report(given[2], given[1]),
        {"columns": (75, 150, 300), "categories": (2_000, 4_000, 8_000)},
    ),
    "explore": Call(model_of, explored, _by("categories", "columns")),
    "to_keyed_vectors": Call(
        model_of, lambda given: given[0].to_keyed_vectors(), _by("categories")
    ),
    "save_word2vec_format": Call(
        model_of, lambda given: exported(given, save_word2vec_format, "vectors.txt"),
        _by("categories"),
    ),
    "save_vectors_table": Call(
        model_of, lambda given: exported(given, save_vectors_table, "vectors.parquet"),
        _by("categories"),
    ),
    "save_projector": Call(
        model_of, lambda given: exported(given, save_projector, "vectors.tsv"), _by("categories")
    ),
}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(data_folder=False)
    parser.add_argument("--calls", nargs="+", choices=list(CALLS), default=list(CALLS))
    parser.add_argument("--grows", nargs="+", choices=list(TABLES), default=list(TABLES))
    parser.add_argument("--most", type=int, help="leave larger sizes out, for a quick look")
    return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    for (_, grows, size), names in _asked(options).items():
        record = run_alone(measure, names=names, grows=grows, size=size)
        if "error" in record:
            yield record
            continue
        about = {"grows": grows, "size": size, "load_before": record["load_before"]}
        yield from ({**about, **found} for found in record["found"])


def _asked(options: Namespace) -> dict[tuple[Any, str, int], list[str]]:
    """Give the calls of each process: those of one size that begin with the same."""
    asked: dict[tuple[Any, str, int], list[str]] = {}
    for name in options.calls:
        for grows, sizes in CALLS[name].sizes.items():
            for size in sizes if grows in options.grows else ():
                if options.most is None or size <= options.most:
                    asked.setdefault((CALLS[name].prepare, grows, size), []).append(name)
    return asked


def measure(names: list[str], grows: str, size: int) -> dict[str, Any]:
    """Call each once, with a copy of its own, after calls with a tiny table that compile."""
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prepare = CALLS[names[0]].prepare
        tiny = prepare(table_of(600, (24, 5, 12)))
        for name in names:
            CALLS[name].call(copy.deepcopy(tiny))
        prepared = prepare(TABLES[grows](size))
        for name in names:
            given = copy.deepcopy(prepared)  # a model keeps what it has computed
            before, since_call = start_of_memory()
            began = time.process_time()
            result = CALLS[name].call(given)
            seconds = time.process_time() - began
            peak = peak_memory() - before if since_call else None
            record = {"name": name, "cpu_seconds": seconds, "peak_growth": peak}
            found.append({**record, **(result if isinstance(result, dict) else {})})
            del given, result
    return {"found": found}


if __name__ == "__main__":
    sys.exit(main())
