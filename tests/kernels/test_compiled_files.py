"""What was compiled before is damaged: it is compiled again, with one remark."""

import os
import subprocess
import sys

import pytest

CODE = (
    "import logging; logging.basicConfig(); "
    "from cat2vec import count_pairs; print(count_pairs({'a': ['x', 'y'], 'b': ['u', 'v']}).total)"
)


def counted(folder):
    """Count in a process of its own; give what it said besides."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout == "2\n"
    return done.stderr


@pytest.mark.slow
def test_damaged_files_are_compiled_again_with_one_remark(tmp_path):
    assert counted(tmp_path) == ""
    files = sorted(path for path in tmp_path.rglob("*.nb[ic]"))
    assert len(files) >= 4
    changes = {
        "emptied": lambda content: b"",
        "cut": lambda content: content[: len(content) // 2],
        "a bit flipped": lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
    }
    for ending in (".nbi", ".nbc"):
        for change in changes.values():
            for path in files:
                if path.suffix == ending:
                    path.write_bytes(change(path.read_bytes()))
            said = counted(tmp_path)
            assert said.count("is damaged and is compiled again") == 1, said
            assert "Traceback" not in said
            assert counted(tmp_path) == ""


@pytest.mark.slow
def test_files_that_are_gone_are_no_remark(tmp_path):
    assert counted(tmp_path) == ""
    for path in tmp_path.rglob("*.nbc"):
        path.unlink()
    assert counted(tmp_path) == ""
