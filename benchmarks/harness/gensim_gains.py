"""Gains of what gensim finds: as it is, and with one constant fitted per pair of features."""

from __future__ import annotations

from typing import Any

import numpy as np

from cat2vec import EncodedTable, PairCounts, Vectors
from cat2vec.inspection.quality import objective_on
from cat2vec.kernels.threads import workers
from cat2vec.training.solvers.word2vec import with_pair_constants, without_constants


def gensim_vectors(
    table: EncodedTable, own: tuple[np.ndarray, np.ndarray], settings: dict[str, Any]
) -> Vectors:
    """Hold what gensim found; canonical vectors are neither needed nor charged to it."""
    return Vectors(
        vocabulary=table.vocabulary,
        matrix=own[0],
        center=own[0],
        context=own[1],
        settings=settings,
        losses=(),
        independence_loss=float("nan"),
    )


def fitted_with_constants(vectors: Vectors, counts: PairCounts) -> tuple[np.ndarray, np.ndarray]:
    """Give center and context with columns for the constants that are best on these counts."""
    with workers(None) as crew:
        objective = objective_on(vectors, counts)
        return with_pair_constants(objective, vectors.center, vectors.context, crew)


def gain_with_constants(vectors: Vectors, counts: PairCounts) -> float:
    return gain_of(vectors, counts, *fitted_with_constants(vectors, counts))


def gain_without_constants(vectors: Vectors, counts: PairCounts) -> float:
    """Score gensim's own logits: the columns after the first ``vector_size`` hold constants."""
    own = slice(0, vectors.vector_size)
    objective = objective_on(vectors, counts)
    sides = without_constants(objective, vectors.center[:, own], vectors.context[:, own])
    return gain_of(vectors, counts, *sides)


def gain_of(vectors: Vectors, counts: PairCounts, center: np.ndarray, context: np.ndarray) -> float:
    objective = objective_on(vectors, counts)
    with workers(None) as crew:
        return float(objective.independence() - objective.loss(center, context, crew))
