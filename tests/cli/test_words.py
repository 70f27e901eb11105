"""Words that the command line does not know, examples in its help, and its exit codes."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cat2vec import Cat2Vec
from cat2vec.cli import info
from cat2vec.cli.examples import EXAMPLES
from cat2vec.cli.main import command_parser, main
from tests.docs.sample_files import write_sample_files

TABLE = {"city": ["Oslo", "Rome"] * 20, "food": ["cod", "pasta"] * 20}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Cat2Vec(1).fit(TABLE).save("m")
    return tmp_path


def commands():
    (found,) = [action.choices for action in command_parser().walk() if action.dest == "command"]
    return found


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["trian", "t.csv"],
            "cat2vec: error: There is no command 'trian'. Did you mean 'train'? cat2vec --help "
            "lists all commands.\n",
        ),
        (
            ["xyzzy"],
            "cat2vec: error: There is no command 'xyzzy'. cat2vec --help lists all commands.\n",
        ),
        (
            ["train", "t.csv", "--out", "o", "--vector-sise", "3"],
            "cat2vec train: error: There is no option '--vector-sise'. Did you mean "
            "'--vector-size'? cat2vec train --help lists all options.\n",
        ),
        (
            ["train", "t.csv", "--uot=o"],  # and --out is missing
            "cat2vec train: error: There is no option '--uot'. Did you mean '--out'? cat2vec train "
            "--help lists all options.\n",
        ),
        (
            ["nearest", "m", "city", "Oslo", "--epochs", "3"],  # of another command
            "cat2vec nearest: error: There is no option '--epochs'. cat2vec nearest --help lists "
            "all options.\n",
        ),
    ],
)
def test_what_was_meant_is_said_of_words_that_are_not_there(capsys, words, sentence):
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: cat2vec")
    assert err.endswith(sentence)


def test_beginnings_of_options_and_values_with_dashes_are_understood(here, capsys):
    Cat2Vec(1).fit({"a": ["-- x", "--y"] * 9, "b": ["u", "v"] * 9}).save("dashes")
    assert main(["nearest", "m", "city", "Oslo", "--amo", "food"]) == 0
    assert main(["nearest", "dashes", "a", "-- x"]) == 0
    assert main(["nearest", "dashes", "a", "--", "--y"]) == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nearest", "m", "citty", "Oslo"], "no feature 'citty' in this model. "),
        (["nearest", "m", "city", "Olso"], "feature 'city' has no category 'Olso'. "),
        (["nearest", "m", "city", "Oslo", "--among", "foood"], "no feature 'foood' in this model."),
        (["similarity", "m", "city", "Oslo", "Roma"], "feature 'city' has no category 'Roma'. "),
        (
            ["similarity", "m", "city", "Oslo", "cod", "--other-feature", "fod"],
            "no feature 'fod' in this model. ",
        ),
        (["influence", "m", "citi"], "no feature 'citi' in this model. "),
        (["commonality", "m", "fod"], "no feature 'fod' in this model. "),
    ],
)
def test_the_nearest_feature_or_category_is_named(here, capsys, words, sentence):
    assert main(words) == 2
    err = capsys.readouterr().err
    assert sentence in err
    assert " Nearest: '" in err


def test_every_command_shows_examples_of_itself(capsys):
    assert set(EXAMPLES) == set(commands()) - {"cluster-fit"}
    for name, lines in EXAMPLES.items():
        assert 2 <= len(lines) <= 4, name
        assert all(f"cat2vec {name} " in f"{line} " for line in lines)
        with pytest.raises(SystemExit) as stopped:
            main([name, "--help"])
        assert stopped.value.code == 0
        shown = "".join(f"  {line}\n" for line in lines)
        assert capsys.readouterr().out.endswith(f"\nexamples:\n{shown}")


def test_the_examples_run(tmp_path, monkeypatch, capsys):
    """One after the other, as they build on each other; those with a shell's signs in a shell."""
    write_sample_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    in_shell = []
    for name, lines in EXAMPLES.items():
        if name == "completion":  # tests/cli/test_completion.py
            continue
        for line in lines:
            words = shlex.split(line)
            if {"<", ">"} & set(words):
                in_shell.append(line)
                continue
            assert main(words[1:]) == 0, (line, capsys.readouterr().err)
    python = shlex.quote(sys.executable)
    script = f'set -e\ncat2vec() {{ {python} -m cat2vec "$@"; }}\n' + "\n".join(in_shell)
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "rows.csv").read_text().count("\n") == 241
    assert (tmp_path / "full2.csv").read_bytes() == (tmp_path / "full.csv").read_bytes()
    assert (tmp_path / "macros.sql").stat().st_size > 0


