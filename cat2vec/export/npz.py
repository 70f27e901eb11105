"""Export to NumPy: one ``.npz`` file without pickle.

Takes ``Vectors``. Gives a file that ``numpy.load(path)`` reads, which runs nothing in it.
"""

from __future__ import annotations

import os
import zipfile

import numpy as np

from cat2vec.errors import ParameterError, spelled
from cat2vec.export.flat_table import token_rows
from cat2vec.storage.files import check_output_file, path_of, placed
from cat2vec.vectors.vectors import Vectors


def save_npz(
    vectors: Vectors,
    path: str | os.PathLike[str],
    feature: str | None = None,
    *,
    overwrite: bool = False,
) -> None:
    """Write an ``.npz`` file of the arrays feature, category, rows and vector.

    All have an entry per token: feature and category (as text) are arrays of str, in which every
    text takes as much memory as the longest; vector has the shape (n_tokens, vector_size), float32.

    Raises
    ------
    OutputExistsError, UnknownFeatureError
    ParameterError
        Also if a name ends in a zero character, which NumPy drops.
    """
    target = path_of(path)
    check_output_file(target, overwrite, ".npz")
    found = token_rows(vectors, feature)
    for text in (*found.features, *found.categories):
        if text.endswith("\0"):
            raise ParameterError(
                f"the name {text!r} ends in a zero character, which arrays of NumPy drop. Write "
                f"JSON lines, which keep it: {spelled('save_jsonl', '--to jsonl')}."
            )
    arrays = {
        "feature": np.array(found.features, dtype=str),
        "category": np.array(found.categories, dtype=str),
        "rows": found.rows,
        "vector": found.matrix,
    }
    # numpy.savez of NumPy below 2 leaves the archive open where a disk is full.
    with placed(target) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
