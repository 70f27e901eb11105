"""Files that have types of their own: Parquet, Feather, Arrow, ORC and JSON lines.

Takes a ``Source``. Gives columns, one at a time or all together, with files put under each other
and one type for each column. Knows nothing of CSV or categories.
"""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cat2vec.errors import (
    FileReadError,
    ParameterError,
    TableError,
    UnknownFeatureError,
    named,
    spelled,
)
from cat2vec.tables.remarks import Remark
from cat2vec.tables.sources.common_types import as_type, common_type, type_name
from cat2vec.tables.sources.formats import JSON_LINES
from cat2vec.tables.sources.paths import Source
from cat2vec.tables.sources.row_numbers import (
    is_unnamed_index,
    left_out_remark,
    may_number_rows,
    number_rows,
)
from cat2vec.tables.sources.typed_file import TypedFile
from cat2vec.tables.sources.typed_files import open_file
from cat2vec.tables.text_types import typed_column

Result = TypeVar("Result")


@dataclass(frozen=True)
class Piece:
    """Some rows of a table: the number of the file they are from, and their columns by name."""

    part: int
    column: Callable[[str], Any]


class FileColumns(Mapping[str, pa.ChunkedArray]):
    """Columns of files that have types of their own, under each other, read when asked for.

    Parameters
    ----------
    source : Source
    types : mapping
        Types of the keys of Hive folders, which are text in names of folders.
    keep : collection of str
        Columns that are kept even where they number the rows.
    rows_needed : bool
        Refuse a table without rows.
    may_be_held : bool
        Whether files that can only be read from their start may be kept in memory.

    Attributes
    ----------
    n_rows : int
    types : dict of str to str
        Name of the type of each column; of a dictionary, that of its values.
    remarks : tuple of Remark

    Raises
    ------
    FileReadError, TableError, ParameterError, UnknownFeatureError
    """

    def __init__(
        self,
        source: Source,
        types: Mapping[str, str] | None = None,
        keep: Collection[str] = (),
        rows_needed: bool = True,
        may_be_held: bool = True,
    ) -> None:
        self._format = source.format
        self._source = source  # a pipe is a temporary file that goes with it
        self._files = [
            self._reading(
                part.name, partial(open_file, part.path, part.name, source.format, may_be_held)
            )
            for part in source.parts
        ]
        self.n_rows = sum(file.n_rows for file in self._files)
        if self.n_rows == 0 and rows_needed:
            raise TableError(
                f"{source.name!r} has columns and no rows: there is nothing to learn from."
            )
        remarks = list(source.remarks)
        names = list(dict.fromkeys(name for file in self._files for name in file.schema.names))
        unnamed = [name for name in names if is_unnamed_index(name) and name not in keep]
        remarks += [left_out_remark(name) for name in unnamed]
        names = [name for name in names if name not in unnamed]
        self._types = {name: self._type_of(name, remarks) for name in names}
        self._keys = self._typed_keys(source, types or {}, remarks)
        for name in names:
            if name not in keep and self._numbers_rows(name):
                remarks.append(left_out_remark(name))
                del self._types[name]
        self.types = {name: type_name(kind) for name, kind in self._types.items()}
        self.types |= {name: type_name(values.type) for name, values in self._keys.items()}
        self.remarks = tuple(remarks)

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        if name in self._keys:
            counts = [file.n_rows for file in self._files]
            return pc.take(self._keys[name], pa.array(np.repeat(np.arange(len(counts)), counts)))
        if name not in self._types:
            raise KeyError(name)
        return self._read([name])[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.types)

    def __len__(self) -> int:
        return len(self.types)

    def table(self) -> pa.Table:
        """Read all columns at once."""
        read = self._read(list(self._types))
        return pa.table({name: read[name] if name in read else self[name] for name in self})

    def as_stored(self, name: str, cells: Any = None) -> pa.ChunkedArray:
        """Give a column the type that it has in the files; others read text as dictionaries.

        ``cells`` are those of a piece; None stands for all.

        Raises
        ------
        KeyError
        """
        cells, kind = self[name] if cells is None else cells, self._types.get(name)
        return cells if kind in (None, cells.type) else cells.cast(kind)

    @property
    def piece_bytes(self) -> int:
        """How large a column of a piece is at most, where files tell."""
        return max(file.piece_bytes for file in self._files)

    def pieces(self, start: int = 0) -> Generator[Piece, None, None]:
        """Give some rows after the other, from the piece of a number on."""
        number = 0
        for part, file in enumerate(self._files):
            pieces = file.pieces()
            while (read := self._reading(file.name, partial(next, pieces, None))) is not None:
                if number >= start:
                    yield Piece(part, partial(self._column_of_piece, part, read))
                number += 1

    def _column_of_piece(
        self, part: int, read: Callable[[list[str]], pa.Table], name: str
    ) -> pa.ChunkedArray:
        file = self._files[part]
        if name in self._keys:
            n_rows = self._reading(file.name, partial(read, file.schema.names[:1])).num_rows
            return pc.take(self._keys[name], pa.array(np.full(n_rows, part)))
        if name in file.schema.names:
            column = self._reading(file.name, partial(read, [name]))[name]
        else:
            n_rows = self._reading(file.name, partial(read, file.schema.names[:1])).num_rows
            column = pa.chunked_array([pa.nulls(n_rows)])
        return column if self._have_one_type(name) else self._cast(name, column, file.name)

    def _read(self, names: list[str]) -> dict[str, pa.ChunkedArray]:
        chunks: dict[str, list[pa.Array]] = {name: [] for name in names}
        for file in self._files:
            there = [name for name in names if name in file.schema.names]
            table = self._reading(file.name, partial(file.read, there))
            for name in names:
                column = table[name] if name in there else pa.chunked_array([pa.nulls(file.n_rows)])
                if not self._have_one_type(name):
                    column = self._cast(name, column, file.name)
                chunks[name] += column.chunks or [pa.nulls(0, column.type)]
        return {name: pa.chunked_array(found) for name, found in chunks.items()}

    def _cast(self, name: str, column: pa.ChunkedArray, file: str) -> pa.ChunkedArray:
        target = self._types[name]
        try:
            return as_type(column, target)
        except pa.ArrowException as error:
            raise FileReadError(
                f"column {name!r} is {type_name(column.type)} in {file!r} and would be read as "
                f"{target} because of other files, which changes values: {one_line(error)}. Write "
                f"all files with one type."
            ) from None

    def _have_one_type(self, name: str) -> bool:
        files = [file for file in self._files if name in file.schema.names]
        kinds = {file.schema.field(name).type for file in files}
        return len(kinds) == 1 and len(files) == len(self._files)

    def _type_of(self, name: str, remarks: list[Remark]) -> pa.DataType:
        """Give the type of a column in all files, or say which files disagree."""
        found: dict[pa.DataType, str] = {}
        n_files: dict[pa.DataType, int] = {}
        for file in self._files:
            if name in file.schema.names:
                kind = file.schema.field(name).type
                found.setdefault(kind, file.name)
                n_files[kind] = n_files.get(kind, 0) + 1
            elif self._format != JSON_LINES:  # where a missing key is a missing cell
                self._refuse_without(name, file)
        target = common_type(list(found))
        if target is None:
            one, other = _that_clash(list(found))
            raise FileReadError(
                f"column {name!r} is {type_name(one)} in {found[one]!r} and {type_name(other)} in "
                f"{found[other]!r}, and no type holds both without change. Write the column with "
                f"one type in all files."
            )
        if self._have_one_type(name):
            return next(iter(found))
        families = dict.fromkeys(_family(kind) for kind in found if not pa.types.is_null(kind))
        if len(families) > 1:
            said = [
                f"{type_name(kind)} in {found[kind]!r}"
                + (f" and {n - 1:,} more" if (n := n_files[kind]) > 1 else "")
                for kind in found
            ]
            remarks.append(Remark(name, f"{', '.join(said)}: read as {target}."))
        return target

    def _refuse_without(self, name: str, without: TypedFile) -> None:
        having = next(file for file in self._files if name in file.schema.names)
        pairs = [(having, type_name(having.schema.field(name).type)), (without, "not there")]
        (one, first), (other, second) = sorted(pairs, key=lambda pair: self._files.index(pair[0]))
        raise FileReadError(
            f"column {name!r} is {first} in {one.name!r} and {second} in {other.name!r}. All files "
            f"of a table must have the same columns: add it there, with missing cells, or take it "
            f"out of the others."
        )

    def _typed_keys(
        self, source: Source, types: Mapping[str, str], remarks: list[Remark]
    ) -> dict[str, pa.ChunkedArray]:
        """Give the keys of Hive folders, one value a file, with types as texts of CSV have."""
        own = [key for key in source.keys if key in self._types]
        remarks += [
            Remark(key, "a column of the files, which goes before the names of the folders.")
            for key in own
        ]
        keys = [key for key in source.keys if key not in own]
        for name in types:
            if name in self._types:
                raise ParameterError(for_csv_only(self._format))
            if name not in keys:
                raise UnknownFeatureError(name, [*self._types, *keys])
        typed = {}
        for key in keys:
            texts = pa.array([part.keys[key] for part in source.parts], pa.string())
            column = pa.chunked_array([texts.dictionary_encode()])
            typed[key] = typed_column(key, column, types.get(key), frozenset(), source.name).cells
        return typed

    def _numbers_rows(self, name: str) -> bool:
        if not pa.types.is_integer(self._types[name]):
            return False
        if not any(may_number_rows(name, file.schema) for file in self._files):
            return False
        read = [self._reading(file.name, partial(file.read, [name])) for file in self._files]
        return number_rows(name, [table[name].combine_chunks() for table in read])

    def _reading(self, name: str, read: Callable[[], Result]) -> Result:
        try:
            return read()
        except (pa.ArrowException, OSError, EOFError, lzma.LZMAError, zlib.error) as error:
            raise FileReadError(
                f"{name!r} cannot be read as {self._format}: {one_line(error)}"
            ) from None


