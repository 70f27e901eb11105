"""The pairs of all rows, from partitions: packed as sorted keys and counts, and merged.

A key is ``left * n_tokens + right``. Keys are shared out among buckets by their left token, so that
what the buckets give, one after the other, is in the order of ``PairCounts``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cat2vec.counting.accumulate import Tile
from cat2vec.counting.partitioned.jobs import Columns, Merger
from cat2vec.counting.partitioned.profile import Sum
from cat2vec.counting.tiled import counters_of_one_pass
from cat2vec.kernels.once import cached_property
from cat2vec.kernels.threads import workers
from cat2vec.tables.cells.weights import token_counts
from cat2vec.tables.encode import encode_table
from cat2vec.tables.encoded import EncodedTable
from cat2vec.tables.streams.runs import SortedRuns
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Buckets before those of pairs.
TOTALS, SAMPLE = 0, 1
_FIRST = 2
#: Buckets of pairs, keys that travel together, and bytes for merging the keys of a bucket.
_BUCKETS, _TOGETHER, _ROOM = 64, 1 << 21, 1 << 26
#: Ascending keys, packed: the first one, the steps between them, and the counts.
_Packed = tuple[int, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class PairJob:
    """Pairs of the categories of a vocabulary, tokens, missing cells, and some rows.

    Parameters
    ----------
    vocabulary : Vocabulary
    memory : int
        Bytes that counters of one partition may take.
    step : int
        Of so many rows of a partition one is given; 0 for none.
    only_tokens : bool
        Count the rows of each token, and no pairs.
    """

    vocabulary: Vocabulary
    memory: int
    step: int = 0
    only_tokens: bool = False

    @cached_property
    def bounds(self) -> np.ndarray:
        """Keys from which on the buckets behind the first one begin, ascending.

        Buckets hold about as many pairs of rows each, so far as the counts of tokens tell.
        """
        vocabulary = self.vocabulary
        behind = vocabulary.n_features - vocabulary.feature_of_token
        shares = np.cumsum(vocabulary.counts * behind)
        ends = np.searchsorted(shares, shares[-1] * np.arange(1, _BUCKETS) / _BUCKETS, side="right")
        return np.unique(ends) * vocabulary.n_tokens

    def rows(self, tables: Iterator[Columns]) -> Iterator[tuple[int, Any]]:
        """Give the packed pairs of a partition, and what else was counted."""
        vocabulary = self.vocabulary
        features = range(vocabulary.n_features)
        counts, n_missing, n_unseen, n_rows = np.zeros(vocabulary.n_tokens, np.int64), 0, 0, 0
        counters = None
        with tempfile.TemporaryDirectory(prefix="cat2vec-") as folder, workers(1) as crew:
            for columns in tables:
                encoded = encode_table(columns, vocabulary=vocabulary, n_jobs=1)
                slots = np.split(np.arange(encoded.codes.shape[1]), encoded.first_columns[1:])
                for f in features:
                    tokens = slice(*vocabulary.offsets[f : f + 2])
                    codes = encoded.codes[:, slots[f]]
                    counts[tokens] += token_counts(codes, None, tokens.stop - tokens.start)
                n_missing += encoded.n_missing
                n_unseen += int((encoded.codes < -1).sum())
                if not self.only_tokens:
                    if counters is None:
                        counters = counters_of_one_pass(vocabulary, Path(folder), self.memory)
                    counters.add(Tile(encoded.codes, slots, None), crew)
                if self.step:
                    yield SAMPLE, _every(encoded, slots, self.step, -n_rows % self.step)
                n_rows += encoded.n_rows
            yield TOTALS, np.concatenate([counts, [n_rows, n_missing, n_unseen]])
            if counters is not None:
                yield from self._packed(counters.blocks())

    def _packed(self, blocks: dict[Any, Any]) -> Iterator[tuple[int, _Packed]]:
        offsets, n_tokens = self.vocabulary.offsets, self.vocabulary.n_tokens
        parts: list[list[tuple[np.ndarray, np.ndarray]]] = [[] for _ in range(len(self.bounds) + 1)]
        for f, g in list(blocks):
            keys, counts = blocks.pop((f, g))
            left, right = np.divmod(keys, offsets[g + 1] - offsets[g])
            keys = (left + offsets[f]) * n_tokens + right + offsets[g]
            places = np.searchsorted(keys, self.bounds)
            for part, some, found in zip(
                parts, np.split(keys, places), np.split(counts, places), strict=True
            ):
                if len(some):
                    part.append((some, found))
        for bucket, part in enumerate(parts, start=_FIRST):
            if part:
                keys, counts = map(np.concatenate, zip(*part, strict=True))
                order = np.argsort(keys, kind="stable")
                yield from ((bucket, some) for some in _in_parts(keys[order], counts[order]))

    def merger(self, bucket: int) -> Merger:
        """Give what adds up the pairs of a bucket, or totals, or collects rows."""
        if bucket == TOTALS:
            return Sum()
        return _AllRows() if bucket == SAMPLE else _PairSum()


class _AllRows:
    def __init__(self) -> None:
        self._rows: list[Any] = []

    def add(self, value: Any) -> None:
        self._rows.append(value)

    def values(self) -> Iterator[Any]:
        yield from self._rows


class _PairSum:
    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cat2vec-")
        self._runs = SortedRuns(np.int64, np.int64, Path(self._folder.name), "pairs", _ROOM)

    def add(self, value: _Packed) -> None:
        self._runs.add(*unpacked(value))

    def values(self) -> Iterator[_Packed]:
        with self._folder:
            for keys, counts in self._runs.parts():
                yield from _in_parts(keys, counts)


def _in_parts(keys: np.ndarray, counts: np.ndarray) -> Iterator[_Packed]:
    for start in range(0, len(keys), _TOGETHER):
        here = slice(start, start + _TOGETHER)
        yield packed(keys[here], counts[here])


def packed(keys: np.ndarray, counts: np.ndarray) -> _Packed:
    """Pack ascending keys and their counts, each in as few bytes as the largest takes.

    Examples
    --------
    >>> packed(np.array([700, 702, 709]), np.array([1, 1, 300]))
    (700, array([2, 7], dtype=uint8), array([  1,   1, 300], dtype=uint16))
    """
    steps = np.diff(keys)
    small = [part.astype(np.min_scalar_type(part.max(initial=0))) for part in (steps, counts)]
    return int(keys[0]), small[0], small[1]


def unpacked(value: _Packed) -> tuple[np.ndarray, np.ndarray]:
    """Give keys and counts, both (n_keys,) int64.

    Examples
    --------
    >>> [part.tolist() for part in unpacked(packed(np.array([700, 702]), np.array([1, 300])))]
    [[700, 702], [1, 300]]
    """
    first, steps, counts = value
    return np.cumsum(np.append(first, steps.astype(np.int64))), counts.astype(np.int64)


def _every(
    encoded: EncodedTable, slots: Sequence[np.ndarray], step: int, start: int
) -> list[np.ndarray]:
    return [encoded.codes[start::step, columns[0] : columns[-1] + 1] for columns in slots]
