"""What a fitted model answers: a part of ``Cat2Vec`` that reads and never changes it.

Takes questions in the words of the table. Gives rows of numbers, dataframes and scores. Knows
nothing of how the model was fitted.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted
from tqdm import tqdm

from cat2vec.counting.encoded import count_encoded
from cat2vec.errors import NoPairsError, NothingToScoreError
from cat2vec.estimator.questions import Questions
from cat2vec.estimator.validation import (
    AvailableIf,
    check_can_invert,
    checked_rows,
    columns_again,
    configured_output,
    features_out,
    folded_in_words,
    tell_unseen,
)
from cat2vec.export.keyed_vectors import to_keyed_vectors
from cat2vec.inspection.quality import held_out_gain
from cat2vec.inspection.report import Report, make_report
from cat2vec.tables.encode import EncodedTable, encode_table
from cat2vec.tables.growing import encode_growing
from cat2vec.tables.output import decoded_frame, kind_of_frame, without_category
from cat2vec.training.fold_in import fold_in
from cat2vec.vectors.outputs import output_sizes, written_vectors
from cat2vec.vectors.rows import nearest_codes, rows_of_vectors
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pandas as pd
    from gensim.models import KeyedVectors

    from cat2vec.export.keras import LookupAndEmbedding
    from cat2vec.export.torch import CategoryEmbedding


class Answers(Questions):
    """Questions to a fitted model; ``Cat2Vec`` inherits them."""

    vectors_: Vectors
    vocabulary_: Vocabulary
    vector_size: int | Mapping[str | None, int]
    context: Sequence[str] | None
    handle_unknown: str
    row_vector: str
    n_jobs: int | None
    verbose: int

    def _encode_again(
        self, X: Any, sample_weight: Any = None, unseen_get: str | None = None
    ) -> EncodedTable:
        encoded = encode_table(
            columns_again(self, X),
            vocabulary=self.vocabulary_,
            sample_weight=sample_weight,
            n_jobs=self.n_jobs,
        )
        tell_unseen(encoded, self.handle_unknown, stacklevel=4, unseen_get=unseen_get)
        return encoded

    def _with_folded_in(self, X: Any) -> np.ndarray:
        encoded = encode_growing(columns_again(self, X), self.vocabulary_, n_jobs=self.n_jobs)
        if self.verbose:
            tqdm.write(f"cat2vec: {folded_in_words(self.vocabulary_, encoded)}", file=sys.stderr)
        return self._rows_of(encoded, fold_in(self.vectors_, encoded, self.n_jobs))

    def _sizes(self) -> dict[str, int]:
        """Say how many numbers transform writes for each feature that it writes."""
        several = isinstance(self.vector_size, Mapping)
        size = self.vector_size if several else self.vectors_.vector_size
        return output_sizes(size, self.context, self.vocabulary_)

    def _rows_of(self, encoded: EncodedTable, matrix: np.ndarray) -> np.ndarray:
        if self.handle_unknown == "rare":
            encoded = encoded.unseen_as_rare()
        written = written_vectors(self.vectors_, encoded.vocabulary, matrix, self._sizes())
        by_column = configured_output(self) == "polars"  # which can share such an array
        return rows_of_vectors(
            encoded, written, self.row_vector, self.n_jobs, "F" if by_column else "C"
        )

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name the columns of transform: ``city_0``, ``city_1`` and so on.

        Parameters
        ----------
        input_features : array-like of str or None
            Only checked against the names seen in fit.

        Returns
        -------
        ndarray of str
        """
        check_is_fitted(self, "vectors_")
        features, sizes = features_out(self, input_features), self._sizes()
        if self.row_vector == "mean":
            return np.array([f"cat2vec_{i}" for i in range(self.vectors_.vector_size)], object)
        given = zip(self.vocabulary_.features, features, strict=True)
        written = {name: sizes[feature] for feature, name in given if feature in sizes}
        return np.array([f"{name}_{i}" for name, n in written.items() for i in range(n)], object)

    @AvailableIf(check_can_invert)
    def inverse_transform(self, X: Any) -> Any:
        """Turn rows of numbers back into a table: in every feature the nearest category.

        Distances are Euclidean; of categories equally near, such as those with the same vector, it
        is the first in ``vocabulary_``.

        Parameters
        ----------
        X : DataFrame, Table or array of shape (n_samples, n_features * vector_size)
            As ``transform`` gives it: without ``context``, and with the numbers of each feature
            that ``vector_size={...}`` says. Columns go by position.

        Returns
        -------
        DataFrame or Table
            Columns named by feature, with the values that were there in fit, of their type; for
            number columns in bins the text of the bin, for dates a column for each part, and
            ``RARE`` for categories that ``min_count`` pooled. Columns of a shared vocabulary may
            get any of its categories.
            Cells whose numbers are all zero are missing, as missing and unseen cells become zeros
            in ``transform``. The table is of the kind of X; for an array as ``set_output`` says,
            and pandas if it says nothing.

        Raises
        ------
        NotAvailableError
            If ``row_vector`` is "mean", or cells of a feature that is written hold several values:
            an average does not tell what it is of.
        NotFittedError, TableError

        Examples
        --------
        >>> from cat2vec import Cat2Vec
        >>> table = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
        >>> model = Cat2Vec(vector_size=1).fit(table)
        >>> rows = model.transform({"city": ["Rome", "Oslo"], "food": ["pasta", "cod"]})
        >>> model.inverse_transform(rows + 0.01)
           city   food
        0  Rome  pasta
        1  Oslo    cod
        """
        check_is_fitted(self, "vectors_")
        sizes, words = self._sizes(), self.vocabulary_
        rows = checked_rows(self, X, sizes)
        written = written_vectors(self.vectors_, words, self.vectors_.matrix, sizes)
        codes = nearest_codes(rows, written, self.n_jobs)
        columns = {}
        for name, column in zip(written, codes.T, strict=True):
            place = words.schema.position(name)
            columns[name] = without_category(
                words.categories[place], column, words.missing_code(place)
            )
        return decoded_frame(columns, kind_of_frame(X) or configured_output(self), X)

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
        encoded = self._encode_again(X, sample_weight, unseen_get="left out")
        try:
            counts = count_encoded(encoded, self.n_jobs)
        except NoPairsError:
            raise NothingToScoreError(encoded.n_rows) from None
        return held_out_gain(self.vectors_, counts, self.n_jobs)

    def report(
        self,
        test_rows: Any,
        train_rows: Any = None,
        *,
        sample_weight: Any = None,
        train_sample_weight: Any = None,
    ) -> Report:
        """Measure the vectors on rows that were not trained on, and name what says nothing.

        Parameters
        ----------
        test_rows : as in fit
            Rows that were not trained on.
        train_rows : as in fit, or None
            The rows of ``fit``, for what a model does not keep: comparison with the full PMI table,
            stability of neighbours between halves, and the curve of vector sizes. After
            ``partial_fit`` the pair counts stand for them, except for stability.
        sample_weight, train_sample_weight : list, array or Series, or None
            Weights of the rows of each.

        Returns
        -------
        Report
            ``print(report)``, ``report.to_dict()``, ``to_json()``, ``to_html()``.

        Raises
        ------
        NotFittedError, NothingToScoreError, ParameterError, UnseenCategoryError,
        UnknownFeatureError

        Examples
        --------
        >>> from cat2vec import Cat2Vec
        >>> table = {"city": ["Oslo", "Bergen", "Rome", "Pisa"] * 50,
        ...          "food": ["cod", "cod", "pasta", "pasta"] * 50}
        >>> report = Cat2Vec(vector_size=1).fit(table).report(table)  # better: rows held out
        >>> report.signal, report.no_signal
        (True, [])
        """
        check_is_fitted(self, "vectors_")
        rows = self._encode_again(test_rows, sample_weight, unseen_get="left out")
        train = getattr(self, "counts_", None)
        if train is not None:
            train = train.pool(self.vectors_.settings.get("min_count", 1))
        if train_rows is not None:
            train = self._encode_again(train_rows, train_sample_weight, unseen_get="left out")
        return make_report(self.vectors_, rows, train, self.n_jobs)

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

    def to_torch(
        self, feature: str, *, size: int | None = None, frozen: bool = True
    ) -> CategoryEmbedding:
        """Turn one feature into an ``nn.Embedding``; see ``cat2vec.export.torch.to_torch``."""
        from cat2vec.export.torch import to_torch

        check_is_fitted(self, "vectors_")
        return to_torch(self.vectors_, feature, size=size, frozen=frozen)

    def to_keras(
        self,
        feature: str,
        *,
        size: int | None = None,
        frozen: bool = True,
        lookup: str | None = None,
    ) -> LookupAndEmbedding:
        """Turn one feature into a lookup and an ``Embedding``; see ``cat2vec.export.keras``."""
        from cat2vec.export.keras import to_keras

        check_is_fitted(self, "vectors_")
        return to_keras(self.vectors_, feature, size=size, frozen=frozen, lookup=lookup)
