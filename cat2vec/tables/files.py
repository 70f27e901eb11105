"""CSV and Parquet files in, Arrow tables out, with types that are inferred and can be overridden.

Takes a path. Gives a table and what was inferred. In CSV an unquoted empty field is missing, and
types are inferred over all rows, from distinct values: codes with leading zeros stay text.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv

from cat2vec.errors import (
    FileReadError,
    ParameterError,
    TableError,
    TableNotFoundError,
    UnknownFeatureError,
    listed,
    named,
    setting,
    spelled,
)
from cat2vec.parameters import documented
from cat2vec.tables.parquet import PARQUET, ParquetColumns, one_line
from cat2vec.tables.remarks import Remark
from cat2vec.tables.text_types import CSV_TYPES, NUMERIC, typed_column

_CODES = pa.dictionary(pa.int32(), pa.string())
_BLOCK = 1 << 23
#: Stands for a delimiter in files of one column; ASCII has it to separate units of text.
_NO_DELIMITER = "\x1f"
#: First bytes of files that are no CSV, and what to say of them.
_SIGNATURES = {
    b"PK\x03\x04": "is a zip or Excel file. Unpack it, or save the sheet as CSV.",
    b"\x1f\x8b": "is compressed with gzip. Let its name end in .csv.gz.",
    b"BZh": "is compressed with bzip2. Unpack it, or use gzip (.csv.gz).",
    b"\x28\xb5\x2f\xfd": "is compressed with Zstandard. Unpack it, or use gzip (.csv.gz).",
    b"PAR1": "is a Parquet file. Let its name end in .parquet.",
    b"\xff\xfe": "is UTF-16 text. Save it as UTF-8.",
    b"\xfe\xff": "is UTF-16 text. Save it as UTF-8.",
}


@dataclass(frozen=True)
class FileTable:
    """A table from a file, and the type of each column: inferred, given, or of the file itself.

    ``remarks`` says what reading decided where the owner of the file may want it otherwise.
    """

    table: pa.Table
    types: dict[str, str]
    remarks: tuple[Remark, ...] = ()


@documented
def read_table(
    path: str | os.PathLike[str],
    *,
    types: Mapping[str, str] | None = None,
    delimiter: str | None = None,
    missing_values: Sequence[str] = (),
    multivalued: Collection[str] = (),
) -> FileTable:
    """Read a CSV or Parquet file, or a folder of Parquet files.

    Parameters
    ----------
    path : path
        ``.csv``, ``.tsv``, ``.parquet``; CSV may be compressed (``.csv.gz``).
    types : mapping or None
        CSV columns whose type is not to be inferred: "text", "integer", "number" or "boolean".
    {delimiter}
    missing_values : sequence of str
        Texts that mean a missing cell in CSV, quoted or not, besides the unquoted empty field.
    multivalued : collection of str
        Columns whose cells hold several values. A CSV may have one column only if it is one of
        them; then nothing separates cells, and whole lines are read.

    Returns
    -------
    FileTable

    Raises
    ------
    TableNotFoundError, FileReadError, TableError, UnknownFeatureError, ParameterError
        Naming file, line and reason.
    """
    file = _existing(path)
    if not is_csv(file):
        if types or missing_values or delimiter:
            raise ParameterError(
                f"{named('types')}, {named('delimiter')} and {named('missing_values')} are for "
                f"CSV; Parquet has its own types."
            )
        parquet = ParquetColumns(file)
        return FileTable(parquet.table(), parquet.types)
    if isinstance(missing_values, str):
        raise ParameterError(
            f"{named('missing_values')} must be a list of texts, got the text {missing_values!r}. "
            f"Write {setting('missing_values', [missing_values])}."
        )
    if delimiter is not None and (len(delimiter) != 1 or not delimiter.isascii()):
        raise ParameterError(
            f"{named('delimiter')} must be one ASCII character, got {delimiter!r}."
        )
    if file.stat().st_size == 0:
        raise FileReadError(f"{str(path)!r} is empty: it has no header and no rows.")
    _check_signature(file)
    suffixes = [suffix.lower() for suffix in file.suffixes]
    delimiter = delimiter or ("\t" if ".tsv" in suffixes else ",")
    names = _header(file, delimiter, multivalued)
    if len(names) == 1:
        delimiter = _NO_DELIMITER
    for name, kind in (types or {}).items():
        if name not in names:
            raise UnknownFeatureError(name, names)
        if kind not in (*CSV_TYPES, NUMERIC):
            raise ParameterError(
                f"type of column {name!r} must be one of {listed(CSV_TYPES)}, got {kind!r}."
            )
    table = _read_csv(file, names, delimiter)
    if table.num_rows == 0:
        raise TableError(f"{str(path)!r} has a header and no rows: there is nothing to learn from.")
    columns, found = [], {}
    for name in names:
        given = (types or {}).get(name)
        column, found[name] = typed_column(
            name, table[name], given, frozenset(missing_values), str(path)
        )
        columns.append(column)
    return FileTable(pa.table(dict(zip(names, columns, strict=True))), found)


def columns_of_file(
    path: str | os.PathLike[str], multivalued: Collection[str] = ()
) -> pa.Table | ParquetColumns:
    """Open a file for ``encode_table``: CSV as a table, of Parquet one column at a time.

    Raises
    ------
    TableNotFoundError, FileReadError, TableError
    """
    file = _existing(path)
    if not is_csv(file):
        return ParquetColumns(file)
    return read_table(file, multivalued=multivalued).table


def _existing(path: str | os.PathLike[str]) -> Path:
    file = Path(path)
    if not file.exists():
        nearby = [str(entry) for entry in file.parent.iterdir()] if file.parent.is_dir() else []
        raise TableNotFoundError(path, nearby)
    return file


def is_csv(path: str | os.PathLike[str]) -> bool:
    """Say whether a path is read as CSV: it is no folder and does not end as Parquet does."""
    return not Path(path).is_dir() and Path(path).suffix.lower() not in PARQUET


def _check_signature(file: Path) -> None:
    with open(file, "rb") as binary:
        start = binary.read(4)
    for signature, sentence in _SIGNATURES.items():
        is_gzip = signature == b"\x1f\x8b" and file.suffix.lower() == ".gz"
        if start.startswith(signature) and not is_gzip:
            raise FileReadError(f"{str(file)!r} {sentence}")


def _open_bytes(file: Path) -> BinaryIO:
    if file.suffix.lower() == ".gz":
        return gzip.open(file, "rb")  # type: ignore[return-value]
    return open(file, "rb")


def _open(file: Path) -> io.TextIOBase:
    return io.TextIOWrapper(_open_bytes(file), encoding="utf-8-sig", newline="")


def _header(file: Path, delimiter: str, multivalued: Collection[str] = ()) -> list[str]:
    try:
        with _open(file) as text:
            names = next(csv.reader(text, delimiter=delimiter, strict=True), [])
    except (UnicodeDecodeError, csv.Error, OSError, EOFError) as error:
        raise FileReadError(f"{str(file)!r} {_place(file, error, 1)}") from None
    if not any(name.strip() for name in names):
        raise FileReadError(f"{str(file)!r} line 1 is empty; the column names belong there.")
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise TableError(
            f"{str(file)!r} line 1: column names must differ, and {listed(twice)} stands more than "
            f"once. Rename them."
        )
    if len(names) == 1 and names[0] not in multivalued:
        other = next((mark for mark in ";\t|," if mark != delimiter and mark in names[0]), None)
        hint = (
            f" Its header holds {other!r}: give that as {spelled('the delimiter', '--delimiter')}."
            if other
            else ""
        )
        several = spelled(
            f"columns={{{names[0]!r}: MultiValued(sep=',')}}",
            f"--types {quote(f'{names[0]}=multivalued:,')}",
        )
        raise TableError(
            f"{str(file)!r} has only one column, {names[0]!r}. Vectors are learned from which "
            f"categories share a row, so at least two are needed, or one whose cells hold several "
            f"values, as baskets do: {several}.{hint}"
        )
    return names


def _read_csv(file: Path, names: list[str], delimiter: str) -> pa.Table:
    try:
        table = pyarrow.csv.read_csv(
            pa.input_stream(file, compression="gzip" if file.suffix.lower() == ".gz" else None),
            read_options=pyarrow.csv.ReadOptions(block_size=_BLOCK),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=len(names) > 1
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, _CODES),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    except (pa.ArrowException, OSError) as error:
        place, n_rows = _first_bad_line(file, delimiter, len(names))
        if not place and n_rows == 0:
            return pa.table({name: pa.array([], _CODES) for name in names})
        if "straddling" in str(error):
            place = place or f"holds a row longer than {_BLOCK >> 20} MB, which cannot be read."
        raise FileReadError(f"{str(file)!r} {place or one_line(error)}") from None
    if _has_odd_quotes(file):  # a quote left open makes one cell of the rest of the file
        place, _ = _first_bad_line(file, delimiter, len(names))
        if place:
            raise FileReadError(f"{str(file)!r} {place}")
    return table


def _has_odd_quotes(file: Path) -> bool:
    n_quotes = 0
    with _open_bytes(file) as binary:
        while block := binary.read(_BLOCK):
            n_quotes += block.count(b'"')
    return n_quotes % 2 == 1


def _first_bad_line(file: Path, delimiter: str, n_columns: int) -> tuple[str, int]:
    """Find the line that a fast reader refused, and how many rows stand before it.

    Slower, and only run when something is wrong.
    """
    line, n_rows = 0, -1
    limit = csv.field_size_limit(sys.maxsize)
    try:
        with _open(file) as text:
            reader = csv.reader(text, delimiter=delimiter, strict=True)
            for cells in reader:
                if cells and len(cells) != n_columns:
                    word = "cell" if len(cells) == 1 else "cells"
                    return f"line {line + 1}: {len(cells)} {word}, the header has {n_columns}.", 0
                n_rows += bool(cells)
                line = reader.line_num
    except (UnicodeDecodeError, csv.Error, OSError, EOFError) as error:
        return _place(file, error, line + 1), max(n_rows, 0)
    finally:
        csv.field_size_limit(limit)
    return "", max(n_rows, 0)


def _place(file: Path, error: Exception, line: int) -> str:
    """Say at which line of a file reading failed, and why."""
    if isinstance(error, UnicodeDecodeError):
        return (
            f"line {_line_of_bad_bytes(file)}: not UTF-8 text ({error.reason}). "
            f"Save the file as UTF-8."
        )
    if isinstance(error, csv.Error) and "unexpected end" in str(error):
        return f'line {line}: a quote (") opens in this row and is never closed.'
    if isinstance(error, csv.Error) and "expected after" in str(error):
        return f'line {line}: text follows a closing quote ("). Write a quote inside as "".'
    return f"line {line}: {one_line(error)}."


def _line_of_bad_bytes(file: Path) -> int:
    with _open_bytes(file) as binary:
        for number, line in enumerate(binary, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 0
