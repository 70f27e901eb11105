"""Tables that are read once, some rows after the other: files, and readers of other libraries.

Takes whatever was given as a table. Gives a ``Stream``, or None for a table in memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import narwhals as nw
import pyarrow as pa
from narwhals.exceptions import DuplicateError

from cat2vec.errors import (
    ColumnTypeError,
    FileReadError,
    IndexColumnWarning,
    ParameterError,
    listed,
    setting,
    warn,
)
from cat2vec.parameters import check_names_differ, feature_name
from cat2vec.tables.frames import read_columns
from cat2vec.tables.objects import ROWS_AT_ONCE, reader_of_duckdb, reader_of_query
from cat2vec.tables.remarks import Remark
from cat2vec.tables.sources.columnar import FileColumns, Piece, for_csv_only, one_line
from cat2vec.tables.sources.common_types import type_name
from cat2vec.tables.sources.csv_options import CsvOptions
from cat2vec.tables.sources.formats import CSV
from cat2vec.tables.sources.paths import Part, Source, are_paths, find_source
from cat2vec.tables.sources.remote import RemoteFile
from cat2vec.tables.sources.row_numbers import is_unnamed_index
from cat2vec.tables.sources.typed_file import put_together
from cat2vec.tables.streams.text_files import TextFiles


class Stream:
    """A table of which the rows come piece by piece, once.

    Attributes
    ----------
    name : str
        What sentences call it.
    names : tuple of str
        Its columns.
    n_rows, n_bytes : int or None
        How many there are, where that is known.
    identity : object
        JSON by which the same table is known again; None if it cannot be read again.
    remarks : tuple of Remark
    text : TextFiles or None
        Where columns are text, and get types when all of it was read.
    piece_bytes : int
        How large a column of a piece is at most, where that is known.
    """

    def __init__(
        self,
        name: str,
        names: Sequence[str],
        pieces: Callable[[int], Generator[Piece, None, None]],
        *,
        n_rows: int | None = None,
        n_bytes: int | None = None,
        identity: Any = None,
        remarks: tuple[Remark, ...] = (),
        text: TextFiles | None = None,
        piece_bytes: int = 0,
    ) -> None:
        self.name, self.names, self.pieces = name, tuple(names), pieces
        self.n_rows, self.n_bytes, self.identity = n_rows, n_bytes, identity
        self.remarks, self.text, self.piece_bytes = remarks, text, piece_bytes

    def n_bytes_read(self) -> int:
        """Give how many bytes were read, of files of text."""
        return 0 if self.text is None else self.text.n_bytes_read

    def share_read(self, n_rows: int) -> float | None:
        """Give how much was read once so many rows were, where it is known how much there is."""
        if self.n_rows:
            return n_rows / self.n_rows
        return self.n_bytes_read() / self.n_bytes if self.n_bytes else None


def open_stream(
    table: Any, keep: Collection[str] = (), on_bad_line: str = "error"
) -> Stream | None:
    """Open what can be read piece by piece; None if a table is in memory, or is none.

    Parameters
    ----------
    table : object
        Paths; a ``RecordBatchReader``; a Dataset or Scanner; a polars LazyFrame; a relation of
        DuckDB, or a connection for the rows of its last query; a cursor of ADBC; any other object
        with ``__arrow_c_stream__`` that is no dataframe.
    keep : collection of str
        Columns that are kept even where they number the rows.
    on_bad_line : str
        For CSV.

    Raises
    ------
    TableNotFoundError, FileReadError, TableError, ParameterError

    Examples
    --------
    >>> batch = pa.record_batch({"city": ["Oslo", "Rome"]})
    >>> reader = pa.RecordBatchReader.from_batches(batch.schema, [batch])
    >>> stream = open_stream(reader)
    >>> [piece.column("city").to_pylist() for piece in stream.pieces(0)]
    [['Oslo', 'Rome']]
    >>> open_stream({"city": ["Oslo"]}) is None
    True
    """
    if are_paths(table):
        options = CsvOptions(on_bad_line=on_bad_line)
        return stream_of_files(find_source(table), keep, options=options)
    if on_bad_line != "error":
        raise ParameterError(
            f"{setting('on_bad_line', on_bad_line)} is for CSV files, and the table is a "
            f"{type(table).__name__}, which has no lines. Leave it out."
        )
    try:
        frames = _frames(table)
    except DuplicateError:  # of names, which is told where columns are read
        frames = None
    if frames is None:
        return None
    names, batches = frames
    check_names_differ(names)
    index = [name for name in names if is_unnamed_index(str(name)) and name not in keep]
    if index:
        warn(IndexColumnWarning(index))
    pieces = partial(_pieces, batches, names)
    names = [feature_name(name) for name in names if name not in index]
    return Stream(f"a {type(table).__name__}", names, pieces)


def stream_of_files(
    source: Source,
    keep: Collection[str] = (),
    types: Mapping[str, str] | None = None,
    options: CsvOptions | None = None,
    rows_needed: bool = True,
) -> Stream:
    """Open files that are read piece by piece; parameters as in ``read_table``."""
    files = [_file_identity(part) for part in source.parts]
    n_bytes = sum(size for _, size, _ in files)
    identity: Any = {"files": files, "options": _as_json(options or CsvOptions())}
    if source.copied or any(stamp is None for *_, stamp in files):
        identity = None  # a pipe comes once
    if source.format == CSV:
        text = TextFiles(source, types, options, keep)
        return Stream(
            source.name, text.names, text.pieces, n_bytes=n_bytes, identity=identity,
            remarks=text.remarks, text=text,
        )  # fmt: skip
    if options is not None and options.given:
        raise ParameterError(for_csv_only(source.format, options.given))
    columns = FileColumns(source, types, keep, rows_needed, may_be_held=False)
    return Stream(
        source.name,
        list(columns),
        columns.pieces,
        n_rows=columns.n_rows,
        identity=identity,
        remarks=columns.remarks,
        piece_bytes=columns.piece_bytes,
    )


def _file_identity(part: Part) -> list[Any]:
    """Give the place of a file, its bytes, and what differs once it was written again."""
    about = part.path.stat()
    if isinstance(part.path, RemoteFile):
        return [part.name, about.st_size, part.path.stamp]
    return [os.path.abspath(part.path), about.st_size, about.st_mtime_ns]


def _as_json(options: CsvOptions) -> dict[str, Any]:
    """Give options as they are read back from JSON: sequences are lists."""
    return {
        name: value if isinstance(value, (str, bool, type(None))) else list(value)
        for name, value in asdict(options).items()
    }


def _frames(table: Any) -> tuple[list[str], Iterator[Any]] | None:
    """Give the names of columns and tables of some rows, one after the other."""
    table = nw.to_native(table, pass_through=True)
    reader = _reader(table)
    if reader is not None:
        return list(reader.schema.names), _tables_of(reader, table)
    frame = nw.from_native(table, pass_through=True, allow_series=True)
    if isinstance(frame, nw.LazyFrame) and frame.implementation.is_polars():
        names = frame.collect_schema().names()
        if hasattr(table, "collect_batches"):
            return names, table.collect_batches(chunk_size=ROWS_AT_ONCE, maintain_order=True)
        return names, iter([table.collect()])
    return None


def _reader(table: Any) -> pa.RecordBatchReader | None:
    """Give a reader of the batches of an object that is no dataframe in memory."""
    if isinstance(table, pa.RecordBatchReader):
        return table
    if isinstance(table, (pa.Table, pa.RecordBatch, type)):
        return None
    if type(table).__module__.startswith("pyarrow"):  # a Dataset or Scanner
        scanner = table.scanner() if hasattr(table, "scanner") else table
        return scanner.to_reader() if hasattr(scanner, "to_reader") else None
    frame = nw.from_native(table, pass_through=True, allow_series=True)
    if isinstance(frame, (nw.DataFrame, nw.Series)):
        return None
    if isinstance(frame, nw.LazyFrame):
        if frame.implementation.is_duckdb():
            return reader_of_duckdb(table)
        return table.to_pyarrow_batches() if frame.implementation.is_ibis() else None
    reader = reader_of_query(table)
    if reader is None and hasattr(table, "__arrow_c_stream__"):
        try:
            return pa.RecordBatchReader.from_stream(table)
        except (pa.ArrowException, TypeError, ValueError):
            return None
    return reader


def _tables_of(reader: pa.RecordBatchReader, given: Any) -> Iterator[pa.Table]:
    n_rows = 0
    try:
        for held in put_together(_checked(reader)):
            yield pa.Table.from_batches(held, reader.schema)
            n_rows += sum(batch.num_rows for batch in held)
    except pa.ArrowException as error:
        raise FileReadError(
            _clash_in(given)
            or f"a {type(given).__name__} cannot be read beyond {n_rows:,} rows: {one_line(error)}"
        ) from None


def _clash_in(given: Any) -> str | None:
    """Say which file of a Dataset has another type than it was given; None if none has."""
    if not hasattr(given, "get_fragments"):
        return None
    for fragment in given.get_fragments():
        own = fragment.physical_schema
        for field in given.schema:
            place = own.get_field_index(field.name)
            if place >= 0 and own.field(place).type != field.type:
                return (
                    f"column {field.name!r} is {type_name(field.type)} in the Dataset and "
                    f"{type_name(own.field(place).type)} in {fragment.path!r}, and some values do "
                    f"not fit. Write the column with one type, or give the files as paths."
                )
    return None


def _checked(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Give the batches of a reader, each of which must have the types of its schema."""
    for number, batch in enumerate(reader):
        if not batch.schema.equals(reader.schema):
            raise ColumnTypeError(_other_types(reader.schema, batch.schema, number))
        yield batch


def _other_types(schema: pa.Schema, other: pa.Schema, number: int) -> str:
    if schema.names != other.names:
        return (
            f"batch {number} (counted from 0) has the columns {listed(other.names)}, and the first "
            f"ones have {listed(schema.names)}. Give all batches the same columns."
        )
    name = next(name for name in schema.names if schema.field(name) != other.field(name))
    return (
        f"column {name!r} is {type_name(schema.field(name).type)} in the first batches and "
        f"{type_name(other.field(name).type)} in batch {number} (counted from 0). Cast it to one "
        f"type."
    )


def _pieces(tables: Iterator[Any], keep: Sequence[str], start: int) -> Generator[Piece, None, None]:
    for number, table in enumerate(tables):
        if number >= start:
            yield Piece(0, read_columns(table, keep).__getitem__)
