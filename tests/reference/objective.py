"""Slow twin of the objective: the formula of the docs, summed token by token in float64."""

from __future__ import annotations

import math

import numpy as np


def log_sigmoid(x):
    return -math.log1p(math.exp(-x)) if x > 0 else x - math.log1p(math.exp(x))


def total_loss(center, context, pairs, features, counts, negative, ns_exponent, within=frozenset()):
    """Compute L(W, C) in nats.

    Parameters
    ----------
    center, context : ndarray of shape (n_tokens, d)
    pairs : dict of (int, int) to int
        Unordered counts, as from ``tests.reference.counting.count_pairs``.
    features : list of int
        Feature of each token.
    counts : list of int
        Rows that hold each token.
    within : set of int
        Features whose values in one cell learn from each other; no value is beside itself.
    """
    n_tokens = len(features)
    tokens_of = {g: [t for t in range(n_tokens) if features[t] == g] for g in set(features)}
    n = np.zeros((n_tokens, n_tokens))
    for (a, b), count in pairs.items():
        n[a, b] = n[b, a] = count
    loss = 0.0
    for a in range(n_tokens):
        for g, tokens in tokens_of.items():
            if g == features[a] and g not in within:
                continue
            n_ag = sum(n[a, b] for b in tokens)
            powered = sum(counts[b] ** ns_exponent for b in tokens)
            present = sum(counts[b] for b in tokens)
            for b in tokens:
                if a == b:
                    continue
                others = 1 - counts[a] / present if g == features[a] else 1
                q = counts[b] ** ns_exponent / powered
                p = counts[b] / present
                x = float(center[a] @ context[b]) + math.log((p / others) / (negative * q / others))
                loss -= n[a, b] * log_sigmoid(x) + negative * n_ag * q / others * log_sigmoid(-x)
    return loss


def penalty(matrix, features, counts, ridge, to_zero):
    """Compute half ``ridge`` times squared distances, from the features' means and from zero."""
    total = 0.5 * ridge * to_zero * float((matrix**2).sum())
    for g in set(features):
        tokens = [t for t in range(len(features)) if features[t] == g]
        weights = np.array([counts[t] for t in tokens], dtype=float)
        mean = weights @ matrix[tokens] / weights.sum()
        total += 0.5 * ridge * float(((matrix[tokens] - mean) ** 2).sum())
    return total


def total_loss_of_rows(
    center,
    context,
    rows,
    features,
    counts,
    negative,
    ns_exponent,
    vector_of_token=None,
    excluded=frozenset(),
    within=frozenset(),
):
    """Compute L(W, C) in nats by going through the rows, pair by pair; noise in expectation.

    Parameters
    ----------
    center, context : ndarray of shape (n_vectors, d)
    rows : list of lists of int
        Token ids of each row.
    features, counts : list of int
        Of each token.
    vector_of_token : list of int or None
        Row of each token's vector; None is one row each.
    excluded : set of frozenset of two int
        Features that do not learn from each other.
    within : set of int
        Features whose values in one cell learn from each other.
    """
    where = range(len(features)) if vector_of_token is None else vector_of_token

    def logit(a, b, q):
        present = sum(counts[t] for t in range(len(features)) if features[t] == features[b])
        product = float(center[where[a]] @ context[where[b]])
        return product + math.log(counts[b] / present / (negative * q))

    loss = 0.0
    for row in rows:
        for a in row:
            for b in row:
                f, g = features[a], features[b]
                if (f == g and f not in within) or frozenset((f, g)) in excluded or a == b:
                    continue
                drawn = {
                    t: counts[t] ** ns_exponent for t in range(len(features)) if features[t] == g
                }
                total = sum(drawn.values())
                loss -= log_sigmoid(logit(a, b, drawn[b] / total))
                present = sum(counts[t] for t in drawn)
                others = 1 - counts[a] / present if f == g else 1
                for t, share in drawn.items():
                    q = share / total
                    if t != a:
                        loss -= negative * q / others * log_sigmoid(-logit(a, t, q))
    return loss
