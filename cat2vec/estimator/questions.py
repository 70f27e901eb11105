"""Questions to a fitted model that are answered by tables: a part of ``Cat2Vec``.

Each calls one function of ``cat2vec.inspection``, which takes ``Vectors`` or ``PairCounts`` too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from cat2vec import inspection
from cat2vec.counting.encoded import count_encoded
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import NotAvailableError
from cat2vec.tables.encode import EncodedTable
from cat2vec.vectors.vectors import Vectors

if TYPE_CHECKING:
    import pandas as pd


class Questions:
    """Questions to a fitted model; ``Answers`` inherits them."""

    vectors_: Vectors
    counts_: PairCounts
    n_jobs: int | None

    def _encode_again(
        self, X: Any, sample_weight: Any = None, unseen_get: str | None = None
    ) -> EncodedTable:
        raise NotImplementedError

    def analogy(
        self,
        feature: str,
        a: Any,
        b: Any,
        c: Any,
        n: int = 10,
        *,
        b_feature: str | None = None,
        c_feature: str | None = None,
        among: str | Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Find what is to c as b is to a; see ``cat2vec.inspection.analogy``."""
        check_is_fitted(self, "vectors_")
        return inspection.analogy(
            self.vectors_,
            feature,
            a,
            b,
            c,
            n,
            b_feature=b_feature,
            c_feature=c_feature,
            among=among,
        )

    def clusters(self, feature: str, n_clusters: int | None = None) -> pd.DataFrame:
        """Cluster the categories of a feature; see ``cat2vec.inspection.clusters``."""
        check_is_fitted(self, "vectors_")
        return inspection.clusters(self.vectors_, feature, n_clusters)

    def nearest_to_all(
        self,
        feature: str,
        categories: Sequence[Any],
        n: int = 10,
        among: str | Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Find what is nearest to several categories; see ``cat2vec.inspection.nearest_to_all``."""
        check_is_fitted(self, "vectors_")
        return inspection.nearest_to_all(self.vectors_, feature, categories, n, among)

    def cluster_fit(
        self,
        feature: str,
        categories: Sequence[Any],
        n: int = 10,
        among: str | Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Do what ``nearest_to_all`` does: the earlier name."""
        return self.nearest_to_all(feature, categories, n, among)

    def commonality(self, feature: str) -> pd.DataFrame:
        """Say how typical each category is; see ``cat2vec.inspection.commonality``."""
        check_is_fitted(self, "vectors_")
        return inspection.commonality(self.vectors_, feature, self.n_jobs)

    def influence(self, feature: str | Sequence[str] | None = None) -> pd.DataFrame:
        """Say which features shaped another's vectors; see ``cat2vec.inspection.influence``."""
        check_is_fitted(self, "vectors_")
        return inspection.influence(self.vectors_, feature, self.n_jobs)

    def associations(self, X: Any = None, sample_weight: Any = None) -> pd.DataFrame:
        """Measure how features are associated; see ``cat2vec.inspection.associations``.

        Parameters
        ----------
        X : as in fit, or None
            Rows to count. None takes the counts that ``partial_fit`` keeps.
        sample_weight : list, array or Series of shape (n_samples,), or None
            As in fit.

        Raises
        ------
        NotAvailableError
            Without X, if the model was fitted with ``fit``, which keeps no counts.
        NotFittedError, NoPairsError, UnknownFeatureError, UnseenCategoryError
        """
        check_is_fitted(self, "vectors_")
        if X is not None:
            encoded = self._encode_again(X, sample_weight, unseen_get="left out")
            return inspection.associations(count_encoded(encoded, self.n_jobs))
        if not hasattr(self, "counts_"):
            raise NotAvailableError(
                "associations needs rows to count, because fit keeps no pair counts, got X=None. "
                "Pass a table, or fit with partial_fit, which keeps them."
            )
        return inspection.associations(self.counts_)

    def score_samples(self, X: Any) -> np.ndarray:
        """Say how well the cells of each row go together, in bits per pair of cells.

        Parameters
        ----------
        X : as in fit

        Returns
        -------
        ndarray of shape (n_samples,), float64
            The lower, the odder; about 0 for cells that meet by chance, NaN for rows with fewer
            than two known cells. See ``cat2vec.inspection.score_rows``.

        Raises
        ------
        NotFittedError, UnknownFeatureError, UnseenCategoryError
        """
        check_is_fitted(self, "vectors_")
        encoded = self._encode_again(X, unseen_get="left out")
        return inspection.score_rows(self.vectors_, encoded, self.n_jobs)[0]

    def outlier_rows(self, X: Any, n: int = 10, n_cells: int = 3) -> pd.DataFrame:
        """Find the oddest rows and their oddest cells; see ``cat2vec.inspection.outlier_rows``."""
        check_is_fitted(self, "vectors_")
        encoded = self._encode_again(X, unseen_get="left out")
        return inspection.outlier_rows(self.vectors_, encoded, n, n_cells, self.n_jobs)
