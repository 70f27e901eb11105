"""What a strict type checker says of programs that use cat2vec."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("user_program.py")
REVEALED = re.compile(r'^.*:(\d+): note: Revealed type is ["\'](.*)["\']$', re.MULTILINE)


def mypy(file, folder):
    """Run it as for an installed package: what it says of cat2vec itself is not shown."""
    for package in ("mypy", "pandas-stubs"):
        try:
            version(package)
        except PackageNotFoundError:
            pytest.skip(f"{package} is not installed: pip install 'cat2vec[dev]'")
    return subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file=", "--python-version=3.11"),
            *("--follow-imports=silent", f"--cache-dir={folder}", str(file)),
        ],
        env={**os.environ, "MYPYPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.mark.slow
def test_a_program_passes_a_strict_checker_which_knows_what_it_gets(tmp_path):
    done = mypy(PROGRAM, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    revealed = {int(line): kind for line, kind in REVEALED.findall(done.stdout)}
    lines = PROGRAM.read_text("utf-8").splitlines()
    wanted = {
        number: line.rpartition("  # ")[2]
        for number, line in enumerate(lines, start=1)
        if line.strip().startswith("reveal_type")
    }
    assert len(wanted) > 30
    assert revealed.keys() == wanted.keys(), done.stdout
    for number, kind in wanted.items():
        found = re.sub(r"\[.*\]", "", revealed[number]).rpartition(".")[2]
        assert found == kind, (lines[number - 1], revealed[number])


@pytest.mark.slow
def test_a_wrong_argument_is_found(tmp_path):
    file = tmp_path / "wrong.py"
    file.write_text('from cat2vec import Cat2Vec\n\nCat2Vec(min_count="2")\nCat2Vec(sizes=3)\n')
    said = mypy(file, tmp_path).stdout
    assert "wrong.py:3: error:" in said
    assert "wrong.py:4: error:" in said
