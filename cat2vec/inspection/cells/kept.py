"""``CellsKept``: what a fitted model keeps so that it can say how likely cells are.

Takes what a fit has at hand: pair counts, rows, and values of number columns. Gives a ``CellModel``
when first asked, because the temperatures are worth their second only to those who ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.inspection.cells.model import CellModel
from cat2vec.inspection.cells.oddness import Oddness
from cat2vec.inspection.cells.pair_evidence import PairEvidence
from cat2vec.inspection.cells.temperatures import (
    SAMPLE_ROWS,
    Evidence,
    default_temperatures,
    sample_of,
    temperatures_of,
)
from cat2vec.inspection.cells.vector_evidence import VectorEvidence
from cat2vec.kernels.threads import Workers
from cat2vec.tables.encoded import EncodedTable
from cat2vec.training.problem import Problem
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Rows from which on a sample is worth more than the temperatures of an earlier one.
_ENOUGH_ROWS = 200


class CellsKept:
    """What is kept of a fit.

    Parameters
    ----------
    counts : PairCounts or None
        Pooled as in training, without excluded pairs. None: vectors stand for them.
    sample : EncodedTable or None
        Rows for temperatures, see ``sample_of``; not written into model folders.
    heard, temperature : ndarray of shape (n_features, K), or None
        As fitted already; see ``PairEvidence`` and ``temperatures_of``.
    bin_values : mapping
        For each feature in bins a typical training value of each bin.
    units : tuple of ndarray or None
        ``centre`` and ``scale`` of ``Oddness``, as measured already.
    offset : ndarray of shape (n_tokens,), or None
        Fitted with the temperatures; None is 0.
    """

    def __init__(
        self,
        counts: PairCounts | None,
        sample: EncodedTable | None = None,
        heard: np.ndarray | None = None,
        temperature: np.ndarray | None = None,
        bin_values: Mapping[str, np.ndarray] | None = None,
        units: tuple[np.ndarray, np.ndarray] | None = None,
        offset: np.ndarray | None = None,
    ) -> None:
        self.counts = counts
        self.sample = sample
        self.heard = heard
        self.temperature = temperature
        self.offset = offset
        self.bin_values = dict(bin_values or {})
        self.units = units
        self._model: CellModel | None = None
        self._oddness: Oddness | None = None

    def model(self, vectors: Vectors | None, crew: Workers) -> CellModel:
        """Give the model of cells; what it takes is computed once.

        ``vectors`` are those of the same fit; they are needed where no counts are kept.

        Examples
        --------
        >>> from cat2vec import count_pairs, encode_table
        >>> from cat2vec.kernels.threads import workers
        >>> table = encode_table({"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9})
        >>> kept = CellsKept(count_pairs({"city": ["Oslo", "Rome"] * 9,
        ...                               "food": ["cod", "pasta"] * 9}), sample_of(table))
        >>> with workers(1) as crew:
        ...     kept.model(None, crew).probabilities(table, 1, crew)[0].round(1)
        array([1., 0.])
        """
        if self._model is None:
            evidence: Evidence
            if self.counts is not None:
                evidence = PairEvidence.of(self.counts, crew)
            else:
                assert vectors is not None
                evidence = VectorEvidence.of(vectors, crew)
            if self.heard is not None:
                evidence = replace(evidence, heard=self.heard)
            self.heard = evidence.heard
            if self.temperature is None:
                self._fit_temperatures(evidence, crew)
            assert self.temperature is not None
            if self.offset is not None:
                evidence = replace(evidence, offset=self.offset)
            self._model = CellModel(evidence, self.temperature)
        return self._model

    def oddness(self, crew: Workers) -> Oddness:
        """Give the score of rows, which needs counts; it is computed once."""
        if self._oddness is None:
            assert self.counts is not None
            model = self.model(None, crew)
            self._oddness = Oddness.of(self.counts, model, self.sample, crew, self.units)
            self.units = self._oddness.centre, self._oddness.scale
        return self._oddness

    def _fit_temperatures(self, evidence: Evidence, crew: Workers) -> None:
        if self.sample is None or not self.sample.n_rows:
            self.temperature, self.offset = default_temperatures(evidence.heard), None
        else:
            self.temperature, self.offset = temperatures_of(evidence, self.sample, crew)

    def grown(
        self,
        counts: PairCounts | None,
        rows: EncodedTable,
        earlier: Vocabulary,
        vocabulary: Vocabulary,
    ) -> CellsKept:
        """Give what is kept after more rows, of which these are the new ones.

        ``vocabulary`` is that of the grown model, ``earlier`` that of before.
        Temperatures are fitted anew, on some of the old and some of the new rows; where the old
        ones are not kept, because the model was loaded, and the new ones are few, the earlier
        temperatures stay.
        """
        new = sample_of(recoded(rows, vocabulary))
        if self.sample is None:
            few = new.n_rows < _ENOUGH_ROWS and self.temperature is not None
            if not few:
                return CellsKept(counts, new, bin_values=self.bin_values)
            offset = None if self.offset is None else _moved(self.offset, earlier, vocabulary)
            return CellsKept(
                counts, None, self.heard, self.temperature, self.bin_values, self.units, offset
            )
        old = recoded(self.sample, vocabulary)
        before = 0.0 if self.counts is None else float(self.counts.n_rows)
        before = max(before, float(old.n_rows))
        share = before / (before + float(rows.total_weight))
        n_old = min(round(SAMPLE_ROWS * share), old.n_rows)
        n_new = min(SAMPLE_ROWS - n_old, new.n_rows)
        return CellsKept(
            counts, _stacked(sample_of(old, n_old), sample_of(new, n_new)), None, None,
            self.bin_values,
        )  # fmt: skip


def kept_counts(counts: PairCounts, vectors: Vectors) -> PairCounts:
    """Give counts as they were trained on: pooled, and without excluded pairs."""
    pooled = counts.pool(vectors.settings.get("min_count", 1))
    return pooled.without(Problem.of_vectors(vectors).allowed)


def recoded(table: EncodedTable, vocabulary: Vocabulary) -> EncodedTable:
    """Write rows in the codes of another vocabulary of the same features."""
    if table.vocabulary is vocabulary:
        return table
    tables = [
        np.append(vocabulary.codes_of(position, categories.tolist()), [-2, -1]).astype(np.int32)
        for position, categories in enumerate(table.vocabulary.categories)
    ]

    def changed(block: EncodedTable) -> EncodedTable:
        codes = np.empty(block.codes.shape, np.int32, order="F")
        for column, position in enumerate(block.feature_of_column.tolist()):
            codes[:, column] = tables[position][block.codes[:, column]]
        return EncodedTable(codes, vocabulary, block.weights, block.feature_of_column)

    return table.changed(changed)


def _moved(offset: np.ndarray, earlier: Vocabulary, vocabulary: Vocabulary) -> np.ndarray:
    """Give tokens of another vocabulary the offsets that they had, and new ones 0."""
    found = np.zeros(vocabulary.n_tokens)
    for position, categories in enumerate(earlier.categories):
        codes = vocabulary.codes_of(position, categories.tolist())
        mine = offset[slice(*earlier.offsets[position : position + 2].tolist())]
        found[vocabulary.offsets[position] + codes[codes >= 0]] = mine[codes >= 0]
    return found


def _stacked(one: EncodedTable, other: EncodedTable) -> EncodedTable:
    """Put rows below others; cells of several values get as many columns as the fullest has."""
    slots = np.maximum(one.n_slots, other.n_slots)
    feature_of_column = np.repeat(np.arange(len(slots)), slots)
    parts = []
    for table in (one, other):
        codes = np.full((table.n_rows, len(feature_of_column)), -1, np.int32, order="F")
        for position in range(len(slots)):
            mine = np.flatnonzero(table.feature_of_column == position)
            start = int(np.searchsorted(feature_of_column, position))
            codes[:, start : start + len(mine)] = table.codes[:, mine]
        parts.append(codes)
    return EncodedTable(
        np.asfortranarray(np.vstack(parts)), one.vocabulary, None, feature_of_column
    )
