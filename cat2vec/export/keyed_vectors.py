"""Export to gensim's ``KeyedVectors``, in memory or as a ``.kv`` file.

Takes ``Vectors``. Gives keys ``feature=category``, or the bare categories of one feature, most
frequent first, as in word2vec files, so that ``limit`` and ``restrict_vocab`` keep these.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec.errors import (
    KeyCollisionError,
    MissingPackageError,
    NumberKeyError,
    NumberKeysWarning,
    warn,
)
from cat2vec.storage.files import check_output_file, path_of, placed
from cat2vec.vectors.given import check_vectors
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import Vocabulary, category_text

if TYPE_CHECKING:
    from gensim.models import KeyedVectors


#: The file in a model folder that gensim reads.
KEYED_VECTORS = "vectors.kv"


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
    """Turn vectors into gensim ``KeyedVectors``, most frequent keys first.

    Parameters
    ----------
    vectors : Vectors
    feature : str or None
        None: all tokens, keys ``feature=category``, with the name of the vocabulary in place of
        features that share one. A name, also of a shared vocabulary: keys = its categories, as
        text: ``"3"`` for 3.

    Returns
    -------
    gensim.models.KeyedVectors
        Vectors as float32, with the number of rows of each key as its "count"; equally frequent
        keys stand in the order of the vocabulary. gensim takes a number for a position. So where
        keys read as whole numbers, a number that is asked for is a ``NumberKeyError``, in place of
        the vector of another key. Once pickled or saved, these are KeyedVectors as any other.

    Raises
    ------
    KeyCollisionError, UnknownFeatureError, MissingPackageError

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"product": [7, 3, 3, 5] * 9, "shop": ["x", "y", "y", "x"] * 9}
    >>> keyed = to_keyed_vectors(train_vectors(count_pairs(table), vector_size=1), "product")
    >>> keyed.index_to_key, int(keyed.get_vecattr("3", "count"))
    (['3', '5', '7'], 18)
    >>> keyed[3]
    Traceback (most recent call last):
        ...
    cat2vec.errors.NumberKeyError: keys of these vectors are text, and gensim takes a number for a
    position. Ask for '3', not for 3.
    """
    check_vectors(vectors)
    try:
        from gensim.models import KeyedVectors
    except ImportError as error:
        raise MissingPackageError("to_keyed_vectors", "gensim") from error
    keys = keys_of(vectors.vocabulary, feature)
    vocabulary, matrix = vectors.vocabulary_and_matrix(feature)
    tokens = slice(None) if feature is None else vocabulary.tokens_of(feature)
    counts = vocabulary.counts[tokens]
    order = np.argsort(-counts, kind="stable")
    keyed = KeyedVectors(vectors.vector_size)
    keyed.add_vectors([keys[place] for place in order.tolist()], matrix[tokens][order])
    for key, count in zip(keyed.index_to_key, counts[order].tolist(), strict=True):
        keyed.set_vecattr(key, "count", count)
    return asked_by_text(keyed)


def asked_by_text(keyed: KeyedVectors) -> KeyedVectors:
    """Let keyed vectors refuse numbers where one of their keys reads as a whole number."""
    if number_key(keyed) is not None:
        keyed.__class__ = _refusing_numbers()
    return keyed


def number_key(keyed: KeyedVectors) -> str | None:
    """Give the first key that reads as a whole number."""
    return next((key for key in keyed.index_to_key if re.fullmatch("[0-9]+", key)), None)


def warn_of_number_keys(keyed: KeyedVectors) -> None:
    """Warn that a file will be read by gensim, which takes numbers for positions."""
    if key := number_key(keyed):
        warn(NumberKeysWarning(key))


@cache
def _refusing_numbers() -> type[KeyedVectors]:
    from gensim.models import KeyedVectors

    class TextKeyedVectors(KeyedVectors):
        """KeyedVectors that take no number for a position."""

        def get_index(self, key: Any, default: Any = None) -> Any:
            if isinstance(key, (int, np.integer)):
                raise NumberKeyError(key)
            return super().get_index(key, default)

        def __reduce_ex__(self, protocol: Any) -> Any:  # files and copies are gensim's own
            return KeyedVectors.__new__, (KeyedVectors,), self.__dict__

    return TextKeyedVectors


def save_keyed_vectors(
    vectors: Vectors,
    path: str | os.PathLike[str],
    feature: str | None = None,
    *,
    overwrite: bool = False,
) -> None:
    """Write a ``.kv`` file that ``gensim.models.KeyedVectors.load`` reads.

    gensim puts the numbers of large models into a second file ``.kv.vectors.npy`` beside it. The
    file is a pickle, and reading one runs what its writer put in it: for others than yourself,
    ``save_npz``, ``save_jsonl`` or ``save_word2vec_format`` write the same vectors.

    Raises
    ------
    OutputExistsError
        If the file exists and ``overwrite`` is False.

    Warns
    -----
    NumberKeysWarning
        If keys read as whole numbers, which gensim takes for positions when they are asked for.
    """
    check_vectors(vectors)
    target = path_of(path)
    numbers = beside(target)
    check_output_file(target, overwrite)
    if not target.exists():
        check_output_file(numbers, overwrite)
    keyed = to_keyed_vectors(vectors, feature)
    warn_of_number_keys(keyed)
    with placed(target) as file:
        keyed.save(str(file))
        is_one_file = not file.with_name(numbers.name).exists()
    if is_one_file:  # what an earlier, larger model left
        numbers.unlink(missing_ok=True)


def beside(path: Path) -> Path:
    """Give the file into which gensim puts the numbers of large models."""
    return path.with_name(f"{path.name}.vectors.npy")
