"""Vectors by cat2vec and by what a user would otherwise use, from the same encoded rows.

A method takes an ``EncodedTable``, a vector_size and a seed. It gives a matrix by token id, and
where it has one a second matrix whose products with the first predict cells.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
from gensim.models import Word2Vec

from cat2vec import EncodedTable, Vectors, train_vectors
from cat2vec.counting.encoded import count_encoded
from cat2vec.errors import Cat2VecWarning
from cat2vec.vectors.axes import feature_means


@dataclass(frozen=True)
class Found:
    """Vectors of a method.

    ``matrix`` is what a user looks at; ``center`` and ``context`` (None if the method has no second
    side) predict cells by their products; ``model`` is there for methods of cat2vec's objective.
    """

    matrix: np.ndarray
    center: np.ndarray
    context: np.ndarray | None
    seconds: float
    model: Vectors | None = None


def cat2vec(table: EncodedTable, size: int, seed: int, **settings: object) -> Found:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Cat2VecWarning)
        began = time.perf_counter()
        found = train_vectors(table, solver="counts", vector_size=size, **settings)  # type: ignore[arg-type]
        seconds = time.perf_counter() - began
    return Found(found.matrix, found.center, found.context, seconds, found)


def gensim_tuned(epochs: int) -> Callable[[EncodedTable, int, int], Found]:
    """gensim with settings that suit tables, as in cat2vec's solver of that name."""

    def train(table: EncodedTable, size: int, seed: int) -> Found:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Cat2VecWarning)
            began = time.perf_counter()
            found = train_vectors(
                table, solver="gensim", vector_size=size, epochs=epochs, random_state=seed
            )
            seconds = time.perf_counter() - began
        # the columns behind vector_size hold the fitted constants, which gensim does not have
        return Found(found.center[:, :size], found.center, found.context, seconds, found)

    return train


def gensim_defaults(table: EncodedTable, size: int, seed: int) -> Found:
    """``Word2Vec(sentences, vector_size=size)`` and nothing else: what a first try gives."""
    tokens = table.token_ids()
    began = time.perf_counter()
    sentences = [[str(t) for t in row if t >= 0] for row in tokens.tolist()]
    matrix = np.zeros((table.vocabulary.n_tokens, size), np.float32)
    context = matrix.copy()
    try:
        model = Word2Vec(sentences, vector_size=size, seed=seed, workers=1)
    except RuntimeError:  # no token stands in five rows
        return Found(matrix, matrix, context, time.perf_counter() - began)
    for key, place in model.wv.key_to_index.items():
        matrix[int(key)] = model.wv.vectors[place]
        context[int(key)] = model.syn1neg[place]
    return Found(matrix, matrix, context, time.perf_counter() - began)


def _with_diagonal(table: EncodedTable) -> scipy.sparse.csr_array:
    """Count the Burt matrix: pairs of tokens, and on the diagonal the rows of each."""
    counts = count_encoded(table)
    pairs = counts.both_ways.astype(np.float64)
    return (pairs + scipy.sparse.diags_array(table.vocabulary.counts.astype(float))).tocsr()


def mca(table: EncodedTable, size: int, seed: int) -> Found:
    """Multiple correspondence analysis: eigenvectors of the standardised Burt matrix."""
    began = time.perf_counter()
    burt = _with_diagonal(table)
    mass = np.asarray(burt.sum(axis=1)).ravel()
    mass = np.maximum(mass / mass.sum(), 1e-12)
    root = np.sqrt(mass)
    scaled = burt * (1.0 / burt.sum())
    scaled = scipy.sparse.diags_array(1 / root) @ scaled @ scipy.sparse.diags_array(1 / root)

    def multiply(x: np.ndarray) -> np.ndarray:
        return scaled @ x - root * (root @ x)

    values, vectors = _largest(multiply, len(mass), size, seed)
    values = np.maximum(values, 0.0)
    # principal coordinates of the categories: standard ones times the root of the inertia of the
    # indicator matrix, which is the root of the eigenvalue of the Burt matrix
    matrix = vectors / root[:, None] * np.sqrt(values)
    return Found(matrix, matrix, matrix, time.perf_counter() - began)


