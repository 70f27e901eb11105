"""Counters of pairs that rows are added to, some rows at a time.

Takes codes of some rows. Gives, for each pair of features, its distinct pairs of codes and their
counts. Pairs of small features have dense blocks, those of large ones sorted keys; both are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cat2vec.counting.blocks import Pair
from cat2vec.kernels.counting import count_dense, count_inside, keys_inside, pair_keys, weigh_dense
from cat2vec.kernels.threads import Workers
from cat2vec.tables.streams.runs import SortedRuns

#: Rows after which counters of 32 bits are emptied into those of 64.
MOST_ROWS = (1 << 32) - (1 << 20)


@dataclass(frozen=True)
class Tile:
    """Codes of some rows: as an ``EncodedTable`` holds them; ``slots`` are columns by feature."""

    codes: np.ndarray
    slots: list[np.ndarray]
    weights: np.ndarray | None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.codes)


class DenseCounters:
    """Blocks of counters, one for each of some pairs of features, in one buffer.

    Parameters
    ----------
    pairs : sequence of (int, int)
        Pairs of features, left before right.
    sizes : ndarray of shape (n_features,), int64
        Number of categories of each.
    is_weighted : bool
    """

    def __init__(self, pairs: Sequence[Pair], sizes: np.ndarray, is_weighted: bool) -> None:
        self.pairs, self._sizes = list(pairs), sizes
        cells = np.array([sizes[f] * sizes[g] for f, g in pairs], np.int64)
        self._ends = np.cumsum(cells)
        self._starts = self._ends - cells
        self._is_weighted = is_weighted
        dtype = np.float64 if is_weighted else np.uint32
        self._buffer = np.zeros(int(self._ends[-1]) + 1, dtype)
        self._full: np.ndarray | None = None
        self._n_rows = 0

    def add(self, tile: Tile) -> None:
        """Count the pairs of some rows."""
        if not self._is_weighted and self._n_rows + tile.n_rows > MOST_ROWS:
            self._empty()
        self._n_rows += tile.n_rows
        columns = [
            (i, j, p)
            for p, (f, g) in enumerate(self.pairs)
            for i in tile.slots[f]
            for j in tile.slots[g]
        ]
        first, second, block = (np.array(side, np.int64) for side in zip(*columns, strict=True))
        width = np.array([self._sizes[g] for _, g in self.pairs], np.int64)[block]
        base = self._starts[block]
        if tile.weights is None:
            count_dense(tile.codes, first, second, width, base, self._buffer)
        else:
            weigh_dense(tile.codes, tile.weights, first, second, width, base, self._buffer)

    def _empty(self) -> None:
        if self._full is None:
            self._full = np.zeros(len(self._buffer), np.int64)
        self._full += self._buffer
        self._buffer[:] = 0
        self._n_rows = 0

    def block(self, place: int) -> tuple[np.ndarray, np.ndarray]:
        """Give the keys ``a * n_right + b`` of a pair of features that occur, and their counts."""
        here = slice(int(self._starts[place]), int(self._ends[place]))
        counted = self._buffer[here]
        if self._full is not None:
            counted = self._full[here] + counted
        keys = np.flatnonzero(counted)
        return keys, counted[keys]


class SparseCounters:
    """Sorted keys of one pair of features, or of the values inside the cells of one."""

    def __init__(
        self, pair: Pair, sizes: np.ndarray, is_weighted: bool, folder: Path, room: int
    ) -> None:
        self.pair, self._width = pair, int(sizes[pair[1]])
        dtype = np.float64 if is_weighted else np.int64
        name = f"pairs-{pair[0]}-{pair[1]}"
        self._runs = SortedRuns(np.int64, dtype, folder, name, room)

    def add(self, tile: Tile) -> None:
        """Count the pairs of some rows."""
        f, g = self.pair
        if f == g:
            self._add_inside(np.ascontiguousarray(tile.codes[:, tile.slots[f]]), tile.weights)
            return
        for i in tile.slots[f]:
            for j in tile.slots[g]:
                left, right = tile.codes[:, i], tile.codes[:, j]
                keys = np.empty(tile.n_rows, np.int64)
                n_keys = pair_keys(left, right, self._width, keys)
                weights = tile.weights
                if weights is not None:
                    weights = weights[(left >= 0) & (right >= 0)]
                self._runs.add(keys[:n_keys], weights)

    def _add_inside(self, codes: np.ndarray, weights: np.ndarray | None) -> None:
        per_row = (codes >= 0).sum(axis=1)
        keys, rows = np.empty((2, int((per_row * (per_row - 1) // 2).sum())), np.int64)
        keys_inside(codes, self._width, keys, rows)
        self._runs.add(keys, None if weights is None else weights[rows])

    def block(self) -> tuple[np.ndarray, np.ndarray]:
        """Give the keys that occur, and their counts."""
        return self._runs.merged()


class InsideCounters:
    """A dense block of the pairs of values of the cells of one feature."""

    def __init__(self, feature: int, sizes: np.ndarray, is_weighted: bool) -> None:
        self.pair, self._size = (feature, feature), int(sizes[feature])
        self._is_weighted = is_weighted
        self._counts = np.zeros(self._size**2, np.float64 if is_weighted else np.int64)

    def add(self, tile: Tile) -> None:
        """Count the pairs of some rows."""
        codes = np.ascontiguousarray(tile.codes[:, tile.slots[self.pair[0]]])
        amounts = tile.weights
        if amounts is None:
            amounts = np.ones(tile.n_rows, np.int64)
        count_inside(codes, amounts, self._size, self._counts)

    def block(self) -> tuple[np.ndarray, np.ndarray]:
        """Give the keys that occur, and their counts."""
        keys = np.flatnonzero(self._counts)
        return keys, self._counts[keys]


class Counters:
    """All counters of one pass over the rows."""

    def __init__(
        self,
        dense: Sequence[DenseCounters],
        others: Sequence[SparseCounters | InsideCounters],
    ) -> None:
        self._dense, self._others = list(dense), list(others)

    def add(self, tile: Tile, crew: Workers) -> None:
        """Count the pairs of some rows; threads share out pairs of features."""
        crew.map(lambda counters: counters.add(tile), [*self._dense, *self._others])

    def blocks(self) -> dict[Pair, tuple[np.ndarray, np.ndarray]]:
        """Give the keys and counts of all pairs of features."""
        found = {}
        while self._dense:
            group = self._dense.pop()
            found.update({pair: group.block(place) for place, pair in enumerate(group.pairs)})
        while self._others:
            one = self._others.pop()
            found[one.pair] = one.block()
        return found
