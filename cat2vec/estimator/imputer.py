"""``Cat2VecImputer``: missing cells of a table filled, as a transformer of scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from cat2vec.estimator.cells import filled_by, table_again, warn_of_unfilled
from cat2vec.estimator.rows_of_table import encode_again, fit_cells
from cat2vec.estimator.validation import as_array, as_it_was_after_failing, features_in
from cat2vec.inspection.cells.imputation import codes_for_missing
from cat2vec.kernels.threads import workers
from cat2vec.parameters import check_parameters, documented, feature_names
from cat2vec.tables.objects import as_table


@documented
class Cat2VecImputer(TransformerMixin, BaseEstimator):
    """Fill missing cells with the category that is likeliest by the other cells of their row.

    Likelihoods come from pair counts; no vectors are trained, and fitting takes about as long as
    counting.

    Parameters
    ----------
    {sample}
    {features, shared, exclude_pairs, min_count, numeric, n_bins, columns, missing_values}
    {random_state}
        Of draws, with ``sample=True``.
    {n_jobs}

    Attributes
    ----------
    vocabulary_ : Vocabulary
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only when the columns had names.

    Examples
    --------
    >>> from cat2vec import Cat2VecImputer
    >>> table = {"city": ["Oslo", "Rome"] * 9 + [None], "food": ["cod", "pasta"] * 9 + ["cod"]}
    >>> Cat2VecImputer().fit_transform(table)["city"][-1]
    'Oslo'
    """

    missing = "ignore"  # a missing cell is to be filled, and no category

    def __init__(
        self,
        *,
        sample: bool = False,
        features: Sequence[str] | None = None,
        shared: Mapping[str, Sequence[str]] | None = None,
        exclude_pairs: Sequence[Sequence[str]] | None = None,
        min_count: int = 1,
        numeric: str = "bin",
        n_bins: int = 16,
        columns: Mapping[str, Any] | None = None,
        missing_values: Any = None,
        random_state: int = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.sample = sample
        self.features = features
        self.shared = shared
        self.exclude_pairs = exclude_pairs
        self.min_count = min_count
        self.numeric = numeric
        self.n_bins = n_bins
        self.columns = columns
        self.missing_values = missing_values
        self.random_state = random_state
        self.n_jobs = n_jobs

    @documented
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Cat2VecImputer:
        """Count which categories share a row.

        Parameters
        ----------
        X : DataFrame, Table, dict of columns or array of shape (n_samples, n_features)
            Or what becomes a table when it is read or run, as in ``Cat2Vec.fit``.
        y : ignored
        {sample_weight}

        Returns
        -------
        Cat2VecImputer

        Raises
        ------
        ParameterError, TableError, CellError, UnknownFeatureError
        """
        with as_it_was_after_failing(self):
            fit_cells(self, X, sample_weight)
        return self

    @documented
    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Fit on a table and fill its missing cells; a reader is read once.

        Parameters
        ----------
        X : as in fit
        y : ignored
        {sample_weight}

        Returns
        -------
        DataFrame, Table, dict or array
            As from ``transform``.

        Raises
        ------
        ParameterError, TableError, CellError, UnknownFeatureError
        """
        check_parameters(features=self.features)
        X = as_table(X, feature_names(self.features))
        return self.fit(X, y, sample_weight).transform(X)

    def transform(self, X: Any) -> Any:
        """Fill the missing cells of a table.

        Parameters
        ----------
        X : as in fit

        Returns
        -------
        DataFrame, Table, dict or array
            Of the kind of X, with types of columns as they were; see ``Cat2Vec.impute``.

        Raises
        ------
        TableError, ColumnTypeError, UnknownFeatureError
        """
        check_is_fitted(self, "vocabulary_")
        X = table_again(self, X)
        encoded = encode_again(self, X)
        warn_of_unfilled(encoded)
        rng = np.random.default_rng(self.random_state) if self.sample else None
        with workers(self.n_jobs) as crew:
            found = codes_for_missing(self.cells_.model(None, crew), encoded, crew, rng)
        return filled_by(self, as_array(X), found)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name the columns of transform: those of the table that was fitted."""
        check_is_fitted(self, "vocabulary_")
        return features_in(self, input_features)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.target_tags.required = False
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
