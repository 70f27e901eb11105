"""Analogies, and the categories nearest to several given ones: questions of directions alone.

Some category is always nearest, so an analogy is compared with analogies of random categories of
the same features. Where most of these find an answer as near, and that is nearer to being at right
angles to what was asked for than along it (above 45 degrees), nothing fits. Without the second
condition all answers would be doubted where a feature has a few tight groups, and most questions
have good ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec.errors import NoAnalogyWarning, ParameterError, named, warn
from cat2vec.kernels.threads import workers
from cat2vec.parameters import documented, feature_name
from cat2vec.parameters.names import one_or_several
from cat2vec.vectors.vectors import Vectors

if TYPE_CHECKING:
    import pandas as pd

#: Random questions that an analogy is compared with, and candidates at a time.
_QUESTIONS, _BLOCK = 1000, 4096
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
        questions of random a, b and c of the same features whose nearest answer is as near; NaN
        where these features have no others to ask for.

    Raises
    ------
    UnknownFeatureError, UnknownCategoryError, ParameterError

    Warns
    -----
    NoAnalogyWarning
        If nothing fits: the chance of the first line is above 0.5, as most random questions are
        answered as well, and the square of its similarity is below 0.5.

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
    found = vectors.nearest_to(at_b - at_a + at_c, among, n, leaving_out=tokens)
    random = _nearest_of_random(vectors, features, one_or_several(among, list(vectors)))
    similarity = found["similarity"].to_numpy()[:, None]
    found["chance"] = (random >= similarity - _ROUNDING).mean(axis=1) if len(random) else np.nan
    if len(found) and found["chance"][0] > 0.5 and found["similarity"][0] ** 2 < 0.5:
        best, usual = found.iloc[0], float(np.median(random))
        warn(NoAnalogyWarning((a, b, c), best["category"], best["similarity"], usual))
    return found


def _nearest_of_random(
    vectors: Vectors, features: Sequence[str], among: Sequence[str]
) -> np.ndarray:
    """Give the similarity of the nearest answer to each of many random questions.

    Those that ask for one category twice are left out, and so are those without an answer.
    """
    random = np.random.default_rng(0)
    asked = np.array([random.choice(_vector_ids(vectors, name), _QUESTIONS) for name in features])
    differ = (asked[0] != asked[1]) & (asked[0] != asked[2]) & (asked[1] != asked[2])
    asked = asked[:, differ]
    candidates = np.unique(np.concatenate([_vector_ids(vectors, name) for name in among]))
    matrix = vectors.vocabulary_and_matrix()[1]
    at_a, at_b, at_c = (_units(matrix[ids]) for ids in asked)
    directions = _units(at_b - at_a + at_c)
    nearest = np.full(len(directions), -np.inf)
    with workers(1):  # no bit depends on the number of threads
        for start in range(0, len(candidates), _BLOCK):
            block = candidates[start : start + _BLOCK]
            cosines = _units(matrix[block]) @ directions.T
            for ids in asked:
                cosines[block[:, None] == ids] = -np.inf
            nearest = np.maximum(nearest, cosines.max(axis=0))
    return nearest[np.isfinite(nearest)]


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
