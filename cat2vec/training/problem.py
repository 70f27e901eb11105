"""What training, folding in and inspection derive from vocabulary and settings, made once.

Takes a ``Vocabulary`` and ``Settings``. Gives a ``Problem``: which features learn from each other,
and the noise of the objective. Knows nothing of how it is solved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import permutations
from typing import Any, NamedTuple

import numpy as np

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import NotAvailableError, ParameterError, UnknownFeatureError, listed, named
from cat2vec.kernels.once import cached_property
from cat2vec.parameters import feature_names
from cat2vec.tables.encoded import EncodedTable
from cat2vec.training.settings import Settings
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class Noise:
    """The part of the objective that the vocabulary alone decides.

    Parameters
    ----------
    k_q : ndarray of shape (n_tokens,), float64
        ``k q_g(b)``: expected noise tokens b per pair whose context lies in b's feature.
    bias : ndarray of shape (n_tokens,), float64
        ``log(p_g(b) / (k q_g(b)))``: the logit of a context token at independence.
    negative : float
        k.
    inside : ndarray of shape (n_tokens,), float64
        ``1 / (1 - p_f(a))`` for a of feature f. No token stands beside itself in a cell, so for a
        pair of one cell the noise is ``k q_f(b) / (1 - p_f(a))`` for b other than a, and nothing
        for a itself. With that, ``bias`` is the logit at independence inside a cell too. 0 for the
        only token of a feature, which has no such pairs.
    """

    k_q: np.ndarray
    bias: np.ndarray
    negative: float
    inside: np.ndarray

    @classmethod
    def of(cls, vocabulary: Vocabulary, negative: float, ns_exponent: float) -> Noise:
        """Derive the noise from marginal counts.

        Examples
        --------
        >>> from cat2vec.tables.encode import encode_table
        >>> encoded = encode_table({"a": ["x", "x", "y"], "b": ["u", "v", "u"]})
        >>> Noise.of(encoded.vocabulary, negative=1, ns_exponent=1.0).bias.tolist()
        [0.0, 0.0, 0.0, 0.0]
        """
        feature = vocabulary.feature_of_token
        counts = vocabulary.positive_counts
        powered = counts**ns_exponent
        per_feature = np.bincount(feature, weights=powered, minlength=vocabulary.n_features)
        k_q = negative * powered / per_feature[feature]
        share = (
            counts / np.bincount(feature, weights=counts, minlength=vocabulary.n_features)[feature]
        )
        rest = 1.0 - share
        inside = np.where(rest > 0.0, 1.0 / np.where(rest > 0.0, rest, 1.0), 0.0)
        return cls(k_q, np.log(share / k_q), float(negative), inside)

    def expected_with(self, vocabulary: Vocabulary, with_feature: np.ndarray) -> np.ndarray:
        """Give what ``k_q`` of a context is multiplied by to be its expected noise.

        Parameters
        ----------
        vocabulary : Vocabulary
        with_feature : ndarray of shape (n_tokens, n_features), float64
            Pairs of each token with any token of each feature.

        Returns
        -------
        ndarray of shape (n_tokens, n_features), float64
            ``with_feature``, times ``inside`` for the own feature of each token; the noise of a
            token beside itself is none, and is left to the caller to leave out.
        """
        if not vocabulary.schema.within.any():
            return with_feature
        own = np.arange(vocabulary.n_tokens), vocabulary.feature_of_token
        expected = with_feature.copy()
        expected[own] *= self.inside
        return expected


@dataclass(frozen=True, eq=False)
class Problem:
    """What is to be minimised, apart from the data.

    Parameters
    ----------
    vocabulary : Vocabulary
        With rare categories pooled.
    settings : Settings
        Checked, with a solver that is chosen.
    allowed : ndarray of shape (n_features, n_features), bool
        Which features learn from each other; symmetric.
    noise : Noise
    """

    vocabulary: Vocabulary
    settings: Settings
    allowed: np.ndarray
    noise: Noise

    @classmethod
    def of(cls, vocabulary: Vocabulary, settings: Settings) -> Problem:
        """Derive the problem from a vocabulary and checked settings.

        Raises
        ------
        UnknownFeatureError, ParameterError
            See ``pair_allowed``.

        Examples
        --------
        >>> from cat2vec import encode_table
        >>> encoded = encode_table({"city": ["Oslo", "Rome"], "food": ["cod", "pasta"]})
        >>> Problem.of(encoded.vocabulary, Settings(vector_size=2)).allowed.tolist()
        [[False, True], [True, False]]
        """
        allowed = pair_allowed(vocabulary, settings.exclude_pairs)
        noise = Noise.of(vocabulary, settings.negative, settings.ns_exponent)
        return cls(vocabulary, settings, allowed, noise)

    @classmethod
    def of_vectors(cls, vectors: Vectors) -> Problem:
        """Derive the problem that vectors were trained on.

        Raises
        ------
        NotAvailableError
            If they were read from a file of vectors only.
        """
        check_has_sides(vectors)
        return cls.of(vectors.vocabulary, settings_from(vectors.settings))

    @cached_property
    def trained_vectors(self) -> np.ndarray:
        """Which vectors were trained against each other, see ``vector_pairs``."""
        return vector_pairs(self.vocabulary, self.allowed)


@dataclass(frozen=True, eq=False)
class TrainingData:
    """What a problem is trained on: pair counts, rows, or both.

    Parameters
    ----------
    counts : PairCounts or None
        Without the pairs that the problem leaves out.
    rows : EncodedTable or None
    """

    counts: PairCounts | None = None
    rows: EncodedTable | None = None


def check_has_sides(vectors: Vectors) -> None:
    """Raise NotAvailableError if vectors were read from a file that holds no more than them."""
    if not vectors.center.shape[1]:
        raise NotAvailableError(
            "this goes by how the vectors were trained, and a word2vec file holds neither the "
            "counts nor both sides of training. Ask a model: load its folder, or train one."
        )


def settings_from(plain: Mapping[str, Any]) -> Settings:
    """Read settings from the plain values that vectors hold, which may hold others too."""
    known = {field.name for field in fields(Settings)}
    given = {name: value for name, value in plain.items() if name in known}
    if "learned_regularization" in plain:  # what was learned in training is the prior of all else
        given["regularization"] = plain["learned_regularization"]
    return Settings(**given)


def pair_allowed(
    vocabulary: Vocabulary, exclude_pairs: Sequence[Sequence[str]] | None
) -> np.ndarray:
    """Say which features learn from each other: (n_features, n_features) bool, symmetric.

    Parameters
    ----------
    vocabulary : Vocabulary
    exclude_pairs : sequence of sequences of str, or None
        In each, features that do not learn from each other; a column of dates stands for its
        parts, which still learn from each other. A feature learns from itself only where the
        values of one cell do.

    Raises
    ------
    UnknownFeatureError
    ParameterError
        If a feature is left with none to learn from.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> table = encode_table({"code": [1, 2], "name": ["a", "b"], "city": ["x", "y"]})
    >>> pair_allowed(table.vocabulary, [["code", "name"]]).astype(int).tolist()
    [[0, 0, 1], [0, 0, 1], [1, 1, 0]]
    """
    schema = vocabulary.schema
    allowed = ~np.eye(vocabulary.n_features, dtype=bool) | np.diag(schema.within)
    for group in exclude_pairs or ():
        places = []
        for name in dict.fromkeys(feature_names(group)):
            parts = schema.parts_of(name)
            if not parts:
                raise UnknownFeatureError(
                    name,
                    vocabulary.features,
                    f"the columns used, but {named('exclude_pairs')} names it",
                )
            places.append([schema.position(part) for part in parts])
        for one, other in permutations(places, 2):
            allowed[np.ix_(one, other)] = False
    alone = [vocabulary.features[place] for place in np.flatnonzero(~allowed.any(axis=1))]
    if exclude_pairs and alone:
        raise ParameterError(
            f"{named('exclude_pairs')} leaves {listed(alone)} no other feature to learn from. Take "
            f"one of these out of {named('exclude_pairs')}, or out of the features."
        )
    return allowed


class Meeting(NamedTuple):
    """Some tokens of one feature, and features that they learn from, which stand side by side.

    ``tokens`` is (B,) int64; ``columns`` are the tokens of ``features``.
    """

    tokens: np.ndarray
    own: int
    features: slice
    columns: slice

    @property
    def itself(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns of a (B, columns) array at which a token would stand beside itself."""
        within = self.features.start <= self.own < self.features.stop
        rows = np.arange(len(self.tokens) if within else 0)
        return rows, self.tokens[rows] - self.columns.start


