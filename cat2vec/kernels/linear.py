"""Compiled loops of linear algebra that libraries do slowly. Arrays in, arrays changed."""

from __future__ import annotations

import numpy as np

from cat2vec.kernels.compiling import njit
from cat2vec.kernels.sgns import FAST_ENTRIES, FAST_SUMS

#: Systems of at most this many numbers are solved together, this many at a time: the factors of
#: such a batch take 256 KB.
_SMALL_SIZE, _IN_STEP = 32, 32


# A slice for each of millions of short rows takes longer than what is done with it: these two read
# the matrices in place. Rows that come from an index array are to be given as uint64, so that no
# check for negative ones is in the way.


@njit(nogil=True, fastmath=FAST_SUMS, forceinline=True)
def row_product(first, i, second, j):
    """Add up the products of two rows, (any, m) float32 each."""
    total = np.float32(0.0)
    for k in range(first.shape[1]):
        total += first[i, k] * second[j, k]
    return total


@njit(nogil=True, fastmath=FAST_ENTRIES, forceinline=True)
def add_scaled_row(factor, values, j, out, i):
    """Add a multiple of one row to another, (any, m) float32 each."""
    for k in range(out.shape[1]):
        out[i, k] += factor * values[j, k]


@njit(cache=True, nogil=True)
def sparse_times(indptr, indices, values, start, stop, x, out):
    """Multiply the rows from ``start`` to ``stop`` of a sparse matrix by some vectors at once.

    Sizes      V rows and columns, P entries, m vectors
    Changed    out (V, m) float32, overwritten between start and stop
    Read       indptr (V + 1,), indices (P,), values (P,) float32; x (V, m) float32
    """
    for row in range(start, stop):
        for j in range(x.shape[1]):
            out[row, j] = np.float32(0.0)
        for p in range(indptr[row], indptr[row + 1]):
            add_scaled_row(values[p], x, np.uint64(indices[p]), out, row)


def solve_packed(
    packed: np.ndarray, ridges: np.ndarray, right_side: np.ndarray, out: np.ndarray
) -> None:
    """Solve (H_b + ridge_b I) x = g_b for every token b of a block, by Cholesky in float64.

    For small d, some tokens are worked on in step, so that every inner loop runs over tokens and
    vectorises. For large d these would not fit a cache, and loops over d are long enough. Only what
    is needed is compiled.

    Sizes      B tokens, d numbers each.
    Changed    out (B, d) float32
    Read       packed (B, d (d + 1) / 2) float32, upper triangles of H; right_side (B, d) float32
               ridges (B,) float64, above 0
    """
    solve = _solve_in_step if right_side.shape[1] <= _SMALL_SIZE else _solve_one_by_one
    solve(packed, ridges, right_side, out)


@njit(cache=True, nogil=True, error_model="numpy")
def _solve_one_by_one(packed, ridges, right_side, out):
    n_tokens, size = right_side.shape
    factor = np.empty((size, size))
    x = np.empty(size)
    for which in range(n_tokens):
        _solve_one(packed[which], ridges[which], right_side[which], factor, x, out[which])


@njit(nogil=True, fastmath=FAST_SUMS, forceinline=True)
def _row_products(factor, i, j, n):
    """Add up the products of the first ``n`` entries of two rows."""
    total = 0.0
    for k in range(n):
        total += factor[i, k] * factor[j, k]
    return total


@njit(nogil=True, fastmath=FAST_SUMS, forceinline=True)
def _products_with(factor, i, x, n):
    total = 0.0
    for k in range(n):
        total += factor[i, k] * x[k]
    return total


@njit(nogil=True, fastmath=FAST_SUMS, forceinline=True)
def _products_below(factor, i, x):
    total = 0.0
    for k in range(np.uint64(i + 1), np.uint64(x.shape[0])):
        total += factor[k, i] * x[k]
    return total


@njit(nogil=True, fastmath=FAST_ENTRIES, error_model="numpy", forceinline=True)
def _solve_one(packed, ridge, right_side, factor, x, out):
    size = right_side.shape[0]
    place = 0
    for i in range(size):
        for j in range(i, size):
            factor[j, i] = packed[place]
            place += 1
        factor[i, i] += ridge
    for i in range(size):
        for j in range(i + 1):
            total = factor[i, j] - _row_products(factor, i, j, j)
            if i == j:
                factor[i, i] = 1.0 / np.sqrt(max(total, 1e-30))
            else:
                factor[i, j] = total * factor[j, j]
    for i in range(size):
        x[i] = (np.float64(right_side[i]) - _products_with(factor, i, x, i)) * factor[i, i]
    for back in range(size):
        i = size - 1 - back
        x[i] = (x[i] - _products_below(factor, i, x)) * factor[i, i]
        out[i] = np.float32(x[i])


@njit(nogil=True, fastmath=FAST_ENTRIES, error_model="numpy", forceinline=True)
def factor_in_step(packed, ridges, first, factor, total):
    """Factor H_b + ridge_b I = L L' for some tokens at once, by Cholesky in float64.

    Every inner loop runs over tokens, and vectorises.

    Sizes      B tokens, T of them from ``first``, d numbers each
    Changed    factor (d, d, T) float64: L below the diagonal, one over its entries on it
               total (T,) float64, scratch
    Read       packed (B, d (d + 1) / 2) float32, upper triangles of H; ridges (B,) float64
    """
    size, n_tokens = factor.shape[0], factor.shape[2]
    place = 0
    for i in range(size):
        for j in range(i, size):
            for token in range(n_tokens):
                factor[j, i, token] = packed[first + token, place]
            place += 1
        for token in range(n_tokens):
            factor[i, i, token] += ridges[first + token]
    for i in range(size):
        for j in range(i + 1):
            for token in range(n_tokens):  # a slice would compile seconds of code for its errors
                total[token] = factor[i, j, token]
            for k in range(j):
                for token in range(n_tokens):
                    total[token] -= factor[i, k, token] * factor[j, k, token]
            if i == j:
                for token in range(n_tokens):
                    factor[i, i, token] = 1.0 / np.sqrt(max(total[token], 1e-30))
            else:
                for token in range(n_tokens):
                    factor[i, j, token] = total[token] * factor[j, j, token]


@njit(cache=True, nogil=True, fastmath=FAST_ENTRIES, error_model="numpy")
def _solve_in_step(packed, ridges, right_side, out):
    size = right_side.shape[1]
    for first in range(0, right_side.shape[0], _IN_STEP):
        n_tokens = min(_IN_STEP, right_side.shape[0] - first)
        factor = np.empty((size, size, n_tokens))
        x = np.empty((size, n_tokens))
        total = np.empty(n_tokens)
        factor_in_step(packed, ridges, first, factor, total)
        for i in range(size):
            for token in range(n_tokens):
                total[token] = np.float64(right_side[first + token, i])
            for k in range(i):
                for token in range(n_tokens):
                    total[token] -= factor[i, k, token] * x[k, token]
            for token in range(n_tokens):
                x[i, token] = total[token] * factor[i, i, token]
        for back in range(size):
            i = size - 1 - back
            for token in range(n_tokens):
                total[token] = x[i, token]
            for k in range(i + 1, size):
                for token in range(n_tokens):
                    total[token] -= factor[k, i, token] * x[k, token]
            for token in range(n_tokens):
                x[i, token] = total[token] * factor[i, i, token]
                out[first + token, i] = np.float32(x[i, token])
