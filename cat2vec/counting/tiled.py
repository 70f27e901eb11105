"""Count the pairs of rows that come some at a time, within a budget of memory.

Takes tiles: codes of some rows after the other, as often as they are asked for. Gives the
``PairCounts`` of all of them, as if they had been in memory together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np

from cat2vec.counting.accumulate import (
    Counters,
    DenseCounters,
    InsideCounters,
    SparseCounters,
    Tile,
)
from cat2vec.counting.blocks import Pair, assembled, dense_limit, grouped
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import NoPairsError
from cat2vec.kernels.threads import Workers
from cat2vec.tables.cells.weights import are_whole
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Rows whose codes are in memory at once.
TILE_ROWS = 1 << 16
#: Least bytes for the keys of a pair of large features.
_LEAST_ROOM = 1 << 20


def count_tiles(
    tiles: Callable[[], Iterator[Tile]],
    vocabulary: Vocabulary,
    n_rows: int,
    weights: np.ndarray | None,
    crew: Workers,
    folder: Path,
    memory: int,
    watch: Callable[[float], None] = lambda n_rows: None,
) -> PairCounts:
    """Count in how many rows two tokens of different features stand together.

    Parameters
    ----------
    tiles : callable
        Gives all rows from the first one on.
    vocabulary : Vocabulary
    n_rows : int
    weights : ndarray of shape (n_rows,), float64, or None
        Above 0, as the tiles have them.
    crew : Workers
    folder : Path
        For what does not fit into memory.
    memory : int
        Bytes for counters: as many passes over the rows are made as it takes.
    watch : callable
        Is told of rows that were counted; of parts of them where several passes are made.

    Raises
    ------
    NoPairsError
    """
    passes = _passes(vocabulary, n_rows, weights is not None, folder, memory)
    blocks: dict[Pair, tuple[np.ndarray, np.ndarray]] = {}
    n_missing = 0
    for number, make in enumerate(passes):
        counters = make()
        for tile in tiles():
            counters.add(tile, crew)
            if number == 0:
                n_missing += sum(int((tile.codes[:, s[0]] < 0).sum()) for s in tile.slots)
            watch(tile.n_rows / len(passes))
        blocks.update(counters.blocks())
        del counters
    is_whole = weights is None or are_whole(weights)
    total = n_rows if weights is None else float(weights.sum())
    found = assembled(vocabulary, blocks, crew, is_whole, int(total) if is_whole else total)
    if found is None:
        raise NoPairsError(n_rows, vocabulary.n_features, n_missing)
    return found


def counters_of_one_pass(vocabulary: Vocabulary, folder: Path, memory: int) -> Counters:
    """Make counters of all pairs of features, for rows without weights that come only once."""
    groups, sparse = _dense_and_sparse(vocabulary, 0, memory, False)
    sparse += [pair for group in groups[1:] for pair in group]
    return _counters(vocabulary, False, folder, memory, groups[0], sparse)


def least_room(vocabulary: Vocabulary, n_rows: int) -> int:
    """Give the bytes that counting takes however many passes are made.

    Codes of a tile, and keys of each pair of large features.
    """
    limit = dense_limit(n_rows)
    n_large = sum(n_cells > limit for n_cells in _cells_of(vocabulary).values())
    return least_of_columns(vocabulary.n_features) + n_large * _LEAST_ROOM


def least_of_columns(n_columns: int) -> int:
    """Give the bytes that counting takes for the codes of so many columns."""
    return n_columns * TILE_ROWS * 16


def _passes(
    vocabulary: Vocabulary, n_rows: int, is_weighted: bool, folder: Path, memory: int
) -> list[Callable[[], Counters]]:
    """Share out pairs of features: which counters there are in each pass over the rows."""
    groups, sparse = _dense_and_sparse(vocabulary, n_rows, memory, is_weighted)
    make = partial(_counters, vocabulary, is_weighted, folder, memory)
    return [partial(make, groups[0], sparse), *(partial(make, group, None) for group in groups[1:])]


def _dense_and_sparse(
    vocabulary: Vocabulary, n_rows: int, memory: int, is_weighted: bool
) -> tuple[list[list[Pair]], list[Pair]]:
    """Say which pairs of features have dense blocks, in groups that fit, and which have none."""
    cells = _cells_of(vocabulary)
    room = memory // 2 // (8 if is_weighted else 4)
    limit = min(dense_limit(n_rows), room)
    groups: list[list[Pair]] = [[]]
    left = room
    for pair in (pair for pair in cells if cells[pair] <= limit):
        if left < cells[pair]:
            groups.append([])
            left = room
        groups[-1].append(pair)
        left -= cells[pair]
    return groups, [pair for pair in cells if cells[pair] > limit]


def _cells_of(vocabulary: Vocabulary) -> dict[Pair, int]:
    sizes = np.diff(vocabulary.offsets)
    return {(f, g): int(sizes[f] * sizes[g]) for f, g in combinations(range(len(sizes)), 2)}


def _counters(
    vocabulary: Vocabulary,
    is_weighted: bool,
    folder: Path,
    memory: int,
    dense: list[Pair],
    sparse: list[Pair] | None,
) -> Counters:
    """Make the counters of a pass; ``sparse`` is None where others have counted those, too."""
    sizes = np.diff(vocabulary.offsets)
    tasks = grouped(dense, _cells_of(vocabulary))
    blocks = [DenseCounters(task, sizes, is_weighted) for task in tasks]
    if sparse is None:
        return Counters(blocks, [])
    within = np.flatnonzero(vocabulary.schema.within).tolist()
    small = [f for f in within if int(sizes[f]) ** 2 * 8 <= memory // 4 // len(within)]
    sparse = [*sparse, *((f, f) for f in within if f not in small)]
    room = max(memory // 4 // max(len(sparse), 1), _LEAST_ROOM)
    others: list[SparseCounters | InsideCounters] = [
        SparseCounters(pair, sizes, is_weighted, folder, room) for pair in sparse
    ]
    others += [InsideCounters(f, sizes, is_weighted) for f in small]
    return Counters(blocks, others)
