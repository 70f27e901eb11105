"""A map of airports from a table of flights, drawn from vectors alone, beside the true one.

    python examples/airports.py flights.csv.gz --airports airports.csv

You bring the table: ``flights`` of the R package nycflights13, all 336,776 flights that left New
York in 2013, from the US Bureau of Transportation Statistics. In R,
``write.csv(nycflights13::flights, "flights.csv", row.names = FALSE, na = "")`` writes it, and
``airports`` likewise. Any table with these columns will do. Writes airports.png, which needs
``pip install cat2vec[examples]``, and its figures with machine and versions to airports.json.

Of the two directions the vectors find one: longitude of an airport is known from its nearest
airports (R2 about 0.5), latitude is not (about 0). So the drawn map is a rough one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from five_numbers import facts

from cat2vec import Cat2Vec

#: No distance and no air time: these would give the map away.
FEATURES = ["month", "day", "carrier", "tailnum", "flight", "origin", "dest", "hour"]
PLACE = ["faa", "lat", "lon"]
FEWEST_FLIGHTS = 5
NEIGHBOURS = 5


class Map(NamedTuple):
    """Airports in two dimensions."""

    names: list[str]
    true: np.ndarray  # (n, 2) kilometres east and north of the middle
    drawn: np.ndarray  # (n, 2) from the vectors, turned and scaled onto the true map
    share: float  # of the squared lengths of the vectors that two dimensions show


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Draw airports from the rows of a flights table.")
    parser.add_argument("flights", type=Path, help=f"CSV with columns {', '.join(FEATURES)}")
    parser.add_argument(
        "--airports",
        type=Path,
        help=f"CSV with columns {', '.join(PLACE)}; airports.csv beside the flights if not given",
    )
    parser.add_argument("--vector-size", type=int, default=32)
    parser.add_argument("--out", type=Path, default=Path("airports.png"))
    options = parser.parse_args(arguments)
    try:
        flights = read(options.flights, FEATURES)
        airports = read(options.airports or options.flights.with_name("airports.csv"), PLACE)
        places = coordinates(airports)
        names = with_places(flights["dest"].value_counts(), places)
    except (OSError, ValueError) as error:
        print(f"airports.py: {error}", file=sys.stderr)
        return 2
    model = Cat2Vec(vector_size=options.vector_size).fit(flights)
    made = draw_map(model, names, places)
    print(f"{len(flights):,} flights, {len(made.names)} airports with {FEWEST_FLIGHTS} or more")
    found = quality(model, made)
    for name, value in found.items():
        print(f"{name}: {value:.3f}")
    record = {
        "facts": facts(["cat2vec", "numpy", "pandas"]),
        "settings": {"vector_size": options.vector_size, "neighbours": NEIGHBOURS},
        "flights": len(flights),
        "airports": len(made.names),
        "found": {name: round(value, 4) for name, value in found.items()},
    }
    options.out.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    for name in made.names[:3]:
        near = model.nearest("dest", name, n=NEIGHBOURS)["category"]
        print(f"nearest to {name}: {', '.join(near)}")
    return picture(made, options.out)


def read(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    table = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=["", "NA"])
    missing = [name for name in columns if name not in table]
    if missing:
        raise ValueError(
            f"{str(path)!r} has no column {', '.join(map(repr, missing))}; it has "
            f"{', '.join(map(repr, table.columns))}. Needed are {', '.join(columns)}."
        )
    return table[list(columns)]


def coordinates(airports: pd.DataFrame) -> pd.DataFrame:
    try:
        places = airports.drop_duplicates("faa").set_index("faa")
        return places[["lat", "lon"]].astype(float).dropna()
    except ValueError as error:
        raise ValueError(f"columns lat and lon must hold degrees: {error}.") from None


def with_places(flights: pd.Series, places: pd.DataFrame) -> list[str]:
    """Give the destinations to draw, those with most flights first."""
    names = [name for name in flights.index[flights >= FEWEST_FLIGHTS] if name in places.index]
    if len(names) <= NEIGHBOURS:
        raise ValueError(
            f"only {len(names)} destinations with {FEWEST_FLIGHTS} or more flights have a place in "
            f"the table of airports; more than {NEIGHBOURS} are needed. Its column faa must hold "
            f"the codes of column dest."
        )
    return names


def vectors_of(model: Cat2Vec, names: Sequence[str]) -> np.ndarray:
    """Give vectors of destinations of length 1, less their mean: what all have in common."""
    vectors = model.vectors_["dest"].loc[list(names)].to_numpy(np.float64)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit - unit.mean(axis=0)


def draw_map(model: Cat2Vec, names: list[str], places: pd.DataFrame) -> Map:
    """Draw the first two principal components, and turn them onto the true map.

    Turning, mirroring and one scale (Procrustes) are all that the true map is used for: vectors
    know neither north nor kilometres.
    """
    degrees = np.radians(places.loc[names, ["lon", "lat"]].to_numpy())
    middle = degrees.mean(axis=0)
    true = 6371 * (degrees - middle) * [np.cos(middle[1]), 1]
    left, lengths, _ = np.linalg.svd(vectors_of(model, names), full_matrices=False)
    flat = left[:, :2] * lengths[:2]
    one, stretch, other = np.linalg.svd(flat.T @ true)
    drawn = flat @ one @ other * stretch.sum() / (flat**2).sum()
    share = float((lengths[:2] ** 2).sum() / (lengths**2).sum())
    return Map(names, true, drawn, share)


def quality(model: Cat2Vec, made: Map) -> dict[str, float]:
    """Score the vectors, which know more than two dimensions can show, and the map."""
    unit = vectors_of(model, made.names)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -np.inf)
    near = np.argsort(-cosine, axis=1, kind="stable")[:, :NEIGHBOURS]
    guess = made.true[near].mean(axis=1)
    return {
        f"R2 of longitude, mean of {NEIGHBOURS} nearest": r2(made.true[:, 0], guess[:, 0]),
        f"R2 of latitude, mean of {NEIGHBOURS} nearest": r2(made.true[:, 1], guess[:, 1]),
        "R2 of both": r2(made.true, guess),
        "R2 of the drawn map, after turning": r2(made.true, made.drawn),
        "share of the vectors that the map shows": made.share,
    }


def r2(truth: np.ndarray, guess: np.ndarray) -> float:
    return float(1 - ((truth - guess) ** 2).sum() / ((truth - truth.mean(axis=0)) ** 2).sum())


def picture(made: Map, path: Path) -> int:
    try:
        import matplotlib

        matplotlib.use("agg")
        from matplotlib import pyplot
    except ImportError:
        print(
            "airports.py: no picture, it needs matplotlib: pip install cat2vec[examples]",
            file=sys.stderr,
        )
        return 1
    figure, sides = pyplot.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    colour = made.true[:, 0]  # the same in both, so that the eye can follow
    for side, points, title in zip(
        sides,
        (made.true, made.drawn),
        ("the true map", "from vectors alone (turned and scaled to fit)"),
        strict=True,
    ):
        side.scatter(*points.T, c=colour, cmap="viridis", s=14)
        for name, point in zip(made.names, points, strict=True):
            side.annotate(
                name, point, (2, 2), textcoords="offset points", fontsize=6.5, color="0.25"
            )
        side.set(title=title, xticks=[], yticks=[], aspect="equal")
    figure.savefig(path, dpi=100)
    pyplot.close(figure)
    print(f"picture: {path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
