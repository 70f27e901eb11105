"""One column: from cells to codes, categories and the codec that repeats it on new rows.

Takes Arrow arrays, or lists of Python objects where a column mixes types. Gives integer codes with
ordered categories. Knows nothing of other columns, pairs or vectors.
"""

from __future__ import annotations

import datetime
import decimal
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cat2vec.errors import (
    CellError,
    ColumnTypeError,
    ParameterError,
    integer_problem,
)
from cat2vec.tables.bins import quantile_edges
from cat2vec.tables.weights import code_counts
from cat2vec.vocabulary import MISSING, Codec, category_key, sorted_by_key

#: Rows whose codes are translated at a time.
_GATHERED_ROWS = 1 << 20
#: Python types that Arrow takes over without changing what a cell means.
_SAFE_TYPES = {str, int, float, bool, bytes, datetime.date, datetime.datetime, decimal.Decimal}


@dataclass(frozen=True)
class Categorical:
    """Column kind: every distinct value is a category, numbers too.

    Examples
    --------
    >>> Categorical()
    Categorical()
    """


@dataclass(frozen=True)
class Numeric:
    """Column kind: numbers are cut into quantile bins.

    Parameters
    ----------
    bins : int, default 16
        How many bins at most, at least 2. A value that fills a whole bin by itself gets a bin of
        its own.

    Examples
    --------
    >>> Numeric(bins=4)
    Numeric(bins=4)
    """

    bins: int = 16

    def __post_init__(self) -> None:
        if problem := integer_problem("bins of a Numeric column", self.bins, least=2):
            raise ParameterError(problem)


@dataclass(frozen=True)
class Factors:
    """A column as integers: which distinct value stands in each row.

    ``codes`` is (n_rows,) int16 or int32 into ``distinct``, -1 where the cell is missing.
    ``distinct`` is a NumPy array for numbers and booleans, else a list, in no particular order.
    """

    codes: np.ndarray
    distinct: np.ndarray | Sequence[Any]
    dtype: str
    is_number: bool


def code_dtype(n_codes: int) -> type[np.signedinteger[Any]]:
    """Give the type of integer that codes are kept in: int16 where they fit, else int32."""
    return np.int16 if n_codes <= np.iinfo(np.int16).max else np.int32


def arrow_or_list(cells: Sequence[Any]) -> pa.Array | list[Any]:
    """Hand cells over to Arrow, unless that would change or refuse some of them.

    Arrow would turn dates beside datetimes into dates and text beside bytes into bytes; such
    columns stay lists. NaN, None, NA and NaT are missing either way.
    """
    kinds = set(map(type, cells))
    if any(issubclass(kind, _NUMPY_SCALARS) for kind in kinds):
        cells = [_python_scalar(cell) for cell in cells]
        kinds = set(map(type, cells))
    plain = {kind for kind in kinds if kind is not _NONE and kind.__name__ not in _MISSING_TYPES}
    beside = len(plain) > 1 and float in plain and plain != {int, float}
    if beside and all(cell != cell for cell in cells if type(cell) is float):
        plain -= {float}  # each of them is NaN: a missing cell, not a number
    if plain <= _SAFE_TYPES and (len(plain) <= 1 or plain == {int, float}):
        try:
            return pa.array(cells, from_pandas=True)
        except (pa.ArrowException, UnicodeEncodeError, OverflowError, TypeError):
            pass
    return list(cells)


_NONE = type(None)
_MISSING_TYPES = {"NAType", "NaTType"}
_NUMPY_SCALARS = (np.number, np.bool_, np.str_, np.bytes_)


def _python_scalar(cell: Any) -> Any:
    if isinstance(cell, np.longdouble):
        return float(cell)
    if isinstance(cell, _NUMPY_SCALARS) and not isinstance(cell, np.timedelta64):
        return cell.item()
    return cell


def _is_missing(cell: Any) -> bool:
    if cell is None or type(cell).__name__ in _MISSING_TYPES:
        return True
    if isinstance(cell, decimal.Decimal):
        return cell.is_nan()
    try:
        return bool(cell != cell)
    except (TypeError, ValueError):  # an array, which is refused later as a cell
        return False


