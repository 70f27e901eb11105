"""What ``rows.py`` measures, each in a process of its own."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow as pa

import cat2vec.training.train as training
from benchmarks.harness import HELD_OUT, SEED, TABLES, random_rows, split_rows
from benchmarks.harness.clock import Clock, Ends, tiny_table
from benchmarks.harness.encoded import ordered_pairs, sizes_of, some_rows
from benchmarks.harness.gensim_gains import fitted_with_constants, gensim_vectors
from benchmarks.harness.matrix_products import products_flops, sgemm_flops
from benchmarks.harness.memory import peak_memory, start_of_memory, status_bytes
from benchmarks.harness.sampled_gain import SampledObjective
from benchmarks.made_tables import SEED as MADE_SEED
from cat2vec import EncodedTable, Vectors, encode_table, train_vectors
from cat2vec.counting.encoded import count_encoded
from cat2vec.inspection.quality import held_out_gain
from cat2vec.kernels.threads import thread_count, workers
from cat2vec.tables.files import columns_of_file, read_table
from cat2vec.training.problem import Noise, Problem, TrainingData
from cat2vec.training.settings import Settings
from cat2vec.training.solvers.row_batches import rows_of_block
from cat2vec.training.solvers.rows import solve_rows
from cat2vec.training.solvers.word2vec import train_word2vec

#: Held-out rows, and training rows for gensim's constants, that gains are estimated on.
SCORED_ROWS = 20_000
#: Rows of an identifier whose neighbours are asked for, at least; how many of them; neighbours.
OFTEN, ASKED, NEIGHBOURS = 5, 200, 10


@dataclass(frozen=True)
class Job:
    """One measurement, in a process of its own.

    Parameters
    ----------
    measurement : str
    table : str
        Name in ``harness.TABLES``, or plan and rows of a made table.
    source : str
        Folder of the real tables, or the Parquet file.
    solver : str
    vector_size : int
    epochs : int or "auto"
    n_jobs : int
        -1 uses all cores.
    regularization : float
    n_rows : int or None
        Random rows of a real table; None is all.
    pairs : int
        Ordered pairs of an epoch of ``throughput``.
    """

    measurement: str
    table: str
    source: str
    solver: str = "rows"
    vector_size: int = 32
    epochs: int | str = "auto"
    n_jobs: int = -1
    regularization: float = 10.0
    n_rows: int | None = None
    pairs: int = 0


def one(**fields: Any) -> dict[str, Any]:
    """Do one job, of which the fields are given."""
    job = Job(**fields)
    about = {
        "measurement": job.measurement,
        "table": job.table + ("" if job.n_rows is None else f", {job.n_rows:,} random rows"),
        "solver": job.solver,
        "vector_size": job.vector_size,
        "epochs": job.epochs,
        "threads": thread_count(job.n_jobs),
        "regularization": job.regularization,
        "settings": settings_of(job).as_dict(),
        "seed_of_made_table": None if job.table in TABLES else MADE_SEED,
        "seconds_first_call": first_calls(job.solver),
    }
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        record = MEASUREMENTS[job.measurement](job)
    return about | record | {"warnings": [str(warning.message) for warning in caught]}


def first_calls(solver: str) -> float:
    """Train on a tiny table in codes of both types: each has compiled code of its own."""
    table = encode_table(tiny_table())
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two sweeps do not converge, and need not
        for dtype in (np.int16, np.int32):
            tiny = EncodedTable(table.codes.astype(dtype), table.vocabulary)
            train_vectors(tiny, vector_size=4, solver=solver, epochs=1, max_sweeps=2)
    return time.perf_counter() - began


def settings_of(job: Job) -> Settings:
    return Settings(
        job.vector_size,
        solver=job.solver,
        epochs=job.epochs,
        regularization=job.regularization,
        random_state=SEED,
    ).checked()


def encoded(job: Job) -> EncodedTable:
    """Encode all rows of a made table, all or some of a real one."""
    if job.table not in TABLES:
        return encode_table(columns_of_file(job.source))
    frame = TABLES[job.table].read(job.source)
    if job.n_rows is not None:
        frame = random_rows(frame, job.n_rows)
    return encode_table(frame, columns=TABLES[job.table].kinds)


def trained(job: Job, table: EncodedTable, clock: Clock) -> Vectors:
    """Train as a user would; the clock takes the seconds."""
    steps = (
        (training.SOLVERS, "rows", "in_solver"),
        (training.SOLVERS, "counts", "in_solver"),
        (training, "canonical_vectors", "for_canonical_vectors"),
    )
    with clock.inside(*steps):
        return clock.timed("whole", train_vectors)(
            table, n_jobs=job.n_jobs, **settings_of(job).as_dict()
        )


# ---- pairs per second


def throughput(job: Job) -> dict[str, Any]:
    """Time the epochs after the first, over random rows that keep the vocabulary of the table."""
    table = encoded(job)
    n_features = table.vocabulary.n_features
    n_rows = min(table.n_rows, max(1, job.pairs // (n_features * (n_features - 1))))
    sample = some_rows(table, n_rows)
    pairs, sgemm = ordered_pairs(sample), {n: sgemm_flops(n) for n in (1, 2)}
    ends = epoch_ends(job, sample, pairs)
    seconds = np.diff(ends).tolist()
    entries = rows_of_block(n_features) * n_features
    operations = 6 * entries * sample.codes.size * job.vector_size
    return {
        **sizes_of(sample),
        "seconds_of_epochs": seconds,
        "seconds": min(seconds),
        "pairs_per_second": pairs / min(seconds),
        "entries_of_block": entries,
        "gflops": operations / min(seconds) / 1e9 if job.solver == "rows" else None,
        "sgemm_gflops": [sgemm[n] / 1e9 for n in (1, 2)],
        "products_gflops": products_flops(entries, job.vector_size) / 1e9,
    }


def epoch_ends(job: Job, sample: EncodedTable, pairs: int) -> list[float]:
    """Say when each epoch ended."""
    settings = settings_of(job)
    if job.solver == "gensim":
        ends = Ends()
        train_word2vec(sample, settings, thread_count(job.n_jobs), ends)
    else:
        ends = Ends(pairs)
        with workers(job.n_jobs) as crew:
            problem = Problem.of(sample.vocabulary, settings)
            solve_rows(problem, TrainingData(rows=sample), crew, ends)
    assert len(ends.seconds) == job.epochs
    return ends.seconds


# ---- gain


def gain_in_time(job: Job) -> dict[str, Any]:
    """Train on 90 % of the rows and score on others; scoring is not timed."""
    table, held_out = split(job)
    clock = Clock()
    if job.solver == "gensim":
        own = clock.timed("whole", train_word2vec)(
            table, settings_of(job), thread_count(job.n_jobs)
        )
        vectors = gensim_vectors(table, own, settings_of(job).as_dict())
    else:
        vectors = trained(job, table, clock)
    noise = Noise.of(
        table.vocabulary, vectors.settings["negative"], vectors.settings["ns_exponent"]
    )
    constants = None
    began = time.perf_counter()
    if job.solver == "gensim":
        fitted_on = SampledObjective(scored_rows(table), noise, SEED + 1)
        constants = fitted_on.fitted_constants(vectors.center, vectors.context)
    scored = SampledObjective(held_out, noise, SEED)
    gain = scored.gain(vectors.center, vectors.context, constants)
    return {
        **sizes_of(table),
        "held_out_rows": held_out.n_rows,
        "epochs_done": len(vectors.losses) or job.epochs,
        **{
            f"seconds_{part}": seconds for part, seconds in clock.seconds.items() if part != "whole"
        },
        "seconds": clock.seconds["whole"],
        "gain": gain,
        "seconds_to_score": time.perf_counter() - began,
        "exact_gain": exact_gain(vectors, table, held_out, job.solver == "gensim"),
    }


def split(job: Job) -> tuple[EncodedTable, EncodedTable]:
    """Give 90 % of the rows, and of the others those that are scored, in the same categories."""
    if job.table in TABLES:
        train, rest = split_rows(TABLES[job.table].read(job.source), job.n_rows)
        kinds = TABLES[job.table].kinds
    else:
        train, rest = split_table(read_table(job.source).table)
        kinds = None
    table = encode_table(train, columns=kinds)
    return table, scored_rows(encode_table(rest, vocabulary=table.vocabulary))


def split_table(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    order = np.random.default_rng(SEED).permutation(table.num_rows)
    n_train = round(len(order) * (1 - HELD_OUT))
    return table.take(np.sort(order[:n_train])), table.take(np.sort(order[n_train:]))


def scored_rows(table: EncodedTable) -> EncodedTable:
    return some_rows(table, min(SCORED_ROWS, table.n_rows))


def exact_gain(
    vectors: Vectors, table: EncodedTable, held_out: EncodedTable, constants: bool
) -> float | None:
    """Score on all pairs of tokens, where that is affordable: what estimates are checked by."""
    if table.vocabulary.n_tokens > training.EXACT_LOSS_TOKENS:
        return None
    if constants:
        center, context = fitted_with_constants(vectors, count_encoded(table))
        vectors = replace(vectors, center=center, context=context)
    return float(held_out_gain(vectors, count_encoded(held_out)))


def against_counts(job: Job) -> dict[str, Any]:
    """Compute the exact gain on the training rows."""
    table = encoded(job)
    clock = Clock()
    vectors = trained(job, table, clock)
    counts = count_encoded(table)
    return {
        **sizes_of(table),
        "epochs_done": len(vectors.losses),
        "distinct_pairs": counts.n_pairs,
        "seconds": clock.seconds["whole"],
        "gain": float(held_out_gain(vectors, counts)),
    }


# ---- memory


def memory(job: Job) -> dict[str, Any]:
    """Watch the peak from a Parquet file to vectors; the tiny table before it is not in it."""
    before, since_reset = start_of_memory()
    clock = Clock()
    peaks: dict[str, int] = {}

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            result = function(*arguments, **named)
            peaks["peak_after_solver"] = peak_memory()
            return result

        return call

    table = clock.timed("encode", encoded)(job)
    peaks["peak_after_encode"] = peak_memory()
    with patch.dict(training.SOLVERS, rows=watched(training.SOLVERS["rows"])):
        vectors = trained(job, table, clock)
    peak = peak_memory()
    return {
        **sizes_of(table),
        "epochs_done": len(vectors.losses),
        "seconds": clock.seconds["encode"] + clock.seconds["whole"],
        **{
            f"seconds_{part}": seconds for part, seconds in clock.seconds.items() if part != "whole"
        },
        "rss_before": before,
        **peaks,
        "peak_rss": peak,
        "peak_growth": peak - before,
        "rss_after": status_bytes("VmRSS") if since_reset else None,
        "peak_since_call": since_reset,
    }


# ---- rare categories


def rare(job: Job) -> dict[str, Any]:
    """Look at the vectors of the first feature, the identifier, by how many rows hold it."""
    table = encoded(job)
    clock = Clock()
    vectors = trained(job, table, clock)
    part = table.vocabulary.tokens_of(table.vocabulary.features[0])
    counts, matrix = table.vocabulary.counts[part], vectors.matrix[part]
    norms = np.linalg.norm(matrix, axis=1)
    groups = {"1": counts == 1, "2-5": (counts >= 2) & (counts <= 5), "10 or more": counts >= 10}
    return {
        **sizes_of(table),
        "epochs_done": len(vectors.losses),
        "seconds": clock.seconds["whole"],
        "identifiers": len(counts),
        "identifiers_of": {name: int(group.sum()) for name, group in groups.items()},
        "mean_norm_of": {
            name: float(norms[group].mean()) if group.any() else None
            for name, group in groups.items()
        },
        **neighbours(matrix, norms, counts),
        "share_seen_once": float((counts == 1).mean()),
    }


def neighbours(matrix: np.ndarray, norms: np.ndarray, counts: np.ndarray) -> dict[str, Any]:
    """Find the nearest by cosine, by brute force, and say how many of them stand in one row."""
    often = np.flatnonzero((counts >= OFTEN) & (norms > 0))
    asked = np.random.default_rng(SEED).choice(often, min(ASKED, len(often)), replace=False)
    unit = matrix / np.maximum(norms, 1e-30)[:, None]
    found = []
    for token in asked:
        cosines = unit @ unit[token]
        cosines[token] = -np.inf
        found.append(np.argpartition(-cosines, NEIGHBOURS)[:NEIGHBOURS])
    once = counts[np.concatenate(found)] == 1 if found else np.empty(0)
    return {
        "asked": len(asked),
        "neighbours_seen_once": float(once.mean()) if len(once) else None,
    }


MEASUREMENTS: dict[str, Callable[[Job], dict[str, Any]]] = {
    "throughput": throughput,
    "gain_in_time": gain_in_time,
    "against_counts": against_counts,
    "memory": memory,
    "rare": rare,
}
