"""Compiled loops of the objective on pair counts. Arrays in, arrays changed; no idea of words."""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

#: Fast-math without ``nnan`` and ``ninf``: checks for NaN survive.
FASTMATH = {"contract", "reassoc", "nsz", "arcp"}


@intrinsic
def _truncated(_typing_context, value):
    """Round a float32 toward zero and keep it float32, by way of int32 only.

    Numba's own casts pass through int64, for which most processors have no vector instruction.
    """

    def generate(_context, builder, _signature, arguments):
        whole = builder.fptosi(arguments[0], ir.IntType(32))
        return builder.sitofp(whole, ir.FloatType())

    return types.float32(types.float32), generate


@intrinsic
def _power_of_two(_typing_context, exponent):
    """Compute 2 ** exponent for a whole float32 in [-126, 127] by writing the exponent bits."""

    def generate(_context, builder, _signature, arguments):
        bits = ir.IntType(32)
        whole = builder.fptosi(arguments[0], bits)
        biased = builder.add(whole, ir.Constant(bits, 127))
        return builder.bitcast(builder.shl(biased, ir.Constant(bits, 23)), ir.FloatType())

    return types.float32(types.float32), generate


@njit(nogil=True, fastmath=FASTMATH, error_model="numpy")
def exp_of_negative(x):
    """Compute exp(-x) for float32 x in [0, 80], relative error below 3e-7, so that it vectorises.

    exp(-x) = 2^n e^r with n = round(-x / ln 2) and |r| <= ln 2 / 2; e^r by its Taylor polynomial.
    """
    n = _truncated(x * np.float32(-1.4426950408889634) - np.float32(0.5))
    r = n * np.float32(-0.693359375) - x
    r = r + n * np.float32(2.12194440e-4)
    p = np.float32(1.0 / 720)
    p = p * r + np.float32(1.0 / 120)
    p = p * r + np.float32(1.0 / 24)
    p = p * r + np.float32(1.0 / 6)
    p = p * r + np.float32(0.5)
    p = p * r + np.float32(1.0)
    p = p * r + np.float32(1.0)
    return p * _power_of_two(n)


@njit(nogil=True, fastmath=FASTMATH, error_model="numpy")
def log_one_plus(e):
    """Compute log(1 + e) for float32 e in [0, 1] as 2 atanh(e / (2 + e)), so that it vectorises."""
    z = e / (np.float32(2.0) + e)
    square = z * z
    p = np.float32(1.0 / 13)
    p = p * square + np.float32(1.0 / 11)
    p = p * square + np.float32(1.0 / 9)
    p = p * square + np.float32(1.0 / 7)
    p = p * square + np.float32(1.0 / 5)
    p = p * square + np.float32(1.0 / 3)
    p = p * square + np.float32(1.0)
    return np.float32(2.0) * z * p


@njit(cache=True, nogil=True, fastmath=FASTMATH, error_model="numpy")
def block_terms(logits, positives, noise, residual, curvature, losses):
    """Turn logits of a block of tokens into loss, gradient and curvature weights.

    For each entry, with n = positives, K = noise and x = logits:
    loss  n log(1 + e^-x) + K log(1 + e^x),
    residual  n (1 - s) - K s,  curvature  (n + K) s (1 - s),  s = 1 / (1 + e^-x).

    Sizes      B tokens of the block, V tokens on the other side.
    Changed    residual, curvature (B, V) float32; losses (B,) float64, nats
    Read       logits, positives, noise (B, V) float32
    Source     sgns with the noise drawn in expectation: Levy & Goldberg 2014, eq. 5-7.
    Same as    tests/reference/objective.py
    """
    for i in range(logits.shape[0]):
        total = 0.0
        for j in range(logits.shape[1]):
            x = logits[i, j]
            size = min(abs(x), np.float32(80.0))
            e = exp_of_negative(size)
            r = np.float32(1.0) / (np.float32(1.0) + e)
            high = r
            low = e * r
            s = high if x >= np.float32(0.0) else low
            rest = low if x >= np.float32(0.0) else high
            n = positives[i, j]
            k = noise[i, j]
            log_term = log_one_plus(e)
            against = n if x < np.float32(0.0) else k
            total += np.float64((n + k) * log_term + against * size)
            residual[i, j] = n * rest - k * s
            curvature[i, j] = (n + k) * (low * r)
        losses[i] = total


@njit(cache=True, nogil=True, fastmath=FASTMATH, error_model="numpy")
def block_losses(logits, positives, noise, losses):
    """Compute only the losses of ``block_terms``.

    Changed    losses (B,) float64, nats
    Read       logits, positives, noise (B, V) float32
    """
    for i in range(logits.shape[0]):
        total = 0.0
        for j in range(logits.shape[1]):
            x = logits[i, j]
            size = min(abs(x), np.float32(80.0))
            n = positives[i, j]
            k = noise[i, j]
            against = n if x < np.float32(0.0) else k
            total += np.float64((n + k) * log_one_plus(exp_of_negative(size)) + against * size)
        losses[i] = total


@njit(cache=True, nogil=True)
def spread_row_counts(indptr, indices, values, start, out):
    """Write the sparse counts of tokens ``start ...`` into the rows of a dense block.

    Changed    out (B, V) float32, overwritten
    Read       indptr (V + 1,), indices (P,) int32 or int64; values (P,) float32
    """
    for i in range(out.shape[0]):
        out[i, :] = np.float32(0.0)
        for p in range(indptr[start + i], indptr[start + i + 1]):
            out[i, indices[p]] = values[p]


@njit(cache=True, nogil=True)
def products_of_pairs(matrix, out):
    """Write all products ``x[i] x[j]``, i <= j, of every row: the upper triangle, row by row.

    Changed    out (V, d (d + 1) / 2) float32
    Read       matrix (V, d) float32
    """
    size = matrix.shape[1]
    for row in range(matrix.shape[0]):
        place = 0
        for i in range(size):
            for j in range(i, size):
                out[row, place] = matrix[row, i] * matrix[row, j]
                place += 1


@njit(cache=True, nogil=True, fastmath=FASTMATH, error_model="numpy")
def solve_packed(packed, ridges, right_side, out):
    """Solve (H_b + ridge_b I) x = g_b for every token b of a block, by Cholesky in float64.

    Sizes      B tokens, d numbers each.
    Changed    out (B, d) float32
    Read       packed (B, d (d + 1) / 2) float32, upper triangles of H; right_side (B, d) float32
               ridges (B,) float64, above 0
    """
    n_tokens, size = right_side.shape
    factor = np.empty((size, size))
    x = np.empty(size)
    for token in range(n_tokens):
        place = 0
        for i in range(size):
            for j in range(i, size):
                factor[j, i] = packed[token, place]
                place += 1
            factor[i, i] += ridges[token]
        for i in range(size):
            for j in range(i + 1):
                total = factor[i, j]
                for k in range(j):
                    total -= factor[i, k] * factor[j, k]
                if i == j:
                    factor[i, i] = np.sqrt(max(total, 1e-30))
                else:
                    factor[i, j] = total / factor[j, j]
        for i in range(size):
            total = np.float64(right_side[token, i])
            for k in range(i):
                total -= factor[i, k] * x[k]
            x[i] = total / factor[i, i]
        for back in range(size):
            i = size - 1 - back
            total = x[i]
            for k in range(i + 1, size):
                total -= factor[k, i] * x[k]
            x[i] = total / factor[i, i]
        for i in range(size):
            out[token, i] = np.float32(x[i])
