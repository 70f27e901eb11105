"""Rows as numbers and back: which features are written, with how many numbers, and the rows.

Takes ``vector_size`` and ``context`` as they were given, and codes or rows of numbers. Gives the
vectors of each feature that is written, rows of numbers, or codes. Knows nothing of dataframes or
training.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from cat2vec.errors import (
    FeatureSizeWarning,
    ParameterError,
    UnknownFeatureError,
    listed,
    named,
    warn,
)
from cat2vec.kernels.threads import workers
from cat2vec.parameters import by_feature, documented, feature_name, feature_names
from cat2vec.tables.encode import EncodedTable
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import MISSING, Vocabulary

#: Rows of a block: the vectors of their cells in one feature stay in a cache.
_ROWS = 1 << 12
#: Categories that the rows of a block are compared with at a time: 16 MB of float64 a thread.
_CATEGORIES = 1 << 9

#: Vectors of each feature that is written, (n_categories, numbers of the feature) float32 by code.
Written = Mapping[str, np.ndarray]


@documented
def rows_of_vectors(
    encoded: EncodedTable,
    written: Written,
    row_vector: str,
    n_jobs: int | None = None,
    order: Literal["C", "F"] = "C",
) -> np.ndarray:
    """Write rows as numbers, block by block: beside the result there is nothing of its size.

    Parameters
    ----------
    encoded : EncodedTable
    written : mapping of str to ndarray
        Features to write, in order, each with the vectors of its categories.
    row_vector : {"concat", "unit", "mean"}
        Vectors of a row's cells side by side, the same divided by the length of the row, or their
        average over cells that have a token. For an average all features have as many numbers.
    {n_jobs}
    order : {"C", "F"}
        Row by row in memory, or column by column.

    Returns
    -------
    ndarray of shape (n_rows, numbers of all features) or (n_rows, numbers of one), float32
        Zeros for cells without a token, and for the average of none. A cell of several values is
        the average of those that are known.
    """
    features = [encoded.vocabulary.schema.position(name) for name in written]
    places = encoded.first_columns[features]
    slots = encoded.n_slots[features]
    vectors_of = list(written.values())
    ends = np.cumsum([0, *(vectors.shape[1] for vectors in vectors_of)]).tolist()
    together = row_vector != "mean"
    width = ends[-1] if together else ends[1]
    rows = (np.empty if together else np.zeros)((encoded.n_rows, width), np.float32, order=order)

    # cells without a token get some vector, and zeros afterwards; only "clip" writes without a copy
    def write_at_once(start: int) -> None:
        codes, out = encoded.codes[start : start + _ROWS][:, places], rows[start : start + _ROWS]
        vectors = out.reshape(len(out), len(places), ends[1])
        np.take(joined, codes + offsets, 0, vectors, mode="clip")
        absent = codes < 0
        if absent.any():
            vectors[absent] = 0.0

    def write_by_feature(start: int) -> None:
        codes, out = encoded.codes[start : start + _ROWS][:, places], rows[start : start + _ROWS]
        for feature, vectors in enumerate(vectors_of):
            found = np.zeros((len(codes), vectors.shape[1]), np.float32)
            if slots[feature] > 1:
                columns = slice(places[feature], places[feature] + slots[feature])
                found = _means(vectors, encoded.codes[start : start + _ROWS, columns])
            elif len(vectors):
                np.take(vectors, codes[:, feature], 0, found, mode="clip")
                found[codes[:, feature] < 0] = 0.0
            if together:
                out[:, ends[feature] : ends[feature + 1]] = found
            else:
                out += found
        if not together:
            out /= np.maximum((codes >= 0).sum(axis=1, keepdims=True), 1)

    def write_block(start: int) -> None:
        write(start)
        if row_vector == "unit":
            out = rows[start : start + _ROWS]
            squares = np.ascontiguousarray(out).astype(np.float64) ** 2
            length = np.sqrt(squares.sum(axis=1, keepdims=True))
            np.divide(out, length, out=out, where=length > 0, casting="same_kind")

    write = write_by_feature
    n_tokens = sum(map(len, vectors_of))
    one_size = len({vectors.shape[1] for vectors in vectors_of}) == 1 and slots.max() == 1
    if together and order == "C" and one_size and 0 < n_tokens <= encoded.codes.size:
        joined = np.concatenate(vectors_of)
        offsets = np.cumsum([0, *map(len, vectors_of[:-1])])
        write = write_at_once
    with workers(n_jobs) as crew:
        crew.map(write_block, range(0, encoded.n_rows, _ROWS))
    return rows


def _means(vectors: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Average the vectors of the values of each cell: (n_rows, n_slots) codes, known ones first."""
    sums = np.zeros((len(codes), vectors.shape[1]), np.float32)
    for slot in codes.T:
        known = np.flatnonzero(slot >= 0)
        sums[known] += vectors[slot[known]]
    return sums / np.maximum((codes >= 0).sum(axis=1, keepdims=True), 1).astype(np.float32)


