"""Columns of very many distinct numbers are kept as numbers, and fitted to the same bins."""

import numpy as np
import pyarrow as pa
import pytest

from cat2vec import Dates, Numeric
from cat2vec.tables.sources import delimited
from cat2vec.tables.streams import numbers as many_numbers
from cat2vec.tables.streams import spilled_column
from tests.tables.streams.made_streams import (
    airports,
    csv,
    odd_types,
    parquet,
    readers,
    several_csv,
)
from tests.tables.streams.test_equal_counts import check_form

DISTRIBUTIONS = {
    "normal": lambda rng, n: rng.normal(size=n),
    "uniform": lambda rng, n: rng.random(n).astype(np.float32),
    "heavy tie": lambda rng, n: np.where(rng.random(n) < 0.6, 0.0, rng.gamma(0.3, 1.0, n)),
    "two ties": lambda rng, n: np.choose(
        rng.integers(0, 3, n), [np.full(n, -5.0), np.full(n, 7.5), rng.normal(size=n)]
    ),
    "pareto": lambda rng, n: rng.pareto(0.8, n),
    "rounded": lambda rng, n: np.round(rng.normal(size=n), 1),
    "not finite": lambda rng, n: np.where(
        rng.random(n) < 0.2, rng.choice([np.inf, -np.inf, np.nan, -0.0], n), rng.normal(size=n)
    ),
    "sorted": lambda rng, n: np.sort(rng.normal(size=n)),
    "whole": lambda rng, n: rng.integers(-(2**62), 2**62, n),
    "whole and gaps": lambda rng, n: pa.array(rng.integers(0, 5000, n), mask=rng.random(n) < 0.3),
    "unsigned": lambda rng, n: rng.integers(2**63, 2**64 - 1, n, dtype=np.uint64),
    "row numbers": lambda rng, n: np.arange(n) + 17,
    "row numbers in any order": lambda rng, n: rng.permutation(n),
    "identifiers": lambda rng, n: rng.choice(2**40, n, replace=False),
}


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch):
    monkeypatch.setattr(spilled_column, "MOST_VALUES", 40)
    monkeypatch.setattr(many_numbers, "_CELLS", 64)
    monkeypatch.setattr(many_numbers, "_SAMPLED", 500)


def table_of(name, n_rows=2500, column="x"):
    rng = np.random.default_rng(len(name))
    like = rng.choice(["a", "b", "c"], n_rows)
    return pa.table({column: DISTRIBUTIONS[name](rng, n_rows), "like": like})


@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize(
    "form", [parquet, readers(90), csv, several_csv], ids=["parquet", "batches", "csv", "several"]
)
class TestDistributions:
    def test_bins(self, name, form, tmp_path):
        check_form(form, table_of(name), tmp_path)

    def test_gaps_that_are_categories(self, name, form, tmp_path):
        how = {"missing": "token", "missing_values": [0, "none", 17.0]}
        check_form(form, table_of(name), tmp_path, **how)

    @pytest.mark.parametrize("numeric", ["category", "bin"])
    def test_categories(self, name, form, numeric, tmp_path):
        column = {"category": "x", "bin": "shop_id"}[numeric]
        check_form(form, table_of(name, column=column), tmp_path, numeric=numeric)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize("n_bins", [2, 300, 3000])
def test_numbers_of_bins(name, n_bins, tmp_path):
    check_form(readers(90), table_of(name), tmp_path, columns={"x": Numeric(n_bins)})