def factorize(name: str, cells: pa.Array | pa.ChunkedArray | list[Any]) -> Factors:
    """Number the distinct values of a column.

    Raises
    ------
    CellError
        If a cell is not hashable, naming its row.
    ColumnTypeError
        If a cell is a complex number.
    """
    if isinstance(cells, list):
        return _factorize_objects(name, cells)
    if pa.types.is_run_end_encoded(cells.type):
        cells = pc.run_end_decode(cells)
    if pa.types.is_float16(cells.type):  # older Arrow cannot number half floats
        cells = cells.cast(pa.float32())
    kind = cells.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if isinstance(kind, pa.BaseExtensionType):
        return _factorize_objects(name, cells.to_pylist())
    if pa.types.is_nested(kind):
        for row, cell in enumerate(cells.to_pylist()):
            if cell is not None:
                raise CellError(name, cell, row)
    if pa.types.is_null(kind) or pa.types.is_nested(kind):
        return Factors(np.full(len(cells), MISSING, np.int32), [], "null", False)
    if not pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_encode()
    if isinstance(cells, pa.ChunkedArray):
        if cells.type.index_type.bit_width < 32:  # the joint dictionary may need wider indices
            cells = cells.cast(pa.dictionary(pa.int32(), kind))
        cells = cells.unify_dictionaries()
        chunks = cells.chunks
        dictionary = chunks[0].dictionary if chunks else pa.array([], kind)
    else:
        chunks, dictionary = [cells], cells.dictionary
    dtype = code_dtype(len(dictionary))
    codes = [_dictionary_codes(chunk).astype(dtype, copy=False) for chunk in chunks]
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    distinct = _values_of(dictionary, kind)
    merged = codes[0] if len(codes) == 1 else np.concatenate([np.empty(0, dtype), *codes])
    factors = Factors(merged, distinct, str(kind), is_number)
    return _without_nan(factors) if pa.types.is_floating(kind) else factors


def _dictionary_codes(chunk: pa.DictionaryArray) -> np.ndarray:
    indices = chunk.indices
    if indices.null_count:
        indices = indices.cast(pa.int32()).fill_null(MISSING)
    codes = indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    if chunk.dictionary.null_count:  # a null may also hide inside the dictionary
        is_null = pc.is_null(chunk.dictionary).to_numpy(zero_copy_only=False)
        codes = np.where((codes >= 0) & is_null[codes], MISSING, codes).astype(np.int32)
    return codes


def _values_of(dictionary: pa.Array, kind: pa.DataType) -> np.ndarray | list[Any]:
    if dictionary.null_count and (pa.types.is_boolean(kind) or pa.types.is_integer(kind)):
        dictionary = dictionary.fill_null(False if pa.types.is_boolean(kind) else 0)
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return np.asarray(dictionary.to_numpy(zero_copy_only=False))
    return dictionary.to_pylist()


def _without_nan(factors: Factors) -> Factors:
    values = np.asarray(factors.distinct) + 0.0  # makes one zero of 0.0 and -0.0
    is_nan = np.isnan(values)
    if not is_nan.any():
        return Factors(factors.codes, values, factors.dtype, True)
    codes = np.where((factors.codes >= 0) & is_nan[factors.codes], MISSING, factors.codes)
    return Factors(
        codes.astype(factors.codes.dtype), np.where(is_nan, 0.0, values), factors.dtype, True
    )


def _factorize_objects(name: str, cells: list[Any]) -> Factors:
    number_of: dict[Any, int] = {}
    distinct: list[Any] = []
    codes = np.empty(len(cells), np.int32)
    for row, cell in enumerate(cells):
        if _is_missing(cell):
            codes[row] = MISSING
            continue
        if isinstance(cell, (complex, np.complexfloating)):
            raise ColumnTypeError(
                f"Complex data not supported: feature {name!r} holds {cell!r} in row {row} "
                f"(counted from 0). Use its real and imaginary parts as two columns."
            )
        if type(cell) is float:
            cell += 0.0  # makes one zero of 0.0 and -0.0
        key = category_key(cell)
        try:
            code = number_of.setdefault(key, len(distinct))
        except TypeError:
            raise CellError(name, cell, row) from None
        if code == len(distinct):
            distinct.append(cell)
        elif type(cell) is not type(distinct[code]) or type(cell) is decimal.Decimal:
            distinct[code] = min(distinct[code], cell, key=plainness)
        codes[row] = code
    is_number = bool(distinct) and all(category_key(value)[0] == 1 for value in distinct)
    return Factors(codes, distinct, "mixed", is_number)


def plainness(value: Any) -> tuple[bool, bool, str, str]:
    """Order equal values of several types, so that the first row does not decide for one."""
    kind = type(value)
    return kind is not int, kind.__module__ != "builtins", kind.__qualname__, repr(value)


