"""Groups of tokens stand in for large features: their sums are exact, and chance has no part."""

import numpy as np
import pytest

from cat2vec import count_pairs, encode_table
from cat2vec.kernels.counting import damped_counts
from cat2vec.kernels.grouping import group_second_moments, spread_seeds, sum_columns
from cat2vec.kernels.threads import workers
from cat2vec.training.problem import Noise
from cat2vec.training.solvers.groups import MOST_GROUPS, coarsened, group_means, grouped, ungrouped
from cat2vec.training.solvers.objective import Objective, Side
from tests.made_tables import random_codes

pytestmark = pytest.mark.kernels


def made(rng, sizes=(3, 300, 5), n_rows=4000):
    counts = count_pairs(random_codes(rng, n_rows, sizes, missing=0.1))
    return Objective(counts, Noise.of(counts.vocabulary, 5.0, 0.75))


def test_means_of_groups_of_one_are_those_of_more_groups_than_there_are_points():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(40, 3)).astype(np.float32)
    weights, group = rng.random(40).astype(np.float32), np.arange(40, dtype=np.int32)
    weights[3] = 0.0
    means = group_means(points, weights, group, 40)
    np.testing.assert_array_equal(means, group_means(points, weights, group, 41)[:40])
    assert not means[3].any()


def test_sums_over_groups_equal_numpy():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(40, 3)).astype(np.float32)
    weights, group = rng.random(40).astype(np.float32), rng.integers(5, size=40).astype(np.int32)
    weights[group == 3] = 0.0
    means = group_means(points, weights, group, 5)
    moments = np.empty((5, 6), np.float32)
    group_second_moments(points, weights, group, moments)
    i, j = np.triu_indices(3)
    for r in range(5):
        mine = group == r
        if r == 3:
            assert not means[r].any()
            assert not moments[r].any()
            continue
        expected = np.average(points[mine], axis=0, weights=weights[mine])
        np.testing.assert_allclose(means[r], expected, rtol=1e-4, atol=1e-6)
        products = points[mine][:, i] * points[mine][:, j]
        expected = np.average(products, axis=0, weights=weights[mine])
        np.testing.assert_allclose(moments[r], expected, rtol=1e-4, atol=1e-6)


