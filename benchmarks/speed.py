"""Seconds and peak memory of whole calls, against gensim on all cores, each in a fresh process.

Run with ``python -m benchmarks.speed DATA_FOLDER --made MADE_FOLDER --tables adult made_100000``.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet

import cat2vec.counting.streamed as streamed
import cat2vec.estimator.estimator as estimator
import cat2vec.estimator.steps as steps
import cat2vec.training.train as training
from benchmarks.harness import SEED, TABLES, Benchmark, random_rows, run_alone
from benchmarks.harness.clock import Clock, Ends, tiny_table
from benchmarks.harness.encoded import ordered_pairs, sizes_of, some_rows
from benchmarks.harness.gensim_gains import (
    gain_with_constants,
    gain_without_constants,
    gensim_vectors,
)
from benchmarks.harness.memory import peak_memory, start_of_memory
from benchmarks.made_tables import made_file, plan_and_rows
from benchmarks.pages.speed import VECTOR_SIZE, page
from cat2vec import (
    Cat2Vec,
    EncodedTable,
    PairCounts,
    Vectors,
    count_pairs,
    encode_table,
    train_vectors,
)
from cat2vec.counting.encoded import count_encoded
from cat2vec.kernels.threads import thread_count
from cat2vec.tables.files import read_table
from cat2vec.training.settings import Settings
from cat2vec.training.solvers.word2vec import train_word2vec

BENCHMARK = Benchmark("speed", "Measure seconds and peak memory against gensim.", page)
REAL = ("adult", "hotel_bookings", "census_income_kdd", "nycflights13", "diabetes130")
MADE = ("made_100000", "made_1000000", "made_10000000", "identifiers_2000000")
QUALITY_EPOCHS = 20
#: The steps of ``Cat2Vec.fit`` and ``count_pairs`` that are timed.
STEPS = (
    (streamed, "count_spilled", "count"),
    (steps, "encode_table", "encode"),
    (estimator, "train_and_count", "train_vectors"),
    (training, "count_encoded", "count"),
    (training.SOLVERS, "counts", "solver"),
    (training.SOLVERS, "rows", "solver"),
)


@dataclass(frozen=True)
class Job:
    """One measurement, in a process of its own.

    Parameters
    ----------
    table : str
        Name in ``harness.TABLES``, or plan and rows of a made table.
    source : str
        Folder of the real tables, or the Parquet file.
    solver : str
    epochs : int
        Of ``rows`` and ``gensim``.
    role : {"speed", "quality"}
    n_rows : int or None
        Random rows of a real table; None is all.
    sample : int
        Rows for pairs per second; 0 times the whole call instead.
    """

    table: str
    source: str
    solver: str
    epochs: int
    role: str = "speed"
    n_rows: int | None = None
    sample: int = 0

    @property
    def label(self) -> str:
        rows = "" if self.n_rows is None else f", {self.n_rows:,} random rows"
        return f"{self.table}{rows}"

    @property
    def kinds(self) -> dict[str, str] | None:
        """Kinds of the columns of numbers that are codes."""
        return TABLES[self.table].kinds if self.table in TABLES else None


# ---- which measurements


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(made=True)
    parser.add_argument(
        "--tables", nargs="+", type=table_name, help="public tables, made_ROWS, identifiers_ROWS"
    )
    parser.add_argument("--rows", type=int, help="random rows of each public table")
    parser.add_argument("--epochs", type=int, default=5, help="of gensim, and of rows under auto")
    parser.add_argument(
        "--quality", action="store_true", help=f"also rows and gensim with {QUALITY_EPOCHS} epochs"
    )
    parser.add_argument("--limit", type=float, default=600, help="seconds; beyond: extrapolate")
    parser.add_argument("--sample", type=int, default=20_000, help="rows for pairs per second")
    options = parser.parse_args(arguments)
    options.tables = options.tables or [*REAL, *(MADE if options.made else ())]
    if options.made is None and not TABLES.keys() >= set(options.tables):
        parser.error("made tables need --made FOLDER.")
    return BENCHMARK.measure(records, options)


def table_name(text: str) -> str:
    if text not in TABLES:
        try:
            plan_and_rows(text)
        except ValueError as error:
            raise ArgumentTypeError(f"{error} Public tables: {', '.join(TABLES)}.") from None
    return text


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    for name in options.tables:
        public = name in TABLES
        source = options.data_folder if public else made_file(options.made, name)
        n_rows = options.rows if public else None
        ours = "auto" if name.startswith(("identifiers", "customers")) else "counts"
        for solver in (ours, "gensim"):
            job = Job(name, str(source), solver, options.epochs, "speed", n_rows)
            yield measured_or_estimated(job, options)
        for solver in ("rows", "gensim") if options.quality else ():
            job = Job(name, str(source), solver, QUALITY_EPOCHS, "quality", n_rows)
            yield measured_or_estimated(job, options)


def measured_or_estimated(job: Job, options: Namespace) -> dict[str, Any]:
    """Measure, or extrapolate what gensim would need too long for."""
    estimated: dict[str, Any] = {}
    if job.solver == "gensim":  # the others are measured, however long they take
        estimated = run_alone(one, **asdict(replace(job, sample=options.sample)))
        seconds = estimated.get("estimated_seconds")
        if "error" in estimated or seconds > options.limit:
            return {**estimated, "seconds": seconds, "extrapolated": True}
    return {**estimated, **run_alone(one, **asdict(job))}


# ---- the process of one measurement


def one(**fields: Any) -> dict[str, Any]:
    """Do one job, of which the fields are given."""
    job = Job(**fields)
    first = first_calls(job)
    source = load_source(job)
    about = {"table": job.label, "role": job.role, "solver": job.solver, "epochs": job.epochs}
    about |= {"threads": thread_count(None), "seconds_first_call": first, "seed": seed_of(job)}
    return about | (estimate(job, source) if job.sample else measure(job, source))


def load_source(job: Job) -> pd.DataFrame | Path:
    """Read a real table, which is not timed; of a made one give the file, whose reading is."""
    if job.table not in TABLES:
        return Path(job.source)
    frame = TABLES[job.table].read(job.source)
    return frame if job.n_rows is None else random_rows(frame, job.n_rows)


def seed_of(job: Job) -> int | None:
    if job.table in TABLES:
        return None
    return int(pyarrow.parquet.read_schema(job.source).metadata[b"seed"])


def whole_call(
    job: Job, source: pd.DataFrame | Path, clock: Clock, **limits: int
) -> Vectors | tuple[np.ndarray, np.ndarray]:
    """Go from DataFrame or file to vectors as a user would.

    gensim's own vectors are its result: neither pair counts nor pair constants are charged to it.
    """
    kept = ("train_vectors", "count", "solver")
    if job.solver != "counts":  # to count from afterwards
        kept = (*kept, "encode")
    fixed: dict[str, Any] = {"vector_size": VECTOR_SIZE, "random_state": SEED, **limits}
    if isinstance(source, Path) and job.solver == "counts":
        with clock.inside(*STEPS, keep=kept):
            counts = clock.timed("count_pairs", count_pairs)(source)
            return clock.timed("train_vectors", train_vectors)(counts, **fixed)
    table = clock.timed("read", in_memory)(source)
    if job.solver == "gensim":
        encoded = clock.timed("encode", encode_table, keep=True)(table, columns=job.kinds)
        return clock.timed("solver", train_word2vec)(encoded, settings_of(job), thread_count(None))
    model = Cat2Vec(solver=job.solver, epochs=job.epochs, columns=job.kinds, **fixed)
    with clock.inside(*STEPS, keep=kept):
        return model.fit(table).vectors_


def in_memory(source: pd.DataFrame | Path) -> Any:
    return read_table(source).table if isinstance(source, Path) else source


def settings_of(job: Job) -> Settings:
    solver, epochs = job.solver, job.epochs
    return Settings(VECTOR_SIZE, solver=solver, epochs=epochs, random_state=SEED).checked()


def first_calls(job: Job) -> float:
    """Train on a tiny table of the same kind, so that the clock sees no compilation."""
    chosen = ("counts", "rows") if job.solver == "auto" else (job.solver,)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tiny = pd.DataFrame(tiny_table())
        source: pd.DataFrame | Path = tiny.assign(d=range(len(tiny))).convert_dtypes()
        if job.table not in TABLES:
            source = Path(folder, "tiny.parquet")
            tiny.to_parquet(source)
        for solver in chosen:
            tiny_job = Job("tiny", str(source), solver, 1)
            # few sweeps and numbers for speed: they compile the same code
            whole_call(tiny_job, source, Clock(), vector_size=4, max_sweeps=2)
    return time.perf_counter() - began


def measure(job: Job, source: pd.DataFrame | Path) -> dict[str, Any]:
    """Time the whole call and watch its memory; gains and sizes come after the clock stopped."""
    clock = Clock()
    before, since_reset = start_of_memory()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        began = time.perf_counter()
        result = whole_call(job, source, clock)
        seconds = time.perf_counter() - began
    peak = peak_memory()
    encoded = clock.results.get("encode")
    record = {
        **(sizes_of_counts(clock.results["count"]) if encoded is None else sizes_of(encoded)),
        "seconds": seconds,
        **parts_of(clock, seconds),
        "extrapolated": False,
        "rss_before": before,
        "peak_rss": peak,
        "peak_growth": peak - before,
        "peak_since_call": since_reset,
        "warnings": [str(warning.message) for warning in caught],
    }
    began = time.perf_counter()
    counts = clock.results.get("count") or count_encoded(encoded)
    record["distinct_pairs"] = counts.n_pairs
    record["seconds_to_count_afterwards"] = time.perf_counter() - began
    if isinstance(result, Vectors):
        used, gain = result.settings["solver"], float(result.gain)
        sweeps = len(result.losses) if used == "counts" else None
        return record | {"solver_used": used, "sweeps": sweeps, "gain": gain}
    return record | {"solver_used": job.solver} | gains_of(job, result, encoded, counts)


def parts_of(clock: Clock, seconds: float) -> dict[str, Any]:
    """Split the seconds: ``train`` holds the exact loss and canonical vectors, not counting.

    Rows that are in memory are counted inside ``train_vectors``, files before it.
    """
    spent = clock.seconds
    read, count = spent.get("read"), spent.get("count")
    train = spent.get("train_vectors", spent["solver"])
    if "count_pairs" in spent:  # a file is encoded as it is read
        read = spent["count_pairs"] - spent["count"]
    else:
        train -= count or 0.0
    parts = {"read": read, "encode": spent.get("encode"), "count": count, "train": train}
    rest = seconds - sum(part or 0.0 for part in parts.values())
    named = {f"seconds_{name}": part for name, part in {**parts, "rest": rest}.items()}
    return {**named, "seconds_in_solver": spent["solver"]}


def sizes_of_counts(counts: PairCounts) -> dict[str, Any]:
    return {
        "rows": counts.n_rows,
        "features": counts.vocabulary.n_features,
        "tokens": counts.vocabulary.n_tokens,
        "ordered_pairs": 2 * counts.total,
    }


def gains_of(
    job: Job, own: tuple[np.ndarray, np.ndarray], encoded: EncodedTable, counts: Any
) -> dict[str, Any]:
    """Score gensim with and without pair constants; its seconds stand apart."""
    gains: dict[str, Any] = {"gain": None, "gain_without_constants": None}
    if encoded.vocabulary.n_tokens > training.EXACT_LOSS_TOKENS:
        return gains  # the exact loss goes over all pairs of tokens
    began = time.perf_counter()
    vectors = gensim_vectors(encoded, own, settings_of(job).as_dict())
    gains["gain"] = gain_with_constants(vectors, counts)
    gains["seconds_for_gains"] = time.perf_counter() - began
    gains["gain_without_constants"] = gain_without_constants(vectors, counts)
    return gains


def estimate(job: Job, source: pd.DataFrame | Path) -> dict[str, Any]:
    """Extrapolate the whole call from the last of two epochs over a random sample of rows.

    Reading and encoding are measured on all rows. So is what comes before the first epoch, because
    it goes by the tokens: the sample keeps the vocabulary of the table.
    """
    began = time.perf_counter()
    encoded = encode_table(in_memory(source), columns=job.kinds)
    to_codes = time.perf_counter() - began
    sampled = some_rows(encoded, min(job.sample, encoded.n_rows))
    progress = Ends()
    began = time.perf_counter()
    settings = replace(settings_of(job), epochs=2)
    train_word2vec(sampled, settings, thread_count(None), progress)
    ends = progress.seconds
    epoch_seconds = ends[1] - ends[0]
    setup = max(ends[0] - began - epoch_seconds, 0.0)
    pairs_per_second = ordered_pairs(sampled) / epoch_seconds
    sizes = sizes_of(encoded)
    train = setup + sizes["ordered_pairs"] * job.epochs / pairs_per_second
    return {
        **sizes,
        "solver_used": job.solver,
        "sampled_rows": sampled.n_rows,
        "pairs_per_second": pairs_per_second,
        "estimated_seconds": to_codes + train,
    }


if __name__ == "__main__":
    sys.exit(main())
