"""Solver ``rows``: skip-gram with negative sampling, row by row, for counts that do not compress.

Takes an ``EncodedTable``. Gives center and context matrices. One thread; rows are shuffled every
epoch. Weights decide how often a row is visited, not how long its steps are: long steps diverge.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cat2vec.errors import TrainingDivergedError
from cat2vec.kernels.rows import fill_alias, sgns_epoch
from cat2vec.tables.encode import EncodedTable
from cat2vec.training.counts_solver import Solution, feature_means
from cat2vec.training.objective import Noise
from cat2vec.training.settings import Settings
from cat2vec.vocabulary import Vocabulary

#: The golden ratio: multiples of it, modulo 1, fill the unit interval most evenly.
_GOLDEN = (5**0.5 - 1) / 2


def solve_rows(
    table: EncodedTable,
    settings: Settings,
    report: Callable[[int, float], None] = lambda epoch, loss: None,
) -> Solution:
    """Minimise the objective by stochastic gradient steps on single pairs.

    Parameters
    ----------
    table : EncodedTable
        With weights, an epoch still has one visit per row of weight above 0; see ``visits``.
    settings : Settings
        Uses vector_size, negative, ns_exponent, regularization, epochs, learning_rate and
        random_state.
    report : callable
        Called with the epoch and its mean loss (nats per pair, noise as drawn, each pair before
        its step) after each epoch.

    Returns
    -------
    Solution
        ``losses`` as reported.

    Raises
    ------
    TrainingDivergedError
        If vectors are no longer numbers.
    """
    table = table.counted_rows()
    vocabulary, weights = table.vocabulary, table.weights
    noise = Noise.of(vocabulary, settings.negative, settings.ns_exponent)
    seeds = np.random.SeedSequence(settings.random_state).spawn(3)
    starts, orders, draws = (np.random.default_rng(seed) for seed in seeds)
    shape = (vocabulary.n_tokens, settings.vector_size)
    center = (starts.random(shape, dtype=np.float32) - np.float32(0.5)) / settings.vector_size
    context = np.zeros(shape, np.float32)
    state = draws.integers(2**63, size=1, dtype=np.uint64)
    tokens = table.token_ids()
    threshold, alias = alias_tables(vocabulary, noise)
    pairs = pairs_per_token(tokens, vocabulary.n_tokens, weights)
    present = (tokens >= 0).sum(axis=1)
    pairs_of_row = present * (present - 1)
    decay = (settings.regularization / np.maximum(pairs, 1.0)).astype(np.float32)
    rates = np.linspace(1.0, 1e-4, settings.n_epochs + 1, dtype=np.float32)
    rates *= np.float32(settings.first_learning_rate)
    losses = []
    for epoch in range(settings.n_epochs):
        center_mean, context_mean = (
            feature_means(matrix, vocabulary).astype(np.float32) for matrix in (center, context)
        )
        order = orders.permutation(table.n_rows)
        if weights is not None:
            order = visits(weights, epoch)[order]
        loss = sgns_epoch(
            center,
            context,
            tokens,
            order,
            vocabulary.offsets,
            noise.bias.astype(np.float32),
            threshold,
            alias,
            decay,
            center_mean,
            context_mean,
            rates[epoch],
            rates[epoch + 1],
            int(settings.negative),
            state,
        )
        if not (np.isfinite(loss) and np.isfinite(center).all() and np.isfinite(context).all()):
            rate = settings.first_learning_rate
            raise TrainingDivergedError(
                f"vectors became NaN or infinite in epoch {epoch + 1} of {settings.n_epochs} of "
                f"the rows solver (learning_rate {rate:g})",
                f"Try a learning_rate of at most {min(rate / 10, 0.025):g}.",
            )
        losses.append(loss / max(int(pairs_of_row[order].sum()), 1))
        report(epoch + 1, losses[-1])
    return Solution(center, context, tuple(losses))


def visits(weights: np.ndarray, epoch: int) -> np.ndarray:
    """Choose which rows an epoch visits: as many as there are rows, each by its share of weight.

    Systematic sampling (Madow 1949): evenly spaced points on the rows laid end to end, so that a
    row whose share is s visits is visited floor(s) or ceil(s) times. The points are shifted anew in
    every epoch, so that over the epochs every row comes close to its share.

    Parameters
    ----------
    weights : ndarray of shape (n_rows,), float64
        Above 0.
    epoch : int

    Returns
    -------
    ndarray of shape (n_rows,), int64
        Row numbers, ascending.

    Examples
    --------
    >>> [visits(np.array([1.0, 6.0, 1.0, 2.0]), epoch).tolist() for epoch in range(3)]
    [[1, 1, 1, 3], [0, 1, 1, 2], [1, 1, 1, 3]]
    """
    points = np.arange(len(weights)) + (0.5 + epoch * _GOLDEN) % 1.0
    ends = np.cumsum(weights / weights.mean())
    # the last sum may be rounded to below the last point
    return np.minimum(np.searchsorted(ends, points, side="right"), len(weights) - 1)


def pairs_per_token(
    tokens: np.ndarray, n_tokens: int, weights: np.ndarray | None = None
) -> np.ndarray:
    """Count the pairs in which each token is the center: (n_tokens,) float64."""
    present = tokens >= 0
    per_row = present.sum(axis=1)
    others = (per_row - 1) * (1.0 if weights is None else weights)
    return np.bincount(tokens[present], weights=np.repeat(others, per_row), minlength=n_tokens)


def alias_tables(vocabulary: Vocabulary, noise: Noise) -> tuple[np.ndarray, np.ndarray]:
    """Build one alias table per feature: threshold (V,) uint64 and alias (V,) int64."""
    threshold = np.empty(vocabulary.n_tokens, np.uint64)
    alias = np.empty(vocabulary.n_tokens, np.int64)
    for start, stop in zip(vocabulary.offsets[:-1], vocabulary.offsets[1:], strict=True):
        if stop > start:
            fill_alias(noise.k_q[start:stop], threshold[start:stop], alias[start:stop], start)
    return threshold, alias
