"""The list of what a spill has finished, ``manifest.json``: written again and again, and taken up.

Takes the columns of a spill. Gives them what an interrupted run of the same table wrote. The list
is written beside and renamed; what stands in the files behind it is cut off.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pyarrow as pa

from cat2vec import __version__
from cat2vec.errors import SpillError, named
from cat2vec.tables.cells.growing import Profile
from cat2vec.tables.streams.number_texts import NumberTexts
from cat2vec.tables.streams.spill_folder import MANIFEST, empty_spill
from cat2vec.tables.streams.spilled_column import Reading, Segment, SpilledColumn
from cat2vec.tables.streams.stream import Stream

#: Seconds between two lists of what is finished, and how many times as long as writing one takes.
_BETWEEN, _TIMES = 0.25, 20.0


def identity_of(stream: Stream, readings: Mapping[str, Reading], weights: Any) -> Any:
    """Give JSON by which an interrupted run is known again; None if it cannot go on."""
    if stream.identity is None or weights is not None:
        return None
    columns = {name: list(asdict(one).values()) for name, one in readings.items()}
    return {**stream.identity, "columns": columns, "versions": [__version__, pa.__version__]}


class Manifest:
    """Keeps a list of what is finished, where the same table can be read again.

    Parameters
    ----------
    folder : Path
    identity : object
        As ``identity_of`` gives it.
    """

    def __init__(self, folder: Path, identity: Any) -> None:
        self._folder, self._identity = folder, identity
        self._next_at = monotonic() + _BETWEEN
        self._n_values: dict[str, int] = {}

    def go_on(self, columns: Mapping[str, SpilledColumn]) -> list[tuple[int, int]]:
        """Take up what an interrupted run finished, and give its pieces.

        Raises
        ------
        SpillError
            If that was a run on another table, or some of it is lost.
        """
        path = self._folder / MANIFEST
        if not path.exists():
            empty_spill(self._folder)
            return []
        try:
            found = json.loads(path.read_text("utf-8"))
            then = found["of"]
        except (ValueError, KeyError, TypeError):
            raise SpillError.damaged(str(self._folder), MANIFEST) from None
        if then != self._identity:
            raise SpillError.of_other(str(self._folder), what_differs(then, self._identity))
        for column, kept in zip(columns.values(), found["columns"], strict=True):
            self._take_up(column, kept)
        return [(part, n_rows) for part, n_rows in found["pieces"]]

    def _take_up(self, column: SpilledColumn, kept: dict[str, Any]) -> None:
        segments = [Segment(*one) for one in kept["segments"]]
        lengths = column.lengths_of(segments) | {"values": kept["n_values_bytes"]}
        for ending, length in lengths.items():
            path = column.path_of(ending)
            if length > (path.stat().st_size if path.exists() else 0):
                raise SpillError.damaged(str(self._folder), path.name)
            if path.exists():
                os.truncate(path, length)
        values: Any = []
        if kept["n_values_bytes"]:
            with open(column.path_of("values"), "rb") as file:
                values = _values_in(file, kept["n_values_bytes"])
            if kept["is_array"]:
                values = np.concatenate(values)
            else:
                values = [value for some in values for value in some]
        order = None if kept["order"] is None else tuple(kept["order"])
        profile = Profile(
            values, np.zeros(0), None, 0, 0.0, kept["dtype"], kept["is_number"], order,
            kept["is_list"],
        )  # fmt: skip
        kind = kept["type"] and pa.ipc.read_schema(pa.py_buffer(b64decode(kept["type"])))
        column.type = kind and kind.field(0).type
        if kept["number_texts"] is None:
            column.stay_text()
        else:
            column.number_texts = NumberTexts.of(kept["number_texts"])
        column.go_on(segments, values, profile)
        self._n_values[column.name] = len(values)

    def keep(
        self,
        columns: Mapping[str, SpilledColumn],
        pieces: Sequence[tuple[int, int]],
        at_once: bool = False,
    ) -> None:
        """Write the list, unless the last one is of a moment ago."""
        started = monotonic()
        if self._identity is None or (not at_once and started < self._next_at):
            return
        of_columns = [self._about(column) for column in columns.values()]
        if any(column is None for column in of_columns):
            self._identity = None  # values that cannot be written down
            (self._folder / MANIFEST).unlink(missing_ok=True)
            return
        plain = {"of": self._identity, "pieces": pieces, "columns": of_columns}
        beside = self._folder / f"{MANIFEST}.new"
        beside.write_text(json.dumps(plain), "utf-8")
        os.replace(beside, self._folder / MANIFEST)
        self._next_at = monotonic() + max(_BETWEEN, _TIMES * (monotonic() - started))

    def _about(self, column: SpilledColumn) -> dict[str, Any] | None:
        """Write the new values of a column, and say what it is; None if that cannot be done."""
        column.flush()
        profile = column.grown.profile()
        known = self._n_values.get(column.name, 0)
        path = column.path_of("values")
        try:
            json.dumps(profile.order)
            if len(profile.values) > known:
                _append(path, profile.values[known:], _type_of_values(column.type))
        except (TypeError, ValueError, OverflowError, pa.ArrowException):
            return None
        self._n_values[column.name] = len(profile.values)
        kind = column.type and pa.schema([("", column.type)]).serialize().to_pybytes()
        return {
            "type": kind and b64encode(kind).decode(),
            "number_texts": column.number_texts and column.number_texts.state(),
            "segments": [list(asdict(one).values()) for one in column.segments],
            "n_values_bytes": path.stat().st_size if path.exists() else 0,
            "is_array": column.grown.is_array,
            "dtype": profile.dtype,
            "is_number": profile.is_number,
            "order": profile.order,
            "is_list": profile.is_list,
        }


def what_differs(then: Any, now: Any) -> str:
    """Say in what a table, or how it is read, is not that of an interrupted run.

    Examples
    --------
    >>> then = {"files": [["/t.csv", 10, 0]], "options": {"delimiter": ";"}}
    >>> what_differs(then, {"files": [["/t.csv", 12, 0]], "options": {"delimiter": ";"}})
    "the file '/t.csv' had 10 bytes and has 12"
    >>> what_differs(then, {"files": [["/t.csv", 10, 0]], "options": {"delimiter": ","}})
    "delimiter was ';' and is ','"
    >>> what_differs(then, None)
    'what is counted now can be read only once, or has weights'
    """
    if now is None:
        return "what is counted now can be read only once, or has weights"
    if then["files"] != now["files"]:
        return _which_file(then["files"], now["files"])
    if then["options"] != now["options"]:
        name = next(
            name for name, given in now["options"].items() if then["options"][name] != given
        )
        return f"{named(name)} was {then['options'][name]!r} and is {now['options'][name]!r}"
    for name in dict.fromkeys([*then["columns"], *now["columns"]]):
        if name not in now["columns"]:
            return f"the column {name!r} was read and is not among those now"
        if name not in then["columns"]:
            return f"the column {name!r} is read and was not among those then"
        if then["columns"][name] != now["columns"][name]:
            return f"the column {name!r} is read as another kind, or with other missing values"
    return "it was written with other versions of cat2vec or pyarrow: {}, and now {}".format(
        *(" and ".join(one["versions"]) for one in (then, now))
    )


def _which_file(then: Sequence[Sequence[Any]], now: Sequence[Sequence[Any]]) -> str:
    before = {name: (size, time) for name, size, time in then}
    for name, size, time in now:
        if name not in before:
            return f"the file {name!r} was not among those of that run"
        old_size, old_time = before.pop(name)
        if size != old_size:
            return f"the file {name!r} had {old_size:,} bytes and has {size:,}"
        if time != old_time:
            return f"the file {name!r} was written again since"
    if before:
        return f"the file {next(iter(before))!r} was among those of that run and is missing now"
    return "the files were given in another order"


def _append(path: Path, values: Any, kind: pa.DataType | None) -> None:
    """Write values behind those that a file holds, as a stream of Arrow of their own."""
    array = pa.array(values) if isinstance(values, np.ndarray) else pa.array(values, kind)
    batch = pa.record_batch({"values": array})
    with open(path, "ab") as file, pa.ipc.new_stream(file, batch.schema) as stream:
        stream.write_batch(batch)


def _values_in(file: Any, n_bytes: int) -> list[Any]:
    """Read the values that ``_append`` wrote, as arrays of numbers or as lists."""
    found = []
    while file.tell() < n_bytes:
        for batch in pa.ipc.open_stream(file):
            array = batch.column(0)
            is_array = pa.types.is_boolean(array.type) or pa.types.is_primitive(array.type)
            plain = is_array and not pa.types.is_temporal(array.type)
            found.append(array.to_numpy(zero_copy_only=False) if plain else array.to_pylist())
    return found


def _type_of_values(kind: pa.DataType | None) -> pa.DataType | None:
    """Give the type of the values of a column: of a dictionary's, and of those in lists."""
    while kind is not None and hasattr(kind, "value_type"):
        kind = kind.value_type
    return kind
