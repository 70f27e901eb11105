"""``Vectors``: one vector per category, looked up by the words of the table.

Takes matrices by token id and a ``Vocabulary``. Gives dataframes per feature and answers about
neighbours. Knows nothing of how the vectors were trained or where they are stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec.axes import in_order, token_weights
from cat2vec.errors import (
    ParameterError,
    integer_problem,
)
from cat2vec.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Vectors(Mapping):
    """Vectors of all categories; a mapping from feature to a DataFrame of its vectors.

    Parameters
    ----------
    vocabulary : Vocabulary
    matrix : ndarray of shape (n_tokens, vector_size), float32
        Canonical vectors: columns in order of the association they carry (after an update in the
        axes of the vectors before; see ``ordered``), frequency-weighted mean of every feature zero.
        These are the vectors to use.
    center, context : ndarray of shape (n_tokens, at least vector_size), float32
        Raw matrices of the solver, from which cells are predicted; after "gensim" with extra
        columns that hold constants.
    settings : dict
        Parameters of training, as JSON values.
    losses : tuple of float
        Loss in nats per pair after each sweep or epoch; the last one is exact wherever the pair
        counts were at hand.
    independence_loss : float
        Loss of zero vectors, in nats per pair; NaN where it was not computed.

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

    def __post_init__(self) -> None:
        for name in ("matrix", "center", "context"):
            array = getattr(self, name)
            if array.ndim != 2 or len(array) != self.vocabulary.n_tokens:
                raise ValueError(f"{name} must have one row per token, got shape {array.shape}")

    def __repr__(self) -> str:
        return (
            f"Vectors({self.vocabulary.n_tokens:,} tokens of {self.vocabulary.n_features} "
            f"features, vector_size {self.vector_size}, solver {self.settings.get('solver')}, "
            f"gain {self.gain:.4f} nats per pair)"
        )

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
        """How far the loss lies below that of independence, nats per pair, higher is better."""
        return self.independence_loss - self.loss

    def __len__(self) -> int:
        return self.vocabulary.n_features

    def __iter__(self) -> Iterator[str]:
        return iter(self.vocabulary.features)

    def __contains__(self, feature: object) -> bool:
        return feature in self.vocabulary.features

    def __getitem__(self, feature: str) -> pd.DataFrame:
        """Give the vectors of one feature: index = categories, columns ``feature_0`` and so on."""
        import pandas as pd

        position = self.vocabulary.schema.position(feature)
        index = _index(self.vocabulary.categories[position], feature)
        return pd.DataFrame(
            self.matrix[self.vocabulary.tokens_of(feature)],
            index=index,
            columns=[f"{feature}_{i}" for i in range(self.vector_size)],
        )

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
        category : hashable
            The original value; for a numeric feature a number or the text of a bin.
        n : int
        among : str, sequence of str or None
            Feature or features to search; None searches the category's own feature.

        Returns
        -------
        DataFrame
            Columns feature, category, similarity (cosine, -1 to 1) and rows (how many rows of the
            training table hold the category), most similar first; ties in order of token id. The
            category itself is left out.

        Raises
        ------
        UnknownFeatureError, UnknownCategoryError, ParameterError

        Examples
        --------
        >>> from cat2vec import count_pairs, train_vectors
        >>> table = {"city": ["Oslo", "Bergen", "Rome", "Pisa"] * 9,
        ...          "food": ["cod", "cod", "pasta", "pasta"] * 9}
        >>> train_vectors(count_pairs(table), vector_size=2).nearest("city", "Oslo", n=1)
          feature category  similarity  rows
        0    city   Bergen         1.0     9
        """
        import pandas as pd

        if problem := integer_problem("n", n, least=1):
            raise ParameterError(problem)
        token = self.vocabulary.token_id(feature, category)
        wanted = [feature] if among is None else [among] if isinstance(among, str) else list(among)
        if not wanted:
            raise ParameterError("among must name at least one feature, got an empty list.")
        slices = [self.vocabulary.tokens_of(name) for name in dict.fromkeys(wanted)]
        candidates = np.concatenate([np.arange(part.start, part.stop) for part in slices])
        candidates = candidates[candidates != token]
        cosines = self._cosines(token, candidates)
        best = np.lexsort((candidates, -cosines))[:n]
        tokens = [self.vocabulary.token(int(found)) for found in candidates[best]]
        return pd.DataFrame(
            {
                "feature": [found.feature for found in tokens],
                "category": _index(_as_objects([found.category for found in tokens])),
                "similarity": cosines[best],
                "rows": self.vocabulary.counts[candidates[best]],
            }
        )

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
        token = self.vocabulary.token_id(feature, category)
        if other_feature is None:
            other_feature = feature
        second = self.vocabulary.token_id(other_feature, other)
        return float(self._cosines(token, np.array([second]))[0])

    def _cosines(self, token: int, candidates: np.ndarray) -> np.ndarray:
        wanted = self.matrix[token].astype(np.float64)
        others = self.matrix[candidates].astype(np.float64)
        sizes = np.linalg.norm(others, axis=1) * np.linalg.norm(wanted)
        products = (others * wanted).sum(axis=1)
        return np.clip(products / np.where(sizes > 0, sizes, 1.0), -1.0, 1.0)

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
        return replace(self, matrix=in_order(self.matrix, token_weights(self.vocabulary)))

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
        if (
            isinstance(n, bool)
            or not isinstance(n, (int, np.integer))
            or not (1 <= n <= self.vector_size)
        ):
            raise ParameterError(
                f"n must be an integer from 1 to vector_size={self.vector_size}, got {n!r}."
            )
        tokens = self.vocabulary.tokens_of(feature)
        weight = np.sqrt(self.vocabulary.shares[tokens])[:, None]
        vectors = self.matrix[tokens].astype(np.float64)
        vectors = vectors - (weight**2 * vectors).sum(axis=0)
        _, _, axes = np.linalg.svd(weight * vectors, full_matrices=False)
        numbers = np.zeros((len(vectors), n))
        numbers[:, : len(axes[:n])] = vectors @ axes[:n].T
        if len(numbers):
            largest = numbers[np.abs(numbers).argmax(axis=0), np.arange(n)]
            numbers *= np.where(largest < 0, -1.0, 1.0)
        return type(frame)(numbers.astype(np.float32), index=frame.index, columns=frame.columns[:n])


def _as_objects(values: Sequence[Any]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = [value.item() if isinstance(value, np.generic) else value for value in values]
    return array


def _index(categories: np.ndarray, name: str | None = None) -> pd.Index:
    """Make an index of categories; pandas picks the type, except for what it cannot hold."""
    import pandas as pd

    try:
        return pd.Index(categories, name=name, tupleize_cols=False)
    except UnicodeEncodeError:  # lone surrogates are text in Python and not in Arrow
        return pd.Index(categories, name=name, tupleize_cols=False, dtype=object)
