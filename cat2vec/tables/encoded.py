"""``EncodedTable``: a table as integers.

Takes codes and the ``Vocabulary`` that they speak of. Gives token ids, categories back, and the
same table with rare categories pooled. Knows nothing of where codes come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np

from cat2vec.errors import ParameterError, in_words
from cat2vec.parameters import documented
from cat2vec.tables.cells.multivalued import in_slots
from cat2vec.tables.cells.weights import are_whole, token_counts
from cat2vec.tables.on_disk import CodesFile, OnDisk
from cat2vec.tables.remarks import Remark
from cat2vec.vocabulary.pooling import Pooling, rare_for_unseen
from cat2vec.vocabulary.vocabulary import MISSING, Vocabulary

#: Rows that are worked on at a time where codes lie on disk.
BLOCK_ROWS = 1 << 16


@dataclass(frozen=True, eq=False)
class EncodedTable:
    """A table as integers.

    Parameters
    ----------
    codes : ndarray of shape (n_rows, n_columns), int16 or int32
        Column-contiguous. Code of each cell's category inside its feature; -1 where the cell is
        missing, -2 where its category is not in the vocabulary. A feature whose cells hold at most
        m values has m columns beside each other: the values of a row, each once, known ones first,
        and -1 behind them.
    vocabulary : Vocabulary
    weights : ndarray of shape (n_rows,), float64, or None
        In how many rows each row counts; None is 1 for every row.
    feature_of_column : ndarray of shape (n_columns,), int64, or None
        Position of each column's feature, ascending from 0; None is one column per feature.
    remarks : tuple of Remark
        What the fit decided about columns, where their owner may want it otherwise.
    unseen : mapping of str to tuple
        By feature, some of the values of its cells that are not in the vocabulary.
    on_disk : OnDisk or None
        Set where codes are mapped from disk: then rows are worked on in ``blocks``.
    """

    codes: np.ndarray
    vocabulary: Vocabulary
    weights: np.ndarray | None = None
    feature_of_column: np.ndarray = None  # type: ignore[assignment]
    remarks: tuple[Remark, ...] = ()
    unseen: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    on_disk: OnDisk | None = None

    def __post_init__(self) -> None:
        if self.codes.dtype not in (np.int16, np.int32) or self.codes.ndim != 2:
            raise ValueError("codes must be a 2-D array of int16 or int32.")
        n_features = self.vocabulary.n_features
        if self.feature_of_column is None:
            object.__setattr__(self, "feature_of_column", np.arange(n_features))
        if self.codes.shape[1] != len(self.feature_of_column):
            raise ValueError("codes must have one column per entry of feature_of_column.")
        steps = np.diff(self.feature_of_column, prepend=-1, append=n_features)
        if not np.isin(steps, (0, 1)).all() or steps[-1] != 1:
            raise ValueError("feature_of_column must ascend and name every feature.")
        if self.weights is not None and (
            self.weights.dtype != np.float64 or self.weights.shape != (self.n_rows,)
        ):
            raise ValueError("weights must be float64, one per row.")

    def __repr__(self) -> str:
        weight = "" if self.weights is None else f" of weight {in_words(self.total_weight)}"
        return (
            f"EncodedTable({self.n_rows:,} rows{weight}, {self.n_missing:,} cells without a token, "
            f"{self.vocabulary!r})"
        )

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.codes.shape[0])

    @property
    def first_columns(self) -> np.ndarray:
        """First column of each feature, which holds a token where a cell has any: (n_features,)."""
        return np.flatnonzero(np.diff(self.feature_of_column, prepend=-1))

    @property
    def n_slots(self) -> np.ndarray:
        """Number of columns of each feature: (n_features,) int64, above 1 for several values."""
        return np.bincount(self.feature_of_column, minlength=self.vocabulary.n_features)

    @property
    def is_multivalued(self) -> bool:
        """Whether a cell may hold several values."""
        return len(self.feature_of_column) > self.vocabulary.n_features

    @property
    def n_missing(self) -> int:
        """Number of cells without a token."""
        return sum(
            int((block.codes[:, column] < 0).sum())
            for block in self.blocks()
            for column in self.first_columns
        )

    @property
    def has_whole_weights(self) -> bool:
        """Whether every row counts as a whole number of rows, so that counts are integers."""
        return self.weights is None or are_whole(self.weights)

    @property
    def total_weight(self) -> int | float:
        """Sum of the weights, an int where all are whole numbers; the rows if there are none."""
        if self.weights is None:
            return self.n_rows
        total = float(self.weights.sum())
        return int(total) if self.has_whole_weights else total

    def counted_rows(self) -> EncodedTable:
        """Leave out the rows of weight 0."""
        if self.weights is None or self.weights.all():
            return self
        rows = self.weights > 0
        return replace(self, codes=np.asfortranarray(self.codes[rows]), weights=self.weights[rows])

    @documented
    def pool(self, min_count: int) -> EncodedTable:
        """Put the categories of fewer than ``min_count`` rows into one token per feature.

        Parameters
        ----------
        {min_count}
            Rows are those that the vocabulary counts.

        Returns
        -------
        EncodedTable
            This one if nothing is pooled; see ``Pooling.of``. Several rare values of one
            cell become one token.

        Raises
        ------
        ParameterError
            If ``min_count`` is no integer of at least 1, rare categories are pooled already, or
            those of a feature with several values in a cell are not counted from this table.

        Examples
        --------
        >>> from cat2vec import encode_table
        >>> table = {"city": ["Oslo", "Oslo", "Bari", "Pisa"], "job": ["cook"] * 3 + ["nurse"]}
        >>> encode_table(table).pool(2).decode("city")
        ['Oslo', 'Oslo', RARE, RARE]
        """
        pooling = Pooling.of(self.vocabulary, min_count)
        if pooling.pools_nothing:
            return self
        vocabulary = pooling.pooled

        def pooled(block: EncodedTable) -> EncodedTable:
            codes = pooling.codes(block.codes, block.feature_of_column)
            return block._with_codes(codes, vocabulary)

        found = self.changed(pooled)
        counts = vocabulary.counts.copy()
        for feature in np.flatnonzero(self.n_slots > 1).tolist():
            if len(vocabulary.pooled[feature]):
                self._check_counted(feature)
                start, stop = vocabulary.offsets[feature : feature + 2]
                counts[start:stop] = found.counted(feature)
        return replace(found, vocabulary=replace(vocabulary, counts=counts))

    def changed(self, change: Callable[[EncodedTable], EncodedTable]) -> EncodedTable:
        """Give the table with its rows changed, block by block; each by itself and in its place.

        ``change`` gives all blocks one vocabulary, and as many columns as cells have values.
        """
        if self.on_disk is None:
            return change(self)
        blocks = map(change, self.blocks())
        first = next(blocks)
        slots = first.n_slots
        if self.is_multivalued:
            slots = np.max([slots, *(block.n_slots for block in blocks)], axis=0)
            blocks = map(change, self.blocks())
            first = next(blocks)
        feature_of_column = np.repeat(np.arange(len(slots)), slots)
        file = CodesFile(self.n_rows, len(feature_of_column), first.codes.dtype, self.on_disk)
        row = 0
        for block in chain([first], blocks):
            file.write(row, block.with_slots(slots))
            row += block.n_rows
        return replace(
            self, codes=file.array(), vocabulary=first.vocabulary,
            feature_of_column=feature_of_column,
        )  # fmt: skip

    def with_slots(self, slots: np.ndarray) -> np.ndarray:
        """Give codes with so many columns for each feature: (n_rows, sum of ``slots``)."""
        if np.array_equal(slots, self.n_slots):
            return self.codes
        ends = np.cumsum(slots)
        codes = np.full((self.n_rows, int(ends[-1])), MISSING, self.codes.dtype, "F")
        for feature, n_here in enumerate(self.n_slots.tolist()):
            first, mine = int(ends[feature] - slots[feature]), int(self.first_columns[feature])
            codes[:, first : first + n_here] = self.codes[:, mine : mine + n_here]
        return codes

    def counted(self, position: int) -> np.ndarray:
        """Count in how many rows each category of a feature stands, by weight: (n_categories,)."""
        n_tokens = int(np.diff(self.vocabulary.offsets)[position])
        columns = self.feature_of_column == position
        counts = [
            token_counts(block.codes[:, columns], block.weights, n_tokens)
            for block in self.blocks()
        ]
        return np.sum(counts, axis=0)

    def _check_counted(self, feature: int) -> None:
        tokens = slice(*self.vocabulary.offsets[feature : feature + 2])
        if not np.array_equal(self.counted(feature), self.vocabulary.counts[tokens]):
            raise ParameterError(
                f"cells of {self.vocabulary.features[feature]!r} hold several values, and the "
                f"vocabulary counts them in another table, so it is not known in how many rows "
                f"rare ones stand. Pool the table that the vocabulary was made from, and encode "
                f"this one with the vocabulary of the result."
            )

    def rows(self, start: int, stop: int) -> EncodedTable:
        """Give the rows from ``start`` to before ``stop``, without a copy."""
        weights = None if self.weights is None else self.weights[start:stop]
        return replace(self, codes=self.codes[start:stop], weights=weights)

    def in_memory(self) -> EncodedTable:
        """Give the same rows with their codes in memory."""
        if self.on_disk is None:
            return self
        return replace(self, codes=np.array(self.codes, order="F", subok=False), on_disk=None)

    def blocks(self) -> Iterator[EncodedTable]:
        """Give the rows, in memory: all at once, or some after the other where they are on disk."""
        if self.on_disk is None:
            yield self
            return
        for start in range(0, self.n_rows, BLOCK_ROWS):
            yield self.rows(start, start + BLOCK_ROWS).in_memory()

    def unseen_as_rare(self) -> EncodedTable:
        """Take unseen cells for one of the rare categories, in features that have pooled some."""
        codes = rare_for_unseen(self.codes, self.feature_of_column, self.vocabulary)
        return self._with_codes(codes, self.vocabulary)

    def _with_codes(self, codes: np.ndarray, vocabulary: Vocabulary) -> EncodedTable:
        """Put other codes in place of these; where cells hold several values, each once."""
        if not self.is_multivalued:
            return replace(self, codes=codes, vocabulary=vocabulary)
        parts = [codes[:, self.feature_of_column == f] for f in range(vocabulary.n_features)]
        parts = [part[:, 0] if part.shape[1] == 1 else _each_once(part) for part in parts]
        return EncodedTable(*stacked(parts, vocabulary, self.weights), self.remarks, self.unseen)

    def cells_with(self, code: int) -> np.ndarray:
        """Say which cells hold a code in one of their slots: (n_rows, n_features) bool."""
        found = self.codes == code
        if not self.is_multivalued:
            return found
        return np.logical_or.reduceat(found, self.first_columns, axis=1)

    def token_ids(self) -> np.ndarray:
        """Give token ids instead of codes: (n_rows, n_columns) int64, C order, -1 for none."""
        ids = np.ascontiguousarray(self.codes).astype(np.int64)
        return np.where(ids < 0, -1, ids + self.vocabulary.offsets[self.feature_of_column])

    def decode(self, feature: str) -> list[Any]:
        """Give the categories of one feature back, row by row; None where there is no token.

        A list of them, perhaps empty, for a feature whose cells hold several values.
        """
        position = self.vocabulary.schema.position(feature)
        values = [*self.vocabulary.categories[position].tolist(), None]
        codes = self.codes[:, self.feature_of_column == position]
        if self.vocabulary.schema.codecs[position].reading.multivalued:
            return [[values[code] for code in row if code >= 0] for row in codes.tolist()]
        return [values[code if code >= 0 else -1] for code in codes[:, 0].tolist()]


def stacked(
    encoded: list[np.ndarray], vocabulary: Vocabulary, weights: np.ndarray | None
) -> tuple[np.ndarray, Vocabulary, np.ndarray | None, np.ndarray]:
    """Put encoded features side by side, column by column in memory; give what a table is of."""
    slots = [1 if one.ndim == 1 else one.shape[1] for one in encoded]
    feature_of_column = np.repeat(np.arange(len(encoded)), slots)
    codes = np.empty((len(encoded[0]), len(feature_of_column)), np.result_type(*encoded), "F")
    for position, one in enumerate(encoded):
        columns = feature_of_column == position
        codes[:, columns] = one if one.ndim == 2 else one[:, None]
    return codes, vocabulary, weights, feature_of_column


def _each_once(codes: np.ndarray) -> np.ndarray:
    """Leave a value that stands in a row twice once; both (n_rows, n_slots)."""
    rows = np.repeat(np.arange(len(codes)), codes.shape[1])
    return in_slots(codes.ravel(), rows, len(codes))
