"""Tables of every kind to codes and back: what is one category, what is missing, what is unseen."""

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cat2vec.errors import (
    CellError,
    ColumnTypeError,
    ParameterError,
    TableError,
    TableNotFoundError,
    UnknownFeatureError,
)
from cat2vec.tables.encode import encode_table
from cat2vec.vocabulary.vocabulary import category_key

#: What is said of bins is tested in test_whole_numbers.
pytestmark = pytest.mark.filterwarnings("ignore::cat2vec.errors.BinnedNumbersWarning")

OTHER = ["x", "y", "x", "x"]
texts = st.sampled_from(["nan", "", "NA", "None", "1", "1.0", "é", "e\u0301", " "]) | st.text()
column_kinds = [
    texts,
    st.integers(-3, 3),
    st.integers(),
    st.floats(allow_nan=False),
    st.booleans(),
    st.binary(max_size=2),
    st.dates(),
    st.one_of(texts, st.integers(-2, 2), st.booleans(), st.floats(-1, 1), st.binary(max_size=1)),
]


@st.composite
def tables(draw, max_rows=12):
    n_rows = draw(st.integers(1, max_rows))
    kinds = draw(st.lists(st.sampled_from(column_kinds), min_size=2, max_size=4))
    return {
        f"c{place}": draw(st.lists(st.none() | kind, min_size=n_rows, max_size=n_rows))
        for place, kind in enumerate(kinds)
    }


def assert_same_vocabulary(left, right):
    assert left.features == right.features
    assert left.counts.tolist() == right.counts.tolist()
    for one, two in zip(left.categories, right.categories, strict=True):
        assert list(map(category_key, one.tolist())) == list(map(category_key, two.tolist()))


def encoded(cells, **options):
    """Encode one column of four cells beside a second one; give the codes and the categories."""
    table = encode_table({"a": cells, "b": OTHER[: len(cells)]}, **options)
    return table.codes[:, 0].tolist(), table.vocabulary.categories[0].tolist()


@given(tables())
def test_decoding_gives_the_table_back(table):
    result = encode_table(table, columns=dict.fromkeys(table, "category"))
    for name, cells in table.items():
        decoded = result.decode(name)
        assert [None if cell is None else category_key(cell) for cell in cells] == [
            None if cell is None else category_key(cell) for cell in decoded
        ]


@given(tables(), st.randoms(use_true_random=False), st.sampled_from(["bin", "category"]))
def test_permuted_rows_permute_the_codes_and_leave_the_vocabulary(table, random, numeric):
    rows = list(range(len(table["c0"])))
    random.shuffle(rows)
    shuffled = {name: [cells[row] for row in rows] for name, cells in table.items()}
    left = encode_table(table, numeric=numeric, n_bins=3)
    right = encode_table(shuffled, numeric=numeric, n_bins=3)
    assert left.codes[rows].tolist() == right.codes.tolist()
    assert_same_vocabulary(left.vocabulary, right.vocabulary)


@given(tables(), st.sampled_from(["bin", "category"]))
def test_encoding_the_same_table_again_gives_the_same_codes(table, numeric):
    first = encode_table(table, numeric=numeric, n_bins=3)
    again = encode_table(table, vocabulary=first.vocabulary)
    assert again.codes.tolist() == first.codes.tolist()
    assert again.vocabulary is first.vocabulary


@given(tables(), st.sampled_from(["bin", "category"]))
def test_threads_do_not_change_the_result(table, numeric):
    one = encode_table(table, numeric=numeric, n_bins=3, n_jobs=1)
    two = encode_table(table, numeric=numeric, n_bins=3, n_jobs=2)
    assert one.codes.tolist() == two.codes.tolist()
    assert_same_vocabulary(one.vocabulary, two.vocabulary)


