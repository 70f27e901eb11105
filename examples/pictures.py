"""Names beside points that do not hide each other, for the pictures of the examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

#: Where a name may stand: shift in points of 1/72 inch, and how it is aligned to that place.
SIDES = [
    ((4, 0), "left", "center"),
    ((-4, 0), "right", "center"),
    ((0, 4), "center", "bottom"),
    ((0, -4), "center", "top"),
]
DOT = 3  # half the side of a point that no name may hide, in pixels


def name_points(axes: Any, names: Sequence[str], points: np.ndarray, size: float = 7) -> list[str]:
    """Write names beside points as far as there is room; the first names come first.

    Parameters
    ----------
    axes : matplotlib Axes
        With its points and legend drawn; names that would leave it are not written.
    names : sequence of str
    points : ndarray of shape (n_names, 2)
    size : float
        Of the letters, in points of 1/72 inch.

    Returns
    -------
    list of str
        The names written.
    """
    from matplotlib.transforms import Bbox

    axes.figure.draw_without_rendering()  # places the axes, from which places on paper follow
    frame = axes.get_window_extent()
    taken = [
        Bbox.from_extents(x - DOT, y - DOT, x + DOT, y + DOT)
        for x, y in axes.transData.transform(points)
    ]
    written = []
    for name, point in zip(names, points, strict=True):
        for shift, across, along in SIDES:
            text = axes.annotate(
                name, point, shift, textcoords="offset points", fontsize=size, color="0.2",
                ha=across, va=along,
            )  # fmt: skip
            text.set_in_layout(False)  # else the axes would move again
            box = text.get_window_extent()
            inside = frame.containsx(box.x0) and frame.containsx(box.x1)
            inside = inside and frame.containsy(box.y0) and frame.containsy(box.y1)
            if inside and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                written.append(name)
                break
            text.remove()
    return written
