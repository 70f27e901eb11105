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
3. With weights ``D = (n / mean n)^(1/4)``, the leading eigenvectors of ``D X D``. The blocks
   that were left out are then filled from those eigenvectors and the step repeated, as joint
   correspondence analysis does (Greenacre 1988, doi:10.1093/biomet/75.3.457).
   All of it happens in small: the rows of one feature lie in the span of its 2 d columns of both
   sides, so each feature is reduced to coordinates in an orthonormal basis of that span.
4. Vectors are ``D^-1 E S``, scaled to the size that ``D^-1 E S^(1/2)`` would have.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from cat2vec.axes import token_weights, with_fixed_signs
from cat2vec.training.counts_solver import feature_means
from cat2vec.training.pairs import pair_allowed, vector_pairs
from cat2vec.training.spectral import leading_eigenpairs
from cat2vec.vocabulary import Vocabulary

#: How often the blocks inside features are filled from the eigenvectors found.
COMPLETIONS = 3
#: Eigenvalues below this share of the first are noise of float32 and become zero columns.
_SMALLEST = 1e-5


def canonical_vectors(
    center: np.ndarray,
    context: np.ndarray,
    vocabulary: Vocabulary,
    vector_size: int,
    allowed: np.ndarray | None = None,
) -> np.ndarray:
    """Bring the two matrices of a solver into canonical form.

    Parameters
    ----------
    center, context : ndarray of shape (n_tokens, any), float32
    vocabulary : Vocabulary
    vector_size : int
        Columns wanted; where the model carries fewer dimensions, the last columns are zero.
    allowed : ndarray of shape (n_features, n_features), bool, or None
        Which features learned from each other; None means each from all others.

    Returns
    -------
    ndarray of shape (n_tokens, vector_size), float32
        Columns in order of the association they carry; the entry of largest size in each column is
        positive; the frequency-weighted mean of every feature is zero.
    """
    if allowed is None:
        allowed = pair_allowed(vocabulary, None)
    trained, tokens = vector_pairs(vocabulary, allowed), vocabulary
    center, context = vocabulary.by_vector(center), vocabulary.by_vector(context)
    vocabulary = vocabulary.of_vectors
    feature = vocabulary.feature_of_token
    weight = token_weights(vocabulary)
    sides = []
    for matrix in (center, context):
        matrix = matrix.astype(np.float64)
        sides.append(weight * (matrix - feature_means(matrix, vocabulary)[feature]))
    size = sides[0].shape[1]
    bases, reduced = [], []
    for a, b in pairwise(vocabulary.offsets):
        basis, coordinates = np.linalg.qr(np.hstack([sides[0][a:b], sides[1][a:b]]))
        bases.append(basis)
        reduced.append(coordinates)
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

    for _ in range(COMPLETIONS + 1):
        found, vectors_found = leading_eigenpairs(multiply, len(left), n_pairs)
        values = np.where(found > _SMALLEST * max(found[0], 0.0), np.maximum(found, 0.0), 0.0)
        vectors = vectors_found
    scale = np.sqrt(values.sum() / np.square(values).sum()) if values.any() else 0.0
    parts = [basis @ vectors[block] for basis, block in zip(bases, blocks, strict=True)]
    matrix = np.vstack(parts) * values * scale / weight
    matrix -= feature_means(matrix, vocabulary)[feature]
    canonical = np.zeros((vocabulary.n_tokens, vector_size), np.float32)
    canonical[:, :n_pairs] = with_fixed_signs(matrix)
    return tokens.by_token(canonical)


def _rows_of(blocks: list[slice], wanted: np.ndarray) -> slice | np.ndarray:
    """Give the rows of some blocks; a slice where it is one, which needs no copies."""
    places = np.flatnonzero(wanted).tolist()
    if len(places) == 1:
        return blocks[places[0]]
    return np.concatenate([np.arange(0), *(np.arange(*blocks[p].indices(1 << 62)) for p in places)])
