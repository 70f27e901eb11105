"""Counting and commands that are killed at random moments and started again.

Run with ``python -m benchmarks.kills``. Of counting, each trial is killed once, at a moment drawn
evenly from the time that an undisturbed run takes to read and count, and then ends in a second run:
are the counts those of one run? Commands are in ``kills_commands``.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.harness import Benchmark
from benchmarks.kills_commands import trials_of_commands, trials_of_two
from benchmarks.pages.kills import page
from benchmarks.streaming import made_file
from cat2vec import PairCounts, count_pairs
from cat2vec.tables.sources import delimited
from cat2vec.tables.streams import manifest

BENCHMARK = Benchmark("kills", "Kill counting and commands at random moments.", page)
FORMS = ("parquet", "csv")
PARTS = ("counting", "commands", "two")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(data_folder=False)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of counting")
    parser.add_argument("--kills", type=int, default=25, help="of each form of file, or command")
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=FORMS)
    return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    for form in options.forms if "counting" in options.parts else ():
        with TemporaryDirectory() as folder:
            for found in trials(form, Path(folder), options.kills, options.rows):
                yield {"table": f"{form}_{options.rows}", "rows": options.rows, **found}
    of_part = {"commands": trials_of_commands, "two": trials_of_two}
    for part, trials_of in of_part.items():
        if part in options.parts:
            with TemporaryDirectory() as folder:
                for found in trials_of(Path(folder), options.kills, _ROWS_OF_COMMANDS):
                    yield {"rows": _ROWS_OF_COMMANDS, **found}


#: Rows of the tables that commands read.
_ROWS_OF_COMMANDS = 20_000


def trials(form: str, folder: Path, n_kills: int, n_rows: int) -> Iterator[dict[str, Any]]:
    """Kill so many runs, and say of each whether the run after it ended as an undisturbed one."""
    source = made_file(folder, n_rows, form, piece_rows=n_rows // 100)
    spill, out = folder / "spill", folder / "counts"
    count_pairs({"city": ["Oslo", "Rome"], "job": ["cook", "nurse"]})  # imports and compiles
    _run(source, spill, folder / "first")
    seconds = _run(source, spill, out)
    expected = _contents(out)
    rng = np.random.default_rng(0)
    for trial in range(n_kills):
        # one moment from each of so many parts of the time
        moment = seconds * (trial + float(rng.random())) / n_kills
        _run(source, spill, folder / f"killed-{trial}", kill_after=moment)
        kept = _pieces_kept(spill)
        ended = folder / f"ended-{trial}"
        again = _run(source, spill, ended)
        yield {
            "form": form,
            "kill_after": moment,
            "of_seconds": seconds,
            "pieces_kept": kept,
            "seconds_to_go_on": again,
            "equal": _contents(ended) == expected and not any(spill.rglob("*")),
        }


def _run(*paths: Path, kill_after: float | None = None) -> float:
    """Count a file in a process of its own, and give the seconds that this took.

    The process is forked from this one, so it begins at once, with everything imported.
    """
    run = get_context("fork").Process(target=_count, args=paths)
    started = time.perf_counter()
    run.start()
    if kill_after is not None:
        time.sleep(kill_after)
        run.kill()
    run.join()
    assert kill_after is not None or run.exitcode == 0, "a run failed"
    return time.perf_counter() - started


def _count(source: Path, spill: Path, out: Path) -> None:
    """Count in small pieces, and list them all, so that there is much to be taken up."""
    warnings.simplefilter("ignore")
    manifest._BETWEEN, manifest._TIMES, delimited._BLOCK = 0.0, 0.0, 1 << 18
    count_pairs(source, spill=spill, n_jobs=2).save(out)


def _contents(folder: Path) -> dict[str, Any]:
    """Give all arrays of counts, with their types, and the vocabulary."""
    counts = PairCounts.load(folder)
    found = {name: getattr(counts, name) for name in ("left", "right", "count")}
    found["tokens"] = counts.vocabulary.counts
    return {name: (array.dtype.str, array.tobytes()) for name, array in found.items()} | {
        "texts": counts.vocabulary.texts(),
        "n_rows": counts.n_rows,
    }


def _pieces_kept(spill: Path) -> int:
    manifests = list(spill.glob("*/manifest.json"))
    return len(json.loads(manifests[0].read_text("utf-8"))["pieces"]) if manifests else 0


if __name__ == "__main__":
    sys.exit(main())
