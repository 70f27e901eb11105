"""Codes of more rows than memory holds: written into a file without a name, and mapped.

Takes codes of some rows after the other. Gives one array of all. The file is gone as soon as
nobody holds the array.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from cat2vec.errors import Cat2VecError, SpillError
from cat2vec.storage.files import why_full


@dataclass(frozen=True)
class OnDisk:
    """Where codes lie that are not in memory, and what may be held of them.

    Parameters
    ----------
    memory : int
        Bytes for all that is made of rows at a time.
    folder : path or None
        For files; None is the one of the system for temporary files.
    """

    memory: int
    folder: Any = None

    def made(self) -> Any:
        """Give the folder, which is made where it is not there."""
        if self.folder is not None:
            os.makedirs(self.folder, exist_ok=True)
        return self.folder


class CodesFile:
    """A table of codes, column by column, in a file that nobody else sees.

    It is written, not mapped, until all is there: a full disk is an error of ``write`` then, and
    would end the whole program otherwise.

    Parameters
    ----------
    n_rows, n_columns : int
        At least 1.
    dtype : dtype
    on_disk : OnDisk

    Raises
    ------
    SpillError
        Of a full disk.

    Examples
    --------
    >>> file = CodesFile(3, 2, np.int16, OnDisk(1000))
    >>> file.write(0, np.array([[1, 4], [2, 5]]))
    >>> file.write(2, np.array([[3, 6]]))
    >>> file.array().tolist()
    [[1, 4], [2, 5], [3, 6]]
    """

    def __init__(self, n_rows: int, n_columns: int, dtype: Any, on_disk: OnDisk) -> None:
        self._shape, self._dtype = (n_rows, n_columns), np.dtype(dtype)
        self._on_disk, self._n_written = on_disk, 0
        self._file = unnamed_file(on_disk)

    def write(self, row: int, codes: np.ndarray) -> None:
        """Write the codes of some rows from a number on: (n_rows, n_columns)."""
        with self._room_told():
            for column in range(codes.shape[1]):
                self._file.seek((column * self._shape[0] + row) * self._dtype.itemsize)
                self._file.write(np.ascontiguousarray(codes[:, column], self._dtype).data)
        self._n_written += codes.size * self._dtype.itemsize

    def array(self) -> np.ndarray:
        """Give all codes, column by column, once all were written; nothing more can be then."""
        with self._room_told():
            self._file.flush()
        codes = np.memmap(self._file, self._dtype, "r", shape=self._shape, order="F")
        self._file.close()  # what is mapped stays
        return codes

    def _room_told(self) -> Any:
        n_bytes = self._shape[0] * self._shape[1] * self._dtype.itemsize
        n_written = max(self._n_written, 1)
        return room_on_disk(self._on_disk, n_written, n_written / max(n_bytes, 1))


def unnamed_file(on_disk: OnDisk) -> Any:
    """Open a file that nobody else sees, and that is gone when it is closed."""
    with room_on_disk(on_disk, 0):
        return tempfile.TemporaryFile(prefix="cat2vec-", dir=on_disk.made())


@contextmanager
def room_on_disk(on_disk: OnDisk, n_written: int, share: float | None = None) -> Iterator[None]:
    """Raise SpillError in place of an error that says that there is no more room for codes.

    ``n_written`` are the bytes so far, ``share`` which part of all that is, if that is known.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, Cat2VecError) or not (why := why_full(error)):
            raise
        folder = str(on_disk.folder or tempfile.gettempdir())
        is_own = on_disk.folder is not None
        raise SpillError.full(folder, why, n_written, share, is_own) from None
