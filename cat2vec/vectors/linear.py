"""Vectors for linear models: what ``row_vector="linear"`` writes in place of each category's own.

A linear model with a penalty believes that effects are large along long axes and small along short
ones. Vectors put what goes together along the long ones, which is a good guess with few labels, and
nearly hide what a category has for itself, or what only the order of numbers tells. So a category
gets a little of an axis of its own, a feature with an order an axis along it, and rows as much
variance as one-hot columns have, so that the usual penalties fit. All of it is written in as many
numbers as before, the best ones by PCA.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real

import numpy as np

from cat2vec.vectors.axes import best_numbers
from cat2vec.vocabulary.categories import MISSING_CATEGORY, RARE
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Shares of the variance for vectors and for own axes, of categories.
_OF_VECTORS, _OF_OWN = 0.7, 0.3
#: Of features in order: shares for vectors, and the variance of the axis along the order. Both
#: were chosen on other tables than those of the benchmark ``creditg``.
_OF_VECTORS_IN_ORDER, _OF_ORDER = 0.3, 0.5
#: Axes of vectors beside the order: what a number does beyond rising or falling has few shapes.
_SHAPES = 2
#: Numbers of more distinct values than this are categories because they are codes.
_MOST_NUMBERS = 16


def linear_vectors(
    vocabulary: Vocabulary, written: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Write the vectors of each feature in the form for linear models.

    Parameters
    ----------
    vocabulary : Vocabulary
        Of the fit.
    written : mapping of str to ndarray of shape (n_categories, size), float32
        Vectors of each feature that is written; categories that fit did not see stand last.

    Returns
    -------
    dict of str to ndarray of shape (n_categories, size), float32
        Of mean zero over the cells of the fit.
    """
    shares = {name: _shares_of(vocabulary, name) for name in written}
    of_one_hot = sum(float((p * (1.0 - p)).sum()) for p in shares.values())
    of_vectors = 0.0
    for name, p in shares.items():
        known = written[name][: len(p)].astype(np.float64)
        of_vectors += float(p @ np.square(known - p @ known).sum(axis=1))
    scale = np.sqrt(of_one_hot / of_vectors) if of_vectors > 0 else 0.0
    return {
        name: _linear(vectors, shares[name], scale, *_order_of(vocabulary, name))
        for name, vectors in written.items()
    }


def _shares_of(vocabulary: Vocabulary, name: str) -> np.ndarray:
    """Give the shares of a feature's categories in its tokens, which add up to 1."""
    counts = vocabulary.counts[vocabulary.tokens_of(name)].astype(np.float64)
    return counts / max(counts.sum(), 1.0)


def _order_of(vocabulary: Vocabulary, name: str) -> tuple[np.ndarray, bool]:
    """Say which categories of a feature have a place in an order, and whether they are its kind.

    Those are bins, categories in a declared order, and a few numbers. More numbers than a few are
    categories only because they are codes.
    """
    position = vocabulary.schema.position(name)
    codec, categories = vocabulary.schema.codecs[position], vocabulary.categories[position]
    others = np.array([one is RARE or one is MISSING_CATEGORY for one in categories], bool)
    if codec.edges is not None or codec.order is not None:
        return ~others, True
    numbers = [isinstance(one, Real) and not isinstance(one, bool | np.bool_) for one in categories]
    in_order = sum(numbers) <= _MOST_NUMBERS and bool((others | numbers).all())
    return ~others & in_order, in_order


def _linear(
    vectors: np.ndarray, shares: np.ndarray, scale: float, placed: np.ndarray, by_kind: bool
) -> np.ndarray:
    """Mix the vectors of one feature with axes of their own and of their order.

    Any turn of the result gives the same model with a quadratic penalty. Penalties of absolute
    values prefer columns that mean something: the order, and categories.
    """
    n, size = len(shares), vectors.shape[1]
    if not n:
        return vectors
    of_vectors = _OF_VECTORS_IN_ORDER if by_kind else _OF_VECTORS
    mixed = np.sqrt(of_vectors) * scale * vectors.astype(np.float64)
    with_own = ~placed if by_kind else np.ones(n, bool)
    if with_own.any():
        most = np.argsort(np.where(with_own, -shares, 1.0), kind="stable")
        most = np.sort(most[: min(size + 1, np.count_nonzero(with_own))])
        own = np.zeros((len(vectors), len(most)))
        own[most, np.arange(len(most))] = 1.0
        own[:n] -= shares[most]
        mixed = np.hstack([mixed, np.sqrt(_OF_OWN) * own])
    if by_kind:
        shapes = best_numbers(mixed[:n], shares, _SHAPES + int((~placed).sum()))(mixed)
        mixed = np.hstack([_order_axis(len(vectors), shares, placed), shapes])
    elif n <= size:
        mixed = _by_category(mixed, n)
    if mixed.shape[1] > size:
        return best_numbers(mixed[:n], shares, size)(mixed)
    numbers = np.zeros((len(vectors), size), np.float32)
    numbers[:, : mixed.shape[1]] = mixed
    return numbers


def _order_axis(n_rows: int, shares: np.ndarray, placed: np.ndarray) -> np.ndarray:
    """Give places in the order, as (n_rows, 1), or (n_rows, 0) where there are no two."""
    weight, order = np.where(placed, shares, 0.0), np.zeros((n_rows, 1))
    if np.count_nonzero(weight) < 2:
        return order[:, :0]
    place = np.cumsum(placed) - 1.0
    order[: len(shares), 0] = np.where(placed, place - weight @ place / weight.sum(), 0.0)
    return order * np.sqrt(_OF_ORDER / (weight @ np.square(order[: len(shares), 0])))


def _by_category(mixed: np.ndarray, n: int) -> np.ndarray:
    """Turn vectors so that each column is nearly that of one of the first n categories."""
    left, _, right = np.linalg.svd(mixed[:n], full_matrices=False)
    return mixed @ right.T @ left.T
