"""A column of very many distinct numbers, on disk: its exact edges of bins, in bounded memory.

Takes a ``SpilledColumn`` that is kept as numbers. Gives ``Factors`` of few of its numbers, to which
a fit gives the edges and counts that all of them would have; or, where each number is to be a
category, ``Factors`` of all.

Edges go by how many rows lie below a value. A sample cuts the numbers into cells; one pass counts
the rows of each, and the numbers themselves are only looked at in the cells in which an edge falls.
A cell that is not looked at stands as one number. The result is the same whatever the sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cat2vec.tables.cells.codes import cut_places
from cat2vec.tables.cells.factors import Factors, Numbers, Profiled
from cat2vec.tables.cells.whole_numbers import steps_in
from cat2vec.tables.streams.runs import SortedRuns
from cat2vec.tables.streams.spilled_column import SpilledColumn
from cat2vec.vocabulary.vocabulary import MISSING, category_key

#: Numbers of the sample, and cells that it makes.
_SAMPLED, _CELLS = 1 << 18, 1 << 12
#: Cells on both sides of one that an edge may fall into that are looked at, too.
_AROUND = 2
#: Bytes for sorting numbers, where all distinct ones are needed.
_ROOM = 1 << 26


@dataclass(frozen=True)
class SpilledNumbers:
    """A column of numbers on disk, without those that mean a missing cell.

    ``meant`` are those of ``unwanted`` that it holds.
    """

    column: SpilledColumn
    unwanted: np.ndarray
    meant: np.ndarray
    n_rows: int
    n_missing: int
    least: Any
    most: Any
    is_whole: bool
    ups: int
    downs: int
    sample: np.ndarray

    def values(self) -> Iterator[np.ndarray]:
        """Give the numbers in order of rows."""
        for numbers, present in _numbers(self.column):
            here = numbers[present]
            yield here[~np.isin(here, self.unwanted)] if len(self.unwanted) else here

    def factors(self, n_bins: int, folder: Path) -> Factors:
        """Make a column of few numbers with the edges of all."""
        values, counts = with_edges(self.sample, n_bins, self._counted, self._looked_up)
        n_distinct = self.n_distinct(folder) if self.is_whole else len(values)
        return self._factors(
            values, counts, Numbers(n_distinct, self.least, self.most, self.is_whole)
        )

    def all_factors(self, folder: Path) -> Factors:
        """Make a column of all distinct numbers."""
        values, counts = self._sorted(folder).merged()
        return self._factors(values, counts, None)

    def medians(self, edges: np.ndarray) -> np.ndarray:
        """Give the median of the numbers of each bin, one that is there; an edge of an empty one.

        Returns
        -------
        ndarray of shape (n_edges + 1,), float64
        """
        n_bins, n_below = len(edges) + 1, 0
        counts = np.zeros(n_bins, np.int64)
        for values in self.values():
            finite = values[np.isfinite(values)]
            n_below += int((values == -np.inf).sum())
            counts += np.bincount(np.searchsorted(edges, finite, side="right"), minlength=n_bins)
        ends = np.append(0, np.cumsum(counts))
        middle = (ends[:-1] + ends[1:] - 1) // 2
        medians = np.concatenate([edges[:1], edges]).astype(np.float64)
        filled = counts > 0
        medians[filled] = self._at(middle[filled] + n_below)
        return medians

    def _at(self, places: np.ndarray) -> np.ndarray:
        """Give the numbers at some places in ascending order, counted from 0."""
        splitters = _splitters_of(self.sample)
        counts, _ = self._counted(splitters)
        ends = np.cumsum(counts)
        cells = np.searchsorted(ends, places, side="right")
        between = np.unique(cells[cells % 2 == 0])
        found = self._looked_up(splitters, between) if len(between) else {}
        at = []
        for cell, place in zip(cells.tolist(), places.tolist(), strict=True):
            if cell % 2:
                at.append(splitters[cell // 2])
                continue
            distinct, repeats = found[cell]
            inside = place - (ends[cell] - counts[cell])
            at.append(distinct[np.searchsorted(np.cumsum(repeats), inside, side="right")])
        return np.array(at)

    def n_distinct(self, folder: Path) -> int:
        """Count the numbers that differ."""
        return sum(len(keys) for keys, _ in self._sorted(folder).parts())

    def _sorted(self, folder: Path) -> SortedRuns:
        name = self.column.path_of("sorted").name
        runs = SortedRuns(self.sample.dtype, np.int64, folder, name, _ROOM)
        for values in self.values():
            runs.add(values)
        return runs

    def _factors(self, values: np.ndarray, counts: np.ndarray, numbers: Numbers | None) -> Factors:
        return factors_of_numbers(
            values, counts, numbers, self.meant, self.n_missing, self.column.number_type,
            (self.ups, self.downs),
        )  # fmt: skip

    def _counted(self, splitters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        n_cells = 2 * len(splitters) + 1
        counts = np.zeros(n_cells, np.int64)
        some = np.zeros(n_cells, splitters.dtype)
        for values in self.values():
            cells = cells_of(values, splitters)
            counts += np.bincount(cells, minlength=n_cells)
            some[cells] = values
        return counts, some

    def _looked_up(
        self, splitters: np.ndarray, cells: np.ndarray
    ) -> dict[int, tuple[np.ndarray, np.ndarray]]:
        is_wanted = np.zeros(2 * len(splitters) + 1, bool)
        is_wanted[cells] = True
        found = [values[is_wanted[cells_of(values, splitters)]] for values in self.values()]
        distinct, counts = np.unique(np.concatenate(found), return_counts=True)
        return numbers_by_cell(distinct, counts, splitters, cells)


def factors_of_numbers(
    values: np.ndarray,
    counts: np.ndarray,
    numbers: Numbers | None,
    meant: np.ndarray,
    n_missing: int,
    dtype: str,
    steps: tuple[int, int] = (0, 0),
) -> Factors:
    """Make a column of numbers with the rows of each, and of ``n_missing`` cells without one.

    ``meant`` are numbers that mean a missing cell, and ``steps`` the ``ups`` and ``downs`` of
    ``Profiled``.

    Examples
    --------
    >>> none = np.array([], int)
    >>> factors_of_numbers(np.array([5, 7]), np.array([3, 1]), None, none, 2, "int64").codes
    array([ 0,  1, -1], dtype=int32)
    """
    gap = [n_missing] * (n_missing > 0)
    repeats = np.append(counts, gap).astype(np.int64)
    codes = np.append(np.arange(len(values)), [MISSING] * len(gap)).astype(np.int32)
    profiled = Profiled(repeats, None, *steps, numbers)
    distinct = np.concatenate([values, meant])  # which are looked for, and in no row
    return Factors(codes, distinct, dtype, True, profile=profiled)


def numbers_on_disk(column: SpilledColumn, unwanted: Sequence[Any]) -> SpilledNumbers:
    """Go through a column of numbers once.

    Parameters
    ----------
    column : SpilledColumn
        With ``is_numbers``.
    unwanted : sequence
        Values that mean a missing cell.
    """
    dtype = column.number_values().dtype
    none = as_type(unwanted, dtype)
    meant: set[Any] = set()
    n_rows = n_missing = ups = downs = 0
    bounds: list[Any] = []
    is_whole = True
    last = np.empty(0, dtype)
    samples = []
    step = max(sum(segment.n_rows for segment in column.segments) // _SAMPLED, 1)
    for numbers, present in _numbers(column):
        here = numbers[present]
        n_missing += len(present) - len(here)
        if len(none):
            is_none = np.isin(here, none)
            meant.update(here[is_none].tolist())
            n_missing += int(is_none.sum())
            here = here[~is_none]
        if not len(here):
            continue
        samples.append(here[:: max(min(step, len(here) // 16), 1)])
        more_ups, more_downs = steps_in(np.concatenate([last, here]))
        ups, downs, last = ups + more_ups, downs + more_downs, here[-1:]
        n_rows += len(here)
        bounds = (
            [min(*bounds, here.min()), max(*bounds, here.max())]
            if bounds
            else [here.min(), here.max()]
        )
        if is_whole and dtype.kind == "f":
            is_whole = bool(np.isfinite(here).all() and (here == np.floor(here)).all())
    sample = np.concatenate([np.empty(0, dtype), *samples])
    least, most = bounds or (dtype.type(0), dtype.type(0))
    return SpilledNumbers(
        column, none, np.array(sorted(meant), dtype), n_rows, n_missing, least, most, is_whole, ups,
        downs, sample,
    )  # fmt: skip


def as_type(values: Sequence[Any], dtype: np.dtype) -> np.ndarray:
    """Give those of some values that a column of numbers can hold."""
    found = []
    for value in values:
        if category_key(value)[0] == 1:
            is_whole = dtype.kind in "iu"
            if is_whole and not np.iinfo(dtype).min <= value <= np.iinfo(dtype).max:
                continue
            one = dtype.type(int(value) if is_whole else value)
            if one == value:
                found.append(one)
    return np.array(found, dtype)


def _numbers(column: SpilledColumn) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give the cells of a column as numbers, and which of them have one."""
    values = column.number_values()
    for cells in column.read():
        if cells.of == "codes":
            present = cells.entries >= 0
            yield values[np.where(present, cells.entries, 0)], present
        else:
            assert cells.per_row is not None
            yield cells.entries.astype(values.dtype, copy=False), cells.per_row


