"""Export to plain tables: one row per token, as Parquet or CSV.

Takes ``Vectors``. Gives Arrow tables and files that any tool reads.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from cat2vec.errors import OutputExistsError, ParameterError
from cat2vec.vectors import Vectors
from cat2vec.vocabulary import category_text


def token_table(vectors: Vectors, feature: str | None = None) -> pa.Table:
    """Lay vectors out as a table.

    Parameters
    ----------
    vectors : Vectors
    feature : str or None
        One feature, or one shared vocabulary, only; None means all, with the name of the vocabulary
        in place of features that share one.

    Returns
    -------
    pyarrow.Table
        Columns feature, category (as text), rows, and v0, v1, ... (float32).
    """
    vocabulary, matrix = vectors.under(feature)
    tokens = slice(0, vocabulary.n_tokens) if feature is None else vocabulary.tokens_of(feature)
    words = [vocabulary.token(token) for token in range(tokens.start, tokens.stop)]
    return pa.table(
        {
            "feature": pa.array([word.feature for word in words]).dictionary_encode(),
            "category": [category_text(word.category) for word in words],
            "rows": vocabulary.counts[tokens],
            **{f"v{i}": column for i, column in enumerate(matrix[tokens].T.copy())},
        }
    )


def check_output_file(path: Path, overwrite: bool) -> None:
    """Raise OutputExistsError if a file would be replaced that must not be."""
    if path.is_dir():
        raise OutputExistsError(path, "is a folder", "Give the name of a file.")
    if path.exists() and not overwrite:
        raise OutputExistsError(
            path, "would be replaced", "Choose another name, or pass overwrite=True (--overwrite)."
        )


def check_table_file(path: Path, overwrite: bool) -> None:
    """Raise unless a table can be written to this path: its ending, and what is there already."""
    if path.suffix not in (".parquet", ".csv"):
        raise ParameterError(f"the file to write must end in .parquet or .csv, got {str(path)!r}.")
    check_output_file(path, overwrite)


def save_token_table(
    table: pa.Table, path: str | os.PathLike[str], *, overwrite: bool = False
) -> None:
    """Write a table as ``.parquet`` or ``.csv``, under a passing name first.

    Raises
    ------
    OutputExistsError, ParameterError
    """
    target = Path(path)
    check_table_file(target, overwrite)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as passing:
        file = Path(passing, target.name)
        if target.suffix == ".parquet":
            pyarrow.parquet.write_table(table, file)
        else:
            pyarrow.csv.write_csv(table, file)
        os.replace(file, target)
