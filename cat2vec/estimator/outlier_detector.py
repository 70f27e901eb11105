"""``Cat2VecOutlierDetector``: odd rows of a table, as a detector of scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils.validation import check_is_fitted

from cat2vec.estimator.cells import labelled_rows
from cat2vec.estimator.rows_of_table import encode_again, fit_cells
from cat2vec.estimator.validation import as_it_was_after_failing
from cat2vec.inspection import cells
from cat2vec.kernels.threads import workers
from cat2vec.parameters import check_parameters, documented
from cat2vec.tables.encoded import EncodedTable

if TYPE_CHECKING:
    import pandas as pd

#: Standard deviations below the mean score, from which on rows are outliers.
_FAR = 1.5


@documented
class Cat2VecOutlierDetector(OutlierMixin, BaseEstimator):
    """Find odd rows of a table of categories, by how rare and how unexpected their cells are.

    Each row is judged by pair counts from which its own are taken away. There is one setting for
    all tables, and no vectors are trained: fitting takes about as long as counting.

    Parameters
    ----------
    {contamination}
    {features, shared, exclude_pairs, min_count, numeric, n_bins, columns, missing, missing_values}
    {n_jobs}

    Attributes
    ----------
    offset_ : float
        ``decision_function`` is ``score_samples`` minus this.
    vocabulary_ : Vocabulary
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only when the columns had names.

    References
    ----------
    Pang, Cao and Chen 2016, "Outlier detection in complex categorical data by modelling the feature
    value couplings", IJCAI.

    Examples
    --------
    >>> from cat2vec import Cat2VecOutlierDetector
    >>> table = {"city": ["Oslo", "Rome"] * 30 + ["Oslo"],
    ...          "land": ["NO", "IT"] * 30 + ["IT"],
    ...          "food": ["cod", "pasta"] * 30 + ["cod"]}
    >>> detector = Cat2VecOutlierDetector(contamination=0.02).fit(table)
    >>> (detector.predict(table) == -1).nonzero()[0].tolist()
    [60]
    """

    def __init__(
        self,
        contamination: float | str = "auto",
        *,
        features: Sequence[str] | None = None,
        shared: Mapping[str, Sequence[str]] | None = None,
        exclude_pairs: Sequence[Sequence[str]] | None = None,
        min_count: int = 1,
        numeric: str = "bin",
        n_bins: int = 16,
        columns: Mapping[str, Any] | None = None,
        missing: str = "ignore",
        missing_values: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.contamination = contamination
        self.features = features
        self.shared = shared
        self.exclude_pairs = exclude_pairs
        self.min_count = min_count
        self.numeric = numeric
        self.n_bins = n_bins
        self.columns = columns
        self.missing = missing
        self.missing_values = missing_values
        self.n_jobs = n_jobs

    @documented
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Cat2VecOutlierDetector:
        """Learn what is usual.

        Parameters
        ----------
        X : DataFrame, Table, dict of columns or array of shape (n_samples, n_features)
        y : ignored
        {sample_weight}

        Returns
        -------
        Cat2VecOutlierDetector

        Raises
        ------
        ParameterError, TableError, CellError, UnknownFeatureError
        """
        with as_it_was_after_failing(self):
            encoded = fit_cells(self, X, sample_weight)
            weights = np.ones(encoded.n_rows) if encoded.weights is None else encoded.weights
            self.offset_ = _offset(self._scores(encoded), weights, self.contamination)
        return self

    def score_samples(self, X: Any) -> np.ndarray:
        """Say how typical each row is; lower is odder.

        Parameters
        ----------
        X : as in fit
            The rows of fit, or others: each row is judged as if it were one of those of fit, with
            its own counts left out.

        Returns
        -------
        ndarray of shape (n_samples,), float64
            In standard deviations, about 0 for ordinary rows; the lower, the odder. Missing cells
            are neither odd nor typical, and a row without any gets 0; categories that fit did not
            see are rare ones.
        """
        check_is_fitted(self, "offset_")
        return self._scores(encode_again(self, X))

    def decision_function(self, X: Any) -> np.ndarray:
        """Say how far each row is from being an outlier: below 0 it is one."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> np.ndarray:
        """Say of each row whether it is an outlier, -1, or not, 1."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    @documented
    def outlier_rows(self, X: Any, n: int = 10, n_cells: int = 3) -> pd.DataFrame:
        """Find the oddest rows and their oddest cells; see ``Cat2Vec.outlier_rows``.

        Parameters
        ----------
        X : as in fit
        {n, n_cells}
        """
        check_is_fitted(self, "offset_")
        check_parameters(n=n, n_cells=n_cells)
        encoded = encode_again(self, X)
        with workers(self.n_jobs) as crew:
            found = cells.outlier_rows(self.cells_.oddness(crew), [encoded], n, n_cells, crew)
        return labelled_rows(found, X, encoded.n_rows)

    def _scores(self, encoded: EncodedTable) -> np.ndarray:
        with workers(self.n_jobs) as crew:
            rows = self.cells_.oddness(crew).score(encoded, crew)
        return -rows

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags


def _offset(scores: np.ndarray, weights: np.ndarray, contamination: float | str) -> float:
    """Give the score below which rows are outliers.

    Examples
    --------
    >>> _offset(np.arange(10.0), np.ones(10), 0.2)
    1.5
    """
    if isinstance(contamination, str):
        mean = np.average(scores, weights=weights)
        deviation = np.sqrt(np.average((scores - mean) ** 2, weights=weights))
        return float(mean - _FAR * deviation)
    order = np.argsort(scores, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    last = len(scores) - 1
    within, beyond = (
        scores[order[min(int(np.searchsorted(share, contamination + slack)), last)]]
        for slack in (-1e-9, 1e-9)
    )
    return float((within + beyond) / 2)
