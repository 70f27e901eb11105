"""``Cat2Vec`` on wrong parameters and on tables with little to tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV

from cat2vec import Cat2Vec, Cat2VecImputer, Cat2VecOutlierDetector
from cat2vec.errors import (
    CellError,
    NoSignalWarning,
    ParameterError,
    TableError,
    VectorSizeWarning,
)
from tests.estimator.test_estimator import planted


@pytest.fixture(scope="module")
def table():
    return planted()


def test_a_column_of_one_value_warns_and_gets_zero_vectors(table):
    with pytest.warns(NoSignalWarning, match=r"^feature 'planet' has fewer than two categories"):
        model = Cat2Vec(vector_size=2).fit(table.assign(planet="Earth"))
    assert model.vectors_["planet"].to_numpy().tolist() == [[0, 0]]
    assert model.vectors_["city"].to_numpy().any(axis=1).all()
    plain = Cat2Vec(vector_size=2).fit(table)
    np.testing.assert_allclose(model.vectors_["city"], plain.vectors_["city"], rtol=0.02, atol=0.02)


def test_a_table_in_which_nothing_varies_is_an_error():
    with pytest.raises(
        TableError, match=r"^no feature has two different categories in 9 rows.*'a', 'b'\.$"
    ):
        Cat2Vec().fit({"a": ["x"] * 9, "b": [None] * 9})


def test_more_dimensions_than_the_table_carries_are_zero_and_told():
    cells = {"a": ["x", "y"] * 9, "b": ["u", "v"] * 9}
    with pytest.warns(VectorSizeWarning, match=r"^vector_size=5 is more than this table carries"):
        model = Cat2Vec(vector_size=5).fit(cells)
    assert not model.vectors_.matrix[:, 2:].any()


@pytest.mark.parametrize("size", [0, -8, "many", 2.5, True, None])
def test_a_wrong_vector_size_is_named(table, size):
    with pytest.raises(
        ParameterError, match=rf"^vector_size must be an integer of at least 1, got {size!r}\.$"
    ):
        Cat2Vec(vector_size=size).fit(table)


def test_all_wrong_parameters_are_named_in_one_message(table):
    model = Cat2Vec(
        "many",
        solver="magic",
        negative=-1,
        epochs=0,
        numeric="round",
        n_bins=1,
        handle_unknown="ignore",
        row_vector="sum",
        n_jobs=0,
        random_state=-1,
    )
    with pytest.raises(ParameterError) as caught:
        model.fit(table)
    head, *sentences = str(caught.value).split("\n  ")
    assert head == "10 parameters are out of range."
    assert sorted(sentence.split()[0] for sentence in sentences) == [
        "epochs",
        "handle_unknown",
        "n_bins",
        "n_jobs",
        "negative",
        "numeric",
        "random_state",
        "row_vector",
        "solver",
        "vector_size",
    ]
    allowed = "'concat', 'unit', 'linear', 'mean'"
    assert f"row_vector must be one of {allowed}, got 'sum'." in sentences


def test_a_cell_that_cannot_be_a_category_is_named_with_its_row(table):
    cells = table.to_dict("list")
    cells["city"][4] = ["Oslo", "Rome"]
    with pytest.raises(
        CellError, match=r"^feature 'city' holds \['Oslo', 'Rome'\], a list in row 4 \(counted"
    ):
        Cat2Vec().fit(cells)


def test_a_failed_fit_leaves_the_earlier_one_as_it_was(table):
    model = Cat2Vec(vector_size=2).fit(table)
    before = model.transform(table)
    with pytest.raises(TableError, match="only one feature"):
        model.fit(table[["city"]])
    np.testing.assert_array_equal(model.transform(table), before)


def test_a_grid_search_chooses_the_vector_size_without_a_target():
    rng = np.random.default_rng(3)
    group = rng.integers(0, 6, 900)
    table = pd.DataFrame(
        {
            name: [f"{name}{value}" for value in np.where(rng.random(900) < 0.85, group, 0)]
            for name in ("a", "b", "c")
        }
    )
    search = GridSearchCV(Cat2Vec(n_jobs=1), {"vector_size": [1, 5]}, cv=3).fit(table)
    scores = search.cv_results_["mean_test_score"]
    assert search.best_params_ == {"vector_size": 5}
    assert scores[1] > scores[0] + 0.05
    assert search.best_estimator_.transform(table).shape == (900, 15)


@pytest.mark.parametrize("verbose", [-1, 0.5, "yes", None])
def test_a_wrong_verbose_is_named(table, verbose):
    with pytest.raises(
        ParameterError, match=rf"^verbose must be an integer of at least 0, got {verbose!r}\.$"
    ):
        Cat2Vec(2, verbose=verbose).fit(table)


@pytest.mark.parametrize("kind", [Cat2Vec, Cat2VecOutlierDetector, Cat2VecImputer])
def test_a_parameter_that_is_none_is_named_with_the_class_that_was_called(kind):
    with pytest.raises(TypeError, match=rf"^{kind.__name__}\.__init__\(\) .* 'vectorsize'"):
        kind(vectorsize=5)
