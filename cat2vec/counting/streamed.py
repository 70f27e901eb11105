"""A table that is read once: read, fit, and count or encode, each within bounded memory.

Takes a ``Stream`` and the parameters of ``count_pairs``. Gives ``PairCounts``, or rows as codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cat2vec.counting.bars import progress_bar
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.counting.spilled import (
    bytes_of_codes,
    count_spilled,
    encoded_spill,
    least_memory,
)
from cat2vec.counting.tiled import least_of_columns
from cat2vec.errors import ParameterError, TableError, setting
from cat2vec.kernels.threads import Workers, thread_count, workers
from cat2vec.parameters.sizes import bytes_in_words, bytes_of
from cat2vec.tables.asked import are_lists, asked_features, asked_kinds, check_not_empty
from cat2vec.tables.cells.kinds import Dates, Kind
from cat2vec.tables.cells.weights import checked_weights
from cat2vec.tables.encoded import EncodedTable
from cat2vec.tables.fit import Rules
from cat2vec.tables.on_disk import OnDisk
from cat2vec.tables.remarks import Remark
from cat2vec.tables.streams.fit import FittedStream, fit_spill
from cat2vec.tables.streams.spill import Spill, spill_stream
from cat2vec.tables.streams.spill_folder import spill_folder
from cat2vec.tables.streams.spilled_column import NotNumbers, Reading
from cat2vec.tables.streams.stream import Stream
from cat2vec.tables.unmatched import Unmatched

#: How much memory reading takes where nobody says it.
MEMORY = "1GB"
#: Bytes that reading takes whatever the table is, and those of a piece for each thread.
_BASE, _PIECE = 16_000_000, 8_000_000


@dataclass(frozen=True)
class ReadStream:
    """A table that was read and fitted, as long as its columns are on disk.

    ``columns`` names all its columns but those that number the rows; ``remarks`` are on reading,
    those of the fit are with it; ``unmatched`` names texts given as missing that no cell holds.
    """

    spill: Spill
    fitted: FittedStream
    columns: tuple[str, ...]
    remarks: tuple[Remark, ...]
    unmatched: tuple[Unmatched, ...]
    folder: Path
    crew: Workers
    memory: int


@dataclass(frozen=True)
class StreamRows:
    """What is left of a reading: rows as codes; ``bin_values`` as ``values_of_bins`` gives them."""

    encoded: EncodedTable
    bin_values: dict[str, np.ndarray]
    columns: tuple[str, ...]
    remarks: tuple[Remark, ...]
    unmatched: tuple[Unmatched, ...]


@contextmanager
def read_stream(
    stream: Stream,
    *,
    features: Sequence[str] | None = None,
    columns: Mapping[str, Any] | None = None,
    numeric: str = "bin",
    n_bins: int = 16,
    shared: Mapping[str, Sequence[str]] | None = None,
    missing: str = "ignore",
    missing_values: Any = None,
    sample_weight: Any = None,
    n_jobs: int | None = None,
    progress: bool = False,
    memory: int | str = MEMORY,
    spill: Any = None,
    to_count: bool = False,
) -> Iterator[ReadStream]:
    """Read a table piece by piece and learn its vocabulary; parameters as in ``count_pairs``.

    A budget that is too small ``to_count`` all columns is an error before anything is read.

    Raises
    ------
    TableError, UnknownFeatureError, CellError, FileReadError, ParameterError, SpillError
    """
    rules_of = (columns, numeric, n_bins, missing, missing_values)
    kinds, emptied = asked_kinds(stream.names, *rules_of)
    names = asked_features(stream.names, features)
    weights = None if sample_weight is None else _weights_of(sample_weight)
    budget, of_thread = bytes_of(memory), _PIECE + 3 * stream.piece_bytes
    if to_count:
        least = _BASE + max(of_thread, least_of_columns(len(names)))
        _check_memory(memory, least, "read and count")
    _check_memory(memory, _BASE + of_thread, "read")
    n_threads = max(min(thread_count(n_jobs), (budget - _BASE) // of_thread), 1)
    readings = {name: _reading(stream, name, kinds.get(name), emptied[name]) for name in names}
    with spill_folder(spill) as folder, workers(n_jobs) as crew:
        with ThreadPoolExecutor(n_threads) as pool:
            if spill is None:
                stream.identity = None  # nobody can go on in a folder that is removed
            kept = _read(stream, readings, folder, pool, weights, progress)
            _check_rows(stream, kept, names, sample_weight)
            typed = None
            if stream.text is not None:
                typed = stream.text.typed(kept.columns, kept.rows_of_parts)
            cells = None if typed is None else typed.cells
            if cells is not None:
                names = [name for name in names if name in cells]
            left = [n for n in stream.names if cells is None or n in cells or n not in readings]
            kinds, emptied = asked_kinds(left, *rules_of)
            rules = Rules(kinds, numeric, n_bins, shared, missing, emptied)
            fitted = fit_spill(kept, cells, rules, names, missing_values, pool, folder)
        remarks = (*stream.remarks, *(typed.remarks if typed else ()))
        unmatched = typed.unmatched if typed else ()
        yield ReadStream(kept, fitted, tuple(left), remarks, unmatched, folder, crew, budget)


def count_stream(stream: Stream, *, progress: bool = False, **how: Any) -> PairCounts:
    """Count the pairs of a table that is read piece by piece; parameters as in ``read_stream``.

    Raises
    ------
    TableError, UnknownFeatureError, CellError, NoPairsError, FileReadError, ParameterError,
    SpillError
    """
    with read_stream(stream, progress=progress, to_count=True, **how) as read:
        kept, fitted = read.spill, read.fitted
        _check_memory(how.get("memory", MEMORY), _BASE + least_memory(kept, fitted), "count")
        bar = progress_bar(
            progress, "rows", unit_scale=True, total=kept.n_rows, desc="cat2vec count"
        )
        with bar:
            return count_spilled(kept, fitted, read.crew, read.folder, read.memory, bar.update)


def encode_stream(stream: Stream, **how: Any) -> StreamRows:
    """Read a table piece by piece and give its rows as codes; parameters as in ``read_stream``.

    Codes are in memory if they take no more than a quarter of what ``memory`` allows, and else on
    disk, beside what is written for reading. Rows of weight 0 are left out.

    Raises
    ------
    TableError, UnknownFeatureError, CellError, FileReadError, ParameterError, SpillError
    """
    with read_stream(stream, **how) as read:
        kept, fitted = read.spill, read.fitted
        on_disk = None
        if bytes_of_codes(kept, fitted) > read.memory // 4:
            least = _BASE + least_memory(kept, fitted)
            _check_memory(how.get("memory", MEMORY), least, "count")
            on_disk = OnDisk(read.memory, how.get("spill"))
        encoded = encoded_spill(kept, fitted, read.crew, on_disk)
        return StreamRows(encoded, fitted.bin_values(), read.columns, read.remarks, read.unmatched)


def _check_memory(memory: int | str, least: int, what: str) -> None:
    """Raise ParameterError if a table cannot be read or counted within a budget."""
    if bytes_of(memory) < least:
        raise ParameterError(
            f"{setting('memory', memory)} is too little to {what} this table, "
            f"which takes {bytes_in_words(least)} at least. Give that much."
        )


def _read(
    stream: Stream,
    readings: Mapping[str, Reading],
    folder: Path,
    pool: ThreadPoolExecutor,
    weights: np.ndarray | None,
    progress: bool,
) -> Spill:
    """Read a table once, or anew where a column of numbers turned out to hold a text late."""
    texts: set[str] = set()
    while True:
        with reading_bar(stream, progress) as bar:
            watch = moving(bar, stream)
            how: dict[str, Any] = {"weights": weights, "texts": texts, "watch": watch}
            try:
                kept = spill_stream(stream, readings, folder, pool, **how)
            except NotNumbers as found:
                texts.add(found.name)
                continue
            watch(0)
            return kept


def _reading(stream: Stream, name: str, kind: Kind | None, unwanted: tuple[Any, ...]) -> Reading:
    """Say how the cells of a column are read before it is known what all of them are."""
    if stream.text is not None:
        return Reading(several=False, may_be_numbers=stream.text.may_be_numbers(name))
    return reading_of_typed(kind, unwanted)


def reading_of_typed(kind: Kind | None, unwanted: tuple[Any, ...]) -> Reading:
    """Say how the cells of a column that has a type are read; ``unwanted`` mean a missing cell."""
    unit = None
    if not unwanted and (kind is None or isinstance(kind, Dates)):
        unit = "minute" if kind is not None and "minute" in (kind.parts or ()) else "hour"
    return Reading(None if kind is None else are_lists(kind), unit)


def _weights_of(sample_weight: Any) -> np.ndarray | None:
    """Check weights before their number is known to be right."""
    n_rows = len(sample_weight) if hasattr(sample_weight, "__len__") else 0
    return checked_weights(sample_weight, n_rows)


def _check_rows(stream: Stream, kept: Spill, names: Sequence[str], weights: Any) -> None:
    """Raise an error if there are no rows, or fewer than there are weights."""
    if stream.text is not None and not kept.n_rows and weights is None:
        raise TableError(
            f"{stream.name!r} has a header and no rows: there is nothing to learn from."
        )
    check_not_empty(names, kept.n_rows_read)
    if weights is not None and len(weights) != kept.n_rows_read:
        raise ParameterError(
            f"sample_weight has {len(weights):,} weights and the table has "
            f"{kept.n_rows_read:,} rows. Give one weight per row."
        )


def reading_bar(stream: Stream, progress: bool, what: str = "read") -> Any:
    """Show how much was read: bytes of text, else rows; both if it is known how many there are."""
    of_bytes = stream.text is not None
    return progress_bar(
        progress,
        "B" if of_bytes else "rows",
        unit_scale=True,
        total=stream.n_bytes if of_bytes else stream.n_rows,
        desc=f"cat2vec {what}",
    )


def moving(bar: Any, stream: Stream) -> Callable[[int], None]:
    """Give a function that moves the bar of a stream on, and is told how many rows were read."""
    n_read = 0

    def watch(n_rows: int) -> None:
        nonlocal n_read
        n_read += n_rows
        if stream.text is None:
            bar.update(n_rows)
        else:
            bar.set_postfix_str(f"{n_read:,} rows", refresh=False)
            bar.update(stream.n_bytes_read() - bar.n)

    return watch
