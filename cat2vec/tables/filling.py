"""Tables with some of their cells replaced: the same kind of table out, other cells untouched.

Takes any table that ``read_columns`` takes. Gives a copy. Also typical values of bins. Knows
nothing of why cells are replaced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from cat2vec.errors import UnknownFeatureError
from cat2vec.parameters import feature_name
from cat2vec.tables.encoded import EncodedTable

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

    Raises
    ------
    UnknownFeatureError
        If the table lacks a column that is to change.

    Examples
    --------
    >>> filled({"a": ["x", None]}, {"a": (np.array([1]), ["y"])})
    {'a': ['x', 'y']}
    """
    if isinstance(table, Mapping):
        _check_there(fills, map(feature_name, table))
        changed = {
            name: _filled_cells(cells, fills.get(feature_name(name)))
            for name, cells in table.items()
        }
        return changed
    if isinstance(table, (np.ndarray, list, tuple)) or (
        hasattr(table, "__array__") and not hasattr(table, "columns")
    ):
        return _filled_array(table, fills)
    _check_there(fills, map(feature_name, getattr(table, "column_names", table.columns)))
    frame = nw.from_native(table, eager_only=True)
    if frame.implementation.is_pandas():
        return _filled_pandas(table, fills)
    if frame.implementation.is_pyarrow():
        for place, name in enumerate(table.column_names):
            if name in fills:
                column = _filled_arrow(table.column(place), fills[name])
                field = table.schema.field(place).with_type(column.type)
                table = table.set_column(place, field, column)
        return table
    columns = [
        _filled_series(frame[name], fills[name]).alias(name)
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


def _filled_cells(cells: Any, fill: tuple[np.ndarray, list[Any]] | None) -> Any:
    """Fill one column of a dict: a list, an array, or a Series of any kind."""
    if fill is None:
        return cells
    rows, values = fill
    if isinstance(cells, (pa.Array, pa.ChunkedArray)):
        return _filled_arrow(cells, fill)
    if isinstance(cells, np.ndarray):
        values = suited(values, cells, is_text=cells.dtype.kind == "U")
        if cells.dtype != object and not _holds(cells.dtype, values):
            cells = cells.astype(object)
        cells = cells.copy()
    elif hasattr(cells, "dtype"):
        series = nw.from_native(cells, series_only=True)
        if series.implementation.is_pandas():
            return _pandas_column(cells, rows, values)
        return _filled_series(series, fill).to_native()
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
        new = pd.Series(cells, dtype=series.dtype)
    except (TypeError, ValueError):
        series, new = series.astype(object), pd.Series(cells, dtype=object)
    array = series.array.copy()
    array[rows] = new.array
    # pandas 3 would read texts in a column of objects as a column of texts
    return pd.Series(array, index=series.index, name=series.name, dtype=series.dtype)


def _filled_series(series: Any, fill: tuple[np.ndarray, list[Any]]) -> Any:
    rows, values = fill
    cells = series.to_list()
    values = suited(values, cells, is_text=series.dtype in (nw.String, nw.Categorical, nw.Enum))
    for row, value in zip(rows.tolist(), values, strict=True):
        cells[row] = value
    backend = series.implementation
    try:
        return nw.new_series(series.name, cells, series.dtype, backend=backend)
    except Exception:  # an Enum without the value, or a column of nulls
        return nw.new_series(series.name, cells, backend=backend)


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


def _filled_arrow(column: Any, fill: tuple[np.ndarray, list[Any]]) -> Any:
    rows, values = fill
    cells = column.to_pylist()
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    values = suited(
        values, cells, is_text=pa.types.is_string(kind) or pa.types.is_large_string(kind)
    )
    for row, value in zip(rows.tolist(), values, strict=True):
        cells[row] = value
    try:
        found = _array_of_type(cells, column.type)
    except (pa.ArrowException, TypeError):
        found = pa.array(cells)
    return pa.chunked_array([found]) if isinstance(column, pa.ChunkedArray) else found


def suited(values: list[Any], cells: Iterable[Any], *, is_text: bool = False) -> list[Any]:
    """Write numbers as the cells of a column are written: as texts, decimals or whole numbers.

    Parameters
    ----------
    values : list
        Others than numbers stay as they are.
    cells : iterable
        All cells of the column. The first that is there says what the others are.
    is_text : bool
        The column holds texts even if no cell is there.

    Examples
    --------
    >>> suited([201.0, 7.0], ["007", None, "201"]), suited([0.5], ["1.25", "3.00"])
    (['201', '007'], ['0.50'])
    >>> suited([2.0], [Decimal("1.50")]), suited([2.0, 2.5], [1, None])
    ([Decimal('2.00')], [2, 2.5])
    """
    if not any(_is_number(value) for value in values):
        return values
    cells = list(cells)
    first = next((cell for cell in cells if not _is_missing(cell)), "" if is_text else None)
    if isinstance(first, str):
        return _as_texts(values, [cell for cell in cells if isinstance(cell, str)])
    if isinstance(first, Decimal):
        places = max(_decimals(str(cell)) for cell in cells if isinstance(cell, Decimal))
        return [_decimal(value, places) if _is_number(value) else value for value in values]
    if isinstance(first, (int, np.integer)) and not isinstance(first, (bool, np.bool_)):
        return [
            int(value) if _is_number(value) and float(value).is_integer() else value
            for value in values
        ]
    return values


def _as_texts(values: list[Any], texts: list[str]) -> list[Any]:
    """Give for each number the text that stands for it, or one with as many decimals as most."""
    known: dict[float, str] = {}
    for text in texts:
        known.setdefault(_number(text), text)
    decimals = Counter(_decimals(text) for text in texts if np.isfinite(_number(text)))
    most = min(decimals, key=lambda n: (-decimals[n], n)) if decimals else 0

    def text_of(value: Any) -> Any:
        if not _is_number(value):
            return value
        if float(value) in known:
            return known[float(value)]
        if not np.isfinite(value):
            return str(value)
        written = f"{float(value):.{most}f}"
        return written if float(written) == float(value) else str(value)

    return [text_of(value) for value in values]


def _decimal(value: Any, places: int) -> Any:
    found = Decimal(str(value))
    return round(found, places) if found.is_finite() else found


def _decimals(text: str) -> int:
    """Count the digits behind the point."""
    return len(text.strip().partition(".")[2])


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _is_missing(cell: Any) -> bool:
    """Tell None, NaN, NaT and the NA of pandas, which differ from themselves or are no truth."""
    if cell is None:
        return True
    try:
        return bool(cell != cell)
    except (TypeError, ValueError):
        return type(cell).__name__ == "NAType"


def values_of_bins(found: Mapping[str, Any], encoded: EncodedTable) -> dict[str, np.ndarray]:
    """Give for each bin of each feature in bins the median of its values, one that is there.

    Parameters
    ----------
    found : mapping
        Columns of the table, from ``read_columns``.
    encoded : EncodedTable
        The same rows.

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
        rows = np.flatnonzero((codes >= 0) & (codes < n_bins) & np.isfinite(numbers))
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
    return np.array([_number(value) for value in cells], np.float64)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.nan
