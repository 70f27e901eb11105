"""Rough sweeps: noise over groups equals its slow twin, is corrected, and ends where it should."""

import warnings

import numpy as np
import pytest

from cat2vec import MultiValued, count_pairs, train_vectors
from cat2vec.errors import NotConvergedWarning
from cat2vec.kernels.threads import workers
from cat2vec.training import train
from cat2vec.training.problem import Noise
from cat2vec.training.solvers import final_loss, pace
from cat2vec.training.solvers.final_loss import inclusion_chances, sampled_loss
from cat2vec.training.solvers.groups import grouped, ungrouped
from cat2vec.training.solvers.newton import Rough, half_sweep
from cat2vec.training.solvers.objective import Objective, Side
from cat2vec.training.solvers.pace import LENGTH, PLAIN_SWEEPS, Pace
from cat2vec.training.solvers.rough import Spread, rough_terms
from tests.made_tables import planted
from tests.reference.rough import rough_terms as slow_terms

WITHIN = {"tags": [["x", "y"], ["y", "z"], ["x", "z", "w"]] * 20, "b": ["u", "v", "u"] * 20}


def made(seed=0, n_rows=3000, per_group=40):
    """A table whose features have more tokens than groups."""
    rng = np.random.default_rng(seed)
    counts = count_pairs(planted(rng, n_rows=n_rows, per_group=per_group, n_features=3))
    return Objective(counts, Noise.of(counts.vocabulary, 5.0, 0.75))


def vectors_for(objective, seed=1, scale=0.5):
    rng = np.random.default_rng(seed)
    shape = 2, objective.counts.vocabulary.n_tokens, 4
    return rng.normal(scale=scale, size=shape).astype(np.float32)


def prepared(objective, center_side, other, size, groups=None):
    words, side = objective.counts.vocabulary, Side.of(objective, center_side=center_side)
    points = np.column_stack([other * size, side.column_bias])
    with workers(1) as crew:
        groups = groups or grouped(points, side.column_weight, words, crew)
    means = side.means(other, groups)
    return side, means, Spread.of(side, other, means, size)


@pytest.mark.kernels
@pytest.mark.parametrize("center_side", [True, False])
@pytest.mark.parametrize("within", [False, True])
def test_rough_terms_equal_the_slow_twin(center_side, within):
    objective = made()
    if within:
        counts = count_pairs(WITHIN, columns={"tags": MultiValued(within=True)})
        objective = Objective(counts, Noise.of(counts.vocabulary, 5.0, 0.75))
    mine, other = vectors_for(objective)
    size = np.array([0.5, 1.0, 2.0, 0.7], np.float32)
    side, means, spread = prepared(objective, center_side, other, size)
    assert within or means.groups.n_groups < len(mine)
    for block in side.blocks:
        found = rough_terms(side, block, mine[block.rows], other, means, spread)
        for place in range(0, len(block.tokens), 1 if within else 7):
            token = block.tokens[place]
            push, loss, curvature = slow_terms(
                token, mine[token], side, other, size, means.groups.group
            )
            scale = np.abs(push).max() + 1.0
            np.testing.assert_allclose(found.descent[place], push, rtol=2e-3, atol=2e-4 * scale)
            np.testing.assert_allclose(found.losses[place], loss, rtol=1e-4)
            np.testing.assert_allclose(
                found.curvature[place], curvature, rtol=5e-3, atol=1e-4 * curvature.max()
            )


@pytest.mark.parametrize("center_side", [True, False])
def test_where_each_token_is_a_group_rough_is_exact(center_side):
    objective = made(per_group=5)
    mine, other = vectors_for(objective)
    words, ones = objective.counts.vocabulary, np.ones(4, np.float32)
    side, means, spread = prepared(objective, center_side, other, ones, ungrouped(words))
    for block in side.blocks:
        rough = rough_terms(side, block, mine[block.rows], other, means, spread)
        exact = side.terms(block, mine[block.rows], other, means)
        scale = np.abs(exact.descent).max()
        np.testing.assert_allclose(rough.descent, exact.descent, atol=1e-4 * scale)
        np.testing.assert_allclose(rough.losses, exact.losses, rtol=1e-4)
        np.testing.assert_allclose(rough.curvature, exact.curvature, rtol=1e-3, atol=1e-3)


