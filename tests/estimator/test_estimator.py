"""``Cat2Vec`` as a scikit-learn transformer: conventions, inputs, unseen cells, score."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.sparse import csr_array, dok_array
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from cat2vec import Cat2Vec, Numeric
from cat2vec.errors import (
    ColumnTypeError,
    NoPairsError,
    UnknownFeatureError,
    UnseenCategoryError,
    UnseenCategoryWarning,
)


def planted(n_rows=600, seed=0):
    """Three columns that follow one hidden group, and numbers that do so too."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, n_rows)
    return pd.DataFrame(
        {
            "city": np.array([["Oslo", "Bergen"], ["Rome", "Pisa"], ["Kyoto", "Nara"]])[
                group, rng.integers(0, 2, n_rows)
            ],
            "food": np.array(["cod", "pasta", "soba"])[
                np.where(rng.random(n_rows) < 0.9, group, rng.integers(0, 3, n_rows))
            ],
            "temp": np.round(10.0 * group + rng.normal(0, 3, n_rows), 1),
        }
    )


@pytest.fixture(scope="module")
def table():
    return planted()


@pytest.fixture(scope="module")
def model(table):
    return Cat2Vec(vector_size=3, n_jobs=1).fit(table)


# The checks fit tables of noise and transform others: the warnings about that are right there.
@pytest.mark.filterwarnings("ignore::cat2vec.errors.Cat2VecWarning")
# One check is skipped by scikit-learn itself unless SCIPY_ARRAY_API is set: test_scikit_learn.py.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([Cat2Vec(vector_size=2)])
def test_scikit_learn_s_own_checks_pass(estimator, check):
    check(estimator)


def test_clone_keeps_parameters_and_forgets_the_fit(model):
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    kinds = {"temp": Numeric(bins=8)}
    assert clone(Cat2Vec(columns=kinds)).columns == kinds
    with pytest.raises(NotFittedError, match="This Cat2Vec instance is not fitted yet"):
        copy.nearest("city", "Oslo")


def test_a_pickled_model_transforms_alike(model, table):
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.transform(table), model.transform(table))
    pd.testing.assert_frame_equal(again.nearest("city", "Oslo"), model.nearest("city", "Oslo"))


def test_it_works_in_a_pipeline_beside_columns_that_pass_through(table):
    columns = ColumnTransformer(
        [("words", Cat2Vec(vector_size=2), ["city", "food"]), ("rest", "passthrough", ["temp"])]
    )
    pipeline = make_pipeline(columns, StandardScaler())
    scaled = pipeline.fit_transform(table)
    assert pipeline.get_feature_names_out().tolist() == [
        "words__city_0",
        "words__city_1",
        "words__food_0",
        "words__food_1",
        "rest__temp",
    ]
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-5)
    assert abs(np.corrcoef(scaled[:, 0], scaled[:, 2])[0, 1]) > 0.8


@pytest.mark.parametrize(("kind", "frame"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame)])
def test_set_output_gives_frames_with_named_columns(table, kind, frame):
    model = Cat2Vec(vector_size=2).set_output(transform=kind)
    found = model.fit_transform(table)
    assert isinstance(found, frame)
    assert list(found.columns) == ["city_0", "city_1", "food_0", "food_1", "temp_0", "temp_1"]
    np.testing.assert_array_equal(
        found.to_numpy(), model.set_output(transform="default").transform(table)
    )


def test_names_in_and_out_are_those_of_the_columns(model, table):
    assert model.n_features_in_ == 3
    assert model.feature_names_in_.tolist() == ["city", "food", "temp"]
    assert model.get_feature_names_out(["city", "food", "temp"]).tolist() == [
        f"{name}_{i}" for name in ("city", "food", "temp") for i in range(3)
    ]
    with pytest.raises(ValueError, match="input_features is not equal to feature_names_in_"):
        model.get_feature_names_out(["a", "b", "c"])


def test_columns_without_names_take_the_names_they_are_given(table):
    rows = table[["temp", "city", "food"]].to_numpy(dtype=object)
    model = Cat2Vec(vector_size=1, features=["x1", "x2"]).fit(rows)
    assert not hasattr(model, "feature_names_in_")
    assert model.get_feature_names_out().tolist() == ["x1_0", "x2_0"]
    assert model.get_feature_names_out(["a", "b", "c"]).tolist() == ["b_0", "c_0"]
    with pytest.raises(ValueError, match=r"equal to number of features \(3\), got 1"):
        model.get_feature_names_out(["a"])
    numbered = Cat2Vec(vector_size=1).fit(pd.DataFrame(rows, columns=[10, 20, 30]))
    assert numbered.get_feature_names_out().tolist() == ["10_0", "20_0", "30_0"]
    assert numbered.get_feature_names_out(["a", "b", "c"]).tolist() == ["a_0", "b_0", "c_0"]


