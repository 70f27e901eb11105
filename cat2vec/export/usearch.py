"""Export to USearch: an index of nearest neighbours for large vocabularies, and its keys beside.

Takes ``Vectors``. Gives a file that ``usearch.index.Index.restore`` reads or maps into memory, in
Python as in the other languages of USearch. Needs the extra ``cat2vec[usearch]``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from cat2vec.errors import MissingPackageError
from cat2vec.export.flat_table import token_rows
from cat2vec.export.jsonl import write_lines
from cat2vec.storage.files import check_output_file, path_of, placed
from cat2vec.tables.sources.formats import is_utf8
from cat2vec.vectors.given import check_vectors
from cat2vec.vectors.vectors import Vectors

try:
    from usearch.index import Index
except ImportError as error:
    raise MissingPackageError("export to USearch", "usearch", "cat2vec[usearch]") from error


def save_usearch(
    vectors: Vectors,
    path: str | os.PathLike[str],
    feature: str | None = None,
    *,
    overwrite: bool = False,
) -> None:
    """Write ``NAME.usearch``, an index by cosine, and ``NAME.jsonl``: what its keys stand for.

    Key 0 is line 1 of the keys, which hold feature, category (as text) and rows. The index is one
    of small worlds (HNSW), so a search that is not told ``exact=True`` may miss a neighbour. It is
    made by one thread, so that the same vectors give the same neighbours.

    Raises
    ------
    OutputExistsError, ParameterError, UnknownFeatureError
    """
    check_vectors(vectors)
    target = path_of(path)
    check_output_file(target, overwrite, ".usearch")
    keys_file = beside(target)
    check_output_file(keys_file, overwrite)
    found = token_rows(vectors, feature)
    index = Index(ndim=vectors.vector_size, metric="cos", dtype="f32")
    index.add(np.arange(len(found.matrix), dtype=np.uint64), found.matrix, threads=1)
    with placed(target) as file:
        write_lines(file.with_name(keys_file.name), found, with_vectors=False)
        if is_utf8(file.absolute()):
            index.save(str(file))
        else:  # USearch takes no other names
            content: Any = index.save()  # bytes, where no path is given
            file.write_bytes(content)


def beside(path: Path) -> Path:
    """Give the file with the keys, which stands beside the index."""
    return path.with_suffix(".jsonl")
