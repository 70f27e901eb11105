"""A row of weight w counts as w rows: in bins, in the vocabulary and in pair counts."""

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cat2vec import Cat2Vec, EncodedTable, Numeric, count_pairs, encode_table
from cat2vec.counting import encoded as in_memory
from cat2vec.counting.encoded import count_encoded
from cat2vec.errors import NoPairsError, ParameterError
from tests.made_tables import random_codes, repeated
from tests.reference import counting as reference
from tests.tables.test_encode import assert_same_vocabulary, tables

WHOLE = st.integers(0, 3)
EIGHTHS = st.integers(0, 20).map(lambda n: n / 8)  # their sums are exact
CELLS = st.sampled_from(["a", "b", "c", None])
LIMITS = pytest.mark.parametrize("limit", [0, 1 << 30], ids=["by sorting", "in dense blocks"])


@st.composite
def weighted(draw, some_table, weight):
    table = draw(some_table)
    n_rows = len(next(iter(table.values())))
    return table, draw(st.lists(weight, min_size=n_rows, max_size=n_rows).filter(any))


def columns_of(cells, n_features=3, max_rows=12):
    return st.lists(st.tuples(*[cells] * n_features), min_size=1, max_size=max_rows).map(
        lambda rows: {f"f{i}": [row[i] for row in rows] for i in range(n_features)}
    )


def counted(table, weights=None, limit=None):
    """Count pairs, or give None if there are none; ``limit`` chooses the way of counting."""
    with pytest.MonkeyPatch.context() as patch:
        if limit is not None:
            patch.setattr(in_memory, "dense_limit", lambda n_rows: limit)
        try:
            return count_pairs(table, sample_weight=weights)
        except NoPairsError:
            return None


def assert_same_counts(left, right):
    assert_same_vocabulary(left.vocabulary, right.vocabulary)
    assert left.vocabulary.counts.dtype == right.vocabulary.counts.dtype
    for name in ("left", "right", "count"):
        one, two = getattr(left, name), getattr(right, name)
        assert (one.dtype, one.tobytes()) == (two.dtype, two.tobytes())
    assert (left.n_rows, type(left.n_rows)) == (right.n_rows, type(right.n_rows))


@given(weighted(tables(), WHOLE))
def test_whole_weights_give_the_vocabulary_of_the_repeated_table(data):
    table, weights = data
    found = encode_table(table, numeric="category", sample_weight=weights)
    expected = encode_table(repeated(table, weights), numeric="category")
    assert_same_vocabulary(found.vocabulary, expected.vocabulary)
    assert found.vocabulary.counts.dtype == np.int64
    for one, two in zip(found.vocabulary.categories, expected.vocabulary.categories, strict=True):
        assert list(map(type, one.tolist())) == list(map(type, two.tolist())) or one.dtype != object
    assert np.repeat(found.codes, weights, axis=0).tolist() == expected.codes.tolist()
    again = encode_table(table, vocabulary=found.vocabulary)
    assert found.codes.tolist() == again.codes.tolist()  # rows of weight 0 are encoded too
    assert found.total_weight == expected.n_rows
    assert found.n_rows == len(weights)


@given(weighted(columns_of(st.none() | st.floats(-9, 9) | st.just(0.0), 2, 40), WHOLE))
def test_bins_are_cut_as_in_the_repeated_table(data):
    table, weights = data
    found = encode_table(table, n_bins=3, sample_weight=weights)
    expected = encode_table(repeated(table, weights), n_bins=3)
    for one, two in zip(
        found.vocabulary.schema.codecs, expected.vocabulary.schema.codecs, strict=True
    ):
        assert one.same_as(two)
    assert np.repeat(found.codes, weights, axis=0).tolist() == expected.codes.tolist()


def test_fractional_weights_move_the_edges_of_bins():
    table = {"n": [1.0, 2.0, 3.0, 4.0], "a": ["x", "y", "x", "y"]}

    def edges(weights):
        kinds = {"n": Numeric(bins=2)}
        encoded = encode_table(table, columns=kinds, sample_weight=weights)
        return encoded.vocabulary.schema.codecs[0].edges.tolist()

    assert edges(None) == edges([0.5] * 4) == [3.0]
    assert edges([0.5, 0.5, 0.5, 1.5]) == [4.0]
    assert edges([1.5, 0.5, 0.5, 0.5]) == [2.0]


@LIMITS
@given(weighted(columns_of(CELLS, max_rows=30), WHOLE))
@settings(max_examples=50)
def test_whole_weights_give_the_counts_of_the_repeated_table(limit, data):
    table, weights = data
    found, expected = counted(table, weights, limit), counted(repeated(table, weights))
    if expected is None:
        assert found is None
        return
    assert found.count.dtype == np.int64
    assert_same_counts(found, expected)


