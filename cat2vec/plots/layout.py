"""A map of the categories of one feature as arrays: which are shown, where, and in what groups.

Takes ``Vectors``. Gives arrays and texts. Draws nothing and needs no matplotlib.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import MissingPackageError, NotAvailableError, ParameterError, named
from cat2vec.inspection.clusters import MOST_CLUSTERS, cluster_numbers
from cat2vec.kernels.threads import workers
from cat2vec.parameters import feature_name, integer_problem
from cat2vec.vectors.axes import on_plane, relative_errors
from cat2vec.vectors.labels import label_text
from cat2vec.vectors.vectors import Vectors

#: How two numbers are made of the vectors of a feature.
WAYS = ("pca", "axes", "tsne", "umap")
#: Fewer categories have no neighbourhoods that t-SNE or UMAP could keep.
_FEWEST_NEIGHBOURS = 5
#: Groups with a colour of their own; the categories of all others share one.
_MOST_GROUPS = 10
#: Where so few rows stand behind a vector, or its standard error is so large a part of its length,
#: little is known of it.
FEW_ROWS, LARGE_ERROR = 2, 0.5


@dataclass(frozen=True, eq=False)
class Groups:
    """A group for each category that is shown.

    Parameters
    ----------
    of : ndarray of shape (n_shown,), int64
        Place in ``names``; -1 for none.
    names : tuple of str
    about : str
        What the groups are.
    ordered : bool
        Whether the names stand in an order of their own, such as bins of numbers.
    """

    of: np.ndarray
    names: tuple[str, ...]
    about: str
    ordered: bool = False


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the categories of a feature stand in a map.

    Parameters
    ----------
    feature : str
    categories : ndarray of shape (n_shown,), object
        The most frequent first.
    points : ndarray of shape (n_shown, 2), float64
    axes : (str, str)
        What the two directions are.
    rows : ndarray of shape (n_shown,)
        That hold each category.
    lengths : ndarray of shape (n_shown,), float64
        Of the vectors.
    uncertain : ndarray of shape (n_shown,), bool
        Of which little is known, see ``uncertain_because``.
    uncertain_because : str
    n_categories : int
        Of the feature; more than are shown where it has very many.
    vectors : ndarray of shape (n_shown, vector_size), float64
    codes : ndarray of shape (n_shown,), int64
        Places of the categories in the vocabulary.
    """

    feature: str
    categories: np.ndarray
    points: np.ndarray
    axes: tuple[str, str]
    rows: np.ndarray
    lengths: np.ndarray
    uncertain: np.ndarray
    uncertain_because: str
    n_categories: int
    vectors: np.ndarray
    codes: np.ndarray

    @property
    def names(self) -> list[str]:
        """Categories as text."""
        return [label_text(category) for category in self.categories]

    @property
    def has_signal(self) -> bool:
        """Whether any vector is other than zero."""
        return bool(self.lengths.any())


def layout_of(vectors: Vectors, feature: str, by: str = "pca", n_categories: int = 1000) -> Layout:
    """Place the categories of a feature in two dimensions.

    Parameters
    ----------
    vectors : Vectors
    feature : str
        Or the name of a shared vocabulary.
    by : {"pca", "axes", "tsne", "umap"}
        See ``plot``.
    n_categories : int
        At most so many, the most frequent.

    Returns
    -------
    Layout

    Raises
    ------
    UnknownFeatureError, ParameterError, MissingPackageError

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Rome", "Oslo"] * 9, "food": ["cod", "pasta", "cod"] * 9}
    >>> found = layout_of(train_vectors(count_pairs(table), vector_size=2), "city")
    >>> found.names, found.rows.tolist(), found.axes[0]
    (['Oslo', 'Rome'], [18, 9], 'axis 1: 100% of squared length')
    """
    if not isinstance(by, str) or by not in WAYS:
        raise ParameterError(f"{named('by')} must be one of {', '.join(WAYS)}, got {by!r}.")
    if problem := integer_problem(named("n_categories"), n_categories, least=1):
        raise ParameterError(problem)
    vocabulary, matrix = vectors.vocabulary_and_matrix(feature)
    tokens = vocabulary.tokens_of(feature)
    rows = vocabulary.counts[tokens]
    if not len(rows):
        raise ParameterError(
            f"feature {feature!r} has no categories to draw: every cell was missing. Draw another."
        )
    shown = np.argsort(-rows, kind="stable")[:n_categories]
    own = matrix[tokens][shown].astype(np.float64)
    weights = vocabulary.shares[tokens][shown]
    points, axes = _placed(own, weights, by, feature_name(feature))
    errors = vectors.standard_error
    if errors is None:
        uncertain, because = rows[shown] <= FEW_ROWS, "one or two rows"
    else:
        known = errors if vocabulary is vectors.vocabulary else vectors.vocabulary.by_vector(errors)
        uncertain = relative_errors(own, known[tokens][shown]) > LARGE_ERROR
        because = "standard error above half the length"
    return Layout(
        feature=feature_name(feature),
        categories=vocabulary.categories[vocabulary.schema.position(feature)][shown],
        points=points,
        axes=axes,
        rows=rows[shown],
        lengths=np.linalg.norm(own, axis=1),
        uncertain=uncertain,
        uncertain_because=because,
        n_categories=len(rows),
        vectors=own,
        codes=shown,
    )


