"""The command ``impute``."""

from __future__ import annotations

import io
import sys

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest

from cat2vec.cli.main import main


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = ["code;city;age;note"]
    cities = ("Rome", "Oslo")
    rows += [f"00{i % 2};{cities[i % 2]};{1.5 + (i % 2) * 40 + i / 60:.2f};n{i}" for i in range(60)]
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n")
    assert (
        main(["train", "t.csv", "--out", "m", "--delimiter", ";", "--exclude", "note", "--quiet"])
        == 0
    )
    (tmp_path / "gaps.csv").write_text('code;city;age;note\n001;;41.50;"a,b"\n;Rome;;\n;;1.50;07\n')
    return tmp_path


def test_cells_are_filled_and_all_others_stay_as_they_stand(here, capsys):
    assert main(["impute", "m", "gaps.csv", "--out", "full.csv"]) == 0
    said = capsys.readouterr().out
    assert "filled    5 cells" in said
    found = pd.read_csv("full.csv", sep=";", dtype=str, keep_default_na=False)
    assert found["code"].tolist() == ["001", "000", "000"]
    assert found["city"].tolist() == ["Oslo", "Rome", "Rome"]
    assert found["note"].tolist() == ["a,b", "", "07"]
    assert found["age"][0] == "41.50"
    assert float(found["age"][1]) < 10


def test_parquet_keeps_its_types(here):
    table = pd.read_csv("gaps.csv", sep=";", dtype={"code": str})
    table.to_parquet("gaps.parquet")
    assert main(["impute", "m", "gaps.parquet", "--out", "full.parquet"]) == 0
    found = pd.read_parquet("full.parquet")
    assert found["city"].tolist() == ["Oslo", "Rome", "Rome"]
    assert found["age"].dtype == float


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["m", "gaps.csv", "--out", "full.txt"], "must end in .parquet or .csv"),
        (["m", "gaps.csv", "--out", "t.csv"], "exists"),
        (["m", "none.csv", "--out", "full.csv"], "no file 'none.csv'"),
        (["m", "other.csv", "--out", "full.csv"], "no feature 'code' in this table"),
    ],
)
def test_wrong_input_is_one_sentence(here, capsys, words, message):
    (here / "other.csv").write_text("a;b\nx;y\n")
    assert main(["impute", *words]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("when", ["train", "impute"])
def test_a_table_is_written_as_it_was_read(tmp_path, monkeypatch, capsys, when):
    """Options of reading, given now or remembered by the model, hold for what is written."""
    monkeypatch.chdir(tmp_path)
    pairs = [("k1; 1,5", "k2; 41,5")[i % 2] for i in range(60)]
    plain = [("k1,1.5", "k2,41.5")[i % 2] for i in range(60)]
    style = ["--names", "k,n", "--delimiter", ";", "--decimal", ",", "--skip-initial-space"]
    train = pairs if when == "train" else ["k,n", *plain]
    (tmp_path / "t.csv").write_text("\n".join(train) + "\n")
    told = ["--types", "n=numeric", "--quiet", *(style if when == "train" else [])]
    assert main(["train", "t.csv", "--out", "m", *told]) == 0
    (tmp_path / "g.csv").write_text("k1;\n; 41,5\nk2; 41,50\n")
    now = style if when == "impute" else []
    assert main(["impute", "m", "g.csv", "--out", "full.csv", *now]) == 0
    assert "filled    2 cells: 'k' 1, 'n' 1\n" in capsys.readouterr().out
    lines = (tmp_path / "full.csv").read_text().replace('"', "").splitlines()
    assert lines == ["k1;1,5", "k2;41,5", "k2;41,50"]


def test_lines_without_gaps_stay_byte_for_byte(here):
    """What stood between quotes without need loses them."""
    lines = ["code;city;age", '001;"Os""lo";41.50', "000;Rome;1.50", '"";" Oslo";007']
    (here / "gaps.csv").write_text("\n".join([*lines, '"001";;41.50']) + "\n")
    assert main(["impute", "m", "gaps.csv", "--out", "full.csv"]) == 0
    assert (here / "full.csv").read_text().splitlines() == [*lines, "001;Oslo;41.50"]


def test_a_column_that_numbers_the_rows_stays(here):
    (here / "gaps.csv").write_text(";code;city;age\n0;001;;41.50\n1;;Rome;1.5\n")
    assert main(["impute", "m", "gaps.csv", "--out", "full.csv"]) == 0
    assert (here / "full.csv").read_text().splitlines()[1] == "0;001;Oslo;41.50"


def test_the_index_of_pandas_stays_in_parquet(here):
    table = pd.read_csv("gaps.csv", sep=";", dtype={"code": str})
    table.index = [2, 1, 0]
    table.to_parquet("gaps.parquet")
    assert main(["impute", "m", "gaps.parquet", "--out", "full.parquet"]) == 0
    found = pyarrow.parquet.read_table("full.parquet")
    assert found["__index_level_0__"].to_pylist() == [2, 1, 0]


def test_a_pipe_is_read_once(here, monkeypatch):
    class Piped:
        buffer = io.BytesIO((here / "gaps.csv").read_bytes())

    assert main(["impute", "m", "gaps.csv", "--out", "file.csv"]) == 0
    monkeypatch.setattr(sys, "stdin", Piped)
    assert main(["impute", "m", "-", "--out", "pipe.csv"]) == 0
    assert (here / "pipe.csv").read_bytes() == (here / "file.csv").read_bytes()


def test_parquet_from_csv_has_the_types_that_the_model_reads(here):
    assert main(["impute", "m", "gaps.csv", "--out", "full.parquet"]) == 0
    found = pyarrow.parquet.read_table("full.parquet")
    assert found["age"].type == "double"
    assert found["code"].to_pylist() == ["001", "000", "000"]
    assert found["note"].to_pylist() == ["a,b", None, "07"]
    for table in ("gaps.csv", "full.parquet"):
        assert main(["transform", "m", table, "--out", f"of_{table}.parquet"]) == 0
    a, b = (pd.read_parquet(f"of_{t}.parquet") for t in ("gaps.csv", "full.parquet"))
    np.testing.assert_array_equal(
        a.filter(like="age").iloc[[0, 2]], b.filter(like="age").iloc[[0, 2]]
    )


def test_cells_that_stay_missing_are_counted_with_the_reason(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rows = [
        f"{'ab'[i % 2]},{'xy'[i % 2]},2020-0{1 + i % 2}-{1 + i % 28:02d},n{i}" for i in range(90)
    ]
    (tmp_path / "t.csv").write_text("\n".join(["k,c,day,note", *rows]) + "\n")
    told = ["--types", "day=dates", "--exclude", "note", "--missing-values", "NA", "--quiet"]
    assert main(["train", "t.csv", "--out", "m", *told]) == 0
    (tmp_path / "g.csv").write_text("k,c,day,note\na,,,\nb,NA,NA,u\n,y,2020-01-01,NA\n")
    for out in ("full.csv", "full.parquet"):
        assert main(["impute", "m", "g.csv", "--out", out]) == 0
        said = capsys.readouterr().out
        assert "filled    3 cells: 'k' 1, 'c' 2\n" in said
        assert (
            "left      4 missing cells: 'day' 2 (learned by parts of dates, and no part says "
            "which day), 'note' 2 (no column that the model learned)\n"
        ) in said
    assert (tmp_path / "full.csv").read_text().splitlines()[2] == "b,y,NA,u"
