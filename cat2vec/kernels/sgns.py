"""Compiled loops of the objective on pair counts. Arrays in, arrays changed."""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types

from cat2vec.kernels.compiling import intrinsic_or, njit

#: Fast-math for loops that write: no entry may depend on whether the vectorised or the scalar
#: version of its loop runs. Without ``nnan`` and ``ninf`` checks for NaN survive.
FAST_ENTRIES = {"contract", "nsz"}
#: Fast-math for sums, which may be added in any order. Only for loops that write nothing: where an
#: output lies close behind an input the scalar version of a loop runs, and adds in another order.
#: What sums inside a kernel is inlined into it (``forceinline``): of two compiled copies, one made
#: for another caller, the one that runs would depend on what was compiled before in the process.
FAST_SUMS = FAST_ENTRIES | {"reassoc"}
#: Entries that are summed in float32 before they are added up in float64.
_TILE = 256


@intrinsic_or(lambda value: np.float32(np.trunc(value)))
def _truncated(_typing_context, value):
    """Round a float32 toward zero and keep it float32, by way of int32 only.

    Numba's own casts pass through int64, for which most processors have no vector instruction.
    """

    def generate(_context, builder, _signature, arguments):
        whole = builder.fptosi(arguments[0], ir.IntType(32))
        return builder.sitofp(whole, ir.FloatType())

    return types.float32(types.float32), generate


@intrinsic_or(lambda exponent: np.float32(2.0) ** exponent)
def _power_of_two(_typing_context, exponent):
    """Compute 2 ** exponent for a whole float32 in [-126, 127] by writing the exponent bits."""

    def generate(_context, builder, _signature, arguments):
        bits = ir.IntType(32)
        whole = builder.fptosi(arguments[0], bits)
        biased = builder.add(whole, ir.Constant(bits, 127))
        return builder.bitcast(builder.shl(biased, ir.Constant(bits, 23)), ir.FloatType())

    return types.float32(types.float32), generate


@njit(nogil=True, fastmath=FAST_ENTRIES, error_model="numpy")
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


@njit(nogil=True, fastmath=FAST_ENTRIES, error_model="numpy")
def log_one_plus(e):
    """Compute log(1 + e) for float32 e in [0, 1] as 2 atanh(e / (2 + e)), so that it vectorises."""
    return log_from_ratio(e / (np.float32(2.0) + e))


@njit(nogil=True, fastmath=FAST_ENTRIES, error_model="numpy")
def log_from_ratio(z):
    """Compute log((1 + z) / (1 - z)) = 2 atanh(z) for float32 z in [0, 1/3] by its series."""
    square = z * z
    p = np.float32(1.0 / 13)
    p = p * square + np.float32(1.0 / 11)
    p = p * square + np.float32(1.0 / 9)
    p = p * square + np.float32(1.0 / 7)
    p = p * square + np.float32(1.0 / 5)
    p = p * square + np.float32(1.0 / 3)
    p = p * square + np.float32(1.0)
    return np.float32(2.0) * z * p


# Loops go over all of a slice from its begin: with any other range, Numba's negative indices keep
# the compiler from reading neighbouring entries at once, and it gathers them one by one.


@njit(nogil=True, fastmath=FAST_SUMS, forceinline=True)
def _tile_sum(values):
    total = np.float32(0.0)
    for j in range(values.shape[0]):
        total += values[j]
    return total


@njit(nogil=True, forceinline=True)
def sum_entries(values):
    """Add up float32 values, in float64 beyond a tile."""
    total = 0.0
    for first in range(0, values.shape[0], _TILE):
        total += np.float64(_tile_sum(values[first : first + _TILE]))
    return total


@njit(nogil=True, fastmath=FAST_ENTRIES, error_model="numpy")
def pair_terms(logits, counts, losses, residual, curvature):
    """Write the terms of observed pairs: n log(1 + e^-x), n (1 - s) and n s (1 - s)."""
    for p in range(logits.shape[0]):
        x = logits[p]
        n = counts[p]
        e = exp_of_negative(min(abs(x), np.float32(80.0)))
        r = np.float32(1.0) / (np.float32(1.0) + e)
        low = e * r
        rest = low if x >= np.float32(0.0) else r
        losses[p] = n * (log_one_plus(e) + max(-x, np.float32(0.0)))
        residual[p] = n * rest
        curvature[p] = n * (low * r)


