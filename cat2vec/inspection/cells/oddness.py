"""How odd rows are: rarity and surprise together, each row judged without its own counts.

Takes pair counts and a ``CellModel``. Gives ``Oddness``. Five views of a row, each a sum over its
cells x of features f:

    rarity         w_f r(x)            r(x) = -log share of x
    surprise       w_f (r(x) - log P(x | other cells) + discord(x)), where discord is what single
                   other cells say against x, which in P others may outweigh
    walk           w_f pi(x)           pi: a random walk that goes from value to value of a row, and
                                       to outlying values more often
    company        mean rarity of the other cells of rows that hold x, above what is usual
    contradiction  -log P(x | other cells) - r(x): how much likelier x is by itself

``pi``, and the weights ``w_f`` of features, the sums of it, are those of coupled biased random
walks (CBRW; Pang, Cao and Chen, IJCAI 2016). A missing cell is neither odd nor typical. Each view
has its mean in training rows taken off and is divided by its standard deviation there. Views that
hardly vary are not stretched: a fifth of a nat per cell is added, as to variances, and five nats
per row to contradiction, of which less is chance. Then

    oddness = mean of the first four + max(contradiction - 1/2, 0)

Rare values that go together are odd all the same, so contradiction is no part of the mean: where
there is little, it takes nothing off.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.inspection.cells.model import CellModel, JudgedCells, coded, columns_from
from cat2vec.inspection.cells.pair_evidence import PairEvidence
from cat2vec.kernels.cells import views_of_cells
from cat2vec.kernels.once import cached_property
from cat2vec.kernels.threads import Workers
from cat2vec.tables.encoded import EncodedTable

#: The walk: with which probability it goes on instead of anew, and when it has settled.
_GOES_ON, _MOST_STEPS, _SETTLED = 0.95, 300, 1e-8
#: Rows of usual company that are added to those of each category.
_USUAL_ROWS = 5.0
#: Views, of which the last is contradiction.
N_VIEWS = 5
#: How much a nat of discord counts, as each of many cells that disagree has some.
_DISCORD = 0.6
#: What is added to deviations: nats per cell, and for the walk a share of its mean.
_LEAST_DEVIATION = 0.2
#: The same for contradiction, in nats per row, and deviations that are usual.
_LEAST_CONTRADICTION, _USUAL_CONTRADICTION = 5.0, 0.5


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
    centre : ndarray of shape (5, n_features), float64
    scale : ndarray of shape (5,), float64
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
        company = counts.both_ways @ (rarity - usual[feature])
        centre = np.zeros((N_VIEWS, vocabulary.n_features))
        scale = np.append(np.ones(N_VIEWS - 1), _LEAST_CONTRADICTION)
        if units is not None:
            centre, scale = units
        found = cls(model, weight, walk, rarity, company, usual, centre, scale)
        if units is None and sample is not None and sample.n_rows:
            ids = coded(sample)
            views = found._views(ids, sample, model.judged(sample, crew))
            present = ids != -1
            sums = np.where(present, views, 0.0).sum(axis=1)
            means = sums / np.maximum(present.sum(axis=0), 1)
            # a feature of several values gets one mean: they are alike
            centre = np.array(
                [np.bincount(sample.feature_of_column, m) / sample.n_slots for m in means]
            )
            found = replace(found, centre=centre)
            deviation = found._sums(ids, sample, views).std(axis=1)
            least = _LEAST_DEVIATION * np.array([1.0, 1.0, centre[2].sum(), vocabulary.n_features])
            scale = np.hypot(deviation, np.append(least, _LEAST_CONTRADICTION))
            found = replace(found, scale=np.where(scale > 0, scale, 1.0))
        return found

    def score(self, table: EncodedTable, crew: Workers) -> np.ndarray:
        """Score rows: oddness in standard deviations, 0 for rows without a cell; (n_rows,)."""

        def scored(ids: np.ndarray, judged: JudgedCells) -> np.ndarray:
            sums = self._sums(ids, table, self._views(ids, table, judged)) / self.scale[:, None]
            beyond = np.maximum(sums[-1] - _USUAL_CONTRADICTION, 0.0)
            return np.asarray(sums[:-1].mean(axis=0) + beyond)

        return np.concatenate([np.empty(0), *self.model.judged_blocks(table, crew, scored)])

    def odd_cells(self, table: EncodedTable, crew: Workers) -> tuple[np.ndarray, JudgedCells]:
        """Judge the cells of some rows.

        Returns
        -------
        cells : ndarray of shape (n_rows, n_columns), float64
            What each cell adds to oddness, and to contradiction whether or not it is beyond what is
            usual; NaN for missing ones.
        judged : JudgedCells
        """
        judged, ids = self.model.judged(table, crew), coded(table)
        away = self._away(ids, table, self._views(ids, table, judged))
        away /= self.scale[:, None, None]
        return np.where(ids == -1, np.nan, away[:-1].mean(axis=0) + away[-1]), judged

    def _views(self, ids: np.ndarray, table: EncodedTable, judged: JudgedCells) -> np.ndarray:
        """Give the views of each cell: (5, n_rows, n_columns)."""
        feature = table.feature_of_column
        out = np.empty((N_VIEWS, *ids.shape))
        views_of_cells(
            ids, feature.astype(np.int64), columns_from(table), judged.log_chance, judged.discord,
            _DISCORD, self.weight, self.usual, -self.model.evidence.log_share_unseen,
            self._walk_unseen, self.rarity, self.walk, self.company, self._rows_of_company, out,
        )  # fmt: skip
        return out

    @cached_property
    def _walk_unseen(self) -> np.ndarray:
        return self.weight / np.maximum(np.diff(self.model.vocabulary.offsets), 1)

    @cached_property
    def _rows_of_company(self) -> np.ndarray:
        return np.maximum(self.model.vocabulary.counts - 1.0 + _USUAL_ROWS, 1.0)

    def _sums(self, ids: np.ndarray, table: EncodedTable, views: np.ndarray) -> np.ndarray:
        """Add up the views of the cells of each row, those that are there: (5, n_rows)."""
        return np.asarray(self._away(ids, table, views).sum(axis=2))

    def _away(self, ids: np.ndarray, table: EncodedTable, views: np.ndarray) -> np.ndarray:
        """Give how far the views of cells are from their means; 0 for missing cells."""
        return np.where(ids != -1, views - self.centre[:, None, table.feature_of_column], 0.0)


def _walk(counts: PairCounts) -> np.ndarray:
    """Share of each value in a walk over values that prefers outlying ones: (n_tokens,)."""
    vocabulary = counts.vocabulary
    feature, share = vocabulary.feature_of_token, vocabulary.shares
    most = np.zeros(vocabulary.n_features)
    np.maximum.at(most, feature, share)
    most = np.where(most > 0, most, 1.0)[feature]
    outlying = ((1.0 - most) + (most - share) / most) / 2
    pairs = counts.both_ways
    wanted = outlying / vocabulary.positive_counts
    out = pairs @ wanted
    # from a to b by n_ab wanted_b / out_a; counts are the same both ways
    chances = np.repeat(wanted, np.diff(pairs.indptr))
    chances *= pairs.data
    chances /= np.where(out > 0, out, 1.0)[pairs.indices]
    back = scipy.sparse.csr_array((chances, pairs.indices, pairs.indptr), shape=pairs.shape)
    n_tokens = max(vocabulary.n_tokens, 1)
    walk = np.full(vocabulary.n_tokens, 1.0 / n_tokens)
    for _ in range(_MOST_STEPS):
        before = walk
        walk = (1.0 - _GOES_ON) / n_tokens + _GOES_ON * (back @ walk)
        if np.abs(walk - before).sum() < _SETTLED:
            break
    return np.asarray(walk / walk.sum())
