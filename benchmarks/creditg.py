"""Few labels on a thousand rows: German credit, in the protocol of TabLLM; and other tables.

Run with ``python -m benchmarks.creditg DATA_FOLDER``. Vectors are learned from the rows of training
without their target. Labels are drawn with replacement, as many of either class. ``published`` are
the splits, draws and classifier of Hegselmann et al. (AISTATS 2023): seeds 42, 1024, 0, 1, 32, and
a grid search over penalties. ``further`` are other seeds and scikit-learn's logistic regression as
it comes, on German credit and on 800 rows each of the tables with a target.
"""

from __future__ import annotations

import sys
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.io import arff
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.preprocessing import OneHotEncoder, TargetEncoder
from threadpoolctl import threadpool_limits

from benchmarks.harness import Benchmark
from benchmarks.pages.creditg import page
from benchmarks.quality.methods import Found, centred, gensim_tuned, mca, one_hot, row_vectors
from benchmarks.quality.reading import LABELLED, labelled_table
from cat2vec import Cat2Vec, encode_table

BENCHMARK = Benchmark("creditg", "Measure few labels on a thousand rows.", page)
SHOTS = (4, 8, 16, 32, 64, 128, 256, 512)
PUBLISHED = (42, 1024, 0, 1, 32)
FURTHER = {"creditg": tuple(range(100, 140))}
#: Seeds, rows to learn from and rows to test on of the other tables.
OTHERS, LEARNED, TESTED = tuple(range(40, 45)), 800, 2000
PENALTIES = {"penalty": ["l1", "l2"], "C": [100, 10, 1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5]}

Frames = tuple[pd.DataFrame, pd.DataFrame]
Rows = tuple[np.ndarray, np.ndarray]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(["creditg", *LABELLED])
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--protocols", nargs="+", default=list(PROTOCOLS), choices=PROTOCOLS)
    options = parser.parse_args(arguments)
    # convergence, and names of arguments that scikit-learn renames
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return BENCHMARK.measure(records, options)


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    for name in options.tables:
        frame, target, kinds = read(options.data_folder, name)
        for protocol in options.protocols:
            seeds, fit = PROTOCOLS[protocol]
            if name != "creditg" and protocol == "published":
                continue
            for method in options.methods:
                areas = np.array(
                    [
                        areas_of(METHODS[method], fit, frame, target, kinds, seed, name)
                        for seed in seeds(name)
                    ]
                )
                for shots, found in zip(SHOTS, areas.T, strict=True):
                    yield {
                        "table": name,
                        "protocol": protocol,
                        "method": method,
                        "shots": shots,
                        "seeds": len(found),
                        "AUC": float(found.mean()),
                        "AUCs": found.round(5).tolist(),
                    }


def read(folder: Path, name: str) -> tuple[pd.DataFrame, np.ndarray, dict[str, Any]]:
    """Give a table without its target, the target as booleans, and kinds of columns."""
    if name != "creditg":
        return labelled_table(folder, name)
    frame = pd.DataFrame(arff.loadarff(folder / "creditg/creditg.arff")[0])
    for column in frame.select_dtypes(object):
        frame[column] = frame[column].str.decode("utf-8")
    return frame, (frame.pop("class") == "good").to_numpy(), {}


