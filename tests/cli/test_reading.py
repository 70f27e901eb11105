"""How commands read tables: several files, pipes, files without a header or without rows."""

import io
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cat2vec import load
from cat2vec.cli.main import main

ROWS = [("Oslo", 1, "cod"), ("Rome", 2, "pasta"), ("Pisa", 3, "pasta"), ("Rome", 4, "cod")] * 20
TEXT = "".join(f"{city},{n},{food}\n" for city, n, food in ROWS)
HEADER = "city,n,food\n"
SMALL = ["--vector-size", "2", "--quiet"]


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(HEADER + TEXT)
    (tmp_path / "bare.csv").write_text(TEXT)
    (tmp_path / "days").mkdir()
    half = len(TEXT) // 2
    (tmp_path / "days" / "1.csv").write_text(HEADER + TEXT[:half])
    (tmp_path / "days" / "2.csv").write_text(HEADER + TEXT[half:])


def vectors(model):
    return load(model).vectors_.matrix


@pytest.mark.parametrize("tables", [["days"], ["days/*.csv"], ["days/1.csv", "days/2.csv"]])
def test_several_files_train_as_one(tables, capsys):
    assert main(["train", "t.csv", "--out", "one", *SMALL]) == 0
    assert main(["train", *tables, "--out", "many", *SMALL]) == 0
    assert np.array_equal(vectors("one"), vectors("many"))
    for command in (["transform", "--out", "z.csv"], ["report"], ["outliers"], ["associations"]):
        name, *options = command
        assert main([name, "many", *tables, *options]) == 0
    assert len(pd.read_csv("z.csv")) == len(ROWS)
    assert main(["report", "many", *tables, "--train-table", "days"]) == 0


def test_the_plan_names_the_table_and_remarks_on_it(capsys):
    with open("days/notes.txt", "w") as file:
        file.write("none")
    assert main(["train", "days", "--out", "m", "--vector-size", "2"]) == 0
    out = capsys.readouterr().out
    assert "table     days: 80 rows, 3 columns" in out
    assert "note      'notes.txt' in the folder 'days': left out" in out


def test_a_table_through_a_pipe(monkeypatch):
    for out in ("piped", "plain"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((HEADER + TEXT).encode())))
        assert main(["train", {"piped": "-", "plain": "t.csv"}[out], "--out", out, *SMALL]) == 0
    assert np.array_equal(vectors("piped"), vectors("plain"))


def test_a_file_without_a_header_is_read_alike_by_later_commands(capsys):
    assert main(["train", "bare.csv", "--out", "m", "--names", "city,n,food", *SMALL]) == 0
    assert main(["train", "t.csv", "--out", "with", *SMALL]) == 0
    assert np.array_equal(vectors("m"), vectors("with"))
    assert load("m").file_options_["header"] == ["city", "n", "food"]
    assert main(["transform", "m", "bare.csv", "--out", "z.csv"]) == 0
    assert main(["transform", "m", "t.csv", "--header", "--out", "y.csv"]) == 0
    assert pd.read_csv("z.csv").equals(pd.read_csv("y.csv"))
    assert main(["transform", "with", "bare.csv", "--names", "city,n,food", "--out", "x.csv"]) == 0
    assert pd.read_csv("x.csv").equals(pd.read_csv("y.csv"))


def test_names_that_hold_commas_stand_in_quotes():
    assert main(["train", "bare.csv", "--out", "m", "--names", '"city, town",n,food', *SMALL]) == 0
    assert list(load("m").vectors_) == ["city, town", "n", "food"]


def test_a_model_trained_beside_row_numbers_can_be_fitted_on_a_table_without_them():
    table = pd.read_csv("t.csv")
    table.to_csv("numbered.csv")
    assert main(["train", "numbered.csv", "--out", "m", "--exclude", "n", *SMALL]) == 0
    model = load("m")
    assert model.features == ["city", "food"]
    assert model.fit(table).vocabulary_.features == ("city", "food")


def test_columns_without_names_are_numbered():
    assert main(["train", "bare.csv", "--out", "m", "--no-header", *SMALL]) == 0
    assert load("m").vocabulary_.features == ("x0", "x1", "x2")
    assert main(["transform", "m", "bare.csv", "--out", "z.csv"]) == 0
    assert len(pd.read_csv("z.csv")) == len(ROWS)


def test_a_first_row_taken_for_names_warns_and_names_the_option(capsys):
    assert main(["train", "bare.csv", "--out", "m", *SMALL]) == 0
    err = capsys.readouterr().err
    assert "line 1 was taken for the names of the columns" in err
    assert "--no-header or --names A,B" in err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--names", "a,b"], "--names gives 2 names, and line 1 of 'bare.csv' has 3 cells."),
        (["--names", "a,b,b"], "--names must be names that differ"),
        (["--names", "a,b,c", "--header"], "--names is for a file without a header."),
    ],
)
def test_names_that_do_not_fit_are_refused(options, sentence, capsys):
    assert main(["train", "bare.csv", "--out", "m", *options]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("name", ["none.csv", "none.parquet"])
@pytest.mark.parametrize("out", ["z.csv", "z.parquet"])
def test_a_table_without_rows_gives_one_without_rows(name, out, capsys):
    if name == "none.csv":
        with open(name, "w") as file:
            file.write(HEADER)
    else:
        kinds = {"city": pa.string(), "n": pa.int64(), "food": pa.string()}
        pq.write_table(pa.table({key: pa.array([], kind) for key, kind in kinds.items()}), name)
    assert main(["train", "t.csv", "--out", "m", *SMALL]) == 0
    assert main(["transform", "m", name, "--out", out]) == 0
    assert "0 rows, 6 columns" in capsys.readouterr().out
    read = pd.read_csv if out == "z.csv" else pd.read_parquet
    assert read(out).shape == (0, 6)
    assert main(["report", "m", name]) == 2
    assert "no pairs of known categories to score on" in capsys.readouterr().err
    assert main(["train", name, "--out", "other", *SMALL]) == 2
    assert "no rows: there is nothing to learn from" in capsys.readouterr().err


def test_row_numbers_are_left_out_unless_named(capsys):
    pd.read_csv("t.csv").sample(frac=0.9, random_state=0).to_parquet("t.parquet")
    assert main(["train", "t.parquet", "--out", "m", "--vector-size", "2"]) == 0
    assert "note      '__index_level_0__': left out" in capsys.readouterr().out
    assert load("m").vocabulary_.features == ("city", "n", "food")
    names = ["--features", "city", "food", "__index_level_0__"]
    assert main(["train", "t.parquet", "--out", "kept", *SMALL, *names]) == 0
    assert "__index_level_0__" in load("kept").vocabulary_.features


def test_tables_on_both_sides_of_options_are_told(capsys):
    with pytest.raises(SystemExit):
        main(["train", "days/1.csv", "--out", "m", "days/2.csv"])
    assert "Several tables stand side by side, before the options" in capsys.readouterr().err
