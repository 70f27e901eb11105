"""What transform writes: which features, and how many numbers for each.

Takes the parameters ``vector_size`` and ``context`` as they were given. Gives the size to train at,
the features and sizes of the output, and rows of numbers. Knows nothing of training.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from cat2vec.errors import (
    FeatureSizeWarning,
    ParameterError,
    UnknownFeatureError,
    integer_problem,
    listed,
)
from cat2vec.tables.encode import EncodedTable
from cat2vec.vectors import Vectors
from cat2vec.vocabulary import Vocabulary

#: Numbers of a feature that ``vector_size={...}`` does not name.
DEFAULT_SIZE = 32


def output_problems(model: Any) -> list[str]:
    """Write what is wrong with ``vector_size={...}``, ``context`` and ``row_vector`` of a model."""
    problems = []
    if isinstance(model.vector_size, Mapping):
        named = {f"vector_size[{name!r}]": size for name, size in model.vector_size.items()}
        problems = [integer_problem(name, size, 1) for name, size in named.items()]
        if not named:
            problems.append("vector_size must name a feature or be an integer, got {}.")
        if model.row_vector == "mean":
            problems.append(
                f"row_vector='mean' averages vectors of one size, got vector_size="
                f"{model.vector_size!r}. Use one integer, or row_vector='concat'."
            )
    context = model.context
    if isinstance(context, (str, Mapping)) or not isinstance(context, (Collection, type(None))):
        problems.append(f"context must be a list of column names, got {context!r}.")
    return [problem for problem in problems if problem]


def output_sizes(vector_size: Any, context: Any, words: Vocabulary) -> dict[str, int]:
    """Say how many numbers transform writes for each feature, in order.

    Parameters
    ----------
    vector_size : int or mapping
        In a mapping, a shared name stands for its features, a column of dates for its parts, and
        None for all that are not named (32 if there is no None).
    context : collection of str or None
        Features that transform does not write; a column of dates stands for its parts.
    words : Vocabulary

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
    >>> words = encode_table({"sex": ["f", "m"], "job": ["a", "b"], "pay": ["x", "y"]}).vocabulary
    >>> output_sizes({"sex": 1, None: 8}, ["pay"], words)
    {'sex': 1, 'job': 8}
    """
    schema = words.schema
    behind: list[str] = []
    for name in context or ():
        parts = schema.parts_of(name)
        if not parts:
            raise UnknownFeatureError(
                name, words.features, "the columns used, but context names it"
            )
        behind += parts
    written = [name for name in words.features if name not in behind]
    if not written:
        raise ParameterError(
            f"context names all features, {listed(words.features)}, so transform would have "
            f"nothing to write. Leave at least one out of it."
        )
    if not isinstance(vector_size, Mapping):
        return dict.fromkeys(written, int(vector_size))
    sizes = {str(name): int(n) for name, n in vector_size.items() if name is not None}
    for name in sizes:
        if not schema.parts_of(name):
            words.words_of(name)
    default = int(vector_size.get(None, DEFAULT_SIZE))
    return {
        feature: next((sizes[name] for name in _names_of(feature, words) if name in sizes), default)
        for feature in written
    }


def _names_of(feature: str, words: Vocabulary) -> tuple[str, ...]:
    """Names by which a user may speak of a feature, its own first."""
    schema = words.schema
    return feature, schema.name_of[feature], schema.columns[schema.position(feature)]


def trained_size(vector_size: Any, context: Any, words: Vocabulary) -> int:
    """Give the size to train at: the largest that transform writes.

    Warns
    -----
    FeatureSizeWarning
        If more numbers are asked of a feature by its name than it carries.
    """
    sizes = output_sizes(vector_size, context, words)
    if isinstance(vector_size, Mapping):
        carried = dict(zip(words.features, (np.diff(words.offsets) - 1).tolist(), strict=True))
        asked = {str(name) for name in vector_size if name is not None}
        above = {
            name: (size, carried[name])
            for name, size in sizes.items()
            if size > max(carried[name], 1) and asked.intersection(_names_of(name, words))
        }
        if above:
            warnings.warn(FeatureSizeWarning(above), stacklevel=5)
    return max(sizes.values())


def rows_as_numbers(
    encoded: EncodedTable, matrix: np.ndarray, vectors: Vectors, sizes: Mapping[str, int], how: str
) -> np.ndarray:
    """Write rows as the vectors of their cells.

    Parameters
    ----------
    encoded : EncodedTable
    matrix : ndarray of shape (n_tokens, vector_size), float32
        For the tokens of ``encoded``, which may be more than those of ``vectors``.
    vectors : Vectors
        Say how a feature is written with fewer numbers than it was trained with.
    sizes : mapping of str to int
        From ``output_sizes``.
    how : {"concat", "mean"}

    Returns
    -------
    ndarray of shape (n_rows, sum of sizes), float32
        Or (n_rows, vector_size) for "mean". Missing and unseen cells are zeros; a cell of several
        values is the mean of those that are known.
    """
    words, size = encoded.vocabulary, matrix.shape[1]
    if how == "mean" or set(sizes.values()) == {size}:
        ids, features = encoded.token_ids(), encoded.feature_of_column
        if len(sizes) < words.n_features:
            wanted = np.isin(features, [words.schema.position(name) for name in sizes])
            ids, features = ids[:, wanted], features[wanted]
        rows = np.concatenate([matrix, np.zeros((1, size), np.float32)])[ids]
        if encoded.is_multivalued:
            first = np.flatnonzero(np.diff(features, prepend=-1))
            rows, ids = _means_of_cells(rows, ids, first)
        if how == "concat":
            return rows.reshape(len(ids), ids.shape[1] * size)
        present = np.maximum((ids >= 0).sum(axis=1, keepdims=True), 1)
        return np.asarray((rows.sum(axis=1) / present).astype(np.float32))
    numbers = np.empty((encoded.n_rows, sum(sizes.values())), np.float32)
    start = 0
    for name, n in sizes.items():
        mine = matrix[words.tokens_of(name)]
        if n < size:
            mine = vectors.reduction(words.schema.name_of[name], n)(mine)
        mine = np.concatenate([mine, np.zeros((1, n), np.float32)])
        columns = np.flatnonzero(encoded.feature_of_column == words.schema.position(name))
        codes = np.maximum(encoded.codes[:, columns], -1)
        cells = mine[codes[:, 0]]
        if len(columns) > 1:
            cells = _means_of_cells(mine[codes], codes, np.zeros(1, np.int64))[0][:, 0]
        numbers[:, start : start + n] = cells
        start += n
    return numbers


def _means_of_cells(
    rows: np.ndarray, ids: np.ndarray, first_columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Average the vectors of each cell's values; give also ids that say which cells have any."""
    n_known = np.add.reduceat((ids >= 0).astype(np.float32), first_columns, axis=1)
    sums = np.add.reduceat(rows, first_columns, axis=1)
    return sums / np.maximum(n_known, 1)[:, :, None], np.where(n_known > 0, 0, -1)