def test_the_spread_of_groups_makes_gradients_better():
    objective = made()
    mine, other = vectors_for(objective)
    side, means, spread = prepared(objective, True, other, np.ones(4, np.float32))
    flat = Spread(np.zeros_like(spread.scale), np.zeros_like(spread.covariances))
    errors = {"with": 0.0, "without": 0.0}
    for block in side.blocks:
        exact = side.terms(block, mine[block.rows], other, means).descent
        for name, some in (("with", spread), ("without", flat)):
            found = rough_terms(side, block, mine[block.rows], other, means, some).descent
            errors[name] += np.square(found - exact).sum()
    assert errors["with"] < 0.1 * errors["without"]


def test_a_corrected_rough_step_follows_the_exact_gradient():
    """At the place where the correction was measured; curvatures stay rough."""
    objective = made()
    mine, other = vectors_for(objective)
    side = Side.of(objective, center_side=True)
    with workers(1) as crew:
        exact = half_sweep(side, mine, other, 10.0, crew, None, 0.1, rough=Rough(steps=False))
        found = [
            half_sweep(side, mine, other, 10.0, crew, None, 0.1, rough=Rough(True, correction))
            for correction in (exact.correction, None)
        ]
    moved = [np.square(one.matrix - exact.matrix).sum() for one in found]
    assert moved[0] < 0.1 * moved[1]
    assert found[0].fall == pytest.approx(exact.fall, rel=0.05)


@pytest.fixture
def always_rough(monkeypatch):
    monkeypatch.setattr(pace, "_WORTH", np.inf)


