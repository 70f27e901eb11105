"""Figures of the report equal those of their slow twins."""

from dataclasses import replace

import numpy as np
import pytest

from cat2vec import MultiValued, encode_table, train_vectors
from cat2vec.counting.encoded import count_encoded
from cat2vec.errors import NoSignalWarning
from cat2vec.inspection.quality import held_out_gain, objective_on
from cat2vec.inspection.report import hidden_cells as hidden
from cat2vec.inspection.report import stability
from cat2vec.inspection.report.hidden_cells import evidence_of, hidden_cells, temperature_of
from cat2vec.inspection.report.pair_table import SMOOTHINGS, PairTable, best_smoothing
from cat2vec.inspection.report.row_gains import row_gains
from cat2vec.inspection.report.stability import (
    gain_by_size,
    halves_of,
    overlap,
    rows_of_table,
)
from cat2vec.kernels.threads import workers
from tests.made_tables import planted, random_codes, repeated, shuffled
from tests.made_vectors import made_by_hand
from tests.reference import report as twin
from tests.reference.counting import count_pairs

EXCLUDED = [["f0", "f2"]]


@pytest.fixture(scope="module", params=["gaps", "excluded", "several", "inside"])
def case(request):
    """A model, rows held out for both to score."""
    rng = np.random.default_rng(3)
    table = planted(rng, n_rows=400)
    if request.param == "gaps":
        table = {
            name: [None if rng.random() < 0.3 else cell for cell in cells]
            for name, cells in table.items()
        }
    kinds = None
    if request.param in ("several", "inside"):
        others = rng.permutation(table["f1"]).tolist()
        pairs = list(zip(table["f1"], others, strict=True))
        table["f1"] = [list(pair)[: rng.integers(3)] for pair in pairs]
    if request.param == "inside":
        kinds = {"f1": MultiValued(within=True)}
        table["f1"] = [[*cell, f"g{rng.integers(4)}_0"] for cell in table["f1"]]
    train = encode_table({name: cells[:340] for name, cells in table.items()}, columns=kinds)
    new = {name: cells[340:] for name, cells in table.items()}
    rows = encode_table(new, vocabulary=train.vocabulary)
    excluded = EXCLUDED if request.param == "excluded" else None
    vectors = train_vectors(
        train, vector_size=3, negative=2, ns_exponent=0.5, exclude_pairs=excluded
    )
    return vectors, train, rows, {frozenset((0, 2))} if excluded else frozenset()


def rows_of(table):
    return [[t for t in row if t >= 0] for row in table.token_ids().tolist()]


def inside(vectors):
    return {"within": set(np.flatnonzero(vectors.vocabulary.schema.within).tolist())}


def features_and_counts(vectors):
    vocabulary = vectors.vocabulary
    return vocabulary.feature_of_token.tolist(), vocabulary.counts.tolist()


def test_gains_and_their_errors_equal_those_of_the_slow_twin(case):
    vectors, _, table, excluded = case
    features, counts = features_and_counts(vectors)
    sides = vectors.center.astype(float), vectors.context.astype(float)
    rows = [
        twin.row_gain(*sides, row, features, counts, 2, 0.5, excluded, **inside(vectors))
        for row in rows_of(table)
    ]
    weights = np.ones(len(rows))
    found = row_gains(vectors, table)

    def expected(wanted):
        mine = [
            [gain for (a, b), gain in row.items() if wanted(features[a], features[b])]
            for row in rows
        ]
        return twin.ratio_with_error([sum(m) for m in mine], [len(m) for m in mine], weights)

    close = {"rtol": 1e-4, "atol": 1e-6}
    whole = float(found.whole.value), float(found.whole.error)
    np.testing.assert_allclose(whole, expected(lambda f, g: True), **close)
    for one in range(4):
        mine = found.of_feature.value[one], found.of_feature.error[one]
        np.testing.assert_allclose(mine, expected(lambda f, g, one=one: one in (f, g)), **close)
    for pair in ({1, 3}, *({1},) * bool(inside(vectors)["within"])):
        one, other = min(pair), max(pair)
        mine = found.of_pair.value[one, other], found.of_pair.error[one, other]
        np.testing.assert_allclose(mine, expected(lambda f, g, p=pair: {f, g} == p), **close)
    assert np.isnan(found.of_pair.value[0, 2]) == bool(excluded)
    score = held_out_gain(vectors, count_encoded(table))
    np.testing.assert_allclose(whole[0], score, rtol=1e-4)


