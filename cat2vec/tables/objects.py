"""Objects of other libraries, and paths, made tables that can be taken apart into columns.

Takes whatever was given as a table. Gives a dataframe, a dict of columns or an array as it was
given; what must be read or run first is read into Arrow; the rest is refused with the call that
helps.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
from narwhals.exceptions import DuplicateError

from cat2vec.errors import ColumnTypeError, IndexColumnWarning, warn
from cat2vec.tables.files import columns_of_file
from cat2vec.tables.sources.columnar import FileColumns, one_line
from cat2vec.tables.sources.paths import are_paths
from cat2vec.tables.sources.row_numbers import is_unnamed_index
from cat2vec.vocabulary.vocabulary import Schema

#: Rows that another library is asked for at a time.
ROWS_AT_ONCE = 1 << 17
#: Calls of other libraries that give a table in memory, the best first.
_CALLS = (
    *("to_pandas", "toPandas", "compute", "to_arrow", "read_all", "to_table", "collect", "df"),
    *("to_dataframe", "toarray", "todense", "DataFrame"),
)


def as_table(table: Any, keep: Collection[str] = (), schema: Schema | None = None) -> Any:
    """Make a table of what is a path, or must be read or run first; give all else as it is.

    Parameters
    ----------
    table : object
    keep : collection of str
        Columns that are kept even where they are the index of a pandas table.
    schema : Schema or None
        Of an earlier fit, by which files are read.

    Raises
    ------
    ColumnTypeError
        For a table of another machine, naming the call that brings it here.
    TableNotFoundError, FileReadError, TableError

    Warns
    -----
    IndexColumnWarning

    Examples
    --------
    >>> batch = pa.record_batch({"city": ["Oslo"], "job": ["cook"]})
    >>> as_table(batch).column_names, as_table({"city": ["Oslo"]})
    (['city', 'job'], {'city': ['Oslo']})
    """
    if are_paths(table):
        return columns_of_file(table, keep, schema)
    if isinstance(table, type):
        raise ColumnTypeError(f"X is the class {table.__name__}. Give a table, not its class.")
    if isinstance(table, (FileColumns, Mapping, list, tuple)):
        return table
    if isinstance(table, np.ndarray):
        names = table.dtype.names if table.ndim == 1 else None
        return {name: table[name] for name in names} if names else table
    try:
        return _without_index(_read(table), keep, schema)
    except DuplicateError:  # of names, which is told where columns are read
        return table


def reader_of_query(table: Any) -> pa.RecordBatchReader | None:
    """Give a reader of the rows of the last query, of what is a connection or a cursor."""
    if type(table).__name__ == "DuckDBPyConnection":
        import duckdb

        with warnings.catch_warnings():
            # that con.sql(...) makes one copy less. By its words, as another thread may keep it
            warnings.filterwarnings("ignore", "Arrow output on a DB-API result", UserWarning)
            try:
                return reader_of_duckdb(table)
            except duckdb.Error as error:
                raise ColumnTypeError(
                    f"this connection of DuckDB has no rows to read: {one_line(error)}. Give it a "
                    f"query first, connection.execute(...), or give what connection.sql(...) gives."
                ) from error
    is_relation = type(table).__name__ == "DuckDBPyRelation"
    if not is_relation and callable(getattr(table, "fetch_record_batch", None)):  # one of ADBC
        return table.fetch_record_batch()
    return None


def reader_of_duckdb(table: Any) -> pa.RecordBatchReader:
    """Ask a relation or a connection of DuckDB, of any version, for some rows at a time."""
    names = ("to_arrow_reader", "fetch_arrow_reader", "fetch_record_batch")
    ask: Any = next(getattr(table, name) for name in names if hasattr(table, name))
    return ask(ROWS_AT_ONCE)


def call_that_helps(table: Any) -> str:
    """Name the call that makes a table of an object, in a sentence; nothing if none is known.

    Examples
    --------
    >>> call_that_helps(row for row in [])
    ' It can be read only once: call list(X) first.'
    """
    found = next((call for call in _CALLS if callable(getattr(table, call, None))), None)
    if hasattr(table, "toarray"):
        return " Sparse data must be made dense first, with .toarray()."
    if hasattr(table, "get_chunk"):
        return " Call pandas.concat(X) first, or .read()."
    if found:
        return f" Call .{found}() first."
    if hasattr(table, "readline"):
        return " Give the path of the file, or read it with pandas first."
    if hasattr(table, "fetchall"):
        return " Read it with pandas.read_sql first."
    if hasattr(table, "read"):
        return " Call .read() first."
    if isinstance(table, Iterator):
        return " It can be read only once: call list(X) first."
    return ""


def call_for_rows(rows: Sequence[Any]) -> str:
    """Name the call that makes one table of a list of records or of tables; nothing for others."""
    first = rows[0] if len(rows) else None
    if isinstance(first, Mapping):
        return "a list of dicts. Call pandas.DataFrame(X) first."
    if isinstance(first, pa.RecordBatch):
        return "a list of record batches. Call pyarrow.Table.from_batches(X) first."
    if isinstance(nw.from_native(first, pass_through=True, eager_only=True), nw.DataFrame):
        return f"a list of tables ({type(first).__name__}). Call concat or concat_tables first."
    return ""


def _read(table: Any) -> Any:
    """Read or run what is no table in memory yet."""
    if isinstance(table, pa.RecordBatch):
        return pa.Table.from_batches([table])
    query = reader_of_query(table)
    if query is not None:
        return query.read_all()
    if isinstance(table, pa.RecordBatchReader):
        return table.read_all()
    frame = nw.from_native(table, pass_through=True, allow_series=True)
    if isinstance(frame, (nw.DataFrame, nw.Series)):
        return table
    if isinstance(frame, nw.LazyFrame):
        kind = frame.implementation
        if kind.is_polars():
            return table.collect()
        if kind.is_duckdb() or kind.is_ibis():
            return frame.collect("pyarrow").to_native()
        raise ColumnTypeError(
            f"X is a {type(table).__name__}, whose rows are not in memory.{call_that_helps(table)}"
        )
    if type(table).__module__.startswith("pyarrow") and hasattr(table, "to_table"):
        return table.to_table()  # a Dataset or Scanner
    for marker, make in (("__arrow_c_stream__", pa.table), ("__arrow_c_array__", pa.record_batch)):
        if hasattr(table, marker):
            try:
                found = make(table)
            except (pa.ArrowException, TypeError, ValueError):
                continue
            return pa.Table.from_batches([found]) if isinstance(found, pa.RecordBatch) else found
    return table


def _without_index(table: Any, keep: Collection[str], schema: Schema | None) -> Any:
    """Leave out the index of a pandas table that other libraries read as a column."""
    frame = nw.from_native(table, pass_through=True, eager_only=True)
    if not isinstance(frame, nw.DataFrame):
        return table
    names = [name for name in frame.columns if isinstance(name, str)]
    known = () if schema is None else schema.columns
    index = [name for name in names if is_unnamed_index(name) and name not in {*keep, *known}]
    if not index:
        return table
    if schema is None:
        warn(IndexColumnWarning(index))
    return frame.drop(*index).to_native()
