"""CSV files in, Arrow columns of text out, with the line of whatever is wrong.

Takes files. Gives names of columns and tables of dictionaries. An unquoted empty field is missing.
"""

from __future__ import annotations

import atexit
import csv
import io
import itertools
import lzma
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pyarrow.csv

from cat2vec.errors import (
    BadLineWarning,
    FileReadError,
    ParameterError,
    TableError,
    listed,
    spelled,
    warn,
)
from cat2vec.tables.blanks import without_initial_blanks
from cat2vec.tables.sources.columnar import one_line
from cat2vec.tables.sources.csv_options import CsvOptions
from cat2vec.tables.sources.formats import open_bytes, open_stream
from cat2vec.tables.sources.paths import Part

CODES = pa.dictionary(pa.int32(), pa.string())
#: Stands for a delimiter in files of one column, whose cells may hold any other; ASCII has it to
#: separate units of text.
NO_DELIMITER = "\x1f"
_BLOCK = 1 << 23
#: Blocks that are read before their rows are asked for, and seconds that this may wait.
_AHEAD, _LONGEST_WAIT = 4, 10.0
#: Seconds in which a thread of Arrow that is about to read does so, also on a busy machine.
_LEFT = 0.3
#: Files that are not read to their end, as Arrow holds them: its threads may still come to read,
#: and must not be the last to hold one. The last ones only, so that a long process keeps few.
_UNENDED: dict[_Passing, Any] = {}
_MOST_UNENDED = 64
#: Bad lines that a warning names.
_NAMED = 3
_FAILED = (pa.ArrowException, OSError, EOFError, lzma.LZMAError)
_BAD = (UnicodeDecodeError, csv.Error, OSError, EOFError, lzma.LZMAError, pa.ArrowException)


def without_header() -> str:
    """Write how a file without a line of names is read."""
    return spelled("header=False or header=[names]", "--no-header or --names A,B")


def names_in(part: Part, options: CsvOptions) -> list[str]:
    """Give the names of the columns of a file: those of its first line, or those it is given.

    Raises
    ------
    FileReadError, TableError, ParameterError
    """
    first, header = _first_line(part, options), options.header
    if header is True:
        if not any(name.strip() for name in first):
            raise FileReadError(
                f"{part.name!r} line 1 is empty; the column names belong there. For a file without "
                f"names, give {without_header()}."
            )
        twice = [name for name in dict.fromkeys(first) if first.count(name) > 1]
        if twice:
            raise TableError(
                f"{part.name!r} line 1: column names must differ, and {listed(twice)} stands more "
                f"than once. Rename them; if line 1 is no header but a row, give "
                f"{without_header()}."
            )
        return first
    if header is False:
        return [f"x{column}" for column in range(len(first))]
    names = list(header)
    if len(names) != len(first):
        raise ParameterError(
            f"{spelled('header', '--names')} gives {len(names)} names, and line 1 of "
            f"{part.name!r} has {len(first)} cells. Give one name for each cell."
        )
    if names == first:
        raise ParameterError(
            f"line 1 of {part.name!r} holds the names of the columns themselves. Read it with "
            f"{spelled('header=True', '--header')}."
        )
    return names


def read_text(part: Part, names: Sequence[str], options: CsvOptions) -> pa.Table:
    """Read all columns of a file as dictionaries of text.

    Raises
    ------
    FileReadError
    """
    skipped: list[int] = []
    try:
        with _stream(part, options) as stream:
            table = pyarrow.csv.read_csv(stream, **_how(names, options, skipped))
    except _FAILED as error:
        _raise_bad_line(part, names, options, error)
        return pa.table({name: pa.array([], CODES) for name in names})
    _warn_of_skipped(part, names, options, len(skipped), table.num_rows)
    if _has_odd_quotes(part):
        _raise_open_quote(part, names, options)
    return table


