"""Named columns of categories put together into a dataframe of the kind that is wanted.

Takes categories with codes. Gives pandas, polars or pyarrow tables. Knows nothing of vectors.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from cat2vec.errors import ColumnTypeError
from cat2vec.tables.cells.factors import arrow_or_list
from cat2vec.vocabulary.vocabulary import MISSING, RARE

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
