"""The rule of identity, token ids, their texts and the errors of look-ups."""

import datetime as dt
import enum
import itertools
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cat2vec import Cat2Vec, Ordered
from cat2vec.errors import ParameterError, UnknownCategoryError, UnknownFeatureError
from cat2vec.parameters.checks import integer_problem, is_real
from cat2vec.tables.encode import encode_table
from cat2vec.vocabulary.categories import split_text
from cat2vec.vocabulary.vocabulary import (
    MISSING,
    UNSEEN,
    Codec,
    Schema,
    Token,
    Vocabulary,
    category_key,
    category_text,
    feature_text,
    sorted_by_key,
)

small_integers = st.integers(-3, 3)
values = st.one_of(
    st.booleans(),
    small_integers,
    small_integers.map(float),
    small_integers.map(Decimal),
    small_integers.map(np.int16),
    small_integers.map(str),
    small_integers.map(lambda number: str(number).encode()),
    st.sampled_from([0.5, np.float32(0.5), Fraction(1, 2), "True", "", dt.date(2020, 1, 1)]),
)


def objects(items):
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


@pytest.fixture
def vocabulary():
    schema = Schema(
        ("city", "size", "a=b", "age", "gone"),
        (
            Codec("category", "string"),
            Codec("category", "int64"),
            Codec("category", "mixed"),
            Codec("numeric", "double", np.array([18.0, 65.5])),
            Codec("category", "null"),
        ),
    )
    found = (
        objects(["Bergen", "Oslo"]),
        np.array([1, 2, 10]),
        objects([True, 1, "1"]),
        schema.codecs[3].bin_labels(),
        objects([]),
    )
    return Vocabulary(schema, found, np.arange(1, 12))


def test_a_whole_number_is_one_category_whatever_its_type():
    whole = [1, 1.0, Decimal("1.00"), np.int8(1), np.float32(1), Fraction(1)]
    assert {category_key(value) for value in whole} == {category_key(1)}


def test_true_the_text_1_the_bytes_1_and_the_number_1_differ():
    assert len({category_key(value) for value in [True, "1", b"1", 1]}) == 4


def test_numpy_and_python_scalars_are_one_category():
    pairs = [(np.True_, True), (np.str_("a"), "a"), (np.bytes_(b"a"), b"a"), (np.int64(3), 3)]
    assert all(category_key(left) == category_key(right) for left, right in pairs)


def test_an_enum_that_is_text_is_the_text():
    colour = enum.Enum("Colour", {"RED": "red"}, type=str)
    assert category_key(colour.RED) == category_key("red")
    assert category_text(colour.RED) == "red"


def test_dates_are_not_datetimes_but_datetimes_are_one_in_all_libraries():
    moment = dt.datetime(2020, 1, 2, 3, 4, 5, 6)
    assert category_key(moment) == category_key(pd.Timestamp(moment))
    assert category_key(moment) == category_key(np.datetime64(moment, "ns"))
    assert category_key(dt.date(2020, 1, 2)) == category_key(np.datetime64("2020-01-02"))
    assert category_key(dt.date(2020, 1, 2)) != category_key(dt.datetime(2020, 1, 2))


def test_durations_sort_by_length_and_are_one_in_all_libraries():
    days = [dt.timedelta(10), pd.Timedelta(days=2), np.timedelta64(3, "D")]
    assert [category_key(day)[-1].days for day in sorted_by_key(days)] == [2, 3, 10]
    assert category_key(days[1]) == category_key(dt.timedelta(2))


def test_a_duration_is_no_number_though_numpy_counts_it_among_them():
    years = np.timedelta64(2, "Y")  # which have no length in days
    assert category_key(years)[0] not in (0, 1, 2)
    assert not is_real(years)
    assert "must be an integer" in integer_problem("vector_size", np.timedelta64(2, "s"), least=1)
    with pytest.raises(ParameterError, match="must be text, numbers or booleans"):
        Ordered([np.timedelta64(1, "s"), np.timedelta64(2, "s")])


