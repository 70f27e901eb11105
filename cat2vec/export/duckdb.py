"""Export to a DuckDB file: a table ``vectors`` with one row per token, and questions as macros.

Takes ``Vectors``. Gives a file whose columns are feature, category (as text), rows and vector, an
array ``FLOAT[vector_size]``, so that ``array_cosine_similarity`` works on it. Needs the extra
``cat2vec[duckdb]``. The SQL of the macros is in ``duckdb_macros.sql``.
"""

from __future__ import annotations

import os
from importlib.resources import files
from typing import TYPE_CHECKING

import pyarrow as pa

from cat2vec.errors import MissingPackageError, ParameterError
from cat2vec.export.flat_table import text_array, token_rows
from cat2vec.storage.files import check_output_file, path_of, placed
from cat2vec.tables.sources.formats import is_utf8
from cat2vec.vectors.vectors import Vectors


def save_duckdb(
    vectors: Vectors,
    path: str | os.PathLike[str],
    feature: str | None = None,
    *,
    overwrite: bool = False,
) -> None:
    """Write a DuckDB file with a table ``vectors``; a file that is there is replaced as a whole.

    Raises
    ------
    OutputExistsError, UnknownFeatureError, MissingPackageError, DiskFullError
    ParameterError
        If the name of the file is not UTF-8, which DuckDB does not take.
    """
    try:
        import duckdb
    except ImportError as error:
        raise MissingPackageError("export to DuckDB", "duckdb") from error
    target = path_of(path)
    if not is_utf8(target.absolute()):
        raise ParameterError(
            f"{str(path)!r} is no UTF-8, and DuckDB takes no other names. Choose another name."
        )
    check_output_file(target, overwrite)
    size, found = vectors.vector_size, token_rows(vectors, feature)
    rows = pa.table(
        {
            "feature": text_array(found.features),
            "category": text_array(found.categories),
            "rows": found.rows,
            "vector": pa.FixedSizeListArray.from_arrays(found.matrix.ravel(), size),
        }
    )
    with placed(target) as file, duckdb.connect(str(file)) as connection:
        connection.register("rows_of_vectors", rows)
        connection.execute(
            "CREATE TABLE vectors AS SELECT feature, category, rows, "
            f"vector::FLOAT[{size}] AS vector FROM rows_of_vectors"
        )
        connection.unregister("rows_of_vectors")


if TYPE_CHECKING:
    import duckdb


def duckdb_macros() -> str:
    """Give the SQL that makes the macros.

    Returns
    -------
    str
        Statements for a database with a table ``vectors`` (feature, category, rows, vector), as the
        export to DuckDB writes it: cat2vec_similarity, cat2vec_nearest, cat2vec_analogy,
        cat2vec_nearest_to_all and cat2vec_commonality. Their answers are those of Python, but for
        the chance of an analogy.

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
