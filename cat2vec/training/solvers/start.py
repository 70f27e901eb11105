"""Where the solver ``counts`` begins: vectors computed from pair counts, without a seed.

Takes an ``Objective``, and perhaps vectors that were given. Gives center and context vectors.
"""

from __future__ import annotations

import numpy as np

from cat2vec.kernels.counting import damped_counts
from cat2vec.kernels.linear import sparse_times
from cat2vec.kernels.threads import Workers
from cat2vec.training.solvers.objective import Objective
from cat2vec.training.solvers.prior import balanced
from cat2vec.training.spectral import rough_eigenpairs

#: Ratios of counts to those expected are taken as they are well below this, beyond by logarithm.
_KNEE = 30.0
#: Rows of the sparse counts that are multiplied at a time.
_STARTED_TOKENS = 1024
#: Columns of a given start that carry less than this share of the squares of the first are begun
#: anew: both sides near zero are a saddle, which alternating steps leave slowly or never.
_DEAD = 1e-2


def beginning(
    objective: Objective,
    size: int,
    crew: Workers,
    start: tuple[np.ndarray, np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Give the center and context vectors to begin with: given ones, or those of the counts.

    Returns
    -------
    center, context : ndarray of shape (n_vectors, size), float32
    """
    if start is not None:
        return revived(*start, objective, size, crew)
    center = starting_vectors(objective, size, crew)
    return center, center.copy()


def starting_vectors(objective: Objective, size: int, crew: Workers) -> np.ndarray:
    """Compute a start without a seed: correspondence analysis of the pair counts, damped.

    Leading eigenvectors of ``(n_ab - e_ab) / sqrt(n_a n_b)`` with ``e_ab`` the counts expected of
    independent features: to first order the minimum of the objective, because log(n / e), which the
    products are to give, is about n / e - 1. Where n / e is large, it is bent towards the logarithm
    (``_KNEE``).

    Returns
    -------
    ndarray of shape (n_vectors, size), float32
    """
    counts = objective.counts
    vocabulary, pairs, with_feature = counts.vocabulary, counts.both_ways, objective.expected_with
    of_vectors = vocabulary.of_vectors
    feature, shares = vocabulary.feature_of_token, vocabulary.shares
    bounds = [
        (start, min(start + _STARTED_TOKENS, vocabulary.n_tokens))
        for start in range(0, vocabulary.n_tokens, _STARTED_TOKENS)
    ]
    damped = np.empty_like(pairs.data)
    crew.map(
        lambda bound: damped_counts(
            pairs.indptr, pairs.indices, pairs.data, with_feature, shares, feature, _KNEE,
            *bound, damped,
        ),
        bounds,
    )  # fmt: skip
    weight = 1.0 / np.sqrt(of_vectors.counts + 10.0)
    # no token is expected beside itself
    with_own = (with_feature[np.arange(len(feature)), feature] * shares)[:, None]
    with_itself = with_own if with_own.any() else None

    def observed(x: np.ndarray) -> np.ndarray:
        x = np.ascontiguousarray(x, dtype=np.float32)
        out = np.empty_like(x)
        crew.map(
            lambda bound: sparse_times(pairs.indptr, pairs.indices, damped, *bound, x, out), bounds
        )
        return out

    def expected(x: np.ndarray) -> np.ndarray:
        one_way = with_feature @ vocabulary.sum_by_feature(shares[:, None] * x)
        back = (with_feature.T @ x)[feature] * shares[:, None]
        both = 0.5 * (one_way + back)
        return both if with_itself is None else both - with_itself * x

    def multiply(x: np.ndarray) -> np.ndarray:
        scaled = vocabulary.by_token(weight[:, None] * x)
        return weight[:, None] * vocabulary.sum_by_vector(observed(scaled) - expected(scaled))

    values, vectors = rough_eigenpairs(
        multiply, of_vectors.n_tokens, size, mirrored=vocabulary.n_features == 2
    )
    scale = np.sqrt(np.maximum(np.abs(values), 1e-6) * counts.n_rows)
    return (weight[:, None] * vectors * scale).astype(np.float32)


def revived(
    center: np.ndarray, context: np.ndarray, objective: Objective, size: int, crew: Workers
) -> tuple[np.ndarray, np.ndarray]:
    """Fill the columns of a given start that carry next to nothing.

    They get the leading directions of what ``starting_vectors`` would begin with and the given
    start lacks, each token weighted by the root of its count. All other products stay as they are.

    Returns
    -------
    center, context : ndarray of shape (n_vectors, size), float32
    """
    vocabulary = objective.counts.vocabulary.of_vectors
    center, context = balanced(center, context, vocabulary)
    weight = np.sqrt(vocabulary.counts + 10.0)[:, None]
    center, context = weight * center, weight * context
    squares, axes = np.linalg.eigh(center.T @ center + context.T @ context)
    alive = axes[:, squares > _DEAD * squares[-1]][:, ::-1][:, :size]
    center, context = center @ alive, context @ alive
    n_dead = size - alive.shape[1]
    if n_dead:
        fresh = weight * starting_vectors(objective, size, crew)

        def multiply(x: np.ndarray) -> np.ndarray:
            given = center @ (context.T @ x) + context @ (center.T @ x)
            return fresh @ (fresh.T @ x) - 0.5 * given

        values, vectors = rough_eigenpairs(multiply, vocabulary.n_tokens, n_dead)
        vectors = vectors * np.sqrt(np.maximum(values, 1e-6 * max(values[0], 1e-6)))
        center, context = np.hstack([center, vectors]), np.hstack([context, vectors])
    return (center / weight).astype(np.float32), (context / weight).astype(np.float32)
