"""The command ``impute``."""

from __future__ import annotations

import pandas as pd
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
    found = pd.read_csv("full.csv", dtype=str, keep_default_na=False)
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