@given(values, values, values)
def test_key_equality_is_an_equivalence_that_hashes(first, second, third):
    one, two, three = map(category_key, (first, second, third))
    assert one == category_key(first)
    assert (one == two) == (two == one)
    if one == two:
        assert hash(one) == hash(two)
        assert (one == three) == (two == three)


@given(st.lists(values), st.randoms(use_true_random=False))
def test_sorting_does_not_depend_on_the_order_of_input(items, random):
    shuffled = random.sample(items, len(items))
    keys = [category_key(item) for item in sorted_by_key(items)]
    assert keys == [category_key(item) for item in sorted_by_key(shuffled)]


@given(st.lists(values))
def test_equal_keys_stand_side_by_side_after_sorting(items):
    keys = [category_key(item) for item in sorted_by_key(items)]
    changes = sum(left != right for left, right in itertools.pairwise(keys))
    assert changes == max(len(set(keys)) - 1, 0)


def test_order_is_booleans_numbers_text_bytes_rest():
    items = [(1,), b"a", "é", "z", "10", "9", 10, 9.5, Decimal("-1"), True, False]
    wanted = [False, True, Decimal("-1"), 9.5, 10, "10", "9", "z", "é", b"a", (1,)]
    assert sorted_by_key(items) == wanted


def test_values_that_do_not_compare_leave_the_numbers_in_order():
    assert sorted_by_key([(1, "a"), 10, (1, 2), 9]) == [9, 10, (1, "a"), (1, 2)]


def test_sets_have_one_order_whatever_the_order_of_input():
    sets = [frozenset("b"), frozenset("ac"), frozenset("a"), frozenset("c")]
    assert sorted_by_key(sets) == sorted_by_key(sets[::-1])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2, "2"), (2.0, "2"), (np.float32(2), "2"), (2.5, "2.5"), (-0.0, "0"), (True, "True"),
        (Decimal("2.00"), "2"), (Decimal("1.10"), "1.1"), (float("inf"), "inf"),
        ("2.0", "2.0"), ("", ""), (b"x", "b'x'"), (dt.date(2020, 1, 2), "2020-01-02"),
        (10**400, "1" + "0" * 400),
    ],
)  # fmt: skip
def test_category_text(value, text):
    assert category_text(value) == text


@pytest.mark.parametrize(
    ("edges", "labels"),
    [
        ([0.5], ["< 0.5", ">= 0.5"]),
        ([18, 65], ["< 18", "[18, 65)", ">= 65"]),
        ([1 / 3, 2.0], ["< 0.333333", "[0.333333, 2)", ">= 2"]),
        ([1.0, float("inf")], ["< 1", "[1, inf)", ">= inf"]),
        ([0.12345678, 0.12345679],
         ["< 0.12345678", "[0.12345678, 0.12345679)", ">= 0.12345679"]),
        ([2**53, 2**53 + 1],
         ["< 9007199254740992", "[9007199254740992, 9007199254740993)", ">= 9007199254740993"]),
    ],
)  # fmt: skip
def test_bin_labels_use_as_many_digits_as_they_need(edges, labels):
    assert Codec("numeric", "double", np.array(edges)).bin_labels().tolist() == labels


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=8, unique=True).map(sorted))
def test_labels_of_bins_are_always_distinct(edges):
    labels = Codec("numeric", "double", np.array(edges)).bin_labels()
    assert len(set(labels)) == len(edges) + 1


def test_codecs_are_the_same_when_kind_and_edges_are():
    numeric = Codec("numeric", "double", np.array([1.0, 2.0]))
    assert numeric.same_as(Codec("numeric", "int64", np.array([1, 2])))
    assert not numeric.same_as(Codec("numeric", "double", np.array([1.0])))
    assert not numeric.same_as(Codec("category", "double"))
    assert Codec("category", "int64").same_as(Codec("category", "string"))


