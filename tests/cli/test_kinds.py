"""Kinds of columns on the command line: told with --types, shown by plan and info."""

import numpy as np
import pandas as pd
import pytest

from cat2vec import Categorical, Dates, MultiValued, Numeric, Ordered, load
from cat2vec.cli.main import main
from cat2vec.vocabulary.vocabulary import MISSING_CATEGORY

ROWS = pd.DataFrame(
    {
        "when": ["2024-02-29 23:00", "2023-07-01 00:05", "", "2024-07-06 00:00"] * 9,
        "tags": ["1|2", "2", "", "1|3|1"] * 9,
        "size": ["M", "S", "L", "S"] * 9,
        "city": ["Oslo", " OSLO", "Rome", ""] * 9,
        "n": np.arange(36),
    }
)
TOLD = [
    "when=dates",
    "tags=multivalued:|",
    "size=ordered:S,M,L",
    "city=category:normalize",
    "n=numeric:4",
]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ROWS.to_csv("t.csv", index=False)
    return tmp_path


def train(*options):
    return main(["train", "t.csv", "--out", "m", "--vector-size", "2", "--types", *TOLD, *options])


def test_kinds_of_texts_are_texts_though_all_cells_are_digits(here):
    digits = {"day": ["20240229", "20230701"], "tags": ["01", "2"], "size": ["3", "1"]}
    pd.DataFrame(digits).loc[[0, 1] * 18].assign(n=ROWS["n"]).to_csv("digits.csv", index=False)
    told = ["day=dates:%Y%m%d", "tags=multivalued:|", "size=ordered:3,1", "n=numeric:4"]
    options = ["--out", "m", "--vector-size", "1", "--quiet", "--types", *told]
    assert main(["train", "digits.csv", *options]) == 0
    words = load("m").vocabulary_
    found = dict(zip(words.features, map(np.ndarray.tolist, words.categories), strict=True))
    assert found["day:year"] == [2023, 2024]
    assert (found["tags"], found["size"]) == (["01", "2"], ["3", "1"])


def test_kinds_are_told_and_printed(here, capsys):
    assert train() == 0
    wanted = [
        "features  when:year: year of when, 2 categories (2023, 2024)",
        "          when:month: month of when, 2 categories (2, 7)",
        "          when:weekday: weekday of when, 2 categories (Thu, Sat)",
        "          when:hour: hour of when, 2 categories (0, 23)",
        "          tags: several text, 3 categories (1, 2, 3)",
        "          size: text in order, 3 categories (S, M, L)",
        "          city: text, 2 categories (oslo, rome), 1 spellings merged",
        "          n: integer, 4 bins (< 9, [9, 18), [18, 27), ...)",
    ]
    plan = capsys.readouterr().out.splitlines()
    assert plan[1:9] == wanted
    assert "left out" not in "\n".join(plan)
    assert main(["info", "m"]) == 0
    assert capsys.readouterr().out.splitlines()[1:9] == wanted
    assert load("m").get_params()["columns"] == {
        "when": Dates(),
        "tags": MultiValued(sep="|"),
        "size": Ordered(["S", "M", "L"]),
        "city": Categorical(normalize=True),
        "n": Numeric(4),
    }


def test_new_rows_are_read_as_in_train(here, capsys):
    assert train("--quiet", "--missing", "token") == 0
    model = load("m")
    assert model.vocabulary_.categories[0][-1] is MISSING_CATEGORY
    assert main(["transform", "m", "t.csv", "--out", "rows.parquet"]) == 0
    rows = pd.read_parquet("rows.parquet")
    assert rows.columns.tolist() == model.get_feature_names_out().tolist()
    table = {name: [None if cell == "" else cell for cell in ROWS[name]] for name in ROWS}
    np.testing.assert_array_equal(rows.to_numpy(), model.transform(table))
    assert main(["nearest", "m", "city", "<missing>", "-n", "1"]) == 0
    assert "city" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ("when=date", r"with KIND one of category[:normalize], numeric[:BINS], dates[:PARTS or "),
        ("tags=multivalued:", "sep of a MultiValued column must be a text of at least one"),
        ("size=ordered:S,S", "categories of an Ordered column must be at least one, each named"),
        ("size=ordered:S,M", "Name all categories in --types NAME=ordered:A,B."),
        ("when=dates:%d.%m.%Y", "or use --types when=category in fit."),
        ("city=dates", "Give the format, as in --types NAME=dates:%d.%m.%Y, name a missing cell"),
        ("size=multivalued", "Say what stands between the values, as in --types 'size=multiva"),
        ("when=dates:yaer", "parts of a Dates column must be some of 'year', 'month'"),
        ("n=numeric:1", "bins of a Numeric column must be an integer of at least 2, got 1."),
    ],
)
def test_wrong_kinds_are_refused_in_words_of_the_command_line(here, capsys, told, sentence):
    assert main(["train", "t.csv", "--out", "m", "--types", told]) == 2
    assert sentence in capsys.readouterr().err
    assert not (here / "m").exists()