TEXTS = {
    "shortest": lambda rng: [repr(float(x)) for x in rng.normal(size=900)],
    "scientific": lambda rng: [repr(float(x)) for x in 10.0 ** rng.uniform(-9, 9, 900)],
    "two decimals": lambda rng: [f"{x:.2f}" for x in rng.normal(0, 90, 900)],
    "whole ones first": lambda rng: [*map(str, rng.integers(0, 999, 500)), *["7.25", "1.5"] * 200],
    "whole ones with .0 late": lambda rng: [*map(str, rng.integers(0, 999, 500)), "2.0", "1"] * 2,
    "one word late": lambda rng: [f"{x:.3f}" for x in rng.normal(size=800)] + ["NA", "0.500"],
    "a quoted gap late": lambda rng: [f"{x:.3f}" for x in rng.normal(size=800)] + ['""', "0.500"],
    "gaps": lambda rng: [f"{x:.3f}" if x < 1 else "" for x in rng.normal(size=900)],
    "one number twice late": lambda rng: [f"{x:.1f}" for x in rng.normal(0, 90, 800)] + ["7.50"],
    "leading zeros late": lambda rng: [*map(str, rng.integers(0, 9999, 800)), "007"],
    "beyond 64 bits late": lambda rng: [*map(str, rng.integers(0, 9999, 800)), "9" * 25],
    "minus zero": lambda rng: [f"{x:.1f}" for x in rng.normal(0, 9, 800)] + ["-0.0", "0.0"] * 9,
    "many digits": lambda rng: [f"{x:.17f}" for x in rng.random(800)],
    "large": lambda rng: [f"{x:.1f}" for x in rng.random(800) * 1e17],
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("missing", ["ignore", "token"])
def test_texts_that_are_numbers(name, missing, tmp_path, monkeypatch):
    """Columns of CSV whose texts turn out to be numbers, or not to be some, after many rows."""
    monkeypatch.setattr(delimited, "_BLOCK", 1500)
    rng = np.random.default_rng(0)
    lines = [f"{text},{like}" for text, like in zip(TEXTS[name](rng), "ab" * 500, strict=False)]
    (tmp_path / "t.csv").write_text("\n".join(["x,like", *lines]) + "\n")
    check_form(lambda *_: tmp_path / "t.csv", None, tmp_path, missing=missing)


@pytest.mark.parametrize("numbers", ["ascending", "any order", "twice"])
@pytest.mark.parametrize("name", ["", "Unnamed: 0", "row"])
def test_columns_that_number_the_rows(name, numbers, tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "_BLOCK", 1500)
    rng = np.random.default_rng(0)
    rows = {"ascending": np.arange(900), "any order": rng.permutation(900)}
    rows["twice"] = rng.integers(0, 800, 900)
    lines = [f"{row},{like}" for row, like in zip(rows[numbers], "abb" * 300, strict=True)]
    (tmp_path / "t.csv").write_text("\n".join([f"{name},like,b", *(f"{x},x" for x in lines)]))
    check_form(lambda *_: tmp_path / "t.csv", None, tmp_path)


def test_they_are_kept_as_numbers(tmp_path):
    column = spilled_column.SpilledColumn(tmp_path / "c", "x")
    for part in np.array_split(np.arange(200) / 4, 5):
        column.add(pa.array(part))
    column.close()
    assert {segment.of for segment in column.segments} == {"codes", "numbers"}
    assert len(column.grown) < 200


def test_few_of_them_are_looked_at(tmp_path):
    rng = np.random.default_rng(0)
    column = spilled_column.SpilledColumn(tmp_path / "c", "x")
    for _ in range(10):
        column.add(pa.array(rng.normal(size=4000)))
    column.close()
    factors = many_numbers.numbers_on_disk(column, ()).factors(4, tmp_path)
    assert len(factors.distinct) < 40_000 / 2
    assert factors.profile.repeats.sum() == 40_000


def test_other_columns_beside_them(tmp_path):
    check_form(parquet, odd_types(), tmp_path, missing_values={"small": [3]})


@pytest.mark.parametrize("parts", [None, ["minute", "weekday"]])
@pytest.mark.parametrize(
    "zone", [None, "Australia/Lord_Howe", "Asia/Kathmandu", "America/New_York"]
)
def test_moments_of_which_nearly_all_differ(zone, parts, tmp_path):
    rng = np.random.default_rng(0)
    moments = pa.array(rng.integers(1_600_000_000, 1_700_000_000, 2000), pa.timestamp("s"))
    when = moments.cast(pa.timestamp("us", zone))
    table = pa.table({"when": when, "like": rng.choice(["a", "b"], 2000)})
    how = {} if parts is None else {"columns": {"when": Dates(parts=parts)}}
    check_form(parquet, table, tmp_path, **how)
    check_form(readers(90), table, tmp_path, missing_values=[moments[3].as_py()], **how)


def test_shared_numbers_are_categories_in_all(tmp_path):
    table = airports(600)
    rng = np.random.default_rng(0)
    for name in ("from_zone", "to_zone"):
        table = table.append_column(name, pa.array(rng.integers(0, 200, 600)))
    check_form(parquet, table, tmp_path, shared={"zone": ["from_zone", "to_zone"]})
