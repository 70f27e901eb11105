"""Parquet files in, Arrow columns out; files of a folder are put under each other.

Takes paths. Gives columns, one at a time or all together, with the types of the files. Knows
nothing of CSV or categories.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet

from cat2vec.errors import FileReadError, TableError, listed

Result = TypeVar("Result")

PARQUET = (".parquet", ".pq")


class ParquetColumns(Mapping[str, pa.ChunkedArray]):
    """Columns of a Parquet file, or of all files of a folder under each other, read when asked for.

    Parameters
    ----------
    file : Path

    Attributes
    ----------
    n_rows : int
    types : dict of str to str
        Name of the type of each column; of a dictionary, that of its values.

    Raises
    ------
    FileReadError, TableError
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        parts = [file]
        if file.is_dir():
            parts = sorted(part for part in file.rglob("*") if part.suffix.lower() in PARQUET)
            if not parts:
                raise FileReadError(f"the folder {str(file)!r} holds no .parquet file.")
        schemas = self._reading(lambda: [_checked_schema(part) for part in parts])
        self.types = types_of(schemas[0])
        for part, schema in zip(parts, schemas, strict=True):
            _check_same_types(parts[0], self.types, part, types_of(schema))
        self._texts = {part: _texts(schema) for part, schema in zip(parts, schemas, strict=True)}
        counts = self._reading(
            lambda: [pyarrow.parquet.read_metadata(part).num_rows for part in parts]
        )
        self.n_rows = sum(counts)
        if self.n_rows == 0:
            raise TableError(
                f"{str(file)!r} has columns and no rows: there is nothing to learn from."
            )

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        if name not in self.types:
            raise KeyError(name)
        return self._reading(lambda: self._read([name]))[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.types)

    def __len__(self) -> int:
        return len(self.types)

    def table(self) -> pa.Table:
        """Read all columns at once."""
        return self._reading(lambda: self._read(list(self.types)))

    def _read(self, names: Sequence[str]) -> pa.Table:
        return pa.concat_tables(
            [
                pyarrow.parquet.ParquetFile(part, read_dictionary=texts).read(names)
                for part, texts in self._texts.items()
            ]
        ).select(names)

    def _reading(self, read: Callable[[], Result]) -> Result:
        try:
            return read()
        except (pa.ArrowException, OSError) as error:
            reason = one_line(error)
            raise FileReadError(
                f"{str(self._file)!r} cannot be read as Parquet: {reason}"
            ) from None


def types_of(schema: pa.Schema) -> dict[str, str]:
    """Name the type of each column; of a dictionary, that of its values."""
    kinds = {field.name: field.type for field in schema}
    return {
        name: str(kind.value_type if pa.types.is_dictionary(kind) else kind)
        for name, kind in kinds.items()
    }


def _check_same_types(
    first: Path, types: dict[str, str], part: Path, others: dict[str, str]
) -> None:
    differing = [name for name in {**types, **others} if types.get(name) != others.get(name)]
    if differing:
        name = differing[0]
        raise FileReadError(
            f"column {name!r} is {types.get(name, 'not there')} in {str(first)!r} and "
            f"{others.get(name, 'not there')} in {str(part)!r}. All files of a folder must have "
            f"the same columns and types."
        )


def _checked_schema(file: Path) -> pa.Schema:
    schema = pyarrow.parquet.read_schema(file)
    twice = [name for name in dict.fromkeys(schema.names) if schema.names.count(name) > 1]
    if twice:
        raise TableError(
            f"{str(file)!r}: column names must differ, and {listed(twice)} stands more than once."
        )
    return schema


def _texts(schema: pa.Schema) -> list[str]:
    """Name the columns of text, which Arrow can read as dictionaries."""
    return [
        field.name
        for field in schema
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
    ]


def one_line(error: BaseException) -> str:
    """Write an error of another library as one line of bounded length."""
    return " ".join(str(error).split())[:300]
