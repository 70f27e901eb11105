"""``inverse_transform``: rows of numbers back to tables, of every kind and type."""

from __future__ import annotations

import datetime
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn import config_context
from sklearn.exceptions import NotFittedError

from cat2vec import Cat2Vec, load
from cat2vec.errors import ColumnTypeError, NotAvailableError, TableError

DAY = datetime.date(2024, 2, 29)
#: Columns of three groups with one value in each, so that every category has its own vector.
COLUMNS = {
    "text": ["Oslo", "Rome", "Kyoto"],
    "whole": [2**53 + 1, 7, -1],
    "part": [0.5, 1.5, 2.5],
    "day": [DAY, DAY.replace(day=1), DAY.replace(month=1)],
    "time": [datetime.datetime(2024, 1, 1, 12), datetime.datetime(2024, 1, 2), None],
    "yes": [True, False, None],
    "exact": [decimal.Decimal("0.10"), decimal.Decimal("2.50"), None],
    "raw": [b"a", b"b", None],
}


#: Dates as categories; by themselves they are taken apart.
WHOLE = {"day": "category", "time": "category"}


def grouped(columns, n_rows=120):
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 3, n_rows)
    return {name: [cells[group] for group in groups] for name, cells in columns.items()}


@pytest.fixture(scope="module")
def cells():
    return grouped(COLUMNS)


@pytest.fixture(scope="module")
def model(cells):
    return Cat2Vec(vector_size=2, n_jobs=1, columns=WHOLE).fit(pa.table(cells))


@pytest.mark.parametrize(
    "make",
    [pd.DataFrame, pl.DataFrame, pa.table],
    ids=["pandas", "polars", "pyarrow"],
)
def test_values_come_back_with_their_types_and_gaps(model, cells, make):
    columns = dict(
        zip(model.get_feature_names_out(), model.transform(pa.table(cells)).T, strict=True)
    )
    found = model.inverse_transform(make(columns))
    assert type(found) is type(make({"a": [1]}))
    if make is pd.DataFrame:
        kinds = {name: found[name].dtype for name in ("whole", "part", "yes")}
        assert [str(kind) for kind in kinds.values()] == ["int64", "float64", "boolean"]
        back = {
            name: [None if pd.isna(cell) else cell for cell in found[name].tolist()]
            for name in found
        }
    else:
        back = pa.table(found).to_pydict() if make is pa.table else found.to_dict(as_series=False)
    assert back == cells


def test_types_of_arrow_columns_do_not_depend_on_the_rows(model):
    nothing = pa.table({name: [0.0] for name in model.get_feature_names_out()})
    found = model.inverse_transform(nothing)
    assert [str(kind) for kind in found.schema.types] == [
        "string",
        "int64",
        "double",
        "date32[day]",
        "timestamp[us]",
        "bool",
        "decimal128(3, 2)",
        "binary",
    ]
    assert all(cells == [None] for cells in found.to_pydict().values())


def test_whole_numbers_beside_gaps_lose_no_digit_in_pandas(model, cells):
    rows = model.transform(pa.table(cells))
    rows[0, :4] = 0.0
    found = model.inverse_transform(rows)["whole"]
    assert str(found.dtype) == "Int64"
    assert found[0] is pd.NA
    assert found[1:].tolist() == cells["whole"][1:]


def test_numbers_near_a_category_become_it_and_bins_their_text():
    rng = np.random.default_rng(1)
    group = rng.integers(0, 2, 600)
    table = pd.DataFrame(
        {"city": np.array(["Oslo", "Rome"])[group], "warm": 20.0 * group + rng.normal(size=600)}
    )
    model = Cat2Vec(vector_size=1, n_bins=2).fit(table)
    rows = model.transform(table) + rng.normal(0, 1e-3, (600, 2))
    found = model.inverse_transform(rows)
    assert found["city"].tolist() == table["city"].tolist()
    low, high = model.vectors_["warm"].index
    edge = float(high.removeprefix(">= "))
    assert found["warm"].tolist() == [high if warm >= edge else low for warm in table["warm"]]


