"""What real columns throw at a table: each case gives the right codes or the right sentence."""

import datetime as dt
import decimal
import uuid

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.sparse import csr_matrix

from cat2vec import Cat2Vec, encode_table
from cat2vec.errors import Cat2VecError

JOBS = ["cook", "nurse", "cook", "nurse"]
HUGE = "x" * 10**6
DAYS = pd.to_datetime(["2020-01-01", "2020-02-02", "2021-01-01", "2022-02-02"])


def beside(column):
    """Put a column next to one that is well."""
    return {"job": JOBS, "x": column}


#: Column of four cells: the codes it must get, and how its categories read.
RIGHT = {
    "mixed types": ([1, "1", 1.5, True], [1, 3, 2, 0], ["True", "1", "1.5", "1"]),
    "booleans and integers": ([True, 1, False, 0], [1, 3, 0, 2], ["False", "True", "0", "1"]),
    "a lone surrogate": (["a\ud800", "b", "a\ud800", "b"], [0, 1, 0, 1], ["a\ud800", "b"]),
    "a NUL in a text": (["a\0", "a", "a\0", "a"], [1, 0, 1, 0], ["a", "a\0"]),
    "a cell of a million characters": ([HUGE, "y", HUGE, "y"], [0, 1, 0, 1], [HUGE, "y"]),
    "texts that differ in blanks": (["a", "a ", "A", " a"], [2, 3, 1, 0], [" a", "A", "a", "a "]),
    "texts that differ in how accents are written": (
        ["\u00e9", "e\u0301", "\u00e9", "\u00e9"], [1, 0, 1, 1], ["e\u0301", "\u00e9"],
    ),
    "an empty text beside a gap": (["", None, "", "b"], [0, -1, 0, 1], ["", "b"]),
    "texts that look missing": (
        ["nan", "NA", "None", "?"], [3, 1, 2, 0], ["?", "NA", "None", "nan"],
    ),
    "integers beyond 2 ** 53": (
        [2**53, 2**53 + 1, 2**53, 2**53 + 1], [0, 1, 0, 1], [str(2**53), str(2**53 + 1)],
    ),
    "integers beyond int64": (
        np.array([2**63, 2**63 + 1, 1, 1], np.uint64), [1, 2, 0, 0],
        ["1", str(2**63), str(2**63 + 1)],
    ),
    "integers beyond every machine type": (
        [10**30, 10**30 + 1, 1, 1], [1, 2, 0, 0], ["1", str(10**30), str(10**30 + 1)],
    ),
    "Decimals of one value": (
        [decimal.Decimal("1.10"), decimal.Decimal("1.1"), decimal.Decimal(2), decimal.Decimal(2)],
        [0, 0, 1, 1], ["1.1", "2"],
    ),
    "minus zero": ([0.0, -0.0, 1.0, 1.0], [0, 0, 1, 1], ["0", "1"]),
    "infinities": ([np.inf, -np.inf, 1.0, 2.0], [3, 0, 1, 2], ["-inf", "1", "2", "inf"]),
    "only infinities": ([np.inf] * 4, [0] * 4, ["inf"]),
    "one value": (["a"] * 4, [0] * 4, ["a"]),
    "bytes": ([b"a", b"b", b"a", b"b"], [0, 1, 0, 1], ["b'a'", "b'b'"]),
    "bytes and text": ([b"a", "a", b"a", "a"], [1, 0, 1, 0], ["a", "b'a'"]),
    "only NaN": ([float("nan")] * 4, [-1] * 4, []),
    "only None": ([None] * 4, [-1] * 4, []),
    "Arrow's null type": (pa.nulls(4), [-1] * 4, []),
    "pandas NA": ([pd.NA, "a", "b", "a"], [-1, 0, 1, 0], ["a", "b"]),
    "UUIDs": (
        [uuid.UUID(int=1), uuid.UUID(int=2)] * 2, [0, 1, 0, 1],
        [str(uuid.UUID(int=1)), str(uuid.UUID(int=2))],
    ),
    "NumPy texts": ([np.str_("a"), "a", np.str_("b"), "b"], [0, 0, 1, 1], ["a", "b"]),
    "a generator": ((word for word in "abab"), [0, 1, 0, 1], ["a", "b"]),
    "pandas string": (pd.array(["a", None, "b", "a"], dtype="string"), [0, -1, 1, 0], ["a", "b"]),
    "pandas Int64": (pd.array([1, None, 2, 1], dtype="Int64"), [0, -1, 1, 0], ["1", "2"]),
    "pandas boolean": (
        pd.array([True, None, False, True], dtype="boolean"), [1, -1, 0, 1], ["False", "True"],
    ),
    "pandas on Arrow": (
        pd.array(["a", None, "b", "a"], dtype=pd.ArrowDtype(pa.string())), [0, -1, 1, 0],
        ["a", "b"],
    ),
    "pandas categories that are not used": (
        pd.Categorical(["b", None, "a", "b"], categories=["unused", "b", "a"]), [1, -1, 0, 1],
        ["a", "b"],
    ),
    "pandas periods": (
        pd.Series(pd.period_range("2020-01", periods=2, freq="M").repeat(2)), [0, 0, 1, 1],
        ["2020-01", "2020-02"],
    ),
    "pandas intervals": (
        pd.Series(pd.interval_range(0, 2).repeat(2)), [0, 0, 1, 1], ["(0, 1]", "(1, 2]"],
    ),
    "pandas sparse": (pd.arrays.SparseArray([0, 0, 1, 1]), [0, 0, 1, 1], ["0", "1"]),
    "durations": (
        pl.Series([dt.timedelta(1), dt.timedelta(2)] * 2), [0, 1, 0, 1],
        ["1 day, 0:00:00", "2 days, 0:00:00"],
    ),
    "polars times": (
        pl.Series([dt.time(1), dt.time(2)] * 2), [0, 1, 0, 1], ["01:00:00", "02:00:00"],
    ),
    "polars decimals": (
        pl.Series([decimal.Decimal("1.1"), decimal.Decimal("2.2")] * 2), [0, 1, 0, 1],
        ["1.1", "2.2"],
    ),
    "polars binary": (pl.Series([b"a", b"b"] * 2), [0, 1, 0, 1], ["b'a'", "b'b'"]),
    "masked cells": (
        np.ma.array(["a", "b", "?", "b"], mask=[0, 0, 1, 0]), [0, 1, -1, 1], ["a", "b"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", RIGHT)
def test_a_column_gets_the_right_codes(case):
    column, codes, texts = RIGHT[case]
    encoded = encode_table(beside(column))
    assert encoded.codes[:, 1].tolist() == codes
    assert [text.removeprefix("x=") for text in encoded.vocabulary.texts()[2:]] == texts
    assert encoded.codes[:, 0].tolist() == [0, 1, 0, 1]


#: Dates become parts; a part that never varies is left out.
PARTS = {
    "time zones": (DAYS.tz_localize("Europe/Oslo"), ["x:year", "x:month", "x:weekday"]),
    "gaps in dates": ([pd.NaT, DAYS[0], pd.NaT, DAYS[1]], ["x:month", "x:weekday"]),
    "dates from the first to the last year": (
        [dt.date(1, 1, 1), dt.date(9999, 12, 31)] * 2, ["x:year", "x:month", "x:weekday"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PARTS)
def test_a_column_of_dates_gets_the_right_parts(case):
    column, features = PARTS[case]
    encoded = encode_table(beside(column))
    assert list(encoded.vocabulary.features) == ["job", *features]
    gaps = [pd.isna(cell) for cell in column]
    assert (encoded.codes[:, 1] < 0).tolist() == gaps


#: Table: what the sentence must say.
WRONG = {
    "a name twice": (
        pd.DataFrame([["a", "b"], ["c", "d"]], columns=["x", "x"]),
        "column names must differ, and 'x' stands more than once",
    ),
    "names that read alike": (
        pd.DataFrame({1: JOBS, "1": JOBS}), "names must differ, and '1' stands more than once",
    ),
    "columns of different length": (
        {"a": ["x", "y"], "b": ["u"]}, "columns must have one length, got 'a' 2, 'b' 1",
    ),
    "a text for a column": ({"a": ["x"], "b": "u"}, "a column must be a list, .* got 'u'"),
    "a set for a column": (beside({1, 2, 3, 4}), "got set, which has no row order"),
    "dicts in cells": (beside([{"a": 1}] * 4), r"feature 'x' holds .*, a dict in row 0"),
    "lists in lists": (
        beside([["a", ["b"]], ["a"], ["a"], ["b"]]), r"holds \['b'\], a list in row 0",
    ),
    "arrays of bytes that change": (beside([bytearray(b"a")] * 4), "a bytearray in row 0"),
    "structs": (pl.DataFrame(beside([{"a": 1}] * 4)), "a dict in row 0"),
    "complex numbers": (beside([1j, 2, 3, 4]), "Complex data not supported.*two columns"),
    "no rows": ({"a": [], "b": []}, r"found a table with 0 sample\(s\)"),
    "no columns": (pd.DataFrame(index=range(3)), r"0 feature\(s\)"),
    "one column": ({"a": JOBS}, "only one feature, 'a'"),
    "a path of no file": ("people.csv", r"no file 'people\.csv'"),
    "nothing": (None, "got NoneType"),
    "a number": (3, "got int"),
    "a Series": (pd.Series(JOBS), "got Series|Expected 2D array"),
    "a LazyFrame of one column": (pl.DataFrame({"x": JOBS}).lazy(), "only one feature, 'x'"),
    "an array of one dimension": (np.array(JOBS), "Expected 2D array.*Reshape your data"),
    "an array of three dimensions": (np.zeros((2, 2, 2)), "Expected 2D array.*Reshape your data"),
    "a structured array": (
        np.array([("a", 1j)], dtype=[("x", "U1"), ("y", complex)]), "Complex data not supported",
    ),
    "a sparse matrix": (csr_matrix(np.eye(3)), r"must be made dense first, with .toarray\(\)"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_table_gets_the_right_sentence(case):
    table, sentence = WRONG[case]
    with pytest.raises(Cat2VecError, match=sentence):
        encode_table(table)
    with pytest.raises(Cat2VecError, match=sentence):
        Cat2Vec(vector_size=1).fit(table)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"a": ["x"], "b": ["u"]}, "no feature has two different categories in 1 row"),
        (beside(["a"] * 4), "only 'job' has two different categories in 4 rows"),
        (beside([None] * 4), "only 'job' has two different categories in 4 rows"),
        ({"a": [None] * 4, "b": [float("nan")] * 4}, "all cells of the 2 features are missing"),
        ({"a": ["x", None], "b": [None, "u"]}, "no feature has two different categories in 2 rows"),
    ],
)
def test_a_table_with_nothing_to_learn_is_told_so(table, sentence):
    with pytest.raises(Cat2VecError, match=sentence):
        Cat2Vec(vector_size=1).fit(table)


@pytest.mark.parametrize(
    ("names", "texts"),
    [
        (["", "x"], ["=cook", "=nurse", "x=a", "x=b"]),
        (["a=b", "x"], [r"a\=b=cook", r"a\=b=nurse", "x=a", "x=b"]),
        ([1, (2, 3)], ["1=cook", "1=nurse", "(2, 3)=a", "(2, 3)=b"]),
        ([None, 1.5], ["None=cook", "None=nurse", "1.5=a", "1.5=b"]),
    ],
)
def test_names_of_every_kind_are_kept_apart(names, texts):
    table = pd.DataFrame(dict(enumerate([JOBS, list("abab")])))
    table.columns = pd.Index(names, dtype=object, tupleize_cols=False)
    assert encode_table(table).vocabulary.texts() == texts
