"""What is given to be drawn: vectors, pair counts, or a fitted model that has both."""

from __future__ import annotations

from typing import Any

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import NotAvailableError, ParameterError
from cat2vec.vectors.vectors import Vectors


def vectors_of(given: Any) -> Vectors:
    """Give the vectors of a model, or vectors as they are.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> vectors_of("model")
    Traceback (most recent call last):
    cat2vec.errors.exceptions.ParameterError: what is drawn must be Vectors or a fitted Cat2Vec, \
got 'model'.
    """
    vectors = getattr(given, "vectors_", given)
    if not isinstance(vectors, Vectors):
        raise ParameterError(
            f"what is drawn must be Vectors or a fitted Cat2Vec, got {_shown(given)}."
        )
    return vectors


def counts_of(given: Any, for_what: str) -> PairCounts:
    """Give the pair counts that a model keeps, all of them where ``partial_fit`` kept them.

    Raises
    ------
    NotAvailableError
    """
    for kept in (given, getattr(given, "counts_", None), getattr(given, "cells_", None)):
        counts = getattr(kept, "counts", kept)
        if isinstance(counts, PairCounts):
            return counts
    raise NotAvailableError(
        f"{for_what} needs pair counts, and {_shown(given)} holds none. Give PairCounts, such as "
        f"count_pairs(table), or a model that was fitted with keep_counts=True."
    )


def _shown(given: Any) -> str:
    plain = isinstance(given, (str, int, float, type(None)))
    return repr(given) if plain else f"a {type(given).__name__}"
