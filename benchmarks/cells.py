"""What rows say about their cells: odd rows, missing cells, wrong cells and hidden cells.

Each beside what else a user could take, in the same run. One set of defaults for all tables. Run
with ``python -m benchmarks.cells DATA_FOLDER``.
"""

from __future__ import annotations

import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from benchmarks.cells_peers import DETECTORS, IMPUTERS
from benchmarks.harness import TABLES, Benchmark
from benchmarks.pages.cells import PARTS, page
from benchmarks.quality.hidden_cells import split
from cat2vec import Cat2Vec, Cat2VecImputer, Cat2VecOutlierDetector, train_vectors
from cat2vec.counting.encoded import count_encoded
from cat2vec.inspection.cells.kept import CellsKept
from cat2vec.inspection.cells.temperatures import sample_of
from cat2vec.inspection.report.hidden_cells import evidence_of, hidden_cells, hidden_cells_by_model
from cat2vec.inspection.report.pair_table import PairTable
from cat2vec.kernels.threads import workers

BENCHMARK = Benchmark("cells", "Fill missing cells, and find odd rows and wrong cells.", page)
ANOMALY = ("cmc", "aid362", "apascal", "chess", "solar_flare", "u2r")
#: Columns of numbers in the tables with hidden cells: given, and not scored.
IMPUTATION = {
    "adultsample10": ["age", "education-num", "capital-gain", "capital-loss", "hours-per-week"],
    "australian": ["A2", "A3", "A7", "A10", "A13", "A14"],
    "contraceptive": ["A1", "A4"],
    "flare": [],
    "mammogram": ["A2"],
    "tax5000trimmed": ["salary", "rate", "singleexemp", "marriedexemp", "childexemp"],
}
SHARES, SEEDS = (0.2, 0.5), (0, 1)
_MOST_PAIRS = 10**12
_CALIBRATION_BINS = 10


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser()
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--no-peers", action="store_true", help="cat2vec alone")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    measure: dict[str, Callable[[Path, bool], Iterator[dict[str, Any]]]] = {
        "anomaly": anomaly, "imputation": imputation, "wrong_cells": wrong_cells,
        "hidden_cells": hidden,
    }  # fmt: skip
    for part in options.parts:
        for record in measure[part](options.data_folder, not options.no_peers):
            yield {"part": part, **record}


def anomaly(folder: Path, peers: bool) -> Iterator[dict[str, Any]]:
    """Fit and score all rows; the label is never shown."""
    for name in ANOMALY:
        frame = pd.read_parquet(folder / "anomaly" / f"{name}.parquet")
        truth = frame.pop("anomaly").to_numpy()
        codes = np.column_stack([pd.factorize(frame[column])[0] for column in frame])
        detectors = {"cat2vec": lambda _, frame=frame: _scores(frame)}
        for method, score in {**detectors, **(DETECTORS if peers else {})}.items():
            began = time.perf_counter()
            scores = score(codes)
            seconds = time.perf_counter() - began
            if scores is not None:
                auc, ap = (f(truth, scores) for f in (roc_auc_score, average_precision_score))
                yield {
                    "table": name, "method": method, "seconds": seconds, "roc_auc": float(auc),
                    "average_precision": float(ap),
                }  # fmt: skip


def _scores(frame: pd.DataFrame) -> np.ndarray:
    detector = Cat2VecOutlierDetector(numeric="category", n_jobs=1).fit(frame)
    return -detector.score_samples(frame)


def imputation(folder: Path, peers: bool) -> Iterator[dict[str, Any]]:
    """Hide a share of the cells of every column and fill them."""
    for name, numbers in IMPUTATION.items():
        frame = pd.read_csv(folder / "imputation" / f"{name}.csv")
        words = [column for column in frame if column not in numbers]
        for share in SHARES:
            found: dict[str, list[tuple[float, float]]] = {}
            for seed in SEEDS:
                table, hidden_of = _with_hidden(frame, numbers, share, seed)
                for method, fill in _imputers(words, peers).items():
                    began = time.perf_counter()
                    filled = fill(table)
                    seconds = time.perf_counter() - began
                    found.setdefault(method, []).append(
                        (_accuracy(frame, filled, words, hidden_of), seconds)
                    )
            for method, figures in found.items():
                accuracy, seconds = np.mean(figures, axis=0)
                yield {
                    "table": name, "share": share, "method": method, "accuracy": float(accuracy),
                    "seconds": float(seconds),
                }  # fmt: skip


def _with_hidden(
    frame: pd.DataFrame, numbers: Sequence[str], share: float, seed: int
) -> tuple[pd.DataFrame, dict[str, pd.Index]]:
    draws = np.random.RandomState(seed)
    table, rows = frame.astype(object), {}
    for column in frame:
        rows[column] = frame[column].sample(frac=share, random_state=draws).index
        table.loc[rows[column], column] = None
    return table.astype(dict.fromkeys(numbers, float)), rows


def _imputers(words: Sequence[str], peers: bool) -> dict[str, Callable[[pd.DataFrame], Any]]:
    def by_cat2vec(table: pd.DataFrame) -> pd.DataFrame:
        return Cat2VecImputer(columns=dict.fromkeys(words, "category"), n_jobs=1).fit_transform(
            table
        )

    def by_peer(fill: Callable[[np.ndarray], np.ndarray]) -> Callable[[pd.DataFrame], Any]:
        def filled(table: pd.DataFrame) -> pd.DataFrame:
            numbers = [column for column in table if column not in words]
            cut = {c: pd.qcut(table[c], 16, labels=False, duplicates="drop") for c in numbers}
            coded = [pd.factorize(cut.get(c, table[c])) for c in table]
            codes = fill(np.column_stack([one for one, _ in coded]))
            return pd.DataFrame(
                {
                    column: np.asarray(values, object)[codes[:, place]]
                    for place, (column, (_, values)) in enumerate(zip(table, coded, strict=True))
                }
            )

        return filled

    chosen = {method: by_peer(fill) for method, fill in IMPUTERS.items()} if peers else {}
    return {"cat2vec": by_cat2vec, **chosen}


