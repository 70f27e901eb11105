"""The solver ``rows`` against gensim and ``counts``: pairs per second, gain in time, memory.

Run with ``python -m benchmarks.rows DATA_FOLDER --made MADE_FOLDER --measure throughput rare``.
What is measured stands in ``rows_measurements.py``.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from benchmarks.harness import TABLES, Benchmark, run_alone
from benchmarks.made_tables import made_file
from benchmarks.pages.rows import page
from benchmarks.rows_measurements import MEASUREMENTS, Job, one

BENCHMARK = Benchmark("rows", "Measure the solver rows.", page)
#: Numbers per category for pairs per second, beside 32 and 128, which gensim does too.
SIZES = (32, 128, 8, 20, 64)
#: Epochs of gensim that ``gain_in_time`` sets the solver against.
GENSIM_EPOCHS = 5
#: Epochs of ``against_counts``.
MANY_EPOCHS = 20
REGULARIZATIONS = (10.0, 1e-6)
AGAINST_COUNTS = ("adult", "nycflights13", "diabetes130")


@dataclass(frozen=True)
class Sizes:
    """How much is measured: rows of made tables and of real ones, and pairs."""

    made: int = 10**6  # of ten features, which ``throughput`` samples from
    wide: int = 2 * 10**5  # of 30 features, likewise
    compared: int = 10**5  # of ten features, in ``against_counts``
    large: int = 10**7  # of ten features, in ``memory``
    identifier_rows: int = 2 * 10**6  # with an identifier
    real: int | None = None  # random ones of real tables; None is all
    pairs: int = 30_000_000  # ordered pairs of an epoch of ``throughput``


SMALL = Sizes(4000, 1000, 3000, 5000, 6000, 4000, 100_000)


def jobs(measurement: str, sizes: Sizes, epochs: Sequence[int | str]) -> Iterator[Job]:
    """Give what is to be measured; ``source`` is not filled in yet."""
    customers = f"customers_{sizes.identifier_rows}"
    job = Job(measurement, customers, "", n_rows=sizes.real)
    if measurement == "throughput":
        yield from throughput_jobs(replace(job, pairs=sizes.pairs), sizes)
    elif measurement == "gain_in_time":
        for table in ("nycflights13", customers):
            yield replace(job, table=table, solver="gensim", epochs=GENSIM_EPOCHS)
            for n in epochs:
                yield replace(job, table=table, epochs=n)
    elif measurement == "against_counts":
        for table in (*AGAINST_COUNTS, f"made_{sizes.compared}"):
            yield replace(job, table=table, solver="counts")
            yield replace(job, table=table, epochs=MANY_EPOCHS)
    elif measurement == "memory":
        yield job
        yield replace(job, table=f"made_{sizes.large}", epochs=1)
    else:
        for regularization in REGULARIZATIONS:
            yield replace(job, regularization=regularization)


def throughput_jobs(job: Job, sizes: Sizes) -> Iterator[Job]:
    made, wide = f"made_{sizes.made}", f"wide_{sizes.wide}"
    with_gensim = [(made, 32), (made, 128), (wide, 32)]
    for table, size in [*((made, size) for size in SIZES), (wide, 32)]:
        job = replace(job, table=table, vector_size=size)
        if (table, size) in with_gensim:  # one after the other: the machine may be shared
            yield replace(job, solver="gensim", epochs=3)
        for n_jobs in (1, 2):
            yield replace(job, n_jobs=n_jobs, epochs=6)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(["made", "wide", "customers", *AGAINST_COUNTS], made=True, small=True)
    parser.add_argument("--measure", nargs="+", choices=MEASUREMENTS, default=list(MEASUREMENTS))
    parser.add_argument(
        "--epochs",
        nargs="+",
        type=lambda text: text if text == "auto" else int(text),
        default=[1, 2, 3, 4, 5, 6, 8, 10, "auto"],
        help="of rows in gain_in_time",
    )
    parser.add_argument(
        "--identifier-rows", type=int, help=f"of the identifier table: {Sizes.identifier_rows:,}"
    )
    return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    sizes = SMALL if options.small else Sizes()
    if options.identifier_rows:
        sizes = replace(sizes, identifier_rows=options.identifier_rows)
    wanted = [
        with_source(job, options)  # writes made tables before anything is measured
        for measurement in options.measure
        for job in jobs(measurement, sizes, options.epochs)
        if job.table.partition("_")[0] in options.tables
    ]
    yield from (run_alone(one, **asdict(job)) for job in wanted)


def with_source(job: Job, options: Namespace) -> Job:
    if job.table in TABLES:
        return replace(job, source=str(options.data_folder))
    return replace(job, source=str(made_file(options.made, job.table)), n_rows=None)


if __name__ == "__main__":
    sys.exit(main())
