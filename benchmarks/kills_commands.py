"""Commands that are killed or interrupted at random moments: what stands there afterwards?

A part of ``kills``. Every trial begins with the output of an earlier run in place. Afterwards that
has to be as it was, or that of the whole new run; and when the command has run once more nothing
else may be left, neither beside it nor among temporary files.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from gensim.models import KeyedVectors

from cat2vec.cli.export import KINDS
from cat2vec.cli.main import main as cat2vec
from cat2vec.storage.files import PASSING, finish_interrupted

#: What each kind of export writes, but for those of packages that take gigabytes.
_EXPORTS = {
    kind: f"x{(*endings, f'.{kind}')[0]}"
    for kind, (_, _, endings) in KINDS.items()
    if kind not in ("torch", "keras")
}
_TRAIN = ["--vector-size", "4", "--quiet", "--updatable", "--holdout", "0", "--out", "out"]
#: Commands that write into ``out``: words of the run of before, and of the one that is killed.
COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "train": (["train", "old.csv", *_TRAIN], ["train", "new.csv", *_TRAIN]),
    "update": (
        ["train", "old.csv", *_TRAIN],
        ["update", "model", "day.csv", "--quiet", "--out", "out"],
    ),
    "count": (
        ["count", "model", "old.csv", "--out", "out"],
        ["count", "model", "day.csv", "--out", "out"],
    ),
    "transform": (
        ["transform", "model", "day.csv", "--out", "out/x.parquet"],
        ["transform", "model", "new.csv", "--out", "out/x.parquet"],
    ),
    "impute": (
        ["impute", "model", "day.csv", "--out", "out/x.csv"],
        ["impute", "model", "new.csv", "--out", "out/x.csv"],
    ),
    "report": (
        ["report", "model", "day.csv", "--json", "out/x.json"],
        ["report", "model", "new.csv", "--json", "out/x.json"],
    ),
    "explore": (
        ["explore", "model", "--out", "out/x.html"],
        ["explore", "other", "--out", "out/x.html"],
    ),
    "outliers": (["info", "model"], ["outliers", "model", "new.csv"]),
    **{
        f"export --to {kind}": (
            ["export", "model", "--to", kind, "--out", f"out/{name}"],
            ["export", "other", "--to", kind, "--out", f"out/{name}"],
        )
        for kind, name in _EXPORTS.items()
    },
}


def trials_of_commands(folder: Path, n_kills: int, n_rows: int) -> Iterator[dict[str, Any]]:
    """Stop every command so many times by SIGKILL, and a third as often by SIGINT."""
    with _inside(folder):
        _prepare(n_rows)
        rng = np.random.default_rng(0)
        for command, (before, killed) in COMMANDS.items():
            _clear()
            _run(before)
            old = _contents(Path("out"))
            shutil.copytree("out", "old_out", dirs_exist_ok=True)
            seconds = _run([*killed, *_again(killed)])
            new = _contents(Path("out"))
            stops = [signal.SIGKILL] * n_kills + [signal.SIGINT] * -(-n_kills // 3)
            for trial, how in enumerate(stops):
                _restore()
                # writing comes last, so late moments are more frequent
                part = 1 - rng.random() * (trial % n_kills + 1) / n_kills
                code = _stopped([*killed, *_again(killed)], seconds * part, how)
                left, found = _left(), _contents(Path("out"))
                _run([*killed, *_again(killed)])
                yield {
                    "table": f"{command}, {how.name}",
                    "command": command,
                    "signal": how.name,
                    "stop_after": seconds * part,
                    "of_seconds": seconds,
                    "exit_code": code,
                    "state": "old" if found == old else "new" if found == new else "half",
                    "left": left,
                    "left_after_next_run": _left(),
                    "equal_after_next_run": _contents(Path("out")) == new,
                }


def trials_of_two(folder: Path, n_trials: int, n_rows: int) -> Iterator[dict[str, Any]]:
    """Let two processes write different models into one folder at once, half with --overwrite."""
    with _inside(folder):
        _prepare(n_rows)
        wanted, seconds = [], 0.0
        for name in ("old", "new"):
            _clear()
            seconds = _run(["train", f"{name}.csv", *_TRAIN])
            wanted.append(_contents(Path("out")))
        rng = np.random.default_rng(1)
        for trial in range(n_trials):
            _clear()
            more = ["--overwrite"] if trial % 2 else []
            first = _start(["train", "old.csv", *_TRAIN, *more])
            time.sleep(float(rng.random()) * seconds / 10)
            second = _start(["train", "new.csv", *_TRAIN, *more])
            for process in (first, second):
                process.join()
            codes = sorted([first.exitcode, second.exitcode])
            yield {
                "table": "train, two at once",
                "command": f"train {' '.join(more)}".strip(),
                "signal": "two at once",
                "exit_codes": codes,
                "told": codes == ([0, 0] if more else [0, 2]),
                "state": "one of both" if _contents(Path("out")) in wanted else "half",
                "left": _left(),
            }


#: Seconds after which a command counts as one that never ends.
_LONGEST = 120.0


def _again(words: list[str]) -> list[str]:
    return ["--overwrite"] if "--out" in words or "--json" in words else []


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Work in a folder, with temporary files in one of its own."""
    before, known = Path.cwd(), tempfile.tempdir
    (folder / "tmp").mkdir()
    os.chdir(folder)
    tempfile.tempdir = str(folder / "tmp")
    try:
        yield
    finally:
        os.chdir(before)
        tempfile.tempdir = known