def test_a_weight_counts_in_the_gain_and_makes_no_new_rows():
    rng = np.random.default_rng(1)
    table, weights = planted(rng, n_rows=300), rng.integers(0, 4, 300)
    train = encode_table(planted(rng, n_rows=500))
    vectors = train_vectors(train, vector_size=3)
    weighted = encode_table(table, vocabulary=train.vocabulary, sample_weight=weights)
    longer = encode_table(repeated(table, weights), vocabulary=train.vocabulary)
    one, other = row_gains(vectors, weighted), row_gains(vectors, longer)
    np.testing.assert_allclose(one.whole.value, other.whole.value, rtol=1e-6)
    assert one.whole.error > 1.05 * other.whole.error
    with workers(1) as crew:
        scores = [hidden_cells(t, None, crew).mrr for t in (weighted, longer)]
    np.testing.assert_allclose(*scores, rtol=1e-12)


def test_one_row_has_no_error_and_so_no_signal():
    train = encode_table(planted(np.random.default_rng(1), n_rows=500))
    vectors = train_vectors(train, vector_size=3)
    one = row_gains(vectors, rows_of_table(train, np.array([0])))
    assert np.isfinite(one.whole.value)
    assert np.isinf(one.whole.error)
    assert not one.whole.above(2)


def test_the_pair_table_equals_its_slow_twin(case):
    vectors, train, table, excluded = case
    features, counts = features_and_counts(vectors)
    counted = count_encoded(train)
    found = PairTable.of(counted, smoothing=3.0)
    expected = twin.smoothed_pmi(
        count_pairs(rows_of(train)), features, counts, 3.0, **inside(vectors)
    )
    pmi = found.evidence.toarray() + found.level[:, train.vocabulary.feature_of_token]
    np.fill_diagonal(pmi, 0.0)  # no value is beside itself
    np.testing.assert_allclose(pmi, expected, atol=1e-5)
    identity = np.eye(len(features))
    gains = [
        twin.row_gain(
            expected, identity, row, features, counts, 2, 0.5, excluded, **inside(vectors)
        )
        for row in rows_of(table)
    ]
    total = sum(sum(row.values()) for row in gains) / sum(map(len, gains))
    with workers(1) as crew:
        gain = found.gain(objective_on(vectors, count_encoded(table)), crew)
    assert gain == pytest.approx(total, rel=1e-4)


@pytest.mark.slow
def test_smoothing_is_that_which_predicts_a_pair_best_from_the_others():
    counts = count_encoded(encode_table(planted(np.random.default_rng(2), n_rows=60, n_features=3)))
    features = counts.vocabulary.feature_of_token.tolist()
    pairs = dict(zip(zip(counts.left.tolist(), counts.right.tolist(), strict=True),
                     counts.count.tolist(), strict=True))  # fmt: skip

    def likelihood(smoothing):
        total = 0.0
        for a, b in pairs:
            without = {**pairs, (a, b): pairs[a, b] - 1}
            pmi = twin.smoothed_pmi(without, features, counts.vocabulary.counts, smoothing)
            total += pairs[a, b] * (pmi[a, b] + pmi[b, a])
        return total

    likelihoods = [likelihood(smoothing) for smoothing in SMOOTHINGS]
    assert best_smoothing(counts) == SMOOTHINGS[int(np.argmax(likelihoods))]
    assert 0 < int(np.argmax(likelihoods)) < len(SMOOTHINGS) - 1


def test_hidden_cells_equal_those_of_the_slow_twin(case):
    vectors, _, table, excluded = case
    features, counts = features_and_counts(vectors)
    both = vectors.center.astype(float) @ vectors.context.astype(float).T
    both = (both + both.T) / 2

    def says(a, b):
        return 0.0 if frozenset((features[a], features[b])) in excluded else both[a, b]

    expected = twin.hidden_cells(rows_of(table), says, features, counts, **inside(vectors))
    with workers(1) as crew:
        found = hidden_cells(table, evidence_of(vectors, table.feature_of_column), crew)
    mine = list(zip(found.mrr, found.hits, found.n_cells, strict=True))
    np.testing.assert_allclose(mine, list(expected.values()), rtol=1e-6)


