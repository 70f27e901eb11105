"""The table of ``five_numbers.py``: its numbers, windows of two rows, likeness of vehicles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

NUMERIC = ["mass", "speed"]
#: Classes of the two columns in their order; their places, 0 to 5, are the numbers.
CLASSES = {
    "mass": [
        "under 100 kg",
        "100 kg to 1 t",
        "1 to 10 t",
        "10 to 100 t",
        "100 to 1000 t",
        "over 1000 t",
    ],
    "speed": [
        "under 30 km/h",
        "30 to 100 km/h",
        "100 to 300 km/h",
        "300 to 1000 km/h",
        "over 1000 km/h",
        "orbital",
    ],
}


@dataclass(frozen=True)
class Settings:
    """The same for every variant, but for the choice among ``epochs`` and ``rates``."""

    windows: int = 1600
    held_out_windows: int = 1000
    unseen_vehicles: int = 20
    epochs: tuple[int, ...] = (10, 20, 30)
    batch: int = 100
    rates: tuple[float, ...] = (0.01, 0.03, 0.1)
    units: int = 10


class Windows(NamedTuple):
    rows: np.ndarray  # (n, 2) int64, rows of the embedding
    numeric: np.ndarray  # (n, 2, 2) float32, mean 0 and variance 1 over the training rows


def numbers_of(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({
        name: table[name].map({value: place for place, value in enumerate(CLASSES[name])})
        for name in NUMERIC
    }).astype(float)  # fmt: skip


def make_windows(
    table: pd.DataFrame, rows: np.ndarray, settings: Settings, seed: int
) -> dict[str, Windows]:
    """Draw pairs of rows: the rows of this table have no order, so any two can be a window.

    "train" and "held_out" have different rows of the same vehicles; the vehicles of "unseen" are
    not in "train" at all.
    """
    random = np.random.default_rng(seed)
    numbers = numbers_of(table)
    known = numbers.notna().all(axis=1).to_numpy()
    vehicles = np.unique(rows[known])
    unseen = np.isin(rows, random.choice(vehicles, settings.unseen_vehicles, replace=False))
    held_out = np.zeros(len(rows), dtype=bool)
    for vehicle in vehicles:
        places = np.flatnonzero(known & (rows == vehicle))
        if len(places) >= 2:
            held_out[random.choice(places)] = True
    train = known & ~held_out & ~unseen
    scaled = (numbers - numbers[train].mean()) / numbers[train].std(ddof=0)
    parts = {
        "train": (train, settings.windows),
        "held_out": (known & held_out & ~unseen, settings.held_out_windows),
        "unseen": (known & unseen, settings.held_out_windows),
    }
    made = {}
    for name, (choice, n) in parts.items():
        pairs = random.choice(np.flatnonzero(choice), (n, 2))
        made[name] = Windows(rows[pairs], scaled.to_numpy(np.float32)[pairs])
    return made


def likeness(table: pd.DataFrame) -> np.ndarray:
    """Share of the other columns whose most frequent value two vehicles have in common."""
    others = table.drop(columns=NUMERIC).groupby("vehicle")
    usual = others.agg(lambda cells: cells.mode().iloc[0] if cells.notna().any() else "?")
    values = usual.astype(str).to_numpy()
    return (values[:, None] == values[None]).mean(axis=2)