def test_identifiers_are_told_how_to_be_left_out(here, capsys):
    names = [f"a{i}" for i in range(600)]
    table = pd.DataFrame({"id": names, "b": list("xy") * 300, "c": list("xyz") * 200})
    table.to_csv("t.csv", index=False)
    quick = ["--quiet", "--vector-size", "1", "--solver", "counts"]
    assert main(["train", "t.csv", "--out", "m", *quick]) == 0
    err = capsys.readouterr().err
    assert err.startswith("cat2vec warning: column 'id' has 600 distinct values in 600 rows")
    assert err.endswith(
        "Leave it out with --exclude, or keep it without this warning with --types id=identifier.\n"
    )
    assert main(["train", "t.csv", "--out", "n", *quick, "--types", "id=identifier"]) == 0
    assert capsys.readouterr().err == ""


GROCERIES = ["milk,bread,butter", "beer,chips", "bread,butter,jam"]


@pytest.mark.parametrize("options", [[], ["--delimiter", ";"]])
def test_a_file_of_one_column_of_baskets_is_a_table(tmp_path, monkeypatch, capsys, options):
    monkeypatch.chdir(tmp_path)
    lines = ["items", *GROCERIES, "", "beer,chips"]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    told = ["--types", "items=multivalued:,", "--vector-size", "2"]
    assert main(["train", "t.csv", "--out", "m", *told, *options]) == 0
    plan = capsys.readouterr().out.splitlines()
    assert plan[0] == "table     t.csv: 5 rows, 1 columns"
    assert plan[1].startswith("features  items: several text with pairs inside a cell, 6 categ")
    assert plan[2] == (
        "note      'items': the only column, so the values of one cell learn from each other."
    )
    assert load("m").vocabulary_.n_tokens == 6
    assert main(["transform", "m", "t.csv", "--out", "rows.parquet"]) == 0
    assert pd.read_parquet("rows.parquet").shape == (5, 2)
    assert main(["report", "m", "t.csv"]) == 0
    assert main(["nearest", "m", "items", "milk", "-n", "1"]) == 0
    capsys.readouterr()
    assert main(["train", "t.csv", "--out", "n", *options]) == 2
    error = capsys.readouterr().err
    assert "only one feature, 'items'" in error
    assert "as baskets do: lists, or texts with --types items=multivalued:,." in error


def test_pairs_inside_a_cell_are_asked_for_beside_other_columns(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"items": GROCERIES * 9, "day": ["Sat", "Fri", "Sun"] * 9})
    frame.to_csv("t.csv", index=False)
    command = ["train", "t.csv", "--vector-size", "2", "--out"]
    assert main([*command, "m", "--types", "items=multivalued:,"]) == 0
    assert (
        "note      'items': the values of one cell learn from the other columns, not from each "
        "other; --types items=multivalued:,:within lets them do both."
    ) in capsys.readouterr().out.splitlines()
    assert main([*command, "n", "--types", "items=multivalued:,:within"]) == 0
    plan = capsys.readouterr().out
    assert "items: several text with pairs inside a cell" in plan
    assert "note" not in plan
    assert load("n").columns == {"items": MultiValued(sep=",", within=True)}
    assert load("n").vocabulary_.schema.within.tolist() == [True, False]
