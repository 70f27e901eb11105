"""What a fitted model answers: a part of ``Cat2Vec`` that reads and never changes it.

Takes questions in the words of the table. Gives rows of numbers, dataframes and scores. Knows
nothing of how the model was fitted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from cat2vec.conventions import columns_again, tell_unseen
from cat2vec.counting.in_memory import count_encoded
from cat2vec.errors import NoPairsError, NothingToScoreError
from cat2vec.export.keyed_vectors import to_keyed_vectors
from cat2vec.inspection.quality import held_out_gain
from cat2vec.outputs import output_sizes, rows_as_numbers
from cat2vec.tables.encode import EncodedTable, encode_table
from cat2vec.tables.growing import encode_growing
from cat2vec.training.fold_in import fold_in
from cat2vec.vectors import Vectors
from cat2vec.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pandas as pd
    from gensim.models import KeyedVectors


class Answers:
    """Questions to a fitted model; ``Cat2Vec`` inherits them."""

    vectors_: Vectors
    vocabulary_: Vocabulary
    vector_size: int | Mapping[str | None, int]
    context: Sequence[str] | None
    handle_unknown: str
    row_vector: str
    n_jobs: int | None

    def _encode_again(self, X: Any, sample_weight: Any = None) -> EncodedTable:
        encoded = encode_table(
            columns_again(self, X),
            vocabulary=self.vocabulary_,
            sample_weight=sample_weight,
            n_jobs=self.n_jobs,
        )
        tell_unseen(encoded, self.handle_unknown, stacklevel=4)
        return encoded

    def _with_folded_in(self, X: Any) -> np.ndarray:
        encoded = encode_growing(columns_again(self, X), self.vocabulary_, n_jobs=self.n_jobs)
        return self._rows_of(encoded, fold_in(self.vectors_, encoded, self.n_jobs))

    def _sizes(self) -> dict[str, int]:
        """Say how many numbers transform writes for each feature that it writes."""
        several = isinstance(self.vector_size, Mapping)
        size = self.vector_size if several else self.vectors_.vector_size
        return output_sizes(size, self.context, self.vocabulary_)

    def _rows_of(self, encoded: EncodedTable, matrix: np.ndarray) -> np.ndarray:
        return rows_as_numbers(encoded, matrix, self.vectors_, self._sizes(), self.row_vector)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Compute the held-out gain: how much better than independence the pairs are predicted.

        Parameters
        ----------
        X : as in fit
            Rows that were not trained on.
        y : ignored
        sample_weight : list, array or Series of shape (n_samples,), or None
            As in fit.

        Returns
        -------
        float
            Nats per pair, higher is better; for choosing parameters without a target.

        Raises
        ------
        NotFittedError, NothingToScoreError, ParameterError, UnseenCategoryError,
        UnknownFeatureError
        """
        check_is_fitted(self, "vectors_")
        encoded = self._encode_again(X, sample_weight)
        try:
            counts = count_encoded(encoded, self.n_jobs)
        except NoPairsError:
            raise NothingToScoreError(encoded.n_rows) from None
        return held_out_gain(self.vectors_, counts, self.n_jobs)

    def nearest(
        self, feature: str, category: Any, n: int = 10, among: str | Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Find the categories most like a given one; see ``Vectors.nearest``."""
        check_is_fitted(self, "vectors_")
        return self.vectors_.nearest(feature, category, n, among)

    def similarity(
        self, feature: str, category: Any, other: Any, other_feature: str | None = None
    ) -> float:
        """Compute the cosine of two categories; see ``Vectors.similarity``."""
        check_is_fitted(self, "vectors_")
        return self.vectors_.similarity(feature, category, other, other_feature)

    def to_keyed_vectors(self, feature: str | None = None) -> KeyedVectors:
        """Turn the vectors into gensim ``KeyedVectors``, of all features or of one."""
        check_is_fitted(self, "vectors_")
        return to_keyed_vectors(self.vectors_, feature)
