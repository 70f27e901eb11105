"""Tables that tests share: small ones with gaps, one with planted structure, one without."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd


def random_codes(rng, n_rows, sizes, missing=0.1):
    """Give a dict of columns of independent categories ``c0 ...`` with gaps."""
    table = {}
    for feature, size in enumerate(sizes):
        values = rng.integers(size, size=n_rows)
        gaps = rng.random(n_rows) < missing
        table[f"f{feature}"] = [
            None if gap else f"c{v}" for v, gap in zip(values, gaps, strict=True)
        ]
    return table


def planted(rng, n_rows=3000, n_groups=4, n_features=4, per_group=3, noise=0.2):
    """Give a table whose rows belong to hidden groups, and the group of every category.

    Category ``g2_1`` of each feature is the second category of group 2: it stands in rows of that
    group, except for a share ``noise`` of cells that are drawn from all groups.
    """
    group = rng.integers(n_groups, size=n_rows)
    table = {}
    for feature in range(n_features):
        shown = np.where(rng.random(n_rows) < noise, rng.integers(n_groups, size=n_rows), group)
        inside = rng.integers(per_group, size=n_rows)
        table[f"f{feature}"] = [f"g{g}_{i}" for g, i in zip(shown, inside, strict=True)]
    return table


def repeated(table, weights):
    """Repeat every row of a dict of columns as often as its weight, a whole number, says."""
    return {
        name: [cell for cell, w in zip(cells, weights, strict=True) for _ in range(int(w))]
        for name, cells in table.items()
    }


def shuffled(rng, table):
    """Shuffle every column by itself: the same marginals and nothing to learn."""
    return {name: [cells[i] for i in rng.permutation(len(cells))] for name, cells in table.items()}


def rows_of_all_kinds(n_rows=300):
    """Give a dataframe of text, numbers, bins, booleans, dates and a mixture, one column each."""
    rng = np.random.default_rng(0)
    group = rng.integers(0, 3, n_rows)
    return pd.DataFrame(
        {
            "vehicle": np.array(["tram", "bus", "launch rocket"], dtype=object)[group],
            "doors": group + rng.integers(0, 2, n_rows),
            "price": group * 10.0 + rng.normal(size=n_rows),
            "used": group > 0,
            "day": [datetime.date(2024, 1, 1 + int(g)) for g in group],
            "mixed": pd.Series(np.array([1, True, "1"], dtype=object)[group], dtype=object),
        }
    )
