"""The rows kernel walks step by step with its slow twin, and learns what is planted."""

import numpy as np
import pytest

from cat2vec import count_pairs, encode_table, train_vectors
from cat2vec.errors import ParameterError, TrainingDivergedError
from cat2vec.kernels.rows import fill_alias, next_random, sgns_epoch
from cat2vec.training.objective import Noise
from cat2vec.training.rows_solver import alias_tables, pairs_per_token
from tests.reference import sgns as reference
from tests.tables import planted, random_codes


def arguments(encoded, size, rng, rate=0.1, negative=3, decay=0.2, scale=1.0):
    """Give the kernel's arguments for one epoch, in its order."""
    words = encoded.vocabulary
    noise = Noise.of(words, negative, 0.75)
    shape = (words.n_tokens, size)
    means = (words.n_features, size)
    return [
        (scale * rng.normal(size=shape)).astype(np.float32),
        (scale * rng.normal(size=shape)).astype(np.float32),
        encoded.token_ids(),
        rng.permutation(encoded.n_rows),
        words.offsets,
        noise.bias.astype(np.float32),
        *alias_tables(words, noise),
        np.full(words.n_tokens, decay, np.float32),
        rng.normal(size=means).astype(np.float32),
        rng.normal(size=means).astype(np.float32),
        np.float32(rate),
        np.float32(rate / 2),
        negative,
        np.array([12345], np.uint64),
    ]


@pytest.mark.parametrize("size", [1, 3, 8, 33])
def test_kernel_equals_the_slow_twin_step_by_step(size):
    rng = np.random.default_rng(0)
    encoded = encode_table(random_codes(rng, 12, [3, 4, 2, 6], missing=0.2))
    fast = arguments(encoded, size, rng)
    slow = [np.array(a, np.float64) if getattr(a, "dtype", None) == np.float32 else a for a in fast]
    slow[-1] = [int(fast[-1][0])]
    slow_loss, fast_loss = reference.sgns_epoch(*slow), sgns_epoch(*fast)
    assert fast_loss == pytest.approx(slow_loss, rel=1e-5)
    np.testing.assert_allclose(fast[0], slow[0], rtol=2e-4, atol=2e-5)
    np.testing.assert_allclose(fast[1], slow[1], rtol=2e-4, atol=2e-5)
    assert int(fast[-1][0]) == slow[-1][0]


def test_random_numbers_equal_the_twin_and_published_values():
    """First outputs of SplitMix64 for seed 1234567, from its reference implementation."""
    state, slow = np.array([1234567], np.uint64), [1234567]
    found = [int(next_random(state)) for _ in range(5)]
    assert found == [reference.next_random(slow) for _ in range(5)]
    assert found[:3] == [6457827717110365317, 3203168211198807973, 9817491932198370423]


@pytest.mark.parametrize("weights", [[1.0], [1, 1, 1], [5, 1, 0.1, 3], [1e-9, 1.0], range(1, 40)])
def test_alias_tables_draw_the_distribution_they_were_made_of(weights):
    weights = np.array(weights, np.float64)
    threshold, alias = np.empty(len(weights), np.uint64), np.empty(len(weights), np.int64)
    fill_alias(weights, threshold, alias, 7)
    found = reference.alias_probabilities(threshold, alias, 7)
    np.testing.assert_allclose(found, weights / weights.sum(), atol=1e-8)


def test_a_learning_rate_of_zero_changes_nothing():
    rng = np.random.default_rng(1)
    fast = arguments(encode_table(random_codes(rng, 30, [3, 4])), 4, rng, rate=0.0)
    before = fast[0].copy(), fast[1].copy()
    sgns_epoch(*fast)
    np.testing.assert_array_equal(fast[0], before[0])
    np.testing.assert_array_equal(fast[1], before[1])


