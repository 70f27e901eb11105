"""A table on disk as codes, column by column, with a list of what is finished.

Takes a ``Stream``. Gives a ``Spill``, from which the rows are read as often as they are needed. The
list, ``manifest.json``, is written beside and renamed after each piece: an interrupted run of the
same table goes on behind the last one.
"""

from __future__ import annotations

import errno
import json
import os
import re
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pyarrow as pa

from cat2vec import __version__
from cat2vec.errors import ParameterError, SpillError, SpillWarning, map_in, warn
from cat2vec.tables.cells.growing import Profile
from cat2vec.tables.sources.columnar import Piece
from cat2vec.tables.streams.number_texts import NumberTexts
from cat2vec.tables.streams.spilled_column import NotNumbers, Reading, Segment, SpilledColumn
from cat2vec.tables.streams.stream import Stream

#: Of the folder that is made inside the one that is given.
_FOLDER, _MANIFEST = "cat2vec-spill", "manifest.json"
#: Names of the files in it: of this list, of columns, and of sorted runs.
_OURS = re.compile(r"manifest\.json(\.new)?|c\d{5,}\.\w+|(pairs-\d+-\d+|differ)-\d+\.(keys|counts)")
#: Seconds between two lists of what is finished.
_BETWEEN = 0.25


@dataclass
class Spill:
    """Columns on disk.

    ``pieces`` are the number of the file of what was read and how many rows are kept of it;
    ``weights`` are those of these rows, and ``n_rows_read`` is how many there were.
    """

    columns: dict[str, SpilledColumn]
    pieces: list[tuple[int, int]] = field(default_factory=list)
    weights: np.ndarray | None = None
    n_rows_read: int = 0

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return sum(n_rows for _, n_rows in self.pieces)

    def close(self) -> None:
        """Close the files of all columns; nothing more is written."""
        for column in self.columns.values():
            column.close()

    @property
    def rows_of_parts(self) -> list[tuple[int, int]]:
        """First row of each file, and the one behind its last."""
        found: dict[int, tuple[int, int]] = {}
        row = 0
        for part, n_rows in self.pieces:
            found[part] = (found.get(part, (row, row))[0], row + n_rows)
            row += n_rows
        return list(found.values())


@contextmanager
def spill_folder(where: Any) -> Iterator[Path]:
    """Give a folder for a spill, and take it away when all went well.

    ``where`` is a folder in which it is kept if something goes wrong; None is one of the system's
    temporary folders, which is taken away in any case. Files of others in the folder stay, and so
    does the folder then.

    Raises
    ------
    SpillError
        If the folder cannot be made.
    """
    if where is None:
        with tempfile.TemporaryDirectory(prefix="cat2vec-", ignore_cleanup_errors=True) as made:
            yield Path(made)
        return
    folder = Path(where) / _FOLDER
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SpillError.of_folder(str(where), str(error.strerror)) from None
    done = False
    try:
        yield folder
        done = True
    finally:
        # what is of an interrupted run stays, to go on with; an empty folder helps nobody
        if done:
            _empty(folder)
        _remove_empty(missing or [folder])


def spill_stream(
    stream: Stream,
    readings: Mapping[str, Reading],
    folder: Path,
    pool: ThreadPoolExecutor,
    *,
    weights: np.ndarray | None = None,
    texts: Collection[str] = (),
    watch: Callable[[int], None] = lambda n_rows: None,
) -> Spill:
    """Read a table once and write its columns as codes.

    Parameters
    ----------
    stream : Stream
    readings : mapping of str to Reading
        Columns to read.
    folder : Path
    pool : ThreadPoolExecutor
    weights : ndarray of shape (n_rows,), float64, or None
        Rows of weight 0 are left out.
    texts : collection of str
        Columns of texts that were found not to be numbers, however their first ones look.
    watch : callable
        Is told of rows that were read.

    Raises
    ------
    CellError, ColumnTypeError, FileReadError, SpillError
    NotNumbers
        If a column is to be among ``texts``; the folder is empty then.
    """
    spill = Spill(
        {
            name: SpilledColumn(folder / f"c{number:05}", name, one, weights is not None)
            for number, (name, one) in enumerate(readings.items())
        }
    )
    for name in texts:
        spill.columns[name].stay_text()
    keeper = _Keeper(folder, _identity_of(stream, readings, weights))
    keeper.go_on(spill)
    watch(spill.n_rows)
    spill.n_rows_read = spill.n_rows
    kept: list[np.ndarray] = []
    try:
        with closing(stream.pieces(len(spill.pieces))) as pieces:  # also when interrupted
            for piece in pieces:
                here = None if weights is None else weights[spill.n_rows_read :]
                add = partial(_add_cells, piece, here, spill.n_rows_read)
                n_rows = _all_done(map_in(pool, partial(_held, add), spill.columns.values()))
                if here is not None:
                    kept.append(here[:n_rows][here[:n_rows] > 0])
                spill.pieces.append((piece.part, n_rows if here is None else len(kept[-1])))
                spill.n_rows_read += n_rows
                keeper.keep(spill)
                watch(n_rows)
        keeper.keep(spill, at_once=True)
    except OSError as error:
        raise no_room(error, folder, spill.n_rows_read, stream.n_rows) from None
    except NotNumbers:
        spill.close()
        _empty(folder)
        raise
    finally:
        spill.close()
    if weights is not None:
        spill.weights = np.concatenate([np.empty(0), *kept])
    return spill


