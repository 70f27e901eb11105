"""Earlier counts that decay: what stays of them, in counts, models and folders."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cat2vec import RARE, Cat2Vec, PairCounts, count_pairs, encode_table
from cat2vec.counting.encoded import count_encoded
from cat2vec.errors import CountsMismatchError, NotAvailableError, ParameterError
from cat2vec.estimator.steps import grown_counts
from cat2vec.tables.encode import encode_growing
from tests.counting.test_weights import assert_same_counts
from tests.estimator.test_partial_fit import assert_same_bits, rows_of
from tests.made_tables import planted
from tests.reference.decayed_counts import decayed_counts

PLANTED = planted(np.random.default_rng(0))
cells = st.sampled_from(["u", "v", "w", None])
days = st.lists(
    st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=6), min_size=2, max_size=4
)


def columns_of(day):
    return {name: [row[i] for row in day] for i, name in enumerate("abc")}


def as_dicts(day):
    return [{n: c for n, c in zip("abc", row, strict=True) if c is not None} for row in day]


def counted(day, vocabulary=None):
    table = columns_of(day)
    kinds = dict.fromkeys(table, "category")
    encoded = (
        encode_table(table, columns=kinds)
        if vocabulary is None
        else encode_growing(table, vocabulary)
    )
    return count_encoded(encoded)


def by_name(counts):
    """Give the counts of tokens and pairs above 0, by features and categories."""
    names = [counts.vocabulary.token(token) for token in range(counts.vocabulary.n_tokens)]
    tokens = dict(zip(names, counts.vocabulary.counts.tolist(), strict=True))
    pairs = zip(counts.left.tolist(), counts.right.tolist(), counts.count.tolist(), strict=True)
    return (
        {token: n for token, n in tokens.items() if n},
        {(names[a], names[b]): n for a, b, n in pairs},
    )


@given(days, st.sampled_from([0, 0.25, 0.5, 1]))  # products and sums are exact in float64
@settings(max_examples=80)
def test_counts_of_days_that_decay_are_those_of_the_slow_twin(several, decay):
    for day in several:
        assume(any(sum(cell is not None for cell in row) > 1 for row in day))
        assume(all(any(row[i] is not None for row in day) for i in range(3)))
    counts = counted(several[0])
    for day in several[1:]:
        counts = grown_counts(counts, counted(day, counts.vocabulary), decay)
    tokens, pairs, n_rows = decayed_counts([as_dicts(day) for day in several], decay)
    assert by_name(counts) == (tokens, pairs)
    assert counts.n_rows == n_rows
    whole = decay in (0, 1)
    assert counts.count.dtype == counts.vocabulary.counts.dtype == (int if whole else float)


def test_every_count_is_multiplied_once_and_rounded_once():
    counts = count_pairs(PLANTED)
    faded = counts.decayed(0.977)
    np.testing.assert_array_equal(faded.count, counts.count * 0.977)
    np.testing.assert_array_equal(faded.vocabulary.counts, counts.vocabulary.counts * 0.977)
    assert faded.n_rows == 3000 * 0.977
    assert counts.decayed(1) is counts


def test_counts_that_become_too_small_to_hold_are_gone():
    counts = count_pairs(PLANTED)
    faded = counts.decayed(1e-200).decayed(1e-200)
    assert faded.n_pairs == 0
    assert_same_counts((faded + counts), counts.decayed(1e-200).decayed(1e-200) + counts)
    assert (faded + counts).count.tolist() == counts.count.tolist()


def test_the_half_life_is_what_the_help_says():
    counts, day = count_pairs(PLANTED), 0
    decayed = counts
    while decayed.n_rows > counts.n_rows / 2:
        decayed, day = decayed.decayed(0.977), day + 1
    assert day == math.ceil(math.log(0.5) / math.log(0.977)) == 30


def test_without_decay_partial_fit_is_as_it_was_and_with_it_the_new_rows_lead():
    first, second = rows_of(PLANTED, 0, 2000), rows_of(PLANTED, 2000, 3000)
    plain, same, faded, window = (Cat2Vec(4).partial_fit(first) for _ in range(4))
    assert_same_bits(plain.partial_fit(second), same.partial_fit(second, decay=1.0))
    faded.partial_fit(second, decay=0.5)
    assert faded.counts_.n_rows == faded.vectors_.settings["n_rows"] == 2000
    window.partial_fit(second, decay=0)
    assert_same_counts(window.counts_, count_pairs(second))
    added = plain.counts_.n_rows, faded.counts_.n_rows, window.counts_.n_rows
    assert added == (3000, 2000, 1000)


def test_a_day_can_come_as_counts_with_a_vocabulary_of_its_own(tmp_path):
    rows, counts, folder = (Cat2Vec(4).partial_fit(rows_of(PLANTED, 0, 2000)) for _ in range(3))
    second = rows_of(PLANTED, 2000, 3000)
    second["f0"][:20] = ["new"] * 20
    day = count_encoded(encode_growing(second, rows.counts_.vocabulary)).occurring()
    day.save(tmp_path / "day")
    rows.partial_fit(second, decay=0.9)
    assert_same_bits(counts.partial_fit(day, decay=0.9), rows)
    assert_same_bits(folder.partial_fit(PairCounts.load(tmp_path / "day"), decay=0.9), rows)
    # questions about cells can be asked as before
    some = rows_of(PLANTED, 0, 20)
    assert counts.probabilities(some, "f0").shape == rows.probabilities(some, "f0").shape


def test_occurring_keeps_bins_declared_orders_and_what_a_shared_vocabulary_holds():
    table = {"a": ["x", "y", "z"] * 9, "b": ["y", "z", "w"] * 9, "n": np.arange(27.0)}
    known = encode_table(table, shared={"ab": ["a", "b"]}, columns={"n": "numeric"}).vocabulary
    day = {"a": ["x", "y"], "b": ["y", "y"], "n": [0.0, 1.0]}
    counts = count_pairs(encode_growing(day, known)).occurring()
    words = counts.vocabulary
    assert words.categories[0].tolist() == words.categories[1].tolist() == ["x", "y"]
    assert len(words.categories[2]) == 16
    whole = count_pairs(encode_growing(table, known))
    assert (whole + counts).n_rows == 29
    pooled = count_pairs({"a": ["x", "y", "z", "z"], "b": ["u"] * 4}).pool(2)
    assert pooled.occurring() is pooled


def test_rare_categories_stay_known_as_rare_where_no_row_of_them_is_left():
    pooled = count_pairs({"a": [*"xxxyz"], "b": [*"uuuvv"]}).pool(2)
    for counts in (pooled.decayed(0), pooled.decayed(0.5).forgetting(1.5)):
        words = counts.vocabulary
        assert RARE in words.categories[0]
        assert words.counts[words.rare_tokens[0]] == 0
        assert words.token_id("a", "y") == words.token_id("a", "z") == words.rare_tokens[0]
        assert counts.decayed(0.5).n_pairs == counts.n_pairs


@pytest.mark.parametrize("decay", [-0.1, 1.01, float("nan"), None, "half", True])
def test_a_decay_that_is_no_share_is_named(decay):
    model = Cat2Vec(2).partial_fit(rows_of(PLANTED, 0, 100))
    with pytest.raises(
        ParameterError, match=r"decay must be a number from 0 to 1, got .*\. 1 keeps"
    ):
        model.partial_fit(PLANTED, decay=decay)
    with pytest.raises(ParameterError, match="decay must be a number from 0 to 1"):
        model.counts_.decayed(decay)
    assert model.counts_.n_rows == 100


def test_counts_that_a_model_cannot_add_are_refused_and_change_nothing():
    counts = count_pairs(PLANTED)
    with pytest.raises(NotAvailableError, match="Begin with partial_fit on rows"):
        Cat2Vec(2).partial_fit(counts)
    model = Cat2Vec(2).partial_fit(PLANTED)
    before = model.vectors_
    with pytest.raises(ParameterError, match="sample_weight cannot be given for pair counts"):
        model.partial_fit(counts, sample_weight=np.ones(3000))
    with pytest.raises(CountsMismatchError, match="pair counts of different features"):
        model.partial_fit(count_pairs({"a": ["x"], "b": ["y"]}))
    with pytest.raises(CountsMismatchError, match="whose rare categories are pooled"):
        model.partial_fit(counts.pool(300))
    assert model.vectors_ is before
