"""What moved since an earlier training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec.errors import in_words
from cat2vec.inspection.moves import APPEARED, LOST, MOVED, UNCHANGED, moves
from cat2vec.parameters import check_parameters, documented
from cat2vec.plots.given import vectors_of
from cat2vec.plots.style import COLORS, GREY, axes_for, foreground, head, pyplot, small
from cat2vec.vectors.labels import label_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_COLORS = {MOVED: COLORS[1], APPEARED: COLORS[2], LOST: COLORS[0], UNCHANGED: GREY}
#: Categories that did not move and are shown for comparison.
_UNCHANGED = 3


@documented
def plot_moves(
    vectors: Any, earlier: Any, *, n: int = 10, decay: float = 0.0, ax: Axes | None = None
) -> Axes:
    """Draw which categories moved, appeared and lost support since an earlier training.

    A bar is the distance that a category moved as a multiple of the largest that chance would take
    it, ``times_chance`` of ``inspection.moves``: what reaches beyond 1 moved. Those that appeared
    or have no vector of their own any more have no distance.

    Parameters
    ----------
    vectors, earlier : Vectors or fitted Cat2Vec
    n : int, default 10
        How many categories of each status to draw; the caption says how many there are.
    decay : float, default 0.0
        As in ``inspection.moves``.
    {ax}

    Returns
    -------
    Axes

    Raises
    ------
    ParameterError, MissingPackageError

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from cat2vec import count_pairs, train_vectors
    >>> before = {"city": ["Oslo", "Bergen", "Rome", "Pisa"] * 90,
    ...           "food": ["cod", "cod", "pasta", "pasta"] * 90}
    >>> after = {"city": ["Oslo", "Bergen", "Rome", "Bari"] * 90,
    ...          "food": ["cod", "cod", "pasta", "pasta"] * 90}
    >>> one, other = (train_vectors(count_pairs(t), vector_size=1) for t in (before, after))
    >>> axes = plot_moves(other, one, ax=Figure().subplots())
    >>> [text.get_text() for text in axes.get_yticklabels()][:2]
    ['city: Bari', 'city: Pisa']
    """
    pyplot()
    check_parameters(n=n)
    return draw_moves(moves(vectors_of(vectors), vectors_of(earlier), None, decay), n, ax)


def draw_moves(found: pd.DataFrame, n: int, ax: Axes | None = None) -> Axes:
    """Draw what ``inspection.moves(..., n=None)`` found; see ``plot_moves``."""
    status = found["status"]
    limits = {MOVED: n, APPEARED: n, LOST: n, UNCHANGED: min(n, _UNCHANGED)}
    rank = found.groupby("status", sort=False).cumcount()
    shown = found[rank < status.map(limits)]
    ax = axes_for(ax, 8.5, 1.6 + 0.26 * len(shown))
    lengths = np.nan_to_num(shown["times_chance"].to_numpy(np.float64))
    places = np.arange(len(shown))
    ax.barh(places, lengths, color=[_COLORS[one] for one in shown["status"]], height=0.7)
    ax.axvline(1.0, color=foreground(), linestyle=":", linewidth=1)
    names = [
        f"{label_text(feature)}: {label_text(category)}"
        for feature, category in zip(shown["feature"], shown["category"], strict=True)
    ]
    ax.set_yticks(places, names, parse_math=False, fontsize=small())
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.set_xlim(0, 1.35 * max(lengths.max(initial=0.0), 1.3))  # with room for the words
    for place, (end, kind, before, after) in enumerate(
        zip(lengths, shown["status"], shown["rows_before"], shown["rows"], strict=True)
    ):
        ax.annotate(
            f"{kind}, {_rows(before)} → {_rows(after)} rows", (end, place), (4, 0),
            textcoords="offset points", va="center", fontsize=small(),
            bbox={"facecolor": ax.get_facecolor(), "edgecolor": "none", "pad": 1},
        )  # fmt: skip
    ax.set_xlabel("distance, as a multiple of the largest that chance gives (dotted)")
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(axis="x", labelsize=small())
    counts = status.value_counts()
    caption = ", ".join(f"{counts.get(one, 0):,} {one}" for one in limits)
    head(ax, "What moved", caption)
    return ax


def _rows(value: float) -> str:
    """Write a number of rows; of a pooled category it is not known."""
    return "?" if np.isnan(value) else in_words(int(value) if value == int(value) else value)
