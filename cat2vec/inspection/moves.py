"""What moved from an earlier training to a later one: appeared, moved, lost support, unchanged.

Takes two ``Vectors`` of the same features. Gives a table of their categories.

Vectors of rare categories move most, by chance. So the distance that a category moved is compared
with the one that chance would give it if its rows were drawn as before. To second order a center
vector w of n rows has the curvature ``n S + r``: S sums ``k / (1 + k)`` times the second moments of
the contexts that a row holds, r is the prior. In the eigenvectors of S, with D n' earlier rows and
m new ones (``n = D n' + m``), new rows move w by

    K (w_m - w'),   K = m s / (n s + r),

where w_m, what the new rows say, has the variance 1 / (m s), and w' is what is known from before:
the variance 1 / (n' s), drawn by the prior to the mean, ``h = n' s / (n' s + r)``, so that

    variance of the move = K^2 (1 / (m s) + h^2 / (n' s) + (1 - h)^2 t),

t being the mean square of center vectors of the feature: a category of one row stood near the mean
by the prior, and growing away from there is no news. Variances are carried over to canonical
vectors by the map that fits these to center vectors best, feature by feature.

The formula knows neither the strength of associations nor how far a solver stops short of its
optimum. So it is scaled by what the categories of the feature do that chance should move most (the
upper half), or those of ten rows and more, where that is more; what those move that chance should
move least (the lower quarter) is added, as the drift of all. Medians, which a few categories that
changed do not shift; in features of less than four categories those of all features.

A squared distance over its variance is a chi square over its degrees of freedom, and as few rows
are not normal, an F with as many degrees below as there are new rows, or earlier ones if fewer.
Chance gives at most the distance that any category at all exceeds in one of 22 tables (two errors).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtri, fdtri, ndtri

from cat2vec.errors import ParameterError, listed, setting
from cat2vec.parameters import check_parameters
from cat2vec.training.earlier import places_in
from cat2vec.training.problem import Problem, check_has_sides
from cat2vec.training.solvers.prior import TO_ZERO
from cat2vec.vectors.axes import feature_means, pieces, token_weights, turned_to
from cat2vec.vectors.frames import category_index
from cat2vec.vectors.given import check_vectors
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import RARE, Vocabulary

if TYPE_CHECKING:
    import pandas as pd

MOVED, APPEARED, LOST, UNCHANGED = "moved", "appeared", "lost support", "unchanged"
#: Columns of the answer.
COLUMNS = (
    *("feature", "category", "rows_before", "rows"),
    *("similarity", "distance", "times_chance", "status"),
)
#: The chance that any category at all is said to have moved, or lost rows, where none did.
_CHANCE = 0.0455
#: Categories from which on a feature says by itself what is usual, and rows of one that says more
#: of associations than of the prior.
_ENOUGH, _SEVERAL_ROWS = 4, 10
#: A category lost support with at most so large a share of the rows it would have had.
_LOST_SHARE = 0.5


def moves(
    vectors: Vectors, earlier: Vectors, n: int | None = 20, decay: float = 0.0
) -> pd.DataFrame:
    """Say which categories appeared, moved and lost support since an earlier training.

    Parameters
    ----------
    vectors, earlier : Vectors
        Of the same features and vector size. They are aligned here, so they need not be the
        result of an update.
    n : int or None
        How many categories of each status to list. None lists all.
    decay : float
        What the counts of ``earlier`` were multiplied by before new ones were added: 1 in an update
        without decay. 0 if the two were trained on different rows.

    Returns
    -------
    DataFrame
        One row per category, those that moved first, then those that appeared, lost support and are
        unchanged, with the columns

        - feature, category: as in ``nearest``. ``RARE``, the pool of rare ones, is left out.
        - rows_before, rows: that hold it; NaN where they are pooled, or counted, with other rare
          categories.
        - similarity: cosine of its vectors, before and after; NaN where it has but one.
        - distance: between them.
        - times_chance: distance as a multiple of the largest that chance would give a category of
          as many rows, see the notes of this module; 0 where there is no new row.
        - status: "appeared": had no vector of its own. "moved": ``times_chance`` is above 1. "lost
          support": has no vector of its own any more, or at most half as many rows as its earlier
          share of all rows leads to expect, and fewer than chance gives. "unchanged": none of it.

        Those that moved or are unchanged are ordered by ``times_chance``, others by rows.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> before = {"city": ["Oslo", "Bergen", "Rome", "Pisa"] * 90,
    ...           "food": ["cod", "cod", "pasta", "pasta"] * 90}
    >>> after = {"city": ["Oslo", "Bergen", "Rome", "Bari"] * 90,
    ...          "food": ["cod", "cod", "pasta", "pasta"] * 90}
    >>> one, other = (train_vectors(count_pairs(t), vector_size=1) for t in (before, after))
    >>> found = moves(other, one)
    >>> found[["category", "rows_before", "rows", "status"]].values.tolist()[:2]
    [['Bari', 0.0, 90.0, 'appeared'], ['Pisa', 90.0, 0.0, 'lost support']]
    """
    check_vectors(vectors)
    check_vectors(earlier, "earlier")
    if n is not None:
        check_parameters(n=n)
    check_parameters(decay=decay)
    _check_alike(vectors, earlier)
    pair = _Pair.of(vectors, earlier, decay)
    return pair.table(n)


def _check_alike(vectors: Vectors, earlier: Vectors) -> None:
    check_has_sides(vectors)
    check_has_sides(earlier)
    names, before = (v.vocabulary.schema.vector_names for v in (vectors, earlier))
    if set(names) != set(before):
        raise ParameterError(
            f"the two models must have the same features, got {listed(names)} and "
            f"{listed(before)}. Compare a model with one that it was updated from, or train both "
            f"on the same columns."
        )
    if vectors.vector_size != earlier.vector_size:
        raise ParameterError(
            f"the two models must have vectors of one size, got {vectors.vector_size} and "
            f"{earlier.vector_size}. Train one of them anew with "
            f"{setting('vector_size', earlier.vector_size)}."
        )


@dataclass(frozen=True, eq=False)
class _Pair:
    """Both trainings by the tokens of what has vectors in the later one.

    ``place`` is the token that each had before, -1 for none; ``distance``, ``similarity`` and
    ``times_chance`` are NaN there.
    """

    later: Vocabulary
    before: Vocabulary
    place: np.ndarray
    similarity: np.ndarray
    distance: np.ndarray
    times_chance: np.ndarray
    growth: float

    @classmethod
    def of(cls, vectors: Vectors, earlier: Vectors, decay: float) -> _Pair:
        later, matrix = vectors.vocabulary_and_matrix()
        before, old = earlier.vocabulary_and_matrix()
        place = _places(later, before)
        kept = np.flatnonzero(place >= 0)
        similarity, distance, times = (np.full(later.n_tokens, np.nan) for _ in range(3))
        if len(kept):
            turned = turned_to(matrix, old[place[kept]], kept, token_weights(later))[kept]
            new, was = turned.astype(np.float64), old[place[kept]].astype(np.float64)
            distance[kept] = np.linalg.norm(new - was, axis=1)
            sizes = np.linalg.norm(new, axis=1) * np.linalg.norm(was, axis=1)
            cosines = (new * was).sum(axis=1) / np.where(sizes > 0, sizes, 1.0)
            similarity[kept] = np.clip(cosines, -1.0, 1.0)
            counts_before = np.zeros(later.n_tokens)
            counts_before[kept] = before.counts[place[kept]]
            variance, freedom, rows = _chance(vectors, counts_before, decay)
            feature = later.feature_of_token[kept]
            times[kept] = _times_chance(
                distance[kept], variance[kept], freedom[kept], rows[kept], feature
            )
        growth = vectors.settings["n_rows"] / max(earlier.settings["n_rows"], 1e-300)
        return cls(later, before, place, similarity, distance, times, float(growth))

    def table(self, n: int | None) -> pd.DataFrame:
        import pandas as pd

        later, before = self.later, self.before
        rows_before = np.where(self.place >= 0, before.counts[self.place], 0.0)
        pooled_before = _hold(before.pooled, later, before)
        rows_before[(self.place < 0) & pooled_before] = np.nan
        gone, rows_of_gone = self._gone()
        expected = rows_before * self.growth
        fewer = expected - later.counts
        error = np.sqrt(expected * (1.0 + self.growth))  # both numbers of rows are Poisson's
        errors = -ndtri(_CHANCE / max(later.n_tokens, 1))
        lost = (later.counts <= _LOST_SHARE * expected) & (fewer > errors * error)
        status = np.select(
            [self.place < 0, self.times_chance > 1, lost], [APPEARED, MOVED, LOST], UNCHANGED
        ).astype(object)
        kept = ~np.isin(np.arange(later.n_tokens), later.rare_tokens)
        tokens = [later.token(token) for token in np.flatnonzero(kept).tolist()]
        tokens += [before.token(token) for token in gone.tolist()]
        none = np.full(len(gone), np.nan)
        found = pd.DataFrame(
            {
                "feature": category_index([token.feature for token in tokens]),
                "category": category_index([token.category for token in tokens]),
                "rows_before": [*rows_before[kept], *before.counts[gone]],
                "rows": [*later.counts[kept].astype(np.float64), *rows_of_gone],
                "similarity": [*self.similarity[kept], *none],
                "distance": [*self.distance[kept], *none],
                "times_chance": [*self.times_chance[kept], *none],
                "status": [*status[kept], *[LOST] * len(gone)],
            }
        )
        return _in_order(found, n)

    def _gone(self) -> tuple[np.ndarray, np.ndarray]:
        """Give the tokens of before that have no vector of their own now, and their rows now."""
        before, later = self.before, self.later
        had = np.ones(before.n_tokens, bool)
        had[self.place[self.place >= 0]] = False
        had[before.rare_tokens[before.rare_tokens >= 0]] = False
        gone = np.flatnonzero(had)
        pooled = _hold(later.pooled, before, later)[gone]
        return gone, np.where(pooled, np.nan, 0.0)


def _in_order(found: pd.DataFrame, n: int | None) -> pd.DataFrame:
    """Order lines by status, and inside by what tells most; keep the first n of each."""
    order = np.array([MOVED, APPEARED, LOST, UNCHANGED])
    rank = np.argmax(found["status"].to_numpy()[:, None] == order, axis=1)
    rows = found[["rows_before", "rows"]].max(axis=1).fillna(0.0).to_numpy()
    times = found["times_chance"].fillna(0.0).to_numpy()
    by_times = np.isin(rank, (0, 3))
    lines = np.lexsort((-rows, np.where(by_times, -times, 0.0), rank))
    if n is not None:
        starts = np.searchsorted(rank[lines], np.arange(len(order)))
        lines = lines[np.arange(len(lines)) - starts[rank[lines]] < n]
    return found.iloc[lines].reset_index(drop=True)


def _places(later: Vocabulary, before: Vocabulary) -> np.ndarray:
    """Give the token of before of each token that had a vector of its own, -1 for others."""
    place = places_in(before, later)
    place[np.isin(place, before.rare_tokens)] = -1
    place[later.rare_tokens[later.rare_tokens >= 0]] = -1
    return place


def _hold(pooled: tuple[np.ndarray, ...], one: Vocabulary, other: Vocabulary) -> np.ndarray:
    """Say of each token of one vocabulary whether it is among the pooled ones of the other."""
    found = np.zeros(one.n_tokens, bool)
    for position, name in enumerate(one.features):
        own = other.schema.position(name)
        if len(pooled[own]):
            codes = other.codes_of(own, one.categories[position].tolist())
            rare = other.rare_tokens[own] - other.offsets[own]
            is_rare = [value is RARE for value in one.categories[position].tolist()]
            found[slice(*one.offsets[position : position + 2])] = (codes == rare) & ~np.array(
                is_rare, bool
            )
    return found


def _chance(
    vectors: Vectors, counts_before: np.ndarray, decay: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Say what chance would do to the vector of each token of what has vectors.

    Returns
    -------
    variance, freedom, rows : ndarray of shape (n_tokens,), float64
        Of the squared distance and its degrees of freedom, see the head of this module; rows that
        it rests on.
    """
    vocabulary, matrix = vectors.vocabulary_and_matrix()
    center, context = (
        vectors.vocabulary.by_vector(side)[:, : vectors.vector_size]
        for side in (vectors.center, vectors.context)
    )
    settings = vectors.settings
    ridge = vectors.regularization * (1.0 + TO_ZERO)
    seen = settings["negative"] / (1.0 + settings["negative"])
    now = vocabulary.counts.astype(np.float64)
    new = np.maximum(now - decay * counts_before, 0.0)
    centred = center - feature_means(center, vocabulary)[vocabulary.feature_of_token]
    moments = _moments(context, vocabulary, settings["n_rows"])
    trained = Problem.of_vectors(vectors).trained_vectors
    variance, freedom = np.zeros((2, vocabulary.n_tokens))
    for feature, heard in enumerate(trained):
        start, stop = vocabulary.offsets[feature : feature + 2].tolist()
        curvature = seen * moments[heard].sum(axis=0)
        values, axes = np.linalg.eigh(curvature)
        along = centred[start:stop] @ axes
        square = vocabulary.shares[start:stop] @ np.square(along)
        weight = np.sqrt(vocabulary.shares[start:stop])[:, None]
        carried, *_ = np.linalg.lstsq(weight * along, weight * matrix[start:stop], rcond=1e-6)
        carried = np.square(carried).sum(axis=1)
        for piece in pieces(start, stop):
            parts = carried * _variance(
                counts_before[piece, None], new[piece, None], now[piece, None],
                np.maximum(values, 0.0), ridge, seen, square,
            )  # fmt: skip
            variance[piece] = parts.sum(axis=1)
            squares = np.square(parts).sum(axis=1)
            freedom[piece] = variance[piece] ** 2 / np.where(squares > 0, squares, 1.0)
    return variance, np.maximum(freedom, 1.0), np.minimum(counts_before, new)


