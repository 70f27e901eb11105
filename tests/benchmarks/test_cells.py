"""Peers of the benchmark of cells, planted rows, and what the README says of hidden cells."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.cells.detectors import DETECTORS, pop
from benchmarks.cells.imputers import IMPUTERS, Gaps, miss_forest
from benchmarks.cells.missing_cells import with_gaps
from benchmarks.cells.odd_rows import with_odd_rows
from benchmarks.cells.wrong_cells import SUSPICIONS
from benchmarks.harness.facts import facts
from benchmarks.harness.lines import Files, append_line
from benchmarks.pages.cells import page

ROOT = Path(__file__).parents[2]
NEEDS = {"ECOD": "pyod", "COPOD": "pyod", "LightGBM chained": "lightgbm", "LightGBM": "lightgbm"}


@pytest.fixture
def frame():
    """Make columns that all follow one of four groups, with a little noise."""
    draws = np.random.default_rng(0)
    group = draws.integers(4, size=400)
    codes = np.where(draws.random((400, 5)) < 0.1, draws.integers(4, size=(400, 5)), group[:, None])
    return pd.DataFrame(np.char.add("c", codes.astype(str)).astype(object), columns=[*"abcde"])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("method", DETECTORS)
def test_a_row_that_is_rare_everywhere_is_the_oddest(method):
    pytest.importorskip(NEEDS.get(method, "sklearn"))
    codes = np.random.default_rng(0).integers(2, size=(200, 6))
    codes[-1, :4] = 2
    scores = DETECTORS[method](codes)
    assert scores.shape == (200,)
    assert scores.argmax() == 199


def test_pop_is_what_its_paper_says():
    codes = np.random.default_rng(1).integers([2, 3, 5], size=(60, 3))
    values = [(f, v) for f in range(3) for v in range(codes[:, f].max() + 1)]
    n = {(f, v): float((codes[:, f] == v).sum()) for f, v in values}
    mode = [max(n[one] for one in values if one[0] == f) for f in range(3)]
    given = {
        (u, v): ((codes[:, u[0]] == u[1]) & (codes[:, v[0]] == v[1])).sum() / n[u]
        for u in values
        for v in values
    }
    score = {
        (f, v): ((mode[f] - n[f, v]) / mode[f] + (max(mode) - mode[f]) / max(mode)) / 2
        for f, v in values
    }
    chosen = sorted(values, key=lambda v: -score[v])[: int(0.3 * len(values))]
    while True:
        total = {v: sum(given[u, v] for u in values) for v in values}
        score = {u: sum(given[u, v] / total[v] * score[v] for v in chosen) for u in values}
        score = {u: one / sum(score.values()) for u, one in score.items()}
        before, chosen = chosen, sorted(values, key=lambda v: -score[v])[: len(chosen)]
        if chosen == before:
            break
    weight = [sum(score[one] for one in values if one[0] == f) for f in range(3)]
    wanted = [sum(weight[f] * score[f, v] for f, v in enumerate(row)) for row in codes.tolist()]
    np.testing.assert_allclose(pop(codes), wanted, rtol=1e-9)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("method", [name for name in IMPUTERS if name != "mode"])
def test_imputers_find_what_the_other_cells_say(method, frame):
    pytest.importorskip(NEEDS.get(method, "sklearn"))
    table, rows = with_gaps(frame, [], 0.2, 0)
    gaps, values = Gaps.of(table, list(frame))
    filled = IMPUTERS[method](gaps)
    assert (filled[~gaps.is_missing] == gaps.codes[~gaps.is_missing]).all()
    right = [
        (values[place][filled[rows[name], place]] == frame[name][rows[name]]).mean()
        for place, name in enumerate(frame)
    ]
    assert np.mean(right) > 0.8  # the mode has about .3


def test_miss_forest_fills_numbers_and_stops_when_rounds_differ_more(frame, monkeypatch):
    draws = np.random.default_rng(2)
    frame["x"] = frame["a"].str[1].astype(float) + draws.normal(0, 0.1, len(frame))
    table, _ = with_gaps(frame, ["x"], 0.2, 0)
    gaps, _ = Gaps.of(table, [*"abcde"])
    rounds = []
    changes = iter([[0.5, 0.5], [0.4, 0.6], [0.6, 0.7], [0.1, 0.1]])

    def change(table, last, filled):
        rounds.append((last.astype(int), filled.astype(int)))
        return np.array(next(changes))

    monkeypatch.setattr("benchmarks.cells.imputers._change", change)
    filled = miss_forest(gaps, n_trees=5)
    assert len(rounds) == 3  # in the second round only numbers differed more, in the third both
    assert (filled == rounds[-1][0]).all()
    assert (filled != rounds[-1][1]).any()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("method", [name for name in SUSPICIONS if name != "rarity"])
def test_wrong_cells_are_found_and_repaired(method, frame):
    pytest.importorskip(NEEDS.get(method, "sklearn"))
    clean = pd.DataFrame(dict.fromkeys("abcde", frame["a"]))
    wrong = clean.copy()
    wrong.loc[[3, 50, 90], "b"] = "typo"
    rows, columns, suggested = SUSPICIONS[method](wrong)
    assert sorted(rows[:3].tolist()) == [3, 50, 90]
    assert columns[:3].tolist() == [1, 1, 1]
    assert suggested[:3].tolist() == clean.loc[rows[:3], "b"].tolist()


def test_planted_rows_are_as_frequent_in_their_values(frame):
    many = pd.concat([frame] * 50, ignore_index=True)
    planted, shuffled, halves = with_odd_rows(many)
    assert (shuffled.sum(), halves.sum(), (shuffled & halves).sum()) == (200, 200, 0)
    ordinary = ~(shuffled | halves)
    assert planted[ordinary].equals(many[ordinary])
    alike = (planted["a"] == planted["b"]).to_numpy()
    assert alike[ordinary].mean() > 0.7
    assert alike[shuffled].mean() < 0.4
    kept = (planted[halves] == many[halves]).to_numpy().sum(axis=1)
    assert (kept >= 3).all()  # two of five cells are another row's


def test_the_page_sets_seconds_of_one_run_beside_each_other_and_says_what_was_left_out(tmp_path):
    lines = tmp_path / "cells.jsonl"
    about = {**facts(), "part": "imputation", "share": 0.2}
    for run, table, method, seconds in (
        ("one", "flare", "cat2vec", 0.5),
        ("one", "flare", "MissForest", 60.0),
        ("one", "mammogram", "cat2vec", 0.5),
        ("two", "mammogram", "MissForest", 60.0),
    ):
        figures = {"table": table, "method": method, "seconds": seconds, "accuracy": 0.7}
        append_line(lines, {**about, "run": run, **figures})
    odd = {**facts(), "part": "anomaly", "table": "u2r", "method": "LOF"}
    append_line(lines, {**odd, "left_out": "compares 60,821 rows with each other"})
    written = list(page(Files(lines, tmp_path / "cells.md")))
    assert "| 20% | 120 | 120 |" in written  # flare and the mean, and no other table
    assert "| MissForest | 0.700 / 60.0 | 0.700 / 60.0 | 0.700 / 60.0 |" in written
    assert "| LOF | left out: compares 60,821 rows with each other |  |" in written


def test_hidden_cells_of_the_readme_stand_on_the_page():
    readme = (ROOT / "docs/results.md").read_text("utf-8")
    section = readme.partition("## Hidden cells")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| .*\|$", section, re.MULTILINE)
    page = (ROOT / "benchmarks/results/cells.md").read_text("utf-8").splitlines()
    assert len(rows) == 2 + 10 + 1  # the head, ten tables and their mean
    assert [row for row in rows if row not in page] == []
    assert "PMI table" in rows[0]