def _accuracy(
    frame: pd.DataFrame, filled: pd.DataFrame, words: Sequence[str], rows: dict[str, pd.Index]
) -> float:
    right = [
        (filled[column][rows[column]] == frame[column][rows[column]])[
            frame[column][rows[column]].notna()
        ]
        for column in words
    ]
    return float(np.concatenate(right).mean())


def wrong_cells(folder: Path, peers: bool) -> Iterator[dict[str, Any]]:
    """Rank the cells of hospital by how wrong they look, and repair the first ones."""
    wrong = pd.read_csv(folder / "wrong_cells" / "hospital.csv", dtype=str)
    right = pd.read_csv(folder / "wrong_cells" / "hospital_clean.csv", dtype=str)
    right = right.astype({"tid": int}).pivot(index="tid", columns="attribute", values="correct_val")
    right = right.loc[range(len(wrong)), wrong.columns].fillna("empty")
    is_wrong = wrong.fillna("empty").to_numpy() != right.to_numpy()
    n_wrong = int(is_wrong.sum())
    began = time.perf_counter()
    model = Cat2Vec(n_jobs=1).fit(wrong)
    found = model.suspicious_cells(wrong, n=wrong.size)
    seconds = time.perf_counter() - began
    places = found["row"].to_numpy(), [wrong.columns.get_loc(name) for name in found["column"]]
    hits = is_wrong[places]
    repaired = hits & (found["suggestion"].to_numpy() == right.to_numpy()[places])
    f1 = 2 * int(repaired[:n_wrong].sum()) / (2 * n_wrong)
    yield {
        "table": "hospital", "method": "cat2vec", "seconds": seconds, "wrong": n_wrong,
        "right_of_first": int(hits[:n_wrong].sum()), "repair_f1": f1,
    }  # fmt: skip
    if peers:
        counts = wrong.apply(lambda column: column.map(column.value_counts()))
        order = np.argsort(counts.fillna(len(wrong)).to_numpy().ravel(), kind="stable")[:n_wrong]
        yield {
            "table": "hospital", "method": "rarity of the value", "seconds": None,
            "wrong": n_wrong, "right_of_first": int(is_wrong.ravel()[order].sum()),
            "repair_f1": None,
        }  # fmt: skip


def hidden(folder: Path, peers: bool) -> Iterator[dict[str, Any]]:
    """Hide each cell of held-out rows; MRR, hits, and calibration of the probabilities."""
    for name in TABLES:
        train, test, _ = split(folder, name, _MOST_PAIRS)
        counts = count_encoded(train, 1)
        with workers(1) as crew:
            began = time.perf_counter()
            model = CellsKept(counts, sample_of(train)).model(None, crew)
            seconds = time.perf_counter() - began
            ranked = hidden_cells_by_model(test, model, crew)
            calibration = _calibration_error(model, test, crew)
            yield {
                "table": name, "method": "pair counts", "seconds": seconds,
                "MRR": float(np.nanmean(ranked.mrr)), "calibration_error": calibration,
            }  # fmt: skip
            if not peers:
                continue
            table = hidden_cells(test, PairTable.of(counts), crew)
            yield {"table": name, "method": "PMI table", "MRR": float(np.nanmean(table.mrr))}
            alone = hidden_cells(test, None, crew)
            yield {"table": name, "method": "most frequent", "MRR": float(np.nanmean(alone.mrr))}
        began = time.perf_counter()
        vectors = train_vectors(train, solver="counts", n_jobs=1)
        seconds = time.perf_counter() - began
        with workers(1) as crew:
            by_vectors = CellsKept(None, sample_of(train)).model(vectors, crew)
            ranked = hidden_cells_by_model(test, by_vectors, crew)
            calibration = _calibration_error(by_vectors, test, crew)
            yield {
                "table": name, "method": "vectors", "seconds": seconds,
                "MRR": float(np.nanmean(ranked.mrr)), "calibration_error": calibration,
            }  # fmt: skip
            before = hidden_cells(test, evidence_of(vectors), crew)
            yield {
                "table": name, "method": "vectors, one temperature",
                "MRR": float(np.nanmean(before.mrr)),
            }  # fmt: skip


def _calibration_error(model: Any, test: Any, crew: Any) -> float:
    """How far the chance of the likeliest category is from how often it is right, over features."""
    errors = []
    for position in range(test.vocabulary.n_features):
        true = test.codes[:, test.first_columns[position]].astype(np.int64)
        chances = model.probabilities(test, position, crew)[true >= 0]
        true = true[true >= 0]
        if len(true) < 20 or chances.shape[1] < 2:
            continue
        sure, hit = chances.max(axis=1), chances.argmax(axis=1) == true
        bins = np.minimum((sure * _CALIBRATION_BINS).astype(int), _CALIBRATION_BINS - 1)
        away = np.bincount(bins, sure - hit, _CALIBRATION_BINS)
        errors.append(np.abs(away).sum() / len(true))
    return float(np.mean(errors))


if __name__ == "__main__":
    sys.exit(main())
