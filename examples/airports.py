"""What vectors learned from a table of flights know of where airports lie.

    python examples/airports.py flights.csv.gz --airports airports.csv

You bring the table: ``flights`` of the R package nycflights13, all 336,776 flights that left New
York in 2013, from the US Bureau of Transportation Statistics. In R,
``write.csv(nycflights13::flights, "flights.csv", row.names = FALSE, na = "")`` writes it, and
``airports`` likewise. Any table with these columns will do. Writes airports.png, which needs
``pip install cat2vec[examples]``, and its figures with machine and versions to airports.json.

Of the two directions the vectors find one. An airport is placed at the mean of the true places of
its five nearest airports by cosine, itself left out, and the picture sets that beside the truth.
Longitude is found: R2 0.5 to 0.8 over the columns and sizes below. Latitude is not found without
the speed over ground (-0.1 to 0.1), and hardly with it (0.1 to 0.2), perhaps because winds slow
those who fly west; speed also grows with distance. Some 45 fits with other columns and sizes were
looked at before these were chosen, so the best figures here are partly luck.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from five_numbers import facts

from cat2vec import Vectors, count_pairs, train_vectors

#: What is read. Distance and air time would give the map away; they only make the speed.
COLUMNS = ["year", "month", "day", "carrier", "tailnum", "flight", "origin", "dest", "hour"]
COLUMNS += ["distance", "air_time"]
#: What cat2vec is shown; the last is drawn.
FEATURES = {
    "as recorded": ["month", "day", "carrier", "tailnum", "flight", "origin", "dest", "hour"],
    "without flight, tailnum, day": ["month", "carrier", "origin", "dest", "hour"],
    "and with week, weekday, speed": [
        "month", "carrier", "origin", "dest", "hour", "week", "weekday", "speed",
    ],
}  # fmt: skip
PLACE = ["faa", "lat", "lon"]
FEWEST_FLIGHTS = 5
NEIGHBOURS = 5


class Map(NamedTuple):
    """Airports in two dimensions."""

    names: list[str]
    true: np.ndarray  # (n, 2) kilometres east and north of the middle
    drawn: np.ndarray  # (n, 2) from the vectors, turned and scaled onto the true map
    placed: np.ndarray  # (n, 2) mean of the true places of the nearest airports, itself left out
    share: float  # of the squared lengths of the vectors that two dimensions show


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Ask what a flights table tells of places.")
    parser.add_argument("flights", type=Path, help=f"CSV with columns {', '.join(COLUMNS)}")
    parser.add_argument(
        "--airports",
        type=Path,
        help=f"CSV with columns {', '.join(PLACE)}; airports.csv beside the flights if not given",
    )
    parser.add_argument(
        "--vector-sizes",
        type=int,
        nargs="+",
        default=[32, 16, 48],
        help="the first is in the picture",
    )
    parser.add_argument("--out", type=Path, default=Path("airports.png"))
    options = parser.parse_args(arguments)
    try:
        flights = with_speed(read(options.flights, COLUMNS))
        airports = read(options.airports or options.flights.with_name("airports.csv"), PLACE)
        places = coordinates(airports)
        names = with_places(flights["dest"].value_counts(), places)
    except (OSError, ValueError) as error:
        print(f"airports.py: {error}", file=sys.stderr)
        return 2
    print(f"{len(flights):,} flights, {len(names)} airports with {FEWEST_FLIGHTS} or more")
    found = []
    for title, features in FEATURES.items():
        counts = count_pairs(flights[features])
        for size in options.vector_sizes:
            vectors = train_vectors(counts, vector_size=size)
            made = draw_map(vectors, names, places)
            found.append({"features": title, "vector_size": size, **quality(made)})
            print(", ".join(f"{name}: {value}" for name, value in found[-1].items()), flush=True)
            if size == options.vector_sizes[0]:
                shown, of_shown = made, vectors
    record = {
        "facts": facts(["cat2vec", "numpy", "pandas"]),
        "settings": {"features": FEATURES, "neighbours": NEIGHBOURS},
        "flights": len(flights),
        "airports": len(names),
    }
    write(options.out.with_suffix(".json"), record, found)
    for name in names[:3]:
        near = of_shown.nearest("dest", name, n=NEIGHBOURS)["category"]
        print(f"nearest to {name}: {', '.join(near)}")
    return picture(shown, options.out)


def write(path: Path, record: dict[str, Any], found: list[dict[str, Any]]) -> None:
    lines = ",\n  ".join(map(json.dumps, found))  # a line each
    path.write_text(
        f'{json.dumps(record, indent=1)[:-2]},\n "found": [\n  {lines}\n ]\n}}\n', "utf-8"
    )


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


def with_speed(flights: pd.DataFrame) -> pd.DataFrame:
    """Add the week of the year, the day of the week, and the speed over ground, miles an hour."""
    try:
        when = pd.to_datetime(flights[["year", "month", "day"]].astype(int))
        hours = flights["air_time"].astype(float) / 60
        speed = flights["distance"].astype(float) / hours.where(hours > 0)
    except ValueError as error:
        raise ValueError(
            f"columns year, month, day, distance and air_time must hold numbers: {error}."
        ) from None
    return flights.assign(
        week=when.dt.isocalendar().week.astype(str), weekday=when.dt.day_name(), speed=speed
    )


def unit_vectors(vectors: Vectors, names: Sequence[str]) -> np.ndarray:
    """Give vectors of destinations of length 1, less their mean: what all have in common."""
    some = vectors["dest"].loc[list(names)].to_numpy(np.float64)
    unit = some / np.linalg.norm(some, axis=1, keepdims=True)
    return unit - unit.mean(axis=0)


def draw_map(vectors: Vectors, names: list[str], places: pd.DataFrame) -> Map:
    """Draw the first two principal components, and place airports by their nearest.

    Turning, mirroring and one scale (Procrustes) are all that the true map is used for in
    ``drawn``: vectors know neither north nor kilometres. In ``placed`` the true places of the
    others are used, never that of the airport itself.
    """
    degrees = np.radians(places.loc[names, ["lon", "lat"]].to_numpy())
    middle = degrees.mean(axis=0)
    true = 6371 * (degrees - middle) * [np.cos(middle[1]), 1]
    unit = unit_vectors(vectors, names)
    left, lengths, _ = np.linalg.svd(unit, full_matrices=False)
    flat = left[:, :2] * lengths[:2]
    one, stretch, other = np.linalg.svd(flat.T @ true)
    drawn = flat @ one @ other * stretch.sum() / (flat**2).sum()
    share = float((lengths[:2] ** 2).sum() / (lengths**2).sum())
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -np.inf)
    near = np.argsort(-cosine, axis=1, kind="stable")[:, :NEIGHBOURS]
    return Map(names, true, drawn, true[near].mean(axis=1), share)


def quality(made: Map) -> dict[str, float]:
    """Score the vectors, which know more than two dimensions can show, and the map."""
    found = {
        "R2 of longitude": r2(made.true[:, 0], made.placed[:, 0]),
        "R2 of latitude": r2(made.true[:, 1], made.placed[:, 1]),
        "R2 of the drawn map": r2(made.true, made.drawn),
        "share of the vectors drawn": made.share,
    }
    return {name: round(value, 3) for name, value in found.items()}


def r2(truth: np.ndarray, guess: np.ndarray) -> float:
    return float(1 - ((truth - guess) ** 2).sum() / ((truth - truth.mean(axis=0)) ** 2).sum())


def picture(made: Map, path: Path) -> int:
    """Draw where each airport is against where its nearest are, in both directions."""
    try:
        import matplotlib

        matplotlib.use("agg")
        from matplotlib import pyplot

        from cat2vec.plots.names import name_points
        from cat2vec.plots.style import COLORS, GREY
    except ImportError:
        print(
            "airports.py: no picture, it needs matplotlib: pip install cat2vec[examples]",
            file=sys.stderr,
        )
        return 1
    figure, sides = pyplot.subplots(1, 2, figsize=(11, 5.6), layout="constrained")
    figure.suptitle(
        f"{len(made.names)} airports: each against its {NEIGHBOURS} nearest by vectors of flights, "
        f"itself left out"
    )
    for axis, (side, name) in enumerate(zip(sides, ("east", "north"), strict=True)):
        true, placed = made.true[:, axis], made.placed[:, axis]
        low, high = np.quantile(true, [0.02, 0.98])  # Alaska and Hawaii are far off
        room = 0.1 * (high - low)
        side.set(xlim=(low - room, high + room), ylim=(low - room, high + room), aspect="equal")
        side.axline((low, low), slope=1, color=GREY, linestyle=":", label="the same")
        side.axhline(true.mean(), color=GREY, linewidth=0.8, label="nothing known: the mean")
        side.plot(true, placed, "o", color=COLORS[0], markersize=4)
        inside = (low - room <= true) & (true <= high + room)
        far = [one for one, fits in zip(made.names, inside, strict=True) if not fits]
        title = f"How far {name}: R² {r2(true, placed):.2f}"
        side.set_title(title + (f"; outside: {', '.join(far)}" if far else ""), loc="left")
        side.set(xlabel=f"true, km {name} of the middle", ylabel="mean of its nearest, km")
        side.legend(loc="upper left", fontsize=8)
    for axis, side in enumerate(sides):
        points = np.column_stack([made.true[:, axis], made.placed[:, axis]])
        name_points(side, made.names, points, size=7)
    figure.savefig(path, dpi=80)
    pyplot.close(figure)
    print(f"picture: {path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
