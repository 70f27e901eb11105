"""Pictures of the page, as SVG; the same figures give the same file."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from cat2vec.plots.names import name_points
from cat2vec.plots.style import COLORS, GREY

#: Settings in which pictures are drawn and saved.
STYLE = {
    "svg.hashsalt": "cat2vec",
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
#: What the tables of the page call some methods, and what a stranger understands.
IN_WORDS = {
    "MCA": "multiple correspondence analysis",
    "SVD of PPMI": "SVD of the PMI table",
    "PMI table": "PMI table of all pairs",
    "most frequent": "most frequent category",
    "gensim defaults": "gensim, its defaults",
    "gensim tuned, 5 epochs": "gensim for tables, 5 epochs",
    "gensim tuned, 20 epochs": "gensim for tables, 20 epochs",
}
#: Points whose tables are named, those furthest off.
NAMED = 6


@mpl.rc_context(STYLE)
def differences(folder: Path, name: str, frame: pd.DataFrame, what: str) -> str:
    """Draw how far each method is from cat2vec on each table, and the mean with its error.

    Parameters
    ----------
    frame : DataFrame
        A line for each table, a column for each method, "cat2vec" among them; higher is better. The
        name of the index says what a line is.
    what : str
        What was measured.
    """
    apart = frame.drop(columns="cat2vec").sub(frame["cat2vec"], axis=0)
    means, n_tables = apart.mean(), apart.notna().sum()
    errors = apart.std() / np.sqrt(n_tables)
    order = means.sort_values(ascending=False).index
    figure = new_figure(9, 0.34 * len(order) + 1.3)
    panel = figure.subplots()
    panel.axvline(0, color=COLORS[1], linewidth=2)
    points, tables, bars = [], [], []
    for place, method in enumerate(order):
        some = apart[method].dropna()
        panel.plot(some, [place + 0.16] * len(some), "o", color=GREY, alpha=0.55, markersize=4.5)
        reach = 2 * errors[method]
        panel.errorbar(
            means[method], place - 0.18, xerr=reach, fmt="D", color=COLORS[0], markersize=5,
            capsize=2, zorder=3,
        )  # fmt: skip
        points += [(value, place + 0.16) for value in some]
        tables += some.index.astype(str).tolist()
        along = np.linspace(means[method] - reach, means[method] + reach, 20)
        bars += [(x, place - 0.18) for x in along]
    panel.set_yticks(range(len(order)), [IN_WORDS.get(method, method) for method in order])
    panel.set_ylim(len(order) - 0.4, -0.6)
    panel.margins(x=0.12)
    panel.set_xlabel(f"{what}: difference from cat2vec (line)")
    panel.grid(axis="x", alpha=0.3)
    for x, words, side in ((0.0, "cat2vec better", "left"), (1.0, "other better", "right")):
        panel.set_title(f"← {words}" if x == 0 else f"{words} →", loc=side, fontsize=9)
    panel.set_title(
        f"dot: one of {len(frame)} {frame.index.name}s; diamond: mean ± 2 standard errors",
        fontsize=9,
    )
    far = np.argsort(-np.abs([value for value, _ in points]), kind="stable")
    name_points(
        panel, [tables[k] for k in far[:NAMED]], np.array(points)[far].tolist() + bars, 2.3, size=7
    )  # names of tables hide neither dots nor bars
    return saved(figure, folder, name)


def new_figure(width: float, height: float) -> Figure:
    """Give a figure of so many inches that knows how wide SVG draws text."""
    figure = Figure((width, height), layout="constrained")
    FigureCanvasSVG(figure)
    return figure


def saved(figure: Figure, folder: Path, name: str) -> str:
    file = folder / "pictures" / f"{name}.svg"
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, bbox_inches="tight", metadata={"Date": None})
    return f"![{name.replace('_', ' ')}](pictures/{name}.svg)"
