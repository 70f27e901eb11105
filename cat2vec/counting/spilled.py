"""Rows of a table on disk: counted some at a time, or given as codes.

Takes a ``Spill`` and what was fitted to it. Gives the ``PairCounts`` that ``count_encoded`` gives
for the same table in memory, array for array, and the ``EncodedTable`` that ``encode_table`` gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from cat2vec.counting import tiled
from cat2vec.counting.accumulate import Tile
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.kernels.threads import Workers
from cat2vec.tables.encoded import EncodedTable
from cat2vec.tables.on_disk import CodesFile, OnDisk
from cat2vec.tables.streams.fit import FittedStream, Lookup
from cat2vec.tables.streams.spill import Spill
from cat2vec.tables.streams.spilled_column import Cells, ColumnReader


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
    crew, folder, memory, watch
        As in ``count_tiles``.

    Raises
    ------
    NoPairsError
    """
    vocabulary = fitted.vocabulary
    of_lists = TokensOfLists(fitted)

    def watched() -> Iterator[Tile]:
        of_lists.begin()
        for tile in tiles(spill, fitted.lookups, crew):
            of_lists.add(tile)
            yield tile

    counts = tiled.count_tiles(
        watched, vocabulary, spill.n_rows, spill.weights, crew, folder, memory, watch
    )
    if not of_lists.features:
        return counts
    return replace(counts, vocabulary=replace(vocabulary, counts=of_lists.counts))


class TokensOfLists:
    """Rows of each token: of lists, in which a value may repeat, they are counted from all rows.

    Attributes
    ----------
    features : list of int
    counts : ndarray of shape (n_tokens,)
    """

    def __init__(self, fitted: FittedStream) -> None:
        self._vocabulary = fitted.vocabulary
        self.features = [f for f, lookup in enumerate(fitted.lookups) if lookup.is_list]
        self.begin()

    def begin(self) -> None:
        """Forget the rows that were counted."""
        self.counts = self._vocabulary.counts.copy()
        for f in self.features:
            self.counts[slice(*self._vocabulary.offsets[f : f + 2])] = 0

    def add(self, tile: Tile) -> None:
        """Count some rows."""
        for f in self.features:
            for column in tile.slots[f]:
                codes = tile.codes[:, column]
                present = codes >= 0
                amounts = 1 if tile.weights is None else tile.weights[present]
                tokens = codes[present].astype(np.int64) + int(self._vocabulary.offsets[f])
                np.add.at(self.counts, tokens, np.asarray(amounts, self.counts.dtype))


def encoded_spill(
    spill: Spill, fitted: FittedStream, crew: Workers, on_disk: OnDisk | None
) -> EncodedTable:
    """Give all rows of a table as codes, in memory or, where they are to be ``on_disk``, there.

    Raises
    ------
    OSError
    """
    vocabulary, of_lists = fitted.vocabulary, TokensOfLists(fitted)
    slots = np.array([_slots_of(spill, lookup) for lookup in fitted.lookups], np.int64)
    feature_of_column = np.repeat(np.arange(len(slots)), slots)
    dtype = np.result_type(*(lookup.table for lookup in fitted.lookups))
    shape = spill.n_rows, len(feature_of_column)
    codes = np.empty(shape if on_disk is None else (0, shape[1]), dtype, "F")
    file = None if on_disk is None else CodesFile(*shape, dtype, on_disk)
    row = 0
    for tile in tiles(spill, fitted.lookups, crew):
        of_lists.add(tile)
        n_slots = np.array([len(columns) for columns in tile.slots])
        own = np.repeat(np.arange(len(slots)), n_slots)
        some = EncodedTable(tile.codes, vocabulary, None, own).with_slots(slots)
        if file is None:
            codes[row : row + tile.n_rows] = some
        else:
            file.write(row, some)
        row += tile.n_rows
    if file is not None:
        codes = file.array()
    if of_lists.features:
        vocabulary = replace(vocabulary, counts=of_lists.counts)
    weights = spill.weights
    return EncodedTable(codes, vocabulary, weights, feature_of_column, fitted.remarks, {}, on_disk)


def bytes_of_codes(spill: Spill, fitted: FittedStream) -> int:
    """Give the bytes that the codes of all rows take, of a list about those of one value."""
    sizes = [lookup.table[0].nbytes for lookup in fitted.lookups]
    return spill.n_rows * len(sizes) * max(sizes)


def _slots_of(spill: Spill, lookup: Lookup) -> int:
    """Give how many values a cell of a feature holds at most."""
    if not lookup.is_list:
        return 1 if lookup.table.ndim == 1 else int(lookup.table.shape[1])
    cells = spill.columns[lookup.column].read()
    return max((lookup.codes_of(some).shape[1] for some in cells), default=1)


def least_memory(spill: Spill, fitted: FittedStream) -> int:
    """Give the bytes that counting takes however many passes are made."""
    lookups = sum(lookup.table.nbytes for lookup in fitted.lookups)
    return lookups + tiled.least_room(fitted.vocabulary, spill.n_rows)


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
            n_rows = min(tiled.TILE_ROWS, spill.n_rows - row)

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
