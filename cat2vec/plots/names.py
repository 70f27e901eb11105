"""Names beside points that hide neither each other nor points, and never leave the axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cat2vec.plots.style import figure_of, small
from cat2vec.vectors.labels import Room

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def name_points(
    axes: Axes,
    names: Sequence[str],
    points: np.ndarray | Sequence[Sequence[float]],
    radius: float | np.ndarray = 3.0,
    size: float | None = None,
) -> list[int]:
    """Write names beside points as far as there is room; the first come first.

    Names are placed once, for the axes as large as they are now.

    Parameters
    ----------
    axes : Axes
        With its points, titles and legend.
    names : sequence of str
        Of the first points. Signs such as ``$`` stand for themselves.
    points : array-like of shape (n_points, 2)
        No name hides one of them, nor the legend.
    radius : float or ndarray of shape (n_points,)
        Of the points as they are drawn, in points of 1/72 inch.
    size : float or None
        Of the letters, in points of 1/72 inch.

    Returns
    -------
    list of int
        Which names were written.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> name_points(axes, ["Oslo", "under it"], np.array([[0.5, 0.5], [0.5, 0.5]]))
    [0, 1]
    """
    figure = figure_of(axes)
    figure.draw_without_rendering()  # settles the layout, from which places on paper follow
    scale = figure.dpi / 72.0
    places = axes.transData.transform(points)
    half = np.broadcast_to(np.asarray(radius, float) * scale, len(places))[:, None]
    taken = np.hstack([places - half, places + half])
    legend = axes.get_legend()
    if legend is not None:
        taken = np.vstack([taken, [*legend.get_window_extent().extents]])
    room = Room(axes.get_window_extent().extents, taken)
    written = []
    for number, name in enumerate(names):
        text = axes.annotate(
            name, tuple(points[number]), (0, 0), textcoords="offset points",
            fontsize=size or small(), ha="left", va="bottom", parse_math=False,
        )  # fmt: skip
        text.set_in_layout(False)  # else the axes would move again
        box = text.get_window_extent()
        corner = room.place(places[number], (box.width, box.height), half[number, 0] + 1.5 * scale)
        if corner is None:
            text.remove()
            continue
        text.set_position(tuple((np.array(corner) - places[number]) / scale))
        written.append(number)
    return written
