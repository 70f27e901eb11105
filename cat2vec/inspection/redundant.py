"""Pairs of features of which one says nearly all that the other does, found in a sample of rows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from shlex import quote
from typing import NamedTuple

import numpy as np

from cat2vec.errors.wording import joined, spelled
from cat2vec.inspection.associations import chance_bits
from cat2vec.tables.encoded import EncodedTable
from cat2vec.training.problem import pair_allowed

#: Shared bits over the smaller entropy, above chance, from which on a pair is redundant.
REDUNDANT = 0.8
#: Features whose entropy is less are nearly constant, and no pair of theirs carries much.
_LEAST_BITS = 0.05
#: Rows that are looked at, and cells of pairs of features; beyond as many pairs none are looked at.
_ROWS, _LEAST_ROWS, _CELLS, _PAIRS = 10_000, 1_000, 20_000_000, 5_000
#: Pairs that a sentence names.
_NAMED = 5


class RedundantPair(NamedTuple):
    """Two features, their columns, and the share of the smaller entropy that both have."""

    first: str
    second: str
    columns: tuple[str, str]
    share: float


def redundant_pairs(
    table: EncodedTable, exclude_pairs: Sequence[Sequence[str]] | None = None
) -> list[RedundantPair]:
    """Find pairs of features that say nearly the same, strongest first.

    Parameters
    ----------
    table : EncodedTable
    exclude_pairs : list of lists of str or None
        Pairs that are left out of training, and here.

    Returns
    -------
    list of RedundantPair
        With mutual information above ``REDUNDANT`` of the smaller entropy, both corrected for
        chance as in ``associations``. Parts of one date, and cells of several values, are left out.
        Of long tables a sample of rows is taken, evenly spaced; the wider, the fewer, and of more
        than 100 features nothing is said.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> table = {"school": ["HS", "BSc", "MSc"] * 30, "years": [12, 15, 17] * 30,
    ...          "day": ["Mon", "Tue"] * 45}
    >>> [pair[:2] for pair in redundant_pairs(encode_table(table))]
    [('school', 'years')]
    """
    vocabulary = table.vocabulary
    columns = vocabulary.schema.columns
    allowed = pair_allowed(vocabulary, exclude_pairs)
    pairs = [
        (f, g)
        for f, g in combinations(np.flatnonzero(table.n_slots == 1).tolist(), 2)
        if allowed[f, g] and columns[f] != columns[g]
    ]
    if not pairs or len(pairs) > _PAIRS:
        return []
    n_rows = min(table.n_rows, _ROWS, max(_CELLS // len(pairs), _LEAST_ROWS))
    rows = np.linspace(0, table.n_rows - 1, n_rows).astype(np.int64)
    codes = table.codes[rows][:, table.first_columns].astype(np.int64)
    sizes = np.diff(vocabulary.offsets)
    found = [
        RedundantPair(vocabulary.features[f], vocabulary.features[g], (columns[f], columns[g]), one)
        for f, g in pairs
        if (one := _share(codes[:, f], codes[:, g], int(sizes[f]), int(sizes[g]))) > REDUNDANT
    ]
    return sorted(found, key=lambda pair: -pair.share)


def _share(first: np.ndarray, second: np.ndarray, n_first: int, n_second: int) -> float:
    both = (first >= 0) & (second >= 0)
    if not both.all():
        first, second = first[both], second[both]
    if not len(first):
        return 0.0
    mine, others = np.bincount(first), np.bincount(second)
    entropies = _bits(mine), _bits(others)
    least = min(entropies)
    if least < _LEAST_BITS:
        return 0.0
    joint = first * n_second + second
    few = n_first * n_second <= 4 * len(joint)
    together = np.bincount(joint) if few else np.unique(joint, return_counts=True)[1]
    shared = sum(entropies) - _bits(together)
    if shared <= REDUNDANT * least:  # chance only lowers it
        return 0.0
    chance = chance_bits(mine[mine > 0], others[others > 0])
    room = least - chance
    return min((shared - chance) / room, 1.0) if room > _LEAST_BITS else 0.0


def _bits(counts: np.ndarray) -> float:
    counts = counts[counts > 0]
    total = counts.sum()
    return float(np.log2(total) - (counts * np.log2(counts)).sum() / total)


def redundant_in_words(pairs: Sequence[RedundantPair]) -> str:
    """Say which pairs are redundant and what to do; nothing if there are none."""
    if not pairs:
        return ""
    each = [f"{pair.first!r} and {pair.second!r} ({pair.share:.0%})" for pair in pairs[:_NAMED]]
    groups = [list(columns) for columns in dict.fromkeys(tuple(p.columns) for p in pairs[:_NAMED])]
    options = " ".join(["--exclude-pairs", *(quote(",".join(group)) for group in groups)])
    return (
        f"one column tells nearly all of another: {joined(each, len(pairs) - _NAMED)}. The gain of "
        f"such pairs is large and may hide that of others. "
        f"{spelled(f'exclude_pairs={groups}', options)} leaves them out of training."
    )
