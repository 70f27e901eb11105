"""Questions to exported vectors as macros of DuckDB; the SQL itself is in ``duckdb_macros.sql``."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def duckdb_macros() -> str:
    """Give the SQL that makes the macros.

    Returns
    -------
    str
        Statements for a database with a table ``vectors`` (feature, category, rows, vector), as the
        export to DuckDB writes it: cat2vec_similarity, cat2vec_nearest, cat2vec_analogy,
        cat2vec_cluster_fit and cat2vec_commonality. Their answers are those of Python.

    Examples
    --------
    >>> "MACRO cat2vec_similarity" in duckdb_macros()
    True
    """
    return files("cat2vec.export").joinpath("duckdb_macros.sql").read_text("utf-8")


def add_duckdb_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the macros in a database that holds exported vectors; those of before are replaced.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    """
    connection.execute(duckdb_macros())
