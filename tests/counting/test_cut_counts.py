"""Counts that were cut by ``min_count`` before pairs existed: what they hold, and what adds up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cat2vec import RARE, Cat2Vec, PairCounts, count_pairs, encode_table, train_vectors
from cat2vec.counting.encoded import count_encoded
from cat2vec.errors import CountsMismatchError, ParameterError
from tests.counting.test_weights import assert_same_counts
from tests.made_tables import planted, random_codes

cells = st.lists(st.sampled_from("uvwxyz"), min_size=3, max_size=12)


def table_of(letters, digits):
    n = min(len(letters), len(digits))
    return {"a": list(letters[:n]), "b": list(digits[:n])}


@given(cells, st.lists(st.sampled_from("123"), min_size=3, max_size=12), st.integers(1, 4))
@settings(max_examples=60)
def test_cutting_before_counting_gives_what_pooling_afterwards_gives(letters, digits, min_count):
    table = table_of(letters, digits)
    kinds = dict.fromkeys(table, "category")
    cut = count_pairs(table, columns=kinds, min_count=min_count)
    assert_same_counts(cut, count_pairs(table, columns=kinds).pool(min_count))


def test_rare_values_of_one_cell_are_one_token_which_counts_alone_could_not_tell():
    table = {"tags": [["a", "b", "c"], ["a"], ["a", "d"], ["d"]], "city": ["x", "y", "x", "x"]}
    cut = count_pairs(table, min_count=2)
    assert_same_counts(cut, count_encoded(encode_table(table).pool(2)))
    # b and c stand in one cell, so RARE and x are together in one row
    x, rare = cut.vocabulary.token_id("city", "x"), cut.vocabulary.token_id("tags", "b")
    assert cut.both_ways.toarray()[x, rare] == 1
    with pytest.raises(ParameterError, match="pair counts do not tell which cells hold two"):
        count_pairs(table).pool(2)


def test_pairs_of_rare_identifiers_never_exist():
    n = 5_000
    half = n // 2
    table = {"id": [f"i{i}" for i in range(n)], "a": ["x", "y"] * half, "b": ["u", "v"] * half}
    kinds = {"id": "category"}
    assert count_pairs(table, columns=kinds).n_pairs == 2 * n + 2
    cut = count_pairs(table, columns=kinds, min_count=2)
    assert cut.n_pairs == 2 + 2 + 2
    assert cut.vocabulary.token_id("id", "i7") == cut.vocabulary.token_id("id", RARE)
    with pytest.warns(UserWarning, match="'id' has fewer than two categories"):
        assert train_vectors(cut, vector_size=1).vocabulary.n_tokens == 5


@given(cells, cells, st.lists(st.integers(0, 2), min_size=12, max_size=12))
@settings(max_examples=60)
def test_counts_of_an_equal_cut_vocabulary_add_up_to_those_of_all_rows(first, second, weights):
    one, two = (table_of(letters, "112123121212") for letters in (first, second))
    kinds = dict.fromkeys(one, "category")
    cut = count_pairs(one, columns=kinds, min_count=2)
    assume(any(len(found) for found in cut.vocabulary.pooled))
    weights = weights[: len(two["a"])]
    assume(any(weights))
    more = encode_table(two, vocabulary=cut.vocabulary, sample_weight=weights)
    known = [code >= 0 for code in more.codes[:, 0]]
    assume(any(w and k for w, k in zip(weights, known, strict=True)))
    whole = {name: [*one[name], *two[name]] for name in one}
    both = encode_table(
        whole, vocabulary=cut.vocabulary, sample_weight=[1] * len(one["a"]) + weights
    )
    assert_same_counts(cut + count_pairs(more), count_pairs(both))


def test_the_vocabulary_of_counts_counts_their_own_rows():
    """As the message of counts that do not add advises: count with the vocabulary of the first."""
    rng = np.random.default_rng(0)
    one, two = random_codes(rng, 60, [5, 4]), random_codes(rng, 40, [5, 4])
    first = count_pairs(one)
    second = count_pairs(encode_table(two, vocabulary=first.vocabulary))
    assert_same_counts(second, count_pairs(two))
    whole = {name: [*one[name], *two[name]] for name in one}
    assert_same_counts(first + second, count_pairs(whole))


def test_cut_counts_do_not_add_to_others_and_say_what_to_do(tmp_path):
    first = {"city": ["Oslo"] * 3 + ["Bari", "Pisa"], "job": ["cook"] * 5}
    second = {"city": ["Oslo"] * 3 + ["Bari", "Nice"], "job": ["cook"] * 5}
    cut, other = (count_pairs(table, min_count=2) for table in (first, second))
    sentence = "only where the same ones are, .* and those of 'city' differ. .*vocabulary=counts"
    for wrong in (other, count_pairs(first), count_pairs(first, min_count=4)):
        with pytest.raises(CountsMismatchError, match=sentence):
            cut + wrong
        with pytest.raises(CountsMismatchError, match=sentence):
            wrong + cut
    cut.save(tmp_path / "cut")
    assert_same_counts(PairCounts.load(tmp_path / "cut") + cut, cut + cut)
    assert_same_counts(cut.decayed(0.5) + cut.decayed(0.5), (cut + cut).decayed(0.5))
    bins = {"city": first["city"], "size": [1.5, 2.5, 3.5, 4.5, 9.0]}
    edges = count_pairs(bins, n_bins=2, min_count=2)
    with pytest.raises(CountsMismatchError, match="'size' is cut at"):
        edges + count_pairs(bins, n_bins=3, min_count=2)


def test_a_model_takes_no_cut_counts_and_stays_as_it_was():
    table = planted(np.random.default_rng(0), n_rows=600, per_group=12)
    model = Cat2Vec(2, min_count=10).partial_fit(table)
    cut = count_pairs(table, min_count=13)
    assert any(len(found) for found in cut.vocabulary.pooled)
    with pytest.raises(CountsMismatchError, match="rare categories are pooled"):
        model.partial_fit(cut)
    assert model.counts_.n_rows == 600


@pytest.mark.parametrize("min_count", [0, 1.5, "2", None])
def test_a_wrong_min_count_is_named(min_count):
    with pytest.raises(ParameterError, match="min_count must be an integer of at least 1"):
        count_pairs({"a": ["x", "y"], "b": ["u", "v"]}, min_count=min_count)


def test_categories_and_pairs_below_the_bound_are_forgotten_and_no_others():
    cities = ["Oslo", "Oslo", "Oslo", "Rome", "Rome", "Pisa"]
    counts = count_pairs(
        {"city": cities, "job": ["cook", "cook", "nurse", "cook", "nurse", "cook"]}
    )
    kept = counts.forgetting(2)
    assert kept.vocabulary.texts() == ["city=Oslo", "city=Rome", "job=cook", "job=nurse"]
    assert kept.count.tolist() == [2]  # of Oslo and cook; the other pairs stand in one row each
