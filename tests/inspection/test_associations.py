"""Associations of features from pair counts: exact twins, chance level, planted dependence."""

from __future__ import annotations

import importlib
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency
from sklearn.metrics import adjusted_mutual_info_score, mutual_info_score
from sklearn.metrics.cluster import expected_mutual_information

from cat2vec import Cat2Vec, count_pairs
from cat2vec.inspection import associations
from cat2vec.inspection.associations import chance_bits
from tests.made_tables import planted, repeated, shuffled
from tests.reference import associations as reference

module = importlib.import_module("cat2vec.inspection.associations")


def of_two(a, b):
    return associations(count_pairs({"a": a, "b": b}, numeric="category", n_jobs=1)).iloc[0]


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(2, 9), st.integers(2, 60), st.integers(20, 300))
def test_shares_are_scikit_learn_s_adjusted_mutual_information(seed, k, m, n):
    rng = np.random.default_rng(seed)
    a = rng.integers(k, size=n)
    b = np.where(rng.random(n) < 0.5, a, rng.zipf(1.5, n) % m)
    found = of_two(a, b)
    table = np.unique(a, return_inverse=True)[1], np.unique(b, return_inverse=True)[1]
    counts = np.zeros((table[0].max() + 1, table[1].max() + 1), np.int64)
    np.add.at(counts, table, 1)
    wanted = expected_mutual_information(counts, n) / np.log(2)
    assert found["chance"] == pytest.approx(wanted, rel=2e-3, abs=1e-9)
    if min(counts.shape) > 1:
        share = adjusted_mutual_info_score(a, b, average_method="min")
        assert found["share"] == pytest.approx(share, abs=5e-3)
        plain = mutual_info_score(a, b) / np.log(2)
        least = min(mutual_info_score(side, side) for side in (a, b)) / np.log(2)
        chance = found["chance"]
        assert found["bits"] == pytest.approx(least * (plain - chance) / (least - chance), abs=1e-6)
    assert found["rows"] == n


def test_large_counts_have_the_chance_level_of_chi_square():
    first, second = np.array([40_000, 60_000]), np.array([10_000, 20_000, 70_000])
    assert chance_bits(first, second) == pytest.approx(2 / (2 * 100_000 * np.log(2)), rel=1e-2)


@pytest.mark.parametrize(
    ("first", "second"), [([600, 1400, 8000], [500, 9500]), ([5000, 5000], [50, 9950])]
)
def test_large_counts_have_nearly_the_chance_of_the_slow_twin(first, second):
    """All counts are above 20 in the mean, so that none is summed term by term."""
    wanted = reference.chance_bits(first, second)
    assert chance_bits(np.array(first), np.array(second)) == pytest.approx(wanted, rel=5e-4)


def test_cramer_s_v_is_bergsma_s():
    rng = np.random.default_rng(1)
    a = rng.integers(3, size=200)
    b = np.where(rng.random(200) < 0.4, a, rng.integers(4, size=200))
    counts = np.zeros((3, 4))
    np.add.at(counts, (a, b), 1)
    squared = chi2_contingency(counts, correction=False).statistic / 200
    above = squared - 2 * 3 / 199
    wanted = (above / min(3 - 2**2 / 199 - 1, 4 - 3**2 / 199 - 1)) ** 0.5
    assert of_two(a, b)["cramers_v"] == pytest.approx(wanted)


@pytest.mark.parametrize("sizes", [(2, 2), (30, 30), (300, 300), (300, 2)])
def test_independent_columns_show_about_nothing(sizes):
    """Mean over tables; uncorrected, 300 x 300 categories in 1,000 rows share more than 5 bits."""
    rng = np.random.default_rng(0)
    found = [of_two(*(rng.integers(size, size=1000) for size in sizes)) for _ in range(10)]
    assert abs(np.mean([one["bits"] for one in found])) < 0.02
    assert np.mean([one["cramers_v"] ** 2 for one in found]) < 0.02


