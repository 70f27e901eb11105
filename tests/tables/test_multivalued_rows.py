"""The solver rows on cells of several values: the objective is that of pair counts."""

import numpy as np
import pytest

from cat2vec import EncodedTable, count_pairs, encode_table, train_vectors
from cat2vec.counting.encoded import count_encoded
from cat2vec.training import train
from cat2vec.training.problem import Noise, pair_allowed
from cat2vec.training.solvers.objective import Objective, independence_loss
from cat2vec.training.solvers.row_batches import rows_of_block, width_of
from cat2vec.training.solvers.rows import pairs_per_token
from tests.made_tables import planted

WHOLE, FRACTIONAL = np.arange(1.0, 31.0), np.linspace(0.25, 3.0, 30)


def tagged(n_rows, seed=0, most=5):
    """Rows of a group: tags, often several, and two more features that go with them."""
    rng = np.random.default_rng(seed)
    group = rng.integers(6, size=n_rows)
    drawn = group[:, None] * 4 + rng.integers(8, size=(n_rows, most))
    n_tags = rng.integers(most + 1, size=n_rows)
    tags = [[f"t{t}" for t in row[:n]] for row, n in zip(drawn.tolist(), n_tags, strict=True)]
    city = np.where(rng.random(n_rows) < 0.8, group, rng.integers(6, size=n_rows))
    food = group // 2 * 3 + rng.integers(3, size=n_rows)
    return {
        "tags": tags,
        "city": [f"c{c}" for c in city.tolist()],
        "food": [None if f == 8 else f"f{f}" for f in food.tolist()],
    }


@pytest.mark.parametrize("weights", [None, WHOLE, FRACTIONAL])
@pytest.mark.parametrize("apart", [None, [["tags", "food"]]])
def test_pairs_per_token_are_those_of_pair_counts(weights, apart):
    table = encode_table(tagged(30), sample_weight=weights)
    allowed = pair_allowed(table.vocabulary, apart)
    counted = count_encoded(table).without(allowed).with_feature.sum(axis=1)
    np.testing.assert_allclose(pairs_per_token(table, allowed), counted, rtol=1e-14)
    if weights is not FRACTIONAL:
        assert pairs_per_token(table, allowed).tolist() == counted.tolist()


@pytest.mark.parametrize("weights", [None, WHOLE])
def test_the_loss_of_independence_is_exactly_that_of_counts(weights, monkeypatch):
    table = encode_table(tagged(30), sample_weight=weights)
    words = table.vocabulary
    noise = Noise.of(words, 5, 0.75)
    from_rows = independence_loss(words, noise, pairs_per_token(table, pair_allowed(words, None)))
    assert from_rows == Objective(count_encoded(table), noise).independence()
    exact = train_vectors(table, solver="rows", vector_size=2, epochs=2)
    monkeypatch.setattr(train, "EXACT_LOSS_TOKENS", 0)
    estimated = train_vectors(table, solver="rows", vector_size=2, epochs=2)
    assert estimated.independence_loss == exact.independence_loss
    assert estimated.matrix.tobytes() == exact.matrix.tobytes()


def test_rows_reaches_nearly_the_gain_of_counts():
    table = encode_table(tagged(20_000))
    counts = train_vectors(table, solver="counts", vector_size=8)
    rows = train_vectors(table, solver="rows", vector_size=8)
    assert rows.gain >= 0.95 * counts.gain > 0.1


def test_values_of_one_cell_are_never_pairs():
    """Two tags always stand together, and nothing else goes with them: there is no gain."""
    rng = np.random.default_rng(0)
    both = rng.random(4000) < 0.5
    tags = [["a", "b"] if one else ["c", "d"] for one in both]
    table = {"tags": tags, "coin": rng.integers(2, size=4000).astype(str)}
    vectors = train_vectors(encode_table(table), solver="rows", vector_size=2)
    assert abs(vectors.gain) < 1e-3


def test_a_table_of_one_value_per_cell_trains_the_same_bits_with_lists():
    plain = planted(np.random.default_rng(0), 1000)
    name = next(iter(plain))
    lists = {**plain, name: [None if v is None else [v] for v in plain[name]]}
    one, other = (
        train_vectors(encode_table(t), solver="rows", vector_size=3, epochs=2)
        for t in (plain, lists)
    )
    assert one.matrix.tobytes() == other.matrix.tobytes()


@pytest.mark.parametrize("n_jobs", [2, 3])
def test_threads_do_not_change_the_bits(n_jobs):
    table = encode_table(tagged(3000))
    one, more = (
        train_vectors(table, solver="rows", vector_size=3, epochs=2, n_jobs=n) for n in (1, n_jobs)
    )
    assert one.matrix.tobytes() == more.matrix.tobytes()


def test_blocks_are_measured_by_the_values_that_rows_have():
    """One row with many tags does not make blocks of all others small."""
    table = tagged(2000, most=2)
    table["tags"][0] = [f"t{i}" for i in range(24)]
    encoded = encode_table(table)
    assert encoded.codes.shape[1] == 26
    assert width_of(encoded) == 4  # two features, and less than two further tags in a mean row
    assert width_of(encode_table({"a": ["x", None], "b": [None, "y"]})) == 2
    assert rows_of_block(4) > rows_of_block(26)
    vectors = train_vectors(encoded, solver="rows", vector_size=4)
    assert vectors.gain >= 0.9 * train_vectors(encoded, solver="counts", vector_size=4).gain


def test_rows_that_are_all_wide_fit_into_the_buffers():
    """The narrow rows decide the size of blocks, and wide ones must still have room."""
    rng = np.random.default_rng(3)
    tags = [[f"t{i}" for i in range(40)] if r < 200 else ["t1"] for r in range(2000)]
    table = {"tags": tags, "coin": rng.integers(2, size=2000).astype(str)}
    vectors = train_vectors(encode_table(table), solver="rows", vector_size=2, epochs=1)
    assert np.isfinite(vectors.matrix).all()


def test_auto_takes_rows_or_counts_by_cost_for_lists_too():
    encoded = encode_table(tagged(300))
    assert isinstance(encoded, EncodedTable)
    assert train_vectors(encoded, vector_size=2).settings["solver"] == "counts"
    assert train_vectors(count_pairs(tagged(300)), vector_size=2).gain > 0
