"""Tables with cells filled: what is written is of the kind that the column holds."""

from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cat2vec import Cat2VecImputer
from cat2vec.errors import ColumnTypeError, UnknownFeatureError
from cat2vec.tables.filling import filled
from cat2vec.tables.suited import suited, wider_numbers

N_ROWS = 300
GROUP = np.random.default_rng(0).integers(3, size=N_ROWS)
NUMBERS = GROUP * 100 + np.random.default_rng(1).integers(0, 90, N_ROWS)
#: Cells of one column, and how the imputer is to read them.
COLUMNS = {
    "texts of whole numbers": ([str(x) for x in NUMBERS], "numeric"),
    "texts with decimals": ([f"{x / 4:.2f}" for x in NUMBERS], "numeric"),
    "texts with zeros": ([f"{x:05d}" for x in NUMBERS], "numeric"),
    "texts as categories": ([f"{x // 100:03d}" for x in NUMBERS], None),
    "whole numbers": (NUMBERS.tolist(), "numeric"),
    "whole numbers as categories": (GROUP.tolist(), "category"),
    "decimals": ([Decimal(int(x)) / 4 for x in NUMBERS], "numeric"),
    "booleans": ([bool(k == 1) for k in GROUP], None),
    "texts of booleans": ([str(k == 1) for k in GROUP], None),
    "texts of dates": ([f"2020-01-0{k + 1}" for k in GROUP], None),
    "bytes": ([bytes([97 + k]) for k in GROUP], None),
    "durations": ([datetime.timedelta(days=int(k)) for k in GROUP], None),
}


def _series(table, make):
    return {"city": table["city"], "c": make(table["c"])}


TABLES = {
    "lists": lambda table: table,
    "arrays of objects": lambda table: _series(table, lambda cells: np.array(cells, object)),
    "pandas": pd.DataFrame,
    "pandas of objects": lambda table: pd.DataFrame(table, dtype=object),
    "pandas nullable": lambda table: pd.DataFrame(table).convert_dtypes(),
    "pandas on Arrow": lambda table: pd.DataFrame(table).convert_dtypes(dtype_backend="pyarrow"),
    "pandas categorical": lambda table: pd.DataFrame(_series(table, pd.Categorical)),
    "polars": pl.DataFrame,
    "Arrow": pa.table,
    "Arrow dictionary": lambda table: pa.table(
        _series(table, lambda cells: pa.array(cells).dictionary_encode())
    ),
    "array": lambda table: np.array([table["city"], table["c"]], object).T,
}


def cells_of(table):
    """Give the cells of column c as a list of Python objects."""
    if isinstance(table, np.ndarray):
        return table[:, 1].tolist()
    if isinstance(table, pa.Table):
        return table["c"].to_pylist()
    column = table["c"]
    return column.to_list() if hasattr(column, "to_list") else list(column)


def type_of(table):
    """Give the type of column c, if it has one."""
    if isinstance(table, pa.Table):
        return table.schema.field("c").type
    return None if isinstance(table, np.ndarray) else getattr(table["c"], "dtype", None)


def categories_of(kind):
    return getattr(kind, "categories", None)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("column", COLUMNS)
def test_what_is_filled_in_is_of_the_kind_of_the_column(column, table):
    whole, kind = COLUMNS[column]
    city = [["Oslo", "Rome", "Pisa"][k] for k in GROUP]
    gaps = np.arange(N_ROWS) % 7 == 0
    given = [None if gap else cell for gap, cell in zip(gaps, whole, strict=True)]
    X = TABLES[table]({"city": city, "c": given})
    name = "x1" if table == "array" else "c"
    imputer = Cat2VecImputer(columns=None if kind is None else {name: kind}, n_jobs=1)
    found = imputer.fit_transform(X)
    assert type(found) is type(X)
    if (before := type_of(X)) is not None and categories_of(before) is None:
        assert type_of(found) == before
    cells, there = cells_of(found), [cell for cell in cells_of(X) if not pd.isna(cell)]
    if categories_of(before) is not None:
        assert set(categories_of(before)) == set(categories_of(type_of(found)))
    kinds = {type(cell) for cell in there}
    for row in np.flatnonzero(gaps).tolist():
        assert type(cells[row]) in kinds or isinstance(cells[row], tuple(kinds))
        assert cells[row] in there  # written as in the column: "00100", not "100"
    near = [abs(float(cells[row]) - float(whole[row])) for row in np.flatnonzero(gaps).tolist()
            if kind == "numeric"]  # fmt: skip
    assert not near or max(near) < 100


@pytest.mark.parametrize(
    "table",
    [
        {"a": np.array(["1", "", "3"])},
        {"a": pd.Series(["1", None, "3"])},
        {"a": pl.Series(["1", None, "3"])},
        {"a": pa.array(["1", None, "3"])},
    ],
    ids=["numpy", "pandas", "polars", "Arrow"],
)
def test_columns_of_a_dict_get_texts_where_they_hold_texts(table):
    found = filled(table, {"a": (np.array([1]), [2.0])})["a"]
    assert type(found) is type(table["a"])
    assert list(pa.array(found).to_pylist()) == ["1", "2", "3"]


