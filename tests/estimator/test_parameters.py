"""``Cat2Vec`` on wrong parameters and on tables with little to tell."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV

from cat2vec import Cat2Vec, Cat2VecImputer, Cat2VecOutlierDetector, count_pairs, encode_table
from cat2vec.errors import (
    CellError,
    NoSignalWarning,
    ParameterError,
    TableError,
    UnknownFeatureError,
    VectorSizeWarning,
)
from cat2vec.export.word2vec import save_word2vec_format
from cat2vec.tables.files import read_table
from tests.estimator.test_estimator import planted

TWO = {"a": ["x", "y"] * 9, "b": ["u", "v"] * 9}


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


@pytest.mark.parametrize("name", ["solver", "numeric", "missing", "handle_unknown", "row_vector"])
def test_an_array_is_none_of_the_words_that_are_allowed(table, name):
    with pytest.raises(ParameterError, match=rf"^{name} must be one of .*, got array\(\[1, 2\]\)"):
        Cat2Vec(**{name: np.array([1, 2])}).fit(table)


def test_features_that_can_be_gone_through_only_once_are_refused(table):
    with pytest.raises(ParameterError, match=r"^features must be a list of column names, got <gen"):
        Cat2Vec(features=(name for name in table.columns)).fit(table)


def test_an_array_in_place_of_the_name_of_a_feature_is_told(table):
    with pytest.raises(UnknownFeatureError, match=r"^no feature array\(\[1, 2\]\)"):
        Cat2Vec(vector_size=1).fit(table).nearest(np.array([1, 2]), "x")


@pytest.mark.parametrize(
    "use",
    [
        lambda table, given: count_pairs(table, features=given),
        lambda table, given: encode_table(table, features=given),
        lambda table, given: Cat2VecImputer(features=given).fit_transform(table),
        lambda table, given: Cat2Vec(features=given).fit_transform(table, sample_weight=[1] * 600),
        lambda table, given: Cat2Vec(features=given).plan(table),
    ],
    ids=["count_pairs", "encode_table", "imputer", "fit_transform", "plan"],
)
@pytest.mark.parametrize(
    "given", [3, 1.5, True, iter(["city"])], ids=["3", "1.5", "True", "iterator"]
)
def test_wrong_features_are_named_wherever_they_are_given(table, use, given):
    with pytest.raises(ParameterError, match=r"^features must be a list of column names, got "):
        use(table, given)


@pytest.mark.parametrize("given", [3, float("nan"), "city"])
@pytest.mark.parametrize("model", [Cat2Vec(vector_size=2), Cat2VecImputer()], ids=repr)
def test_wrong_names_of_columns_are_told(table, model, given):
    with pytest.raises(ParameterError, match=r"^input_features must be a list of the names of fit"):
        model.fit(table).get_feature_names_out(given)


def test_influence_on_no_feature_is_an_error(table):
    with pytest.raises(ParameterError, match=r"^feature must name at least one feature, got \[\]"):
        Cat2Vec(vector_size=1).fit(table).influence([])


@pytest.mark.parametrize("solver", ["counts", "rows"])
@pytest.mark.parametrize("method", ["fit", "fit_transform", "fit of a file"])
def test_a_fit_that_a_warning_ends_leaves_the_earlier_one(table, tmp_path, solver, method):
    model = Cat2Vec(vector_size=2, solver=solver).fit(table)
    before = dict(vars(model))
    other = table[["food", "temp"]].assign(planet="Earth")
    if method == "fit of a file":
        other.to_csv(tmp_path / "t.csv", index=False)
        method, other = "fit", tmp_path / "t.csv"
    with warnings.catch_warnings():
        warnings.simplefilter("error", NoSignalWarning)
        with pytest.raises(NoSignalWarning):
            getattr(model, method)(other)
    assert vars(model) == before


def test_a_first_partial_fit_that_fails_leaves_nothing(table):
    model = Cat2Vec(vector_size=2)
    before = dict(vars(model))
    with warnings.catch_warnings():
        warnings.simplefilter("error", NoSignalWarning)
        with pytest.raises(NoSignalWarning):
            model.partial_fit(table.assign(planet="Earth"))
    assert vars(model) == before


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Cat2VecImputer, "rows_of_table.CellsKept"),
        (Cat2VecOutlierDetector, "outlier_detector._offset"),
    ],
)
def test_cells_that_cannot_be_fitted_leave_the_earlier_fit(table, kind, name, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    model = kind().fit(table)
    before = dict(vars(model))
    monkeypatch.setattr(f"cat2vec.estimator.{name}", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.fit(table[["food", "temp"]])
    assert vars(model) == before


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("overwrite", lambda model, path: model.save(path.parent, overwrite="no")),
        ("overwrite", lambda model, path: model.explore(path.with_suffix(".html"), overwrite=1)),
        ("overwrite", lambda model, path: count_pairs(TWO).save(path.parent, overwrite=None)),
        ("progress", lambda model, path: count_pairs(TWO, progress="no")),
        ("binary", lambda model, path: save_word2vec_format(model.vectors_, path, binary="no")),
        ("skip_initial_space", lambda model, path: read_table(path, skip_initial_space="no")),
    ],
)
def test_what_is_neither_true_nor_false_is_refused(name, use, tmp_path):
    (tmp_path / "x").write_text("a,b\nx,y\n")
    model = Cat2Vec(vector_size=1).fit(TWO)
    with pytest.raises(ParameterError, match=rf"^{name} must be True or False, got ('no'|1|None)"):
        use(model, tmp_path / "x")
    assert [file.name for file in tmp_path.iterdir()] == ["x"]
