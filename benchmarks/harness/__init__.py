"""What all benchmarks share: tables, facts, processes, JSON lines, Markdown, the command line."""

from benchmarks.harness.command import Benchmark
from benchmarks.harness.facts import facts
from benchmarks.harness.lines import (
    Files,
    append_line,
    files_of,
    latest,
    latest_by_table,
    read_lines,
)
from benchmarks.harness.markdown import (
    markdown_table,
    number,
    provenance,
    provenances,
    record_table,
    write_page,
)
from benchmarks.harness.processes import run_alone
from benchmarks.harness.tables import HELD_OUT, SEED, TABLES, Table, random_rows, split_rows

__all__ = [
    "HELD_OUT",
    "SEED",
    "TABLES",
    "Benchmark",
    "Files",
    "Table",
    "append_line",
    "facts",
    "files_of",
    "latest",
    "latest_by_table",
    "markdown_table",
    "number",
    "provenance",
    "provenances",
    "random_rows",
    "read_lines",
    "record_table",
    "run_alone",
    "split_rows",
    "write_page",
]
