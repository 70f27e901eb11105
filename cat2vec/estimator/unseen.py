"""Cells with categories that fit did not see: counted, and warned of or refused.

Takes encoded rows, all at once or piece by piece.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cat2vec.errors import UnseenCategoryError, UnseenCategoryWarning, warn
from cat2vec.tables.cells.texts import number_of
from cat2vec.tables.encoded import EncodedTable
from cat2vec.tables.twins import differ_in_type, twin_sentence, twins
from cat2vec.vocabulary.vocabulary import UNSEEN, Vocabulary


def check_unseen(encoded: EncodedTable, handle_unknown: str, unseen_get: str | None = None) -> None:
    """Warn of cells with categories that fit did not see, or raise if they are to be an error.

    Rows of weight 0 do not count. ``unseen_get`` says what becomes of these cells where that is not
    for ``handle_unknown`` to say.
    """
    found = UnseenCells(encoded.vocabulary)
    found.add(encoded, handle_unknown)
    found.warn(unseen_get or handle_unknown)


class UnseenCells:
    """Cells with categories that fit did not see, of a table that may come in pieces.

    Examples of them are those of the first pieces that hold some, most frequent ones first.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._counts: dict[str, int] = dict.fromkeys(vocabulary.features, 0)
        self._examples: dict[str, tuple[Any, ...]] = {}
        self._n_rows = 0

    def add(self, encoded: EncodedTable, handle_unknown: str, in_pieces: bool = False) -> None:
        """Count those of some more rows; raise UnseenCategoryError if they are to be an error.

        ``in_pieces`` says that other rows may follow, which an error then does not speak of.
        """
        unseen = encoded.cells_with(UNSEEN)
        if encoded.weights is not None:
            unseen[encoded.weights == 0] = False
        before, self._n_rows = self._n_rows, self._n_rows + encoded.n_rows
        if not unseen.any():
            return
        for (name, n), column in zip(list(self._counts.items()), unseen.T, strict=True):
            self._counts[name] = n + int(column.sum())
            self._examples.setdefault(name, encoded.unseen.get(name, ()))
            if handle_unknown == "error" and self._counts[name]:
                rows = (before + np.flatnonzero(column)).tolist()
                examples, alike = self._examples[name], self._alike([name])
                read = self._n_rows if in_pieces else None
                raise UnseenCategoryError(name, len(rows), rows, examples, alike, read)
        self._examples = {name: some for name, some in self._examples.items() if some}

    def warn(self, what: str) -> None:
        """Warn of all that were found, if any; ``what`` is what becomes of them."""
        counts = {name: n for name, n in self._counts.items() if n}
        if not counts:
            return
        each = zip(self._vocabulary.features, self._vocabulary.pooled, strict=True)
        with_rare = [name for name, pooled in each if len(pooled)]
        alike = self._alike(list(counts))
        warn(UnseenCategoryWarning(counts, self._n_rows, what, with_rare, self._examples, alike))

    def _alike(self, features: list[str]) -> str:
        """Say of the first unseen value that reads like a known one what keeps them apart."""
        for name in features:
            if sentence := _alike(self._vocabulary, name, self._examples.get(name, ())):
                return sentence
        return ""


def _alike(vocabulary: Vocabulary, name: str, values: tuple[Any, ...]) -> str:
    position = vocabulary.schema.position(name)
    edges = vocabulary.schema.codecs[position].edges
    if edges is not None:
        numbers = [(value, number_of(value)) for value in values]
        found = [(value, number) for value, number in numbers if number is not None]
    else:
        known = [*vocabulary.categories[position].tolist(), *vocabulary.pooled[position]]
        found = twins(known, values)
    found.sort(key=differ_in_type, reverse=True)
    return twin_sentence(name, found[0]) if found else ""