def _placed(
    own: np.ndarray, weights: np.ndarray, by: str, feature: str
) -> tuple[np.ndarray, tuple[str, str]]:
    """Give two numbers for each vector, and what they are called."""
    if by in ("tsne", "umap"):
        if len(own) < _FEWEST_NEIGHBOURS or not own.any():
            raise ParameterError(
                f"{named('by')}={by!r} needs at least {_FEWEST_NEIGHBOURS} categories that differ, "
                f"and {feature!r} has {len(own)}. Take by='pca'."
            )
        name = {"tsne": "t-SNE", "umap": "UMAP"}[by]
        with threadpool_limits(1):  # the same bits whatever the cores
            points = np.asarray((_tsne if by == "tsne" else _umap)(own), np.float64)
        return points, (f"{name} 1", f"{name} 2")
    points = np.zeros((len(own), 2))
    if by == "pca":
        with workers(1):
            points[:], shares = on_plane(own, weights)
    else:
        points[:, : own.shape[1]] = own[:, :2]
        whole = weights @ np.square(own).sum(axis=1)
        shares = weights @ np.square(points) / (whole if whole > 0 else 1.0)
    first, second = (
        f"axis {number}: {share:.0%} of squared length" for number, share in enumerate(shares, 1)
    )
    return points, (first, second)


def _tsne(own: np.ndarray) -> Any:
    from sklearn.manifold import TSNE

    nearby = min(30.0, (len(own) - 1) / 3)
    made = TSNE(metric="cosine", init="random", perplexity=nearby, random_state=0, n_jobs=1)
    return made.fit_transform(own)


def _umap(own: np.ndarray) -> Any:
    try:
        from umap import UMAP
    except ImportError as error:
        raise MissingPackageError("by='umap'", "umap-learn") from error
    nearby = min(15, len(own) - 1)
    made = UMAP(n_neighbors=nearby, metric="cosine", init="random", random_state=0, n_jobs=1)
    return made.fit_transform(own)


def clusters_of(layout: Layout, n_clusters: int | None = None) -> Groups:
    """Cluster what is shown, by direction, as ``inspection.clusters`` does.

    A cluster is called after the category nearest to its centre.

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Bergen", "Rome", "Pisa"] * 9,
    ...          "food": ["cod", "cod", "pasta", "pasta"] * 9}
    >>> vectors = train_vectors(count_pairs(table), vector_size=2)
    >>> clusters_of(layout_of(vectors, "city"), 2).of.tolist()
    [0, 0, 1, 1]
    """
    usual = np.argsort(layout.codes)  # the order in which ``inspection.clusters`` meets them
    cluster, similarity = (np.empty(len(usual), kind) for kind in (np.int64, np.float64))
    cluster[usual], similarity[usual], _ = cluster_numbers(
        layout.vectors[usual], layout.rows[usual], n_clusters, layout.feature, MOST_CLUSTERS
    )
    names = []
    for number in range(cluster.max(initial=-1) + 1):
        members = np.flatnonzero(cluster == number)
        middle = members[similarity[members].argmax()]
        name = label_text(layout.categories[middle], 20)
        names.append(f"{name} (1)" if len(members) == 1 else f"{name}, … ({len(members):,})")
    return Groups(cluster, tuple(names), "cluster around")


def values_of(layout: Layout, vectors: Vectors, counts: PairCounts, other: str) -> Groups:
    """Group what is shown by the value of another feature that stands beside it most often.

    Raises
    ------
    UnknownFeatureError, ParameterError, NotAvailableError
    """
    vocabulary = counts.vocabulary
    own, beside = _members(counts, layout.feature), _members(counts, other)
    if set(own) & set(beside):
        raise ParameterError(
            f"{named('color')} must be another feature than {layout.feature!r}, which is drawn, or "
            f"None for clusters, got {other!r}."
        )
    codes = np.full(len(layout.categories), -1)
    together = sum(_block(counts, one, two) for one in own for two in beside)
    position = vocabulary.schema.position(own[0])
    places = vocabulary.codes_of(position, layout.categories.tolist())
    if not together.nnz:
        raise NotAvailableError(
            f"no pairs of {layout.feature!r} and {other!r} were counted. Give counts of all pairs: "
            f"counts=count_pairs(table)."
        )
    known = places >= 0
    found = together[places[known]]
    seen = np.asarray(found.sum(axis=1)).ravel() > 0
    codes[known] = np.where(seen, np.asarray(found.argmax(axis=1)).ravel(), -1)
    place = vocabulary.schema.position(beside[0])
    codec = vocabulary.schema.codecs[place]
    ordered = codec.edges is not None or codec.order is not None
    values = [label_text(value, 20) for value in vocabulary.categories[place]]
    about = f"most frequent {feature_name(other)}"
    if ordered:
        return Groups(codes, tuple(values), about, ordered=True)
    return _most_frequent(codes, values, about)


def _most_frequent(codes: np.ndarray, values: Sequence[str], about: str) -> Groups:
    """Keep the groups of most categories, those of most first; all others have none."""
    sizes = np.bincount(codes[codes >= 0], minlength=len(values))
    order = np.argsort(-sizes, kind="stable")[: min(_MOST_GROUPS, np.count_nonzero(sizes))]
    place = np.full(len(values) + 1, -1)
    place[order] = np.arange(len(order))
    names = tuple(f"{values[code]} ({sizes[code]:,})" for code in order)
    return Groups(place[codes], names, about)


def _members(counts: PairCounts, name: str) -> list[str]:
    """Name the features that a name stands for: itself, or those of a shared vocabulary."""
    counts.vocabulary.vocabulary_of(name)  # which says so if there is none
    shared = dict(counts.vocabulary.schema.shared)
    return list(shared.get(feature_name(name), (feature_name(name),)))


def _block(counts: PairCounts, one: str, two: str) -> Any:
    """Give the counts of two features as a sparse array."""
    vocabulary = counts.vocabulary
    return counts.both_ways[vocabulary.tokens_of(one)][:, vocabulary.tokens_of(two)].tocsr()