@njit(nogil=True, fastmath=FAST_ENTRIES, error_model="numpy")
def noise_terms(products, row_bias, column_bias, noise, losses):
    """Turn products of a stretch of a row into -K s, and write the losses K log(1 + e^x)."""
    for j in range(products.shape[0]):
        x = products[j] + row_bias + column_bias[j]
        e = exp_of_negative(min(abs(x), np.float32(80.0)))
        # one division gives both 1 / (1 + e) and 1 / (2 + e)
        both = np.float32(1.0) / ((np.float32(1.0) + e) * (np.float32(2.0) + e))
        r = both * (np.float32(2.0) + e)
        s = r if x >= np.float32(0.0) else e * r
        log = log_from_ratio(e * both * (np.float32(1.0) + e))
        losses[j] = noise[j] * (log + max(x, np.float32(0.0)))
        products[j] = -noise[j] * s


@njit(nogil=True, fastmath=FAST_SUMS, error_model="numpy", forceinline=True)
def _softplus_tile(logits, row_bias, column_bias, weights):
    total = np.float32(0.0)
    for j in range(logits.shape[0]):
        x = logits[j] + row_bias + column_bias[j]
        e = exp_of_negative(min(abs(x), np.float32(80.0)))
        total += weights[j] * (log_one_plus(e) + max(x, np.float32(0.0)))
    return total


@njit(nogil=True, forceinline=True)
def softplus_sum(logits, row_bias, column_bias, weights):
    """Compute the sum of w log(1 + e^x), in float64 beyond a tile."""
    total = 0.0
    for first in range(0, logits.shape[0], _TILE):
        tile = slice(first, first + _TILE)
        total += np.float64(
            _softplus_tile(logits[tile], row_bias, column_bias[tile], weights[tile])
        )
    return total


@njit(nogil=True, fastmath=FAST_ENTRIES, error_model="numpy")
def noise_curvatures(products, row_bias, column_bias, noise, curvature):
    """Write K s (1 - s) of a stretch of a row."""
    for j in range(products.shape[0]):
        x = products[j] + row_bias + column_bias[j]
        e = exp_of_negative(min(abs(x), np.float32(80.0)))
        r = np.float32(1.0) / (np.float32(1.0) + e)
        curvature[j] = noise[j] * (e * r * r)


@njit(nogil=True)
def _scale(weight, values, out):
    for j in range(out.shape[0]):
        out[j] = weight * values[j]


@njit(nogil=True)
def fill_noise(token, by_row, by_column, feature, offsets, center_side, gap, noise):
    """Write the expected noise k n_ag q_g(b) of one token against all columns.

    n_ag is zero for the token's own feature, unless values of one cell learn from each other; then
    it is n_af / (1 - p_f(a)), and the entry of the token itself is to be left out.

    Changed    noise (V,) float32, but for the columns of features that lie in the gap
    Read       center side: by_row (V, F) n_ag, by_column (1, V) k q_g(b)
               context side: by_row (V, 1) k q_g(b), by_column (F, V) n_ag
    """
    line = 0 if center_side else feature[token]
    for g in range(offsets.shape[0] - 1):
        if offsets[g] >= gap[0] and offsets[g + 1] <= gap[1]:
            continue
        columns = slice(offsets[g], offsets[g + 1])
        _scale(by_row[token, g if center_side else 0], by_column[line, columns], noise[columns])


@njit(nogil=True)
def most_pairs(tokens, indptr):
    """Give the most observed pairs of one of some tokens."""
    most = 0
    for i in range(tokens.shape[0]):
        most = max(most, indptr[tokens[i] + 1] - indptr[tokens[i]])
    return most


