"""Train again with something changed, and compare: other rows, another seed, fewer numbers.

Takes ``Vectors`` and what they were trained on. Gives the share of neighbours in each feature that
two trainings have in common, on two halves of the rows or with two seeds, and the held-out gain of
growing vector sizes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import without_warnings
from cat2vec.inspection.quality import held_out_gain
from cat2vec.kernels.threads import workers
from cat2vec.tables.cells.weights import token_counts
from cat2vec.tables.encode import EncodedTable
from cat2vec.training.problem import settings_from
from cat2vec.training.train import train_vectors
from cat2vec.vectors.vectors import Vectors

N_NEIGHBOURS = 10
#: Categories with fewer rows than this in either training are left out.
LEAST_ROWS = 5
#: Categories of a feature whose neighbours are compared at most, evenly spaced, and at a time.
MOST_COMPARED, _BLOCK_ROWS = 2_000, 256
#: Vectors shorter than this share of the longest one of the model have no direction.
_SHORT = 1e-6
#: A size is enough if it keeps this share of the best gain.
ENOUGH = 0.99


@dataclass(frozen=True, eq=False)
class Overlap:
    """Neighbours in common, per feature.

    Parameters
    ----------
    shared : ndarray of shape (n_features,), float64
        Mean share of the nearest neighbours inside the feature that both have; NaN where fewer than
        four categories can be compared.
    chance : ndarray of shape (n_features,), float64
        The same for neighbours drawn at random.
    n_neighbours : ndarray of shape (n_features,), int64
        How many are compared: 10, or half of the others where there are fewer than 21 categories.
    n_categories : ndarray of shape (n_features,), int64
        Categories that may be neighbours: those with enough rows in both, and with a direction.
    n_compared : ndarray of shape (n_features,), int64
        Those whose neighbours are compared, at most ``MOST_COMPARED``, evenly spaced.
    """

    shared: np.ndarray
    chance: np.ndarray
    n_neighbours: np.ndarray
    n_categories: np.ndarray
    n_compared: np.ndarray


def retrained(
    vectors: Vectors, data: PairCounts | EncodedTable, n_jobs: int | None, **changes: Any
) -> Vectors:
    """Train on some data with the settings of other vectors, except for what is changed.

    Warnings are suppressed: they are about parameters that the user did not choose.
    """
    with without_warnings():
        # rare categories are pooled already
        settings = {**settings_from(vectors.settings).as_dict(), **changes, "min_count": 1}
        return train_vectors(data, n_jobs=n_jobs, **settings)


def halves_of(vectors: Vectors, table: EncodedTable, n_jobs: int | None) -> tuple[Vectors, Vectors]:
    """Train on two halves of the rows, drawn with a fixed seed, as the model was trained.

    Categories and bins stay those of the model; their counts are those of each half.
    """
    order = np.random.default_rng(0).permutation(table.n_rows)
    halves = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])
    first, second = (retrained(vectors, rows_of_table(table, rows), n_jobs) for rows in halves)
    return first, second


def rows_of_table(table: EncodedTable, rows: np.ndarray) -> EncodedTable:
    """Take some rows, and count the categories of the vocabulary in them."""
    vocabulary = table.vocabulary
    codes = np.asfortranarray(table.codes[rows])
    weights = None if table.weights is None else table.weights[rows]
    counts = [
        token_counts(codes[:, table.feature_of_column == feature], weights, len(found))
        for feature, found in enumerate(vocabulary.categories)
    ]
    vocabulary = replace(vocabulary, counts=np.concatenate(counts))
    return replace(table, codes=codes, vocabulary=vocabulary, weights=weights)


def overlap(first: Vectors, second: Vectors, n_jobs: int | None = None) -> Overlap:
    """Compare the nearest neighbours, by cosine, of every frequent category in its own feature.

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Bergen", "Rome", "Pisa"] * 9,
    ...          "food": ["cod", "cod", "pasta", "pasta"] * 9}
    >>> vectors = train_vectors(count_pairs(table), vector_size=1)
    >>> overlap(vectors, vectors).shared.tolist()
    [1.0, nan]
    """
    vocabulary = first.vocabulary
    frequent = np.ones(vocabulary.n_tokens, bool)
    for one in (first, second):
        lengths = np.linalg.norm(one.matrix, axis=1)
        frequent &= one.vocabulary.counts >= LEAST_ROWS
        frequent &= lengths > _SHORT * lengths.max(initial=1e-30)
    offsets = vocabulary.offsets
    tokens = [
        np.flatnonzero(frequent[start:stop]) + start for start, stop in pairwise(offsets.tolist())
    ]
    n_categories = np.array([len(found) for found in tokens])
    n_neighbours = np.minimum(N_NEIGHBOURS, (n_categories - 1) // 2)
    n_compared = np.minimum(n_categories, MOST_COMPARED)

    def in_common(block: tuple[int, np.ndarray]) -> tuple[int, float]:
        feature, rows = block
        found = [
            _nearest(one.matrix, tokens[feature], rows, int(n_neighbours[feature]))
            for one in (first, second)
        ]
        return feature, float((found[0] & found[1]).sum())

    blocks = []
    for feature in np.flatnonzero(n_categories >= 4).tolist():
        asked = np.linspace(0, n_categories[feature] - 1, n_compared[feature]).astype(np.int64)
        starts = range(0, len(asked), _BLOCK_ROWS)
        blocks += [(feature, asked[start : start + _BLOCK_ROWS]) for start in starts]
    totals = np.zeros(vocabulary.n_features)
    with workers(n_jobs) as crew:
        for feature, total in crew.map(in_common, blocks):
            totals[feature] += total
    compared = np.where(n_categories >= 4, n_compared * n_neighbours, np.nan)
    chance = np.where(n_categories >= 4, n_neighbours / np.maximum(n_categories - 1, 1), np.nan)
    return Overlap(totals / compared, chance, n_neighbours, n_categories, n_compared)


def _nearest(matrix: np.ndarray, tokens: np.ndarray, rows: np.ndarray, n: int) -> np.ndarray:
    """Mark the n nearest of some tokens among all of a feature: (len(rows), len(tokens)) bool."""
    vectors = matrix[tokens].astype(np.float64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = vectors[rows] @ vectors.T
    cosines[np.arange(len(rows)), rows] = -np.inf
    farthest = np.partition(cosines, -n, axis=1)[:, -n, None]
    nearer, as_far = cosines > farthest, cosines == farthest
    # of those equally far the first: which of them a partition takes depends on the processor
    n_left = n - nearer.sum(axis=1, keepdims=True)
    return nearer | (as_far & (np.cumsum(as_far, axis=1) <= n_left))


def sizes_up_to(largest: int) -> list[int]:
    """Give powers of two below a size, and the size.

    Examples
    --------
    >>> sizes_up_to(12), sizes_up_to(1)
    ([1, 2, 4, 8, 12], [1])
    """
    return [*(2**power for power in range(largest.bit_length()) if 2**power < largest), largest]


def gain_by_size(
    vectors: Vectors,
    data: PairCounts | EncodedTable,
    held_out: PairCounts,
    n_jobs: int | None = None,
) -> list[tuple[int, float]]:
    """Train vectors of sizes 1, 2, 4, ... up to that of the model, and score each.

    Parameters
    ----------
    vectors : Vectors
        They are scored as they are for their own size, not trained again.
    data : PairCounts or EncodedTable
        What they were trained on; rows for the solvers "rows" and "gensim".
    held_out : PairCounts
    n_jobs : int or None

    Returns
    -------
    list of (int, float)
        Size and held-out gain in nats per pair.
    """
    *smaller, _ = sizes_up_to(vectors.vector_size)
    tried = [retrained(vectors, data, n_jobs, vector_size=size) for size in smaller]
    return [(one.vector_size, held_out_gain(one, held_out, n_jobs)) for one in (*tried, vectors)]


def size_enough(curve: Sequence[tuple[int, float]]) -> int | None:
    """Name the smallest size that keeps ``ENOUGH`` of the best gain; None if no size gains.

    Examples
    --------
    >>> size_enough([(1, 0.5), (2, 0.995), (4, 1.0)]), size_enough([(1, -0.1)])
    (2, None)
    """
    best = max((gain for _, gain in curve), default=0.0)
    if not best > 0.0:
        return None
    return next(size for size, gain in curve if gain >= ENOUGH * best)
