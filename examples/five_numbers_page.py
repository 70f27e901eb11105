"""Put the figures of ``five_numbers.py`` into the page five_numbers.md, and draw its pictures.

    python examples/five_numbers_page.py

Reads examples/five_numbers/*.json; what stands between ``<!-- NAME -->`` and ``<!-- end -->``
in the page is replaced. The pictures need ``pip install cat2vec[examples]``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from five_numbers import CHOSEN_BY, FOLDER, NUMERIC, SIZE, Choice, Variant, best, starts

from cat2vec import Cat2Vec
from cat2vec.datasets import load_vehicles

PAGE = Path(__file__).parent / "five_numbers.md"
#: What the page calls the variants.
TARGETS = {
    "fixed": "5 + 2 numbers, as they were at the start",
    "moving": "5 + 2 numbers, as they are now",
    "category": "the category, 126 outputs",
}
SCORES = {
    "accuracy": "vehicle",
    "mrr": "MRR",
    "alike": "alike",
    "mass": "mass R²",
    "speed": "speed R²",
}


def main() -> int:
    PAGE.write_text(filled(PAGE.read_text("utf-8"), FOLDER), "utf-8")
    draw_vectors(FOLDER / "vehicles.png")
    draw_scores(json.loads((FOLDER / "torch.json").read_text("utf-8")), FOLDER / "recovered.png")
    return 0


def filled(page: str, folder: Path) -> str:
    """Replace the blocks of figures of the page."""
    record = {
        file.stem: json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*.json"))
    }
    blocks = {"sizes": sizes(record["torch"]), "validation": validation(record["torch"])}
    for name, found in record.items():
        blocks[f"{name} held out"] = scores(found, "held_out")
        blocks[f"{name} unseen"] = scores(found, "unseen")
        blocks[f"{name} facts"] = [facts(found)]
    for name, lines in blocks.items():
        page = re.sub(
            rf"(<!-- {name} -->\n).*?(<!-- end -->)",
            lambda found, lines=lines: found[1] + "\n".join(["", *lines, "", ""]) + found[2],
            page,
            flags=re.DOTALL,
        )
    return page


def sizes(record: dict[str, Any]) -> list[str]:
    lines = [
        "| vectors | neighbours kept | mass R² | speed R² | spread of the first five numbers |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, found in record["sizes"].items():
        spread = " ".join(f"{value:.2f}" for value in found["spread"])
        numbers = " | ".join(f"{found[column]:.2f}" for column in NUMERIC)
        lines.append(f"| {name} | {found['neighbours_kept']:.0%} | {numbers} | {spread} |")
    return lines


def scores(record: dict[str, Any], part: str) -> list[str]:
    """Write a table of mean ± standard deviation over seeds."""
    lines = [
        f"| start | embedding | output compared with | {' | '.join(SCORES.values())} |",
        "| --- | --- | --- |" + " --- |" * len(SCORES),
    ]
    for variant, runs in starts(record["runs"]):
        if part == "unseen" and variant.target == "category":
            continue  # outputs that were never trained: nothing to compare
        cells = []
        for name in SCORES:
            values = np.array([line[f"{part}_{name}"] for line in runs])
            cells.append(f"{values.mean():.2f} ± {values.std(ddof=len(values) > 1):.2f}")
        lines.append(f"| {label(variant)} | {TARGETS[variant.target]} | {' | '.join(cells)} |")
    known = record["chance"]
    chance = " | ".join(f"{known[name]:.2f}" if name in known else "0" for name in SCORES)
    return [*lines, f"| chance | | | {chance} |"]


def validation(record: dict[str, Any]) -> list[str]:
    """Write the mean of the scores that the choice went by, and MRR alone, for each setting."""
    chosen = best(record["validation"])
    rates, epochs = (sorted({line[k] for line in record["validation"]}) for k in ("rate", "epochs"))
    choices = [Choice(rate, n) for rate in rates for n in epochs]
    names = " | ".join(f"{choice.rate}, {choice.epochs}" for choice in choices)
    lines = [
        f"| start | embedding | output compared with | {names} |",
        "| --- | --- | --- |" + " --- |" * len(choices),
    ]
    for variant, tried in starts(record["validation"]):
        cells = []
        for choice in choices:
            same = [line for line in tried if (line["rate"], line["epochs"]) == choice]
            score = np.mean([[line[f"held_out_{name}"] for name in CHOSEN_BY] for line in same])
            mrr = np.mean([line["held_out_mrr"] for line in same])
            cell = f"{score:.2f} ({mrr:.2f})"
            cells.append(f"**{cell}**" if choice == chosen[variant] else cell)
        lines.append(f"| {label(variant)} | {TARGETS[variant.target]} | {' | '.join(cells)} |")
    return lines


def label(variant: Variant) -> str:
    return f"{variant.start} | {'fine-tuned' if variant.trainable else 'frozen'}"


def facts(record: dict[str, Any]) -> str:
    about, used = record["facts"], record["settings"]
    packages = ", ".join(
        f"{name} {value}" for name, value in about.items() if name not in ("machine", "python")
    )
    seeds = sorted({line["seed"] for line in record["runs"]})
    return (
        f"{len(seeds)} seeds; {used['windows']:,} windows, batches of {used['batch']}, Adam; "
        f"{packages}, Python {about['python']}; {about['machine']}."
    )


def draw_vectors(path: Path) -> None:
    """Draw two of the five numbers; the colour is the medium, which the numbers learned of."""
    from matplotlib import pyplot

    table = load_vehicles().drop(columns="example")
    model = Cat2Vec(vector_size=32).fit(table.drop(columns=NUMERIC))
    points = model.vectors_.reduce("vehicle", SIZE)
    medium = table.groupby("vehicle")["medium"].agg(lambda cells: cells.mode().iloc[0])
    figure, axes = pyplot.subplots(figsize=(9, 6), layout="constrained")
    for place, name in enumerate(medium.value_counts().index):
        some = points[(medium == name).reindex(points.index)]
        colour = pyplot.get_cmap("tab20")(place)
        axes.scatter(some.iloc[:, 0], some.iloc[:, 1], s=16, label=name, color=colour)
    for place, (name, point) in enumerate(points.iterrows()):
        if place % 3 == 0:  # all of them would hide each other
            axes.annotate(name, point[:2], (3, 2), textcoords="offset points", fontsize=7)
    axes.set(xlabel="first number", ylabel="second number")
    figure.legend(fontsize=8, title="medium", loc="outside right center")
    figure.savefig(path, dpi=90)
    pyplot.close(figure)


def draw_scores(record: dict[str, Any], path: Path) -> None:
    """Draw how often the vehicle was recovered: a dot per seed, a line at the mean."""
    from matplotlib import pyplot

    found = [(v, runs) for v, runs in starts(record["runs"])]
    figure, sides = pyplot.subplots(
        1, 3, figsize=(11, 4.2), sharey=True, sharex=True, layout="constrained"
    )
    shown = {
        "held_out_accuracy": "vehicle recovered",
        "held_out_mass": "R² of mass",
        "unseen_accuracy": "never seen vehicle recovered",
    }
    for side, (score, title) in zip(sides, shown.items(), strict=True):
        for place, (variant, runs) in enumerate(found):
            if score.startswith("unseen") and variant.target == "category":
                continue  # as in the table
            values = [line[score] for line in runs]
            colour = f"C{['fixed', 'moving', 'category'].index(variant.target)}"
            side.plot(values, [place] * len(values), "o", color=colour, alpha=0.5, markersize=4)
            side.plot(np.mean(values), place, "|", color=colour, markersize=16)
        side.set(title=title, xlim=(-0.03, 1.03))
        side.grid(axis="x", alpha=0.3)
    sides[0].set_yticks(
        range(len(found)),
        [f"{label(v).replace(' | ', ', ')}: {v.target}" for v, _ in found],
        fontsize=8,
    )
    sides[0].invert_yaxis()
    figure.savefig(path, dpi=90)
    pyplot.close(figure)


if __name__ == "__main__":
    raise SystemExit(main())
