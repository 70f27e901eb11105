"""Compiled loops that count pairs. Arrays in, arrays changed."""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils

from cat2vec.kernels.compiling import intrinsic_or, njit

#: Rows handled for all feature pairs before the next ones, so that their codes stay in cache.
_ROW_TILE = 8192
#: Blocks of more cells than this do not fit a cache: their cells are fetched ahead of time.
_CACHED_CELLS = 1 << 16
#: How many rows ahead.
_AHEAD = 24


@intrinsic_or(lambda array, index: None)
def _fetch(_typing_context, array, index):
    """Tell the processor that ``array[index]`` will be written soon; index is uint32."""

    def generate(context, builder, signature, arguments):
        start = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.gep(start, [builder.zext(arguments[1], ir.IntType(64))])
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        to_write, keep, data = (ir.Constant(word, value) for value in (1, 3, 1))
        builder.call(prefetch, [builder.bitcast(place, byte), to_write, keep, data])
        return context.get_dummy_value()

    return types.void(array, index), generate


@njit(cache=True, nogil=True)
def count_dense(codes, first, second, width, base, out):
    """Count pairs of several feature pairs into dense blocks that lie in one buffer.

    Cells are computed for a tile of rows first, which vectorises, and counted after.

    Sizes      n rows, F features, P feature pairs, M cells of all blocks, below 2**32
    Changed    out (M + 1,) uint32: ``out[base[p] + a * width[p] + b]`` grows by one per row; the
               last cell takes the rows without a token
    Read       codes (n, F) int16 or int32, Fortran order, negative = no token
               first, second (P,) int64, features of each pair
               width, base (P,) int64, row length and start of each block
    Same as    tests/reference/counting.py::count_pairs
    Threads    Call with disjoint buffers from several threads.
    """
    n_rows = codes.shape[0]
    nowhere = np.uint32(out.shape[0] - 1)
    cells = np.empty(_ROW_TILE + _AHEAD, np.uint32)
    for row in range(cells.shape[0]):
        cells[row] = nowhere
    for start in range(0, n_rows, _ROW_TILE):
        n_here = min(_ROW_TILE, n_rows - start)
        for pair in range(first.shape[0]):
            left = codes[start : start + n_here, first[pair]]
            right = codes[start : start + n_here, second[pair]]
            row_length, shift = np.int64(width[pair]), np.int64(base[pair])
            for row in range(n_here):
                a, b = np.int64(left[row]), np.int64(right[row])
                cell = np.uint32(shift + a * row_length + b)
                cells[row] = cell if (a | b) >= 0 else nowhere
            end = base[pair + 1] if pair + 1 < base.shape[0] else np.int64(nowhere)
            if end - shift > _CACHED_CELLS:
                for row in range(n_here):
                    _fetch(out, cells[row + _AHEAD])
                    out[cells[row]] += np.uint32(1)
            else:
                for row in range(n_here):
                    out[cells[row]] += np.uint32(1)


@njit(cache=True, nogil=True)
def weigh_dense(codes, weights, first, second, width, base, out):
    """Add up the weights of the rows of each pair, into dense blocks that lie in one buffer.

    Sizes, Read and Threads as in ``count_dense``.
    Changed    out (M + 1,) float64, without use for the last cell; exact for whole weights while
               sums stay below 2**53
    Read       weights (n,) float64
    Same as    tests/reference/counting.py::count_pairs
    """
    n_rows = codes.shape[0]
    for start in range(0, n_rows, _ROW_TILE):
        stop = min(start + _ROW_TILE, n_rows)
        for pair in range(first.shape[0]):
            left = codes[:, first[pair]]
            right = codes[:, second[pair]]
            row_length, shift = width[pair], base[pair]
            for row in range(start, stop):
                a = left[row]
                b = right[row]
                if a >= 0 and b >= 0:
                    out[shift + a * row_length + b] += weights[row]


@njit(cache=True, nogil=True)
def look_up(codes, table, out):
    """Look codes up in a table, whose last entry is for negative ones.

    Sizes      n rows, D entries besides the last one
    Changed    out (n,) int16 or int32
    Read       codes (n,) int8, int16 or int32, below D; table (D + 1,) of the type of out
    """
    last = table.shape[0] - 1
    for row in range(codes.shape[0]):
        code = np.int64(codes[row])
        out[row] = table[code if code >= 0 else last]


@njit(cache=True, nogil=True)
def count_codes(codes, out):
    """Count the rows of each code; negative ones are not counted.

    Changed    out (D,) int64, grows
    Read       codes (n,) int8, int16 or int32, below D
    """
    for row in range(codes.shape[0]):
        if codes[row] >= 0:
            out[codes[row]] += 1


@njit(cache=True, nogil=True)
def pair_keys(left, right, width, out):
    """Write one key ``a * width + b`` for each row that holds both features.

    Changed    out (n,) int64
    Read       left, right (n,) int32, negative = no token; width int64
    Returns    int64, number of keys written
    """
    n_keys = 0
    for row in range(left.shape[0]):
        if left[row] >= 0 and right[row] >= 0:
            out[n_keys] = np.int64(left[row]) * width + right[row]
            n_keys += 1
    return n_keys


