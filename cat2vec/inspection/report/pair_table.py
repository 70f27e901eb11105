"""The full table of pair counts as a model of its own, which vectors approximate.

Takes training ``PairCounts``. Gives logits of the saturated model, one free number for each pair of
tokens, to compare vectors with: their optimum if their size were unlimited (Levy & Goldberg 2014),

    x_ab = log( P(b | a) / (k q_g(b)) ),   P(b | a) = (n_ab + s p_g(b)) / (n_ag + s).

The smoothing s adds that many independent pairs to each token and feature, so that pairs never seen
are finite. Where the values of one cell learn from each other, ``p_f(b) / (1 - p_f(a))`` stands in
the place of p_f(b), as no value is beside itself. It is the best of ``SMOOTHINGS`` by leave-one-out
on the training counts, which makes the table as strong a baseline as it can be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.inspection.report.row_gains import BLOCK_CELLS, softplus
from cat2vec.kernels.threads import Workers
from cat2vec.training.problem import Meeting, meetings
from cat2vec.training.solvers.objective import BLOCK_TOKENS, Objective

#: Pairs that are worked on at a time.
_PAIRS = 1 << 20

SMOOTHINGS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1e3, 1e4, 1e5, 1e6)


@dataclass(frozen=True, eq=False)
class PairTable:
    """Smoothed pointwise mutual information of all pairs.

    Parameters
    ----------
    evidence : csr_array of shape (n_tokens, n_tokens), float32
        ``log(1 + n_ab / (s p_g(b)))`` for center a and context b; zero for pairs never seen.
    level : ndarray of shape (n_tokens, n_features), float64
        ``-log(1 + n_ag / s)``. Evidence plus level is PMI.
    smoothing : float
        s, in pairs.
    """

    evidence: scipy.sparse.csr_array
    level: np.ndarray
    smoothing: float

    @classmethod
    def of(cls, counts: PairCounts, smoothing: float | None = None) -> PairTable:
        """Build the table from training counts; None chooses the smoothing.

        Examples
        --------
        >>> from cat2vec import count_pairs
        >>> counts = count_pairs({"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9})
        >>> table = PairTable.of(counts, smoothing=1.0)
        >>> pmi = table.evidence.toarray() + table.level[:, counts.vocabulary.feature_of_token]
        >>> [f"{number:.2f}" for number in pmi[0, 2:]]  # Oslo with cod and with pasta
        ['0.64', '-2.30']
        """
        vocabulary = counts.vocabulary
        if smoothing is None:
            smoothing = best_smoothing(counts)
        pairs = counts.both_ways
        evidence = np.empty(pairs.nnz, np.float32)
        for start in range(0, pairs.nnz, _PAIRS):
            some = slice(start, min(start + _PAIRS, pairs.nnz))
            places = np.arange(some.start, some.stop)
            centers = np.searchsorted(pairs.indptr, places, side="right") - 1
            shares = _shares_beside(counts, centers, pairs.indices[some])
            evidence[some] = np.log1p(pairs.data[some] / (smoothing * shares))
        level = -np.log1p(counts.with_feature / smoothing)
        alone = np.flatnonzero(~vocabulary.schema.within[vocabulary.feature_of_token])
        level[alone, vocabulary.feature_of_token[alone]] = 0.0
        table = scipy.sparse.csr_array((evidence, pairs.indices, pairs.indptr), shape=pairs.shape)
        return cls(table, level, float(smoothing))

    def gain(self, objective: Objective, crew: Workers) -> float:
        """Compute the gain on the counts of an objective, in nats per pair."""
        counts, vocabulary = objective.counts, objective.counts.vocabulary
        bias = objective.noise.bias.astype(np.float32)
        k_q = objective.noise.k_q.astype(np.float32)
        with_feature, pairs = objective.expected_with, counts.both_ways
        at_zero, missed_at_zero = softplus(bias), softplus(-bias)
        feature = vocabulary.feature_of_token
        tokens = np.flatnonzero(with_feature.any(axis=1))

        def gain_of(meeting: Meeting) -> float:
            block, columns, features = meeting.tokens, meeting.columns, meeting.features
            level = self.level[block].astype(np.float32)[:, feature[columns]]
            logits = self.evidence[block][:, columns].toarray() + level + bias[columns]
            expected = (softplus(logits) - at_zero[columns]) * k_q[columns]
            expected[meeting.itself] = 0.0  # no value is beside itself
            expected = vocabulary.sum_by_feature(expected.T, features).T
            seen = pairs[block][:, columns].tocoo()
            missed = softplus(-logits[seen.row, seen.col]) - missed_at_zero[columns][seen.col]
            found = seen.data.astype(np.float64) @ missed.astype(np.float64)
            return -float((with_feature[block, features] * expected).sum()) - float(found)

        met = vocabulary.sum_by_feature(with_feature) > 0
        blocks = meetings(vocabulary, met, tokens, BLOCK_TOKENS, 4 * BLOCK_CELLS)
        return float(np.sum(crew.map(gain_of, blocks)) / objective.n_pairs)

    def __call__(self, ids: np.ndarray) -> np.ndarray:
        """Add up the evidence of the other cells of rows for every token; see ``hidden_cells``."""
        rows, columns = np.nonzero(ids >= 0)
        ones = np.ones(len(rows), np.float32)
        cells = scipy.sparse.csr_array(
            (ones, (rows, ids[rows, columns])), shape=(len(ids), self.evidence.shape[0])
        )
        return (cells @ self.evidence).toarray()


def best_smoothing(counts: PairCounts) -> float:
    """Choose among ``SMOOTHINGS`` by the log-likelihood of each pair with the others as training.

    Examples
    --------
    >>> from cat2vec import count_pairs
    >>> best_smoothing(count_pairs({"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}))
    1.0
    """
    totals = np.zeros(len(SMOOTHINGS))
    for start in range(0, counts.n_pairs, _PAIRS):
        some = slice(start, start + _PAIRS)
        left, right = counts.left[some], counts.right[some]
        count = counts.count[some].astype(np.float64)
        totals += _likelihoods(counts, left, right, count)
        totals += _likelihoods(counts, right, left, count)
    return SMOOTHINGS[int(totals.argmax())]


def _likelihoods(
    counts: PairCounts, centers: np.ndarray, contexts: np.ndarray, count: np.ndarray
) -> np.ndarray:
    """Add up the log-likelihoods of some pairs for each of ``SMOOTHINGS``."""
    left_out = np.minimum(count, 1.0)
    others = counts.with_feature[centers, counts.vocabulary.feature_of_token[contexts]] - left_out
    shares = _shares_beside(counts, centers, contexts)
    found = np.empty(len(SMOOTHINGS))
    for place, s in enumerate(SMOOTHINGS):
        smoothed = (count - left_out) / (s * shares) + 1.0
        found[place] = count @ (np.log(smoothed) - np.log(others / s + 1.0))
    return found


def _shares_beside(counts: PairCounts, centers: np.ndarray, contexts: np.ndarray) -> np.ndarray:
    """Give the share of each context among those that its center could have, above 0."""
    vocabulary = counts.vocabulary
    feature, rows = vocabulary.feature_of_token, vocabulary.positive_counts
    shares = rows / vocabulary.sum_by_feature(rows)[feature]
    found = shares[contexts]
    if not vocabulary.schema.within.any():
        return np.asarray(found)
    inside = feature[centers] == feature[contexts]
    return np.where(inside, found / (1.0 - np.where(inside, shares[centers], 0.0)), found)
