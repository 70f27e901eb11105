"""The distinct values of all columns with the rows of each, from partitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cat2vec.counting.partitioned.jobs import Columns, Merger
from cat2vec.counting.partitioned.numbers import NumbersSeen, numbers_seen
from cat2vec.tables.cells.features import without_values
from cat2vec.tables.cells.growing import GrowingColumn, Profile
from cat2vec.tables.cells.multivalued import check_are_lists, factorize_cells
from cat2vec.tables.frames import rows_of
from cat2vec.tables.streams.spilled_column import MOST_VALUES, Reading, cut
from cat2vec.vocabulary.categories import sorted_by_key

#: Buckets of a column of numbers or booleans; other columns have one.
_SHARDS = 16
#: Values that travel together.
_TOGETHER = 1 << 17


@dataclass(frozen=True)
class ProfileJob:
    """Profiles of some columns; ``unwanted`` are the values of each that mean a missing cell.

    Columns of more than ``most`` distinct numbers stay where they are: ``NumbersSeen`` tells of
    them.
    """

    readings: Mapping[str, Reading]
    unwanted: Mapping[str, tuple[Any, ...]]
    most: float = MOST_VALUES

    def rows(self, tables: Iterator[Columns]) -> Iterator[tuple[int, Any]]:
        """Give the profile of each column of a partition, in parts, and the number of rows."""
        grown = {name: GrowingColumn() for name in self.readings}
        without_value = dict.fromkeys(grown, 0)
        n_rows = 0
        for columns in tables:
            n_rows += rows_of(columns)
            for name, reading in self.readings.items():
                cells = columns[name]
                if reading.date_unit and len(grown[name]) > MOST_VALUES:
                    cells = cut(cells, reading.date_unit)
                factors = factorize_cells(name, cells, reading.several)
                grown[name].add(factors)
                if reading.several:
                    check_are_lists(name, factors, cells)
                if factors.rows is not None:
                    rows = without_values(factors, self.unwanted[name]).rows
                    without_value[name] += factors.n_rows - len(np.unique(np.asarray(rows)))
        for place, (name, column) in enumerate(grown.items()):
            profile = column.profile()
            if profile.is_list:
                profile = replace(profile, n_missing=without_value[name])
            for shard, part in _shards(profile, column.is_array):
                yield 1 + place * _SHARDS + shard, part
        yield 0, n_rows

    def merger(self, bucket: int) -> Merger:
        """Give what adds up profiles of one column, or numbers of rows."""
        if bucket == 0:
            return Sum()
        name = list(self.readings)[(bucket - 1) // _SHARDS]
        return _ProfileSum(self.unwanted[name], self.most / _SHARDS)

    def profiles(
        self, found: Iterator[tuple[int, Any]]
    ) -> tuple[dict[str, Profile | NumbersSeen], int]:
        """Put the results together: of each column, and the number of rows.

        Values are in an order of their own, as that in which they were met depends on the engine.
        """
        n_rows = 0
        parts: dict[str, list[Any]] = {name: [] for name in self.readings}
        for bucket, value in found:
            if bucket == 0:
                n_rows += value
            else:
                parts[list(self.readings)[(bucket - 1) // _SHARDS]].append(value)
        return {name: self._whole(name, some) for name, some in parts.items()}, n_rows

    def _whole(self, name: str, parts: Sequence[Any]) -> Profile | NumbersSeen:
        if any(isinstance(part, NumbersSeen) for part in parts):
            seen = [
                part if isinstance(part, NumbersSeen) else numbers_seen(part, self.unwanted[name])
                for part in parts
            ]
            return NumbersSeen.of_all(seen)
        grown = GrowingColumn()
        for part in parts:
            grown.add_profile(part)
        return _in_order(grown.profile())


class Sum:
    """Adds up numbers, or arrays of one shape."""

    def __init__(self) -> None:
        self._sum: Any = 0

    def add(self, value: Any) -> None:
        """Add a number."""
        self._sum = self._sum + value

    def values(self) -> Iterator[Any]:
        """Give the sum."""
        yield self._sum


class _ProfileSum:
    def __init__(self, unwanted: tuple[Any, ...], most: float) -> None:
        self._unwanted, self._most = unwanted, most
        self._grown = GrowingColumn()

    def add(self, value: Profile) -> None:
        self._grown.add_profile(value)

    def values(self) -> Iterator[Any]:
        profile = self._grown.profile()
        is_large = self._grown.is_array and profile.is_number and not profile.is_list
        if is_large and len(profile.values) > self._most:
            yield numbers_seen(profile, self._unwanted)
        else:
            yield from _in_parts(profile)


def _in_parts(profile: Profile) -> Iterator[Profile]:
    """Cut a profile into some of few values each; the first one has the missing cells."""
    for start in range(0, max(len(profile.values), 1), _TOGETHER):
        here = slice(start, start + _TOGETHER)
        n_missing = 0 if start else profile.n_missing
        values, rows = profile.values[here], profile.rows[here]
        yield replace(profile, values=values, rows=rows, n_missing=n_missing)


def _shards(profile: Profile, is_array: bool) -> Iterator[tuple[int, Profile]]:
    """Share out the values of a column among its buckets, equal ones to the same."""
    if not is_array:
        yield from ((0, part) for part in _in_parts(profile))
        return
    values = np.asarray(profile.values)
    bits = values.view(f"u{values.itemsize}").astype(np.uint64)
    shard = (bits * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(60)
    for number in range(_SHARDS):
        here = shard == number
        if number == 0 or here.any():
            n_missing = 0 if number else profile.n_missing
            part = replace(
                profile, values=values[here], rows=profile.rows[here], n_missing=n_missing
            )
            yield from ((number, some) for some in _in_parts(part))


def _in_order(profile: Profile) -> Profile:
    values: Any = profile.values
    if isinstance(values, np.ndarray):
        order = np.argsort(values, kind="stable")
        return replace(profile, values=values[order], rows=profile.rows[order])
    place = {id(value): number for number, value in enumerate(values)}
    ordered = sorted_by_key(values)
    rows = profile.rows[[place[id(value)] for value in ordered]]
    return replace(profile, values=ordered, rows=rows)
