"""Compiled loops of skip-gram with negative sampling over rows. Arrays in, arrays changed.

A block is a few rows against themselves: the vectors of all their tokens are gathered once, all
logits between them are one matrix product, and the tokens of the other rows are the noise. A batch
is a few chunks of blocks. Its gradients are all computed from the same matrices, added up for each
vector of a chunk while they are in the cache, and applied together.
"""

from __future__ import annotations

import numpy as np

from cat2vec.kernels.compiling import njit
from cat2vec.kernels.draws import draw_noise, mixed
from cat2vec.kernels.inside_cells import loss_inside, weigh_inside
from cat2vec.kernels.sgns import FAST_ENTRIES, FAST_SUMS, exp_of_negative, log_one_plus

# Loops below index whole arrays: a slice would be counted up and down atomically each time. Ranges
# that do not begin at 0 are unsigned, so that Numba's negative indices do not force gathers, and so
# are the numbers of rows that are copied or added up.


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
    one, other = np.uint64(i), np.uint64(j)
    for k in range(np.uint64(target.shape[1])):
        target[other, k] = source[one, k]


@njit(nogil=True, fastmath=FAST_ENTRIES)
def _transpose(source, n, target):
    """Write the first ``n`` rows as columns: BLAS is slow at products of rows with rows."""
    for k in range(np.uint64(source.shape[1])):
        for j in range(np.uint64(n)):
            target[k, j] = source[j, k]


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
            begin = starts[0]  # of the features that stand side by side and are not apart
            for g in range(starts.shape[0] - 1):
                if f != g and not apart[f, g]:
                    pairs += held[g]
                    continue
                loss += loss_between(i, products, bias, weight, label, begin, starts[g])
                begin = starts[g + 1]
                if not apart[f, g]:
                    loss += loss_inside(
                        i, r, products, bias, weight, label, starts[f], starts[f + 1], tokens,
                        line, factor
                    )  # fmt: skip
                    pairs += held[f] - 1
            loss += loss_between(i, products, bias, weight, label, begin, starts[-1])
        slopes(i, products, bias, weight, label)
        if not apart[f, f]:
            weigh_inside(i, r, products, starts[f], starts[f + 1], tokens, line, factor)
        for g in range(starts.shape[0] - 1):
            if apart[f, g]:
                for j in range(starts[g], starts[g + 1]):
                    products[i, j] = np.float32(0.0)
    return loss, pairs


@njit(nogil=True, fastmath=FAST_ENTRIES)
def _add_row(pushes, j, sums, at):
    one, other = np.uint64(j), np.uint64(at)
    for k in range(np.uint64(sums.shape[1])):
        sums[other, k] += pushes[one, k]


@njit(nogil=True)
def _add_block(
    n, tokens, line, vector_of_token, prior, center_push, context_push, place, n_found,
    found, visits, pulls, center_sums, context_sums
):  # fmt: skip
    """Add the pushes of a block to the sums of its chunk; gives the number of vectors by then.

    Noise that was drawn has no center, so a vector may have a context only: ``visits`` is 0.
    """
    for j in range(n):
        token = tokens[j]
        vector = vector_of_token[token]
        at = np.int64(place[vector])
        if at < 0:
            at = n_found
            n_found += 1
            place[vector], found[at], visits[at], pulls[at] = at, vector, 0, np.float32(0.0)
            _copy_row(context_push, j, context_sums, at)
        else:
            _add_row(context_push, j, context_sums, at)
        if line[j] >= 0:
            if visits[at] == 0:
                _copy_row(center_push, j, center_sums, at)
            else:
                _add_row(center_push, j, center_sums, at)
            visits[at] += 1
            pulls[at] += prior[token]
    return n_found


