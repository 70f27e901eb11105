"""Clusters of rows: centres, the nearest centre of a row, and what is typical of each cluster.

Takes rows of numbers of length 1, and encoded rows. Clusters are those of ``clusters``: directions,
added one at a time without a seed. Knows nothing of how rows became numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cat2vec.inspection.clusters import best_labels, centres_of, silhouettes
from cat2vec.kernels.threads import Workers
from cat2vec.tables.encoded import EncodedTable
from cat2vec.vectors.frames import category_index

if TYPE_CHECKING:
    import pandas as pd

#: Centres are found on at most so many rows; all rows go to the nearest of them.
MOST_ROWS = 10_000
#: Rows that are compared with the centres at a time.
_BLOCK_ROWS = 1 << 12
#: Numbers of rows that have axes of their own.
_NUMBERS = 256
#: Axes along which rows spread less than this share of the most are rounding.
_NO_SPREAD = 1e-10


def centres_of_rows(
    rows: np.ndarray, n_clusters: int | None, seed: int, crew: Workers
) -> tuple[np.ndarray, float]:
    """Find the centres of clusters of rows.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, d), float32
        Of length 1, or 0 where a row says nothing.
    n_clusters : int or None
        None takes the number from 2 to 10 with the best silhouette.
    seed : int
        Which rows are taken, where there are more than ``MOST_ROWS``.
    crew : Workers

    Returns
    -------
    centres : ndarray of shape (n_found, d), float64
        Of length 1, that of the largest cluster first, of equals that of the first row; as many as
        asked for, or fewer where rows have fewer directions.
    silhouette : float
        Mean over the rows taken, with cosine distances; 0 for one cluster.
    """
    given = np.flatnonzero(rows.any(axis=1))
    if len(given) > MOST_ROWS:
        given = np.sort(np.random.default_rng(seed).permutation(given)[:MOST_ROWS])
    units = rows[given].astype(np.float64)
    if not len(units):
        return np.zeros((0, rows.shape[1])), 0.0
    axes = _axes_of(units)
    units = np.hstack([units[:, part] @ own for part, own in axes])
    labels = best_labels(units, np.ones(len(units)), n_clusters)
    ends = np.cumsum([own.shape[1] for _, own in axes])[:-1]
    parts = np.split(centres_of(units, labels), ends, axis=1)
    centres = np.hstack([part @ own.T for part, (_, own) in zip(parts, axes, strict=True)])
    labels = nearest_centres(rows, centres, crew)
    kept, first, sizes = np.unique(labels[labels >= 0], return_index=True, return_counts=True)
    centres = centres[kept[np.lexsort((first, -sizes))]]
    found = np.unique(nearest_centres(rows[given], centres, crew), return_inverse=True)[1]
    return centres, float(silhouettes(units, found).mean())


def _axes_of(units: np.ndarray) -> list[tuple[slice, np.ndarray]]:
    """Give axes in which rows keep all they have: far fewer where features are small.

    A feature of m categories spreads along m - 1 of its numbers, whatever ``vector_size`` is. Some
    hundred numbers at a time have axes of their own, (n_numbers, n_axes): those of all at once are
    not many fewer, and would take time with the cube of the numbers.
    """
    parts = [slice(first, first + _NUMBERS) for first in range(0, units.shape[1], _NUMBERS)]
    found = [np.linalg.eigh(units[:, part].T @ units[:, part]) for part in parts]
    least = _NO_SPREAD * max(sizes[-1] for sizes, _ in found)
    return [
        (part, axes[:, sizes > least]) for part, (sizes, axes) in zip(parts, found, strict=True)
    ]


def nearest_centres(rows: np.ndarray, centres: np.ndarray, crew: Workers) -> np.ndarray:
    """Give the centre of largest cosine with each row: (n_rows,) int64, -1 for rows of zeros."""
    labels = np.full(len(rows), -1, np.int64)

    def label(start: int) -> None:
        block = rows[start : start + _BLOCK_ROWS].astype(np.float64)
        given = block.any(axis=1)
        labels[start : start + _BLOCK_ROWS][given] = (block[given] @ centres.T).argmax(axis=1)

    if len(centres):
        crew.map(label, range(0, len(rows), _BLOCK_ROWS))
    return labels


def typical_of_clusters(table: EncodedTable, labels: np.ndarray) -> pd.DataFrame:
    """Find the categories that are more frequent in a cluster than among all rows.

    Parameters
    ----------
    table : EncodedTable
    labels : ndarray of shape (n_rows,), int
        Clusters from 0; rows below 0 belong to none, and count among all.

    Returns
    -------
    DataFrame
        Columns cluster, feature, category, rows (of the cluster, that hold it), share (of those
        that hold any of the feature), share_of_all, lift (the first over the second, above 1) and
        bits (share times the logarithm of lift, by which lines of a cluster are ordered).
    """
    import pandas as pd

    vocabulary, n = table.vocabulary, int(labels.max(initial=-1)) + 1
    # the last line is that of rows in no cluster
    held = np.zeros((n + 1, vocabulary.n_tokens), np.int64)
    holding = np.zeros((n + 1, vocabulary.n_features), np.int64)
    for column, feature in enumerate(table.feature_of_column.tolist()):
        known = table.codes[:, column] >= 0
        tokens = table.codes[known, column].astype(np.int64) + vocabulary.offsets[feature]
        np.add.at(held, (labels[known], tokens), 1)
        if column in table.first_columns:
            holding[:, feature] = np.bincount(labels[known] % (n + 1), minlength=n + 1)
    feature_of = vocabulary.feature_of_token
    share = held[:n] / np.maximum(holding[:n, feature_of], 1)
    of_all = held.sum(axis=0) / np.maximum(holding.sum(axis=0)[feature_of], 1)
    lift = share / np.where(of_all > 0, of_all, 1.0)
    bits = share * np.log2(np.where(lift > 0, lift, 1.0))
    cluster, token = np.nonzero(lift > 1.0)
    order = np.lexsort((token, -bits[cluster, token], cluster))
    cluster, token = cluster[order], token[order]
    return pd.DataFrame(
        {
            "cluster": cluster,
            "feature": [vocabulary.features[feature] for feature in feature_of[token]],
            "category": category_index([vocabulary.token(t).category for t in token.tolist()]),
            "rows": held[cluster, token],
            "share": share[cluster, token],
            "share_of_all": of_all[token],
            "lift": lift[cluster, token],
            "bits": bits[cluster, token],
        }
    )
