"""Slow twin of the rows kernels: skip-gram with negative sampling, entry by entry in float64."""

from __future__ import annotations

import math

import numpy as np

_MASK = (1 << 64) - 1


def mixed(z):
    """The finaliser of SplitMix64."""
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def next_random(state):
    """SplitMix64 on a list of one Python integer."""
    state[0] = (state[0] + 0x9E3779B97F4A7C15) & _MASK
    return mixed(state[0])


def draw_noise(state, start, size, threshold, alias):
    """One token of a feature, from its alias table."""
    bits = next_random(state)
    slot = start + (((bits >> 32) * size) >> 32)
    return slot if (bits & 0xFFFFFFFF) < int(threshold[slot]) else int(alias[slot])


def draw_rows(first, source, keys, n):
    """Rows of positions first to first + n of a random order of ``source``."""
    half = 1
    while 2 ** (2 * half) < len(source):
        half += 1
    found = []
    for position in range(first, first + n):
        x = position
        while True:
            left, right = x >> half, x % 2**half
            for key in keys:
                left, right = right, left ^ (mixed((right + int(key)) & _MASK) % 2**half)
            x = left * 2**half + right
            if x < len(source):
                break
        found.append(int(source[x]))
    return found


def entries_of_block(rows, codes, feature_of_column, offsets, threshold, alias, n_draws, state):
    """The (token, row or None, feature) of a block, by feature; None for noise that is drawn."""
    entries = []
    for f in range(len(offsets) - 1):
        columns = np.flatnonzero(feature_of_column == f)
        found = [
            (int(offsets[f] + codes[row, column]), r, f)
            for column in columns
            for r, row in enumerate(rows)
            if codes[row, column] >= 0
        ]
        entries += found
        if found and len({r for _, r, _ in found}) == 1:
            size = int(offsets[f + 1] - offsets[f])
            entries += [
                (draw_noise(state, int(offsets[f]), size, threshold, alias), None, f)
                for _ in range(n_draws)
            ]
    return entries


def block_pushes(
    entries, vector_of_token, apart, center, context, bias, importance, inside, negative
):
    """Minus the gradients of a block, its loss in nats and its pairs.

    Returns (n, d) for the centers, (n, d) for the contexts, loss, pairs; n entries.
    """
    n = len(entries)
    pushes = np.zeros((2, n, center.shape[1]))
    loss = pairs = 0.0
    for i, (token, row, f) in enumerate(entries):
        if row is None:
            continue
        w = np.float64(center[vector_of_token[token]])
        for g in range(len(apart)):
            if apart[f, g]:
                continue
            of_feature = [j for j, entry in enumerate(entries) if entry[2] == g]
            own = [j for j in of_feature if entries[j][1] == row]
            others = [j for j in of_feature if entries[j][1] != row]
            drawn = any(entries[j][1] is None for j in others)
            beside = 1.0
            if f == g:  # no token stands beside itself, nor is it its own noise
                beside = float(inside[token]) * (len(own) - 1) / len(own)
            terms = [(j, 1.0, 1.0) for j in own if j != i]
            for j in others:
                if f == g and entries[j][0] == token:
                    continue
                share = beside * len(own) / len(others)
                weight = negative if drawn else float(importance[entries[j][0]])
                terms.append((j, share * weight, 0.0))
            pairs += len(own) - (f == g)
            for j, weight, label in terms:
                c = np.float64(context[vector_of_token[entries[j][0]]])
                x = float(w @ c) + float(bias[entries[j][0]])
                sigmoid = 1.0 / (1.0 + math.exp(-x))
                slope = label - weight * sigmoid
                loss += weight * math.log1p(math.exp(x)) - label * x
                pushes[0, i] += slope * c
                pushes[1, j] += slope * w
    return pushes[0], pushes[1], loss, pairs


def apply_pushes(
    blocks, pushes, features, center_side, vector_of_token, matrix, squares, prior, mean, rate
):
    """One Adagrad step with one number per vector, and the prior taken implicitly; in place."""
    sums, pulls = {}, {}
    for entries, push in zip(blocks, pushes, strict=True):
        for (token, row, f), move in zip(entries, push, strict=True):
            if f not in features or (center_side and row is None):
                continue
            vector = vector_of_token[token]
            sums[vector] = sums.get(vector, 0.0) + move
            pulls[vector] = pulls.get(vector, 0.0) + (0.0 if row is None else prior[token])
    for vector, push in sums.items():
        squares[vector] += push @ push
        if squares[vector] > 0:
            step = rate / math.sqrt(squares[vector])
            pull = step * pulls[vector]
            matrix[vector] = (matrix[vector] + step * push + pull * mean) / (1.0 + pull)


def alias_probabilities(threshold, alias, first_token):
    """Probability of each token of a feature, as its alias table draws it."""
    size = len(threshold)
    probability = np.zeros(size)
    for slot in range(size):
        kept = int(threshold[slot]) / 2**32
        probability[slot] += kept / size
        probability[int(alias[slot]) - first_token] += (1.0 - kept) / size
    return probability
