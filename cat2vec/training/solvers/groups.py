"""Groups of similar tokens: few means that stand in for large features where curvature is computed.

Takes the vectors of one side of the objective. Gives a group for every token. Knows nothing of
counts or steps.

A Newton step needs an exact gradient, but its Hessian only roughly: a poor one costs sweeps, not
quality. Hessians are a sum over all tokens of the other side, d (d + 1) / 2 multiplications each,
and most of the work; over the means of groups the sum is short. Features of few tokens keep every
token as a group of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse

from cat2vec.kernels.grouping import spread_seeds
from cat2vec.kernels.threads import Workers
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Groups of a feature that has more tokens than this.
MOST_GROUPS = 64
#: Of a feature that has more groups than this, groups are taken together in as many.
_MOST_COARSE = 32
#: Tokens whose nearest group is looked up at a time.
_ASSIGNED_TOKENS = 512


@dataclass(frozen=True, eq=False)
class Groups:
    """Which tokens are taken together.

    Parameters
    ----------
    group : ndarray of shape (n_tokens,), int32
        Group of each token; groups of one feature have consecutive numbers.
    offsets : ndarray of shape (n_features + 1,), int64
        The groups of feature f are ``offsets[f]`` to ``offsets[f + 1]``, without the last.
    """

    group: np.ndarray
    offsets: np.ndarray

    @property
    def n_groups(self) -> int:
        """Number of groups of all features."""
        return int(self.offsets[-1])


def ungrouped(vocabulary: Vocabulary) -> Groups:
    """Make every token a group of its own."""
    return Groups(np.arange(vocabulary.n_tokens, dtype=np.int32), vocabulary.offsets)


def grouped(
    points: np.ndarray,
    weights: np.ndarray,
    vocabulary: Vocabulary,
    crew: Workers,
    previous: Groups | None = None,
) -> Groups:
    """Put tokens whose points lie close together in one group, feature by feature.

    One round of Lloyd's algorithm from the groups of an earlier call; without them, two rounds from
    points that lie far apart. Nothing is drawn by chance.

    Parameters
    ----------
    points : ndarray of shape (n_tokens, any), float32
    weights : ndarray of shape (n_tokens,), float32
        What each token counts in the mean of its group; at least 0.
    vocabulary : Vocabulary
    crew : Workers
    previous : Groups or None

    Returns
    -------
    Groups

    Examples
    --------
    >>> from cat2vec.kernels.threads import workers
    >>> from cat2vec.tables.encode import encode_table
    >>> vocabulary = encode_table({"a": ["x", "y"], "b": ["u", "v"]}).vocabulary
    >>> with workers(1) as crew:
    ...     grouped(np.eye(4, dtype=np.float32), np.ones(4, np.float32), vocabulary, crew).group
    array([0, 1, 2, 3], dtype=int32)
    """
    sizes = np.diff(vocabulary.offsets)
    if sizes.max(initial=0) <= MOST_GROUPS:
        return previous or ungrouped(vocabulary)
    offsets = np.concatenate([[0], np.cumsum(np.minimum(sizes, MOST_GROUPS))])
    group = np.empty(vocabulary.n_tokens, np.int32)
    for feature, size in enumerate(sizes.tolist()):
        tokens = slice(vocabulary.offsets[feature], vocabulary.offsets[feature + 1])
        first = offsets[feature]
        if size <= MOST_GROUPS:
            group[tokens] = first + np.arange(size)
            continue
        mine, mass = np.ascontiguousarray(points[tokens]), weights[tokens]
        if previous is None:
            seeds = np.empty(MOST_GROUPS, np.int64)
            spread_seeds(mine, mass, seeds)
            found = _nearest(mine, mine[seeds], crew)
        else:
            found = previous.group[tokens] - np.int32(first)
        group[tokens] = first + _nearest(mine, group_means(mine, mass, found, MOST_GROUPS), crew)
    return Groups(group, offsets)


@dataclass(frozen=True, eq=False)
class Coarse:
    """Groups of groups, from which Hessians are summed.

    Parameters
    ----------
    groups : Groups
        Of tokens.
    of_group : ndarray of shape (n_groups,), int32
        Which of them each finer group belongs to.
    """

    groups: Groups
    of_group: np.ndarray


def coarsened(points: np.ndarray, weights: np.ndarray, groups: Groups) -> Coarse:
    """Take groups of one feature together whose means lie close, until few are left.

    Parameters
    ----------
    points, weights : ndarray
        As for ``grouped``.
    groups : Groups

    Examples
    --------
    >>> groups = Groups(np.arange(3, dtype=np.int32), np.array([0, 3]))
    >>> coarsened(np.eye(3, dtype=np.float32), np.ones(3, np.float32), groups).of_group
    array([0, 1, 2], dtype=int32)
    """
    sizes = np.diff(groups.offsets)
    offsets = np.concatenate([[0], np.cumsum(np.minimum(sizes, _MOST_COARSE))])
    if sizes.max(initial=0) > _MOST_COARSE:
        means = group_means(points, weights, groups.group, groups.n_groups)
        masses = np.bincount(groups.group, weights=weights, minlength=groups.n_groups)
    of_group = np.empty(groups.n_groups, np.int32)
    for feature, size in enumerate(sizes.tolist()):
        some = slice(groups.offsets[feature], groups.offsets[feature + 1])
        found = np.arange(size)
        if size > _MOST_COARSE:
            mine, mass = np.ascontiguousarray(means[some]), masses[some].astype(np.float32)
            seeds = np.empty(_MOST_COARSE, np.int64)
            spread_seeds(mine, mass, seeds)
            first = _nearest_of(mine, mine[seeds])
            shares = np.where(first == np.arange(_MOST_COARSE)[:, None], mass, np.float32(0.0))
            totals = shares.sum(axis=1)[:, None]
            found = _nearest_of(mine, shares @ mine / np.where(totals > 0.0, totals, 1.0))
        of_group[some] = offsets[feature] + found
    return Coarse(Groups(of_group[groups.group], offsets), of_group)


def group_means(
    points: np.ndarray, weights: np.ndarray, group: np.ndarray, n_groups: int
) -> np.ndarray:
    """Average the points of each group by weight; the mean of a group without weight is zero.

    Parameters
    ----------
    points : ndarray of shape (m, d)
    weights : ndarray of shape (m,)
        At least 0.
    group : ndarray of shape (m,), integers below ``n_groups``
    n_groups : int

    Returns
    -------
    ndarray of shape (n_groups, d), float32

    Examples
    --------
    >>> group_means(np.array([[0.0], [3.0], [5.0]]), np.array([2, 1, 1]), np.array([0, 0, 1]), 2)
    array([[1.],
           [5.]], dtype=float32)
    """
    if n_groups == len(points) and (group == np.arange(n_groups)).all():
        return np.where(weights[:, None] > 0.0, points, 0.0).astype(np.float32)
    shape = n_groups, len(points)
    spread = scipy.sparse.csr_array(
        (weights.astype(np.float64), (group, np.arange(len(points)))), shape=shape
    )
    totals = np.bincount(group, weights=weights, minlength=n_groups)
    sums = spread @ points.astype(np.float64)
    return (sums / np.where(totals > 0.0, totals, 1.0)[:, None]).astype(np.float32)


def _nearest(points: np.ndarray, means: np.ndarray, crew: Workers) -> np.ndarray:
    """Give the nearest mean of each point, (m,) int32; the first of those equally near."""
    parts = crew.map(
        lambda start: _nearest_of(points[start : start + _ASSIGNED_TOKENS], means),
        range(0, len(points), _ASSIGNED_TOKENS),
    )
    return np.concatenate(parts).astype(np.int32)


def _nearest_of(points: np.ndarray, means: np.ndarray) -> np.ndarray:
    return (points @ means.T - 0.5 * np.square(means).sum(axis=1)).argmax(axis=1)
