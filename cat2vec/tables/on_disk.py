"""Codes of more rows than memory holds: written into a file without a name, and mapped.

Takes codes of some rows after the other. Gives one array of all. The file is gone as soon as
nobody holds the array.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from typing import Any

import numpy as np


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
    OSError

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
        self._file = tempfile.TemporaryFile(prefix="cat2vec-", dir=on_disk.made())  # noqa: SIM115

    def write(self, row: int, codes: np.ndarray) -> None:
        """Write the codes of some rows from a number on: (n_rows, n_columns)."""
        for column in range(codes.shape[1]):
            self._file.seek((column * self._shape[0] + row) * self._dtype.itemsize)
            self._file.write(np.ascontiguousarray(codes[:, column], self._dtype).data)

    def array(self) -> np.ndarray:
        """Give all codes, column by column, once all were written; nothing more can be then."""
        self._file.flush()
        codes = np.memmap(self._file, self._dtype, "r", shape=self._shape, order="F")
        self._file.close()  # what is mapped stays
        return codes
