"""Standard output and standard error that never stop a command: closed, full, a poor encoding."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Result = TypeVar("Result")


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
    sys.stdout, sys.stderr = _Steady(sys.stdout, unwritten), _Steady(sys.stderr, [])
    try:
        yield unwritten
        sys.stdout.flush()
    finally:
        sys.stdout, sys.stderr = before


class _Steady:
    """A stream whose text goes nowhere once nobody reads it, or it cannot be written."""

    def __init__(self, stream: Any, unwritten: list[str]) -> None:
        self._stream, self._unwritten = stream, unwritten

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text."""
        return self._done(lambda: int(self._stream.write(text)), len(text))

    def flush(self) -> None:
        """Hand over what was written."""
        self._done(self._stream.flush, None)

    def _done(self, act: Callable[[], Result], otherwise: Result) -> Result:
        try:
            return act()
        except OSError as error:
            if not isinstance(error, BrokenPipeError):
                self._unwritten.append(str(error.strerror))
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
            return otherwise