@documented
def nearest_codes(rows: np.ndarray, written: Written, n_jobs: int | None = None) -> np.ndarray:
    """Find, for every part of every row, the category of its feature with the nearest vector.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, numbers of all features), float32 or float64
        Finite numbers.
    written : mapping of str to ndarray
        Features that were written, in order, each with the vectors of its categories.
    {n_jobs}

    Returns
    -------
    ndarray of shape (n_rows, n_features_written), int64
        Codes of least Euclidean distance, computed in float64; of categories equally near the first
        in the vocabulary. -1 where a part is all zeros, as transform writes missing cells.
    """
    features = [_Candidates(vectors) for vectors in written.values()]
    ends = np.cumsum([0, *(vectors.shape[1] for vectors in written.values())]).tolist()
    parts = list(zip(features, itertools.pairwise(ends), strict=True))
    codes = np.empty((len(rows), len(features)), np.int64)

    def find(start: int) -> None:
        block = slice(start, start + _ROWS)
        for position, (candidates, (a, b)) in enumerate(parts):
            part = rows[block, a:b].astype(np.float64)
            given = part.any(axis=1) & candidates.are_there
            codes[block, position] = MISSING
            if given.any():
                codes[block, position][given] = candidates.nearest(part[given])

    with workers(n_jobs) as crew:
        crew.map(find, range(0, len(rows), _ROWS))
    return codes


class _Candidates:
    """The vectors of one feature, each once: of categories with the same one, the first."""

    def __init__(self, vectors: np.ndarray) -> None:
        as_bytes = np.ascontiguousarray(vectors + np.float32(0.0))  # one zero of 0.0 and -0.0
        keys = as_bytes.view(np.dtype((np.void, as_bytes.itemsize * as_bytes.shape[1]))).ravel()
        self._codes = np.sort(np.unique(keys, return_index=True)[1])
        self.are_there = len(vectors) > 0
        self._vectors = vectors[self._codes].astype(np.float64)
        self._half_squares = 0.5 * np.square(self._vectors).sum(axis=1)

    def nearest(self, rows: np.ndarray) -> np.ndarray:
        """Give codes: products of matrices leave a few candidates, and distances decide.

        ``x'v - v'v / 2`` is largest where the distance is least, but loses digits. So all within
        its rounding of the largest are measured: a row's answer depends on nothing but the row.
        """
        size = rows.shape[1]
        largest = np.sqrt(2.0 * self._half_squares.max())
        rounding = np.square(np.linalg.norm(rows, axis=1) + largest)
        rounding *= 8.0 * (size + 2) * np.finfo(np.float64).eps
        best = np.zeros(len(rows), np.int64)
        least = np.full(len(rows), np.inf)
        for start in range(0, len(self._vectors), _CATEGORIES):
            some = self._vectors[start : start + _CATEGORIES]
            scores = rows @ some.T
            scores -= self._half_squares[start : start + _CATEGORIES]
            first = scores.argmax(axis=1)
            limit = scores[np.arange(len(rows)), first] - rounding
            distance = np.square(rows - some[first]).sum(axis=1)
            several = np.count_nonzero(scores >= limit[:, None], axis=1) > 1
            for row in np.flatnonzero(several):
                close = np.flatnonzero(scores[row] >= limit[row])
                distances = np.square(rows[row] - some[close]).sum(axis=1)
                first[row] = close[distances.argmin()]
                distance[row] = distances.min()
            nearer = distance < least
            best[nearer] = start + first[nearer]
            least[nearer] = distance[nearer]
        return self._codes[best]


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
    for name in feature_names(context):
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
    named_sizes = {name: int(n) for name, n in vector_size.items() if name is not None}
    sizes = by_feature(named_sizes, "vector_size")
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
        asked = {feature_name(name) for name in vector_size if name is not None}
        above = {
            name: (size, carried[name])
            for name, size in sizes.items()
            if size > max(carried[name], 1) and asked.intersection(_names_of(name, vocabulary))
        }
        if above:
            warn(FeatureSizeWarning(above))
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
