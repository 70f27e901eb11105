"""How far long work is: bars in terminals, lines in files, and what is said while compiling."""

import time

import numpy as np
import pytest
from numba import njit

from cat2vec.counting import bars
from cat2vec.counting.bars import Lines, progress_bar, telling_compilation


def test_a_terminal_gets_a_bar(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress_bar(True, "rows", total=4, desc="read") as bar:
        bar.update(4)
    shown = capsys.readouterr().err
    assert "\r" in shown
    assert "read: 100%" in shown


def test_a_file_gets_whole_lines_some_seconds_apart(capsys, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    with progress_bar(True, "rows", total=4_000_000, desc="read", unit_scale=True) as bar:
        assert isinstance(bar, Lines)
        for _ in range(4):
            now[0] += 6
            bar.update(1_000_000)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "read: 2.00M of 4.00M rows (12.0 s, about 12 s left)",
        "read: 4.00M of 4.00M rows (24.0 s)",
    ]


@pytest.mark.parametrize("is_terminal", [True, False])
def test_few_rows_are_whole_numbers(is_terminal, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal)
    with progress_bar(True, "rows", total=50, desc="read", unit_scale=True) as bar:
        bar.update(50)
    shown = capsys.readouterr().err
    assert "50.0" not in shown
    assert ("50/50" if is_terminal else "read: 50 of 50 rows") in shown


def test_nothing_is_written_where_nothing_is_shown_or_done(capsys):
    with progress_bar(False, "rows", total=2, desc="read") as bar, telling_compilation(bar):
        bar.update(2)
    with Lines("rows", False, "read"):
        pass
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("is_terminal", [True, False])
def test_compiling_is_said_and_is_no_part_of_the_estimate(is_terminal, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal)

    @njit
    def inner(x):
        return x + 1

    @njit
    def outer(x):
        return inner(x) * 2

    with progress_bar(True, "steps", total=2, desc="count") as bar, telling_compilation(bar):
        began, start = time.time(), bar.start_t
        assert outer(np.float32(2)) == 6
        took = time.time() - began
        moved = bar.start_t - start
        outer(np.float32(3))  # compiled by now
        assert bar.start_t - start == moved
        bar.update(2)
    assert 0.3 * took < moved <= took + 0.01
    shown = capsys.readouterr().err
    assert shown.count(bars._COMPILING) == 1
    assert ("\r" in shown) == is_terminal
