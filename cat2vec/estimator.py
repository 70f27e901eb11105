"""``Cat2Vec``: the scikit-learn skin over encode, count and train. It decides nothing itself."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from cat2vec.conventions import as_array, checked_settings, columns_of, tell_unseen
from cat2vec.counting.in_memory import count_encoded
from cat2vec.errors import ModelFormatError, NoPairsError, NothingToScoreError, ParameterError
from cat2vec.export.keyed_vectors import to_keyed_vectors
from cat2vec.inspection.quality import held_out_gain
from cat2vec.storage import load_model, params_from_json, params_to_json, save_model
from cat2vec.tables.encode import EncodedTable, encode_table
from cat2vec.training.train import train_vectors
from cat2vec.vectors import Vectors
from cat2vec.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pandas as pd
    from gensim.models import KeyedVectors


class Cat2Vec(TransformerMixin, BaseEstimator):
    """Learn a vector for every category of a table, without a target, and write rows as numbers.

    Parameters
    ----------
    vector_size : int, default 32
        Numbers per category. A feature with m categories carries at most m - 1.
    features : list of str or None, default None
        Columns to use; None uses all.
    solver : {"auto", "counts", "rows", "gensim"}, default "auto"
        Who trains; "auto" picks by cost.
    negative : float, default 5
        Noise tokens per pair.
    ns_exponent : float, default 0.75
        Noise is drawn as count ** ns_exponent inside the context's feature.
    regularization : float, default 10
        Strength of the prior, in pairs: a category with fewer pairs than this stays near the
        average of its feature.
    epochs : int or "auto", default "auto"
        Passes over the rows (solvers "rows" and "gensim"); "auto" is 20.
    learning_rate : float or "auto", default "auto"
        First step size (solvers "rows" and "gensim"); "auto" is 0.025.
    numeric : {"bin", "category", "drop", "error"}, default "bin"
        What becomes of number columns; "bin" cuts those with more than ``n_bins`` distinct values
        into quantile bins and keeps the edges.
    n_bins : int, default 16
        Quantile bins of number columns.
    columns : dict or None, default None
        Kind per column where the guess is not wanted: "category", "numeric", ``Numeric(bins=8)``.
    handle_unknown : {"zero", "error"}, default "zero"
        What transform does with a category that fit did not see. Zero is the average category.
    row_vector : {"concat", "mean"}, default "concat"
        "concat" puts the vectors of a row's cells side by side; "mean" averages them.
    tol : float, default 1e-2
        The solver "counts" stops when more sweeps would add less than this share of the gain, as
        far as the last sweeps tell.
    max_sweeps : int, default 100
        The solver "counts" stops here and warns.
    n_jobs : int or None, default None
        Threads; None uses all cores. Results do not depend on it, except for the solver "gensim",
        which uses one thread unless told otherwise and is not repeatable with more.
    random_state : int, default 0
        Seed of the solvers "rows" and "gensim"; "counts" draws nothing.
    verbose : int, default 0
        1 tells the solver and why, and shows a progress bar with the loss.

    Attributes
    ----------
    vectors_ : Vectors
        Mapping from feature to a DataFrame of its vectors.
    vocabulary_ : Vocabulary
    loss_ : float
        Nats per pair, lower is better; compare models by ``gain_``.
    gain_ : float
        Loss of independence minus ``loss_``, nats per pair.
    solver_ : str
        The solver that trained.
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

    def __init__(
        self,
        vector_size: int = 32,
        *,
        features: Sequence[str] | None = None,
        solver: str = "auto",
        negative: float = 5,
        ns_exponent: float = 0.75,
        regularization: float = 10.0,
        epochs: int | str = "auto",
        learning_rate: float | str = "auto",
        numeric: str = "bin",
        n_bins: int = 16,
        columns: Mapping[str, Any] | None = None,
        handle_unknown: str = "zero",
        row_vector: str = "concat",
        tol: float = 1e-2,
        max_sweeps: int = 100,
        n_jobs: int | None = None,
        random_state: int = 0,
        verbose: int = 0,
    ) -> None:
        self.vector_size = vector_size
        self.features = features
        self.solver = solver
        self.negative = negative
        self.ns_exponent = ns_exponent
        self.regularization = regularization
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.numeric = numeric
        self.n_bins = n_bins
        self.columns = columns
        self.handle_unknown = handle_unknown
        self.row_vector = row_vector
        self.tol = tol
        self.max_sweeps = max_sweeps
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Cat2Vec:
        """Learn vectors from a table.

        Parameters
        ----------
        X : DataFrame, Table, dict of columns or array of shape (n_samples, n_features)
        y : ignored
            There is no target.
        sample_weight : list, array or Series of shape (n_samples,), or None
            A row of weight w counts as w rows, and a row of weight 0 is left out. Weights go by
            position, whatever the index of a Series says.

        Returns
        -------
        Cat2Vec
            This model, fitted.

        Raises
        ------
        ParameterError, TableError, CellError, UnknownFeatureError, TrainingDivergedError
        """
        self._fit(X, sample_weight)
        return self

    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> np.ndarray:
        """Learn vectors from a table and write its rows as numbers; the table is read once.

        Rows of weight 0 are written too, as ``transform`` writes them.
        """
        encoded = self._fit(X, sample_weight)
        tell_unseen(replace(encoded, weights=None), self.handle_unknown, stacklevel=4)
        return self._row_vectors(encoded)

    def _fit(self, X: Any, sample_weight: Any) -> EncodedTable:
        encoded = self._encode(X, sample_weight)
        self._train_on(encoded)
        return encoded

    def _encode(self, X: Any, sample_weight: Any = None) -> EncodedTable:
        """Check parameters and table, remember its columns, and turn it into codes."""
        checked_settings(self)
        found = columns_of(X)
        encoded = encode_table(
            found,
            features=self.features,
            columns=self.columns,
            numeric=self.numeric,
            n_bins=self.n_bins,
            sample_weight=sample_weight,
            n_jobs=self.n_jobs,
        )
        self._check_columns(X, reset=True)
        self._columns_in = list(found)
        self._reading: dict[str, Any] = {}  # how the command line read the file, for transform
        return encoded

    def _train_on(self, encoded: EncodedTable) -> None:
        settings = checked_settings(self)
        self._take(train_vectors(encoded, **settings, n_jobs=self.n_jobs, verbose=self.verbose))

    def _take(self, vectors: Vectors) -> None:
        self.vectors_ = vectors
        self.vocabulary_: Vocabulary = vectors.vocabulary
        self.loss_ = vectors.loss
        self.gain_ = vectors.gain
        self.solver_: str = vectors.settings["solver"]

    def _check_columns(self, X: Any, reset: bool) -> None:
        """Keep, or compare with, the names and number of columns, as scikit-learn does.

        A dict of columns goes by its names alone: it may hold more, in any order.
        """
        if not isinstance(X, Mapping):
            validate_data(self, as_array(X), reset=reset, skip_check_array=True)
            return
        names = np.array([str(name) for name in X], dtype=object)
        if reset:
            self.n_features_in_, self.feature_names_in_ = len(names), names

    def transform(self, X: Any) -> np.ndarray:
        """Write rows as dense numbers.

        Parameters
        ----------
        X : as in fit

        Returns
        -------
        ndarray of shape (n_samples, n_features * vector_size), float32
            The vectors of a row's cells side by side, or (n_samples, vector_size) with
            ``row_vector="mean"``. Missing and unseen cells are zeros. A DataFrame after
            ``set_output``.

        Raises
        ------
        NotFittedError, UnseenCategoryError, UnknownFeatureError
        """
        check_is_fitted(self, "vectors_")
        encoded = self._encode_again(X)
        return self._row_vectors(encoded)

    def _encode_again(self, X: Any, sample_weight: Any = None) -> EncodedTable:
        found = columns_of(X)
        self._check_columns(X, reset=False)
        if not isinstance(X, Mapping):  # where only one side has names, columns go by position
            found = dict(zip(self._columns_in, found.values(), strict=True))
        encoded = encode_table(
            found, vocabulary=self.vocabulary_, sample_weight=sample_weight, n_jobs=self.n_jobs
        )
        tell_unseen(encoded, self.handle_unknown, stacklevel=4)
        return encoded

    def _row_vectors(self, encoded: EncodedTable) -> np.ndarray:
        size = self.vectors_.vector_size
        with_zero = np.concatenate([self.vectors_.matrix, np.zeros((1, size), np.float32)])
        ids = encoded.token_ids()
        rows = with_zero[ids]
        if self.row_vector == "concat":
            return rows.reshape(len(ids), ids.shape[1] * size)
        present = np.maximum((ids >= 0).sum(axis=1, keepdims=True), 1)
        return (rows.sum(axis=1) / present).astype(np.float32)

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
        known = getattr(self, "feature_names_in_", None)
        if known is not None and list(known if input_features is None else input_features) != list(
            known
        ):
            raise ParameterError("input_features is not equal to feature_names_in_")
        size = self.vectors_.vector_size
        if self.row_vector == "mean":
            return np.array([f"cat2vec_{i}" for i in range(size)], dtype=object)
        features = list(self.vocabulary_.features)
        if input_features is not None and known is None:
            if len(input_features) != self.n_features_in_:
                raise ParameterError(
                    f"input_features should have length equal to number of features "
                    f"({self.n_features_in_}), got {len(input_features)}"
                )
            given = dict(zip(self._columns_in, map(str, input_features), strict=True))
            features = [given[name] for name in features]
        return np.array([f"{name}_{i}" for name in features for i in range(size)], dtype=object)

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

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write a model folder (safetensors and JSON); ``cat2vec.load`` reads it.

        A cat2vec model in the folder is replaced; other files are an error without ``overwrite``
        and stay untouched with it.
        """
        check_is_fitted(self, "vectors_")
        plain = params_to_json(self.get_params(deep=False))
        plain["_columns_in"] = self._columns_in
        plain["_columns_have_names"] = hasattr(self, "feature_names_in_")
        plain["_reading"] = self._reading
        save_model(self.vectors_, folder, plain, overwrite=overwrite)

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
        If the folder is no cat2vec model, is damaged, or is of a newer format.
    """
    vectors, params = load_model(folder)
    try:
        columns_in, have_names = params.pop("_columns_in"), params.pop("_columns_have_names")
        reading = dict(params.pop("_reading", {}))
        model = Cat2Vec(**params_from_json(params))
    except (KeyError, TypeError) as error:
        raise ModelFormatError(
            f"{str(folder)!r} was not saved by Cat2Vec.save of this version ({error}). Train the "
            f"model again."
        ) from None
    model._columns_in, model.n_features_in_ = list(columns_in), len(columns_in)
    model._reading = reading
    if have_names:
        model.feature_names_in_ = np.array(columns_in, dtype=object)
    model._take(vectors)
    return model
