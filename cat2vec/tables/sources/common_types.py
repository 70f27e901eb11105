"""One type for a column whose type differs between the files of a table.

Takes Arrow types and columns. Gives the type that holds the values of all, and columns cast to it
without loss. Text and numbers have none in common, nor have text and bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

_TEXT = pa.dictionary(pa.int32(), pa.string())
#: Decimals of so many digits come back from float64 as they were.
_DOUBLE_DIGITS = 15


def common_type(kinds: Sequence[pa.DataType]) -> pa.DataType | None:
    """Give the type that holds the values of several, or None.

    Examples
    --------
    >>> common_type([pa.int64(), pa.null(), pa.float32()])
    DataType(double)
    >>> common_type([pa.int64(), pa.string()]) is None
    True
    """
    plain = list(dict.fromkeys(_plain(kind) for kind in kinds))
    some = [kind for kind in plain if not pa.types.is_null(kind)] or plain
    if len(some) == 1:
        return some[0]
    t = pa.types
    if all(t.is_floating(kind) or t.is_integer(kind) for kind in some):
        whole = all(t.is_integer(kind) for kind in some)
        return _merged(some) if whole else pa.float64()
    if all(t.is_decimal(kind) or t.is_integer(kind) for kind in some):
        return _merged(some)
    if all(t.is_decimal(kind) or t.is_floating(kind) or t.is_integer(kind) for kind in some):
        short = all(kind.precision <= _DOUBLE_DIGITS for kind in some if t.is_decimal(kind))
        return pa.float64() if short else None
    if all(t.is_date(kind) or t.is_timestamp(kind) for kind in some):
        moments = [kind for kind in some if t.is_timestamp(kind)]
        if any(kind.tz for kind in moments) and len(moments) < len(some):
            return None
        return _merged(moments or some)
    if all(t.is_time(kind) for kind in some) or all(t.is_duration(kind) for kind in some):
        return _merged(some)
    if all(_is_list(kind) for kind in some):
        inner = common_type([kind.value_type for kind in some])
        return None if inner is None else pa.large_list(inner)
    return None


def as_type(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Cast a column to a type of ``common_type``; text becomes a dictionary.

    Raises
    ------
    pyarrow.ArrowInvalid
        If a value would not be the same.

    Examples
    --------
    >>> as_type(pa.chunked_array([[1, None]]), pa.float64()).to_pylist()
    [1.0, None]
    """
    if pa.types.is_dictionary(column.type):
        if column.type == _TEXT:
            return column
        column = column.cast(column.type.value_type)
    if not pa.types.is_string(kind):
        return column.cast(kind)
    column = column.cast(kind).dictionary_encode()
    return pa.chunked_array(column.chunks, _TEXT)


def type_name(kind: pa.DataType) -> str:
    """Name a type; that of a dictionary by its values."""
    return str(kind.value_type if pa.types.is_dictionary(kind) else kind)


def _plain(kind: pa.DataType) -> pa.DataType:
    """Give the type of the values, whatever way they are held."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if str(kind) in ("large_string", "string_view"):
        return pa.string()
    if str(kind) in ("large_binary", "binary_view"):
        return pa.binary()
    return kind


def _is_list(kind: pa.DataType) -> bool:
    t = pa.types
    return t.is_list(kind) or t.is_large_list(kind) or t.is_fixed_size_list(kind)


def _merged(kinds: Sequence[pa.DataType]) -> pa.DataType | None:
    schemas = [pa.schema([("", kind)]) for kind in kinds]
    try:
        return pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    except pa.ArrowException:
        return None
