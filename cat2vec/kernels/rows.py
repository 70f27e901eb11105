"""Compiled loops of skip-gram with negative sampling over rows. Arrays in, arrays changed.

A block is a few rows against themselves: the vectors of all their tokens are gathered once, all
logits between them are one matrix product, and the tokens of the other rows are the noise. A batch
is many blocks whose gradients are computed from the same matrices and applied together.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg.cython_blas  # numba's np.dot calls it: it must be there when BLAS is limited
from numba import njit

from cat2vec.kernels.draws import draw_noise, mixed, next_random
from cat2vec.kernels.inside_cells import loss_inside, weigh_inside
from cat2vec.kernels.sgns import FAST_ENTRIES, FAST_SUMS, exp_of_negative, log_one_plus

__all__ = ["apply_pushes", "block_pushes", "draw_rows", "fill_alias", "next_random", "scipy"]


@njit(cache=True, nogil=True)
def draw_rows(first, source, keys, rows):
    """Write the next rows of a random order of ``source`` without ever holding that order.

    Positions go through a Feistel network (Luby & Rackoff 1988) on the smallest even number of
    bits that holds them, again and again until they fall inside.

    Changed    rows (k,) int64: rows of positions first, first + 1, ...
    Read       first int64; source (n,) int64, n >= first + k; keys (4,) uint64, one per round
    Same as    tests/reference/sgns.py::draw_rows
    """
    n = np.uint64(source.shape[0])
    half = np.uint64(1)
    while (np.uint64(1) << (half + half)) < n:
        half += np.uint64(1)
    mask = (np.uint64(1) << half) - np.uint64(1)
    for k in range(rows.shape[0]):
        x = np.uint64(first + k)
        while True:
            left, right = x >> half, x & mask
            for turn in range(keys.shape[0]):
                left, right = right, left ^ (mixed(right + keys[turn]) & mask)
            x = (left << half) | right
            if x < n:
                break
        rows[k] = source[np.int64(x)]


# Loops below index whole arrays: a slice would be counted up and down atomically each time. Ranges
# that do not begin at 0 are unsigned, so that Numba's negative indices do not force gathers.


@njit(nogil=True, fastmath=FAST_ENTRIES, error_model="numpy")
def slopes(i, products, bias, weight, label):
    """Turn row ``i`` of products into ``label - weight * s(x)``."""
    for j in range(products.shape[1]):
        x = products[i, j] + bias[j]
        e = exp_of_negative(min(abs(x), np.float32(80.0)))
        r = np.float32(1.0) / (np.float32(1.0) + e)
        s = r if x >= np.float32(0.0) else e * r
        products[i, j] = label[j] - weight[j] * s


@njit(nogil=True, fastmath=FAST_SUMS, error_model="numpy", forceinline=True)
def loss_between(i, products, bias, weight, label, first, last):
    """Add up ``weight * log(1 + e^x) - label * x`` over some columns of row ``i``."""
    total = np.float32(0.0)
    for j in range(np.uint64(first), np.uint64(last)):
        x = products[i, j] + bias[j]
        e = exp_of_negative(min(abs(x), np.float32(80.0)))
        total += weight[j] * (log_one_plus(e) + max(x, np.float32(0.0))) - label[j] * x
    return np.float64(total)


@njit(nogil=True, fastmath=FAST_ENTRIES)
def _copy_row(source, i, target, j):
    for k in range(target.shape[1]):
        target[j, k] = source[i, k]


@njit(nogil=True)
def _list_tokens(
    rows, codes, feature_of_column, offsets, threshold, alias, n_draws, state, tokens, line, starts,
    held, of_row, n_of_row
):  # fmt: skip
    """List the tokens of a block feature by feature, with noise drawn where only one row speaks.

    Changed    tokens, line (cap,): token and place of its row in the block, -1 for drawn noise
               starts (F + 1,): first entry of each feature
               held (R, F): tokens of each row in each feature
               of_row (R, S), n_of_row (R,): entries of each row
    """
    n_features = offsets.shape[0] - 1
    held[:] = 0
    n_of_row[:] = 0
    n = 0
    column = 0
    for f in range(n_features):
        starts[f] = n
        while column < codes.shape[1] and feature_of_column[column] == f:
            for r in range(rows.shape[0]):
                code = codes[rows[r], column]
                if code >= 0:
                    tokens[n] = offsets[f] + code
                    line[n] = r
                    held[r, f] += 1
                    of_row[r, n_of_row[r]] = n
                    n_of_row[r] += 1
                    n += 1
            column += 1
        if n > starts[f] and held[line[starts[f]], f] == n - starts[f]:
            for _ in range(n_draws):
                tokens[n] = draw_noise(
                    state, offsets[f], offsets[f + 1] - offsets[f], threshold, alias
                )
                line[n] = -1
                n += 1
    starts[n_features] = n
    return n


@njit(nogil=True, fastmath=FAST_ENTRIES, error_model="numpy")
def scale_between(values, factor, first, last, scaled):
    """Write ``values * factor`` between two places."""
    for j in range(np.uint64(first), np.uint64(last)):
        scaled[j] = values[j] * factor


@njit(nogil=True)
def _weigh(r, line, starts, held, its_entries, importance, negative, weight, label):
    """Write how much each entry of a block weighs against the tokens of one of its rows.

    A token of the same row is a pair: weight 1, label 1. Those of other rows are noise: together
    ``negative`` for each pair, in expectation distributed as the noise of the feature.
    """
    for f in range(starts.shape[0] - 1):
        first, last = starts[f], starts[f + 1]
        others = last - first - held[r, f]
        each = np.float32(0.0)
        if others > 0:
            each = np.float32(held[r, f]) / np.float32(others)
        if last > first and line[last - 1] < 0:  # drawn from the noise itself
            for j in range(first, last):
                weight[j] = each * negative
        else:
            scale_between(importance, each, first, last, weight)
    label[:] = np.float32(0.0)
    for j in its_entries:
        label[j] = np.float32(1.0)
        weight[j] = np.float32(1.0)


@njit(nogil=True, forceinline=True)
def _slopes_of_row(
    r, its_entries, products, bias, weight, label, starts, held, apart, tokens, line, inside,
    measured
):  # fmt: skip
    """Turn the products of the tokens of one row with the whole block into slopes.

    A pair of one cell has the noise of its feature times ``inside`` of its center, without the
    center itself; each center has one pair less there than the row has tokens of the feature.

    Changed    products (n, n) float32, one row for each of ``its_entries``
    Read       r: the row in the block; starts (F + 1,) int64: entries of each feature
               held (F,): those of this row; tokens, line: of the block
    Returns    loss in nats and pairs where ``measured``, else zeros
    """
    loss, pairs = 0.0, 0.0
    f = 0
    for i in its_entries:
        while starts[f + 1] <= i:
            f += 1
        factor = np.float32(0.0)
        if not apart[f, f]:
            factor = inside[tokens[i]] * np.float32(held[f] - 1) / np.float32(held[f])
        if measured:
            for g in range(starts.shape[0] - 1):
                if not apart[f, g] and f == g:
                    loss += loss_inside(
                        i, r, products, bias, weight, label, starts[f], starts[f + 1], tokens,
                        line, factor
                    )  # fmt: skip
                    pairs += held[f] - 1
                elif not apart[f, g]:
                    loss += loss_between(i, products, bias, weight, label, starts[g], starts[g + 1])
                    pairs += held[g]
        slopes(i, products, bias, weight, label)
        if not apart[f, f]:
            weigh_inside(i, r, products, starts[f], starts[f + 1], tokens, line, factor)
        for g in range(starts.shape[0] - 1):
            if apart[f, g]:
                for j in range(starts[g], starts[g + 1]):
                    products[i, j] = np.float32(0.0)
    return loss, pairs


@njit(cache=True, nogil=True, error_model="numpy")
def block_pushes(
    first, last, rows, rows_in_block, codes, feature_of_column, offsets, vector_of_token, apart,
    center, context, bias, importance, inside, negative, threshold, alias, seed, with_loss,
    tokens, line, starts, center_push, context_push, losses
):  # fmt: skip
    """Compute the gradients of blocks ``first`` to ``last`` of a batch, all from the same matrices.

    Sizes      K rows, R in a block, S columns of codes, F features, V tokens, U vectors, d numbers
    Changed    for each block b: tokens, line (b, R S) int64, starts (b, F + 1) int64: its entries
               center_push, context_push (b, R S, d) float32: minus the gradient of each entry
               losses (b, 2) float64: loss in nats before the step, and pairs; only where asked for
    Read       rows (K,) int64; codes (n, S) int16 or int32, below 0 = no token
               feature_of_column (S,) ascending; offsets (F + 1,); vector_of_token (V,) int64
               apart (F, F) bool, feature pairs that are left out: those inside a feature too,
               unless the values of one cell learn from each other
               center, context (U, d) float32; bias, importance (V,) float32: k q / p
               inside (V,) float32: 1 / (1 - p), see ``Noise``
               threshold (V,) uint64, alias (V,) int64; seed uint64, of this batch
               with_loss: every how many blocks the loss is computed, 0 for never
    Source     Mikolov et al. 2013, arXiv:1310.4546, eq. 4, with the noise of a pair taken from the
               other rows of the block and weighted to the noise distribution.
    Same as    tests/reference/sgns.py::block_pushes
    Threads    One; blocks may be shared out in any way.
    """
    n_features, size = offsets.shape[0] - 1, center.shape[1]
    cap = rows_in_block * codes.shape[1]
    w, c = np.empty((cap, size), np.float32), np.empty((cap, size), np.float32)
    its_bias, its_importance = np.empty(cap, np.float32), np.empty(cap, np.float32)
    weight, label = np.empty(cap, np.float32), np.empty(cap, np.float32)
    all_products = np.empty(cap * cap, np.float32)
    held = np.empty((rows_in_block, n_features), np.int64)
    of_row = np.empty((rows_in_block, codes.shape[1]), np.int64)
    n_of_row = np.empty(rows_in_block, np.int64)
    state = np.empty(1, np.uint64)
    for block in range(first, last):
        its_rows = rows[block * rows_in_block : (block + 1) * rows_in_block]
        its_tokens, its_line, its_starts = tokens[block], line[block], starts[block]
        state[0] = mixed(seed + np.uint64(block))
        n = _list_tokens(
            its_rows, codes, feature_of_column, offsets, threshold, alias, rows_in_block - 1,
            state, its_tokens, its_line, its_starts, held, of_row, n_of_row
        )  # fmt: skip
        for j in range(n):
            token = tokens[block, j]
            its_bias[j], its_importance[j] = bias[token], importance[token]
            _copy_row(center, vector_of_token[token], w, j)
            _copy_row(context, vector_of_token[token], c, j)
        products = all_products[: n * n].reshape(n, n)
        np.dot(w[:n], c[:n].T, products)
        losses[block] = 0.0
        for r in range(its_rows.shape[0]):
            its_entries = of_row[r, : n_of_row[r]]
            _weigh(
                r, its_line, its_starts, held, its_entries, its_importance, negative, weight, label
            )
            loss, pairs = _slopes_of_row(
                r, its_entries, products, its_bias, weight, label, its_starts, held[r], apart,
                its_tokens, its_line, inside,
                with_loss > 0 and block % with_loss == 0
            )  # fmt: skip
            losses[block, 0] += loss
            losses[block, 1] += pairs
        for i in range(n):
            if its_line[i] < 0:
                products[i] = np.float32(0.0)
        np.dot(products, c[:n], center_push[block, :n])
        np.dot(products.T, w[:n], context_push[block, :n])


@njit(nogil=True, fastmath=FAST_ENTRIES)
def _add_row(pushes, block, j, sums, at):
    for k in range(sums.shape[1]):
        sums[at, k] += pushes[block, j, k]


@njit(nogil=True, fastmath=FAST_ENTRIES)
def _first_row(pushes, block, j, sums, at):
    for k in range(sums.shape[1]):
        sums[at, k] = pushes[block, j, k]


@njit(nogil=True, fastmath=FAST_ENTRIES, error_model="numpy")
def move_vector(matrix, vector, sums, at, mean, rate, pull):
    """Move along the sum, then towards ``mean``, implicitly, so that it never jumps over it."""
    share = np.float32(1.0) / (np.float32(1.0) + pull)
    for k in range(mean.shape[0]):
        matrix[vector, k] = (matrix[vector, k] + rate * sums[at, k] + pull * mean[k]) * share


@njit(nogil=True, fastmath=FAST_SUMS, forceinline=True)
def _square(sums, at):
    total = np.float32(0.0)
    for k in range(sums.shape[1]):
        total += sums[at, k] * sums[at, k]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def apply_pushes(
    features, n_blocks, tokens, line, starts, pushes, center_side, vector_of_token, matrix, squares,
    prior, mean, rate, place, sums
):  # fmt: skip
    """Move the vectors of some features by what the blocks of a batch ask for, one step each.

    The pushes on one vector are added in the order of the blocks. The step is that of Adagrad with
    one number per vector: ``rate * push / sqrt(sum of |push|^2 so far)``, so no step is longer than
    ``rate``.

    Changed    matrix (U, d) float32; squares (U,) float32, |push|^2 so far
               place (U,) int32, all -1 before and after; sums (at least entries, d) float32
    Read       features (k,) int64: all that share a set of vectors
               tokens, line, starts, pushes: of ``block_pushes``
               center_side: drawn noise has no center
               prior (V,) float32: pull of one visit towards ``mean`` (d,) float32
    Source     Duchi, Hazan & Singer 2011, jmlr.org/papers/v12/duchi11a.html
    Same as    tests/reference/sgns.py::apply_pushes
    Threads    One for each set of vectors.
    """
    n = 0
    found = np.empty(sums.shape[0], np.int64)
    pulls = np.empty(sums.shape[0], np.float32)
    for block in range(n_blocks):
        for f in features:
            for j in range(starts[block, f], starts[block, f + 1]):
                if center_side and line[block, j] < 0:
                    continue
                token = tokens[block, j]
                vector = vector_of_token[token]
                at = place[vector]
                if at < 0:
                    at = n
                    n += 1
                    place[vector], found[at], pulls[at] = at, vector, np.float32(0.0)
                    _first_row(pushes, block, j, sums, at)
                else:
                    _add_row(pushes, block, j, sums, at)
                if line[block, j] >= 0:
                    pulls[at] += prior[token]
    for at in range(n):
        vector = found[at]
        place[vector] = -1
        squares[vector] += _square(sums, at)
        if squares[vector] > np.float32(0.0):
            step = rate / np.sqrt(squares[vector])
            move_vector(matrix, vector, sums, at, mean, step, step * pulls[at])


@njit(cache=True, nogil=True)
def fill_alias(weights, threshold, alias, first_token):
    """Build the alias table of one feature.

    Changed    threshold (m,) uint64 in [0, 2^32]; alias (m,) int64, token ids
    Read       weights (m,) float64, at least one above 0; first_token int64
    Source     Vose 1991, with its two work lists as one array filled from both ends.
    """
    m = weights.shape[0]
    total = 0.0
    for i in range(m):
        total += weights[i]
    scaled = np.empty(m)
    waiting = np.empty(m, np.int64)
    n_small, n_large = 0, 0
    for i in range(m):
        scaled[i] = weights[i] * m / total
        alias[i] = first_token + i
        threshold[i] = np.uint64(0x100000000)
        if scaled[i] < 1.0:
            waiting[n_small] = i
            n_small += 1
        else:
            n_large += 1
            waiting[m - n_large] = i
    while n_small > 0 and n_large > 0:
        small = waiting[n_small - 1]
        large = waiting[m - n_large]
        threshold[small] = np.uint64(scaled[small] * 4294967296.0)
        alias[small] = first_token + large
        scaled[large] -= 1.0 - scaled[small]
        n_small -= 1
        if scaled[large] < 1.0:
            n_large -= 1
            waiting[n_small] = large
            n_small += 1
