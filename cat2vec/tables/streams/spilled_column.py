"""One column on disk: for each row the number of its value, or a number itself.

Takes cells piece by piece. Gives them back as they went in, in order of rows, any number of rows at
a time; and the profile of the column. Files are only ever longer, so a length is all that has to be
known to go on after an interruption. They are read, never mapped: mapped pages count as memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cat2vec.kernels.counting import count_codes
from cat2vec.tables.cells.growing import GrowingColumn, Profile
from cat2vec.tables.cells.multivalued import factorize_cells
from cat2vec.tables.streams.number_texts import NumberTexts, numbers_from

#: From so many distinct numbers on, a column is kept as numbers.
MOST_VALUES = 1 << 18
#: Rows of a column that are read at a time where all of it is gone through.
READ_ROWS = 1 << 18


@dataclass(frozen=True)
class Reading:
    """How a column is read: ``several`` as in ``factorize_cells``.

    ``date_unit``, "hour" or "minute", is the finest that is needed of moments, if any are.
    ``may_be_numbers`` says whether cells are texts that may all be numbers.
    """

    several: bool | None = None
    date_unit: str | None = None
    may_be_numbers: bool = False


@dataclass(frozen=True)
class Segment:
    """Rows that stand behind each other in a file with entries of one type.

    ``of`` is "codes", "lists" (codes, and how many each row has) or "numbers" (and whether each
    row has one).
    """

    of: str
    dtype: str
    n_rows: int
    n_entries: int

    @property
    def n_bytes(self) -> dict[str, int]:
        """How many bytes it takes in each of the files of its column."""
        entries = np.dtype(self.dtype).itemsize * self.n_entries
        per_row = {"codes": 0, "lists": 4, "numbers": 1}[self.of] * self.n_rows
        return {"numbers" if self.of == "numbers" else "codes": entries, "per_row": per_row}


@dataclass(frozen=True)
class Cells:
    """Some rows of a column: as in ``Segment``.

    ``entries`` are codes or numbers; ``per_row`` is (n_rows,): how many codes a row has, or whether
    it has a number; None for codes.
    """

    of: str
    n_rows: int
    entries: np.ndarray
    per_row: np.ndarray | None = None


class NotNumbers(Exception):
    """A column of texts that were all numbers has one that is none: it must be read anew."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class SpilledColumn:
    """A column that is written piece by piece.

    Parameters
    ----------
    path : Path
        Of its files, without ending.
    name : str
        Of the column.
    reading : Reading
    is_weighted : bool
        Whether rows have weights; then a column is never kept as numbers.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        reading: Reading = Reading(),
        is_weighted: bool = False,
    ) -> None:
        self.name = name
        self.segments: list[Segment] = []
        self.grown = GrowingColumn(is_weighted)
        self.type: pa.DataType | None = None
        self.is_numbers = False
        self.number_texts = NumberTexts() if reading.may_be_numbers and not is_weighted else None
        self._path, self._reading = path, reading
        self._is_weighted = is_weighted
        self._files: dict[str, Any] = {}

    def add(self, cells: Any, weights: np.ndarray | None = None, first_row: int = 0) -> None:
        """Write the cells of some more rows.

        Raises
        ------
        CellError, ColumnTypeError, OSError
        """
        self.type = getattr(cells, "type", self.type)
        if self.is_numbers:
            self._add_numbers(cells)
            return
        if self._reading.date_unit and len(self.grown) > MOST_VALUES:
            cells = cut(cells, self._reading.date_unit)
        factors = factorize_cells(self.name, cells, self._reading.several, first_row)
        codes = self.grown.add(factors, weights)
        dtype = _smallest(len(self.grown))
        if factors.rows is None:
            self._write("codes", Segment("codes", dtype, len(cells), len(codes)), codes)
        else:
            has = codes >= 0
            lengths = np.bincount(factors.rows[has], minlength=len(cells)).astype(np.int32)
            segment = Segment("lists", dtype, len(cells), int(has.sum()))
            self._write("codes", segment, codes[has], lengths)
        if not self._is_weighted and factors.rows is None and len(self.grown) > MOST_VALUES:
            self.is_numbers = self.grown.is_array and factors.is_number
            if self.number_texts is not None:
                self.is_numbers = self.number_texts.read(self.grown.profile().values)
                if not self.is_numbers:
                    self.stay_text()

    def stay_text(self) -> None:
        """Take texts for texts, whatever they look like."""
        self.number_texts = None

    def number_values(self) -> np.ndarray:
        """Give the values that were numbered, of a column of numbers."""
        values = self.grown.profile().values
        if self.number_texts is None:
            return np.asarray(values)
        as_number = float if self.number_texts.kind == "number" else int
        found = [as_number(text) for text in values]
        return np.array(found, np.float64 if as_number is float else np.int64) + as_number(0)

    @property
    def number_type(self) -> str:
        """Name of the type of a column of numbers."""
        if self.number_texts is None:
            return self.grown.profile().dtype
        return "double" if self.number_texts.kind == "number" else "int64"

    def _add_numbers(self, cells: Any) -> None:
        if self.number_texts is not None:
            if not self.number_texts.read(cells.dictionary):
                raise NotNumbers(self.name)
            numbers = numbers_from(cells.dictionary, str(self.number_texts.kind))
            cells = pc.take(numbers, cells.indices)
        numbers, present = numbers_of(cells)
        segment = Segment("numbers", numbers.dtype.str, len(numbers), len(numbers))
        self._write("numbers", segment, numbers, present.astype(np.int8))

    def _write(
        self, of: str, segment: Segment, entries: np.ndarray, per_row: np.ndarray | None = None
    ) -> None:
        self._file(of).write(np.ascontiguousarray(entries, segment.dtype).data)
        if per_row is not None:
            self._file("per_row").write(np.ascontiguousarray(per_row).data)
        last = self.segments[-1] if self.segments else None
        if last is not None and (last.of, last.dtype) == (segment.of, segment.dtype):
            n_rows, n_entries = last.n_rows + segment.n_rows, last.n_entries + segment.n_entries
            self.segments[-1] = replace(last, n_rows=n_rows, n_entries=n_entries)
        else:
            self.segments.append(segment)

    def _file(self, ending: str) -> Any:
        if ending not in self._files:
            self._files[ending] = open(self.path_of(ending), "ab")  # noqa: SIM115
        return self._files[ending]

    def path_of(self, ending: str) -> Path:
        """Give the path of one of its files."""
        return self._path.with_suffix(f".{ending}")

    @staticmethod
    def lengths_of(segments: Sequence[Segment]) -> dict[str, int]:
        """Give how many bytes of each of its files are those of some segments."""
        lengths = {"codes": 0, "numbers": 0, "per_row": 0}
        for one in segments:
            for ending, n_bytes in one.n_bytes.items():
                lengths[ending] += n_bytes
        return lengths

    def flush(self) -> None:
        """Hand everything that was written over to the system."""
        for file in self._files.values():
            file.flush()

    def close(self) -> None:
        """Close the files; nothing more is written."""
        with ExitStack() as stack:  # also those behind one that cannot be written to its end
            for file in self._files.values():
                stack.callback(file.close)
            self._files = {}

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Cells]:
        """Read rows from ``start`` to ``stop``, in order, some at a time."""
        stop = sum(segment.n_rows for segment in self.segments) if stop is None else stop
        with ColumnReader(self, start) as reader:
            while start < stop:
                n_rows = min(READ_ROWS, stop - start)
                yield from reader.read(n_rows)
                start += n_rows

    def go_on(self, segments: Sequence[Segment], values: Any, profile: Profile) -> None:
        """Take up what an interrupted run wrote, and count it anew."""
        self.segments = list(segments)
        self.is_numbers = any(segment.of == "numbers" for segment in segments)
        rows, n_missing = np.zeros(len(values), np.int64), 0
        for cells in self.read():
            if cells.of == "numbers":
                continue
            count_codes(cells.entries, rows)
            missing = cells.entries < 0 if cells.per_row is None else cells.per_row == 0
            n_missing += int(missing.sum())
        self.grown.add_profile(
            Profile(
                values, rows, None, n_missing, 0.0, profile.dtype, profile.is_number,
                profile.order, profile.is_list,
            )
        )  # fmt: skip


class ColumnReader:
    """Reads the rows of a column in order."""

    def __init__(self, column: SpilledColumn, start: int = 0) -> None:
        column.flush()
        self._column = column
        self._files: dict[str, Any] = {}
        self._place = 0  # of the segment
        self._done = 0  # rows of it
        self._offsets = {"codes": 0, "numbers": 0, "per_row": 0}
        for segment in column.segments:  # those that are left out as a whole are not read
            if start < segment.n_rows:
                break
            for ending, n_bytes in segment.n_bytes.items():
                self._offsets[ending] += n_bytes
            self._place, start = self._place + 1, start - segment.n_rows
        for _ in self.read(start):
            pass

    def __enter__(self) -> ColumnReader:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()

    def read(self, n_rows: int) -> Iterator[Cells]:
        """Read the next rows, in as many pieces as they were written with different types."""
        while n_rows:
            segment = self._column.segments[self._place]
            n_here = min(n_rows, segment.n_rows - self._done)
            if n_here:
                yield self._cells(segment, n_here)
            self._done += n_here
            n_rows -= n_here
            if self._done == segment.n_rows:
                self._place, self._done = self._place + 1, 0

    def _cells(self, segment: Segment, n_rows: int) -> Cells:
        if segment.of == "codes":
            return Cells("codes", n_rows, self._next("codes", segment.dtype, n_rows))
        if segment.of == "lists":
            lengths = self._next("per_row", np.int32, n_rows)
            codes = self._next("codes", segment.dtype, int(lengths.sum()))
            return Cells("lists", n_rows, codes, lengths)
        present = self._next("per_row", np.bool_, n_rows)
        return Cells("numbers", n_rows, self._next("numbers", segment.dtype, n_rows), present)

    def _next(self, ending: str, dtype: Any, n_entries: int) -> np.ndarray:
        if ending not in self._files:
            path = self._column.path_of(ending)
            self._files[ending] = open(path, "rb", buffering=0)  # noqa: SIM115
            self._files[ending].seek(self._offsets[ending])
        found = np.empty(n_entries, dtype)
        view = memoryview(found.view(np.uint8).data)
        while len(view):
            n_bytes = self._files[ending].readinto(view)
            if not n_bytes:
                raise OSError(f"{self._column.path_of(ending)} is shorter than it was written.")
            view = view[n_bytes:]
        return found


def numbers_of(cells: Any) -> tuple[np.ndarray, np.ndarray]:
    """Give the numbers of a column of Arrow and which of its cells have one; NaN is none.

    Examples
    --------
    >>> numbers_of(pa.array([1.5, None, float("nan"), -0.0]))
    (array([1.5, 0. , 0. , 0. ]), array([ True, False, False,  True]))
    """
    if pa.types.is_float16(cells.type):
        cells = cells.cast(pa.float32())
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks() if cells.num_chunks != 1 else cells.chunk(0)
    present = cells.is_valid().to_numpy(zero_copy_only=False)
    numbers = cells.fill_null(0).to_numpy(zero_copy_only=False)
    if numbers.dtype.kind == "f":
        present &= ~np.isnan(numbers)
        numbers = np.where(present, numbers, numbers.dtype.type(0)) + numbers.dtype.type(0)
    return numbers, present


def cut(cells: Any, unit: str) -> Any:
    """Cut moments to hours or minutes of the clock on the wall, of which far fewer differ."""
    if not pa.types.is_timestamp(getattr(cells, "type", None)):
        return cells
    try:
        return pc.floor_temporal(cells, unit=unit)
    except pa.ArrowException:  # an hour that a change of clocks leaves out
        return cells


def _smallest(n_codes: int) -> str:
    """Give the smallest type that holds codes below a number, and -1."""
    return "i1" if n_codes <= 127 else "i2" if n_codes <= 32767 else "i4"
