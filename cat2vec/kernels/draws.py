"""Random bits, draws and orders by them, compiled: the same on every machine."""

from __future__ import annotations

import numpy as np

from cat2vec.kernels.compiling import njit


@njit(nogil=True)
def mixed(z):
    """Mix 64 bits: the finaliser of SplitMix64."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(nogil=True)
def next_random(state):
    """Draw 64 random bits by SplitMix64 (Steele, Lea & Flood 2014); changes state (1,) uint64."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    return mixed(state[0])


@njit(nogil=True)
def draw_noise(state, start, size, threshold, alias):
    """Draw one token of a feature from its alias table (Walker 1977).

    The upper 32 random bits choose a slot, the lower 32 decide between the slot and its alias.
    """
    bits = next_random(state)
    slot = start + np.int64(((bits >> np.uint64(32)) * np.uint64(size)) >> np.uint64(32))
    if (bits & np.uint64(0xFFFFFFFF)) < threshold[slot]:
        return slot
    return alias[slot]


@njit(cache=True, nogil=True)
def draw_places(first, n_all, keys, places):
    """Write the next numbers of a random order of those below ``n_all``, which is never held.

    Positions go through a Feistel network (Luby & Rackoff 1988) on the smallest even number of
    bits that holds them, again and again until they fall inside.

    Changed    places (k,) int64: those of positions first, first + 1, ...
    Read       first, n_all int64, n_all >= first + k; keys (4,) uint64, one per round
    """
    n = np.uint64(n_all)
    half = np.uint64(1)
    while (np.uint64(1) << (half + half)) < n:
        half += np.uint64(1)
    mask = (np.uint64(1) << half) - np.uint64(1)
    for k in range(places.shape[0]):
        x = np.uint64(first + k)
        while True:
            left, right = x >> half, x & mask
            for turn in range(keys.shape[0]):
                left, right = right, left ^ (mixed(right + keys[turn]) & mask)
            x = (left << half) | right
            if x < n:
                break
        places[k] = np.int64(x)


@njit(cache=True, nogil=True)
def draw_rows(first, source, keys, rows):
    """Write the next rows of a random order of ``source``; see ``draw_places``.

    Changed    rows (k,) int64: rows of positions first, first + 1, ...
    Read       first int64; source (n,) int64, n >= first + k; keys (4,) uint64, one per round
    Same as    tests/reference/sgns.py::draw_rows
    """
    draw_places(first, source.shape[0], keys, rows)
    for k in range(rows.shape[0]):
        rows[k] = source[rows[k]]


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
