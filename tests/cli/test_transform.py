"""``transform`` piece by piece: the file is that of the table as a whole, wherever pieces end."""

from __future__ import annotations

import datetime
import json
import sys
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet
import pytest

from cat2vec import Cat2Vec
from cat2vec.cli import transform
from cat2vec.cli.main import command_parser, main
from cat2vec.cli.reading import model_of
from cat2vec.errors import UnseenCategoryWarning
from cat2vec.estimator.steps import feature_names_out
from cat2vec.export.flat_table import save_token_table
from cat2vec.tables.sources import delimited, json_lines, typed_file
from cat2vec.tables.sources.paths import find_source

N_ROWS = 157


def made_table(n_rows=N_ROWS, seed=0, new=False):
    """Make a table of all kinds of columns; a new one has gaps, and values that a fit lacks."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, n_rows)
    city = pa.array(np.array(["Oslo", "Rome", "Kyoto"])[group])
    age = rng.normal(30, 9, n_rows).round(2) + 10 * group
    if new:
        gaps = rng.random(n_rows)
        city = pa.array([None if g < 0.1 else f"x{g}" if g > 0.9 else c.as_py()
                         for g, c in zip(gaps, city, strict=True)])  # fmt: skip
    days = [datetime.date(2024, 1 + int(g) * 4, 1 + i % 28) for i, g in enumerate(group)]
    return pa.table(
        {
            "city": city,
            "age": age,
            "day": days,
            "zip": [f"0{g}{i % 2}" for i, g in enumerate(group)],
            "flag": group > 0,
            "note": [None if i % 7 == 0 else f"n{i}" for i in range(n_rows)],
        }
    )


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    features = ["city", "age", "day", "zip", "flag"]
    Cat2Vec(3, features=features).fit(made_table(400, seed=1)).save("model")
    return tmp_path


@pytest.fixture(params=[1, 10, 100, 100_000], ids=lambda n: f"{n} rows")
def pieces(request, monkeypatch):
    """Cut what is read into pieces of some rows, and what is written into others."""
    n = request.param
    monkeypatch.setattr(delimited, "_BLOCK", 60 + 40 * n)
    monkeypatch.setattr(json_lines, "_BLOCK", 250 * n)
    monkeypatch.setattr(typed_file, "_PIECE_ROWS", n)
    monkeypatch.setattr(transform, "_ROWS", max(n * 2 // 3, 1))
    return n


def as_whole(words):
    """Transform a table as a whole."""
    options = command_parser().parse_args(["transform", "model", *words])
    model = model_of(options)
    if options.handle_unknown:
        model.handle_unknown = options.handle_unknown
    names = feature_names_out(model).tolist()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnseenCategoryWarning)
        return transform._whole(model, options, find_source(options.table), names)


def plain(table):
    """Write dictionaries as the values that they stand for."""
    kinds = [
        field.with_type(getattr(field.type, "value_type", field.type)) for field in table.schema
    ]
    return table.cast(pa.schema(kinds))


def check_as_whole(*words):
    words = [*words, "--overwrite", "--out", "out.parquet"]
    assert main(["transform", "model", *words]) == 0
    found = pyarrow.parquet.read_table("out.parquet")
    wanted = as_whole(words)
    assert found.schema.equals(wanted.schema)
    assert plain(found).equals(plain(wanted))
    assert main(["transform", "model", *words, "--out", "out.csv"]) == 0
    save_token_table(wanted, "whole.csv", overwrite=True)
    with open("out.csv", "rb") as one, open("whole.csv", "rb") as other:
        assert one.read() == other.read()
    return found


def write(table, name, n_rows):
    if name.endswith(".parquet"):
        pyarrow.parquet.write_table(table, name, row_group_size=n_rows)
    elif name.endswith(".feather"):
        pyarrow.feather.write_feather(table, name, chunksize=n_rows, compression="zstd")
    elif name.endswith(".csv"):
        pyarrow.csv.write_csv(table, name)
    else:
        lines = [json.dumps(row, default=str) for row in table.to_pylist()]
        with open(name, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))


@pytest.mark.parametrize("ending", ["parquet", "feather", "csv", "jsonl"])
def test_rows_of_every_kind_of_file_are_those_of_the_whole(here, pieces, ending, capsys):
    write(made_table(new=True), f"new.{ending}", pieces)
    check_as_whole(f"new.{ending}", "--keep", "note", "city")
    n_unseen = sum((city or "")[0:1] == "x" for city in made_table(new=True)["city"].to_pylist())
    shown = capsys.readouterr()
    assert f"among {N_ROWS} rows: 'city' {n_unseen} ('x0." in shown.err
    assert f"written   out.csv: {N_ROWS} rows, " in shown.out


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_folders_with_keys(here, pieces, ending):
    for part in range(3):
        (here / f"days/zip=0{part}0").mkdir(parents=True)
        table = made_table(40, seed=part, new=True).drop_columns("zip")
        write(table, f"days/zip=0{part}0/a.{ending}", pieces)
    found = check_as_whole("days", "--keep", "zip", "note")
    assert len(found) == 120


@pytest.mark.parametrize("row_vector", ["mean", "unit", "linear"])
def test_other_row_vectors(here, pieces, row_vector):
    Cat2Vec(3, row_vector=row_vector, handle_unknown="rare", min_count=5).fit(
        made_table(400, seed=1).select(["city", "age", "zip"])
    ).save("model", overwrite=True)
    write(made_table(new=True), "new.parquet", pieces)
    check_as_whole("new.parquet")


NUMBERS = [2**53 + 1, 2**53, 3]


@pytest.mark.parametrize("last", ["3", "3.5", "3e0", str(2**70), "none", ""])
@pytest.mark.parametrize("decimal", [".", ","])
def test_texts_are_numbers_or_not_by_all_that_follow(here, pieces, last, decimal):
    """As a float64 the first number is the second; a text behind them keeps both apart."""
    code = pa.array(NUMBERS * 40)
    kinds = {"code": "category"}
    Cat2Vec(2, columns=kinds).fit({"code": code, "city": ["a", "b", "c"] * 40}).save(
        "model", overwrite=True
    )
    last = last.replace(".", decimal)
    rows = [f"{NUMBERS[i % 3]};{'abc'[i % 3]}" for i in range(60)] + [f"{last};a"]
    (here / "new.csv").write_text("\n".join(["code;city", *rows]) + "\n")
    found = check_as_whole("new.csv", "--delimiter", ";", "--decimal", decimal)
    is_one = found["code_0"][0] == found["code_0"][1]
    assert is_one == (last.replace(",", ".") in ("3.5", "3e0", str(2**70)))


def test_columns_that_csv_has_no_type_for_are_typed_by_all_their_texts(here, pieces):
    mixed = pd.DataFrame({"code": [1, "b", 1.5, True] * 30, "city": ["o", "r", "k", "l"] * 30})
    Cat2Vec(2).fit(mixed).save("model", overwrite=True)
    cells = ["1", "1.5"] * 30
    for last in ("2", "b", "1.50", "1.0"):
        rows = [f"{cell},o" for cell in [*cells, last]]
        (here / "new.csv").write_text("\n".join(["code,city", *rows]) + "\n")
        check_as_whole("new.csv")


def test_a_table_without_rows(here):
    for ending in ("parquet", "csv"):
        write(made_table()[:0], f"new.{ending}", 10)
        assert len(check_as_whole(f"new.{ending}", "--keep", "note")) == 0


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_an_unseen_category_that_is_an_error_is_named_and_nothing_is_written(
    here, pieces, ending, capsys
):
    city = made_table()["city"].to_pylist()
    city[120] = "Lima"
    write(made_table().set_column(0, "city", [city]), f"new.{ending}", pieces)
    (here / "out.parquet").write_bytes(b"of before")
    words = [f"new.{ending}", "--out", "out.parquet", "--overwrite", "--handle-unknown", "error"]
    assert main(["transform", "model", *words]) == 2
    message = capsys.readouterr().err
    assert "feature 'city' has 1 cells with a category not seen in fit ('Lima')" in message
    assert "in rows 120 (counted from 0)" in message
    assert (here / "out.parquet").read_bytes() == b"of before"
    assert {path.name for path in here.iterdir()} == {"model", f"new.{ending}", "out.parquet"}


def test_a_bad_line_late_in_a_file_leaves_nothing_written(here, pieces, capsys):
    write(made_table(), "new.csv", pieces)
    with open("new.csv", "a") as file:
        file.write("one,two\n")
    assert main(["transform", "model", "new.csv", "--out", "out.csv"]) == 2
    assert f"line {N_ROWS + 2}: 2 cells, the header has 6" in capsys.readouterr().err
    assert {path.name for path in here.iterdir()} == {"model", "new.csv"}


def test_folding_in_goes_by_all_rows(here, pieces, capsys):
    write(made_table(new=True), "new.parquet", pieces)
    check_as_whole("new.parquet", "--handle-unknown", "fold_in", "--keep", "note")
    assert capsys.readouterr().err == ""


def test_a_terminal_sees_how_many_rows_were_read(here, capsys, monkeypatch):
    write(made_table(), "new.csv", 10)
    words = ["transform", "model", "new.csv", "--out", "out.csv", "--overwrite"]
    assert main(words) == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(words) == 0
    bars = capsys.readouterr().err
    assert "cat2vec types: 100%" in bars
    assert "cat2vec read: 100%" in bars
    assert f"{N_ROWS} rows" in bars


def test_row_groups_have_no_more_numbers_than_fit_a_block(here, monkeypatch):
    monkeypatch.setattr(transform, "_BYTES", 4 * 20 * 30)
    write(made_table(), "new.parquet", 7)
    assert main(["transform", "model", "new.parquet", "--out", "out.parquet"]) == 0
    file = pyarrow.parquet.ParquetFile("out.parquet").metadata
    width = file.num_columns
    sizes = [file.row_group(i).num_rows for i in range(file.num_row_groups)]
    assert sum(sizes) == N_ROWS
    assert min(sizes[:-1]) >= 600 // width > max(sizes) - 7