@pytest.mark.parametrize(
    ("feature", "category", "token"),
    [
        ("city", "Bergen", 0), ("city", np.str_("Oslo"), 1), ("size", 1.0, 2),
        ("size", np.int8(10), 4), ("a=b", True, 5), ("a=b", 1, 6), ("a=b", "1", 7),
        ("age", 17, 8), ("age", 18, 9), ("age", 65.5, 10), ("age", np.float32(65.25), 9),
        ("age", Decimal("18"), 9), ("age", -float("inf"), 8), ("age", "[18, 65.5)", 9),
    ],
)  # fmt: skip
def test_token_id_of_values_numbers_and_labels(vocabulary, feature, category, token):
    assert vocabulary.token_id(feature, category) == token


def test_every_token_id_leads_back_to_itself(vocabulary):
    tokens = [vocabulary.token(number) for number in range(vocabulary.n_tokens)]
    assert [vocabulary.token_id(*token) for token in tokens] == list(range(11))
    assert tokens[7] == Token("a=b", "1")


@pytest.mark.parametrize("token", [-1, 11])
def test_a_token_id_out_of_range_is_refused(vocabulary, token):
    with pytest.raises(IndexError, match=f"token ids run from 0 to 10, got {token}"):
        vocabulary.token(token)


def test_an_unknown_feature_is_named_with_the_nearest_one(vocabulary):
    with pytest.raises(UnknownFeatureError, match=r"no feature 'citty' .* Nearest: 'city'\."):
        vocabulary.token_id("citty", "Oslo")


def test_an_unknown_category_is_named_with_the_nearest_one(vocabulary):
    sentence = r"'city' has no category 'oslo'\. It has 2: 'Bergen', 'Oslo'\. Nearest: 'Oslo'\."
    with pytest.raises(UnknownCategoryError, match=sentence):
        vocabulary.token_id("city", "oslo")


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT], ids=str)
def test_missing_cells_are_asked_for_as_any_table_has_them(vocabulary, missing):
    with pytest.raises(UnknownCategoryError, match=r"None.* only with missing='token' in fit\.$"):
        vocabulary.token_id("city", missing)
    table = {"city": ["Oslo", None] * 9, "food": ["cod", "pasta"] * 9}
    model = Cat2Vec(1, missing="token").fit(table)
    assert model.vocabulary_.token_id("city", missing) == 1


def test_a_number_asked_for_as_text_gets_the_hint_on_types(vocabulary):
    sentence = r"There is 10 \(int\); values of different types are different"
    with pytest.raises(UnknownCategoryError, match=sentence):
        vocabulary.token_id("size", "10")


@pytest.mark.parametrize("category", [None, float("nan"), [1], "17"])
def test_a_value_without_bin_is_an_unknown_category(vocabulary, category):
    with pytest.raises(UnknownCategoryError, match="feature 'age' has no category"):
        vocabulary.token_id("age", category)


def test_a_number_beyond_every_float_is_an_unknown_category_or_in_the_last_bin(vocabulary):
    with pytest.raises(UnknownCategoryError, match="feature 'size' has no category 1000"):
        vocabulary.token_id("size", 10**400)


@pytest.mark.filterwarnings("ignore:feature 'age' holds bins, and 70 lies in")
@pytest.mark.parametrize(
    ("feature", "text", "token"),
    [("city", "Oslo", 1), ("size", "10", 4), ("a=b", "True", 5), ("age", "70", 10),
     ("age", "< 18", 8)],
)  # fmt: skip
def test_token_id_of_text_reads_numbers_and_labels(vocabulary, feature, text, token):
    assert vocabulary.token_id_of_text(feature, text) == token


