"""Two statements by which a database counts: distinct values of columns, and pairs of them.

Takes the names of a table and its columns. Gives SQL. ``from_sql`` reads the results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cat2vec.counting.dialects import Dialect, check_name, dialect_of, parts_of_name
from cat2vec.counting.sql_profile import OF_PAIRS, OF_VOCABULARY, SqlProfile, profile_of_rows
from cat2vec.errors import ParameterError, TableError, listed
from cat2vec.parameters import documented


def vocabulary_sql(table: str | Sequence[str], features: Sequence[str], dialect: str) -> str:
    """Write the statement that gives the distinct values of columns, and the rows of each.

    Parameters
    ----------
    table : str or sequence of str
        Name of a table or view, such as ``"sales.trips"``. It is cut at points, but not between
        double quotes; a list gives its parts as they are.
    features : sequence of str
        Columns, two or more, as the database writes their names: quoted names keep their case.
    dialect : {"duckdb", "postgres", "snowflake", "bigquery", "databricks"}

    Returns
    -------
    str
        A statement whose result has the columns column_name, value (text, NULL for missing cells)
        and n_rows, with a row for each column and value.

    Raises
    ------
    ParameterError

    See Also
    --------
    pairs_sql, counts_from_sql

    Examples
    --------
    >>> print(vocabulary_sql("trips", ["city", "job"], "duckdb"))
    SELECT 'city' AS "column_name", CAST("city" AS VARCHAR) AS "value", COUNT(*) AS "n_rows"
    FROM "trips"
    GROUP BY 2
    UNION ALL
    SELECT 'job' AS "column_name", CAST("job" AS VARCHAR) AS "value", COUNT(*) AS "n_rows"
    FROM "trips"
    GROUP BY 2;
    """
    parts, written = parts_of_name(table), dialect_of(dialect)
    return _statement(
        [
            _select([written.text(name), _as_text(name, written)], OF_VOCABULARY, parts, written)
            for name in _checked(features)
        ]
    )


@documented
def pairs_sql(
    table: str | Sequence[str],
    features: Sequence[str],
    dialect: str,
    vocabulary: Any = None,
    *,
    types: Mapping[str, Any] | None = None,
    columns: Mapping[str, Any] | None = None,
    numeric: str = "bin",
    n_bins: int = 16,
    shared: Mapping[str, Sequence[str]] | None = None,
    missing: str = "ignore",
    missing_values: Any = None,
) -> str:
    """Write the statement that counts pairs of values, for each two columns by a GROUP BY.

    Parameters
    ----------
    table : str or sequence of str
        As in ``vocabulary_sql``.
    features : sequence of str
        As in ``vocabulary_sql``.
    dialect : str
        As in ``vocabulary_sql``.
    vocabulary : DataFrame, Table, dict of columns, path, or None
        Result of ``vocabulary_sql``. With it numbers are cut into their bins by the database, and a
        number of each bin stands for all: ``counts_from_sql`` needs the same parameters then.
        Without it all numbers are grouped as they are, which gives the same counts from more rows.
    types : mapping of str to str or DataType, or None
        As in ``counts_from_sql``.
    {columns, numeric, n_bins, shared, missing, missing_values}

    Returns
    -------
    str
        A statement whose result has the columns left_column, left_value, right_column, right_value
        and n_rows.

    Raises
    ------
    TableError, FileReadError, ColumnTypeError, UnknownFeatureError, ParameterError

    Examples
    --------
    >>> print(pairs_sql("trips", ["city", "job"], "postgres").splitlines()[-1])
    GROUP BY 2, 4;
    >>> vocabulary = {
    ...     "column_name": ["city", "hours", "hours", "hours"],
    ...     "value": ["Oslo", "1.5", "2.5", "8.0"],
    ...     "n_rows": [4, 1, 1, 2],
    ... }
    >>> statement = pairs_sql("trips", ["city", "hours"], "duckdb", vocabulary, n_bins=2)
    >>> "THEN '1.5' ELSE '8.0' END" in statement
    True
    """
    parts, written = parts_of_name(table), dialect_of(dialect)
    names = _checked(features)
    expressions = {name: _as_text(name, written) for name in names}
    if vocabulary is not None:
        profile = profile_of_rows(
            vocabulary,
            types=types,
            columns=columns,
            numeric=numeric,
            n_bins=n_bins,
            shared=shared,
            missing=missing,
            missing_values=missing_values,
        )
        if list(profile.texts) != names:
            raise TableError(
                f"the rows of the vocabulary are of the columns {listed(profile.texts)}, and asked "
                f"are {listed(names)}. Give the same columns in the same order."
            )
        for name in names:
            expressions[name] = _in_bins(name, profile, written)
    return _statement(
        [
            _select(
                [written.text(left), expressions[left], written.text(right), expressions[right]],
                OF_PAIRS,
                parts,
                written,
            )
            for left, right in combinations(names, 2)
        ]
    )


def _checked(features: Sequence[str]) -> list[str]:
    names = [features] if isinstance(features, str) else list(features)
    for name in names:
        check_name(name, "the name of a column")
    if len(names) < 2 or len(set(names)) < len(names):
        raise ParameterError(
            f"features must name two columns or more, each once, got {listed(names)}."
        )
    return names


def _statement(selects: Sequence[str]) -> str:
    return "\nUNION ALL\n".join(selects) + ";"


def _select(
    values: Sequence[str], names: Sequence[str], table: Sequence[str], dialect: Dialect
) -> str:
    """Write the rows of each combination of some values, the second and fourth of which vary."""
    shown = [*values, "COUNT(*)"]
    columns = ", ".join(
        f"{value} AS {dialect.name(name)}" for value, name in zip(shown, names, strict=True)
    )
    places = ", ".join(str(number) for number in range(2, len(shown), 2))
    return f"SELECT {columns}\nFROM {dialect.table(table)}\nGROUP BY {places}"


def _as_text(name: str, dialect: Dialect) -> str:
    return f"CAST({dialect.name(name)} AS {dialect.of_text})"


def _in_bins(name: str, profile: SqlProfile, dialect: Dialect) -> str:
    """Write the least number of the bin that a number falls in, or the text of other cells.

    Numbers are compared as their texts read: those are what the edges were fitted to. No other
    numbers than those of the vocabulary can come, so the least one of a bin is its edge.
    """
    text = _as_text(name, dialect)
    features = profile.features_of(name)
    fitted = [profile.fitted[f] for f in features]
    if len(fitted) != 1 or fitted[0].codec.edges is None or fitted[0].codes.ndim > 1:
        return text
    (one,) = fitted
    assert one.codec.edges is not None
    codes, values = one.codes, profile.texts[name].values
    is_null = np.asarray(pc.is_null(values))
    is_bin = (codes >= 0) & (codes <= len(one.codec.edges)) & ~is_null
    is_whole = one.codec.edges.dtype.kind in "iu"
    kind = dialect.of_whole_numbers if is_whole else dialect.of_numbers
    least = _least_of_bins(values, codes, is_bin, is_whole)
    left_out = values.filter(pa.array(~is_bin & ~is_null)).to_pylist()
    among = f" OR {text} IN ({', '.join(map(dialect.text, left_out))})" if left_out else ""
    cases = [f"WHEN {dialect.name(name)} IS NULL{among} THEN NULL"]
    for here, following in pairwise(least):
        edge = f"CAST({dialect.text(following)} AS {kind})"
        cases.append(f"WHEN CAST({text} AS {kind}) < {edge} THEN {dialect.text(here)}")
    return f"CASE {' '.join(cases)} ELSE {dialect.text(least[-1])} END"


def _least_of_bins(
    values: pa.Array, codes: np.ndarray, is_bin: np.ndarray, is_whole: bool
) -> list[str]:
    """Give the text of the least number of each bin that has some."""
    read = int if is_whole else float
    least: dict[int, tuple[Any, str]] = {}
    texts = values.filter(pa.array(is_bin)).to_pylist()
    for code, text in zip(codes[is_bin].tolist(), texts, strict=True):
        found = (read(text), text)
        least[code] = min(least.get(code, found), found)
    return [least[code][1] for code in sorted(least)]
