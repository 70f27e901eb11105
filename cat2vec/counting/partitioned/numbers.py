"""Columns of very many distinct numbers in partitions: exact edges of bins, from few of them.

What of these columns travels are counts between the numbers of a sample, and the numbers near the
edges; see ``tables.streams.numbers``, which does the same with a column on disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cat2vec.counting.partitioned.jobs import Columns, Engine, Merger, results
from cat2vec.tables.cells.factors import Factors, Numbers
from cat2vec.tables.cells.growing import Profile
from cat2vec.tables.streams.numbers import (
    as_type,
    cells_of,
    factors_of_numbers,
    numbers_by_cell,
    with_edges,
)
from cat2vec.tables.streams.spilled_column import numbers_of

#: Numbers of the sample that one bucket gives.
_SAMPLED = 1 << 12


@dataclass(frozen=True)
class NumbersSeen:
    """What is known of a column of numbers that are not at hand.

    ``unwanted`` are numbers that mean a missing cell, and ``meant`` those of them that it holds;
    nothing else here counts them, but ``n_missing``.
    """

    known: Numbers
    unwanted: np.ndarray
    meant: np.ndarray
    n_missing: int
    sample: np.ndarray
    dtype: str

    @classmethod
    def of_all(cls, parts: Sequence[NumbersSeen]) -> NumbersSeen:
        """Put together what is known of parts that have no number in common."""
        some = [part.known for part in parts if part.known.n_distinct]
        known = Numbers(
            sum(one.n_distinct for one in some),
            min((one.least for one in some), default=0),
            max((one.most for one in some), default=0),
            all(one.is_whole for one in some),
        )
        return replace(
            parts[0],
            known=known,
            meant=np.unique(np.concatenate([part.meant for part in parts])),
            n_missing=sum(part.n_missing for part in parts),
            sample=np.unique(np.concatenate([part.sample for part in parts])),
        )

    def factors(self, engine: Engine, name: str, n_bins: int) -> Factors:
        """Make a column of few numbers with the edges of all; reads the column a few times."""

        def counted(splitters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            job = CellsJob(name, self.unwanted, splitters)
            return next(value for _, value in results(engine, job, [name]))

        def looked_up(splitters: np.ndarray, cells: np.ndarray) -> Any:
            job = NumbersInJob(name, self.unwanted, splitters, cells)
            distinct, counts = next(value for _, value in results(engine, job, [name]))
            return numbers_by_cell(distinct, counts, splitters, cells)

        values, counts = with_edges(self.sample, n_bins, counted, looked_up)
        return factors_of_numbers(
            values, counts, self.known, self.meant, self.n_missing, self.dtype
        )


def numbers_seen(profile: Profile, unwanted: Sequence[Any]) -> NumbersSeen:
    """Say of a profile of numbers what is known without them.

    Examples
    --------
    >>> from cat2vec.tables.cells.factors import factorize
    >>> from cat2vec.tables.cells.growing import profile_of
    >>> seen = numbers_seen(profile_of(factorize("", [5, 7, -1, 7, None])), [-1])
    >>> seen.known, seen.n_missing, seen.meant.tolist()
    (Numbers(n_distinct=2, least=5, most=7, is_whole=True), 2, [-1])
    """
    values = np.asarray(profile.values)
    none = as_type(unwanted, values.dtype)
    is_none = np.isin(values, none)
    n_missing = profile.n_missing + int(profile.rows[is_none].sum())
    wanted = np.sort(values[~is_none])
    is_whole = values.dtype.kind != "f" or bool(
        np.isfinite(wanted).all() and (wanted == np.floor(wanted)).all()
    )
    least, most = (wanted[0].item(), wanted[-1].item()) if len(wanted) else (0, 0)
    step = max(len(wanted) // _SAMPLED, 1)
    return NumbersSeen(
        Numbers(len(wanted), least, most, is_whole),
        none, values[is_none], n_missing, wanted[::step], profile.dtype,
    )  # fmt: skip


@dataclass(frozen=True)
class CellsJob:
    """How many numbers lie in each of the cells that splitters make, and any one of them."""

    name: str
    unwanted: np.ndarray
    splitters: np.ndarray

    def rows(self, tables: Iterator[Columns]) -> Iterator[tuple[int, Any]]:
        """Count the numbers of a partition."""
        merger = _CellsSum()
        n_cells = 2 * len(self.splitters) + 1
        merger.add((np.zeros(n_cells, np.int64), np.zeros(n_cells, self.splitters.dtype)))
        for values in _numbers(self.name, self.unwanted, tables, self.splitters.dtype):
            cells = cells_of(values, self.splitters)
            some = np.zeros(n_cells, values.dtype)
            some[cells] = values
            merger.add((np.bincount(cells, minlength=n_cells), some))
        yield from ((0, value) for value in merger.values())

    def merger(self, bucket: int) -> Merger:
        """Give what adds counts up."""
        return _CellsSum()


class _CellsSum:
    def __init__(self) -> None:
        self._counts: Any = 0
        self._some: Any = None

    def add(self, value: tuple[np.ndarray, np.ndarray]) -> None:
        counts, some = value
        self._some = some if self._some is None else np.where(counts > 0, some, self._some)
        self._counts = self._counts + counts

    def values(self) -> Iterator[Any]:
        yield self._counts, self._some


@dataclass(frozen=True)
class NumbersInJob:
    """The distinct numbers in some cells, with the rows of each."""

    name: str
    unwanted: np.ndarray
    splitters: np.ndarray
    cells: np.ndarray

    def rows(self, tables: Iterator[Columns]) -> Iterator[tuple[int, Any]]:
        """Give those of a partition."""
        merger = _NumbersSum()
        merger.add((np.empty(0, self.splitters.dtype), np.empty(0, np.int64)))
        for values in _numbers(self.name, self.unwanted, tables, self.splitters.dtype):
            here = values[np.isin(cells_of(values, self.splitters), self.cells)]
            merger.add(np.unique(here, return_counts=True))
        yield from ((0, value) for value in merger.values())

    def merger(self, bucket: int) -> Merger:
        """Give what adds counts up."""
        return _NumbersSum()


class _NumbersSum:
    def __init__(self) -> None:
        self._parts: list[tuple[np.ndarray, np.ndarray]] = []

    def add(self, value: tuple[np.ndarray, np.ndarray]) -> None:
        self._parts.append(value)

    def values(self) -> Iterator[Any]:
        numbers, counts = map(np.concatenate, zip(*self._parts, strict=True))
        distinct, place = np.unique(numbers, return_inverse=True)
        sums = np.zeros(len(distinct), np.int64)
        np.add.at(sums, place, counts)
        yield distinct, sums


def _numbers(
    name: str, unwanted: np.ndarray, tables: Iterator[Columns], dtype: np.dtype
) -> Iterator[np.ndarray]:
    for columns in tables:
        numbers, present = numbers_of(columns[name])
        values = numbers[present].astype(dtype, copy=False)
        yield values[~np.isin(values, unwanted)]
