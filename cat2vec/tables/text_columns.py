"""Columns of text files: their names, what is checked of them, and their types over all files.

Takes the files of a ``Source`` and columns of dictionaries. Gives names, typed columns and remarks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from cat2vec.errors import (
    FileReadError,
    ParameterError,
    TableError,
    UnknownFeatureError,
    listed,
    named,
    spelled,
)
from cat2vec.tables.remarks import Remark
from cat2vec.tables.sources.csv_options import CsvOptions
from cat2vec.tables.sources.delimited import CODES, NO_DELIMITER, names_in, without_header
from cat2vec.tables.sources.formats import ending_of
from cat2vec.tables.sources.paths import Part, Source
from cat2vec.tables.text_types import (
    CSV_TYPES,
    NUMBERS_OR_TEXT,
    NUMERIC,
    TypedColumn,
    skipping_blanks,
    typed_column,
)


def names_of_part(part: Part, options: CsvOptions) -> tuple[list[str], CsvOptions]:
    """Give the names of the columns of a file, and the options with which its rows are read.

    Raises
    ------
    FileReadError, TableError, ParameterError
    """
    options = replace(options, delimiter=options.delimiter or usual_delimiter(part))
    if not isinstance(options.header, bool) and len(options.header) == 1:
        options = replace(options, delimiter=NO_DELIMITER)
    if part.path.stat().st_size == 0:
        raise FileReadError(f"{part.name!r} is empty: it has no header and no rows.")
    names = names_in(part, options)
    if len(names) == 1:
        options = replace(options, delimiter=NO_DELIMITER)
    return names, options


def blanks_behind_delimiters(names: Sequence[str], options: CsvOptions) -> list[Remark]:
    """Remark on a file whose delimiters are followed by blanks, as its names show."""
    if (
        options.skip_initial_space
        or len(names) < 2
        or not all(n.startswith(" ") for n in names[1:])
    ):
        return []
    text = (
        f"blanks follow the delimiters, and are part of names and cells, such as {names[1]!r}. "
        f"{skipping_blanks()} leaves them out."
    )
    return [Remark("", text)]


def usual_delimiter(part: Part) -> str:
    """Give the delimiter of a file for which none is given."""
    return "\t" if ending_of(part.name) in (".tsv", ".tab") else ","


def check_same_names(
    first: Part, names: list[str], part: Part, others: list[str], options: CsvOptions
) -> None:
    """Raise FileReadError if two files have other columns."""
    differing = [
        name for name in dict.fromkeys([*names, *others]) if (name in names) != (name in others)
    ]
    if differing:
        name = differing[0]
        has, lacks = (first, part) if name in names else (part, first)
        hint = f" If line 1 is no header but a row, give {without_header()}."
        hint = hint if options.header is True else ""
        raise FileReadError(
            f"{has.name!r} has a column {name!r} and {lacks.name!r} has none. All files of a table "
            f"must have the same columns.{hint}"
        )


def check_delimiter(part: Part, name: str, options: CsvOptions) -> None:
    """Raise TableError if the only column of a file seems to be several, by another delimiter."""
    used = options.delimiter or usual_delimiter(part)
    other = next((mark for mark in ";\t|," if mark != used and mark in name), None)
    if other:
        raise TableError(
            f"{part.name!r} has only one column, {name!r}, and its header holds {other!r}: give "
            f"that as {spelled('the delimiter', '--delimiter')}."
        )


def check_types(types: Mapping[str, str], names: list[str]) -> None:
    """Raise an error if a type is given for no column, or is none."""
    UnknownFeatureError.check(types, names)
    for name, kind in types.items():
        if kind not in (*CSV_TYPES, NUMERIC, NUMBERS_OR_TEXT):
            raise ParameterError(
                f"type of column {name!r} must be one of {listed(CSV_TYPES)}, got {kind!r}."
            )


def key_column(part: Part, name: str, n_rows: int) -> pa.ChunkedArray:
    """Give the key of a Hive folder as a column."""
    value = part.keys[name]
    codes = pa.array(np.zeros(n_rows, np.int32), mask=np.full(n_rows, value is None))
    texts = pa.array([] if value is None else [value], pa.string())
    return pa.chunked_array([pa.DictionaryArray.from_arrays(codes, texts)], CODES)


def typed_in_files(
    name: str,
    parts: Sequence[pa.ChunkedArray],
    wanted: str | None,
    options: CsvOptions,
    source: Source,
) -> TypedColumn:
    """Give a column its type over all files; an error names the file that it is about."""
    column = pa.chunked_array([chunk for part in parts for chunk in part.chunks], CODES)
    missing, decimal = frozenset(options.missing_values), options.decimal
    try:
        return typed_column(name, column, wanted, missing, source.name, decimal)
    except FileReadError:
        for part, cells in zip(source.parts, parts, strict=True):
            typed_column(name, cells, wanted, missing, part.name, decimal)
        raise


def text_in_some(
    name: str,
    parts: Sequence[pa.ChunkedArray],
    found: str,
    options: CsvOptions,
    source: Source,
) -> list[Remark]:
    """Say which files make a column text that is none in others."""
    if len(parts) == 1 or found != "text":
        return []
    missing, decimal = frozenset(options.missing_values), options.decimal
    kinds = {
        part.name: typed_column(name, cells, None, missing, part.name, decimal).kind
        for part, cells in zip(source.parts, parts, strict=True)
        if cells.null_count < len(cells)
    }
    of_text = [part for part, kind in kinds.items() if kind == "text"]
    others = sorted({kind for kind in kinds.values() if kind != "text"})
    if not others or not of_text:
        return []
    return [
        Remark(
            name,
            f"text in {listed(of_text)} and {' or '.join(others)} in other files, so text in all. "
            f"{named('missing_values')} names texts that mean a missing cell.",
        )
    ]
