"""What commands print: answers as text, JSON or CSV, tables for a pipe, and messages.

An answer, or a table that goes to ``-``, is alone on the standard output; all else goes to the
standard error then. A closed pipe or a poor encoding never stops a command.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tqdm import tqdm

from cat2vec.errors import ParameterError
from cat2vec.export.flat_table import check_table_file
from cat2vec.storage.folders import check_writable
from cat2vec.training.progress import LOGGER
from cat2vec.vocabulary.categories import category_text

Result = TypeVar("Result")

#: What stands for the standard output where a file is to be named.
STDOUT = "-"
#: Columns of answers that hold categories, which are written as they are typed.
_OF_CATEGORIES = ("category", "expected")
#: Characters for which RFC 4180 puts a cell of CSV between quotes.
_QUOTED = frozenset('",\r\n')


def add_output_options(command: argparse.ArgumentParser) -> None:
    """Add ``--json`` and ``--csv``."""
    form = command.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON, with all digits")
    form.add_argument("--csv", action="store_true", help="print CSV, with all digits")


def print_answer(
    options: argparse.Namespace,
    found: Any,
    text: str | None = None,
    whole: Mapping[str, Any] | None = None,
) -> None:
    """Print an answer as the options say.

    Parameters
    ----------
    options : Namespace
        With those of ``add_output_options``.
    found : DataFrame or mapping
        Columns by name. JSON is a list of its rows, each an object.
    text : str or None
        What is printed where neither JSON nor CSV is asked for; None lays the columns out.
    whole : mapping or None
        What JSON is instead, where the table is only part of the answer.
    """
    if not (options.json or options.csv):
        print(laid_out(found) if text is None else text)
        return
    columns: dict[str, list[Any]] = {name: _plain_cells(name, found[name]) for name in found}
    rows = list(zip(*columns.values(), strict=True))
    if options.csv:
        lines = [",".join(map(_csv_cell, row)) for row in [tuple(columns), *rows]]
        print_bytes("".join(f"{line}\r\n" for line in lines).encode("utf-8", "backslashreplace"))
        return
    answer = [dict(zip(columns, row, strict=True)) for row in rows] if whole is None else whole
    print(json.dumps(plain(answer), indent=1, allow_nan=False))


def laid_out(found: Any) -> str:
    """Lay a DataFrame out as text, numbers with three decimals."""
    if "category" in found:
        found = found.assign(category=[category_text(value) for value in found["category"]])
    return str(found.to_string(index=False, float_format=lambda number: f"{number:.3f}"))


def _plain_cells(name: str, cells: Any) -> list[Any]:
    values = cells.tolist() if hasattr(cells, "tolist") else list(cells)
    if name not in _OF_CATEGORIES:
        return [plain(value) for value in values]
    # a category that the fit did not see is None, of which pandas may make NaN
    return [None if one is None or one != one else category_text(one) for one in values]


def plain(value: Any) -> Any:
    """Give a value as JSON has it; what is no number, or not finite, is None."""
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (str, int, float, type(None))) else category_text(value)


def _csv_cell(value: Any) -> str:
    """Write a cell; a missing one is empty, and a text without characters has quotes."""
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if text and not _QUOTED & set(text) else '"' + text.replace('"', '""') + '"'


def for_programs(options: argparse.Namespace) -> bool:
    """Say whether the standard output is what another program reads."""
    asked = [getattr(options, name, None) for name in ("json", "csv", "html", "out")]
    return any(one is True or one == STDOUT for one in asked)


def tell(options: argparse.Namespace, text: str) -> None:
    """Print what a command says beside its answer."""
    print(text, file=sys.stderr if for_programs(options) else sys.stdout, flush=True)


def print_bytes(content: bytes) -> None:
    """Print bytes as they are, whatever the encoding and ends of lines of the terminal."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def check_table_output(options: argparse.Namespace) -> None:
    """Raise unless ``--out`` is where a table can be written."""
    if options.out != STDOUT:
        check_table_file(Path(options.out), options.overwrite)
        check_writable(Path(options.out).parent)


@contextmanager
def output_file(options: argparse.Namespace, name: str = "table.csv") -> Iterator[Path]:
    """Give the file that ``--out`` names; for ``-`` one that is printed when the block ends.

    So nothing is printed of a table that cannot be read to its end.
    """
    if options.out != STDOUT:
        yield Path(options.out)
        return
    if getattr(sys.stdout, "is_closed", False):
        raise OSError("--out - prints, and the standard output is closed: name a file with --out")
    with tempfile.TemporaryDirectory(prefix="cat2vec-") as folder:
        file = Path(folder, name)
        yield file
        sys.stdout.flush()
        with file.open("rb") as content:
            shutil.copyfileobj(content, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def name_of_output(options: argparse.Namespace) -> str:
    """Say where ``--out`` writes."""
    return "standard output" if options.out == STDOUT else str(options.out)


def check_one_is_printed(options: argparse.Namespace, *names: str) -> None:
    """Raise ParameterError if several of some options print to the standard output."""
    given = [f"--{name}" for name in names if getattr(options, name) in (True, STDOUT)]
    if len(given) > 1:
        raise ParameterError(
            f"{' and '.join(given)} would all be printed, and only one of them can be. Give the "
            f"others the name of a file, or leave them out."
        )


class _Messages(logging.Handler):
    """Writes messages to the standard error, above a progress bar if there is one."""

    def emit(self, record: logging.LogRecord) -> None:
        kind = "cat2vec warning" if record.levelno >= logging.WARNING else "cat2vec"
        tqdm.write(f"{kind}: {record.getMessage()}", file=sys.stderr)


@contextmanager
def messages_shown() -> Iterator[None]:
    """Write what is logged to the standard error until the block ends."""
    before, handler = (LOGGER.level, LOGGER.propagate), _Messages()
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(before[0])
        LOGGER.propagate = before[1]


@contextmanager
def steady_output() -> Iterator[list[str]]:
    """Let a command go on where its output cannot be written.

    ``cat2vec train ... | head`` still writes its model, and a terminal that cannot show a letter
    shows its number. Gives a list, to which the reason is added where standard output is lost
    though somebody wants it, as on a full disk.
    """
    before = sys.stdout, sys.stderr
    unwritten: list[str] = []
    for stream in before:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    with open(os.devnull, "w") as nowhere:  # a stream that the shell closed is None
        out, error = (stream or nowhere for stream in before)
        sys.stdout = _Steady(out, unwritten, is_closed=out is nowhere)
        sys.stderr = _Steady(error, [])
        try:
            yield unwritten
        finally:
            sys.stdout.flush()
            sys.stdout, sys.stderr = before


class _Steady:
    """A stream whose text goes nowhere once nobody reads it, or it cannot be written."""

    def __init__(self, stream: Any, unwritten: list[str], *, is_closed: bool = False) -> None:
        self._stream, self._unwritten, self.is_closed = stream, unwritten, is_closed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @property
    def buffer(self) -> _Steady:
        """The stream of bytes below this one."""
        return _Steady(self._stream.buffer, self._unwritten)

    def write(self, text: Any) -> int:
        """Write a text, or bytes."""
        return self._done(lambda: int(self._stream.write(text)), len(text))

    def flush(self) -> None:
        """Hand over what was written."""
        self._done(self._stream.flush, None)

    def _done(self, act: Callable[[], Result], otherwise: Result) -> Result:
        try:
            return act()
        except OSError as error:  # what is left in the stream must not fail again at exit
            if not isinstance(error, BrokenPipeError):
                self._unwritten.append(str(error.strerror))
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
            return otherwise
