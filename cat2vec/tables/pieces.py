"""Encoded rows that come in pieces, of which nobody knows how many follow, put together.

Takes encoded tables of one vocabulary, or of one that grows. Gives one ``EncodedTable``, in memory
or, where that would be too much, on disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cat2vec.tables.encoded import EncodedTable
from cat2vec.tables.on_disk import CodesFile, OnDisk, room_on_disk, unnamed_file
from cat2vec.vocabulary.vocabulary import MISSING, UNSEEN, Vocabulary, category_key


class EncodedPieces:
    """Encoded rows without weights, added some at a time.

    Parameters
    ----------
    on_disk : OnDisk
        Codes of up to a quarter of its ``memory`` stay in memory.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> first = encode_table({"city": ["Oslo", "Rome"], "job": ["cook", None]})
    >>> pieces = EncodedPieces(OnDisk(1000))
    >>> pieces.add(first)
    >>> pieces.add(encode_table({"city": ["Rome"], "job": ["cook"]}, vocabulary=first.vocabulary))
    >>> pieces.table().codes.tolist()
    [[0, 0], [1, -1], [1, 0]]
    """

    def __init__(self, on_disk: OnDisk) -> None:
        self._on_disk = on_disk
        self._held: list[EncodedTable] = []
        self._n_bytes = 0
        self._file: Any = None
        self._written: list[tuple[int, np.ndarray, np.dtype]] = []

    def add(self, rows: EncodedTable) -> None:
        """Add rows; those that are held go to disk once they are too many.

        Raises
        ------
        SpillError
            If the disk is full.
        """
        self._held.append(replace(rows, unseen={}))
        self._n_bytes += rows.codes.nbytes
        if self._n_bytes > self._on_disk.memory // 4 or self._file is not None:
            self._write()

    def table(self) -> EncodedTable:
        """Give all rows, with the vocabulary of the last ones; some must have been added.

        Raises
        ------
        SpillError
            If the disk is full.
        """
        about = [(one.n_rows, one.n_slots, one.codes.dtype) for one in self._held]
        about = [*self._written, *about]
        n_rows, dtype = sum(n for n, _, _ in about), np.result_type(*(one for _, _, one in about))
        slots = np.max([found for _, found, _ in about], axis=0)
        feature_of_column = np.repeat(np.arange(len(slots)), slots)
        words = self._held[-1].vocabulary
        if self._file is None:
            codes = np.empty((n_rows, len(feature_of_column)), dtype, "F")
            row = 0
            for one in self._held:
                codes[row : row + one.n_rows] = one.with_slots(slots)
                row += one.n_rows
            return EncodedTable(codes, words, None, feature_of_column)
        file, row = CodesFile(n_rows, len(feature_of_column), dtype, self._on_disk), 0
        for piece in self._read(words):
            file.write(row, piece.with_slots(slots))
            row += piece.n_rows
        self._file.close()
        return EncodedTable(file.array(), words, None, feature_of_column, on_disk=self._on_disk)

    def _write(self) -> None:
        if self._file is None:
            self._file = unnamed_file(self._on_disk)
        for one in self._held:
            with room_on_disk(self._on_disk, self._n_bytes - one.codes.nbytes):
                self._file.write(np.asfortranarray(one.codes).data.tobytes("F"))
                self._file.flush()
            self._written.append((one.n_rows, one.n_slots, one.codes.dtype))
        self._held = [self._held[-1].rows(0, 0)]  # whose vocabulary is the last one

    def _read(self, vocabulary: Vocabulary) -> Iterator[EncodedTable]:
        self._file.seek(0)
        for n_rows, slots, dtype in self._written:
            feature_of_column = np.repeat(np.arange(len(slots)), slots)
            content = self._file.read(n_rows * len(feature_of_column) * dtype.itemsize)
            codes = np.frombuffer(content, dtype).reshape(
                (n_rows, len(feature_of_column)), order="F"
            )
            yield EncodedTable(codes, vocabulary, None, feature_of_column)


def in_order_of_value(table: EncodedTable, known: Vocabulary) -> EncodedTable:
    """Sort the categories that rows in pieces added to a vocabulary, and count all in the rows.

    Parameters
    ----------
    table : EncodedTable
        Its new categories stand behind the known ones in the order in which pieces met them.
    known : Vocabulary
        Of before the first piece.

    Returns
    -------
    EncodedTable
        As ``encode_growing`` gives it of all rows at once.
    """
    grown = table.vocabulary
    categories, tables = [], []
    for codec, old, found in zip(
        known.schema.codecs, known.categories, grown.categories, strict=True
    ):
        new = found.tolist()[len(old) :]
        ordered = codec.sorted_categories(new)
        place = {category_key(value): len(old) + i for i, value in enumerate(ordered)}
        own = [*range(len(old)), *(place[category_key(value)] for value in new)]
        tables.append(np.array([*own, UNSEEN, MISSING], np.int32))
        values = np.empty(len(found), found.dtype)
        values[:] = [*old.tolist(), *ordered]
        categories.append(values)
    words = replace(grown, categories=tuple(categories))

    def changed(block: EncodedTable) -> EncodedTable:
        codes = np.empty(block.codes.shape, block.codes.dtype, "F")
        for column, feature in enumerate(block.feature_of_column.tolist()):
            codes[:, column] = tables[feature][block.codes[:, column]]
        return replace(block, codes=codes, vocabulary=words)

    sorted_rows = table.changed(changed)
    counts = [sorted_rows.counted(feature) for feature in range(words.n_features)]
    return replace(sorted_rows, vocabulary=replace(words, counts=np.concatenate(counts)))
