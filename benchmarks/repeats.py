"""One table, one result? Many trainings, with ``python -m benchmarks.repeats``.

Tables are made, and no data is needed. Trainings of a setting run in several processes, with other
seeds of hashes, other bytes in fresh memory and other things in it, and with 1, 2 and 4 threads.
Other processors are what libraries take this one for.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import warnings
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.growth import table_of
from benchmarks.harness import Benchmark, run_alone
from benchmarks.pages.repeats import page
from cat2vec import Cat2Vec, PairCounts, Vectors, count_pairs, encode_table, load, train_vectors

BENCHMARK = Benchmark("repeats", "Train the same table many times, and count results.", page)
#: Rows, and categories of each feature.
TABLES: dict[str, tuple[int, tuple[int, ...]]] = {
    "2 columns": (1_000, (12, 9)),
    "4 columns": (2_000, (15, 15, 15, 15)),
    "one of 1,500": (8_000, (1_500, 90, 40)),
    "60 columns": (1_000, (8,) * 60),
    "500 columns": (300, (4,) * 500),
}
#: What is trained, and how; gensim repeats itself with one thread only.
WAYS: dict[str, dict[str, Any]] = {
    "counts": {"solver": "counts"},
    'counts, regularization="auto"': {"solver": "counts", "regularization": "auto"},
    "counts, saved and loaded": {"solver": "counts"},
    "partial_fit twice": {"solver": "counts"},
    "partial_fit, saved, loaded, partial_fit": {"solver": "counts"},
    "rows": {"solver": "rows"},
    "gensim": {"solver": "gensim"},
}
#: Ways that are to have one result together.
SAME = {
    "counts, saved and loaded": "counts",
    "partial_fit, saved, loaded, partial_fit": "partial_fit twice",
}
TOLERANCES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
N_JOBS = (1, 2, 4)
VECTOR_SIZE = 16
#: Sweeps and epochs at most, so that the smallest tolerances end.
_MOST_SWEEPS, _EPOCHS = 200, 5
#: What processors are taken for: of Numba's code, BLAS, and NumPy's own loops, which then are those
#: of any x86-64.
PROCESSORS = {
    "Haswell (AVX2)": {"NUMBA_CPU_NAME": "haswell", "OPENBLAS_CORETYPE": "Haswell"},
    "Sandy Bridge (AVX)": {"NUMBA_CPU_NAME": "sandybridge", "OPENBLAS_CORETYPE": "Sandybridge"},
    "any x86-64 (SSE3)": {"NUMBA_CPU_NAME": "generic", "OPENBLAS_CORETYPE": "Prescott"},
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(TABLES, data_folder=False)
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    parser.add_argument("--tolerances", nargs="+", type=float, default=list(TOLERANCES))
    parser.add_argument("--processes", type=int, default=5)
    parser.add_argument("--trainings", type=int, default=12, help="in each process")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    for part in options.parts:
        yield from PARTS[part](options)


def repeats(options: Namespace) -> Iterator[dict[str, Any]]:
    """Count the results of every table, way and tolerance."""
    settings = [
        (way, tol)
        for way in options.ways
        for tol in (options.tolerances if WAYS[way]["solver"] == "counts" else [None])
    ]
    for table in options.tables:
        found: list[list[str]] = [[] for _ in settings]
        for number in range(options.processes):
            fresh = {"PYTHONHASHSEED": str(number), "MALLOC_PERTURB_": str(41 * number % 256)}
            given = {"seed": number, "trainings": options.trainings}
            with patch.dict(os.environ, fresh):
                record = run_alone(train_often, table=table, settings=settings, **given)
            if "error" in record:
                yield record
                return
            for mine, more in zip(found, record["digests"], strict=True):
                mine += more
        for (way, tol), digests in zip(settings, found, strict=True):
            yield {
                "part": "repeats",
                "table": table,
                "way": way,
                "tol": tol,
                "processes": options.processes,
                "trainings": len(digests),
                "results": len(set(digests)),
                "result": digests[0],
                "n_jobs": _n_jobs(way, options.trainings),
            }


def _n_jobs(way: str, trainings: int) -> list[int]:
    """Give the threads that trainings take turns with."""
    return [1] if WAYS[way]["solver"] == "gensim" else list(N_JOBS[:trainings])


def train_often(
    table: str, settings: Sequence[tuple[str, float | None]], seed: int, trainings: int
) -> dict[str, Any]:
    """Train again and again among other allocations; give digests of each way and tolerance."""
    rng = np.random.default_rng(seed)
    columns, others = table_of(*TABLES[table]), []
    digests: list[list[str]] = [[] for _ in settings]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(trainings):
            for (way, tol), mine in zip(settings, digests, strict=True):
                others.append(np.empty(int(2 ** rng.uniform(3, 22)), np.uint8))
                if len(others) > 20:
                    others.pop(int(rng.integers(len(others))))
                n_jobs = _n_jobs(way, trainings)
                mine.append(digest_of(trained(columns, way, tol, n_jobs[number % len(n_jobs)])))
    return {"digests": digests}


def trained(
    columns: Mapping[str, np.ndarray], way: str, tol: float | None, n_jobs: int, **settings: Any
) -> Vectors:
    settings = {"vector_size": VECTOR_SIZE, **WAYS[way], "n_jobs": n_jobs, **settings}
    if tol is not None:
        settings |= {"tol": tol, "max_sweeps": _MOST_SWEEPS}
    if way.startswith("partial_fit"):
        return _in_two_parts(columns, settings, saved="saved" in way)
    if settings["solver"] != "counts":
        settings.setdefault("epochs", _EPOCHS)
        return train_vectors(encode_table(columns, n_jobs=n_jobs), **settings)
    counts = count_pairs(columns, n_jobs=n_jobs)
    if "saved" in way:
        with TemporaryDirectory() as folder:
            counts.save(Path(folder, "counts"))
            counts = PairCounts.load(Path(folder, "counts"))
    return train_vectors(counts, **settings)


def _in_two_parts(
    columns: Mapping[str, np.ndarray], settings: dict[str, Any], *, saved: bool
) -> Vectors:
    half = len(columns["f0"]) // 2
    first, second = (
        {name: cells[part] for name, cells in columns.items()}
        for part in (slice(None, half), slice(half, None))
    )
    model = Cat2Vec(**settings).partial_fit(first)
    if saved:
        with TemporaryDirectory() as folder:
            model.save(Path(folder, "model"))
            model = load(Path(folder, "model"))
    return model.partial_fit(second).vectors_


def digest_of(vectors: Vectors) -> str:
    parts = vectors.matrix, vectors.center, vectors.context, np.array(vectors.losses)
    return hashlib.sha256(
        b"".join(np.ascontiguousarray(part).tobytes() for part in parts)
    ).hexdigest()


def processors(options: Namespace) -> Iterator[dict[str, Any]]:
    """Train as on other processors, and say how far results lie apart."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return
    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    usual = {"NUMBA_CPU_FEATURES": "", "NPY_DISABLE_CPU_FEATURES": " ".join(simd.get("found", []))}
    for table in options.tables:
        for way in [way for way in options.ways if way not in SAME]:
            with TemporaryDirectory() as folder:
                given = {"table": table, "way": way}
                mine, *_ = _written(given, Path(folder, "mine.npz"), {})
                for name, variables in PROCESSORS.items():
                    file = Path(folder, "other.npz")
                    other, record = _written(given, file, {**usual, **variables})
                    if "error" in record:
                        yield record
                        continue
                    yield {
                        "part": "processors",
                        **given,
                        "processor": name,
                        **differences(mine, other),
                    }


