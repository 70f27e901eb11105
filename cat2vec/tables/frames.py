"""Dataframes taken apart into named columns, and made of them: the only place that knows them.

Takes pandas, polars and pyarrow tables, dicts of columns and 2-D arrays. Gives Arrow arrays, or
lists where a column mixes types; and the other way, dataframes of categories given as codes.
"""

from __future__ import annotations

import datetime
import sys
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
from narwhals.exceptions import DuplicateError

from cat2vec.errors import ColumnTypeError, TableError
from cat2vec.parameters import check_names_differ, feature_name
from cat2vec.tables.cells.factors import arrow_or_list
from cat2vec.tables.objects import as_table, call_for_rows, call_that_helps
from cat2vec.tables.sources.columnar import FileColumns
from cat2vec.vocabulary.vocabulary import MISSING, RARE, Schema


def read_columns(
    table: Any, keep: Collection[str] = (), schema: Schema | None = None
) -> Mapping[str, pa.Array | pa.ChunkedArray | list[Any]]:
    """Take a table of any supported kind apart into named columns of one length.

    Parameters
    ----------
    table : object
    keep : collection of str
        Columns that are kept even where they number the rows.
    schema : Schema or None
        Of an earlier fit, by which files are read.

    Raises
    ------
    ColumnTypeError
        If this is not a table.
    TableError
        If a column name stands twice or columns differ in length.
    """
    table = as_table(table, keep, schema)
    if isinstance(table, FileColumns):
        return table
    if isinstance(table, Mapping):
        check_names_differ(table)
        pairs = [(feature_name(name), _read_cells(cells)) for name, cells in table.items()]
    elif isinstance(table, (np.ndarray, list, tuple)):
        pairs = _read_array(np.asarray(table) if isinstance(table, np.matrix) else table)
    else:
        pairs = _read_frame(table)
    lengths = {name: len(cells) for name, cells in pairs}
    if len(set(lengths.values())) > 1:
        raise TableError(
            "columns must have one length, got "
            + ", ".join(f"{name!r} {n:,}" for name, n in list(lengths.items())[:6])
            + "."
        )
    return dict(pairs)


def rows_of(columns: Mapping[str, Any]) -> int:
    """Give the number of rows of named columns."""
    if isinstance(columns, FileColumns):
        return columns.n_rows
    return len(next(iter(columns.values()))) if columns else 0


def _read_cells(cells: Any) -> pa.Array | pa.ChunkedArray | list[Any]:
    if isinstance(cells, (pa.Array, pa.ChunkedArray)):
        return cells
    if isinstance(cells, np.ndarray):
        if cells.ndim != 1:
            raise ColumnTypeError(f"a column must be one-dimensional, got shape {cells.shape}.")
        if cells.dtype.kind == "c":
            raise ColumnTypeError("Complex data not supported: complex numbers have no bins.")
        return arrow_or_list(cells.tolist()) if cells.dtype.kind in "OV" else _arrow(cells)
    if isinstance(cells, (Mapping, set, frozenset)):
        raise ColumnTypeError(
            f"a column must be a list, an array or a Series, got {type(cells).__name__}, which "
            f"has no row order."
        )
    try:
        series = nw.from_native(cells, series_only=True)
    except TypeError:
        if isinstance(cells, Iterable) and not isinstance(cells, (str, bytes)):
            return arrow_or_list(list(cells))
        raise ColumnTypeError(
            f"a column must be a list, an array or a Series, got {cells!r}."
        ) from None
    return _read_series(series)


def _arrow(cells: np.ndarray) -> pa.Array:
    if cells.dtype.kind == "f" and cells.dtype.itemsize > 8:
        cells = cells.astype(np.float64)
    if not cells.dtype.isnative:
        cells = cells.astype(cells.dtype.newbyteorder("="))
    unit = np.datetime_data(cells.dtype)[0] if cells.dtype.kind in "mM" else ""
    if unit in ("Y", "M", "W", "D", "h", "m"):  # Arrow has no such units
        whole_days = cells.dtype.kind == "M" and unit not in ("h", "m")
        cells = cells.astype("M8[D]" if whole_days else f"{cells.dtype.kind}8[s]")
    mask = np.ma.getmaskarray(cells) if isinstance(cells, np.ma.MaskedArray) else None
    plain = np.ascontiguousarray(np.ma.getdata(cells))
    try:
        return pa.array(plain, mask=mask, from_pandas=True)
    except UnicodeError:  # lone surrogates
        return list(np.ma.asarray(cells).tolist())


