"""What transform writes: which features, and how many numbers for each.

Takes the parameters ``vector_size`` and ``context`` as they were given. Gives the size to train at,
the features and sizes of the output, and their vectors. Knows nothing of training.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from cat2vec.errors import FeatureSizeWarning, ParameterError, UnknownFeatureError, listed, named
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Numbers of a feature that ``vector_size={...}`` does not name.
DEFAULT_SIZE = 32


def output_sizes(vector_size: Any, context: Any, vocabulary: Vocabulary) -> dict[str, int]:
    """Say how many numbers transform writes for each feature, in order.

    Parameters
    ----------
    vector_size : int or mapping
        In a mapping, a shared name stands for its features, a column of dates for its parts, and
        None for all that are not named (32 if there is no None).
    context : collection of str or None
        Features that transform does not write; a column of dates stands for its parts.
    vocabulary : Vocabulary

    Returns
    -------
    dict of str to int

    Raises
    ------
    UnknownFeatureError
    ParameterError
        If nothing is left to write.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> table = encode_table({"sex": ["f", "m"], "job": ["a", "b"], "pay": ["x", "y"]})
    >>> output_sizes({"sex": 1, None: 8}, ["pay"], table.vocabulary)
    {'sex': 1, 'job': 8}
    """
    schema = vocabulary.schema
    behind: list[str] = []
    for name in context or ():
        parts = schema.parts_of(name)
        if not parts:
            raise UnknownFeatureError(
                name, vocabulary.features, f"the columns used, but {named('context')} names it"
            )
        behind += parts
    written = [name for name in vocabulary.features if name not in behind]
    if not written:
        raise ParameterError(
            f"{named('context')} names all features, {listed(vocabulary.features)}, so transform "
            f"would have nothing to write. Leave at least one out of it."
        )
    if not isinstance(vector_size, Mapping):
        return dict.fromkeys(written, int(vector_size))
    sizes = {str(name): int(n) for name, n in vector_size.items() if name is not None}
    for name in sizes:
        if not schema.parts_of(name):
            vocabulary.vocabulary_of(name)
    default = int(vector_size.get(None, DEFAULT_SIZE))
    return {
        feature: next(
            (sizes[name] for name in _names_of(feature, vocabulary) if name in sizes), default
        )
        for feature in written
    }


def _names_of(feature: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Names by which a user may speak of a feature, its own first."""
    schema = vocabulary.schema
    return feature, schema.name_of[feature], schema.columns[schema.position(feature)]


def trained_size(vector_size: Any, context: Any, vocabulary: Vocabulary) -> int:
    """Give the size to train at: the largest that transform writes.

    Warns
    -----
    FeatureSizeWarning
        If more numbers are asked of a feature by its name than it carries.
    """
    sizes = output_sizes(vector_size, context, vocabulary)
    if isinstance(vector_size, Mapping):
        carried = dict(
            zip(vocabulary.features, (np.diff(vocabulary.offsets) - 1).tolist(), strict=True)
        )
        asked = {str(name) for name in vector_size if name is not None}
        above = {
            name: (size, carried[name])
            for name, size in sizes.items()
            if size > max(carried[name], 1) and asked.intersection(_names_of(name, vocabulary))
        }
        if above:
            warnings.warn(FeatureSizeWarning(above), stacklevel=5)
    return max(sizes.values())


def written_vectors(
    vectors: Vectors, vocabulary: Vocabulary, matrix: np.ndarray, sizes: Mapping[str, int]
) -> dict[str, np.ndarray]:
    """Give the vectors of each feature that transform writes, with as many numbers as it writes.

    Parameters
    ----------
    vectors : Vectors
        Say how a feature is written with fewer numbers than it was trained with.
    vocabulary : Vocabulary
        Of ``vectors``, or grown from it.
    matrix : ndarray of shape (vocabulary.n_tokens, vector_size), float32
        Of ``vectors``, with vectors of what has grown.
    sizes : mapping of str to int
        From ``output_sizes``.

    Returns
    -------
    dict of str to ndarray of shape (n_categories, size), float32

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Rome", "Kyoto"] * 9, "food": ["cod", "pasta", "tofu"] * 9}
    >>> vectors = train_vectors(count_pairs(table), vector_size=2)
    >>> found = written_vectors(vectors, vectors.vocabulary, vectors.matrix, {"food": 1})
    >>> bool((found["food"] == vectors.reduce("food", 1)).all(axis=None))
    True
    """
    written = {}
    for name, n in sizes.items():
        written[name] = matrix[vocabulary.tokens_of(name)]
        if n < matrix.shape[1]:
            reduced = vectors.reduction(vocabulary.schema.name_of[name], n)
            written[name] = reduced(written[name])
    return written