def text_batches(
    part: Part,
    names: Sequence[str],
    options: CsvOptions,
    watch: Callable[[int], None] = lambda n_bytes: None,
) -> Iterator[pa.RecordBatch]:
    """Read the columns of a file as dictionaries of text, some rows after the other.

    Parameters
    ----------
    part, names, options
        As in ``read_text``.
    watch : callable
        Is told how many bytes of the file were read.

    Raises
    ------
    FileReadError
    """
    skipped: list[int] = []
    n_rows = 0
    with part.path.open("rb") as raw:
        passing = _Passing(_stream(part, options, raw))
        how = _how(names, options, skipped)
        reader, file = None, pa.PythonFile(passing, "r")
        _UNENDED[passing] = file
        for oldest in list(_UNENDED)[:-_MOST_UNENDED]:
            _UNENDED.pop(oldest, None)
        try:
            reader = pyarrow.csv.open_csv(file, **how)
            for batch in reader:
                passing.taken()
                yield batch
                n_rows += batch.num_rows
                watch(int(raw.tell() * passing.share_taken))
            _UNENDED.pop(passing, None)
        except _FAILED as error:
            _raise_bad_line(part, names, options, error)
        finally:
            passing.stop()
            if passing in _UNENDED:
                _drain(reader)
    _warn_of_skipped(part, names, options, len(skipped), n_rows)
    if passing.n_quotes % 2:
        _raise_open_quote(part, names, options)


def _drain(reader: Any) -> None:
    """Take what a reader has read ahead, until it has met the end of its file."""
    with suppress(*_FAILED):
        for _ in reader or ():
            pass


@atexit.register
def _let_threads_end() -> None:
    """Wait until no thread of Arrow comes to read any more: one that does later aborts Python."""
    open_ones, n_asked = list(_UNENDED), -1
    for passing in open_ones:
        passing.stop()
    while open_ones and n_asked != sum(passing.n_asked for passing in open_ones):
        n_asked = sum(passing.n_asked for passing in open_ones)
        time.sleep(_LEFT)


class _Passing:
    """A file that counts the quotes that pass, and is read no faster than its rows are taken.

    Arrow reads 32 blocks ahead by itself. A reader that waits too long goes on, so that nothing
    depends on how many blocks it takes to give some rows.
    """

    closed = False

    def __init__(self, stream: Any) -> None:
        self.n_quotes = self.n_asked = 0
        self._stream = stream
        self._n_blocks = self._n_ahead = self._n_reading = 0
        self._is_stopped = False
        self._moved = threading.Condition()

    def read(self, n_bytes: int = -1) -> bytes:
        self.n_asked += 1
        with self._moved:
            self._moved.wait_for(
                lambda: self._is_stopped or self._n_ahead < _AHEAD, timeout=_LONGEST_WAIT
            )
            if self._is_stopped:
                return b""
            self._n_ahead += 1
            self._n_reading += 1
        try:
            block: bytes = self._stream.read(None if n_bytes < 0 else n_bytes)
            self.n_quotes += block.count(b'"')
            self._n_blocks += bool(block)
            return block
        finally:
            with self._moved:
                self._n_reading -= 1
                self._moved.notify_all()

    @property
    def share_taken(self) -> float:
        """Of the blocks that were read, how many gave rows that were taken."""
        return max(self._n_blocks - max(self._n_ahead, 0), 0) / max(self._n_blocks, 1)

    def taken(self) -> None:
        """Say that the rows of a block were taken."""
        with self._moved:
            self._n_ahead -= 1
            self._moved.notify_all()

    def stop(self) -> None:
        """Let the file end here, and wait for whoever is reading."""
        with self._moved:
            self._is_stopped = True
            self._moved.notify_all()
            self._moved.wait_for(lambda: not self._n_reading, timeout=_LONGEST_WAIT)

    def close(self) -> None:
        self._stream.close()
        self.closed = True


def _how(names: Sequence[str], options: CsvOptions, skipped: list[int]) -> dict[str, Any]:
    def skip(row: Any) -> str:
        skipped.append(row.actual_columns)
        return "skip"

    return {
        "read_options": pyarrow.csv.ReadOptions(
            block_size=_BLOCK, column_names=None if options.header is True else names
        ),
        "parse_options": pyarrow.csv.ParseOptions(
            delimiter=options.delimiter,
            newlines_in_values=True,
            ignore_empty_lines=len(names) > 1,
            invalid_row_handler=skip if options.on_bad_line == "skip" else None,
        ),
        "convert_options": pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, CODES),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    }


def _warn_of_skipped(
    part: Part, names: Sequence[str], options: CsvOptions, n_skipped: int, n_rows: int
) -> None:
    """Say how many rows were left out, with the lines of the first ones.

    Lines are counted in a second reading, as Arrow counts rows, and a cell may hold line breaks.
    """
    if n_skipped:
        some = itertools.islice(_bad_lines(part, options, len(names)), _NAMED)
        examples = [f"line {line}: {what}" for line, what in some]
        warn(BadLineWarning(part.name, n_skipped, n_rows, examples))