def split(n_rows: int, seed: int, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Give the rows to learn from and those to test on; of German credit as TabLLM takes them."""
    order = np.random.default_rng(seed).permutation(n_rows)
    if name == "creditg":
        return order[n_rows // 5 :], order[: n_rows // 5]
    return order[:LEARNED], order[LEARNED : LEARNED + TESTED]


def drawn(target: np.ndarray, shots: int, seed: int) -> np.ndarray:
    """Draw as many rows of either class, with replacement, as TabLLM does."""
    draws = np.random.RandomState(seed)
    return np.concatenate(
        [draws.choice(np.flatnonzero(target == label), shots // 2) for label in (False, True)]
    )


def areas_of(
    method: Callable[..., Any],
    fit: Callable[[np.ndarray, np.ndarray, int], Any],
    frame: pd.DataFrame,
    target: np.ndarray,
    kinds: dict[str, Any],
    seed: int,
    name: str,
) -> list[float]:
    """Give the AUC on the rows to test on for each number of shots."""
    learned, tested = split(len(frame), seed, name)
    labels, truth = target[learned], target[tested]
    written = method((frame.iloc[learned], frame.iloc[tested]), kinds)
    areas = []
    for shots in SHOTS:
        some = drawn(labels, shots, seed)
        rows, others = written(some, labels) if callable(written) else written
        model = fit(rows[some], labels[some], seed)
        areas.append(float(roc_auc_score(truth, model.predict_proba(others)[:, 1])))
    return areas


def by_grid(rows: np.ndarray, labels: np.ndarray, seed: int) -> Any:
    """Fit as TabLLM does: penalty and its strength by cross-validation on the shots."""
    model = LogisticRegression(
        class_weight="balanced", solver="liblinear", random_state=seed, max_iter=200
    )
    folds = min(4, int(np.bincount(labels.astype(int)).min()))
    cut = StratifiedKFold(folds, shuffle=True, random_state=seed)
    return GridSearchCV(model, PENALTIES, cv=cut, scoring="roc_auc").fit(rows, labels)


def as_it_comes(rows: np.ndarray, labels: np.ndarray, seed: int) -> Any:
    return LogisticRegression(max_iter=300).fit(rows, labels)


def numbers_and_words(frame: pd.DataFrame, kinds: dict[str, Any]) -> tuple[list[str], list[str]]:
    numbers = [
        column
        for column in frame.select_dtypes("number")
        if kinds.get(column) != "category" and frame[column].nunique() > 1
    ]
    return numbers, [column for column in frame if column not in numbers]


def scaled(frames: Frames, numbers: list[str]) -> Rows:
    """Give numbers with mean 0 and variance 1; missing ones are 0."""
    learned, tested = (frame[numbers].astype(float) for frame in frames)
    mean, deviation = learned.mean(), learned.std(ddof=0).replace(0, 1)
    first, second = ((one - mean) / deviation for one in (learned, tested))
    return first.fillna(0.0).to_numpy(), second.fillna(0.0).to_numpy()


def one_hot_and_numbers(frames: Frames, kinds: dict[str, Any]) -> Rows:
    """Write categories one-hot and numbers scaled, as TabLLM's logistic regression sees them."""
    numbers, words = numbers_and_words(frames[0], kinds)
    first, second = scaled(frames, numbers)
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    codes = encoder.fit_transform(frames[0][words].astype(str))
    others = encoder.transform(frames[1][words].astype(str))
    return np.hstack([first, codes]), np.hstack([second, others])


def target_encoder(frames: Frames, kinds: dict[str, Any]) -> Callable[..., Rows]:
    """Write categories as scikit-learn's TargetEncoder does after the labelled rows."""
    numbers, words = numbers_and_words(frames[0], kinds)
    first, second = scaled(frames, numbers)
    texts = [frame[words].astype(str).to_numpy() for frame in frames]

    def write(some: np.ndarray, labels: np.ndarray) -> Rows:
        encoder = TargetEncoder(target_type="binary", cv=2, random_state=0)
        own = np.zeros((len(first), len(words)))
        # labelled rows by cross-fitting, as the encoder is meant to be used
        own[some] = encoder.fit_transform(texts[0][some], labels[some])
        return np.hstack([own, first]), np.hstack([encoder.transform(texts[1]), second])

    return write


def by_cat2vec(row_vector: str) -> Callable[..., Rows]:
    def write(frames: Frames, kinds: dict[str, Any]) -> Rows:
        model = Cat2Vec(row_vector=row_vector, columns=kinds, n_jobs=1)
        return model.fit_transform(frames[0]), model.transform(frames[1])

    return write


def by_peer(learn: Callable[..., Found]) -> Callable[..., Rows]:
    """Write the encoded rows by vectors, scaled together to the variance of one-hot columns."""

    def write(frames: Frames, kinds: dict[str, Any]) -> Rows:
        learned = encode_table(frames[0], columns=kinds)
        tested = encode_table(frames[1], vocabulary=learned.vocabulary)
        matrix = centred(learn(learned, 32, 0).matrix, learned)
        wanted = row_vectors(one_hot(learned, 0, 0).matrix, learned).var(axis=0).sum()
        found = row_vectors(matrix, learned).var(axis=0).sum()
        scale = np.sqrt(wanted / max(found, 1e-30))
        return scale * row_vectors(matrix, learned), scale * row_vectors(matrix, tested)

    return write


METHODS: dict[str, Callable[..., Any]] = {
    "cat2vec, linear": by_cat2vec("linear"),
    "cat2vec, concat": by_cat2vec("concat"),
    "one-hot and numbers": one_hot_and_numbers,
    "one-hot of bins": by_peer(one_hot),
    "TargetEncoder and numbers": target_encoder,
    "MCA": by_peer(mca),
    "gensim tuned, 20 epochs": by_peer(gensim_tuned(20)),
}
PROTOCOLS: dict[str, tuple[Callable[[str], Sequence[int]], Callable[..., Any]]] = {
    "published": (lambda name: PUBLISHED, by_grid),
    "further": (lambda name: FURTHER.get(name, OTHERS), as_it_comes),
}

if __name__ == "__main__":
    sys.exit(main())
