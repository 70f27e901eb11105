"""Canonical vectors: the one set of coordinates that speaks only of what was learned.

Takes center and context matrices of any solver. Gives one matrix whose columns are ordered by the
association they carry. Knows nothing of how the matrices were found.

The loss depends on the products ``w_a . c_b`` of different features only, so ``W`` and ``C``
themselves are arbitrary up to an invertible map, and their products inside a feature were never
trained. Here:

Features of a shared vocabulary are one feature here, whose inside was trained if they learn from
each other. Pairs of features that were kept apart in training were never trained either.

1. Each feature's frequency-weighted mean is subtracted, so that zero is the average category.
2. ``X = (W C' + C W') / 2`` with the blocks that were not trained, those inside a feature, left
   out: the associations learned.
3. The leading eigenvectors of ``X``; the prior has made rare tokens small already, so every token
   counts alike. The blocks that were left out are then filled from those eigenvectors and the step
   repeated, as joint correspondence analysis does (Greenacre 1988, doi:10.1093/biomet/75.3.457).
   All of it happens in small: the rows of one feature lie in the span of its 2 d columns of both
   sides, so each feature of more tokens is reduced to coordinates in an orthonormal basis of that
   span.
   Where the values of one cell learn from each other, a feature's inside was trained, but for the
   diagonal, and its signal may lie in negative eigenvalues: of items that go with others and never
   with their like, such as one main dish and one drink in each basket. Such directions of a feature
   are taken too, by size. ``E S E S'`` is ``X X'`` whatever their sign: items are near when they go
   with the same items. Other features have zeros there.
4. Vectors are ``E S``, scaled to the size that ``E S^(1/2)`` would have.
5. Features are made more even: each is divided by the fourth root of the mean squared length of its
   vectors. Side by side in a row, a pair of features that say nearly the same would otherwise drown
   all others. Cosines stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cat2vec.kernels.once import cached_property
from cat2vec.training.problem import Problem
from cat2vec.training.spectral import leading_eigenpairs
from cat2vec.vectors.axes import feature_factors, feature_means, in_order, pieces
from cat2vec.vocabulary.vocabulary import Vocabulary

#: How often the blocks inside features are filled from the eigenvectors found.
COMPLETIONS = 3
#: Mean squared length to this power divides the vectors of a feature; ``fold_in`` takes it back.
EVENNESS = 0.25
#: Eigenvalues below this share of the first are noise of float32 and become zero columns.
_SMALLEST = 1e-5
#: Directions of a span below this share of the longest are rounding errors.
_RANK = 1e-9


def canonical_vectors(problem: Problem, center: np.ndarray, context: np.ndarray) -> np.ndarray:
    """Bring the two matrices of a solver into canonical form.

    Parameters
    ----------
    problem : Problem
        Its ``vector_size`` says how many columns are wanted; where the model carries fewer
        dimensions, the last columns are zero.
    center, context : ndarray of shape (n_tokens, any), float32

    Returns
    -------
    ndarray of shape (n_tokens, vector_size), float32
        Columns in order of the association they carry; the entry of largest size in each column is
        positive; the frequency-weighted mean of every feature is zero.
    """
    vocabulary, trained = problem.vocabulary.of_vectors, problem.trained_vectors
    vector_size = problem.settings.vector_size
    by_vector = problem.vocabulary.by_vector
    center, context = by_vector(center), by_vector(context)
    size = center.shape[1]
    spans = _spans(center, context, vocabulary)
    reduced = [span.coordinates for span in spans]
    ends = np.cumsum([0, *map(len, reduced)])
    blocks = [slice(a, b) for a, b in pairwise(ends)]
    unheard = [_rows_of(blocks, ~trained[name]) for name in range(len(blocks))]
    left = np.vstack(reduced) / 2
    right = np.hstack([2 * left[:, size:], 2 * left[:, :size]])
    n_pairs = min(vector_size, len(left))
    values, vectors = np.zeros(n_pairs), np.zeros((len(left), n_pairs))

    def multiply(x: np.ndarray) -> np.ndarray:
        product = left @ (right.T @ x)
        for block, rest in zip(blocks, unheard, strict=True):
            product[block] -= left[block] @ (right[rest].T @ x[rest])
            product[block] += vectors[block] @ (values[:, None] * (vectors[rest].T @ x[rest]))
        return product

    def whole() -> np.ndarray:
        matrix = left @ right.T
        for block, rest in zip(blocks, unheard, strict=True):
            matrix[block, rest] = (vectors[block] * values) @ vectors[rest].T
        return matrix

    for _ in range(COMPLETIONS + 1):
        found, vectors_found = leading_eigenpairs(multiply, len(left), n_pairs, whole=whole)
        values = np.where(found > _SMALLEST * max(found[0], 0.0), np.maximum(found, 0.0), 0.0)
        vectors = vectors_found
    for name in np.unique(problem.vocabulary.name_of_feature[problem.vocabulary.schema.within]):
        block = blocks[name]
        inside = left[block] @ right[block].T
        values, vectors = _with_opposites(values, vectors, inside, block)
    scale = np.sqrt(values.sum() / np.square(values).sum()) if values.any() else 0.0
    canonical = np.zeros((vocabulary.n_tokens, vector_size), np.float32)
    for span, block in zip(spans, blocks, strict=True):
        span.write(vectors[block] * (values * scale), canonical[:, :n_pairs])
    factors = feature_factors(canonical, vocabulary, -EVENNESS).astype(np.float32)
    for span, factor in zip(spans, factors, strict=True):
        canonical[span.tokens] *= factor
    canonical[:, :n_pairs] = in_order(canonical[:, :n_pairs])
    return problem.vocabulary.by_token(canonical)


def _with_opposites(
    values: np.ndarray, vectors: np.ndarray, inside: np.ndarray, block: slice
) -> tuple[np.ndarray, np.ndarray]:
    """Add the negative directions of what was learned inside a feature; the largest stay."""
    rest = inside - (vectors[block] * values) @ vectors[block].T
    found, axes = np.linalg.eigh((rest + rest.T) / 2)
    opposite = found < -_SMALLEST * max(values.max(initial=0.0), -found.min(initial=0.0))
    more = np.zeros((len(vectors), int(opposite.sum())))
    more[block] = axes[:, opposite]
    values = np.concatenate([values, -found[opposite]])
    order = np.argsort(-values, kind="stable")[: vectors.shape[1]]
    return values[order], np.hstack([vectors, more])[:, order]


@dataclass(frozen=True, eq=False)
class _Span:
    """The rows ``[W - mean, C - mean]`` of one feature as coordinates in their own span.

    Where they are no more than numbers, they are their own coordinates. Rows are made again where
    they are needed, some thousands at a time: an identifier has millions.
    """

    sides: tuple[np.ndarray, np.ndarray]
    tokens: slice
    means: np.ndarray
    shares: np.ndarray

    def pieces(self) -> Iterator[slice]:
        """Give the tokens of the feature, some at a time."""
        return pieces(self.tokens.start, self.tokens.stop)

    def rows(self, tokens: slice) -> np.ndarray:
        """Give the rows of some tokens: (n, 2 d) float64."""
        both = np.hstack([side[tokens] for side in self.sides]).astype(np.float64)
        return both - self.means

    @property
    def is_small(self) -> bool:
        """Whether a basis of the span would be no smaller than the tokens are."""
        return self.tokens.stop - self.tokens.start <= 2 * self.sides[0].shape[1]

    @cached_property
    def coordinates(self) -> np.ndarray:
        """An upper triangle R with ``rows = Q R``, Q orthonormal; found piece by piece."""
        if self.is_small:
            return self.rows(self.tokens)
        found = np.empty((0, 2 * self.sides[0].shape[1]))
        for tokens in self.pieces():
            found = np.asarray(np.linalg.qr(np.vstack([found, self.rows(tokens)]), mode="r"))
        return found

    def write(self, directions: np.ndarray, matrix: np.ndarray) -> None:
        """Write ``Q directions`` into the feature's rows, with a weighted mean of zero."""
        if self.is_small:
            matrix[self.tokens] = directions - self.shares[self.tokens] @ directions
            return
        back = np.linalg.pinv(self.coordinates, rcond=_RANK) @ directions
        mean = np.zeros(len(directions.T))
        for tokens in self.pieces():
            vectors = self.rows(tokens) @ back
            mean += self.shares[tokens] @ vectors
            matrix[tokens] = vectors
        matrix[self.tokens] -= mean.astype(np.float32)


def _spans(center: np.ndarray, context: np.ndarray, vocabulary: Vocabulary) -> list[_Span]:
    means = np.hstack([feature_means(matrix, vocabulary) for matrix in (center, context)])
    return [
        _Span((center, context), slice(int(a), int(b)), mean, vocabulary.shares)
        for (a, b), mean in zip(pairwise(vocabulary.offsets), means, strict=True)
    ]


def _rows_of(blocks: list[slice], wanted: np.ndarray) -> slice | np.ndarray:
    """Give the rows of some blocks; a slice where it is one, which needs no copies."""
    places = np.flatnonzero(wanted).tolist()
    if len(places) == 1:
        return blocks[places[0]]
    return np.concatenate([np.arange(0), *(np.arange(*blocks[p].indices(1 << 62)) for p in places)])
