"""What else fills missing cells and finds odd rows of categories: peers of ``cells.py``.

Takes tables of integer codes, -1 for a missing cell. Gives filled codes, or scores of rows.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors
from sklearn.preprocessing import OneHotEncoder

#: Steps of CBRW, and the chance that its walk goes on (Pang, Cao and Chen, IJCAI 2016).
_STEPS, _GOES_ON = 200, 0.95
#: LOF compares all rows with all others: more are not tried.
MOST_ROWS_LOF = 30_000
_NEIGHBOURS, _TREES, _ROUNDS = 10, 30, 2


def rarity(codes: np.ndarray) -> np.ndarray:
    """Minus the log share of each cell, added up (SPAD, HBOS)."""
    return sum(-np.log(np.bincount(column) / len(column))[column] for column in codes.T)


def cbrw(codes: np.ndarray) -> np.ndarray:
    """Coupled biased random walks over values."""
    sizes = codes.max(axis=0) + 1
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    ids = codes + offsets[:-1]
    share = np.bincount(ids.ravel(), minlength=offsets[-1]) / len(codes)
    feature = np.repeat(np.arange(len(sizes)), sizes)
    mode = np.array([share[a:b].max() for a, b in pairwise(offsets)])[feature]
    outlying = ((1 - mode) + (mode - share) / mode) / 2
    rows = OneHotEncoder(categories=[np.arange(n) for n in sizes]).fit_transform(codes)
    together = (rows.T @ rows).toarray()
    together[feature[:, None] == feature] = 0
    steps = together / np.maximum(share * len(codes), 1) * outlying
    steps /= steps.sum(axis=1, keepdims=True) + 1e-300
    walk = np.full(len(share), 1 / len(share))
    for _ in range(_STEPS):
        walk = (1 - _GOES_ON) / len(share) + _GOES_ON * (steps.T @ walk)
    relevance = np.bincount(feature, walk)
    return (relevance[feature] * walk)[ids].sum(axis=1)


def isolation_forest(codes: np.ndarray) -> np.ndarray:
    rows = OneHotEncoder().fit_transform(codes)
    return -IsolationForest(random_state=0).fit(rows).score_samples(rows)


def local_outlier_factor(codes: np.ndarray) -> np.ndarray | None:
    if len(codes) > MOST_ROWS_LOF:
        return None
    rows = OneHotEncoder().fit_transform(codes)
    return -LocalOutlierFactor(20).fit(rows).negative_outlier_factor_


def mode(codes: np.ndarray) -> np.ndarray:
    filled = codes.copy()
    for column in filled.T:
        column[column < 0] = np.bincount(column[column >= 0]).argmax()
    return filled


def nearest_rows(codes: np.ndarray) -> np.ndarray:
    """The most frequent category among the rows that agree in most cells."""
    filled, most = codes.copy(), mode(codes)
    rows = OneHotEncoder(handle_unknown="ignore").fit_transform(np.where(codes < 0, -1, codes))
    near = NearestNeighbors(n_neighbors=5 * _NEIGHBOURS, metric="cosine").fit(rows)
    _, found = near.kneighbors(rows)
    for column in range(codes.shape[1]):
        for row in np.flatnonzero(codes[:, column] < 0).tolist():
            theirs = codes[found[row], column]
            theirs = theirs[theirs >= 0][:_NEIGHBOURS]
            filled[row, column] = np.bincount(theirs).argmax() if len(theirs) else most[row, column]
    return filled


def forests(codes: np.ndarray) -> np.ndarray:
    """MissForest: each column from all others by random forests, from the mode on, in rounds."""
    filled = mode(codes)
    order = np.argsort((codes < 0).sum(axis=0))
    for _ in range(_ROUNDS):
        for column in order.tolist():
            gaps = codes[:, column] < 0
            if not gaps.any() or gaps.all():
                continue
            others = np.delete(filled, column, axis=1)
            forest = RandomForestClassifier(_TREES, random_state=0, n_jobs=1)
            forest.fit(others[~gaps], codes[~gaps, column])
            filled[gaps, column] = forest.predict(others[gaps])
    return filled


DETECTORS: dict[str, Any] = {
    "rarity": rarity,
    "CBRW": cbrw,
    "isolation forest": isolation_forest,
    "LOF": local_outlier_factor,
}
IMPUTERS: dict[str, Any] = {"mode": mode, "10 nearest rows": nearest_rows, "forests": forests}