@given(tables())
def test_counts_are_the_rows_of_each_code(table):
    result = encode_table(table)
    ids = result.token_ids()
    assert np.bincount(ids[ids >= 0], minlength=result.vocabulary.n_tokens).tolist() == (
        result.vocabulary.counts.tolist()
    )
    assert (result.vocabulary.counts > 0).all()
    assert result.codes.dtype == np.int16
    assert result.codes.flags.f_contiguous


def test_integers_with_gaps_are_one_in_pandas_and_polars():
    cells = [3, None, 1, 3]
    as_float, as_int = pd.Series(cells), pl.Series(cells, dtype=pl.Int64)
    assert (str(as_float.dtype), as_int.dtype) == ("float64", pl.Int64)
    assert encoded(as_float) == encoded(as_int) == ([1, -1, 0, 1], [1, 3])
    fitted = encode_table({"a": as_float, "b": OTHER}).vocabulary
    again = encode_table({"a": as_int, "b": OTHER}, vocabulary=fitted)
    assert again.codes[:, 0].tolist() == [1, -1, 0, 1]


@pytest.mark.parametrize(
    "hole", [None, float("nan"), np.float32("nan"), pd.NA, pd.NaT, np.datetime64("NaT", "s")]
)
@pytest.mark.parametrize(("low", "high"), [("a", "b"), (1, 2), (0.5, 2.5), (False, True)])
def test_every_kind_of_hole_is_missing_in_columns_of_objects(hole, low, high):
    cells = [high, hole, low, high]
    for column in (cells, np.array(cells, dtype=object), pd.Series(cells, dtype=object)):
        assert encoded(column) == ([1, -1, 0, 1], [low, high])


@pytest.mark.parametrize(
    "column",
    [
        [1.0, float("nan"), None, 0.5],
        np.array([1.0, np.nan, np.nan, 0.5], dtype=np.float16),
        np.array([1.0, np.nan, np.nan, 0.5], dtype=np.longdouble),
        pd.Series([1.0, float("nan"), None, 0.5]),
        pl.Series([1.0, float("nan"), None, 0.5]),
        pa.array([1.0, float("nan"), None, 0.5]),
        pa.array([1.0, float("nan"), None, 0.5]).dictionary_encode(),
        pa.chunked_array([[1.0, float("nan")], [None, 0.5]]),
    ],
)
def test_nan_in_columns_of_numbers_is_missing(column):
    assert encoded(column) == ([1, -1, -1, 0], [0.5, 1.0])


def test_text_nan_is_not_a_missing_cell():
    assert encoded(["nan", None, "NaN", ""]) == ([2, -1, 1, 0], ["", "NaN", "nan"])


@pytest.mark.parametrize("make", [list, np.array, pd.Series, pl.Series, pa.array])
def test_minus_zero_and_zero_are_one(make):
    assert encoded(make([-0.0, 0.0, 1.0, -0.0])) == ([0, 0, 1, 0], [0, 1])


def test_mixed_columns_keep_types_apart():
    codes, categories = encoded([1, "1", True, 1.0])
    assert codes == [1, 2, 0, 1]
    assert categories == [True, 1, "1"]
    assert encoded(["a", b"a", None, "a"]) == ([0, 1, -1, 0], ["a", b"a"])
    assert encoded([b"\xff", b"", None, b"\xff"]) == ([1, 0, -1, 1], [b"", b"\xff"])


def test_dates_and_datetimes_are_one_in_all_libraries():
    days = [dt.date(2020, 1, 2), dt.date(1969, 1, 1), None, dt.date(2020, 1, 2)]
    moments = [None if day is None else dt.datetime(day.year, day.month, day.day) for day in days]
    for cells, unit in ((days, "D"), (moments, "us"), (moments, "ns")):
        wanted = ([1, 0, -1, 1], [cells[1], cells[0]])
        array = np.array(cells, dtype=f"M8[{unit}]")
        for column in (cells, array, pl.Series(cells), pa.array(cells), list(array)):
            codes, categories = encoded(column, columns={"a": "category"})
            assert codes == wanted[0]
            assert list(map(category_key, categories)) == list(map(category_key, wanted[1]))
    mixed = encoded([days[0], moments[0], None, days[0]], columns={"a": "category"})
    assert mixed[0] == [0, 1, -1, 0]


