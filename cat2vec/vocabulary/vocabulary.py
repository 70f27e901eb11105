"""The vocabulary of a table: which features there are, which categories each has, their token ids.

Takes a ``Schema``, category arrays and counts that ``tables`` found. Gives ``Vocabulary``, which
turns (feature, category) into a token id and back. Knows nothing of dataframes, pairs or vectors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from cat2vec.errors import BinWarning, UnknownCategoryError, UnknownFeatureError, warn
from cat2vec.kernels.once import cached_property
from cat2vec.parameters import feature_name
from cat2vec.vocabulary.categories import MISSING_CATEGORY as MISSING_CATEGORY
from cat2vec.vocabulary.categories import RARE as RARE
from cat2vec.vocabulary.categories import category_key as category_key
from cat2vec.vocabulary.categories import category_text as category_text
from cat2vec.vocabulary.categories import date_or_midnight, is_missing, tidied
from cat2vec.vocabulary.categories import feature_text as feature_text
from cat2vec.vocabulary.categories import sorted_by_key as sorted_by_key
from cat2vec.vocabulary.lookup import Lookup
from cat2vec.vocabulary.schema import Codec as Codec
from cat2vec.vocabulary.schema import Reading as Reading
from cat2vec.vocabulary.schema import Schema as Schema

#: Codes of cells without a token. Kernels treat every negative code as "no token here".
MISSING, UNSEEN = -1, -2


class Token(NamedTuple):
    """A category of a feature, such as ``Token("city", "Oslo")``."""

    feature: str
    category: Any


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """All tokens of a table: ids, counts and the categories behind them.

    A token id is ``offsets[feature] + code``, so the tokens of a feature are one slice. Features of
    a shared vocabulary have the same categories in the same order: tokens of their own, with counts
    of their own, and one vector for each category (``vector_of_token``).

    Parameters
    ----------
    schema : Schema
    categories : tuple of ndarray
        Per feature, shape (n_categories,), ordered by value; labels of bins for numeric features.
        Number, boolean and date columns keep their dtype, all others are object arrays.
    counts : ndarray of shape (n_tokens,), int64 or float64
        In how many rows each token stands; float64 where weights are not whole, NaN if not known.
    pooled : tuple of ndarray
        Per feature, the categories that share its token ``RARE``, ordered by value; empty where it
        has none, and () is that for all features. They are looked up as that token.

    Notes
    -----
    With ``missing="token"`` missing cells are ``MISSING_CATEGORY``, which None and NaN find.

    Examples
    --------
    >>> import numpy as np
    >>> schema = Schema(("city",), (Codec("category", "string"),))
    >>> cities = np.array(["Bergen", "Oslo"], dtype=object)
    >>> vocabulary = Vocabulary(schema, (cities,), np.array([1, 3]))
    >>> vocabulary.token_id("city", "Oslo"), vocabulary.token(1), vocabulary.text(1)
    (1, Token(feature='city', category='Oslo'), 'city=Oslo')
    """

    schema: Schema
    categories: tuple[np.ndarray, ...]
    counts: np.ndarray
    pooled: tuple[np.ndarray, ...] = ()

    def __post_init__(self) -> None:
        counts, n_features = np.asarray(self.counts), self.n_features
        dtype = np.float64 if counts.dtype.kind == "f" else np.int64
        object.__setattr__(self, "counts", counts.astype(dtype, copy=False))
        if not self.pooled:
            object.__setattr__(self, "pooled", (np.empty(0, object),) * n_features)
        if not len(self.categories) == len(self.pooled) == n_features:
            raise ValueError("every feature needs categories, and an array of pooled ones.")
        for codec, *arrays in zip(self.schema.codecs, self.categories, self.pooled, strict=True):
            codec.check_categories(*arrays)
        if self.counts.shape != (self.n_tokens,):
            raise ValueError(f"counts must have shape ({self.n_tokens},), got {self.counts.shape}.")
        if ((self.counts < 0) | np.isinf(self.counts)).any():  # NaN stands for unknown ones
            raise ValueError("counts must be finite and at least 0.")
        for name, members in self.schema.shared:
            places = [self.schema.position(feature) for feature in members]
            if len({(len(self.categories[at]), len(self.pooled[at])) for at in places}) > 1:
                raise ValueError(f"features that share {name!r} must have the same categories.")

    def __repr__(self) -> str:
        first = zip(self.features[:6], self.categories[:6], strict=True)
        kinds = ", ".join(f"{name} {len(found):,}" for name, found in first)
        more = f" and {self.n_features - 6} more" if self.n_features > 6 else ""
        return f"Vocabulary({self.n_features} features, {self.n_tokens:,} tokens: {kinds}{more})"

    @property
    def features(self) -> tuple[str, ...]:
        """Feature names, in order."""
        return self.schema.features

    @property
    def n_features(self) -> int:
        """Number of features."""
        return len(self.schema.features)

    @property
    def n_tokens(self) -> int:
        """Number of tokens over all features."""
        return int(self.offsets[-1])

    @cached_property
    def offsets(self) -> np.ndarray:
        """First token id of each feature and, last, their number: (n_features + 1,) int64."""
        sizes = [len(found) for found in self.categories]
        return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])

    @cached_property
    def rare_tokens(self) -> np.ndarray:
        """Token id of ``RARE`` in each feature, -1 where it has none: (n_features,) int64."""
        ids = np.full(self.n_features, -1, np.int64)
        for position, pooled in enumerate(self.pooled):
            if len(pooled):
                ids[position] = self.categories[position].tolist().index(RARE)
                ids[position] += self.offsets[position]
        return ids

    @cached_property
    def feature_of_token(self) -> np.ndarray:
        """Position of each token's feature: (n_tokens,) int64."""
        return np.repeat(np.arange(self.n_features), np.diff(self.offsets))

    @cached_property
    def present(self) -> np.ndarray:
        """Tokens of each feature in all rows: (n_features,), of the type of ``counts``.

        The rows in which it has one, unless its cells hold several values.
        """
        return np.array([part.sum() for part in np.split(self.counts, self.offsets[1:-1])])

    @cached_property
    def shares(self) -> np.ndarray:
        """Share of each token in those of its feature: (n_tokens,) float64; equal if not known."""
        if np.isnan(self.counts).any():
            return 1.0 / np.diff(self.offsets)[self.feature_of_token]
        present = np.where(self.present > 0, self.present, 1)
        return self.counts / present[self.feature_of_token]

    @cached_property
    def positive_counts(self) -> np.ndarray:
        """Rows of each token, 1 for those that no row holds: (n_tokens,) float64, above 0."""
        return np.where(self.counts > 0, self.counts, 1).astype(np.float64)

    def sum_by_feature(self, values: np.ndarray, which: slice = slice(None)) -> np.ndarray:
        """Add up the rows of the tokens of all features, or of some: (n_features, ...) float64."""
        starts, ends = self.offsets[:-1][which], self.offsets[1:][which]
        sums = np.zeros((len(starts), *values.shape[1:]))
        filled = np.flatnonzero(ends > starts)
        if len(filled):
            first = starts[filled] - starts[0]
            sums[filled] = np.add.reduceat(values, first, axis=0, dtype=np.float64)
        return sums

    def tokens_of(self, feature: str) -> slice:
        """Give the slice of token ids of a feature."""
        position = self.schema.position(feature)
        return slice(int(self.offsets[position]), int(self.offsets[position + 1]))

    @cached_property
    def _lookups(self) -> tuple[Lookup, ...]:
        rare = self.rare_tokens - self.offsets[:-1]
        return tuple(map(Lookup, self.categories, self.pooled, rare.tolist()))

    def missing_code(self, position: int) -> int:
        """Give the code of missing cells of a feature: ``MISSING`` unless they are a category."""
        return self._lookups[position].code_of_key(category_key(MISSING_CATEGORY), MISSING)

    def codes_of(self, position: int, values: Iterable[Any]) -> np.ndarray:
        """Look up the codes of many values of one feature.

        Parameters
        ----------
        position : int
            The feature's place in ``features``.
        values : iterable of hashable
            None is a missing cell.

        Returns
        -------
        ndarray of shape (n_values,), int32
            ``MISSING`` (-1) for None, ``UNSEEN`` (-2) for a value without a token.
        """
        values = list(values)
        present = [value for value in values if value is not None]
        found = self._lookups[position].codes(present, UNSEEN)
        if len(present) == len(values):
            return found
        codes = np.full(len(values), MISSING, np.int32)
        codes[[value is not None for value in values]] = found
        return codes

    def token_id(self, feature: str, category: Any) -> int:
        """Give the id of one token.

        Parameters
        ----------
        feature : str
        category : hashable
            The original value. For a numeric feature a number, which falls into its bin, or the
            text of the bin. A date also finds its midnight, and a midnight its date. None, NaN, NaT
            and ``pandas.NA`` find the category of missing cells, if there is one, and a pooled
            category the token ``RARE`` of its feature.

        Raises
        ------
        UnknownFeatureError, UnknownCategoryError
        """
        position = self.schema.position(feature)
        codec = self.schema.codecs[position]
        found = self.categories[position]
        category = None if is_missing(category) else category
        try:
            value = tidied(category) if codec.reading.normalize else category
            key = category_key(MISSING_CATEGORY if value is None else value)
            if codec.edges is not None and key[0] == 1:
                code = int(np.searchsorted(codec.edges, category, side="right"))
            else:
                lookup = self._lookups[position]
                code = lookup.code_of_key(key, UNSEEN)
                if code == UNSEEN:
                    code = lookup.code_of_key(date_or_midnight(key), UNSEEN)
        except (TypeError, ValueError, OverflowError):  # no hash, or too large a number
            code = UNSEEN
        if not 0 <= code < len(found):
            known = [*found.tolist(), *self.pooled[position].tolist()]
            raise UnknownCategoryError(feature, category, known)
        return int(self.offsets[position]) + code

    def token_asked_for(self, feature: str, category: Any) -> int:
        """Give a token as ``token_id`` does, and warn in which bin a number lies."""
        token = self.token_id(feature, category)
        label = self.token(token).category
        codec = self.schema.codecs[self.schema.position(feature)]
        if codec.edges is not None and category_key(category)[0] == 1 and category == category:
            warn(BinWarning(feature, category_text(category), label))
        return token

    def token_id_of_text(self, feature: str, text: str) -> int:
        """Give the id of the token whose category reads like ``text`` (for the command line)."""
        position = self.schema.position(feature)
        found = self.categories[position].tolist()
        for code, value in enumerate(found):
            if category_text(value) == text:
                return int(self.offsets[position]) + code
        pooled = self.pooled[position].tolist()
        if text in map(category_text, pooled):
            return int(self.rare_tokens[position])
        if self.schema.codecs[position].edges is not None:
            try:
                return self.token_asked_for(feature, float(text))
            except ValueError:
                pass
        raise UnknownCategoryError(feature, text, [*found, *pooled])

    def token(self, token_id: int) -> Token:
        """Give the feature and category behind a token id.

        Raises
        ------
        IndexError
            If there is no such token; -1 stands for none.
        """
        if not 0 <= token_id < self.n_tokens:
            raise IndexError(f"token ids run from 0 to {self.n_tokens - 1}, got {token_id}.")
        position = int(self.feature_of_token[token_id])
        category = self.categories[position][token_id - self.offsets[position]]
        return Token(self.features[position], category)

    def text(self, token_id: int) -> str:
        """Write a token as ``feature=category``."""
        feature, category = self.token(token_id)
        return f"{feature_text(feature)}={category_text(category)}"

    def texts(self) -> list[str]:
        """Write all tokens as ``feature=category``, in the order of their ids."""
        heads = [feature_text(name) for name in self.features]
        return [
            f"{head}={category_text(value)}"
            for head, found in zip(heads, self.categories, strict=True)
            for value in found.tolist()
        ]

    # Features of a shared vocabulary have tokens of their own, and vectors in common. Where nothing
    # is shared, tokens and vectors are one, and arrays are given back as they came.

    @cached_property
    def name_of_feature(self) -> np.ndarray:
        """Place of each feature in ``schema.vector_names``: (n_features,) int64."""
        place = {name: number for number, name in enumerate(self.schema.vector_names)}
        name_of = self.schema.name_of
        return np.array([place[name_of[feature]] for feature in self.schema.features], np.int64)

    @property
    def shares_vectors(self) -> np.ndarray:
        """Whether each feature has its vectors together with another: (n_features,) bool."""
        return np.bincount(self.name_of_feature)[self.name_of_feature] > 1

    @cached_property
    def of_vectors(self) -> Vocabulary:
        """The vocabulary of what has vectors: shared features are one, with counts added up.

        This vocabulary itself where nothing is shared.

        Examples
        --------
        >>> from cat2vec import encode_table
        >>> flights = {"origin": ["JFK", "LGA"], "dest": ["BOS", "JFK"], "hour": ["8", "9"]}
        >>> encoded = encode_table(flights, shared={"airport": ["origin", "dest"]})
        >>> vectors = encoded.vocabulary.of_vectors
        >>> encoded.vocabulary.n_tokens, vectors.texts(), vectors.counts.tolist()
        (8, ['airport=BOS', 'airport=JFK', 'airport=LGA', 'hour=8', 'hour=9'], [1, 2, 1, 1, 1])
        """
        if not self.schema.shared:
            return self
        first = self._first_features
        codecs = tuple(self.schema.codecs[feature] for feature in first)
        return replace(
            self,
            schema=replace(
                self.schema, features=self.schema.vector_names, codecs=codecs, shared=()
            ),
            categories=tuple(self.categories[feature] for feature in first),
            counts=self.sum_by_vector(self.counts),
            pooled=tuple(self.pooled[feature] for feature in first),
        )

    @cached_property
    def _first_features(self) -> list[int]:
        """First feature of each name in ``schema.vector_names``."""
        return np.unique(self.name_of_feature, return_index=True)[1].tolist()

    @cached_property
    def token_of_vector(self) -> np.ndarray:
        """First token of each vector: (n_vectors,) int64."""
        return np.concatenate(
            [np.arange(*self.offsets[feature : feature + 2]) for feature in self._first_features]
        )

    @cached_property
    def vector_of_token(self) -> np.ndarray:
        """Row of each token's vector in ``of_vectors``: (n_tokens,) int64."""
        sizes = [len(self.categories[feature]) for feature in self._first_features]
        starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
        return np.concatenate(
            [
                starts[self.name_of_feature[feature]] + np.arange(len(categories))
                for feature, categories in enumerate(self.categories)
            ]
        )

    def sum_by_vector(self, values: np.ndarray) -> np.ndarray:
        """Add up what tokens of one vector have: (n_tokens, ...) to (n_vectors, ...)."""
        if not self.schema.shared:
            return values
        sums = np.zeros((int(self.vector_of_token.max()) + 1, *values.shape[1:]), values.dtype)
        for tokens in map(slice, self.offsets[:-1], self.offsets[1:]):
            sums[self.vector_of_token[tokens]] += values[tokens]
        return sums

    def by_vector(self, values: np.ndarray) -> np.ndarray:
        """Take from tokens what those of one vector have in common: (n_vectors, ...)."""
        return values[self.token_of_vector] if self.schema.shared else values

    def by_token(self, values: np.ndarray) -> np.ndarray:
        """Give each token what its vector has: (n_vectors, ...) to (n_tokens, ...)."""
        return values[self.vector_of_token] if self.schema.shared else values

    def vocabulary_of(self, name: str) -> Vocabulary:
        """Give the vocabulary that knows a name: this one, or ``of_vectors`` for a shared name.

        Raises
        ------
        UnknownFeatureError
        """
        text = feature_name(name)
        if text in self.schema.features:
            return self
        names = (*self.schema.features, *(shared for shared, _ in self.schema.shared))
        if text not in names:
            raise UnknownFeatureError(name, names, "this model")
        return self.of_vectors
