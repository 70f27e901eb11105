"""Compiled loops of the objective with noise over groups of tokens. Arrays in, arrays changed."""

from __future__ import annotations

import numpy as np

from cat2vec.kernels.compiling import njit
from cat2vec.kernels.linear import add_scaled_row, row_product
from cat2vec.kernels.sgns import (
    FAST_ENTRIES,
    FAST_SUMS,
    exp_of_negative,
    fill_noise,
    log_from_ratio,
    most_pairs,
    pair_terms,
    sum_entries,
)


@njit(nogil=True, fastmath=FAST_ENTRIES, error_model="numpy", forceinline=True)
def _sigmoid_and_softplus(x):
    """Compute 1 / (1 + e^-x) and log(1 + e^x)."""
    e = exp_of_negative(min(abs(x), np.float32(80.0)))
    both = np.float32(1.0) / ((np.float32(1.0) + e) * (np.float32(2.0) + e))
    r = both * (np.float32(2.0) + e)
    s = r if x >= np.float32(0.0) else e * r
    return s, log_from_ratio(e * both * (np.float32(1.0) + e)) + max(x, np.float32(0.0))


@njit(nogil=True, fastmath=FAST_ENTRIES, error_model="numpy")
def smoothed_terms(products, row_bias, column_bias, noise, scale, spread, curvature, losses):
    """Turn products of group means into -K E[s]; write K E[s (1 - s)] and K E[log(1 + e^x)].

    The logits of a group are taken as normal, with variance ``scale * spread`` around that of its
    mean: three points of Gauss-Hermite quadrature.
    """
    sixth = np.float32(1.0 / 6.0)
    for j in range(products.shape[0]):
        x = products[j] + row_bias + column_bias[j]
        h = np.sqrt(np.float32(3.0) * scale[j] * spread + np.float32(1e-4))
        s, loss = _sigmoid_and_softplus(x)
        above, loss_above = _sigmoid_and_softplus(x + h)
        below, loss_below = _sigmoid_and_softplus(x - h)
        products[j] = -noise[j] * (np.float32(4.0) * s + above + below) * sixth
        losses[j] = noise[j] * (np.float32(4.0) * loss + loss_above + loss_below) * sixth
        curvature[j] = noise[j] * (above - below) / (h + h)


@njit(nogil=True, fastmath=FAST_SUMS, forceinline=True)
def dot(first, second):
    """Add up the products of two vectors in float32."""
    total = np.float32(0.0)
    for j in range(first.shape[0]):
        total += first[j] * second[j]
    return total


@njit(cache=True, nogil=True)
def grouped_noise(
    products, tokens, row_bias, column_bias, by_row, by_column, feature, offsets, center_side, gap,
    own_noise, group, scale, spread, curvature, pulls, losses
):  # fmt: skip
    """Compute noise, its curvature, and its pull along the spread of groups.

    Sizes      B tokens of the block, R groups of tokens on the other side in F features
    Changed    products (B, R) float32 become -K E[s]; curvature (B, R) float32, overwritten with
               K E[s (1 - s)]; both zero in the gap
               pulls (B, F) float32, overwritten: sums of curvature times scale over each feature
               losses (B,) float64, overwritten, nats
    Read       as in ``block_terms``, with groups in place of tokens as columns
               own_noise (V,), group (V,): as in ``noise_curvature``
               scale (R,) float32, spread (B, F) float32: variance of the logits of group r of
               feature g is scale[r] * spread[., g]
    """
    noise = np.empty(products.shape[1], np.float32)
    entries = np.empty(products.shape[1], np.float32)
    for i in range(products.shape[0]):
        token = tokens[i]
        losses[i] = 0.0
        fill_noise(token, by_row, by_column, feature, offsets, center_side, gap, noise)
        mine = group[token]
        if mine < gap[0] or mine >= gap[1]:
            noise[mine] = max(noise[mine] - own_noise[token], np.float32(0.0))
        for g in range(offsets.shape[0] - 1):
            columns = slice(offsets[g], offsets[g + 1])
            if offsets[g] >= gap[0] and offsets[g + 1] <= gap[1]:
                products[i, columns] = np.float32(0.0)
                curvature[i, columns] = np.float32(0.0)
                pulls[i, g] = np.float32(0.0)
                continue
            smoothed_terms(
                products[i, columns], row_bias[token], column_bias[columns], noise[columns],
                scale[columns], spread[i, g], curvature[i, columns], entries[columns],
            )  # fmt: skip
            losses[i] += sum_entries(entries[columns])
            pulls[i, g] = dot(curvature[i, columns], scale[columns])


@njit(cache=True, nogil=True)
def observed_pairs(
    tokens,
    mine,
    other,
    row_bias,
    column_bias,
    indptr,
    indices,
    values,
    group,
    push,
    curvature,
    total,
):
    """Add what observed pairs say of a block of tokens: sums of n (1 - s) c and of n s (1 - s).

    Sizes      B tokens of the block, V tokens on the other side in R groups, d numbers each
    Changed    push (B, d), curvature (B, R) float32, total (B,) float64 nats, added to
    Read       tokens (B,) int64; mine (B, d), other (V, d) float32; the others as in
               ``block_terms``
    """
    most = most_pairs(tokens, indptr)
    logits = np.empty(most, np.float32)
    pull = np.empty(most, np.float32)
    curved = np.empty(most, np.float32)
    losses = np.empty(most, np.float32)
    for i in range(tokens.shape[0]):
        token = tokens[i]
        first = indptr[token]
        n_found = indptr[token + 1] - first
        for p in range(n_found):
            column = np.uint64(indices[first + p])
            product = row_product(mine, i, other, column)
            logits[p] = product + row_bias[token] + column_bias[column]
        pair_terms(
            logits[:n_found], values[first : first + n_found], losses[:n_found], pull[:n_found],
            curved[:n_found],
        )  # fmt: skip
        total[i] += sum_entries(losses[:n_found])
        for p in range(n_found):
            column = np.uint64(indices[first + p])
            add_scaled_row(pull[p], other, column, push, i)
            curvature[i, group[column]] += curved[p]
