"""Export to PostgreSQL with pgvector: a file for ``COPY``, and the SQL that loads it.

Takes ``Vectors``. Gives files for ``psql``. The SQL is that of ``pgvector.sql``: a table, an index,
and a function that finds neighbours.
"""

from __future__ import annotations

import os
import re
from importlib.resources import files
from pathlib import Path

import numpy as np

from cat2vec.errors import ParameterError
from cat2vec.export.flat_table import ESCAPES, TokenRows, token_rows, vector_texts
from cat2vec.export.keyed_vectors import keys_of
from cat2vec.storage.files import check_output_file, path_of, placed
from cat2vec.vectors.given import check_vectors
from cat2vec.vectors.vectors import Vectors

#: A feature of more categories gets an index of its own; fewer are compared within milliseconds.
MANY = 10_000
#: Numbers of a vector that pgvector's index takes at most.
_MOST_NUMBERS = 2_000
#: Text that PostgreSQL cannot hold: zero bytes, and halves of surrogate pairs.
_UNTOLD = re.compile("[\0\ud800-\udfff]")


def save_pgvector(
    vectors: Vectors,
    path: str | os.PathLike[str],
    feature: str | None = None,
    *,
    overwrite: bool = False,
) -> None:
    """Write ``NAME.sql`` for ``psql``, and ``NAME.copy`` with the vectors, which it loads.

    It makes a table ``cat2vec_vectors`` (id, feature, category, rows, vector), with an HNSW index
    for each feature of more than 10,000 categories, and a function ``cat2vec_nearest``.

    Raises
    ------
    OutputExistsError, UnknownFeatureError
    KeyCollisionError
        If two categories of a feature have the same text, such as 1 and "1".
    ParameterError
        Also if PostgreSQL cannot hold a name, because of a zero byte or half a surrogate pair.
    """
    check_vectors(vectors)
    target = path_of(path)
    check_output_file(target, overwrite, ".sql")
    copy_file = beside(target)
    check_output_file(copy_file, overwrite)
    keys_of(vectors.vocabulary, feature)  # each is found by its text
    found = token_rows(vectors, feature)
    for text in (*found.features, *found.categories):
        if _UNTOLD.search(text):
            raise ParameterError(
                f"the name {text!r} holds a zero byte or half a surrogate pair, which PostgreSQL "
                f"cannot hold. Replace it in the table, and train again."
            )
    with placed(target) as file:
        _write_copy(file.with_name(copy_file.name), found)
        file.write_text(_statements(found, copy_file.name), "utf-8", newline="\n")


def beside(path: Path) -> Path:
    """Give the file with the vectors, which stands beside that of the statements."""
    return path.with_suffix(".copy")


def _write_copy(file: Path, found: TokenRows) -> None:
    """Write the text format of ``COPY``: cells between tabs, lines between newlines."""
    texts, rows = vector_texts(found.matrix), found.rows.tolist()
    cells = zip(found.features, found.categories, rows, texts, strict=True)
    with open(file, "w", encoding="utf-8", newline="\n") as out:
        for number, (feature, category, n, text) in enumerate(cells):
            names = f"{feature.translate(ESCAPES)}\t{category.translate(ESCAPES)}"
            known = n if n == n else r"\N"
            out.write(f"{number}\t{names}\t{known}\t{text}\n")


def _statements(found: TokenRows, copy: str) -> str:
    size = found.matrix.shape[1]
    names, n_categories = np.unique(np.array(found.features, dtype=object), return_counts=True)
    large = names[n_categories > MANY].tolist() if size <= _MOST_NUMBERS else []
    return (
        files("cat2vec.export")
        .joinpath("pgvector.sql")
        .read_text("utf-8")
        .format(
            rows="double precision" if found.rows.dtype.kind == "f" else "bigint",
            size=size,
            copy=copy.replace("'", "''"),
            indexes="\n".join(map(_index_of, large)),
        )
    )


def _index_of(feature: str) -> str:
    """Write an index of one feature, for queries that name it; it may miss neighbours."""
    name = feature.replace("'", "''")
    return (
        "-- For: WHERE feature = ... ORDER BY vector <=> '[...]' LIMIT 10. May miss neighbours.\n"
        "CREATE INDEX ON cat2vec_vectors USING hnsw (vector vector_cosine_ops) "
        f"WHERE feature = '{name}';"
    )
