"""Parquet files in, Arrow tables out; files of a folder are put under each other.

Takes paths. Gives tables with the types of the files. Knows nothing of CSV or categories.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from cat2vec.errors import FileReadError, TableError, listed

PARQUET = (".parquet", ".pq")


def read_parquet(file: Path) -> pa.Table:
    """Read a Parquet file, or all of a folder under each other.

    Raises
    ------
    FileReadError, TableError
    """
    try:
        if file.is_dir():
            parts = sorted(part for part in file.rglob("*") if part.suffix.lower() in PARQUET)
            if not parts:
                raise FileReadError(f"the folder {str(file)!r} holds no .parquet file.")
            table = _joined(parts, [_parquet_table(part) for part in parts])
        else:
            table = _parquet_table(file)
    except (pa.ArrowException, OSError) as error:
        reason = one_line(error)
        raise FileReadError(f"{str(file)!r} cannot be read as Parquet: {reason}") from None
    if table.num_rows == 0:
        raise TableError(f"{str(file)!r} has columns and no rows: there is nothing to learn from.")
    return table


def types_of(table: pa.Table) -> dict[str, str]:
    """Name the type of each column; of a dictionary, that of its values."""
    kinds = {field.name: field.type for field in table.schema}
    return {
        name: str(kind.value_type if pa.types.is_dictionary(kind) else kind)
        for name, kind in kinds.items()
    }


def _joined(parts: Sequence[Path], tables: Sequence[pa.Table]) -> pa.Table:
    """Put the files of a folder under each other; columns go by name, types must be the same."""
    first = types_of(tables[0])
    for part, table in zip(parts, tables, strict=True):
        types = types_of(table)
        differing = [name for name in {**first, **types} if first.get(name) != types.get(name)]
        if differing:
            name = differing[0]
            raise FileReadError(
                f"column {name!r} is {first.get(name, 'not there')} in {str(parts[0])!r} and "
                f"{types.get(name, 'not there')} in {str(part)!r}. All files of a folder must "
                f"have the same columns and types."
            )
    return pa.concat_tables([table.select(list(first)) for table in tables])


def _parquet_table(file: Path) -> pa.Table:
    schema = pyarrow.parquet.read_schema(file)
    twice = [name for name in dict.fromkeys(schema.names) if schema.names.count(name) > 1]
    if twice:
        raise TableError(
            f"{str(file)!r}: column names must differ, and {listed(twice)} stands more than once."
        )
    texts = [
        field.name
        for field in schema
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
    ]
    return pyarrow.parquet.ParquetFile(file, read_dictionary=texts).read()


def one_line(error: BaseException) -> str:
    """Write an error of another library as one line of bounded length."""
    return " ".join(str(error).split())[:300]
