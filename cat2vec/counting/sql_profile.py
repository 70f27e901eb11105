"""What the first statement gave, fitted: the code of each text of each column.

Takes rows of column, value as text, and how many rows of the table hold it. Gives what a fit of
the table would give, by the code that fits columns from their distinct values.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cat2vec.errors import (
    ColumnTypeError,
    ParameterError,
    TableError,
    UnknownFeatureError,
    listed,
    named,
    setting,
    spelled,
)
from cat2vec.tables.asked import are_lists, asked_kinds
from cat2vec.tables.cells.factors import Factors, Profiled, factorize
from cat2vec.tables.cells.features import FittedFeature, without_values
from cat2vec.tables.cells.kinds import Dates, Kind, MultiValued, Numeric, Ordered
from cat2vec.tables.files import is_csv, read_table
from cat2vec.tables.fit import Rules, fit_columns, vocabulary_of
from cat2vec.tables.frames import read_columns
from cat2vec.tables.number_texts import is_number_text
from cat2vec.tables.text_types import CSV_TYPES, NUMERIC, typed_column
from cat2vec.tables.unmatched import warn_of_unmatched_in
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Columns of the two results.
OF_VOCABULARY = ("column_name", "value", "n_rows")
OF_PAIRS = ("left_column", "left_value", "right_column", "right_value", "n_rows")
#: Types of columns beside those of CSV.
_OTHER_TYPES = {"date": pa.date32(), "timestamp": pa.timestamp("us")}

#: What databases write for floats that are no numbers of digits.
_NO_DIGITS = frozenset(("nan", "inf", "infinity"))


@dataclass(frozen=True)
class Texts:
    """The distinct texts of a column, (n_texts,), null for NULL, and the rows of each, int64."""

    values: pa.Array
    rows: np.ndarray

    def places(self, texts: pa.Array) -> np.ndarray:
        """Find texts: (n,) int64, -1 for those that are not there."""
        return pc.fill_null(pc.index_in(texts, self.values), -1).to_numpy().astype(np.int64)


@dataclass(frozen=True)
class SqlProfile:
    """A table of which the distinct values are known.

    ``fitted`` are its features, with the code of each text of the column, and ``columns`` the
    column of each.
    """

    texts: dict[str, Texts]
    n_rows: int
    fitted: tuple[FittedFeature, ...]
    columns: tuple[str, ...]
    vocabulary: Vocabulary

    def features_of(self, column: str) -> list[int]:
        """Give the features that a column became; none where it was left out."""
        return [f for f, name in enumerate(self.columns) if name == column]


def profile_of_rows(
    rows: Any,
    *,
    types: Mapping[str, Any] | None,
    columns: Mapping[str, Any] | None,
    numeric: str,
    n_bins: int,
    shared: Mapping[str, Sequence[str]] | None,
    missing: str,
    missing_values: Any,
) -> SqlProfile:
    """Fit a table from the result of the first statement; parameters as in ``counts_from_sql``.

    Raises
    ------
    TableError, FileReadError, ColumnTypeError, UnknownFeatureError, ParameterError
    """
    texts = _texts_of(rows)
    names = list(texts)
    kinds, emptied = asked_kinds(names, columns, numeric, n_bins, missing, missing_values)
    if lists := [name for name in names if are_lists(kinds.get(name))]:
        raise ParameterError(
            f"{named('columns')} says that {listed(lists)} holds lists, and SQL gives texts here. "
            f"Write lists as texts in a view, and give MultiValued(sep=...)."
        )
    rules = Rules(kinds, numeric, n_bins, shared, missing, emptied)
    typed = {**_types_meant(kinds), **_checked_types(types, names)}
    factored = {name: _factors(name, texts[name], typed.get(name)) for name in names}
    warn_of_unmatched_in(factored, kinds, emptied, missing_values)
    factored = {name: without_values(one, emptied[name]) for name, one in factored.items()}
    with ThreadPoolExecutor(1) as pool:
        fitted, together, _ = fit_columns(factored, rules, None, pool)
    vocabulary = vocabulary_of(fitted, together, None)
    n_rows = int(texts[names[0]].rows.sum())
    return SqlProfile(texts, n_rows, tuple(fitted), vocabulary.schema.columns, vocabulary)


def read_rows(rows: Any, wanted: Sequence[str], what: str) -> tuple[list[pa.Array], np.ndarray]:
    """Read a result of a statement: its columns of text, and the numbers of rows, int64.

    Raises
    ------
    TableError, FileReadError, ColumnTypeError
    """
    if isinstance(rows, (str, os.PathLike)):
        of_csv = {**dict.fromkeys(wanted[:-1], "text"), wanted[-1]: "integer"}
        types = of_csv if is_csv(rows) else None
        rows = read_table(rows, types=types, keep=wanted, rows_needed=False).table
    found = read_columns(rows, wanted)
    if absent := [name for name in wanted if name not in found]:
        raise TableError(
            f"the {what} lack the columns {listed(absent)}; they have {listed(found)}. Give the "
            f"result of the statement with its column names."
        )
    *texts, numbers = (_whole(found[name]) for name in wanted)
    for name, cells in zip(wanted[:-1], texts, strict=True):
        if not (pa.types.is_string(cells.type) or pa.types.is_null(cells.type)):
            raise ColumnTypeError(
                f"{name!r} of the {what} must be text, as the statement gives it, got {cells.type}."
            )
    try:
        n_rows = numbers.cast(pa.int64())
    except pa.ArrowInvalid:
        n_rows = pa.nulls(1, pa.int64())
    if n_rows.null_count or (len(n_rows) and pc.min(n_rows).as_py() < 1):
        raise TableError(f"'n_rows' of the {what} must be whole numbers of at least 1.")
    return [cells.cast(pa.string()) for cells in texts], n_rows.to_numpy()


def _whole(cells: Any) -> pa.Array:
    """Give a column as one array without a dictionary."""
    array = pa.array(cells, from_pandas=True) if isinstance(cells, list) else cells
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    array = array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
    is_text = pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type)
    return array.cast(pa.string()) if is_text else array


def _texts_of(rows: Any) -> dict[str, Texts]:
    """Give the texts of each column, in the order in which columns come."""
    (column, value), n_rows = read_rows(rows, OF_VOCABULARY, "rows of the vocabulary")
    if not len(column) or column.null_count:
        raise TableError(
            "the rows of the vocabulary must be one or more, each with a 'column_name'. A table "
            "without rows has nothing to learn from."
        )
    names = column.dictionary_encode()
    of_row, texts = names.indices.to_numpy(), {}
    for number, name in enumerate(names.dictionary.to_pylist()):
        here = np.flatnonzero(of_row == number)
        values = value.take(pa.array(here)).dictionary_encode(null_encoding="encode")
        sums = np.zeros(len(values.dictionary), np.int64)
        np.add.at(sums, values.indices.to_numpy(), n_rows[here])
        texts[name] = Texts(values.dictionary, sums)
    totals = {name: int(found.rows.sum()) for name, found in texts.items()}
    if len(set(totals.values())) > 1:
        told = ", ".join(f"{name!r} {n:,}" for name, n in list(totals.items())[:6])
        raise TableError(
            f"the rows of the vocabulary are of several numbers of rows: {told}. The result was "
            f"cut, or rows came in meanwhile. Give the whole result of one statement."
        )
    return texts


def _checked_types(types: Mapping[str, Any] | None, names: Sequence[str]) -> dict[str, Any]:
    words = (*CSV_TYPES, *_OTHER_TYPES)
    checked = dict(types or {})
    for name, kind in checked.items():
        if name not in names:
            raise UnknownFeatureError(name, names)
        if kind not in words and not isinstance(kind, pa.DataType):
            raise ParameterError(
                f"types[{name!r}] must be one of {listed(words, 6)}, or a type of pyarrow, "
                f"got {kind!r}."
            )
    return checked


def _types_meant(kinds: Mapping[str, Kind]) -> dict[str, str]:
    """Give the types that texts of columns of some kinds have, where none is given."""
    meant = {name: NUMERIC for name, kind in kinds.items() if isinstance(kind, Numeric)}
    for name, kind in kinds.items():
        in_text = isinstance(kind, Ordered) and all(isinstance(v, str) for v in kind.categories)
        if in_text or isinstance(kind, (Dates, MultiValued)):
            meant[name] = "text"
    return meant


def _factors(name: str, texts: Texts, kind: Any) -> Factors:
    """Make a column with a row for each text, which stands for all rows that hold it."""
    cells: Any = texts.values
    if kind is None or kind in (*CSV_TYPES, NUMERIC):
        cells = pa.chunked_array([cells.dictionary_encode()])
        typed = typed_column(name, cells, kind, frozenset(), "the vocabulary")
        if kind is None and typed.kind == "text":
            _check_not_numbers(name, texts.values.drop_null().to_pylist())
        cells = typed.cells
    else:
        wanted = _OTHER_TYPES.get(kind, kind) if isinstance(kind, str) else kind
        try:
            cells = cells.cast(wanted)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise ColumnTypeError(
                f"column {name!r} was to be read as {wanted}: {error}. Give another type."
            ) from None
    return replace(factorize(name, cells), profile=Profiled(texts.rows))


def _check_not_numbers(name: str, texts: Sequence[str]) -> None:
    """Raise ParameterError for texts that may be numbers as the database writes them."""
    numbers = [text for text in texts if is_number_text(text)]
    others = [text for text in texts if not is_number_text(text)]
    if numbers and all(text.lower().lstrip("+-") in _NO_DIGITS for text in others):
        as_number, as_text = (
            spelled(f"types={ {name: kind}!r}", setting("columns", {name: kind}))
            for kind in ("number", "text")
        )
        raise ParameterError(
            f"the values of {name!r} may be numbers, such as {listed(texts)}, and may be codes. "
            f"Give {as_number} or {as_text}."
        )
