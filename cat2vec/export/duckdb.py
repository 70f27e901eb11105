"""Export to a DuckDB file: a table ``vectors`` with one row per token.

Takes ``Vectors``. Gives a file whose columns are feature, category (as text), rows and vector, an
array ``FLOAT[vector_size]``, so that ``array_cosine_similarity`` works on it. Needs the extra
``cat2vec[duckdb]``.
"""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa

from cat2vec.errors import MissingPackageError
from cat2vec.export.flat_table import token_table
from cat2vec.storage.files import check_output_file, placed
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
    OutputExistsError, UnknownFeatureError, MissingPackageError
    """
    try:
        import duckdb
    except ImportError as error:
        raise MissingPackageError("export to DuckDB", "duckdb") from error
    target = Path(path)
    check_output_file(target, overwrite)
    size = vectors.vector_size
    table = token_table(vectors, feature)
    vocabulary, matrix = vectors.under(feature)
    tokens = slice(None) if feature is None else vocabulary.tokens_of(feature)
    words = pa.table(
        {
            "feature": table["feature"].cast(pa.string()),
            "category": table["category"],
            "rows": table["rows"],
            "vector": pa.FixedSizeListArray.from_arrays(matrix[tokens].ravel(), size),
        }
    )
    with placed(target) as file, duckdb.connect(str(file)) as connection:
        connection.register("words", words)
        connection.execute(
            "CREATE TABLE vectors AS SELECT feature, category, rows, "
            f"vector::FLOAT[{size}] AS vector FROM words"
        )
        connection.unregister("words")
