"""Analogies, and the categories nearest to several given ones: questions of directions alone.

Some category is always nearest, so the answer to an analogy is compared with those to random
directions, which spread as the categories do that are searched. Where most of these have a category
as near, and less than half of what was asked for points to the answer (a cosine below the root of
1/2), nothing fits. Without the second condition the answers of a feature of two tight groups would
be doubted: there every direction has a category near.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec.errors import NoAnalogyWarning, ParameterError, named, warn
from cat2vec.kernels.threads import workers
from cat2vec.parameters import documented, feature_name
from cat2vec.parameters.names import one_or_several
from cat2vec.vectors.given import check_vectors
from cat2vec.vectors.vectors import Vectors

if TYPE_CHECKING:
    import pandas as pd

#: Random directions that an analogy is compared with, and categories at a time.
_DIRECTIONS, _BLOCK = 1000, 4096
#: Half of the squared length of a vector lies along a direction that has this cosine with it.
_HALF = 0.5**0.5
#: Similarities that differ by less are equal.
_ROUNDING = 1e-9


@documented
def analogy(
    vectors: Vectors,
    feature: str,
    a: Any,
    b: Any,
    c: Any,
    n: int = 10,
    *,
    b_feature: str | None = None,
    c_feature: str | None = None,
    among: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Find what is to c as b is to a.

    Parameters
    ----------
    vectors : Vectors
    feature : str
        The feature of a.
    a, b, c : hashable
        Original values: "a is to b as c is to ?".
    {n}
    b_feature, c_feature : str or None
        Features of b and c; None means the feature of a.
    {among}
        None searches the feature of b if c belongs to the feature of a, and the feature of c if b
        does.

    Returns
    -------
    DataFrame
        Columns feature, category, similarity (cosine with ``b - a + c``, all three at length 1),
        rows and chance, most similar first. a, b and c are left out. chance is the share of 1,000
        random directions, spread as the categories searched are, that have one of them as near.

    Raises
    ------
    UnknownFeatureError, UnknownCategoryError, ParameterError

    Warns
    -----
    NoAnalogyWarning
        If nothing fits: the chance of the first line is above 0.5, and its similarity below the
        root of 0.5, 0.71. A weak answer may still be the right one.

    References
    ----------
    Mikolov, Yih & Zweig 2013, "Linguistic regularities in continuous space word representations",
    eq. 1, which Levy & Goldberg 2014 (doi:10.3115/v1/W14-1618) call 3CosAdd.

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"size": ["big", "big", "small", "small"] * 9,
    ...          "price": ["high", "high", "low", "low"] * 9,
    ...          "kind": ["truck", "bus", "car", "cycle"] * 9,
    ...          "load": ["goods", "people", "goods", "people"] * 9}
    >>> vectors = train_vectors(count_pairs(table), vector_size=4)
    >>> analogy(vectors, "kind", "truck", "bus", "car", n=1)["category"].tolist()
    ['cycle']
    >>> analogy(vectors, "kind", "bus", "high", "car", n=1, b_feature="price")["category"].tolist()
    ['low']
    """
    check_vectors(vectors)
    features = [
        feature_name(feature if name is None else name) for name in (feature, b_feature, c_feature)
    ]
    tokens = [
        vectors.token_of(name, category) for name, category in zip(features, (a, b, c), strict=True)
    ]
    if among is None:
        if len(set(features)) == 3:
            raise ParameterError(
                f"{named('among')} must be the features to search when a, b and c belong to three "
                f"features, here {features[0]!r}, {features[1]!r} and {features[2]!r}, got None."
            )
        among = features[1] if features[2] == features[0] else features[2]
    at_a, at_b, at_c = (_unit(vectors.matrix[token]) for token in tokens)
    found = vectors.nearest_to(at_b - at_a + at_c, among, n, leaving_out=tokens)
    random = np.sort(_nearest_to_random(vectors, one_or_several(among, list(vectors)), tokens))
    below = np.searchsorted(random, found["similarity"] - _ROUNDING)
    found["chance"] = 1.0 - below / len(random)
    if len(found) and found["chance"][0] > 0.5 and found["similarity"][0] < _HALF:
        best, usual = found.iloc[0], float(np.median(random))
        warn(NoAnalogyWarning((a, b, c), best["category"], best["similarity"], usual))
    return found