def _moments(side: np.ndarray, vocabulary: Vocabulary, n_rows: float) -> np.ndarray:
    """Give the second moment, about its mean, of what a row holds of each feature: (F, d, d)."""
    size = side.shape[1]
    means = feature_means(side, vocabulary)
    found = np.zeros((vocabulary.n_features, size, size))
    for feature in range(vocabulary.n_features):
        for piece in pieces(*vocabulary.offsets[feature : feature + 2].tolist()):
            rows = side[piece].astype(np.float64) - means[feature]
            found[feature] += (vocabulary.shares[piece, None] * rows).T @ rows
        found[feature] *= vocabulary.present[feature] / max(n_rows, 1e-300)
    return found


def _variance(
    before: np.ndarray,
    new: np.ndarray,
    now: np.ndarray,
    curvature: np.ndarray,
    ridge: float,
    seen: float,
    square: np.ndarray,
) -> np.ndarray:
    """Give the variance of a move along each eigenvector: (n_tokens, d)."""
    gain = new * curvature / (now * curvature + ridge)
    known = before * curvature / (before * curvature + ridge)
    of_new, of_before = (
        np.where(rows * curvature > 0, seen / np.maximum(rows * curvature, 1e-300), 0.0)
        for rows in (new, before)
    )
    return np.square(gain) * (
        of_new + np.square(known) * of_before + np.square(1.0 - known) * square
    )


