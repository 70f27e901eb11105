"""Rows of an embedding layer: which row each category has, and what stands in it.

Takes ``Vectors``. Gives a mapping from categories to rows, and the rows. Row 0 is padding, for
missing cells unless they are a category; row 1 is for categories that fit did not see; the
categories follow in the order of the vocabulary, ``RARE`` last where rare ones were pooled.
Knows nothing of the library that the layer is for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from cat2vec.errors import (
    ColumnTypeError,
    KeyCollisionError,
    ParameterError,
    named,
)
from cat2vec.export.keyed_vectors import keys_of
from cat2vec.parameters import documented, integer_problem
from cat2vec.tables.encode import encode_table
from cat2vec.vectors.given import check_vectors
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import MISSING_CATEGORY, RARE, Schema, Vocabulary, category_text

PADDING, UNKNOWN = 0, 1
#: Row of the first category.
FIRST = 2
#: Types that JSON holds.
_PLAIN = (str, int, float, bool)


class EmbeddingRows(Mapping):
    """Row of each category of one feature; original values as keys, as in ``nearest``.

    Rare categories that were pooled have the row of ``RARE``, which is listed in their place.
    Of a part of dates, such as ``when:year``, the keys are the years, and ``encode`` takes dates.

    Parameters
    ----------
    vocabulary : Vocabulary
    feature : str
        Or the name of a shared vocabulary.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> table = {"city": ["Oslo", "Rome"], "job": ["cook", "nurse"]}
    >>> index = EmbeddingRows(encode_table(table).vocabulary, "city")
    >>> dict(index), index.encode(["Rome", None, "Lima", "Oslo"]).tolist()
    ({'Oslo': 2, 'Rome': 3}, [3, 0, 1, 2])
    """

    def __init__(self, vocabulary: Vocabulary, feature: str) -> None:
        vocabulary = vocabulary.vocabulary_of(feature)
        position = vocabulary.schema.position(feature)
        self.feature = vocabulary.features[position]
        self._vocabulary = Vocabulary(
            Schema((self.feature,), (vocabulary.schema.codecs[position],)),
            (vocabulary.categories[position],),
            vocabulary.counts[vocabulary.tokens_of(feature)],
            (vocabulary.pooled[position],),
        )

    def __repr__(self) -> str:
        return f"EmbeddingRows({self.feature!r}, {len(self):,} categories)"

    def __getitem__(self, category: Any) -> int:
        return self._vocabulary.token_id(self.feature, category) + FIRST

    def __iter__(self) -> Iterator[Any]:
        return iter(self._vocabulary.categories[0].tolist())

    def __len__(self) -> int:
        return self._vocabulary.n_tokens

    @property
    def has_bins(self) -> bool:
        """Whether this is a numeric feature, whose categories are bins."""
        return self._vocabulary.schema.codecs[0].edges is not None

    def encode(self, values: Any) -> np.ndarray:
        """Turn cells into rows, by the rules of ``transform``.

        Numbers fall into their bins, and dates are taken apart.

        Parameters
        ----------
        values : list, Series or array
            An array may have more than one dimension.

        Returns
        -------
        ndarray of the shape of values, int64
            0 for missing cells, or the row of their category with ``missing="token"``; 1 for
            categories that fit did not see.

        Raises
        ------
        CellError
        ColumnTypeError
            Also if cells of the feature hold several values, which are several rows.
        """
        schema = self._vocabulary.schema
        if schema.codecs[0].reading.multivalued:
            raise ColumnTypeError(
                f"cells of {self.feature!r} hold several values, and encode gives one row per "
                f"cell. Look values up one by one, as in index.get(value, {UNKNOWN}) for index = "
                f"EmbeddingRows(...), and average or add their vectors."
            )
        if isinstance(values, np.ndarray) and values.ndim > 1:
            return self.encode(values.ravel()).reshape(values.shape)
        encoded = encode_table({schema.columns[0]: values}, vocabulary=self._vocabulary, n_jobs=1)
        codes = encoded.codes[:, 0].astype(np.int64)
        return np.where(codes >= 0, codes + FIRST, -1 - codes)

    def plain(self) -> dict[str, Any]:
        """Write the index in values that JSON holds, for files.

        Returns
        -------
        dict
            "categories": those of rows 2, 3 and so on; text, numbers and booleans as they are, all
            else as text. "edges": inner edges of the bins of a numeric feature, or None. Bin i
            holds ``edges[i - 1] <= value < edges[i]``. "padding" and "unknown": rows 0 and 1.
            "missing": the row of missing cells, that of padding unless they are a category.
            "rare": the row of the categories in "pooled"; None if there are none.

        Raises
        ------
        KeyCollisionError
            If categories of other types have the same text, or one has that of ``RARE`` or of
            missing cells.
        """
        categories, pooled = list(self), self._vocabulary.pooled[0].tolist()
        self._check_texts([*categories, *pooled])
        edges, rare = self._vocabulary.schema.codecs[0].edges, self._vocabulary.rare_tokens[0]
        missing = self._vocabulary.missing_code(0)
        return {
            "padding": PADDING,
            "missing": PADDING if missing < 0 else missing + FIRST,
            "unknown": UNKNOWN,
            "categories": [_plain(value) for value in categories],
            "rare": int(rare) + FIRST if pooled else None,
            "pooled": [_plain(value) for value in pooled],
            "edges": None if edges is None else edges.tolist(),
        }

    def _check_texts(self, values: list[Any]) -> None:
        """Raise KeyCollisionError if two categories could not be told apart in a file."""
        marks = (RARE, MISSING_CATEGORY)
        as_text = any(type(value) not in _PLAIN and value not in marks for value in values)
        seen: dict[Any, Any] = {}
        for value in values:
            key = category_text(value) if as_text else (type(_plain(value)), _plain(value))
            if key in seen:
                one, other = (
                    f"category {value!r} ({type(value).__name__}) of feature {self.feature!r}"
                    for value in (seen[key], value)
                )
                raise KeyCollisionError(category_text(value), one, other)
            seen[key] = value

    def texts(self) -> list[str]:
        """Write the categories as text, in order of rows.

        Raises
        ------
        KeyCollisionError
            If two have the same text, such as 1 and "1".
        """
        return keys_of(self._vocabulary, self.feature)


def _plain(value: Any) -> Any:
    return value if type(value) in _PLAIN else category_text(value)


@documented
def weight_of(vectors: Vectors, feature: str, size: int | None) -> np.ndarray:
    """Lay out the rows of an embedding layer.

    Parameters
    ----------
    vectors : Vectors
    feature : str
    {size}

    Returns
    -------
    ndarray of shape (n_categories + 2, size), float32
        Row 0 is zeros, and so is row 1: vectors are centred, so zeros are the average category.
        Where rare categories were pooled, row 1 begins as the vector that they share.
    """
    check_vectors(vectors)
    if size is None:
        vocabulary, whole = vectors.vocabulary_and_matrix(feature)
        matrix = whole[vocabulary.tokens_of(feature)]
    else:
        most = vectors.vector_size
        problem = integer_problem(named("size"), size, least=1)
        if not problem and size > most:
            problem = (
                f"{named('size')} must be an integer of at most vector_size={most}, got {size!r}."
            )
        if problem:
            raise ParameterError(problem)
        matrix = vectors.reduce(feature, size).to_numpy()
    first = np.zeros((FIRST, matrix.shape[1]), np.float32)
    vocabulary = vectors.vocabulary.vocabulary_of(feature)
    rare = vocabulary.rare_tokens[vocabulary.schema.position(feature)]
    if rare >= 0:
        first[UNKNOWN] = matrix[rare - vocabulary.tokens_of(feature).start]
    return np.concatenate([first, matrix])
