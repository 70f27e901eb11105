"""Shared vocabularies: features that speak of the same things, and have their vectors together.

A part of ``Vocabulary``. Takes which features share one. Gives the way from tokens, which each
feature has of its own, to vectors, which shared features have in common, and back. Knows nothing of
what vectors are.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec.errors import UnknownFeatureError

if TYPE_CHECKING:
    from cat2vec.vocabulary.vocabulary import Schema, Vocabulary


class SharedWords:
    """Tokens and vectors; ``Vocabulary`` inherits it.

    Where nothing is shared, tokens and vectors are one, and arrays are given back as they came.
    """

    schema: Schema
    categories: tuple[np.ndarray, ...]
    counts: np.ndarray

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
    def of_vectors(self: Any) -> Vocabulary:
        """The words that have vectors: shared features are one, and their counts are added up.

        The vocabulary itself where nothing is shared.

        Examples
        --------
        >>> from cat2vec import encode_table
        >>> flights = {"origin": ["JFK", "LGA"], "dest": ["BOS", "JFK"], "hour": ["8", "9"]}
        >>> words = encode_table(flights, shared={"airport": ["origin", "dest"]}).vocabulary
        >>> words.n_tokens, words.of_vectors.texts(), words.of_vectors.counts.tolist()
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
    def token_of_vector(self: Any) -> np.ndarray:
        """First token of each vector: (n_vectors,) int64."""
        return np.concatenate(
            [np.arange(*self.offsets[feature : feature + 2]) for feature in self._first_features]
        )

    @cached_property
    def vector_of_token(self) -> np.ndarray:
        """Row of each token's vector in the words of ``of_vectors``: (n_tokens,) int64."""
        sizes = [len(self.categories[feature]) for feature in self._first_features]
        starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
        return np.concatenate(
            [
                starts[self.name_of_feature[feature]] + np.arange(len(categories))
                for feature, categories in enumerate(self.categories)
            ]
        )

    def sum_by_vector(self: Any, values: np.ndarray) -> np.ndarray:
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

    def words_of(self: Any, name: str) -> Vocabulary:
        """Give the vocabulary that knows a name: this one, or ``of_vectors`` for a shared name.

        Raises
        ------
        UnknownFeatureError
        """
        text = name if isinstance(name, str) else str(name)
        if text in self.schema.features:
            return self
        names = (*self.schema.features, *(shared for shared, _ in self.schema.shared))
        if text not in names:
            raise UnknownFeatureError(name, names, "this model")
        return self.of_vectors