def _times_chance(
    distance: np.ndarray,
    variance: np.ndarray,
    freedom: np.ndarray,
    rows: np.ndarray,
    feature: np.ndarray,
) -> np.ndarray:
    """Compare each distance with the largest that chance gives: (n_tokens,) float64."""
    usual = np.sqrt(chdtri(freedom, 0.5) / freedom * variance)
    of_all = _scale_and_drift(distance, variance, usual, rows)
    scale, drift = (np.full(len(distance), value) for value in of_all)
    for own in np.unique(feature):
        mine = np.flatnonzero(feature == own)
        if len(mine) >= _ENOUGH:
            scale[mine], drift[mine] = _scale_and_drift(
                distance[mine], variance[mine], usual[mine], rows[mine]
            )
    seen = rows > 0
    most = np.sqrt(fdtri(freedom[seen], rows[seen], 1.0 - _CHANCE / len(distance)))
    chance = most * np.sqrt(scale**2 * variance + drift**2)[seen]
    times = np.zeros(len(distance))
    times[seen] = distance[seen] / np.where(chance > 0, chance, np.inf)
    return times


def _scale_and_drift(
    distance: np.ndarray, variance: np.ndarray, usual: np.ndarray, rows: np.ndarray
) -> tuple[float, float]:
    """Give what standard errors are multiplied by, and the distance that chance does not explain.

    ``usual`` is the median distance by chance, of each token.
    """
    order = np.argsort(variance, kind="stable")
    quarter, half = order[: max(len(order) // 4, 1)], order[len(order) // 2 :]
    scale = 1.0
    for some in (half[usual[half] > 0], np.flatnonzero((usual > 0) & (rows >= _SEVERAL_ROWS))):
        if len(some) >= max(min(_ENOUGH, len(half)), 1):
            scale = max(scale, _middle(distance[some] / usual[some]))
    return scale, _middle(distance[quarter])


def _middle(values: np.ndarray) -> float:
    """Give the median, the lower of two."""
    return float(np.quantile(values, 0.5, method="lower"))
