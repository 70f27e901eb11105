"""Distinct keys of many rows: sorted a part at a time, and the parts merged.

Takes keys of eight bytes or fewer. Gives each distinct key with its count. What does not fit into
memory goes to disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

Run = tuple[np.ndarray, np.ndarray]

#: Keys of each run that are in memory at once while runs from disk are merged.
_MERGED_KEYS = 1 << 18


class SortedRuns:
    """Distinct keys with their counts.

    Parameters
    ----------
    key_dtype, dtype : type
        Of the keys, and of the counts: int64, or float64 of weights.
    folder : Path
        Where runs go that do not fit.
    name : str
        Of the files.
    room : int
        Bytes that may be held.

    Examples
    --------
    >>> runs = SortedRuns(np.int64, np.int64, Path("."), "pairs", 1 << 20)
    >>> runs.add(np.array([7, 3, 7]))
    >>> runs.add(np.array([3, 1]))
    >>> [part.tolist() for part in runs.merged()]
    [[1, 3, 7], [1, 2, 2]]
    """

    def __init__(self, key_dtype: Any, dtype: Any, folder: Path, name: str, room: int) -> None:
        self._key_dtype, self._dtype = np.dtype(key_dtype), np.dtype(dtype)
        self._folder, self._name = folder, name
        self._most = max(room // 64, 1)  # keys that wait: 8 bytes, and as much again to sort them
        self._room = room // 2
        self._keys: list[np.ndarray] = []
        self._counts: list[np.ndarray] = []
        self._n_waiting = 0
        self._runs: list[Run] = []
        self._files: list[tuple[Path, Path]] = []

    def add(self, keys: np.ndarray, counts: np.ndarray | None = None) -> None:
        """Add keys, each counted once or as often as is said."""
        if not len(keys):
            return
        self._keys.append(keys)
        if counts is not None:
            self._counts.append(counts)
        self._n_waiting += len(keys)
        if self._n_waiting >= self._most:
            self._sort()

    def _sort(self) -> None:
        """Make a run of the keys that wait, and merge runs of like size."""
        if not self._n_waiting:
            return
        keys = np.concatenate(self._keys)
        counts = np.concatenate(self._counts) if self._counts else None
        self._runs.append(_counted(keys, counts, self._dtype))
        self._keys, self._counts, self._n_waiting = [], [], 0
        while len(self._runs) > 1 and len(self._runs[-2][0]) <= 2 * len(self._runs[-1][0]):
            self._runs[-2:] = [_two_merged(self._runs[-2], self._runs[-1])]
        held = sum(keys.nbytes + counts.nbytes for keys, counts in self._runs)
        if held > self._room:
            self._to_disk()

    def _to_disk(self) -> None:
        keys, counts = self._in_memory()
        stem = self._folder / f"{self._name}-{len(self._files)}"
        paths = (stem.with_suffix(".keys"), stem.with_suffix(".counts"))
        keys.tofile(paths[0])
        counts.tofile(paths[1])
        self._files.append(paths)
        self._runs = []

    def _in_memory(self) -> Run:
        runs = self._runs or [self._nothing()]
        while len(runs) > 1:
            runs[-2:] = [_two_merged(runs[-2], runs[-1])]
        return runs[0]

    def _nothing(self) -> Run:
        return np.empty(0, self._key_dtype), np.empty(0, self._dtype)

    def merged(self) -> Run:
        """Give all distinct keys, ascending, with their counts; files are taken away."""
        parts = [self._nothing(), *self.parts()]
        keys = np.concatenate([keys for keys, _ in parts])
        return keys, np.concatenate([counts for _, counts in parts])

    def parts(self) -> Iterator[Run]:
        """Give what ``merged`` gives, some keys after the other."""
        self._sort()
        if not self._files:
            yield self._in_memory()
            return
        if self._runs:
            self._to_disk()
        yield from self._merged_files()
        for paths in self._files:
            for path in paths:
                path.unlink()
        self._files = []

    def _merged_files(self) -> Iterator[Run]:
        """Merge runs on disk, of each some keys at a time."""
        width = self._key_dtype.itemsize
        done = [0] * len(self._files)
        sizes = [keys.stat().st_size // width for keys, _ in self._files]
        while any(place < size for place, size in zip(done, sizes, strict=True)):
            heads: list[Run] = []
            for run, (of_keys, of_counts) in enumerate(self._files):
                n_keys = min(_MERGED_KEYS, sizes[run] - done[run])
                keys = np.fromfile(of_keys, self._key_dtype, n_keys, offset=done[run] * width)
                counts = np.fromfile(of_counts, self._dtype, n_keys, offset=done[run] * 8)
                heads.append((keys, counts))
            # keys up to the least of the last ones are complete
            lasts = [
                keys[-1]
                for run, (keys, _) in enumerate(heads)
                if done[run] + len(keys) < sizes[run]
            ]
            some = self._nothing()
            for run, (keys, counts) in enumerate(heads):
                n_here = len(keys)
                if lasts:
                    n_here = int(np.searchsorted(keys, min(lasts), side="right"))
                some = _two_merged(some, (keys[:n_here], counts[:n_here]))
                done[run] += n_here
            yield some


def _counted(keys: np.ndarray, counts: np.ndarray | None, dtype: Any) -> Run:
    """Sort keys and add up the counts of equal ones, in the order in which they came."""
    if counts is None:
        distinct, found = np.unique(keys, return_counts=True)
        return distinct, found.astype(dtype)
    distinct, place = np.unique(keys, return_inverse=True)
    sums: np.ndarray = np.zeros(len(distinct), dtype)
    np.add.at(sums, place, counts)
    return distinct, sums


def _two_merged(one: Run, other: Run) -> Run:
    keys = np.concatenate([one[0], other[0]])
    order = np.argsort(keys, kind="stable")  # merges what is sorted already
    keys, counts = keys[order], np.concatenate([one[1], other[1]])[order]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[starts], np.add.reduceat(counts, starts) if len(starts) else counts
