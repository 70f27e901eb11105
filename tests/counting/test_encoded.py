"""Pair counts equal their slow twin, add exactly, and do not depend on rows' order or threads."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cat2vec import PairCounts, Vocabulary, count_pairs, encode_table
from cat2vec.counting import encoded as in_memory
from cat2vec.counting.encoded import count_encoded
from cat2vec.errors import CountsMismatchError, NoPairsError, ParameterError
from cat2vec.vocabulary.vocabulary import Codec, Schema
from tests.made_tables import random_codes
from tests.reference import counting as reference

CELLS = st.sampled_from(["a", "b", "c", "d", None])
TABLES = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.tuples(*[CELLS] * width), min_size=1, max_size=30)
)


def as_columns(rows):
    return {f"f{i}": [row[i] for row in rows] for i in range(len(rows[0]))}


def as_words(counts):
    """Give pair counts by words, whatever the token ids."""
    texts = counts.vocabulary.texts()
    pairs = zip(counts.left, counts.right, counts.count, strict=True)
    return {(texts[a], texts[b]): int(n) for a, b, n in pairs}


def bags(encoded):
    return [[int(t) for t in row if t >= 0] for row in encoded.token_ids()]


def count_or_none(table):
    try:
        return count_pairs(table)
    except NoPairsError:
        return None


@pytest.mark.kernels
@given(TABLES)
@settings(max_examples=60)
def test_counts_equal_the_slow_twin(rows):
    encoded = encode_table(as_columns(rows))
    expected = reference.count_pairs(bags(encoded))
    if not expected:
        with pytest.raises(NoPairsError):
            count_encoded(encoded)
        return
    counts = count_encoded(encoded)
    found = zip(counts.left.tolist(), counts.right.tolist(), counts.count.tolist(), strict=True)
    assert {(a, b): n for a, b, n in found} == expected
    assert counts.count.dtype == np.int64
    assert list(zip(counts.left, counts.right, strict=True)) == sorted(expected)


@pytest.mark.kernels
def test_pairs_of_many_features_lie_side_by_side_and_gaps_in_none_of_them():
    """Of more than eight pairs of features some are counted into one buffer."""
    table = random_codes(np.random.default_rng(0), 40, [3, 4, 2, 5, 3, 2], missing=0.4)
    encoded = encode_table(table)
    counts = count_encoded(encoded)
    found = zip(counts.left.tolist(), counts.right.tolist(), counts.count.tolist(), strict=True)
    assert {(a, b): n for a, b, n in found} == reference.count_pairs(bags(encoded))


@given(TABLES)
@settings(max_examples=40)
def test_the_sum_is_the_number_of_pairs_of_present_cells(rows):
    counts = count_or_none(as_columns(rows))
    present = [sum(cell is not None for cell in row) for row in rows]
    assert (counts.total if counts else 0) == sum(m * (m - 1) // 2 for m in present)


@given(TABLES, st.integers(0, 30))
@settings(max_examples=40)
def test_counts_of_parts_add_up_to_counts_of_the_whole(rows, cut):
    parts = [count_or_none(as_columns(part)) for part in (rows[:cut], rows[cut:]) if part]
    whole = count_or_none(as_columns(rows))
    if len(parts) < 2 or None in parts:
        return
    summed = parts[0] + parts[1]
    assert as_words(summed) == as_words(whole)
    assert summed.n_rows == whole.n_rows
    for mine, theirs in zip(summed.vocabulary.categories, whole.vocabulary.categories, strict=True):
        assert mine.tolist() == theirs.tolist()
    np.testing.assert_array_equal(summed.vocabulary.counts, whole.vocabulary.counts)


@given(TABLES, st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_order_of_rows_changes_nothing(rows, random):
    shuffled = random.sample(rows, len(rows))
    first, second = count_or_none(as_columns(rows)), count_or_none(as_columns(shuffled))
    if first is None:
        assert second is None
        return
    np.testing.assert_array_equal(first.left, second.left)
    np.testing.assert_array_equal(first.right, second.right)
    np.testing.assert_array_equal(first.count, second.count)


@pytest.mark.kernels
@pytest.mark.parametrize("limit", [0, 1 << 30], ids=["by sorting", "in dense blocks"])
def test_both_ways_of_counting_agree_with_the_twin(monkeypatch, limit):
    rng = np.random.default_rng(0)
    encoded = encode_table(random_codes(rng, 500, [3, 40, 7, 2]))
    expected = reference.count_pairs(bags(encoded))
    monkeypatch.setattr(in_memory, "dense_limit", lambda n_rows: limit)
    counts = count_encoded(encoded)
    found = zip(counts.left.tolist(), counts.right.tolist(), counts.count.tolist(), strict=True)
    assert {(a, b): n for a, b, n in found} == expected


def test_number_of_threads_changes_nothing():
    encoded = encode_table(random_codes(np.random.default_rng(1), 20_000, [3, 40, 7, 200, 900]))
    one, three = count_encoded(encoded, n_jobs=1), count_encoded(encoded, n_jobs=3)
    for name in ("left", "right", "count"):
        np.testing.assert_array_equal(getattr(one, name), getattr(three, name))


def test_counts_beyond_float32_and_int32_stay_exact():
    schema = Schema(("a", "b"), (Codec("category", "string"),) * 2)
    words = Vocabulary(schema, (np.array(["x"], object), np.array(["y"], object)), [2**33, 2**33])
    big = PairCounts(
        words, np.array([0], np.int32), np.array([1], np.int32), np.array([2**33]), 2**33
    )
    one = count_pairs({"a": ["x"], "b": ["y"]})
    assert (big + one).count.tolist() == [2**33 + 1]
    assert (big + big + one).vocabulary.counts.tolist() == [2**34 + 1, 2**34 + 1]


def test_row_sums_by_feature_are_kept_for_gaps():
    counts = count_pairs({"a": ["x", "x", "y"], "b": ["u", None, "v"], "c": ["s", "s", None]})
    n_ag = counts.with_feature
    texts = counts.vocabulary.texts()
    assert n_ag[texts.index("a=x")].tolist() == [0, 1, 2]
    assert n_ag[texts.index("a=y")].tolist() == [0, 1, 0]
    assert n_ag[texts.index("c=s")].tolist() == [2, 1, 0]


def test_pairs_of_the_sparse_matrix_go_both_ways():
    counts = count_pairs({"a": ["x", "x", "y"], "b": ["u", "u", "v"]})
    dense = counts.both_ways.toarray()
    np.testing.assert_array_equal(dense, dense.T)
    assert dense.sum() == 2 * counts.total


def test_adding_in_either_order_gives_the_same_categories():
    ints = count_pairs({"a": [1, 2, "x"], "b": ["u", "v", "w"]})
    floats = count_pairs({"a": [1.0, 3.5, "x"], "b": ["u", "v", "w"]})
    for summed in (ints + floats, floats + ints):
        assert [repr(value) for value in summed.vocabulary.categories[0]] == [
            "1",
            "2",
            "3.5",
            "'x'",
        ]


def test_counts_of_other_features_do_not_add():
    first, second = count_pairs({"a": [1], "b": [2]}), count_pairs({"a": [1], "c": [2]})
    with pytest.raises(
        CountsMismatchError, match=r"different features cannot be added: 'a', 'b' and"
    ):
        first + second


def test_counts_with_other_bin_edges_do_not_add():
    first = count_pairs({"a": ["x"] * 40, "b": [n + 0.5 for n in range(40)]})
    second = count_pairs({"a": ["x"] * 40, "b": [n + 0.5 for n in range(100, 140)]})
    with pytest.raises(CountsMismatchError, match=r"feature 'b' is cut at .* in one of the pair"):
        first + second


def test_counts_of_other_kinds_do_not_add():
    table = {"a": ["x"] * 40, "b": [n + 0.5 for n in range(40)]}
    with pytest.raises(
        CountsMismatchError, match=r"feature 'b' is cut at .* and categorical in the"
    ):
        count_pairs(table) + count_pairs(table, columns={"b": "category"})


def test_a_table_without_two_present_cells_in_a_row_says_so():
    with pytest.raises(NoPairsError, match="3 rows, 2 features, 3 of 6 cells missing"):
        count_pairs({"a": ["x", None, "y"], "b": [None, "u", None]})


def test_unseen_cells_are_left_out_like_missing_ones():
    words = encode_table({"a": ["x", "y"], "b": ["u", "v"]}).vocabulary
    again = encode_table({"a": ["x", "new"], "b": ["u", "v"]}, vocabulary=words)
    assert count_encoded(again).total == 1


@pytest.mark.kernels
@pytest.mark.parametrize(
    ("left", "right"),
    [([1], [0]), ([0], [0]), ([0], [4]), ([-1], [2]), ([1, 0], [2, 2]), ([0, 0], [2, 2])],
)
def test_pairs_that_are_out_of_order_or_range_are_refused(left, right):
    words = count_pairs({"a": ["x", "y"], "b": ["u", "v"]}).vocabulary
    arrays = (np.array(side, np.int32) for side in (left, right))
    with pytest.raises(ValueError, match="pairs must have left < right"):
        PairCounts(words, *arrays, np.ones(len(left), np.int64), 1)


def test_repr_tells_rows_tokens_and_pairs():
    assert repr(count_pairs({"a": ["x", "y"], "b": ["u", "v"]})) == (
        "PairCounts(2 rows, 2 features, 4 tokens, 2 distinct pairs, 2 pairs in all)"
    )


@pytest.mark.parametrize("n_jobs", [0, 1.5, True, "all"])
@pytest.mark.parametrize("door", [encode_table, count_pairs])
def test_a_wrong_number_of_threads_is_named(door, n_jobs):
    with pytest.raises(ParameterError, match=rf"^n_jobs must be None .*, got {n_jobs!r}\.$"):
        door({"a": ["x", "y"], "b": ["u", "v"]}, n_jobs=n_jobs)
    with pytest.raises(ParameterError, match=r"^n_jobs must be None"):
        count_pairs(encode_table({"a": ["x", "y"], "b": ["u", "v"]}), n_jobs=n_jobs)


@pytest.mark.kernels
def test_symmetric_counts_and_sums_by_feature_equal_numpy():
    rng = np.random.default_rng(12)
    counts = count_pairs(random_codes(rng, 300, (5, 30, 7), missing=0.2))
    words, n = counts.vocabulary, counts.vocabulary.n_tokens
    dense = np.zeros((n, n))
    dense[counts.left, counts.right] = dense[counts.right, counts.left] = counts.count
    np.testing.assert_array_equal(counts.both_ways.toarray(), dense)
    assert counts.both_ways.has_sorted_indices
    for feature in range(3):
        columns = words.feature_of_token == feature
        np.testing.assert_array_equal(
            counts.with_feature[:, feature], dense[:, columns].sum(axis=1)
        )
