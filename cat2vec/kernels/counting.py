"""Compiled loops that count pairs. Arrays in, arrays changed; no idea of tables or words."""

from __future__ import annotations

import numpy as np
from numba import njit

#: Rows handled for all feature pairs before the next ones, so that their codes stay in cache.
_ROW_TILE = 8192


@njit(cache=True, nogil=True)
def count_dense(codes, first, second, width, base, out):
    """Count pairs of several feature pairs into dense blocks that lie in one buffer.

    Sizes      n rows, F features, P feature pairs, M cells of all blocks.
    Changed    out (M,) uint32: ``out[base[p] + a * width[p] + b]`` grows by one per row
    Read       codes (n, F) int32, Fortran order, negative = no token
               first, second (P,) int64, features of each pair
               width, base (P,) int64, row length and start of each block
    Same as    tests/reference/counting.py::count_pairs
    Threads    Call with disjoint buffers from several threads.
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
                    out[shift + a * row_length + b] += np.uint32(1)


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
def order_by_left(left, right, count, start_of, left_out, right_out, count_out):
    """Sort pairs by (left, right), given blocks that are sorted inside and come in order of right.

    A counting sort: one pass, stable. Sizes: P pairs, V tokens.

    Changed    left_out, right_out (P,) int32, count_out (P,) int64; start_of (V,) int64 moves on
    Read       left, right (P,) int32, count (P,) int64
               start_of (V,) int64, where the pairs of each left token begin
    """
    for pair in range(left.shape[0]):
        place = start_of[left[pair]]
        start_of[left[pair]] = place + 1
        left_out[place] = left[pair]
        right_out[place] = right[pair]
        count_out[place] = count[pair]