def _bad_lines(part: Part, options: CsvOptions, n_columns: int) -> Iterator[tuple[int, str]]:
    """Give the lines of rows with more or fewer cells than there are columns, and their cells."""
    line = 0
    with suppress(*_BAD), _open(part) as text:  # what else is wrong is told elsewhere
        reader = _rows_of(text, options)
        for cells in reader:
            if cells and len(cells) != n_columns:
                yield line + 1, _cells_in_words(len(cells), options, n_columns)
            line = reader.line_num


def _raise_bad_line(
    part: Part, names: Sequence[str], options: CsvOptions, error: BaseException
) -> None:
    """Raise an error that names the line that a reader refused; nothing if there are no rows."""
    place, n_rows = _first_bad_line(part, options, len(names))
    if not place and n_rows == 0:
        return
    if "straddling" in str(error):
        place = place or f"holds a row longer than {_BLOCK >> 20} MB, which cannot be read."
    raise FileReadError(f"{part.name!r} {place or one_line(error)}") from None


def _raise_open_quote(part: Part, names: Sequence[str], options: CsvOptions) -> None:
    """Raise an error if a quote that was left open made one cell of the rest of a file."""
    place, _ = _first_bad_line(part, options, len(names))
    if place:
        raise FileReadError(f"{part.name!r} {place}")


def _stream(part: Part, options: CsvOptions, raw: Any = None) -> Any:
    if not options.skip_initial_space:
        return open_stream(part.path, raw)
    with open_bytes(part.path) as binary:
        return pa.BufferReader(without_initial_blanks(binary.read(), str(options.delimiter)))


def _open(part: Part) -> io.TextIOBase:
    return io.TextIOWrapper(open_bytes(part.path), encoding="utf-8-sig", newline="")


def _rows_of(text: io.TextIOBase, options: CsvOptions) -> Any:
    return csv.reader(
        text,
        delimiter=str(options.delimiter),
        strict=True,
        skipinitialspace=options.skip_initial_space,
    )


def _first_line(part: Part, options: CsvOptions) -> list[str]:
    try:
        with _open(part) as text:
            return next(_rows_of(text, options), [])
    except _BAD as error:
        raise FileReadError(f"{part.name!r} {_place(part, error, 1)}") from None


def _has_odd_quotes(part: Part) -> bool:
    n_quotes = 0
    with open_bytes(part.path) as binary:
        while block := binary.read(_BLOCK):
            n_quotes += block.count(b'"')
    return n_quotes % 2 == 1


def _first_bad_line(part: Part, options: CsvOptions, n_columns: int) -> tuple[str, int]:
    """Find the line that a fast reader refused, and how many rows stand before it.

    Slower, and only run when something is wrong.
    """
    has_header = options.header is True
    line, n_rows = 0, -1 if has_header else 0
    limit = csv.field_size_limit(sys.maxsize)
    try:
        with _open(part) as text:
            reader = _rows_of(text, options)
            for cells in reader:
                if cells and len(cells) != n_columns and options.on_bad_line == "error":
                    return f"line {line + 1}: {_cells_in_words(len(cells), options, n_columns)}.", 0
                n_rows += bool(cells)
                line = reader.line_num
    except _BAD as error:
        return _place(part, error, line + 1), max(n_rows, 0)
    finally:
        csv.field_size_limit(limit)
    return "", max(n_rows, 0)


def _cells_in_words(n_cells: int, options: CsvOptions, n_columns: int) -> str:
    whose = "header" if options.header is True else "first row"
    return f"{n_cells} {'cell' if n_cells == 1 else 'cells'}, the {whose} has {n_columns}"


def _place(part: Part, error: Exception, line: int) -> str:
    """Say at which line of a file reading failed, and why."""
    if isinstance(error, UnicodeDecodeError):
        return (
            f"line {_line_of_bad_bytes(part)}: not UTF-8 text ({error.reason}). "
            f"Save the file as UTF-8."
        )
    if isinstance(error, csv.Error) and "unexpected end" in str(error):
        return f'line {line}: a quote (") opens in this row and is never closed.'
    if isinstance(error, csv.Error) and "expected after" in str(error):
        return f'line {line}: text follows a closing quote ("). Write a quote inside as "".'
    return f"line {line}: {one_line(error)}."


def _line_of_bad_bytes(part: Part) -> int:
    with open_bytes(part.path) as binary:
        for number, line in enumerate(binary, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 0