@pytest.mark.parametrize(("feature", "text"), [("city", "oslo"), ("age", "old"), ("age", "nan")])
def test_token_id_of_text_refuses_text_of_no_category(vocabulary, feature, text):
    with pytest.raises(UnknownCategoryError, match=f"feature '{feature}' has no category"):
        vocabulary.token_id_of_text(feature, text)


def test_codes_of_tells_missing_from_unseen(vocabulary):
    codes = vocabulary.codes_of(1, [10, None, "10", 1.0, True])
    assert codes.tolist() == [2, MISSING, UNSEEN, 0, UNSEEN]
    assert codes.dtype == np.int32


def test_texts_escape_the_equals_sign_of_a_feature(vocabulary):
    assert vocabulary.texts()[5:8] == [r"a\=b=True", r"a\=b=1", r"a\=b=1"]
    assert [vocabulary.text(number) for number in range(11)] == vocabulary.texts()


names = st.text(alphabet="a=\\", max_size=4)


@given(names, names)
def test_feature_and_category_are_read_back_from_their_text(feature, category):
    """So different pairs of them never read the same."""
    assert split_text(f"{feature_text(feature)}={category}") == (feature, category)


def test_sums_by_feature_are_zero_for_an_empty_feature(vocabulary):
    values = np.arange(22, dtype=np.float32).reshape(11, 2)
    sums = vocabulary.sum_by_feature(values)
    wanted = [values[vocabulary.tokens_of(name)].sum(0).tolist() for name in vocabulary.features]
    assert sums.tolist() == wanted
    assert sums[-1].tolist() == [0, 0]
    assert sums.dtype == np.float64


def test_presence_and_shares_are_counted_per_feature(vocabulary):
    assert vocabulary.present.tolist() == [3, 12, 21, 30, 0]
    sums = vocabulary.sum_by_feature(vocabulary.shares)
    np.testing.assert_allclose(sums, [1, 1, 1, 1, 0], atol=1e-15)


def test_repr_counts_features_and_tokens(vocabulary):
    assert repr(vocabulary) == (
        "Vocabulary(5 features, 11 tokens: city 2, size 3, a=b 3, age 3, gone 0)"
    )


def test_repr_of_many_features_is_short():
    schema = Schema(tuple("abcdefgh"), (Codec("category", "string"),) * 8)
    vocabulary = Vocabulary(schema, (objects(["x"]),) * 8, np.ones(8))
    assert repr(vocabulary).endswith("f 1 and 2 more)")


def test_counts_of_the_wrong_length_are_refused():
    schema = Schema(("a",), (Codec("category", "string"),))
    with pytest.raises(ValueError, match=r"counts must have shape \(1,\), got \(2,\)"):
        Vocabulary(schema, (objects(["x"]),), np.ones(2))


@pytest.mark.parametrize(
    "day", [dt.date(2020, 1, 2), dt.datetime(2020, 1, 2), np.datetime64("2020-01-02")]
)
@pytest.mark.parametrize("column", ["datetime64[ns]", "date"])
def test_a_date_finds_its_midnight_and_a_midnight_its_date(day, column):
    days = pd.Series(pd.date_range("2020-01-01", periods=3))
    cells = days.dt.date if column == "date" else days
    words = encode_table({"d": cells, "b": ["x", "y", "x"]}, columns={"d": "category"}).vocabulary
    assert words.token_id("d", day) == words.token_id("d", pd.Timestamp(2020, 1, 2)) == 1
    for other in (dt.date(2021, 1, 2), dt.datetime(2020, 1, 2, 1), dt.time(0)):
        with pytest.raises(UnknownCategoryError):
            words.token_id("d", other)


def test_a_date_beside_its_midnight_finds_itself():
    day, midnight = dt.date(2020, 1, 2), dt.datetime(2020, 1, 2)
    table = {"d": [day, midnight], "b": ["x", "y"]}
    words = encode_table(table, columns={"d": "category"}).vocabulary
    assert {words.token_id("d", day), words.token_id("d", midnight)} == {0, 1}
