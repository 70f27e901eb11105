"""Files in, Arrow tables out: the one door for a path, or several.

Takes paths. Gives a table and what was inferred. Types of CSV columns are inferred over all rows of
all files, from distinct values: codes with leading zeros stay text. Other formats have their own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from cat2vec.errors import HeaderWarning, ParameterError, TableError, warn
from cat2vec.parameters import documented
from cat2vec.tables.remarks import Remark
from cat2vec.tables.sources.columnar import FileColumns, for_csv_only
from cat2vec.tables.sources.csv_options import CsvOptions
from cat2vec.tables.sources.delimited import read_text
from cat2vec.tables.sources.formats import CSV
from cat2vec.tables.sources.headers import cells_among_names
from cat2vec.tables.sources.paths import Part, Source, find_source
from cat2vec.tables.sources.paths import is_csv as is_csv
from cat2vec.tables.sources.row_numbers import left_out_remark, may_number_rows, number_rows
from cat2vec.tables.text_columns import (
    blanks_behind_delimiters,
    check_delimiter,
    check_same_names,
    check_types,
    key_column,
    names_of_part,
    text_in_some,
    typed_in_files,
    usual_delimiter,
)
from cat2vec.tables.text_types import (
    NUMBERS_OR_TEXT,
    NUMERIC,
)
from cat2vec.tables.unmatched import Unmatched, unmatched_texts
from cat2vec.vocabulary.vocabulary import Schema

#: What types of CSV are called in Arrow, where a fit remembers them.
_CSV_TYPE = {"string": "text", "large_string": "text", "bool": "boolean"}
_NUMBER_TYPE = re.compile(r"u?int\d+|halffloat|float|double|decimal.*")


@dataclass(frozen=True)
class FileTable:
    """A table from files, and the type of each column: inferred, given, or of the files.

    ``remarks`` says what reading decided where the owner of the file may want it otherwise;
    ``unmatched`` names the values given as missing that no cell holds.
    """

    table: pa.Table
    types: dict[str, str]
    remarks: tuple[Remark, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()


@documented
def read_table(
    path: Any,
    *,
    types: Mapping[str, str] | None = None,
    delimiter: str | None = None,
    missing_values: Sequence[str] = (),
    decimal: str = ".",
    skip_initial_space: bool = False,
    header: bool | Sequence[str] = True,
    on_bad_line: str = "error",
    keep: Collection[str] = (),
    rows_needed: bool = True,
) -> FileTable:
    """Read a table from a file, a folder of files, or several files under each other.

    Parameters
    ----------
    path : path, or list of paths
        CSV, which may be compressed, Parquet, Feather, Arrow, ORC or JSON lines, told by content.
        A folder, or a pattern such as ``days/*.csv``, stands for its files, and folders such as
        ``year=2023`` inside become columns. All of it may lie in a store that fsspec knows, as
        ``s3://bucket/days/*.parquet``. ``-`` is what is piped in.
    types : mapping or None
        CSV columns whose type is not to be inferred: "text", "integer", "number" or "boolean".
    {delimiter}
    missing_values : sequence of str
        Texts that mean a missing cell in CSV, quoted or not, besides the unquoted empty field.
    {decimal, skip_initial_space, header, on_bad_line}
    keep : collection of str
        Columns that are kept even if they number the rows, as the index that pandas writes does.
    rows_needed : bool
        Refuse a table without rows.

    Returns
    -------
    FileTable

    Raises
    ------
    TableNotFoundError, FileReadError, TableError, UnknownFeatureError, ParameterError
        Naming file, line and reason.

    Warns
    -----
    HeaderWarning
        If the first line of a CSV file looks like a row.
    BadLineWarning
        If rows are left out.
    """
    source = find_source(path)
    options = CsvOptions(
        delimiter, missing_values, decimal, skip_initial_space, header, on_bad_line
    )
    options.check()
    if source.format != CSV:
        if options.given:
            raise ParameterError(for_csv_only(source.format, options.given))
        read = FileColumns(source, types, keep, rows_needed)
        return FileTable(read.table(), read.types, read.remarks)
    return _read_csv(source, types or {}, options, keep, rows_needed)


def columns_of_file(
    path: Any, keep: Collection[str] = (), schema: Schema | None = None
) -> pa.Table | FileColumns:
    """Open files for ``encode_table``: CSV as a table, of others one column at a time.

    Parameters
    ----------
    path : path, or list of paths
    keep : collection of str
        As in ``read_table``.
    schema : Schema or None
        Of an earlier fit, whose types texts get.

    Raises
    ------
    TableNotFoundError, FileReadError, TableError
    """
    source = find_source(path)
    types = None if schema is None else types_again(schema, source)
    keep = keep if schema is None else schema.columns
    rows_needed = schema is None
    if source.format == CSV:
        return read_table(source, types=types, keep=keep, rows_needed=rows_needed).table
    return FileColumns(source, types, keep, rows_needed)


def names_and_delimiter(source: Source, **given: Any) -> tuple[list[str], str]:
    """Give the names of all columns of CSV files, and what stands between their cells.

    Parameters
    ----------
    source : Source
    **given
        Options of ``read_table`` that say how CSV is read.

    Raises
    ------
    FileReadError, TableError, ParameterError
    """
    options = CsvOptions(**given)
    options.check()
    names, _ = names_of_part(source.parts[0], options)
    names += [key for key in source.keys if key not in names]
    return names, options.delimiter or usual_delimiter(source.parts[0])


def types_again(schema: Schema, path: Any) -> dict[str, str]:
    """Give the types that texts of files get, so that they are read as in an earlier fit."""
    source, types = find_source(path), {}
    for name, codec in zip(schema.columns, schema.codecs, strict=True):
        if source.format != CSV and name not in source.keys:
            continue
        if _NUMBER_TYPE.fullmatch(codec.dtype):
            types[name] = NUMBERS_OR_TEXT if source.format == CSV else NUMERIC
        elif codec.dtype in _CSV_TYPE:
            types[name] = _CSV_TYPE[codec.dtype]
    return types


def _read_csv(
    source: Source,
    types: Mapping[str, str],
    options: CsvOptions,
    keep: Collection[str],
    rows_needed: bool,
) -> FileTable:
    read = [_texts_of(part, options) for part in source.parts]
    names = read[0].column_names
    for part, table in zip(source.parts, read, strict=True):
        check_same_names(source.parts[0], names, part, table.column_names, options)
    remarks, left_out = [*source.remarks, *blanks_behind_delimiters(names, options)], []
    names = names + [key for key in source.keys if key not in names]
    if len(names) == 1:
        check_delimiter(source.parts[0], names[0], options)
    check_types(types, names)
    if rows_needed and not any(table.num_rows for table in read):
        raise TableError(
            f"{source.name!r} has a header and no rows: there is nothing to learn from."
        )
    columns: dict[str, pa.ChunkedArray] = {}
    found: dict[str, str] = {}
    texts: dict[str, list[pa.Array]] = {}
    for name in names:
        parts = [
            table[name] if name in table.column_names else key_column(part, name, table.num_rows)
            for part, table in zip(source.parts, read, strict=True)
        ]
        texts[name] = [chunk.dictionary for part in parts for chunk in part.chunks]
        typed = typed_in_files(name, parts, types.get(name), options, source)
        columns[name], found[name] = typed.cells, typed.kind
        remarks += typed.remarks
        if types.get(name) is None:
            remarks += text_in_some(name, parts, typed.kind, options, source)
        if name not in keep and name not in types and may_number_rows(name):
            if number_rows(name, _apart(columns[name], read)):
                remarks.append(left_out_remark(name))
                left_out.append(name)
    if options.header is True:
        among = cells_among_names(read[0].column_names, texts, found)
        if among:
            warn(HeaderWarning(source.parts[0].name, among))
    kept = [name for name in names if name not in left_out]
    table = pa.table({name: columns[name] for name in kept})
    return FileTable(
        table,
        {name: found[name] for name in kept},
        tuple(remarks),
        unmatched_texts(texts, options.missing_values),
    )


def _texts_of(part: Part, options: CsvOptions) -> pa.Table:
    names, options = names_of_part(part, options)
    return read_text(part, names, options).select(names)


def _apart(column: pa.ChunkedArray, read: Sequence[pa.Table]) -> list[pa.Array]:
    """Cut a column into the rows of each file."""
    whole, start, parts = column.combine_chunks(), 0, []
    for table in read:
        parts.append(whole.slice(start, table.num_rows))
        start += table.num_rows
    return parts
