"""Random bits and draws by them, compiled: for a state of one number, the same on every machine."""

from __future__ import annotations

import numpy as np
from numba import njit


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