def _written(
    given: dict[str, Any], file: Path, variables: Mapping[str, str]
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    with patch.dict(os.environ, variables):
        record = run_alone(write_result, **given, file=str(file))
    return ({} if "error" in record else dict(np.load(file))), record


def write_result(table: str, way: str, file: str) -> dict[str, Any]:
    """Train once, with defaults, and write matrix and loss."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        vectors = trained(table_of(*TABLES[table]), way, None, 1, epochs="auto")
    np.savez(file, matrix=vectors.matrix, loss=vectors.losses[-1], sweeps=len(vectors.losses))
    return {}


def differences(mine: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Compare two results: the loss, relative, and vectors as shares of their typical length."""
    lengths = np.linalg.norm(mine["matrix"], axis=1)
    size = float(np.sqrt(np.square(lengths).mean())) or 1.0
    away = np.linalg.norm(other["matrix"] - mine["matrix"], axis=1) / size
    return {
        "loss": abs(float(other["loss"] / mine["loss"]) - 1.0),
        "farthest": float(away.max()),
        "typical": float(np.median(away)),
        "sweeps": [int(mine["sweeps"]), int(other["sweeps"])],
        "same_bits": bool((other["matrix"] == mine["matrix"]).all()),
    }


PARTS = {"repeats": repeats, "processors": processors}


if __name__ == "__main__":
    sys.exit(main())
