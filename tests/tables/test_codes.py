"""Bins of number columns, the kinds of columns, and the choice of features."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cat2vec.errors import ColumnTypeError, ParameterError, TableError, UnknownFeatureError
from cat2vec.tables.cells.codes import quantile_edges
from cat2vec.tables.cells.kinds import Categorical, Numeric
from cat2vec.tables.encode import encode_table

#: What is said of bins is tested in test_whole_numbers.
pytestmark = pytest.mark.filterwarnings("ignore::cat2vec.errors.BinnedNumbersWarning")

INFINITE = float("inf")
weighted = st.dictionaries(
    st.integers(-50, 50) | st.floats(allow_nan=False), st.integers(1, 200), min_size=1, max_size=40
)
bin_numbers = st.integers(2, 12)


def edges_of(weights, n_bins):
    values = np.array(list(weights), dtype=np.float64)
    return quantile_edges(values, np.array(list(weights.values())), n_bins)


def binned(cells, n_bins=4, **options):
    """Encode one column beside a second one; give its codec, codes and categories."""
    table = encode_table({"a": cells, "b": ["x"] * len(cells)}, n_bins=n_bins, **options)
    vocabulary = table.vocabulary
    codes, categories = table.codes[:, 0].tolist(), vocabulary.categories[0].tolist()
    return vocabulary.schema.codecs[0], codes, categories


@given(weighted, bin_numbers)
def test_edges_are_values_that_ascend_and_leave_no_bin_empty(weights, n_bins):
    edges = edges_of(weights, n_bins)
    assert len(edges) < n_bins
    assert (edges[1:] > edges[:-1]).all()
    assert np.isin(edges, list(weights)).all()
    bins = np.searchsorted(edges, sorted(weights), side="right")
    assert set(bins.tolist()) == set(range(len(edges) + 1))


@given(weighted, bin_numbers)
def test_there_are_bins_as_long_as_there_are_two_values(weights, n_bins):
    two_values = len(set(weights)) > 1
    assert (len(edges_of(weights, n_bins)) > 0) == two_values


@given(weighted, bin_numbers, st.randoms(use_true_random=False))
def test_edges_do_not_depend_on_the_order_of_values(weights, n_bins, random):
    shuffled = dict(random.sample(list(weights.items()), len(weights)))
    assert edges_of(weights, n_bins).tolist() == edges_of(shuffled, n_bins).tolist()


@given(weighted, bin_numbers)
def test_a_value_that_outweighs_the_share_that_is_left_closes_its_bin(weights, n_bins):
    values = sorted(weights)
    weight = np.array([weights[value] for value in values], dtype=float)
    bins = np.searchsorted(edges_of(weights, n_bins), values, side="right")
    for number in range(min(bins[-1], n_bins - 1)):  # of all bins but the last
        first = int(np.flatnonzero(bins == number)[0])
        share = weight[first:].sum() / (n_bins - number)
        if weight[first] > share * (1 + 1e-9):
            assert (bins == number).sum() == 1


@given(st.lists(st.integers(0, 10**6), min_size=60, max_size=120, unique=True), bin_numbers)
def test_distinct_values_fall_into_bins_of_nearly_equal_weight(values, n_bins):
    codes = np.searchsorted(edges_of(dict.fromkeys(values, 1), n_bins), values, side="right")
    sizes = np.bincount(codes)
    assert len(sizes) == n_bins
    assert sizes.max() - sizes.min() <= 1


def test_a_heavy_tie_does_not_swallow_the_bins_of_the_rest():
    weights = {0: 1000} | dict.fromkeys(range(1, 7), 10)
    assert edges_of(weights, 4).tolist() == [1, 3, 5]


def test_values_without_weight_are_ignored():
    edges = quantile_edges(np.array([1, 2, 3, 4]), np.array([5, 0, 0, 5]), 4)
    assert edges.tolist() == [4]
    assert quantile_edges(np.array([1.0]), np.array([0]), 4).tolist() == []


def test_numbers_with_more_values_than_bins_are_binned():
    codec, codes, labels = binned(list(range(8)))
    assert codec.kind == "numeric"
    assert codec.edges.tolist() == [2, 4, 6]
    assert codes == [0, 0, 1, 1, 2, 2, 3, 3]
    assert labels == ["< 2", "[2, 4)", "[4, 6)", ">= 6"]


def test_numbers_with_no_more_values_than_bins_are_categories():
    codec, codes, categories = binned([5, 7, None, 5, 9, 8])
    assert (codec.kind, codec.edges) == ("category", None)
    assert (codes, categories) == ([0, 1, -1, 0, 3, 2], [5, 7, 8, 9])


@pytest.mark.parametrize(
    "cells",
    [
        [Decimal(number) for number in range(8)],
        np.arange(8, dtype=np.float16),
        np.arange(8, dtype=np.uint64),
        np.arange(8, dtype=">i4"),
        pl.Series(range(8), dtype=pl.Int128),
        pd.Series(range(8), dtype="Int64"),
        [0, 1.0, 2, Decimal(3), np.int8(4), np.float32(5), 6, 7],
    ],
)
def test_numbers_of_every_type_are_binned(cells):
    codec, codes, _ = binned(cells)
    assert codec.edges.tolist() == [2, 4, 6]
    assert codes == [0, 0, 1, 1, 2, 2, 3, 3]


def test_infinite_values_have_bins():
    codec, codes, labels = binned([-INFINITE, 1.0, 2.0, INFINITE], n_bins=3)
    assert codec.kind == "numeric"
    assert codes == sorted(codes)
    assert codes[0] < codes[-1]
    assert len(labels) == len(codec.edges) + 1


def test_integers_beyond_two_to_the_53_keep_their_last_digit():
    cells = [2**53 + number for number in range(8)]
    codec, codes, _ = binned(cells)
    assert codec.edges.tolist() == [2**53 + 2, 2**53 + 4, 2**53 + 6]
    assert codes == [0, 0, 1, 1, 2, 2, 3, 3]
    assert binned(cells, numeric="category")[2] == cells
    assert binned([10**400 + 1, 10**400], numeric="category")[1] == [1, 0]


def test_new_rows_fall_into_the_edges_of_fit():
    fitted = encode_table({"a": list(range(8)), "b": list("xyxyxyxy")}, n_bins=4).vocabulary
    new = [-5, 1.99, 2, 3.5, None, float("nan"), 99, INFINITE]
    again = encode_table({"a": new, "b": ["x"] * 8}, vocabulary=fitted)
    assert again.codes[:, 0].tolist() == [0, 0, 1, 1, -1, -1, 3, 3]
    assert [fitted.token_id("a", cell) for cell in (-5, 1.99, 2, 99)] == [0, 0, 1, 3]


@pytest.mark.parametrize("cell", ["many", True, "0", b"3", "", "1,5", "NA"])
def test_new_cells_that_are_no_numbers_are_unseen(cell):
    fitted = encode_table({"a": list(range(8)), "b": list("xyxyxyxy")}, n_bins=4).vocabulary
    again = encode_table({"a": [3, cell, cell], "b": list("xyx")}, vocabulary=fitted)
    assert again.codes[:, 0].tolist() == [1, -2, -2]
    assert again.unseen == {"a": (cell,)}


def test_where_fit_read_texts_as_numbers_new_ones_are_read_too():
    table = {"a": ["0", "1.0", "2", "3", "1", None], "b": list("xyxyxy")}
    fitted = encode_table(table, columns={"a": Numeric(2)})
    assert fitted.codes[:, 0].tolist() == [0, 0, 1, 1, 0, -1]
    new = {"a": ["-9", " 2.50", "many", 7], "b": list("xyxy")}
    again = encode_table(new, vocabulary=fitted.vocabulary)
    assert again.codes[:, 0].tolist() == [0, 1, -2, 1]


@pytest.mark.parametrize(
    "equal",
    [
        [1, 1.0],
        [0.0, -0.0],
        [1, Decimal(1), 1.0],
        [Decimal("2.0"), Decimal("2")],
        [pd.Timestamp(2020, 1, 1), datetime.datetime(2020, 1, 1)],
    ],
)
def test_the_original_value_of_equal_cells_does_not_depend_on_the_order_of_rows(equal):
    found = set()
    for cells in (equal, equal[::-1]):
        table = {"a": [*cells, "x", "y"], "b": ["p", "q"] + ["p"] * len(cells)}
        category = encode_table(table).vocabulary.categories[0][0]
        found.add((type(category), repr(category)))
    assert len(found) == 1
    assert equal[0] != 1 or found == {(int, "1")}


@pytest.mark.parametrize("kind", ["category", Categorical()])
def test_numbers_can_be_told_to_be_categories(kind):
    codec, codes, categories = binned(list(range(8)), columns={"a": kind})
    assert (codec.kind, codes, categories) == ("category", list(range(8)), list(range(8)))


@pytest.mark.parametrize(
    ("kind", "n_bins", "n_found"), [("numeric", 4, 4), (Numeric(3), 4, 3), ("numeric", 16, 8)]
)
def test_numbers_can_be_told_to_be_binned(kind, n_bins, n_found):
    codec, _, labels = binned(list(range(8)), n_bins=n_bins, columns={"a": kind})
    assert (codec.kind, len(labels)) == ("numeric", n_found)


def test_a_told_kind_goes_before_the_rule_for_all_numbers():
    table = {"a": list(range(8)), "b": list(range(8)), "c": list("xyxyxyxy")}
    columns = {"a": "numeric"}
    mixed = encode_table(table, numeric="category", n_bins=4, columns=columns)
    assert [codec.kind for codec in mixed.vocabulary.schema.codecs] == [
        "numeric", "category", "category",
    ]  # fmt: skip
    assert encode_table(table, numeric="drop", columns=columns).vocabulary.features == ("a", "c")
    with pytest.raises(TableError, match="columns of numbers, 'b', and numeric='error'"):
        encode_table(table, numeric="error", columns=columns)


def test_dropping_numbers_must_leave_two_features():
    with pytest.raises(TableError, match="numeric='drop' leaves 1 of 3 features"):
        encode_table({"a": [1, 2], "b": [0.5, 1], "c": ["x", "y"]}, numeric="drop")


@pytest.mark.parametrize(("cells", "named"), [([1, "q"], "'q'"), ([True, False], "True, False")])
def test_a_column_that_holds_no_numbers_cannot_be_numeric(cells, named):
    with pytest.raises(ColumnTypeError, match=rf"says that 'a' is numeric, but it holds {named}\."):
        binned(cells, columns={"a": "numeric"})


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"numeric": "bins"}, "numeric must be one of 'bin', 'category', 'drop', 'error', got 'bi"),
        ({"n_bins": 1}, "n_bins must be an integer of at least 2, got 1"),
        ({"n_bins": True}, "n_bins must be an integer of at least 2, got True"),
        ({"columns": {"a": "number"}}, r"columns\['a'\] must be 'category', .* got 'number'"),
        ({"columns": ["a"]}, r"columns must map column names to kinds.* got \['a'\]"),
        ({"n_bins": 0, "numeric": "x"}, r"2 parameters are out of range\.\n  numeric must.*\n  n_"),
        ({"features": "ab"}, r"got the text 'ab'\. Write features=\['ab', \.\.\.\]"),
        ({"features": ["a", "b", "a"]}, "features names 'a' more than once"),
        ({"features": {"a", "b"}}, "features must be a list of column names, got {"),
        ({"features": 2}, "features must be a list of column names, got 2"),
    ],
)
def test_a_parameter_that_is_not_allowed_is_refused(options, sentence):
    with pytest.raises(ParameterError, match=sentence):
        encode_table({"a": [1, 2], "b": ["x", "y"]}, **options)


@pytest.mark.parametrize("bins", [1, 0, 2.5, "4", True])
def test_bins_of_numeric_must_be_an_integer_of_at_least_two(bins):
    with pytest.raises(ParameterError, match="bins of a Numeric column must be an integer of at"):
        Numeric(bins)


def test_features_are_taken_in_the_order_that_is_given():
    table = {"a": ["q", "r"], "b": ["x", "y"], "c": [[1], {}]}  # "c" is never looked at
    result = encode_table(table, features=["b", "a"])
    assert result.vocabulary.texts() == ["b=x", "b=y", "a=q", "a=r"]
    numbered = encode_table(pd.DataFrame([["q", 1], ["r", 2]]), features=[1, 0])
    assert numbered.vocabulary.features == ("1", "0")


@pytest.mark.parametrize(
    "options", [{"features": ["a", "citty"]}, {"columns": {"citty": "numeric"}}]
)
def test_an_unknown_feature_is_named_with_the_nearest_one(options):
    with pytest.raises(UnknownFeatureError, match=r"no feature 'citty' in this.*Nearest: 'city'"):
        encode_table({"a": [1, 2], "city": ["x", "y"]}, **options)


def test_one_feature_is_not_enough():
    with pytest.raises(TableError, match="only one feature, 'b'"):
        encode_table({"a": [1, 2], "b": ["x", "y"]}, features=["b"])
