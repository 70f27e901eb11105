"""Faults of the system: a full disk, no memory, names and texts that are no UTF-8, Ctrl-C."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from cat2vec import Cat2Vec, load
from cat2vec.cli.export import KINDS
from cat2vec.cli.main import main

#: What each kind of export writes: a new kind is tried as well.
EXPORTS = {kind: f"x{(*endings, f'.{kind}')[0]}" for kind, (_, _, endings) in KINDS.items()}
WRITING = {
    "train": ["train", "t.csv", "--quiet", "--holdout", "0", "--out", "{}/m"],
    "update": ["update", "model", "t.csv", "--quiet", "--out", "{}/m"],
    "count": ["count", "model", "t.csv", "--out", "{}/m"],
    "transform": ["transform", "model", "t.csv", "--out", "{}/x.parquet"],
    "transform to CSV": ["transform", "model", "t.csv", "--out", "{}/x.csv"],
    "impute": ["impute", "model", "t.csv", "--out", "{}/x.csv"],
    "report": ["report", "model", "t.csv", "--html", "{}/x.html"],
    "explore": ["explore", "model", "--out", "{}/x.html"],
    **{
        f"export --to {kind}": ["export", "model", "--to", kind, "--out", f"{{}}/{name}"]
        for kind, name in EXPORTS.items()
    },
}
#: Questions, which write nothing.
ASKING = [
    ["nearest", "model", "a", "a1"],
    ["similarity", "model", "a", "a1", "a2"],
    ["analogy", "model", "a", "a1", "a2", "a3"],
    ["clusters", "model", "a", "--n-clusters", "2"],
    ["nearest-to-all", "model", "a", "a1", "a2"],
    ["commonality", "model", "a"],
    ["influence", "model"],
    ["outliers", "model", "t.csv", "-n", "2"],
    ["associations", "model", "t.csv"],
    ["moves", "model", "model"],
    ["info", "model"],
    ["macros"],
    ["sql", "t", "--features", "a", "b", "--dialect", "duckdb"],
]


def skip_without(command):
    for kind, package in (("torch", "torch"), ("keras", "keras")):
        if command.endswith(kind) and importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")


@pytest.fixture(scope="module")
def model():
    """A model of 400 categories, with counts to go on with, and the table."""
    rng = np.random.default_rng(0)
    group = rng.integers(0, 4, 3000)
    table = {
        name: [f"{name}{50 * g + i}" for g, i in zip(group, rng.integers(0, 50, 3000), strict=True)]
        for name in "ab"
    }
    return Cat2Vec(32, solver="counts").partial_fit(table), pd.DataFrame(table)


@pytest.fixture
def here(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model[0].save("model")
    gaps = model[1].copy()
    gaps.loc[::50, "a"] = None
    gaps.to_csv("t.csv", index=False)
    return tmp_path


def everything(folder):
    return {
        path.relative_to(folder): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


@pytest.mark.filterwarnings("ignore::cat2vec.errors.Cat2VecWarning")
@pytest.mark.parametrize("command", WRITING)
def test_a_full_disk_is_one_sentence_that_names_the_file_and_what_was_needed(
    command, here, full_disk, capsys
):
    skip_without(command)
    (full_disk / "filler").write_bytes(bytes((1 << 20) - (1 << 12)))
    before = everything(full_disk)
    words = [word.format(full_disk) for word in WRITING[command]]
    assert main(words) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    target = re.escape(words[-1])
    assert re.fullmatch(
        rf"cat2vec {words[0]}: no room left for '{target}' \(No space left on device\): "
        rf"(it takes \d[\d.,]* MB|\d[\d.,]* MB were written, and more is needed)\. Make room, or "
        rf"choose a place on a larger disk\.",
        said,
    ), said
    assert everything(full_disk) == before


def run(*words, **how):
    command = [sys.executable, "-m", "cat2vec", *words]
    return subprocess.run(command, capture_output=True, check=False, **how)


def test_a_full_disk_under_codes_that_are_counted(here, tmp_path):
    """Codes that are too many for the memory given lie in a file that may not grow here."""
    code = (
        "import resource, sys\n"
        "import numpy as np\n"
        "from cat2vec import count_pairs, encode_table\n"
        "from cat2vec.tables.on_disk import CodesFile, OnDisk\n"
        "from cat2vec.tables.pieces import EncodedPieces\n"
        "table = encode_table({'a': ['x', 'y'] * 9000, 'b': ['u', 'v'] * 9000})\n"
        "on_disk = OnDisk(1000, sys.argv[1] or None)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "pieces = EncodedPieces(on_disk)\n"
        "pieces.add(table) if sys.argv[2] == 'pieces' else "
        "CodesFile(18000, 2, np.int16, on_disk).write(0, table.codes)\n"
    )
    for folder, advice in ((str(tmp_path), "spill="), ("", "the environment variable TMPDIR")):
        for what in ("pieces", "file"):
            done = subprocess.run(
                [sys.executable, "-c", code, folder, what], capture_output=True, text=True
            )
            said = done.stderr.splitlines()[-1]
            assert "SpillError: no room left in" in said
            assert "(File too large)" in said
            assert f"Name a folder on a larger disk with {advice}" in said


def test_an_output_that_cannot_be_written_is_told_and_the_work_is_done(here):
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "cat2vec", *WRITING["train"][:-1], "m"]
        command.remove("--quiet")
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "cat2vec: standard output cannot be written: No space left on device."
    )
    assert load("m").vectors_.vector_size == 32


@pytest.mark.skipif(sys.platform != "linux", reason="limits of the address space are of Linux")
@pytest.mark.slow
@pytest.mark.parametrize("megabytes", [100, 600, 1100, 1500, 2500])
def test_too_little_memory_is_one_sentence_or_enough(megabytes, here):
    words = " ".join([sys.executable, "-m", "cat2vec", *WRITING["train"][:-1], "m"])
    done = subprocess.run(
        ["bash", "-c", f"ulimit -v {megabytes * 1024}; exec {words}"],
        capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in ((2,) if megabytes < 1200 else (0, 2)), done.stderr
    if done.returncode == 2:
        assert re.fullmatch("cat2vec( train)?: not enough memory.*\n", done.stderr)
        assert not os.path.exists("m")


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"},
     {"PYTHONIOENCODING": "cp1252"}],
    ids=["ascii", "C", "cp1252"],
)  # fmt: skip
@pytest.mark.slow
def test_no_command_stumbles_over_a_terminal_without_its_letters(environment, tmp_path):
    """Every command, with names and categories of several scripts."""
    table = pd.DataFrame({"a": ["Ærø", "東京", "a3", "x😀"] * 30, "b": ["ø", "ж", "b", "c"] * 30})
    table.to_csv(tmp_path / "t.csv", index=False)
    Cat2Vec(2, solver="counts").partial_fit(table).save(tmp_path / "model")
    names = {"a1": "Ærø", "a2": "東京", "a3": "x😀"}
    how = {"cwd": tmp_path, "env": {**os.environ, **environment}}
    commands = [*ASKING, *WRITING.values()]
    for place, command in enumerate(commands):
        if command[-1].endswith((".pt", ".keras")):
            continue
        out = tmp_path / f"out ø {place}"
        out.mkdir()
        words = [names.get(word, word).format(out) for word in command]
        done = run(*words, **how)
        assert done.returncode == 0, (words, done.stderr)
        assert b"Traceback" not in done.stderr
        assert b"UnicodeEncodeError" not in done.stderr


BAD = os.fsdecode(b"caf\xe9")


@pytest.mark.skipif(os.name == "nt", reason="names of files are UTF-16 there")
@pytest.mark.parametrize("command", [*WRITING, "feather"])
def test_names_of_files_that_are_no_utf8(command, here, capsys):
    skip_without(command)
    os.mkdir(BAD)
    table = pd.read_csv("t.csv")
    table.to_csv(f"{BAD}/t {BAD}.csv", index=False)
    if command == "feather":
        import pyarrow.feather
        import pyarrow.parquet

        for ending, write in (("feather", pyarrow.feather.write_feather),
                              ("parquet", pyarrow.parquet.write_table)):  # fmt: skip
            write(pyarrow.Table.from_pandas(table), f"t.{ending}")
            os.rename(f"t.{ending}", f"{BAD}/t.{ending}")
            words = ["transform", "model", f"{BAD}/t.{ending}", "--out", f"{BAD}/{ending}.csv"]
            assert main(words) == 0
        with open(f"{BAD}/feather.csv") as one, open(f"{BAD}/parquet.csv") as other:
            assert one.read() == other.read()
        return
    os.rename("model", f"{BAD}/model")
    names = {"t.csv": f"{BAD}/t {BAD}.csv", "model": f"{BAD}/model"}
    words = [names.get(word, word).format(BAD) for word in WRITING[command]]
    code = main(words)
    said = capsys.readouterr().err
    if command == "export --to duckdb":
        assert code == 2
        assert "is no UTF-8, and DuckDB takes no other names. Choose another name." in said
        return
    assert code == 0, said
    assert os.path.exists(words[-1])


@pytest.mark.parametrize("after", [0.1, 0.5, 0.9])
def test_ctrl_c_is_code_130_and_leaves_nothing(after, here):
    """The moments are parts of the time that a run takes here."""
    table = pd.read_csv("t.csv")
    pd.concat([table] * 20).to_csv("t.csv", index=False)
    words = [sys.executable, "-m", "cat2vec", *WRITING["train"][:-1], "m"]
    started = time.monotonic()
    subprocess.run(words, check=True, capture_output=True)
    seconds = time.monotonic() - started
    before = everything(here)
    process = subprocess.Popen([*words[:-1], "m2"], stderr=subprocess.PIPE, text=True)
    time.sleep(after * seconds)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    if process.returncode == 0:
        return  # it was done by then
    if process.returncode == -signal.SIGINT:
        return  # Python itself was still being loaded
    assert process.returncode == 130, said
    assert re.fullmatch(r"(.*\n)*cat2vec( train)?: interrupted .*\n", said), said
    assert "Traceback" not in said
    assert everything(here) == before or load("m2")
