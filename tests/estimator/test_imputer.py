"""Missing cells filled, in tables of every kind."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from cat2vec import Cat2Vec, Cat2VecImputer, MultiValued, load
from cat2vec.errors import (
    ParameterError,
    UnfilledCellsWarning,
    UnseenCategoryWarning,
)

#: Numbers of these tables are cut into bins on purpose.
pytestmark = [
    pytest.mark.filterwarnings("ignore::cat2vec.errors.BinnedNumbersWarning"),
    pytest.mark.filterwarnings("ignore:missing cells stay missing. 'when':UserWarning"),
]


@pytest.fixture(scope="module")
def whole():
    rng = np.random.default_rng(0)
    group = rng.integers(0, 3, 400)
    return pd.DataFrame(
        {
            "city": np.array(["Oslo", "Rome", "Pisa"])[group],
            "kind": pd.Categorical(np.array(["x", "y", "z"])[group]),
            "zip": pd.array(group, dtype="Int64"),
            "age": (group * 20 + rng.integers(0, 18, 400)).astype(float),
            "when": pd.date_range("2020-01-01", periods=400),
            "tags": [[f"t{k}", f"u{rng.integers(3)}"] for k in group],
        }
    )


@pytest.fixture(scope="module")
def gappy(whole):
    rng = np.random.default_rng(1)
    table = whole.copy()
    for name in table:
        table.loc[rng.random(400) < 0.2, name] = None
    return table


@pytest.fixture(scope="module")
def model(gappy):
    return Cat2Vec(4, columns={"zip": "category"}).fit(gappy)


@pytest.mark.filterwarnings("ignore::cat2vec.errors.NoSignalWarning")
def test_cells_that_stay_missing_are_told(gappy):
    table = gappy.assign(empty=None)
    for filled in (Cat2Vec(4).fit(table).impute, Cat2VecImputer().fit(table).transform):
        with pytest.warns(UnfilledCellsWarning) as told:
            left = filled(table).isna().sum()
        n_dates = table["when"].isna().sum()
        assert left[left > 0].to_dict() == {"when": n_dates, "empty": 400}
        assert str(told[0].message) == (
            f"missing cells stay missing: 'when' {n_dates}, 'empty' 400. Parts of dates do not say "
            f"which day; fit with columns={{'when': 'category'}} to fill in whole dates. No row of "
            f"fit has a value of 'empty' that could be filled in."
        )
    whole_dates = Cat2VecImputer(columns={"when": "category"}).fit_transform(gappy)
    assert whole_dates.notna().all(axis=None)


@pytest.mark.parametrize("missing", ["ignore", "token"])
def test_gaps_are_never_filled_with_rare_categories_or_with_missing(missing):
    """Though most cells of the feature are the one or the other."""
    n = 400
    group = np.arange(n) % 2
    city = np.array([f"once {i}" for i in range(n)], object)
    city[group == 1] = None
    city[::10], city[1::10] = "Oslo", "Rome"
    table = pd.DataFrame({"city": city, "kind": np.array(["x", "y"])[group]})
    model = Cat2Vec(2, min_count=5, missing=missing).fit(table)
    rows = pd.DataFrame({"city": [None, None], "kind": ["x", "y"]}, dtype=object)
    assert model.impute(rows)["city"].tolist() == ["Oslo", "Rome"]


@pytest.mark.parametrize("min_count", [1, 5])
def test_the_imputer_fills_a_rare_category_only_where_min_count_leaves_it_its_name(min_count):
    table = {
        "city": ["Oslo", "Rome"] * 30 + ["Hamar", "Hamar", "Gol"],
        "dish": ["cod", "pasta"] * 30 + ["rakfisk"] * 3,
        "land": ["NO", "IT"] * 30 + ["NO"] * 3,
    }
    imputer = Cat2VecImputer(min_count=min_count).fit(table)
    found = imputer.transform({"city": [None], "dish": ["rakfisk"], "land": ["NO"]})
    assert found["city"] == [{1: "Hamar", 5: "Oslo"}[min_count]]


def test_the_imputer_does_not_hear_columns_that_are_excluded():
    rng = np.random.default_rng(0)
    city = rng.choice(["Oslo", "Rome"], 400)
    season = np.where((rng.random(400) < 0.8) == (city == "Oslo"), "winter", "summer")
    table = {"city": city, "land": np.where(city == "Oslo", "NO", "IT"), "season": season}
    row = {"city": [None], "land": ["IT"], "season": ["winter"]}
    for excluded, wanted in ((None, "Rome"), ([["city", "land"]], "Oslo")):
        imputer = Cat2VecImputer(exclude_pairs=excluded).fit(table)
        assert imputer.transform(row)["city"] == [wanted]


def test_columns_of_the_imputer_are_named_as_given_only_where_that_is_right(gappy):
    some = gappy[["city", "kind"]]
    imputer = Cat2VecImputer().fit(some)
    assert imputer.get_feature_names_out(["city", "kind"]).tolist() == ["city", "kind"]
    with pytest.raises(ParameterError, match="input_features is not equal to feature_names_in_"):
        imputer.get_feature_names_out(["kind", "city"])
    imputer = Cat2VecImputer().fit(some.to_numpy(object))
    assert imputer.get_feature_names_out(["a", "b"]).tolist() == ["a", "b"]
    with pytest.raises(ParameterError, match="input_features should have length equal"):
        imputer.get_feature_names_out(["a"])


def test_only_missing_cells_are_filled_and_types_stay(whole, gappy, model):
    imputer = Cat2VecImputer(columns={"zip": "category"}).fit(gappy)
    for filled in (model.impute(gappy), imputer.transform(gappy)):
        assert (filled.dtypes == gappy.dtypes).all()
        assert filled.index.equals(gappy.index)
        assert filled["when"].isna().equals(gappy["when"].isna())  # no part says which day
        for name in ("city", "kind", "zip", "age", "tags"):
            assert filled[name].notna().all()
            there = gappy[name].notna()
            assert filled[name][there].tolist() == gappy[name][there].tolist()
        for name in ("city", "kind", "zip"):
            hidden = gappy[name].isna()
            right = filled[name][hidden] == whole[name][hidden]
            assert right.mean() > 0.95
        hidden = gappy["age"].isna()
        away = (filled["age"] - whole["age"])[hidden].abs()
        assert away.mean() < 10
        assert set(filled["age"][hidden]) <= set(gappy["age"].dropna())
    assert gappy["city"].isna().any()


def test_a_number_is_filled_with_the_median_of_what_the_other_cells_say():
    """Half of the numbers of a group are below it, however skew these are."""
    rng = np.random.default_rng(2)
    group = rng.integers(0, 2, 4000)
    table = pd.DataFrame({"pay": rng.lognormal(group, 1.0)})
    for name in ("a", "b"):
        table[name] = np.array(["x", "y"])[group]
    rows = pd.DataFrame({"pay": [None, None], "a": ["x", "y"], "b": ["x", "y"]})
    for filler in (Cat2Vec(2).fit(table), Cat2VecImputer().fit(table)):
        fill = filler.impute if isinstance(filler, Cat2Vec) else filler.transform
        for place, number in enumerate(fill(rows)["pay"].astype(float)):
            assert 0.4 < (table["pay"][group == place] < number).mean() < 0.6


def test_every_kind_of_table_comes_back_as_it_was(gappy, model):
    wanted = model.impute(gappy)
    names = list(gappy.columns)
    tags = [cell if isinstance(cell, list) else None for cell in gappy["tags"]]
    plain = pl.from_pandas(gappy.drop(columns="tags")).with_columns(pl.Series("tags", tags))
    plain = plain.select(names)
    found = model.impute(plain)
    assert isinstance(found, pl.DataFrame)
    assert found.schema == plain.schema
    assert found["city"].to_list() == wanted["city"].tolist()
    arrow = plain.to_arrow()
    assert model.impute(arrow).schema.equals(arrow.schema)
    assert isinstance(model.impute(arrow), pa.Table)
    lists = {name: plain[name].to_list() for name in names}
    filled = model.impute(lists)
    assert type(filled["city"]) is list
    assert filled["city"] == wanted["city"].tolist()
    array = gappy[["city", "kind"]].to_numpy(dtype=object)
    filled = Cat2VecImputer().fit_transform(array)
    assert isinstance(filled, np.ndarray)
    assert pd.isna(array).any()
    assert not pd.isna(filled).any()


def test_a_loaded_model_fills_alike(gappy, model, tmp_path):
    model.save(tmp_path / "m")
    pd.testing.assert_frame_equal(load(tmp_path / "m").impute(gappy), model.impute(gappy))
    np.testing.assert_array_equal(
        load(tmp_path / "m").score_samples(gappy), model.score_samples(gappy)
    )
    chances = load(tmp_path / "m").probabilities(gappy, "tags")
    pd.testing.assert_frame_equal(chances, model.probabilities(gappy, "tags"))


def test_draws_follow_probabilities_and_the_seed():
    rng = np.random.default_rng(3)
    group = rng.integers(0, 2, 3000)
    kept = np.where(rng.random(3000) < 0.7, group, 1 - group)
    table = {"a": [f"a{k}" for k in group], "b": [f"b{k}" for k in kept]}
    model = Cat2Vec(1).fit(table)
    asked = {"a": ["a0"] * 2000, "b": [None] * 2000}
    one, other = model.impute(asked, n_draws=2, random_state=5)
    assert abs(one["b"].count("b0") / 2000 - 0.7) < 0.04
    assert one["b"] != other["b"]
    assert model.impute(asked, n_draws=2, random_state=5)[1]["b"] == other["b"]
    assert set(model.impute(asked)["b"]) == {"b0"}
    first, again, second = (
        Cat2VecImputer(sample=True, random_state=seed).fit(table).transform(asked)["b"]
        for seed in (1, 1, 2)
    )
    assert abs(first.count("b0") / 2000 - 0.7) < 0.04
    assert first == again != second


def test_cells_drawn_for_one_row_go_together():
    table = {"a": ["x", "y"] * 200, "b": ["u", "v"] * 200, "c": ["k", "l"] * 200}
    (drawn,) = Cat2Vec(1).fit(table).impute({name: [None] * 300 for name in "abc"}, n_draws=1)
    together = list(zip(drawn["a"], drawn["b"], drawn["c"], strict=True))
    assert together.count(("x", "u", "k")) + together.count(("y", "v", "l")) > 290
    assert 90 < together.count(("x", "u", "k")) < 210


def test_rare_and_missing_categories_are_not_filled_in():
    table = {"a": ["x"] * 30 + [f"r{i}" for i in range(30)], "b": ["u"] * 30 + ["v"] * 30}
    table["b"][:3] = [None] * 3
    model = Cat2Vec(1, min_count=5, missing="token").fit(table)
    filled = model.impute({"a": [None], "b": [None]})
    assert filled == {"a": ["x"], "b": ["v"]}
    assert len(model.probabilities({"b": ["v"]}, "a").columns) == 2  # x, and the rare ones


def test_cells_with_a_separator_get_a_text():
    table = {"tags": ["a;b", "c"] * 30, "land": ["NO", "IT"] * 30}
    model = Cat2Vec(1, columns={"tags": MultiValued(sep=";")}).fit(table)
    assert model.impute({"tags": [None], "land": ["IT"]})["tags"] == ["c"]


def test_unseen_cells_stay_and_say_nothing(model, gappy):
    new = gappy.head(3).copy()
    new["city"] = ["Bergen", None, None]
    with pytest.warns(UnseenCategoryWarning, match="They say nothing about the other cells"):
        filled = model.impute(new)
    assert filled["city"].tolist()[0] == "Bergen"


def test_columns_that_fit_did_not_see_stay_as_they_are(whole):
    table = {"a": ["x", "y"] * 30, "b": ["u", "v"] * 30}
    model = Cat2Vec(1, features=["a", "b"]).fit(table)
    filled = model.impute({"a": [None], "b": ["v"], "other": [None]})
    assert filled == {"a": ["y"], "b": ["v"], "other": [None]}


def test_the_imputer_is_a_step_of_a_pipeline(gappy):
    columns = gappy[["city", "kind"]]
    rows = make_pipeline(Cat2VecImputer(), OneHotEncoder()).fit_transform(columns)
    assert rows.shape == (400, 6)
    named = Cat2VecImputer().set_output(transform="pandas").fit(columns)
    assert named.get_feature_names_out().tolist() == ["city", "kind"]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"n_draws": 0}, "n_draws must be an integer of at least 1, got 0"),
        ({"n_draws": "a"}, "n_draws must be an integer of at least 1, got 'a'"),
    ],
)
def test_draws_are_checked(model, gappy, how, message):
    with pytest.raises(ParameterError, match=message):
        model.impute(gappy, **how)


def test_tables_that_can_be_read_only_once_are_fitted_and_filled():
    table = pa.table({"city": ["Oslo", "Rome"] * 30, "food": ["cod", "pasta"] * 30})
    gaps = pa.table({"city": ["Oslo", None], "food": [None, "pasta"]})
    models = [Cat2Vec(1).fit(table.to_reader()), Cat2Vec(1).partial_fit(table.to_reader())]
    model = Cat2Vec(1)
    model.fit_transform(table.to_reader())
    for one in (*models, model):
        assert one.impute(gaps.to_reader()).to_pylist() == [
            {"city": "Oslo", "food": "cod"},
            {"city": "Rome", "food": "pasta"},
        ]
    assert Cat2VecImputer().fit(table.to_reader()).transform(gaps)["food"][0].as_py() == "cod"
    wrong = pa.table(
        {"city": ["Oslo", "Rome"] * 9 + ["Oslo"], "food": ["cod", "pasta"] * 9 + ["pasta"]}
    )
    assert model.suspicious_cells(wrong.to_reader(), n=1)["row"].tolist() == [18]


def test_a_model_of_some_columns_fills_tables_with_more_or_in_another_order():
    table = pd.DataFrame({"a": ["x", "y"] * 30, "b": ["u", "v"] * 30, "other": range(60)})
    model = Cat2Vec(1, features=["a", "b"]).fit(table)
    new = pd.DataFrame({"more": [1, 2], "b": ["u", None], "a": [None, "y"]}, index=[7, 9])
    filled = model.impute(new)
    assert filled.to_dict("list") == {"more": [1, 2], "b": ["u", "v"], "a": ["x", "y"]}
    assert filled.index.tolist() == [7, 9]


@pytest.mark.filterwarnings("ignore::cat2vec.errors.UnseenCategoryWarning")  # 2 in row 1
@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table, pa.RecordBatch.from_pydict])
def test_no_number_is_cut_to_fit_a_column_of_whole_ones(make):
    model = Cat2Vec(vector_size=1).fit({"n": [1.5, 2.5] * 30, "k": ["q", "r"] * 30})
    found = make({"n": [None, 2], "k": ["q", "r"]})
    filled = model.impute(found)["n"]
    assert (filled.to_pylist() if hasattr(filled, "to_pylist") else list(filled)) == [1.5, 2.0]


CONNECTION = duckdb.connect()  # a relation does not keep its own


def _as_duckdb(cells):
    CONNECTION.register("t", pa.table(cells))
    return CONNECTION.sql("select * from t")


@pytest.mark.parametrize(
    "make",
    [
        lambda cells: pl.LazyFrame(cells),
        lambda cells: _as_duckdb(cells),
        lambda cells: pa.table(cells).to_reader(),
        lambda cells: pa.record_batch(cells),
    ],
    ids=["LazyFrame", "DuckDB", "reader", "batch"],
)
def test_the_imputer_takes_what_must_be_read_first(make):
    cells = {"city": ["Oslo", "Rome"] * 9 + [None], "food": ["cod", "pasta"] * 9 + ["cod"]}
    imputer = Cat2VecImputer().fit(make(cells))
    wanted = Cat2Vec(vector_size=1).fit(make(cells)).impute(make(cells))
    for found in (imputer.transform(make(cells)), Cat2VecImputer().fit_transform(make(cells))):
        assert type(found) is type(wanted)
        assert (
            found["city"].to_pylist()[-1] == "Oslo"
            if isinstance(found, pa.Table)
            else (found["city"].to_list()[-1] == "Oslo")
        )


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_imputer_takes_paths(tmp_path, ending):
    cells = {"city": ["Oslo", "Rome"] * 9 + [None], "food": ["cod", "pasta"] * 9 + ["cod"]}
    path = tmp_path / f"t.{ending}"
    table = pl.DataFrame(cells)
    table.write_csv(path) if ending == "csv" else table.write_parquet(path)
    wanted = Cat2Vec(vector_size=1).fit(path).impute(path)
    imputer = Cat2VecImputer()
    for found in (imputer.fit(path).transform(path), imputer.fit_transform(path)):
        assert type(found) is type(wanted)
        assert found["city"].to_pylist()[-1] == "Oslo"
