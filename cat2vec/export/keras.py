"""Export to Keras 3: one feature as a lookup and an ``Embedding``, or all as a ``.keras`` file.

Takes ``Vectors``. Gives layers and files; row 0 is for missing cells, row 1 for unknown categories.
Needs the extra ``cat2vec[keras]``; ``StringLookup`` is TensorFlow inside and needs that too.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cat2vec.errors import MissingPackageError, ParameterError
from cat2vec.export.embedding_rows import EmbeddingRows, weight_of
from cat2vec.parameters import check_flag, documented, feature_name
from cat2vec.storage.files import check_output_file, path_of, placed
from cat2vec.vectors.given import check_vectors
from cat2vec.vectors.vectors import Vectors

try:
    import keras
except ImportError as error:  # also a backend that is not there
    package = (error.name or "keras").partition(".")[0]
    if package == "keras":
        raise MissingPackageError("export to Keras", package, "cat2vec[keras]") from error
    raise MissingPackageError(
        f"Keras with the backend {package}",
        package,
        otherwise=", or set KERAS_BACKEND in the environment to a backend that is installed"
        + (package != "torch") * ', such as KERAS_BACKEND=torch, which "cat2vec[keras]" brings',
    ) from error

LOOKUPS = ("string", "rows")


class LookupAndEmbedding(NamedTuple):
    """What turns categories into rows, and the layer that turns rows into vectors.

    Parameters
    ----------
    lookup : keras.layers.StringLookup or callable
    embedding : keras.layers.Embedding
    """

    lookup: Callable[[Any], Any]
    embedding: Any


@documented
def to_keras(
    vectors: Vectors,
    feature: str,
    *,
    size: int | None = None,
    frozen: bool = True,
    lookup: str | None = None,
) -> LookupAndEmbedding:
    """Turn the vectors of one feature into a lookup and a ``keras.layers.Embedding``.

    Parameters
    ----------
    vectors : Vectors
    feature : str
    {size}
    frozen : bool
        True: training leaves the vectors as they are. False: they are where training starts, row 0
        too, as Keras has no padding row.
    lookup : {"string", "rows"} or None
        "string": a ``keras.layers.StringLookup``, for tensors of text inside or before a model;
        other categories are looked up as text, such as "2" for 2.0, and missing cells as its
        ``mask_token``, which is "" unless that is a category. "rows": ``EmbeddingRows.encode``,
        which takes the values of the table, numbers and None too, on every backend. None: "string"
        if TensorFlow is installed and all categories are text that it can hold, else "rows". Both
        give the same rows, but a rare category that was pooled is unknown to "string". Row 1
        has their vector then, so vectors are the same.

    Returns
    -------
    LookupAndEmbedding
        A pair; ``embedding(lookup(values))`` are the vectors.

    Raises
    ------
    UnknownFeatureError, KeyCollisionError, ParameterError
    MissingPackageError
        If ``lookup`` is "string" and TensorFlow is not installed.

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
    >>> vectors = train_vectors(count_pairs(table), vector_size=1)
    >>> lookup, embedding = to_keras(vectors, "city", lookup="rows")
    >>> lookup(["Rome", "Oslo", None, "Lima"]).tolist(), tuple(embedding(lookup(["Oslo"])).shape)
    ([3, 2, 0, 1], (1, 1))
    """
    check_vectors(vectors)
    check_flag("frozen", frozen)
    if lookup not in (*LOOKUPS, None):
        raise ParameterError(f"lookup must be 'string', 'rows' or None, got {lookup!r}.")
    weight = weight_of(vectors, feature, size)
    index = EmbeddingRows(vectors.vocabulary, feature)
    embedding = keras.layers.Embedding(*weight.shape, trainable=not frozen)
    embedding.build((None,))
    embedding.set_weights([weight])
    if lookup is None:
        fits = _has_tensorflow() and all(map(_is_text, index))
        lookup = "string" if fits and not index.has_bins else "rows"
    return LookupAndEmbedding(
        index.encode if lookup == "rows" else _string_lookup(index), embedding
    )


def _has_tensorflow() -> bool:
    return importlib.util.find_spec("tensorflow") is not None


def _is_text(category: Any) -> bool:
    """Say whether this is text that UTF-8 can hold."""
    try:
        return isinstance(category, str) and bool(category.encode() or True)
    except UnicodeEncodeError:  # lone surrogates
        return False


def _string_lookup(index: EmbeddingRows) -> Any:
    if index.has_bins:
        raise ParameterError(
            f"lookup='string' cannot put the numbers of feature {index.feature!r} into bins. Use "
            f"lookup='rows'."
        )
    texts = index.texts()
    if any(not _is_text(text) for text in texts):
        raise ParameterError(
            f"feature {index.feature!r} holds text with lone surrogates, which lookup='string' "
            f"cannot hold. Use lookup='rows'."
        )
    if not _has_tensorflow():
        raise MissingPackageError("StringLookup of Keras", "tensorflow")
    return keras.layers.StringLookup(
        vocabulary=np.array(texts, dtype=object),  # of a list Keras would drop zero bytes at ends
        mask_token=_free("", "[MISSING]", texts),
        oov_token=_free("[UNK]", "[UNK]", texts),
        num_oov_indices=1,
    )


def _free(wanted: str, otherwise: str, taken: list[str]) -> str:
    """Give a text that is no category."""
    while wanted in taken:
        wanted, otherwise = otherwise, f"[{otherwise}]"
    return wanted


def save_keras(
    vectors: Vectors,
    path: str | os.PathLike[str],
    feature: str | None = None,
    *,
    size: int | None = None,
    overwrite: bool = False,
) -> None:
    """Write a ``.keras`` file that ``keras.saving.load_model`` reads, and its rows as JSON beside.

    The file ``NAME.keras.json`` holds a dict by feature of what ``EmbeddingRows.plain`` gives. The
    model takes a list of rows, one entry per feature in the order of the dict, and gives a list of
    vectors. (Keras does not allow every name of a feature as the name of an input.)

    Raises
    ------
    OutputExistsError, UnknownFeatureError, KeyCollisionError, ParameterError
    """
    check_vectors(vectors)
    target = path_of(path)
    check_output_file(target, overwrite, ".keras")
    rows_file = beside(target)
    check_output_file(rows_file, overwrite)
    names = vectors.vocabulary.schema.vector_names if feature is None else (feature_name(feature),)
    rows = {name: EmbeddingRows(vectors.vocabulary, name).plain() for name in names}
    inputs = [keras.Input((), dtype="int32", name=f"rows_{place}") for place in range(len(rows))]
    layers = [to_keras(vectors, name, size=size, lookup="rows").embedding for name in rows]
    outputs = [layer(cells) for layer, cells in zip(layers, inputs, strict=True)]
    with placed(target) as file:
        keras.Model(inputs, outputs).save(file)
        file.with_name(rows_file.name).write_text(json.dumps(rows, indent=1), "ascii")


def beside(path: Path) -> Path:
    """Give the file with the rows, which stands beside that of the model."""
    return path.with_name(f"{path.name}.json")
