"""Pairs counted by a database: the results of two statements are the counts of the table."""

import datetime
from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
import pytest

from cat2vec import (
    Dates,
    MultiValued,
    Numeric,
    Ordered,
    count_pairs,
    counts_from_sql,
    pairs_sql,
    vocabulary_sql,
)
from cat2vec.counting.dialects import DIALECTS
from cat2vec.errors import (
    ColumnTypeError,
    NoPairsError,
    ParameterError,
    TableError,
    UnknownFeatureError,
)
from tests.tables.streams.test_equal_counts import check_equal, with_warnings

HOSTILE = [
    *("it's", 'a "b"', "c\\", "d`e", "'; DROP TABLE t; --", "line\nfeed\r", "\\'é😀 %s"),
]


def table_of_all_kinds(n_rows=400, seed=0):
    rng = np.random.default_rng(seed)
    day = datetime.date(2023, 11, 28)
    second = datetime.datetime(2024, 2, 28, 22, 59)

    def some(values):
        cells = [values[i] for i in rng.integers(len(values), size=n_rows)]
        return [
            None if gap else cell for cell, gap in zip(cells, rng.random(n_rows) < 0.1, strict=True)
        ]

    seconds = [second + datetime.timedelta(0, s) for s in range(0, 9000, 700)]
    days = [day + datetime.timedelta(int(i)) for i in rng.integers(90, size=n_rows)]
    prices = [Decimal(i) / 100 for i in range(-80, 80)]
    amounts = (rng.normal(size=n_rows) * 100).round(1)
    amounts[rng.random(n_rows) < 0.3] = 0.0
    amounts[:3] = np.inf, -np.inf, -0.0
    return pa.table(
        {
            "city": some(["Oslo", "Roma", "", "NaN", "e\u0301", "\u00e9", *HOSTILE]),
            "store_id": pa.array(some(list(range(40))), pa.int32()),
            "few": pa.array(some([1, 2, 3]), pa.int8()),
            "is_new": pa.array(some([True, False])),
            "day": pa.array(days),
            "at": pa.array(some(seconds), pa.timestamp("us")),
            "amount": pa.array(amounts, mask=rng.random(n_rows) < 0.1),
            "single": pa.array(rng.normal(size=n_rows).astype(np.float32)),
            "price": pa.array(some(prices), pa.decimal128(9, 2)),
            "big": pa.array(rng.integers(2**62, 2**62 + 90, n_rows)),
            "tags": some(["a|b", "b", "c|a|a", "", "|"]),
        }
    )


TYPES = {
    "city": "text", "store_id": pa.int32(), "few": pa.int8(), "is_new": "boolean", "day": "date",
    "at": "timestamp", "amount": "number", "single": pa.float32(), "price": pa.decimal128(9, 2),
    "big": "integer",
}  # fmt: skip
KINDS = {"big": Numeric(bins=7), "tags": MultiValued(sep="|", within=True)}


def database(table):
    connection = duckdb.connect()
    connection.register("given", table)
    connection.execute("CREATE TABLE t AS SELECT * FROM given")
    return connection


def results(table, in_bins=True, features=None, **how):
    """Run both statements."""
    names = features or table.column_names
    with database(table) as connection:
        vocabulary = connection.sql(vocabulary_sql("t", names, "duckdb")).to_arrow_table()
        known = vocabulary if in_bins else None
        statement = pairs_sql("t", names, "duckdb", known, **how)
        return vocabulary, connection.sql(statement).to_arrow_table()


def check(table, in_bins=True, counted=None, **how):
    """Counts of a database are those of the same table in memory."""
    types = how.pop("types", {})
    types = {name: kind for name, kind in types.items() if name in table.column_names}
    expected, _ = with_warnings(lambda: count_pairs(table if counted is None else counted, **how))
    (vocabulary, pairs), _ = with_warnings(lambda: results(table, in_bins, types=types, **how))
    mine, _ = with_warnings(lambda: counts_from_sql(vocabulary, pairs, types=types, **how))
    check_equal(mine, expected)
    return pairs