@pytest.mark.kernels
@LIMITS
@given(weighted(columns_of(CELLS, max_rows=30), EIGHTHS))
@settings(max_examples=50)
def test_fractional_weights_give_the_counts_of_the_slow_twin(limit, data):
    table, weights = data
    encoded = encode_table(table, sample_weight=weights)
    bags = [[int(t) for t in row if t >= 0] for row in encoded.token_ids()]
    expected = reference.count_pairs(bags, weights)
    found = counted(table, weights, limit)
    if found is None:
        assert not expected
        return
    pairs = zip(found.left.tolist(), found.right.tolist(), found.count.tolist(), strict=True)
    assert {(a, b): n for a, b, n in pairs} == expected
    whole = all(w == int(w) for w in weights)
    assert found.count.dtype == (np.int64 if whole else np.float64)
    assert found.vocabulary.counts.dtype == found.count.dtype
    assert found.n_rows == sum(weights)
    assert type(found.n_rows) is (int if whole else float)
    sums = np.zeros(found.vocabulary.n_tokens)
    for bag, weight in zip(bags, weights, strict=True):
        sums[bag] += weight
    assert found.vocabulary.counts.tolist() == sums.tolist()


@given(columns_of(CELLS, max_rows=30))
@settings(max_examples=30)
def test_weights_of_one_change_nothing(table):
    found, expected = counted(table, [1.0] * len(table["f0"])), counted(table)
    if expected is None:
        assert found is None
    else:
        assert_same_counts(found, expected)


@given(weighted(columns_of(CELLS), EIGHTHS), weighted(columns_of(CELLS), WHOLE))
@settings(max_examples=40)
def test_weighted_counts_add(first, second):
    parts = [counted(*first), counted(*second)]
    if None in parts:
        return
    summed = parts[0] + parts[1]
    both = {name: first[0][name] + second[0][name] for name in first[0]}
    whole = counted(both, [*first[1], *second[1]])
    assert summed.count.tolist() == whole.count.tolist()
    assert summed.count.dtype == np.result_type(*(part.count for part in parts))
    assert summed.vocabulary.counts.tolist() == whole.vocabulary.counts.tolist()
    assert summed.vocabulary.counts.dtype == summed.count.dtype
    assert summed.n_rows == whole.n_rows


def test_threads_do_not_change_a_bit_of_weighted_counts():
    rng = np.random.default_rng(0)
    table = random_codes(rng, 20_000, [3, 40, 200, 2000])
    encoded = encode_table(table, sample_weight=rng.random(20_000))
    assert_same_counts(count_encoded(encoded, n_jobs=1), count_encoded(encoded, n_jobs=3))


def test_large_whole_weights_are_exact_up_to_the_integers_of_float64():
    table = {"a": ["x", "x"], "b": ["u", "u"]}
    assert count_pairs(table, sample_weight=[2**52, 1]).count.tolist() == [2**52 + 1]
    beyond = count_pairs(table, sample_weight=[2**53, 1])
    assert beyond.count.dtype == np.float64
    assert beyond.vocabulary.counts.dtype == np.float64


@pytest.mark.parametrize(
    "weights",
    [
        (2, 0, 1),
        np.array([2, 0, 1], np.uint8),
        np.array([2, 0, 1], np.float16),
        np.array([2, 0, Decimal(1)], object),
        pd.Series([2, 0, 1], index=[2, 1, 0]),
        pd.Series([2, 0, 1], dtype="Int64"),
        pl.Series([2, 0, 1]),
        pa.array([2, 0, 1]),
    ],
    ids=lambda weights: type(weights).__name__,
)
def test_weights_of_every_kind_go_by_position(weights):
    encoded = encode_table({"a": ["x", "y", "z"], "b": ["u", "v", "u"]}, sample_weight=weights)
    assert encoded.weights.tolist() == [2.0, 0.0, 1.0]
    assert encoded.vocabulary.counts.tolist() == [2, 1, 3]
    assert encoded.codes.tolist() == [[0, 0], [-2, -2], [1, 0]]


def test_weights_given_are_neither_kept_nor_changed():
    given_weights = np.array([1.0, 2.0])
    encoded = encode_table({"a": ["x", "y"], "b": ["u", "v"]}, sample_weight=given_weights)
    given_weights[:] = -1
    assert encoded.weights.tolist() == [1.0, 2.0]
    assert "EncodedTable(2 rows of weight 3, 0 cells" in repr(encoded)
    with pytest.raises(ValueError, match="weights must be float64, one per row"):
        EncodedTable(encoded.codes, encoded.vocabulary, np.ones(3))


