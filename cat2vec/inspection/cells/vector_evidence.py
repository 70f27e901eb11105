"""What vectors say of a cell, for models that keep no pair counts.

Takes ``Vectors``. Gives ``VectorEvidence``: for a token a and a category b the product
``(w_a . c_b + c_a . w_b) / 2``, an estimate of log p(b | a) / p(b). A row that was trained on
cannot be left out of vectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cat2vec.inspection.cells.pair_evidence import (
    DenseTable,
    LogShares,
    most_telling,
    share_heard,
)
from cat2vec.inspection.pair_model import PairModel
from cat2vec.kernels.threads import Workers
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class VectorEvidence:
    """Evidence of products of vectors; for the parameters see ``PairEvidence``.

    ``left`` and ``right`` are of shape (n_tokens, 2 * vector_size); evidence is ``left @ right.T``.
    """

    vocabulary: Vocabulary
    heard: np.ndarray
    log_share: np.ndarray
    log_share_unseen: np.ndarray
    left: np.ndarray
    right: np.ndarray
    offset: np.ndarray

    @classmethod
    def of(cls, vectors: Vectors, crew: Workers) -> VectorEvidence:
        """Take the trained matrices; of each feature those are heard that change it most.

        Examples
        --------
        >>> from cat2vec import count_pairs, train_vectors
        >>> from cat2vec.kernels.threads import workers
        >>> counts = count_pairs({"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9})
        >>> with workers(1) as crew:
        ...     found = VectorEvidence.of(train_vectors(counts, vector_size=1), crew)
        >>> found.heard.tolist()
        [[1], [0]]
        """
        vocabulary = vectors.vocabulary
        model = PairModel.of(vectors)
        shares = LogShares.of(vocabulary)
        divergences = model.against_features(slice(0, vocabulary.n_tokens), crew)
        told = vocabulary.sum_by_feature(divergences * vocabulary.counts[:, None])
        return cls(
            vocabulary,
            most_telling(told),
            shares.log_share,
            shares.log_share_unseen,
            model.left,
            model.right,
            np.zeros(vocabulary.n_tokens),
        )

    def laid_out(
        self, ids: np.ndarray, own: np.ndarray, first: np.ndarray, position: int
    ) -> np.ndarray:
        """Give what each heard feature says for each category: (K, rows, m) float64."""
        start, stop = self.vocabulary.offsets[position : position + 2].tolist()
        heard = self.heard[position][self.heard[position] >= 0]
        out = np.empty((len(heard), len(ids), stop - start))
        for place, feature in enumerate(heard.tolist()):
            out[place] = self._sums(ids, first, feature) @ self.right[start:stop].T
        return out

    def scores(
        self,
        ids: np.ndarray,
        own: np.ndarray,
        first: np.ndarray,
        position: int,
        temperature: np.ndarray,
    ) -> np.ndarray:
        """Score each category of a feature, (rows, m): log share plus weighed evidence."""
        start, stop = self.vocabulary.offsets[position : position + 2].tolist()
        total = np.zeros((len(ids), self.left.shape[1]))
        heard = self.heard[position][self.heard[position] >= 0]
        for place, feature in enumerate(heard.tolist()):
            total += temperature[position, place] * self._sums(ids, first, feature)
        share = share_heard(ids, first, heard)[:, None]
        shares = self.log_share[start:stop] + share * self.offset[start:stop]
        return shares + total @ self.right[start:stop].T

    def tables(self, temperature: np.ndarray, one_value: np.ndarray) -> list[DenseTable | None]:
        """There are no tables of vectors."""
        return [None] * len(self.heard)

    def judged(
        self,
        ids: np.ndarray,
        own: np.ndarray,
        first: np.ndarray,
        temperature: np.ndarray,
        tables: list[DenseTable | None],
    ) -> tuple[np.ndarray, ...]:
        """Judge every cell of some rows; discord is not known."""
        vocabulary = self.vocabulary
        log_chance = np.full(ids.shape, np.nan)
        best = np.full((len(ids), vocabulary.n_features), -1)
        log_chance_best = np.full(best.shape, np.nan)
        for position in range(vocabulary.n_features):
            start, stop = vocabulary.offsets[position : position + 2].tolist()
            if start == stop:
                continue
            scores = self.scores(ids, own, first, position, temperature)
            top = scores.max(axis=1, keepdims=True)
            log_mass = np.log(np.exp(scores - top).sum(axis=1)) + top[:, 0]
            best[:, position] = start + scores.argmax(axis=1)
            log_chance_best[:, position] = top[:, 0] - log_mass
            for column in range(first[position], first[position + 1]):
                mine = ids[:, column]
                known, unseen = np.flatnonzero(mine >= 0), np.flatnonzero(mine == -2)
                log_chance[known, column] = scores[known, mine[known] - start] - log_mass[known]
                log_chance[unseen, column] = self.log_share_unseen[position] - log_mass[unseen]
        return log_chance, best, log_chance_best, np.zeros(ids.shape)

    def _sums(self, ids: np.ndarray, first: np.ndarray, feature: int) -> np.ndarray:
        """Add up what the values of a cell have on the left: (rows, 2 * vector_size)."""
        mine = ids[:, first[feature] : first[feature + 1]]
        return np.where((mine >= 0)[:, :, None], self.left[np.maximum(mine, 0)], 0.0).sum(axis=1)