def test_hidden_cells_of_the_pair_table_and_the_prior_equal_those_of_the_slow_twin(case):
    vectors, train, table, excluded = case
    features, counts = features_and_counts(vectors)
    counted = objective_on(vectors, count_encoded(train)).counts
    pairs = {
        pair: n
        for pair, n in count_pairs(rows_of(train)).items()
        if frozenset(features[t] for t in pair) not in excluded
    }
    pmi = twin.smoothed_pmi(pairs, features, counts, 10.0, **inside(vectors))
    for evidence, says in (
        (PairTable.of(counted, 10.0), lambda a, b: pmi[a, b]),
        (None, lambda a, b: 0.0),
    ):
        with workers(1) as crew:
            found = hidden_cells(table, evidence, crew)
        expected = twin.hidden_cells(rows_of(table), says, features, counts, **inside(vectors))
        mine = list(zip(found.mrr, found.hits, found.n_cells, strict=True))
        np.testing.assert_allclose(mine, list(expected.values()), rtol=1e-6)


def test_figures_are_the_same_bits_for_any_number_of_threads_and_blocks_of_rows(monkeypatch):
    rng = np.random.default_rng(5)
    train = encode_table(random_codes(rng, 900, [30, 4, 7, 2]))
    vectors = train_vectors(train, vector_size=4)
    found = []
    for n_jobs in (1, 2, 5):
        with workers(n_jobs) as crew:
            cells = hidden_cells(train, evidence_of(vectors), crew)
            table = PairTable.of(count_encoded(train))
            gain = table.gain(objective_on(vectors, count_encoded(train)), crew)
        gains = row_gains(vectors, train, n_jobs)
        halves = overlap(*halves_of(vectors, train, n_jobs), n_jobs)
        arrays = [cells.mrr, cells.hits, cells.temperature, gains.of_pair.value, halves.shared]
        found.append([np.array(a).tobytes() for a in (*arrays, gains.whole.error, gain)])
    assert found[0] == found[1] == found[2]
    monkeypatch.setattr(hidden, "_BLOCK_CELLS", 50)
    with workers(2) as crew:
        again = hidden_cells(train, evidence_of(vectors), crew)
    np.testing.assert_allclose(again.mrr, cells.mrr, rtol=1e-5)


def test_few_of_many_rows_are_hidden_evenly():
    table = planted(np.random.default_rng(1), n_rows=1000)
    train = encode_table(table)
    with workers(1) as crew:
        found = hidden_cells(train, evidence_of(train_vectors(train, vector_size=3)), crew, 100)
    assert found.n_rows == 100
    assert found.n_cells.tolist() == [100] * 4


def test_temperature_of_evidence_that_misleads_is_zero():
    evidence = np.array([[-1, 1], [-1, 1], [1, -1]], np.float32)
    true = np.array([0, 0, 1])
    assert temperature_of(evidence, true, np.ones(3), np.zeros(2, np.float32)) == 0.0


def test_constant_and_empty_features_are_not_scored():
    table = {"a": ["x", "y"] * 20, "b": ["u", "v"] * 20, "c": ["only"] * 40, "d": [None] * 40}
    train = encode_table(table)
    with pytest.warns(NoSignalWarning):
        vectors = train_vectors(train, vector_size=1)
    with workers(1) as crew:
        found = hidden_cells(train, evidence_of(vectors), crew)
    assert np.isnan(found.mrr).tolist() == [False, False, True, True]
    assert np.isfinite(row_gains(vectors, train).whole.value)


def test_neighbours_of_planted_groups_are_stable_and_those_of_noise_are_not():
    rng = np.random.default_rng(7)
    table = planted(rng, n_rows=6000, per_group=11)
    shares = []
    for one in (table, shuffled(rng, table)):
        train = encode_table(one)
        vectors = train_vectors(train, vector_size=4)
        found = overlap(*halves_of(vectors, train, None))
        assert found.n_categories.tolist() == [44] * 4
        assert found.n_neighbours.tolist() == [10] * 4
        np.testing.assert_allclose(found.chance, 10 / 43)
        shares.append(found.shared)
    assert shares[0].min() > 0.7
    np.testing.assert_allclose(shares[1], 10 / 43, atol=0.15)


def test_halves_have_no_row_in_common_and_leave_none_out():
    train = encode_table(planted(np.random.default_rng(7), n_rows=601))
    halves = halves_of(train_vectors(train, vector_size=2), train, 1)
    assert sorted(half.settings["n_rows"] for half in halves) == [300, 301]
    counts = sum(half.vocabulary.counts for half in halves)
    np.testing.assert_array_equal(counts, train.vocabulary.counts)


