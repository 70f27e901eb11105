"""Which features learn from each other, and which are kept apart.

Takes the parameter ``exclude_pairs`` and a ``Vocabulary``. Gives boolean matrices over features and
over what has vectors. Knows nothing of counts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from cat2vec.errors import ParameterError, UnknownFeatureError, listed
from cat2vec.vocabulary.vocabulary import Vocabulary


def exclude_pairs_problem(groups: Any) -> str:
    """Write what is wrong with a value of ``exclude_pairs``, or nothing.

    Examples
    --------
    >>> exclude_pairs_problem([["code", "description"]]), exclude_pairs_problem(None)
    ('', '')
    """
    example = "such as [['code', 'description']]"
    if groups is None:
        return ""
    if isinstance(groups, (str, Mapping)) or not isinstance(groups, Collection):
        return f"exclude_pairs must be a list of lists of columns, {example}, got {groups!r}."
    for group in groups:
        if isinstance(group, str) or not isinstance(group, Collection):
            return f"exclude_pairs must hold lists of columns, {example}, got {group!r} in it."
        if len(set(map(str, group))) < 2:
            return f"each list in exclude_pairs must name at least two columns, got {group!r}."
    return ""


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
                    name, vocabulary.features, "the columns used, but exclude_pairs names it"
                )
            places.append([schema.position(part) for part in parts])
        for one, other in permutations(places, 2):
            allowed[np.ix_(one, other)] = False
    alone = [vocabulary.features[place] for place in np.flatnonzero(~allowed.any(axis=1))]
    if exclude_pairs and alone:
        raise ParameterError(
            f"exclude_pairs leaves {listed(alone)} no other feature to learn from. Take one of "
            f"these out of exclude_pairs, or out of the features."
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
