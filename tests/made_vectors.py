"""Vectors made by hand, for tests of exports."""

from __future__ import annotations

import numpy as np

from cat2vec import Vectors, Vocabulary
from cat2vec.vocabulary.vocabulary import Codec, Schema


def made_by_hand(features, size=3, seed=0):
    """Random vectors for these features; ``features`` maps a name to its categories."""
    categories = []
    for values in features.values():
        array = np.empty(len(values), dtype=object)
        array[:] = values
        categories.append(array)
    n_tokens = sum(map(len, categories))
    matrix = np.random.default_rng(seed).normal(size=(n_tokens, size)).astype(np.float32)
    schema = Schema(tuple(features), tuple(Codec("category", "mixed") for _ in features))
    vocabulary = Vocabulary(schema, tuple(categories), np.arange(1, n_tokens + 1))
    return Vectors(vocabulary, matrix, matrix, matrix, {"solver": "counts"}, (1.0,), 2.0)
