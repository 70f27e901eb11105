"""The command line on real tables: seconds of the whole process and size of the model.

Run with ``python -m benchmarks.tables DATA_FOLDER``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.harness import TABLES, Benchmark, Table
from benchmarks.harness.clock import tiny_table
from benchmarks.harness.processes import last_line
from benchmarks.pages.tables import page
from cat2vec import load

BENCHMARK = Benchmark("tables", "Time `cat2vec train` on real tables.", page)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(TABLES)
    parser.add_argument("--rows", type=int, help="first rows of each table; all if not given")
    return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        first = first_process(Path(folder))
        for name in options.tables:
            table = TABLES[name]
            file = options.data_folder / table.file
            if options.rows is not None:
                file = first_rows(file, options.rows, Path(folder, f"{name}.csv"))
            model = Path(folder, name)
            seconds, error = run_command(command_of(table, file, model))
            if error:
                yield {"table": name, "error": error}
                continue
            about = {"seconds": seconds, "seconds_first_process": first}
            yield {"table": name, **size_of(model), **about}


def command_of(table: Table, file: Path, model: Path) -> list[str]:
    command = [sys.executable, "-m", "cat2vec", "train", str(file), "--quiet", "--out", str(model)]
    options = {
        "--features": table.features,
        "--exclude": table.exclude,
        "--types": [f"{name}=category" for name in table.categories],
        "--missing-values": table.missing,
    }
    for option, values in options.items():
        command += [option, *values] if values else []
    return command


def run_command(command: Sequence[str]) -> tuple[float, str]:
    """Give the seconds of the whole process, and the last line of its message if it failed."""
    began = time.perf_counter()
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - began
    return seconds, last_line(done) if done.returncode else ""


def first_process(folder: Path) -> float:
    """Run once on a tiny table, so that compiled code is in its cache when the clock matters."""
    file = folder / "tiny.csv"
    pd.DataFrame(tiny_table()).to_csv(file, index=False)
    tiny = Table(file.name, categories=["a", "b"])
    command = [*command_of(tiny, file, folder / "tiny"), "--max-sweeps", "2", "--vector-size", "4"]
    return run_command(command)[0]


def first_rows(file: Path, n_rows: int, shorter: Path) -> Path:
    """Copy the first rows cell by cell as text, so that no code changes its spelling."""
    cells = pd.read_csv(file, dtype=str, keep_default_na=False, nrows=n_rows)
    cells.to_csv(shorter, index=False)
    return shorter


def size_of(folder: Path) -> dict[str, Any]:
    model = load(folder)
    return {
        "rows": model.vectors_.settings["n_rows"],
        "features": model.vocabulary_.n_features,
        "tokens": model.vocabulary_.n_tokens,
        "gain": float(model.gain_),
        "settings": model.vectors_.settings,
        "bytes": sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
    }


if __name__ == "__main__":
    sys.exit(main())
