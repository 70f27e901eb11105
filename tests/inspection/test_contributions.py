"""What features contribute to a similarity adds up to it, and is where the likeness was planted."""

from __future__ import annotations

import numpy as np
import pytest

from cat2vec import Cat2Vec, encode_table, train_vectors
from cat2vec.errors import ParameterError
from cat2vec.inspection import contributions
from cat2vec.inspection.contributions import ContributionModel
from tests.reference.contributions import contributions_by_category

RNG = np.random.default_rng(7)
KIND = RNG.integers(0, 4, 600)
TABLE = {
    "item": [f"i{kind}{copy}" for kind, copy in zip(KIND, RNG.integers(0, 3, 600), strict=True)],
    "shape": [f"s{kind // 2}" if RNG.random() < 0.9 else "s9" for kind in KIND],
    "colour": [f"c{kind % 2}" if RNG.random() < 0.9 else "c9" for kind in KIND],
    "noise": [f"n{value}" for value in RNG.integers(0, 5, 600)],
}
#: Settings under which the sum must be exact.
WAYS = {
    "counts": {},
    "rows": {"solver": "rows", "epochs": 3},
    "gensim": {"solver": "gensim", "epochs": 2},
    "fewer numbers than directions": {"vector_size": 2},
    "excluded pairs": {"exclude_pairs": [["item", "shape"]]},
}


@pytest.fixture(scope="module")
def vectors():
    return train_vectors(encode_table(TABLE), vector_size=6)


@pytest.mark.parametrize("way", WAYS)
def test_contributions_add_up_to_the_similarity(way):
    made = train_vectors(encode_table(TABLE), **{"vector_size": 6, **WAYS[way]})
    for feature, category, other, other_feature in (
        ("item", "i00", "i01", None),
        ("item", "i00", "i30", None),
        ("item", "i00", "s0", "shape"),
        ("colour", "c0", "c1", None),
        ("shape", "s0", "c1", "colour"),
        ("item", "i00", "i00", None),
    ):
        found = contributions(made, feature, category, other, other_feature)
        wanted = made.similarity(feature, category, other, other_feature)
        assert found["contribution"].sum() == pytest.approx(wanted, abs=1e-5)
        assert found["contribution"].is_monotonic_decreasing


def test_a_model_that_was_turned_and_shares_vectors_adds_up_too():
    flights = {
        "origin": [f"a{k}" for k in KIND],
        "dest": [f"a{(k + 1) % 4}" for k in KIND],
        "hour": [f"h{k % 2}" for k in KIND],
    }
    model = Cat2Vec(4, shared={"airport": ["origin", "dest"]}, keep_counts=True)
    model.partial_fit(flights).partial_fit({name: column[:50] for name, column in flights.items()})
    found = contributions(model.vectors_, "origin", "a0", "a2")
    assert sorted(found["feature"]) == ["airport", "hour"]  # airports learn from each other
    wanted = model.vectors_.similarity("origin", "a0", "a2")
    assert found["contribution"].sum() == pytest.approx(wanted, abs=1e-5)
    baskets = {"basket": [["x", "y"], ["x", "z"], ["y", "z", "w"], ["w", "x"]] * 9}
    alone = Cat2Vec(2).fit(baskets).vectors_
    found = contributions(alone, "basket", "x", "w")
    assert found["contribution"].sum() == pytest.approx(
        alone.similarity("basket", "x", "w"), abs=1e-5
    )


def test_contributions_are_those_of_the_matrix_of_associations_written_out(vectors):
    vocabulary = vectors.vocabulary
    model = ContributionModel.of(vectors)
    units = vectors.matrix / np.linalg.norm(vectors.matrix, axis=1, keepdims=True)
    names = vocabulary.feature_of_token
    for a, b in ((0, 1), (0, 5), (2, vocabulary.token_id("shape", "s1"))):
        slow = contributions_by_category(vectors, a, b)
        fast = model.by_feature(units[a].astype(float), names[a], units[b].astype(float), names[b])
        np.testing.assert_allclose(
            fast, np.bincount(names, weights=slow, minlength=len(fast)), atol=1e-5
        )


def test_the_feature_in_which_categories_agree_makes_them_alike(vectors):
    same_shape = contributions(vectors, "item", "i00", "i10").set_index("feature")["contribution"]
    assert same_shape["shape"] > 0.2
    assert same_shape["colour"] < -0.2
    assert abs(same_shape["noise"]) < 0.1
    assert "item" not in same_shape  # its own categories were never seen together


def test_a_vector_of_zero_is_like_nothing(vectors):
    made = train_vectors(encode_table(TABLE), vector_size=6)
    made.matrix[0] = 0
    with pytest.raises(ParameterError, match="the vector of item=i00 is zero"):
        contributions(made, "item", "i00", "i01")
