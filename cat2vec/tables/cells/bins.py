"""Where numbers are cut into bins. Takes distinct values and their weights, gives edges."""

from __future__ import annotations

import math

import numpy as np


def quantile_edges(values: np.ndarray, weights: np.ndarray, n_bins: int) -> np.ndarray:
    """Cut distinct values into at most ``n_bins`` bins of about equal weight.

    A value that outweighs its bin closes it, and the weight that is left is shared anew, so that a
    heavy tie (a column that is mostly 0) does not swallow the bins of the rest.

    Parameters
    ----------
    values : ndarray of shape (n_distinct,)
        Distinct values, in any order.
    weights : ndarray of shape (n_distinct,)
        How many rows hold each; values of weight 0 are ignored.
    n_bins : int

    Returns
    -------
    ndarray of shape (n_edges,), n_edges < n_bins
        Values at which a new bin begins, ascending; empty if there is one distinct value.

    Examples
    --------
    >>> quantile_edges(np.array([0, 1, 2, 3]), np.array([100, 1, 1, 1]), 3).tolist()
    [1, 2]
    """
    values, weights = values[weights > 0], weights[weights > 0]
    values, inverse = np.unique(values, return_inverse=True)
    if not len(values):
        return values
    reached = np.cumsum(np.bincount(inverse, weights=weights, minlength=len(values)))
    edges, start, done = [], 0, 0.0
    for bins_left in range(n_bins, 1, -1):
        target = done + (reached[-1] - done) / bins_left
        stop = int(np.searchsorted(reached, target, side="left"))
        before = reached[stop - 1] if stop > start else -math.inf
        # the value that crosses the target goes to the side that lands nearer
        stop = stop if target - before <= reached[min(stop, len(values) - 1)] - target else stop + 1
        if stop >= len(values):
            break
        edges.append(values[stop])
        start, done = stop, reached[stop - 1]
    return np.array(edges, dtype=values.dtype)
