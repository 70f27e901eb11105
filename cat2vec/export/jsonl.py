r"""Export to JSON lines: one token a line, for any language.

Takes ``Vectors``. Gives files of ASCII, in which other characters are written ``\uXXXX``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from cat2vec.export.flat_table import TokenRows, token_rows, vector_texts
from cat2vec.storage.files import check_output_file, path_of, placed
from cat2vec.vectors.vectors import Vectors


def save_jsonl(
    vectors: Vectors,
    path: str | os.PathLike[str],
    feature: str | None = None,
    *,
    overwrite: bool = False,
) -> None:
    """Write ``{"feature": ..., "category": ..., "rows": ..., "vector": [...]}`` for each token.

    Categories are text. Numbers of vectors have the digits that float32 needs; rows is null where
    it is not known.

    Raises
    ------
    OutputExistsError, ParameterError, UnknownFeatureError
    """
    target = path_of(path)
    check_output_file(target, overwrite, ".jsonl")
    found = token_rows(vectors, feature)
    with placed(target) as file:
        write_lines(file, found, with_vectors=True)


def write_lines(file: Path, found: TokenRows, *, with_vectors: bool) -> None:
    """Write a line for each token, with its vector or without."""
    texts = vector_texts(found.matrix) if with_vectors else [""] * len(found.rows)
    lines = zip(found.features, found.categories, found.rows.tolist(), texts, strict=True)
    with open(file, "w", encoding="ascii", newline="\n") as out:
        for feature, category, rows, text in lines:
            known = rows if rows == rows else None
            head = json.dumps({"feature": feature, "category": category, "rows": known})
            out.write(f'{head[:-1]}, "vector": {text}}}\n' if text else f"{head}\n")
