"""Rows in the order in which epochs visit them: all together, or a pool at a time from disk.

Takes an ``EncodedTable``. Gives codes that are in memory, and the rows of them to visit. Rows on
disk are shuffled in chunks of neighbours: a pool is some chunks, from anywhere in the table, of
which the rows are visited in random order. A table that is one pool has the order that it has in
memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from cat2vec.kernels.draws import draw_places
from cat2vec.tables.encoded import EncodedTable

#: Rows beside each other that go into a pool together.
CHUNK_ROWS = 1_000
#: The golden ratio: multiples of it, modulo 1, fill the unit interval most evenly.
_GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True, eq=False)
class Pool:
    """Some rows of a table, in memory.

    ``starts`` (n_chunks,) are the first rows of its chunks, ascending; ``places`` where they begin
    in ``rows``, and ``stops`` the rows behind them.
    """

    rows: EncodedTable
    starts: np.ndarray
    stops: np.ndarray
    places: np.ndarray

    def places_of(self, rows: np.ndarray) -> np.ndarray:
        """Give where those of some rows of the table stand that are in the pool; both ascend."""
        firsts, lasts = np.searchsorted(rows, self.starts), np.searchsorted(rows, self.stops)
        parts = [
            rows[first:last] + (place - start)
            for first, last, place, start in zip(
                firsts, lasts, self.places, self.starts, strict=True
            )
        ]
        return np.concatenate(parts)


def pools_of(table: EncodedTable, most_rows: int, seed: list[int]) -> Iterator[Pool]:
    """Give all rows of a table, each once; of one on disk at most so many, or a chunk, at a time.

    Parameters
    ----------
    table : EncodedTable
    most_rows : int
    seed : list of int
        Decides which chunks are in a pool together.
    """
    n_rows = table.n_rows
    if table.on_disk is None:
        yield Pool(table, np.zeros(1, int), np.array([n_rows]), np.zeros(1, int))
        return
    n_chunks = -(-n_rows // CHUNK_ROWS)
    n_pools = -(-n_chunks // max(most_rows // CHUNK_ROWS, 1))
    order = np.random.default_rng(seed).permutation(n_chunks)
    for chunks in np.array_split(order, n_pools):
        starts = np.sort(chunks) * CHUNK_ROWS
        stops = np.minimum(starts + CHUNK_ROWS, n_rows)
        ends = np.cumsum(stops - starts)
        places = ends - (stops - starts)
        codes = np.empty((int(ends[-1]), table.codes.shape[1]), table.codes.dtype)
        for start, stop, place in zip(starts, stops, places, strict=True):
            codes[place : place + stop - start] = table.codes[start:stop]
        yield Pool(replace(table, codes=codes, weights=None, on_disk=None), starts, stops, places)


class RowPools:
    """The rows of a training by batches, all of weight above 0.

    Parameters
    ----------
    table : EncodedTable
    seed : int

    Attributes
    ----------
    left_out : ndarray of shape (any,), int64
        Rows that epochs do not visit, ascending.
    """

    def __init__(self, table: EncodedTable, seed: int) -> None:
        self._table, self._seed = table, seed
        self._whole: np.ndarray | None = None
        self._most_rows = table.n_rows
        if table.on_disk is None:
            self._whole = np.ascontiguousarray(table.codes)
        else:  # as many again are made of the pool at hand
            of_row = table.codes.shape[1] * table.codes.itemsize + 24
            self._most_rows = max(table.on_disk.memory // 4 // of_row, 1)
        self.left_out = np.empty(0, np.int64)

    @property
    def n_visits(self) -> int:
        """Number of visits in an epoch."""
        return self._table.n_rows - len(self.left_out)

    def of_epoch(self, epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Give codes, row by row in memory, and which of their rows this epoch visits."""
        weights = self._table.weights
        visited = None if weights is None else self._visited(weights, epoch)
        if self._whole is not None:
            yield self._whole, self._remaining() if visited is None else visited
            return
        for pool in pools_of(self._table, self._most_rows, [self._seed, epoch]):
            codes = pool.rows.codes
            if visited is None:
                here = np.ones(len(codes), bool)
                here[pool.places_of(self.left_out)] = False
                yield codes, np.flatnonzero(here)
            else:
                yield codes, pool.places_of(visited)

    def drawn(self, n_rows: int, keys: np.ndarray, epoch: int) -> np.ndarray:
        """Draw rows that an epoch visits at random, at most so many, also of those left out."""
        weights, n_all = self._table.weights, self._table.n_rows
        places = np.empty(min(n_rows, n_all), np.int64)
        draw_places(0, n_all, keys, places)
        return places if weights is None else visits(weights, epoch)[places]

    def at(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give codes, row by row in memory, and where in them some rows of the table stand."""
        if self._whole is not None:
            return self._whole, rows
        order = np.argsort(rows, kind="stable")  # neighbours are read together
        codes = np.empty((len(rows), self._table.codes.shape[1]), self._table.codes.dtype)
        codes[order] = self._table.codes[rows[order]]
        return codes, np.arange(len(rows))

    def _remaining(self) -> np.ndarray:
        stays = np.ones(self._table.n_rows, bool)
        stays[self.left_out] = False
        return np.flatnonzero(stays)

    def _visited(self, weights: np.ndarray, epoch: int) -> np.ndarray:
        """Give the rows that an epoch visits: those of much weight more than once."""
        rows = self._remaining()
        return rows[visits(weights[rows], epoch)]


def visits(weights: np.ndarray, epoch: int) -> np.ndarray:
    """Choose which rows an epoch visits: as many as there are rows, each by its share of weight.

    Systematic sampling (Madow 1949): evenly spaced points on the rows laid end to end, so that a
    row whose share is s is visited floor(s) or ceil(s) times. The points are shifted anew in
    every epoch, so that over the epochs every row comes close to its share.

    Parameters
    ----------
    weights : ndarray of shape (n_rows,), float64
        Above 0.
    epoch : int

    Returns
    -------
    ndarray of shape (n_rows,), int64
        Row numbers, ascending.

    Examples
    --------
    >>> [visits(np.array([1.0, 6.0, 1.0, 2.0]), epoch).tolist() for epoch in range(3)]
    [[1, 1, 1, 3], [0, 1, 1, 2], [1, 1, 1, 3]]
    """
    points = np.arange(len(weights)) + (0.5 + epoch * _GOLDEN) % 1.0
    ends = np.cumsum(weights / weights.mean())
    # the last sum may be rounded to below the last point
    return np.minimum(np.searchsorted(ends, points, side="right"), len(weights) - 1)
