"""Compiled inverses of many small matrices. Arrays in, arrays changed."""

from __future__ import annotations

import numpy as np

from cat2vec.kernels.compiling import njit
from cat2vec.kernels.linear import factor_in_step
from cat2vec.kernels.sgns import FAST_ENTRIES

#: Numbers of the factors of tokens that are worked on together, 256 KB, and tokens at least.
_NUMBERS_IN_STEP, _LEAST_IN_STEP = 32_768, 4


@njit(cache=True, nogil=True, fastmath=FAST_ENTRIES, error_model="numpy")
def packed_times(packed, vectors, out):
    """Multiply a symmetric matrix of every token by its vector.

    Sizes      B tokens, d numbers each
    Changed    out (B, d) float64, overwritten
    Read       packed (B, d (d + 1) / 2) float32, upper triangles; vectors (B, d)
    """
    size = vectors.shape[1]
    for token in range(vectors.shape[0]):
        for i in range(size):
            out[token, i] = 0.0
        place = 0
        for i in range(size):
            out[token, i] += packed[token, place] * np.float64(vectors[token, i])
            for j in range(i + 1, size):
                entry = np.float64(packed[token, place + j - i])
                out[token, i] += entry * vectors[token, j]
                out[token, j] += entry * vectors[token, i]
            place += size - i


@njit(cache=True, nogil=True, fastmath=FAST_ENTRIES, error_model="numpy")
def invert_packed(packed, ridge, size, inverses):
    """Invert H_b + ridge I for every token b of a block, in float64 inside.

    By Cholesky factors, H = L L': the inverse is the transposed inverse of L times the inverse of
    L. Some tokens are worked on in step, so that every inner loop runs over tokens and vectorises.

    Sizes      B tokens, d = size numbers each
    Changed    inverses (B, d (d + 1) / 2) float32, upper triangles, overwritten
    Read       packed (B, d (d + 1) / 2) float32, upper triangles of H; ridge above 0
    Same as    numpy.linalg.inv
    """
    ridges = np.full(packed.shape[0], ridge)
    lanes = max(_NUMBERS_IN_STEP // (size * size), _LEAST_IN_STEP)
    for first in range(0, packed.shape[0], lanes):
        n_tokens = min(lanes, packed.shape[0] - first)
        factor = np.empty((size, size, n_tokens))
        total = np.empty(n_tokens)
        factor_in_step(packed, ridges, first, factor, total)
        # the inverse of the factor in its place, column by column; its diagonal is there already
        for j in range(size):
            for i in range(j + 1, size):
                for token in range(n_tokens):
                    total[token] = 0.0
                for k in range(j, i):
                    for token in range(n_tokens):
                        total[token] -= factor[i, k, token] * factor[k, j, token]
                for token in range(n_tokens):
                    factor[i, j, token] = total[token] * factor[i, i, token]
        place = 0
        for i in range(size):
            for j in range(i, size):
                for token in range(n_tokens):
                    total[token] = 0.0
                for k in range(j, size):
                    for token in range(n_tokens):
                        total[token] += factor[k, i, token] * factor[k, j, token]
                for token in range(n_tokens):
                    inverses[first + token, place] = np.float32(total[token])
                place += 1
