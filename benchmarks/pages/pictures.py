"""Pictures of the page, as SVG; the same figures give the same file."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pandas as pd

mpl.use("svg")
mpl.rcParams.update({"svg.hashsalt": "cat2vec", "font.size": 9, "axes.spines.top": False})
mpl.rcParams.update({"axes.spines.right": False, "svg.fonttype": "none"})

import matplotlib.pyplot as plt  # noqa: E402

OURS, PEERS = "#c0392b", "#5d6d7e"
MARKS = "os^vDPX<>*"


def bars(folder: Path, name: str, means: pd.DataFrame, title: str) -> str:
    """Draw one panel of bars per column, ours in red."""
    means = means.sort_values(means.columns[0])
    figure, panels = plt.subplots(
        1, means.shape[1], sharey=True, figsize=(9, 0.24 * len(means) + 1)
    )
    for panel, column in zip(panels, means, strict=True):
        colors = [OURS if str(row).startswith("cat2vec") else PEERS for row in means.index]
        panel.barh(list(means.index), means[column], color=colors)
        panel.set_title(f"{column}, {title}", fontsize=9)
    return saved(figure, folder, name)


def dots(folder: Path, name: str, frame: pd.DataFrame, title: str) -> str:
    """Draw one line per row with a dot for each method, ours in red."""
    figure, panel = plt.subplots(figsize=(9, 0.36 * len(frame) + 1.4))
    places = range(len(frame))
    for place, method in enumerate(sorted(frame.columns, key=lambda m: m == "cat2vec")):
        ours = method == "cat2vec"
        color = OURS if ours else plt.cm.viridis(place / max(frame.shape[1] - 1, 1))
        panel.scatter(
            frame[method], places, s=70 if ours else 30, label=method, color=color,
            marker="o" if ours else MARKS[(place + 1) % len(MARKS)], zorder=3 if ours else 2,
        )  # fmt: skip
    panel.set_yticks(list(places), list(frame.index))
    panel.invert_yaxis()
    panel.grid(axis="both", alpha=0.3)
    panel.set_xlabel(title)
    panel.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return saved(figure, folder, name)


def saved(figure: plt.Figure, folder: Path, name: str) -> str:
    file = folder / "pictures" / f"{name}.svg"
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
    return f"![{name.replace('_', ' ')}](pictures/{name}.svg)"
