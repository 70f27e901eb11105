"""Do the tests notice faults? ``python -m benchmarks.mutants``.

Each fault of the list is put into a copy of the project, one at a time, and the tests that should
notice it are run there. Those that were noticed already are not tried again; what was recorded
stays, so an interrupted run goes on.
"""

from __future__ import annotations

import tempfile
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.faults import FAULTS
from benchmarks.harness import Benchmark, latest
from benchmarks.harness.facts import ROOT
from benchmarks.mutants.trial import Copy
from benchmarks.pages.mutants import CAUGHT, CRASHED, LATE, page

BENCHMARK = Benchmark("mutants", "Try deliberate faults: which do the tests notice?", page)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(data_folder=False)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="faults to try, also again")
    parser.add_argument("--again", action="store_true", help="try those too that were noticed")
    parser.add_argument("--seconds", type=float, default=300.0, help="for the tests of a fault")
    parser.add_argument("--folder", type=Path, help="for the copy, which stays there")
    parser.add_argument("--check", action="store_true", help="run all tests without faults first")
    return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    known = {fault.name: fault for fault in FAULTS}
    if unknown := set(options.only or ()) - set(known):
        raise SystemExit(f"there is no fault {', '.join(sorted(unknown))}")
    wanted = [known[name] for name in options.only or known]
    if not (options.only or options.again) and options.results.exists():
        found = latest(options.results, lambda record: record["fault"])
        noticed = {name for name, one in found.items() if one["outcome"] in (CAUGHT, CRASHED, LATE)}
        wanted = [fault for fault in wanted if fault.name not in noticed]
    with tempfile.TemporaryDirectory() as passing:
        copy = Copy(ROOT, options.folder or Path(passing), options.seconds)
        if options.check and (failed := copy.failing(wanted)):
            raise SystemExit(f"tests fail without any fault:\n{failed}")
        for fault in wanted:
            yield {"fault": fault.name, "file": fault.file, **copy.tried(fault)}