def not_a_number(factors: Factors) -> Any:
    """Give a cell that keeps a column from being numbers: best one that reads as none."""
    values = factors.distinct
    values = values.tolist() if isinstance(values, np.ndarray) else values
    used = [values[code] for code in np.unique(factors.codes[factors.codes >= 0])]
    others = [value for value in used if category_key(value)[0] != 1]
    return next(
        (value for value in others if not _reads_as_number(value)), next(iter(others), None)
    )


def _reads_as_number(value: Any) -> bool:
    try:
        return isinstance(value, str) and math.isfinite(float(value))
    except ValueError:
        return False


def fit_column(
    factors: Factors,
    kind: Categorical | Numeric | None,
    n_bins: int,
    weights: np.ndarray | None = None,
) -> tuple[Codec, np.ndarray, np.ndarray]:
    """Learn categories from a column and encode it.

    Parameters
    ----------
    factors : Factors
    kind : Categorical, Numeric or None
        None: numbers with more than ``n_bins`` distinct values are binned, all else is categorical.
    n_bins : int
    weights : ndarray of shape (n_rows,), float64, or None
        In how many rows each row counts, above 0.

    Returns
    -------
    codec : Codec
    categories : ndarray of shape (n_categories,)
    codes : ndarray of shape (n_rows,), int32
    """
    used = code_counts(factors.codes, weights, len(factors.distinct))
    if isinstance(kind, Numeric) or (kind is None and factors.is_number):
        numbers = _as_numbers(factors)
        edges = quantile_edges(numbers, used, kind.bins if kind else n_bins)
        wanted = kind is not None or np.unique(numbers[used > 0]).size > n_bins
        if wanted and edges.size:
            codec = Codec("numeric", factors.dtype, edges)
            codes = np.searchsorted(edges, numbers, side="right").astype(np.int32)
            return codec, codec.bin_labels(), _gather(codes, factors.codes)
    categories, rank = _ordered(factors, used)
    return Codec("category", factors.dtype), categories, _gather(rank, factors.codes)


def _gather(table: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Look codes up in a table; missing stays missing."""
    lookup = np.append(table, MISSING)
    lookup = lookup.astype(code_dtype(int(lookup.max()) + 1))
    found = np.empty(len(codes), lookup.dtype)
    for start in range(0, len(codes), _GATHERED_ROWS):  # NumPy indexes by int64: 8 bytes a row
        rows = slice(start, start + _GATHERED_ROWS)
        found[rows] = lookup[codes[rows]]
    return found


def _as_numbers(factors: Factors) -> np.ndarray:
    values = factors.distinct
    if isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
        return values
    return np.array([_as_float(value) for value in values], dtype=np.float64)


def _as_float(value: Any) -> float:
    if value is None:  # a null inside a dictionary, which no code points to
        return 0.0
    try:
        return float(value)
    except OverflowError:  # an integer beyond the largest float
        return math.inf if value > 0 else -math.inf


def _ordered(factors: Factors, used: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Order the distinct values that occur; give them and the rank of each distinct value."""
    occurring = np.flatnonzero(used).tolist()
    rank = np.full(len(used), MISSING, np.int32)
    if isinstance(factors.distinct, np.ndarray):
        categories, inverse = np.unique(factors.distinct[occurring], return_inverse=True)
        rank[occurring] = inverse
        return categories, rank
    by_key = {category_key(factors.distinct[code]): factors.distinct[code] for code in occurring}
    values = sorted_by_key(by_key.values())
    place = {category_key(value): number for number, value in enumerate(values)}
    rank[occurring] = [place[category_key(factors.distinct[code])] for code in occurring]
    categories = np.empty(len(values), dtype=object)
    categories[:] = values
    return categories, rank


def encode_new(name: str, factors: Factors, codec: Codec, lookup: Any) -> np.ndarray:
    """Encode a column of new rows as fit did.

    Parameters
    ----------
    name : str
        For the error text.
    factors : Factors
    codec : Codec
        From fit.
    lookup : callable
        Values to codes, for a categorical feature.

    Returns
    -------
    ndarray of shape (n_rows,), int16 or int32
        -1 missing, -2 unseen.
    """
    if codec.edges is None:
        values = factors.distinct
        table = lookup(values.tolist() if isinstance(values, np.ndarray) else values)
    elif not factors.is_number and not_a_number(factors) is not None:
        raise ColumnTypeError(
            f"feature {name!r} was a column of numbers in fit and now holds "
            f"{not_a_number(factors)!r}. Turn its cells into numbers and those that mean a "
            f"missing cell into None, or fit with columns={{{name!r}: 'category'}}."
        )
    else:
        table = np.searchsorted(codec.edges, _as_numbers(factors), side="right")
    return _gather(np.asarray(table, dtype=np.int32), factors.codes)
