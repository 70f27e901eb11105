"""How fast this machine multiplies matrices: large ones, and those of a block of ``rows``."""

from __future__ import annotations

import time

import numpy as np
from numba import njit
from threadpoolctl import threadpool_limits

#: Rows and columns of large matrices, and seconds for which products are repeated.
_SIZE, _SECONDS = 1024, 0.5
#: Operations of products of blocks that are timed together.
_PRODUCTS_FLOPS = 1e8


def sgemm_flops(n_threads: int) -> float:
    """Multiply square float32 matrices again and again; the best is what the machine can do."""
    a, b = np.random.default_rng(0).random((2, _SIZE, _SIZE), dtype=np.float32)
    product, best = np.empty_like(a), np.inf
    with threadpool_limits(n_threads):
        began = time.perf_counter()
        while time.perf_counter() - began < _SECONDS:
            before = time.perf_counter()
            np.matmul(a, b, out=product)
            best = min(best, time.perf_counter() - before)
    return 2 * _SIZE**3 / best


def products_flops(entries: int, size: int) -> float:
    """Do the three products of a block again and again, in one thread and without all else."""
    w, c, w_push, c_push = np.random.default_rng(0).random((4, entries, size), dtype=np.float32)
    w, c = w / size, c / entries
    turned, products = np.ascontiguousarray(c.T), np.empty((entries, entries), np.float32)
    times = max(1, int(_PRODUCTS_FLOPS / (6 * entries**2 * size)))
    best = np.inf
    with threadpool_limits(1):
        _products(w, turned, c, products, w_push, c_push, 1)
        began = time.perf_counter()
        while time.perf_counter() - began < _SECONDS:
            before = time.perf_counter()
            _products(w, turned, c, products, w_push, c_push, times)
            best = min(best, time.perf_counter() - before)
    return 6 * entries**2 * size * times / best


@njit(nogil=True)
def _products(w, turned, c, products, w_push, c_push, times):  # type: ignore[no-untyped-def]
    """Multiply as ``kernels/rows.py`` does."""
    for _ in range(times):
        np.dot(w, turned, products)
        np.dot(products, c, w_push)
        np.dot(products.T, w, c_push)
