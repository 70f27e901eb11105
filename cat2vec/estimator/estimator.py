"""``Cat2Vec``: the scikit-learn skin over encode, count and train. It decides nothing itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from cat2vec import inspection, plots
from cat2vec.counting.streamed import MEMORY
from cat2vec.estimator.cells import (
    cell_probabilities,
    imputed,
    kept_of_rows,
    oddest_rows,
    sampled,
    scored_rows,
    wrong_looking_cells,
)
from cat2vec.estimator.explored import check_page_file, explored
from cat2vec.estimator.growing import check_is_model, moves_since, with_more_rows
from cat2vec.estimator.model import Model
from cat2vec.estimator.model_folder import load_estimator, save_estimator, take_vectors
from cat2vec.estimator.onnx_graph import to_onnx
from cat2vec.estimator.partitions import fit_partitions, is_spark, open_partitions, spark_rows
from cat2vec.estimator.plan import Plan
from cat2vec.estimator.row_clusters import RowClusters, clustered_rows
from cat2vec.estimator.rows_of_fit import rows_of_fit
from cat2vec.estimator.steps import (
    associated_counts,
    feature_names_out,
    measured,
    planned,
    rows_as_numbers,
    rows_as_table,
    say_plan,
    scored_counts,
    unfitted,
    with_folded_in,
    written_rows,
)
from cat2vec.estimator.unseen import check_unseen
from cat2vec.estimator.updates import decay_since
from cat2vec.estimator.validation import (
    as_it_was_after_failing,
    can_go_on,
    can_invert,
    checked_settings,
    settings_for,
)
from cat2vec.explore import Exploration
from cat2vec.export.keyed_vectors import to_keyed_vectors
from cat2vec.inspection.quality import held_out_gain
from cat2vec.inspection.report import Report
from cat2vec.parameters import documented, feature_names
from cat2vec.tables.objects import as_table
from cat2vec.training.train import train_and_count
from cat2vec.vectors.vectors import Vectors

if TYPE_CHECKING:
    import onnx
    import pandas as pd
    from gensim.models import KeyedVectors
    from matplotlib.axes import Axes

    from cat2vec.export.keras import LookupAndEmbedding
    from cat2vec.export.torch import CategoryEmbedding

_Method = TypeVar("_Method", bound=Callable[..., Any])


def _available_if(check: Callable[[Any], bool]) -> Callable[[_Method], _Method]:
    """Give scikit-learn's decorator with a type, so that users see the types of methods."""
    decorator: Callable[[_Method], _Method] = available_if(check)
    return decorator


