"""``PairCounts``: in how many rows two tokens stand together. All that training needs to know.

Takes token ids and counts. Gives an additive, exact, unpooled table of pairs. Knows nothing of
rows or vectors.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse

from cat2vec.counting.united import united
from cat2vec.errors import in_words
from cat2vec.kernels.counting import both_ways, pairs_are_sorted, pairs_with_feature
from cat2vec.kernels.once import cached_property
from cat2vec.parameters import check_parameters, documented
from cat2vec.storage.folders import (
    COUNTS,
    array_in,
    counts_in,
    number_of_rows,
    read_folder,
    write_folder,
)
from cat2vec.vocabulary.pooling import Pooling
from cat2vec.vocabulary.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class PairCounts:
    """Numbers of rows that hold two tokens of different features, or two values of one cell.

    Parameters
    ----------
    vocabulary : Vocabulary
        Tokens with the number of rows of each.
    left, right : ndarray of shape (n_pairs,), int32
        Token ids, ``left < right``, sorted by (left, right).
    count : ndarray of shape (n_pairs,), int64 or float64
        Rows that hold both, above 0; float64 where rows have weights that are not whole.
    n_rows : int or float
        Rows that were counted, or the sum of their weights.

    Notes
    -----
    Counts add: ``count_pairs(a) + count_pairs(b)`` equals ``count_pairs`` of both tables, also
    where one has categories that the other has not, as long as numeric features have the same bin
    edges.

    Examples
    --------
    >>> from cat2vec import count_pairs
    >>> counts = count_pairs({"city": ["Oslo", "Oslo", "Bergen"], "job": ["cook", "cook", None]})
    >>> counts
    PairCounts(3 rows, 2 features, 3 tokens, 1 distinct pairs, 2 pairs in all)
    >>> (counts + counts).count
    array([4])
    """

    vocabulary: Vocabulary
    left: np.ndarray
    right: np.ndarray
    count: np.ndarray
    n_rows: int | float

    def __post_init__(self) -> None:
        if not len(self.left) == len(self.right) == len(self.count):
            raise ValueError("left, right and count must have one length.")
        if not pairs_are_sorted(self.left, self.right, self.vocabulary.n_tokens):
            raise ValueError(
                "pairs must have left < right, in the vocabulary, and be sorted by (left, right)."
            )
        if len(self.count) and not self.count.min() > 0:
            raise ValueError("counts of pairs must be above 0")

    def __repr__(self) -> str:
        return (
            f"PairCounts({in_words(self.n_rows)} rows, {self.vocabulary.n_features} features, "
            f"{self.vocabulary.n_tokens:,} tokens, {self.n_pairs:,} distinct pairs, "
            f"{in_words(self.total)} pairs in all)"
        )

    @property
    def n_pairs(self) -> int:
        """Number of distinct pairs."""
        return len(self.left)

    @property
    def total(self) -> Any:
        """Sum of all counts, int or float; the ordered pairs of the loss are twice as many."""
        return self.count.sum().item()

    @cached_property
    def both_ways(self) -> scipy.sparse.csr_array:
        """Counts as a symmetric sparse matrix (n_tokens, n_tokens), float32 for the solvers.

        The counts themselves stay exact; rounding to float32 happens only here, after adding.
        """
        n_tokens = self.vocabulary.n_tokens
        # SciPy turns indices into int64, and doubles their size, unless both are int32
        index = np.int32 if 2 * self.n_pairs <= np.iinfo(np.int32).max else np.int64
        indptr = np.empty(n_tokens + 1, index)
        indices = np.empty(2 * self.n_pairs, index)
        values = np.empty(2 * self.n_pairs, np.float32)
        both_ways(self.left, self.right, self.count, indptr, indices, values)
        return scipy.sparse.csr_array((values, indices, indptr), shape=(n_tokens, n_tokens))

    @cached_property
    def with_feature(self) -> np.ndarray:
        """Pairs of each token with any category of each feature: (n_tokens, F) float64."""
        vocabulary = self.vocabulary
        totals = np.zeros((vocabulary.n_tokens, vocabulary.n_features), self.count.dtype)
        pairs_with_feature(self.left, self.right, self.count, vocabulary.feature_of_token, totals)
        return totals.astype(np.float64)

    def without(self, allowed: np.ndarray) -> PairCounts:
        """Leave out the pairs of features that are not to learn from each other.

        Parameters
        ----------
        allowed : ndarray of shape (n_features, n_features), bool
            Symmetric.

        Returns
        -------
        PairCounts
            These counts where all pairs stay; rows and tokens are the same either way.

        Examples
        --------
        >>> import numpy as np
        >>> from cat2vec import count_pairs
        >>> counts = count_pairs({"code": [1, 2], "name": ["a", "b"], "city": ["Oslo", "Rome"]})
        >>> allowed = ~np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], bool)
        >>> counts.without(allowed)
        PairCounts(2 rows, 3 features, 6 tokens, 4 distinct pairs, 4 pairs in all)
        """
        feature = self.vocabulary.feature_of_token
        kept = allowed[feature[self.left], feature[self.right]]
        if kept.all():
            return self
        return replace(self, left=self.left[kept], right=self.right[kept], count=self.count[kept])

    @documented
    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the counts into a folder (safetensors and JSON), which ``load`` reads.

        Parameters
        ----------
        folder : path
            Made if it is not there. Counts in it are replaced.
        {overwrite}

        Raises
        ------
        OutputExistsError
            If the folder holds other things, or there is a file in its place.
        ModelFormatError
            If a category has a type that the folder cannot hold.

        Examples
        --------
        >>> import tempfile
        >>> from cat2vec import PairCounts, count_pairs
        >>> january = count_pairs({"city": ["Oslo", "Rome"], "job": ["cook", "cook"]})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     january.save(folder)
        ...     PairCounts.load(folder) + january
        PairCounts(4 rows, 2 features, 3 tokens, 2 distinct pairs, 4 pairs in all)
        """
        write_folder(folder, COUNTS, *parts_of_folder(self), overwrite=overwrite)

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> PairCounts:
        """Read counts that ``save`` wrote; they add and train to the same bits.

        Parameters
        ----------
        folder : path

        Returns
        -------
        PairCounts

        Raises
        ------
        ModelFormatError
            If the folder holds no counts, is damaged, or is of a newer format.

        Examples
        --------
        >>> PairCounts.load("nowhere")
        Traceback (most recent call last):
        ...
        cat2vec.errors.ModelFormatError: no counts folder 'nowhere'. Give the folder that was named
        when saving.
        """

        def build(vocabulary: Vocabulary, header: Any, tensors: Any) -> PairCounts:
            left, right = (array_in(tensors, name, "int32", None) for name in ("left", "right"))
            count = counts_in(tensors, "count", "int64 float64", None)
            return cls(vocabulary, left, right, count, number_of_rows(header["n_rows"]))

        return read_folder(folder, COUNTS, build)

    @documented
    def decayed(self, decay: float) -> PairCounts:
        """Multiply all counts by a number: those of pairs, of categories and of rows.

        Parameters
        ----------
        {decay}

        Returns
        -------
        PairCounts
            These with 1, and none, without a category, with 0. Otherwise float64, each count
            rounded once.

        Raises
        ------
        ParameterError

        Examples
        --------
        >>> from cat2vec import count_pairs
        >>> monday = count_pairs({"city": ["Oslo", "Oslo", "Rome"], "job": ["cook"] * 3})
        >>> tuesday = count_pairs({"city": ["Oslo", "Pisa"], "job": ["cook"] * 2})
        >>> week = monday.decayed(0.5) + tuesday
        >>> week.vocabulary.texts(), week.count.tolist(), week.n_rows
        (['city=Oslo', 'city=Pisa', 'city=Rome', 'job=cook'], [2.0, 1.0, 0.5], 3.5)
        """
        check_parameters(decay=decay)
        if decay == 1:
            return self
        by = float(decay) or 0  # no count of 0 turns others into float64
        vocabulary, count = self.vocabulary, self.count * by
        found = count > 0
        faded = replace(
            self,
            vocabulary=replace(vocabulary, counts=vocabulary.counts * by),
            left=self.left[found],
            right=self.right[found],
            count=count[found],
            n_rows=self.n_rows * by,
        )
        return faded if decay else faded.occurring()

    @documented
    def forgetting(self, forget_below: float) -> PairCounts:
        """Leave out the categories and pairs that too few rows are left of.

        Parameters
        ----------
        {forget_below}
            Columns that share a vocabulary count together.

        Returns
        -------
        PairCounts
            These if nothing is forgotten; ``n_rows`` stays.

        Raises
        ------
        ParameterError

        Examples
        --------
        >>> from cat2vec import count_pairs
        >>> monday = count_pairs({"city": ["Oslo", "Oslo", "Rome"], "job": ["cook"] * 3})
        >>> monday.decayed(0.5).forgetting(0.8).vocabulary.texts()
        ['city=Oslo', 'job=cook']
        """
        check_parameters(forget_below=forget_below)
        vocabulary = self.vocabulary
        kept = vocabulary.by_token(vocabulary.of_vectors.counts >= forget_below)
        for position, codec in enumerate(vocabulary.schema.codecs):
            if codec.edges is not None or codec.order is not None:
                kept[slice(*vocabulary.offsets[position : position + 2])] = True
        found = (self.count >= forget_below) & kept[self.left] & kept[self.right]
        if kept.all() and found.all():
            return self
        return replace(
            self,
            vocabulary=replace(vocabulary, counts=np.where(kept, vocabulary.counts, 0)),
            left=self.left[found],
            right=self.right[found],
            count=self.count[found],
        ).occurring()

    def occurring(self) -> PairCounts:
        """Leave out the categories that no row holds, as if they had never been known.

        Features of a shared vocabulary keep a category that any of them has. Bins, and categories
        of a declared order, stay.

        Examples
        --------
        >>> from cat2vec import count_pairs, encode_table
        >>> from cat2vec.tables.encode import encode_growing
        >>> known = encode_table({"city": ["Oslo", "Rome"], "job": ["cook", "cook"]}).vocabulary
        >>> today = count_pairs(encode_growing({"city": ["Rome"], "job": ["cook"]}, known))
        >>> today.vocabulary.n_tokens, today.occurring().vocabulary.texts()
        (3, ['city=Rome', 'job=cook'])
        """
        vocabulary = self.vocabulary
        kept = vocabulary.by_token(vocabulary.of_vectors.counts > 0)
        for position, codec in enumerate(vocabulary.schema.codecs):
            if codec.edges is not None or codec.order is not None:
                kept[slice(*vocabulary.offsets[position : position + 2])] = True
        kept[vocabulary.rare_tokens[vocabulary.rare_tokens >= 0]] = True
        if kept.all():
            return self
        new_id = np.cumsum(kept, dtype=np.int32) - 1
        parts = np.split(kept, vocabulary.offsets[1:-1])
        categories = tuple(
            found[part] for found, part in zip(vocabulary.categories, parts, strict=True)
        )
        fewer = replace(vocabulary, categories=categories, counts=vocabulary.counts[kept])
        return replace(self, vocabulary=fewer, left=new_id[self.left], right=new_id[self.right])

    @documented
    def pool(self, min_count: int) -> PairCounts:
        """Put the categories of fewer than ``min_count`` rows into one token per feature.

        Training does so. Counts that are to be added stay unpooled, so that a rare category can
        become frequent.

        Parameters
        ----------
        {min_count}

        Returns
        -------
        PairCounts
            These if nothing is pooled; see ``Pooling.of``.

        Examples
        --------
        >>> from cat2vec import count_pairs
        >>> counts = count_pairs({"city": ["Oslo", "Oslo", "Bari", "Pisa"], "job": ["cook"] * 4})
        >>> pooled = counts.pool(2)
        >>> pooled.vocabulary.texts(), pooled.count.tolist()
        (['city=Oslo', 'city=<rare>', 'job=cook'], [2, 2])
        """
        pooling = Pooling.of(self.vocabulary, min_count)
        if pooling.pools_nothing:
            return self
        pooling.check_counts_suffice()
        vocabulary = pooling.pooled
        keys, sums = _summed(_keys(self, pooling.new_id, vocabulary), self.count)
        left, right = np.divmod(keys, vocabulary.n_tokens)
        return PairCounts(
            vocabulary, left.astype(np.int32), right.astype(np.int32), sums, self.n_rows
        )

    def __add__(self, other: PairCounts) -> PairCounts:
        """Add the counts of another table with the same features."""
        if not isinstance(other, PairCounts):
            return NotImplemented
        vocabulary, to_mine, to_theirs = united(self.vocabulary, other.vocabulary)
        keys, sums = _summed(
            np.concatenate([_keys(self, to_mine, vocabulary), _keys(other, to_theirs, vocabulary)]),
            np.concatenate([self.count, other.count]),
        )
        left, right = (ids.astype(np.int32) for ids in np.divmod(keys, vocabulary.n_tokens))
        return PairCounts(vocabulary, left, right, sums, self.n_rows + other.n_rows)


def parts_of_folder(counts: PairCounts) -> tuple[Vocabulary, dict[str, Any], dict[str, np.ndarray]]:
    """Give the vocabulary, the header and the arrays of a folder."""
    n_rows = counts.n_rows.item() if isinstance(counts.n_rows, np.generic) else counts.n_rows
    arrays = {"left": counts.left, "right": counts.right, "count": counts.count}
    return counts.vocabulary, {"n_rows": n_rows}, arrays


def _keys(counts: PairCounts, new_id: np.ndarray, vocabulary: Vocabulary) -> np.ndarray:
    left, right = new_id[counts.left], new_id[counts.right]
    # two values of one cell may stand in another order than before
    return np.minimum(left, right) * vocabulary.n_tokens + np.maximum(left, right)


def _summed(keys: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sort keys and add up the counts of equal ones; int64 stays so, as floats lose units."""
    if not len(keys):
        return keys, counts
    order = np.argsort(keys, kind="stable")
    keys, counts = keys[order], counts[order]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[starts], np.add.reduceat(counts, starts)
