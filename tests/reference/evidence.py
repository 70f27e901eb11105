"""Slow twin of a half sweep with uncertain vectors: token by token, in float64, without groups."""

from __future__ import annotations

import numpy as np


def half_sweep(
    mine, other, covariances, n, expected, bias, feature, shares, strength, drag, to_zero
):
    """Take one Newton step for every token, without a guard.

    Parameters
    ----------
    mine, other : ndarray of shape (n_tokens, d)
    covariances : ndarray of shape (n_tokens, d, d)
        Of the other side.
    n, expected, bias : ndarray of shape (n_tokens, n_tokens)
        Pairs of each token with each of the other side, the noise expected, and logits of zero;
        ``n`` and ``expected`` are 0 inside a feature.
    feature, shares : ndarray of shape (n_tokens,)
    strength, drag, to_zero : float
        Of the prior, of the pull by what is uncertain, and of the pull to zero.

    Returns
    -------
    matrix : ndarray of shape (n_tokens, d)
    covariances : ndarray of shape (n_tokens, d, d)
        Of ``mine``.
    """
    size = mine.shape[1]
    found, spread = np.zeros_like(mine), np.zeros((len(mine), size, size))
    for a in range(len(mine)):
        same = feature == feature[a]
        distances = mine[same] - shares[same] @ mine[same]
        own = np.flatnonzero(same).tolist().index(a)
        slope = distances[own] - shares[a] * distances.sum(axis=0) + to_zero * mine[a]
        gradient = -strength * slope
        hessian = np.zeros((size, size))
        blur = np.zeros((size, size))
        for b in range(len(other)):
            s = 1.0 / (1.0 + np.exp(-(mine[a] @ other[b] + bias[a, b])))
            gradient += (n[a, b] * (1.0 - s) - expected[a, b] * s) * other[b]
            curvature = (n[a, b] + expected[a, b]) * s * (1.0 - s)
            hessian += curvature * np.outer(other[b], other[b])
            blur += curvature * drag * covariances[b]
        gradient -= blur @ mine[a]
        hessian += blur
        stiffness = strength * (1.0 + to_zero + same.sum() * shares[a])
        found[a] = mine[a] + np.linalg.solve(hessian + stiffness * np.eye(size), gradient)
        spread[a] = np.linalg.inv(hessian + strength * (1.0 + to_zero) * np.eye(size))
    return found, spread
