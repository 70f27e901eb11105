"""Contributions of features to a cosine, from the whole matrix of associations, written out."""

from __future__ import annotations

import numpy as np

from cat2vec.training.canonical import EVENNESS
from cat2vec.training.problem import Problem
from cat2vec.vectors.axes import feature_factors


def contributions_by_category(vectors, first, second):
    """Split the cosine of two vectors, by place in ``of_vectors``, over all categories."""
    vocabulary, matrix = vectors.vocabulary_and_matrix()
    names = vocabulary.feature_of_token
    undo = feature_factors(matrix, vocabulary, EVENNESS / (1.0 - 2.0 * EVENNESS))
    whole = undo[names][:, None] * matrix.astype(np.float64)
    values, axes = np.linalg.eigh(whole @ whole.T)  # of all categories: their associations, squared
    kept = values > 1e-12 * values.max()
    roots, axes = np.sqrt(values[kept]), axes[:, kept]
    associations = (axes * roots) @ axes.T
    heard = Problem.of_vectors(vectors).trained_vectors
    found = np.zeros(vocabulary.n_tokens)
    for a, b in ((first, second), (second, first)):
        outside = heard[names[a]][names]
        learned_from = axes[outside].T @ axes[outside]
        other = np.linalg.pinv(learned_from, rcond=1e-9) @ (axes[b] * roots)
        for token in np.flatnonzero(outside):
            found[token] += 0.5 * associations[a, token] * (axes[token] @ other)
    lengths = np.linalg.norm(whole, axis=1)
    return found / (lengths[first] * lengths[second])