def svd_of_ppmi(table: EncodedTable, size: int, seed: int) -> Found:
    """Truncated SVD of positive pointwise mutual information over all pairs of tokens."""
    began = time.perf_counter()
    pairs = count_encoded(table).both_ways.astype(np.float64).tocoo()
    sums = np.bincount(pairs.row, pairs.data, table.vocabulary.n_tokens)
    pmi = np.log(pairs.data * sums.sum() / (sums[pairs.row] * sums[pairs.col]))
    ppmi = scipy.sparse.csr_array((np.maximum(pmi, 0.0), (pairs.row, pairs.col)), shape=pairs.shape)
    values, vectors = _largest(lambda x: ppmi @ (ppmi @ x), pairs.shape[0], size, seed)
    singular = np.sqrt(np.maximum(values, 0.0))
    # both sides of a symmetric matrix are the same vectors up to the signs of its eigenvalues
    other = np.divide(ppmi @ vectors, singular, out=np.zeros_like(vectors), where=singular > 1e-9)
    return Found(
        vectors * np.sqrt(singular),
        vectors * np.sqrt(singular),
        other * np.sqrt(singular),
        time.perf_counter() - began,
    )


def _largest(
    multiply: Callable[[np.ndarray], np.ndarray], n: int, size: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Give the largest eigenvalues, falling, and their vectors; zeros where there are fewer."""
    k = min(size, n - 1)
    if n < 200:
        whole = np.column_stack([multiply(row) for row in np.eye(n)])
        values, vectors = np.linalg.eigh((whole + whole.T) / 2)
    else:
        start = np.random.default_rng(seed).random(n)
        operator = scipy.sparse.linalg.LinearOperator((n, n), matvec=multiply, dtype=np.float64)
        values, vectors = scipy.sparse.linalg.eigsh(operator, k, which="LA", v0=start)
    values, vectors = values[::-1][:k], vectors[:, ::-1][:, :k]
    wide = np.zeros((n, size))
    wide[:, :k] = vectors
    return np.concatenate([values, np.zeros(size - k)]), wide


def one_hot(table: EncodedTable, size: int, seed: int) -> Found:
    eye = np.eye(table.vocabulary.n_tokens)
    return Found(eye, eye, None, 0.0)


METHODS: dict[str, Callable[[EncodedTable, int, int], Found]] = {
    "cat2vec": cat2vec,
    "one-hot": one_hot,
    "MCA": mca,
    "SVD of PPMI": svd_of_ppmi,
    "gensim defaults": gensim_defaults,
    "gensim tuned, 5 epochs": gensim_tuned(5),
    "gensim tuned, 20 epochs": gensim_tuned(20),
}
#: These have no seed and do not see the order of rows.
WITHOUT_CHANCE = ("cat2vec", "one-hot", "MCA", "SVD of PPMI")


def centred(matrix: np.ndarray, table: EncodedTable) -> np.ndarray:
    """Subtract the frequency-weighted mean of each feature."""
    vocabulary = table.vocabulary
    matrix = matrix.astype(np.float64)
    return matrix - feature_means(matrix, vocabulary)[vocabulary.feature_of_token]


def row_vectors(matrix: np.ndarray, table: EncodedTable, *, turned: bool = False) -> np.ndarray:
    """Set the vectors of the cells of each row side by side; a cell without a token is zero.

    ``turned`` writes each feature in as few coordinates as keep all distances, which is all that
    k-means sees: a feature with m categories has at most m - 1.
    """
    tokens = table.token_ids()
    parts = []
    for place, (first, last) in enumerate(pairwise(table.vocabulary.offsets)):
        part = np.vstack([matrix[first:last], np.zeros((1, matrix.shape[1]))])
        if turned:
            left, sizes, _ = np.linalg.svd(part, full_matrices=False)
            part = (left * sizes)[:, sizes > 1e-7 * max(sizes[0], 1e-30)]
        part = part[:, np.abs(part).sum(axis=0) > 0]
        parts.append(part[np.where(tokens[:, place] >= 0, tokens[:, place] - first, -1)])
    rows = np.hstack(parts)
    return rows if rows.shape[1] else np.zeros((len(rows), 1))


def some_rows(n_rows: int, n_features: int, most_pairs: float) -> int:
    """Say how many rows have at most so many ordered pairs of cells."""
    return min(n_rows, int(most_pairs / max(n_features * (n_features - 1), 1)))


def taken(table: EncodedTable, rows: Sequence[int] | np.ndarray) -> EncodedTable:
    """Take some rows, with the vocabulary of all: codes of absent categories have no rows."""
    rows = np.asarray(rows)
    codes = table.codes[rows]
    counts = np.concatenate(
        [
            np.bincount(column[column >= 0], minlength=len(categories))
            for column, categories in zip(codes.T, table.vocabulary.categories, strict=True)
        ]
    )
    return EncodedTable(codes, replace(table.vocabulary, counts=counts), None)
