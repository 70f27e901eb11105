"""The counts solver reaches the optimum that SciPy finds, and gives the same bits every time."""

import tracemalloc

import numpy as np
import pytest
from scipy.optimize import minimize

from cat2vec import count_pairs, train_vectors
from cat2vec.errors import NotConvergedWarning, ParameterError, TrainingDivergedError
from cat2vec.kernels.threads import workers
from cat2vec.training.problem import Noise
from cat2vec.training.solvers import newton, rough
from cat2vec.training.solvers import objective as objectives
from cat2vec.training.solvers import start as beginnings
from cat2vec.training.solvers.counts import _Training
from cat2vec.training.solvers.groups import ungrouped
from cat2vec.training.solvers.objective import Objective, Side
from cat2vec.training.solvers.pace import Pace, left_to_gain
from cat2vec.training.solvers.prior import balanced, held_together, prior, prior_slopes
from tests.made_problems import solved_counts
from tests.made_tables import planted, random_codes, shuffled

SIZE = 4


def objective_of(table, negative=5, ns_exponent=0.75):
    counts = count_pairs(table)
    return Objective(counts, Noise.of(counts.vocabulary, negative, ns_exponent))


def solved(objective, **settings):
    return solved_counts(objective.counts, vector_size=SIZE, **settings)


def penalised(objective, pair, ridge):
    words = objective.counts.vocabulary
    with workers(1) as crew:
        loss = objective.loss(*pair.astype(np.float32), crew)
    return loss + sum(prior(matrix, words, ridge) for matrix in pair) / objective.n_pairs


def lbfgs(objective, pair, ridge, maxiter=1000):
    """Minimise the same penalised objective from our solution, with exact gradients."""
    words = objective.counts.vocabulary
    sides = [Side.of(objective, center_side=True), Side.of(objective, center_side=False)]

    def value_and_gradient(flat):
        pair = flat.reshape(2, words.n_tokens, -1)
        gradient = np.stack([prior_slopes(matrix, words, ridge)[0] for matrix in pair])
        gradient = gradient.astype(np.float64)
        for which, side in enumerate(sides):
            mine, other = pair[which].astype(np.float32), pair[1 - which].astype(np.float32)
            means = side.means(other, ungrouped(words))
            for block in side.blocks:
                terms = side.terms(block, mine[block.rows], other, means)
                gradient[which, block.rows] -= terms.descent
        return penalised(objective, pair, ridge), gradient.ravel() / objective.n_pairs

    found = minimize(
        value_and_gradient,
        pair.astype(np.float64).ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": maxiter, "ftol": 1e-13, "gtol": 1e-10},
    )
    return found.fun


@pytest.mark.parametrize("name", ["planted", "gaps", "two features", "noise and exponent"])
def test_no_more_than_one_percent_of_the_gain_is_left_to_lbfgs(name):
    rng = np.random.default_rng(7)
    kwargs = {}
    if name == "planted":
        table = planted(rng)
    elif name == "gaps":
        table = planted(rng)
        for cells in table.values():
            for row in np.flatnonzero(rng.random(len(cells)) < 0.3):
                cells[row] = None
    elif name == "two features":
        table = {key: cells for key, cells in planted(rng).items() if key in ("f0", "f1")}
    else:
        table, kwargs = planted(rng, n_groups=5, noise=0.4), {"negative": 1, "ns_exponent": 1.0}
    objective = objective_of(table, **kwargs)
    solution = solved(objective, **kwargs)
    pair = np.stack([solution.center, solution.context])
    ours = penalised(objective, pair, 10.0)
    gain = objective.independence() - ours
    assert gain > 0
    assert ours - lbfgs(objective, pair, 10.0) <= 0.01 * gain


@pytest.mark.filterwarnings("ignore::cat2vec.errors.NotConvergedWarning")
def test_what_is_minimised_falls_from_sweep_to_sweep_and_ends_below_independence():
    objective = objective_of(planted(np.random.default_rng(8)))
    losses = []
    for sweeps in range(1, 8):
        solution = solved(objective, tol=1e-9, max_sweeps=sweeps)
        losses.append(penalised(objective, np.stack([solution.center, solution.context]), 10.0))
    assert np.all(np.diff(losses) < 1e-6)
    assert losses[-1] < objective.independence() - 0.05


