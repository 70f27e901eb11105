"""Export to gensim's ``KeyedVectors``, in memory or as a ``.kv`` file.

Takes ``Vectors``. Gives keys ``feature=category``, or the bare categories of one feature.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cat2vec.errors import KeyCollisionError, MissingPackageError
from cat2vec.storage.files import check_output_file, placed
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import Vocabulary, category_text

if TYPE_CHECKING:
    from gensim.models import KeyedVectors


def keys_of(vocabulary: Vocabulary, feature: str | None = None) -> list[str]:
    """Give the export keys, in the order of token ids; shared categories once: ``airport=JFK``.

    Raises
    ------
    KeyCollisionError
        If two tokens would have the same key, such as 1 and "1" of one feature.
    UnknownFeatureError
    """
    vocabulary = vocabulary.of_vectors if feature is None else vocabulary.vocabulary_of(feature)
    if feature is None:
        first, keys = 0, vocabulary.texts()
    else:
        tokens = vocabulary.tokens_of(feature)
        position = vocabulary.schema.position(feature)
        first = tokens.start
        keys = [category_text(value) for value in vocabulary.categories[position].tolist()]
    seen: dict[str, int] = {}
    for place, key in enumerate(keys):
        if key in seen:
            one, other = (
                f"category {token.category!r} ({type(token.category).__name__}) of feature "
                f"{token.feature!r}"
                for token in map(vocabulary.token, (first + seen[key], first + place))
            )
            raise KeyCollisionError(key, one, other)
        seen[key] = place
    return keys


def to_keyed_vectors(vectors: Vectors, feature: str | None = None) -> KeyedVectors:
    """Turn vectors into gensim ``KeyedVectors``.

    Parameters
    ----------
    vectors : Vectors
    feature : str or None
        None: all tokens, keys ``feature=category``, with the name of the vocabulary in place of
        features that share one. A name, also of a shared vocabulary: keys = its categories.

    Returns
    -------
    gensim.models.KeyedVectors
        Vectors as float32, with the number of rows of each key as its "count".

    Raises
    ------
    KeyCollisionError, UnknownFeatureError, MissingPackageError
    """
    try:
        from gensim.models import KeyedVectors
    except ImportError as error:
        raise MissingPackageError("to_keyed_vectors", "gensim") from error
    keys = keys_of(vectors.vocabulary, feature)
    vocabulary, matrix = vectors.vocabulary_and_matrix(feature)
    tokens = slice(None) if feature is None else vocabulary.tokens_of(feature)
    keyed = KeyedVectors(vectors.vector_size)
    keyed.add_vectors(keys, matrix[tokens])
    for key, count in zip(keys, vocabulary.counts[tokens].tolist(), strict=True):
        keyed.set_vecattr(key, "count", count)
    return keyed


def save_keyed_vectors(
    vectors: Vectors,
    path: str | os.PathLike[str],
    feature: str | None = None,
    *,
    overwrite: bool = False,
) -> None:
    """Write a ``.kv`` file that ``gensim.models.KeyedVectors.load`` reads.

    gensim puts the numbers of large models into a second file ``.kv.vectors.npy`` beside it.

    Raises
    ------
    OutputExistsError
        If the file exists and ``overwrite`` is False.
    """
    target = Path(path)
    beside = target.with_name(f"{target.name}.vectors.npy")
    check_output_file(target, overwrite)
    if not target.exists():
        check_output_file(beside, overwrite)
    keyed = to_keyed_vectors(vectors, feature)
    with placed(target) as file:
        keyed.save(str(file))
        is_one_file = not file.with_name(beside.name).exists()
    if is_one_file:  # what an earlier, larger model left
        beside.unlink(missing_ok=True)
