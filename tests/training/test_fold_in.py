"""Folding in: a category that training did not see gets the vector that training would give it."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from cat2vec import Cat2Vec, encode_table, train_vectors
from cat2vec.counting.encoded import count_encoded
from cat2vec.errors import UnknownFeatureError, UnseenCategoryWarning
from cat2vec.kernels.threads import workers
from cat2vec.tables.encode import encode_growing
from cat2vec.training import canonical, eigenvectors
from cat2vec.training import fold_in as module
from cat2vec.training.fold_in import fold_in
from cat2vec.training.problem import Noise, Problem
from cat2vec.training.solvers.groups import ungrouped
from cat2vec.training.solvers.objective import Objective, Side
from cat2vec.training.solvers.prior import TO_ZERO
from cat2vec.vectors.axes import feature_means
from cat2vec.vocabulary.categories import category_key
from tests.made_tables import planted
from tests.tables.test_encode import tables


def with_gaps(table, share=0.3):
    rng = np.random.default_rng(1)
    return {
        name: [None if rng.random() < share else cell for cell in cells]
        for name, cells in table.items()
    }


def without_pairs_of_columns(table):
    """Leave f2 empty wherever f0 is not, and f3 wherever f1 is not, in every second row."""
    table = {name: list(cells) for name, cells in table.items()}
    for here, there in (("f0", "f2"), ("f1", "f3")):
        for row in range(0, len(table[here]), 2):
            table[there][row] = None
    return table


def renamed(table, feature, category, new="new!"):
    """Give the rows that hold a category, under another name."""
    rows = [row for row, cell in enumerate(table[feature]) if cell == category]
    part = {name: [cells[row] for row in rows] for name, cells in table.items()}
    return part | {feature: [new] * len(rows)}


def cosine(left, right):
    return float(left @ right / np.linalg.norm(left) / np.linalg.norm(right))


PLANTED = planted(np.random.default_rng(0))
TABLES = {
    "whole": PLANTED,
    "gaps": with_gaps(PLANTED),
    "columns that stand apart": without_pairs_of_columns(PLANTED),
    "two features": {name: PLANTED[name] for name in ("f0", "f1")},
}


@pytest.mark.parametrize(
    ("name", "solver"),
    [*((name, "counts") for name in TABLES), ("whole", "rows"), ("whole", "gensim")],
)
def test_a_known_category_gets_its_own_vector_from_its_own_rows(name, solver):
    """Under another name, which training did not see, from the rows that it was trained on."""
    table = TABLES[name]
    # what folding in solves exactly, solvers that go by rows only come close to
    epochs = "auto" if solver == "counts" else {"rows": 60, "gensim": 20}[solver]
    vectors = train_vectors(encode_table(table), vector_size=4, solver=solver, epochs=epochs)
    for feature in table:
        for category in vectors[feature].index[::4]:
            rows = encode_growing(renamed(table, feature, category), vectors.vocabulary)
            found = fold_in(vectors, rows)[rows.vocabulary.token_id(feature, "new!")]
            expected = vectors[feature].loc[category].to_numpy()
            assert cosine(found, expected) > (0.95 if solver == "gensim" else 0.995)
            size = np.linalg.norm(found) / np.linalg.norm(expected)
            assert 0.95 < size < 1.05 or solver == "gensim"


@pytest.mark.parametrize("ns_exponent", [0.75, 1.0])
def test_center_and_context_are_where_the_objective_of_training_is_level(ns_exponent):
    """By the gradients of the solver itself, which has other code and float32."""
    encoded = encode_table(PLANTED)
    vectors = train_vectors(encoded, vector_size=4, negative=2, ns_exponent=ns_exponent)
    words, counts = vectors.vocabulary, count_encoded(encoded)
    token = words.token_id("f1", "g2_1")
    feature = np.array([1])
    with workers(1) as crew:
        center, context = module._solved(
            Problem.of_vectors(vectors),
            vectors,
            counts.both_ways[[token]],
            feature,
            words.counts[[token]],
            crew,
        )
    objective = Objective(counts, Noise.of(words, 2, ns_exponent))
    for mine, other, new, is_center in (
        (vectors.center, vectors.context, center[0], True),
        (vectors.context, vectors.center, context[0], False),
    ):
        side = Side.of(objective, center_side=is_center)
        (block,) = side.blocks
        moved = mine.copy()
        moved[token] = new
        with workers(1):
            descent = side.terms(block, moved, other, side.means(other, ungrouped(words))).descent
        mean = feature_means(mine, words)[1]
        pull = vectors.settings["regularization"] * (new - mean + TO_ZERO * new)
        np.testing.assert_allclose(descent[token], pull, atol=2e-3)
        assert np.abs(descent[token]).max() > 1


@pytest.fixture
def partly(trained):
    return copy.copy(trained[0]), trained[1]


@pytest.fixture(scope="module")
def trained():
    """Give a model of the rows that hold neither g1_0 in f1 nor g3_2 in f2, and the other rows."""
    out = (np.array(PLANTED["f1"]) == "g1_0") | (np.array(PLANTED["f2"]) == "g3_2")
    parts = [
        {name: np.array(cells)[rows].tolist() for name, cells in PLANTED.items()}
        for rows in (~out, out)
    ]
    return Cat2Vec(vector_size=4, handle_unknown="fold_in").fit(parts[0]), parts[1]


def test_a_category_left_out_of_training_lands_in_its_group(partly):
    model, rows = partly
    encoded = encode_growing(rows, model.vocabulary_)
    words = encoded.vocabulary
    vectors = replace(
        model.vectors_, vocabulary=words,
        matrix=fold_in(model.vectors_, encoded),
        center=np.zeros((words.n_tokens, 4)), context=np.zeros((words.n_tokens, 4)),
    )  # fmt: skip
    for feature, category in (("f1", "g1_0"), ("f2", "g3_2")):
        for among in ("f0", feature):
            near = vectors.nearest(feature, category, n=2, among=among)
            assert {name[:2] for name in near["category"]} == {category[:2]}
            assert near["similarity"].min() > 0.9


def test_transform_writes_the_same_each_time_in_any_order_and_keeps_nothing(partly):
    model, rows = partly
    before = model.vocabulary_, model.vectors_
    first = model.transform(rows)
    unseen = np.array(rows["f1"]) == "g1_0"
    assert np.abs(first[unseen, 4:8]).min(axis=0).all()
    assert len(np.unique(first[unseen, 4:8], axis=0)) == 1
    order = np.random.default_rng(2).permutation(len(first))
    mixed = {name: [cells[row] for row in order] for name, cells in rows.items()}
    assert model.transform(mixed).tobytes() == first[order].tobytes()
    two = model.set_params(n_jobs=2).transform(rows)
    assert two.tobytes() == first.tobytes()
    assert (model.vocabulary_, model.vectors_) == before
    known = {name: ["g0_0"] for name in rows}
    plain = Cat2Vec.transform(model.set_params(handle_unknown="zero"), known)
    assert model.set_params(handle_unknown="fold_in").transform(known).tobytes() == plain.tobytes()


def test_the_mean_of_a_row_takes_folded_cells_in(partly):
    model, rows = partly
    side_by_side = model.transform(rows).reshape(-1, 4, 4)
    mean = model.set_params(row_vector="mean").transform(rows)
    np.testing.assert_allclose(mean, side_by_side.mean(axis=1), atol=1e-6)


def test_what_stands_beside_nothing_known_is_zero_and_missing_stays_missing(partly):
    model, _ = partly
    rows = {
        "f0": ["new", "newer", None, "g1_0"],
        "f1": [None, "newest", None, "late"],
        "f2": [None, None, None, "g1_1"],
        "f3": [None, None, None, None],
    }
    found = model.transform(rows)
    assert not found[:3].any()
    assert not found[3, 12:].any()
    assert found[3, :12].reshape(3, 4).any(axis=1).all()


def test_a_feature_that_was_empty_or_constant_in_training_takes_categories():
    table = {"f0": PLANTED["f0"], "f1": PLANTED["f1"], "gone": [None] * 3000, "one": ["x"] * 3000}
    with pytest.warns(UserWarning, match="2 features have fewer than two categories"):
        model = Cat2Vec(vector_size=3, handle_unknown="fold_in").fit(table)
    rows = {"f0": ["g0_0"] * 9, "f1": ["g0_1"] * 9, "gone": ["y"] * 9, "one": ["z"] * 9}
    found = model.transform(rows)[0].reshape(4, 3)
    assert np.isfinite(found).all()
    assert cosine(found[2], found[0]) > 0.9
    assert cosine(found[3], found[1]) > 0.9


def test_vectors_that_were_turned_fold_in_what_is_turned_alike(partly):
    model, rows = partly
    encoded = encode_growing(rows, model.vocabulary_)
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(4, 4)))[0].astype(np.float32)
    turned = replace(model.vectors_, matrix=model.vectors_.matrix @ turn)
    np.testing.assert_allclose(
        fold_in(turned, encoded), fold_in(model.vectors_, encoded) @ turn, atol=1e-4
    )


def test_even_features_fold_in_what_uneven_ones_do_made_as_even(monkeypatch):
    twins = dict.fromkeys(("twin", "third"), PLANTED["f0"])
    table = PLANTED | twins  # f0 and its twins are long, the others short
    vectors = train_vectors(encode_table(table), vector_size=6)
    encoded = encode_growing(renamed(table, "f1", "g1_0"), vectors.vocabulary)
    token, words = encoded.vocabulary.token_id("f1", "new!"), vectors.vocabulary
    even = fold_in(vectors, encoded)[token]
    for place in (canonical, eigenvectors):
        monkeypatch.setattr(place, "EVENNESS", 0.0)
    plain = replace(
        vectors,
        matrix=canonical.canonical_vectors(
            Problem.of_vectors(vectors), vectors.center, vectors.context
        ),
    )
    uneven = fold_in(plain, encoded)[token]
    mine = words.tokens_of("f1")
    factor = np.linalg.norm(vectors.matrix[mine]) / np.linalg.norm(plain.matrix[mine])
    assert factor > 1.2
    assert np.linalg.norm(even) == pytest.approx(factor * np.linalg.norm(uneven), rel=1e-3)
    cosines = [
        matrix @ found / np.linalg.norm(matrix, axis=1) / np.linalg.norm(found)
        for matrix, found in ((vectors.matrix, even), (plain.matrix, uneven))
    ]
    np.testing.assert_allclose(cosines[0], cosines[1], atol=1e-3)


def test_rows_of_weight_zero_are_folded_in_by_fit_transform(partly):
    _, rows = partly
    rows = {name: [*cells, *PLANTED[name][:100]] for name, cells in rows.items()}
    weights = np.where(np.array(rows["f1"]) == "g1_0", 0.0, 1.0)
    model = Cat2Vec(vector_size=2, handle_unknown="fold_in")
    found = model.fit_transform(rows, sample_weight=weights)
    assert "g1_0" not in model.vectors_["f1"].index
    assert found[weights == 0, 2:4].any()
    np.testing.assert_array_equal(found, model.transform(rows))


def test_score_leaves_unseen_cells_out_as_it_does_with_zero(partly):
    model, rows = partly
    with pytest.warns(UnseenCategoryWarning):
        folded = model.score(rows)
    with pytest.warns(UnseenCategoryWarning):
        assert folded == model.set_params(handle_unknown="zero").score(rows)


def test_numbers_beyond_the_bins_are_seen_and_text_among_them_is_not():
    numbers = np.random.default_rng(4).normal(size=300)
    table = {"a": numbers, "b": np.where(numbers > 0, "up", "down").tolist()}
    first = encode_table(table).vocabulary
    encoded = encode_growing({"a": [-99.0, 99.0, None], "b": ["up", "level", "up"]}, first)
    assert encoded.codes.tolist() == [[0, 1], [15, 2], [-1, 1]]
    encoded = encode_growing({"a": ["many"], "b": ["up"]}, first)
    assert (encoded.codes.tolist(), encoded.unseen) == ([[-2, 1]], {"a": ("many",)})
    with pytest.raises(UnknownFeatureError, match="no feature 'b' in this table"):
        encode_growing({"a": [1.0]}, first)


@given(tables(), tables())
def test_new_rows_keep_known_codes_and_number_new_categories_in_order(first, second):
    known = encode_table(first, columns=dict.fromkeys(first, "category")).vocabulary
    second = {name: second.get(name, [None] * len(second["c0"])) for name in first}
    encoded = encode_growing(second, known)
    plain = encode_table(second, vocabulary=known)
    seen = plain.codes != -2
    np.testing.assert_array_equal(encoded.codes[seen], plain.codes[seen])
    for feature, (name, cells) in enumerate(second.items()):
        n_known = len(known.categories[feature])
        assert (encoded.codes[:, feature][~seen[:, feature]] >= n_known).all()
        keys = [category_key(v) for v in encoded.vocabulary.categories[feature][n_known:].tolist()]
        assert keys == sorted(keys)
        assert [c if c is None else category_key(c) for c in encoded.decode(name)] == [
            c if c is None else category_key(c) for c in cells
        ]
    present = encoded.token_ids()
    expected = np.bincount(present[present >= 0], minlength=encoded.vocabulary.n_tokens)
    np.testing.assert_array_equal(encoded.vocabulary.counts, expected)
