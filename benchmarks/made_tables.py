"""Made tables of any number of rows, written as Parquet chunk by chunk, the same for every seed.

Run with ``python -m benchmarks.made_tables FOLDER --tables made_100000 made_1000000``.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

#: Rows that are in memory at once; a chunk is a row group of the file.
CHUNK = 500_000
N_CLASSES = 30
#: How often a cell follows the class of its row instead of the marginal of its feature.
CLASS_SHARE = 0.6
#: A class prefers one category in this many.
PREFERRED = 5
SEED = 0


@dataclass(frozen=True)
class Plan:
    """What a made table is: categories of each feature and how unequal they are.

    Parameters
    ----------
    cardinalities : sequence of int
    exponents : sequence of float
        The category of rank r is drawn as ``1 / r ** exponent``.
    """

    cardinalities: Sequence[int]
    exponents: Sequence[float]


PLANS = {
    "made": Plan((10, 20, 50, 100, 200, 500, 1000, 1000, 2000, 5000), (1.0,) * 10),
    # of customers and devices no few make up most rows, so their exponents are smaller
    "identifiers": Plan((10**6, 10**6, 500, 50), (0.5, 0.5, 1.0, 1.0)),
    # a million rows hold nearly every category
    "many": Plan((10**4,) * 10, (1.0,) * 10),
    "customers": Plan((10**6, 1000, 500, 200, 50, 10), (0.5, *(1.0,) * 5)),
    "wide": Plan((2, 3, 5, 10, 20, 50, 100, 200, 500, 1000) * 3, (1.0,) * 30),
}


class Feature:
    """How the cells of one feature are drawn, given the classes of their rows.

    The parameters of the draw come from the seed alone, so that tables of the same seed and
    different numbers of rows are samples of one distribution.
    """

    def __init__(
        self, position: int, cardinality: int, exponent: float, rng: np.random.Generator
    ) -> None:
        digits = max(4, len(str(cardinality - 1)))
        self.texts = pa.array([f"f{position}_{i:0{digits}d}" for i in range(cardinality)])
        chances = _chances(cardinality, exponent)
        self._order = rng.permutation(cardinality).astype(np.int32)
        self._marginal = np.cumsum(chances)
        n_preferred = max(2, cardinality // PREFERRED)
        self._preferred = np.stack(
            [
                self._order[rng.choice(cardinality, n_preferred, replace=False, p=chances)]
                for _ in range(N_CLASSES)
            ]
        )
        # a preferred set comes frequent ones first: shuffled, so that classes differ at the top
        self._preferred = rng.permuted(self._preferred, axis=1)
        self._among_preferred = np.cumsum(_chances(n_preferred, exponent))

    def draw(self, classes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Give a code for every row."""
        codes = self._order[_ranks(self._marginal, rng.random(len(classes)))]
        follows = rng.random(len(classes)) < CLASS_SHARE
        ranks = _ranks(self._among_preferred, rng.random(int(follows.sum())))
        codes[follows] = self._preferred[classes[follows], ranks]
        return codes


def _chances(n: int, exponent: float) -> np.ndarray:
    weights = np.arange(1, n + 1, dtype=np.float64) ** -exponent
    return weights / weights.sum()


def _ranks(cumulated: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Draw ranks; the last sum may be a hair below one."""
    return np.minimum(np.searchsorted(cumulated, uniform, side="right"), len(cumulated) - 1)


def write_table(path: Path, plan: Plan, n_rows: int, seed: int = SEED) -> None:
    """Write ``n_rows`` rows; two calls with the same plan, rows and seed write the same cells."""
    rng = np.random.default_rng(seed)
    kinds = enumerate(zip(plan.cardinalities, plan.exponents, strict=True))
    features = [Feature(f, cardinality, exponent, rng) for f, (cardinality, exponent) in kinds]
    class_sums = np.cumsum(_chances(N_CLASSES, 1.0))
    schema = pa.schema(
        [(f"c{position}", pa.string()) for position in range(len(features))],
        metadata={"seed": str(seed)},
    )
    unfinished = path.with_name(path.name + ".part")
    with pyarrow.parquet.ParquetWriter(unfinished, schema) as writer:
        for number, start in enumerate(range(0, n_rows, CHUNK)):
            chunk_rng = np.random.default_rng([seed, n_rows, number])
            classes = _ranks(class_sums, chunk_rng.random(min(CHUNK, n_rows - start)))
            cells = [feature.texts.take(feature.draw(classes, chunk_rng)) for feature in features]
            writer.write_table(pa.table(cells, schema=schema), row_group_size=CHUNK)
    os.replace(unfinished, path)


def made_file(folder: Path | None, name: str) -> Path:
    """Give the file of a made table, ``PLAN_ROWS``; it is written if it is not there."""
    plan, n_rows = plan_and_rows(name)
    if folder is None:
        raise SystemExit(f"{name} is a made table and needs --made FOLDER.")
    path = folder / f"{name}.parquet"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        began = time.perf_counter()
        write_table(path, PLANS[plan], n_rows)
        seconds = time.perf_counter() - began
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, {seconds:.1f} s", flush=True)
    return path


def plan_and_rows(name: str) -> tuple[str, int]:
    plan, _, n_rows = name.partition("_")
    if plan not in PLANS or not n_rows.isdigit():
        names = ", ".join(f"{plan}_ROWS" for plan in PLANS)
        raise ValueError(f"{name!r} is no made table; those are called {names}.")
    return plan, int(n_rows)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write made tables as Parquet.")
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--tables",
        nargs="+",
        default=["made_100000", "made_1000000", "made_10000000", "identifiers_2000000"],
        help=f"{', '.join(PLANS)}, each with _ROWS; those that are there stay",
    )
    options = parser.parse_args(arguments)
    for name in options.tables:
        made_file(options.folder, name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
