"""New rows need the columns that a model learned, by name, and no others."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from cat2vec import Cat2Vec, load
from cat2vec.errors import (
    ColumnTypeError,
    UnknownFeatureError,
    UnseenCategoryError,
    UnseenCategoryWarning,
)
from cat2vec.estimator.steps import encode_rows
from cat2vec.estimator.unseen import UnseenCells

TABLE = pd.DataFrame(
    {
        "id": [f"i{row}" for row in range(60)],
        "city": ["Oslo", "Rome", "Lima"] * 20,
        "price": np.linspace(0, 9, 60),
        "food": ["cod", "pasta", "ceviche"] * 20,
    }
)
LEARNED = TABLE[["city", "food"]]


@pytest.fixture(scope="module")
def model():
    return Cat2Vec(vector_size=2, features=["city", "food"]).fit(TABLE)


ASKED = {
    "transform": lambda model, X: model.transform(X),
    "score": lambda model, X: model.score(X),
    "score_samples": lambda model, X: model.score_samples(X),
    "report": lambda model, X: model.report(X).to_dict()["gain"],
    "outlier_rows": lambda model, X: model.outlier_rows(X)["score"].to_numpy(),
    "associations": lambda model, X: model.associations(X).to_numpy()[:, 2:].astype(float),
}
FRAMES = {
    "without the others": lambda: LEARNED,
    "in another order": lambda: TABLE[["food", "price", "city", "id"]],
    "with more beside": lambda: TABLE.assign(weather="fine", id2=1),
    "without some, with others": lambda: LEARNED.assign(extra=[["a"]] * 60),
    "polars": lambda: pl.from_pandas(LEARNED),
    "pyarrow": lambda: pa.Table.from_pandas(LEARNED[["food", "city"]]),
    "a dict": lambda: LEARNED.to_dict("list"),
}


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("asked", ASKED)
def test_only_what_was_learned_is_needed(model, asked, frame):
    expected = ASKED[asked](model, TABLE)
    assert np.array_equal(ASKED[asked](model, FRAMES[frame]()), expected)


@pytest.mark.parametrize("handle_unknown", ["zero", "rare", "fold_in", "error"])
def test_whatever_becomes_of_unseen_categories(handle_unknown):
    settings = {"features": ["city", "food"], "handle_unknown": handle_unknown}
    model = Cat2Vec(vector_size=2, **settings).fit(TABLE)
    assert np.array_equal(model.transform(LEARNED), model.transform(TABLE))


def test_what_scikit_learn_knows_stays_that_of_fit(model):
    model.transform(LEARNED)
    assert model.n_features_in_ == 4
    assert model.feature_names_in_.tolist() == list(TABLE)
    assert model.get_feature_names_out(list(TABLE)).tolist() == [
        *("city_0", "city_1", "food_0", "food_1")
    ]


def test_a_loaded_model_and_a_pipeline_and_partial_fit(model, tmp_path):
    model.save(tmp_path / "model")
    expected = model.transform(TABLE)
    assert np.array_equal(load(tmp_path / "model").transform(LEARNED), expected)
    whole = make_pipeline(Cat2Vec(vector_size=2, features=["city", "food"])).fit(TABLE)
    assert np.array_equal(whole.transform(LEARNED), expected)
    grown = Cat2Vec(vector_size=2, features=["city", "food"]).partial_fit(TABLE)
    assert grown.partial_fit(LEARNED).counts_.n_rows == 120


def test_numbers_that_were_dropped_are_not_needed():
    model = Cat2Vec(vector_size=2, numeric="drop").fit(TABLE.drop(columns="id"))
    assert model.transform(LEARNED).shape == (60, 4)


@pytest.mark.parametrize("missing", ["city", "food"])
def test_a_learned_column_that_is_not_there_is_named(model, missing):
    with pytest.raises(UnknownFeatureError, match=f"no feature '{missing}' in this table"):
        model.transform(TABLE.drop(columns=missing))
    with pytest.raises(UnknownFeatureError, match=f"no feature '{missing}'"):
        model.transform(TABLE.rename(columns={missing: f"{missing}_2"}))


def test_a_model_of_all_columns_holds_dataframes_to_names_and_order():
    model = Cat2Vec(vector_size=2).fit(LEARNED)
    with pytest.raises(ValueError, match="must be in the same order"):
        model.transform(LEARNED[["food", "city"]])
    with pytest.raises(ValueError, match="yet now missing"):
        model.transform(LEARNED[["city"]])


def test_columns_of_arrays_count_by_position(model):
    rows = TABLE.to_numpy(dtype=object)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        assert np.array_equal(model.transform(rows), model.transform(TABLE))
    with (
        pytest.warns(UserWarning, match="does not have valid feature names"),
        pytest.raises(ValueError, match="X has 2 features, but Cat2Vec is expecting 4"),
    ):
        model.transform(rows[:, [1, 3]])


def test_of_rows_in_pieces_unseen_categories_of_every_piece_are_named(model):
    found = UnseenCells(model.vocabulary_)
    for city, food in (("Quito", "cod"), ("Oslo", "taco"), ("Rome", "taco")):
        rows = encode_rows(model, {"city": [city], "food": [food]}, warn=False)
        found.add(rows, "zero", in_pieces=True)
    with pytest.warns(UnseenCategoryWarning, match=r"among 3 rows: 'city' 1 \('Quito'.*'taco'"):
        found.warn("zero")


def test_how_many_unseen_values_there_are_is_not_told_from_the_examples_that_are_kept(model):
    many = {"city": [f"town {row}" for row in range(60)], "food": ["cod"] * 60}
    with pytest.warns(UnseenCategoryWarning, match=r"'city' 60 \('town 0', 'town 1' and others\)"):
        model.transform(many)
    with pytest.raises(UnseenCategoryError, match=r"seen in fit \('town 0', 'town 1' and others\)"):
        clone(model).set_params(handle_unknown="error").fit(TABLE).transform(many)
    numbers = {"price": TABLE["price"].tolist(), "food": TABLE["food"].tolist()}
    grown = Cat2Vec(vector_size=2).partial_fit(numbers)
    with pytest.raises(ColumnTypeError, match=r"now holds 'town 0', .*'town 4' and others\. Turn"):
        grown.partial_fit({"price": many["city"], "food": many["food"]})
