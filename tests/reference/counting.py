"""Slow twin of pair counting: read it first."""

from __future__ import annotations

from collections import Counter
from itertools import combinations


def count_pairs(rows):
    """Count unordered pairs of tokens that share a row.

    Parameters
    ----------
    rows : iterable of sequences of token ids
        One bag per row; tokens of different features, missing cells left out.

    Returns
    -------
    dict of (int, int) to int
        Keys with the smaller token id first.
    """
    counts = Counter()
    for row in rows:
        for a, b in combinations(sorted(row), 2):
            counts[a, b] += 1
    return dict(counts)