def _read_series(series: Any) -> pa.Array | pa.ChunkedArray | list[Any]:
    if series.dtype == nw.Object:
        return arrow_or_list(series.to_list())
    try:
        cells = _with_order(series.to_arrow(), series.dtype)
        kind = cells.type.value_type if pa.types.is_dictionary(cells.type) else cells.type
        if pa.types.is_list(kind) or pa.types.is_large_list(kind):
            return cells
        if isinstance(kind, pa.BaseExtensionType) or pa.types.is_nested(kind):
            return arrow_or_list(series.to_list())  # periods, intervals and the like, as objects
        return cells
    except (pa.ArrowException, UnicodeEncodeError, OverflowError, TypeError):
        return arrow_or_list(series.to_list())


def _with_order(cells: Any, dtype: Any) -> Any:
    """Mark the categories of an Enum as ordered, which older polars does not pass on to Arrow."""
    if not isinstance(dtype, nw.Enum) or not pa.types.is_dictionary(cells.type):
        return cells
    kind = cells.type
    ordered = pa.dictionary(kind.index_type, kind.value_type, ordered=True)
    chunks = [cells] if isinstance(cells, pa.Array) else cells.chunks
    return pa.chunked_array(
        [pa.DictionaryArray.from_arrays(c.indices, c.dictionary, ordered=True) for c in chunks],
        ordered,
    )


def _read_array(rows: Any) -> list[tuple[str, Any]]:
    if not isinstance(rows, np.ndarray):
        if what := call_for_rows(rows):
            raise ColumnTypeError(f"X is {what}")
        try:
            plain = np.asarray(rows)
        except ValueError:
            raise ColumnTypeError(
                "rows of a list must all have the same length. Baskets, lists of any length, are "
                "the cells of one column: {'basket': rows}."
            ) from None
        mixed = plain.dtype.kind not in "biufc"
        rows = np.array(rows, dtype=object) if mixed else plain
    if rows.ndim != 2:
        lists = rows.ndim == 1 and any(isinstance(row, (list, tuple, set)) for row in rows.tolist())
        baskets = " Baskets, lists in every row, are one column: {'basket': rows}."
        raise ColumnTypeError(
            f"Expected 2D array, got an array of shape {rows.shape} instead. Reshape your data: "
            f"one row per line, one column per feature.{baskets if lists else ''}"
        )
    if rows.dtype.kind == "c":
        raise ColumnTypeError("Complex data not supported: complex numbers have no bins.")
    return [(f"x{column}", _read_cells(rows[:, column])) for column in range(rows.shape[1])]


def _read_frame(table: Any) -> list[tuple[str, Any]]:
    try:
        frame = nw.from_native(table, eager_only=True)
        names = list(frame.columns)
        check_names_differ(names)
        series = list(frame.iter_columns())
    except DuplicateError:
        check_names_differ(getattr(table, "column_names", None) or table.columns)
        raise
    except TypeError:
        raise ColumnTypeError(
            f"X must be a pandas, polars or pyarrow table, a dict of columns or a 2-D array, "
            f"got {type(table).__name__}.{call_that_helps(table)}"
        ) from None
    return list(zip(map(feature_name, names), map(_read_series, series), strict=True))


def row_labels(table: Any, n_rows: int) -> Any:
    """Give the index of a pandas table of ``n_rows`` rows; None where rows have numbers only.

    Examples
    --------
    >>> import pandas as pd
    >>> row_labels(pd.DataFrame({"a": [1, 2]}, index=["x", "y"]), 2).tolist()
    ['x', 'y']
    >>> row_labels({"a": [1, 2]}, 2) is None
    True
    """
    if "pandas" not in sys.modules:  # then nothing can be a table of pandas
        return None
    import pandas as pd

    index = getattr(table, "index", None)
    return index if isinstance(index, pd.Index) and len(index) == n_rows else None


#: Kinds of dataframes that can be made.
FRAMES = ("pandas", "polars", "pyarrow")
_NUMBERS = (bool, int, float)


