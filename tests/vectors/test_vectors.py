"""``Vectors``: looking up, neighbours, similarity and the reduction of one feature."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cat2vec import Vectors, Vocabulary, count_pairs, train_vectors
from cat2vec.errors import (
    BinWarning,
    ParameterError,
    UnknownCategoryError,
    UnknownFeatureError,
)
from cat2vec.inspection import analogy, nearest_to_all
from cat2vec.inspection.maps import places_of
from cat2vec.vocabulary.vocabulary import RARE, Codec, Schema


def objects(*values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def made_by_hand(features, matrix, counts=None):
    """Vectors with matrices that a test chose; ``features`` maps a name to its categories."""
    categories = [v if isinstance(v, np.ndarray) else objects(*v) for v in features.values()]
    schema = Schema(tuple(features), tuple(Codec("category", "string") for _ in features))
    matrix = np.asarray(matrix, dtype=np.float32)
    counts = np.ones(len(matrix), np.int64) if counts is None else np.asarray(counts)
    return Vectors(
        Vocabulary(schema, tuple(categories), counts),
        matrix,
        matrix,
        matrix,
        {"solver": "counts"},
        (2.5, 2.25),
        2.75,
    )


@pytest.fixture
def towns():
    """Six categories on a plane, so that every answer can be read off."""
    return made_by_hand(
        {"city": ["Bergen", "Oslo", "Pisa", "Rome"], "food": ["cod", "pasta"]},
        [[1, 0], [2, 0], [-1, 1], [0, 3], [1, 1], [0, 0]],
        counts=[4, 3, 2, 1, 6, 4],
    )


@pytest.fixture(scope="module")
def trained():
    rng = np.random.default_rng(0)
    group = rng.integers(0, 3, 600)
    table = pd.DataFrame(
        {
            "city": np.array([["a", "b"], ["c", "d"], ["e", "f"]])[group, rng.integers(0, 2, 600)],
            "age": np.round(20 + 20 * group + rng.normal(0, 4, 600), 1),
            "team": group + 1,
        }
    )
    return train_vectors(count_pairs(table, n_jobs=1), vector_size=4, n_jobs=1)


def test_it_is_a_mapping_from_feature_to_frame_in_the_order_of_the_table(towns):
    assert list(towns) == ["city", "food"]
    assert len(towns) == 2
    assert "city" in towns
    assert "Oslo" not in towns
    assert towns.get("nowhere") is None
    assert [name for name, _ in towns.items()] == ["city", "food"]


def test_a_frame_holds_the_rows_of_its_feature_under_the_feature_s_name(towns):
    expected = pd.DataFrame(
        np.array([[1, 1], [0, 0]], np.float32),
        columns=["food_0", "food_1"],
        index=pd.Index(["cod", "pasta"], name="food"),
    )
    pd.testing.assert_frame_equal(towns["food"], expected)


@pytest.mark.parametrize(
    ("categories", "dtype"),
    [
        (np.array([3, 7], dtype=np.int8), np.dtype("int8")),
        (np.array([1.5, np.inf]), np.dtype("float64")),
        (np.array([False, True]), np.dtype("bool")),
        (objects(True, 1, "1", b"1"), np.dtype("object")),
        (objects((1, 2), (3, 4)), np.dtype("object")),
        (objects("a", "\ud800"), np.dtype("object")),
    ],
    ids=["int8", "float", "bool", "mixed", "tuples", "lone surrogate"],
)
def test_the_index_holds_the_original_values_in_their_type(categories, dtype):
    vectors = made_by_hand({"x": categories}, np.eye(len(categories)))
    index = vectors["x"].index
    assert index.dtype == dtype
    assert index.nlevels == 1
    assert list(map(type, index.tolist())) == list(map(type, categories.tolist()))
    assert index.tolist() == categories.tolist()
    found = vectors.nearest("x", categories.tolist()[0])
    assert found["category"].tolist() == categories.tolist()[1:]


def test_one_frame_holds_all_features(towns):
    frame = towns.to_frame()
    assert frame.index.names == ["feature", "category"]
    assert frame.columns.tolist() == [0, 1]
    assert list(dict.fromkeys(frame.index.get_level_values(0))) == list(towns)
    np.testing.assert_array_equal(frame, towns.matrix)
    for name, own in towns.items():
        np.testing.assert_array_equal(frame.loc[name], own)
        assert frame.loc[name].index.tolist() == own.index.tolist()
    assert frame.loc[("city", "Rome")].tolist() == [0.0, 3.0]


def test_one_frame_keeps_categories_of_every_type_apart():
    made = made_by_hand(
        {"doors": [1, 2], "used": [False, True], "mixed": [1, True, "1", RARE], "x": [2.5]},
        np.arange(9)[:, None],
    )
    frame = made.to_frame()
    wanted = [value for own in made.vocabulary.categories for value in own.tolist()]
    found = frame.index.get_level_values("category").tolist()
    assert [(type(one), one) for one in found] == [(type(one), one) for one in wanted]
    assert frame.xs("used")[0].tolist() == [2.0, 3.0]


def test_one_frame_holds_what_features_share_once():
    table = {"from": ["x", "y"] * 9, "to": ["x", "y"] * 9, "hour": ["1", "2"] * 9}
    counts = count_pairs(table, shared={"place": ["from", "to"]})
    vectors = train_vectors(counts, vector_size=1)
    frame = vectors.to_frame()
    assert frame.index.tolist() == [("place", "x"), ("place", "y"), ("hour", "1"), ("hour", "2")]
    np.testing.assert_array_equal(frame.loc["place"], vectors["from"])


def test_an_unknown_feature_is_an_error_that_names_the_nearest(towns):
    with pytest.raises(UnknownFeatureError, match=r"no feature 'citi' .* Nearest: 'city'\."):
        towns["citi"]


def test_nearest_searches_the_own_feature_and_leaves_the_category_itself_out(towns):
    found = towns.nearest("city", "Oslo")
    assert found.columns.tolist() == ["feature", "category", "similarity", "rows"]
    assert found["feature"].unique().tolist() == ["city"]
    assert found["category"].tolist() == ["Bergen", "Rome", "Pisa"]
    np.testing.assert_allclose(found["similarity"], [1, 0, -(0.5**0.5)], atol=1e-7)
    assert found["rows"].tolist() == [4, 1, 2]


def test_nearest_among_another_feature_searches_only_there(towns):
    found = towns.nearest("city", "Bergen", among="food")
    assert found["feature"].tolist() == ["food", "food"]
    assert found["category"].tolist() == ["cod", "pasta"]
    np.testing.assert_allclose(found["similarity"], [0.5**0.5, 0])


def test_nearest_among_several_features_merges_them_and_counts_none_twice(towns):
    found = towns.nearest("city", "Rome", n=3, among=["food", "city", "food"])
    assert list(zip(found["feature"], found["category"], strict=True)) == [
        ("city", "Pisa"),
        ("food", "cod"),
        ("city", "Bergen"),
    ]


def test_nearest_gives_fewer_rows_when_the_feature_has_fewer(towns):
    assert len(towns.nearest("city", "Oslo", n=1)) == 1
    assert len(towns.nearest("city", "Oslo", n=99)) == 3


def test_ties_come_in_order_of_the_vocabulary():
    vectors = made_by_hand({"x": "abcdef"}, [[1, 0], [0, 1], [2, 0], [0, 2], [3, 0], [0, 3]])
    assert vectors.nearest("x", "e")["category"].tolist() == ["a", "c", "b", "d", "f"]


def test_a_numeric_feature_is_asked_by_number_or_by_the_text_of_a_bin(trained):
    labels = trained["age"].index.tolist()
    with pytest.warns(BinWarning, match=rf"'age' holds bins, and -5 lies in '{labels[0]}'"):
        low = trained.nearest("age", -5)
    pd.testing.assert_frame_equal(low, trained.nearest("age", labels[0]))
    with pytest.warns(BinWarning, match=rf"Ask for '{labels[-1]}', or, if its numbers are codes"):
        high = trained.nearest("age", np.float64(1e9))
    pd.testing.assert_frame_equal(high, trained.nearest("age", labels[-1]))
    assert labels[0] not in low["category"].tolist()


@pytest.mark.parametrize(
    "ask",
    [
        lambda vectors, age: vectors.nearest("age", age, n=2),
        lambda vectors, age: vectors.nearest("age", age, n=2, among="city"),
        lambda vectors, age: vectors.similarity("age", age, "a", "city"),
        lambda vectors, age: vectors.similarity("city", "a", age, "age"),
        lambda vectors, age: analogy(
            vectors, "city", "a", "b", age, c_feature="age", n=1, among="city"
        ),
        lambda vectors, age: nearest_to_all(vectors, "age", [age], n=2),
    ],
    ids=["nearest", "nearest among", "similarity", "other", "analogy", "nearest to all"],
)
@pytest.mark.parametrize("number", [30, 30.0, np.int64(30)])
def test_every_question_says_in_which_bin_a_number_lies(trained, ask, number):
    age = trained.vocabulary.token(trained.vocabulary.token_id("age", 30)).category
    with pytest.warns(BinWarning, match="'age' holds bins, and 30 lies in ") as seen:
        found = ask(trained, number)
    assert len(seen) == 1
    assert repr(age) in str(seen[0].message)
    expected = ask(trained, age)  # asked by its label: no warning
    assert str(found) == str(expected)


def test_whole_numbers_stay_whole_numbers_beside_text(trained):
    found = trained.nearest("city", "a", n=99, among=["team", "city"])
    teams = found.loc[found["feature"] == "team", "category"].tolist()
    assert sorted(teams) == [1, 2, 3]
    assert {type(team) for team in teams} == {int}


@pytest.mark.parametrize("n", [0, -1, 2.5, "3", True, None])
def test_a_bad_number_of_neighbours_is_an_error(towns, n):
    with pytest.raises(ParameterError, match=rf"^n must be an integer of at least 1, got {n!r}\."):
        towns.nearest("city", "Oslo", n=n)


def test_searching_among_nothing_is_an_error(towns):
    with pytest.raises(ParameterError, match="among must name at least one feature"):
        towns.nearest("city", "Oslo", among=[])


def test_unknown_words_are_errors_that_say_what_there_is(towns):
    with pytest.raises(UnknownCategoryError, match=r"feature 'city' has no category 'Osl'.*'Oslo'"):
        towns.nearest("city", "Osl")
    with pytest.raises(UnknownFeatureError, match=r"no feature 'foods' .* Nearest: 'food'"):
        towns.nearest("city", "Oslo", among=["city", "foods"])
    with pytest.raises(UnknownCategoryError, match="feature 'food' has no category 'Rome'"):
        towns.similarity("city", "Rome", "Rome", other_feature="food")


def test_text_that_looks_like_a_number_is_another_category(trained):
    with pytest.raises(
        UnknownCategoryError, match=r"There is 1 \(int\); values of different types"
    ):
        trained.nearest("team", "1")


def test_similarity_is_symmetric_bounded_and_one_with_itself(trained):
    cities = trained["city"].index.tolist()
    table = np.array([[trained.similarity("city", a, b) for b in cities] for a in cities])
    np.testing.assert_array_equal(table, table.T)
    np.testing.assert_allclose(np.diag(table), 1, rtol=1e-12)
    assert np.abs(table).max() <= 1
    assert table.min() < 0 < table[0, 1]
    across = trained.similarity("city", "a", 1, other_feature="team")
    assert across == trained.similarity("team", 1, "a", other_feature="city")


def test_similarity_with_a_zero_vector_is_zero(towns):
    assert towns.similarity("city", "Oslo", "pasta", other_feature="food") == 0
    assert towns.similarity("food", "pasta", "pasta") == 0


def weighted_pca(values, counts):
    """The textbook way: eigenvectors of the weighted covariance."""
    share = counts / counts.sum()
    centred = values - share @ values
    variances, axes = np.linalg.eigh((share[:, None] * centred).T @ centred)
    scores = (centred @ axes)[:, np.argsort(-variances)]
    signs = np.sign(scores[np.abs(scores).argmax(axis=0), np.arange(scores.shape[1])])
    return scores * signs


@pytest.fixture
def cloud():
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(12, 5)) * [1, 3, 0.5, 2, 0.2]
    return made_by_hand(
        {"x": [f"x{i}" for i in range(9)], "y": "abc"}, matrix, rng.integers(1, 50, 12)
    )


@pytest.mark.parametrize("n", [1, 3, 5])
def test_reduce_equals_weighted_pca_computed_another_way(cloud, n):
    reduced = cloud.reduce("x", n)
    expected = weighted_pca(cloud.matrix[:9].astype(float), cloud.vocabulary.counts[:9])
    np.testing.assert_allclose(reduced, expected[:, :n], atol=2e-6)
    assert reduced.columns.tolist() == [f"x_{i}" for i in range(n)]
    assert reduced.index.equals(cloud["x"].index)
    assert set(reduced.dtypes) == {np.dtype("float32")}


def test_the_map_of_all_features_is_weighted_pca_around_their_average(cloud):
    together = places_of(cloud).together
    expected = weighted_pca(cloud.matrix.astype(float), cloud.vocabulary.shares)
    np.testing.assert_allclose(together, expected[:, :2], atol=2e-6)


def test_reduced_columns_come_in_order_of_their_weighted_variance(cloud):
    counts = cloud.vocabulary.counts[:9]
    variances = np.average(cloud.reduce("x", 5).to_numpy() ** 2, axis=0, weights=counts)
    assert (np.diff(variances) < 0).all()


def test_reducing_to_the_rank_keeps_all_distances(cloud):
    def distances(values):
        return np.linalg.norm(values[:, None] - values[None], axis=2)

    reduced = cloud.reduce("y", 2).to_numpy()  # three points lie in a plane
    np.testing.assert_allclose(distances(reduced), distances(cloud.matrix[9:]), atol=1e-5)


def test_dimensions_beyond_the_rank_are_zero_and_an_empty_feature_stays_empty(cloud):
    np.testing.assert_allclose(cloud.reduce("y", 5).to_numpy()[:, 2:], 0, atol=1e-6)
    empty = made_by_hand({"x": "ab", "none": []}, [[1, 0], [0, 1]])
    assert empty.reduce("none", 2).shape == (0, 2)
    assert empty["none"].shape == (0, 2)


@pytest.mark.parametrize("n", [0, 6, -2, 1.0, True, "2"])
def test_reducing_to_an_impossible_size_is_an_error(cloud, n):
    with pytest.raises(
        ParameterError, match=rf"^n must be an integer from 1 to vector_size=5, got {n!r}\.$"
    ):
        cloud.reduce("x", n)


def test_the_repr_says_size_solver_and_gain(towns):
    assert repr(towns) == (
        "Vectors(6 tokens of 2 features, vector_size 2, solver counts, gain 0.5000 nats per pair)"
    )
    assert (towns.loss, towns.gain) == (2.25, 0.5)


@pytest.mark.parametrize("name", ["matrix", "center", "context"])
def test_matrices_that_do_not_fit_the_vocabulary_are_refused(towns, name):
    with pytest.raises(ValueError, match=rf"^{name} must have one row per token"):
        dataclasses.replace(towns, **{name: np.zeros((5, 2), np.float32)})
