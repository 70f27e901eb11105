"""Rows to numbers and back: cells per second, and memory beside the result; of files, too.

Run with ``python -m benchmarks.transform --rows 1000000 --file-rows 3000000``.
"""

from __future__ import annotations

import io
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from benchmarks.harness import Benchmark, run_alone
from benchmarks.harness.clock import repeated
from benchmarks.harness.memory import peak_memory, start_of_memory
from benchmarks.pages.transform import page
from cat2vec import Cat2Vec
from cat2vec.cli.main import main as command

BENCHMARK = Benchmark("transform", "Time transform and watch its memory.", page)
N_FEATURES, N_CATEGORIES, VECTOR_SIZE = 20, 100, 32
FITTED_ROWS = 20_000
#: What goes in and what comes out; rows of numbers go back only where it says so.
JOBS = (
    ("pyarrow, text", "array"),
    ("pyarrow, dictionaries", "array"),
    ("pandas, text", "pandas"),
    ("pandas, categories", "pandas"),
    ("polars, text", "polars"),
    ("rows of numbers", "pandas, by inverse_transform"),
)
#: Files that the command transforms, and how: all rows at once is what folding in needs.
FILES, N_FILE_FEATURES = (".parquet", ".csv"), 6
WAYS = {"piece by piece": (), "as a whole": ("--handle-unknown", "fold_in")}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(("made", "files"), data_folder=False)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--file-rows", type=int, nargs="+", default=[1_000_000, 3_000_000])
    return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    for given, gives in JOBS if "made" in options.tables else ():
        yield run_alone(measure, given=given, gives=gives, n_rows=options.rows)
    for n_rows in options.file_rows if "files" in options.tables else ():
        for ending in FILES:
            for way in WAYS:
                yield run_alone(measure_file, ending=ending, way=way, n_rows=n_rows)


def measure(given: str, gives: str, n_rows: int) -> dict[str, Any]:
    """Transform one made table some times; the memory is that of the first time."""
    table = made_table(n_rows, as_text="text" in given)
    model = Cat2Vec(vector_size=VECTOR_SIZE).fit(table[:FITTED_ROWS])
    source, call = table, model.transform
    if "inverse" in gives:
        source, call = model.transform(table), model.inverse_transform
    elif gives != "array":
        model.set_output(transform=gives)
        source = in_kind(table, given)
    del table
    call(source[:1000])
    before, since_call = start_of_memory()
    peaks = []

    def size_of_result() -> tuple[int, ...]:
        """Give the shape only: the result is let go before the next time."""
        result = call(source)
        peaks.append(peak_memory())
        return result.shape

    seconds, (n_result_rows, n_columns) = repeated(size_of_result)
    return {
        "table": "made",
        "given": given,
        "gives": gives,
        "rows": n_rows,
        "features": N_FEATURES,
        "categories": N_CATEGORIES,
        "vector_size": VECTOR_SIZE,
        "cells": n_rows * N_FEATURES,
        "seconds": min(seconds),
        "seconds_of_all": seconds,
        "result_bytes": None if "inverse" in gives else n_result_rows * n_columns * 4,
        "peak_growth": peaks[0] - before if since_call else None,
    }


def measure_file(ending: str, way: str, n_rows: int) -> dict[str, Any]:
    """Transform a made file by the command, once, into a file of Parquet."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        table = made_table(n_rows, as_text=True).select(range(N_FILE_FEATURES))
        Cat2Vec(vector_size=VECTOR_SIZE).fit(table[:FITTED_ROWS]).save(folder / "model")
        write = pyarrow.csv.write_csv if ending == ".csv" else pyarrow.parquet.write_table
        for file, some in (("few", table[:1000]), ("all", table)):
            write(some, folder / f"{file}{ending}")
        del table, some
        words = ["transform", str(folder / "model"), "", "--out", "", *WAYS[way]]
        call_command(words, folder, "few", ending)
        before, since_call = start_of_memory()
        began, cpu_began = time.perf_counter(), time.process_time()
        call_command(words, folder, "all", ending)
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
        peak = peak_memory()
        out_bytes = (folder / "all.out.parquet").stat().st_size
    return {
        "table": "files",
        "given": ending,
        "way": way,
        "rows": n_rows,
        "features": N_FILE_FEATURES,
        "categories": N_CATEGORIES,
        "vector_size": VECTOR_SIZE,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "out_bytes": out_bytes,
        "peak_growth": peak - before if since_call else None,
    }


def call_command(words: list[str], folder: Path, file: str, ending: str) -> None:
    words = [*words]
    words[2], words[4] = str(folder / f"{file}{ending}"), str(folder / f"{file}.out.parquet")
    with redirect_stdout(io.StringIO()):
        if code := command(words):
            raise RuntimeError(f"the command ended with {code}")


def made_table(n_rows: int, as_text: bool) -> pa.Table:
    """Make features that follow one hidden class, of as many categories each."""
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 10, n_rows)
    categories = pa.array([f"category {code}" for code in range(N_CATEGORIES)])
    columns = {}
    for feature in range(N_FEATURES):
        codes = (classes + rng.integers(0, 3, n_rows)) % 10 * 10 + rng.integers(0, 10, n_rows)
        column = pa.DictionaryArray.from_arrays(codes.astype(np.int32), categories)
        columns[f"c{feature}"] = column.cast(pa.string()) if as_text else column
    return pa.table(columns)


def in_kind(table: pa.Table, given: str) -> Any:
    if given.startswith("polars"):
        import polars as pl

        return pl.from_arrow(table)
    return table.to_pandas()


if __name__ == "__main__":
    sys.exit(main())