@njit(cache=True, nogil=True, error_model="numpy")
def chunk_pushes(
    first, last, chunk_starts, rows, rows_in_block, codes, feature_of_column, offsets,
    vector_of_token, apart, center, context, bias, importance, inside, prior, negative, threshold,
    alias, seed, with_loss, place, found, n_found, visits, pulls, center_sums, context_sums, losses
):  # fmt: skip
    """Compute the gradients of chunks ``first`` to ``last`` of a batch, added up for each vector.

    All are computed from the same matrices, and added in the order of blocks.

    Sizes      K rows, R in a block, S columns of codes, F features, V tokens, U vectors, d numbers,
               B blocks, M chunks, m vectors of a chunk at most
    Changed    place (U,) int32, all -1 before and after; for each chunk
               found (M, m) int64, n_found (M,): the vectors that its blocks hold
               visits (M, m) int64: how many entries they are, without drawn noise
               pulls (M, m) float32: prior of these
               center_sums, context_sums (M, m, d) float32: minus the gradients, added up; those of
               centers only where there are visits
               losses (B, 2) float64: loss in nats before the step, and pairs; only where asked for
    Read       chunk_starts (M + 1,) int64: first block of each chunk
               rows (K,) int64; codes (n, S) int16 or int32, below 0 = no token
               feature_of_column (S,) ascending; offsets (F + 1,); vector_of_token (V,) int64
               apart (F, F) bool, feature pairs that are left out: those inside a feature too,
               unless the values of one cell learn from each other
               center, context (U, d) float32; bias, importance (V,) float32: k q / p
               inside (V,) float32: 1 / (1 - p), see ``Noise``; prior (V,) float32: pull of a visit
               threshold (V,) uint64, alias (V,) int64; seed uint64, of this batch
               with_loss: every how many blocks the loss is computed, 0 for never
    Source     Mikolov et al. 2013, arXiv:1310.4546, eq. 4, with the noise of a pair taken from the
               other rows of the block and weighted to the noise distribution.
    Same as    tests/reference/sgns.py::block_pushes, added up
    Threads    One; chunks may be shared out in any way.
    """
    n_features, size = offsets.shape[0] - 1, center.shape[1]
    cap = rows_in_block * codes.shape[1]
    w, c = np.empty((cap, size), np.float32), np.empty((cap, size), np.float32)
    w_push, c_push = np.empty((cap, size), np.float32), np.empty((cap, size), np.float32)
    all_turned = np.empty(cap * size, np.float32)
    tokens, line = np.empty(cap, np.int64), np.empty(cap, np.int64)
    starts = np.empty(n_features + 1, np.int64)
    its_bias, its_importance = np.empty(cap, np.float32), np.empty(cap, np.float32)
    weight, label = np.empty(cap, np.float32), np.empty(cap, np.float32)
    all_products = np.empty(cap * cap, np.float32)
    held = np.empty((rows_in_block, n_features), np.int64)
    of_row = np.empty((rows_in_block, codes.shape[1]), np.int64)
    n_of_row = np.empty(rows_in_block, np.int64)
    state = np.empty(1, np.uint64)
    for chunk in range(first, last):
        n_vectors = 0
        for block in range(chunk_starts[chunk], chunk_starts[chunk + 1]):
            its_rows = rows[block * rows_in_block : (block + 1) * rows_in_block]
            state[0] = mixed(seed + np.uint64(block))
            n = _list_tokens(
                its_rows, codes, feature_of_column, offsets, threshold, alias, rows_in_block - 1,
                state, tokens, line, starts, held, of_row, n_of_row
            )  # fmt: skip
            for j in range(n):
                its_bias[j], its_importance[j] = bias[tokens[j]], importance[tokens[j]]
                _copy_row(center, vector_of_token[tokens[j]], w, j)
                _copy_row(context, vector_of_token[tokens[j]], c, j)
            products = all_products[: n * n].reshape(n, n)
            turned = all_turned[: size * n].reshape(size, n)
            _transpose(c, n, turned)
            np.dot(w[:n], turned, products)
            losses[block] = 0.0
            for r in range(its_rows.shape[0]):
                its_entries = of_row[r, : n_of_row[r]]
                _weigh(r, line, starts, held, its_entries, its_importance, negative, weight, label)
                loss, pairs = _slopes_of_row(
                    r, its_entries, products, its_bias, weight, label, starts, held[r], apart,
                    tokens, line, inside, with_loss > 0 and block % with_loss == 0
                )  # fmt: skip
                losses[block, 0] += loss
                losses[block, 1] += pairs
            for i in range(n):
                if line[i] < 0:
                    products[i] = np.float32(0.0)
            np.dot(products, c[:n], w_push[:n])
            np.dot(products.T, w[:n], c_push[:n])
            n_vectors = _add_block(
                n, tokens, line, vector_of_token, prior, w_push, c_push, place, n_vectors,
                found[chunk], visits[chunk], pulls[chunk], center_sums[chunk], context_sums[chunk]
            )  # fmt: skip
        n_found[chunk] = n_vectors
        for at in range(n_vectors):
            place[found[chunk, at]] = -1


