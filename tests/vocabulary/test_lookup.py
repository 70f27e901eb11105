"""Looking categories up by sorted hashes gives what a dict of keys does, for any type."""

import copy
import datetime as dt
import enum
import pickle
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cat2vec.vocabulary.categories import MISSING_CATEGORY, RARE, category_key
from cat2vec.vocabulary.lookup import Lookup
from cat2vec.vocabulary.vocabulary import MISSING, UNSEEN, Codec, Schema, Vocabulary
from tests.reference.lookup import codes_of, lookup_table

Colour = enum.Enum("Colour", {"RED": "red", "ONE": "1"}, type=str)
WHOLE = st.integers(-3, 3) | st.sampled_from([2**53, 2**61 - 1, 2**61, -(2**61), 10**30])
SPECIAL = [
    0.5, -0.0, 0.1, np.float32(0.1), np.float32(0.5), Fraction(1, 2), Fraction(1, 3),
    Decimal("0.50"), Decimal("0.1"), float("inf"), "True", "1.0", "red", "", b"", b"1", Colour.RED,
    Colour.ONE, np.str_("1"), np.bytes_(b"1"), np.True_,
    dt.date(2020, 1, 1), dt.datetime(2020, 1, 1), dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc),
    "2020-01-01", pd.Timestamp(2020, 1, 1), np.datetime64("2020-01-01"), dt.time(0),
    np.datetime64("2020-01-01", "ns"), dt.timedelta(1), pd.Timedelta(days=1),
    np.timedelta64(24, "h"),
    (1, 2), (1.0, 2), ("1", 2), frozenset({1, 2}), frozenset(), MISSING_CATEGORY, RARE, 0,
]  # fmt: skip
VALUES = st.one_of(
    st.booleans(),
    WHOLE,
    WHOLE.map(float),
    WHOLE.map(Decimal),
    st.integers(-3, 3).map(np.int16),
    WHOLE.map(str),
    WHOLE.map(lambda number: str(number).encode()),
    st.text(max_size=3),
    st.sampled_from(SPECIAL),
)
TEXTS = st.text(alphabet="ab\x00é\ud800", max_size=3)


def objects(items):
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def of_two_parts(categories, pooled):
    codec = Codec("category", "mixed")
    found, more = (objects([*part]) for part in (categories, pooled))
    if len(more):
        found = objects([*categories, RARE])
    return Vocabulary(Schema(("a",), (codec,)), (found,), np.ones(len(found)), (more,))


@given(st.lists(VALUES, max_size=30), st.lists(VALUES, max_size=5), st.lists(VALUES | st.none()))
def test_codes_are_those_of_a_dict_of_keys_for_values_of_any_type(categories, pooled, asked):
    pooled = [value for value in pooled if value is not RARE]
    categories = [value for value in categories if value is not RARE]
    vocabulary = of_two_parts(categories, pooled)
    table = lookup_table(vocabulary.categories[0].tolist(), pooled, len(categories))
    asked = [*asked, *categories, *pooled]
    assert vocabulary.codes_of(0, asked).tolist() == codes_of(table, asked, MISSING, UNSEEN)
    lookup = Lookup(vocabulary.categories[0], objects(pooled), len(categories))
    for value in asked:
        if value is not None:
            key = category_key(value)
            assert lookup.code_of_key(key, UNSEEN) == table.get(key, UNSEEN)
    expected = table.get(category_key(MISSING_CATEGORY), MISSING)
    assert vocabulary.missing_code(0) == expected


@given(st.lists(TEXTS, unique=True), st.lists(TEXTS | VALUES | st.none()))
def test_codes_of_pure_text(categories, asked):
    table = lookup_table(categories)
    vocabulary = of_two_parts(categories, [])
    assert vocabulary.codes_of(0, asked).tolist() == codes_of(table, asked, MISSING, UNSEEN)


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.uint64, np.float32, np.float64, bool])
def test_codes_of_arrays_of_numbers_that_are_not_sorted(dtype):
    numbers = np.array([3, 1, 0]).astype(dtype) if dtype is not bool else np.array([True, False])
    asked = [0, 1, 3.0, True, False, "1", None, Decimal(3), np.float32(1), 7, -1, -2]
    vocabulary = Vocabulary(
        Schema(("a",), (Codec("category", "x"),)), (numbers,), np.ones(len(numbers))
    )
    expected = codes_of(lookup_table(numbers.tolist()), asked, MISSING, UNSEEN)
    assert vocabulary.codes_of(0, asked).tolist() == expected


def test_numbers_with_one_hash_are_told_apart():
    clash = [-1, -2, 2**61 - 1, 0, True, 1, 1 + 2**61 - 1, "1", b"1"]
    assert [hash(-1), hash(2**61 - 1)] == [hash(-2), hash(0)]
    found = Lookup(objects(clash)).codes([*clash, 2**62 - 2, False], UNSEEN)
    assert found.tolist() == [*range(9), UNSEEN, UNSEEN]


def test_a_list_is_no_category_and_has_no_hash():
    vocabulary = of_two_parts(["a"], [])
    with pytest.raises(TypeError, match="unhashable"):
        vocabulary.codes_of(0, ["a", ["a"]])


def test_nothing_asked_and_no_category():
    empty = of_two_parts([], [])
    assert empty.codes_of(0, []).tolist() == []
    assert empty.codes_of(0, iter(["a", None])).tolist() == [UNSEEN, MISSING]
    assert of_two_parts(["a"], []).codes_of(0, []).dtype == np.int32


def test_a_vocabulary_that_was_pickled_after_a_lookup_works_in_another_process(tmp_path):
    """Hashes of texts differ from process to process."""
    vocabulary = of_two_parts(["b", "a", 1], ["c", "d"])
    assert vocabulary.codes_of(0, ["a", "d"]).tolist() == [1, 3]
    assert copy.deepcopy(vocabulary).codes_of(0, ["a", "d"]).tolist() == [1, 3]
    (tmp_path / "words").write_bytes(pickle.dumps(vocabulary))
    code = (
        "import pickle, sys; v = pickle.load(open(sys.argv[1], 'rb'));"
        "print(v.codes_of(0, ['a', 'd', 1, 'e']).tolist())"
    )
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code, tmp_path / "words"],
            env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
        )
        assert done.stdout == "[1, 3, 2, -2]\n", done.stderr
