"""Dates taken apart: which parts, of which clock, and what the original column is then."""

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cat2vec import Cat2Vec, Dates, count_pairs, encode_table, load
from cat2vec.errors import ColumnTypeError, ParameterError, TableError, UnknownFeatureError
from cat2vec.estimator.plan import plan_of
from cat2vec.tables.encode import encode_growing
from cat2vec.training.settings import Settings
from cat2vec.vocabulary.vocabulary import MISSING_CATEGORY, UNSEEN

OSLO = "Europe/Oslo"
MOMENTS = [
    dt.datetime(2024, 2, 29, 23),
    None,
    dt.datetime(2023, 7, 1, 0, 5),
    dt.datetime(2024, 7, 6),
]
DAYS = [None if moment is None else moment.date() for moment in MOMENTS]
OTHER = list("xyxy")
ALL = ("year", "month", "day", "weekday", "hour", "minute")
NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def parts_of(column, kind=None, **options):
    """Encode one column beside another; give the values of each feature made of it."""
    kinds = None if kind is None else {"when": kind}
    result = encode_table({"when": column, "o": OTHER[: len(column)]}, columns=kinds, **options)
    return {name: result.decode(name) for name in result.vocabulary.features if name != "o"}


PARTS = {
    "when:year": [2024, None, 2023, 2024],
    "when:month": [2, None, 7, 7],
    "when:weekday": ["Thu", None, "Sat", "Sat"],
    "when:hour": [23, None, 0, 0],
}


@pytest.mark.parametrize(
    "column",
    [
        MOMENTS,
        np.array(MOMENTS, dtype="M8[us]"),
        list(np.array(MOMENTS, dtype="M8[ns]")),
        pd.Series(MOMENTS),
        pd.Series(MOMENTS).astype("datetime64[ns]"),
        pd.Series(MOMENTS, dtype=object),
        pd.Series(MOMENTS, dtype=pd.ArrowDtype(pa.timestamp("ms"))),
        pl.Series(MOMENTS),
        pa.array(MOMENTS),
        pa.array(MOMENTS, pa.timestamp("s")).dictionary_encode(),
        pa.chunked_array([MOMENTS[:1], MOMENTS[1:]]),
    ],
    ids=["list", "numpy", "numpy scalars", "pandas", "pandas ns", "pandas object", "pandas arrow",
         "polars", "arrow", "arrow dictionary", "chunks"],
)  # fmt: skip
def test_moments_of_every_library_are_taken_apart(column):
    assert parts_of(column) == PARTS


@pytest.mark.parametrize(
    "column",
    [DAYS, pd.Series(DAYS), pl.Series(DAYS), pa.array(DAYS), np.array(DAYS, "M8[D]")],
    ids=["list", "pandas", "polars", "arrow", "numpy"],
)
def test_days_have_no_hour(column):
    assert parts_of(column) == {name: PARTS[name] for name in list(PARTS)[:3]}


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_whole_tables_train_to_the_same_bits(make):
    table = {"when": MOMENTS * 9, "o": list("xyz") * 12}
    wanted = Cat2Vec(vector_size=2).fit(table)
    found = Cat2Vec(vector_size=2).fit(make(table))
    assert found.vectors_.matrix.tobytes() == wanted.vectors_.matrix.tobytes()
    assert found.transform(make(table)).tobytes() == wanted.transform(table).tobytes()


def test_parts_are_those_of_the_time_zone_that_the_column_has():
    moments = pd.Series(MOMENTS).dt.tz_localize("UTC").dt.tz_convert(OSLO)
    wanted = {"when:day": [1, None, 1, 6], "when:hour": [0, None, 2, 2]}
    kind = Dates(["day", "hour"])
    for column in (
        moments,
        pl.Series(MOMENTS).dt.replace_time_zone("UTC").dt.convert_time_zone(OSLO),
        pa.array(moments),
        moments.astype(object),
        [None if pd.isna(moment) else moment.to_pydatetime() for moment in moments],
    ):
        assert parts_of(column, kind) == wanted
    east = dt.timezone(dt.timedelta(hours=9))
    mixed = [dt.datetime(2024, 1, 1, 8, tzinfo=zone) for zone in (east, dt.timezone.utc)]
    assert parts_of([*mixed, None], Dates("hour")) == {"when:hour": [8, 8, None]}


