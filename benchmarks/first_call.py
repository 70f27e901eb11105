"""The first call ever, compiling, and that of a second process, loading compiled code.

Run with ``python -m benchmarks.first_call DATA_FOLDER``. For the estimator on a DataFrame, the
functions on a Parquet file, and two commands.
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
VECTOR_SIZE = 32
WARM_CALLS = 10
#: What a process does: import, prepare what is not timed, and call; then it calls again, warm.
CHILD = """
import json, sys, time
pickle, parquet, folder, size, n_calls = sys.argv[1:4] + [int(n) for n in sys.argv[4:]]
began, cpu_began = time.perf_counter(), time.process_time()
{imports}
imported, cpu_imported = time.perf_counter(), time.process_time()
{prepare}
ready, cpu_ready = time.perf_counter(), time.process_time()
{call}
done, cpu_done = time.perf_counter(), time.process_time()
warm = []
for _ in range(n_calls):
    start, cpu_start = time.perf_counter(), time.process_time()
    {call}
    warm.append([time.perf_counter() - start, time.process_time() - cpu_start])
print(json.dumps({{
    "seconds_import": imported - began, "cpu_import": cpu_imported - cpu_began,
    "seconds_call": done - ready, "cpu_call": cpu_done - cpu_ready, "warm_calls": warm,
    "scikit_learn": "sklearn" in sys.modules, "pandas": "pandas" in sys.modules,
}}))
"""
#: By name: what is imported, what is made ready without being timed, and the call. A command is
#: called once: it would print its answer again.
WAYS = {
    "Cat2Vec().fit, DataFrame": (
        "from cat2vec import Cat2Vec",
        "import pandas as pd; frame = pd.read_pickle(pickle)",
        "Cat2Vec(vector_size=size).fit(frame)",
        WARM_CALLS,
    ),
    "train_vectors(count_pairs(...)), Parquet file": (
        "from cat2vec import count_pairs, train_vectors",
        "",
        "train_vectors(count_pairs(parquet), vector_size=size)",
        WARM_CALLS,
    ),
    "`cat2vec train`, Parquet file": (
        "from cat2vec.cli.main import main",
        "",
        'main(["train", parquet, "--out", folder, "--overwrite", "--quiet"])',
        0,
    ),
    "`cat2vec info`": (
        "import contextlib, io; from cat2vec.cli.main import main",
        "",
        'with contextlib.redirect_stdout(io.StringIO()): main(["info", folder])',
        0,
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    return BENCHMARK.measure(records, BENCHMARK.parser().parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        frame = TABLES[TABLE].read(options.data_folder)
        pickle, parquet = (str(Path(folder, f"table.{ending}")) for ending in ("pickle", "parquet"))
        frame.to_pickle(pickle)
        frame.to_parquet(parquet)
        for number, (way, (imports, prepare, call, n_calls)) in enumerate(WAYS.items()):
            script = CHILD.format(imports=imports, prepare=prepare, call=call)
            cache = {"NUMBA_CACHE_DIR": str(Path(folder, f"compiled_{number}"))}
            # installed packages come with their bytecode, and some shells forbid to write it
            cache["PYTHONDONTWRITEBYTECODE"] = ""
            for process in ("first, compiles", "second, loads compiled code"):
                given = [
                    pickle,
                    parquet,
                    str(Path(folder, "model")),
                    str(VECTOR_SIZE),
                    str(n_calls),
                ]
                began = time.perf_counter()
                done = subprocess.run(
                    [sys.executable, "-W", "ignore", "-c", script, *given],
                    env={**os.environ, **cache},
                    capture_output=True,
                    text=True,
                    check=True,
                )
                found = json.loads(done.stdout.splitlines()[-1])
                found["seconds_process"] = time.perf_counter() - began
                yield {"table": TABLE, "way": way, "process": process, **found}


if __name__ == "__main__":
    sys.exit(main())
