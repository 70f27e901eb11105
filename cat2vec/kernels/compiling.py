"""When kernels are compiled: the first time that a version runs on a machine, for some seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numba
from numba.core import event
from numba.extending import intrinsic


def intrinsic_or(plain: Callable[..., Any]) -> Callable[[Any], Any]:
    """Make a decorator of an intrinsic that gives a Python function where nothing is compiled.

    That is with ``NUMBA_DISABLE_JIT=1``, in which kernels run as they stand, to look at.

    Parameters
    ----------
    plain : callable
        Does the same.
    """
    return (lambda _: plain) if numba.config.DISABLE_JIT else intrinsic


class _Outermost(event.Listener):
    """Tell of a compilation, but not of those inside it."""

    def __init__(self, begin: Callable[[], None], end: Callable[[float], None]) -> None:
        self._begin, self._end = begin, end
        self._lock, self._depth, self._since = threading.Lock(), 0, 0.0

    def on_start(self, event: Any) -> None:
        with self._lock:
            self._depth += 1
            if self._depth == 1:
                self._since = time.perf_counter()
                self._begin()

    def on_end(self, event: Any) -> None:
        with self._lock:
            self._depth -= 1
            if self._depth == 0:
                self._end(time.perf_counter() - self._since)


@contextmanager
def compilations_told(begin: Callable[[], None], end: Callable[[float], None]) -> Iterator[None]:
    """Call a function when a compilation begins, and one with its seconds when it has ended.

    Loading what was compiled before is no compilation.

    Parameters
    ----------
    begin : callable
    end : callable
        Takes seconds.

    Examples
    --------
    >>> from numba import njit
    >>> with compilations_told(lambda: print("begins"), lambda seconds: print(seconds > 0)):
    ...     njit(lambda x: x + 1)(1)
    begins
    True
    2
    """
    listener = _Outermost(begin, end)
    event.register("numba:compile", listener)
    try:
        yield
    finally:
        event.unregister("numba:compile", listener)
