"""``Vectors``: one vector per category, looked up by feature and category.

Takes matrices by token id and a ``Vocabulary``. Gives dataframes per feature and answers about
neighbours. Knows nothing of how the vectors were trained or where they are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec.errors import ParameterError, named, setting
from cat2vec.parameters import (
    check_parameters,
    documented,
    feature_name,
    integer_problem,
    one_or_several,
)
from cat2vec.vectors.axes import best_numbers, cosines_with, in_order, relative_errors
from cat2vec.vectors.frames import category_index, frame_of, index_of
from cat2vec.vectors.page import page_of
from cat2vec.vocabulary.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Vectors(Mapping[str, "pd.DataFrame"]):
    """Vectors of all categories; a mapping from feature to a DataFrame of its vectors.

    Parameters
    ----------
    vocabulary : Vocabulary
    matrix : ndarray of shape (n_tokens, vector_size), float32
        Canonical vectors: columns in order of the association they carry (after an update in the
        axes of the vectors before; see ``ordered``), frequency-weighted mean of every feature zero.
        Sizes of features are made more even, so compare lengths within one. These are the vectors
        to use.
    center, context : ndarray of shape (n_tokens, at least vector_size), float32
        Raw matrices of the solver, from which cells are predicted; after "gensim" with extra
        columns that hold constants.
    settings : dict
        Parameters of training, as JSON values. ``estimated_losses`` stands there where the solver
        "counts" took noise roughly: "all but the last", or "all", with ``loss_standard_error``.
    losses : tuple of float
        Loss in nats per pair after each sweep or epoch; the last one is exact wherever the pair
        counts were at hand, unless ``settings`` say otherwise.
    independence_loss : float
        Loss of zero vectors, in nats per pair; NaN where it was not computed.
    standard_error : ndarray of shape (n_tokens,), float32, or None
        How far each vector may lie from where endless rows would put it, in units of its length,
        by ``training/standard_errors.py``. None unless ``regularization="auto"`` learned a prior.

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Oslo", "Rome", "Rome"], "food": ["cod", "cod", "pasta", "pasta"]}
    >>> vectors = train_vectors(count_pairs(table), vector_size=2)
    >>> list(vectors), vectors["city"].index.tolist(), vectors["city"].columns.tolist()
    (['city', 'food'], ['Oslo', 'Rome'], ['city_0', 'city_1'])
    """

    vocabulary: Vocabulary
    matrix: np.ndarray
    center: np.ndarray
    context: np.ndarray
    settings: dict[str, Any]
    losses: tuple[float, ...]
    independence_loss: float
    standard_error: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name in ("matrix", "center", "context"):
            array = getattr(self, name)
            if array.ndim != 2 or len(array) != self.vocabulary.n_tokens:
                raise ValueError(f"{name} must have one row per token, got shape {array.shape}.")

    def __repr__(self) -> str:
        return (
            f"Vectors({self.vocabulary.n_tokens:,} tokens of {self.vocabulary.n_features} "
            f"features, vector_size {self.vector_size}, solver {self.settings.get('solver')}, "
            f"gain {self.gain:.4f} nats per pair)"
        )

    def _repr_html_(self) -> str:
        return page_of(self)

    @property
    def vector_size(self) -> int:
        """Numbers per category."""
        return int(self.matrix.shape[1])

    @property
    def loss(self) -> float:
        """Loss after training, nats per pair, lower is better."""
        return self.losses[-1]

    @property
    def gain(self) -> float:
        """How far the loss of the training rows lies below that of independence, in nats."""
        return self.independence_loss - self.loss

    @property
    def regularization(self) -> float:
        """Strength of the prior: as it was set, or what "auto" learned."""
        learned = self.settings.get("learned_regularization")
        return float(self.settings["regularization"] if learned is None else learned)

    @property
    def _names(self) -> tuple[str, ...]:
        schema = self.vocabulary.schema
        return (*schema.features, *(name for name, _ in schema.shared))

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __contains__(self, feature: object) -> bool:
        return feature_name(feature) in self._names

    def __getitem__(self, feature: str) -> pd.DataFrame:
        """Give the vectors of one feature: index = categories, columns ``feature_0`` and so on.

        The name of a shared vocabulary gives the vectors that its features have in common.
        Rare categories that were pooled have one row together, labelled ``RARE``.
        """
        import pandas as pd

        feature = feature_name(feature)
        vocabulary, matrix = self.vocabulary_and_matrix(feature)
        position, tokens = vocabulary.schema.position(feature), vocabulary.tokens_of(feature)
        return pd.DataFrame(
            matrix[tokens],
            index=index_of(vocabulary.categories[position], feature),
            columns=[f"{feature}_{i}" for i in range(self.vector_size)],
        )

    def to_frame(self) -> pd.DataFrame:
        """Give the vectors of all features in one frame.

        Index = feature and category, columns 0, 1 and so on. What features share stands once, under
        the name of the shared vocabulary.

        Examples
        --------
        >>> from cat2vec import count_pairs, train_vectors
        >>> table = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
        >>> train_vectors(count_pairs(table), vector_size=2).to_frame().loc["city"].shape
        (2, 2)
        """
        return frame_of(*self.vocabulary_and_matrix())

    def vocabulary_and_matrix(self, name: str | None = None) -> tuple[Vocabulary, np.ndarray]:
        """Give the vocabulary that a name stands for, and its vectors.

        Parameters
        ----------
        name : str or None
            A feature, or a shared vocabulary; None stands for all that has vectors of its own.

        Returns
        -------
        vocabulary : Vocabulary
            The vocabulary, or its ``of_vectors``, in which shared features are one.
        matrix : ndarray of shape (vocabulary.n_tokens, vector_size), float32

        Raises
        ------
        UnknownFeatureError
        """
        own = self.vocabulary
        vocabulary = own.of_vectors if name is None else own.vocabulary_of(name)
        return vocabulary, self.matrix if vocabulary is own else own.by_vector(self.matrix)

    def token_of(self, feature: str, category: Any) -> int:
        """Give a token that has the vector of a category; the feature may be a shared name."""
        own = self.vocabulary
        vocabulary = own.vocabulary_of(feature)
        token = vocabulary.token_asked_for(feature, category)
        return token if vocabulary is own else int(own.token_of_vector[token])

    @documented
    def nearest(
        self,
        feature: str,
        category: Any,
        n: int = 10,
        among: str | Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Find the categories most like a given one.

        Parameters
        ----------
        feature : str
            Or the name of a shared vocabulary, here and in ``among``.
        category : hashable
            The original value; for a numeric feature the text of a bin, or a number, and a warning
            says in which bin it lies. A rare category that was pooled, or ``RARE``, stands for all
            of them.
        {n, among}
            None searches the category's own feature.

        Returns
        -------
        DataFrame
            Columns feature, category, similarity (cosine, -1 to 1) and rows (how many rows of the
            training table hold the category), most similar first; ties in order of token id. The
            category itself is left out, in all features that share its vector. With standard
            errors, relative_error is that share of the vector's length; above 1 it says little.

        Raises
        ------
        UnknownFeatureError, UnknownCategoryError, ParameterError

        Warns
        -----
        BinWarning
            If a number is asked for, and the answer is that of the bin it lies in.

        Examples
        --------
        >>> from cat2vec import count_pairs, train_vectors
        >>> table = {"city": ["Oslo", "Bergen", "Rome", "Pisa"] * 9,
        ...          "food": ["cod", "cod", "pasta", "pasta"] * 9}
        >>> train_vectors(count_pairs(table), vector_size=2).nearest("city", "Oslo", n=1)
          feature category  similarity  rows
        0    city   Bergen         1.0     9
        """
        token = self.token_of(feature, category)
        wanted = feature if among is None else among
        return self.nearest_to(self.matrix[token], wanted, n, leaving_out=[token])

    def nearest_to(
        self,
        direction: np.ndarray,
        among: str | Sequence[str],
        n: int = 10,
        leaving_out: Sequence[int] = (),
    ) -> pd.DataFrame:
        """Find the categories whose vectors point most nearly in a direction.

        Parameters
        ----------
        direction : ndarray of shape (vector_size,)
        among, n : as in nearest
        leaving_out : sequence of int
            Token ids; what has the vector of one of these is left out.

        Returns
        -------
        DataFrame
            As of ``nearest``.
        """
        import pandas as pd

        check_parameters(n=n)
        vocabulary = self.vocabulary
        wanted = one_or_several(among, self._names)
        if not wanted:
            raise ParameterError(
                f"{named('among')} must name at least one feature, got an empty list."
            )
        found, counts, names = [], [], []
        for name in wanted:
            known = vocabulary.vocabulary_of(name)
            tokens_of_name = known.tokens_of(name)
            part = np.arange(tokens_of_name.start, tokens_of_name.stop)
            counts.append(known.counts[part])
            names += [name] * len(part)
            found.append(part if known is vocabulary else vocabulary.token_of_vector[part])
        candidates, rows = np.concatenate(found), np.concatenate(counts)
        vector_of = vocabulary.vector_of_token
        same = np.isin(vector_of[candidates], vector_of[np.asarray(leaving_out, np.int64)])
        cosines = cosines_with(direction, self.matrix[candidates])
        best = np.lexsort((candidates, -cosines))
        best = best[~same[best]][:n]
        tokens = [vocabulary.token(int(one)) for one in candidates[best]]
        answer = {
            "feature": [names[place] for place in best],
            "category": category_index([one.category for one in tokens]),
            "similarity": cosines[best],
            "rows": rows[best],
        }
        if self.standard_error is not None:
            near = candidates[best]
            answer["relative_error"] = relative_errors(self.matrix[near], self.standard_error[near])
        return pd.DataFrame(answer)

    def similarity(
        self, feature: str, category: Any, other: Any, other_feature: str | None = None
    ) -> float:
        """Compute the cosine of two categories, of one feature or of two.

        Parameters
        ----------
        feature : str
        category, other : hashable
            Original values.
        other_feature : str or None
            Feature of ``other``; None means the same feature.

        Returns
        -------
        float
            From -1 to 1; 0 if either vector is zero.

        Raises
        ------
        UnknownFeatureError, UnknownCategoryError
        """
        token = self.token_of(feature, category)
        second = self.token_of(feature if other_feature is None else other_feature, other)
        return float(cosines_with(self.matrix[token], self.matrix[[second]])[0])

    def ordered(self) -> Vectors:
        """Turn the vectors so that their columns stand in order of the association they carry.

        Vectors of ``fit`` stand so already. ``partial_fit`` keeps them where they were instead, so
        that stored vectors stay comparable; this gives the order back. Cosines and distances are
        the same either way.

        Returns
        -------
        Vectors
            With another ``matrix``; all else is shared.

        Examples
        --------
        >>> from cat2vec import count_pairs, train_vectors
        >>> table = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
        >>> vectors = train_vectors(count_pairs(table), vector_size=2)
        >>> bool(np.allclose(vectors.ordered().matrix, vectors.matrix, atol=1e-5))
        True
        """
        _, matrix = self.vocabulary_and_matrix()
        turned = in_order(matrix)
        return replace(self, matrix=self.vocabulary.by_token(turned))

    def reduce(self, feature: str, n: int) -> pd.DataFrame:
        """Give the ``n`` best numbers for one feature: weighted PCA of its vectors.

        Categories weigh as often as they occur, so the numbers keep as much as possible of the
        squared distances between the cells of the column.

        Parameters
        ----------
        feature : str
        n : int
            At most vector_size; dimensions that the feature does not have are zero.

        Returns
        -------
        DataFrame
            Index = categories, columns ``feature_0`` to ``feature_{n - 1}``, most telling first;
            the entry of largest size in each column is positive.

        Raises
        ------
        UnknownFeatureError, ParameterError
        """
        frame = self[feature]
        vocabulary, matrix = self.vocabulary_and_matrix(feature)
        numbers = self.reduction(feature, n)(matrix[vocabulary.tokens_of(feature)])
        return type(frame)(numbers, index=frame.index, columns=frame.columns[:n])

    def reduction(self, feature: str, n: int) -> Callable[[np.ndarray], np.ndarray]:
        """Give the function that writes vectors of a feature as its ``n`` best numbers.

        Parameters
        ----------
        feature : str
        n : int
            At most vector_size.

        Returns
        -------
        callable
            Takes (m, vector_size) vectors, also of categories that fit did not see; gives (m, n)
            float32.

        Raises
        ------
        UnknownFeatureError, ParameterError
        """
        vocabulary, matrix = self.vocabulary_and_matrix(feature)
        tokens = vocabulary.tokens_of(feature)
        if integer_problem("n", n, least=1) or n > self.vector_size:
            most = setting("vector_size", self.vector_size)
            raise ParameterError(f"{named('n')} must be an integer from 1 to {most}, got {n!r}.")
        return best_numbers(matrix[tokens], vocabulary.shares[tokens], n)