def test_columns_go_by_position_where_only_one_side_has_names(model, table):
    expected = model.transform(table)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        np.testing.assert_array_equal(model.transform(table.to_numpy()), expected)
    nameless = Cat2Vec(vector_size=3).fit(table.to_numpy())
    with pytest.warns(UserWarning, match="X has feature names, but Cat2Vec was fitted without"):
        np.testing.assert_array_equal(nameless.transform(table), expected)


def test_columns_of_other_names_or_number_are_errors(model, table):
    with pytest.raises(ValueError, match="feature names should match those that were passed"):
        model.transform(table.rename(columns={"city": "town"}))
    with pytest.raises(ValueError, match="X has 2 features, but Cat2Vec is expecting 3 features"):
        Cat2Vec(vector_size=2).fit(table.to_numpy()).transform(table.to_numpy()[:, :2])
    with pytest.raises(UnknownFeatureError, match=r"no feature 'temp' in this table"):
        model.transform({"city": ["Oslo"], "food": ["cod"]})


def test_a_dict_goes_by_names_in_any_order_and_may_hold_more(model, table):
    cells = {"more": [[]] * 600, **table[["temp", "food", "city"]].to_dict("list")}
    np.testing.assert_array_equal(model.transform(cells), model.transform(table))


@pytest.mark.parametrize("y", [[1, 2], "nonsense", object(), np.full((7, 2), np.nan)])
def test_a_target_of_any_kind_is_ignored(model, table, y):
    other = Cat2Vec(vector_size=3, n_jobs=1).fit(table, y)
    np.testing.assert_array_equal(other.vectors_.matrix, model.vectors_.matrix)
    assert model.score(table, y) == model.score(table)


def test_parameters_of_fit_that_are_not_there_are_errors(table):
    with pytest.raises(TypeError, match="groups"):
        Cat2Vec(vector_size=2).fit_transform(table, groups=np.ones(len(table)))


def test_rows_are_the_vectors_of_their_cells_side_by_side(model, table):
    rows = model.transform(table)
    assert rows.dtype == np.float32
    assert rows.shape == (600, 9)
    for column, feature in enumerate(["city", "food"]):
        expected = model.vectors_[feature].loc[table[feature]]
        np.testing.assert_array_equal(rows[:, 3 * column : 3 * column + 3], expected)
    edges = model.vocabulary_.schema.codecs[2].edges
    bins = np.searchsorted(edges, table["temp"], side="right")
    np.testing.assert_array_equal(rows[:, 6:], model.vectors_["temp"].to_numpy()[bins])


def test_missing_cells_are_zeros_without_a_warning(model):
    rows = model.transform({"city": ["Oslo", None], "food": [None, None], "temp": [np.nan, 5.0]})
    assert not rows[0, 3:].any()
    assert not rows[1, :6].any()
    assert rows[0, :3].any()
    assert rows[1, 6:].any()


def test_unseen_cells_are_zeros_and_counted_in_a_warning(model):
    new = {"city": ["Oslo", "Lima", "Lima"], "food": ["cod", "tofu", None], "temp": [1, 2, 3]}
    with pytest.warns(UnseenCategoryWarning) as caught:
        rows = model.transform(new)
    assert str(caught[0].message) == (
        "cells with a category not seen in fit, among 3 rows: 'city' 2 ('Lima'), "
        "'food' 1 ('tofu'). They get zero "
        "vectors. Use handle_unknown='fold_in' to find vectors from the other cells of their rows, "
        "or handle_unknown='error' to stop instead."
    )
    assert len(caught) == 1
    assert not rows[1:, :6].any()
    np.testing.assert_array_equal(rows[0, :3], model.vectors_["city"].loc["Oslo"])


def test_unseen_cells_are_an_error_that_names_rows_when_asked_for(table):
    strict = Cat2Vec(vector_size=2, handle_unknown="error").fit(table)
    new = {"city": ["Oslo", "Lima", "Quito"], "food": ["cod"] * 3, "temp": [1, 2, 3]}
    with pytest.raises(
        UnseenCategoryError,
        match=r"^feature 'city' has 2 .* \('Lima', 'Quito'\), in rows 1, 2 \(counted from 0\)",
    ):
        strict.transform(new)


