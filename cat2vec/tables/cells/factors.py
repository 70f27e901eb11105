"""One column as integers: which distinct value stands in each row.

Takes Arrow arrays, or lists of Python objects where a column mixes types. Gives ``Factors``. Knows
nothing of categories, their order, or other columns.
"""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cat2vec.errors import CellError, ColumnTypeError
from cat2vec.kernels.once import cached_property
from cat2vec.tables.cells.weights import code_counts
from cat2vec.vocabulary.vocabulary import MISSING, category_key

#: Rows whose codes are translated at a time.
_GATHERED_ROWS = 1 << 20
#: Python types that Arrow takes over without changing what a cell means.
_SAFE_TYPES = {str, int, float, bool, bytes, datetime.date, datetime.datetime, decimal.Decimal}


@dataclass(frozen=True)
class Numbers:
    """What is known of the numbers of a column of which only some are at hand.

    ``n_distinct`` of them differ, ``least`` and ``most`` are their bounds, and ``is_whole`` says
    whether all are whole numbers.
    """

    n_distinct: int
    least: Any
    most: Any
    is_whole: bool


@dataclass(frozen=True)
class Profiled:
    """What each row of a profile stands for: all rows of a table that hold one value.

    ``repeats`` is (n_rows,) int64, how many rows of the table these are, and ``weights`` (n_rows,)
    float64 the sum of their weights, None if they have none. ``ups`` and ``downs`` say how often a
    number is followed by a larger and by a smaller one in the table. ``numbers`` is given where
    values that no edge of a bin can fall between stand as one.
    """

    repeats: np.ndarray
    weights: np.ndarray | None = None
    ups: int = 0
    downs: int = 0
    numbers: Numbers | None = None

    @property
    def amounts(self) -> np.ndarray:
        """In how many rows the rows of the table count: (n_rows,) float64."""
        return self.repeats.astype(np.float64) if self.weights is None else self.weights


@dataclass(frozen=True)
class Factors:
    """A column as integers: which distinct value stands in each row.

    ``codes`` is (n_rows,) int16 or int32 into ``distinct``, -1 where the cell is missing.
    ``distinct`` is a NumPy array for numbers and booleans, else a list, in no particular order.
    ``order`` are all categories of a dtype that declares an order for them.
    Where cells hold several values, ``codes`` is (n_values,), ``rows`` says in which of ``n_cells``
    rows each value stands, ascending, and rows without a value are missing cells.
    ``profile`` is given where each row stands for many of a table.
    """

    codes: np.ndarray
    distinct: np.ndarray | Sequence[Any]
    dtype: str
    is_number: bool
    order: tuple[Any, ...] | None = None
    rows: np.ndarray | None = None
    n_cells: int = 0
    profile: Profiled | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.codes) if self.rows is None else self.n_cells

    def values(self) -> list[Any]:
        """Give the distinct values as Python objects."""
        found = self.distinct
        return found.tolist() if isinstance(found, np.ndarray) else list(found)

    def only_used(self) -> Factors:
        """Leave out distinct values that stand in no row."""
        used = self.used()
        if used.all():
            return self
        place = np.where(used, np.cumsum(used) - 1, MISSING)
        found = self.distinct
        kept: Any = [found[i] for i in np.flatnonzero(used).tolist()]
        if isinstance(found, np.ndarray):
            kept = found[used]
        return replace(self, codes=gather(place, self.codes), distinct=kept)

    @cached_property
    def _counts(self) -> np.ndarray:
        return code_counts(self.codes, None, len(self.distinct))

    def used(self) -> np.ndarray:
        """Say which distinct values stand in some row."""
        return self._counts > 0

    def cells_of_values(self) -> np.ndarray:
        """Count the cells of each distinct value: (n_distinct,) int64."""
        if self.profile is None:
            return self._counts
        present = self.codes >= 0
        repeats = self.profile.repeats
        of_codes = repeats if self.rows is None else repeats[self.rows]
        sums = np.bincount(self.codes[present], of_codes[present], len(self.distinct))
        return sums.astype(np.int64)

    def weights_of_values(self, weights: np.ndarray | None) -> np.ndarray | None:
        """Give the weight of each entry of ``codes``, from those of rows; None is 1 for all."""
        of_rows = weights if self.profile is None else self.profile.amounts
        return of_rows if of_rows is None or self.rows is None else of_rows[self.rows]


