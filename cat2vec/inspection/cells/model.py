"""``CellModel``: how likely each category of a cell is, given the other cells of its row.

    P(b | rest) = softmax over b of  log share_b + r offset_b + sum over f of t_fg evidence_f(b)

Takes pair counts or vectors, and a sample of training rows. Gives probabilities. What holds for
cells that are no plain ones:

    missing         adds nothing, unless missing cells are a category of their own
    not in fit      adds nothing; as the cell in question it is as likely as a category in no row
    rare            categories that ``min_count`` pooled are one
    several values  each adds what it says; the cell is hidden as a whole, and probabilities are
                    those of one value drawn from it; what values of one cell say of each other is
                    left to reports, which hide them one by one and take it from vectors
    shared          columns of one vocabulary keep shares and pair counts of their own
    bins and dates  bins, and parts of a date, are categories like others
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TypeVar

import numpy as np

from cat2vec.inspection.cells.temperatures import Evidence
from cat2vec.kernels.threads import Workers
from cat2vec.tables.encoded import EncodedTable
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Numbers in a block of scores, and rows that are judged at a time.
_BLOCK_NUMBERS, _BLOCK_ROWS = 1 << 20, 1024

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class JudgedCells:
    """How likely the cells of some rows are.

    Parameters
    ----------
    log_chance : ndarray of shape (n_rows, n_columns), float64
        Log of the probability of each value by the other cells; NaN where there is none.
    best : ndarray of shape (n_rows, n_features), int64
        Token of the likeliest category, -1 for features without one.
    log_chance_best : ndarray of shape (n_rows, n_features), float64
    discord : ndarray of shape (n_rows, n_columns), float64
        Nats by which other cells speak against each value, each by itself.
    """

    log_chance: np.ndarray
    best: np.ndarray
    log_chance_best: np.ndarray
    discord: np.ndarray


@dataclass(frozen=True, eq=False)
class CellModel:
    """A calibrated model of each cell of a row, given the others.

    Parameters
    ----------
    evidence : PairEvidence or VectorEvidence
    temperature : ndarray of shape (n_features, K), float64
    """

    evidence: Evidence
    temperature: np.ndarray

    @property
    def vocabulary(self) -> Vocabulary:
        """Vocabulary of the model, with rare categories pooled."""
        return self.evidence.vocabulary

    def log_scores(
        self, table: EncodedTable, position: int, crew: Workers, *, own: bool = False
    ) -> np.ndarray:
        """Score the categories of a feature: log of what is in proportion to their probabilities.

        Parameters
        ----------
        table : EncodedTable
            Encoded with the vocabulary of the model. Its cells of the feature itself do not matter.
        position : int
            Of the feature.
        crew : Workers
        own : bool
            The rows are among those counted: leave one out for each. Vectors leave out none.

        Returns
        -------
        ndarray of shape (n_rows, n_categories), float64
        """
        ids, first = coded(table), columns_from(table)
        size = len(self.vocabulary.categories[position])

        def work(block: slice) -> np.ndarray:
            mine = ids[block]
            return self.evidence.scores(
                mine, np.full(len(mine), own), first, position, self.temperature
            )

        blocks = slices(len(ids), max(1, _BLOCK_NUMBERS // max(size, 1)))
        return np.concatenate([np.empty((0, size)), *crew.map(work, blocks)])

    def probabilities(
        self, table: EncodedTable, position: int, crew: Workers, *, own: bool = False
    ) -> np.ndarray:
        """Compute the probability of each category of a feature; see ``log_scores``."""
        scores = self.log_scores(table, position, crew, own=own)
        if scores.shape[1]:
            scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        return np.divide(scores, scores.sum(axis=1, keepdims=True), out=scores)

    def judged(self, table: EncodedTable, crew: Workers, *, own: bool = True) -> JudgedCells:
        """Say how likely each cell is, and what is likeliest in its place; see ``log_scores``."""
        parts = self.judged_blocks(table, crew, lambda _ids, judged: judged, own=own)
        n_columns, n_features = table.codes.shape[1], self.vocabulary.n_features
        none = [
            np.empty((0, n_columns)),
            np.empty((0, n_features), np.int64),
            np.empty((0, n_features)),
            np.empty((0, n_columns)),
        ]
        found = [[getattr(part, field.name) for part in parts] for field in fields(JudgedCells)]
        return JudgedCells(
            *(np.concatenate([empty, *some]) for empty, some in zip(none, found, strict=True))
        )

    def judged_blocks(
        self,
        table: EncodedTable,
        crew: Workers,
        use: Callable[[np.ndarray, JudgedCells], Result],
        *,
        own: bool = True,
    ) -> list[Result]:
        """Judge blocks of rows and use each at once, with its token ids, while it is at hand."""
        first = columns_from(table)
        tables = self.evidence.tables(self.temperature, table.n_slots == 1)

        def work(block: slice) -> Result:
            ids = coded(table, block)
            leaves_out = np.full(len(ids), own)
            judged = self.evidence.judged(ids, leaves_out, first, self.temperature, tables)
            return use(ids, JudgedCells(*judged))

        return crew.map(work, slices(table.n_rows, _BLOCK_ROWS))


def coded(table: EncodedTable, rows: slice = slice(None)) -> np.ndarray:
    """Give token ids, -1 for missing cells and -2 for values not in the vocabulary, as int64."""
    ids = np.ascontiguousarray(table.codes[rows], np.int64)
    return np.where(ids < 0, ids, ids + table.vocabulary.offsets[table.feature_of_column])


def columns_from(table: EncodedTable) -> np.ndarray:
    """Give the first column of each feature and, last, the number of columns."""
    return np.append(table.first_columns, table.codes.shape[1]).astype(np.int64)


def slices(n_rows: int, size: int) -> list[slice]:
    """Cut rows into blocks of a size that does not depend on the number of threads."""
    ends = [*range(0, n_rows, size), n_rows]
    return [slice(start, stop) for start, stop in pairwise(ends)]
