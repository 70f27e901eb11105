"""What pair counts say of a cell: a log ratio for each pair of tokens, shrunk by what it rests on.

Takes ``PairCounts``. Gives ``PairEvidence``: for a token a of feature f and a category b of g

    evidence_ab = log(1 + n_ab / (kappa_fg share_b))

which is log p(b | a) / p(b), up to what is the same for all b, where ``kappa_fg`` rows that know
nothing are added to the rows of a. It is chosen for each ordered pair of features so that each row
is predicted best by the others. Knows nothing of how pieces of evidence are weighed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.kernels.cells import (
    judge_cells,
    judge_feature,
    lay_out_evidence,
    score_categories,
)
from cat2vec.kernels.evidence import add_up_gains, fill_table, weigh_pairs
from cat2vec.kernels.threads import Workers
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Rows that are added, as far as they are tried.
SMOOTHINGS = 2.0 ** np.arange(-1, 21)
#: Features that are heard about another one, those that tell most of it: so time is linear in
#: features.
MOST_HEARD = 24
#: Rows added to each category, so that one that stands in no other row is not impossible.
EXTRA = 0.5
#: Categories of a feature, and numbers in a table, up to which evidence is laid out densely.
_DENSE_SIZE, _DENSE_NUMBERS = 256, 1 << 20
#: Pairs that are worked on at a time when smoothings are compared, and sums held at once.
_BLOCK_PAIRS, _SUMS = 1 << 20, 1 << 23


@dataclass(frozen=True, eq=False)
class PairEvidence:
    """Evidence of counted pairs.

    Parameters
    ----------
    vocabulary : Vocabulary
    heard : ndarray of shape (n_features, K), int64
        Of each feature, those that are heard about it, -1 behind the last.
    log_share, log_share_without : ndarray of shape (n_tokens,), float64
        Log of the share of each token in its feature; and with one of its rows taken away.
    log_share_unseen : ndarray of shape (n_features,), float64
        What a category without any row has.
    starts, indices, evidence, without : ndarray
        See ``cat2vec.kernels.cells``.
    level : ndarray of shape (n_tokens, n_features), float32
        Evidence for a category that meets the token as often as its share says.
    offset : ndarray of shape (n_tokens,), float64
        What is added to log shares where all features are heard; see ``temperatures_of``.
    """

    vocabulary: Vocabulary
    heard: np.ndarray
    log_share: np.ndarray
    log_share_without: np.ndarray
    log_share_unseen: np.ndarray
    starts: np.ndarray
    indices: np.ndarray
    evidence: np.ndarray
    without: np.ndarray
    level: np.ndarray
    offset: np.ndarray

    @classmethod
    def of(cls, counts: PairCounts, crew: Workers) -> PairEvidence:
        """Weigh the pairs of training counts.

        Parameters
        ----------
        counts : PairCounts
            Pooled, and without the pairs of features that are not to learn from each other.
        crew : Workers

        Examples
        --------
        >>> from cat2vec import count_pairs
        >>> from cat2vec.kernels.threads import workers
        >>> counts = count_pairs({"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9})
        >>> with workers(1) as crew:
        ...     found = PairEvidence.of(counts, crew)
        >>> found.heard.tolist()
        [[1], [0]]
        """
        vocabulary = counts.vocabulary
        shares = LogShares.of(vocabulary)
        kappa, told = smoothing_of(counts, shares.log_share, crew)
        pairs = counts.both_ways
        starts = np.empty((vocabulary.n_tokens, vocabulary.n_features + 1), np.int64)
        evidence, without = np.empty((2, pairs.nnz), np.float32)
        indices = pairs.indices.astype(np.int32, copy=False)
        feature = vocabulary.feature_of_token.astype(np.int64, copy=False)
        weigh_pairs(
            pairs.indptr.astype(np.int64, copy=False), indices, pairs.data, feature, kappa,
            np.exp(shares.log_share), np.exp(shares.log_share_without), starts, evidence, without,
        )  # fmt: skip
        others = np.maximum(counts.with_feature - 1.0, 0.0)
        return cls(
            vocabulary,
            most_telling(told),
            shares.log_share,
            shares.log_share_without,
            shares.log_share_unseen,
            starts,
            indices,
            evidence,
            without,
            np.log1p(others / kappa[feature]).astype(np.float32),
            np.zeros(vocabulary.n_tokens),
        )

    def laid_out(
        self, ids: np.ndarray, own: np.ndarray, first: np.ndarray, position: int
    ) -> np.ndarray:
        """Give what each heard feature says for each category: (K, rows, m) float64."""
        heard = self.heard[position][self.heard[position] >= 0]
        start, stop = self.vocabulary.offsets[position : position + 2].tolist()
        out = np.zeros((len(heard), len(ids), stop - start))
        lay_out_evidence(
            ids, own, first, heard, position, start, self.starts, self.indices, self.evidence,
            self.without, out,
        )  # fmt: skip
        return out

    def scores(
        self,
        ids: np.ndarray,
        own: np.ndarray,
        first: np.ndarray,
        position: int,
        temperature: np.ndarray,
    ) -> np.ndarray:
        """Score each category of a feature, (rows, m): log share plus weighed evidence."""
        heard = self.heard[position][self.heard[position] >= 0]
        start, stop = self.vocabulary.offsets[position : position + 2].tolist()
        out = np.empty((len(ids), stop - start))
        score_categories(
            ids, own, first, heard, temperature[position, : len(heard)], position, start,
            self.offset, self.log_share, self.log_share_without, self.starts, self.indices,
            self.evidence, self.without, out,
        )  # fmt: skip
        return out

    def tables(self, temperature: np.ndarray, one_value: np.ndarray) -> list[DenseTable | None]:
        """Lay out densely, for each feature, what is heard about it, where that is little.

        ``one_value`` says which features have one value in a cell: the others, and features of many
        categories, get none.
        """
        return [
            self._table(position, temperature[position], one_value)
            for position in range(len(self.heard))
        ]

    def _table(
        self, position: int, temperature: np.ndarray, one_value: np.ndarray
    ) -> DenseTable | None:
        offsets = self.vocabulary.offsets
        heard = self.heard[position][self.heard[position] >= 0]
        start, stop = offsets[position : position + 2].tolist()
        sizes = np.diff(offsets)[heard]
        n_rows, size = int(sizes.sum()), stop - start
        if not one_value[[position, *heard]].all() or not 0 < size <= _DENSE_SIZE:
            return None
        if n_rows * size > _DENSE_NUMBERS:
            return None
        tokens = np.concatenate(
            [np.arange(0), *(np.arange(*offsets[f : f + 2]) for f in heard.tolist())]
        )
        weights = np.repeat(temperature[: len(heard)], sizes)
        with_row, without = np.zeros((2, n_rows, size), np.float32)
        for values, out in ((self.evidence, with_row), (self.without, without)):
            fill_table(tokens, weights, position, start, self.starts, self.indices, values, out)
        offset = (self.offset[start:stop] / max(len(heard), 1)).astype(np.float32)
        shift = np.cumsum(sizes) - sizes - offsets[heard]
        level = (weights * self.level[tokens, position]).astype(np.float32)
        return DenseTable(heard, shift, with_row + offset, without + offset, level, offset)

    def judged(
        self,
        ids: np.ndarray,
        own: np.ndarray,
        first: np.ndarray,
        temperature: np.ndarray,
        tables: list[DenseTable | None],
    ) -> tuple[np.ndarray, ...]:
        """Judge every cell of some rows; see ``judge_cells`` and ``judge_feature``."""
        n_rows, n_features = len(ids), self.vocabulary.n_features
        log_chance = np.empty(ids.shape, order="F")
        discord = np.empty(ids.shape, order="F")
        best = np.empty((n_rows, n_features), np.int64, order="F")
        log_chance_best = np.empty(best.shape, order="F")
        by_column = np.asfortranarray(ids, np.int32)
        shares, without = (
            part.astype(np.float32) for part in (self.log_share, self.log_share_without)
        )
        for position, table in enumerate(tables):
            if table is None:
                continue
            start, stop = self.vocabulary.offsets[position : position + 2].tolist()
            column = first[position]
            judge_feature(
                by_column, first[table.heard], table.shift, column, start, own, table.evidence,
                table.without, table.level, table.offset, shares[start:stop], without[start:stop],
                self.log_share_unseen[position], log_chance[:, column], best[:, position],
                log_chance_best[:, position], discord[:, column],
            )  # fmt: skip
        is_judged = np.array([table is not None for table in tables], bool)
        if not is_judged.all():
            judge_cells(
                ids, own, first, self.heard, temperature, self.vocabulary.offsets, self.by_share,
                self.vocabulary.sum_by_feature(self.offset != 0) > 0, self.offset, self.log_share,
                self.log_share_without, self.log_share_unseen, self.starts, self.indices,
                self.evidence, self.without, self.level, is_judged, log_chance, best,
                log_chance_best, discord,
            )  # fmt: skip
        return log_chance, best, log_chance_best, discord

    @property
    def by_share(self) -> np.ndarray:
        """Tokens, those of each feature together, most frequent first: (n_tokens,) int64."""
        tokens = np.arange(self.vocabulary.n_tokens)
        return np.lexsort((tokens, -self.log_share, self.vocabulary.feature_of_token))


@dataclass(frozen=True, eq=False)
class DenseTable:
    """What is heard about a feature, times temperature: rows for the tokens that are heard.

    A token of feature ``heard[k]`` has the row of its id plus ``shift[k]``. ``offset`` is what each
    feature adds of the offsets, and is in ``evidence`` and ``without`` already.
    """

    heard: np.ndarray
    shift: np.ndarray
    evidence: np.ndarray
    without: np.ndarray
    level: np.ndarray
    offset: np.ndarray


@dataclass(frozen=True, eq=False)
class LogShares:
    """Logs of the shares of categories in their features; see ``PairEvidence``."""

    log_share: np.ndarray
    log_share_without: np.ndarray
    log_share_unseen: np.ndarray

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> LogShares:
        """Take them from the counts of a vocabulary."""
        sizes = np.diff(vocabulary.offsets)
        totals = np.maximum(vocabulary.present + EXTRA * sizes, EXTRA)
        total = totals[vocabulary.feature_of_token]
        counts = vocabulary.counts.astype(np.float64)
        return cls(
            np.log((counts + EXTRA) / total),
            np.log((np.maximum(counts - 1.0, 0.0) + EXTRA) / total),
            np.log(EXTRA / totals),
        )


def smoothing_of(
    counts: PairCounts, log_share: np.ndarray, crew: Workers
) -> tuple[np.ndarray, np.ndarray]:
    """Choose how many rows are added, by the likelihood of each pair with the others as training.

    Returns
    -------
    kappa : ndarray of shape (n_features, n_features), float64
        ``kappa[f, g]`` for what f says of g; one of ``SMOOTHINGS``.
    told : ndarray of shape (n_features, n_features), float64
        Nats by which all rows together are predicted better than by shares; at most 0 where f says
        nothing of g.
    """
    vocabulary = counts.vocabulary
    feature = vocabulary.feature_of_token.astype(np.int64, copy=False)
    n_features = vocabulary.n_features
    share = np.exp(log_share)

    def sums_of(block: slice) -> np.ndarray:
        sums = np.zeros((n_features, n_features, len(SMOOTHINGS)))
        add_up_gains(
            counts.left[block], counts.right[block], counts.count[block].astype(np.float64),
            feature, share, SMOOTHINGS, sums,
        )  # fmt: skip
        return sums

    ends = [*range(0, counts.n_pairs, _BLOCK_PAIRS), counts.n_pairs]
    blocks = [slice(start, stop) for start, stop in pairwise(ends)]
    gains = np.zeros((n_features, n_features, len(SMOOTHINGS)))
    at_once = max(1, _SUMS // gains.size)
    for first in range(0, len(blocks), at_once):
        for sums in crew.map(sums_of, blocks[first : first + at_once]):
            gains += sums
    totals = np.moveaxis(gains, 2, 0)
    for place, kappa in enumerate(SMOOTHINGS.tolist()):
        rows = counts.with_feature
        spread = rows * np.log1p(np.maximum(rows - 1.0, 0.0) / kappa)
        totals[place] -= vocabulary.sum_by_feature(spread)
    chosen = totals.argmax(axis=0)
    return SMOOTHINGS[chosen], np.take_along_axis(totals, chosen[None], axis=0)[0]


def share_heard(ids: np.ndarray, first: np.ndarray, heard: np.ndarray) -> np.ndarray:
    """Give the share of some features of which each row has a cell: (n_rows,) float64.

    Examples
    --------
    >>> ids = np.array([[0, 2, -1], [1, -1, -2]])
    >>> share_heard(ids, np.arange(4), np.array([0, 1])).tolist()
    [1.0, 0.5]
    """
    present = [(ids[:, first[f] : first[f + 1]] >= 0).any(axis=1) for f in heard.tolist()]
    total = sum(present, np.zeros(len(ids)))
    return np.asarray(total / max(len(heard), 1))


def most_telling(told: np.ndarray) -> np.ndarray:
    """Name the features that tell most of each, in order of features: (n_features, K) int64.

    Examples
    --------
    >>> most_telling(np.array([[0.0, 3.0, -1.0], [2.0, 0.0, 0.0], [1.0, 5.0, 0.0]])).tolist()
    [[1, 2], [0, 2], [-1, -1]]
    """
    n_features = len(told)
    told = told.copy()
    np.fill_diagonal(told, -np.inf)
    most = max(1, min(MOST_HEARD, n_features - 1))
    order = np.argsort(-told, axis=0, kind="stable")[:most].T
    tells = np.take_along_axis(told.T, order, axis=1) > 0
    heard = np.sort(np.where(tells, order, n_features), axis=1)
    return np.where(heard < n_features, heard, -1).astype(np.int64)
