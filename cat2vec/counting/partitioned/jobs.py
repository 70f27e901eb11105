"""A reading of all partitions of a table: what each gives, and how that of all is put together.

A ``Job`` turns the rows of one partition into a few values, each for a bucket. The engine brings
the values of a bucket to one place, where they are merged, and collects what is left. Both steps
depend on nothing but what they are given, so an engine may run them again, after a machine is lost.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from cat2vec.errors import Cat2VecError

#: Named columns of some rows, as ``read_columns`` gives them.
Columns = Mapping[str, Any]
#: A bucket, and a value in bytes.
Packed = tuple[int, bytes]
#: The bucket of errors; those of jobs are 0 or more.
_ERRORS = -1


class Merger(Protocol):
    """Puts together the values of one bucket."""

    def add(self, value: Any) -> None:
        """Take a value of a partition."""

    def values(self) -> Iterator[Any]:
        """Give what all of them make, in pieces."""


class Job(Protocol):
    """What is done with the rows of a table; it travels, so it must be pickled."""

    def rows(self, tables: Iterator[Columns]) -> Iterator[tuple[int, Any]]:
        """Give values of one partition, of which some rows come after the other."""

    def merger(self, bucket: int) -> Merger:
        """Give what puts the values of a bucket together."""


@runtime_checkable
class Engine(Protocol):
    """A table of another library, in partitions."""

    names: Sequence[str]

    def check(self, names: Sequence[str]) -> None:
        """Raise ColumnTypeError if a column is of a type that cannot be read."""

    def run(self, job: Job, names: Sequence[str]) -> Iterable[Packed]:
        """Run a job over some columns, and give what its mergers give."""


def mapped(job: Job, tables: Iterator[Columns]) -> Iterator[Packed]:
    """Give the values of one partition in bytes; an error is a value, too."""
    try:
        for bucket, value in job.rows(tables):
            yield bucket, pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    except Cat2VecError as error:  # engines would bury it in their own
        yield _ERRORS, pickle.dumps((type(error), str(error)), pickle.HIGHEST_PROTOCOL)


def merged(job: Job, packed: Iterable[Packed]) -> Iterator[Packed]:
    """Merge the values of some buckets."""
    mergers: dict[int, Merger] = {}
    for bucket, value in packed:
        if bucket == _ERRORS:
            yield bucket, value
            continue
        if bucket not in mergers:
            mergers[bucket] = job.merger(bucket)
        mergers[bucket].add(pickle.loads(value))
    while mergers:
        bucket, merger = mergers.popitem()
        for value in merger.values():
            yield bucket, pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def results(engine: Engine, job: Job, names: Sequence[str]) -> Iterator[tuple[int, Any]]:
    """Run a job and give its values, those of a bucket in order, bucket by bucket.

    Raises
    ------
    Cat2VecError
        That of a partition.
    """
    found = sorted(engine.run(job, names), key=lambda one: one[0])
    if found and found[0][0] == _ERRORS:
        kind, sentence = pickle.loads(found[0][1])
        error = kind.__new__(kind)
        error.args = (sentence,)
        raise error
    for bucket, value in found:
        yield bucket, pickle.loads(value)