def test_a_column_of_texts_without_any_stays_one_of_texts():
    table = pa.table({"a": pa.array([None, None], pa.string())})
    found = filled(table, {"a": (np.array([0, 1]), [201.0, 0.5])})
    assert found["a"].to_pylist() == ["201", "0.5"]
    assert found.schema == table.schema


def test_numbers_that_no_text_of_the_column_stands_for_are_written_in_its_style():
    assert suited([2.0, 2.5, 1e9], ["1.50", "2.25", "7"]) == ["2.00", "2.50", "1000000000.00"]
    assert suited([0.125], ["1.5"]) == ["0.125"]  # no digit is lost
    assert suited([float("inf")], ["1.5"]) == ["inf"]
    assert suited([2.5], [1, 2]) == [2.5]
    assert suited([1.0], [True, None]) == [1.0]
    assert suited(["x", 1.0], ["1"]) == ["x", "1"]
    assert suited([1.0], [pd.NA, float("nan"), pd.NaT, "01"]) == ["01"]


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, pa.table, None])
def test_a_column_that_is_not_there_is_refused(make):
    table = np.array([["u", "x"]], object) if make is None else make({"k": ["u"]})
    with pytest.raises(UnknownFeatureError, match="no feature 'x9'"):
        filled(table, {"x9": (np.array([0]), ["y"])})


#: Tables with one column of a type.
LIBRARIES = {
    "pandas": lambda cells, kind: pd.DataFrame(
        {"n": pd.array(cells, dtype=kind.replace("int", "Int"))}
    ),
    "pandas on Arrow": lambda cells, kind: pd.DataFrame(
        {"n": pd.array(cells, dtype=f"{kind}[pyarrow]")}
    ),
    "polars": lambda cells, kind: pl.DataFrame(
        {"n": pl.Series(cells, dtype=getattr(pl, kind.capitalize()))}
    ),
    "Arrow": lambda cells, kind: pa.table({"n": pa.array(cells, kind)}),
    "Arrow dictionary": lambda cells, kind: pa.table(
        {"n": pa.array(cells, kind).dictionary_encode()}
    ),
}


def put(library, cells, kind, value):
    return filled(LIBRARIES[library](cells, kind), {"n": (np.array([0]), [value])})["n"]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(
    ("value", "kind"), [(1.5, float), (300, int), (1e30, float), (7.0, int), (True, int)]
)
def test_a_number_that_a_column_does_not_hold_widens_it(library, value, kind):
    found = put(library, [None, 2], "int8", value)
    cells = found.to_pylist() if isinstance(found, pa.ChunkedArray) else list(found)
    assert cells == [value, 2]
    assert all(isinstance(cell, (kind, np.generic)) for cell in cells)
    small = "int8" in str(getattr(found, "dtype", getattr(found, "type", None))).lower()
    assert small == (value in (7, True))


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(("cells", "kind"), [([None, 2], "int8"), ([None, True], "boolean")])
def test_texts_for_numbers_give_objects_or_one_sentence(library, cells, kind):
    if kind == "boolean":
        kind = {"pandas": kind, "pandas on Arrow": "bool", "polars": kind}.get(library, "bool")
    if library.startswith("pandas"):
        assert put(library, cells, kind, "x").tolist() == ["x", cells[1]]
        return
    with pytest.raises(ColumnTypeError, match=r"column 'n' has the type .* filled with 'x'"):
        put(library, cells, kind, "x")


def test_numbers_are_no_dates():
    """Libraries would take a number as a day or as a moment."""
    days = pa.array([None, 2], pa.date32())
    for table in (pa.table({"n": days}), pl.DataFrame({"n": pl.from_arrow(days)})):
        with pytest.raises(ColumnTypeError, match=r"(?i)date"):
            filled(table, {"n": (np.array([0]), [300])})
    found = filled(
        pd.DataFrame({"n": pd.to_datetime([None, "2020-01-01"])}), {"n": (np.array([0]), [300])}
    )
    assert found["n"][0] == 300


def test_numbers_that_no_type_holds_without_loss_are_not_rounded():
    assert wider_numbers([2**62 + 1, 1.5]) is None
    with pytest.raises(ColumnTypeError, match=r"filled with 1\.5"):
        put("Arrow", [None, 2**62 + 1], "int64", 1.5)
    assert put("pandas", [None, 2**62 + 1], "int64", 1.5).tolist() == [1.5, 2**62 + 1]


@pytest.mark.parametrize("dtype", ["U1", "S1"])
def test_a_text_longer_than_those_of_an_array_is_not_cut(dtype):
    table = np.array([["u", "x"], ["v", ""]], dtype)
    longer = "far" if dtype == "U1" else b"far"
    assert filled(table, {"x1": (np.array([1]), [longer])})[1, 1] == longer
    column = filled({"k": table[:, 1]}, {"k": (np.array([1]), [longer])})["k"]
    assert column.tolist()[1] == longer
    assert table[1, 1] == type(longer)()
