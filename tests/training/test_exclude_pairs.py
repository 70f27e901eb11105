"""Columns that are kept apart: their pairs are no part of the loss, and nothing depends on them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cat2vec import Cat2Vec, count_pairs, encode_table, load, train_vectors
from cat2vec.errors import (
    NothingToScoreError,
    ParameterError,
    TableError,
    UnknownFeatureError,
)
from cat2vec.tables.encode import encode_growing
from cat2vec.training.canonical import canonical_vectors
from cat2vec.training.fold_in import fold_in
from cat2vec.training.problem import Problem, pair_allowed
from tests.made_tables import planted, random_codes

PLANTED = planted(np.random.default_rng(0), n_rows=2000)
APART = [["f0", "f2"]]


def with_code(table, rng):
    """Add a column that says what f0 says, in other words, with some of its cells missing."""
    gaps = rng.random(len(table["f0"])) < 0.2
    return {
        **table,
        "code": [None if gap else f"no {v}" for v, gap in zip(table["f0"], gaps, strict=True)],
    }


def test_without_keeps_all_other_pairs_and_drops_these():
    counts = count_pairs(PLANTED)
    words = counts.vocabulary
    kept = counts.without(pair_allowed(words, APART))
    feature = words.feature_of_token
    found = {frozenset(pair) for pair in zip(feature[kept.left], feature[kept.right], strict=True)}
    assert found == {frozenset(p) for p in ((0, 1), (0, 3), (1, 2), (1, 3), (2, 3))}
    assert counts.total - kept.total == 2000
    assert not kept.with_feature[words.tokens_of("f0"), 2].any()
    assert counts.without(pair_allowed(words, None)) is counts


def test_a_column_of_dates_is_kept_apart_with_all_its_parts():
    days = np.datetime64("2020-01-01") + np.arange(0, 1200, 3)
    words = encode_table({"day": days, "f": np.arange(400) % 5, "g": np.arange(400) % 4}).vocabulary
    parts = [words.features.index(part) for part in words.schema.parts_of("day")]
    other, free = (words.features.index(name) for name in ("f", "g"))
    allowed = pair_allowed(words, [["day", "f"]])
    assert len(parts) > 2
    assert not allowed[parts, other].any()
    assert not allowed[other, parts].any()
    assert allowed[parts, free].all()


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=8)
def test_excluded_pairs_do_not_influence_a_bit(seed):
    """Shuffle one of two columns that are kept apart inside rows that agree in all others."""
    rng = np.random.default_rng(seed)
    table = random_codes(rng, 300, [4, 3, 4, 2], missing=0.1)
    other = list(table["f2"])
    rows_by_rest = {}
    for row, rest in enumerate(zip(table["f1"], table["f3"], strict=True)):
        rows_by_rest.setdefault(rest, []).append(row)
    for rows in rows_by_rest.values():
        for row, source in zip(rows, rng.permutation(rows), strict=True):
            other[row] = table["f2"][source]
    moved = {**table, "f2": other}
    first, second = (
        train_vectors(count_pairs(t), vector_size=2, exclude_pairs=APART) for t in (table, moved)
    )
    np.testing.assert_array_equal(first.matrix, second.matrix)
    assert first.losses == second.losses


def test_a_copy_that_is_kept_apart_leaves_neighbours_to_the_other_columns():
    table = with_code(PLANTED, np.random.default_rng(1))
    counts = count_pairs(table)
    joined = train_vectors(counts, vector_size=12)
    apart = train_vectors(counts, vector_size=12, exclude_pairs=[["f0", "code"]])
    plain = train_vectors(count_pairs(PLANTED), vector_size=12)
    means = [v.similarity("f0", "g0_0", "g0_1") for v in (joined, apart, plain)]
    assert means[0] < means[1] - 0.2  # a copy tells every category from all others
    assert means[1] == pytest.approx(means[2], abs=0.1)


def test_canonical_vectors_fill_blocks_that_were_kept_apart():
    words = count_pairs(PLANTED).vocabulary
    vectors = train_vectors(count_pairs(PLANTED), vector_size=4, exclude_pairs=APART)
    allowed = pair_allowed(words, APART)
    found = canonical_vectors(Problem.of_vectors(vectors), vectors.center, vectors.context)
    np.testing.assert_array_equal(found, vectors.matrix)
    sides = []
    for side in (vectors.center, vectors.context):
        side = side.astype(np.float64)
        means = words.sum_by_feature(words.shares[:, None] * side)
        sides.append(side - means[words.feature_of_token])
    heard = allowed[words.feature_of_token][:, words.feature_of_token]
    product = np.where(heard, (sides[0] @ sides[1].T + sides[1] @ sides[0].T) / 2, 0.0)
    filled = product
    for _ in range(4):
        values, axes = np.linalg.eigh(filled)
        values, axes = np.maximum(values[::-1][:4], 0), axes[:, ::-1][:, :4]
        filled = np.where(heard, product, (axes * values) @ axes.T)
    scale = np.sqrt(values.sum() / np.square(values).sum())
    expected = axes * values * scale
    expected -= words.sum_by_feature(words.shares[:, None] * expected)[words.feature_of_token]
    squares = words.sum_by_feature(words.shares[:, None] * expected**2).sum(axis=1)
    size = np.linalg.norm(expected)
    expected /= (squares**0.25)[words.feature_of_token][:, None]
    expected *= size / np.linalg.norm(expected)
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=2e-3)


def test_scores_and_new_categories_leave_excluded_pairs_out():
    known = {k: v[:1500] for k, v in PLANTED.items()}
    rest = {k: v[1500:] for k, v in PLANTED.items()}
    model = Cat2Vec(vector_size=3, exclude_pairs=APART).fit(known)
    mixed = {**rest, "f0": list(np.random.default_rng(2).permutation(rest["f0"]))}
    only = {name: rest[name] for name in ("f1", "f3")}
    nothing = {"f1": [None] * 500, "f3": [None] * 500}
    assert model.score({**only, "f0": rest["f0"], "f2": rest["f2"]}) > 0.1
    with pytest.raises(NothingToScoreError):
        model.score({**rest, **nothing})
    encoded = encode_growing(
        {**{k: v[:20] for k, v in mixed.items()}, "f0": ["new"] * 20}, model.vocabulary_
    )
    other = encode_growing(
        {**{k: v[:20] for k, v in mixed.items()}, "f0": ["new"] * 20, "f2": [None] * 20},
        model.vocabulary_,
    )
    np.testing.assert_array_equal(fold_in(model.vectors_, encoded), fold_in(model.vectors_, other))


def test_what_is_excluded_is_kept_with_the_model(tmp_path):
    model = Cat2Vec(vector_size=3, exclude_pairs=[("f0", "f2")]).fit(PLANTED)
    model.save(tmp_path / "model")
    again = load(tmp_path / "model")
    assert again.exclude_pairs == [["f0", "f2"]]
    assert again.vectors_.settings["exclude_pairs"] == [["f0", "f2"]]
    assert again.score(PLANTED) == model.score(PLANTED)
    assert model.score(PLANTED) == pytest.approx(model.gain_, abs=1e-6)


@pytest.mark.parametrize(
    ("exclude", "error", "sentence"),
    [
        ("f0", ParameterError, r"exclude_pairs must be a list of lists of columns.*got 'f0'"),
        (iter([["f0", "f1"]]), ParameterError, r"exclude_pairs must be a list of lists.*iterator"),
        (["f0", "f1"], ParameterError, r"exclude_pairs must hold lists of columns.*got 'f0' in it"),
        ([["f0"]], ParameterError, r"must name at least two columns, got \['f0'\]"),
        ([["f0", "x"]], UnknownFeatureError, "no feature 'x' in the columns used, but exclude_p"),
        ([["f0", "f1", "f2", "f3"]], ParameterError, "leaves 'f0', 'f1', 'f2', 'f3' no other"),
        ([["f0", "f1"], ["f0", "f2", "f3"]], ParameterError, "leaves 'f0' no other feature"),
    ],
)
def test_wrong_values_say_what_is_wrong(exclude, error, sentence):
    with pytest.raises(error, match=sentence):
        train_vectors(count_pairs(PLANTED), vector_size=2, exclude_pairs=exclude)


def test_rows_that_hold_only_excluded_pairs_are_an_error():
    table = {
        "a": ["x", "y", None, None],
        "b": ["u", "v", None, None],
        "c": [None, None, "w", "z"],
        "d": [None, None, "k", "l"],
    }
    with pytest.raises(TableError, match="exclude_pairs leaves out all 4 pairs that the rows hold"):
        train_vectors(count_pairs(table), vector_size=1, exclude_pairs=[["a", "b"], ["c", "d"]])


def test_gensim_cannot_leave_pairs_out_and_refuses():
    with pytest.raises(ParameterError, match=r"it does not leave out exclude_pairs\. Use solver="):
        train_vectors(encode_table(PLANTED), vector_size=2, solver="gensim", exclude_pairs=APART)


def test_rows_leave_the_same_pairs_out_as_counts(monkeypatch):
    options = {"vector_size": 2, "exclude_pairs": APART}
    best = train_vectors(encode_table(PLANTED), solver="counts", **options)
    found = train_vectors(encode_table(PLANTED), solver="rows", epochs=40, **options)
    assert found.independence_loss == pytest.approx(best.independence_loss)
    assert found.gain >= 0.95 * best.gain
    monkeypatch.setattr("cat2vec.training.train.EXACT_LOSS_TOKENS", 0)
    estimated = train_vectors(encode_table(PLANTED), solver="rows", epochs=2, **options)
    assert estimated.independence_loss == pytest.approx(best.independence_loss)
