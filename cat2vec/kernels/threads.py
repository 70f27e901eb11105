"""How many threads, and one way to run blocks on them. Arrays in, arrays out, nothing of ours."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
import scipy.linalg.cython_blas  # NumPy's BLAS and this one are the two that are called here
from threadpoolctl import ThreadpoolController

__all__ = ["Scratch", "Workers", "scipy", "thread_count", "workers"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def thread_count(n_jobs: int | None) -> int:
    """Read n_jobs as scikit-learn does, except that None means all cores.

    Examples
    --------
    >>> thread_count(3), thread_count(None) == thread_count(-1)
    (3, True)
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cores = cores or 1
    if n_jobs is None:
        return cores
    return n_jobs if n_jobs > 0 else max(1, cores + 1 + n_jobs)


class _OneBlasThread:
    """Limit BLAS to one thread while anybody is inside.

    The limit holds for the whole process: were it lifted by the first of two trainings to end, the
    other would go on with other bits. For the same reason it must not matter which thread comes
    first and which goes last.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._blas: Any = None
        self._limits: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0 and self._limits is None:
                if self._blas is None:  # looking for them takes as long as a small training
                    self._blas = ThreadpoolController().select(user_api="blas")
                self._free_for_this_thread()
                self._limits = self._blas.limit(limits=1)
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside = max(0, self._inside - 1)  # those of before a fork go out, too
            if self._inside == 0 and self._limits is not None:
                self._free_for_this_thread()
                self._limits.restore_original_limits()
                self._free_for_this_thread()
                self._limits = None

    def _free_for_this_thread(self) -> None:
        """Let this thread set limits, and others after it.

        threadpoolctl 3.8 leaves OpenBLAS to the thread that set the last limit, and does nothing
        when another one asks.
        """
        for library in self._blas.lib_controllers:
            if hasattr(library, "clear_controlling_thread"):
                library.clear_controlling_thread(force=True)

    def begin_anew(self) -> None:
        """Forget, in a process that was forked, the threads that did not come with it.

        One of them may have held the lock. A limit that was set is lifted by the next to go out.
        """
        self._lock = threading.Lock()
        self._inside = 0


_one_blas_thread = _OneBlasThread()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_one_blas_thread.begin_anew)


class Scratch(threading.local):
    """Memory of each thread that is used again and again; fresh pages cost more than what is done.

    Examples
    --------
    >>> Scratch().floats(2, 3).shape
    (2, 3)
    """

    def __init__(self) -> None:
        self._memory = np.empty(0, np.float32)

    def floats(self, rows: int, columns: int) -> np.ndarray:
        """Give a (rows, columns) float32 array, valid until the next call in this thread."""
        if self._memory.size < rows * columns:
            self._memory = np.empty(rows * columns, np.float32)
        return self._memory[: rows * columns].reshape(rows, columns)


class Workers:
    """Run a function over blocks and give the results back in the order of the blocks.

    Blocks are fixed by the data and never by the number of threads, and BLAS gets one thread per
    block; so sums that are added up in this order have the same bits for every ``n_jobs``.
    """

    def __init__(
        self, pool: ThreadPoolExecutor | None, n_threads: int = 1, n_jobs: int | None = None
    ) -> None:
        self._pool = pool
        self.n_threads = n_threads
        self.n_jobs = n_jobs  # as it was given

    def map(self, function: Callable[[Item], Result], blocks: Iterable[Item]) -> list[Result]:
        """Apply a function to every block; results stand in the order of the blocks."""
        if self._pool is None:
            return [function(block) for block in blocks]
        waiting = deque(enumerate(blocks))
        results: list[Result] = [None] * len(waiting)  # type: ignore[list-item]

        def work() -> None:
            try:
                while True:
                    try:
                        number, block = waiting.popleft()
                    except IndexError:
                        return
                    results[number] = function(block)
            except BaseException:
                waiting.clear()
                raise

        # the caller works too, so that one thread less has to be woken
        others = [self._pool.submit(work) for _ in range(min(self.n_threads, len(waiting)) - 1)]
        try:
            work()
        finally:
            wait(others)
        for other in others:
            other.result()
        return results


@contextmanager
def workers(n_jobs: int | None) -> Iterator[Workers]:
    """Open a pool of ``n_jobs`` threads with single-threaded BLAS inside.

    Examples
    --------
    >>> with workers(2) as crew:
    ...     crew.map(abs, [-1, -2])
    [1, 2]
    """
    n_threads = thread_count(n_jobs)
    with _one_blas_thread:
        if n_threads == 1:
            yield Workers(None, n_jobs=n_jobs)
        else:
            with ThreadPoolExecutor(n_threads - 1) as pool:
                yield Workers(pool, n_threads, n_jobs)
