"""k-means as scikit-learn does it, compiled as one loop: for grids, where its overhead would rule.

Greedy k-means++ (2 + log k candidates), Lloyd's steps until nothing moves or 300 of them. Random
numbers are others than scikit-learn's, so single runs differ and means agree.
"""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, fastmath={"contract", "reassoc", "nsz"})
def clusters(rows: np.ndarray, k: int, seed: int) -> np.ndarray:
    """Cluster rows (n, d) float32 into at most k clusters: (n,) int64."""
    np.random.seed(seed)  # noqa: NPY002
    n, d = rows.shape
    centers = _plus_plus(rows, k)
    label = np.full(n, -1, np.int64)
    for _ in range(300):
        moved = False
        sums, sizes = np.zeros((k, d), np.float32), np.zeros(k, np.int64)
        farthest, largest = 0, np.float32(-1.0)
        for i in range(n):
            best, least = 0, np.float32(np.inf)
            for c in range(k):
                apart = np.float32(0.0)
                for j in range(d):
                    difference = rows[i, j] - centers[c, j]
                    apart += difference * difference
                if apart < least:
                    best, least = c, apart
            if least > largest:
                farthest, largest = i, least
            moved = moved or label[i] != best
            label[i] = best
            sizes[best] += 1
            for j in range(d):
                sums[best, j] += rows[i, j]
        if not moved:
            break
        for c in range(k):
            for j in range(d):
                centers[c, j] = sums[c, j] / sizes[c] if sizes[c] else rows[farthest, j]
    return label


@numba.njit(cache=True, fastmath={"contract", "reassoc", "nsz"})
def _plus_plus(rows: np.ndarray, k: int) -> np.ndarray:
    n, d = rows.shape
    centers = np.empty((k, d), np.float32)
    centers[0] = rows[np.random.randint(n)]  # noqa: NPY002
    nearest = np.empty(n)
    for i in range(n):
        nearest[i] = _apart(rows[i], centers[0])
    for c in range(1, k):
        sums = np.cumsum(nearest)
        best, least, kept = 0, np.inf, nearest
        for _ in range(2 + int(np.log(k))):
            drawn = np.random.random() * sums[-1]  # noqa: NPY002
            place = min(np.searchsorted(sums, drawn), n - 1)
            tried = np.empty(n)
            for i in range(n):
                tried[i] = min(nearest[i], _apart(rows[i], rows[place]))
            if tried.sum() < least:
                best, least, kept = place, tried.sum(), tried
        centers[c], nearest = rows[best], kept
    return centers


@numba.njit(cache=True, fastmath={"contract", "reassoc", "nsz"})
def _apart(first: np.ndarray, second: np.ndarray) -> float:
    total = np.float32(0.0)
    for j in range(len(first)):
        total += (first[j] - second[j]) ** 2
    return total
