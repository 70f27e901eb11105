"""Are only categories that changed said to have moved? Random halves, and swapped categories.

Run with ``python -m benchmarks.moves DATA_FOLDER``.
"""

from __future__ import annotations

import copy
import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.harness import TABLES, Benchmark
from benchmarks.pages.moves import LEAST_ROWS, VECTOR_SIZE, page
from cat2vec import Cat2Vec
from cat2vec.errors import Cat2VecWarning

BENCHMARK = Benchmark("moves", "Find what moved where something did, and where nothing did.", page)
SOME = ("adult", "bank_marketing", "diabetes130", "hotel_bookings", "nycflights13", "uci_mushroom")
#: Share of rows that are new, and what earlier counts are multiplied by.
UPDATES = ((0.1, 1.0), (0.1, 0.9), (0.5, 1.0), (0.5, 0.0))
SEEDS, SWAPS = 3, 6


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(TABLES, default=SOME)
    parser.add_argument("--rows", type=int, default=20_000, help="drawn from each table")
    return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    for name in options.tables:
        whole = TABLES[name].read(options.data_folder)
        for new_share, decay in UPDATES:
            record = {"table": name, "new_share": new_share, "decay": decay}
            found = [
                of_chance(drawn(whole, options.rows, seed), new_share, decay)
                for seed in range(SEEDS)
            ]
            yield {**record, "what": "chance", **merged(found)}
        rows = drawn(whole, options.rows, 0)
        yield {"table": name, "what": "swaps", "rows": len(rows), "swaps": [*swaps(rows)]}


def drawn(whole: pd.DataFrame, n_rows: int, seed: int) -> pd.DataFrame:
    return whole.sample(min(n_rows, len(whole)), random_state=seed).reset_index(drop=True)


def of_chance(rows: pd.DataFrame, new_share: float, decay: float) -> dict[str, Any]:
    """Update with rows of the same table, drawn at random: nothing changed."""
    cut = round(len(rows) * (1 - new_share))
    model, earlier = updated(rows[:cut], rows[cut:], decay)
    began = time.process_time()
    found = model.moves(earlier, n=None)
    seconds = time.process_time() - began
    both = found[found["times_chance"].notna()]
    return {
        "rows": len(rows),
        "categories": len(both),
        "moved": int((found["status"] == "moved").sum()),
        "most": float(both["times_chance"].max()),
        "seconds": seconds,
    }


def merged(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "rows": found[0]["rows"],
        "categories": [one["categories"] for one in found],
        "moved": [one["moved"] for one in found],
        "most": [one["most"] for one in found],
        "seconds": min(one["seconds"] for one in found),
    }


def swaps(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Swap two categories of a column in the new tenth, and look up their places."""
    rng = np.random.default_rng(0)
    cut = round(len(rows) * 0.9)
    texts = [name for name in rows if not pd.api.types.is_numeric_dtype(rows[name])]
    counts = {name: rows[name][cut:].value_counts() for name in texts}
    enough = {name: found.index[found >= LEAST_ROWS] for name, found in counts.items()}
    columns = [name for name in texts if len(enough[name]) >= 4]
    if not columns:
        return
    for _ in range(SWAPS):
        column = columns[rng.integers(len(columns))]
        one, other = rng.choice(enough[column].to_numpy(), 2, replace=False).tolist()
        new = rows[cut:].copy()
        new[column] = new[column].replace({one: other, other: one})
        found = updated(rows[:cut], new, 1.0)[0:2]
        moves = found[0].moves(found[1], n=None)
        both = moves[moves["times_chance"].notna()]
        mine = (both["feature"] == column) & both["category"].isin([one, other])
        yield {
            "column": str(column),
            "categories": [str(one), str(other)],
            "new_rows": [int(counts[column][value]) for value in (one, other)],
            "moved": int((both[mine]["status"] == "moved").sum()),
            "others_moved": int((both[~mine]["status"] == "moved").sum()),
            "place": places(both["times_chance"], mine),
            "place_by_distance": places(both["distance"], mine),
        }


def places(values: pd.Series, mine: pd.Series) -> list[int]:
    """Give the places of two categories, largest value first."""
    return sorted(values.rank(ascending=False, method="first")[mine].astype(int).tolist())


def updated(first: pd.DataFrame, second: pd.DataFrame, decay: float) -> tuple[Cat2Vec, Cat2Vec]:
    """Give a model after an update, and as it was before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Cat2VecWarning)
        model = Cat2Vec(vector_size=VECTOR_SIZE).partial_fit(first)
        earlier = copy.copy(model)
        return model.partial_fit(second, decay=decay), earlier


if __name__ == "__main__":
    sys.exit(main())
