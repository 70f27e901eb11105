"""What is printed never decides whether a command does its work."""

import os
import subprocess
import sys

import pytest

from cat2vec import Cat2Vec, load

TABLE = "city,food\n" + "Ærø,fisk\nOslo,brød\n" * 40


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(TABLE, "utf-8")
    return tmp_path


def run(*arguments, to=subprocess.PIPE, **environment):
    command = [sys.executable, "-m", "cat2vec", *arguments]
    known = {**os.environ, **environment}
    return subprocess.run(command, stdout=to, stderr=subprocess.PIPE, env=known, check=False)


@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_a_model_is_written_though_nobody_reads_what_is_printed(here, quiet):
    reading, writing = os.pipe()
    os.close(reading)
    done = run("train", "t.csv", "--out", "m", "--vector-size", "2", *quiet, to=writing)
    os.close(writing)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert b"Broken pipe" not in done.stderr
    assert load("m").vectors_.vector_size == 2


def test_a_question_whose_answer_nobody_reads_is_no_error(here):
    Cat2Vec(2).fit({"a": ["x", "y"] * 20, "b": ["u", "v"] * 20}).save("m")
    reading, writing = os.pipe()
    os.close(reading)
    done = run("nearest", "m", "a", "x", to=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("encoding", "letter"), [("ascii", rb"\xc6r\xf8"), ("utf-8", "Ærø".encode()), ("cp1252", None)]
)
def test_letters_that_a_terminal_does_not_have_are_shown_as_numbers(here, encoding, letter):
    done = run("train", "t.csv", "--out", "m", "--vector-size", "2", PYTHONIOENCODING=encoding)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    done = run("nearest", "m", "city", "Oslo", PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    assert (letter or "Ærø".encode(encoding)) in done.stdout
    done = run("nearest", "m", "city", "Ærøskøbing", PYTHONIOENCODING=encoding)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