def test_a_true_pair_with_a_logit_of_minus_eight_is_pulled_up():
    encoded = encode_table({"a": ["x"], "b": ["u"]})
    rng = np.random.default_rng(2)
    fast = arguments(encoded, 1, rng, rate=0.1, negative=1, decay=0.0)
    fast[0][:] = [[4.0], [4.0]]
    fast[1][:] = [[-2.0], [-2.0]]
    fast[5][:] = 0.0
    before = fast[0] * fast[1][::-1]
    fast[13] = 0  # no noise: only the true pairs speak
    sgns_epoch(*fast)
    assert (fast[0] * fast[1][::-1] > before + 0.1).all()


def test_noise_equal_to_the_context_is_used_too():
    """With one yes/no feature, leaving such noise out would make 'yes' certain."""
    rng = np.random.default_rng(3)
    table = {"a": ["x", "y"] * 200, "b": (["u"] * 9 + ["v"]) * 40}
    encoded = encode_table(table)
    vectors = train_vectors(
        encoded, vector_size=2, solver="rows", epochs=40, learning_rate=0.05, random_state=1
    )
    counts = count_pairs(table)
    best = train_vectors(counts, vector_size=2)
    assert vectors.loss == pytest.approx(best.loss, abs=0.004)
    assert rng is not None


def test_tokens_of_no_row_are_untouched_but_for_the_noise():
    words = encode_table({"a": ["x", "y"], "b": ["u", "v"]}).vocabulary
    encoded = encode_table({"a": ["x", "x"], "b": ["u", "u"]}, vocabulary=words)
    rng = np.random.default_rng(4)
    fast = arguments(encoded, 3, rng)
    center = fast[0].copy()
    sgns_epoch(*fast)
    changed = (fast[0] != center).any(axis=1)
    assert changed.tolist() == [True, False, True, False]


def test_rows_solver_comes_close_to_the_optimum_and_its_losses_fall():
    encoded = encode_table(planted(np.random.default_rng(5), n_rows=4000))
    best = train_vectors(encoded, vector_size=4)
    found = train_vectors(encoded, vector_size=4, solver="rows", epochs=10, learning_rate=0.05)
    assert found.gain >= 0.9 * best.gain
    assert found.losses[-2] < found.losses[0]
    assert len(found.losses) == 11


def test_two_hundred_features_stay_finite():
    rng = np.random.default_rng(6)
    encoded = encode_table(random_codes(rng, 60, [4] * 200, missing=0.0))
    vectors = train_vectors(encoded, vector_size=8, solver="rows", epochs=2)
    assert np.isfinite(vectors.matrix).all()
    assert np.isfinite(vectors.losses).all()


def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not():
    encoded = encode_table(random_codes(np.random.default_rng(7), 200, [5, 6, 7]))
    first, again, other = (
        train_vectors(encoded, vector_size=4, solver="rows", epochs=2, random_state=seed)
        for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first.center, again.center)
    assert (first.center != other.center).any()


def test_divergence_names_the_epoch_and_a_lower_learning_rate():
    encoded = encode_table(random_codes(np.random.default_rng(8), 100, [5, 6, 7]))
    message = r"epoch 1 of 2 of the rows solver \(learning_rate 1e\+20\). Try a learning_rate of at"
    with pytest.raises(TrainingDivergedError, match=message):
        train_vectors(encoded, vector_size=4, solver="rows", epochs=2, learning_rate=1e20)


def test_half_a_noise_token_cannot_be_drawn():
    encoded = encode_table({"a": ["x", "y"], "b": ["u", "v"]})
    with pytest.raises(ParameterError, match=r"negative must be a whole number for solver='rows'"):
        train_vectors(encoded, vector_size=1, solver="rows", negative=0.5)


def test_pairs_per_token_are_counted_from_present_cells():
    encoded = encode_table({"a": ["x", "x"], "b": ["u", None], "c": ["s", "s"]})
    found = pairs_per_token(encoded.token_ids(), encoded.vocabulary.n_tokens)
    assert found.tolist() == [3.0, 2.0, 3.0]
