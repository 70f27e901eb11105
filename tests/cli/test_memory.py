"""``cat2vec train --memory``: a table is read once and trained on from its counts."""

import numpy as np
import pyarrow as pa
import pytest

import cat2vec
from cat2vec.cli.main import main
from tests.tables.streams.made_streams import (
    csv,
    folder_of_parquet,
    odd_types,
    parquet,
    texts_and_numbers,
)

WAYS = ("--vector-size", "4", "--solver", "counts", "--types", "wide=numeric", "n=category")


def trained(folder, source, *options):
    assert main(["train", str(source), "--out", str(folder), *options]) == 0
    return cat2vec.load(folder)


@pytest.mark.parametrize("form", [parquet, csv, folder_of_parquet], ids=lambda one: one.__name__)
@pytest.mark.parametrize("options", [(), ("--missing", "token", "--min-count", "4")])
def test_the_model_is_that_of_the_table_in_memory(form, options, tmp_path):
    source = form(texts_and_numbers(800), tmp_path)
    once = trained(tmp_path / "once", source, *WAYS, *options, "--memory", "200MB", "--n-jobs", "1")
    whole = trained(tmp_path / "whole", source, *WAYS, *options, "--quiet")
    assert once.vocabulary_.texts() == whole.vocabulary_.texts()
    np.testing.assert_array_equal(once.vectors_.matrix, whole.vectors_.matrix)
    assert once.cells_.bin_values.keys() == whole.cells_.bin_values.keys()
    for name, values in once.cells_.bin_values.items():
        np.testing.assert_array_equal(values, whole.cells_.bin_values[name])
    rows = {"city": ["Oslo", None], "rare": ["r1", "r2"], "n": [3, 4], "shop_id": [1003, 1010]}
    rows |= {"wide": [5, None], "price": [None, 3.5], "used": [True, False], "day": [None, None]}
    rows |= {"key": ["a", "b"]}
    np.testing.assert_array_equal(once.transform(rows), whole.transform(rows))
    assert once.impute(rows).keys() == rows.keys()
    differ = {"verbose", "n_jobs"}
    same = [
        {name: value for name, value in model.get_params().items() if name not in differ}
        for model in (once, whole)
    ]
    assert same[0] == same[1]


def test_options_of_csv_are_heeded_and_remembered(tmp_path, capsys):
    lines = ["city;age;when"] + ["Oslo;3,5;?", "Rome;7,25;2024", "Oslo;?;2023"] * 30
    (tmp_path / "t.csv").write_text("\n".join(lines))
    options = ["--delimiter", ";", "--decimal", ",", "--missing-values", "?", "none such"]
    options += ["--types", "when=text", "--vector-size", "1"]
    once = trained(tmp_path / "once", tmp_path / "t.csv", *options, "--memory", "200MB")
    said = capsys.readouterr()
    assert "90 rows, read once" in said.out
    assert "names 'none such'" in said.err
    whole = trained(tmp_path / "whole", tmp_path / "t.csv", *options, "--holdout", "0")
    assert once.vocabulary_.texts() == whole.vocabulary_.texts()
    assert once.file_options_ == whole.file_options_
    np.testing.assert_array_equal(once.vectors_.matrix, whole.vectors_.matrix)


def test_columns_of_lists(tmp_path):
    source = parquet(odd_types(400), tmp_path)
    options = ["--types", "tags=multivalued:within", "--vector-size", "2", "--exclude", "raw", "x"]
    options += ["--solver", "counts"]
    once = trained(tmp_path / "once", source, *options, "--memory", "200MB", "--quiet")
    whole = trained(tmp_path / "whole", source, *options, "--quiet")
    np.testing.assert_array_equal(once.vectors_.matrix, whole.vectors_.matrix)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--solver", "rows"], "--memory reads a table once and trains from its pair counts, and"),
        (["--holdout", "0.1"], "--memory reads a table once and keeps no rows, and --holdout is"),
        (["--memory", "little"], "--memory must be an amount of memory such as '1GB'"),
        (
            ["--memory", "1MB"],
            "--memory 1MB is too little to read and count this table, which takes",
        ),
        (["--types", "none=category"], "no feature 'none'"),
    ],
)
def test_what_cannot_be_is_an_error(options, message, tmp_path, capsys):
    source = parquet(texts_and_numbers(100), tmp_path)
    command = ["train", str(source), "--out", str(tmp_path / "out"), "--memory", "1GB", *options]
    assert main(command) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_spill_folder_is_for_what_is_read_piece_by_piece(tmp_path, capsys):
    source = parquet(texts_and_numbers(100), tmp_path)
    command = ["train", str(source), "--out", str(tmp_path / "out"), "--spill", str(tmp_path)]
    assert main(command) == 2
    assert "--spill is a folder for what --memory reads piece by piece" in capsys.readouterr().err


def test_a_spill_folder_is_emptied(tmp_path):
    source = parquet(pa.table(texts_and_numbers(100)), tmp_path)
    where = tmp_path / "spill"
    where.mkdir()
    options = ["--memory", "1GB", "--spill", str(where), "--vector-size", "1", "--quiet"]
    trained(tmp_path / "out", source, *options)
    assert list(where.iterdir()) == []