def with_edges(
    sample: np.ndarray,
    n_bins: int,
    counted: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    looked_up: Callable[[np.ndarray, np.ndarray], Mapping[int, tuple[np.ndarray, np.ndarray]]],
) -> tuple[np.ndarray, np.ndarray]:
    """Give ascending numbers with counts between which lie the edges of all numbers.

    Parameters
    ----------
    sample : ndarray of shape (n_sampled,)
        Some of the numbers.
    n_bins : int
    counted : callable
        Of splitters: how many numbers lie in each of the cells that they make, and any one of them.
    looked_up : callable
        Of splitters and some cells: for each cell its distinct numbers and their counts.
    """
    splitters = _splitters_of(sample)
    counts, some = counted(splitters)
    looked_into: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    while True:
        values, weights, cell_of = _as_one(counts, some, looked_into)
        touched = {place for both in cut_places(np.cumsum(weights), n_bins) for place in both}
        wanted = {int(cell_of[place]) for place in touched if place < len(values)}
        wanted = {c for c in wanted if c % 2 == 0 and c not in looked_into}
        if not wanted:
            return values, weights
        near = {c + 2 * step for c in wanted for step in range(-_AROUND, _AROUND + 1)}
        near = {c for c in near if 0 <= c < len(counts) and counts[c] and c not in looked_into}
        looked_into.update(looked_up(splitters, np.array(sorted(near))))


