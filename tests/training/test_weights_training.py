"""A row of weight w counts as w rows: in training by every solver, in scores and in models."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cat2vec import Cat2Vec, encode_table, load, train_vectors
from cat2vec.errors import (
    ParameterError,
    SmallWeightsWarning,
    UnseenCategoryError,
    UnseenCategoryWarning,
)
from cat2vec.training.solvers.row_pools import visits
from cat2vec.training.solvers.rows import pairs_per_token
from tests.made_tables import planted, repeated, shuffled


def assert_same_bits(left, right):
    for name in ("matrix", "center", "context"):
        assert getattr(left, name).tobytes() == getattr(right, name).tobytes()
    assert left.settings == right.settings
    assert left.losses == right.losses


@pytest.mark.filterwarnings("ignore::cat2vec.errors.UnusedParameterWarning")
@pytest.mark.parametrize("solver", ["counts", "rows", "gensim"])
def test_weights_of_one_train_to_the_same_bits_as_none(solver):
    table = planted(np.random.default_rng(1), n_rows=200)
    found, expected = (
        train_vectors(encode_table(table, sample_weight=w), vector_size=3, solver=solver, epochs=2)
        for w in (np.ones(200), None)
    )
    assert_same_bits(found, expected)


@pytest.mark.filterwarnings("ignore::cat2vec.errors.UnusedParameterWarning")
@pytest.mark.parametrize("solver", ["counts", "gensim"])
def test_whole_weights_train_to_the_bits_of_the_repeated_table(solver):
    rng = np.random.default_rng(2)
    table, weights = planted(rng, n_rows=200), rng.integers(0, 4, 200)
    found = encode_table(table, sample_weight=weights)
    expected = encode_table(repeated(table, weights))
    assert_same_bits(
        *(train_vectors(t, vector_size=3, solver=solver, epochs=2) for t in (found, expected))
    )


def test_solver_rows_trains_as_if_rows_of_weight_zero_were_not_there():
    rng = np.random.default_rng(3)
    table, weights = planted(rng, n_rows=300), rng.choice([0, 0.5, 3.0], 300)
    kept = {name: [cells[i] for i in np.flatnonzero(weights)] for name, cells in table.items()}
    found, expected = (
        train_vectors(encode_table(t, sample_weight=w), vector_size=3, solver="rows", epochs=3)
        for t, w in ((table, weights), (kept, weights[weights > 0]))
    )
    assert_same_bits(found, expected)


@pytest.mark.parametrize("scale", [1.0, 1e6])
def test_solver_rows_comes_close_to_the_optimum_of_weighted_rows(scale):
    """Heavy rows speak of groups and light ones, as many, of none: ignoring weights would show."""
    rng = np.random.default_rng(4)
    heavy = planted(rng, n_rows=2000)
    light = shuffled(rng, heavy)
    table = {name: heavy[name] + light[name] for name in heavy}
    weights = scale * np.repeat([1.9, 0.1], 2000) * rng.choice([0.5, 1.5], 4000)
    encoded = encode_table(table, sample_weight=weights)
    best = train_vectors(encoded, vector_size=4)
    options = {"vector_size": 4, "solver": "rows", "epochs": 20}
    found = train_vectors(encoded, **options)
    assert found.gain >= 0.9 * best.gain
    blind = train_vectors(encode_table(table), **options)
    center, context = blind.center, blind.context
    assert np.linalg.norm(center @ context.T) < 0.8 * np.linalg.norm(found.center @ found.context.T)
    assert found.losses[-2] == pytest.approx(found.losses[-1], rel=0.1)  # both in nats per pair


@given(st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=40), st.integers(0, 1000))
def test_an_epoch_visits_every_row_by_its_share_and_as_many_as_there_are(weights, epoch):
    weights = np.array(weights)
    times = np.bincount(visits(weights, epoch), minlength=len(weights))
    share = weights / weights.mean()
    assert times.sum() == len(weights)
    assert (times >= np.floor(share - 1e-9)).all()
    assert (times <= np.ceil(share + 1e-9)).all()


def test_over_the_epochs_visits_come_close_to_their_shares():
    weights = np.random.default_rng(5).lognormal(0, 2, 50)
    times = sum(np.bincount(visits(weights, epoch), minlength=50) for epoch in range(20))
    assert np.abs(times / 20 - weights / weights.mean()).max() < 0.15
    for equal in (0.1, 1.0, 7.0):
        assert visits(np.full(1000, equal), 3).tolist() == list(range(1000))


def test_pairs_per_token_are_weighted():
    table = {"a": ["x", "x"], "b": ["u", None], "c": ["s", "s"]}
    encoded = encode_table(table, sample_weight=[0.5, 3.0])
    found = pairs_per_token(encoded, ~np.eye(3, dtype=bool))
    assert found.tolist() == [4.0, 1.0, 4.0]


def test_gensim_refuses_weights_that_are_not_whole():
    encoded = encode_table({"a": ["x", "y"], "b": ["u", "v"]}, sample_weight=[0.5, 1])
    with pytest.raises(ParameterError, match=r"solver='gensim' repeats each row.*not all whole"):
        train_vectors(encoded, vector_size=1, solver="gensim")


@pytest.fixture(scope="module")
def frame():
    return pd.DataFrame(planted(np.random.default_rng(6), n_rows=300))


@pytest.fixture(scope="module")
def weights():
    return np.random.default_rng(7).choice([0.0, 1.0, 2.0], 300)


def test_rows_of_weight_zero_are_written_too(frame, weights):
    first, second = Cat2Vec(2), Cat2Vec(2)
    rows = first.fit_transform(frame, sample_weight=weights)
    assert rows.shape == (300, 8)
    np.testing.assert_array_equal(rows, second.fit(frame, None, weights).transform(frame))
    plain = Cat2Vec(2).fit(frame.loc[np.repeat(frame.index, weights.astype(int))])
    assert_same_bits(first.vectors_, plain.vectors_)


def test_cells_that_stand_only_in_rows_of_weight_zero_are_unseen_in_fit_transform():
    table = {"a": ["x", "y"] * 9 + ["z"], "b": ["u", "v"] * 9 + ["u"]}
    weights = [1] * 18 + [0]
    with pytest.warns(UnseenCategoryWarning, match=r"among 19 rows: 'a' 1 \('z'\)\."):
        rows = Cat2Vec(1).fit_transform(table, sample_weight=weights)
    assert rows[18, 0] == 0
    assert rows[18, 1] == rows[0, 1] != 0
    strict = Cat2Vec(1, handle_unknown="error")
    with pytest.raises(UnseenCategoryError, match=r"in rows 18 \(counted"):
        strict.fit_transform(table, sample_weight=weights)
    strict.fit(table, sample_weight=weights)


def test_score_of_weighted_rows_is_that_of_repeated_ones(frame, weights):
    model = Cat2Vec(2).fit(frame)
    new = pd.DataFrame(planted(np.random.default_rng(8), n_rows=300))
    often = new.loc[np.repeat(new.index, weights.astype(int))]
    assert model.score(new, sample_weight=weights) == model.score(often)
    assert model.score(new, sample_weight=weights / 2) == pytest.approx(model.score(often))
    assert model.score(new, sample_weight=weights) != model.score(new)


def test_score_says_nothing_of_unseen_cells_in_rows_of_weight_zero(frame):
    model = Cat2Vec(2, handle_unknown="error").fit(frame)
    new = frame.assign(f0=["new", *frame["f0"][1:]])
    weights = [0] + [1] * 299
    assert model.score(new, sample_weight=weights) == model.score(frame[1:])
    with pytest.raises(UnseenCategoryError, match=r"in rows 0 \(counted"):
        model.score(new)


def test_a_model_of_fractional_weights_is_saved_and_loaded(frame, weights, tmp_path):
    model = Cat2Vec(2).fit(frame, sample_weight=weights * 0.75)
    model.save(tmp_path)
    again = load(tmp_path)
    assert again.vocabulary_.counts.dtype == np.float64
    assert again.vocabulary_.counts.tolist() == model.vocabulary_.counts.tolist()
    assert again.vectors_.settings["n_rows"] == weights.sum() * 0.75
    near = again.nearest("f0", "g1_0", n=1)
    category = near["category"][0]
    assert near["rows"][0] == weights[(frame["f0"] == category).to_numpy()].sum() * 0.75
    keyed = again.to_keyed_vectors("f0")
    assert keyed.get_vecattr(category, "count") == near["rows"][0]


@pytest.mark.parametrize("solver", ["counts", "rows"])
def test_weights_that_were_divided_by_their_sum_are_a_warning(solver, recwarn):
    table = planted(np.random.default_rng(6), n_rows=200)
    for total, n_warnings in ((1.0, 1), (200.5, 0)):
        weights = np.full(200, total / 200)
        train_vectors(encode_table(table, sample_weight=weights), vector_size=2, solver=solver)
        said = [str(one.message) for one in recwarn if one.category is SmallWeightsWarning]
        assert len(said) == n_warnings
        recwarn.clear()
        for sentence in said:
            assert sentence.startswith("the weights of rows add up to 1 row, as a weight is in")
            assert "regularization=10.0 lets so few say next to nothing" in sentence