def _nearest_to_random(
    vectors: Vectors, among: Sequence[str], leaving_out: Sequence[int]
) -> np.ndarray:
    """Give the similarity of the nearest category to each of many random directions.

    Directions are normal with the second moments of the categories, so that they spread along the
    same axes, however the vectors are turned.
    """
    _, matrix = vectors.vocabulary_and_matrix()
    candidates = np.concatenate([_vector_ids(vectors, name) for name in among])
    asked = vectors.vocabulary.vector_of_token[np.asarray(leaving_out, np.int64)]
    units = _units(matrix[np.setdiff1d(candidates, asked)])
    nearest = np.full(_DIRECTIONS, -np.inf)
    with workers(1):  # no bit depends on the number of threads
        sizes, axes = np.linalg.eigh(units.T @ units)
        drawn = np.random.default_rng(0).normal(size=(_DIRECTIONS, len(sizes)))
        directions = _units(drawn * np.sqrt(np.maximum(sizes, 0.0)) @ axes.T)
        for start in range(0, len(units), _BLOCK):
            cosines = units[start : start + _BLOCK] @ directions.T
            nearest = np.maximum(nearest, cosines.max(axis=0))
    return nearest


def _vector_ids(vectors: Vectors, name: str) -> np.ndarray:
    """Give the numbers of the vectors of a feature, or of a shared vocabulary."""
    known = vectors.vocabulary.vocabulary_of(name)
    tokens = known.tokens_of(name)
    ids = np.arange(tokens.start, tokens.stop)
    return vectors.vocabulary.vector_of_token[ids] if known is vectors.vocabulary else ids


@documented
def nearest_to_all(
    vectors: Vectors,
    feature: str,
    categories: Sequence[Any],
    n: int = 10,
    among: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Find the categories nearest to all of several given ones, which is to their mean.

    Parameters
    ----------
    vectors : Vectors
    feature : str
    categories : sequence of hashable
        One or more original values of this feature.
    {n, among}
        None searches the feature itself.

    Returns
    -------
    DataFrame
        Columns feature, category, similarity (cosine with the mean of the given ones, each at
        length 1) and rows, most similar first. The given ones are left out.

    Raises
    ------
    UnknownFeatureError, UnknownCategoryError, ParameterError

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Bergen", "Moss", "Rome", "Pisa"] * 9,
    ...          "food": ["cod", "cod", "cod", "pasta", "pasta"] * 9}
    >>> vectors = train_vectors(count_pairs(table), vector_size=2)
    >>> nearest_to_all(vectors, "city", ["Oslo", "Moss"], n=1)["category"].tolist()
    ['Bergen']
    """
    check_vectors(vectors)
    if isinstance(categories, (str, bytes)) or not isinstance(categories, Sequence):
        raise ParameterError(f"categories must be a list of categories, got {categories!r}.")
    if not categories:
        raise ParameterError("categories must hold at least one category, got an empty list.")
    tokens = [vectors.token_of(feature, category) for category in categories]
    direction = np.mean([_unit(vectors.matrix[token]) for token in tokens], axis=0)
    return vectors.nearest_to(direction, feature if among is None else among, n, leaving_out=tokens)


#: The earlier name.
cluster_fit = nearest_to_all


def _unit(vector: np.ndarray) -> np.ndarray:
    return _units(vector[None])[0]


def _units(vectors: np.ndarray) -> np.ndarray:
    """Divide vectors by their lengths; zeros stay."""
    vectors = vectors.astype(np.float64)
    sizes = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(sizes > 0, sizes, 1.0)