def _splitters_of(sample: np.ndarray) -> np.ndarray:
    """Choose ascending numbers of a sample that cut all numbers into cells."""
    splitters = np.unique(sample)
    if len(splitters) > _CELLS:
        at = np.linspace(0, len(sample) - 1, _CELLS).astype(np.int64)
        splitters = np.unique(np.sort(sample)[at])
    return splitters


def cells_of(values: np.ndarray, splitters: np.ndarray) -> np.ndarray:
    """Say in which cell numbers lie: 2 i + 1 equals a splitter, 2 i lies below it."""
    below = np.searchsorted(splitters, values)
    equal = splitters[np.minimum(below, len(splitters) - 1)] == values
    return 2 * below + (equal & (below < len(splitters)))


def _as_one(
    counts: np.ndarray, some: np.ndarray, looked_into: dict[int, tuple[np.ndarray, np.ndarray]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give ascending numbers, their counts and the cell of each; of a cell unseen it is one."""
    filled = np.flatnonzero(counts)
    parts = [looked_into.get(c, (some[c : c + 1], counts[c : c + 1])) for c in filled.tolist()]
    cell_of = np.repeat(filled, [len(values) for values, _ in parts])
    values = np.concatenate([values for values, _ in parts])
    return values, np.concatenate([found for _, found in parts]), cell_of


def numbers_by_cell(
    distinct: np.ndarray, counts: np.ndarray, splitters: np.ndarray, cells: np.ndarray
) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Share out ascending numbers, and their counts, among the cells in which they lie.

    Examples
    --------
    >>> splitters, ones = np.array([10, 20]), np.ones(3, int)
    >>> found = numbers_by_cell(np.array([3, 7, 15]), ones, splitters, np.array([0, 2]))
    >>> {cell: numbers.tolist() for cell, (numbers, _) in found.items()}
    {0: [3, 7], 2: [15]}
    """
    cell_of = cells_of(distinct, splitters)
    ends = np.searchsorted(cell_of, cells, side="right")
    starts = np.searchsorted(cell_of, cells, side="left")
    return {
        int(cell): (distinct[start:end], counts[start:end])
        for cell, start, end in zip(cells, starts, ends, strict=True)
    }
