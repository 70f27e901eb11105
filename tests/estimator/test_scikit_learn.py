"""``Cat2Vec`` among others: scikit-learn's settings, category_encoders, no pandas."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import category_encoders
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from sklearn import config_context
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from cat2vec import Cat2Vec
from cat2vec.estimator import steps
from tests.estimator.test_estimator import planted


@pytest.fixture(scope="module")
def table():
    return planted()


def run(script, **environment):
    """Run a script in a process of its own, in which a warning is an error."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_checks_that_need_an_environment_of_their_own_pass():
    """scikit-learn skips one of its checks unless SCIPY_ARRAY_API is set before scipy is there."""
    script = """
        import warnings
        from sklearn.utils.estimator_checks import estimator_checks_generator
        from cat2vec import Cat2Vec
        warnings.simplefilter("ignore")
        for model, check in estimator_checks_generator(Cat2Vec(vector_size=2)):
            if "array_api" in check.func.__name__:
                check(model)
                print(check.func.__name__)
    """
    names = [check.func.__name__ for _, check in estimator_checks_generator(Cat2Vec())]
    wanted = [name for name in names if "array_api" in name]  # none before scikit-learn 1.7
    assert run(script, SCIPY_ARRAY_API="1").split() == wanted


# scikit-learn before 1.8 does not find the names of columns of a polars of today
@pytest.mark.filterwarnings("ignore:X has feature names, but StandardScaler was fitted without")
def test_the_global_setting_of_the_output_is_kept_through_a_pipeline(table):
    pipeline = make_pipeline(Cat2Vec(vector_size=2), StandardScaler())
    with config_context(transform_output="polars"):
        found = pipeline.fit_transform(pl.from_pandas(table))
    assert isinstance(found, pl.DataFrame)
    if hasattr(StandardScaler().fit(pl.DataFrame({"a": [1.0, 2.0]})), "feature_names_in_"):
        assert found.columns[:3] == ["city_0", "city_1", "food_0"]
    with config_context(transform_output="pandas"):
        framed = pipeline.transform(pl.from_pandas(table))
    np.testing.assert_allclose(framed.to_numpy(), found.to_numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("row_vector", ["concat", "mean"])
@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_dataframes_wrap_the_array_that_was_written(table, monkeypatch, kind, row_vector):
    model = Cat2Vec(vector_size=2, row_vector=row_vector).fit(table)
    expected = model.transform(table)
    written = []
    plain = steps.rows_of_vectors

    def remembered(*given):
        written.append(plain(*given))
        return written[-1]

    monkeypatch.setattr(steps, "rows_of_vectors", remembered)
    found = model.set_output(transform=kind).transform(table)
    np.testing.assert_array_equal(found.to_numpy(), expected)
    for column, name in enumerate(model.get_feature_names_out()):
        cells = found[name].to_numpy()
        assert cells.dtype == np.float32
        assert np.shares_memory(cells, written[0][:, column])


def test_a_grid_search_over_a_pipeline_with_a_target_behind(table):
    target = (table["city"] == "Oslo").to_numpy()
    pipeline = make_pipeline(Cat2Vec(features=["food", "temp"], n_jobs=1), LogisticRegression())
    grid = {"cat2vec__vector_size": [1, 2], "cat2vec__row_vector": ["concat", "mean"]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(table, target)
    assert search.best_score_ > 0.8
    assert search.best_estimator_.predict(table).shape == (600,)


def test_its_own_score_serves_cross_validation_without_a_target(table):
    assert (cross_val_score(Cat2Vec(vector_size=2, n_jobs=1), table, cv=2) > 0.2).all()


def test_a_pipeline_of_invertible_steps_gives_the_table_back(table):
    pipeline = make_pipeline(Cat2Vec(vector_size=2), StandardScaler())
    words = table[["city", "food"]]
    back = pipeline.inverse_transform(pipeline.fit_transform(words))
    assert back.to_dict("list") == words.to_dict("list")


@pytest.mark.parametrize("fitted", [False, True])
def test_a_notebook_shows_the_diagram_of_the_model_and_of_a_pipeline_with_it(table, fitted):
    model = Cat2Vec(vector_size=3)
    pipeline = make_pipeline(model, StandardScaler())
    if fitted:
        pipeline.fit(table)
    for shown in (model, pipeline):
        bundle = shown._repr_mimebundle_()
        assert "sk-container" in shown._repr_html_()
        assert "Cat2Vec" in bundle["text/html"]
        assert ("sk-estimator fitted" in bundle["text/html"]) == fitted
        assert "Cat2Vec(vector_size=3)" in bundle["text/plain"]


# category_encoders sets an option that newer pandas does not want to be set.
@pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated")
def test_it_stands_beside_category_encoders_in_one_pipeline(table):
    target = (table["city"] == "Oslo").astype(int)
    columns = ColumnTransformer(
        [
            ("vectors", Cat2Vec(vector_size=2), ["food", "temp"]),
            ("target", category_encoders.TargetEncoder(), ["food"]),
            ("count", category_encoders.CountEncoder(), ["food"]),
        ]
    ).set_output(transform="pandas")
    pipeline = make_pipeline(columns, StandardScaler(), LogisticRegression())
    assert pipeline.fit(table, target).score(table, target) > 0.8
    names = columns.get_feature_names_out().tolist()
    assert names[:4] == [f"vectors__{name}_{i}" for name in ("food", "temp") for i in range(2)]
    assert len(names) == 6


def test_polars_in_polars_out_where_there_is_no_pandas():
    """scikit-learn and pyarrow import pandas where they find it; cat2vec does not need it."""
    script = """
        import sys, warnings
        from importlib.machinery import PathFinder
        find_spec = PathFinder.find_spec
        PathFinder.find_spec = lambda name, *rest: (
            None if name.partition(".")[0] == "pandas" else find_spec(name, *rest)
        )
        warnings.simplefilter("error")
        import datetime
        import polars as pl
        from cat2vec import Cat2Vec
        table = pl.DataFrame({
            "city": ["Oslo", "Rome", None] * 9,
            "food": pl.Series(["cod", "pasta", "pasta"] * 9, dtype=pl.Categorical),
            "day": [datetime.date(2024, 1, 1), datetime.date(2024, 1, 2), None] * 9,
            "temp": [number / 4 for number in range(27)],
        })
        model = Cat2Vec(vector_size=2, n_bins=4, columns={"day": "category"})
        model.set_output(transform="polars")
        rows = model.fit_transform(table)
        back = model.inverse_transform(rows)
        assert isinstance(rows, pl.DataFrame) and isinstance(back, pl.DataFrame)
        assert back["city"].to_list() == table["city"].to_list(), back
        assert back["day"].dtype == pl.Date
        assert model.score(table) > 0 and model.inverse_transform(rows.to_numpy()).equals(back)
        assert "pandas" not in sys.modules
        print("done")
    """
    assert run(script) == "done"


def test_columns_of_dictionaries_are_used_without_decoding():
    """200,000 cells of 1,000 letters: 200 MB, were they written out."""
    rng = np.random.default_rng(0)
    texts = pa.array([letter * 1000 for letter in "abcd"])
    table = pa.table(
        {
            name: pa.chunked_array(
                [
                    pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int8)), texts)
                    for codes in np.split(rng.integers(0, 4, 200_000), 2)
                ]
            )
            for name in ("left", "right")
        }
    )
    standard = pa.default_memory_pool()
    pool = pa.proxy_memory_pool(standard)
    pa.set_memory_pool(pool)
    try:
        model = Cat2Vec(vector_size=1).fit(table)
        model.transform(table)
        used = pool.max_memory()
        table["left"].cast(pa.string())
        assert used < 20e6 < 200e6 <= pool.max_memory()
    finally:
        pa.set_memory_pool(standard)
