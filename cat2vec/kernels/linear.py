"""Compiled loops of linear algebra that libraries do slowly. Arrays in, arrays changed."""

from __future__ import annotations

import numpy as np
from numba import njit

from cat2vec.kernels.sgns import FASTMATH


@njit(cache=True, nogil=True, fastmath=FASTMATH)
def sparse_times(indptr, indices, values, start, stop, x, out):
    """Multiply the rows from ``start`` to ``stop`` of a sparse matrix by a vector.

    Sizes      V rows and columns, P entries
    Changed    out (V,) float32, between start and stop
    Read       indptr (V + 1,), indices (P,), values (P,) float32; x (V,) float32
    """
    for row in range(start, stop):
        total = np.float32(0.0)
        for p in range(indptr[row], indptr[row + 1]):
            total += values[p] * x[indices[p]]
        out[row] = total


@njit(cache=True, nogil=True, fastmath=FASTMATH, error_model="numpy")
def solve_packed(packed, ridges, right_side, out):
    """Solve (H_b + ridge_b I) x = g_b for every token b of a block, by Cholesky in float64.

    All tokens are worked on in step, so that every inner loop runs over tokens and vectorises.

    Sizes      B tokens, d numbers each.
    Changed    out (B, d) float32
    Read       packed (B, d (d + 1) / 2) float32, upper triangles of H; right_side (B, d) float32
               ridges (B,) float64, above 0
    """
    n_tokens, size = right_side.shape
    factor = np.empty((size, size, n_tokens))
    x = np.empty((size, n_tokens))
    total = np.empty(n_tokens)
    place = 0
    for i in range(size):
        for j in range(i, size):
            for token in range(n_tokens):
                factor[j, i, token] = packed[token, place]
            place += 1
        for token in range(n_tokens):
            factor[i, i, token] += ridges[token]
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
    for i in range(size):
        for token in range(n_tokens):
            total[token] = np.float64(right_side[token, i])
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
            out[token, i] = np.float32(x[i, token])
