"""Count the pairs of a table on disk, some rows at a time, within a budget of memory.

Takes a ``Spill`` and what was fitted to it. Gives the ``PairCounts`` that ``count_encoded`` gives
for the same table in memory, array for array.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
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
from cat2vec.counting.encoded import Pair, assembled, dense_limit, grouped
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import NoPairsError
from cat2vec.kernels.threads import Workers
from cat2vec.tables.cells.weights import are_whole
from cat2vec.tables.encoded import EncodedTable, stacked
from cat2vec.tables.streams.fit import FittedStream, Lookup
from cat2vec.tables.streams.spill import Spill
from cat2vec.tables.streams.spilled_column import Cells, ColumnReader
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Rows whose codes are in memory at once.
TILE_ROWS = 1 << 16
#: Least bytes for the keys of a pair of large features.
_LEAST_ROOM = 1 << 20


def count_spilled(
    spill: Spill,
    fitted: FittedStream,
    crew: Workers,
    folder: Path,
    memory: int,
    watch: Callable[[float], None] = lambda n_rows: None,
) -> PairCounts:
    """Count in how many rows two tokens of different features stand together.

    Parameters
    ----------
    spill : Spill
    fitted : FittedStream
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
    vocabulary, weights = fitted.vocabulary, spill.weights
    passes = _passes(spill, fitted, folder, memory)
    blocks: dict[Pair, tuple[np.ndarray, np.ndarray]] = {}
    counts = vocabulary.counts.copy()
    lists = [f for f, lookup in enumerate(fitted.lookups) if lookup.is_list]
    for f in lists:
        counts[vocabulary.offsets[f] : vocabulary.offsets[f + 1]] = 0
    n_missing = 0
    for number, make in enumerate(passes):
        counters = make()
        for tile in tiles(spill, fitted.lookups, crew):
            counters.add(tile, crew)
            if number == 0:
                for f in lists:
                    _add_tokens(tile, f, int(vocabulary.offsets[f]), counts)
                n_missing += sum(int((tile.codes[:, s[0]] < 0).sum()) for s in tile.slots)
            watch(tile.n_rows / len(passes))
        blocks.update(counters.blocks())
        del counters
    is_whole = weights is None or are_whole(weights)
    total = spill.n_rows if weights is None else float(weights.sum())
    words = replace(vocabulary, counts=counts) if lists else vocabulary
    found = assembled(words, blocks, crew, is_whole, int(total) if is_whole else total)
    if found is None:
        raise NoPairsError(spill.n_rows, vocabulary.n_features, n_missing)
    return found


def some_rows(spill: Spill, fitted: FittedStream, crew: Workers, n_rows: int) -> EncodedTable:
    """Give rows that are spread evenly over a table on disk, at most so many."""
    step = max(-(-spill.n_rows // n_rows), 1)
    parts: list[list[np.ndarray]] = [[] for _ in fitted.lookups]
    row = 0
    for tile in tiles(spill, fitted.lookups, crew):
        for found, slots in zip(parts, tile.slots, strict=True):
            found.append(tile.codes[-row % step :: step, slots[0] : slots[-1] + 1])
        row += tile.n_rows
    codes = [joined(found) for found in parts]
    return EncodedTable(*stacked(codes, fitted.vocabulary, None))


def least_memory(spill: Spill, fitted: FittedStream) -> int:
    """Give the bytes that counting takes however many passes are made.

    Codes of a tile and their lookups, and keys of each pair of large features.
    """
    lookups = sum(lookup.table.nbytes for lookup in fitted.lookups)
    sizes = np.diff(fitted.vocabulary.offsets)
    limit = dense_limit(spill.n_rows)
    n_large = sum(int(a * b) > limit for a, b in combinations(sizes.tolist(), 2))
    return lookups + least_of_columns(len(sizes)) + n_large * _LEAST_ROOM


def least_of_columns(n_columns: int) -> int:
    """Give the bytes that counting takes for the codes of so many columns."""
    return n_columns * TILE_ROWS * 16


def _add_tokens(tile: Tile, feature: int, offset: int, counts: np.ndarray) -> None:
    """Count the rows of each token of a feature of lists, in which values may repeat."""
    for column in tile.slots[feature]:
        codes = tile.codes[:, column]
        present = codes >= 0
        amounts = 1 if tile.weights is None else tile.weights[present].astype(counts.dtype)
        np.add.at(counts, codes[present].astype(np.int64) + offset, amounts)


def _passes(
    spill: Spill, fitted: FittedStream, folder: Path, memory: int
) -> list[Callable[[], Counters]]:
    """Share out pairs of features: which counters there are in each pass over the rows."""
    is_weighted, vocabulary = spill.weights is not None, fitted.vocabulary
    groups, sparse = _dense_and_sparse(vocabulary, spill.n_rows, memory, is_weighted)
    make = partial(_counters, vocabulary, is_weighted, folder, memory)
    return [partial(make, groups[0], sparse), *(partial(make, group, None) for group in groups[1:])]


def counters_of_one_pass(vocabulary: Vocabulary, folder: Path, memory: int) -> Counters:
    """Make counters of all pairs of features, for rows without weights that come only once."""
    groups, sparse = _dense_and_sparse(vocabulary, 0, memory, False)
    sparse += [pair for group in groups[1:] for pair in group]
    return _counters(vocabulary, False, folder, memory, groups[0], sparse)


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


def tiles(spill: Spill, lookups: Sequence[Lookup], crew: Workers) -> Iterator[Tile]:
    """Read a table on disk as codes, some rows at a time."""
    features_of: dict[str, list[int]] = {}
    for feature, lookup in enumerate(lookups):
        features_of.setdefault(lookup.column, []).append(feature)
    row = 0
    with ExitStack() as stack:
        readers = {
            name: stack.enter_context(ColumnReader(spill.columns[name])) for name in features_of
        }
        while row < spill.n_rows:
            n_rows = min(TILE_ROWS, spill.n_rows - row)

            def read(name: str, n_rows: int = n_rows) -> list[np.ndarray]:
                cells = list(readers[name].read(n_rows))
                return [_codes_of(lookups[f], cells) for f in features_of[name]]

            found: dict[int, np.ndarray] = {}
            for name, parts in zip(features_of, crew.map(read, features_of), strict=True):
                found.update(zip(features_of[name], parts, strict=True))
            weights = None if spill.weights is None else spill.weights[row : row + n_rows]
            yield _tile([found[f] for f in range(len(lookups))], weights)
            row += n_rows


def _codes_of(lookup: Lookup, cells: Sequence[Cells]) -> np.ndarray:
    """Look up the cells of one feature, of which some may have more slots than others."""
    return joined([lookup.codes_of(some) for some in cells])


def joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Put codes below others, of which some may have more slots: (n_rows, n_slots)."""
    if len(parts) == 1:
        return parts[0]
    n_slots = max(part.shape[1] for part in parts)
    codes = np.full((sum(map(len, parts)), n_slots), -1, np.result_type(*parts), "F")
    row = 0
    for part in parts:
        codes[row : row + len(part), : part.shape[1]] = part
        row += len(part)
    return codes


def _tile(parts: Sequence[np.ndarray], weights: np.ndarray | None) -> Tile:
    ends = np.cumsum([part.shape[1] for part in parts])
    slots = [np.arange(end - part.shape[1], end) for end, part in zip(ends, parts, strict=True)]
    codes = np.empty((len(parts[0]), int(ends[-1])), np.result_type(*parts), "F")
    for here, part in zip(slots, parts, strict=True):
        codes[:, here[0] : here[-1] + 1] = part
    return Tile(codes, slots, weights)
