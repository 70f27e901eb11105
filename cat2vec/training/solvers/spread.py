"""How uncertain the vectors of one side are: covariances, kept as means of groups of tokens.

Takes the covariances of vectors, some at a time. Gives what a solver and standard errors need of
them. Symmetric matrices of d rows are upper triangles, row by row: d (d + 1) / 2 numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse

from cat2vec.training.solvers.groups import Groups
from cat2vec.vocabulary.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class Part:
    """What is kept of the covariances of some vectors.

    ``total`` adds them up; ``traces`` has the trace of each; ``sums`` adds up, with weights, those
    of tokens of each group of ``groups``.
    """

    total: np.ndarray
    traces: np.ndarray
    groups: np.ndarray
    sums: np.ndarray

    @classmethod
    def of(
        cls,
        covariances: np.ndarray,
        tokens: Sequence[np.ndarray],
        groups: Groups,
        weight: np.ndarray,
    ) -> Part:
        """Take what is kept of the covariances of B vectors.

        Parameters
        ----------
        covariances : ndarray of shape (B, d (d + 1) / 2), float32
        tokens : sequence of ndarray of shape (B,)
            Tokens of these vectors; several arrays where features share their vectors.
        groups : Groups
        weight : ndarray of shape (n_tokens,)
        """
        group = np.concatenate([groups.group[some] for some in tokens])
        weights = np.concatenate([weight[some] for some in tokens]).astype(np.float64)
        found, place = np.unique(group, return_inverse=True)
        spread = scipy.sparse.csr_array(
            (weights, (place, np.tile(np.arange(len(covariances)), len(tokens)))),
            shape=(len(found), len(covariances)),
        )
        size = size_of(covariances.shape[1])
        traces = covariances[:, _diagonal(size)].sum(axis=1, dtype=np.float64)
        return cls(covariances.sum(axis=0, dtype=np.float64), traces, found, spread @ covariances)


@dataclass(frozen=True, eq=False)
class Spread:
    """Covariances of the vectors of one side.

    Parameters
    ----------
    groups : Groups
        Of the tokens.
    means : ndarray of shape (n_groups, d (d + 1) / 2), float64
        Mean covariance of the tokens of each group, weighted.
    total : ndarray of shape (d (d + 1) / 2,), float64
        Covariances of all vectors added up.
    scales : ndarray of shape (n_vectors,), float64
        Trace of each vector's covariance, as a multiple of the trace of the mean of its group.
    """

    groups: Groups
    means: np.ndarray
    total: np.ndarray
    scales: np.ndarray

    @classmethod
    def nothing(cls, groups: Groups, n_vectors: int, size: int) -> Spread:
        """Give the spread of vectors that are taken as known."""
        zeros = np.zeros((groups.n_groups, size * (size + 1) // 2))
        return cls(groups, zeros, zeros.sum(axis=0), np.ones(n_vectors))

    @classmethod
    def of(
        cls, parts: Sequence[Part], groups: Groups, weight: np.ndarray, vocabulary: Vocabulary
    ) -> Spread:
        """Put the parts of all vectors together, in their order."""
        sums = np.zeros((groups.n_groups, len(parts[0].total)))
        for part in parts:
            sums[part.groups] += part.sums
        weights = np.bincount(groups.group, weights=weight, minlength=groups.n_groups)
        means = sums / np.where(weights > 0.0, weights, 1.0)[:, None]
        usual = means[:, _diagonal(size_of(means.shape[1]))].sum(axis=1)
        usual = usual[groups.group[vocabulary.token_of_vector]]
        traces = np.concatenate([part.traces for part in parts])
        scales = traces / np.where(usual > 0.0, usual, 1.0)
        return cls(groups, means, np.sum([part.total for part in parts], axis=0), scales)

    @property
    def size(self) -> int:
        """Numbers of a vector, d."""
        return size_of(self.means.shape[1])

    def of_groups(self, groups: Groups, weight: np.ndarray) -> np.ndarray:
        """Average over other groups of the same tokens: (n_groups, d (d + 1) / 2) float32."""
        shape = groups.n_groups, self.groups.n_groups
        pairs = groups.group, self.groups.group
        spread = scipy.sparse.csr_array((weight.astype(np.float64), pairs), shape=shape)
        weights = np.bincount(groups.group, weights=weight, minlength=groups.n_groups)
        means = (spread @ self.means) / np.where(weights > 0.0, weights, 1.0)[:, None]
        return means.astype(np.float32)

    def turned(self, turn: np.ndarray) -> Spread:
        """Give the spread of ``vectors @ turn``, for a square matrix."""
        means, total = (packed(turn.T @ unpacked(some) @ turn) for some in (self.means, self.total))
        return replace(self, means=means, total=total)

    def variances(self, maps: np.ndarray, vocabulary: Vocabulary) -> np.ndarray:
        """Compute how far, in squares, each vector lies from where it would be known to be.

        Parameters
        ----------
        maps : ndarray of shape (n_names, d, any)
            By what the vectors of each feature are mapped first.
        vocabulary : Vocabulary

        Returns
        -------
        ndarray of shape (n_vectors,), float64
            Trace of the covariance of ``vector @ map``.
        """
        token = vocabulary.token_of_vector
        group = self.groups.group[token]
        name = vocabulary.name_of_feature[vocabulary.feature_of_token[token]]
        asked, place = np.unique(np.column_stack([group, name]), axis=0, return_inverse=True)
        squares = maps @ maps.transpose(0, 2, 1)
        traces = np.einsum("gij,gij->g", unpacked(self.means)[asked[:, 0]], squares[asked[:, 1]])
        return np.maximum(traces, 0.0)[place.ravel()] * self.scales


def size_of(n_entries: int) -> int:
    """Give d for d (d + 1) / 2.

    Examples
    --------
    >>> size_of(6)
    3
    """
    return round((np.sqrt(8.0 * n_entries + 1.0) - 1.0) / 2.0)


def unpacked(triangles: np.ndarray) -> np.ndarray:
    """Write upper triangles, (..., d (d + 1) / 2), as whole matrices, (..., d, d) float64.

    Examples
    --------
    >>> unpacked(np.array([1.0, 2.0, 3.0])).tolist()
    [[1.0, 2.0], [2.0, 3.0]]
    """
    size = size_of(triangles.shape[-1])
    rows, columns = np.triu_indices(size)
    whole = np.zeros((*triangles.shape[:-1], size, size))
    whole[..., rows, columns] = triangles
    whole[..., columns, rows] = triangles
    return whole


def packed(matrices: np.ndarray) -> np.ndarray:
    """Write symmetric matrices, (..., d, d), as upper triangles, (..., d (d + 1) / 2).

    Examples
    --------
    >>> packed(np.array([[1.0, 2.0], [2.0, 3.0]])).tolist()
    [1.0, 2.0, 3.0]
    """
    rows, columns = np.triu_indices(matrices.shape[-1])
    return np.ascontiguousarray(matrices[..., rows, columns])


def _diagonal(size: int) -> np.ndarray:
    """Give the places of the diagonal among the numbers of an upper triangle."""
    rows, columns = np.triu_indices(size)
    return np.flatnonzero(rows == columns)
