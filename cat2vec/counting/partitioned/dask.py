"""Dataframes of Dask: jobs run as tasks, one for each partition, and a few that merge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cat2vec.counting.partitioned.jobs import Job, Packed, mapped, merged
from cat2vec.parameters import check_names_differ, feature_name
from cat2vec.tables.frames import read_columns

#: Tasks that merge, at most.
_MERGING = 16


def is_dask(table: Any) -> bool:
    """Say whether this is a dataframe of Dask, without importing Dask."""
    return type(table).__module__.startswith("dask.") and hasattr(table, "to_delayed")


class DaskTable:
    """A dataframe of Dask.

    Parameters
    ----------
    frame : dask.dataframe.DataFrame

    Raises
    ------
    TableError
        If two columns have one name.
    """

    def __init__(self, frame: Any) -> None:
        check_names_differ(frame.columns)
        self._frame = frame
        self._columns = {feature_name(name): name for name in frame.columns}
        self.names: Sequence[str] = list(self._columns)

    def check(self, names: Sequence[str]) -> None:
        """Types are told by the partitions."""

    def run(self, job: Job, names: Sequence[str]) -> Iterable[Packed]:
        """Run a job over some columns, and give what its mergers give."""
        import dask

        parts = self._frame[[self._columns[name] for name in names]].to_delayed()
        n_merging = min(_MERGING, len(parts))
        # the job is an argument of each task, so a machine that is lost takes nothing along
        mapping = dask.delayed(_mapped, nout=n_merging)
        found = [list(mapping(job, part, n_merging)) for part in parts]
        merging = dask.delayed(_merged)
        lists = dask.compute(*(merging(job, some) for some in zip(*found, strict=True)))
        return [one for some in lists for one in some]


def _mapped(job: Job, frame: Any, n_merging: int) -> list[list[Packed]]:
    """Give the values of a partition, shared out by their buckets."""
    tables: Iterator[Any] = iter([read_columns(frame)] if len(frame) else [])
    shares: list[list[Packed]] = [[] for _ in range(n_merging)]
    for one in mapped(job, tables):
        shares[one[0] % n_merging].append(one)
    return shares


def _merged(job: Job, parts: Sequence[list[Packed]]) -> list[Packed]:
    return list(merged(job, (one for part in parts for one in part)))
