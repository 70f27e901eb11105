"""How likely a cell is by the others: against the slow twin, planted truth, and laws."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cat2vec import Cat2Vec, count_pairs, encode_table
from cat2vec.counting.encoded import count_encoded
from cat2vec.inspection.cells import pair_evidence
from cat2vec.inspection.cells.kept import CellsKept
from cat2vec.inspection.cells.model import coded
from cat2vec.inspection.cells.pair_evidence import (
    SMOOTHINGS,
    LogShares,
    most_telling,
    smoothing_of,
)
from cat2vec.inspection.cells.temperatures import default_temperatures, sample_of
from cat2vec.kernels.threads import workers
from tests.made_tables import planted
from tests.reference.cells import best_smoothing, discord, log_probabilities


def model_of(table, n_jobs=1):
    kept = CellsKept(count_encoded(table, n_jobs), sample_of(table))
    with workers(n_jobs) as crew:
        model = kept.model(None, crew)
    shares = LogShares.of(kept.counts.vocabulary)
    return model, kept.counts, shares.log_share, kept.offset


@pytest.fixture(scope="module")
def rows():
    """Rows with gaps, and cells of several values."""
    rng = np.random.default_rng(0)
    table = planted(rng, n_rows=300, n_features=4)
    for name in ("f0", "f3"):
        table[name] = [None if rng.random() < 0.2 else cell for cell in table[name]]
    more = rng.permutation(table["f1"]).tolist()
    table["f1"] = [[a, b][: rng.integers(3)] for a, b in zip(table["f1"], more, strict=True)]
    return encode_table(table)


@pytest.mark.kernels
@pytest.mark.parametrize("own", [False, True])
def test_probabilities_equal_the_slow_twin(rows, own):
    model, counts, log_share, offset = model_of(rows)
    kappa, _ = smoothing_of(counts, log_share, FakeCrew())
    assert np.abs(offset).max() > 0.01
    ids, feature = coded(rows), rows.feature_of_column
    weights = {
        (int(heard), position): model.temperature[position, place]
        for position, line in enumerate(model.evidence.heard)
        for place, heard in enumerate(line)
        if heard >= 0
    }
    with workers(1) as crew:
        judged = model.judged(rows, crew, own=own)
        for position in range(4):
            chances = model.probabilities(rows, position, crew, own=own)
            for row in range(0, 300, 17):
                cells = [(int(f), int(t)) for f, t in zip(feature, ids[row], strict=True) if t >= 0]
                wanted = log_probabilities(counts, kappa, weights, cells, position, own, offset)
                np.testing.assert_allclose(chances[row], np.exp(wanted), rtol=1e-4, atol=1e-9)
                start = int(rows.vocabulary.offsets[position])
                best = judged.best[row, position] - start
                assert wanted[best] == pytest.approx(wanted.max(), abs=1e-5)
                assert judged.log_chance_best[row, position] == pytest.approx(
                    wanted.max(), abs=1e-4
                )
                for column in np.flatnonzero((feature == position) & (ids[row] >= 0)):
                    mine = judged.log_chance[row, column]
                    assert mine == pytest.approx(wanted[ids[row, column] - start], abs=1e-4)
                    token = int(ids[row, column])
                    against = discord(counts, kappa, weights, cells, position, token)
                    assert judged.discord[row, column] == pytest.approx(against, abs=1e-4)
    assert np.isnan(judged.log_chance[ids == -1]).all()


class FakeCrew:
    @staticmethod
    def map(function, blocks):
        return [function(block) for block in blocks]


@pytest.mark.kernels
def test_smoothing_is_the_best_by_leaving_each_row_out(rows):
    counts = count_encoded(rows, 1)
    shares = LogShares.of(counts.vocabulary)
    kappa, told = smoothing_of(counts, shares.log_share, FakeCrew())
    for left, right in [(0, 2), (2, 0), (1, 3)]:
        wanted, nats = best_smoothing(counts, SMOOTHINGS, left, right)
        assert kappa[left, right] == wanted
        assert told[left, right] == pytest.approx(nats)


def test_a_row_left_out_is_a_table_without_it():
    """With smoothing, temperatures and the number of rows as they are, counts alone decide."""
    rng = np.random.default_rng(1)
    table = planted(rng, n_rows=200, n_features=4)
    rows = encode_table(table)
    model, counts, log_share, offset = model_of(rows)
    kappa, _ = smoothing_of(counts, log_share, FakeCrew())
    for row in (0, 7, 199):
        rest = np.arange(200) != row
        others = count_encoded(
            encode_table(
                {name: np.array(cells)[rest] for name, cells in table.items()},
                vocabulary=rows.vocabulary,
            ),
            1,
        )
        seen = coded(rows)[row]
        less = rows.vocabulary.counts.copy()
        less[seen] -= 1
        others = dataclasses.replace(
            others, vocabulary=dataclasses.replace(rows.vocabulary, counts=less)
        )
        cells = list(enumerate(seen.tolist()))
        weights = {
            (int(f), 2): t
            for f, t in zip(model.evidence.heard[2], model.temperature[2], strict=True)
            if f >= 0
        }
        without = log_probabilities(others, kappa, weights, cells, 2, offset=offset)
        left_out = log_probabilities(counts, kappa, weights, cells, 2, True, offset)
        # shares are of one row less in one of them, and sum to 1 in both
        np.testing.assert_allclose(without, left_out, atol=0.05)
        one = dataclasses.replace(rows, codes=np.asfortranarray(rows.codes[[row]]))
        with workers(1) as crew:
            mine = np.log(model.probabilities(one, 2, crew, own=True)[0])
        np.testing.assert_allclose(mine, left_out, atol=1e-4)


@pytest.mark.kernels
@pytest.mark.parametrize("own", [False, True])
def test_what_each_feature_says_adds_up_to_the_scores(rows, own):
    model, *_ = model_of(rows)
    evidence, ids = model.evidence, coded(rows)
    about = ids, np.full(len(ids), own), np.append(rows.first_columns, ids.shape[1])
    weights = np.random.default_rng(1).random(evidence.heard.shape)
    for position in range(4):
        told = evidence.laid_out(*about, position)
        plain, weighed = (
            evidence.scores(*about, position, some) for some in (0.0 * weights, weights)
        )
        expected = np.tensordot(weights[position, : len(told)], told, 1)
        np.testing.assert_allclose(weighed - plain, expected, rtol=1e-5, atol=1e-6)


def test_temperatures_make_rows_likeliest_that_do_not_vouch_for_themselves():
    rows = encode_table(planted(np.random.default_rng(4), n_rows=400, per_group=10))
    model, *_ = model_of(rows)

    def likely(factor):
        scaled = dataclasses.replace(model, temperature=factor * model.temperature)
        with workers(1) as crew:
            return scaled.judged(rows, crew, own=True).log_chance.mean()

    assert likely(1.0) > max(likely(0.7), likely(1.4))


def test_of_many_features_those_that_tell_most_are_heard(monkeypatch):
    told = np.array([[0.0, 3.0, -1.0], [2.0, 0.0, -1.0], [1.0, 5.0, 0.0]])
    monkeypatch.setattr(pair_evidence, "MOST_HEARD", 1)
    assert most_telling(told).tolist() == [[1], [2], [-1]]
    monkeypatch.setattr(pair_evidence, "MOST_HEARD", 2)
    assert most_telling(told).tolist() == [[1, 2], [0, 2], [-1, -1]]


CELLS = st.sampled_from(["a", "b", "c", None])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=8, max_size=40), st.randoms())
def test_probabilities_sum_to_one_whatever_the_order_of_rows_and_the_threads(lines, random):
    lines = [("a", "a", "b"), ("b", "c", "a"), *lines]
    mixed = list(lines)
    random.shuffle(mixed)
    one, two = (
        encode_table({name: [line[i] for line in some] for i, name in enumerate("xyz")})
        for some in (lines, mixed)
    )
    (first, *_), (second, *_) = model_of(one, 1), model_of(two, 2)
    assert first.temperature.tobytes() == second.temperature.tobytes()
    with workers(2) as crew:
        for position in range(3):
            here = first.probabilities(one, position, crew)
            there = second.probabilities(one, position, crew)
            assert here.tobytes() == there.tobytes()
            np.testing.assert_allclose(here.sum(axis=1), 1.0)
            assert (here > 0).all()


def test_probabilities_are_calibrated_and_follow_planted_groups():
    rng = np.random.default_rng(2)
    table = planted(rng, n_rows=6000, n_features=6)
    names = list(table)
    train = {name: table[name][:4000] for name in names}
    test = {name: table[name][4000:] for name in names}
    model = Cat2Vec(4).fit(train)
    found = model.probabilities(test, "f0")
    groups = found.T.groupby(found.columns.str[:2]).sum().T
    hits = groups.columns[groups.to_numpy().argmax(axis=1)] == [cell[:2] for cell in test["f0"]]
    assert abs(hits.mean() - groups.max(axis=1).mean()) < 0.03
    assert hits.mean() > 0.6 > 2 * 0.25
    loss = -np.log([found[city][i] for i, city in enumerate(test["f0"])]).mean()
    alone = Cat2Vec(4, keep_counts=False).fit(train).probabilities(test, "f0")
    by_vectors = -np.log([alone[city][i] for i, city in enumerate(test["f0"])]).mean()
    assert abs(loss - by_vectors) < 0.1


def test_a_table_of_noise_says_nothing():
    rng = np.random.default_rng(3)
    table = {name: rng.choice(list("abcd"), 2000).tolist() for name in "xyz"}
    found = Cat2Vec(2).fit(table).probabilities(table, "x")
    assert np.abs(found.to_numpy() - 0.25).max() < 0.05


def test_a_sample_has_rows_in_proportion_whatever_their_order():
    table = encode_table({"a": ["x", "y"] * 3000 + ["z"] * 2000, "b": ["u"] * 8000})
    found = sample_of(table, 400)
    assert np.bincount(found.codes[:, 0]).tolist() == [150, 150, 100]
    weighted = encode_table(
        {"a": ["x", "y", "z"], "b": ["u"] * 3}, sample_weight=[3000, 3000, 2000]
    )
    again = sample_of(weighted, 400)
    assert np.sort(again.codes, axis=0).tobytes() == np.sort(found.codes, axis=0).tobytes()


def test_without_rows_temperatures_are_those_of_repeated_evidence():
    counts = count_pairs({"a": ["x", "y"] * 9, "b": ["u", "v"] * 9, "c": ["k", "l"] * 9})
    with workers(1) as crew:
        model = CellsKept(counts).model(None, crew)
    assert model.temperature.tolist() == default_temperatures(model.evidence.heard).tolist()
    assert model.temperature[0, 0] == pytest.approx(2**-0.5)


@pytest.mark.kernels
@pytest.mark.parametrize("own", [False, True])
def test_dense_tables_judge_as_sparse_rows_do(own):
    rng = np.random.default_rng(6)
    table = planted(rng, n_rows=300, n_features=5)
    table["f2"] = [None if rng.random() < 0.3 else cell for cell in table["f2"]]
    rows = encode_table(table)
    model, *_ = model_of(rows)
    evidence, ids = model.evidence, coded(rows)
    ids[::9, 3] = -2
    assert np.abs(evidence.offset).max() > 0.01
    tables = evidence.tables(model.temperature, rows.n_slots == 1)
    assert None not in tables
    leaves_out, first = np.full(300, own), np.arange(6)
    dense, sparse = (
        evidence.judged(ids, leaves_out, first, model.temperature, some)
        for some in (tables, [None] * 5)
    )
    for one, other in zip(dense, sparse, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_offsets_bring_mean_probabilities_near_shares():
    rng = np.random.default_rng(7)
    table = planted(rng, n_rows=1500, n_features=6)
    # columns that repeat each other, with a rare category that many others go with
    table["f1"] = ["rare" if rng.random() < 0.04 else cell for cell in table["f0"]]
    rows = encode_table(table)
    model, *_ = model_of(rows)
    plain = dataclasses.replace(
        model,
        evidence=dataclasses.replace(model.evidence, offset=np.zeros(rows.vocabulary.n_tokens)),
    )
    away, away_plain = 0.0, 0.0
    with workers(1) as crew:
        for position in range(6):
            shares = rows.vocabulary.shares[
                slice(*rows.vocabulary.offsets[position : position + 2].tolist())
            ]
            for one in (model, plain):
                mean = one.probabilities(rows, position, crew, own=True).mean(axis=0)
                if one is model:
                    away += np.abs(mean - shares).sum()
                else:
                    away_plain += np.abs(mean - shares).sum()
    assert away < 0.5 * away_plain
