"""Each how-to has a short script, which runs as it stands and prints what it found."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "examples" / "how_to").glob("*.py"))
#: What a script needs that is an extra, and what it has to print.
NEEDS = {
    "databases": "duckdb",
    "neural_networks": "torch",
    "onnx": "onnxruntime",
    "pictures": "matplotlib",
}
PRINTS = {
    "baskets": r"bought like beer:(?s:.*)(buns|sausage|mustard|charcoal)",
    "clusters": r"(?s)^5 clusters of 513 vehicles.*^124 kinds of vehicles in \d+ clusters",
    "databases": r"railcar\t0\.\d+\t\d+",
    "explore": r"written \S*vehicles.html",
    "gaps": r"(?s)cells were hidden.*^medium +\d+%",
    "neural_networks": r"(?s)from cat2vec: \d\.\d+ nats.*from random: \d\.\d+ nats",
    "odd_rows": r"medium +underwater +rail",
    "onnx": r"519 rows of 96 numbers, at most \de[-+]\d\d from",
    "pictures": r"written \S*map\.svg",
    "pipelines": r"(?s)^cat2vec +0\.\d+ .*^one-hot +0\.\d+",
    "questions": r"(?s)What is like a tram\?.*railcar",
}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_runs_and_prints_what_it_found(script, tmp_path, monkeypatch, capsys):
    if package := NEEDS.get(script.stem):
        pytest.importorskip(package, reason=f"the script is about {package}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setattr(sys, "argv", [script.name])
    runpy.run_path(str(script), run_name="__main__")
    printed = capsys.readouterr().out
    assert re.search(PRINTS[script.stem], printed, re.MULTILINE), printed


def test_every_how_to_has_a_script_and_names_it():
    pages = {page.stem: page for page in (ROOT / "docs" / "how_to").glob("*.md")}
    assert {script.stem for script in SCRIPTS} == set(pages) == set(PRINTS)
    for name, page in pages.items():
        assert f"](../../examples/how_to/{name}.py)" in page.read_text("utf-8"), page.name


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_is_short_and_says_how_to_run_it(script):
    text = script.read_text("utf-8")
    assert len(text.splitlines()) < 60
    assert f"python examples/how_to/{script.name}" in text
