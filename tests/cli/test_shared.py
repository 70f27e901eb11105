"""Shared vocabularies, context columns and excluded pairs on the command line."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest

from cat2vec import load
from cat2vec.cli.main import main


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    group = rng.integers(0, 3, 400)
    places = np.array([["Oslo", "Bergen"], ["Rome", "Pisa"], ["Lyon", "Nice"]])
    start, end = (places[group, rng.integers(0, 2, 400)] for _ in range(2))
    table = {"start": start, "end": end, "zip": group, "country": group, "hour": group % 2}
    pd.DataFrame(table).to_csv("trips.csv", index=False)
    return tmp_path


ARGUMENTS = ["trips.csv", "--out", "model", "--vector-size", "2"]
OPTIONS = ["--shared", "place=start,end", "--context", "hour", "--exclude-pairs", "zip,country"]


def test_train_takes_all_three_and_other_commands_know_the_shared_name(here, capsys):
    assert main(["train", *ARGUMENTS, *OPTIONS]) == 0
    out = capsys.readouterr().out
    assert "start: text, 6 categories (Bergen, Lyon, Nice, ...), shared as place" in out
    model = load("model")
    assert model.shared == {"place": ["start", "end"]}
    assert model.vectors_.settings["exclude_pairs"] == [["zip", "country"]]
    assert main(["nearest", "model", "place", "Oslo", "-n", "1"]) == 0
    assert capsys.readouterr().out.split()[-4:-2] == ["place", "Bergen"]
    assert main(["export", "model", "--to", "parquet", "--out", "all.parquet"]) == 0
    table = pyarrow.parquet.read_table("all.parquet")
    assert set(table["feature"].to_pylist()) == {"place", "zip", "country", "hour"}
    assert main(["transform", "model", "trips.csv", "--out", "rows.parquet"]) == 0
    names = pyarrow.parquet.read_table("rows.parquet").column_names
    assert names == [f"{c}_{i}" for c in ("start", "end", "zip", "country") for i in range(2)]
    capsys.readouterr()
    assert main(["info", "model"]) == 0
    assert "exclude_pairs [['zip', 'country']]" in capsys.readouterr().out
    assert main(["info", "model", "--json"]) == 0
    features = json.loads(capsys.readouterr().out)["features"]
    assert [one["shared"] for one in features] == ["place", "place", None, None, None]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--shared", "start,end"], "--shared must be NAME=COLUMN,COLUMN with two columns"),
        (["--shared", "a=start,end", "a=zip,country"], "--shared gives the name 'a' twice"),
        (["--exclude-pairs", "zip"], "--exclude-pairs must be COLUMN,COLUMN with two columns"),
        (["--exclude-pairs", "zip,cuntry"], "but --exclude-pairs names it. Features:"),
        (["--context", "hours"], "no feature 'hours' in the columns used, but --context names it"),
    ],
)
def test_wrong_words_are_told_and_nothing_is_written(here, capsys, options, sentence):
    assert main(["train", *ARGUMENTS, *options]) == 2
    assert sentence in capsys.readouterr().err
    assert not (here / "model").exists()