def _prepare(n_rows: int) -> None:
    """Write tables and models."""
    rng = np.random.default_rng(0)
    for name, n in (("old", n_rows), ("new", n_rows), ("day", n_rows // 10)):
        group = rng.integers(0, 3, n)
        lines = [
            f"town{g}{a},job{g}{b},{'' if c == 0 else f'food{g}{c}'},{10 * g + a + 0.5}"
            for g, a, b, c in zip(group, *rng.integers(0, 9, (3, n)), strict=True)
        ]
        Path(f"{name}.csv").write_text("\n".join(["town,job,food,price", *lines]) + "\n")
    for name, target in (("old", "model"), ("new", "other")):
        _run(["train", f"{name}.csv", *_TRAIN[:-1], target])  # no thread is begun in this process


def _clear() -> None:
    for folder in ("out", "old_out", "tmp"):
        shutil.rmtree(folder, ignore_errors=True)
    Path("tmp").mkdir()
    Path("out").mkdir()


def _restore() -> None:
    shutil.rmtree("out")
    shutil.copytree("old_out", "out")


def _start(words: list[str]) -> Any:
    process = get_context("fork").Process(target=_command, args=(words,))
    process.start()
    return process


def _command(words: list[str]) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    raise SystemExit(cat2vec(words))


def _run(words: list[str]) -> float:
    """Run a command in a process that is forked, with everything imported; give its seconds."""
    began = time.perf_counter()
    process = _start(words)
    process.join(_LONGEST)
    assert process.exitcode == 0, (words, process.exitcode)
    return time.perf_counter() - began


def _stopped(words: list[str], after: float, how: signal.Signals) -> int | None:
    process = _start(words)
    process.join(after)
    if process.is_alive():
        os.kill(process.pid, how)
    process.join(_LONGEST)
    code: int | None = process.exitcode
    return code


def _contents(folder: Path) -> Mapping[str, Any]:
    """Give what readers find: the files, but for those that are no reader's business."""
    finish_interrupted(folder)  # as all readers do
    return {
        str(path.relative_to(folder)): _content(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.relative_to(folder).parts[0].startswith(PASSING)
    }


def _content(path: Path) -> Any:
    if path.suffix in (".kv", ".keyedvectors"):  # which say when they were written
        keyed = KeyedVectors.load(str(path))
        return keyed.index_to_key, keyed.vectors.tobytes()
    if path.suffix != ".duckdb":
        return path.read_bytes()
    import duckdb

    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.sql("SELECT * FROM vectors").fetchall()


def _left() -> list[str]:
    """Give what is left of passing files, beside the output and among temporary files."""
    hidden = [path for path in Path("out").rglob(f"{PASSING}*") if path.name.startswith(PASSING)]
    return sorted(str(path) for path in (*hidden, *Path("tmp").iterdir()))
