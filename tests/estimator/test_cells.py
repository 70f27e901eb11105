"""What a model keeps about cells, and what it says where it keeps nothing."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from cat2vec import Cat2Vec, Cat2VecImputer, Cat2VecOutlierDetector, encode_table, load
from cat2vec.counting.encoded import count_encoded
from cat2vec.errors import NotAvailableError, ParameterError, UnknownFeatureError
from cat2vec.estimator import cells
from cat2vec.training.problem import Problem
from tests.made_tables import planted


@pytest.fixture(scope="module")
def table():
    return planted(np.random.default_rng(0), n_rows=600, n_features=4)


@pytest.mark.parametrize(
    "estimator",
    [
        Cat2VecOutlierDetector(n_jobs=1),
        Cat2VecOutlierDetector(contamination=0.1, n_jobs=1),
        Cat2VecImputer(n_jobs=1),
    ],
    ids=["auto", "share", "imputer"],
)
def test_the_checks_of_scikit_learn_pass(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for one, check in estimator_checks_generator(estimator):
            if "array_api" not in check.func.__name__:
                check(one)


def test_without_counts_vectors_answer_what_they_can(table):
    model = Cat2Vec(4, keep_counts=False).fit(table)
    assert model.cells_.counts is None
    assert model.probabilities(table, "f0").shape == (600, 12)
    assert model.impute(table) == table
    for ask in (model.score_samples, model.outlier_rows, model.suspicious_cells):
        with pytest.raises(NotAvailableError, match="Fit it with keep_counts=True") as found:
            ask(table)
        assert ask.__name__ in str(found.value)


def test_counts_are_kept_where_they_are_not_too_many_and_where_asked(table, monkeypatch):
    assert Cat2Vec(2).fit(table).cells_.counts is not None
    assert Cat2Vec(2, solver="rows", epochs=1).fit(table).cells_.counts is not None
    monkeypatch.setattr(cells, "MOST_PAIRS", 6 * 12 * 12 - 1)  # all pairs of 4 features
    assert Cat2Vec(2).fit(table).cells_.counts is None
    assert Cat2Vec(2, keep_counts=True).fit(table).cells_.counts is not None
    with pytest.raises(ParameterError, match="keep_counts must be 'auto', True or False"):
        Cat2Vec(keep_counts="no").fit(table)


def test_a_folder_holds_counts_and_temperatures_and_no_rows(table, tmp_path):
    model = Cat2Vec(2).fit(table)
    model.save(tmp_path / "with")
    Cat2Vec(2, keep_counts=False).fit(table).save(tmp_path / "without")
    more = sum(
        sign * (tmp_path / name / "vectors.safetensors").stat().st_size
        for name, sign in (("with", 1), ("without", -1))
    )
    assert 2 * model.cells_.counts.n_pairs < more < 8 * model.cells_.counts.n_pairs + 5_000
    again = load(tmp_path / "with")
    assert again.cells_.sample is None
    pd.testing.assert_frame_equal(
        again.probabilities(table, "f1"), model.probabilities(table, "f1")
    )
    pd.testing.assert_frame_equal(again.outlier_rows(table, 3), model.outlier_rows(table, 3))
    by_vectors = load(tmp_path / "without")
    assert by_vectors.cells_.temperature.shape == (4, 3)


def test_batches_are_known_as_one_table_is(table):
    halves = [
        {name: cells[half] for name, cells in table.items()}
        for half in (slice(300), slice(300, None))
    ]
    model = Cat2Vec(4).partial_fit(halves[0]).partial_fit(halves[1])
    whole = Cat2Vec(4).fit(table)
    assert model.cells_.sample.n_rows == 600
    near = model.probabilities(table, "f2") - whole.probabilities(table, "f2")
    assert near.abs().to_numpy().max() < 1e-3
    assert model.score_samples(table).shape == (600,)


def test_new_categories_of_a_batch_are_known_afterwards(table):
    model = Cat2Vec(4).partial_fit(table)
    new = {name: ["new"] * 30 for name in table}
    model.partial_fit(new)
    assert model.probabilities({**new, "f0": [None] * 30}, "f0")["new"].min() > 0.9


def test_a_batch_after_loading_keeps_temperatures_if_it_is_small(table, tmp_path):
    model = Cat2Vec(4).partial_fit(table)
    model.save(tmp_path / "m")
    again = load(tmp_path / "m")
    before = again.cells_.temperature.copy()
    again.partial_fit({name: cells[:50] for name, cells in table.items()})
    np.testing.assert_array_equal(again.cells_.temperature, before)
    again.partial_fit(table)
    assert again.cells_.temperature is None  # until it is asked for
    assert again.probabilities(table, "f0").shape == (600, 12)


def test_the_column_in_question_may_be_missing_and_does_not_matter(table):
    model = Cat2Vec(4).fit(table)
    whole = model.probabilities(table, "f1")
    without = {name: cells for name, cells in table.items() if name != "f1"}
    pd.testing.assert_frame_equal(model.probabilities(without, "f1"), whole)
    frame = pd.DataFrame(without, index=range(5, 605))
    found = model.probabilities(frame, "f1")
    assert found.index.tolist() == frame.index.tolist()
    assert found.columns.name == "f1"
    np.testing.assert_array_equal(found.to_numpy(), whole.to_numpy())


def test_a_row_without_cells_gets_the_shares(table):
    model = Cat2Vec(4).fit(table)
    found = model.probabilities({name: [None] for name in table}, "f0").iloc[0]
    shares = model.vocabulary_.shares[model.vocabulary_.tokens_of("f0")]
    np.testing.assert_allclose(found, shares, atol=1e-3)


def test_wrong_input_is_one_sentence(table):
    model = Cat2Vec(4).fit(table)
    with pytest.raises(UnknownFeatureError, match="no feature 'town' in this model"):
        model.probabilities(table, "town")
    with pytest.raises(UnknownFeatureError, match="no feature 'f0' in this table"):
        model.impute({"town": ["x"]})
    with pytest.raises(ParameterError, match="contamination must be 'auto' or a number above 0"):
        Cat2VecOutlierDetector(contamination=0.7).fit(table)
    with pytest.raises(ParameterError, match="n must be an integer of at least 1, got 0"):
        model.suspicious_cells(table, 0)
    with pytest.raises(ParameterError, match="n_cells must be an integer of at least 1"):
        model.outlier_rows(table, 1, "a")


@pytest.mark.parametrize("exclude", [None, [["f0", "f1"]]])
def test_a_fit_counts_pairs_once_and_keeps_what_it_trained_on(table, exclude, monkeypatch):
    called = []

    def counted(encoded, n_jobs=None):
        called.append(encoded.n_rows)
        return count_encoded(encoded, n_jobs)

    for module in ("cat2vec.training.train", "cat2vec.estimator.cells"):
        monkeypatch.setattr(f"{module}.count_encoded", counted)
    for fit in (Cat2Vec.fit, Cat2Vec.fit_transform):
        called.clear()
        model = Cat2Vec(2, exclude_pairs=exclude, solver="counts")
        fit(model, table)
        assert called == [600]
        kept = model.cells_.counts
        wanted = count_encoded(encode_table(table))
        if exclude:
            wanted = wanted.without(Problem.of_vectors(model.vectors_).allowed)
        assert kept.count.tobytes() == wanted.count.tobytes()
        assert kept.right.tobytes() == wanted.right.tobytes()
        assert "both_ways" not in vars(kept)  # until it is asked for


def test_offsets_stay_with_their_categories_when_a_small_batch_brings_new_ones(table, tmp_path):
    model = Cat2Vec(4).partial_fit(table)
    model.save(tmp_path / "m")
    again = load(tmp_path / "m")
    before, earlier = again.cells_.offset, again.vocabulary_
    assert np.abs(before).max() > 0.01
    again.partial_fit({name: ["a new one", *cells[:50]] for name, cells in table.items()})
    after, vocabulary = again.cells_.offset, again.vocabulary_
    assert len(after) == vocabulary.n_tokens == earlier.n_tokens + 4
    for name in table:
        assert after[vocabulary.token_id(name, "a new one")] == 0
        for category in set(table[name]):
            mine = after[vocabulary.token_id(name, category)]
            assert mine == before[earlier.token_id(name, category)]


@pytest.mark.parametrize("index", ["text", "dates", "two levels", "repeated"])
def test_rows_are_named_by_the_index_of_a_pandas_table(table, index):
    frame, n = pd.DataFrame(table), len(table["f0"])
    frame.index = {
        "text": pd.Index([f"row {i}" for i in range(n)][::-1]),
        "dates": pd.date_range("2024-01-01", periods=n),
        "two levels": pd.MultiIndex.from_product([["a", "b"], range(n // 2)]),
        "repeated": pd.Index([0] * n),
    }[index]
    model = Cat2Vec(4).fit(frame)
    detector = Cat2VecOutlierDetector().fit(frame)
    for ask in (model.outlier_rows, detector.outlier_rows, model.suspicious_cells):
        numbers, named = ask(table, n=7), ask(frame, n=7)
        assert named["row"].tolist() == frame.index[numbers["row"]].tolist()
        pd.testing.assert_frame_equal(named.drop(columns="row"), numbers.drop(columns="row"))
    for numbered in (model.set_output(transform="pandas").transform(frame), model.impute(frame)):
        assert numbered.index.equals(frame.index)
    assert model.probabilities(frame, "f0").index.equals(frame.index)
    assert len(model.score_samples(frame)) == len(model.cluster_rows(frame, 2).labels) == n


def test_rows_of_other_tables_are_named_by_their_numbers(table):
    model = Cat2Vec(4).fit(table)
    wanted = model.outlier_rows(table, n=5)
    for other in (pd.DataFrame(table), pl.DataFrame(table), pa.table(table)):
        pd.testing.assert_frame_equal(model.outlier_rows(other, n=5), wanted)
    assert wanted["row"].dtype == np.int64
