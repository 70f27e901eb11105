"""The rows kernels equal their slow twins, their blocks mean the objective, and training learns."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cat2vec import count_pairs, encode_table, train_vectors
from cat2vec.errors import ParameterError, TrainingDivergedError
from cat2vec.kernels.draws import draw_rows, fill_alias, next_random
from cat2vec.kernels.rows import apply_pushes, chunk_pushes
from cat2vec.kernels.threads import workers
from cat2vec.training.problem import Noise
from cat2vec.training.progress import Progress
from cat2vec.training.settings import Settings
from cat2vec.training.solvers.objective import Objective
from cat2vec.training.solvers.prior import TO_ZERO
from cat2vec.training.solvers.row_batches import (
    Batches,
    Sums,
    alias_tables,
    rows_of_batch,
    rows_of_block,
)
from cat2vec.training.solvers.rows import _Training, epochs_at_most, pairs_per_token
from tests.made_problems import problem_of, solved_rows
from tests.made_tables import planted, random_codes
from tests.reference import sgns as reference


class Case:
    """One batch of a table, its kernels and its slow twin side by side."""

    def __init__(self, encoded, size, rng, rows_in_block=4, negative=2.5, n_rows=None):
        words = encoded.vocabulary
        noise = Noise.of(words, negative, 0.75)
        self.codes, self.offsets = np.ascontiguousarray(encoded.codes), words.offsets
        self.rows = rng.permutation(encoded.n_rows)[:n_rows]
        self.rows_in_block, self.negative = rows_in_block, negative
        self.bias = noise.bias.astype(np.float32)
        self.importance = np.exp(-noise.bias).astype(np.float32)
        self.inside = noise.inside.astype(np.float32)
        self.alias = alias_tables(words, noise)
        self.matrices = [
            rng.normal(size=(words.n_tokens, size)).astype(np.float32) for _ in range(2)
        ]
        self.prior = rng.random(words.n_tokens).astype(np.float32)
        self.feature_of_column = np.arange(words.n_features)
        self.vector_of_token = np.arange(words.n_tokens)
        self.apart = np.eye(words.n_features, dtype=bool)
        self.n_blocks = -(-len(self.rows) // rows_in_block)

    def fast(self, seed=7, n_chunks=None, parts=1):
        """Run the kernel, with a chunk for each block by default; gives sums and losses."""
        n_chunks = n_chunks or self.n_blocks
        n_vectors, size = self.matrices[0].shape
        sums = Sums.of(n_chunks, n_vectors, size)
        sums.center.fill(np.nan)
        sums.context.fill(np.nan)
        losses = np.zeros((self.n_blocks, 2))
        place = np.full(n_vectors, -1, np.int32)
        ends = [n_chunks * part // parts for part in range(parts + 1)]
        for first, last in pairwise(ends):
            chunk_pushes(
                first, last, self.n_blocks * np.arange(n_chunks + 1) // n_chunks, self.rows,
                self.rows_in_block, self.codes, self.feature_of_column, self.offsets,
                self.vector_of_token, self.apart, *self.matrices, self.bias, self.importance,
                self.inside, self.prior, np.float32(self.negative), *self.alias, np.uint64(seed),
                1, place, *sums, losses,
            )  # fmt: skip
        assert (place == -1).all()
        return sums, losses

    def slow(self, seed=7):
        """Run the twin, block by block: entries, pushes of both sides, loss, pairs."""
        found = []
        for block in range(self.n_blocks):
            rows = self.rows[block * self.rows_in_block : (block + 1) * self.rows_in_block]
            entries = reference.entries_of_block(
                rows, self.codes, self.feature_of_column, self.offsets, *self.alias,
                self.rows_in_block - 1, [reference.mixed(seed + block)],
            )  # fmt: skip
            pushes = reference.block_pushes(
                entries, self.vector_of_token, self.apart, *self.matrices, self.bias,
                self.importance, self.inside, self.negative,
            )  # fmt: skip
            found.append((entries, *pushes))
        return found

    def check(self):
        """Compare what every block asks for with the twin, added up for each vector."""
        sums, losses = self.fast()
        for block, (entries, center, context, loss, pairs) in enumerate(self.slow()):
            found: dict[int, list] = {}
            for (token, row, _), *pushes in zip(entries, center, context, strict=True):
                vector = int(self.vector_of_token[token])
                added = found.setdefault(vector, [0, 0.0, 0.0, 0.0])
                added[3] += pushes[1]
                if row is not None:
                    added[0] += 1
                    added[1] += self.prior[token]
                    added[2] += pushes[0]
            n = sums.n_found[block]
            assert sums.found[block, :n].tolist() == list(found)
            for at, (visits, pull, of_center, of_context) in enumerate(found.values()):
                assert sums.visits[block, at] == visits
                assert sums.pulls[block, at] == pytest.approx(pull, rel=1e-5)
                close = {"rtol": 2e-4, "atol": 4e-5}
                if visits:
                    np.testing.assert_allclose(sums.center[block, at], of_center, **close)
                np.testing.assert_allclose(sums.context[block, at], of_context, **close)
            assert losses[block].tolist() == pytest.approx([loss, pairs], rel=1e-5)


def tied(case):
    """Let tokens of the first two features share vectors, and keep features 0 and 2 apart."""
    first, second = np.diff(case.offsets)[:2]
    shared = min(first, second)
    case.vector_of_token[case.offsets[1] : case.offsets[1] + shared] = np.arange(shared)
    case.apart[0, 2] = case.apart[2, 0] = True


@pytest.mark.kernels
@pytest.mark.parametrize("change", [None, tied])
@pytest.mark.parametrize("size", [1, 3, 8, 33])
@pytest.mark.parametrize("missing", [0.0, 0.3, 0.8])
def test_blocks_equal_the_slow_twin(size, missing, change):
    rng = np.random.default_rng(0)
    case = Case(encode_table(random_codes(rng, 30, [3, 4, 2, 6], missing=missing)), size, rng)
    if change is not None:
        change(case)
    case.check()


@pytest.mark.kernels
def test_columns_of_one_feature_are_tokens_of_one_feature():
    """As in cells of several values: no pair inside a feature, and one pair for each value."""
    rng = np.random.default_rng(1)
    case = Case(encode_table(random_codes(rng, 20, [3, 5, 4], missing=0.3)), 3, rng)
    more = np.where(case.codes[:, 1:2] > 0, case.codes[:, 1:2] - 1, -1)
    case.codes = np.ascontiguousarray(np.insert(case.codes, 2, more[:, 0], axis=1))
    case.feature_of_column = np.array([0, 1, 1, 2])
    case.check()


def test_how_chunks_are_shared_out_changes_no_bit():
    rng = np.random.default_rng(2)
    case = Case(encode_table(random_codes(rng, 50, [3, 4, 2, 6], missing=0.2)), 8, rng)
    (alone, losses), (shared, other_losses) = (case.fast(n_chunks=5, parts=n) for n in (1, 3))
    np.testing.assert_array_equal(losses, other_losses)
    np.testing.assert_array_equal(alone.n_found, shared.n_found)
    for chunk, n in enumerate(alone.n_found):
        for one, other in zip(alone, shared, strict=True):
            if one.ndim > 1:
                np.testing.assert_array_equal(one[chunk, :n], other[chunk, :n])


@pytest.mark.kernels
@pytest.mark.parametrize("change", [None, tied])
@pytest.mark.parametrize("n_chunks", [1, 3, 8])
@pytest.mark.parametrize("n_parts", [1, 2])
def test_steps_equal_the_slow_twin(n_parts, n_chunks, change):
    """Drawn noise has a context and no center; shared vectors move by what all features ask for."""
    rng = np.random.default_rng(3)
    case = Case(encode_table(random_codes(rng, 30, [3, 4, 2, 36], missing=0.4)), 5, rng)
    if change is not None:
        change(case)
    n_vectors = len(case.matrices[0])
    squares = rng.random((2, n_vectors)).astype(np.float32)
    means = rng.normal(size=(2, 1, 5)).astype(np.float32)
    name, place = np.zeros(n_vectors, np.int64), np.full(n_vectors, -1)
    sums, _ = case.fast(n_chunks=n_chunks)
    slow, slow_squares = case.slow(), squares.astype(np.float64)
    expected = [matrix.astype(np.float64) for matrix in case.matrices]
    for side, matrix in enumerate(expected):
        reference.apply_pushes(
            [block[0] for block in slow], [block[1 + side] for block in slow], range(4), side == 0,
            case.vector_of_token, matrix, slow_squares[side], case.prior, means[side, 0], 0.3,
        )  # fmt: skip
    before = [matrix.copy() for matrix in case.matrices]
    for part in range(n_parts):
        apply_pushes(
            part, n_parts, *sums, *case.matrices, squares, means, name, np.float32(0.3), place
        )
    for found, wanted, old in zip(case.matrices, expected, before, strict=True):
        assert (found != old).any()
        np.testing.assert_allclose(found, wanted, rtol=2e-4, atol=2e-5)
    np.testing.assert_allclose(squares, slow_squares, rtol=2e-4)
    assert (place == -1).all()


def test_blocks_average_to_the_objective():
    """Over many orders, loss and gradient are those of the objective on the pair counts."""
    rng = np.random.default_rng(4)
    encoded = encode_table(random_codes(rng, 60, [3, 5, 2], missing=0.2))
    case = Case(encoded, 2, rng, rows_in_block=3, negative=5)
    counts = count_pairs(random_codes(np.random.default_rng(4), 60, [3, 5, 2], missing=0.2))
    objective = Objective(counts, Noise.of(encoded.vocabulary, 5, 0.75))
    gradient, total = np.zeros_like(case.matrices[0], np.float64), np.zeros(2)
    n_orders = 4000
    for order in range(n_orders):
        case.rows = rng.permutation(60)
        sums, losses = case.fast(seed=order, n_chunks=1)
        own = np.flatnonzero(sums.visits[0, : sums.n_found[0]])
        gradient[sums.found[0, own]] -= sums.center[0, own] / n_orders
        total += losses.sum(axis=0)
    with workers(1) as crew:
        expected = objective.loss(*case.matrices, crew)
        # a row is never its own noise, which matters in as few as 60 rows
        assert total[0] / total[1] == pytest.approx(expected, rel=0.02)
        for token, number in [(0, 0), (4, 1), (9, 0)]:
            slopes = []
            for step in (1e-2, -1e-2):
                moved = case.matrices[0].copy()
                moved[token, number] += np.float32(step)
                slopes.append(objective.loss(moved, case.matrices[1], crew) * objective.n_pairs)
            slope = (slopes[0] - slopes[1]) / 2e-2
            assert gradient[token, number] == pytest.approx(slope, rel=0.08, abs=1.5)


@pytest.mark.kernels
@settings(max_examples=60)
@given(st.integers(1, 5000), st.integers(0, 2**63), st.integers(1, 40))
def test_rows_come_in_an_order_that_holds_each_once(n, key, n_parts):
    source = np.arange(n) * 3
    keys = np.array([key, key + 1, key + 2, key + 3], np.uint64)
    found = []
    for part in np.array_split(np.empty(n, np.int64), n_parts):
        draw_rows(sum(map(len, found)), source, keys, part)
        found.append(part)
    found = np.concatenate(found)
    assert sorted(found.tolist()) == source.tolist()
    assert found[:50].tolist() == reference.draw_rows(0, source, keys, min(n, 50))


@pytest.mark.kernels
def test_orders_differ_and_leave_no_trace_of_the_file():
    n = 10_000
    orders = []
    for key in (1, 2):
        keys = np.random.default_rng(key).integers(2**63, size=4, dtype=np.uint64)
        orders.append(np.empty(n, np.int64))
        draw_rows(0, np.arange(n), keys, orders[-1])
    for one, other in [
        (orders[0], orders[1]),
        (orders[0], np.arange(n)),
        (orders[0][1:], orders[0][:-1]),
    ]:
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.05
    assert (np.abs(np.diff(orders[0])) == 1).mean() < 0.002


@pytest.mark.kernels
def test_random_numbers_equal_the_twin_and_published_values():
    """First outputs of SplitMix64 for seed 1234567, from its reference implementation."""
    state, slow = np.array([1234567], np.uint64), [1234567]
    found = [int(next_random(state)) for _ in range(5)]
    assert found == [reference.next_random(slow) for _ in range(5)]
    assert found[:3] == [6457827717110365317, 3203168211198807973, 9817491932198370423]


@pytest.mark.kernels
@pytest.mark.parametrize("weights", [[1.0], [1, 1, 1], [5, 1, 0.1, 3], [1e-9, 1.0], range(1, 40)])
def test_alias_tables_draw_the_distribution_they_were_made_of(weights):
    weights = np.array(weights, np.float64)
    threshold, alias = np.empty(len(weights), np.uint64), np.empty(len(weights), np.int64)
    fill_alias(weights, threshold, alias, 7)
    found = reference.alias_probabilities(threshold, alias, 7)
    np.testing.assert_allclose(found, weights / weights.sum(), atol=1e-8)


def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not():
    encoded = encode_table(random_codes(np.random.default_rng(7), 200, [5, 6, 7]))
    first, again, other = (
        train_vectors(encoded, vector_size=4, solver="rows", epochs=2, random_state=seed)
        for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first.center, again.center)
    assert (first.center != other.center).any()


def test_the_seed_decides_both_the_start_and_the_order_of_rows(monkeypatch):
    encoded = encode_table(random_codes(np.random.default_rng(7), 200, [5, 6, 7]))
    starts, orders = [], []
    step = Batches.step

    def watched(self, codes, rows, *rest):
        orders[-1] += rows.tolist()
        return step(self, codes, rows, *rest)

    monkeypatch.setattr(Batches, "step", watched)
    for seed in (3, 4):
        problem = problem_of(encoded.vocabulary, vector_size=4, random_state=seed)
        with workers(1) as crew:
            starts.append(Batches(problem, encoded, crew).center)
            orders.append([])
            solved_rows(encoded, crew, vector_size=4, epochs=1, random_state=seed)
    assert (starts[0] != starts[1]).any()
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(200))
    assert orders[0] != orders[1]


def test_a_true_pair_with_a_logit_of_minus_eight_is_pulled_up():
    encoded = encode_table({"a": ["x", "x"], "b": ["u", "u"]})
    case = Case(encoded, 1, np.random.default_rng(2), rows_in_block=1, negative=1e-6)
    case.matrices[0][:], case.matrices[1][:] = 4.0, -2.0
    case.bias[:] = 0.0
    sums, _ = case.fast()
    assert sums.n_found.tolist() == [2, 2]
    np.testing.assert_allclose(sums.center[:, :2], -2.0, rtol=1e-3)
    np.testing.assert_allclose(sums.context[:, :2], 4.0, rtol=1e-3)


def test_noise_equal_to_the_context_is_used_too():
    """With a yes/no feature, leaving such noise out would make 'yes' certain."""
    table = {"a": ["x", "y"] * 200, "b": (["u"] * 9 + ["v"]) * 40}
    vectors = train_vectors(
        encode_table(table), vector_size=2, solver="rows", epochs=40, random_state=1
    )
    best = train_vectors(count_pairs(table), vector_size=2)
    assert vectors.loss == pytest.approx(best.loss, abs=0.004)


def test_tokens_of_no_row_keep_their_center():
    words = encode_table({"a": ["x", "y"], "b": ["u", "v"]}).vocabulary
    encoded = encode_table({"a": ["x", "x"], "b": ["u", "u"]}, vocabulary=words)
    with workers(1) as crew:
        start = Batches(problem_of(words, vector_size=3), encoded, crew).center.copy()
        found = solved_rows(encoded, crew, vector_size=3, epochs=2)
    assert (found.center != start).any(axis=1).tolist() == [True, False, True, False]


def test_rows_solver_comes_close_to_the_optimum_and_its_losses_fall():
    encoded = encode_table(planted(np.random.default_rng(5), n_rows=4000))
    best = train_vectors(encoded, vector_size=4, solver="counts")
    found = train_vectors(encoded, vector_size=4, solver="rows", epochs=20)
    assert found.gain >= 0.97 * best.gain
    assert found.losses[-1] < found.losses[0]
    assert len(found.losses) == 20


@pytest.mark.parametrize(
    "n_features", [2, 57, *(pytest.param(n, marks=pytest.mark.slow) for n in (200, 500))]
)
def test_wide_tables_stay_finite_and_below_independence(n_features):
    """A sum of many gradients of the same matrices must not carry vectors away."""
    rng = np.random.default_rng(6)
    group = rng.integers(3, size=200)
    table = {
        f"f{i}": [f"v{(c if rng.random() < 0.7 else rng.integers(3))}" for c in group]
        for i in range(n_features)
    }
    found = train_vectors(encode_table(table), vector_size=4, solver="rows", epochs=5)
    assert np.isfinite(found.matrix).all()
    assert found.gain > 0.02


def test_the_bits_are_those_of_one_thread_whatever_n_jobs():
    encoded = encode_table(random_codes(np.random.default_rng(7), 3000, [5, 60, 7], missing=0.1))
    one, many = (
        train_vectors(encoded, vector_size=5, solver="rows", n_jobs=n_jobs) for n_jobs in (1, 7)
    )
    for part in ("center", "context", "matrix"):
        np.testing.assert_array_equal(getattr(one, part), getattr(many, part))
    assert one.losses == many.losses


class Recorded(Progress):
    """What a training says of itself: pairs done and in all, and sentences."""

    def __init__(self):
        super().__init__()
        self.steps, self.sentences = [], []

    def advance(self, done, loss, *, total, held_out_gain):
        self.steps.append((done, total))

    def say(self, sentence):
        self.sentences.append(sentence)


def test_auto_stops_early_on_held_out_rows_and_says_so():
    encoded = encode_table(planted(np.random.default_rng(8), n_rows=4000))
    seen = Recorded()
    automatic = Settings(vector_size=4, solver="rows")
    with workers(2) as crew:
        found = solved_rows(encoded, crew, seen, vector_size=4)
    assert len(found.losses) < epochs_at_most(encoded, automatic)
    (sentence,) = seen.sentences
    assert "held-out gain 0." in sentence
    assert "on 200 rows" in sentence
    done = [done for done, _ in seen.steps]
    assert done == sorted(done)
    assert seen.steps[-1][0] == pytest.approx(seen.steps[-1][1])
    best = train_vectors(encoded, vector_size=4, solver="counts")
    exact = train_vectors(encoded, vector_size=4, solver="rows")
    assert exact.gain >= 0.95 * best.gain


def test_held_out_rows_are_trained_on_in_the_last_epochs_only(monkeypatch):
    encoded = encode_table(planted(np.random.default_rng(8), n_rows=4000))
    held_out, epochs = [], []
    hold_out, epoch, step = _Training.hold_out, _Training.epoch, Batches.step

    def watched_hold_out(self):
        held_out.extend(hold_out(self))
        return np.array(held_out)

    def watched_epoch(self, *rates):
        epochs.append((rates[1:], []))
        epoch(self, *rates)

    def watched_step(self, codes, rows, *rest):
        epochs[-1][1].extend(rows.tolist())
        return step(self, codes, rows, *rest)

    monkeypatch.setattr(_Training, "hold_out", watched_hold_out)
    monkeypatch.setattr(_Training, "epoch", watched_epoch)
    monkeypatch.setattr(Batches, "step", watched_step)
    with workers(1) as crew:
        solved_rows(encoded, crew, vector_size=4)
    every = set(range(4000))
    n_full = sum(rates == (1.0, 1.0) for rates, _ in epochs)
    assert 0 < n_full < len(epochs)
    for number, (_, rows) in enumerate(epochs):
        assert len(rows) == len(set(rows))
        assert set(rows) == (every - set(held_out) if number < n_full else every)


def test_steps_get_shorter_from_batch_to_batch_down_to_a_fiftieth(monkeypatch):
    encoded = encode_table(random_codes(np.random.default_rng(7), 800, [5, 6, 7]))
    rates = []
    step = Batches.step

    def watched(self, codes, rows, means, rate, seed):
        rates.append(rate)
        return step(self, codes, rows, means, rate, seed)

    monkeypatch.setattr(Batches, "step", watched)
    with workers(1) as crew:
        solved_rows(encoded, crew, vector_size=4, epochs=2, learning_rate=0.5)
    assert rates[0] == 0.5
    assert (np.diff(rates) < 0).all()
    np.testing.assert_allclose(np.diff(rates), np.diff(rates)[0], rtol=1e-6)
    assert 0.01 < rates[-1] < 0.01 + 2 * (rates[0] - rates[1])


def test_the_prior_of_rows_draws_to_the_mean_of_a_feature_and_a_little_to_zero():
    encoded = encode_table(random_codes(np.random.default_rng(7), 200, [5, 6, 7]))
    with workers(1) as crew:
        batches = Batches(problem_of(encoded.vocabulary, vector_size=4), encoded, crew)
        batches.context[:] = 1.0
        center, context = batches.means()
    np.testing.assert_allclose(context, 1.0 / (1.0 + TO_ZERO), rtol=1e-3)
    assert np.abs(center).max() < 0.1


def test_without_signal_auto_stops_soon():
    encoded = encode_table(random_codes(np.random.default_rng(9), 4000, [5, 6, 7]))
    with workers(2) as crew:
        found = solved_rows(encoded, crew, vector_size=4)
    assert len(found.losses) < epochs_at_most(encoded, Settings(vector_size=4, solver="rows"))


def test_an_interrupt_passes_through_and_the_next_training_is_untouched():
    encoded = encode_table(planted(np.random.default_rng(10), n_rows=1000))
    whole = {"vector_size": 4, "epochs": 2}

    class Stop(Progress):
        def advance(self, *_, **__):
            raise KeyboardInterrupt

    with workers(2) as crew:
        with pytest.raises(KeyboardInterrupt):
            solved_rows(encoded, crew, Stop(), **whole)
        after = solved_rows(encoded, crew, **whole)
    with workers(2) as crew:
        fresh = solved_rows(encoded, crew, **whole)
    np.testing.assert_array_equal(after.center, fresh.center)


def test_a_category_seen_once_stays_near_the_average():
    """The prior holds it; without, one row would give it a long vector."""
    table = planted(np.random.default_rng(11), n_rows=3000)
    name = next(iter(table))
    table[name] = [f"only {i}" if i < 300 else value for i, value in enumerate(table[name])]
    norms = []
    for regularization in (10.0, 1e-6):
        vectors = train_vectors(
            encode_table(table), vector_size=4, solver="rows", regularization=regularization
        )
        words = vectors.vocabulary
        once = words.counts[words.tokens_of(name)] == 1
        length = np.linalg.norm(vectors.matrix[words.tokens_of(name)], axis=1)
        norms.append(length[once].mean() / length[~once].mean())
    assert norms[0] < 0.3
    assert norms[1] > 2 * norms[0]


def test_a_loss_without_counts_is_an_estimate_near_the_exact_one(monkeypatch):
    encoded = encode_table(planted(np.random.default_rng(12), n_rows=6000))
    exact = train_vectors(encoded, vector_size=4, solver="rows", epochs=5)
    monkeypatch.setattr("cat2vec.training.train.EXACT_LOSS_TOKENS", 0)
    estimated = train_vectors(encoded, vector_size=4, solver="rows", epochs=5)
    assert estimated.independence_loss == pytest.approx(exact.independence_loss, rel=1e-9)
    assert estimated.loss == pytest.approx(exact.loss, rel=0.01)
    assert estimated.loss != exact.loss


@pytest.mark.parametrize("weights", [None, "some"])
def test_the_estimated_loss_is_that_of_a_sorted_table_too(monkeypatch, weights):
    """Rows of a block are noise for each other, so neighbours of a sorted file must not meet."""
    rng = np.random.default_rng(12)
    table = planted(rng, n_rows=6000, noise=0.05)
    order = np.argsort(table["f0"], kind="stable")
    ordered = {name: [column[row] for row in order] for name, column in table.items()}
    weights = weights and np.where(rng.random(6000) < 0.2, 3.0, 1.0)
    encoded = encode_table(ordered, sample_weight=weights)
    given = {"vector_size": 4, "solver": "rows", "epochs": 5}
    exact = train_vectors(encoded, **given)
    monkeypatch.setattr("cat2vec.training.train.EXACT_LOSS_TOKENS", 0)
    estimated = train_vectors(encoded, **given)
    assert estimated.loss == pytest.approx(exact.loss, rel=0.01)
    assert estimated.losses == train_vectors(encoded, **given).losses


def test_divergence_names_the_epoch_and_a_lower_learning_rate():
    encoded = encode_table(random_codes(np.random.default_rng(8), 100, [5, 6, 7]))
    message = r"epoch 1 of the rows solver \(learning_rate 1e\+38\). Try a learning_rate of at"
    with pytest.raises(TrainingDivergedError, match=message):
        train_vectors(encoded, vector_size=4, solver="rows", epochs=2, learning_rate=1e38)


def test_half_a_noise_token_is_a_weight_here():
    encoded = encode_table(planted(np.random.default_rng(13), n_rows=500))
    best = train_vectors(encoded, vector_size=2, solver="counts", negative=0.5)
    found = train_vectors(encoded, vector_size=2, solver="rows", negative=0.5, epochs=40)
    assert found.loss == pytest.approx(best.loss, abs=0.02)
    with pytest.raises(
        ParameterError, match=r"negative must be a whole number for solver='gensim'"
    ):
        train_vectors(encoded, vector_size=1, solver="gensim", negative=0.5)


def test_blocks_and_batches_are_decided_by_the_table_alone():
    assert [rows_of_block(n) for n in (2, 8, 30, 100, 500)] == [24, 6, 4, 4, 2]
    assert rows_of_batch(10, 3) == rows_of_block(3)
    assert rows_of_batch(10**9, 8) % rows_of_block(8) == 0


def test_pairs_per_token_are_counted_from_present_cells():
    encoded = encode_table({"a": ["x", "x"], "b": ["u", None], "c": ["s", "s"]})
    allowed = ~np.eye(3, dtype=bool)
    assert pairs_per_token(encoded, allowed).tolist() == [3.0, 2.0, 3.0]
    allowed[0, 2] = allowed[2, 0] = False
    assert pairs_per_token(encoded, allowed).tolist() == [1.0, 2.0, 1.0]