@njit(cache=True, nogil=True)
def count_inside(codes, amounts, width, out):
    """Count the pairs of values of one cell into a dense block.

    Changed    out (width * width,) uint32 or float64: ``out[a * width + b]``, a < b, grows by the
               amount of each row that holds both
    Read       codes (n, m) int16 or int32, C order: in each row values ascend, and negative ones
               follow
               amounts (n,) of the type of out; width int64
    Same as    tests/reference/counting.py::count_pairs_of_cells
    """
    for row in range(codes.shape[0]):
        for i in range(codes.shape[1]):
            if codes[row, i] < 0:
                break
            for j in range(i + 1, codes.shape[1]):
                if codes[row, j] < 0:
                    break
                out[np.int64(codes[row, i]) * width + codes[row, j]] += amounts[row]


@njit(cache=True, nogil=True)
def keys_inside(codes, width, keys, rows):
    """Write one key ``a * width + b``, a < b, for each pair of values of one cell, and its row.

    Changed    keys, rows (N,) int64, N the number of such pairs
    Read       codes (n, m): as in ``count_inside``; width int64
    """
    n = 0
    for row in range(codes.shape[0]):
        for i in range(codes.shape[1]):
            if codes[row, i] < 0:
                break
            for j in range(i + 1, codes.shape[1]):
                if codes[row, j] < 0:
                    break
                keys[n] = np.int64(codes[row, i]) * width + codes[row, j]
                rows[n] = row
                n += 1


@njit(cache=True, nogil=True)
def pairs_per_left(keys, width, first_left, totals):
    """Add up how many pairs of one block each left token has.

    Changed    totals (V,) int64
    Read       keys (P,) int64, ``a * width + b``; width, first_left int64
    """
    for pair in range(keys.shape[0]):
        totals[first_left + keys[pair] // width] += 1


@njit(cache=True, nogil=True)
def place_block(keys, counts, width, first_left, first_right, next_of, left, right, count):
    """Put the pairs of one block in their places among all pairs sorted by (left, right).

    A counting sort: with blocks given in order of their right feature, and keys sorted inside, each
    left token's pairs come in order.

    Sizes      P pairs of the block, N pairs in all, V tokens
    Changed    left, right (N,) int32, count (N,) int64 or float64; next_of (V,) int64 moves on
    Read       keys (P,) int64, counts (P,) of the type of count; width, first_left, first_right
               int64
    """
    for pair in range(keys.shape[0]):
        a = keys[pair] // width
        token = first_left + a
        place = next_of[token]
        next_of[token] = place + 1
        left[place] = token
        right[place] = first_right + keys[pair] - a * width
        count[place] = counts[pair]


@njit(cache=True, nogil=True)
def pairs_are_sorted(left, right, n_tokens):
    """Say whether pairs have 0 <= left < right < n_tokens and strictly ascend by (left, right).

    Read       left, right (N,) int32 or int64; n_tokens int64
    """
    for pair in range(left.shape[0]):
        if left[pair] < 0 or left[pair] >= right[pair] or right[pair] >= n_tokens:
            return False
        if pair > 0 and left[pair] <= left[pair - 1]:
            if left[pair] < left[pair - 1] or right[pair] <= right[pair - 1]:
                return False
    return True


@njit(cache=True, nogil=True)
def both_ways(left, right, count, indptr, indices, values):
    """Write pairs as the rows of a symmetric sparse matrix, columns ascending in each row.

    Pairs sorted by (left, right) fill every row from both of its ends in order: first the partners
    before the token, met as ``right``, then those behind it.

    Sizes      P pairs, V tokens
    Changed    indptr (V + 1,), indices (2 P,), both int32 or int64; values (2 P,) float32
    Read       left, right (P,) int32, count (P,) int64 or float64
    """
    n_tokens = indptr.shape[0] - 1
    before = np.zeros(n_tokens, np.int64)
    behind = np.zeros(n_tokens, np.int64)
    for pair in range(left.shape[0]):
        behind[left[pair]] += 1
        before[right[pair]] += 1
    indptr[0] = 0
    for token in range(n_tokens):
        indptr[token + 1] = indptr[token] + before[token] + behind[token]
        behind[token] = indptr[token] + before[token]
        before[token] = indptr[token]
    for pair in range(left.shape[0]):
        a, b = left[pair], right[pair]
        indices[behind[a]] = b
        values[behind[a]] = count[pair]
        behind[a] += 1
        indices[before[b]] = a
        values[before[b]] = count[pair]
        before[b] += 1


@njit(cache=True, nogil=True)
def pairs_with_feature(left, right, count, feature, totals):
    """Add up the pairs of each token with each feature.

    Changed    totals (V, F) int64 or float64, grows
    Read       left, right (P,) int32; count (P,), as totals; feature (V,) int64
    """
    for pair in range(left.shape[0]):
        totals[left[pair], feature[right[pair]]] += count[pair]
        totals[right[pair], feature[left[pair]]] += count[pair]


@njit(cache=True, nogil=True)
def damped_counts(indptr, indices, values, with_feature, shares, feature, knee, start, stop, out):
    """Bend ratios n / e of counts to those expected, above 1, to 1 + k log(1 + (n / e - 1) / k).

    Sizes      V tokens, F features, P entries
    Changed    out (P,) float32, entries of the rows from start to stop
    Read       indptr (V + 1,), indices (P,), values (P,) float32; with_feature (V, F) float64
               shares (V,) float64 of each token in its feature; feature (V,) int64
               knee float64, the k above; start, stop int64
    """
    for a in range(start, stop):
        for p in range(indptr[a], indptr[a + 1]):
            b = indices[p]
            one_way = with_feature[a, feature[b]] * shares[b]
            expected = 0.5 * (one_way + with_feature[b, feature[a]] * shares[a])
            n = np.float64(values[p])
            if n > expected:
                n = expected * (1.0 + knee * np.log(1.0 + (n / expected - 1.0) / knee))
            out[p] = n
