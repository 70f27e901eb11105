"""Objects of other libraries: read, or refused with the call that helps."""

import contextlib
import io
import pathlib
import sqlite3

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
import scipy.sparse

from cat2vec import Cat2Vec, count_pairs, encode_table
from cat2vec.errors import ColumnTypeError, IndexColumnWarning, TableNotFoundError

TABLE = pa.table({"city": ["Oslo", "Rome", "Pisa"] * 9, "food": ["cod", "pasta", "pasta"] * 9})


class Stream:
    """What any library may hand over through Arrow's interface in C."""

    def __arrow_c_stream__(self, requested_schema=None):
        return TABLE.__arrow_c_stream__(requested_schema)


class Batch:
    def __arrow_c_array__(self, requested_schema=None):
        return TABLE.to_batches()[0].__arrow_c_array__(requested_schema)


class SparkFrame:
    def toPandas(self):
        return TABLE.to_pandas()


class DaskFrame:
    def compute(self):
        return TABLE.to_pandas()


def structured():
    return np.array(list(zip(*TABLE.to_pydict().values(), strict=True)), "U5,U5").astype(
        [("city", "U5"), ("food", "U5")]
    )


READ = {
    "record batch": lambda: TABLE.to_batches()[0],
    "reader of record batches": TABLE.to_reader,
    "Dataset": lambda: pa.dataset.dataset(TABLE),
    "Scanner": lambda: pa.dataset.dataset(TABLE).scanner(),
    "DuckDB relation": lambda: duckdb.sql("select * from TABLE_", connection=CONNECTION),
    "LazyFrame": lambda: pl.from_arrow(TABLE).lazy(),
    "stream": Stream,
    "array": Batch,
    "structured array": structured,
    "path": lambda: "t.csv",
    "Path": lambda: pathlib.Path("t.parquet"),
    "paths": lambda: ["t.csv"],
}
CONNECTION = duckdb.connect()
CONNECTION.register("TABLE_", TABLE)


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    TABLE.to_pandas().to_csv("t.csv", index=False)
    pq.write_table(TABLE, "t.parquet")


@pytest.mark.parametrize("kind", READ)
def test_what_gives_a_table_is_one(kind):
    make = READ[kind]
    wanted = Cat2Vec(vector_size=2).fit(TABLE)
    model = Cat2Vec(vector_size=2).fit(make())
    assert list(model.feature_names_in_) == ["city", "food"]
    assert np.array_equal(model.transform(make()), wanted.transform(TABLE))
    assert np.array_equal(encode_table(make()).codes, encode_table(TABLE).codes)
    assert np.array_equal(count_pairs(make()).count, count_pairs(TABLE).count)


def test_what_can_be_read_once_is_read_once():
    options = {"vector_size": 2, "handle_unknown": "fold_in"}
    found = Cat2Vec(**options).fit_transform(TABLE.to_reader(), sample_weight=[1.0] * 27)
    wanted = Cat2Vec(**options).fit_transform(TABLE, sample_weight=[1.0] * 27)
    assert np.array_equal(found, wanted)
    model = Cat2Vec(vector_size=2).partial_fit(TABLE.to_reader()).partial_fit(TABLE.to_reader())
    assert model.counts_.n_rows == 54


def test_a_path_is_read_again_with_the_types_of_fit():
    pathlib.Path("z.csv").write_text("zip,b\n" + "01,x\n10,y\n" * 9)
    pathlib.Path("new.csv").write_text("zip,b\n10,x\n")
    model = Cat2Vec(vector_size=1).fit("z.csv")
    known = model.transform({"zip": ["10"], "b": ["x"]})
    assert known.any()
    assert np.array_equal(model.transform("new.csv"), known)  # "10" alone would be a number


def cursor():
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        return connection.cursor()


REFUSED = {
    "Spark": (SparkFrame, r"Call \.toPandas\(\) first"),
    "Dask": (DaskFrame, r"Call \.compute\(\) first"),
    "generator": (lambda: (row for row in []), r"read only once: call list\(X\) first"),
    "records": (TABLE.to_pylist, r"a list of dicts\. Call pandas\.DataFrame\(X\) first"),
    "connection without a query": (duckdb.connect, r"no rows to read: .* Give it a query first"),
    "batches": (TABLE.to_batches, r"Call pyarrow\.Table\.from_batches\(X\) first"),
    "frames": (lambda: [TABLE.to_pandas()] * 2, r"a list of tables \(DataFrame\)\. Call concat"),
    "sparse": (lambda: scipy.sparse.eye(3, format="csr"), r"with \.toarray\(\)"),
    "open file": (lambda: io.StringIO("a,b\n"), "Give the path of the file"),
    "cursor": (cursor, r"pandas\.read_sql"),
    "Parquet file": (lambda: pq.ParquetFile("t.parquet"), r"Call \.read\(\) first"),
    "class": (lambda: pd.DataFrame, "the class DataFrame"),
    "one column": (lambda: TABLE["city"], "Expected 2D array"),
    "texts": (lambda: ["Oslo", "Rome"], "Expected 2D array"),
}


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_table_names_the_call_that_helps(kind):
    make, sentence = REFUSED[kind]
    with pytest.raises(ColumnTypeError, match=sentence):
        Cat2Vec().fit(make())


def test_a_path_that_is_not_there_is_told():
    with pytest.raises(TableNotFoundError, match=r"no file 's\.csv'"):
        Cat2Vec().fit("s.csv")


@pytest.mark.parametrize("of", [lambda table: table, pl.from_arrow], ids=["pyarrow", "polars"])
def test_the_index_of_a_pandas_table_is_left_out_with_a_warning(of):
    numbers = pa.array(range(27))
    table = of(TABLE.append_column("__index_level_0__", numbers))
    with pytest.warns(IndexColumnWarning, match=r"'__index_level_0__' is the index of a pandas"):
        model = Cat2Vec(vector_size=2).fit(table)
    assert list(model.feature_names_in_) == ["city", "food"]
    assert model.transform(table).shape == (27, 4)
    kinds = {"__index_level_0__": "numeric"}
    kept = encode_table(table, features=["city", "food", "__index_level_0__"], columns=kinds)
    assert kept.vocabulary.n_features == 3
    model = Cat2Vec(vector_size=2, features=list(kept.vocabulary.features), columns=kinds)
    assert model.fit(table).transform(table).shape == (27, 6)