def kind_of_frame(table: Any) -> str | None:
    """Say which of ``FRAMES`` a table is; None if it is no dataframe, pandas if it is another one.

    Examples
    --------
    >>> kind_of_frame(pa.table({"a": [1]})), kind_of_frame([[1]])
    ('pyarrow', None)
    """
    frame = nw.from_native(table, eager_only=True, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        return None
    kind = str(frame.implementation)
    return kind if kind in FRAMES else "pandas"


def decoded_frame(
    columns: Mapping[str, tuple[np.ndarray, np.ndarray]], kind: str, like: Any = None
) -> Any:
    """Make a dataframe of columns that are given as categories and codes.

    Parameters
    ----------
    columns : mapping
        Name to categories (n_categories,) and codes (n_rows,) into them, negative where a cell is
        missing.
    kind : {"pandas", "polars", "pyarrow"}
    like : object or None
        Whose index a pandas table takes, if it has one.

    Returns
    -------
    DataFrame or Table
        Columns keep the type of their categories, also beside missing cells: in pandas whole
        numbers and booleans become nullable there.

    Raises
    ------
    ColumnTypeError
        If pyarrow cannot hold the types of a column.

    Examples
    --------
    >>> zips = np.array([101, 5003])
    >>> decoded_frame({"zip": (zips, np.array([1, 0, -1]))}, "pyarrow")["zip"].to_pylist()
    [5003, 101, None]
    """
    if kind == "pandas":
        return _pandas_frame(columns, like)
    cells = {name: _arrow_cells(*column) for name, column in columns.items()}
    mixed = [name for name, column in cells.items() if isinstance(column, list)]
    if kind == "pyarrow":
        if mixed:
            has_rare = any(value is RARE for value in columns[mixed[0]][0].tolist())
            what = "RARE, for rare categories" if has_rare else "values of several types"
            raise ColumnTypeError(
                f"column {mixed[0]!r} holds {what}, which a pyarrow table cannot "
                f"hold. Give a pandas or polars table, or an array."
            )
        return pa.table(cells)
    first, *others = [
        nw.new_series(name, column, nw.Object(), backend="polars")
        if isinstance(column, list)
        else nw.from_arrow(pa.table({name: column}), backend="polars")[name]
        for name, column in cells.items()
    ]
    # put together by polars itself: on the way through Arrow objects become addresses
    return first.to_frame().with_columns(*others).to_native()


def without_category(
    categories: np.ndarray, codes: np.ndarray, code: int
) -> tuple[np.ndarray, np.ndarray]:
    """Make the cells of one category missing cells; the others get their type back.

    ``code`` is that of the category; below 0 there is none, and all stays as it is.

    Examples
    --------
    >>> categories = np.array([101, 5003, "none"], dtype=object)
    >>> without_category(categories, np.array([2, 1, -1]), 2)
    (array([ 101, 5003]), array([-1,  1, -1]))
    """
    if code < 0:
        return categories, codes
    kept = np.delete(categories, code)
    if len(kept) and len({type(value) for value in kept}) == 1 and type(kept[0]) in _NUMBERS:
        typed = np.array(kept.tolist())
        kept = typed if typed.dtype.kind in "bif" else kept
    return kept, np.where(codes == code, MISSING, codes - (codes > code))


def _pandas_frame(columns: Mapping[str, tuple[np.ndarray, np.ndarray]], like: Any) -> Any:
    import pandas as pd

    def series(categories: np.ndarray, codes: np.ndarray) -> Any:
        missing = codes < 0
        values = _taken(categories, codes)
        if missing.any():
            if values.dtype.kind in "iu":
                return pd.Series(pd.arrays.IntegerArray(values, missing))
            if values.dtype.kind == "b":
                return pd.Series(pd.arrays.BooleanArray(values, missing))
            values[missing] = None
        try:
            return pd.Series(values)
        except UnicodeEncodeError:  # lone surrogates are text in Python and not in Arrow
            return pd.Series(values, dtype=object)

    frame = pd.DataFrame({name: series(*column) for name, column in columns.items()})
    if isinstance(getattr(like, "index", None), pd.Index):
        frame.index = like.index
    return frame


def _taken(categories: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Look up categories; cells that are missing get any."""
    return categories.take(codes, mode="clip") if len(categories) else np.full(len(codes), None)


def _arrow_cells(categories: np.ndarray, codes: np.ndarray) -> pa.Array | list[Any]:
    if categories.dtype != object:
        found = pa.array(categories)
    elif all(isinstance(value, datetime.datetime) for value in categories):  # pandas' own too
        found = pa.array(categories, from_pandas=True)
    else:
        found = arrow_or_list(categories.tolist())
    if isinstance(found, list):
        return [found[code] if code >= 0 else None for code in codes]
    return found.take(pa.array(codes, mask=codes < 0))
