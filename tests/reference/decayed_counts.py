"""Slow twin of the daily job on counts: each row of n updates ago counts as ``decay ** n`` rows."""

from __future__ import annotations

from collections import Counter
from itertools import combinations


def decayed_counts(days, decay):
    """Count tokens, pairs and rows of several days, the earliest first.

    Parameters
    ----------
    days : list of list of dict
        Rows as dicts of feature and category; what is not there is missing.
    decay : number

    Returns
    -------
    tokens, pairs : dict of (feature, category), or of two of them in order, to number
        Above 0.
    n_rows : number
    """
    tokens, pairs, n_rows = Counter(), Counter(), 0
    for rows in days:
        for counts in (tokens, pairs):
            for key in counts:
                counts[key] *= decay
        n_rows = n_rows * decay + len(rows)
        for row in rows:
            held = sorted(row.items())
            tokens.update(held)
            pairs.update(combinations(held, 2))
    kept = [{key: count for key, count in found.items() if count} for found in (tokens, pairs)]
    return *kept, n_rows