def test_text_columns_give_a_table_that_transforms_alike():
    table = pd.DataFrame(grouped({name: COLUMNS[name] for name in ("text", "whole", "yes")}))
    model = Cat2Vec(vector_size=2).fit(table)
    rows = model.transform(table)
    np.testing.assert_array_equal(model.transform(model.inverse_transform(rows)), rows)


def test_the_kind_of_table_is_that_of_the_rows_or_as_set_output_says(cells):
    model = Cat2Vec(vector_size=2, columns=WHOLE).fit(pa.table(cells))
    rows = model.transform(pa.table(cells))[:3]
    assert isinstance(model.inverse_transform(rows), pd.DataFrame)
    with config_context(transform_output="polars"):
        assert isinstance(model.inverse_transform(rows.tolist()), pl.DataFrame)
    model.set_output(transform="polars")
    assert isinstance(model.inverse_transform(rows), pl.DataFrame)
    framed = pd.DataFrame(rows, index=[7, 8, 9], columns=model.get_feature_names_out())
    assert model.inverse_transform(framed).index.tolist() == [7, 8, 9]


def test_values_of_several_types_stay_what_they_are(tmp_path):
    mixed = grouped({"a": ["1", 1, True], "b": [b"1", "1", 2]})
    model = Cat2Vec(vector_size=2).fit(mixed)
    model.save(tmp_path)
    for fitted in (model, load(tmp_path)):
        rows = fitted.transform(mixed)
        for found in (fitted.inverse_transform(rows), fitted.inverse_transform(pl.DataFrame(rows))):
            for name, cells in mixed.items():
                back = [(type(cell), cell) for cell in found[name].to_list()]
                assert back == [(type(cell), cell) for cell in cells]
    with pytest.raises(
        ColumnTypeError, match=r"^column 'a' holds values of several types, which a"
    ):
        model.inverse_transform(pa.table(dict(zip("abcd", rows.T, strict=True))))


def test_columns_without_a_category_and_tables_without_rows(cells):
    table = pa.table({**cells, "none": [None] * 120})
    with pytest.warns(UserWarning, match="feature 'none' has fewer than two categories"):
        model = Cat2Vec(vector_size=2, columns=WHOLE).fit(table)
    rows = np.ones((2, 18))
    for found in (model.inverse_transform(rows), model.inverse_transform(pl.DataFrame(rows))):
        assert found["none"].to_list() == [None, None]
        assert None not in found["text"].to_list()
    for empty in (rows[:0], pl.DataFrame(rows)[:0]):
        assert model.inverse_transform(empty).shape == (0, 9)


def test_averages_cannot_be_turned_back(cells):
    model = Cat2Vec(vector_size=2, row_vector="mean").fit(pa.table(cells))
    assert not hasattr(model, "inverse_transform")
    with pytest.raises(AttributeError) as raised:
        model.inverse_transform([[1.0, 2.0]])
    assert isinstance(raised.value.__cause__, NotAvailableError)
    assert str(raised.value.__cause__).endswith(
        "row_vector='mean' averages them. Use row_vector='concat'."
    )


def test_rows_that_transform_cannot_have_given_are_errors(model):
    with pytest.raises(
        TableError,
        match=r"^X has 3 columns, and inverse_transform needs the 16 that transform gives: "
        r"8 features x vector_size 2\.$",
    ):
        model.inverse_transform([[1.0, 2.0, 3.0]])
    with pytest.raises(ValueError, match="Input X contains NaN"):
        model.inverse_transform(np.full((1, 16), np.nan))
    names = model.get_feature_names_out()
    with pytest.raises(TableError, match=r"^columns of X stand in another order .* Use X\[model"):
        model.inverse_transform(pl.DataFrame(np.ones((1, 16)), schema=names[::-1].tolist()))
    with pytest.raises(NotFittedError):
        Cat2Vec().inverse_transform([[1.0]])
