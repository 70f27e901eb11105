"""``cat2vec train`` reads files in pieces: the model is that of the table in memory."""

import numpy as np
import pyarrow as pa
import pytest

import cat2vec
from cat2vec.cli.main import main
from cat2vec.counting import streamed
from cat2vec.tables.files import columns_of_file, read_table
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
@pytest.mark.filterwarnings("ignore::cat2vec.errors.UnfilledCellsWarning")
def test_the_model_is_that_of_the_table_in_memory(form, options, tmp_path):
    source = form(texts_and_numbers(800), tmp_path)
    once = trained(tmp_path / "once", source, *WAYS, *options, "--memory", "200MB", "--n-jobs", "1")
    told = {"missing": "token", "min_count": 4} if options else {}
    kinds = {"wide": "numeric", "n": "category"}
    whole = cat2vec.Cat2Vec(vector_size=4, solver="counts", columns=kinds, **told)
    whole.fit(columns_of_file(source))
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
    differ = {"verbose", "n_jobs", "columns"}
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
    assert "t.csv: 90 rows, 3 columns" in said.out
    assert "names 'none such'" in said.err
    read = read_table(
        tmp_path / "t.csv", delimiter=";", decimal=",", missing_values=["?", "none such"],
        types={"when": "text"},
    )  # fmt: skip
    whole = cat2vec.Cat2Vec(vector_size=1).fit(read.table)
    assert once.vocabulary_.texts() == whole.vocabulary_.texts()
    assert once.file_options_["missing_values"] == ["?", "none such"]
    np.testing.assert_array_equal(once.vectors_.matrix, whole.vectors_.matrix)


def test_columns_of_lists(tmp_path):
    source = parquet(odd_types(400), tmp_path)
    options = [
        "--types",
        "tags=multivalued:within",
        "small=category",
        "large=numeric",
        "--vector-size",
        "2",
        "--exclude",
        "raw",
        "x",
    ]
    options += ["--solver", "counts"]
    once = trained(tmp_path / "once", source, *options, "--memory", "200MB", "--quiet")
    kinds = {"tags": cat2vec.MultiValued(within=True), "small": "category", "large": "numeric"}
    whole = cat2vec.Cat2Vec(vector_size=2, solver="counts", columns=kinds)
    whole.fit(columns_of_file(source).table().drop_columns(["raw", "x"]))
    np.testing.assert_array_equal(once.vectors_.matrix, whole.vectors_.matrix)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--memory", "little"], "--memory must be an amount of memory such as '1GB'"),
        (["--memory", "1MB"], "--memory 1MB is too little to read this table, which takes"),
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
    assert main([*command, "--holdout", "0.1"]) == 2
    assert "--spill is a folder for what is read piece by piece" in capsys.readouterr().err


def test_a_gain_that_needs_all_rows_in_memory_is_not_measured(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(streamed, "bytes_of_codes", lambda *_: 1 << 60)
    source = parquet(texts_and_numbers(300), tmp_path)
    trained(tmp_path / "out", source, "--vector-size", "1", "--types", "n=category")
    said = capsys.readouterr().out
    assert "it may take more than --memory 1GB" in said


def test_a_column_that_numbers_the_rows_is_no_feature(tmp_path):
    (tmp_path / "t.csv").write_text(
        "\n".join([",a,b,c", *(f"{i},x{i % 3},y{i % 3},z" for i in range(60))])
    )
    model = trained(tmp_path / "out", tmp_path / "t.csv", "--exclude", "c", "--vector-size", "1")
    assert model.vocabulary_.features == ("a", "b")
    assert model.features == ["a", "b"]


def test_a_spill_folder_is_emptied(tmp_path):
    source = parquet(pa.table(texts_and_numbers(100)), tmp_path)
    where = tmp_path / "spill"
    where.mkdir()
    options = ["--memory", "1GB", "--spill", str(where), "--vector-size", "1", "--quiet"]
    trained(tmp_path / "out", source, *options)
    assert list(where.iterdir()) == []
