"""What transform writes: context columns teach and are not written; features have their sizes."""

import numpy as np
import pytest

from cat2vec import Cat2Vec, load
from cat2vec.errors import (
    FeatureSizeWarning,
    ParameterError,
    UnknownFeatureError,
    VectorSizeWarning,
)
from tests.made_tables import planted

TABLE = planted(np.random.default_rng(0), n_rows=900)
SIZES = {"f1": 2, None: 5}


def test_context_columns_teach_and_are_not_written():
    whole = Cat2Vec(vector_size=3).fit(TABLE)
    model = Cat2Vec(vector_size=3, context=["f1"])
    written = model.fit_transform(TABLE)
    np.testing.assert_array_equal(model.vectors_.matrix, whole.vectors_.matrix)
    assert "f1" in model.vectors_
    everything = whole.transform(TABLE)
    np.testing.assert_array_equal(written, np.delete(everything, [3, 4, 5], axis=1))
    np.testing.assert_array_equal(written, model.transform(TABLE))
    names = [f"{name}_{i}" for name in ("f0", "f2", "f3") for i in range(3)]
    assert model.get_feature_names_out().tolist() == names


def test_context_columns_are_no_part_of_the_mean_of_a_row():
    model = Cat2Vec(vector_size=3, context=["f1"], row_vector="mean").fit(TABLE)
    cells = [model.vectors_[name].loc[TABLE[name]].to_numpy() for name in ("f0", "f2", "f3")]
    np.testing.assert_allclose(model.transform(TABLE), np.mean(cells, axis=0), atol=1e-6)


def test_sizes_by_feature_are_the_best_numbers_of_a_training_at_the_largest():
    model = Cat2Vec(SIZES).fit(TABLE)
    largest = Cat2Vec(5).fit(TABLE)
    np.testing.assert_array_equal(model.vectors_.matrix, largest.vectors_.matrix)
    written = model.transform(TABLE)
    assert written.shape == (900, 5 + 2 + 5 + 5)
    reduced = model.vectors_.reduce("f1", 2).loc[TABLE["f1"]].to_numpy()
    np.testing.assert_array_equal(written[:, 5:7], reduced)
    np.testing.assert_array_equal(written[:, :5], largest.transform(TABLE)[:, :5])
    names = model.get_feature_names_out().tolist()
    assert names[4:8] == ["f0_4", "f1_0", "f1_1", "f2_0"]
    assert len(names) == 17


def test_missing_and_unseen_cells_are_zeros_at_every_size():
    model = Cat2Vec(SIZES).fit(TABLE)
    rows = {**{k: v[:2] for k, v in TABLE.items()}, "f1": [None, "never"]}
    with pytest.warns(UserWarning, match="'f1' 1"):
        assert not model.transform(rows)[:, 5:7].any()


def test_unseen_categories_are_folded_in_and_reduced_as_the_others():
    model = Cat2Vec(SIZES, handle_unknown="fold_in").fit(TABLE)
    rows = [row for row in range(900) if TABLE["f1"][row].startswith("g0")]
    renamed = {k: [v[row] for row in rows] for k, v in TABLE.items()}
    renamed["f1"] = ["never"] * len(rows)
    found = model.transform(renamed)[0, 5:7]
    others = model.vectors_.reduce("f1", 2)
    near = others.index[np.argsort(np.linalg.norm(others - found, axis=1))[:3]]
    assert all(name.startswith("g0") for name in near)


def test_features_of_a_shared_vocabulary_are_reduced_along_the_same_axes():
    sizes = {"place": 2, "f1": 1, None: 4}
    model = Cat2Vec(sizes, shared={"place": ["f0", "f2"]}).fit(TABLE)
    written = model.transform(TABLE)
    place = model.vectors_.reduce("place", 2)
    np.testing.assert_array_equal(written[:, :2], place.loc[TABLE["f0"]])
    np.testing.assert_array_equal(written[:, 3:5], place.loc[TABLE["f2"]])


def test_sizes_and_context_are_kept_on_disk_and_in_parts(tmp_path):
    model = Cat2Vec(SIZES, context=("f3",)).partial_fit(TABLE).partial_fit(TABLE)
    model.save(tmp_path / "model")
    again = load(tmp_path / "model")
    assert again.vector_size == SIZES
    assert again.context == ["f3"]
    np.testing.assert_array_equal(again.transform(TABLE), model.transform(TABLE))
    assert again.transform(TABLE).shape == (900, 12)


def test_names_of_a_dataframe_follow():
    import pandas as pd

    model = Cat2Vec(SIZES, context=["f3"]).set_output(transform="pandas")
    frame = model.fit_transform(pd.DataFrame(TABLE))
    assert frame.columns.tolist() == model.get_feature_names_out().tolist()
    assert frame.shape == (900, 12)


def test_a_size_that_a_feature_cannot_carry_is_told_only_where_it_was_named():
    with pytest.warns(FeatureSizeWarning, match=r"20 of 'f1', which carries 11 \(one less"):
        Cat2Vec({"f1": 20, None: 2}).fit(TABLE)
    assert issubclass(FeatureSizeWarning, VectorSizeWarning)


def test_sizes_of_all_named_features_leave_the_default_out():
    model = Cat2Vec({"f0": 1, "f1": 1, "f2": 2, "f3": 1}).fit(TABLE)
    assert model.vectors_.vector_size == 2
    assert model.transform(TABLE).shape == (900, 5)


@pytest.mark.parametrize(
    ("kwargs", "error", "sentence"),
    [
        ({"vector_size": {}}, ParameterError, "vector_size must name a feature or be an integer"),
        ({"vector_size": {"f0": 0}}, ParameterError, r"vector_size\['f0'\] must be an integer of"),
        ({"vector_size": {"x": 2}}, UnknownFeatureError, "no feature 'x' in this model"),
        (
            {"vector_size": {"f0": 2}, "row_vector": "mean"},
            ParameterError,
            "row_vector='mean' averages vectors of one size",
        ),
        ({"context": "f0"}, ParameterError, "context must be a list of column names, got 'f0'"),
        ({"context": ["x"]}, UnknownFeatureError, "columns used, but context names it"),
        ({"context": list(TABLE)}, ParameterError, "context names all features"),
    ],
)
def test_wrong_values_say_what_is_wrong_before_training(kwargs, error, sentence, monkeypatch):
    monkeypatch.setattr("cat2vec.estimator.estimator.train_and_count", None)
    with pytest.raises(error, match=sentence):
        Cat2Vec(**kwargs).fit(TABLE)
