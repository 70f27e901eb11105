"""The picture of ``limits.py``: three panels, one per limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.pages.pictures import OURS, PEERS, plt, saved

Record = Mapping[str, Any]
COLOURS = (OURS, "#1f618d", "#b9770e", PEERS, "#117a65")
#: Legends of the panels.
BELOW = {
    "fontsize": 8, "title_fontsize": 8, "frameon": False, "ncol": 2, "loc": "upper center",
    "bbox_to_anchor": (0.5, -0.18), "columnspacing": 1.2,
}  # fmt: skip


def draw(
    without_signal: Sequence[Record],
    by_rows: Sequence[Record],
    ordered: Sequence[Record],
    folder: Path,
) -> None:
    figure, panels = plt.subplots(1, 3, figsize=(10, 4), layout="constrained")
    independent(panels[0], without_signal)
    few_rows(panels[1], by_rows)
    order(panels[2], ordered)
    for panel in panels:
        panel.title.set_fontweight("bold")
    saved(figure, folder, "limits")


def independent(panel: Any, found: Sequence[Record]) -> None:
    """Bars of held-out gain: vehicles, planted groups, and both without what they had in common."""
    found = [one for one in found if one["table"] in NAMES]
    gains = [one["gain_held_out"] for one in found]
    colors = [OURS if gain > 0 else PEERS for gain in gains]
    panel.barh(range(len(found)), gains, color=colors)
    for place, gain in enumerate(gains):
        panel.text(max(gain, 0) + 0.008, place, f"{gain:.3f}", va="center")
    panel.axvline(0, color="black", linewidth=0.8)
    panel.set_yticks(range(len(found)), [label(one) for one in found])
    panel.invert_yaxis()
    panel.margins(x=0.15)
    panel.set_xlabel("held-out gain, nats per pair")
    panel.set_title("Independent columns")


NAMES = {"vehicles": "vehicles", "planted groups": "groups", "cartesian product": "product"}


def label(one: Record) -> str:
    if one["table"] == "cartesian product":
        return "all combinations"
    return NAMES[one["table"]] + (",\nshuffled" if one["shuffled"] else "")


def few_rows(panel: Any, found: Sequence[Record]) -> None:
    """One line per table: neighbours of the same group, and lengths dashed."""
    found = [one for one in found if one["relative_length"] is not None]
    for table, color in zip(dict.fromkeys(one["table"] for one in found), COLOURS, strict=False):
        some = [one for one in found if one["table"] == table]
        x = [one["rows_per_category"] for one in some]
        name = f"{some[0]['follows']:.0%} follow" if "follows" in some[0] else "GSS occupations"
        same = [one["same_group"] for one in some]
        panel.plot(x, same, "o-", color=color, markersize=3, label=name)
        lengths = [one["relative_length"] for one in some]
        panel.plot(x, lengths, "--", color=color, linewidth=1, alpha=0.7)
    panel.axhline(
        found[0]["chance"], color="black", linewidth=0.8, linestyle=":", label="chance, planted"
    )
    panel.set_xscale("log")
    panel.set_xticks(x, [str(n) for n in x])
    panel.minorticks_off()
    panel.plot([], [], "--", color="black", linewidth=1, label="mean length, 1 at 100")
    panel.set_ylim(0, 1.25)
    panel.set_xlabel("rows of the category")
    panel.set_ylabel("5 nearest of the same group, share")
    panel.set_title("Few rows per category")
    panel.legend(**BELOW)


def order(panel: Any, found: Sequence[Record]) -> None:
    """One line per dependence: mean cosine by difference in rank."""
    some = [one for one in found if one["table"].startswith("planted")]
    for one, color in zip(some, COLOURS, strict=False):
        by = one["cosine_by_difference"]
        name = one["table"].removeprefix("planted, ")
        panel.plot(
            range(1, len(by) + 1), by, "o-", color=color, markersize=3,
            label=f"{name}: {one['spearman']:.2f}",
        )  # fmt: skip
    panel.axhline(0, color="black", linewidth=0.8)
    panel.set_xlabel("bins apart")
    panel.set_ylabel("cosine similarity")
    panel.set_title("Order")
    panel.legend(**BELOW, title="shape of dependence: Spearman")