@pytest.mark.parametrize("unit", ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns"])
@pytest.mark.parametrize("kind", ["M8", "m8"])
def test_numpy_times_of_every_unit_are_read(kind, unit):
    if kind == "m8" and unit in "YM":
        unit = "D"
    column = np.array([2, 1, 2, 1], dtype="i8").astype(f"{kind}[{unit}]")
    assert encoded(column, columns={"a": "category"})[0] == [1, 0, 1, 0]


def test_intervals_and_periods_of_pandas_are_categories():
    months = pd.PeriodIndex(["2020-02", "2020-01", None, "2020-02"], freq="M")
    frame = pd.DataFrame({"cut": pd.cut([1, 9, np.nan, 2], 2), "month": months})
    result = encode_table(frame)
    assert result.codes.tolist() == [[0, 1], [1, 0], [-1, -1], [0, 1]]
    assert 1.5 in result.decode("cut")[0]


def test_lone_surrogates_are_text_like_any_other():
    assert encoded(["\ud800", "a", None, "\ud800"]) == ([1, 0, -1, 1], ["a", "\ud800"])


def test_joint_dictionaries_may_outgrow_the_indices_of_their_chunks():
    chunks = [
        pa.DictionaryArray.from_arrays(pa.array(range(100), pa.int8()), [f"{i}" for i in names])
        for names in (range(100), range(50, 150))
    ]
    result = encode_table({"a": pa.chunked_array(chunks), "b": ["x", "y"] * 100})
    assert result.decode("a") == [f"{i}" for names in (range(100), range(50, 150)) for i in names]


def test_missing_and_unseen_cells_get_codes_of_their_own():
    fitted = encode_table({"a": ["q", "r", "1"], "n": [1, 2, 2]})
    again = encode_table(
        {"n": [2.0, None, 3, 1], "a": [None, "s", 1, "1"]}, vocabulary=fitted.vocabulary
    )
    assert again.codes.tolist() == [[-1, 1], [-2, -1], [-2, -2], [0, 0]]
    assert again.token_ids()[0].tolist() == [-1, 4]
    assert again.decode("a") == [None, None, None, "1"]


@pytest.mark.parametrize(
    "empty", [[], pa.chunked_array([], pa.int64()), pl.Series([], dtype=pl.Int8)]
)
def test_no_new_rows_give_no_codes(empty):
    fitted = encode_table({"a": [1, 2], "b": ["x", "y"]}).vocabulary
    assert encode_table({"a": empty, "b": []}, vocabulary=fitted).codes.shape == (0, 2)


def test_new_rows_without_a_feature_are_refused():
    fitted = encode_table({"city": ["q", "r"], "b": ["x", "y"]}).vocabulary
    with pytest.raises(UnknownFeatureError, match=r"no feature 'city' in this.*Nearest: 'City'"):
        encode_table({"City": ["q"], "b": ["x"]}, vocabulary=fitted)


@pytest.mark.parametrize("column", [[None] * 4, np.full(4, np.nan), pl.Series([None] * 4)])
@pytest.mark.parametrize("kind", [{}, {"a": "numeric"}, {"a": "category"}])
def test_a_column_without_a_cell_has_no_category(column, kind):
    assert encoded(column, columns=kind) == ([-1] * 4, [])


@pytest.mark.parametrize("cell", [[1], {"k": 1}, {1}, np.array([1, 2])])
def test_a_cell_that_is_not_hashable_is_named_with_its_row(cell):
    cells = [None, cell, "x", None]
    with pytest.raises(CellError, match=r"feature 'a' holds .* in row 1 \(counted from 0\)"):
        encoded(cells)


@pytest.mark.parametrize("make", [pl.Series, pa.array])
@pytest.mark.parametrize("cell", [[[1]], {"k": 1}])
def test_nested_columns_are_refused(make, cell):
    with pytest.raises(CellError, match=r"feature 'a' holds .* in row 1 \(counted from 0\)"):
        encoded(make([None, cell, None, None]))


@pytest.mark.parametrize(
    "column", [[1j, None, 2j, 1j], pd.Series([1j, 2, 3, 4]), np.array([1j] * 4)]
)
def test_complex_numbers_are_refused(column):
    with pytest.raises(ColumnTypeError, match="Complex data not supported"):
        encoded(column)


@pytest.mark.parametrize(
    ("table", "error", "sentence"),
    [
        ("no file", TableNotFoundError, r"no file 'no file'"),
        (np.zeros(3), ColumnTypeError, r"Expected 2D array, got an array of shape \(3,\)"),
        ([["a", 1], ["b"]], ColumnTypeError, "rows of a list must all have the same length"),
        ({"a": "xyz", "b": OTHER}, ColumnTypeError, "a column must be a list, .* got 'xyz'"),
        ({"a": {1, 2}, "b": [1, 2]}, ColumnTypeError, "got set, which has no row order"),
        ({"a": {1: 2}, "b": [1]}, ColumnTypeError, "got dict, which has no row order"),
        ({"a": np.zeros((2, 2)), "b": [1, 2]}, ColumnTypeError, r"one-dimensional, got shape"),
        ({"a": [1], "b": [1, 2]}, TableError, r"must have one length, got 'a' 1, 'b' 2\."),
        ({"a": [], "b": []}, TableError, "it has the columns 'a', 'b' and no rows"),
        ({}, TableError, r"0 feature\(s\)"),
        ({"a": OTHER}, TableError, "only one feature, 'a'.* at least two features are needed"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), TableError, "'a' stands more than once"),
        (pd.DataFrame([[1, 2]], columns=[1, "1"]), TableError, "'1' stands more than once"),
        (pa.Table.from_arrays([pa.array([1])] * 2, ["a", "a"]), TableError, "'a' stands more"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_table_is_refused(table, error, sentence):
    with pytest.raises(error, match=sentence):
        encode_table(table)


def test_repr_counts_rows_and_cells_without_a_token():
    assert repr(encode_table({"a": ["q", None], "b": ["x", "y"]})) == (
        "EncodedTable(2 rows, 1 cells without a token, Vocabulary(2 features, 3 tokens: a 1, b 2))"
    )


def test_what_is_no_vocabulary_is_told():
    with pytest.raises(ParameterError, match=r"must be a Vocabulary, such as .*, got int"):
        encode_table({"a": ["x", "y"], "b": ["p", "q"]}, vocabulary=3)


def test_all_columns_that_are_not_there_are_named_at_once(tmp_path):
    table = {"a": ["x", "y"], "b": ["p", "q"], "c": ["u", "v"], "d": ["m", "n"]}
    told = r"no feature 'b' in this table, nor 'c'\. Features: 'a', 'd'"
    vocabulary = encode_table(table).vocabulary
    (tmp_path / "t.csv").write_text("a,d\nx,m\n")
    for few in ({"a": ["x"], "d": ["m"]}, tmp_path / "t.csv"):
        with pytest.raises(UnknownFeatureError, match=told):
            encode_table(few, vocabulary=vocabulary)
    with pytest.raises(UnknownFeatureError, match=told):
        encode_table({"a": ["x"], "d": ["m"]}, features=["a", "b", "c"])


@pytest.mark.parametrize("dtype", [np.int64, np.float32])
def test_numbers_that_mean_missing_are_found_among_numbers_without_a_word(dtype):
    table = {"n": np.array([7, 1, 2, 7, 1], dtype), "b": [*"uvuvu"]}
    found = encode_table(table, missing_values=[7], numeric="category")  # a warning is an error
    assert found.decode("n") == [None, 1, 2, None, 1]
