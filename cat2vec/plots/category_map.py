"""A map of the categories of one feature."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import ParameterError, UnknownCategoryError, in_words, named
from cat2vec.parameters import documented
from cat2vec.plots.given import counts_of, vectors_of
from cat2vec.plots.layout import Groups, Layout, clusters_of, layout_of, values_of
from cat2vec.plots.names import name_points
from cat2vec.plots.style import (
    GREY,
    axes_for,
    color_of,
    foreground,
    head,
    marker_of,
    pyplot,
    small,
    write_caption,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Areas of points, in squares of 1/72 inch: all of them together, and of one at least and at most.
_ALL_AREA, _LEAST_AREA, _MOST_AREA = 7000.0, 9.0, 150.0
#: Names that are tried, where they are not asked for; points among which a legend seeks its place.
_MOST_NAMES, _FEW_POINTS = 1000, 2000
#: Names of groups in an order that the legend shows.
_MOST_IN_LEGEND = 10


@documented
def plot(
    vectors: Any,
    feature: str,
    *,
    by: str = "pca",
    color: str | None = None,
    n_clusters: int | None = None,
    names: str | Collection[Any] = "rows",
    n_categories: int = 1000,
    counts: PairCounts | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a map of the categories of one feature; near points are alike.

    The area of a point says how many rows hold its category. Hollow points are those of which
    little is known: one or two rows or, where vectors have standard errors, one above half the
    length. Names do not overlap; those for which there is no room are left out, and the caption
    says how many were written. They are placed for the size that the figure has now.

    Parameters
    ----------
    vectors : Vectors or fitted Cat2Vec
    feature : str
        Or the name of a shared vocabulary.
    by : {"pca", "axes", "tsne", "umap"}, default "pca"
        How vectors become two numbers. "pca" takes the two axes on which this feature spreads most,
        as ``Vectors.reduce`` does; "axes" the first two columns of ``vectors_[feature]``, which
        all features have in common and ``partial_fit`` keeps; both say which share of the squared
        lengths they show. "tsne" (scikit-learn) and "umap" (``pip install umap-learn``) keep
        neighbours by cosine, and distances in them mean little.
    color : str or None, default None
        Another feature: the value that stands beside each category most often. None colours by
        cluster, named after the category nearest to its centre.
    n_clusters : int or None, default None
        As in ``inspection.clusters``, but None takes at most 10, as more are hard to tell apart.
    names : {"rows", "length"} or list of categories, default "rows"
        Which names are written first: those of most rows, those of the longest vectors, or only
        these. An empty list writes none.
    n_categories : int, default 1000
        At most so many are drawn, the most frequent; the caption says of how many.
    counts : PairCounts or None, default None
        For ``color``; None takes those that a model keeps.
    {ax}

    Returns
    -------
    Axes

    Raises
    ------
    UnknownFeatureError, UnknownCategoryError, ParameterError, NotAvailableError,
    MissingPackageError

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Bergen", "Rome", "Pisa"] * 9,
    ...          "food": ["cod", "cod", "pasta", "pasta"] * 9}
    >>> counts = count_pairs(table)
    >>> axes = plot(train_vectors(counts, vector_size=2), "city", color="food", counts=counts,
    ...             ax=Figure().subplots())
    >>> sorted(text.get_text() for text in axes.get_legend().get_texts())
    ['cod (2)', 'pasta (2)']
    """
    known = vectors_of(vectors)
    if color is not None and n_clusters is not None:
        raise ParameterError(
            f"{named('n_clusters')} is for colours by cluster, and {named('color')}={color!r} "
            f"takes those of a feature. Give one of both."
        )
    pyplot()  # says what is missing before anything is worked out
    layout = layout_of(known, feature, by, n_categories)
    first = _named_first(layout, names)
    if color is None:
        groups = clusters_of(layout, n_clusters)
    else:
        of = counts_of(vectors if counts is None else counts, f"{named('color')}={color!r}")
        groups = values_of(layout, known, of, color)
    outside = ax is None
    ax = axes_for(ax, 9.5, 6.5)
    radius = _draw_points(ax, layout, groups)
    _draw_axes(ax, layout, by)
    _draw_legend(ax, groups, outside)
    n_first = len(first)
    n_lines = head(ax, layout.feature, _caption(layout, n_first, n_first))
    order = np.concatenate([first, np.setdiff1d(np.arange(len(layout.points)), first)])
    texts = layout.names
    written = name_points(
        ax, [texts[place] for place in first], layout.points[order], radius[order]
    )
    write_caption(ax, _caption(layout, len(written), n_first), n_lines)
    return ax