@njit(nogil=True, fastmath=FAST_ENTRIES, error_model="numpy")
def move_vector(matrix, vector, sums, at, mean, name, rate, pull):
    """Move along the sum, then towards ``mean``, implicitly, so that it never jumps over it."""
    share = np.float32(1.0) / (np.float32(1.0) + pull)
    for k in range(matrix.shape[1]):
        matrix[vector, k] = (matrix[vector, k] + rate * sums[at, k] + pull * mean[name, k]) * share


@njit(nogil=True, fastmath=FAST_SUMS, forceinline=True)
def _square(sums, at):
    total = np.float32(0.0)
    for k in range(sums.shape[1]):
        total += sums[at, k] * sums[at, k]
    return total


@njit(nogil=True, error_model="numpy", forceinline=True)
def _step(matrix, squares, vector, sums, at, mean, name, rate, pull):
    squares[vector] += _square(sums, at)
    if squares[vector] > np.float32(0.0):
        step = rate / np.sqrt(squares[vector])
        move_vector(matrix, vector, sums, at, mean, name, step, step * pull)


@njit(cache=True, nogil=True, error_model="numpy")
def apply_pushes(
    part, n_parts, found, n_found, visits, pulls, center_sums, context_sums, center, context,
    squares, mean, name_of_vector, rate, place
):  # fmt: skip
    """Move some of the vectors by what the chunks of a batch ask for, one step each.

    The sums on one vector are added in the order of the chunks. The step is that of Adagrad with
    one number per vector: ``rate * push / sqrt(sum of |push|^2 so far)``, so no step is longer than
    ``rate``.

    Changed    center, context (U, d) float32; squares (2, U) float32, |push|^2 so far
               place (U,) int64, all -1 before and after
               visits, pulls, center_sums, context_sums: of ``chunk_pushes``, added up in the first
               chunk of a vector
    Read       part, n_parts: vectors of ``part`` are moved, every ``n_parts``-th sixteen
               found, n_found: of ``chunk_pushes``
               mean (2, n_names, d) float32, name_of_vector (U,) int64: where the prior pulls to
    Source     Duchi, Hazan & Singer 2011, jmlr.org/papers/v12/duchi11a.html
    Same as    tests/reference/sgns.py::apply_pushes
    Threads    One for each part.
    """
    most = found.shape[1]
    for chunk in range(n_found.shape[0]):
        for at in range(n_found[chunk]):
            vector = found[chunk, at]
            if (vector >> 4) % n_parts != part:
                continue
            if place[vector] < 0:
                place[vector] = chunk * most + at
                continue
            other, there = place[vector] // most, place[vector] % most
            _add_row(context_sums[chunk], at, context_sums[other], there)
            if visits[chunk, at] > 0:
                if visits[other, there] > 0:
                    _add_row(center_sums[chunk], at, center_sums[other], there)
                else:
                    _copy_row(center_sums[chunk], at, center_sums[other], there)
                visits[other, there] += visits[chunk, at]
                pulls[other, there] += pulls[chunk, at]
    for chunk in range(n_found.shape[0]):
        for at in range(n_found[chunk]):
            vector = found[chunk, at]
            if place[vector] != chunk * most + at or (vector >> 4) % n_parts != part:
                continue
            place[vector] = -1
            name, pull = name_of_vector[vector], pulls[chunk, at]
            _step(context, squares[1], vector, context_sums[chunk], at, mean[1], name, rate, pull)
            if visits[chunk, at] > 0:
                _step(center, squares[0], vector, center_sums[chunk], at, mean[0], name, rate, pull)
