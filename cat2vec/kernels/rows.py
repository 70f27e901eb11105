"""Compiled loop of skip-gram with negative sampling over rows. Arrays in, arrays changed."""

from __future__ import annotations

import numpy as np
from numba import njit

from cat2vec.kernels.sgns import FASTMATH


@njit(nogil=True)
def next_random(state):
    """Draw 64 random bits by SplitMix64 (Steele, Lea & Flood 2014); changes state (1,) uint64."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


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


@njit(nogil=True, fastmath=FASTMATH, error_model="numpy")
def _push(center, context, label, bias, rate, move):
    """Take one step on one (center, token) pair; ``move`` gathers the step of the center.

    Returns the loss of the pair before the step, in nats.
    """
    x = bias
    for i in range(center.shape[0]):
        x += center[i] * context[i]
    x = min(max(x, np.float32(-30.0)), np.float32(30.0))
    signed = x if label else -x
    e = np.exp(-signed)
    slope = rate * e / (np.float32(1.0) + e)
    if not label:
        slope = -slope
    for i in range(center.shape[0]):
        move[i] += slope * context[i]
        context[i] += slope * center[i]
    return np.float64(np.log(np.float32(1.0) + e))


@njit(cache=True, nogil=True, fastmath=FASTMATH, error_model="numpy")
def sgns_epoch(
    center,
    context,
    tokens,
    order,
    offsets,
    bias,
    threshold,
    alias,
    decay,
    center_mean,
    context_mean,
    first_rate,
    last_rate,
    negative,
    state,
):
    """Skip-gram with negative sampling over all rows once, in the given order.

    Every ordered pair of tokens of different features in a row is a (center, context) pair; noise
    comes from the context's feature and is used also where it equals the context.

    Sizes      n rows, F features, V tokens, d numbers each.
    Changed    center, context (V, d) float32; state (1,) uint64
    Read       tokens (n, F) int64, -1 = no token; order (n,) int64
               offsets (F + 1,) int64, tokens of each feature
               bias (V,) float32, log(p / (k q)); threshold (V,) uint64, alias (V,) int64
               decay (V,) float32, prior per pair; center_mean, context_mean (F, d) float32
               first_rate, last_rate float32; the step size falls linearly over the epoch
               negative int64 >= 1
    Returns    float64, loss summed over the epoch, in nats, before each step
    Source     Mikolov et al. 2013, arXiv:1310.4546, eq. 4. No pair is skipped for being far off.
    Same as    tests/reference/sgns.py::sgns_epoch, same order of operations.
    Threads    One.
    """
    n_rows, n_features = tokens.shape
    size = center.shape[1]
    move = np.empty(size, np.float32)
    loss = 0.0
    for step in range(n_rows):
        row = order[step]
        rate = first_rate + (last_rate - first_rate) * np.float32(step / n_rows)
        for f in range(n_features):
            a = tokens[row, f]
            if a < 0:
                continue
            for g in range(n_features):
                b = tokens[row, g]
                if g == f or b < 0:
                    continue
                for i in range(size):
                    move[i] = rate * decay[a] * (center_mean[f, i] - center[a, i])
                    context[b, i] += rate * decay[b] * (context_mean[g, i] - context[b, i])
                loss += _push(center[a], context[b], True, bias[b], rate, move)
                for _ in range(negative):
                    noise = draw_noise(
                        state, offsets[g], offsets[g + 1] - offsets[g], threshold, alias
                    )
                    loss += _push(center[a], context[noise], False, bias[noise], rate, move)
                for i in range(size):
                    center[a, i] += move[i]
    return loss


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