def no_room(error: OSError, folder: Path, n_done: int, n_rows: int | None) -> OSError:
    """Give the error to raise in place of one of the system: of a full disk, what was needed."""
    if error.errno != errno.ENOSPC:
        return error
    return SpillError(str(folder), _size_of(folder), n_done, n_rows)


def _identity_of(stream: Stream, readings: Mapping[str, Reading], weights: Any) -> Any:
    """Give JSON by which an interrupted run is known again; None if it cannot go on."""
    if stream.identity is None or weights is not None:
        return None
    columns = {
        name: [one.several, one.date_unit, one.may_be_numbers] for name, one in readings.items()
    }
    return {**stream.identity, "columns": columns, "versions": [__version__, pa.__version__]}


def _held(
    add: Callable[[SpilledColumn], int], column: SpilledColumn
) -> tuple[int, Exception | None]:
    """Add cells to a column, and hold an error back until all columns are done with theirs."""
    try:
        return add(column), None
    except Exception as error:
        return 0, error


def _all_done(results: list[tuple[int, Exception | None]]) -> int:
    """Give the number of rows that were added, or raise the first error."""
    for _, error in results:
        if error is not None:
            raise error
    return results[0][0]


def _add_cells(
    piece: Piece, weights: np.ndarray | None, first_row: int, column: SpilledColumn
) -> int:
    """Write the cells of a piece, whose rows have the first of the weights; give how many."""
    cells = piece.column(column.name)
    n_rows = len(cells)
    if weights is None:
        column.add(cells, None, first_row)
        return n_rows
    if len(weights) < n_rows:
        raise ParameterError(
            f"sample_weight has {first_row + len(weights):,} weights and the table has more rows. "
            f"Give one weight per row."
        )
    here = weights[:n_rows]
    column.add(cells if here.all() else _some_of(cells, here > 0), here[here > 0], first_row)
    return n_rows


def _some_of(cells: Any, mask: np.ndarray) -> Any:
    if isinstance(cells, list):
        return [cell for cell, stays in zip(cells, mask.tolist(), strict=True) if stays]
    return cells.filter(pa.array(mask))


def _is_ours(file: Path) -> bool:
    """Say whether a file of a spill folder has a name that this package gives."""
    return _OURS.fullmatch(file.name) is not None and not file.is_dir()


def _empty(folder: Path) -> None:
    """Remove the files that were written into a folder, and no others."""
    for file in folder.iterdir():
        if _is_ours(file):
            file.unlink(missing_ok=True)


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove folders, the innermost first, up to the first one that holds something."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


def _size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir() if _is_ours(file))


class _Keeper:
    """Keeps a list of what is finished, where the same table can be read again."""

    def __init__(self, folder: Path, identity: Any) -> None:
        self._folder, self._identity = folder, identity
        self._kept_at = monotonic()
        self._n_values: dict[str, int] = {}

    def go_on(self, spill: Spill) -> None:
        """Take up what an interrupted run finished; what is of another table is taken away."""
        manifest = self._folder / _MANIFEST
        found = json.loads(manifest.read_text("utf-8")) if manifest.exists() else None
        if found is not None and self._identity is not None and found["of"] == self._identity:
            spill.pieces = [(part, n_rows) for part, n_rows in found["pieces"]]
            for column, kept in zip(spill.columns.values(), found["columns"], strict=True):
                self._take_up(column, kept)
            return
        if found is not None:
            warn(SpillWarning(str(self._folder)))
        _empty(self._folder)

    def _take_up(self, column: SpilledColumn, kept: dict[str, Any]) -> None:
        path = column.path_of("values")
        values: Any = []
        if kept["n_values_bytes"]:
            with open(path, "r+b") as file:
                file.truncate(kept["n_values_bytes"])
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
        column.go_on([Segment(*one) for one in kept["segments"]], values, profile)
        self._n_values[column.name] = len(values)

    def keep(self, spill: Spill, at_once: bool = False) -> None:
        """Write the list, unless the last one is of a moment ago."""
        if self._identity is None or (not at_once and monotonic() - self._kept_at < _BETWEEN):
            return
        columns = [self._about(column) for column in spill.columns.values()]
        if any(column is None for column in columns):
            self._identity = None  # values that cannot be written down
            (self._folder / _MANIFEST).unlink(missing_ok=True)
            return
        plain = {"of": self._identity, "pieces": spill.pieces, "columns": columns}
        beside = self._folder / f"{_MANIFEST}.new"
        beside.write_text(json.dumps(plain), "utf-8")
        os.replace(beside, self._folder / _MANIFEST)
        self._kept_at = monotonic()

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