@pytest.mark.parametrize("check_all", [True, False])
def test_a_step_that_reaches_far_is_checked_and_shortened(monkeypatch, check_all):
    """From vectors of great length the Newton step overshoots: the loss must fall all the same."""
    objective = objective_of(planted(np.random.default_rng(16)))
    words = objective.counts.vocabulary
    rng = np.random.default_rng(17)
    pair = rng.normal(scale=3.0, size=(2, words.n_tokens, SIZE)).astype(np.float32)
    side = Side.of(objective, center_side=True)

    def after(far):
        monkeypatch.setattr(newton, "_FAR", far)
        with workers(1) as crew:
            found = newton.half_sweep(side, *pair, 0.1, crew, None, 1.6, check_all=check_all)
            return objective.loss(found.matrix, pair[1], crew)

    with workers(1) as crew:
        before = objective.loss(*pair, crew)
    assert after(0.5) < before
    assert check_all or after(np.inf) > before


def test_tol_is_a_share_of_what_vectors_gain_though_the_loss_is_far_larger():
    counts = count_pairs(planted(np.random.default_rng(7), n_rows=5000, noise=0.6))
    settings = {"vector_size": 8, "regularization": 0.1}
    best = solved_counts(counts, **settings, tol=1e-6, max_sweeps=300).losses[-1]
    found = solved_counts(counts, **settings, tol=0.003).losses[-1]
    gain = Objective(counts, Noise.of(counts.vocabulary, 5, 0.75)).independence() - best
    assert gain < 0.02 * best
    assert found - best < 0.003 * gain


def test_a_step_is_checked_by_loss_and_prior_together():
    """Under a stronger prior vectors have to become shorter, though the loss alone rises."""
    objective = objective_of(planted(np.random.default_rng(16)))
    solution = solved(objective, regularization=0.1)
    pair = np.stack([solution.center, solution.context])
    side = Side.of(objective, center_side=True)
    with workers(1) as crew:
        found = newton.half_sweep(side, *pair, 300.0, crew, None, 1.0, check_all=True).matrix
        assert objective.loss(found, pair[1], crew) > objective.loss(*pair, crew)
    moved = np.stack([found, pair[1]])
    assert penalised(objective, moved, 300.0) < penalised(objective, pair, 300.0)


def test_what_a_sweep_begins_with_is_the_loss_and_the_prior_of_both_sides():
    objective = objective_of(planted(np.random.default_rng(8), n_rows=600))
    rng = np.random.default_rng(1)
    pair = rng.normal(size=(2, objective.counts.vocabulary.n_tokens, SIZE)).astype(np.float32)
    with workers(1) as crew:
        training = _Training.of(objective, *pair, 10.0, crew)
        first = newton.half_sweep(**training.half(0, Pace.of(objective)))
    assert training.total_before(first) == pytest.approx(penalised(objective, pair, 10.0), rel=1e-6)


def test_what_is_left_to_gain_is_told_from_the_last_two_falls():
    assert left_to_gain([3.0, 2.0, 1.5]) == np.inf
    steady = [1.0 + 0.9**sweep for sweep in range(9)]
    assert left_to_gain(steady) == pytest.approx(steady[-1] - 1.0)
    fast = [1.0 + 0.5**sweep for sweep in range(9)]  # early falls: later ones will be slower
    assert left_to_gain(fast) == pytest.approx(4 * (fast[-2] - fast[-1]))
    assert left_to_gain([9.0, 5.0, 3.0, 2.999]) > 2.0  # a saddle, not the end
    assert left_to_gain([9.0, 5.0, 5.0, 5.0]) == 0.0
    assert left_to_gain([9.0, 5.0, 4.0, 3.1, 2.2]) == pytest.approx(0.9 * 0.95 / 0.05)


def test_training_begins_near_its_end_also_where_some_columns_were_given():
    counts = count_pairs(planted(np.random.default_rng(3), n_rows=1000))
    objective = Objective(counts, Noise.of(counts.vocabulary, 5, 0.75))
    best, short = (train_vectors(counts, vector_size=size) for size in (4, 2))
    with workers(1) as crew:
        begun = beginnings.starting_vectors(objective, 4, crew)
        loss = objective.loss(begun, begun, crew)
        more = beginnings.revived(short.center, short.context, objective, 4, crew)
        loss_of_more = objective.loss(*more, crew)
    assert objective.independence() - loss > 0.6 * best.gain
    assert best.loss < loss_of_more < short.loss


