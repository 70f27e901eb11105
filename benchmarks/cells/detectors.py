"""What else finds odd rows of categories: peers of ``odd_rows.py``.

Takes tables of integer codes without gaps. Gives scores of rows, higher for odder ones. ECOD and
COPOD are those of PyOD, which the extra ``benchmarks`` brings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.sparse
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor
from sklearn.preprocessing import OneHotEncoder

#: Steps of CBRW, and the chance that its walk goes on (Pang, Cao and Chen, IJCAI 2016).
_STEPS, _GOES_ON = 200, 0.95
#: The share of values that POP selects, and its rounds at most: it may go in circles.
_SELECTED, _MOST_ROUNDS = 0.3, 1000
_TREES, _NEIGHBOURS = 100, 20


@dataclass(frozen=True)
class Values:
    """The values of all columns as one list, and the rows that hold them.

    Parameters
    ----------
    ids : ndarray of shape (n_rows, n_columns), int64
        Places in the list.
    feature : ndarray of shape (n_values,), int64
        The column of each value.
    rows_with : ndarray of shape (n_values,), int64
        In how many rows each value stands.
    most : ndarray of shape (n_values,), int64
        In how many rows the most frequent value of its column stands.
    together : csr_array of shape (n_values, n_values), int64
        In how many rows two values stand; on the diagonal ``rows_with``.
    """

    ids: np.ndarray
    feature: np.ndarray
    rows_with: np.ndarray
    most: np.ndarray
    together: scipy.sparse.csr_array

    @classmethod
    def of(cls, codes: np.ndarray) -> Values:
        sizes = codes.max(axis=0) + 1
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        ids = codes + offsets[:-1]
        feature = np.repeat(np.arange(len(sizes)), sizes)
        rows_with = np.bincount(ids.ravel(), minlength=offsets[-1])
        most = np.array([rows_with[a:b].max() for a, b in pairwise(offsets)])[feature]
        ones = np.ones(ids.size, np.int64)
        starts = np.arange(0, ids.size + 1, ids.shape[1])
        rows = scipy.sparse.csr_array((ones, ids.ravel(), starts), (len(ids), offsets[-1]))
        return cls(ids, feature, rows_with, most, (rows.T @ rows).tocsr())


def rarity(codes: np.ndarray) -> np.ndarray:
    """Minus the log share of each cell, added up (SPAD, HBOS)."""
    values = Values.of(codes)
    return -np.log(values.rows_with / len(codes))[values.ids].sum(axis=1)


def cbrw(codes: np.ndarray) -> np.ndarray:
    """Coupled biased random walks over values."""
    values = Values.of(codes)
    share, mode = values.rows_with / len(codes), values.most / len(codes)
    outlying = ((1 - mode) + (mode - share) / mode) / 2
    pairs = values.together.tocoo()
    weight = pairs.data / values.rows_with[pairs.col] * outlying[pairs.col]
    weight[values.feature[pairs.row] == values.feature[pairs.col]] = 0
    total = np.bincount(pairs.row, weight, len(share)) + 1e-300
    weight /= total[pairs.row]
    back = scipy.sparse.csr_array((weight, (pairs.col, pairs.row)), pairs.shape)
    walk = np.full(len(share), 1 / len(share))
    for _ in range(_STEPS):
        walk = (1 - _GOES_ON) / len(share) + _GOES_ON * (back @ walk)
    return _of_rows(values, walk)


def pop(codes: np.ndarray) -> np.ndarray:
    """Partial outlierness propagation (Pang, Xu, Cao and Zhao, CIKM 2017).

    Values are odd at first by how much rarer they are than the mode of their column, and that than
    the largest mode. Then again and again by the oddness of the values that they stand with, of
    which only the oddest count, until the same ones are selected in the same order.
    """
    values = Values.of(codes)
    largest = values.most.max()
    rarer = (values.most - values.rows_with) / values.most
    score = (rarer + (largest - values.most) / largest) / 2
    # P(column value | row value), each column divided by its sum
    spread = values.together.multiply(1 / values.rows_with[:, None]).tocsc()
    spread = spread.multiply(1 / spread.sum(axis=0)[None, :]).tocsc()
    selected = _oddest(score)
    for _ in range(_MOST_ROUNDS):
        score = spread[:, selected] @ score[selected]
        score /= score.sum()
        before, selected = selected, _oddest(score)
        if np.array_equal(before, selected):
            break
    return _of_rows(values, score)


def _oddest(score: np.ndarray) -> np.ndarray:
    return np.argsort(-score, kind="stable")[: max(int(_SELECTED * len(score)), 1)]


def _of_rows(values: Values, score: np.ndarray) -> np.ndarray:
    """Add up the scores of the values of each row, weighed by those of all values of the column."""
    relevance = np.bincount(values.feature, score)
    return (relevance[values.feature] * score)[values.ids].sum(axis=1)


def isolation_forest(codes: np.ndarray) -> np.ndarray:
    rows = OneHotEncoder().fit_transform(codes)
    forest = IsolationForest(n_estimators=_TREES, random_state=0, n_jobs=1)
    return -forest.fit(rows).score_samples(rows)


def local_outlier_factor(codes: np.ndarray) -> np.ndarray:
    rows = OneHotEncoder().fit_transform(codes)
    return -LocalOutlierFactor(_NEIGHBOURS, n_jobs=1).fit(rows).negative_outlier_factor_


def ecod(codes: np.ndarray) -> np.ndarray:
    from pyod.models.ecod import ECOD

    return ECOD(n_jobs=1).fit(_dense(codes)).decision_scores_


def copod(codes: np.ndarray) -> np.ndarray:
    from pyod.models.copod import COPOD

    return COPOD(n_jobs=1).fit(_dense(codes)).decision_scores_


def _dense(codes: np.ndarray) -> np.ndarray:
    return OneHotEncoder(sparse_output=False).fit_transform(codes)


DETECTORS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "rarity": rarity,
    "CBRW": cbrw,
    "POP": pop,
    "ECOD": ecod,
    "COPOD": copod,
    "isolation forest": isolation_forest,
    "LOF": local_outlier_factor,
}
