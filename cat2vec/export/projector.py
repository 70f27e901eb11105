r"""Export to TensorBoard's Embedding Projector: tab-separated vectors, and their labels beside.

Takes ``Vectors``. Gives two files. In labels a backslash is written ``\\``, a tab ``\t``, a newline
``\n``, a carriage return ``\r`` and a lone surrogate ``\udXXX``: the projector knows no quotes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from cat2vec.export.flat_table import ESCAPES, token_rows
from cat2vec.storage.files import check_output_file, path_of, placed
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import category_text


def save_projector(
    vectors: Vectors,
    path: str | os.PathLike[str],
    feature: str | None = None,
    *,
    overwrite: bool = False,
) -> None:
    """Write ``NAME.tsv``, one vector a line, and ``NAME.metadata.tsv``: category, feature and rows.

    Lines stand in order of token ids; only the metadata has a line of names.

    Raises
    ------
    OutputExistsError, ParameterError, UnknownFeatureError
    """
    target = path_of(path)
    check_output_file(target, overwrite, ".tsv")
    labels_file = beside(target)
    check_output_file(labels_file, overwrite)
    found = token_rows(vectors, feature)
    labels = [("category", "feature", "rows")]
    for name, category, rows in zip(found.features, found.categories, found.rows, strict=True):
        labels.append((category.translate(ESCAPES), name.translate(ESCAPES), category_text(rows)))
    with placed(target) as file:
        _write(file.with_name(labels_file.name), labels)
        _write(file, [map(str, vector) for vector in found.matrix.tolist()])


def beside(path: Path) -> Path:
    """Give the file with the labels, which stands beside that of the vectors."""
    return path.with_name(f"{path.stem}.metadata.tsv")


def _write(file: Path, lines: Iterable[Iterable[str]]) -> None:
    with open(file, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as out:
        out.writelines("\t".join(line) + "\n" for line in lines)
