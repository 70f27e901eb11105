"""Seconds of functions and of first calls, which compile or load compiled code."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any
from unittest.mock import patch

from cat2vec.training.progress import Progress

#: Times that a short call is repeated; the least seconds count.
REPEATS = 3
#: Which of the two it is depends on whether the machine compiled this version before.
FIRST_CALL = "compiling or loading compiled code"


class Clock:
    """Seconds of functions by the name of the part, and results that were asked for."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.results: dict[str, Any] = {}

    def timed(
        self, part: str, function: Callable[..., Any], *, keep: bool = False
    ) -> Callable[..., Any]:
        """Give a function that adds its seconds; what is kept counts as memory."""

        def call(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                result = function(*arguments, **named)
            finally:
                spent = time.perf_counter() - began
                self.seconds[part] = self.seconds.get(part, 0.0) + spent
            if keep:
                self.results[part] = result
            return result

        return call

    @contextmanager
    def inside(
        self, *steps: tuple[ModuleType | dict[str, Any], str, str], keep: tuple[str, ...] = ()
    ) -> Iterator:
        """Time functions where they are looked up.

        Steps are a module or a dict, the name of the function in it, and the part of the time.
        """
        with ExitStack() as stack:
            for place, name, part in steps:
                if isinstance(place, dict):
                    timed = self.timed(part, place[name], keep=part in keep)
                    stack.enter_context(patch.dict(place, {name: timed}))
                else:
                    timed = self.timed(part, getattr(place, name), keep=part in keep)
                    stack.enter_context(patch.object(place, name, timed))
            yield


class Ends(Progress):
    """The moments at which epochs of a training ended; ``pairs`` is what an epoch of rows has."""

    def __init__(self, pairs: int | None = None) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._pairs = pairs

    def advance(self, done: float, loss: float, **_: Any) -> None:
        """Note an end where as much is done as one more epoch has."""
        epoch = 1 if self._pairs is None else self._pairs
        if done > (len(self.seconds) + 1 - 1e-9) * epoch:
            self.seconds.append(time.perf_counter())


def repeated(call: Callable[..., Any], *arguments: Any) -> tuple[list[float], Any]:
    """Call some times; give the seconds of each and the last result."""
    seconds, result = [], None
    for _ in range(REPEATS):
        del result  # else two of them are in memory
        began = time.perf_counter()
        result = call(*arguments)
        seconds.append(time.perf_counter() - began)
    return seconds, result


def tiny_table() -> dict[str, list[str]]:
    """Give columns to compile with: two are wide enough for both ways of counting pairs."""
    n = 1100
    return {
        "a": [f"a{row}" for row in range(n)],
        "b": [f"b{row * 7 % n}" for row in range(n)],
        "c": [f"c{row % 3}" for row in range(n)],
    }
