"""Pages stand as they are written from their stored lines; lines are kept as they are."""

import importlib
import os
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.harness import files_of, latest, latest_by_table, read_lines
from benchmarks.harness.lines import RESULTS, append_line
from benchmarks.pages.__main__ import NAMES


def written(name, folder, data_folder=None):
    files = replace(files_of(name), page=folder / "results/page.md", data_folder=data_folder)
    return "\n".join(import_module(f"benchmarks.pages.{name}").page(files)) + "\n"


@pytest.mark.parametrize("name", sorted({*NAMES} - {"quality"}))
def test_a_page_is_what_its_lines_say(name, tmp_path):
    assert written(name, tmp_path) == files_of(name).page.read_text("utf-8")


@pytest.mark.real_data
def test_the_page_of_quality_is_what_its_lines_say(tmp_path):
    pytest.importorskip("matplotlib")
    folder = os.environ.get("CAT2VEC_DATA")
    if not folder:
        pytest.skip("CAT2VEC_DATA does not name the folder of the public tables")
    assert written("quality", tmp_path, Path(folder)) == files_of("quality").page.read_text("utf-8")


def test_every_file_of_lines_has_a_page():
    assert {file.stem for file in RESULTS.glob("*.jsonl")} == {*NAMES, "grid"}


def test_lines_are_added_and_a_number_that_was_not_computed_is_null(tmp_path):
    path = tmp_path / "new/lines.jsonl"
    first = {"run": "a", "table": "t", "gain": float("nan"), "name": "Ærø"}
    for record in (first, {"run": "b", "table": "t", "gain": 2}, {"run": "a", "table": "u"}):
        append_line(path, record)
    assert read_lines(path)[0] == {"run": "a", "table": "t", "gain": None, "name": "Ærø"}
    assert {t: [r["run"] for r in found] for t, found in latest_by_table(path).items()} == {
        "t": ["b"],
        "u": ["a"],
    }
    assert latest(path, lambda record: record["table"])["t"]["gain"] == 2


def test_pictures_are_drawn_in_a_style_of_their_own_beside_open_figures(tmp_path):
    mpl = pytest.importorskip("matplotlib")
    from matplotlib import pyplot

    mpl.use("agg")
    pyplot.figure()
    before = dict(mpl.rcParams)
    pictures = importlib.reload(import_module("benchmarks.pages.pictures"))
    frame = pd.DataFrame({"cat2vec": [1.0, 2.0], "other": [0.5, 2.5]}, index=["one", "two"])
    frame.index.name = "table"
    pictures.differences(tmp_path, "figure", frame, "score")
    assert "<text" in (tmp_path / "pictures/figure.svg").read_text()  # no outlines of letters
    assert dict(mpl.rcParams) == before
    assert len(pyplot.get_fignums()) == 1