@given(st.lists(st.none() | st.datetimes(), min_size=1, max_size=8), st.sampled_from(ALL))
def test_parts_are_those_of_the_standard_library(moments, part):
    table = {"when": moments, "o": ["x"] * len(moments)}
    found = encode_table(table, columns={"when": Dates(part)}).decode(f"when:{part}")
    get = (lambda m: NAMES[m.weekday()]) if part == "weekday" else (lambda m: getattr(m, part))
    assert found == [None if moment is None else get(moment) for moment in moments]


def test_parts_that_never_vary_are_left_out_unless_they_are_named():
    moments = [dt.datetime(2024, 3, day, 12) for day in (4, 5, 11)]
    assert list(parts_of(moments)) == ["when:weekday"]
    assert list(parts_of(moments[:1] * 3)) == ["when:year"]
    assert list(parts_of(moments, Dates(ALL))) == [f"when:{part}" for part in ALL]
    only = encode_table(
        {"when": moments, "o": list("xyx")}, sample_weight=[1, 0, 1]
    )  # both are Mondays
    assert only.vocabulary.features == ("when:year", "o")


def test_weekdays_stand_in_the_order_of_the_week():
    table = {"when": [dt.date(2024, 3, day) for day in (10, 4, 8)], "o": list("xyx")}
    words = encode_table(table, columns={"when": Dates("weekday")}).vocabulary
    assert words.categories[0].tolist() == ["Mon", "Fri", "Sun"]
    first = encode_table({"when": table["when"][:2], "o": list("xy")}, columns={"when": "dates"})
    more = encode_growing(table, encode_table(
        {"when": table["when"][:2], "o": list("xy")}, columns={"when": Dates("weekday")}
    ).vocabulary)  # fmt: skip
    assert more.vocabulary.categories[0].tolist() == ["Mon", "Sun", "Fri"]
    assert first.vocabulary.features == ("when:weekday", "o")
    united = count_pairs(more) + count_pairs(more)
    assert united.vocabulary.categories[0].tolist() == ["Mon", "Fri", "Sun"]


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["2024-02-29T23:00:00", None, "2023-07-01 00:05", "2024-07-06"], "dates"),
        (["2024-02-29T23:00Z", None, "2023-07-01T00:05:00+02", " 2024-07-06T00:00+00:00"], "dates"),
        (["29.02.2024 23", None, "01.07.2023 00", "06.07.2024 00"], Dates(format="%d.%m.%Y %H")),
    ],
)
def test_texts_are_dates_only_when_they_are_told_to_be(texts, kind):
    assert parts_of(texts) == {"when": texts}
    assert parts_of(texts, kind) == PARTS


def test_cells_that_are_no_dates_are_named():
    with pytest.raises(ColumnTypeError, match=r"'when' .* holds '\?', which is no date as in ISO"):
        parts_of(["2024-01-01", "?"], "dates")
    assert parts_of(["2024-01-01", "?"], Dates("year"), missing_values=["?"]) == {
        "when:year": [2024, None]
    }
    with pytest.raises(ColumnTypeError, match=r"'1\.1\.24', which is no date of the format '%Y'"):
        parts_of(["1.1.24", "2024"], Dates(format="%Y"))
    with pytest.raises(ColumnTypeError, match=r"holds 2024, which is no date"):
        parts_of([2024, 2023], "dates")
    fitted = encode_table({"when": MOMENTS, "o": OTHER}).vocabulary
    with pytest.raises(ColumnTypeError, match=r"holds 'soon', which is no date"):
        encode_table({"when": ["soon"], "o": ["x"]}, vocabulary=fitted)


@pytest.mark.parametrize("parts", [["yaer"], [], ["year", "year"], "century"])
def test_wrong_parts_are_refused(parts):
    with pytest.raises(ParameterError, match="parts of a Dates column must be some of 'year', 'mo"):
        Dates(parts)


