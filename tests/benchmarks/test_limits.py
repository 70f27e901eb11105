"""The benchmark of what the vectors cannot do, on small tables, and what the README says of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from benchmarks import limits

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Run the benchmark once; matplotlib is not of the tests, so there may be no picture."""
    folder = tmp_path_factory.mktemp("benchmarks")
    given = ["--folds", "2", "--seeds", "1", "--each", "3", "--rows", "2000"]
    assert limits.main([*given, "--results", str(folder / "results/limits.jsonl")]) == 0
    return folder


@pytest.fixture
def records(made):
    lines = (made / "results/limits.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_tables_without_signal_gain_nothing_on_rows_held_out(records):
    found = {
        (one["table"], one["shuffled"]): one for one in records if one["limit"] == "independent"
    }
    assert len(found) == 5
    for (table, shuffled), one in found.items():
        silent = shuffled or table == "cartesian product"
        assert one["reports_with_signal"] == (0 if silent else one["folds"]), table
        if silent:
            assert max(one["gain_held_out_by_fold"]) <= 0, table
            assert one["gain_trained"] > 0, table  # what training sees is not enough to tell
        else:
            assert min(one["gain_held_out_by_fold"]) > 0.01, table


def test_categories_of_more_rows_are_known_better(records):
    found = [one for one in records if one.get("follows") == 0.2 and one["relative_length"]]
    assert [one["rows_per_category"] for one in found] == [1, 2, 3, 5, 10, 20, 50, 100]
    once, often = found[0], found[-1]
    assert once["chance"] == pytest.approx(23 / 239)  # 3 items of each of 8 numbers of rows
    assert once["same_group"] < 0.6 < 0.9 < often["same_group"]
    lengths = [one["relative_length"] for one in found]
    assert lengths[0] < 0.5
    assert lengths[-1] == 1


def test_order_is_found_only_where_other_columns_tell_it(records):
    spearman = {one["table"]: one["spearman"] for one in records if one["limit"] == "order"}
    assert spearman["planted, rising"] > 0.8
    assert abs(spearman["planted, independent"]) < 0.3
    assert abs(spearman["planted, periodic"]) < 0.3
    assert spearman["planted, U-shaped"] < 0.5


def test_the_page_shows_every_measurement(made, records):
    page = (made / "results/limits.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert len(rows) == len(records) + 2 * 3  # three tables, each with a header
    assert "](../pictures/limits.svg)" in page


def test_figures_of_the_readme_stand_on_the_page():
    readme = (ROOT / "docs/concepts.md").read_text("utf-8")
    section = readme.partition("## What vectors cannot do")[2].partition("\n## ")[0]
    page = (BENCHMARKS / "results/limits.md").read_text("utf-8")
    figures = re.findall(r"-?\d\.\d+", section)
    assert len(figures) >= 6
    for figure in figures:
        assert f"| {figure} |" in page, figure
    assert "](../benchmarks/pictures/limits.svg)" in section
