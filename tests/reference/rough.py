"""Slow twin of the rough objective: noise over groups of tokens, one group after the other."""

from __future__ import annotations

import numpy as np


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def rough_terms(token, vector, side, other, size, group):
    """Compute negative gradient, loss, and curvature by group of one token, in float64.

    Parameters
    ----------
    token : int
    vector : ndarray of shape (d,)
    side : Side
    other : ndarray of shape (n_tokens, d)
    size : ndarray of shape (d,)
        What numbers are multiplied by where sizes of groups are compared.
    group : ndarray of shape (n_tokens,)
    """
    objective, feature = side.objective, side.objective.counts.vocabulary.feature_of_token
    wide = np.column_stack([other, side.column_bias]).astype(float)
    weight, w = side.column_weight.astype(float), np.append(vector, 1.0)
    expected, k_q = objective.expected_with, objective.noise.k_q
    if side.center_side:
        noise = expected[token, feature] * k_q
    else:
        noise = k_q[token] * expected[:, feature[token]]
    noise[token] = 0.0
    push, loss, curvature = np.zeros(len(vector)), 0.0, np.zeros(group.max() + 1)
    for g in np.unique(feature):
        tokens = np.flatnonzero(feature == g)
        groups = [tokens[group[tokens] == r] for r in np.unique(group[tokens])]
        means = [np.average(wide[some], axis=0, weights=weight[some]) for some in groups]
        around = np.vstack([wide[some] - mean for some, mean in zip(groups, means, strict=True)])
        mass = np.concatenate([weight[some] for some in groups])
        covariance = (around * mass[:, None]).T @ around / mass.sum()
        lengths = np.square(around * np.append(size, 1.0)).sum(axis=1)
        start = 0
        for some, mean in zip(groups, means, strict=True):
            mine = slice(start, start + len(some))
            start += len(some)
            own = np.average(lengths[mine], weights=mass[mine])
            scale = own / np.average(lengths, weights=mass) if len(groups) < len(tokens) else 0.0
            x = w @ mean + side.row_bias[token]
            h = np.sqrt(3.0 * scale * (w @ covariance @ w) + 1e-4)
            s = np.array([sigmoid(x - h), sigmoid(x), sigmoid(x + h)])
            drawn = noise[some].sum()
            curvature[group[some[0]]] += drawn * (s[2] - s[0]) / (2 * h)
            push -= drawn * (s @ [1 / 6, 2 / 3, 1 / 6]) * mean[:-1]
            push -= drawn * (s[2] - s[0]) / (2 * h) * scale * (covariance @ w)[:-1]
            loss -= drawn * (np.log(sigmoid(-x - np.array([-h, 0, h]))) @ [1 / 6, 2 / 3, 1 / 6])
    pairs = objective.counts.both_ways
    for place in range(pairs.indptr[token], pairs.indptr[token + 1]):
        b, n = pairs.indices[place], float(pairs.data[place])
        x = w @ wide[b] + side.row_bias[token]
        push += n * (1.0 - sigmoid(x)) * other[b]
        curvature[group[b]] += n * sigmoid(x) * (1.0 - sigmoid(x))
        loss -= n * np.log(sigmoid(x))
    return push, loss, curvature
