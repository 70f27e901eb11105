"""Slow twin of the rows kernel: skip-gram with negative sampling as the paper writes it."""

from __future__ import annotations

import math

import numpy as np

_MASK = (1 << 64) - 1


def next_random(state):
    """SplitMix64 on a list of one Python integer."""
    state[0] = (state[0] + 0x9E3779B97F4A7C15) & _MASK
    z = state[0]
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def draw_noise(state, start, size, threshold, alias):
    """One token of a feature, from its alias table."""
    bits = next_random(state)
    slot = start + (((bits >> 32) * size) >> 32)
    return slot if (bits & 0xFFFFFFFF) < int(threshold[slot]) else int(alias[slot])


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
    """One epoch in float64; the loss is the sum over the epoch in nats."""
    loss = 0.0
    n_rows, n_features = tokens.shape
    for step, row in enumerate(order):
        rate = first_rate + (last_rate - first_rate) * step / n_rows
        for f in range(n_features):
            for g in range(n_features):
                a, b = tokens[row, f], tokens[row, g]
                if f == g or a < 0 or b < 0:
                    continue
                w = center[a].copy()
                move = rate * decay[a] * (center_mean[f] - w)
                context[b] += rate * decay[b] * (context_mean[g] - context[b])
                drawn = [(b, 1.0)]
                size = offsets[g + 1] - offsets[g]
                drawn += [
                    (draw_noise(state, int(offsets[g]), int(size), threshold, alias), 0.0)
                    for _ in range(negative)
                ]
                for token, label in drawn:
                    x = float(w @ context[token]) + bias[token]
                    x = min(max(x, -30.0), 30.0)
                    sigmoid = 1.0 / (1.0 + math.exp(-x))
                    loss -= math.log(sigmoid if label else 1.0 - sigmoid)
                    slope = rate * (label - sigmoid)
                    move = move + slope * context[token]
                    context[token] += slope * w
                center[a] = w + move
    return loss


def alias_probabilities(threshold, alias, first_token):
    """Probability of each token of a feature, as its alias table draws it."""
    size = len(threshold)
    probability = np.zeros(size)
    for slot in range(size):
        kept = int(threshold[slot]) / 2**32
        probability[slot] += kept / size
        probability[int(alias[slot]) - first_token] += (1.0 - kept) / size
    return probability
