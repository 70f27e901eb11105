"""Batches of rows: gradients of many blocks from the same matrices, then one step per vector.

Takes an ``EncodedTable`` and row numbers. Changes center and context matrices. Knows nothing of
epochs, learning rates over time or when to stop.
"""

from __future__ import annotations

import math
import threading
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from cat2vec.kernels.draws import fill_alias
from cat2vec.kernels.rows import apply_pushes, chunk_pushes
from cat2vec.kernels.threads import Workers
from cat2vec.tables.encode import EncodedTable
from cat2vec.training.problem import Noise, Problem
from cat2vec.training.solvers.prior import TO_ZERO
from cat2vec.vectors.axes import feature_means
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Cells of a block, where that leaves it a number of rows between the next two.
BLOCK_CELLS, _FEWEST_ROWS, _MOST_ROWS = 48, 4, 32
#: Tables of more columns than this have blocks of two rows: the logits of a block are the square
#: of its tokens.
_WIDE = 256
#: Cells of a batch at most, and batches of an epoch at least, where blocks allow.
_BATCH_CELLS, _LEAST_BATCHES = 16_384, 64
#: Chunks of a batch at most: as many threads can share it out. Sums are kept for each.
_CHUNKS = 8
#: While training, the loss is computed in one block of so many.
_LOSS_EVERY = 16
#: Length of the longest vector that training starts from.
_START = 0.1