def test_halves_of_rows_with_several_values_count_their_own_tokens():
    table = encode_table({"tags": [["a", "b"], ["b"], None, ["c", "a"]], "city": list("xyxy")})
    half = rows_of_table(table, np.array([0, 3]))
    assert half.decode("tags") == [["a", "b"], ["a", "c"]]
    assert half.vocabulary.counts.tolist() == [2, 1, 1, 1, 1]


def test_overlap_counts_neighbours_that_both_have():
    train = encode_table(planted(np.random.default_rng(8), n_rows=600, n_features=2, per_group=2))
    one = train_vectors(train, vector_size=2)
    other = train_vectors(train, vector_size=3, regularization=100.0)
    found = overlap(one, other)
    shared = []
    for category in one["f0"].index:
        near = [set(v.nearest("f0", category, n=3)["category"]) for v in (one, other)]
        shared.append(len(near[0] & near[1]) / 3)
    assert found.n_neighbours.tolist() == [3, 3]
    assert found.shared[0] == pytest.approx(np.mean(shared))


def test_zero_vectors_have_no_neighbours():
    train = encode_table({"a": list("xyzuvw") * 20, "b": ["p"] * 60 + ["q"] * 60})
    vectors = train_vectors(train, vector_size=1)
    vectors.matrix[:] = 0.0
    assert np.isnan(overlap(vectors, vectors).shared).all()


def test_the_curve_is_that_of_models_trained_one_by_one():
    table = planted(np.random.default_rng(9), n_rows=900)
    train = encode_table({name: cells[:700] for name, cells in table.items()})
    new = {name: cells[700:] for name, cells in table.items()}
    held_out = count_encoded(encode_table(new, vocabulary=train.vocabulary))
    counts = count_encoded(train)
    vectors = train_vectors(counts, vector_size=6, negative=3)
    curve = gain_by_size(vectors, counts, held_out)
    assert [size for size, _ in curve] == [1, 2, 4, 6]
    for size, gain in curve:
        alone = train_vectors(counts, vector_size=size, negative=3)
        assert gain == held_out_gain(alone, held_out)


def test_of_many_categories_some_are_asked_for_their_neighbours(monkeypatch):
    """Evenly spaced ones; all stay possible neighbours. Twice the categories are twice the work."""
    rng = np.random.default_rng(0)
    vectors = made_by_hand({"many": [f"c{i:03}" for i in range(300)], "few": list("abcde")})
    vectors = replace(vectors, vocabulary=replace(vectors.vocabulary, counts=np.full(305, 9)))
    other = replace(vectors, matrix=rng.normal(size=vectors.matrix.shape).astype(np.float32))
    monkeypatch.setattr(stability, "MOST_COMPARED", 40)
    cells, nearest = [], stability._nearest
    monkeypatch.setattr(
        stability, "_nearest",
        lambda matrix, tokens, rows, n: cells.append((len(tokens), rows))
        or nearest(matrix, tokens, rows, n),
    )  # fmt: skip
    found = overlap(vectors, other, 1)
    assert found.n_categories.tolist() == [300, 5]
    assert found.n_compared.tolist() == [40, 5]
    asked = np.concatenate([rows for n, rows in cells[::2] if n == 300])
    assert asked.tolist() == np.linspace(0, 299, 40).astype(int).tolist()
    marked = [nearest(one.matrix, np.arange(300), asked, 10) for one in (vectors, other)]
    assert found.shared[0] == pytest.approx((marked[0] & marked[1]).sum() / 400)
    assert overlap(vectors, vectors, 1).shared.tolist() == [1.0, 1.0]


def test_of_categories_equally_near_the_first_are_the_nearest():
    rng = np.random.default_rng(2)
    places = rng.integers(0, 3, (500, 2)) + np.array([1, 0])  # few directions, each of many vectors
    matrix = places.astype(np.float32)
    rows = np.arange(0, 500, 7)
    found = stability._nearest(matrix, np.arange(500), rows, 10)
    unit = matrix.astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    cosines = unit[rows] @ unit.T
    cosines[np.arange(len(rows)), rows] = -np.inf
    nearest = np.argsort(-cosines, axis=1, kind="stable")[:, :10]
    assert [np.flatnonzero(row).tolist() for row in found] == np.sort(nearest, axis=1).tolist()