def code_dtype(n_codes: int) -> type[np.signedinteger[Any]]:
    """Give the type of integer that codes are kept in: int16 where they fit, else int32."""
    return np.int16 if n_codes <= np.iinfo(np.int16).max else np.int32


def arrow_or_list(cells: Sequence[Any]) -> pa.Array | list[Any]:
    """Hand cells over to Arrow, unless that would change or refuse some of them.

    Arrow would turn dates beside datetimes into dates, text beside bytes into bytes and datetimes
    of several zones into those of the first; such columns stay lists. NaN, None, NA and NaT are
    missing either way.
    """
    kinds = set(map(type, cells))
    if any(issubclass(kind, _NUMPY_SCALARS) for kind in kinds):
        cells = [_python_scalar(cell) for cell in cells]
        kinds = set(map(type, cells))
    plain = {kind for kind in kinds if kind is not _NONE and kind.__name__ not in _MISSING_TYPES}
    beside = len(plain) > 1 and float in plain and plain != {int, float}
    if beside and all(cell != cell for cell in cells if type(cell) is float):
        plain -= {float}  # each of them is NaN: a missing cell, not a number
    if plain == {datetime.datetime} and len({_zone(cell) for cell in cells} - {_NONE}) > 1:
        return list(cells)
    if plain <= _SAFE_TYPES and (len(plain) <= 1 or plain == {int, float}):
        try:
            return pa.array(cells, from_pandas=True)
        except (pa.ArrowException, UnicodeEncodeError, OverflowError, TypeError):
            pass
    return list(cells)


_NONE = type(None)
_MISSING_TYPES = {"NAType", "NaTType"}
_NUMPY_SCALARS = (np.number, np.bool_, np.str_, np.bytes_)


def _zone(cell: Any) -> Any:
    return cell.tzinfo if isinstance(cell, datetime.datetime) and cell == cell else _NONE


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


def factorize(
    name: str, cells: pa.Array | pa.ChunkedArray | list[Any], rows: np.ndarray | range | None = None
) -> Factors:
    """Number the distinct values of a column; ``rows`` are those of its cells, for error texts.

    Raises
    ------
    CellError
        If a cell is not hashable, naming its row.
    ColumnTypeError
        If a cell is a complex number.
    """
    if isinstance(cells, list):
        return _factorize_objects(name, cells, rows)
    if pa.types.is_run_end_encoded(cells.type):
        cells = pc.run_end_decode(cells)
    if pa.types.is_float16(cells.type):  # older Arrow cannot number half floats
        cells = cells.cast(pa.float32())
    kind = cells.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if isinstance(kind, pa.BaseExtensionType):
        return _factorize_objects(name, cells.to_pylist(), rows)
    if pa.types.is_nested(kind):
        for row, cell in enumerate(cells.to_pylist()):
            if cell is not None:
                raise CellError(name, cell, row if rows is None else int(rows[row]))
    if pa.types.is_null(kind) or pa.types.is_nested(kind):
        return Factors(np.full(len(cells), MISSING, np.int32), [], "null", False)
    declared = pa.types.is_dictionary(cells.type)  # the user says that these are categories
    is_ordered = declared and cells.type.ordered
    if not declared:
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
    is_number = is_number and not declared
    distinct = _values_of(dictionary, kind)
    merged = codes[0] if len(codes) == 1 else np.concatenate([np.empty(0, dtype), *codes])
    order = tuple(v for v in dictionary.to_pylist() if v is not None) if is_ordered else None
    factors = Factors(merged, distinct, str(kind), is_number, order)
    return _without_nan(factors) if pa.types.is_floating(kind) else factors


def _dictionary_codes(chunk: pa.DictionaryArray) -> np.ndarray:
    codes = _numbers(chunk.indices).astype(np.int32, copy=False)
    if chunk.indices.null_count:
        codes = np.where(_is_there(chunk.indices), codes, np.int32(MISSING))
    if chunk.dictionary.null_count:  # a null may also hide inside the dictionary
        is_null = ~_is_there(chunk.dictionary)
        codes = np.where((codes >= 0) & is_null[codes], MISSING, codes).astype(np.int32)
    return codes


