"""Folders of models and counts that are damaged at random: are they refused, or read as they were?

Run with ``python -m benchmarks.fuzz --loads 1000000``. Every load is one case, made from the seed
and its number: ``python -m benchmarks.fuzz --case N`` shows what it was and what came of it.

Two sorts of damage: bytes as a bad disk or copy leaves them, and edits by somebody who makes the
hashes anew, so that not they but the checks of what stands there have to refuse it.
"""

from __future__ import annotations

import ctypes
import json
import resource
import signal
import sys
import time
import warnings
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks import fuzz_damage
from benchmarks.harness import Benchmark
from benchmarks.harness.facts import ROOT
from benchmarks.pages.fuzz import HASHED, page
from cat2vec import PairCounts, load
from cat2vec.errors import Cat2VecError
from cat2vec.estimator.updates import hash_of_counts

BENCHMARK = Benchmark("fuzz", "Damage folders at random, and load them.", page)
#: A folder of every format, with all that it can hold.
FORMATS = ROOT / "tests" / "storage" / "formats"
#: A load with its questions may take so many seconds of a core and so many bytes more than are
#: there; and so many seconds of the clock, as other processes may take the core.
SECONDS, BYTES, MOST_SECONDS = 5.0, 1 << 30, 120.0
_TIMERS = (
    (signal.SIGPROF, signal.ITIMER_PROF, SECONDS),
    (signal.SIGALRM, signal.ITIMER_REAL, MOST_SECONDS),
)
REFUSED, EQUAL, OTHER = "refused", "equal answers", "other answers"
WRONG, SLOW, LARGE, DIED = "another exception", "too long", "too much memory", "the process died"
_BATCH = 2000
Files = dict[str, bytes]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(data_folder=False)
    parser.add_argument("--loads", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=3600.0, help="stop after so many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--case", type=int, help="show one case, and measure nothing")
    options = parser.parse_args(arguments)
    if options.case is None:
        return BENCHMARK.measure(records, options)
    with TemporaryDirectory(dir=_memory()) as folder:
        loads = Loads(Path(folder), options.seed)
        name, sort, what, files = loads.case(options.case)
        print(name, sort, what, loads.outcome(name, files), sep="\n")
    return 0


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    """Load in processes that may die; give a record of each format and sort of damage."""
    found: Counter[tuple[str, str, str]] = Counter()
    began, next_case, stop = time.perf_counter(), options.first, options.first + options.loads
    examples: list[str] = []
    while next_case < stop and time.perf_counter() - began < options.seconds:
        last = min(next_case + _BATCH, stop)
        some, next_case, shown = _in_a_process(options.seed, next_case, last)
        found += some
        examples += shown
        for example in shown:
            print(example, file=sys.stderr, flush=True)
    seconds = time.perf_counter() - began
    for name, sort in dict.fromkeys((name, sort) for name, sort, _ in sorted(found)):
        outcomes = {what: n for (a, b, what), n in sorted(found.items()) if (a, b) == (name, sort)}
        yield {
            "table": f"{name}, {sort}",
            "format": name,
            "damage": sort,
            "seed": options.seed,
            "loads": sum(outcomes.values()),
            "seconds_of": "the core",
            "outcomes": outcomes,
            "loads_per_second": sum(found.values()) / seconds,
            "examples": [one for one in examples if one.startswith(f"{name}, {sort}")][:5],
        }


def _in_a_process(seed: int, first: int, stop: int) -> tuple[Counter, int, list[str]]:
    """Run some cases in a process of their own; give outcomes, the next case, and bad examples."""
    context = get_context("fork")
    reader, writer = context.Pipe(duplex=False)
    at = context.Value(ctypes.c_int64, first)
    run = context.Process(target=_run_cases, args=(seed, first, stop, writer, at))
    run.start()
    writer.close()
    found: Counter = Counter()
    shown: list[str] = []
    while True:
        try:
            key, example = reader.recv()
        except EOFError:
            break
        found[key] += 1
        if example:
            shown.append(example)
    run.join()
    if run.exitcode == 0:
        return found, stop, shown
    with TemporaryDirectory(dir=_memory()) as folder:
        name, sort, what, _ = Loads(Path(folder), seed).case(at.value)
    found[name, sort, DIED] += 1
    shown.append(f"{name}, {sort}: case {at.value} ({what}): {DIED}, exit code {run.exitcode}")
    return found, at.value + 1, shown


def _run_cases(seed: int, first: int, stop: int, writer: Any, at: Any) -> None:
    with TemporaryDirectory(dir=_memory()) as folder:
        loads = Loads(Path(folder), seed)
        loads.limit_memory()
        for number in range(first, stop):
            at.value = number
            name, sort, what, files = loads.case(number)
            outcome, why = loads.outcome(name, files)
            is_bad = outcome not in (REFUSED, EQUAL, OTHER) or (
                outcome == OTHER and sort == fuzz_damage.BYTES and name in HASHED
            )
            example = f"{name}, {sort}: case {number} ({what}): {outcome}: {why}" if is_bad else ""
            writer.send(((name, sort, outcome), example))


