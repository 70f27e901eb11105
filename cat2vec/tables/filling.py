"""Tables with some of their cells replaced: the same kind of table out, other cells untouched.

Takes any table that ``read_columns`` takes. Gives a copy. Also typical values of bins. Knows
nothing of why cells are replaced.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from cat2vec.errors import ColumnTypeError, UnknownFeatureError
from cat2vec.parameters import feature_name
from cat2vec.tables.encoded import EncodedTable
from cat2vec.tables.suited import (
    are_held,
    number_or_nan,
    suited,
    wider_numbers,
)
from cat2vec.vocabulary.categories import is_missing

#: What libraries raise where a column cannot hold a value.
_FAILED = (pa.ArrowException, TypeError, ValueError, OverflowError)
#: For each column to change: rows, counted from 0, and the values that go there.
Fills = Mapping[str, tuple[np.ndarray, list[Any]]]


def filled(table: Any, fills: Fills) -> Any:
    """Copy a table with other values in some cells.

    Parameters
    ----------
    table : DataFrame, Table, dict of columns or array of shape (n_rows, n_columns)
        Columns of an array are named x0, x1 and so on.
    fills : mapping

    Returns
    -------
    object
        Of the kind of ``table``. Columns keep their types wherever these can hold the values.
        Other columns of numbers get a type that holds all of theirs, int64 or float64; of the
        rest, columns of pandas and numpy get objects.

    Raises
    ------
    UnknownFeatureError
        If the table lacks a column that is to change.
    ColumnTypeError
        If no type of the library holds the cells and the values.

    Examples
    --------
    >>> filled({"a": ["x", None]}, {"a": (np.array([1]), ["y"])})
    {'a': ['x', 'y']}
    """
    if isinstance(table, Mapping):
        _check_there(fills, map(feature_name, table))
        changed = {
            name: _filled_cells(feature_name(name), cells, fills.get(feature_name(name)))
            for name, cells in table.items()
        }
        return changed
    if isinstance(table, (np.ndarray, list, tuple)) or (
        hasattr(table, "__array__") and not hasattr(table, "columns")
    ):
        return _filled_array(table, fills)
    frame = nw.from_native(table, eager_only=True)
    _check_there(fills, map(feature_name, frame.columns))
    if frame.implementation.is_pandas():
        return _filled_pandas(table, fills)
    if frame.implementation.is_pyarrow():
        for place, name in enumerate(table.column_names):
            if name in fills:
                column = _filled_arrow(name, table.column(place), fills[name])
                field = table.schema.field(place).with_type(column.type)
                table = table.set_column(place, field, column)
        return table
    columns = [
        _filled_series(name, frame[name], fills[name]).alias(name)
        for name in frame.columns
        if name in fills
    ]
    return frame.with_columns(*columns).to_native() if columns else frame.clone().to_native()


def _check_there(fills: Fills, names: Iterable[str]) -> None:
    """Raise UnknownFeatureError if cells of a column are to change that is not there."""
    known = list(names)
    for name in fills:
        if name not in known:
            raise UnknownFeatureError(name, known)


def _filled_array(table: Any, fills: Fills) -> np.ndarray:
    if not isinstance(table, np.ndarray):
        plain = np.asarray(table)
        table = plain if plain.dtype.kind in "biufc" else np.array(table, dtype=object)
    _check_there(fills, [f"x{column}" for column in range(table.shape[1])])
    of_column = {int(name[1:]): fill for name, fill in fills.items()}
    if table.dtype.kind in "OUS":
        of_column = {
            column: (rows, suited(some, table[:, column], is_text=table.dtype.kind == "U"))
            for column, (rows, some) in of_column.items()
        }
    values = [value for _, some in of_column.values() for value in some]
    if table.dtype != object and not _holds(table.dtype, values):
        table = table.astype(object)
    table = table.copy()
    for column, (rows, some) in of_column.items():
        for row, value in zip(rows.tolist(), some, strict=True):
            table[row, column] = value
    return table


def _holds(dtype: np.dtype, values: list[Any]) -> bool:
    if dtype.kind in "US":
        return all(isinstance(value, str) and len(value) <= dtype.itemsize // 4 for value in values)
    return dtype.kind == "f" and all(isinstance(value, (int, float)) for value in values)


def _filled_cells(name: str, cells: Any, fill: tuple[np.ndarray, list[Any]] | None) -> Any:
    """Fill one column of a dict: a list, an array, or a Series of any kind."""
    if fill is None:
        return cells
    rows, values = fill
    if isinstance(cells, (pa.Array, pa.ChunkedArray)):
        return _filled_arrow(name, cells, fill)
    if isinstance(cells, np.ndarray):
        values = suited(values, cells, is_text=cells.dtype.kind == "U")
        if cells.dtype != object and not _holds(cells.dtype, values):
            cells = cells.astype(object)
        cells = cells.copy()
    elif hasattr(cells, "dtype"):
        series = nw.from_native(cells, series_only=True)
        if series.implementation.is_pandas():
            return _pandas_column(cells, rows, values)
        return _filled_series(name, series, fill).to_native()
    else:
        cells = list(cells)
        values = suited(values, cells)
    for row, value in zip(rows.tolist(), values, strict=True):
        cells[row] = value
    return cells


def _filled_pandas(table: Any, fills: Fills) -> Any:
    table = table.copy()
    for place, name in enumerate(map(feature_name, table.columns)):
        if name in fills:
            rows, values = fills[name]
            column = _pandas_column(table.iloc[:, place], rows, values)
            table.isetitem(place, column)
    return table


def _pandas_column(series: Any, rows: np.ndarray, values: list[Any]) -> Any:
    import pandas as pd

    if not len(rows):
        return series.copy()
    values = suited(values, series, is_text=isinstance(series.dtype, pd.StringDtype))
    if isinstance(series.dtype, pd.CategoricalDtype):
        known = series.cat.categories
        series = series.cat.add_categories([v for v in dict.fromkeys(values) if v not in known])
    cells = np.empty(len(values), object)
    cells[:] = values
    try:
        with warnings.catch_warnings():
            # NumPy 1 warns of what it cuts, and NumPy 2 refuses it. By its words: another thread
            # may keep the filter
            warnings.filterwarnings(
                "ignore", "NumPy will stop allowing conversion", DeprecationWarning
            )
            new = pd.Series(cells, dtype=series.dtype)
        fits = are_held(values, new.tolist())
    except _FAILED:
        fits = False
    if not fits:
        dtype, of_type = _wider_pandas(series, values)
        cells[:] = [of_type(value) for value in values]
        series, new = series.astype(dtype), pd.Series(cells, dtype=dtype)
    array = series.array.copy()
    array[rows] = new.array
    # pandas 3 would read texts in a column of objects as a column of texts
    return pd.Series(array, index=series.index, name=series.name, dtype=series.dtype)


def _wider_pandas(series: Any, values: list[Any]) -> tuple[Any, Any]:
    """Give the type for numbers that the type of a column does not hold; object for all else."""
    import pandas as pd

    kind, types = series.dtype, pd.api.types
    wide = wider_numbers([*series.dropna().tolist(), *values])
    if wide is None or not types.is_numeric_dtype(kind) or types.is_bool_dtype(kind):
        return object, lambda value: value
    if isinstance(kind, pd.ArrowDtype):
        return pd.ArrowDtype(pa.int64() if wide is int else pa.float64()), wide
    if types.is_extension_array_dtype(kind):
        return pd.Int64Dtype() if wide is int else pd.Float64Dtype(), wide
    return np.dtype(np.float64), float  # plain whole numbers have no missing cells to fill


def _filled_series(name: str, series: Any, fill: tuple[np.ndarray, list[Any]]) -> Any:
    rows, values = fill
    if not len(rows):
        return series
    cells, kind = series.to_list(), series.dtype
    values = suited(values, cells, is_text=kind in (nw.String, nw.Categorical, nw.Enum))
    there = [cell for cell in cells if not is_missing(cell)]
    for row, value in zip(rows.tolist(), values, strict=True):
        cells[row] = value

    def column(cells: list[Any], kind: Any = None) -> Any:
        try:
            return nw.new_series(series.name, cells, kind, backend=series.implementation)
        except NotImplementedError:  # older narwhals makes decimals of values only
            return nw.new_series(series.name, cells, backend=series.implementation)

    try:
        if are_held(values, column(values, kind).to_list()):
            return column(cells, kind)
    except Exception:  # a library has its own errors for a value that does not fit
        pass
    wide = wider_numbers([*there, *values])
    if wide is not None and (kind.is_numeric() or kind == nw.Unknown):
        numbers = [None if cell is None else wide(cell) for cell in cells]
        return column(numbers, nw.Int64 if wide is int else nw.Float64)
    if kind == nw.Unknown:  # a column of nulls
        return column(cells)
    if kind == nw.Enum and all(isinstance(value, str) for value in values):
        return column(cells, nw.String)
    raise _does_not_hold(name, series.to_native().dtype, values)


def _does_not_hold(name: str, kind: Any, values: list[Any]) -> ColumnTypeError:
    odd = next((value for value in values if not isinstance(value, int)), values[0])
    return ColumnTypeError(
        f"column {name!r} has the type {kind} and is to be filled with {odd!r}, which it cannot "
        f"hold beside its cells. Give the column the type that it had in fit."
    )


def _array_of_type(cells: list[Any], kind: pa.DataType) -> pa.Array:
    """Make an array; pyarrow itself makes dictionaries of some types of values only."""
    if not pa.types.is_dictionary(kind):
        return pa.array(cells, type=kind)
    place: dict[Any, int] = {}
    codes = [None if cell is None else place.setdefault(cell, len(place)) for cell in cells]
    values = pa.array(list(place), kind.value_type)
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, kind.index_type), values, ordered=kind.ordered
    )


def _filled_arrow(name: str, column: Any, fill: tuple[np.ndarray, list[Any]]) -> Any:
    rows, values = fill
    if not len(rows):
        return column
    cells = column.to_pylist()
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    values = suited(
        values, cells, is_text=pa.types.is_string(kind) or pa.types.is_large_string(kind)
    )
    there = [cell for cell in cells if not is_missing(cell)]
    for row, value in zip(rows.tolist(), values, strict=True):
        cells[row] = value
    try:
        fits = are_held(values, pa.array(values, kind).to_pylist())
    except _FAILED:
        fits = False
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind)
    wide = wider_numbers([*there, *values]) if numeric and not fits else None
    if fits:
        try:
            found = _array_of_type(cells, column.type)
        except _FAILED:  # more values than the indices of a dictionary count
            found = pa.array(cells, kind)
    elif wide is not None:
        numbers = [None if cell is None else wide(cell) for cell in cells]
        found = pa.array(numbers, pa.int64() if wide is int else pa.float64())
    elif pa.types.is_null(kind):
        found = pa.array(cells)
    else:
        raise _does_not_hold(name, column.type, values)
    return pa.chunked_array([found]) if isinstance(column, pa.ChunkedArray) else found


def values_of_bins(found: Mapping[str, Any], encoded: EncodedTable) -> dict[str, np.ndarray]:
    """Give for each bin of each feature in bins the median of its values, one that is there.

    Parameters
    ----------
    found : mapping
        Columns of the table, from ``read_columns``.
    encoded : EncodedTable
        The same rows; those of weight 0 do not count.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> table = {"age": [row + 0.5 for row in range(100)], "sex": ["f", "m"] * 50}
    >>> encoded = encode_table(table, n_bins=4)
    >>> values_of_bins({"age": pa.array(table["age"])}, encoded)["age"].tolist()
    [12.5, 37.5, 62.5, 87.5]
    """
    vocabulary = encoded.vocabulary
    values = {}
    for position, codec in enumerate(vocabulary.schema.codecs):
        if codec.edges is None or codec.reading.part is not None or codec.reading.multivalued:
            continue
        name = vocabulary.features[position]
        codes = encoded.codes[:, encoded.first_columns[position]].astype(np.int64)
        n_bins = len(codec.edges) + 1
        numbers = _numbers(found[vocabulary.schema.columns[position]])
        is_here = (codes >= 0) & (codes < n_bins) & np.isfinite(numbers)
        if encoded.weights is not None:
            is_here &= encoded.weights > 0
        rows = np.flatnonzero(is_here)
        ordered = np.sort(numbers[rows])  # bins ascend with their numbers
        ends = np.append(0, np.cumsum(np.bincount(codes[rows], minlength=n_bins)))
        middle = (ends[:-1] + ends[1:] - 1) // 2
        edges = codec.edges.astype(np.float64)
        default = np.concatenate([edges[:1], edges])
        taken = np.minimum(np.maximum(middle, 0), max(len(ordered) - 1, 0))
        found_values = ordered[taken] if len(ordered) else default
        values[name] = np.where(np.diff(ends) > 0, found_values, default)
    return values


def _numbers(cells: Any) -> np.ndarray:
    if isinstance(cells, (pa.Array, pa.ChunkedArray)):
        cells = cells.to_pylist() if pa.types.is_dictionary(cells.type) else cells
    if isinstance(cells, (pa.Array, pa.ChunkedArray)):
        try:
            return (
                np.asarray(cells.to_numpy(zero_copy_only=False), np.float64)
                if isinstance(cells, pa.Array)
                else np.asarray(cells.to_numpy(), np.float64)
            )
        except (TypeError, ValueError):
            cells = cells.to_pylist()
    return np.array([number_or_nan(value) for value in cells], np.float64)
