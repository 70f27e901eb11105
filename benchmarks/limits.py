"""What the vectors cannot do, measured: independent columns, few rows per category, order.

No data are needed: ``python -m benchmarks.limits`` takes the bundled vehicles and planted tables.
``python -m benchmarks.limits DATA_FOLDER`` adds real tables to the page.
"""

from __future__ import annotations

import sys
import warnings
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from benchmarks import limits_tables
from benchmarks.harness import TABLES, Benchmark
from benchmarks.harness.neighbours import cosines, nearest
from benchmarks.pages.limits import page
from cat2vec import Ordered, Vectors, count_pairs, encode_table, train_vectors
from cat2vec.datasets import load_vehicles
from cat2vec.errors import Cat2VecWarning
from cat2vec.inspection.quality import held_out_gain
from cat2vec.inspection.report import make_report

BENCHMARK = Benchmark("limits", "Measure and draw what the vectors cannot do.", page)
ROWS = (1, 2, 3, 5, 10, 20, 50, 100)
#: Probability that a cell follows the group of its item.
FOLLOWS = (0.8, 0.4, 0.2)
NEIGHBOURS = 5
ORDERS = {
    "mass": (
        "under 100 kg", "100 kg to 1 t", "1 to 10 t", "10 to 100 t", "100 to 1000 t", "over 1000 t",
    ),
    "speed": (
        "under 30 km/h", "30 to 100 km/h", "100 to 300 km/h", "300 to 1000 km/h",
        "over 1000 km/h", "orbital",
    ),
}  # fmt: skip
#: Columns of numbers of real tables that are asked for their order.
NUMBERS = {
    "adult": ("age", "hours_per_week"),
    "epa_vehicles": ("displ", "hwy", "year"),
    "gss_wages": ("realrinc", "age", "year"),
}
#: Columns of real tables that give the group of the categories of another.
TRUTH = {"gss_wages": ("occ10", "occrecode")}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(NUMBERS, data_folder=False)
    parser.add_argument("data_folder", type=Path, nargs="?", help="of real tables; without: none")
    parser.add_argument("--folds", type=int, default=10, help="parts of rows, each held out once")
    parser.add_argument("--seeds", type=int, default=5, help="planted tables of each kind")
    parser.add_argument("--each", type=int, default=10, help="items per group and number of rows")
    parser.add_argument("--rows", type=int, default=5000, help="of planted tables with a number")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Cat2VecWarning)
        return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    vehicles = load_vehicles().drop(columns="example")
    planted, _, _ = limits_tables.groups(ROWS, options.each, FOLLOWS[1], seed=0)
    kinds = {name: Ordered(order) for name, order in ORDERS.items()}
    yield from independence("vehicles", vehicles, options.folds)
    yield from independence("planted groups", planted, options.folds)
    yield independent("cartesian product", limits_tables.product(), options.folds, shuffled=False)
    for follows in FOLLOWS:
        yield from few_rows(follows, ROWS, options.each, options.seeds)
        yield from few_rows(follows, (1,), 20 * options.each, options.seeds)
    for shape in limits_tables.SHAPES:
        frames = [limits_tables.numbers(shape, options.rows, s) for s in range(options.seeds)]
        found = [order(train_vectors(count_pairs(frame)), "x") for frame in frames]
        yield mean_order(f"planted, {shape}", found, options.rows)
    vectors = train_vectors(count_pairs(vehicles, columns=kinds))
    for name in ORDERS:
        yield mean_order("vehicles", [order(vectors, name)], len(vehicles))
    if options.data_folder:
        for name in options.tables:
            yield from real(name, options)


def real(name: str, options: Namespace) -> Iterator[dict[str, Any]]:
    frame, kinds = TABLES[name].read(options.data_folder), TABLES[name].kinds
    yield from independence(name, frame, options.folds, kinds)
    vectors = train_vectors(count_pairs(frame, columns=kinds))
    for feature in NUMBERS[name]:
        yield mean_order(name, [order(vectors, feature)], len(frame))
    if name in TRUTH:
        yield from thinned(name, options)


def independence(
    table: str, frame: pd.DataFrame, folds: int, kinds: Mapping[str, Any] | None = None
) -> Iterator[dict[str, Any]]:
    for shuffled in (False, True):
        yield independent(table, frame, folds, shuffled, kinds)