def test_sides_are_balanced_from_sweep_to_sweep():
    counts = count_pairs(planted(np.random.default_rng(3), n_rows=1000))
    words = counts.vocabulary
    found = solved_counts(counts, vector_size=4)
    own, least = (
        sum(prior(matrix, words, 10.0) for matrix in sides)
        for sides in (
            (found.center, found.context),
            balanced(found.center, found.context, words),
        )
    )
    assert own == pytest.approx(least, rel=1e-4)
    # without, the prior is what converges last, in more than forty sweeps
    assert len(solved_counts(counts, vector_size=4, tol=1e-6, max_sweeps=300).losses) < 25


def test_corrections_turn_against_their_vectors_when_sides_are_balanced():
    objective = objective_of(planted(np.random.default_rng(8), n_rows=600))
    rng = np.random.default_rng(1)
    sides = rng.normal(size=(4, objective.counts.vocabulary.n_tokens, SIZE)).astype(np.float32)
    sides[0] *= [1.0, 2.0, 5.0, 0.3]
    with workers(1) as crew:
        training = _Training.of(objective, *sides[:2], 10.0, crew)
    training.corrections = list(sides[2:])
    training.balance()
    for which in (0, 1):
        assert not np.allclose(training.matrices[which], sides[which], rtol=0.1)
        expected = (sides[which] * sides[which + 2]).sum(axis=1)
        found = (training.matrices[which] * training.corrections[which]).sum(axis=1)
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_shuffled_columns_leave_almost_nothing_to_gain():
    rng = np.random.default_rng(9)
    table = planted(rng, n_rows=5000)
    real, noise = objective_of(table), objective_of(shuffled(rng, table))
    gains = [o.independence() - solved(o).losses[-1] for o in (real, noise)]
    assert gains[1] < 0.02 * gains[0]


