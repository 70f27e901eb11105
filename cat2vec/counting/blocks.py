"""Blocks of pairs of features: which are counted densely, and how all are put together.

Takes the sizes of features, and the counts of each pair of them. Gives ``PairCounts``.
"""

from __future__ import annotations

import numpy as np

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.kernels.counting import pairs_per_left, place_block
from cat2vec.kernels.threads import Workers
from cat2vec.vocabulary.vocabulary import Vocabulary

Pair = tuple[int, int]

#: A block of more cells than this, and than rows, is counted by sorting instead.
_DENSE_CELLS = 1 << 20
#: No dense block has more cells than this (uint32: 4 GB).
_MOST_CELLS = 1 << 30
#: Cells of the blocks that one task counts together (uint32: 64 MB; float64, of weights: 128 MB).
_TASK_CELLS = 1 << 24


def dense_limit(n_rows: int) -> int:
    """Give the largest block that is counted densely: sorting the keys costs more below it."""
    return min(max(_DENSE_CELLS, 2 * n_rows), _MOST_CELLS)


def dense_limit_inside(n_rows: int, n_pairs: int) -> int:
    """Give the largest block that is counted densely of one feature, whose cells hold pairs."""
    return min(max(dense_limit(n_rows), n_pairs), _MOST_CELLS)


def grouped(
    pairs: list[tuple[int, int]], cells: dict[tuple[int, int], int]
) -> list[list[tuple[int, int]]]:
    """Group feature pairs into tasks, enough for all cores and none above the memory bound."""
    total = sum(cells[pair] for pair in pairs)
    bound = min(_TASK_CELLS, max(total // 4, 1))
    per_task = max(1, -(-len(pairs) // 8))
    tasks: list[list[tuple[int, int]]] = []
    room = 0
    for pair in pairs:
        if not tasks or room < cells[pair] or len(tasks[-1]) >= per_task:
            tasks.append([])
            room = bound
        tasks[-1].append(pair)
        room -= cells[pair]
    return tasks


def assembled(
    vocabulary: Vocabulary,
    blocks: dict[Pair, tuple[np.ndarray, np.ndarray]],
    crew: Workers,
    is_whole: bool,
    n_rows: int | float,
) -> PairCounts | None:
    """Put the pairs of all blocks in one order; those of each left feature by one thread.

    Blocks are taken out of ``blocks`` as they are placed; where there are no pairs, there are no
    counts.
    """
    offsets, sizes = vocabulary.offsets, np.diff(vocabulary.offsets)
    per_left = np.zeros(vocabulary.n_tokens, np.int64)
    by_left: dict[int, list[Pair]] = {}
    for pair in sorted(blocks):
        by_left.setdefault(pair[0], []).append(pair)

    def add_up(f: int) -> None:
        for pair in by_left[f]:
            pairs_per_left(blocks[pair][0], sizes[pair[1]], offsets[f], per_left)

    crew.map(add_up, by_left)
    n_pairs = int(per_left.sum())
    if n_pairs == 0:
        return None
    left, right = np.empty(n_pairs, np.int32), np.empty(n_pairs, np.int32)
    count = np.empty(n_pairs, np.int64 if is_whole else np.float64)
    next_of = np.cumsum(per_left) - per_left

    def place(f: int) -> None:
        for pair in by_left[f]:
            keys, found = blocks.pop(pair)
            g, counts = pair[1], found.astype(count.dtype, copy=False)
            place_block(keys, counts, sizes[g], offsets[f], offsets[g], next_of, left, right, count)

    crew.map(place, by_left)
    return PairCounts(vocabulary, left, right, count, n_rows=n_rows)
