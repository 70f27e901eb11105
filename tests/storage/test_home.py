"""A ~ at the head of a path is the home of the user, wherever files are read or written."""

import os

import pandas as pd
import pytest

from cat2vec import Cat2Vec, PairCounts, count_pairs, load, load_word2vec
from cat2vec.cli.main import main
from cat2vec.export.atlas import save_atlas
from cat2vec.export.duckdb import save_duckdb
from cat2vec.export.flat_table import save_vectors_table
from cat2vec.export.jsonl import save_jsonl
from cat2vec.export.keyed_vectors import save_keyed_vectors
from cat2vec.export.npz import save_npz
from cat2vec.export.pgvector import save_pgvector
from cat2vec.export.projector import save_projector
from cat2vec.export.word2vec import save_word2vec_format

TABLE = {"city": ["Oslo", "Rome"] * 20, "food": ["cod", "pasta"] * 20}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Stand elsewhere, and see in the end that no file or folder is named ~ there."""
    for name in ("home", "here"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    yield tmp_path / "home"
    assert not os.path.exists("~")


@pytest.fixture(scope="module")
def model():
    return Cat2Vec(1).fit(TABLE)


def test_folders_are_saved_and_loaded_there(home, model):
    model.save("~/model")
    assert sorted(os.listdir(home / "model")) == ["model.json", "vectors.safetensors"]
    assert load("~/model").nearest("city", "Oslo", n=1)["category"].tolist() == ["Rome"]
    count_pairs(TABLE).save("~/counts")
    assert PairCounts.load("~/counts").n_rows == 40
    Cat2Vec(1).partial_fit(TABLE).save("~/going_on")
    assert load("~/going_on").counts_.n_rows == 40


@pytest.mark.parametrize(
    ("save", "ending"),
    [
        (save_atlas, "parquet"),
        (save_duckdb, "duckdb"),
        (save_jsonl, "jsonl"),
        (save_keyed_vectors, "kv"),
        (save_npz, "npz"),
        (save_pgvector, "sql"),
        (save_projector, "tsv"),
        (save_vectors_table, "csv"),
        (save_word2vec_format, "txt"),
    ],
)
def test_exports_are_written_there(home, model, save, ending):
    save(model.vectors_, f"~/out.{ending}")
    assert (home / f"out.{ending}").is_file()
    if ending == "txt":
        assert load_word2vec("~/out.txt").similarity("city", "Oslo", "Rome") < 0


def test_tables_and_pages_too(home, model):
    for year in (2023, 2024):
        (home / f"trips/year={year}").mkdir(parents=True)
        pd.DataFrame(TABLE).to_csv(home / f"trips/year={year}/t.csv", index=False)
    counts = count_pairs("~/trips", spill="~/spill")
    assert counts.vocabulary.features == ("city", "food", "year")
    model.explore().save("~/page.html")
    assert (home / "page.html").is_file()


def test_commands_write_there_where_the_shell_left_the_tilde(home):
    pd.DataFrame(TABLE).to_csv(home / "t.csv", index=False)
    assert main(["train", "~/t.csv", "--out=~/model", "--quiet"]) == 0
    assert main(["transform", "~/model", "~/t.csv", "--out=~/rows.csv"]) == 0
    assert main(["report", "~/model", "~/t.csv", "--html=~/r.html", "--json=~/r.json"]) == 0
    assert main(["explore", "~/model", "--report=~/r.json", "--out=~/page.html"]) == 0
    assert main(["export", "~/model", "--to", "npz", "--out=~/v.npz"]) == 0
    assert {"model", "rows.csv", "r.html", "r.json", "page.html", "v.npz"} <= {*os.listdir(home)}


def test_a_file_whose_name_begins_with_a_tilde_is_a_file(home, capsys):
    pd.DataFrame(TABLE).to_csv("~backup.csv", index=False)
    assert main(["train", "~backup.csv", "--out", "model", "--quiet"]) == 0
    assert count_pairs("~backup.csv").n_rows == 40
