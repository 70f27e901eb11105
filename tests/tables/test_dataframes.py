"""One table in every library: pandas, polars, Arrow and NumPy give equal codes and categories."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cat2vec.tables.encode import encode_table
from cat2vec.vocabulary.vocabulary import category_key

OTHER = ["x", "y", "x", "x"]


def assert_same_vocabulary(left, right):
    assert left.features == right.features
    assert left.counts.tolist() == right.counts.tolist()
    for one, two in zip(left.categories, right.categories, strict=True):
        assert list(map(category_key, one.tolist())) == list(map(category_key, two.tolist()))


WORDS = ["z", "y", None, "z"]
ARROW_CHUNKS = pa.chunked_array(
    [
        pa.DictionaryArray.from_arrays(pa.array([0, 1], pa.int8()), pa.array(["z", "y"])),
        pa.DictionaryArray.from_arrays(pa.array([None, 1], pa.int8()), pa.array(["unused", "z"])),
    ]
)
NULL_INSIDE = pa.DictionaryArray.from_arrays(pa.array([0, 2, 1, 3]), ["z", None, "y", "z"])
SPELLINGS = {
    "list": WORDS,
    "tuple": tuple(WORDS),
    "generator": (word for word in WORDS),
    "numpy object": np.array(WORDS, dtype=object),
    "numpy masked": np.ma.array(["z", "y", "?", "z"], mask=[0, 0, 1, 0]),
    "pandas str": pd.Series(WORDS),
    "pandas object": pd.Series(WORDS, dtype=object),
    "pandas string": pd.Series(WORDS, dtype="string"),
    "pandas python string": pd.Series(WORDS, dtype="string[python]"),
    "pandas arrow": pd.Series(WORDS, dtype=pd.ArrowDtype(pa.string())),
    "pandas categorical": pd.Series(pd.Categorical(WORDS, categories=["q", "z", "y"])),
    "polars": pl.Series(WORDS),
    "polars categorical": pl.Series(WORDS, dtype=pl.Categorical),
    "polars enum": pl.Series(WORDS, dtype=pl.Enum(["q", "y", "z"])),
    "polars object": pl.Series(WORDS, dtype=pl.Object),
    "arrow": pa.array(WORDS),
    "arrow large": pa.array(WORDS, pa.large_string()),
    "arrow view": pa.array(WORDS, pa.string_view()),
    "arrow dictionary": pa.array(WORDS).dictionary_encode(),
    "arrow chunks": pa.chunked_array([WORDS[:1], [], WORDS[1:]]),
    "arrow chunks of dictionaries": ARROW_CHUNKS,
    "arrow null in the dictionary": NULL_INSIDE,
    "arrow runs": pa.RunEndEncodedArray.from_arrays(pa.array([1, 2, 3, 4]), pa.array(WORDS)),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_text_columns_of_every_library_are_one(spelling):
    result = encode_table({"a": SPELLINGS[spelling], "b": OTHER})
    assert result.codes[:, 0].tolist() == [1, 0, -1, 1]
    assert result.vocabulary.categories[0].tolist() == ["y", "z"]
    assert result.vocabulary.counts.tolist() == [1, 2, 3, 1]


COLUMNS = {"a": ["q", None, "nan"], "n": [3, 1, 3], "f": [0.5, None, -0.0]}
COLUMNS["t"] = [True, False, None]


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame(COLUMNS),
        pd.DataFrame(COLUMNS, index=[2, 0, 0]),
        pd.DataFrame(COLUMNS).astype(object),
        pd.DataFrame(COLUMNS).convert_dtypes(),
        pl.DataFrame(COLUMNS),
        pa.table(COLUMNS),
        {name: np.array(cells, dtype=object) for name, cells in COLUMNS.items()},
        {name: pl.Series(cells) for name, cells in COLUMNS.items()},
    ],
    ids=["pandas", "pandas index", "pandas object", "pandas nullable", "polars", "arrow", "numpy",
         "dict of series"],
)  # fmt: skip
def test_tables_of_every_library_are_one(table):
    wanted = encode_table(COLUMNS)
    result = encode_table(table)
    assert result.codes.tolist() == wanted.codes.tolist()
    assert_same_vocabulary(result.vocabulary, wanted.vocabulary)
    assert wanted.codes.tolist() == [[1, 1, 1, 1], [-1, 0, -1, 0], [0, 1, 0, -1]]


@pytest.mark.parametrize(
    "rows",
    [
        np.array([["q", 3], [None, 1], ["nan", 3]], dtype=object),
        [["q", 3], [None, 1], ["nan", 3]],
        pd.DataFrame([["q", 3], [None, 1], ["nan", 3]]),
    ],
    ids=["numpy", "list of rows", "pandas with numbers as names"],
)
def test_rows_are_the_table_of_their_columns(rows):
    result = encode_table(rows)
    wanted = encode_table({"a": COLUMNS["a"], "n": COLUMNS["n"]})
    assert result.codes.tolist() == wanted.codes.tolist()
    number_names = isinstance(rows, pd.DataFrame)
    assert result.vocabulary.features == (("0", "1") if number_names else ("x0", "x1"))


def test_two_dimensional_numbers_are_columns_x0_x1():
    result = encode_table(np.array([[1.0, np.nan], [2.0, 5.0], [1.0, 5.0]]))
    assert result.codes.tolist() == [[0, -1], [1, 0], [0, 0]]


def test_masked_cells_of_a_two_dimensional_array_are_missing():
    masked = np.ma.array([[1, 2], [3, 4]], mask=[[True, False], [False, False]])
    assert encode_table(masked).codes.tolist() == [[-1, 0], [0, 1]]
