"""The first call ever, compiling, and the first call of a second process, loading compiled code.

Run with ``python -m benchmarks.first_call DATA_FOLDER``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness import TABLES, Benchmark
from benchmarks.pages.first_call import page

BENCHMARK = Benchmark("first_call", "Time first calls in fresh processes.", page)
TABLE = "adult"
#: What each process does: import the library, read the table, and fit once.
CHILD = """
import json, sys, time
began = time.perf_counter()
from cat2vec import Cat2Vec
imported = time.perf_counter()
import pandas as pd
frame = pd.read_pickle(sys.argv[1])
ready = time.perf_counter()
Cat2Vec(vector_size=32).fit(frame)
done = time.perf_counter()
print(json.dumps({"seconds_import": imported - began, "seconds_call": done - ready}))
"""


def main(arguments: Sequence[str] | None = None) -> int:
    return BENCHMARK.measure(records, BENCHMARK.parser().parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as cache:
        table = str(Path(cache, "table.pickle"))
        TABLES[TABLE].read(options.data_folder).to_pickle(table)
        for process in ("first, compiles", "second, loads compiled code"):
            began = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", CHILD, table],
                env={**os.environ, "NUMBA_CACHE_DIR": cache},
                capture_output=True,
                text=True,
                check=True,
            )
            seconds = {**json.loads(done.stdout), "seconds_process": time.perf_counter() - began}
            yield {"table": TABLE, "process": process, **seconds}


if __name__ == "__main__":
    sys.exit(main())
