"""Which updates a model has had, so that it can be compared with what it was before some of them.

Takes fitted estimators. Gives pairs of a hash and a decay, the earliest first: the hash of the pair
counts that an update began with, and what they were multiplied by.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from cat2vec.counting.pair_counts import PairCounts

Updates = tuple[tuple[str, float], ...]


def hash_of_counts(counts: PairCounts) -> str:
    """Give the SHA-256 of the numbers of pair counts."""
    whole = hashlib.sha256(str(counts.n_rows).encode())
    for array in (counts.left, counts.right, counts.count, counts.vocabulary.counts):
        whole.update(np.ascontiguousarray(array).data)
    return whole.hexdigest()


def updates_after(model: Any, decay: float) -> Updates:
    """Give the updates of a model after one that it has not taken yet; none at the first fit."""
    if not hasattr(model, "counts_"):
        return ()
    return (*model._updates, (hash_of_counts(model.counts_), float(decay)))


def decay_since(model: Any, earlier: Any) -> float:
    """Give what the counts of an earlier model were multiplied by on the way to this one.

    0 if this model does not come from that one by updates, or counts are not kept.

    Examples
    --------
    >>> from copy import deepcopy
    >>> from cat2vec import Cat2Vec
    >>> rows = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
    >>> model = Cat2Vec(vector_size=1).partial_fit(rows)
    >>> earlier = deepcopy(model)
    >>> model = model.partial_fit(rows, decay=0.5).partial_fit(rows, decay=0.5)
    >>> decay_since(model, earlier), decay_since(model, model), decay_since(earlier, model)
    (0.25, 1.0, 0.0)
    """
    if not hasattr(earlier, "counts_") or not hasattr(model, "counts_"):
        return 0.0
    wanted, product = hash_of_counts(earlier.counts_), 1.0
    if wanted == hash_of_counts(model.counts_):
        return product
    for known, decay in reversed(model._updates):
        product *= decay
        if known == wanted:
            return product
    return 0.0
