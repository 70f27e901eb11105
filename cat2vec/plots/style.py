"""How pictures look: axes to draw in, colours that all eyes can tell apart, and captions.

Colours of letters and lines are those of ``rcParams``, so dark styles work. matplotlib is imported
here, when something is drawn.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec.errors import MissingPackageError, ParameterError, named

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colours of Okabe & Ito 2008, "Color Universal Design", and a marker for each group beside them,
#: so that groups can be told apart in grey print too.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7", "#F0E442")
MARKERS = "os^DvPX*<>"
#: What belongs to no group, or is of less weight.
GREY = "#8a8a8a"


def pyplot() -> Any:
    """Import ``matplotlib.pyplot``.

    Raises
    ------
    MissingPackageError
    """
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise MissingPackageError("a plot", "matplotlib", "cat2vec[plot]") from error
    return pyplot


def axes_for(ax: Axes | None, width: float, height: float) -> Axes:
    """Give the axes to draw in: those given, or new ones of a figure of so many inches.

    Raises
    ------
    ParameterError, MissingPackageError
    """
    plt = pyplot()
    if ax is None:
        return plt.subplots(figsize=(width, height), layout="constrained")[1]
    if not hasattr(ax, "transData"):
        hint = " Give one of the array." if isinstance(ax, np.ndarray) else ""
        raise ParameterError(
            f"{named('ax')} must be Axes of matplotlib or None, got {type(ax).__name__}.{hint}"
        )
    return ax


def figure_of(axes: Axes) -> Figure:
    """Give the whole figure that axes are part of, perhaps by way of a subfigure."""
    return axes.figure.canvas.figure


def color_of(group: int) -> str:
    """Give the colour of a group; beyond seven they repeat, and markers differ.

    Examples
    --------
    >>> color_of(0) == color_of(7), marker_of(0) == marker_of(7)
    (True, False)
    """
    return COLORS[group % len(COLORS)]


def marker_of(group: int) -> str:
    """Give the marker of a group."""
    return MARKERS[group % len(MARKERS)]


def foreground() -> str:
    """Give the colour of letters, which stands out from the background."""
    return str(pyplot().rcParams["text.color"])


def head(axes: Axes, title: str, caption: str) -> int:
    """Write a title and, below it, a caption in small letters; give the number of its lines."""
    n_lines = write_caption(axes, caption)
    axes.annotate(
        title, (0, 1), (0, 8 + 1.25 * small() * n_lines), xycoords="axes fraction",
        textcoords="offset points", fontweight="bold", parse_math=False, annotation_clip=False,
    )  # fmt: skip
    return n_lines


def write_caption(axes: Axes, caption: str, n_lines: int = 0) -> int:
    """Write small letters above the axes, no wider than these; give the number of lines.

    Signs such as ``$`` stand for themselves. There are at least ``n_lines``, empty ones last, so
    that a caption can be written anew and nothing moves.
    """
    figure = figure_of(axes)
    width = axes.get_window_extent().width * 72.0 / figure.dpi
    lines = textwrap.wrap(caption, max(int(width / (0.56 * small())), 24))
    lines += [""] * (n_lines - len(lines))
    axes.set_title("\n".join(lines), loc="left", fontsize=small(), parse_math=False)
    return len(lines)


def small() -> float:
    """Give the size of small letters, in points of 1/72 inch."""
    return 0.8 * float(pyplot().rcParams["font.size"])