def _named_first(layout: Layout, names: str | Collection[Any]) -> np.ndarray:
    """Give the places of the categories to name, the first ones first."""
    if isinstance(names, str) and names in ("rows", "length"):
        by = layout.rows if names == "rows" else layout.lengths
        return np.argsort(-by, kind="stable")[:_MOST_NAMES]
    if isinstance(names, (str, bytes)) or not isinstance(names, Collection):
        raise ParameterError(
            f"{named('names')} must be 'rows', 'length' or a list of categories, got {names!r}."
        )
    place = {category: number for number, category in enumerate(layout.categories)}
    for name in names:
        if name not in place:
            raise UnknownCategoryError(layout.feature, name, layout.categories.tolist())
    return np.array([place[name] for name in dict.fromkeys(names)], np.int64)


def _draw_points(ax: Axes, layout: Layout, groups: Groups) -> np.ndarray:
    """Draw a point for each category; give their radii in points of 1/72 inch."""
    most = float(layout.rows.max(initial=1)) or 1.0
    largest = np.clip(_ALL_AREA / max(len(layout.rows), 1), 2 * _LEAST_AREA, _MOST_AREA)
    areas = np.maximum(largest * layout.rows / most, _LEAST_AREA)
    steps = pyplot().get_cmap("viridis")(np.linspace(0, 1, max(len(groups.names), 2)))
    for group in range(-1, len(groups.names)):
        color: Any
        if group < 0:
            color, marker = GREY, "o"
        elif groups.ordered:
            color, marker = tuple(steps[group]), "o"
        else:
            color, marker = color_of(group), marker_of(group)
        for hollow in (False, True):
            some = np.flatnonzero((groups.of == group) & (layout.uncertain == hollow))
            if not len(some):
                continue
            ax.scatter(
                layout.points[some, 0],
                layout.points[some, 1],
                s=areas[some],
                marker=marker,
                linewidths=1.2 if hollow else 0.4,
                facecolors="none" if hollow else [color],
                edgecolors=[color] if hollow else foreground(),
                zorder=2,
            )
    return np.sqrt(areas) / 2.0


def _draw_axes(ax: Axes, layout: Layout, by: str) -> None:
    ax.set_aspect("equal", adjustable="datalim")
    ax.margins(0.07)
    ax.set_xlabel(layout.axes[0])
    ax.set_ylabel(layout.axes[1])
    ax.tick_params(labelsize=small())
    if by in ("tsne", "umap"):  # their numbers mean nothing
        ax.set_xticks([])
        ax.set_yticks([])
    else:
        for line in (ax.axhline, ax.axvline):
            line(0, color=GREY, linewidth=0.5, alpha=0.5, zorder=0)


def _draw_legend(ax: Axes, groups: Groups, outside: bool) -> None:
    from matplotlib.lines import Line2D

    def entry(color: Any, marker: str, name: str) -> Line2D:
        return Line2D(
            [], [], linestyle="", marker=marker, color=color, markersize=6, label=name,
            markeredgecolor=foreground(), markeredgewidth=0.4,
        )  # fmt: skip

    present = np.unique(groups.of)
    shown = [place for place in range(len(groups.names)) if place in present]
    if groups.ordered:
        steps = pyplot().get_cmap("viridis")(np.linspace(0, 1, max(len(groups.names), 2)))
        every = -(-len(shown) // _MOST_IN_LEGEND)
        entries = [entry(steps[place], "o", groups.names[place]) for place in shown[::every]]
    else:
        entries = [entry(color_of(g), marker_of(g), groups.names[g]) for g in shown]
    if shown and present[0] < 0:
        entries.append(entry(GREY, "o", "others"))
    if len(entries) < 2:
        return
    where: dict[str, Any] = {"loc": "best" if len(groups.of) <= _FEW_POINTS else "upper right"}
    if outside:
        where = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0), "frameon": False}
    legend = ax.legend(
        handles=entries, title=groups.about, fontsize=small(), title_fontsize=small(),
        alignment="left", **where,
    )  # fmt: skip
    for text in (legend.get_title(), *legend.get_texts()):
        text.set_parse_math(False)


def _caption(layout: Layout, n_written: int, n_wanted: int) -> str:
    """Say what is drawn, and what is not."""
    n_shown = len(layout.points)
    what = f"{layout.n_categories:,} categories" if layout.n_categories != 1 else "1 category"
    parts = [what]
    if n_shown < layout.n_categories:
        parts = [f"the {n_shown:,} most frequent of {what}"]
    if n_wanted:
        parts.append(f"{n_written:,} of them named")
    low, high = (in_words(value.item()) for value in (layout.rows.min(), layout.rows.max()))
    parts.append(f"area: rows, {low} to {high}" if low != high else f"each in {low} rows")
    if layout.uncertain.any():
        parts.append(f"hollow: {layout.uncertain_because}")
    if not layout.has_signal:
        parts.append("no signal: all vectors are zero")
    return "; ".join(parts)
