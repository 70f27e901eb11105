"""``RowClusters``: what ``Cat2Vec.cluster_rows`` gives, and how it is made.

Takes a fitted estimator and tables as they were given. Knows nothing of how clusters are found.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec.errors import FewClustersWarning, ParameterError, TableError, named, warn
from cat2vec.estimator.steps import encode_rows, rows_as_numbers
from cat2vec.inspection.row_clusters import (
    centres_of_rows,
    nearest_centres,
    typical_of_clusters,
)
from cat2vec.kernels.threads import workers
from cat2vec.parameters import integer_problem
from cat2vec.tables.objects import as_table

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class RowClusters:
    """Clusters of rows, and what is typical of each.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,), int64
        Cluster of each row that was clustered: 0 is the one with most rows, and -1 stands for rows
        whose vectors are all zero, as when all cells are missing.
    centres : ndarray of shape (n_clusters, n_features * vector_size), float64
        Of length 1.
    silhouette : float
        Mean over rows, with cosine distances: near 0 where there are no clusters.
    typical : DataFrame
        What is more frequent in a cluster than among all rows: columns cluster, feature, category,
        rows (of the cluster, that hold it), share (of those with any cell in the feature),
        share_of_all, lift (share / share_of_all) and bits (share times the logarithm of lift; the
        first lines of a cluster say most of it).
    model : Cat2Vec
        As it was when the rows were clustered.

    Examples
    --------
    >>> from cat2vec import Cat2Vec
    >>> table = {"city": ["Oslo", "Bergen", "Rome", "Pisa"] * 9,
    ...          "food": ["cod", "cod", "pasta", "pasta"] * 9}
    >>> found = Cat2Vec(vector_size=2).fit(table).cluster_rows(table, 2)
    >>> found.labels[:4].tolist()
    [0, 0, 1, 1]
    >>> found.predict({"city": ["Oslo", None], "food": [None, "pasta"]}).tolist()
    [0, 1]
    """

    labels: np.ndarray
    centres: np.ndarray
    silhouette: float
    typical: pd.DataFrame
    model: Any = field(repr=False)

    def predict(self, X: Any) -> np.ndarray:
        """Give the cluster of each row of a table, by the nearest centre.

        Parameters
        ----------
        X : as in fit
            New rows, or those that were clustered.

        Returns
        -------
        ndarray of shape (n_samples,), int64
            -1 for rows whose vectors are all zero.

        Raises
        ------
        UnknownFeatureError, UnseenCategoryError
        """
        rows = rows_as_numbers(self.model, X, "unit")
        with workers(self.model.n_jobs) as crew:
            return nearest_centres(rows, self.centres, crew)


def clustered_rows(model: Any, X: Any, n_clusters: int | None) -> RowClusters:
    """Cluster the rows of a table by the direction of their vectors.

    Raises
    ------
    ParameterError, TableError

    Warns
    -----
    FewClustersWarning
        If rows have fewer directions than clusters were asked for.
    """
    X = as_table(X, schema=model.vocabulary_.schema)
    model = copy.copy(model)  # a later fit changes the one that was given
    rows = rows_as_numbers(model, X, "unit")
    if not len(rows):
        raise TableError("X has no rows: there is nothing to cluster. Give at least one row.")
    if n_clusters is not None:
        if integer_problem("n_clusters", n_clusters, least=1) or n_clusters > len(rows):
            raise ParameterError(
                f"{named('n_clusters')} must be None or an integer from 1 to {len(rows)}, the "
                f"number of rows, got {n_clusters!r}."
            )
    with workers(model.n_jobs) as crew:
        centres, silhouette = centres_of_rows(rows, n_clusters, model.random_state, crew)
        labels = nearest_centres(rows, centres, crew)
    if n_clusters is not None and len(centres) < n_clusters:
        warn(FewClustersWarning(n_clusters, len(centres)))
    typical = typical_of_clusters(encode_rows(model, X, warn=False), labels)
    return RowClusters(labels, centres, silhouette, typical, model)
