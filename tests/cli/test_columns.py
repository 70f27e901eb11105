"""Columns as they are typed: names, several with commas between, places without a header."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cat2vec import load
from cat2vec.cli.columns import columns_of
from cat2vec.cli.main import main

ROWS = pd.DataFrame(
    {
        "city": ["Oslo", "Rome", "Pisa", "Bari"] * 20,
        "food": ["cod", "pasta", "pasta", "cod"] * 20,
        "a,b": ["u", "v", "v", "u"] * 20,
        "3": ["x", "y", "x", "y"] * 20,
    }
)
SMALL = ["--out", "m", "--vector-size", "1", "--quiet", "--overwrite"]


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ROWS.to_csv("named.csv", index=False)
    ROWS.to_csv("bare.csv", index=False, header=False)
    ROWS.to_parquet("named.parquet")


def features(*words):
    assert main(["train", *words, *SMALL]) == 0
    return list(load("m").vectors_)


@pytest.mark.parametrize("file", ["named.csv", "named.parquet"])
@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--exclude", "food,3"], ["city", "a,b"]),
        (["--exclude", "food", "3"], ["city", "a,b"]),
        (["--exclude", "a,b"], ["city", "food", "3"]),  # the name of a column
        (["--exclude", "a,b", "city,3", "--features", "food,city,3", "a,b"], None),
        (["--features", "3,city"], ["3", "city"]),
        (["--features", "food,city", "3", "--exclude", "3"], ["food", "city"]),
    ],
)
def test_names_may_have_commas_between(file, options, found, capsys):
    if found is None:
        assert main(["train", file, *options, *SMALL]) == 2
        assert "only one feature, 'food'" in capsys.readouterr().err
    else:
        assert features(file, *options) == found


@pytest.mark.parametrize("header", [["--no-header"], ["--names", "A,B,C,0"]])
def test_without_a_header_numbers_are_places_where_they_are_no_names(header):
    names = ["A", "B", "C", "0"] if header[0] == "--names" else ["x0", "x1", "x2", "x3"]
    first = 3 if header[0] == "--names" else 0  # "0" is a name there
    left = [name for place, name in enumerate(names) if place not in (first, 2)]
    assert features("bare.csv", *header, "--exclude", "0,2") == left
    assert features("bare.csv", *header, "--features", "2", "1") == [names[2], names[1]]


def test_keys_of_folders_have_places_behind_the_columns_of_the_files(tmp_path):
    for year in (2023, 2024):
        (tmp_path / f"years/year={year}").mkdir(parents=True)
        ROWS.to_csv(f"years/year={year}/bare.csv", index=False, header=False)
    assert features("years", "--no-header", "--exclude", "0") == ["x1", "x2", "x3", "year"]
    assert features("years", "--no-header", "--exclude", "0,4") == ["x1", "x2", "x3"]


def test_with_a_header_a_number_is_a_name_or_an_error(capsys):
    assert features("named.csv", "--exclude", "3") == ["city", "food", "a,b"]
    assert main(["train", "named.csv", "--exclude", "0", *SMALL]) == 2
    assert "no feature '0' in this table. Features: 'city', 'food', 'a,b', '3'." in (
        capsys.readouterr().err
    )
    assert main(["train", "bare.csv", "--no-header", "--exclude", "1,9", *SMALL]) == 2
    assert "no feature '9' in this table. Features: 'x0', " in capsys.readouterr().err


def test_places_are_understood_wherever_train_takes_columns():
    words = ["--no-header", "--types", "0=text", "--shared", "both=1,2", "--context", "3"]
    features("bare.csv", *words, "--exclude-pairs", "0,3")
    model = load("m")
    assert model.vocabulary_.features == ("x0", "x1", "x2", "x3")
    assert model.shared == {"both": ["x1", "x2"]}
    assert model.context == ["x3"]
    assert model.exclude_pairs == [["x0", "x3"]]
    by_name = ["--types", "x0=text", "--shared", "both=x1,x2", "--context", "x3"]
    features("bare.csv", "--no-header", *by_name, "--exclude-pairs", "x0,x3")
    np.testing.assert_array_equal(load("m").vectors_.matrix, model.vectors_.matrix)


def test_types_by_place_reach_the_file():
    codes = ROWS.assign(city=["01", "02", "03", "04"] * 20)
    codes.to_csv("bare.csv", index=False, header=False)
    features("bare.csv", "--no-header", "--types", "0=integer")
    assert load("m").vectors_["x0"].index.tolist() == [1, 2, 3, 4]


def test_columns_to_keep_and_features_of_questions_may_have_commas_between(capsys):
    features("named.csv")
    words = ["transform", "m", "named.csv", "--out", "rows.parquet", "--keep", "city,food", "a,b"]
    assert main(words) == 0
    assert pq.read_schema("rows.parquet").names[:3] == ["city", "food", "a,b"]
    features("bare.csv", "--no-header")
    assert main(["transform", "m", "bare.csv", "--out", "bare.parquet", "--keep", "0,2"]) == 0
    assert pq.read_schema("bare.parquet").names[:2] == ["x0", "x2"]
    features("named.csv")
    answers = []
    for among in (["food,3"], ["food", "3"]):
        capsys.readouterr()
        assert main(["nearest", "m", "city", "Oslo", "--among", *among]) == 0
        answers.append(capsys.readouterr().out)
    assert answers[0] == answers[1]
    assert main(["influence", "m", "city,food"]) == 0


NAMES = st.lists(st.text("ab,0123", min_size=1, max_size=4), unique=True, min_size=1)


@given(NAMES, st.data(), st.booleans())
def test_every_column_can_be_typed_by_its_name_alone(names, data, by_place):
    wanted = data.draw(st.lists(st.sampled_from(names)))
    assert columns_of(wanted, names, by_place) == wanted
    plain = [name for name in wanted if "," not in name]
    if plain and ",".join(plain) not in names:
        assert columns_of([",".join(plain)], names, by_place) == plain
    places = [place for place in range(len(names)) if str(place) not in names]
    assert columns_of(list(map(str, places)), names, True) == [names[place] for place in places]
