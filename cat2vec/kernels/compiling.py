"""When kernels are compiled: the first time that a version runs on a machine, for some seconds.

What was compiled is kept where numba keeps it, in files that begin with a hash: damaged ones, which
could crash or give wrong numbers, are compiled again.
"""

from __future__ import annotations

import hashlib
import logging
import pickle
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any

import numba
from numba.core import event
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.extending import intrinsic

#: Bytes of the hash that files of compiled code begin with.
_HASH_BYTES = 32
#: Whether it was told that some of them are damaged.
_is_told = False


def njit(*, cache: bool = False, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Compile a function as ``numba.njit`` does; with ``cache`` it is kept in hashed files."""

    def compiled(function: Callable[..., Any]) -> Any:
        found = numba.njit(**options)(function)
        if numba.config.DISABLE_JIT:
            return found
        if cache:
            with suppress(RuntimeError):  # no folder can be written into: nothing is kept
                found._cache = _Kept(function)
        found.compile = uninterrupted(found.compile)  # which also loads what is kept
        return found

    return compiled


def uninterrupted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let Ctrl-C wait until a function ends.

    LLVM calls functions of Python, in which an interruption would be lost, and crash it.

    Examples
    --------
    >>> uninterrupted(abs)(-1)
    1
    """

    @wraps(function)
    def whole(*arguments: Any) -> Any:
        usual = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or not callable(usual):
            return function(*arguments)
        came: list[tuple[Any, Any]] = []
        signal.signal(signal.SIGINT, lambda *given: came.append(given))
        try:
            return function(*arguments)
        finally:
            signal.signal(signal.SIGINT, usual)
            if came:
                usual(*came[0])

    return whole


class _Kept(FunctionCache):
    """What was compiled of a function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        # a name of their own: files that numba wrote by itself have no hash
        self._cache_file = _HashedFiles(
            self._cache_path,
            f"{self._impl.filename_base}-numba{numba.__version__}",
            self._impl.locator.get_source_stamp(),
        )

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep it, unless that cannot be done, as on a full disk."""
        with suppress(OSError):
            super().save_overload(sig, data)


class _HashedFiles(IndexDataCacheFile):
    """Files of compiled code; what is damaged counts as not there."""

    def _save_index(self, overloads: Any) -> None:
        self._write(self._index_path, (self._source_stamp, overloads))

    def _load_index(self) -> Any:
        try:
            stamp, overloads = self._read(self._index_path)
        except OSError:
            return {}
        return overloads if stamp == self._source_stamp else {}

    def _save_data(self, name: str, data: Any) -> None:
        self._write(self._data_path(name), data)

    def _load_data(self, name: str) -> Any:
        return self._read(self._data_path(name))

    def _write(self, path: str, data: Any) -> None:
        content = self._dump(data)
        with self._open_for_write(path) as file:
            file.write(hashlib.sha256(content).digest() + content)

    def _read(self, path: str) -> Any:
        found = Path(path).read_bytes()
        content = found[_HASH_BYTES:]
        if hashlib.sha256(content).digest() != found[:_HASH_BYTES]:
            _tell(path)
            raise OSError(f"{path} is damaged")
        return pickle.loads(content)


def _tell(path: str) -> None:
    """Log once that there is damaged code; nobody has to do anything about it."""
    global _is_told
    if not _is_told:
        _is_told = True
        logging.getLogger("cat2vec").warning(
            "%r, and perhaps more of what was compiled before, is damaged and is compiled again, "
            "which takes some seconds.",
            path,
        )


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
