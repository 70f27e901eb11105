"""What all benchmarks share: tables, facts, processes, JSON lines, Markdown, the command line."""

# ruff: noqa: F401

from benchmarks.harness.command import Benchmark
from benchmarks.harness.lines import Files, files_of, latest, latest_by_table, read_lines
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