def run(*words, to=subprocess.PIPE, **given):
    command = [sys.executable, "-m", "cat2vec", *words]
    return subprocess.run(command, stdout=to, stderr=subprocess.PIPE, text=True, **given)


def test_a_fault_of_ours_is_code_1_a_traceback_and_a_request(here, monkeypatch, capsys):
    def broken(*arguments):
        return {}["not there"]

    monkeypatch.setattr(info, "planned_features", broken)
    assert main(["info", "m"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "KeyError: 'not there'" in err
    assert err.endswith(
        "cat2vec info: this is a fault of cat2vec, not of what you gave it. Please report it, with "
        "the lines above.\n"
    )


def test_too_little_memory_is_code_2(here, monkeypatch, capsys):
    def too_large(*arguments):
        raise MemoryError("Unable to allocate 9 TiB")

    monkeypatch.setattr(info, "planned_features", too_large)
    assert main(["info", "m"]) == 2
    assert capsys.readouterr() == (
        "",
        "cat2vec info: not enough memory (Unable to allocate 9 TiB). Please allow it more.\n",
    )


def test_the_traceback_of_an_error_leaves_its_code(here, capsys):
    assert main(["info", "nowhere", "--traceback"]) == 2
    err = capsys.readouterr().err
    assert "Traceback (most recent call last)" in err
    assert err.splitlines()[-1].startswith("cat2vec info: no model folder 'nowhere'.")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full, a disk without room")
def test_a_full_disk_is_code_2_and_one_sentence(here):
    with open("/dev/full", "w") as full:
        done = run("nearest", "m", "city", "Oslo", to=full)
    assert (done.returncode, done.stderr) == (
        2,
        "cat2vec: standard output cannot be written: No space left on device.\n",
    )


@pytest.mark.skipif(os.name == "nt", reason="closes a stream as a POSIX shell does")
def test_a_closed_standard_output_is_no_error(here):
    script = f"{shlex.quote(sys.executable)} -m cat2vec nearest m city Oslo >&-"
    done = subprocess.run(["sh", "-c", script], stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(os.name == "nt", reason="closes a stream as a POSIX shell does")
@pytest.mark.parametrize(
    "command",
    ["transform m {table} --out -", "impute m {table} --out -", "explore m --out -",
     "export m --to csv --out -"],
)  # fmt: skip
def test_what_should_be_printed_where_the_output_is_closed_is_an_error(here, command):
    Path("t.csv").write_text("city,food\nOslo,cod\n", "utf-8")
    command = command.format(table="t.csv")
    script = f"{shlex.quote(sys.executable)} -m cat2vec {command} >&-"
    done = subprocess.run(["sh", "-c", script], stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (
        2,
        f"cat2vec {command.split()[0]}: --out - prints, and the standard output is closed: name a "
        f"file with --out.\n",
    )


@pytest.mark.skipif(os.name == "nt", reason="closes a stream as a POSIX shell does")
def test_a_closed_standard_input_is_one_sentence(here):
    script = f"{shlex.quote(sys.executable)} -m cat2vec transform m - --out t.parquet <&-"
    done = subprocess.run(["sh", "-c", script], stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (
        2,
        "cat2vec transform: '-' reads what is piped in, and the standard input is closed. Pipe a "
        "table in, or give the path of a file; one whose name is '-' is './-'.\n",
    )


@pytest.mark.skipif(os.name == "nt", reason="a folder in use cannot be removed")
def test_a_current_folder_that_was_removed_is_one_sentence(here, monkeypatch, capsys):
    Path("t.csv").write_text("city,food\nOslo,cod\n" * 9, "utf-8")
    table = Path("t.csv").absolute()
    Path("gone").mkdir()
    monkeypatch.chdir("gone")
    Path("../gone").rmdir()
    assert main(["train", str(table), "--out", "model", "--quiet"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "cat2vec train: the current folder is not there any more. Change to one that is."
    )


@pytest.mark.skipif(os.name == "nt", reason="sends the signal of Ctrl-C on POSIX")
def test_ctrl_c_is_code_130(here):
    """While the command waits for the rest of a table: the pipe holds less than was written."""
    command = [sys.executable, "-m", "cat2vec", "transform", "m", "-", "--out", "-"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as waiting:
        waiting.stdin.write("city,food\n" + "Oslo,cod\n" * 200_000)
        waiting.stdin.flush()
        waiting.send_signal(signal.SIGINT)
        waiting.wait(60)
        out, err = waiting.stdout.read(), waiting.stderr.read()
    assert (waiting.returncode, out) == (130, "")
    assert "interrupted and nothing was written.\n" in err
