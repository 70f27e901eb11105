"""Analogies, and the categories nearest to several given ones: questions of directions alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec.errors import ParameterError, named
from cat2vec.parameters import documented, feature_name
from cat2vec.vectors.vectors import Vectors

if TYPE_CHECKING:
    import pandas as pd


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
        Columns feature, category, similarity (cosine with ``b - a + c``, all three at length 1) and
        rows, most similar first. a, b and c are left out.

    Raises
    ------
    UnknownFeatureError, UnknownCategoryError, ParameterError

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
    return vectors.nearest_to(at_b - at_a + at_c, among, n, leaving_out=tokens)


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
    vector = vector.astype(np.float64)
    size = np.linalg.norm(vector)
    return vector / size if size > 0 else vector
