"""A table on disk as codes, column by column.

Takes a ``Stream``. Gives a ``Spill``, from which the rows are read as often as they are needed. An
interrupted run of the same table goes on behind the last piece that ``manifest.json`` lists.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from cat2vec.errors import ParameterError, map_in
from cat2vec.tables.sources.columnar import Piece
from cat2vec.tables.streams.manifest import Manifest, identity_of
from cat2vec.tables.streams.spill_folder import empty_spill, no_room
from cat2vec.tables.streams.spilled_column import NotNumbers, Reading, SpilledColumn
from cat2vec.tables.streams.stream import Stream


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
        with ExitStack() as stack:
            for column in self.columns.values():
                stack.callback(column.close)

    @property
    def rows_of_parts(self) -> list[tuple[int, int]]:
        """First row of each file, and the one behind its last."""
        found: dict[int, tuple[int, int]] = {}
        row = 0
        for part, n_rows in self.pieces:
            found[part] = (found.get(part, (row, row))[0], row + n_rows)
            row += n_rows
        return list(found.values())


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
    manifest = Manifest(folder, identity_of(stream, readings, weights))
    spill.pieces = manifest.go_on(spill.columns)
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
                manifest.keep(spill.columns, spill.pieces)
                watch(n_rows)
        manifest.keep(spill.columns, spill.pieces, at_once=True)
        spill.close()
    except OSError as error:
        raise no_room(error, folder, stream.share_read(spill.n_rows_read)) from None
    except NotNumbers:
        empty_spill(folder)
        raise
    finally:
        with suppress(OSError):  # of a full disk, which is told already
            spill.close()
    if weights is not None:
        spill.weights = np.concatenate([np.empty(0), *kept])
    return spill


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
