"""The scripts of the folder ``examples``."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path

import pytest
from gensim.models import KeyedVectors

from cat2vec import load

SCRIPT = Path(__file__).parents[2] / "examples" / "batch_folder.py"


@pytest.fixture
def batch(monkeypatch):
    spec = importlib.util.spec_from_file_location("batch_folder", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "batch_folder", module)  # dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "tables"
    path.mkdir()
    rows = "Oslo,cod\nBergen,cod\nRome,pasta\nPisa,pasta\n" * 9
    (path / "a.csv").write_text("city,food\n" + rows)
    (path / "b.csv").write_text("city,food\nOslo,cod,too many cells\n")
    (path / "c.csv").write_text("city,food\n" + rows)
    (path / "notes.txt").write_text("not a table")
    return path


def summary_of(folder):
    with open(folder / "summary.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_a_broken_table_is_told_and_the_others_are_trained(batch, folder, tmp_path, capfd):
    out = tmp_path / "models"
    assert batch.main([str(folder), str(out), "--", "--vector-size", "2"]) == 1
    printed, errors = capfd.readouterr()
    assert errors == ""
    a, b, c = printed.splitlines()
    model = load(out / "a")
    assert a.startswith(f"a.csv: 36 rows, 6 tokens, gain {model.gain_:.4f}, ")
    assert b.startswith("b.csv: failed after ")
    assert b.endswith("b.csv' line 2: 3 cells, the header has 2.")
    assert c.startswith("c.csv: 36 rows, 6 tokens, gain ")
    assert model.vectors_.vector_size == 2
    assert "city=Oslo" in KeyedVectors.load(str(out / "c" / "vectors.kv"))
    rows = summary_of(out)
    assert [(row["table"], row["rows"], row["tokens"]) for row in rows] == [
        ("a.csv", "36", "6"),
        ("b.csv", "", ""),
        ("c.csv", "36", "6"),
    ]
    assert float(rows[0]["gain"]) == pytest.approx(model.gain_)
    assert [bool(row["error"]) for row in rows] == [False, True, False]
    assert sorted(entry.name for entry in out.iterdir()) == ["a", "c", "summary.csv"]


def test_ctrl_c_keeps_what_is_done(batch, folder, tmp_path, monkeypatch, capsys):
    def train_one(table, model, extra):
        if table.name == "b.csv":
            raise KeyboardInterrupt
        return batch.Outcome(table.name, model.name, 36, 6, 0.5, 1.0, "", "")

    monkeypatch.setattr(batch, "train_one", train_one)
    assert batch.main([str(folder), str(tmp_path / "models")]) == 130
    assert capsys.readouterr().err == "interrupted: 1 of 3 tables done.\n"
    assert [row["table"] for row in summary_of(tmp_path / "models")] == ["a.csv"]


def test_models_whose_names_would_be_the_same_keep_the_ending(batch, folder):
    for name in ("A.csv.gz", "summary.csv.csv", ".hidden.csv"):
        (folder / name).touch()
    assert {table.name: model for table, model in batch.model_names(folder).items()} == {
        "A.csv.gz": "A.csv.gz",
        "a.csv": "a.csv",
        "b.csv": "b",
        "c.csv": "c",
        "summary.csv.csv": "summary.csv.csv",
    }


@pytest.mark.parametrize("given", [["nowhere", "out"], [".", "."], [".", "out"]])
def test_wrong_folders_are_one_sentence(batch, given, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as raised:
        batch.main(given)
    assert raised.value.code == 2
    assert "error: " in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
