"""Seconds of functions and of first calls, which compile or load compiled code."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any
from unittest.mock import patch

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
    def inside(self, *steps: tuple[ModuleType, str, str], keep: tuple[str, ...] = ()) -> Iterator:
        """Time functions where modules call them: steps are module, name of the function, part."""
        with ExitStack() as stack:
            for module, name, part in steps:
                timed = self.timed(part, getattr(module, name), keep=part in keep)
                stack.enter_context(patch.object(module, name, timed))
            yield


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
