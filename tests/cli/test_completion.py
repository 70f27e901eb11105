"""``completion``: scripts that complete commands, options and files; bash is asked for words."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from cat2vec.cli.examples import EXAMPLES
from cat2vec.cli.main import main

pytest.importorskip("shtab", reason="completion is about shtab")
#: Asks the function of the script as bash does when TAB is pressed after the last word.
ASK = """
source ./script.bash
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
$(complete -p cat2vec | sed 's/.*-F \\([^ ]*\\).*/\\1/')
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def offered(tmp_path, monkeypatch, capsys):
    if shutil.which("bash") is None:
        pytest.skip("needs bash")
    monkeypatch.chdir(tmp_path)
    assert main(["completion", "bash"]) == 0
    (tmp_path / "script.bash").write_text(capsys.readouterr().out)
    (tmp_path / "model").mkdir()
    (tmp_path / "monday.csv").write_text("a,b\n")

    def ask(*words):
        command = ["bash", "-c", ASK, "bash", "cat2vec", *words]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return set(done.stdout.split())

    return ask


def test_bash_completes_commands(offered):
    assert offered("ne") == {"nearest", "nearest-to-all"}
    assert offered("impu") == {"impute"}
    assert set(EXAMPLES) <= offered("")


def test_bash_completes_options_and_their_values(offered):
    assert offered("train", "monday.csv", "--vec") == {"--vector-size"}
    assert offered("nearest", "model", "city", "Oslo", "--am") == {"--among"}
    assert offered("train", "monday.csv", "--solver", "") == {"auto", "counts", "rows", "gensim"}
    assert "keyedvectors" in offered("export", "model", "--to", "")
    assert offered("completion", "") == {"bash", "zsh", "fish"}


def test_bash_completes_files_and_folders(offered):
    assert offered("train", "mon") == {"monday.csv"}
    assert offered("nearest", "mo") == {"model"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_finds_no_fault_with_its_script(shell, tmp_path, capsys):
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "nearest-to-all" in script
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell} to read its script")
    (tmp_path / "script").write_text(script)
    done = subprocess.run([shell, "-n", tmp_path / "script"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_another_shell_is_refused(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["completion", "csh"])
    assert stopped.value.code == 2
    said = capsys.readouterr().err.replace("'", "")  # later Pythons write no quotes
    assert "(choose from bash, zsh, fish)" in said


def test_without_shtab_the_extra_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 2
    assert capsys.readouterr().err == (
        "cat2vec completion: completion needs the package shtab, which cannot be imported. Install "
        'it with: pip install "cat2vec[completion]"\n'
    )


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
def test_fish_completes_commands_and_options(tmp_path, capsys):
    assert main(["completion", "fish"]) == 0
    (tmp_path / "script.fish").write_text(capsys.readouterr().out)
    for line, offered in (
        ("ne", {"nearest", "nearest-to-all"}),
        ("train t --vec", {"--vector-size"}),
    ):
        ask = f"source script.fish; complete -C'cat2vec {line}'"
        command = ["fish", "--no-config", "-c", ask]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
        assert {found.split("\t")[0] for found in done.stdout.splitlines()} == offered