def meetings(
    vocabulary: Vocabulary,
    allowed: np.ndarray,
    tokens: np.ndarray,
    most_tokens: int,
    most_numbers: int,
) -> list[Meeting]:
    """Cut all that some tokens learn from into blocks; a feature that does not meet itself is none.

    Parameters
    ----------
    vocabulary : Vocabulary
    allowed : ndarray of shape (n_features, n_features), bool
    tokens : ndarray of shape (m,), int64
        Ascending.
    most_tokens, most_numbers : int
        In each, and tokens times columns, unless one token has more. Fixed ones give blocks that do
        not depend on the number of threads.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> vocabulary = encode_table({"a": ["x", "y"], "b": ["u", "v"], "c": ["k", "l"]}).vocabulary
    >>> found = meetings(vocabulary, pair_allowed(vocabulary, None), np.array([0, 1, 3]), 9, 9)
    >>> [(one.tokens.tolist(), one.columns.start, one.columns.stop) for one in found]
    [([0, 1], 2, 6), ([3], 0, 2), ([3], 4, 6)]
    """
    offsets, found = vocabulary.offsets.tolist(), []
    mine = np.split(tokens, np.searchsorted(tokens, offsets[1:-1]))
    for own, some in enumerate(mine):
        edges = np.flatnonzero(np.diff(allowed[own].astype(np.int8), prepend=0, append=0))
        for first, last in edges.reshape(-1, 2).tolist() if len(some) else ():
            columns = slice(offsets[first], offsets[last])
            if columns.start == columns.stop:
                continue
            most = max(1, min(most_tokens, most_numbers // (columns.stop - columns.start)))
            found += [
                Meeting(some[start : start + most], own, slice(first, last), columns)
                for start in range(0, len(some), most)
            ]
    return found


def vector_pairs(vocabulary: Vocabulary, allowed: np.ndarray) -> np.ndarray:
    """Say which vectors were trained against each other: (n_names, n_names) bool, symmetric.

    Features of a shared vocabulary that learn from each other train their vectors against
    themselves, and so do features whose cells hold several values that learn from each other.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> flights = {"origin": ["JFK", "LGA"], "dest": ["BOS", "JFK"], "hour": ["8", "9"]}
    >>> vocabulary = encode_table(flights, shared={"airport": ["origin", "dest"]}).vocabulary
    >>> vector_pairs(vocabulary, pair_allowed(vocabulary, None)).astype(int).tolist()
    [[1, 1], [1, 0]]
    """
    place = vocabulary.name_of_feature
    trained = np.zeros((int(place.max()) + 1,) * 2, dtype=bool)
    left, right = np.nonzero(allowed)
    trained[place[left], place[right]] = True
    return trained


def independence_loss(
    vocabulary: Vocabulary,
    noise: Noise,
    as_context: np.ndarray,
    inside: np.ndarray | None = None,
) -> float:
    """Compute the loss of zero vectors, in nats per pair.

    Parameters
    ----------
    vocabulary : Vocabulary
    noise : Noise
    as_context : ndarray of shape (n_tokens,), float64 or int64
        Ordered pairs in which each token is the context.
    inside : ndarray of shape (n_tokens,), or None
        Those of them whose center stands in the same cell; None is none.
    """
    feature, n_features = vocabulary.feature_of_token, vocabulary.n_features
    from_others = as_context if inside is None else as_context - inside
    drawn = np.bincount(feature, weights=from_others, minlength=n_features)[feature]
    if inside is not None:  # every center of the feature but the token itself
        expected = inside * noise.inside
        drawn += np.bincount(feature, weights=expected, minlength=n_features)[feature] - expected
    drawn = noise.k_q * drawn
    # -log s(x) is log(1 + e^-x); SciPy's own function takes longer to import than all of this
    loss = as_context * np.logaddexp(0.0, -noise.bias) + drawn * np.logaddexp(0.0, noise.bias)
    return float(loss.sum() / as_context.sum())