def rows_of_block(n_columns: int) -> int:
    """Give how many rows meet in a block: each has the others as noise.

    Examples
    --------
    >>> [rows_of_block(n) for n in (2, 10, 30, 500)]
    [24, 4, 4, 2]
    """
    if n_columns > _WIDE:
        return 2
    return min(max(_FEWEST_ROWS, BLOCK_CELLS // n_columns), _MOST_ROWS)


def rows_of_batch(n_rows: int, n_columns: int) -> int:
    """Give how many rows a step is made of: a whole number of blocks, decided by the table alone.

    Examples
    --------
    >>> rows_of_batch(50, 10), rows_of_batch(10**6, 10), rows_of_batch(10**6, 500)
    (4, 1636, 32)
    """
    rows = rows_of_block(n_columns)
    return rows * max(1, min(_BATCH_CELLS // n_columns, n_rows // _LEAST_BATCHES) // rows)


def width_of(table: EncodedTable) -> int:
    """Give how many tokens a row has, about: what blocks and batches are measured by.

    The columns of a table. Of those that cells of several values fill rarely, as many as a mean row
    fills; at least an eighth, because buffers are made for rows that fill all.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> tags = [["a", "b", "c", "d", "e"], ["a"], ["b"], [], ["c"]]
    >>> table = encode_table({"tags": tags, "city": ["x", "y", "x", "y", "x"]})
    >>> table.codes.shape[1], width_of(table)
    (6, 3)
    """
    if not table.is_multivalued:
        return int(table.codes.shape[1])
    is_further = np.ones(table.codes.shape[1], bool)
    is_further[table.first_columns] = False
    further = sum(
        int((block.codes[:, c] >= 0).sum())
        for block in table.blocks()
        for c in np.flatnonzero(is_further)
    )
    width = table.vocabulary.n_features + math.ceil(further / max(table.n_rows, 1))
    return max(width, -(-table.codes.shape[1] // 8))


class Batches:
    """The state of a training by rows: two matrices, and what a batch of rows does to them.

    Parameters
    ----------
    problem : Problem
        Of its settings vector_size, negative, ns_exponent, regularization and random_state are
        used.
    table : EncodedTable
    crew : Workers

    Attributes
    ----------
    center, context : ndarray of shape (n_vectors, vector_size), float32
    n_rows : int
        Rows of a batch at most.
    """

    def __init__(self, problem: Problem, table: EncodedTable, crew: Workers) -> None:
        self._crew, self._vocabulary = crew, table.vocabulary
        vocabulary, n_columns = table.vocabulary, table.codes.shape[1]
        settings = problem.settings
        size = settings.vector_size
        noise = problem.noise
        self._bias = noise.bias.astype(np.float32)
        # bias is log(p / (k q)), so this is k q / p: what a token that stands in a row weighs
        self._importance = np.exp(-noise.bias).astype(np.float32)
        self._inside = noise.inside.astype(np.float32)
        self._negative = np.float32(settings.negative)
        self._threshold, self._alias = alias_tables(vocabulary, noise)
        self._feature_of_column = table.feature_of_column
        self._vector_of_token = vocabulary.vector_of_token
        self._apart = ~problem.allowed
        prior = settings.strength / vocabulary.of_vectors.positive_counts
        self._prior = vocabulary.by_token(prior).astype(np.float32)

        width = width_of(table)
        self._rows_of_block = rows_of_block(width)
        self.n_rows = rows_of_batch(table.n_rows, width)
        n_blocks = self.n_rows // self._rows_of_block
        n_vectors = vocabulary.of_vectors.n_tokens
        n_chunks = min(_CHUNKS, n_blocks)
        most = min(-(-n_blocks // n_chunks) * self._rows_of_block * n_columns, n_vectors)
        self._sums = Sums.of(n_chunks, most, size)
        self._losses = np.zeros((n_blocks, 2))

        rng = np.random.default_rng([settings.random_state, n_vectors])
        center = rng.random((n_vectors, size), dtype=np.float32)
        center -= np.float32(0.5)
        center *= np.float32(2 * _START / math.sqrt(size))
        self.center, self.context = center, np.zeros_like(center)
        self._squares = np.zeros((2, n_vectors), np.float32)
        self._name_of_vector = vocabulary.of_vectors.feature_of_token
        self._first_place = np.full(n_vectors, -1)
        self._places = _Places(n_vectors)

    def means(self) -> np.ndarray:
        """Give what the prior draws towards, for center and context: (2, n_names, d) float32."""
        vocabulary = self._vocabulary.of_vectors
        means = [feature_means(matrix, vocabulary) for matrix in (self.center, self.context)]
        return ((1 - TO_ZERO) * np.array(means)).astype(np.float32)

    def step(
        self, codes: np.ndarray, rows: np.ndarray, means: np.ndarray, rate: float, seed: int
    ) -> tuple[float, float]:
        """Train on a batch of rows.

        Parameters
        ----------
        codes : ndarray of shape (any, n_columns), int16 or int32
            Row by row in memory.
        rows : ndarray of shape (at most ``self.n_rows``,), int64
        means : ndarray
            From ``means``, now or some batches ago.
        rate : float
            Length of the longest step of a vector.
        seed : int
            Of noise that is drawn where a block has none.

        Returns
        -------
        loss, pairs : float
            Loss before the step in some of the blocks, in nats, and their pairs.
        """
        n_blocks = self._push(codes, rows, seed, _LOSS_EVERY)
        n_parts = self._crew.n_threads

        def move(part: int) -> None:
            apply_pushes(
                part, n_parts, *self._sums, self.center, self.context, self._squares, means,
                self._name_of_vector, np.float32(rate), self._first_place
            )  # fmt: skip

        self._crew.map(move, range(n_parts))
        loss, pairs = self._losses[:n_blocks:_LOSS_EVERY].sum(axis=0)
        return float(loss), float(pairs)

    def loss(self, codes: np.ndarray, rows: np.ndarray, *, at_zero: bool = False) -> float:
        """Estimate the loss on some rows, in nats per pair, with each block as its own noise.

        The same rows in the same order have the same noise, so that estimates can be compared.
        ``at_zero`` gives the loss of zero vectors instead.
        """
        total = np.zeros(2)
        for first in range(0, len(rows), self.n_rows):
            some = rows[first : first + self.n_rows]
            n_blocks = self._push(codes, some, first, 1, at_zero)
            total += self._losses[:n_blocks].sum(axis=0)
        return float(total[0] / max(total[1], 1.0))

    def _push(
        self,
        codes: np.ndarray,
        rows: np.ndarray,
        seed: int,
        with_loss: int,
        at_zero: bool = False,
    ) -> int:
        """Fill the blocks of a batch; gives their number."""
        n_blocks = -(-len(rows) // self._rows_of_block)
        n_chunks = len(self._sums.n_found)
        chunk_starts = n_blocks * np.arange(n_chunks + 1) // n_chunks
        # chunks do not depend on each other, so how they are shared out is free
        n_parts = min(n_chunks, 2 * self._crew.n_threads if self._crew.n_threads > 1 else 1)
        ends = [n_chunks * part // n_parts for part in range(n_parts + 1)]
        center, context, vector_of_token = self.center, self.context, self._vector_of_token
        if at_zero:
            center = context = np.zeros_like(center[:1])
            vector_of_token = np.zeros_like(vector_of_token)

        def push(part: tuple[int, int]) -> None:
            chunk_pushes(
                part[0], part[1], chunk_starts, rows, self._rows_of_block, codes,
                self._feature_of_column, self._vocabulary.offsets, vector_of_token, self._apart,
                center, context, self._bias, self._importance, self._inside, self._prior,
                self._negative, self._threshold, self._alias, np.uint64(seed), with_loss,
                self._places.mine, *self._sums, self._losses
            )  # fmt: skip

        self._crew.map(push, list(pairwise(ends)))
        return n_blocks


class Sums(NamedTuple):
    """What the blocks of each chunk ask for, added up for each vector; see ``chunk_pushes``."""

    found: np.ndarray
    n_found: np.ndarray
    visits: np.ndarray
    pulls: np.ndarray
    center: np.ndarray
    context: np.ndarray

    @classmethod
    def of(cls, n_chunks: int, most: int, size: int) -> Sums:
        """Make room for so many chunks, and vectors of each at most."""
        found, visits = np.empty((2, n_chunks, most), np.int64)
        center, context = (np.empty((n_chunks, most, size), np.float32) for _ in range(2))
        pulls = np.empty((n_chunks, most), np.float32)
        return cls(found, np.zeros(n_chunks, np.int64), visits, pulls, center, context)


class _Places(threading.local):
    """Where the vectors stand in the sums of a chunk: an array for each thread, all -1."""

    def __init__(self, n_vectors: int) -> None:
        self.mine = np.full(n_vectors, -1, np.int32)


def alias_tables(vocabulary: Vocabulary, noise: Noise) -> tuple[np.ndarray, np.ndarray]:
    """Build one alias table per feature: threshold (V,) uint64 and alias (V,) int64."""
    threshold = np.empty(vocabulary.n_tokens, np.uint64)
    alias = np.empty(vocabulary.n_tokens, np.int64)
    for start, stop in pairwise(vocabulary.offsets):
        if stop > start:
            fill_alias(noise.k_q[start:stop], threshold[start:stop], alias[start:stop], start)
    return threshold, alias