# ``to_numpy``, ``fill_null`` and, before 18, ``to_pandas_dtype`` of Arrow import pandas, which
# takes longer than reading a table.


def _numbers(cells: pa.Array) -> np.ndarray:
    """Give integers or floats as they lie in memory; missing cells are any number."""
    kind = cells.type
    letter = "f" if pa.types.is_floating(kind) else "i" if pa.types.is_signed_integer(kind) else "u"
    numbers = np.empty(0, f"{letter}{kind.bit_width // 8}")
    if len(cells):
        numbers = np.frombuffer(cells.buffers()[1], numbers.dtype)
    return numbers[cells.offset : cells.offset + len(cells)]


def _is_there(cells: pa.Array) -> np.ndarray:
    """Say which cells are not missing."""
    bits = cells.buffers()[0]
    if bits is None:
        return np.full(len(cells), not pa.types.is_null(cells.type))
    there = np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little")
    return there[cells.offset : cells.offset + len(cells)].astype(bool)


def _values_of(dictionary: pa.Array, kind: pa.DataType) -> np.ndarray | list[Any]:
    if pa.types.is_boolean(kind):
        return np.array(dictionary.to_pylist(), bool)
    if pa.types.is_integer(kind):
        return np.where(_is_there(dictionary), _numbers(dictionary), 0)
    if pa.types.is_floating(kind):
        return np.where(_is_there(dictionary), _numbers(dictionary), np.nan)
    return dictionary.to_pylist()


def _without_nan(factors: Factors) -> Factors:
    values = np.asarray(factors.distinct) + 0.0  # makes one zero of 0.0 and -0.0
    is_nan = np.isnan(values)
    if not is_nan.any():
        return replace(factors, distinct=values)
    codes = np.where((factors.codes >= 0) & is_nan[factors.codes], MISSING, factors.codes)
    return replace(
        factors, codes=codes.astype(factors.codes.dtype), distinct=np.where(is_nan, 0.0, values)
    )


def _factorize_objects(
    name: str, cells: list[Any], rows: np.ndarray | range | None = None
) -> Factors:
    number_of: dict[Any, int] = {}
    distinct: list[Any] = []
    codes = np.empty(len(cells), np.int32)
    for row, cell in enumerate(cells):
        if _is_missing(cell):
            codes[row] = MISSING
            continue
        if isinstance(cell, (complex, np.complexfloating)):
            raise ColumnTypeError(
                f"Complex data not supported: feature {name!r} holds {cell!r} in row "
                f"{row if rows is None else int(rows[row])} "
                f"(counted from 0). Use its real and imaginary parts as two columns."
            )
        if type(cell) is float:
            cell += 0.0  # makes one zero of 0.0 and -0.0
        key = category_key(cell)
        try:
            code = number_of.setdefault(key, len(distinct))
        except TypeError:
            raise CellError(name, cell, row if rows is None else int(rows[row])) from None
        if code == len(distinct):
            distinct.append(cell)
        elif type(cell) is not type(distinct[code]) or type(cell) is decimal.Decimal:
            distinct[code] = min(distinct[code], cell, key=plainness)
        codes[row] = code
    return Factors(codes, distinct, "mixed", are_numbers(distinct))


def are_numbers(values: Sequence[Any]) -> bool:
    """Say whether there are values and all of them are numbers."""
    return len(values) > 0 and all(category_key(value)[0] == 1 for value in values)


def plainness(value: Any) -> tuple[bool, bool, str, str]:
    """Order equal values of several types, so that the first row does not decide for one."""
    kind = type(value)
    return kind is not int, kind.__module__ != "builtins", kind.__qualname__, repr(value)


def gather(table: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Look codes up in a table; missing stays missing."""
    lookup = np.append(table, MISSING)
    lookup = lookup.astype(code_dtype(int(lookup.max()) + 1))
    found: np.ndarray = np.empty(len(codes), lookup.dtype)
    for start in range(0, len(codes), _GATHERED_ROWS):  # NumPy indexes by int64: 8 bytes a row
        rows = slice(start, start + _GATHERED_ROWS)
        found[rows] = lookup.take(codes[rows])
    return found
