"""``PairCounts``: in how many rows two tokens stand together. All that training needs to know.

Takes token ids and counts. Gives an additive, exact, unpooled table of pairs. Knows nothing of
rows, files or vectors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse

from cat2vec.errors import CountsMismatchError, listed
from cat2vec.kernels.counting import both_ways, pairs_are_sorted, pairs_with_feature
from cat2vec.tables.columns import plainness
from cat2vec.vocabulary import Codec, Schema, Vocabulary, category_key, sorted_by_key


@dataclass(frozen=True, eq=False)
class PairCounts:
    """Numbers of rows that hold two tokens of different features.

    Parameters
    ----------
    vocabulary : Vocabulary
        Tokens with the number of rows of each.
    left, right : ndarray of shape (n_pairs,), int32
        Token ids, ``left < right``, sorted by (left, right).
    count : ndarray of shape (n_pairs,), int64
        Rows that hold both; at least 1.
    n_rows : int
        Rows that were counted.

    Notes
    -----
    Counts add: ``count_pairs(a) + count_pairs(b)`` equals ``count_pairs`` of both tables, also
    where one has categories that the other has not, as long as numeric features have the same bin
    edges.

    Examples
    --------
    >>> from cat2vec import count_pairs
    >>> counts = count_pairs({"city": ["Oslo", "Oslo", "Bergen"], "job": ["cook", "cook", None]})
    >>> counts
    PairCounts(3 rows, 2 features, 3 tokens, 1 distinct pairs, 2 pairs in all)
    >>> (counts + counts).count
    array([4])
    """

    vocabulary: Vocabulary
    left: np.ndarray
    right: np.ndarray
    count: np.ndarray
    n_rows: int

    def __post_init__(self) -> None:
        if not len(self.left) == len(self.right) == len(self.count):
            raise ValueError("left, right and count must have one length")
        if not pairs_are_sorted(self.left, self.right, self.vocabulary.n_tokens):
            raise ValueError(
                "pairs must have left < right, in the vocabulary, and be sorted by (left, right)"
            )

    def __repr__(self) -> str:
        return (
            f"PairCounts({self.n_rows:,} rows, {self.vocabulary.n_features} features, "
            f"{self.vocabulary.n_tokens:,} tokens, {self.n_pairs:,} distinct pairs, "
            f"{self.total:,} pairs in all)"
        )

    @property
    def n_pairs(self) -> int:
        """Number of distinct pairs."""
        return len(self.left)

    @property
    def total(self) -> int:
        """Sum of all counts; the ordered pairs of the loss are twice as many."""
        return int(self.count.sum())

    @cached_property
    def both_ways(self) -> scipy.sparse.csr_array:
        """Counts as a symmetric sparse matrix (n_tokens, n_tokens), float32 for the solvers.

        The int64 counts stay exact; rounding to float32 happens only here, after adding.
        """
        n_tokens = self.vocabulary.n_tokens
        indptr = np.empty(n_tokens + 1, np.int64)
        indices = np.empty(2 * self.n_pairs, np.int32)
        values = np.empty(2 * self.n_pairs, np.float32)
        both_ways(self.left, self.right, self.count, indptr, indices, values)
        return scipy.sparse.csr_array((values, indices, indptr), shape=(n_tokens, n_tokens))

    @cached_property
    def with_feature(self) -> np.ndarray:
        """Pairs of each token with any category of each feature: (n_tokens, F) float64."""
        vocabulary = self.vocabulary
        totals = np.zeros((vocabulary.n_tokens, vocabulary.n_features), self.count.dtype)
        pairs_with_feature(self.left, self.right, self.count, vocabulary.feature_of_token, totals)
        return totals.astype(np.float64)

    def __add__(self, other: PairCounts) -> PairCounts:
        """Add the counts of another table with the same features."""
        if not isinstance(other, PairCounts):
            return NotImplemented
        vocabulary, to_mine, to_theirs = _united(self.vocabulary, other.vocabulary)
        keys, sums = _summed(
            np.concatenate([_keys(self, to_mine, vocabulary), _keys(other, to_theirs, vocabulary)]),
            np.concatenate([self.count, other.count]),
        )
        left, right = np.divmod(keys, vocabulary.n_tokens)
        return PairCounts(
            vocabulary,
            left.astype(np.int32),
            right.astype(np.int32),
            sums,
            self.n_rows + other.n_rows,
        )


def _keys(counts: PairCounts, new_id: np.ndarray, vocabulary: Vocabulary) -> np.ndarray:
    return new_id[counts.left] * vocabulary.n_tokens + new_id[counts.right]


def _summed(keys: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sort keys and add up the counts of equal ones, in int64 (float64 would lose units)."""
    if not len(keys):
        return keys, counts
    order = np.argsort(keys, kind="stable")
    keys, counts = keys[order], counts[order]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[starts], np.add.reduceat(counts, starts)


def _united(mine: Vocabulary, theirs: Vocabulary) -> tuple[Vocabulary, np.ndarray, np.ndarray]:
    """Unite two vocabularies; give also the new ids of the tokens of both."""
    if mine.features != theirs.features:
        raise CountsMismatchError(
            f"pair counts of different features cannot be added: {listed(mine.features)} and "
            f"{listed(theirs.features)}. Count both tables with the same features=[...]."
        )
    codecs: list[Codec] = []
    categories: list[np.ndarray] = []
    ids: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    n_tokens = 0
    for position, name in enumerate(mine.features):
        codec, other = mine.schema.codecs[position], theirs.schema.codecs[position]
        if not codec.same_as(other):
            raise CountsMismatchError(
                f"feature {name!r} is {_described(codec)} in one of the pair counts and "
                f"{_described(other)} in the other. Count both with the vocabulary of the first: "
                f"encode_table(second, vocabulary=counts.vocabulary)."
            )
        both = (mine.categories[position], theirs.categories[position])
        if codec.edges is not None:
            merged = both[0]
            places = [np.arange(len(merged))] * 2
        else:
            merged = _merged(*both)
            place = {category_key(value): code for code, value in enumerate(merged.tolist())}
            places = [
                np.array([place[category_key(v)] for v in found.tolist()], np.int64)
                for found in both
            ]
        codecs.append(
            codec if codec.dtype == other.dtype else Codec(codec.kind, "mixed", codec.edges)
        )
        categories.append(merged)
        for side in (0, 1):
            ids[side].append(places[side] + n_tokens)
        n_tokens += len(merged)
    to_mine, to_theirs = (np.concatenate(side).astype(np.int64) for side in ids)
    counts = np.zeros(n_tokens, np.int64)
    counts[to_mine] += mine.counts
    counts[to_theirs] += theirs.counts
    return (
        Vocabulary(Schema(mine.features, tuple(codecs)), tuple(categories), counts),
        to_mine,
        to_theirs,
    )


def _described(codec: Codec) -> str:
    if codec.edges is None:
        return "categorical"
    return f"cut at {listed(codec.edges.tolist(), 3)}"


def _merged(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    if first.dtype == second.dtype and first.dtype != object:
        return np.union1d(first, second)
    by_key: dict[Any, Any] = {}
    for value in sorted([*first.tolist(), *second.tolist()], key=plainness):
        by_key.setdefault(category_key(value), value)
    values = sorted_by_key(by_key.values())
    merged = np.empty(len(values), dtype=object)
    merged[:] = values
    return merged
