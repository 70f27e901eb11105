"""How columns hang together: a table of colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec.errors import ParameterError
from cat2vec.inspection.associations import associations
from cat2vec.parameters import documented
from cat2vec.plots.given import counts_of
from cat2vec.plots.style import axes_for, figure_of, head, pyplot, small
from cat2vec.vectors.labels import label_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Inches of a column, and of the largest figure; numbers are written where they are readable.
_COLUMN, _LARGEST, _READABLE = 0.5, 16.0, 0.36


@documented
def plot_associations(counts: Any, *, ax: Axes | None = None) -> Axes:
    """Draw how strongly columns are associated, as a table in which similar columns are near.

    The numbers are ``share`` of ``inspection.associations``: mutual information, corrected for
    chance, as a share of the smaller entropy of both columns. 0 is independence; at 1 one column
    tells the other. Columns are ordered by hierarchical clustering: average linkage, in the order
    in which neighbours are most alike (Bar-Joseph, Gifford & Jaakkola 2001, Bioinformatics 17).

    Parameters
    ----------
    counts : PairCounts, fitted Cat2Vec, or DataFrame
        What is counted, a model that keeps it, or what ``associations`` gave.
    {ax}

    Returns
    -------
    Axes

    Raises
    ------
    TableError, NotAvailableError, MissingPackageError

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from cat2vec import count_pairs
    >>> table = {"city": ["Oslo", "Oslo", "Rome", "Rome"] * 9, "day": ["Mon", "Tue"] * 18,
    ...          "land": ["NO", "NO", "IT", "IT"] * 9}
    >>> axes = plot_associations(count_pairs(table), ax=Figure().subplots())
    >>> sorted(text.get_text() for text in axes.texts if text.get_text()[0].isdigit())
    ['0.00', '0.00', '0.00', '0.00', '1.00', '1.00']
    """
    import pandas as pd

    plt = pyplot()
    is_answer = isinstance(counts, pd.DataFrame)
    found = counts if is_answer else associations(counts_of(counts, "plot_associations"))
    features, shares = _in_order(found)
    size = min(_COLUMN * len(features), _LARGEST)
    ax = axes_for(ax, size + 3.2, size + 2.0)
    colors = plt.get_cmap("viridis").with_extremes(bad=(0.54, 0.54, 0.54, 0.25))
    image = ax.imshow(np.ma.masked_invalid(shares), cmap=colors, vmin=0.0, vmax=1.0)
    names = [label_text(name) for name in features]
    ax.set_xticks(range(len(names)), names, rotation=90, parse_math=False, fontsize=small())
    ax.set_yticks(range(len(names)), names, parse_math=False, fontsize=small())
    ax.tick_params(length=0)
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.6, pad=0.02)
    bar.ax.tick_params(labelsize=small())
    unknown = int(np.isnan(shares).sum() - len(names)) // 2
    caption = "mutual information as a share of the smaller entropy, corrected for chance"
    if unknown:
        caption += f"; ?: {unknown:,} pairs of columns that were not counted"
    head(ax, f"Associations of {len(names):,} columns", caption)
    _write_numbers(ax, shares)
    return ax


def _in_order(found: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """Give the features, similar ones beside each other, and a square of shares; NaN: unknown."""
    from scipy.cluster.hierarchy import leaves_list, linkage

    if not len(found):
        raise ParameterError("there are no associations to draw: the table has no lines.")
    features = sorted({*found["feature"], *found["other"]})
    place = {name: number for number, name in enumerate(features)}
    shares = np.full((len(features), len(features)), np.nan)
    for one, other, share in zip(found["feature"], found["other"], found["share"], strict=True):
        # just below 0 is chance, and no number of its own
        shares[place[one], place[other]] = shares[place[other], place[one]] = max(share, 0.0)
    pairs = np.triu_indices(len(features), 1)
    if len(features) > 2:
        distances = 1.0 - np.nan_to_num(shares[pairs])
        order = leaves_list(linkage(distances, "average", optimal_ordering=True))
    else:
        order = np.arange(len(features))
    return [features[number] for number in order], shares[np.ix_(order, order)]


def _write_numbers(ax: Axes, shares: np.ndarray) -> None:
    """Write each share into its cell, where cells are large enough to read it."""
    figure = figure_of(ax)
    figure.draw_without_rendering()
    inches = ax.get_window_extent().width / figure.dpi / len(shares)
    if inches < _READABLE:
        return
    for row, column in zip(*np.nonzero(~np.eye(len(shares), dtype=bool)), strict=True):
        share = shares[row, column]
        ax.text(
            column, row, "?" if np.isnan(share) else f"{share:.2f}", ha="center", va="center",
            fontsize=min(small(), 22 * inches), color="black" if share > 0.6 else "white",
        )  # fmt: skip