def for_csv_only(format: str, given: Sequence[str] = ("types",)) -> str:
    """Say that a file of another format does not take the options of CSV that were given."""
    names = [spelled(name, "--no-header") if name == "header" else named(name) for name in given]
    whole = ", ".join(names[:-1]) + (" and " if names[1:] else "") + names[-1]
    verb, them = ("are", "them") if names[1:] else ("is", "it")
    return f"{whole} {verb} for CSV, and {format} has its own types. Leave {them} out."


def one_line(error: BaseException) -> str:
    """Write an error of another library as one line of bounded length."""
    return " ".join(str(error).split())[:300]


def _that_clash(kinds: Sequence[pa.DataType]) -> tuple[pa.DataType, pa.DataType]:
    """Give two types that have none in common; the others may only do so together."""
    pairs = [(one, other) for i, one in enumerate(kinds) for other in kinds[i + 1 :]]
    return next((pair for pair in pairs if common_type(pair) is None), pairs[0])


def _family(kind: pa.DataType) -> str:
    """Name what a type is to a reader, whatever its width or unit."""
    name = type_name(kind)
    if pa.types.is_integer(kind):
        return "integer"
    if pa.types.is_floating(kind):
        return "number"
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return name.partition("[")[0].rstrip("0123456789")
    return name.replace("large_", "").replace("_view", "").partition("[")[0].partition("<")[0]