class TestEqualCounts:
    def test_of_all_kinds_with_numbers_in_bins_and_without(self):
        table = table_of_all_kinds()
        few = check(table, types=TYPES, columns=KINDS)
        many = check(table, False, types=TYPES, columns=KINDS)
        assert len(few) < len(many)

    def test_of_whole_numbers_that_floats_do_not_hold(self):
        numbers = np.random.default_rng(4).integers(-(2**62) - 90, -(2**62), 300)
        table = pa.table({"x": numbers, "y": ["a", "b", "b"] * 100})
        check(table, types={"x": "integer"}, columns={"x": Numeric(bins=7)})

    def test_of_missing_cells_as_categories(self):
        gone = {"missing": "token", "missing_values": {"amount": [0.0], "city": ["Oslo", ""]}}
        table = table_of_all_kinds(200, 1).select(["city", "amount", "is_new", "at", "tags", "few"])
        for in_bins in (True, False):
            check(table, in_bins, types=TYPES, columns={"tags": KINDS["tags"]}, **gone)

    def test_of_nan_which_is_a_missing_cell(self):
        nan = [float("nan"), 1.5, 2.5, 3.5, None, 2.5, float("nan"), 9.0]
        table = pa.table({"x": pa.array(nan, from_pandas=False), "y": ["a", "b"] * 4})
        for missing in ("ignore", "token"):
            check(table, types={"x": "number"}, n_bins=2, missing=missing)

    def test_of_columns_that_share_their_categories(self):
        table = table_of_all_kinds(200, 2)
        table = table.select(["city", "amount"]).append_column("other", table["amount"])
        table = table.append_column("to", table["city"].take(pa.array(np.arange(200) // 3)))
        shared = {"c": ["city", "to"], "n": ["amount", "other"]}
        check(table, types={**TYPES, "to": "text", "other": "number"}, shared=shared)

    def test_of_declared_orders_and_parts_of_dates(self):
        table = table_of_all_kinds(200, 3).select(["few", "day", "city"])
        kinds = {"few": Ordered([3, 2, 1]), "day": Dates(parts=["day", "month"])}
        check(table, types=TYPES, columns=kinds)

    def test_of_numbers_that_are_left_out_or_categories(self):
        table = table_of_all_kinds(100, 9).select(["city", "amount", "is_new", "few"])
        for numeric in ("drop", "category"):
            check(table, types=TYPES, numeric=numeric)

    def test_of_rare_categories(self):
        table = table_of_all_kinds(60, 4).select(["city", "store_id"])
        vocabulary, pairs = results(table)
        mine = counts_from_sql(vocabulary, pairs, types={"store_id": pa.int32()}, min_count=5)
        check_equal(mine, count_pairs(table).pool(5))

    def test_of_types_that_are_inferred_as_those_of_csv(self, tmp_path):
        table = table_of_all_kinds(200, 5).select(["city", "store_id", "is_new", "amount"])
        table = table.filter(pc.is_finite(table["amount"]))
        for name, given in zip("vp", results(table), strict=True):
            pa.csv.write_csv(given, tmp_path / f"{name}.csv")
        with database(table) as connection:
            connection.sql("FROM t").write_csv(str(tmp_path / "t.csv"), quotechar='"')
        mine = counts_from_sql(tmp_path / "v.csv", tmp_path / "p.csv")
        check_equal(mine, count_pairs(tmp_path / "t.csv"))

    def test_in_any_order_from_any_table_and_from_files(self, tmp_path):
        table = table_of_all_kinds(100, 6).select(["city", "is_new", "few"])
        vocabulary, pairs = results(table)
        expected = counts_from_sql(vocabulary, pairs)
        pairs = pairs.take(np.random.default_rng(0).permutation(len(pairs)))
        both = pa.concat_tables([vocabulary, vocabulary])
        for form in (pa.Table.to_pandas, pa.Table.to_pydict):
            check_equal(counts_from_sql(form(vocabulary), form(pairs)), expected)
        pa.parquet.write_table(vocabulary, tmp_path / "v.parquet")
        pa.parquet.write_table(pairs, tmp_path / "p.parquet")
        check_equal(counts_from_sql(tmp_path / "v.parquet", str(tmp_path / "p.parquet")), expected)
        twice = counts_from_sql(both, pa.concat_tables([pairs, pairs]))
        check_equal(twice, expected + expected)  # equal texts add up


class TestHostileNames:
    def test_names_and_values_mean_what_they_are(self):
        values = HOSTILE * 2
        table = pa.table({name: values[i:] + values[:i] for i, name in enumerate(HOSTILE)})
        check(table)

    def test_names_of_tables(self):
        with duckdb.connect() as connection:
            connection.execute('CREATE SCHEMA "a.b"')
            connection.execute('CREATE TABLE "a.b"."it""s" AS SELECT 1 AS x, 2 AS y')
            for name in ('"a.b"."it""s"', ["a.b", 'it"s']):
                assert len(connection.sql(vocabulary_sql(name, ["x", "y"], "duckdb"))) == 2

    @pytest.mark.parametrize("name", ["", "a..b", 'a"b', '"a', ".", ["a", ""], "a\0"])
    def test_names_of_tables_that_cannot_be(self, name):
        with pytest.raises(ParameterError, match="name"):
            vocabulary_sql(name, ["x", "y"], "duckdb")

    @pytest.mark.parametrize("features", ["x", ["x"], ["x", "x"], ["x", ""], ["x", "\0"], ["x", 3]])
    def test_names_of_columns_that_cannot_be(self, features):
        for write in (vocabulary_sql, pairs_sql):
            with pytest.raises(ParameterError, match="column"):
                write("t", features, "duckdb")

    def test_a_dialect_that_is_not_known(self):
        with pytest.raises(ParameterError, match=r"'duckdb', 'postgres'.*got 'oracle'"):
            vocabulary_sql("t", ["x", "y"], "oracle")


@pytest.fixture(scope="module")
def named_badly():
    """A table of hostile names, and its vocabulary; 0.0 means a missing cell."""
    cells = {name: ["u", None, "it's", "w\\"] * 10 for name in HOSTILE}
    return pa.table({"x": np.arange(40) / 7, "n": np.arange(40) + 2**60, **cells})


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_every_dialect_means_what_is_meant(dialect, named_badly):
    """By a parser of dialects, and DuckDB for what it reads: no other database is at hand."""
    sqlglot = pytest.importorskip("sqlglot", reason="the parser of dialects is not installed")
    forbidden = set("`\\") if dialect == "bigquery" else set()  # in names of columns
    names = [name for name in named_badly.column_names if not set(name) & forbidden]
    how = {"columns": {"n": Numeric(bins=3)}, "missing_values": [0.0]}
    known, expected = results(named_badly, features=names, **how)
    with database(named_badly) as connection:
        written = [
            vocabulary_sql(["main", "t"], names, dialect),
            pairs_sql(["main", "t"], names, dialect, known, **how),
        ]
        for statement, wanted in zip(written, (known, expected), strict=True):
            tree = sqlglot.parse_one(statement, dialect=dialect)
            assert {one.name for one in tree.find_all(sqlglot.exp.Column)} == set(names)
            found = connection.sql(tree.sql("duckdb")).fetchall()
            assert sorted(map(repr, found)) == sorted(
                repr(tuple(row.values())) for row in wanted.to_pylist()
            )


def test_postgres_is_written_so_that_duckdb_reads_it_too(named_badly):
    names, how = named_badly.column_names, {"columns": {"n": Numeric(bins=3)}}
    known, expected = results(named_badly, **how)
    with database(named_badly) as connection:
        statement = pairs_sql("t", names, "postgres", known, **how)
        assert "DOUBLE PRECISION" in statement
        found = connection.sql(statement).to_arrow_table()
    check_equal(counts_from_sql(known, found, **how), counts_from_sql(known, expected, **how))


@pytest.fixture(scope="module")
def whole():
    return results(table_of_all_kinds(100, 7).select(["city", "is_new", "few"]))


class TestBadResults:
    def test_pairs_that_were_cut(self, whole):
        vocabulary, pairs = whole
        with pytest.raises(TableError, match=r"'city' and 'is_new'|'is_new' and 'few'.*Give the"):
            counts_from_sql(vocabulary, pairs.slice(1))
        with pytest.raises(TableError, match="those of the vocabulary for"):
            counts_from_sql(vocabulary, pairs.slice(0, 0))

    def test_a_vocabulary_that_was_cut(self, whole):
        vocabulary, pairs = whole
        with pytest.raises(TableError, match="of several numbers of rows: 'city'"):
            counts_from_sql(vocabulary.slice(1), pairs)
        with pytest.raises(TableError, match="one or more"):
            counts_from_sql(vocabulary.slice(0, 0), pairs)

    def test_pairs_of_other_columns_values_and_orders(self, whole):
        vocabulary, pairs = whole
        kept = vocabulary.filter(pc.not_equal(vocabulary["column_name"], "few"))
        with pytest.raises(TableError, match="a column 'few', which those of the vocabulary"):
            counts_from_sql(kept, pairs)
        other = pairs.set_column(1, "left_value", pa.array(["Mars"] * len(pairs)))
        with pytest.raises(TableError, match="the value 'Mars' of 'city'"):
            counts_from_sql(vocabulary, other)
        turned = pairs.select([2, 3, 0, 1, 4]).rename_columns(pairs.column_names)
        with pytest.raises(TableError, match="columns in another order"):
            counts_from_sql(vocabulary, turned)

    def test_bins_that_were_other_ones_when_pairs_were_counted(self):
        table = table_of_all_kinds(200, 8).select(["city", "amount"])
        vocabulary, pairs = results(table, types={"amount": "number"}, n_bins=3)
        with pytest.raises(TableError, match=r"of 'amount'.*parameters that pairs_sql was given"):
            counts_from_sql(vocabulary, pairs, types={"amount": "number"}, n_bins=8)

    def test_results_without_their_columns_or_with_other_types(self, whole):
        vocabulary, pairs = whole
        with pytest.raises(TableError, match="rows of pairs lack the columns 'n_rows'"):
            counts_from_sql(vocabulary, pairs.drop_columns(["n_rows"]))
        with pytest.raises(ColumnTypeError, match="'value' of the rows of the vocabulary must be"):
            counts_from_sql({"column_name": ["a"], "value": [1], "n_rows": [1]}, pairs)
        for n_rows in (0, -1, 1.5, None, "x"):
            bad = {"column_name": ["a", "b"], "value": ["x", "y"], "n_rows": [n_rows] * 2}
            with pytest.raises(TableError, match="whole numbers of at least 1"):
                counts_from_sql(bad, pairs)

    def test_types_that_do_not_fit(self, whole):
        for kind in ("date", "boolean", pa.int8(), "integer"):
            with pytest.raises(ValueError, match="'city' was to be read as"):
                counts_from_sql(*whole, types={"city": kind})
        with pytest.raises(ParameterError, match=r"types\['city'\] must be one of 'text'"):
            counts_from_sql(*whole, types={"city": "varchar"})
        with pytest.raises(UnknownFeatureError, match="'town'"):
            counts_from_sql(*whole, types={"town": "text"})
        with pytest.raises(ParameterError, match="MultiValued"):
            counts_from_sql(*whole, columns={"city": "multivalued"})

    @pytest.mark.parametrize("texts", [["2", "2.0"], ["1.5", "NaN"], ["-inf", "2"], ["01", "12"]])
    def test_texts_that_may_be_numbers_and_may_be_none(self, texts):
        """Such as floats that a database writes in several ways."""
        table = pa.table({"a": [None, *texts], "b": ["x", "y", "z"]})
        vocabulary, pairs = results(table, in_bins=False)
        with pytest.raises(ParameterError, match=r"'a' .*types=\{'a': 'number'\} .*'text'\}"):
            counts_from_sql(vocabulary, pairs)
        check(table, types={"a": "text"})
        numbers = table.set_column(0, "a", table["a"].cast(pa.float64()))
        check(table, types={"a": "number"}, counted=numbers)

    def test_a_vocabulary_of_other_columns(self, whole):
        with pytest.raises(TableError, match="same columns in the same order"):
            pairs_sql("t", ["few", "city", "is_new"], "duckdb", whole[0])

    def test_a_table_without_a_pair(self):
        table = pa.table({"a": ["x", None], "b": [None, "y"]})
        with pytest.raises(NoPairsError):
            counts_from_sql(*results(table))