def independent(
    table: str,
    frame: pd.DataFrame,
    folds: int,
    shuffled: bool,
    kinds: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Hold out every part of the rows once; each time the columns are shuffled anew."""
    part = np.random.default_rng(0).permutation(len(frame)) % folds
    trained, held_out, signals = [], [], 0
    for fold in range(folds):
        whole = each_column_shuffled(frame, fold) if shuffled else frame
        vectors = train_vectors(count_pairs(whole[part != fold], columns=kinds))
        rest = encode_table(whole[part == fold], vocabulary=vectors.vocabulary)
        trained.append(vectors.gain)
        held_out.append(held_out_gain(vectors, count_pairs(rest)))
        signals += make_report(vectors, rest).signal
    return {
        "table": table,
        "limit": "independent",
        "shuffled": shuffled,
        "rows": len(frame),
        "columns": frame.shape[1],
        "folds": folds,
        "gain_trained": float(np.mean(trained)),
        "gain_held_out": float(np.mean(held_out)),
        "gain_held_out_by_fold": held_out,
        "reports_with_signal": signals,
    }


def each_column_shuffled(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Shuffle every column on its own: the same cells, and nothing in common."""
    rng = np.random.default_rng(seed)
    order = {name: rng.permutation(len(frame)) for name in frame}
    return pd.DataFrame({name: frame[name].array.take(order[name]) for name in frame})


def few_rows(
    follows: float, rows_of: tuple[int, ...], n_each: int, seeds: int
) -> Iterator[dict[str, Any]]:
    """Ask planted items of known groups, by the rows that they stand in."""
    same, length = np.zeros((seeds, len(rows_of))), np.zeros((seeds, len(rows_of)))
    for seed in range(seeds):
        frame, group, n_rows = limits_tables.groups(rows_of, n_each, follows, seed)
        vectors = train_vectors(count_pairs(frame, columns={"item": "category"}))
        same[seed], length[seed] = by_rows(vectors, "item", group, n_rows, rows_of)
    alone = ", all items alike" if len(rows_of) == 1 else ""
    about = {
        "table": f"planted groups, {follows:.0%} of cells follow{alone}",
        "follows": follows,
        "rows": len(frame),
        "items": len(group),
        "chance": chance(group),
    }
    yield from by_level(about, same, length)


def by_level(
    about: Mapping[str, Any], same: np.ndarray, length: np.ndarray
) -> Iterator[dict[str, Any]]:
    """Write one record per number of rows: mean, lowest and highest of the seeds."""
    seeds, levels = same.shape
    for place, n in enumerate(ROWS[:levels]):
        yield {
            **about,
            "limit": "few rows",
            "rows_per_category": n,
            "seeds": seeds,
            "same_group": float(same[:, place].mean()),
            "same_group_lowest": float(same[:, place].min()),
            "same_group_highest": float(same[:, place].max()),
            "relative_length": float(length[:, place].mean()) if levels > 1 else None,
        }


def thinned(name: str, options: Namespace) -> Iterator[dict[str, Any]]:
    """Take rows from frequent categories at random, so that rare and frequent ones are alike."""
    feature, truth = TRUTH[name]
    table = TABLES[name]
    table = replace(table, features=[*table.features, truth])
    frame = table.read(options.data_folder)
    known = frame.groupby(feature)[truth].first()
    counts = frame[feature].value_counts()
    frequent = counts.index[counts >= ROWS[-1]]
    seeds = 4 * options.seeds  # few categories each
    same, length = np.zeros((2, seeds, len(ROWS)))
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        levels = rng.permutation(np.resize(ROWS, len(frequent)))
        kept = dict(zip(frequent, levels.tolist(), strict=True))
        some = frame.iloc[rng.permutation(len(frame))]
        place = some.groupby(feature).cumcount()
        some = some[~(place >= some[feature].map(kept)).fillna(False).to_numpy(bool)]
        vectors = train_vectors(count_pairs(some.drop(columns=truth), columns=table.kinds))
        items = vectors[feature].index
        group, n_rows = pd.factorize(known.loc[items])[0], np.array([kept.get(i, 0) for i in items])
        same[seed], length[seed] = by_rows(vectors, feature, group, n_rows, ROWS)
    about = {"table": f"{name}, {feature} and {truth}", "rows": len(frame), "items": len(items)}
    yield from by_level(about | {"chance": chance(group)}, same, length)


def by_rows(
    vectors: Vectors, feature: str, group: np.ndarray, n_rows: np.ndarray, levels: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Give share of near ones of the same group, and length in units of the last, by level."""
    matrix = vectors[feature].to_numpy(np.float64)
    same = (group[nearest(matrix, NEIGHBOURS)] == group[:, None]).mean(axis=1)
    length = np.linalg.norm(matrix, axis=1)
    shares = np.array([same[n_rows == n].mean() for n in levels])
    lengths = np.array([length[n_rows == n].mean() for n in levels])
    return shares, lengths / lengths[-1]


def chance(group: np.ndarray) -> float:
    """Share of other items of the same group, mean over items."""
    size = np.bincount(group).astype(float)
    return float((size * (size - 1)).sum() / (len(group) * (len(group) - 1)))


def order(vectors: Vectors, feature: str) -> dict[str, Any]:
    """Compare cosines with differences in rank; categories stand in their order."""
    similar = cosines(vectors[feature].to_numpy(np.float64))
    first, second = np.triu_indices(len(similar), 1)
    pairs, apart = similar[first, second], second - first
    np.fill_diagonal(similar, -np.inf)
    beside = np.abs(similar.argmax(axis=1) - np.arange(len(similar))) == 1
    return {
        "feature": feature,
        "bins": len(similar),
        "spearman": float(spearmanr(-pairs, apart).statistic),
        "nearest_is_next": float(beside.mean()),
        "cosine_by_difference": [pairs[apart == n].mean() for n in range(1, len(similar))],
    }


def mean_order(table: str, found: Sequence[Mapping[str, Any]], n_rows: int) -> dict[str, Any]:
    """Average over seeds; quantile bins are as many in each."""
    each = [one["spearman"] for one in found]
    return {
        "table": table,
        "limit": "order",
        "rows": n_rows,
        "feature": found[0]["feature"],
        "bins": found[0]["bins"],
        "seeds": len(found),
        "spearman": float(np.mean(each)),
        "spearman_lowest": min(each),
        "spearman_highest": max(each),
        "nearest_is_next": float(np.mean([one["nearest_is_next"] for one in found])),
        "cosine_by_difference": np.mean([one["cosine_by_difference"] for one in found], 0).tolist(),
    }


if __name__ == "__main__":
    sys.exit(main())
