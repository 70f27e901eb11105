"""What more dimensions would give, and how training went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec.errors import ParameterError
from cat2vec.inspection.report import Report
from cat2vec.parameters import documented
from cat2vec.plots.given import vectors_of
from cat2vec.plots.style import COLORS, GREY, axes_for, foreground, head, pyplot, small

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Shares of the squared length that a caption tells the axes of.
_MOST = (0.9, 0.99)


@documented
def plot_sizes(vectors: Any, *, ax: Axes | None = None) -> Axes:
    """Draw what each axis of the vectors holds, or what each vector size gains on other rows.

    If the last axes hold next to nothing, a smaller ``vector_size`` would do. Whether more would
    help, a report says: rows that were not trained on.

    Parameters
    ----------
    vectors : Vectors, fitted Cat2Vec, or Report
        Of a report with training rows, the held-out gain is drawn by vector size.
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
    >>> table = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
    >>> vectors = train_vectors(count_pairs(table), vector_size=2)
    >>> axes = plot_sizes(vectors, ax=Figure().subplots())
    >>> [round(float(bar.get_height()), 3) for bar in axes.patches]
    [1.0, 0.0]
    """
    pyplot()
    if isinstance(vectors, Report):
        return _gain_by_size(vectors, ax)
    _, matrix = vectors_of(vectors).ordered().vocabulary_and_matrix()
    squares = np.square(matrix, dtype=np.float64).sum(axis=0)
    whole = squares.sum()
    shares = squares / (whole if whole > 0 else 1.0)
    ax = axes_for(ax, 7.0, 3.8)
    ax.bar(np.arange(1, len(shares) + 1), shares, color=COLORS[0])
    _clean(ax, "axis", "share of squared length")
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    enough = np.searchsorted(np.cumsum(shares), np.array(_MOST) - 1e-9) + 1
    caption = "no signal: all vectors are zero"
    if whole > 0:
        caption = "; ".join(
            f"{share:.0%} in the first {n:,}" for share, n in zip(_MOST, enough, strict=True)
        )
    head(ax, f"{len(shares):,} axes of the vectors of all features", caption)
    return ax


def _gain_by_size(report: Report, ax: Axes | None) -> Axes:
    if not report.curve:
        raise ParameterError(
            "the report has no gains by vector size, which need the training rows: "
            "model.report(test_rows, train_rows)."
        )
    ax = axes_for(ax, 7.0, 3.8)
    sizes, gains = np.array(report.curve).T
    ax.axhline(0, color=foreground(), linewidth=0.8)
    ax.plot(sizes, gains, "o-", color=COLORS[0])
    ax.set_xscale("log", base=2)
    ax.set_xticks(sizes, [f"{size:.0f}" for size in sizes])
    ax.minorticks_off()
    _clean(ax, "vector size", "gain on held-out rows, nats per pair")
    caption = "0 is independence of all columns"
    if report.size_enough is not None:
        place = sizes.tolist().index(report.size_enough)
        ax.plot(sizes[place], gains[place], "o", color=COLORS[1], markersize=10)
        caption += f"; marked: the smallest size with 99% of the best gain, {report.size_enough}"
    head(ax, "Gain by vector size", caption)
    return ax


@documented
def plot_training(vectors: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the loss after each sweep or epoch of training.

    Parameters
    ----------
    vectors : Vectors or fitted Cat2Vec
        Of an update, the losses are those of the update.
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
    >>> table = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
    >>> vectors = train_vectors(count_pairs(table), vector_size=1)
    >>> axes = plot_training(vectors, ax=Figure().subplots())
    >>> axes.lines[0].get_ydata().tolist() == list(vectors.losses)
    True
    """
    known = vectors_of(vectors)
    ax = axes_for(ax, 7.0, 3.8)
    from matplotlib.ticker import MaxNLocator

    settings, losses = known.settings, np.array(known.losses, np.float64)
    steps = np.arange(1, len(losses) + 1)
    computed = np.isfinite(losses)
    ax.plot(steps[computed], losses[computed], "o-", color=COLORS[0], label="loss")
    caption = f"solver {settings.get('solver')}"
    estimated = settings.get("estimated_losses")
    if estimated:
        rough = steps if estimated == "all" else steps[:-1]
        ax.plot(rough, losses[rough - 1], "o", color=COLORS[0], markerfacecolor=ax.get_facecolor())
        caption += "; hollow: estimated"
    if np.isfinite(known.independence_loss):
        ax.axhline(known.independence_loss, color=GREY, linestyle="--", label="independence")
        caption += f"; gain on the rows of training {known.gain:.4f} nats per pair"
        ax.legend(fontsize=small(), frameon=False)
    if not computed.all():
        caption += f"; not computed in {int((~computed).sum())} of {len(losses)}"
    unit = "sweep" if settings.get("solver") == "counts" else "epoch"
    _clean(ax, unit, "loss, nats per pair")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    head(ax, f"Loss by {unit}", caption)
    return ax


def _clean(ax: Axes, x: str, y: str) -> None:
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.tick_params(labelsize=small())
    ax.spines[["top", "right"]].set_visible(False)
