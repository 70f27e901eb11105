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


def count_pairs_of_cells(rows, weights=None, within=()):
    """Count pairs of tokens of different features, where a cell is a set of tokens.

    Values of one cell are pairs too, of two different ones, in the features of ``within``, which
    are named by their place in a row.

    Parameters
    ----------
    rows : iterable of sequences of collections of tokens
        One sequence per row, with one collection per feature; what stands twice counts once.
    weights : sequence of number or None

    Returns
    -------
    dict of frozenset of two tokens to number
    """
    counts = Counter()
    for place, row in enumerate(rows):
        for cell, other in combinations(row, 2):
            for a in set(cell):
                for b in set(other):
                    counts[frozenset((a, b))] += 1 if weights is None else weights[place]
        for feature in within:
            for a, b in combinations(sorted(set(row[feature])), 2):
                counts[frozenset((a, b))] += 1 if weights is None else weights[place]
    return {pair: count for pair, count in counts.items() if count > 0}
