"""The objective equals its formula, its pieces are its derivatives, and zero means independence."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from cat2vec import count_pairs, encode_table
from cat2vec.counting.encoded import count_encoded
from cat2vec.kernels.linear import solve_packed, sparse_times
from cat2vec.kernels.sgns import (
    block_losses,
    block_terms,
    exp_of_negative,
    log_one_plus,
    softplus_sum,
    sum_entries,
)
from cat2vec.kernels.threads import Scratch, Workers
from cat2vec.training.problem import Noise
from cat2vec.training.solvers.groups import ungrouped
from cat2vec.training.solvers.objective import (
    Objective,
    Side,
    blocks_of,
    products_with,
    weighted_sums,
)
from cat2vec.training.solvers.prior import TO_ZERO, prior, prior_slopes
from tests.made_tables import random_codes
from tests.reference import counting as counting_reference
from tests.reference import objective as reference

pytestmark = pytest.mark.kernels
ONE = Workers(None)
NO_GAP = slice(0, 0)


def made(rng, negative=5.0, ns_exponent=0.75, sizes=(3, 5, 4), n_rows=60):
    """Give an objective and what the slow twin needs of the same table."""
    encoded = encode_table(random_codes(rng, n_rows, sizes, missing=0.2))
    words = encoded.vocabulary
    objective = Objective(count_encoded(encoded), Noise.of(words, negative, ns_exponent))
    bags = [[int(t) for t in row if t >= 0] for row in encoded.token_ids()]
    slow = {
        "pairs": counting_reference.count_pairs(bags),
        "features": words.feature_of_token.tolist(),
        "counts": words.counts.tolist(),
        "negative": negative,
        "ns_exponent": ns_exponent,
    }
    return objective, slow


def matrices(rng, objective, size=3, scale=1.0):
    shape = (2, objective.counts.vocabulary.n_tokens, size)
    return (scale * rng.normal(size=shape)).astype(np.float32)


def exact_terms(side, mine, other):
    """Give the terms of the first block with every token as a group of its own."""
    block = side.blocks[0]
    words = side.objective.counts.vocabulary
    return side.terms(block, mine[block.rows], other, side.means(other, ungrouped(words)))


@pytest.mark.parametrize(("negative", "ns_exponent"), [(5, 0.75), (1, 1.0), (0.5, 0.0), (20, -0.5)])
def test_loss_equals_the_formula_summed_by_hand(negative, ns_exponent):
    rng = np.random.default_rng(0)
    objective, slow = made(rng, negative, ns_exponent)
    center, context = matrices(rng, objective)
    expected = reference.total_loss(center, context, **slow) / objective.n_pairs
    assert objective.loss(center, context, ONE) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("negative", "ns_exponent"), [(5, 0.75), (1, 1.0), (3, 0.3)])
def test_independence_is_the_loss_of_zero_vectors(negative, ns_exponent):
    objective, slow = made(np.random.default_rng(1), negative, ns_exponent)
    zeros = np.zeros((objective.counts.vocabulary.n_tokens, 2), np.float32)
    assert objective.independence() == pytest.approx(objective.loss(zeros, zeros, ONE), rel=1e-6)
    assert objective.independence() == pytest.approx(
        reference.total_loss(zeros, zeros, **slow) / objective.n_pairs, rel=1e-9
    )


def test_zero_vectors_are_the_optimum_of_independent_features():
    """Every pair of categories stands together as often as its marginals say: no way is down."""
    table = {"a": ["x"] * 6 + ["y"] * 12, "b": (["u"] * 2 + ["v"] * 4) * 3}
    for negative, ns_exponent in [(5, 0.75), (1, 1.0), (2, 0.0)]:
        counts = count_pairs(table)
        objective = Objective(counts, Noise.of(counts.vocabulary, negative, ns_exponent))
        zeros = np.zeros((4, 1), np.float32)
        for side in (Side.of(objective, center_side=True), Side.of(objective, center_side=False)):
            residual = exact_terms(side, zeros, zeros).residual
            np.testing.assert_allclose(residual, 0.0, atol=1e-4)


@pytest.mark.parametrize("center_side", [True, False])
def test_descent_is_the_gradient_by_finite_differences(center_side):
    rng = np.random.default_rng(2)
    objective, slow = made(rng)
    pair = matrices(rng, objective).astype(np.float64)
    mine, other = (0, 1) if center_side else (1, 0)
    side = Side.of(objective, center_side=center_side)
    gradient = -exact_terms(side, *pair[[mine, other]].astype(np.float32)).descent
    step = 1e-5
    for token, column in [(0, 0), (3, 1), (7, 2), (11, 0)]:
        losses = []
        for sign in (1, -1):
            moved = pair.copy()
            moved[mine, token, column] += sign * step
            losses.append(reference.total_loss(moved[0], moved[1], **slow))
        slope = (losses[0] - losses[1]) / (2 * step)
        assert gradient[token, column] == pytest.approx(slope, rel=1e-4, abs=1e-4)


def test_curvatures_are_the_hessian_by_finite_differences():
    rng = np.random.default_rng(3)
    objective, _ = made(rng)
    center, context = matrices(rng, objective)
    side = Side.of(objective, center_side=True)
    curvature = exact_terms(side, center, context).curvature
    token, direction = 4, np.array([0.3, -0.5, 0.8], np.float32)
    hessian = (context.T * curvature[token].astype(np.float64)) @ context
    slopes = []
    for sign in (1, -1):
        moved = center.copy()
        moved[token] += sign * np.float32(1e-2) * direction
        slopes.append(-exact_terms(side, moved, context).descent[token].astype(np.float64))
    np.testing.assert_allclose(hessian @ direction, (slopes[0] - slopes[1]) / 2e-2, rtol=2e-3)


def test_prior_equals_the_sum_over_features_and_slopes_are_its_derivative():
    rng = np.random.default_rng(4)
    objective, slow = made(rng)
    words = objective.counts.vocabulary
    matrix = matrices(rng, objective)[0].astype(np.float64)

    def by_hand(matrix):
        return reference.penalty(matrix, slow["features"], slow["counts"], 3.0, TO_ZERO)

    assert prior(matrix, words, 3.0) == pytest.approx(by_hand(matrix), rel=1e-6)
    slopes, curvatures = prior_slopes(matrix, words, 3.0)
    for token, column in [(0, 0), (5, 2), (11, 1)]:
        step = np.zeros_like(matrix)
        step[token, column] = 1e-4
        slope = (by_hand(matrix + step) - by_hand(matrix - step)) / 2e-4
        assert slopes[token, column] == pytest.approx(slope, rel=1e-4, abs=1e-4)
    alone = [np.where(np.arange(len(matrix))[:, None] == token, 1.0, 0.0) for token in range(12)]
    moves = [one * np.ones(matrix.shape) for one in alone]
    moves += [rng.normal(size=matrix.shape) for _ in range(20)]
    for move in moves:  # twice the curvatures bound every joint move
        rise = by_hand(move) - by_hand(np.zeros_like(move))
        assert rise <= (curvatures[:, None] * move**2).sum() + 1e-9


@pytest.mark.parametrize("center_side", [True, False])
def test_what_stands_in_the_columns_of_a_long_feature_is_not_read(center_side):
    """A block of a long feature leaves these out, so 60,000 categories cost no 60,000 squared."""
    rng = np.random.default_rng(6)
    objective, _ = made(rng, sizes=(300, 3, 2), n_rows=900)
    vocabulary = objective.counts.vocabulary
    side = Side.of(objective, center_side=center_side)
    mine, other = matrices(rng, objective)
    spoiled = other.copy()
    spoiled[vocabulary.tokens_of(vocabulary.features[0])] = np.nan
    groups = ungrouped(vocabulary)
    blocks = [block for block in side.blocks if block.own == 0]
    assert sum(len(block.tokens) for block in blocks) == np.diff(vocabulary.offsets)[0] > 128
    for block in blocks:
        told, again = (
            side.terms(block, mine[block.rows], values, side.means(other, groups))
            for values in (other, spoiled)
        )
        assert np.array_equal(told.descent, again.descent)
        assert np.array_equal(told.losses, again.losses)
        assert np.array_equal(told.curvature, again.curvature)
        losses = side.losses(block, mine[block.rows], spoiled)
        assert np.array_equal(losses, side.losses(block, mine[block.rows], other))


def test_tokens_of_one_feature_say_nothing_about_each_other():
    rng = np.random.default_rng(5)
    objective, _ = made(rng)
    feature = objective.counts.vocabulary.feature_of_token
    inside = feature[:, None] == feature
    for center_side in (True, False):
        side = Side.of(objective, center_side=center_side)
        terms = exact_terms(side, *matrices(rng, objective))
        for weights in (terms.residual, terms.curvature):
            assert not weights[inside].any()


@given(st.floats(0, 80, width=32))
@settings(max_examples=200)
def test_fast_exp_and_log_are_accurate_to_float32(x):
    e = exp_of_negative(np.float32(x))
    assert e == pytest.approx(np.exp(-np.float64(np.float32(x))), rel=5e-7)
    assert log_one_plus(e) == pytest.approx(np.log1p(np.float64(e)), rel=5e-7)


@pytest.mark.parametrize("n", [0, 1, 255, 256, 257, 5000])
def test_sums_hold_every_entry_and_are_exact_beyond_float32(n):
    rng = np.random.default_rng(n)
    weights, logits, biases = rng.random((3, n), dtype=np.float32)
    wide = [values.astype(np.float64) for values in (weights, logits, biases)]
    assert sum_entries(weights) == pytest.approx(wide[0].sum(), rel=1e-6)
    expected = wide[0] @ np.log1p(np.exp(wide[1] + 0.5 + wide[2]))
    assert softplus_sum(logits, np.float32(0.5), biases, weights) == pytest.approx(
        expected, rel=1e-6
    )


def one_pair(logit):
    """Arguments of the kernels for one token, one other token and one row that holds both."""
    one, zero = np.ones(1, np.float32), np.zeros(1, np.float32)
    indptr, indices = np.array([0, 1]), np.zeros(1, np.int32)
    weights = np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32)
    return (
        np.full((1, 1), logit, np.float32), np.zeros(1, np.int64), zero, zero,
        indptr, indices, one, *weights, np.zeros(1, np.int64), np.array([0, 1]), True,
        np.array([0, 0]),
    )  # fmt: skip


@pytest.mark.parametrize("x", [-1e4, -80, -20, -8, 0, 8, 20, 80, 1e4])
def test_terms_are_finite_and_a_true_pair_far_off_is_still_pulled(x):
    alone, losses, curvature = np.empty(1), np.empty(1), np.zeros((1, 1), np.float32)
    block_losses(*one_pair(x), alone)
    arguments = one_pair(x)
    block_terms(*arguments, np.zeros(1, np.int32), curvature, losses)
    residual = arguments[0]
    assert np.isfinite([residual[0, 0], curvature[0, 0], losses[0]]).all()
    if x <= -8:
        assert residual[0, 0] > 0.999
    assert losses[0] == pytest.approx(np.logaddexp(0, -x), rel=1e-4, abs=1e-9)
    assert alone[0] == pytest.approx(losses[0], rel=1e-6)


def test_a_nan_logit_shows_in_the_loss():
    losses = np.empty(1)
    block_losses(*one_pair(np.nan), losses)
    assert np.isnan(losses[0])


@pytest.mark.parametrize("size", [1, 2, 5, 32, 33, 70])
@pytest.mark.parametrize("n_tokens", [1, 33, 40])
def test_packed_solve_equals_numpy(size, n_tokens):
    rng = np.random.default_rng(6)
    other = rng.normal(size=(70, size)).astype(np.float32)
    weights = rng.random((n_tokens, 70)).astype(np.float32)
    i, j = np.triu_indices(size)
    products = other[:, i] * other[:, j]
    right_side = rng.normal(size=(n_tokens, size)).astype(np.float32)
    ridges = np.linspace(0.7, 20.0, n_tokens)
    found = np.full_like(right_side, np.nan)
    solve_packed(weights @ products, ridges, right_side, found)
    for token, ridge in enumerate(ridges):
        hessian = (other.T * weights[token]).astype(np.float64) @ other + ridge * np.eye(size)
        np.testing.assert_allclose(
            found[token], np.linalg.solve(hessian, right_side[token]), rtol=1e-3, atol=1e-5
        )


def test_large_features_have_blocks_of_their_own_that_leave_them_out():
    rng = np.random.default_rng(7)
    objective, slow = made(rng, sizes=(3, 150, 4, 70, 2), n_rows=2000)
    words = objective.counts.vocabulary
    blocks = blocks_of(words)
    assert np.concatenate([np.arange(b.rows.start, b.rows.stop) for b in blocks]).tolist() == list(
        range(words.n_tokens)
    )
    assert {b.own for b in blocks} == {None, 1}
    assert [len(b.tokens) for b in blocks] == [3, 75, 75, 76]  # 150 in two of one size
    center, context = matrices(rng, objective)
    expected = reference.total_loss(center, context, **slow) / objective.n_pairs
    assert objective.loss(center, context, ONE) == pytest.approx(expected, rel=1e-6)


def test_products_and_weighted_sums_leave_the_gap_out():
    rng = np.random.default_rng(8)
    mine, other = rng.normal(size=(5, 3)), rng.normal(size=(20, 3))
    mine, other = mine.astype(np.float32), other.astype(np.float32)
    scratch = Scratch()
    for gap in (NO_GAP, slice(0, 7), slice(4, 9), slice(11, 20)):
        kept = np.ones(20, bool)
        kept[gap] = False
        products = products_with(mine, other, gap, scratch)
        np.testing.assert_allclose(products[:, kept], (mine @ other.T)[:, kept], rtol=1e-5)
        weights = rng.normal(size=(5, 20)).astype(np.float32)
        np.testing.assert_allclose(
            weighted_sums(weights, other, gap), weights[:, kept] @ other[kept], rtol=1e-4
        )


def test_sparse_times_equals_numpy():
    rng = np.random.default_rng(9)
    dense = np.where(rng.random((30, 30)) < 0.2, rng.normal(size=(30, 30)), 0).astype(np.float32)
    x = rng.normal(size=(30, 4)).astype(np.float32)
    sparse = scipy.sparse.csr_array(dense)
    out = np.full((30, 4), np.nan, np.float32)
    sparse_times(sparse.indptr, sparse.indices, sparse.data, 15, 25, x, out)
    np.testing.assert_allclose(out[15:25], dense[15:25] @ x, rtol=1e-4, atol=1e-6)
    assert np.isnan(np.delete(out, np.arange(15, 25), axis=0)).all()