def test_one_column_that_decides_the_other_has_all_of_its_bits():
    rng = np.random.default_rng(0)
    fine = rng.integers(40, size=2000)
    found = of_two(fine, fine // 10)
    share = np.bincount(fine // 10) / 2000
    assert found["bits"] == pytest.approx(-(share * np.log2(share)).sum())
    assert found["share"] == pytest.approx(1)
    assert of_two(fine, fine)["cramers_v"] == pytest.approx(1)


def test_gaps_are_left_out_pair_by_pair():
    a = ["x", "y", None, "x", "y", None] * 20
    b = ["u", "v", "u", None, "v", "u"] * 20
    found = associations(count_pairs({"a": a, "b": b, "c": ["k"] * 120}, n_jobs=1))
    found = found.set_index(["feature", "other"])
    assert found["rows"].to_dict() == {("a", "b"): 60, ("a", "c"): 80, ("b", "c"): 100}
    assert found.loc[("a", "b"), "share"] == pytest.approx(1)
    assert found.loc[("a", "c"), ["bits", "share", "cramers_v"]].tolist() == [0, 0, 0]


def test_features_that_never_meet_have_no_figures():
    never = {"a": ["x", None] * 9, "b": [None, "u"] * 9, "c": ["k", "l", "m"] * 6}
    found = associations(count_pairs(never, n_jobs=1)).iloc[-1]
    assert (found["feature"], found["other"], found["rows"]) == ("a", "b", 0)
    assert found[["bits", "share", "cramers_v", "chance"]].isna().all()


def test_planted_dependence_stands_above_shuffled_and_first():
    rng = np.random.default_rng(4)
    table = planted(rng, n_features=3)
    table["alone"] = shuffled(rng, table)["f0"]
    found = associations(count_pairs(table))
    assert "alone" not in found.loc[:2, ["feature", "other"]].to_numpy()
    assert found["bits"][:3].min() > 0.5
    assert found["bits"][3:].abs().max() < 0.02


def test_order_of_rows_and_weights_as_repeats():
    rng = np.random.default_rng(6)
    table = planted(rng, n_rows=200)
    weights = rng.integers(1, 4, size=200)
    weighed = associations(count_pairs(table, sample_weight=weights, n_jobs=1))
    again = associations(count_pairs(repeated(table, weights), n_jobs=2))
    assert weighed.equals(again)
    half = associations(count_pairs(table, sample_weight=weights / 2, n_jobs=1))
    assert half["rows"][0] == weights.sum() / 2


@st.composite
def tables_with_gaps(draw):
    """Some columns of different sizes, with gaps, of which some depend on the first."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n_rows = draw(st.integers(5, 70))
    first = rng.integers(draw(st.integers(1, 9)), size=n_rows)
    table = {}
    for place in range(draw(st.integers(2, 5))):
        follows = rng.random(n_rows) < rng.random()
        cells = np.where(follows, first, rng.integers(rng.integers(1, 30), size=n_rows))
        gaps = rng.random(n_rows) < rng.choice([0.0, 0.3])
        gaps[:2] = False
        table[f"c{place}"] = [
            None if gap else f"v{cell}" for cell, gap in zip(cells, gaps, strict=True)
        ]
    return table


@settings(max_examples=40)
@given(tables_with_gaps())
def test_all_pairs_of_columns_are_those_of_the_slow_twin(table):
    found = associations(count_pairs(table, n_jobs=1)).set_index(["feature", "other"])
    assert len(found) == len(table) * (len(table) - 1) // 2
    for (one, other), line in found.iterrows():
        wanted = reference.association(table[one], table[other])
        assert line["rows"] == wanted["rows"]
        assert line["chance"] == pytest.approx(wanted["chance"], rel=2e-3, abs=1e-9)
        for name in ("bits", "share"):
            assert line[name] == pytest.approx(wanted[name], abs=5e-3)


@settings(max_examples=40)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=8), st.integers(0, 99))
def test_small_counts_have_the_chance_of_the_slow_twin_to_the_last_digits(first, seed):
    second = np.bincount(np.random.default_rng(seed).integers(5, size=sum(first)))
    second = second[second > 0]
    wanted = reference.chance_bits(first, second.tolist())
    assert chance_bits(np.array(first), second) == pytest.approx(wanted, rel=1e-9, abs=1e-12)


def many_columns(n_columns, n_rows=300):
    rng = np.random.default_rng(n_columns)
    sizes = rng.integers(2, 30, size=n_columns)
    return {f"c{p}": rng.integers(size, size=n_rows).astype(str) for p, size in enumerate(sizes)}


def test_where_work_is_cut_does_not_matter(monkeypatch):
    counts = count_pairs(many_columns(6), n_jobs=1)
    whole = associations(counts)
    for name, size in (("_PAIRS", 97), ("_CELLS", 7), ("_SUMMED", 5)):
        monkeypatch.setattr(module, name, size)
    pd.testing.assert_frame_equal(associations(counts), whole, rtol=1e-12)


def test_work_is_that_of_distinct_counts_and_memory_stays_in_blocks(monkeypatch):
    """Ten times as many columns are a hundred times as many pairs, in the same room."""
    monkeypatch.setattr(module, "_PAIRS", 1 << 14)
    monkeypatch.setattr(module, "_CELLS", 1 << 12)
    sizes, excess = [], module._excess
    monkeypatch.setattr(module, "_excess", lambda a, *b: sizes.append(len(a)) or excess(a, *b))
    peaks = {}
    for n_columns in (8, 80):
        table = many_columns(n_columns)
        counts = count_pairs(table, n_jobs=1)
        counts.with_feature  # noqa: B018 - kept by the counts
        sizes.clear()
        tracemalloc.start()
        associations(counts)
        peaks[n_columns] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        distinct = [len(np.unique(np.unique(c, return_counts=True)[1])) for c in table.values()]
        assert sum(sizes) == (sum(distinct) ** 2 - sum(n**2 for n in distinct)) // 2
        assert max(sizes) <= 1 << 12
    numbers = counts.vocabulary.n_tokens * 80 + 40 * 80**2  # tokens by features, pairs of features
    assert peaks[80] < peaks[8] + 8 * 3 * numbers


def test_a_model_weighs_the_rows_that_it_is_given():
    rng = np.random.default_rng(0)
    table = {"a": rng.choice([*"xyz"], 200).tolist(), "b": rng.choice([*"uv"], 200).tolist()}
    weights = np.where(np.array(table["a"]) == "x", np.array(table["b"]) == "u", 1.0)
    model = Cat2Vec(vector_size=1).fit(table)
    found = model.associations(table, weights)
    expected = associations(count_pairs(table, sample_weight=weights))
    pd.testing.assert_frame_equal(found, expected)
    assert found["share"][0] > model.associations(table)["share"][0] + 0.1
