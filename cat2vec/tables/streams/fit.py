"""A table on disk fitted: its vocabulary, and for each feature the code of each distinct value.

Takes a ``Spill`` and the rules of the fit. All that a fit decides it decides from the distinct
values of columns, by the code that fits tables in memory; see ``tables.fit``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from cat2vec.errors import map_in
from cat2vec.kernels.counting import look_up
from cat2vec.tables.asked import are_lists, shared_columns
from cat2vec.tables.cells.factors import Factors, Profiled, code_dtype
from cat2vec.tables.cells.features import FittedFeature, without_values
from cat2vec.tables.cells.growing import Profile
from cat2vec.tables.cells.kinds import Numeric
from cat2vec.tables.cells.multivalued import check_are_lists, factorize_cells, in_slots
from cat2vec.tables.cells.whole_numbers import CODES, are_whole, numbers_in, steps_in, taken_for
from cat2vec.tables.fit import Rules, fit_columns, vocabulary_of
from cat2vec.tables.remarks import Remark
from cat2vec.tables.streams.numbers import SpilledNumbers, numbers_on_disk
from cat2vec.tables.streams.spill import Spill
from cat2vec.tables.streams.spilled_column import Cells, SpilledColumn
from cat2vec.tables.unmatched import warn_of_unmatched_in
from cat2vec.vocabulary.vocabulary import MISSING, Vocabulary


@dataclass(frozen=True)
class Lookup:
    """From the cells of a column to the codes of one of its features.

    Parameters
    ----------
    column : str
    table : ndarray of shape (n_values + 1,) or (n_values + 1, n_slots), int16 or int32
        Code of each distinct value; the last is for cells without one.
    is_list : bool
        Whether cells are lists, of which each value has a code.
    of_numbers : OfNumbers or None
        For cells that are kept as numbers.
    """

    column: str
    table: np.ndarray
    is_list: bool = False
    of_numbers: OfNumbers | None = None

    def codes_of(self, cells: Cells) -> np.ndarray:
        """Give the codes of some cells: (n_rows, n_slots), Fortran order."""
        if cells.of == "lists":
            assert cells.per_row is not None
            codes = np.empty(len(cells.entries), self.table.dtype)
            look_up(cells.entries, self.table, codes)
            rows = np.repeat(np.arange(cells.n_rows), cells.per_row)
            found = in_slots(codes, rows, cells.n_rows)
            if self.table[-1] != MISSING:
                found[found[:, 0] == MISSING, 0] = self.table[-1]
            return found
        if cells.of == "numbers":
            assert cells.per_row is not None
            assert self.of_numbers is not None
            found = np.empty((cells.n_rows, 1), self.table.dtype, "F")
            found[:, 0] = self.of_numbers.codes(cells.entries)
            found[~cells.per_row | (found[:, 0] < 0), 0] = self.table[-1]
            return found
        if self.table.ndim == 2:
            return np.asfortranarray(self.table[cells.entries])
        codes = np.empty((cells.n_rows, 1), self.table.dtype, "F")
        look_up(cells.entries, self.table, codes[:, 0])
        return codes


@dataclass(frozen=True)
class OfNumbers:
    """From numbers to codes: between ``edges``, or of each of some ``numbers``; -1 for others."""

    unwanted: np.ndarray
    edges: np.ndarray | None
    numbers: np.ndarray
    of_number: np.ndarray

    def codes(self, values: np.ndarray) -> np.ndarray:
        """Give the code of each number."""
        if self.edges is None:
            place = np.minimum(np.searchsorted(self.numbers, values), len(self.numbers) - 1)
            found = np.where(self.numbers[place] == values, self.of_number[place], MISSING)
        else:
            found = np.searchsorted(self.edges, values, side="right")
        if len(self.unwanted):
            found = np.where(np.isin(values, self.unwanted), MISSING, found)
        return found


@dataclass(frozen=True)
class FittedStream:
    """What a fit learned: ``lookups`` has one entry for each feature.

    ``bin_values`` gives the median of the numbers of each bin, for each feature in bins, as
    ``values_of_bins`` does; it may read columns again.
    """

    vocabulary: Vocabulary
    lookups: tuple[Lookup, ...]
    remarks: tuple[Remark, ...]
    bin_values: Callable[[], dict[str, np.ndarray]]


def fit_spill(
    spill: Spill,
    cells: Mapping[str, Any] | None,
    rules: Rules,
    names: list[str],
    missing_values: Any,
    pool: ThreadPoolExecutor,
    folder: Path,
) -> FittedStream:
    """Learn the features of all columns of a table on disk.

    Parameters
    ----------
    spill : Spill
    cells : mapping or None
        Of columns of text, one typed cell for each distinct text, as ``TextFiles.typed`` gives
        them.
    rules : Rules
    names : list of str
        Columns to use.
    missing_values : object
        As it was given, for a warning.
    pool : ThreadPoolExecutor
    folder : Path
        For what does not fit into memory.

    Raises
    ------
    TableError, ParameterError, CellError
    """
    that_share = shared_columns(rules.shared)

    def column_of(name: str) -> _Column:
        column, typed = spill.columns[name], None if cells is None else cells[name]
        if column.is_numbers:
            return _of_numbers(column, rules, name in that_share, folder)
        return _column_of(column, typed, rules)

    columns = list(map_in(pool, column_of, names))
    factored = {one.name: one.factors for one in columns}
    warn_of_unmatched_in(factored, rules.kinds, rules.missing_values, missing_values)
    for one in columns:
        if are_lists(rules.kinds.get(one.name)):
            check_are_lists(one.name, one.factors, pa.array([], one.spilled.type))
    del factored
    columns = list(map_in(pool, lambda one: _reduced(one, rules), columns))
    factored = {one.name: one.factors for one in columns}
    fitted, together, remarks = fit_columns(factored, rules, None, pool)
    vocabulary = vocabulary_of(fitted, together, None)
    by_name = {one.name: one for one in columns}
    lookups = [
        _lookup(one, by_name[name])
        for one, name in zip(fitted, vocabulary.schema.columns, strict=True)
    ]
    factored = {one.name: one.factors for one in columns}
    numbers = {one.name: one.numbers for one in columns if one.numbers is not None}
    bin_values = partial(values_of_bins, fitted, vocabulary.schema.columns, factored, numbers)
    return FittedStream(vocabulary, tuple(lookups), remarks, bin_values)


@dataclass(frozen=True)
class _Column:
    """A column of which each distinct value has a row; ``ids`` are their numbers, -1 of a gap."""

    name: str
    spilled: SpilledColumn
    factors: Factors
    ids: np.ndarray
    numbers: SpilledNumbers | None = None


def _of_numbers(column: SpilledColumn, rules: Rules, is_shared: bool, folder: Path) -> _Column:
    """Make a column of the numbers of one that has very many: of few if they are cut into bins."""
    name, kind = column.name, rules.kinds.get(column.name)
    numbers = numbers_on_disk(column, rules.missing_values[name])
    is_binned = isinstance(kind, Numeric) or (kind is None and rules.numeric != "category")
    if is_binned and not is_shared:
        n_bins = kind.bins if isinstance(kind, Numeric) else rules.n_bins
        factors = numbers.factors(n_bins, folder)
        if kind is not None or taken_for(name, factors, n_bins)[0] != CODES:
            return _Column(name, column, factors, np.empty(0, int), numbers)
    return _Column(name, column, numbers.all_factors(folder), np.empty(0, int), numbers)


def _column_of(column: SpilledColumn, typed: Any, rules: Rules) -> _Column:
    profile, name = column.grown.profile(), column.name
    ids = np.append(np.flatnonzero(profile.rows), [MISSING] * (profile.n_missing > 0)).astype(int)
    if typed is None:
        return _Column(name, column, factors_of_values(profile), ids)
    kind = rules.kinds.get(name)
    factors = factorize_cells(name, typed, None if kind is None else are_lists(kind))
    if factors.rows is None:  # texts that stand only in rows of weight 0 have given types as well
        factors = replace(factors, codes=factors.codes[ids])
    return _Column(name, column, replace(factors, profile=_profiled(profile)), ids)


def _reduced(one: _Column, rules: Rules) -> _Column:
    """Take out the values that mean a missing cell, and look at the order of numbers."""
    unwanted = rules.missing_values[one.name]
    if one.factors.rows is not None:
        return _lists_without(one, unwanted) if unwanted else one
    one = replace(one, factors=without_values(one.factors, unwanted))
    if one.numbers is not None:
        return one
    asked = one.name not in rules.kinds and rules.numeric == "bin" and one.factors.is_number
    if not asked or one.factors.used().sum() <= rules.n_bins or not are_whole(one.factors):
        return one
    return _with_steps(one)


def factors_of_values(profile: Profile) -> Factors:
    """Make a column of a profile: a row for each value that occurs, and one for gaps behind them.

    Examples
    --------
    >>> from cat2vec.tables.cells.factors import factorize
    >>> from cat2vec.tables.cells.growing import profile_of
    >>> factors = factors_of_values(profile_of(factorize("", ["a", None, "b", "a"])))
    >>> factors.codes.tolist(), factors.profile.repeats.tolist()
    ([0, 1, -1], [2, 1, 1])
    """
    used = np.flatnonzero(profile.rows)
    profiled = _profiled(profile)
    dtype = code_dtype(len(profile.values))
    what = (profile.values, profile.dtype, profile.is_number, profile.order)
    if profile.is_list:
        rows = np.arange(len(used))
        return Factors(used.astype(dtype), *what, rows, len(profiled.repeats), profiled)
    codes = np.append(used, [MISSING] * (profile.n_missing > 0)).astype(dtype)
    return Factors(codes, *what, profile=profiled)


def _profiled(profile: Profile) -> Profiled:
    used, has_gap = np.flatnonzero(profile.rows), profile.n_missing > 0
    repeats = np.append(profile.rows[used], [profile.n_missing] * has_gap).astype(np.int64)
    weights = profile.weights
    if weights is not None:
        weights = np.append(weights[used], [profile.missing_weight] * has_gap)
    return Profiled(repeats, weights)


def _lists_without(one: _Column, unwanted: tuple[Any, ...]) -> _Column:
    """Take values out of lists; a gap is where a list has no other ones."""
    kept = without_values(one.factors, unwanted)
    assert kept.rows is not None
    ids = one.ids[kept.rows]
    stays = np.zeros(len(one.spilled.grown) + 1, bool)
    stays[ids] = True
    n_missing = 0
    for cells in one.spilled.read():
        assert cells.per_row is not None
        rows = np.repeat(np.arange(cells.n_rows), cells.per_row)
        n_missing += cells.n_rows - len(np.unique(rows[stays[cells.entries]]))
    factors = lists_with_gaps(kept, n_missing)
    return replace(
        one, factors=factors, ids=np.append(ids, [MISSING] * (n_missing > 0)).astype(int)
    )


def lists_with_gaps(kept: Factors, n_missing: int) -> Factors:
    """Make a profile of lists from which values were taken out; so many have none that is left."""
    profile = kept.profile
    assert kept.rows is not None
    assert profile is not None
    gap = [n_missing] * (n_missing > 0)
    repeats = np.append(profile.repeats[kept.rows], gap).astype(np.int64)
    weights = profile.weights
    if weights is not None:  # those of gaps are never asked for
        weights = np.append(weights[kept.rows], gap)
    return replace(
        kept,
        rows=np.arange(len(kept.rows)),
        n_cells=len(repeats),
        profile=Profiled(repeats, weights),
    )


def _with_steps(one: _Column) -> _Column:
    """Count how often a number is followed by a larger one, which row numbers always are."""
    numbers = numbers_in(one.factors)
    code_of_id = np.full(len(one.spilled.grown) + 1, MISSING)
    code_of_id[one.ids] = one.factors.codes
    code_of_id[-1] = MISSING
    ups = downs = 0
    last = np.empty(0, numbers.dtype)
    for cells in one.spilled.read():
        codes = code_of_id[cells.entries]
        here = np.concatenate([last, numbers[codes[codes >= 0]]])
        more_ups, more_downs = steps_in(here)
        ups, downs, last = ups + more_ups, downs + more_downs, here[-1:]
    assert one.factors.profile is not None
    profile = replace(one.factors.profile, ups=ups, downs=downs)
    return replace(one, factors=replace(one.factors, profile=profile))


def _lookup(fitted: FittedFeature, one: _Column) -> Lookup:
    """Give the code of each distinct value of a column, from that of its row."""
    if one.numbers is not None:
        return _lookup_of_numbers(fitted, one, one.numbers)
    is_list = one.factors.rows is not None
    codes = fitted.codes[:, 0] if is_list else fitted.codes
    table = np.full((len(one.spilled.grown) + 1, *codes.shape[1:]), MISSING, codes.dtype)
    table[one.ids] = codes  # that of a gap, -1, is the last
    return Lookup(one.name, table, is_list)


def values_of_bins(
    fitted: Sequence[FittedFeature],
    columns: Sequence[str],
    factored: Mapping[str, Factors],
    numbers: Mapping[str, SpilledNumbers] | None = None,
) -> dict[str, np.ndarray]:
    """Give what the ``bin_values`` of ``FittedStream`` give, from the column of each feature.

    ``numbers`` are columns of which ``factored`` holds few of the numbers; without them a median is
    one of these few.
    """
    numbers = numbers or {}
    return {
        one.name: _medians(one, factored[column], numbers.get(column))
        for one, column in zip(fitted, columns, strict=True)
        if one.codec.edges is not None and not one.codec.reading.multivalued
    }


def _medians(
    one: FittedFeature, factors: Factors, all_numbers: SpilledNumbers | None
) -> np.ndarray:
    """Give the median of the numbers of each bin, or an edge of one that is empty."""
    assert one.codec.edges is not None
    assert factors.profile is not None
    if all_numbers is not None:
        return all_numbers.medians(one.codec.edges)
    edges = one.codec.edges.astype(np.float64)
    medians = np.concatenate([edges[:1], edges])
    if not factors.is_number:  # texts that were said to be numbers
        return medians
    numbers = np.asarray(numbers_in(factors), np.float64)[factors.codes]
    for code in range(len(medians)):
        here = np.flatnonzero((one.codes == code) & (factors.codes >= 0) & np.isfinite(numbers))
        if len(here):
            here = here[np.argsort(numbers[here])]
            reached = np.cumsum(factors.profile.repeats[here])
            middle = (int(reached[-1]) - 1) // 2
            medians[code] = numbers[here[np.searchsorted(reached, middle, side="right")]]
    return medians


def _lookup_of_numbers(fitted: FittedFeature, one: _Column, numbers: SpilledNumbers) -> Lookup:
    """Give the code of each number, and of the values that were numbered before there were many."""
    values: Any = one.factors.distinct
    codes = fitted.codes[: len(values)]
    of_numbers = OfNumbers(numbers.unwanted, fitted.codec.edges, np.asarray(values), codes)
    known = of_numbers.codes(one.spilled.number_values())
    table = np.append(known, MISSING).astype(fitted.codes.dtype)
    if numbers.n_missing:
        table[table < 0] = fitted.codes[-1]
    return Lookup(one.name, table, of_numbers=of_numbers)
