"""Planted tables of ``limits.py``: what is in them is known, because it was put there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

N_COLUMNS, N_CATEGORIES = 6, 8
N_GROUPS = 10
#: Spread of the columns around what they depend on, which runs from 0 to 1.
NOISE = 0.15
#: What the other columns depend on, given the number x, from 0 to 1, whose order is asked for.
SHAPES: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "rising": lambda x, rng: x,
    "U-shaped": lambda x, rng: np.abs(2 * x - 1),
    "periodic": lambda x, rng: 2 * x % 1,
    "independent": lambda x, rng: rng.random(len(x)),
}


def product() -> pd.DataFrame:
    """Give every combination of the categories of six columns once: none says anything."""
    sizes = (6, 5, 4, 4, 3, 3)
    cells = np.indices(sizes).reshape(len(sizes), -1)
    return pd.DataFrame({f"c{j}": _texts(column) for j, column in enumerate(cells)})


def groups(
    rows_of: tuple[int, ...], n_each: int, follows: float, seed: int
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Give a table of items that belong to groups, the group of each item and its rows.

    Every group has ``n_each`` items of each number of rows. A cell beside an item is the favourite
    of its group in that column with probability ``follows``, else any category.
    """
    rng = np.random.default_rng(seed)
    n_rows = np.tile(np.repeat(rows_of, n_each), N_GROUPS)
    group = np.repeat(np.arange(N_GROUPS), len(rows_of) * n_each)
    item = np.repeat(np.arange(len(n_rows)), n_rows)
    favourites = rng.integers(0, N_CATEGORIES, (N_GROUPS, N_COLUMNS))[group[item]]
    anything = rng.integers(0, N_CATEGORIES, favourites.shape)
    cells = np.where(rng.random(favourites.shape) < follows, favourites, anything)
    columns = {f"c{j}": _texts(column) for j, column in enumerate(cells.T)}
    return pd.DataFrame({"item": [f"i{i:05d}" for i in item], **columns}), group, n_rows


def numbers(shape: str, n_rows: int, seed: int) -> pd.DataFrame:
    """Give a number x, and six columns that depend on it, or on another number, and on noise."""
    rng = np.random.default_rng(seed)
    x = rng.random(n_rows)
    values = SHAPES[shape](x, rng)[:, None] + NOISE * rng.standard_normal((n_rows, N_COLUMNS))
    values = values % 1 if shape == "periodic" else np.clip(values, 0, 1 - 1e-9)
    cells = np.floor(values * N_CATEGORIES).astype(int)
    return pd.DataFrame({"x": x, **{f"c{j}": _texts(column) for j, column in enumerate(cells.T)}})


def _texts(codes: np.ndarray) -> list[str]:
    return [f"k{code}" for code in codes]
