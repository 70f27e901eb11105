"""Count the pairs of an ``EncodedTable`` on all cores.

Takes integer codes. Gives ``PairCounts``. Small feature pairs are counted in dense blocks, large
ones by sorting keys; both are exact and do not depend on the number of threads.

Memory beside codes and result, for each thread: dense blocks of at most 64 MB, or of 8 bytes a row
where one feature pair needs more, or 16 bytes a row for keys that are sorted. The result takes 16
bytes a distinct pair, and about as much again while it is put together.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np

from cat2vec.counting.accumulate import Tile
from cat2vec.counting.blocks import assembled, dense_limit, dense_limit_inside, grouped
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.counting.tiled import count_tiles
from cat2vec.errors import NoPairsError
from cat2vec.kernels.counting import (
    count_dense,
    count_inside,
    keys_inside,
    pair_keys,
    weigh_dense,
)
from cat2vec.kernels.threads import workers
from cat2vec.parameters import documented
from cat2vec.storage.files import passing_folder
from cat2vec.tables.encode import EncodedTable
from cat2vec.tables.on_disk import OnDisk
from cat2vec.tables.streams.spill_folder import no_room


@documented
def count_encoded(table: EncodedTable, n_jobs: int | None = None) -> PairCounts:
    """Count in how many rows two tokens of different features stand together.

    Two values of one cell count too where their feature was told so (``MultiValued.within``).

    Parameters
    ----------
    table : EncodedTable
        A row counts as often as its weight says.
    {n_jobs}

    Returns
    -------
    PairCounts
        ``count.sum()`` is the sum over rows of m (m - 1) / 2 for m present cells, times the weight
        of the row. Where cells hold several values, each pair of values of two features counts.

    Raises
    ------
    NoPairsError
        If no row has two present cells.

    Examples
    --------
    >>> from cat2vec.tables.encode import encode_table
    >>> count_encoded(encode_table({"city": ["Oslo", "Oslo"], "job": ["cook", None]})).count
    array([1])
    """
    table = table.counted_rows()
    if table.on_disk is not None:
        return _count_on_disk(table, table.on_disk, n_jobs)
    vocabulary, weights = table.vocabulary, table.weights
    codes = np.asfortranarray(table.codes)
    sizes = np.diff(vocabulary.offsets)
    slots = np.split(np.arange(codes.shape[1]), table.first_columns[1:])
    feature_pairs = list(combinations(range(vocabulary.n_features), 2))
    cells = {(f, g): int(sizes[f] * sizes[g]) for f, g in feature_pairs}
    limit = dense_limit(table.n_rows)
    dense = [pair for pair in feature_pairs if cells[pair] <= limit]
    sparse = [pair for pair in feature_pairs if cells[pair] > limit]
    found: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}
    with workers(n_jobs) as crew:
        tasks = grouped(dense, cells)
        for group in crew.map(lambda task: _count_group(codes, weights, sizes, slots, task), tasks):
            found.update(group)
        results = crew.map(lambda pair: _count_sorted(codes, weights, sizes, slots, pair), sparse)
        found.update(zip(sparse, results, strict=True))
        within = np.flatnonzero(vocabulary.schema.within).tolist()
        results = crew.map(lambda f: _count_inside(codes[:, slots[f]], weights, sizes[f]), within)
        found.update(zip([(f, f) for f in within], results, strict=True))
        counts = assembled(vocabulary, found, crew, table.has_whole_weights, table.total_weight)
    if counts is None:
        raise NoPairsError(table.n_rows, vocabulary.n_features, table.n_missing)
    return counts


def _count_on_disk(table: EncodedTable, on_disk: OnDisk, n_jobs: int | None) -> PairCounts:
    slots = np.split(np.arange(table.codes.shape[1]), table.first_columns[1:])

    def tiles() -> Iterator[Tile]:
        for block in table.blocks():
            yield Tile(block.codes, slots, block.weights)

    with (
        workers(n_jobs) as crew,
        passing_folder(Path(on_disk.made() or tempfile.gettempdir())) as folder,
    ):
        what = (table.vocabulary, table.n_rows, table.weights)
        try:
            return count_tiles(tiles, *what, crew, folder, on_disk.memory)
        except OSError as error:
            raise no_room(error, folder, None, on_disk.folder is not None) from None


def _count_group(
    codes: np.ndarray,
    weights: np.ndarray | None,
    sizes: np.ndarray,
    slots: list[np.ndarray],
    task: list[tuple[int, int]],
) -> dict[tuple[int, int], tuple[np.ndarray, np.ndarray]]:
    cells = np.array([sizes[f] * sizes[g] for f, g in task], np.int64)
    ends = np.cumsum(cells)
    buffer = np.zeros(int(ends[-1]) + 1, np.uint32 if weights is None else np.float64)
    # each slot of one feature beside each slot of the other: they share one block
    columns = [(i, j, p) for p, (f, g) in enumerate(task) for i in slots[f] for j in slots[g]]
    first, second, block = (np.array(side, np.int64) for side in zip(*columns, strict=True))
    width = np.array([sizes[g] for _, g in task], np.int64)[block]
    base = (ends - cells)[block]
    if weights is None:
        count_dense(codes, first, second, width, base, buffer)
    else:
        weigh_dense(codes, weights, first, second, width, base, buffer)
    result = {}
    for pair, start, stop in zip(task, ends - cells, ends, strict=True):
        counted = buffer[start:stop]
        keys = np.flatnonzero(counted)
        result[pair] = (keys, counted[keys])
    return result


def _count_sorted(
    codes: np.ndarray,
    weights: np.ndarray | None,
    sizes: np.ndarray,
    slots: list[np.ndarray],
    pair: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray]:
    columns = [(codes[:, i], codes[:, j]) for i in slots[pair[0]] for j in slots[pair[1]]]
    keys = np.empty(len(codes) * len(columns), np.int64)
    n_keys = 0
    for left, right in columns:
        n_keys += pair_keys(left, right, sizes[pair[1]], keys[n_keys:])
    if weights is None:
        return np.unique(keys[:n_keys], return_counts=True)
    distinct, place = np.unique(keys[:n_keys], return_inverse=True)
    of_keys = np.concatenate([weights[(left >= 0) & (right >= 0)] for left, right in columns])
    return distinct, np.bincount(place, weights=of_keys, minlength=len(distinct))


def _count_inside(
    codes: np.ndarray, weights: np.ndarray | None, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Count the pairs of values of the cells of one feature: a value and one that follows it."""
    codes = np.ascontiguousarray(codes)
    per_row = (codes >= 0).sum(axis=1)
    n_pairs = int((per_row * (per_row - 1) // 2).sum())
    cells = int(size) ** 2
    if cells <= dense_limit_inside(len(codes), n_pairs):
        dtype = np.uint32 if weights is None else np.float64
        amounts = np.ones(len(codes), dtype) if weights is None else weights
        counted = np.zeros(cells, dtype)
        count_inside(codes, amounts, size, counted)
        keys = np.flatnonzero(counted)
        return keys, counted[keys]
    keys, rows = np.empty((2, n_pairs), np.int64)
    keys_inside(codes, size, keys, rows)
    if weights is None:
        return np.unique(keys, return_counts=True)
    distinct, place = np.unique(keys, return_inverse=True)
    return distinct, np.bincount(place, weights=weights[rows], minlength=len(distinct))
