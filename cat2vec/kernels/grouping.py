"""Compiled loops that put similar tokens in groups. Arrays in, arrays changed."""

from __future__ import annotations

import numpy as np

from cat2vec.kernels.compiling import njit
from cat2vec.kernels.sgns import FAST_ENTRIES, FAST_SUMS


@njit(nogil=True, fastmath=FAST_SUMS, forceinline=True)
def _squared_distance(points, i, j):
    total = np.float32(0.0)
    for k in range(points.shape[1]):
        step = points[i, k] - points[j, k]
        total += step * step
    return total


@njit(cache=True, nogil=True)
def spread_seeds(points, weights, seeds):
    """Choose points that weigh much and lie far from each other, one after the other.

    The first is the heaviest; each next one has the largest weight times squared distance from the
    nearest chosen one: k-means++ (Arthur & Vassilvitskii 2007) without chance.

    Sizes      m points of d numbers, K seeds
    Changed    seeds (K,) int64, overwritten
    Read       points (m, d) float32; weights (m,) float32, at least 0
    """
    n_points = points.shape[0]
    nearest = np.empty(n_points, np.float32)
    chosen = 0
    for i in range(n_points):
        nearest[i] = np.float32(np.inf)
        if weights[i] > weights[chosen]:
            chosen = i
    for k in range(seeds.shape[0]):
        seeds[k] = chosen
        best = np.float32(-1.0)
        following = chosen
        for i in range(n_points):
            nearest[i] = min(nearest[i], _squared_distance(points, i, chosen))
            if nearest[i] * weights[i] > best:
                best = nearest[i] * weights[i]
                following = i
        chosen = following


@njit(cache=True, nogil=True, fastmath=FAST_ENTRIES)
def group_second_moments(points, weights, group, moments):
    """Average ``x[i] x[j]``, i <= j, of the points of each group: upper triangles, row by row.

    Sizes      m points of d numbers, R groups
    Changed    moments (R, d (d + 1) / 2) float32, overwritten; zero for a group without weight
    Read       points (m, d), weights (m,) float32, at least 0; group (m,) int32
    """
    totals = np.zeros(moments.shape[0], np.float32)
    for i in range(points.shape[0]):
        totals[group[i]] += weights[i]
    for r in range(moments.shape[0]):
        for j in range(moments.shape[1]):
            moments[r, j] = np.float32(0.0)
    size = points.shape[1]
    for point in range(points.shape[0]):
        r = group[point]
        if totals[r] > 0.0:
            share = weights[point] / totals[r]
            place = 0
            for i in range(size):
                scaled = share * points[point, i]
                for j in range(i, size):
                    moments[r, place + j - i] += scaled * points[point, j]
                place += size - i


@njit(cache=True, nogil=True)
def sum_columns(values, group, sums):
    """Add up the columns of each group.

    Sizes      B rows, R columns in Q groups
    Changed    sums (B, Q) float32, overwritten
    Read       values (B, R) float32; group (R,) int32
    """
    for i in range(values.shape[0]):
        for q in range(sums.shape[1]):
            sums[i, q] = np.float32(0.0)
        for r in range(values.shape[1]):
            sums[i, group[r]] += values[i, r]
