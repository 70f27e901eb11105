"""Train on every table of a folder, one model folder with its ``vectors.kv`` each.

    python examples/batch_folder.py IN_FOLDER OUT_FOLDER [-- options of cat2vec train]

A table that fails is reported and the others go on. OUT_FOLDER/summary.csv is replaced after every
table. Exit code: 0, 1 if any table failed, 2 for wrong arguments, 130 for Ctrl-C.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from cat2vec import load

SUMMARY = "summary.csv"
ENDINGS = re.compile(r"\.(csv|csv\.gz|tsv|tsv\.gz|parquet|pq)$", re.IGNORECASE)
#: How an error line of the command line begins; what follows is the sentence.
BEFORE_ERROR = re.compile(r"^cat2vec( train)?: (error: )?")
WARNING = "cat2vec warning: "
SECONDS_TO_STOP = 3


@dataclass(frozen=True)
class Outcome:
    """One row of the summary."""

    table: str
    model: str
    rows: int | None
    tokens: int | None
    gain: float | None
    seconds: float
    error: str
    warnings: str

    def line(self) -> str:
        if self.error:
            return f"{self.table}: failed after {self.seconds:.1f} s: {self.error}"
        gain = "not computed" if self.gain is None else f"{self.gain:.4f}"
        return (
            f"{self.table}: {self.rows:,} rows, {self.tokens:,} tokens, gain {gain}, "
            f"{self.seconds:.1f} s"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    own, extra = _split(sys.argv[1:] if arguments is None else list(arguments))
    parser = argparse.ArgumentParser(
        description="Run `cat2vec train` on every CSV and Parquet file of a folder.",
        epilog="Options after -- go to `cat2vec train`.",
    )
    parser.add_argument("in_folder", type=Path)
    parser.add_argument("out_folder", type=Path)
    options = parser.parse_args(own)
    if not options.in_folder.is_dir():
        parser.error(f"{str(options.in_folder)!r} is not a folder.")
    if options.in_folder.resolve() == options.out_folder.resolve():
        parser.error("OUT_FOLDER must not be IN_FOLDER: its summary.csv would be a table there.")
    models = model_names(options.in_folder)
    if not models:
        parser.error(f"{str(options.in_folder)!r} holds no CSV or Parquet file.")
    try:
        options.out_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"{str(options.out_folder)!r}: {error.strerror}.")
    done: list[Outcome] = []
    try:
        for table, model in models.items():
            done.append(train_one(table, options.out_folder / model, extra))
            # after every table, so that whatever stops this script leaves what was done
            write_summary(options.out_folder / SUMMARY, done)
            print(done[-1].line(), flush=True)
    except KeyboardInterrupt:
        write_summary(options.out_folder / SUMMARY, done)
        print(f"interrupted: {len(done)} of {len(models)} tables done.", file=sys.stderr)
        return 130
    return 1 if any(outcome.error for outcome in done) else 0


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return arguments, []
    place = arguments.index("--")
    return arguments[:place], arguments[place + 1 :]


def model_names(folder: Path) -> dict[Path, str]:
    """Name a model folder after each table, with its ending where two would get the same name."""
    tables = sorted(
        file
        for file in folder.iterdir()
        if file.is_file() and ENDINGS.search(file.name) and not file.name.startswith(".")
    )
    short = {table: ENDINGS.sub("", table.name) for table in tables}
    # some file systems do not tell capitals apart
    taken = Counter([SUMMARY, *(name.casefold() for name in short.values())])
    return {
        table: name if taken[name.casefold()] == 1 else table.name for table, name in short.items()
    }


def train_one(table: Path, model: Path, extra: Sequence[str]) -> Outcome:
    """Train in a process of its own: a table too large for memory ends that process, not this."""
    command = [sys.executable, "-m", "cat2vec", "train", str(table), *extra]
    began = time.perf_counter()
    code, words = _run([*command, "--quiet", "--out", str(model)])
    seconds = time.perf_counter() - began
    lines = [line for line in words.splitlines() if line.strip()]
    told = [line.removeprefix(WARNING) for line in lines if line.startswith(WARNING)]
    rest = [line for line in lines if not line.startswith(WARNING)]
    rows = tokens = gain = None
    error = ""
    if code != 0:
        error = BEFORE_ERROR.sub("", rest[-1]) if rest else f"ended with exit code {code}."
    else:
        learned = load(model)
        rows, tokens = learned.vectors_.settings["n_rows"], learned.vocabulary_.n_tokens
        gain = None if math.isnan(learned.gain_) else float(learned.gain_)
    return Outcome(
        table.name, model.name, rows, tokens, gain, round(seconds, 3), error, " ".join(told)
    )


def _run(command: Sequence[str]) -> tuple[int, str]:
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace")
    try:
        words = child.communicate()[1]
    except KeyboardInterrupt:
        # Ctrl-C reaches the child too, and it may be writing: give it time to end by itself
        try:
            child.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            child.terminate()
            child.wait()
        raise
    if child.returncode == 130:
        raise KeyboardInterrupt
    return child.returncode, words


def write_summary(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write beside the file and rename, so that nobody reads half a summary."""
    handle, passing = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [column.name for column in fields(Outcome)])
            writer.writeheader()
            writer.writerows(asdict(outcome) for outcome in outcomes)
        os.chmod(passing, 0o644)
        os.replace(passing, path)
    except BaseException:
        os.unlink(passing)
        raise


if __name__ == "__main__":
    sys.exit(main())