def test_mean_rows_average_the_cells_that_are_there(table):
    mean = Cat2Vec(vector_size=3, row_vector="mean", n_jobs=1).fit(table)
    assert mean.get_feature_names_out().tolist() == ["cat2vec_0", "cat2vec_1", "cat2vec_2"]
    rows = mean.transform({"city": ["Oslo", None], "food": ["cod", None], "temp": [None, None]})
    vectors = mean.vectors_
    cells = vectors["city"].loc["Oslo"].to_numpy(), vectors["food"].loc["cod"].to_numpy()
    expected = np.mean(cells, axis=0)
    np.testing.assert_allclose(rows[0], expected, rtol=1e-6)
    assert not rows[1].any()


@pytest.mark.parametrize("row_vector", ["concat", "unit", "linear", "mean"])
def test_fit_transform_equals_fit_and_then_transform(table, row_vector):
    first, second = (Cat2Vec(vector_size=2, row_vector=row_vector) for _ in range(2))
    np.testing.assert_array_equal(first.fit_transform(table), second.fit(table).transform(table))


def test_a_table_without_rows_transforms_to_no_rows(model, table):
    assert model.transform(table.iloc[:0]).shape == (0, 9)


def test_score_is_positive_where_columns_belong_together(model):
    assert model.score(planted(seed=1)) > 0.2


def test_score_is_about_zero_where_columns_are_shuffled_independently(table):
    rng = np.random.default_rng(2)
    parts = [table.apply(lambda column: rng.permutation(column.to_numpy())) for _ in range(2)]
    assert -0.05 < Cat2Vec(vector_size=3).fit(parts[0]).score(parts[1]) < 0.005


@pytest.mark.parametrize(
    "convert",
    [
        pl.from_pandas,
        pa.Table.from_pandas,
        lambda table: table.to_dict("list"),
        lambda table: {name: table[name].to_numpy() for name in table},
        lambda table: table.astype({"city": "category", "food": object}),
        lambda table: table.to_numpy(),
        lambda table: table.to_numpy().tolist(),
    ],
    ids=["polars", "pyarrow", "lists", "arrays", "categorical", "2-D array", "rows"],
)
def test_every_kind_of_table_gives_the_same_vectors(model, table, convert):
    other = Cat2Vec(vector_size=3, n_jobs=1).fit(convert(table))
    np.testing.assert_array_equal(other.vectors_.matrix, model.vectors_.matrix)
    for left, right in zip(other.vocabulary_.categories, model.vocabulary_.categories, strict=True):
        assert left.tolist() == right.tolist()


@pytest.mark.parametrize("matrix", [csr_array, dok_array])
def test_sparse_data_is_refused_with_the_way_out(matrix):
    with pytest.raises(ColumnTypeError, match=r"X is sparse .* with \.toarray\(\)\."):
        Cat2Vec().fit(matrix(np.eye(4)))


@pytest.mark.filterwarnings("ignore::cat2vec.errors.UnusedParameterWarning")
@pytest.mark.parametrize("solver", ["counts", "rows"])
def test_the_number_of_threads_does_not_change_a_bit(table, solver):
    one, two = (
        Cat2Vec(vector_size=3, solver=solver, epochs=2, n_jobs=n).fit(table) for n in (1, 2)
    )
    assert one.vectors_.matrix.tobytes() == two.vectors_.matrix.tobytes()
    assert one.transform(table).tobytes() == two.transform(table).tobytes()
    assert one.loss_ == two.loss_


@pytest.mark.parametrize("empty", [True, False])
def test_score_on_rows_without_known_pairs_says_so(empty):
    table = planted()
    model = Cat2Vec(2).fit(table)
    rows = table[:0] if empty else pd.DataFrame(dict.fromkeys(table.columns, [None] * 3))
    with pytest.raises(
        NoPairsError, match=rf"no pairs of known categories to score on: .* {len(rows)} rows"
    ):
        model.score(rows)


def test_features_of_columns_named_by_numbers_are_found_by_number():
    array = np.array([["x", "u"], ["y", "v"]] * 9, dtype=object)
    model = Cat2Vec(1).fit(pd.DataFrame(array))
    for name in (0, np.int64(0), "0"):
        assert model.vectors_[name].index.tolist() == ["x", "y"]
        assert model.nearest(name, "x", among=[1])["feature"].tolist() == ["1", "1"]
