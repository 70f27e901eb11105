"""Compiled loops of the objective on pair counts. Arrays in, arrays changed; no idea of words."""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

#: Fast-math without ``nnan`` and ``ninf``: checks for NaN survive.
FASTMATH = {"contract", "reassoc", "nsz", "arcp"}
#: Entries of a row whose losses are summed in float32 before they are added up in float64.
_TILE = 256


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


@njit(nogil=True, fastmath=FASTMATH, error_model="numpy")
def _terms_of_row(products, row_bias, column_bias, positives, noise, residual, curvature):
    """Work through one stretch of a row of ``block_terms``; gives its loss."""
    total = 0.0
    for tile in range(0, products.shape[0], _TILE):
        part = np.float32(0.0)
        for j in range(tile, min(tile + _TILE, products.shape[0])):
            x = products[j] + row_bias + column_bias[j]
            size = min(abs(x), np.float32(80.0))
            e = exp_of_negative(size)
            r = np.float32(1.0) / (np.float32(1.0) + e)
            high = r
            low = e * r
            s = high if x >= np.float32(0.0) else low
            rest = low if x >= np.float32(0.0) else high
            n = positives[j]
            k = noise[j]
            against = n if x < np.float32(0.0) else k
            part += (n + k) * log_one_plus(e) + against * size
            residual[j] = n * rest - k * s
            curvature[j] = (n + k) * (low * r)
        total += np.float64(part)
    return total


@njit(nogil=True, fastmath=FASTMATH, error_model="numpy")
def _loss_of_row(products, row_bias, column_bias, positives, noise):
    """Work through one stretch of a row of ``block_losses``; gives its loss."""
    total = 0.0
    for tile in range(0, products.shape[0], _TILE):
        part = np.float32(0.0)
        for j in range(tile, min(tile + _TILE, products.shape[0])):
            x = products[j] + row_bias + column_bias[j]
            size = min(abs(x), np.float32(80.0))
            n = positives[j]
            k = noise[j]
            against = n if x < np.float32(0.0) else k
            part += (n + k) * log_one_plus(exp_of_negative(size)) + against * size
        total += np.float64(part)
    return total


@njit(cache=True, nogil=True)
def block_terms(
    products, row_bias, column_bias, positives, noise, gap, residual, curvature, losses
):
    """Turn products of a block of tokens into loss, gradient and curvature weights.

    For each entry, with n = positives, K = noise and x = product + row bias + column bias:
    loss  n log(1 + e^-x) + K log(1 + e^x),
    residual  n (1 - s) - K s,  curvature  (n + K) s (1 - s),  s = 1 / (1 + e^-x).

    Sizes      B tokens of the block, V tokens on the other side.
    Changed    residual, curvature (B, V) float32, zero in the gap; losses (B,) float64, nats
    Read       products, positives, noise (B, V) float32; row_bias (B,), column_bias (V,) float32
               gap (2,) int64, columns from gap[0] to gap[1] are left out
    Source     sgns with the noise drawn in expectation: Levy & Goldberg 2014, eq. 5-7.
    Same as    tests/reference/objective.py
    """
    start, stop = gap[0], gap[1]
    for i in range(products.shape[0]):
        losses[i] = _terms_of_row(
            products[i, :start], row_bias[i], column_bias[:start], positives[i, :start],
            noise[i, :start], residual[i, :start], curvature[i, :start],
        ) + _terms_of_row(
            products[i, stop:], row_bias[i], column_bias[stop:], positives[i, stop:],
            noise[i, stop:], residual[i, stop:], curvature[i, stop:],
        )  # fmt: skip
        residual[i, start:stop] = np.float32(0.0)
        curvature[i, start:stop] = np.float32(0.0)


@njit(cache=True, nogil=True)
def block_losses(products, row_bias, column_bias, positives, noise, gap, losses):
    """Compute only the losses of ``block_terms``; same arguments.

    Changed    losses (B,) float64, nats
    """
    start, stop = gap[0], gap[1]
    for i in range(products.shape[0]):
        losses[i] = _loss_of_row(
            products[i, :start], row_bias[i], column_bias[:start], positives[i, :start],
            noise[i, :start],
        ) + _loss_of_row(
            products[i, stop:], row_bias[i], column_bias[stop:], positives[i, stop:],
            noise[i, stop:],
        )  # fmt: skip


@njit(cache=True, nogil=True)
def block_weights(
    indptr, indices, values, start, by_row, by_column, feature, offsets, center_side,
    positives, noise
):  # fmt: skip
    """Write counts ``n_ab`` and expected noise ``k n_ag q_g(b)`` of a block of tokens.

    Sizes      B tokens from ``start`` on, V tokens in F features, P sparse counts.
    Changed    positives, noise (B, V) float32, overwritten
    Read       indptr (V + 1,), indices (P,) int32 or int64; values (P,) float32, symmetric counts
               center side: by_row (V, F) float32 n_ag, by_column (V,) float32 k q
               context side: by_row (V,) as (V, 1) k q, by_column (F, V) as (F * V,) n_ag
               feature (V,), offsets (F + 1,) int64
    """
    n_tokens = positives.shape[1]
    for i in range(positives.shape[0]):
        token = start + i
        positives[i, :] = np.float32(0.0)
        for p in range(indptr[token], indptr[token + 1]):
            positives[i, indices[p]] = values[p]
        if center_side:
            for g in range(offsets.shape[0] - 1):
                weight = by_row[token, g]
                for j in range(offsets[g], offsets[g + 1]):
                    noise[i, j] = weight * by_column[j]
        else:
            weight = by_row[token, 0]
            shift = feature[token] * n_tokens
            for j in range(n_tokens):
                noise[i, j] = weight * by_column[shift + j]


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