@pytest.mark.parametrize("door", [encode_table, count_pairs, Cat2Vec(1).fit])
@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ([1, -0.5], r"holds -0\.5 in row 1 \(counted from 0\)\. A weight is a finite number of at"),
        ([math.nan, 1], r"holds nan in row 0 \(counted"),
        ([1, None], r"holds None in row 1 \(counted"),
        (pd.Series([1, None], dtype="Int64"), r"holds (<NA>|nan) in row 1 \(counted"),
        (pl.Series([1, None]), r"holds nan in row 1 \(counted"),
        ([1, math.inf], r"holds inf in row 1 \(counted"),
        ([1, "2"], r"holds '2' in row 1 \(counted|holds '1' in row 0 \(counted"),
        (np.array([1, 1j]), r"holds \(1\+0j\) in row 0 \(counted"),
        (np.array([0, 1], "M8[D]"), r"holds datetime\.date\(1970, 1, 1\) in row 0"),
        # of these NumPy makes whole numbers
        (np.array([1, 2], "m8[ns]"), r"holds (np|numpy)\.timedelta64\(1,'ns'\) in row 0"),
        (
            np.array([1, 2], "M8[ns]"),
            r"holds (np|numpy)\.datetime64\('1970-01-01T00:00:00\.000000001'\)",
        ),
        ([np.timedelta64(1, "Y"), 1], r"holds (np|numpy)\.timedelta64\(1,'Y'\) in row 0"),
        ([10**400, 1], "holds an integer beyond float64"),
        ([1e308, 1e308], "adds up to infinity. Divide all weights by one number"),
        ([1e30, 1e30], r"adds up to 2e\+30 rows\. .* Divide all weights by one number"),
        ([1e-200, 0], r"adds up to 1e-200 rows\. .* Multiply all weights by one number"),
        ([0, 0.0], "is zero in all 2 rows, which leaves no row"),
        ([1, 1, 1], "has 3 weights and the table has 2 rows. Give one weight per row"),
        ([], "has 0 weights and the table has 2 rows"),
        ([[1], [1]], r"must be one-dimensional, .* of one number per row, got shape \(2, 1\)"),
        ([[1], [1, 2]], r"must be one-dimensional"),
        (2.0, r"must be one-dimensional, .* got float"),
        ({1, 2}, r"must be one-dimensional, .* got set"),
        ("ab", r"must be one-dimensional, .* got str"),
    ],
)
def test_what_is_no_weight_is_named(door, weights, sentence):
    with pytest.raises(ParameterError, match=f"^sample_weight ({sentence})"):
        door({"a": ["x", "y"], "b": ["u", "v"]}, sample_weight=weights)


def test_weights_for_an_encoded_table_are_refused():
    encoded = encode_table({"a": ["x", "y"], "b": ["u", "v"]})
    with pytest.raises(ParameterError, match=r"Give them to encode_table\(table, sample_weight="):
        count_pairs(encoded, sample_weight=[1, 1])


def test_files_are_counted_with_weights(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\nx,u\nx,u\ny,v\n")
    counts = count_pairs(tmp_path / "t.csv", sample_weight=np.array([0.25, 0.5, 2]))
    assert counts.count.tolist() == [0.75, 2.0]
    assert repr(counts) == (
        "PairCounts(2.75 rows, 2 features, 4 tokens, 2 distinct pairs, 2.75 pairs in all)"
    )


def test_a_cell_that_cannot_be_a_category_is_named_by_its_row_in_the_whole_table():
    with pytest.raises(TypeError, match=r"a list in row 2 \(counted from 0\)"):
        encode_table({"a": ["x", "y", ["z"]], "b": list("uvw")}, sample_weight=[0, 1, 1])


def test_shares_of_weights_below_one_add_up_to_one():
    encoded = encode_table({"a": ["x", "y"], "b": ["u", None]}, sample_weight=[0.25, 0.125])
    assert encoded.vocabulary.present.tolist() == [0.375, 0.25]
    np.testing.assert_allclose(encoded.vocabulary.shares, [2 / 3, 1 / 3, 1.0])


def test_types_of_cells_in_rows_of_weight_zero_do_not_count():
    table = {"a": [1.0, 1, "x", True], "b": [0.5, "u", 1.5, 2.5]}
    encoded = encode_table(table, numeric="category", sample_weight=[1, 0, 1, 0])
    assert [repr(value) for value in encoded.vocabulary.categories[0]] == ["1.0", "'x'"]
    assert encoded.vocabulary.categories[1].dtype == np.float64
    assert encoded.codes.tolist() == [[0, 0], [0, -2], [1, 1], [-2, -2]]


def test_text_beside_binned_numbers_is_unseen_in_rows_of_weight_zero():
    table = {"a": [1.5, 2.5, 3.5, "x"], "b": ["u", "v", "u", "v"]}
    encoded = encode_table(table, n_bins=2, sample_weight=[1, 1, 1, 0])
    assert encoded.codes[:, 0].tolist() == [0, 1, 1, -2]


def test_new_rows_with_weights_count_as_they_would_by_themselves():
    table = {"a": ["x", "y", "y", "x"] * 9, "b": ["u", "v", "v", "v"] * 9}
    known = encode_table({"a": ["x", "y"] * 3, "b": ["u", "v"] * 3}).vocabulary
    weights = np.random.default_rng(0).random(36)
    new = encode_table(table, vocabulary=known, sample_weight=weights)
    assert_same_counts(count_pairs(new), count_pairs(table, sample_weight=weights))
