"""Progress where there is a terminal, and where there is none."""

import sys

import pyarrow as pa
import pytest
from tqdm import tqdm

from cat2vec import count_pairs
from cat2vec.counting import bars


@pytest.fixture
def table(tmp_path):
    pa.parquet.write_table(
        pa.table({"city": ["Oslo", "Rome"] * 50, "job": ["cook", "nurse"] * 50}),
        tmp_path / "t.parquet",
        row_group_size=10,
    )
    (tmp_path / "t.csv").write_text("city,job\n" + "Oslo,cook\nRome,nurse\n" * 50)
    return tmp_path


@pytest.mark.parametrize("name", ["t.parquet", "t.csv"])
def test_a_terminal_shows_bars(name, table, capsys, monkeypatch):
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda stream: True)
    count_pairs(table / name, progress=True)
    said = capsys.readouterr().err
    assert "cat2vec read: 100%|" in said
    assert "cat2vec count: 100%|" in said
    unit = "100/100" if name == "t.parquet" else "1.06k/1.06k"
    assert unit in said


@pytest.mark.parametrize("name", ["t.parquet", "t.csv"])
def test_a_log_has_lines_and_no_bars(name, table, capsys, monkeypatch):
    count_pairs(table / name, progress=True)
    assert capsys.readouterr().err == ""  # done before there was anything to say
    monkeypatch.setattr(bars, "_BETWEEN", 0.0)
    count_pairs(table / name, progress=True)
    said = capsys.readouterr().err
    whole = "100 rows" if name == "t.parquet" else "1.06k B"
    assert f"cat2vec read: 0% of {whole}, 00:00 done, ? left" in said
    assert not set(said) & set("\r█|\x1b")
    assert not tqdm._instances


def test_lines_say_what_is_left(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(bars, "monotonic", lambda: now[0])
    with bars.progress_bar(True, total=4, desc="cat2vec read", unit="rows", mininterval=0) as bar:
        for second in (10, 40, 50, 80):
            now[0] = second
            bar.update()
            tqdm.write("a sentence", file=sys.stderr)
    lines = capsys.readouterr().err.splitlines()
    assert [line[:30] for line in lines if line != "a sentence"] == [
        "cat2vec read: 50% of 4 rows, 0",
        "cat2vec read: 100% of 4 rows, ",
    ]