def test_sweeps_that_begin_rough_end_near_the_optimum_of_exact_ones(always_rough, monkeypatch):
    objective = made(n_rows=20_000)
    counts = objective.counts
    rough = train_vectors(counts, vector_size=8)
    assert rough.settings["estimated_losses"] == "all but the last"
    monkeypatch.setattr(pace, "_WORTH", 0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        exact = train_vectors(counts, vector_size=8, tol=1e-4, max_sweeps=60)
    assert "estimated_losses" not in exact.settings
    assert rough.gain > 0.99 * exact.gain
    frequent = counts.vocabulary.counts >= 10
    cosines = []
    for vectors in (rough, exact):
        some = vectors.matrix[frequent].astype(float)
        some /= np.linalg.norm(some, axis=1, keepdims=True)
        cosines.append((some @ some.T)[np.triu_indices(len(some), 1)])
    assert np.corrcoef(*cosines)[0, 1] > 0.97


def test_losses_of_rough_sweeps_are_near_the_exact_ones(always_rough):
    counts = made(n_rows=20_000).counts
    vectors = train_vectors(counts, vector_size=8)
    assert abs(vectors.losses[-2] - vectors.losses[-1]) < 0.1 * vectors.gain


@pytest.mark.parametrize("n_jobs", [2, 5])
def test_number_of_threads_does_not_change_a_bit_of_rough_sweeps(always_rough, n_jobs):
    counts = made().counts
    expected = train_vectors(counts, vector_size=8, n_jobs=1)
    found = train_vectors(counts, vector_size=8, n_jobs=n_jobs)
    for name in ("matrix", "center", "context"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert found.losses == expected.losses


def test_shared_and_multivalued_features_train_in_rough_sweeps(always_rough):
    rng = np.random.default_rng(4)
    table = planted(rng, n_rows=4000, per_group=40, n_features=3)
    table["tags"] = [[a, b] for a, b in zip(table["f0"], table.pop("f2"), strict=True)]
    counts = count_pairs(table, shared={"both": ["f0", "f1"]})
    assert train_vectors(counts, vector_size=4).gain > 0.05


def test_a_start_at_the_optimum_is_not_left_by_rough_sweeps(always_rough):
    objective = made(n_rows=20_000)
    counts = objective.counts
    first = train_vectors(counts, vector_size=8)
    again = train_vectors(counts, vector_size=8, start=(first.center, first.context))
    assert len(again.losses) == 1
    assert again.loss <= first.loss + 1e-6


def test_a_sampled_loss_is_within_its_standard_error_of_the_exact_one():
    objective = made(n_rows=10_000)
    pair = vectors_for(objective, scale=0.6)
    with workers(1) as crew:
        exact = objective.loss(*pair, crew)
        n_tokens = len(pair[0])
        whole = sampled_loss(objective, *pair, crew, n_tokens)
        part = sampled_loss(objective, *pair, crew, n_tokens // 4)
    assert whole.value == pytest.approx(exact, rel=1e-6)
    assert whole.standard_error == 0.0
    assert 0.0 < part.standard_error < 0.01 * exact
    assert abs(part.value - exact) < 4 * part.standard_error


def test_chances_add_up_to_the_sample_and_large_tokens_are_certain():
    sizes = np.concatenate([[1e4, 500.0], np.random.default_rng(5).random(300)])
    chances = inclusion_chances(sizes, 50)
    assert chances.sum() == pytest.approx(50)
    assert chances[0] == chances[1] == 1.0
    np.testing.assert_allclose(chances[2:] / chances[2], sizes[2:] / sizes[2])


def test_where_tokens_are_too_many_losses_are_estimates_and_say_so(monkeypatch):
    monkeypatch.setattr(pace, "MOST_ENTRIES", 1000.0)
    monkeypatch.setattr(final_loss, "MOST_ENTRIES", 1000.0)
    monkeypatch.setattr(final_loss, "_SAMPLED", 100)
    counts = made(n_rows=20_000).counts
    vectors = train_vectors(counts, vector_size=8)
    assert vectors.settings["estimated_losses"] == "all"
    objective = Objective(counts, train.Problem.of_vectors(vectors).noise)
    with workers(1) as crew:
        exact = objective.loss(vectors.center, vectors.context, crew)
    assert abs(vectors.loss - exact) < 4 * vectors.settings["loss_standard_error"]
    assert vectors.gain > 0.05


def test_pace_goes_from_rough_to_exact_where_rough_sweeps_are_stuck_or_near():
    some = Pace(mixed=True, ends_exact=True, rough=True)
    for fall in (1.0, 0.3, 0.1, 0.05):
        assert not some.ended(fall, enough=1e-3)
        assert some.rough
    assert not some.ended(0.049, enough=1e-3)
    assert not some.rough
    assert not some.ended(0.03, enough=1e-3)
    assert some.rough
    assert not some.ended(1e-4, enough=1e-3)
    assert not some.rough
    assert some.ended(1e-4, enough=1e-3)


def test_what_is_left_is_four_times_what_a_sweep_gains():
    some = Pace(mixed=True, ends_exact=True, rough=True)
    for length in (1.0, 1.0, 1.0, 1.6):
        assert some.length == length
        some.ended(0.2, enough=0.0)
        gained = (length - length**2 / 2) * 0.2  # of a quadratic, whose full step promises half
        assert some.left == pytest.approx(4 * gained)


def test_rough_steps_change_no_logit_of_a_group_by_more_than_two():
    objective = made()
    mine, other = vectors_for(objective, scale=3.0)
    side = Side.of(objective, center_side=True)
    with workers(1) as crew:
        found = half_sweep(side, mine, other, 0.01, crew, None, 1.6, rough=Rough(steps=True))
    means = side.means(other, found.groups)
    reach = np.abs((found.matrix - mine) @ means.vectors.T)
    feature = objective.counts.vocabulary.feature_of_token
    of_group = np.repeat(np.arange(3), np.diff(found.groups.offsets))
    reach[feature[:, None] == of_group] = 0.0
    assert reach.max() == pytest.approx(2.0, rel=1e-3)


def test_pace_ends_rough_where_exact_sweeps_are_too_dear():
    some = Pace(mixed=True, ends_exact=False, rough=True)
    for total, fall in ((9.0, 1.0), (8.5, 1.0), (8.0, 1.0), (7.5, 1.0)):  # kept: all of it
        some.begun(total)
        assert not some.ended(fall, enough=1e-3)
        assert some.rough
    assert some.length == LENGTH
    assert some.ended(1e-4, enough=1e-3)


def test_pace_ends_where_rough_steps_promise_and_nothing_comes_of_it():
    """On a table of a hundred thousand tokens steps went round in circles for a hundred sweeps."""
    some = Pace(mixed=True, ends_exact=False, rough=True)
    lengths = []
    for sweep in range(20):
        some.begun(9.0 - min(sweep, 4))
        lengths.append(some.length)
        if some.ended(max(0.1**sweep, 1e-3), enough=1e-4):
            break
    assert lengths == [1.0] * PLAIN_SWEEPS + [LENGTH] * 3 + [1.0] * 2