def test_dates_can_be_told_to_be_categories():
    assert parts_of(DAYS, "category") == {"when": DAYS}
    assert parts_of(DAYS, numeric="category") == {name: PARTS[name] for name in list(PARTS)[:3]}


def test_a_column_beside_a_part_of_its_name_is_refused():
    table = {"when": DAYS, "when:year": OTHER}
    with pytest.raises(TableError, match="would be the feature 'when:year', and there is a column"):
        encode_table(table)


def test_new_rows_have_the_parts_of_fit():
    fitted = encode_table({"when": MOMENTS, "o": OTHER}).vocabulary
    new = {"when": ["2024-07-01T23:00", None, dt.date(1999, 2, 25)], "o": list("xyx")}
    again = encode_table(new, vocabulary=fitted)
    assert again.codes[:, :4].tolist() == [[1, 1, UNSEEN, 1], [-1] * 4, [UNSEEN, 0, 0, 0]]
    with pytest.raises(UnknownFeatureError, match="no feature 'when' in this table"):
        encode_table({"o": ["x"]}, vocabulary=fitted)
    with pytest.raises(
        UnknownFeatureError, match=r"no feature 'when' in .*Features: 'when:year', "
    ):
        fitted.token_id("when", 2024)
    assert fitted.schema.columns == ("when",) * 4 + ("o",)


def test_a_model_takes_the_column_and_gives_its_parts(tmp_path):
    table = pd.DataFrame({"o": list("xyz") * 12, "when": MOMENTS * 9, "p": list("uv") * 18})
    kinds = {"when": Dates(["year", "month"])}
    model = Cat2Vec(vector_size=2, columns=kinds, features=["when", "o"]).partial_fit(table)
    assert model.feature_names_in_.tolist() == ["o", "when", "p"]
    assert model.n_features_in_ == 3
    assert model.get_feature_names_out().tolist() == [
        "when:year_0", "when:year_1", "when:month_0", "when:month_1", "o_0", "o_1",
    ]  # fmt: skip
    assert model.transform(table).shape == (36, 6)
    model.save(tmp_path / "m")
    again = load(tmp_path / "m")
    assert again.get_params() == model.get_params()
    assert again.transform(table).tobytes() == model.transform(table).tobytes()
    again.partial_fit(table)
    assert again.vocabulary_.counts.tolist() == (2 * model.vocabulary_.counts).tolist()
    assert again.nearest("when:year", 2024)["category"].tolist() == [2023]
    unnamed = Cat2Vec(vector_size=1, features=["x1", "x0"]).fit(table[["o", "when"]].to_numpy())
    assert unnamed.get_feature_names_out(["a", "b"])[-1] == "a_0"
    assert unnamed.get_feature_names_out(["a", "b"])[0] == "b:year_0"


def test_missing_dates_are_a_category_of_each_part():
    found = parts_of(MOMENTS, missing="token")
    assert [cells[1] for cells in found.values()] == [MISSING_CATEGORY] * 4


def test_the_plan_says_what_became_of_a_date():
    encoded = encode_table({"when": MOMENTS, "o": OTHER, "p": OTHER}, features=["when", "o"])
    lines = plan_of(encoded, ["when", "o", "p"], Settings(vector_size=2), "t").lines()
    assert lines[1:6] == [
        "features  when:year: year of when, 2 categories (2023, 2024)",
        "          when:month: month of when, 2 categories (2, 7)",
        "          when:weekday: weekday of when, 2 categories (Thu, Sat)",
        "          when:hour: hour of when, 2 categories (0, 23)",
        "          o: text, 2 categories (x, y)",
    ]
    assert lines[6] == "left out  p"


def test_the_column_of_dates_in_context_is_written_with_none_of_its_parts():
    rows = {
        "when": MOMENTS[:1] * 9 + MOMENTS[2:3] * 9,
        "city": ["a"] * 9 + ["b"] * 9,
        "food": OTHER * 4 + ["x", "y"],
    }
    model = Cat2Vec(vector_size=2, context=["when"]).fit(rows)
    assert sum(name.startswith("when:") for name in model.vocabulary_.features) > 1
    assert model.get_feature_names_out().tolist() == ["city_0", "city_1", "food_0", "food_1"]
