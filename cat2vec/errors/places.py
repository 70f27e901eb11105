"""Warnings at the line of whoever called the library, also those that arise in other threads.

Takes warnings. Gives them to Python with the place that the user can act on: the nearest caller
that belongs neither to cat2vec nor to a library that calls it for the user.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Packages whose lines are not the user's: this one, and what calls it on the user's behalf.
GO_BETWEENS = frozenset(
    {
        *("cat2vec", "sklearn", "imblearn", "skrub", "joblib", "pandas", "polars", "narwhals"),
        *("concurrent", "contextlib", "functools", "threading", "typing"),
    }
)


class _Held(threading.local):
    """Warnings of this thread that wait for the thread that called, or are dropped; else None."""

    warnings: list[Warning] | None = None


_held = _Held()


def warn(message: Warning) -> None:
    """Warn at the user's line; inside ``map_in`` when the results come back.

    Examples
    --------
    >>> with warnings.catch_warnings(record=True) as found:
    ...     warnings.simplefilter("always")
    ...     warn(UserWarning("look here"))
    >>> found[0].message
    UserWarning('look here')
    """
    if _held.warnings is not None:
        _held.warnings.append(message)
    else:
        warnings.warn(message, stacklevel=_level_of_user())


@contextmanager
def without_warnings() -> Iterator[None]:
    """Drop what this thread warns of by ``warn``.

    ``warnings.catch_warnings`` is for the whole process: of two threads that use it, one may leave
    the filters of the other behind, and nobody is warned of anything any more.

    Examples
    --------
    >>> with without_warnings():
    ...     warn(UserWarning("look here"))
    """
    before, _held.warnings = _held.warnings, []
    try:
        yield
    finally:
        _held.warnings = before


def _level_of_user() -> int:
    """Count the frames from ``warn``, which is 1, to the user's line.

    The outermost frame where all belong to go-betweens, as in a thread that one of them started.
    """
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None:
        if str(frame.f_globals.get("__name__", "")).partition(".")[0] not in GO_BETWEENS:
            break
        frame, level = frame.f_back, level + 1
    return level


def map_in(
    pool: Executor, function: Callable[[Item], Result], items: Iterable[Item]
) -> list[Result]:
    """Apply a function to items in the threads of a pool; give results in the order of items.

    What the function warns of is warned of here, in the order of items, at the line of the user: a
    thread of a pool does not know who called.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(2) as pool:
    ...     map_in(pool, abs, [-1, -2])
    [1, 2]
    """

    def held(item: Item) -> tuple[Result, list[Warning]]:
        before, _held.warnings = _held.warnings, []
        try:
            return function(item), _held.warnings
        finally:
            _held.warnings = before

    results = []
    for result, found in pool.map(held, items):
        for message in found:
            warn(message)
        results.append(result)
    return results
