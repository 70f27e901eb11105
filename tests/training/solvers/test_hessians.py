"""Hessians over many groups or few: exact sums, and few only for tokens held by the prior."""

import numpy as np
import pytest

from cat2vec import count_pairs
from cat2vec.kernels.threads import workers
from cat2vec.training.problem import Noise
from cat2vec.training.solvers import hessians as module
from cat2vec.training.solvers.groups import grouped
from cat2vec.training.solvers.hessians import Hessians
from cat2vec.training.solvers.objective import Objective, Side
from tests.made_tables import planted

pytestmark = pytest.mark.kernels


def prepared(*, rough):
    """One block of a table whose features have more tokens than groups."""
    rng = np.random.default_rng(3)
    counts = count_pairs(planted(rng, n_rows=3000, per_group=40, n_features=3))
    objective = Objective(counts, Noise.of(counts.vocabulary, 5.0, 0.75))
    side, words = Side.of(objective, center_side=True), counts.vocabulary
    other = rng.normal(size=(words.n_tokens, 4)).astype(np.float32)
    points = np.column_stack([other, side.column_bias])
    with workers(1) as crew:
        groups = grouped(points, side.column_weight, words, crew)
    block = side.blocks[0]
    curvature = rng.random((len(block.tokens), groups.n_groups)).astype(np.float32)
    curvature[:, block.gap(groups.offsets)] = 0.0
    return side, other, groups, block, curvature, Hessians.of(
        side, other, points, groups, rough=rough
    )  # fmt: skip


def by_hand(side, other, group, curvature):
    """Sum the packed Hessians token by token, in float64."""
    found = np.zeros((len(curvature), 10))
    for r in range(group.max() + 1):
        some = np.flatnonzero(group == r)
        mean = np.average(
            [np.outer(c, c)[np.triu_indices(4)] for c in other[some].astype(float)],
            axis=0, weights=side.column_weight[some].astype(float),
        )  # fmt: skip
        found += curvature[:, r, None].astype(float) * mean
    return found


def summed_by_group(curvature, of_group):
    sums = np.zeros((len(curvature), of_group.max() + 1))
    np.add.at(sums, (slice(None), of_group), curvature)
    return sums


@pytest.mark.parametrize("rough", [True, False])
def test_tokens_whose_data_weigh_more_than_the_prior_have_the_hessian_of_many_groups(rough):
    side, other, groups, block, curvature, hessians = prepared(rough=rough)
    found = hessians.summed(curvature, block, np.full(len(curvature), 1e-6))
    if not rough:
        coarse = hessians.usual.of_group
        curvature, group = summed_by_group(curvature, coarse), coarse[groups.group]
        assert len(hessians.usual.packed) < groups.n_groups
    else:
        group = groups.group
    expected = by_hand(side, other, group, curvature)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_few_groups_sum_what_the_prior_outweighs_and_only_that():
    side, other, groups, block, curvature, hessians = prepared(rough=True)
    assert hessians.weak is not None
    of_data = by_hand(side, other, groups.group, curvature)[:, [0, 4, 7, 9]].mean(axis=1)
    weak = np.arange(len(curvature)) % 2 == 0
    stiffness = of_data / module._WEAK * np.where(weak, 1.1, 0.9)
    found = hessians.summed(curvature, block, stiffness)
    few = hessians.weak.of_group
    assert few.max() + 1 < groups.n_groups
    coarse = by_hand(side, other, few[groups.group], summed_by_group(curvature, few))
    fine = by_hand(side, other, groups.group, curvature)
    np.testing.assert_allclose(found[weak], coarse[weak], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found[~weak], fine[~weak], rtol=1e-4, atol=1e-4)
    assert np.abs(coarse - fine).max() > 1e-2


def test_all_tokens_of_a_block_at_once_are_as_some_of_them():
    *_, block, curvature, hessians = prepared(rough=True)
    weak, strong = np.full(len(curvature), 1e6), np.full(len(curvature), 1e-6)
    for one, other in ((weak, strong), (strong, weak)):
        mixed = one.copy()
        mixed[-1] = other[-1]
        whole = hessians.summed(curvature, block, one)
        part = hessians.summed(curvature, block, mixed)
        np.testing.assert_allclose(part[:-1], whole[:-1], rtol=1e-5, atol=1e-5)
        assert not np.allclose(part[-1], whole[-1], rtol=1e-5, atol=1e-5)
