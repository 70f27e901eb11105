"""Slow twin of pair counting: read it first."""

from __future__ import annotations

from collections import Counter
from itertools import combinations


def count_pairs(rows, weights=None):
    """Count unordered pairs of tokens that share a row; a row of weight w counts as w rows.

    Parameters
    ----------
    rows : iterable of sequences of token ids
        One bag per row; tokens of different features, missing cells left out.
    weights : sequence of number or None
        One per row; None is 1 for each.

    Returns
    -------
    dict of (int, int) to number
        Above 0. Keys with the smaller token id first.
    """
    counts = Counter()
    for place, row in enumerate(rows):
        for a, b in combinations(sorted(row), 2):
            counts[a, b] += 1 if weights is None else weights[place]
    return {pair: count for pair, count in counts.items() if count > 0}