def test_seeds_are_heavy_first_and_then_far_from_each_other():
    corners = np.array([[0, 0], [9, 0], [0, 9], [9, 9]], np.float32)
    rng = np.random.default_rng(1)
    points = np.repeat(corners, 10, axis=0) + rng.normal(scale=0.1, size=(40, 2)).astype(np.float32)
    weights = np.ones(40, np.float32)
    weights[17] = 3.0
    seeds = np.empty(4, np.int64)
    spread_seeds(points, weights, seeds)
    assert seeds[0] == 17
    assert sorted(seeds // 10) == [0, 1, 2, 3]


def test_a_light_point_far_off_is_no_seed_before_a_heavy_one_that_is_nearer():
    points = np.array([[0], [10], [9]], np.float32)
    seeds = np.empty(2, np.int64)
    spread_seeds(points, np.array([5, 0.1, 3], np.float32), seeds)
    assert seeds.tolist() == [0, 2]


def test_small_features_keep_every_token_and_large_ones_get_groups_of_their_own():
    rng = np.random.default_rng(2)
    words = made(rng).counts.vocabulary
    points = rng.normal(size=(words.n_tokens, 4)).astype(np.float32)
    with workers(1) as crew:
        groups = grouped(points, np.ones(words.n_tokens, np.float32), words, crew)
        again = grouped(points, np.ones(words.n_tokens, np.float32), words, crew, groups)
    assert np.diff(groups.offsets).tolist() == [3, MOST_GROUPS, 5]
    assert groups.group[:3].tolist() == [0, 1, 2]
    assert groups.group[-5:].tolist() == list(range(3 + MOST_GROUPS, 8 + MOST_GROUPS))
    inside = groups.group[3:303]
    assert inside.min() >= 3
    assert inside.max() < 3 + MOST_GROUPS

    def spread(group):
        """Sum of squared distances from the means of groups."""
        means = np.array([points[group == r].mean(axis=0) for r in np.unique(group)])
        return np.square(points - means[np.unique(group, return_inverse=True)[1]]).sum()

    assert spread(again.group) <= spread(groups.group) + 1e-4


def test_groups_do_not_depend_on_the_number_of_threads():
    rng = np.random.default_rng(3)
    words = encode_table(random_codes(rng, 9000, (2000, 4))).vocabulary
    points = rng.normal(size=(words.n_tokens, 4)).astype(np.float32)
    found = []
    for n_jobs in (1, 2, 5):
        with workers(n_jobs) as crew:
            groups = grouped(points, words.counts.astype(np.float32), words, crew)
            found.append(grouped(points, words.counts.astype(np.float32), words, crew, groups))
    np.testing.assert_array_equal(found[0].group, found[1].group)
    np.testing.assert_array_equal(found[0].group, found[2].group)


@pytest.mark.parametrize("center_side", [True, False])
def test_gradient_and_losses_are_exact_whatever_the_groups(center_side):
    rng = np.random.default_rng(4)
    objective = made(rng)
    words = objective.counts.vocabulary
    side = Side.of(objective, center_side=center_side)
    mine, other = rng.normal(size=(2, words.n_tokens, 4)).astype(np.float32)
    with workers(1) as crew:
        groups = grouped(other, side.column_weight, words, crew)
    for block in side.blocks:
        rough = side.terms(block, mine[block.rows], other, side.means(other, groups))
        exact = side.terms(block, mine[block.rows], other, side.means(other, ungrouped(words)))
        np.testing.assert_array_equal(rough.descent, exact.descent)
        np.testing.assert_array_equal(rough.losses, exact.losses)
        assert rough.curvature.shape[1] < exact.curvature.shape[1]


@pytest.mark.parametrize("center_side", [True, False])
def test_groups_weigh_tokens_by_the_noise_that_they_are(center_side):
    """Contexts are noise by k q; centers meet it as often as they stand in rows."""
    objective = made(np.random.default_rng(4))
    words = objective.counts.vocabulary
    side = Side.of(objective, center_side=center_side)
    other = np.random.default_rng(5).normal(size=(words.n_tokens, 4)).astype(np.float32)
    with workers(1) as crew:
        groups = grouped(other, side.column_weight, words, crew)
    found = side.means(other, groups).vectors
    weights = objective.noise.k_q if center_side else words.counts
    several = [g for g in range(groups.n_groups) if (groups.group == g).sum() > 3]
    assert len(several) > 10
    for g in several:
        mine = groups.group == g
        expected = np.average(other[mine], axis=0, weights=weights[mine])
        np.testing.assert_allclose(found[g], expected, rtol=1e-3, atol=1e-4)


def test_hessians_over_tight_groups_are_those_over_all_tokens():
    """Tokens that hardly differ inside their groups: the rough Hessian is the exact one."""
    rng = np.random.default_rng(5)
    objective = made(rng)
    words = objective.counts.vocabulary
    side = Side.of(objective, center_side=True)
    mine, other = rng.normal(size=(2, words.n_tokens, 4)).astype(np.float32)
    other[3:303] = other[3 + np.arange(300) % MOST_GROUPS]
    other += 1e-3 * rng.normal(size=other.shape).astype(np.float32)
    with workers(1) as crew:
        groups = grouped(other, side.column_weight, words, crew)
    block = side.blocks[0]
    hessians = []
    for some in (groups, ungrouped(words)):
        terms = side.terms(block, mine[block.rows], other, side.means(other, some))
        hessians.append(terms.curvature @ side.second_moments(other, some))
    np.testing.assert_allclose(hessians[0], hessians[1], rtol=0.1, atol=0.02 * hessians[1].max())


@pytest.mark.parametrize("n_gaps", [0, 30])
def test_large_ratios_of_counts_are_bent_and_small_ones_left(n_gaps):
    """Counts that are expected go by both margins, which differ where cells are missing."""
    b = ["u"] * 10 + ["v"] * (90 - n_gaps) + [None] * n_gaps
    counts = count_pairs({"a": ["x"] * 10 + ["y"] * 90, "b": b})
    words, pairs, with_feature = counts.vocabulary, counts.both_ways, counts.with_feature
    out = np.empty_like(pairs.data)
    damped_counts(
        pairs.indptr, pairs.indices, pairs.data, with_feature, words.shares,
        words.feature_of_token, 2.0, 0, 4, out,
    )  # fmt: skip
    dense = pairs.toarray()
    for token, other in ((0, 2), (1, 3), (2, 0), (3, 1)):
        expected = 0.5 * sum(
            with_feature[one, words.feature_of_token[two]] * words.shares[two]
            for one, two in ((token, other), (other, token))
        )
        n = dense[token, other]
        bent = expected * (1 + 2 * np.log1p((n / expected - 1) / 2)) if n > expected else n
        where = pairs.indptr[token] + np.flatnonzero(
            pairs.indices[pairs.indptr[token] : pairs.indptr[token + 1]] == other
        )
        assert out[where[0]] == pytest.approx(bent, rel=1e-5)


def test_groups_of_groups_lie_inside_features_and_their_sums_are_those_of_numpy():
    rng = np.random.default_rng(8)
    words = made(rng).counts.vocabulary
    points = rng.normal(size=(words.n_tokens, 4)).astype(np.float32)
    weights = rng.random(words.n_tokens).astype(np.float32)
    with workers(1) as crew:
        groups = grouped(points, weights, words, crew)
    coarse = coarsened(points, weights, groups, 32)
    assert coarse.groups.n_groups < groups.n_groups
    np.testing.assert_array_equal(coarse.groups.group, coarse.of_group[groups.group])
    for feature in range(words.n_features):
        found = coarse.of_group[slice(*groups.offsets[feature : feature + 2])]
        first, last = coarse.groups.offsets[feature : feature + 2]
        assert found.min() >= first
        assert found.max() < last
    values = rng.normal(size=(5, groups.n_groups)).astype(np.float32)
    sums = np.empty((5, coarse.groups.n_groups), np.float32)
    sum_columns(values, coarse.of_group, sums)
    for q in range(coarse.groups.n_groups):
        expected = values[:, coarse.of_group == q].sum(axis=1)
        np.testing.assert_allclose(sums[:, q], expected, rtol=1e-4, atol=1e-5)