@documented
class Cat2Vec(TransformerMixin, Model, BaseEstimator):
    """Learn a vector for every category of a table, without a target, and write rows as numbers.

    Parameters
    ----------
    {vector_size} : int or dict
        In a dict, ``{"sex": 1, None: 16}``, None stands for the features it does not name (32
        without it): training takes the largest size, and transform writes the best numbers of each
        feature (``Vectors.reduce``). ``vectors_`` has the size of training.
    {features, shared, context, exclude_pairs, solver, negative, ns_exponent, regularization,
    epochs, learning_rate, min_count, numeric, n_bins, columns, missing, missing_values,
    handle_unknown, row_vector, keep_counts, tol, max_sweeps}
    {n_jobs}
        The solver "gensim" is an exception: it uses one thread unless this says otherwise, and is
        not repeatable with more.
    {random_state}
    {verbose}
        It also says what transform folded in.

    Attributes
    ----------
    vectors_ : Vectors
        Mapping from feature to a DataFrame of its vectors.
    vocabulary_ : Vocabulary
        With rare categories pooled; ``vocabulary_.pooled`` names them.
    counts_ : PairCounts
        Of all rows so far, with rare categories unpooled; only after ``partial_fit``.
    cells_ : CellsKept
        What ``probabilities``, ``impute``, ``score_samples``, ``outlier_rows`` and
        ``suspicious_cells`` go by: pair counts as ``keep_counts`` says, and up to 2,000 training
        rows until the first of these questions, or ``save``, has made numbers of them.
    loss_ : float
        Nats per pair of the rows of training, lower is better.
    gain_ : float
        Loss of independence minus ``loss_``, nats per pair of the rows of training: the more
        categories there are for few rows, the more it flatters. ``score`` gives the gain on others.
    solver_ : str
        The solver that trained.
    regularization_ : float
        Strength of the prior: that of ``regularization``, or what "auto" learned.
    file_options_ : dict
        How the command line read the file that was trained on, "delimiter", "missing_values",
        "decimal", "skip_initial_space", "on_bad_line" and "header", so that new files are read
        alike; empty where no file was read.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Only when the columns had names.

    References
    ----------
    Mikolov et al. 2013, arXiv:1310.4546; Levy & Goldberg 2014, "Neural word embedding as implicit
    matrix factorization".

    Examples
    --------
    >>> from cat2vec import Cat2Vec
    >>> table = {"city": ["Oslo", "Bergen", "Rome", "Pisa"] * 9,
    ...          "food": ["cod", "cod", "pasta", "pasta"] * 9}
    >>> model = Cat2Vec(vector_size=2).fit(table)
    >>> model.nearest("city", "Oslo", n=1)["category"].tolist()
    ['Bergen']
    >>> model.transform(table).shape
    (36, 4)
    """

    @documented
    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        memory: int | str = MEMORY,
        spill: Any = None,
        start: Vectors | tuple[np.ndarray, np.ndarray] | None = None,
    ) -> Cat2Vec:
        """Learn vectors from a table.

        Parameters
        ----------
        X : DataFrame, Table, dict of columns, array of shape (n_samples, n_features) or path
            Also what gives a table, such as a DuckDB relation, a LazyFrame, record batches or a
            Dataset. A path, a pattern, a folder or a list of paths is read as the command line
            reads it without options. All these are read once, piece by piece, and may be larger
            than memory: the vectors are those of the same table in memory. Dataframes of Spark and
            Dask are counted where they lie, and trained on by the solver "counts".
        y : ignored
            There is no target.
        {sample_weight, memory, spill, start}

        Returns
        -------
        Cat2Vec
            This model, fitted.

        Raises
        ------
        ParameterError, TableError, CellError, UnknownFeatureError, TrainingDivergedError,
        FileReadError, SpillError
        """
        with as_it_was_after_failing(self):
            if (partitions := open_partitions(X)) is not None:
                return fit_partitions(self, partitions, sample_weight, memory, spill, start)
            rows = rows_of_fit(self, X, sample_weight, memory=memory, spill=spill)
            encoded = rows.encoded.pool(self.min_count)
            say_plan(self, encoded)
            settings = settings_for(self, encoded.vocabulary)
            vectors, counts = train_and_count(encoded, start=start, **settings)
            kept = kept_of_rows(self, encoded, vectors, rows.bin_values, counts)
            return take_vectors(self, vectors, kept=kept)

    @documented
    def plan(self, X: Any, sample_weight: Any = None) -> Plan:
        """Say what fit would do with a table: what each column is read as, tokens, memory, solver.

        Parameters
        ----------
        X : as in fit
        {sample_weight}

        Returns
        -------
        Plan
            ``print`` shows the lines that ``cat2vec train`` prints; its fields hold the same as
            data, and ``to_frame()`` the features. The model is left as it is.

        Raises
        ------
        ParameterError, TableError, CellError, UnknownFeatureError

        Examples
        --------
        >>> from cat2vec import Cat2Vec
        >>> table = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
        >>> print(Cat2Vec(vector_size=1).plan(table))
        table     18 rows, 2 columns
        features  city: text, 2 categories (Oslo, Rome)
                  food: text, 2 categories (cod, pasta)
        note      one column tells nearly all of another: 'city' and 'food' (100%). The gain of \
such pairs is large and may hide that of others. exclude_pairs=[['city', 'food']] leaves them out \
of training.
        tokens    4
        pairs     at most 4 distinct, from 18 in the rows
        memory    about 1 MB beside the table
        solver    counts, vector_size 1
        """
        other = unfitted(self)
        return planned(other, rows_of_fit(other, X, sample_weight).encoded.pool(other.min_count))

    @_available_if(can_go_on)
    @documented
    def partial_fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        decay: float = 1.0,
        forget_below: float = 0.0,
    ) -> Cat2Vec:
        """Learn from more rows: the first call fits, later ones add to what is known.

        Pair counts of all calls are added up, and training goes on from the vectors of before, by
        the solver "counts". Features, their kinds and bin edges stay those of the first call; new
        categories join the vocabulary, and a rare one gets a vector of its own when it is no
        longer rare. ``vectors_`` are turned to lie near those of before, so that
        stored vectors stay comparable; ``vectors_.ordered()`` gives the order of columns back.
        Rows of ``transform`` stay so too, but for ``row_vector="linear"`` and sizes by feature:
        their axes are chosen anew by each call, so what was trained on such rows is to be trained
        again.

        Parameters
        ----------
        X, y, sample_weight : as in fit
            Only new rows, at least one of them with two present cells. After the first call X may
            be ``PairCounts`` of rows that were counted before, with the kinds and bin edges of this
            model.
        {decay, forget_below}

        Returns
        -------
        Cat2Vec
            This model, as it was if there is an error.

        Raises
        ------
        AttributeError
            If the solver is "rows" or "gensim", or the model was fitted with ``fit``, which keeps
            no counts. Its cause is a ``NotAvailableError`` that says which, and the way out.
        ParameterError, TableError, CellError, UnknownFeatureError, TrainingDivergedError

        Examples
        --------
        >>> january = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
        >>> february = {"city": ["Oslo", "Pisa"] * 9, "food": ["cod", "pasta"] * 9}
        >>> model = Cat2Vec(vector_size=1).partial_fit(january).partial_fit(february)
        >>> model.counts_.n_rows, model.nearest("city", "Pisa", n=1)["category"].tolist()
        (36, ['Rome'])
        """
        with as_it_was_after_failing(self):
            return with_more_rows(self, X, sample_weight, decay, forget_below)

    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Learn vectors from a table and write its rows as numbers; the table is read once.

        Rows of weight 0 are written too, as ``transform`` writes them.
        """
        if is_spark(X):
            return self.fit(X, sample_weight=sample_weight).transform(X)
        with as_it_was_after_failing(self):
            checked_settings(self)
            if sample_weight is not None:  # rows of weight 0 are not learned from
                X = as_table(X, feature_names(self.features))
            rows = rows_of_fit(self, X, sample_weight)
            encoded = rows.encoded.pool(self.min_count).in_memory()
            say_plan(self, encoded)
            vectors, counts = train_and_count(encoded, **settings_for(self, encoded.vocabulary))
            kept = kept_of_rows(self, encoded, vectors, rows.bin_values, counts)
            take_vectors(self, vectors, kept=kept)
            if self.handle_unknown == "fold_in" and sample_weight is not None:
                return with_folded_in(self, X)
            check_unseen(replace(encoded, weights=None), self.handle_unknown)
            return written_rows(self, encoded, vectors.matrix)

    def transform(self, X: Any) -> Any:
        """Write rows as dense numbers.

        Parameters
        ----------
        X : as in fit

        Returns
        -------
        ndarray of shape (n_samples, n_features * vector_size), float32
            The vectors of a row's cells side by side, without those of ``context``, or (n_samples,
            vector_size) with ``row_vector="mean"``; with "unit", rows of length 1; with "linear",
            vectors mixed with other axes. Missing cells are zeros, unseen ones as
            ``handle_unknown`` says: with "fold_in" what a row becomes depends on the other rows of
            X too. A DataFrame after ``set_output``. Of a DataFrame of Spark it is that DataFrame
            with one more column, ``vector``, array<float>: rows are written where they lie.

        Raises
        ------
        NotFittedError, UnseenCategoryError, UnknownFeatureError
        """
        check_is_fitted(self, "vectors_")
        if is_spark(X):
            return spark_rows(self, X)
        return rows_as_numbers(self, X)

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
        return feature_names_out(self, input_features)

    @_available_if(can_invert)
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
        AttributeError
            If ``row_vector`` is not "concat", or cells of a feature that is written hold several
            values: an average does not say what it is of. Its cause is a ``NotAvailableError``.
        NotFittedError, TableError

        Examples
        --------
        >>> from cat2vec import Cat2Vec
        >>> table = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
        >>> model = Cat2Vec(vector_size=1).fit(table)
        >>> rows = model.transform({"city": ["Rome", "Oslo"], "food": ["pasta", "cod"]})
        >>> model.inverse_transform(rows + 0.001)
           city   food
        0  Rome  pasta
        1  Oslo    cod
        """
        check_is_fitted(self, "vectors_")
        return rows_as_table(self, X)

    @documented
    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Compute the held-out gain: how much better than independence the pairs are predicted.

        Parameters
        ----------
        X : as in fit
            Rows that were not trained on.
        y : ignored
        {sample_weight}

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
        return held_out_gain(self.vectors_, scored_counts(self, X, sample_weight), self.n_jobs)

    def score_samples(self, X: Any) -> np.ndarray:
        """Say how typical each row is, as ``Cat2VecOutlierDetector`` does.

        Rarity of the cells, surprise at them, given the other cells of their row, and contradiction
        count together; see ``cat2vec.inspection.cells.oddness``. Each row is judged as if it were
        one of those of fit, without its own counts. Time grows linearly with rows and features.

        Parameters
        ----------
        X : as in fit

        Returns
        -------
        ndarray of shape (n_samples,), float64
            In standard deviations, about 0 for ordinary rows of fit; the lower, the odder. New rows
            of tables with many columns and few rows are lower. Missing cells are neither odd nor
            typical, and a row without any gets 0; unseen cells are rare ones.

        Raises
        ------
        NotAvailableError
            If the model keeps no pair counts.
        NotFittedError, UnknownFeatureError, UnseenCategoryError
        """
        check_is_fitted(self, "vectors_")
        return scored_rows(self, X)

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
        return measured(self, test_rows, train_rows, sample_weight, train_sample_weight)

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

    def clusters(self, feature: str, n_clusters: int | None = None) -> pd.DataFrame:
        """Cluster the categories of a feature; see ``cat2vec.inspection.clusters``."""
        check_is_fitted(self, "vectors_")
        return inspection.clusters(self.vectors_, feature, n_clusters)

    @documented
    def cluster_rows(self, X: Any, n_clusters: int | None = None) -> RowClusters:
        """Cluster rows, and say what is typical of each cluster; new rows can be put into them.

        Rows are written as with ``row_vector="unit"``: the vectors of their cells side by side,
        divided by the length of the row, so that what a row says decides, and not how rare its
        cells are. Clusters are directions, added one at a time where they help most, without a
        seed. They are found on at most 10,000 rows, drawn by ``random_state``.

        Parameters
        ----------
        X : as in fit
            The rows of fit, or others.
        {n_clusters}
            None takes the number from 2 to 10 with the best silhouette. At most the number of rows;
            there are fewer clusters where rows have fewer directions.

        Returns
        -------
        RowClusters
            With ``labels``, ``typical`` (a DataFrame of the categories that are more frequent in a
            cluster than among all rows), ``silhouette`` and ``predict(X)``.

        Raises
        ------
        NotFittedError, ParameterError, TableError, UnknownFeatureError, UnseenCategoryError

        Warns
        -----
        FewClustersWarning

        Examples
        --------
        >>> from cat2vec import Cat2Vec
        >>> table = {"city": ["Oslo", "Bergen", "Rome", "Pisa"] * 9,
        ...          "food": ["cod", "cod", "pasta", "pasta"] * 9}
        >>> found = Cat2Vec(vector_size=2).fit(table).cluster_rows(table, 2)
        >>> found.typical.groupby("cluster").head(1)[["category", "share", "lift"]].values.tolist()
        [['cod', 1.0, 2.0], ['pasta', 1.0, 2.0]]
        >>> found.predict({"city": ["Pisa"], "food": ["pasta"]}).tolist()
        [1]
        """
        check_is_fitted(self, "vectors_")
        return clustered_rows(self, X, n_clusters)

    def commonality(self, feature: str) -> pd.DataFrame:
        """Say how typical each category is; see ``cat2vec.inspection.commonality``."""
        check_is_fitted(self, "vectors_")
        return inspection.commonality(self.vectors_, feature, self.n_jobs)

    def influence(self, feature: str | Sequence[str] | None = None) -> pd.DataFrame:
        """Say which features shaped another's vectors; see ``cat2vec.inspection.influence``."""
        check_is_fitted(self, "vectors_")
        return inspection.influence(self.vectors_, feature, self.n_jobs)

    def moves(self, earlier: Cat2Vec, n: int | None = 20) -> pd.DataFrame:
        """Say what appeared, moved and lost support since an earlier model.

        Parameters
        ----------
        earlier : Cat2Vec
            This model before some calls of ``partial_fit``, saved or copied then, or another one of
            the same columns. Of the first it is known which rows were added since, so smaller moves
            are told from chance.
        n : int or None
            How many categories of each status to list. None lists all.

        Returns
        -------
        DataFrame
            See ``cat2vec.inspection.moves``.

        Raises
        ------
        NotFittedError, ParameterError

        Examples
        --------
        >>> from copy import deepcopy
        >>> from cat2vec import Cat2Vec
        >>> table = {"city": ["Oslo", "Rome"] * 90, "food": ["cod", "pasta"] * 90}
        >>> model = Cat2Vec(vector_size=1).partial_fit(table)
        >>> earlier = deepcopy(model)
        >>> model = model.partial_fit({"city": ["Pisa"] * 9, "food": ["pasta"] * 9})
        >>> model.moves(earlier, n=1)[["category", "rows", "status"]].values.tolist()[0]
        ['Pisa', 9.0, 'appeared']
        """
        check_is_fitted(self, "vectors_")
        check_is_model(earlier)
        check_is_fitted(earlier, "vectors_")
        return moves_since(self, earlier, n)

    @documented
    def associations(self, X: Any = None, sample_weight: Any = None) -> pd.DataFrame:
        """Measure how features are associated; see ``cat2vec.inspection.associations``.

        Parameters
        ----------
        X : as in fit, or None
            Rows to count. None takes the pair counts that the model keeps: all, after
            ``partial_fit``; after ``fit`` those of ``keep_counts``, in which rare categories are
            pooled and pairs that ``exclude_pairs`` names have no rows.
        {sample_weight}

        Raises
        ------
        NotAvailableError
            Without X, if the model keeps no counts.
        NotFittedError, NoPairsError, UnknownFeatureError, UnseenCategoryError
        """
        check_is_fitted(self, "vectors_")
        return inspection.associations(associated_counts(self, X, sample_weight))

    @documented
    def outlier_rows(self, X: Any, n: int = 10, n_cells: int = 3) -> pd.DataFrame:
        """Find the oddest rows, and the cells that make them odd.

        Parameters
        ----------
        X : as in fit
        {n, n_cells}

        Returns
        -------
        DataFrame
            Columns row (its label in the index of a pandas table, its number, counted from 0, in
            others), score (see ``score_samples``), feature, category (None if fit did not see it),
            probability (of that category, by the other cells of its row), expected (the category
            that is likeliest there) and rows (of fit, that hold the category); oddest row first.

        Raises
        ------
        NotFittedError, NotAvailableError, ParameterError, UnknownFeatureError, UnseenCategoryError

        Examples
        --------
        >>> from cat2vec import Cat2Vec
        >>> table = {"city": ["Oslo", "Rome"] * 9 + ["Oslo"],
        ...          "land": ["NO", "IT"] * 9 + ["IT"],
        ...          "food": ["cod", "pasta"] * 9 + ["cod"]}
        >>> found = Cat2Vec(vector_size=1).fit(table).outlier_rows(table, n=1, n_cells=1)
        >>> found[["row", "feature", "category", "expected"]].values.tolist()
        [[18, 'land', 'IT', 'NO']]
        """
        check_is_fitted(self, "vectors_")
        return oddest_rows(self, X, n, n_cells)

    def probabilities(self, X: Any, feature: str) -> pd.DataFrame:
        """Compute how likely each category of a feature is in each row, by the row's other cells.

        Parameters
        ----------
        X : as in fit
            Any cells may be missing. Those of the feature itself do not matter, and neither does
            the column, if the table has names. Unseen cells say nothing, as missing ones do.
        feature : str
            A part of a date is a feature, such as "when:month".

        Returns
        -------
        DataFrame of shape (n_samples, n_categories)
            Columns are the categories as in ``vectors_``: numbers in bins, rare ones that
            ``min_count`` pooled as ``RARE``. Each row adds up to 1. Where cells hold several
            values, it is the probability of one value drawn from the cell.

        Raises
        ------
        NotFittedError, UnknownFeatureError, UnseenCategoryError

        Examples
        --------
        >>> from cat2vec import Cat2Vec
        >>> table = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
        >>> model = Cat2Vec(vector_size=1).fit(table)
        >>> model.probabilities({"food": ["cod"]}, "city").round(1).to_dict("records")
        [{'Oslo': 1.0, 'Rome': 0.0}]
        """
        check_is_fitted(self, "vectors_")
        return cell_probabilities(self, X, feature)

    @documented
    def impute(self, X: Any, *, n_draws: int | None = None, random_state: int | None = None) -> Any:
        """Fill missing cells with the category that is likeliest by the other cells of the row.

        Parameters
        ----------
        X : as in fit
        {n_draws}
        random_state : int or None
            Seed of the draws; None takes that of the model.

        Returns
        -------
        DataFrame, Table, dict or array
            Of the kind of X, or a list of ``n_draws`` of them. Only missing cells of learned
            columns are filled, and types of columns stay. A number in bins becomes the median
            training value of the bin with the conditional median; a cell of several values gets
            one. Cells of dates, and unseen categories, are left as they are.

        Raises
        ------
        NotFittedError, ParameterError, UnknownFeatureError, UnseenCategoryError

        Examples
        --------
        >>> from cat2vec import Cat2Vec
        >>> table = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
        >>> Cat2Vec(vector_size=1).fit(table).impute({"city": [None], "food": ["pasta"]})
        {'city': ['Rome'], 'food': ['pasta']}
        """
        check_is_fitted(self, "vectors_")
        return imputed(self, X, n_draws, random_state)

    def sample(
        self, n: int, given: Mapping[str, Any] | None = None, *, random_state: int | None = None
    ) -> pd.DataFrame:
        """Draw rows like those of fit, cell by cell in proportion to probabilities.

        Each cell is drawn by all others of its row, ten times over. Rows show what pairs of columns
        show, not what only three together do; they are for trying things out, and no protection of
        anybody's data.

        Parameters
        ----------
        n : int
            How many rows to draw.
        given : dict or None
            Categories or numbers that all rows have, by feature: ``{"country": "NO"}``. A number
            of a feature in bins stands in the rows as it is; others are drawn by its bin.
        random_state : int or None
            Seed; None takes that of the model.

        Returns
        -------
        DataFrame
            A column for each feature, without gaps. Numbers in bins are the typical value of their
            bin, dates are in parts, and a cell of several values has one.

        Raises
        ------
        NotFittedError, ParameterError, UnknownFeatureError, UnknownCategoryError

        Examples
        --------
        >>> from cat2vec import Cat2Vec
        >>> table = {"city": ["Oslo", "Rome"] * 50, "food": ["cod", "pasta"] * 50}
        >>> Cat2Vec(vector_size=1).fit(table).sample(2, {"city": "Rome"})["food"].tolist()
        ['pasta', 'pasta']
        """
        check_is_fitted(self, "vectors_")
        return sampled(self, n, given, random_state)

    @documented
    def suspicious_cells(self, X: Any, n: int = 100) -> pd.DataFrame:
        """Find the cells that look wrong: unlikely where another category is nearly sure.

        Each row is judged with its own counts left out, so that a typo does not vouch for itself.

        Parameters
        ----------
        X : as in fit
            The rows of fit, or others.
        {n}

        Returns
        -------
        DataFrame
            Columns row (its label in the index of a pandas table, its number, counted from 0, in
            others), column, value, probability (of the value, by the other cells of its row),
            suggestion, suggestion_probability, bits (by which the suggestion is likelier, times its
            probability; by these lines are ordered) and support (rows of fit that hold the
            suggestion).

        Raises
        ------
        NotFittedError, NotAvailableError, ParameterError, UnknownFeatureError, UnseenCategoryError

        Examples
        --------
        >>> from cat2vec import Cat2Vec
        >>> table = {"city": ["Oslo", "Rome"] * 9 + ["Osl"],
        ...          "land": ["NO", "IT"] * 9 + ["NO"],
        ...          "food": ["cod", "pasta"] * 9 + ["cod"]}
        >>> found = Cat2Vec(vector_size=1).fit(table).suspicious_cells(table, n=1)
        >>> found[["row", "column", "value", "suggestion"]].values.tolist()
        [[18, 'city', 'Osl', 'Oslo']]
        """
        check_is_fitted(self, "vectors_")
        return wrong_looking_cells(self, X, n)

    @documented
    def explore(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        report: Report | None = None,
        max_categories: int = 200_000,
        overwrite: bool = False,
    ) -> Exploration:
        """Make a page to explore the vectors, which notebooks show, and write it as one file.

        It has a map of each feature, the nearest neighbours of each category, comparisons of two
        categories by what each feature contributes to their similarity, the table of categories and
        the associations of columns, and needs neither a network nor other files.

        Parameters
        ----------
        path : path or None
            File to write; None writes none, which ``save`` of what is given can do later.
        report : Report or None
            Of ``report``; the page shows its figures.
        {max_categories}
        {overwrite}

        Returns
        -------
        Exploration

        Raises
        ------
        NotFittedError, ParameterError, OutputExistsError

        Examples
        --------
        >>> from cat2vec import Cat2Vec
        >>> table = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
        >>> Cat2Vec(vector_size=1).fit(table).explore()
        Exploration(4 categories of 2 features)
        """
        check_is_fitted(self, "vectors_")
        if path is not None:
            check_page_file(path, overwrite)
        page = explored(self, report, max_categories)
        if path is not None:
            page.save(path, overwrite=overwrite)
        return page

    def plot(
        self,
        feature: str,
        *,
        by: str = "pca",
        color: str | None = None,
        n_clusters: int | None = None,
        names: str | Collection[Any] = "rows",
        n_categories: int = 1000,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw a map of the categories of a feature; see ``cat2vec.plots.plot``."""
        check_is_fitted(self, "vectors_")
        return plots.plot(
            self,
            feature,
            by=by,
            color=color,
            n_clusters=n_clusters,
            names=names,
            n_categories=n_categories,
            ax=ax,
        )

    @documented
    def plot_associations(
        self, X: Any = None, sample_weight: Any = None, *, ax: Axes | None = None
    ) -> Axes:
        """Draw how columns are associated; see ``cat2vec.plots.plot_associations``.

        Parameters
        ----------
        X : as in fit, or None
            Rows to count. None takes the pair counts that the model keeps; without pairs that
            ``exclude_pairs`` names, if ``fit`` kept them.
        {sample_weight}
        {ax}
        """
        check_is_fitted(self, "vectors_")
        counts = self if X is None else associated_counts(self, X, sample_weight)
        return plots.plot_associations(counts, ax=ax)

    def plot_sizes(self, report: Report | None = None, *, ax: Axes | None = None) -> Axes:
        """Draw what each axis holds, or what sizes gain by a report; see ``cat2vec.plots``."""
        check_is_fitted(self, "vectors_")
        return plots.plot_sizes(self if report is None else report, ax=ax)

    def plot_training(self, *, ax: Axes | None = None) -> Axes:
        """Draw the loss by sweep or epoch; see ``cat2vec.plots.plot_training``."""
        check_is_fitted(self, "vectors_")
        return plots.plot_training(self, ax=ax)

    def plot_moves(self, earlier: Cat2Vec, n: int = 10, *, ax: Axes | None = None) -> Axes:
        """Draw what moved since an earlier model; see ``cat2vec.plots.plot_moves``."""
        check_is_fitted(self, "vectors_")
        check_is_model(earlier)
        check_is_fitted(earlier, "vectors_")
        return plots.plot_moves(self, earlier, n=n, decay=decay_since(self, earlier), ax=ax)

    def to_keyed_vectors(self, feature: str | None = None) -> KeyedVectors:
        """Turn the vectors into gensim ``KeyedVectors``, of all features or of one.

        Most frequent keys first. Keys are text: of numbers, ask for ``"3"``, as gensim takes 3 for
        a position; see ``cat2vec.export.keyed_vectors.to_keyed_vectors``.
        """
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

    def to_onnx(self) -> onnx.ModelProto:
        """Turn ``transform`` into an ONNX graph; see ``cat2vec.export.onnx.row_graph``."""
        check_is_fitted(self, "vectors_")
        return to_onnx(self)

    @documented
    def save(
        self,
        folder: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        rare_names: bool = True,
    ) -> None:
        """Write a model folder (safetensors and JSON); ``cat2vec.load`` reads it.

        A cat2vec model in the folder is replaced. Pair counts of ``partial_fit`` go into a folder
        ``counts`` in it, so that a loaded model can go on.

        Parameters
        ----------
        folder : path
        {overwrite, rare_names}
            Pair counts of ``partial_fit`` hold all names, so it is for models of ``fit``.

        Raises
        ------
        NotFittedError, OutputExistsError, ModelFormatError, ParameterError
        """
        check_is_fitted(self, "vectors_")
        save_estimator(self, folder, overwrite=overwrite, rare_names=rare_names)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.target_tags.required = False
        tags.transformer_tags.preserves_dtype = []
        return tags


def load(folder: str | os.PathLike[str]) -> Cat2Vec:
    """Load a model folder as a fitted ``Cat2Vec``.

    Raises
    ------
    ModelFormatError
        If the folder is no cat2vec model, is damaged, or is of an earlier or newer format.
    """
    return load_estimator(Cat2Vec, folder)