@pytest.mark.parametrize("n_jobs", [1, 2, 5])
def test_number_of_threads_does_not_change_a_bit(n_jobs):
    counts = count_pairs(random_codes(np.random.default_rng(10), 3000, [30, 80, 50]))
    expected = train_vectors(counts, vector_size=8, n_jobs=1)
    found = train_vectors(counts, vector_size=8, n_jobs=n_jobs)
    for name in ("matrix", "center", "context"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert found.losses == expected.losses


def test_order_of_rows_does_not_change_a_bit():
    table = planted(np.random.default_rng(11), n_rows=500)
    order = np.random.default_rng(12).permutation(500)
    mixed = {name: [cells[i] for i in order] for name, cells in table.items()}
    first = train_vectors(count_pairs(table), vector_size=4)
    second = train_vectors(count_pairs(mixed), vector_size=4)
    np.testing.assert_array_equal(first.matrix, second.matrix)


def test_a_stronger_prior_gives_shorter_vectors_and_rare_tokens_stay_near_the_mean():
    table = planted(np.random.default_rng(13))
    table["f0"][:2] = ["once", "once"]
    table["f0"][1] = "g0_0"
    counts = count_pairs(table)
    sizes = []
    for ridge in (1.0, 10.0, 100.0):
        vectors = train_vectors(counts, vector_size=4, regularization=ridge)
        sizes.append(np.linalg.norm(vectors.center @ vectors.context.T))
    assert sizes[0] > sizes[1] > sizes[2]
    frame = train_vectors(counts, vector_size=4)["f0"]
    norms = np.linalg.norm(frame, axis=1)
    assert norms[frame.index.get_loc("once")] < 0.35 * np.median(norms)


def test_stopping_at_max_sweeps_warns_with_what_is_left():
    counts = count_pairs(planted(np.random.default_rng(14)))
    with pytest.warns(
        NotConvergedWarning, match=r"after max_sweeps=2, about .* Raise max_sweeps, or"
    ):
        train_vectors(counts, vector_size=4, max_sweeps=2)


def test_a_loss_that_is_no_number_names_the_setting_to_change(monkeypatch):
    start = beginnings.starting_vectors

    def broken(objective, size, crew):
        return np.full_like(start(objective, size, crew), np.nan)

    monkeypatch.setattr(beginnings, "starting_vectors", broken)
    counts = count_pairs(planted(np.random.default_rng(15), n_rows=100))
    with pytest.raises(TrainingDivergedError, match="Try a regularization of at least 100"):
        train_vectors(counts, vector_size=2)


def test_solvers_that_need_rows_refuse_pair_counts():
    counts = count_pairs({"a": ["x", "y"], "b": ["u", "v"]})
    with pytest.raises(ParameterError, match=r"solver='rows' works on rows and got PairCounts"):
        train_vectors(counts, vector_size=1, solver="rows")


@pytest.mark.parametrize("regularization", [10.0, "auto"])
def test_categories_of_one_feature_do_not_meet_each_other(regularization, monkeypatch):
    """Products of vectors, and memory, double with the categories of one feature."""
    numbers, products_with = [], objectives.products_with

    def counted(mine, other, gap, scratch):
        numbers.append(len(mine) * (len(other) - (gap.stop - gap.start)))
        return products_with(mine, other, gap, scratch)

    monkeypatch.setattr(objectives, "products_with", counted)
    monkeypatch.setattr(rough, "products_with", counted)
    work, peaks = [], []
    for n_categories in (1_000, 2_000):
        rng = np.random.default_rng(0)
        sizes = (n_categories, 2, 12, 5)
        table = {f"f{size}": rng.permutation(6_000) % size for size in sizes}
        counts = count_pairs(table, numeric="category", n_jobs=1)
        numbers.clear()
        tracemalloc.start()
        with pytest.warns(NotConvergedWarning):
            train_vectors(
                counts, solver="counts", vector_size=4, max_sweeps=2, n_jobs=1,
                regularization=regularization, tol=1e-9,
            )  # fmt: skip
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        work.append(sum(numbers))
    assert work[1] < 2.3 * work[0]
    assert work[1] < n_categories**2
    assert peaks[1] < 2.3 * peaks[0]


def mostly_one(rng, n_rows=5000, n_rare=700):
    """Make two columns that say nothing of each other: one category, and many rare ones."""
    rare = rng.integers(1, n_rare + 1, (2, n_rows))
    found = np.where(rng.random((2, n_rows)) < 0.95, 0, rare).astype(str)
    return dict(zip("ab", found, strict=True))


@pytest.mark.parametrize("regularization", [10.0, 100.0, "auto"])
def test_many_rare_categories_beside_a_frequent_one_do_not_swing_around_it(regularization):
    """Without signal only the prior holds them, and each step moves the mean that others go to."""
    counts = count_pairs(mostly_one(np.random.default_rng(0)))
    vectors = train_vectors(counts, vector_size=8, solver="counts", regularization=regularization)
    assert vectors.gain == pytest.approx(0.0, abs=1e-5)
    assert np.linalg.norm(vectors.matrix, axis=1).max() < 0.05


def test_steps_that_raise_the_loss_together_are_shortened_to_where_it_is_least():
    counts = count_pairs(mostly_one(np.random.default_rng(0)))
    words, ridge = counts.vocabulary, 10.0
    rng = np.random.default_rng(1)
    mine = rng.normal(size=(words.n_tokens, SIZE)).astype(np.float32)
    slopes, curvatures = prior_slopes(mine, words, ridge)  # the loss is the prior alone
    direction = (-slopes / curvatures[:, None]).astype(np.float32)
    falls = (-slopes * direction).sum(axis=1, dtype=np.float64)

    def loss(matrix, feature):
        own = np.where((words.feature_of_token == feature)[:, None], matrix, 0.0)
        return prior(own.astype(np.float32), words, ridge)

    def held(length):
        new = mine + np.float32(length) * direction
        return new, held_together(new, mine, falls, length * falls, curvatures, words, ridge)

    new, same = held(0.5)
    assert same is new
    new, found = held(5.0)
    for feature in range(2):
        assert loss(new, feature) > loss(mine, feature)
        least = loss(found, feature)
        assert least < loss(mine, feature)
        for factor in (0.9, 1.1):
            assert least < loss(mine + np.float32(factor) * (found - mine), feature)
