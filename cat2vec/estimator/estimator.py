"""``Cat2Vec``: the scikit-learn skin over encode, count and train. It decides nothing itself."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from cat2vec.counting.encoded import count_encoded
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import ModelFormatError
from cat2vec.estimator.answers import Answers
from cat2vec.estimator.model_folder import load_model, params_from_json, params_to_json, save_model
from cat2vec.estimator.validation import (
    AvailableIf,
    check_can_go_on,
    check_columns,
    checked_settings,
    columns_again,
    columns_of,
    settings_for,
    tell_unseen,
)
from cat2vec.tables.encode import EncodedTable, encode_table
from cat2vec.tables.growing import encode_growing
from cat2vec.training.train import train_vectors
from cat2vec.training.update import first_vectors, update_vectors
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import Vocabulary


class Cat2Vec(Answers, TransformerMixin, BaseEstimator):
    """Learn a vector for every category of a table, without a target, and write rows as numbers.

    Parameters
    ----------
    vector_size : int or dict, default 32
        Numbers per category. A feature with m categories carries at most m - 1. In a dict,
        ``{"sex": 1, None: 16}``, None stands for the features it does not name (32 without it):
        training takes the largest size, and transform writes the best numbers of each feature
        (``Vectors.reduce``). ``vectors_`` has the size of training.
    features : list of str or None, default None
        Columns to use; None uses all.
    shared : dict or None, default None
        Columns that speak of the same things, ``{"airport": ["origin", "dest"]}``: they have one
        set of categories and vectors, and pair counts of their own.
    context : list of str or None, default None
        Columns that teach, and that transform does not write, though its tables have them.
        ``vectors_`` has theirs too.
    exclude_pairs : list of lists of str or None, default None
        In each list, columns that do not learn from each other, such as a code and its description.
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
        Passes over the rows. The solver "rows" stops by itself when held-out rows say that an epoch
        adds little, and then goes over all rows with shorter steps; "auto" is 20 for "gensim".
    learning_rate : float or "auto", default "auto"
        Longest step of a vector with the solver "rows" ("auto" is 2), first step size with "gensim"
        (0.025).
    min_count : int, default 1
        Categories of fewer rows share one token per feature, ``RARE``, where there are two or more
        of them. Looking up any of them gives its vector, and ``vectors_`` hold it once. Bins of
        numbers are not pooled. Columns that share a vocabulary count together.
    numeric : {"bin", "category", "drop", "error"}, default "bin"
        What becomes of number columns; "bin" cuts those with more than ``n_bins`` distinct values
        into quantile bins and keeps the edges.
    n_bins : int, default 16
        Quantile bins of number columns.
    columns : dict or None, default None
        Kind per column where the guess is not wanted: "category", "numeric", "dates",
        "multivalued", "identifier", or with options, such as ``Numeric(bins=8)``,
        ``Ordered([...])``, ``Dates(parts=[...])``, ``MultiValued(sep="|")``.
    missing : {"ignore", "token"}, default "ignore"
        Whether a missing cell adds nothing, or is a category of its own.
    missing_values : list, dict of lists or None, default None
        Values that mean a missing cell besides null and NaN, for all columns or by column.
    handle_unknown : {"zero", "rare", "fold_in", "error"}, default "zero"
        What transform does with a category that fit did not see. Zero is the average category.
        "rare" takes it for one of those that ``min_count`` pooled, in features that have some, and
        gives zeros in others; that helps on some tables and hurts on others. "fold_in" solves for
        its vector from the rows given to transform that hold it, with all else as it was trained:
        the vector depends on these rows and is not kept. ``score`` leaves unseen cells out in any
        case.
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
        1 tells the solver and why, what was pooled and folded in, and shows a progress bar with
        the loss.

    Attributes
    ----------
    vectors_ : Vectors
        Mapping from feature to a DataFrame of its vectors.
    vocabulary_ : Vocabulary
        With rare categories pooled; ``vocabulary_.pooled`` names them.
    counts_ : PairCounts
        Of all rows so far, with rare categories unpooled; only after ``partial_fit``.
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
        vector_size: int | Mapping[str | None, int] = 32,
        *,
        features: Sequence[str] | None = None,
        shared: Mapping[str, Sequence[str]] | None = None,
        context: Sequence[str] | None = None,
        exclude_pairs: Sequence[Sequence[str]] | None = None,
        solver: str = "auto",
        negative: float = 5,
        ns_exponent: float = 0.75,
        regularization: float = 10.0,
        epochs: int | str = "auto",
        learning_rate: float | str = "auto",
        min_count: int = 1,
        numeric: str = "bin",
        n_bins: int = 16,
        columns: Mapping[str, Any] | None = None,
        missing: str = "ignore",
        missing_values: Any = None,
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
        self.shared = shared
        self.context = context
        self.exclude_pairs = exclude_pairs
        self.solver = solver
        self.negative = negative
        self.ns_exponent = ns_exponent
        self.regularization = regularization
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.min_count = min_count
        self.numeric = numeric
        self.n_bins = n_bins
        self.columns = columns
        self.missing = missing
        self.missing_values = missing_values
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

    @AvailableIf(check_can_go_on)
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Cat2Vec:
        """Learn from more rows: the first call fits, later ones add to what is known.

        Pair counts of all calls are added up, and training goes on from the vectors of before, by
        the solver "counts". Features, their kinds and bin edges stay those of the first call; new
        categories join the vocabulary, and a rare one gets a vector of its own when it is no
        longer rare. ``vectors_`` are turned to lie near those of before, so that
        stored vectors stay comparable; ``vectors_.ordered()`` gives the order of columns back.

        Parameters
        ----------
        X, y, sample_weight : as in fit
            Only new rows, at least one of them with two present cells.

        Returns
        -------
        Cat2Vec
            This model, as it was if there is an error.

        Raises
        ------
        NotAvailableError
            If the solver is "rows" or "gensim", or the model was fitted with ``fit``, which keeps
            no counts.
        ParameterError, TableError, CellError, UnknownFeatureError, TrainingDivergedError

        Examples
        --------
        >>> january = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
        >>> february = {"city": ["Oslo", "Pisa"] * 9, "food": ["cod", "pasta"] * 9}
        >>> model = Cat2Vec(vector_size=1).partial_fit(january).partial_fit(february)
        >>> model.counts_.n_rows, model.nearest("city", "Pisa", n=1)["category"].tolist()
        (36, ['Rome'])
        """
        if not hasattr(self, "vectors_"):
            first = self._encode(X, sample_weight)
            self._take(*first_vectors(first, **settings_for(self, first.vocabulary)))
            return self
        settings = settings_for(self, self.counts_.vocabulary)
        encoded = encode_growing(
            columns_again(self, X),
            self.counts_.vocabulary,
            sample_weight=sample_weight,
            n_jobs=self.n_jobs,
        )
        counts = self.counts_ + count_encoded(encoded, self.n_jobs)
        self._take(update_vectors(self.vectors_, counts, **settings), counts)
        return self

    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> np.ndarray:
        """Learn vectors from a table and write its rows as numbers; the table is read once.

        Rows of weight 0 are written too, as ``transform`` writes them.
        """
        encoded = self._fit(X, sample_weight)
        if self.handle_unknown == "fold_in" and sample_weight is not None:
            return self._with_folded_in(X)
        encoded = encoded.pool(self.min_count)
        tell_unseen(replace(encoded, weights=None), self.handle_unknown, stacklevel=4)
        return self._rows_of(encoded, self.vectors_.matrix)

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
            shared=self.shared,
            missing=self.missing,
            missing_values=self.missing_values,
            sample_weight=sample_weight,
            n_jobs=self.n_jobs,
        )
        check_columns(self, X, reset=True)
        self._columns_in = list(found)
        self._reading: dict[str, Any] = {}  # how the command line read the file, for transform
        return encoded

    def _train_on(self, encoded: EncodedTable) -> None:
        self._take(train_vectors(encoded, **settings_for(self, encoded.vocabulary)))

    def _take(self, vectors: Vectors, counts: PairCounts | None = None) -> None:
        self.__dict__.pop("counts_", None)
        if counts is not None:
            self.counts_ = counts
        self.vectors_ = vectors
        self.vocabulary_: Vocabulary = vectors.vocabulary
        self.loss_ = vectors.loss
        self.gain_ = vectors.gain
        self.solver_: str = vectors.settings["solver"]

    def transform(self, X: Any) -> np.ndarray:
        """Write rows as dense numbers.

        Parameters
        ----------
        X : as in fit

        Returns
        -------
        ndarray of shape (n_samples, n_features * vector_size), float32
            The vectors of a row's cells side by side, without those of ``context``, or (n_samples,
            vector_size) with ``row_vector="mean"``. Missing cells are zeros, unseen ones as
            ``handle_unknown`` says: with "fold_in" what a row becomes depends on the other rows of
            X too. A DataFrame after ``set_output``.

        Raises
        ------
        NotFittedError, UnseenCategoryError, UnknownFeatureError
        """
        check_is_fitted(self, "vectors_")
        if self.handle_unknown == "fold_in":
            return self._with_folded_in(X)
        return self._rows_of(self._encode_again(X), self.vectors_.matrix)

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write a model folder (safetensors and JSON); ``cat2vec.load`` reads it.

        A cat2vec model in the folder is replaced; other files are an error without ``overwrite``
        and stay untouched with it. Pair counts of ``partial_fit`` go into a folder ``counts`` in
        it, so that a loaded model can go on.
        """
        check_is_fitted(self, "vectors_")
        plain = params_to_json(self.get_params(deep=False))
        plain["_columns_in"] = self._columns_in
        plain["_columns_have_names"] = hasattr(self, "feature_names_in_")
        plain["_reading"] = self._reading
        counts = getattr(self, "counts_", None)
        save_model(self.vectors_, folder, plain, counts, overwrite=overwrite)

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
    vectors, params, counts = load_model(folder)
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
    model._take(vectors, counts)
    return model