@njit(cache=True, nogil=True)
def block_terms(
    products, tokens, row_bias, column_bias, indptr, indices, values, by_row, by_column, feature,
    offsets, center_side, gap, group, curvature, losses
):  # fmt: skip
    """Turn products of a block of tokens into gradient weights, curvature of pairs, and losses.

    With n observed pairs, K expected noise and x = product + row bias + column bias, each entry has
    loss  n log(1 + e^-x) + K log(1 + e^x)  and residual  n (1 - s) - K s,  s = 1 / (1 + e^-x).

    Sizes      B tokens of the block, V tokens on the other side in F features and R groups, P pairs
    Changed    products (B, V) float32 become residuals, but for those in the gap
               curvature (B, R) float32 grows by n s (1 - s) of each observed pair
               losses (B,) float64, overwritten, nats
    Read       tokens (B,) int64; row_bias, column_bias (V,) float32; group (V,) int32
               indptr (V + 1,), indices (P,) int32; values (P,) float32, symmetric counts
               by_row, by_column, feature (V,), offsets (F + 1,), center_side: ``fill_noise``
               gap (2,) int64, columns from gap[0] to gap[1] are left out
    Source     Levy & Goldberg 2014, eq. 5-7.
    Same as    tests/reference/objective.py
    """
    n_columns = products.shape[1]
    noise = np.empty(n_columns, np.float32)
    most = most_pairs(tokens, indptr)
    logits = np.empty(most, np.float32)
    pull = np.empty(most, np.float32)
    curved = np.empty(most, np.float32)
    entries = np.empty(max(n_columns, most), np.float32)
    for i in range(products.shape[0]):
        token = tokens[i]
        row = products[i]
        first = indptr[token]
        n_found = indptr[token + 1] - first
        for p in range(n_found):
            column = indices[first + p]
            logits[p] = row[column] + row_bias[token] + column_bias[column]
        pair_terms(
            logits[:n_found], values[first : first + n_found], entries[:n_found], pull[:n_found],
            curved[:n_found],
        )  # fmt: skip
        losses[i] = sum_entries(entries[:n_found])
        fill_noise(token, by_row, by_column, feature, offsets, center_side, gap, noise)
        noise[token] = np.float32(0.0)  # no token stands beside itself
        for part in range(2):
            stretch = slice(0, gap[0]) if part == 0 else slice(gap[1], n_columns)
            noise_terms(
                row[stretch], row_bias[token], column_bias[stretch], noise[stretch],
                entries[stretch],
            )  # fmt: skip
            losses[i] += sum_entries(entries[stretch])
        for p in range(n_found):
            column = indices[first + p]
            row[column] += pull[p]
            curvature[i, group[column]] += curved[p]


@njit(cache=True, nogil=True)
def block_losses(
    products, tokens, row_bias, column_bias, indptr, indices, values, by_row, by_column, feature,
    offsets, center_side, gap, losses
):  # fmt: skip
    """Compute only the losses of ``block_terms``; same arguments, and products stay.

    Changed    losses (B,) float64, overwritten, nats
    """
    n_columns = products.shape[1]
    noise = np.empty(n_columns, np.float32)
    most = most_pairs(tokens, indptr)
    negated = np.empty(most, np.float32)
    zeros = np.zeros(most, np.float32)
    for i in range(products.shape[0]):
        token = tokens[i]
        row = products[i]
        first = indptr[token]
        n_found = indptr[token + 1] - first
        for p in range(n_found):
            column = indices[first + p]
            negated[p] = -(row[column] + row_bias[token] + column_bias[column])
        losses[i] = softplus_sum(
            negated[:n_found], np.float32(0.0), zeros[:n_found], values[first : first + n_found]
        )
        fill_noise(token, by_row, by_column, feature, offsets, center_side, gap, noise)
        noise[token] = np.float32(0.0)  # no token stands beside itself
        for part in range(2):
            stretch = slice(0, gap[0]) if part == 0 else slice(gap[1], n_columns)
            losses[i] += softplus_sum(
                row[stretch], row_bias[token], column_bias[stretch], noise[stretch]
            )


@njit(cache=True, nogil=True)
def noise_curvature(
    products, tokens, row_bias, column_bias, by_row, by_column, feature, offsets, center_side, gap,
    own_noise, group, curvature
):  # fmt: skip
    """Write the curvature K s (1 - s) of the noise of a block of tokens; pairs are added later.

    Sizes      B tokens of the block, R groups of tokens on the other side in F features
    Changed    curvature (B, R) float32, overwritten, zero in the gap
    Read       as in ``block_terms``, with groups in place of tokens as columns
               own_noise (V,) float32, noise of each token beside itself, which is none: taken off
               that of its group; group (V,) int32
    """
    noise = np.empty(products.shape[1], np.float32)
    for i in range(products.shape[0]):
        fill_noise(tokens[i], by_row, by_column, feature, offsets, center_side, gap, noise)
        mine = group[tokens[i]]
        noise[mine] = max(noise[mine] - own_noise[tokens[i]], np.float32(0.0))
        for j in range(gap[0], gap[1]):
            noise[j] = np.float32(0.0)
            products[i, j] = np.float32(0.0)
        noise_curvatures(products[i], row_bias[tokens[i]], column_bias, noise, curvature[i])
