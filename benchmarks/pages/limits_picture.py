"""The picture of ``limits.py``: three panels, one per limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from benchmarks.pages.pictures import STYLE, new_figure, saved
from cat2vec.plots.style import COLORS, GREY

Record = Mapping[str, Any]
NAMES = {"vehicles": "vehicles", "planted groups": "planted groups", "cartesian product": "product"}


@mpl.rc_context(STYLE)
def draw(
    without_signal: Sequence[Record],
    by_rows: Sequence[Record],
    ordered: Sequence[Record],
    folder: Path,
) -> None:
    figure = new_figure(11, 3.6)
    panels = figure.subplots(1, 3)
    independent(panels[0], without_signal)
    few_rows(panels[1], by_rows)
    order(panels[2], ordered)
    for panel in panels:
        panel.title.set(fontweight="bold", fontsize=9.5)
    saved(figure, folder, "limits")


def bars(
    panel: Any,
    names: Sequence[str],
    values: Sequence[float],
    ends: Sequence[tuple[float, float]],
    digits: int = 2,
) -> None:
    """Draw bars with their numbers, and whiskers from the lowest to the highest."""
    places = np.arange(len(values))
    below = np.abs(np.array(ends).T - np.array(values))
    colors = [COLORS[0] if value > 0.1 else GREY for value in values]
    panel.barh(places, values, color=colors, xerr=below, error_kw={"elinewidth": 1, "capsize": 2})
    for place, value, (_, high) in zip(places, values, ends, strict=True):
        panel.text(max(high, 0) + 0.02 * max(values), place, f"{value:.{digits}f}", va="center")
    panel.axvline(0, color="black", linewidth=0.8)
    panel.set_yticks(places, names)
    panel.invert_yaxis()
    panel.margins(x=0.15)


def independent(panel: Any, found: Sequence[Record]) -> None:
    """Bars of held-out gain: vehicles, planted groups, and both without what they had in common."""
    found = [one for one in found if one["table"] in NAMES]
    values = [one["gain_held_out"] for one in found]
    ends = [(min(one["gain_held_out_by_fold"]), max(one["gain_held_out_by_fold"])) for one in found]
    bars(panel, [label(one) for one in found], values, ends, digits=3)
    for place, value in enumerate(values):
        panel.patches[place].set_color(COLORS[0] if value > 0 else GREY)
    panel.set_xlabel("gain on held-out rows, nats per pair")
    panel.set_title("Unrelated columns give nothing")


def label(one: Record) -> str:
    if one["table"] == "cartesian product":
        return "all combinations"
    return NAMES[one["table"]] + (", shuffled" if one["shuffled"] else "")


def few_rows(panel: Any, found: Sequence[Record]) -> None:
    """One line per table: how many neighbours are of the same group, with the range of seeds."""
    found = [one for one in found if one["relative_length"] is not None]
    for table, color in zip(dict.fromkeys(one["table"] for one in found), COLORS, strict=False):
        some = [one for one in found if one["table"] == table]
        x = [one["rows_per_category"] for one in some]
        name = "real: occupations"
        if "follows" in some[0]:
            name = f"{some[0]['follows']:.0%} of cells follow the group"
        panel.plot(
            x, [one["same_group"] for one in some], "o-", color=color, markersize=4, label=name
        )
        ends = ([one[f"same_group_{end}"] for one in some] for end in ("lowest", "highest"))
        panel.fill_between(x, *ends, color=color, alpha=0.15, linewidth=0)
    panel.axhline(found[0]["chance"], color="black", linewidth=0.8, linestyle=":", label="chance")
    panel.set_xscale("log")
    panel.set_xticks(x, [str(n) for n in x])
    panel.minorticks_off()
    panel.set_ylim(0, 1.03)
    panel.set_xlabel("rows of the category")
    panel.set_ylabel("nearest 5 of the same group")
    panel.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    panel.set_title("Few rows suffice only if rows say much")
    panel.legend(
        fontsize=7.5, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncol=2
    )


def order(panel: Any, found: Sequence[Record]) -> None:
    """Bars of the rank correlation of distance and difference in rank, by shape of dependence."""
    shapes = {
        "planted, rising": "others rise with it",
        "planted, U-shaped": "both ends alike",
        "planted, periodic": "comes round again",
        "planted, independent": "others unrelated",
    }
    some = [one for one in found if one["table"] in shapes]
    names = [shapes[one["table"]] for one in some]
    for one in found:
        if one["table"] == "vehicles":
            some.append(one)
            names.append(f"real: {one['feature']} of vehicles")
    bars(
        panel, names, [one["spearman"] for one in some],
        [(one["spearman_lowest"], one["spearman_highest"]) for one in some],
    )  # fmt: skip
    panel.set_xlabel("order found: Spearman's correlation")
    panel.set_title("Order only as far as others follow it")