class _TooLong(BaseException):
    """Time is up; no ``except Exception`` may hold it."""


class Loads:
    """Cases and what comes of them, in a folder of its own."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder, self._seed = folder, seed
        self._formats = {path.name: _files_of(path) for path in sorted(FORMATS.glob("*_v*"))}
        self._others = [content for files in self._formats.values() for content in files.values()]
        warnings.simplefilter("ignore")
        self._expected = {}
        for name, files in self._formats.items():
            _write(folder / name, files)
            self._expected[name] = _answers(folder / name)  # compiles, too

    def limit_memory(self) -> None:
        """Let this process have so much more memory than it has."""
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))

    def case(self, number: int) -> tuple[str, str, str, Files]:
        """Give the format, the sort of damage, what was done, and the files after it."""
        draw = Random(f"{self._seed} {number}")
        name = draw.choice(sorted(self._formats))
        sort = draw.choice((fuzz_damage.BYTES, fuzz_damage.EDITS))
        files, what = dict(self._formats[name]), ""
        if sort == fuzz_damage.BYTES:
            what = fuzz_damage.damage_bytes(draw, files, self._others)
        else:
            what = fuzz_damage.edit(draw, files)
            _tie_counts(self._folder, files)
        return name, sort, what, files

    def outcome(self, name: str, files: Files) -> tuple[str, str]:
        """Load the files of a case and ask; give what came of it, and the error."""
        folder, before = self._folder / name, self._formats[name]
        changed = {file: files.get(file) for file in before if files.get(file) != before[file]}
        _write(folder, changed)
        for how, timer, seconds in _TIMERS:
            signal.signal(how, _time_is_up)
            signal.setitimer(timer, seconds)
        try:
            equal = _answers(folder) == self._expected[name]
            return (EQUAL if equal else OTHER), ""
        except Cat2VecError as error:
            return REFUSED, str(error)
        except MemoryError as error:
            return LARGE, str(error)
        except _TooLong:
            return SLOW, "see SECONDS"
        except Exception as error:
            return WRONG, f"{type(error).__name__}: {error}"[:300]
        finally:
            for _, timer, _ in _TIMERS:
                signal.setitimer(timer, 0)
            _write(folder, {file: before[file] for file in changed})


def _time_is_up(*_: Any) -> None:
    raise _TooLong


def _answers(folder: Path) -> str:
    """Load a folder and ask it a few questions; give a hash of the answers."""
    found = sha256()

    def add(*parts: Any) -> None:
        for part in parts:
            found.update(part.tobytes() if isinstance(part, np.ndarray) else repr(part).encode())

    if folder.name.startswith("counts"):
        counts = PairCounts.load(folder)
        add(hash_of_counts(counts), counts.vocabulary.texts(), (counts + counts).count)
        return found.hexdigest()
    model: Any = load(folder)
    model.n_jobs = 1
    add(model.vocabulary_.texts(), model.transform(_ROWS))
    add(model.nearest("city", "Oslo", n=3).to_dict("list"))
    add(model.probabilities(_ROWS, "city").to_numpy())
    if hasattr(model, "counts_"):
        add(hash_of_counts(model.counts_))
    return found.hexdigest()


#: Rows like those that the models of all formats learned.
_ROWS = {
    "city": ["Oslo", None, "Rome"],
    "price": [1.5, 33.0, None],
    "when": [np.datetime64("2023-01-30"), np.datetime64("2023-05-08"), None],
    "from": ["A", "C", "B"],
    "to": ["B", "D", None],
    "tags": [["x", "y"], [], ["z"]],
    "flag": [True, False, None],
    "code": [1, 6, 3],
    "name": ["n1", "rare 6", "unknown"],
}


def _tie_counts(folder: Path, files: Files) -> None:
    """Write the hash of counts that were edited into their model."""
    if "counts/counts.json" not in files or "model.json" not in files:
        return
    beside = folder / "counts_of_case"
    names = ("counts.json", "pairs.safetensors")
    _write(beside, {name: files.get(f"counts/{name}") for name in names})
    try:
        hash_now = hash_of_counts(PairCounts.load(beside))
        header = json.loads(files["model.json"])
        if header.get("counts_sha256") not in (None, hash_now):
            header["counts_sha256"] = hash_now
            files["model.json"] = fuzz_damage.as_header(header)
    except (Cat2VecError, ValueError, AttributeError, RecursionError):
        return


def _files_of(folder: Path) -> Files:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "answers.json"
    }


def _write(folder: Path, files: dict[str, bytes | None] | Files) -> None:
    for name, content in files.items():
        path = folder / name
        if content is None:
            path.unlink(missing_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _memory() -> str | None:
    """Give a folder in memory, where there is one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


if __name__ == "__main__":
    sys.exit(main())
