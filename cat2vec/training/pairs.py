"""Which features learn from each other, and which are kept apart.

Takes the parameter ``exclude_pairs`` and a ``Vocabulary``. Gives boolean matrices over features and
over what has vectors. Knows nothing of counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np

from cat2vec.errors import ParameterError, UnknownFeatureError, listed, named
from cat2vec.vocabulary.vocabulary import Vocabulary


def pair_allowed(
    vocabulary: Vocabulary, exclude_pairs: Sequence[Sequence[str]] | None
) -> np.ndarray:
    """Say which features learn from each other: (n_features, n_features) bool, symmetric.

    Parameters
    ----------
    vocabulary : Vocabulary
    exclude_pairs : sequence of sequences of str, or None
        In each, features that do not learn from each other; a column of dates stands for its
        parts, which still learn from each other. No feature learns from itself.

    Raises
    ------
    UnknownFeatureError
    ParameterError
        If a feature is left with none to learn from.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> words = encode_table({"code": [1, 2], "name": ["a", "b"], "city": ["x", "y"]}).vocabulary
    >>> pair_allowed(words, [["code", "name"]]).astype(int).tolist()
    [[0, 0, 1], [0, 0, 1], [1, 1, 0]]
    """
    allowed = ~np.eye(vocabulary.n_features, dtype=bool)
    schema = vocabulary.schema
    for group in exclude_pairs or ():
        places = []
        for name in dict.fromkeys(map(str, group)):
            parts = schema.parts_of(name)
            if not parts:
                raise UnknownFeatureError(
                    name,
                    vocabulary.features,
                    f"the columns used, but {named('exclude_pairs')} names it",
                )
            places.append([schema.position(part) for part in parts])
        for one, other in permutations(places, 2):
            allowed[np.ix_(one, other)] = False
    alone = [vocabulary.features[place] for place in np.flatnonzero(~allowed.any(axis=1))]
    if exclude_pairs and alone:
        raise ParameterError(
            f"{named('exclude_pairs')} leaves {listed(alone)} no other feature to learn from. Take "
            f"one of these out of {named('exclude_pairs')}, or out of the features."
        )
    return allowed


def vector_pairs(vocabulary: Vocabulary, allowed: np.ndarray) -> np.ndarray:
    """Say which vectors were trained against each other: (n_names, n_names) bool, symmetric.

    Features of a shared vocabulary that learn from each other train their vectors against
    themselves.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> flights = {"origin": ["JFK", "LGA"], "dest": ["BOS", "JFK"], "hour": ["8", "9"]}
    >>> words = encode_table(flights, shared={"airport": ["origin", "dest"]}).vocabulary
    >>> vector_pairs(words, pair_allowed(words, None)).astype(int).tolist()
    [[1, 1], [1, 0]]
    """
    place = vocabulary.name_of_feature
    trained = np.zeros((int(place.max()) + 1,) * 2, dtype=bool)
    left, right = np.nonzero(allowed)
    trained[place[left], place[right]] = True
    return trained
