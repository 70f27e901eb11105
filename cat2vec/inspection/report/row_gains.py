"""Gain row by row, so that it comes with a standard error: of a table, its features and pairs.

Takes ``Vectors`` and encoded rows that were not trained on. Gives estimates. The gain of a row is
its part of ``held_out_gain``: over ordered pairs (a, b) of its tokens, of different features,

    log s(x_ab) - log s(x0_b) + sum over b' of the feature of b of
                                k q(b') [ log s(-x_ab') - log s(-x0_b') ]

with x0 the logit at independence. Where a cell holds several values, each is a token; where they
learn from each other, pairs of one feature count too, with the noise of the objective inside a
cell. Rows are the units of the sample, so standard errors are over rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cat2vec.kernels.threads import workers
from cat2vec.tables.encode import EncodedTable
from cat2vec.training.problem import Meeting, Problem, meetings
from cat2vec.training.solvers.objective import BLOCK_TOKENS
from cat2vec.vectors.vectors import Vectors

#: Numbers that a block holds at most, in each of a few arrays. Fixed: it is part of the result.
BLOCK_CELLS = 1 << 20
#: Blocks of which sums are held at once, and numbers that these sums have in all.
_AT_A_TIME, _SUM_NUMBERS = 256, 1 << 23
#: Sums that a ratio and its error are made of.
_MOMENTS = 6
#: Standard errors below this are taken as this: float32 logits resolve no less.
RESOLUTION = 1e-6
#: A gain counts when it lies this many standard errors above 0.
ERRORS = 2.0


@dataclass(frozen=True, eq=False)
class Estimates:
    """Gains in nats per pair, with standard errors over rows.

    Parameters
    ----------
    value : ndarray, float64
        NaN where no pair was scored.
    error : ndarray, float64
        One standard error; infinite where fewer than two rows were scored.
    """

    value: np.ndarray
    error: np.ndarray

    def above(self, n_errors: float) -> np.ndarray:
        """Say which values lie more than so many standard errors above 0."""
        value = np.nan_to_num(self.value, nan=0.0)
        return np.asarray(value > n_errors * np.maximum(self.error, RESOLUTION))


@dataclass(frozen=True, eq=False)
class RowGains:
    """Held-out gains.

    Parameters
    ----------
    whole : Estimates of shape ()
    of_feature : Estimates of shape (n_features,)
        Over the pairs that a feature takes part in, on either side.
    of_pair : Estimates of shape (n_features, n_features)
        Symmetric.
    """

    whole: Estimates
    of_feature: Estimates
    of_pair: Estimates


def softplus(x: np.ndarray) -> np.ndarray:
    """Compute log(1 + exp(x)) without overflow, in the type of ``x``."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def row_gains(vectors: Vectors, table: EncodedTable, n_jobs: int | None = None) -> RowGains:
    """Compute the held-out gain and its error.

    Parameters
    ----------
    vectors : Vectors
    table : EncodedTable
        Rows that were not trained on, encoded with ``vectors.vocabulary``. A row of weight w counts
        w times in the gain, and as one row in its error, as in surveys.
    n_jobs : int or None

    Returns
    -------
    RowGains
        ``whole.value`` is ``held_out_gain`` of these rows. Pairs that were excluded from training
        are not scored.

    Notes
    -----
    Gain per pair is a ratio of two sums over rows; its error is that of the linearised ratio
    (Cochran, Sampling Techniques, 1977, section 6.3).

    Examples
    --------
    >>> from cat2vec import encode_table, train_vectors
    >>> encoded = encode_table({"city": ["Oslo", "Rome"] * 50, "food": ["cod", "pasta"] * 50})
    >>> gains = row_gains(train_vectors(encoded, vector_size=1), encoded)
    >>> bool(gains.whole.above(2)), gains.of_feature.above(2).tolist()
    (True, [True, True])
    """
    problem = Problem.of_vectors(vectors)
    vocabulary = problem.vocabulary
    table = table.counted_rows()
    feature_of = table.feature_of_column
    allowed = problem.allowed[np.ix_(feature_of, feature_of)]
    np.fill_diagonal(allowed, False)  # no value is beside itself
    bias = problem.noise.bias.astype(np.float32)
    k_q = problem.noise.k_q.astype(np.float32)
    center, context = vectors.center, vectors.context
    of_noise = np.zeros((vocabulary.n_tokens, vocabulary.n_features))
    tokens = np.flatnonzero(
        np.concatenate([table.counted(feature) for feature in range(vocabulary.n_features)])
    )
    at_zero, missed_at_zero = softplus(bias), softplus(-bias)

    def add_noise(meeting: Meeting) -> None:
        some, columns = meeting.tokens, meeting.columns
        expected = softplus(center[some] @ context[columns].T + bias[columns]) - at_zero[columns]
        expected *= k_q[columns]
        expected[meeting.itself] = 0.0
        of_noise[some, meeting.features] = -vocabulary.sum_by_feature(
            expected.T, meeting.features
        ).T
        if len(meeting.itself[0]):
            of_noise[some, meeting.own] *= problem.noise.inside[some]

    def sums_of(rows: slice) -> list[np.ndarray]:
        some = table.rows(rows.start, rows.stop)
        part = some.token_ids()
        weights = np.ones(some.n_rows) if some.weights is None else some.weights
        known = part >= 0
        place = np.where(known, part, 0)
        logits = center[place] @ context[place].transpose(0, 2, 1) + bias[place][:, None]
        gains = (
            missed_at_zero[place][:, None] - softplus(-logits) + of_noise[place][:, :, feature_of]
        )
        pairs = known[:, :, None] & known[:, None] & allowed
        gains = np.where(pairs, gains, 0.0)
        gains = gains + gains.transpose(0, 2, 1)
        return _moments(_by_feature(gains, table), _by_feature(2.0 * pairs, table), weights)

    with workers(n_jobs) as crew:
        blocks_of_noise = vocabulary, problem.allowed, tokens, BLOCK_TOKENS, 4 * BLOCK_CELLS
        crew.map(add_noise, meetings(*blocks_of_noise))
        widest = max(len(feature_of), center.shape[1])
        most = max(1, BLOCK_CELLS // (len(feature_of) * widest))
        blocks = [slice(start, start + most) for start in range(0, table.n_rows, most)]
        sums: Any = [0.0, 0.0, 0.0]
        # the sums of blocks take memory, too: those of pairs of features, and a few
        most = max(1, min(_AT_A_TIME, _SUM_NUMBERS // (_MOMENTS * vocabulary.n_features**2)))
        for start in range(0, len(blocks), most):
            for parts in crew.map(sums_of, blocks[start : start + most]):
                sums = [total + part for total, part in zip(sums, parts, strict=True)]
    whole, of_feature, of_pair = sums
    return RowGains(_estimates(whole), _estimates(of_feature), _estimates(of_pair))


def _by_feature(values: np.ndarray, table: EncodedTable) -> np.ndarray:
    """Add up pairs of columns, (R, C, C), to pairs of features, (R, F, F)."""
    if not table.is_multivalued:
        return values
    for axis in (1, 2):
        values = np.add.reduceat(values, table.first_columns, axis=axis)
    return values


def _moments(gains: np.ndarray, pairs: np.ndarray, weights: np.ndarray) -> list[np.ndarray]:
    """Sum what ratios and their errors are made of: for the table, for features and for pairs.

    ``gains`` and ``pairs`` hold sums over both directions, (R, F, F). The table and its features
    count every pair from both sides, which cancels; a feature alone sees pairs inside its cells
    from one side.
    """
    own_gains, own_pairs = (np.diagonal(part, axis1=1, axis2=2) / 2 for part in (gains, pairs))
    found = []
    for g, m in (
        (gains.sum(axis=(1, 2)), pairs.sum(axis=(1, 2))),
        (gains.sum(axis=2) - own_gains, pairs.sum(axis=2) - own_pairs),
        (gains, pairs),
    ):
        w = weights.reshape(-1, *([1] * (g.ndim - 1)))
        g, m, scored = w * g, w * m, m > 0
        found.append(np.array([part.sum(axis=0) for part in (g, m, g * g, g * m, m * m, scored)]))
    return found


def _estimates(moments: np.ndarray) -> Estimates:
    g, m, gg, gm, mm, n = moments
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = g / m
        spread = np.maximum(gg - 2.0 * ratio * gm + ratio**2 * mm, 0.0)
        error = np.where(n > 1, np.sqrt(spread * n / (n - 1.0)) / m, np.inf)
    return Estimates(ratio, error)
