"""How odd rows are: rarity and surprise together, each row judged without its own counts.

Takes pair counts and a ``CellModel``. Gives ``Oddness``. Four views of a row, each a sum over its
cells x of features f:

    rarity     w_f r(x)                r(x) = -log share of x
    surprise   w_f (r(x) - log P(x | other cells) + discord(x)), where discord is what single other
               cells say against x, which in P others may outweigh
    walk       w_f pi(x)               pi: a random walk that goes from value to value of a row, and
                                       to outlying values more often
    company    mean rarity of the other cells of rows that hold x, above what is usual

``pi``, and the weights ``w_f`` of features, the sums of it, are those of coupled biased random
walks (CBRW; Pang, Cao and Chen, IJCAI 2016). A missing cell is neither odd nor typical. Oddness is
the mean of the four views, each minus its mean and divided by its standard deviation in training
rows. Views that hardly vary are not stretched: a fifth of a nat per cell is added, as to variances.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.inspection.cells.model import CellModel, JudgedCells, coded
from cat2vec.inspection.cells.pair_evidence import PairEvidence
from cat2vec.kernels.threads import Workers
from cat2vec.tables.encoded import EncodedTable

#: The walk: with which probability it goes on instead of anew, and when it has settled.
_GOES_ON, _MOST_STEPS, _SETTLED = 0.95, 300, 1e-8
#: Rows of usual company that are added to those of each category.
_USUAL_ROWS = 5.0
_VIEWS = 4
#: How much a nat of discord counts, as each of many cells that disagree has some.
_DISCORD = 0.6
#: What is added to deviations: nats per cell, and for the walk a share of its mean.
_LEAST_DEVIATION = 0.2


@dataclass(frozen=True, eq=False)
class Oddness:
    """A score of rows.

    Parameters
    ----------
    model : CellModel
        Of pair counts.
    weight : ndarray of shape (n_features,), float64
        How much features count; the sum is 1.
    walk, rarity, company : ndarray of shape (n_tokens,), float64
        Share of the walk; minus log share without the row; sum over all rows with the token of the
        rarity of their other cells, above the mean of each feature.
    usual : ndarray of shape (n_features,), float64
        Mean rarity of each feature.
    centre : ndarray of shape (4, n_features), float64
    scale : ndarray of shape (4,), float64
        Means of the views of cells, and standard deviations of those of rows, in training rows.
    """

    model: CellModel
    weight: np.ndarray
    walk: np.ndarray
    rarity: np.ndarray
    company: np.ndarray
    usual: np.ndarray
    centre: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(
        cls,
        counts: PairCounts,
        model: CellModel,
        sample: EncodedTable | None,
        crew: Workers,
        units: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> Oddness:
        """Learn what is odd.

        Parameters
        ----------
        counts : PairCounts
            Those of the model.
        model : CellModel
        sample : EncodedTable or None
            Training rows, which say how much the views vary.
        crew : Workers
        units : tuple of ndarray or None
            ``centre`` and ``scale``, in place of the sample.
        """
        evidence = model.evidence
        assert isinstance(evidence, PairEvidence)
        vocabulary = counts.vocabulary
        feature = vocabulary.feature_of_token
        walk = _walk(counts)
        weight = vocabulary.sum_by_feature(walk)
        rarity = -evidence.log_share_without
        usual = vocabulary.sum_by_feature(rarity * vocabulary.shares)
        company = counts.both_ways.astype(np.float64) @ (rarity - usual[feature])
        centre, scale = units or (np.zeros((_VIEWS, vocabulary.n_features)), np.ones(_VIEWS))
        found = cls(model, weight, walk, rarity, company, usual, centre, scale)
        if units is None and sample is not None and sample.n_rows:
            views = found._views(sample, model.judged(sample, crew))
            present = coded(sample) != -1
            sums = np.where(present, views, 0.0).sum(axis=1)
            means = sums / np.maximum(present.sum(axis=0), 1)
            # a feature of several values gets one mean: they are alike
            centre = np.array(
                [np.bincount(sample.feature_of_column, m) / sample.n_slots for m in means]
            )
            found = replace(found, centre=centre)
            deviation = found._sums(sample, views).std(axis=1)
            least = np.array([1.0, 1.0, centre[2].sum(), vocabulary.n_features])
            scale = np.hypot(deviation, _LEAST_DEVIATION * least)
            found = replace(found, scale=np.where(scale > 0, scale, 1.0))
        return found

    def score(
        self, table: EncodedTable, crew: Workers
    ) -> tuple[np.ndarray, np.ndarray, JudgedCells]:
        """Score rows.

        Returns
        -------
        rows : ndarray of shape (n_rows,), float64
            Oddness, in standard deviations; 0 for rows without a cell.
        cells : ndarray of shape (n_rows, n_columns), float64
            Rarity plus surprise of each cell, in nats and weighted; NaN for missing ones.
        judged : JudgedCells
        """
        judged = self.model.judged(table, crew)
        views = self._views(table, judged)
        rows = (self._sums(table, views) / self.scale[:, None]).mean(axis=0)
        return rows, np.where(coded(table) == -1, np.nan, views[1]), judged

    def _views(self, table: EncodedTable, judged: JudgedCells) -> np.ndarray:
        """Give the views of each cell: (4, n_rows, n_columns)."""
        vocabulary, feature = table.vocabulary, table.feature_of_column
        ids = coded(table)
        known = ids >= 0
        at = np.maximum(ids, 0)
        unseen = -self.model.evidence.log_share_unseen[feature]
        rarity = np.where(known, self.rarity[at], unseen)
        sizes = np.maximum(np.diff(vocabulary.offsets), 1)
        walk = np.where(known, self.walk[at], (self.weight / sizes)[feature])
        above = np.where(known, rarity - self.usual[feature], 0.0)
        others = above.sum(axis=1, keepdims=True) - above
        if table.is_multivalued:
            for position in np.flatnonzero(table.n_slots > 1).tolist():
                mine = feature == position
                others[:, mine] = (above.sum(axis=1) - above[:, mine].sum(axis=1))[:, None]
        rows = vocabulary.counts[at] - 1.0 + _USUAL_ROWS
        company = np.where(known, (self.company[at] - others) / np.maximum(rows, 1.0), 0.0)
        weight = self.weight[feature]
        surprise = _DISCORD * judged.discord - np.nan_to_num(judged.log_chance)
        return np.array([weight * rarity, weight * (rarity + surprise), weight * walk, company])

    def _sums(self, table: EncodedTable, views: np.ndarray) -> np.ndarray:
        """Add up the views of the cells of each row, those that are there: (4, n_rows)."""
        present = coded(table) != -1
        away = views - self.centre[:, None, table.feature_of_column]
        return np.asarray(np.where(present, away, 0.0).sum(axis=2))


def _walk(counts: PairCounts) -> np.ndarray:
    """Share of each value in a walk over values that prefers outlying ones: (n_tokens,)."""
    vocabulary = counts.vocabulary
    feature, share = vocabulary.feature_of_token, vocabulary.shares
    most = np.zeros(vocabulary.n_features)
    np.maximum.at(most, feature, share)
    most = np.where(most > 0, most, 1.0)[feature]
    outlying = ((1.0 - most) + (most - share) / most) / 2
    pairs = counts.both_ways.astype(np.float64)
    steps = pairs @ scipy.sparse.diags_array(outlying / vocabulary.positive_counts)
    out = np.asarray(steps.sum(axis=1)).ravel()
    back = (scipy.sparse.diags_array(1.0 / np.where(out > 0, out, 1.0)) @ steps).T.tocsr()
    n_tokens = max(vocabulary.n_tokens, 1)
    walk = np.full(vocabulary.n_tokens, 1.0 / n_tokens)
    for _ in range(_MOST_STEPS):
        before = walk
        walk = (1.0 - _GOES_ON) / n_tokens + _GOES_ON * (back @ walk)
        if np.abs(walk - before).sum() < _SETTLED:
            break
    return np.asarray(walk / walk.sum())
