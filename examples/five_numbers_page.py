"""Put the figures of ``five_numbers.py`` into the example's two pages, and draw its pictures.

    python examples/five_numbers_page.py

Reads the files below examples/five_numbers; what stands between ``<!-- NAME -->`` and
``<!-- end -->`` in the pages is replaced. The pictures need ``pip install cat2vec[examples]``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from five_numbers import CHOSEN_BY, FOLDER, MAIN, NUMERIC, Choice, Variant, best, starts

from cat2vec import Cat2Vec
from cat2vec.datasets import load_vehicles

PAGE = Path(__file__).parent / "five_numbers.md"
#: The example, and the figures that it leaves out.
PAGES = [PAGE, FOLDER / "figures.md"]
#: What the pages call the outputs of the network.
TARGETS = {
    "fixed": "5 + 2 numbers",
    "moving": "5 + 2 numbers, moving",
    "category": "126 + 2 outputs",
}
SCORES = {
    "accuracy": "right vehicle",
    "mrr": "MRR",
    "alike": "alike",
    "mass": "mass R²",
    "speed": "speed R²",
}
#: The table at the top of the page.
SHORT = [*MAIN[:-2], Variant("cat2vec", True, "category"), *MAIN[-2:]]
SHORT_SCORES = {
    "held_out_accuracy": "right vehicle",
    "held_out_alike": "alike",
    "held_out_mass": "mass R²",
    "held_out_speed": "speed R²",
    "unseen_alike": "alike, vehicles never seen",
}


def main() -> int:
    for page in PAGES:
        page.write_text(filled(page.read_text("utf-8"), FOLDER), "utf-8")
    draw_vectors(FOLDER / "vehicles.png")
    longer = json.loads((FOLDER / "longer" / "torch.json").read_text("utf-8"))
    draw_scores(longer, FOLDER / "recovered.png")
    return 0


def filled(page: str, folder: Path) -> str:
    """Replace the blocks of figures of a page."""
    files = {name: folder / f"{name}.json" for name in ("torch", "keras", "longer/torch")}
    record = {
        name.partition("/")[0]: json.loads(file.read_text("utf-8")) for name, file in files.items()
    }
    blocks = {
        "short": short(record["longer"]),
        "sizes": sizes(record["torch"]),
        "validation": validation(record["torch"]),
        "longer validation": validation(record["longer"]),
    }
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


def short(record: dict[str, Any]) -> list[str]:
    """Write the few variants that answer the question."""
    lines = [
        f"| embedding | output | {' | '.join(SHORT_SCORES.values())} |",
        "| --- | --- |" + " --- |" * len(SHORT_SCORES),
    ]
    found = dict(starts(record["runs"]))
    for variant in SHORT:
        without = {"unseen_alike"} if variant.target == "category" else set()
        cells = ["" if name in without else spread(found[variant], name) for name in SHORT_SCORES]
        lines.append(f"| {label(variant)} | {TARGETS[variant.target]} | {' | '.join(cells)} |")
    return lines


def scores(record: dict[str, Any], part: str) -> list[str]:
    """Write a table of mean ± standard deviation over seeds."""
    lines = [
        f"| embedding | output | {' | '.join(SCORES.values())} |",
        "| --- | --- |" + " --- |" * len(SCORES),
    ]
    for variant, runs in starts(record["runs"]):
        if part == "unseen" and variant.target == "category":
            continue  # outputs that were never trained: nothing to compare
        cells = " | ".join(spread(runs, f"{part}_{name}") for name in SCORES)
        lines.append(f"| {label(variant)} | {TARGETS[variant.target]} | {cells} |")
    known = record["chance"]
    chance = " | ".join(f"{known[name]:.2f}" if name in known else "0" for name in SCORES)
    return [*lines, f"| chance | | {chance} |"]


def spread(runs: Sequence[dict[str, Any]], name: str) -> str:
    values = np.array([line[name] for line in runs])
    return f"{values.mean():.2f} ± {values.std(ddof=len(values) > 1):.2f}"


def validation(record: dict[str, Any]) -> list[str]:
    """Write the mean of the scores that the choice went by, and MRR alone, for each setting."""
    chosen = best(record["validation"])
    rates, epochs = (sorted({line[k] for line in record["validation"]}) for k in ("rate", "epochs"))
    choices = [Choice(rate, n) for rate in rates for n in epochs]
    names = " | ".join(f"{choice.rate}, {choice.epochs}" for choice in choices)
    lines = [
        f"| embedding | output | {names} |",
        "| --- | --- |" + " --- |" * len(choices),
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
    return f"{variant.start}, {'fine-tuned' if variant.trainable else 'frozen'}"


def facts(record: dict[str, Any]) -> str:
    about, used = record["facts"], record["settings"]
    packages = ", ".join(
        f"{name} {value}" for name, value in about.items() if name not in ("machine", "python")
    )
    seeds = sorted({line["seed"] for line in record["runs"]})
    seconds = [line["seconds"] for line in record["runs"] if "seconds" in line]
    time = (
        f", {np.median(seconds):.0f} s to train one (median; the machine was busy)"
        if seconds
        else ""
    )
    return (
        f"{len(seeds)} seeds; {used['windows']:,} windows, batches of {used['batch']}, Adam; "
        f"{packages}, Python {about['python']}; {about['machine']}{time}."
    )


def draw_vectors(path: Path) -> None:
    """Draw two of the five numbers; the colour is the medium, which the numbers learned of."""
    from matplotlib import pyplot

    table = load_vehicles().drop(columns=["example", *NUMERIC])
    model = Cat2Vec(vector_size=32, columns={"wheels": "numeric"}).fit(table)
    figure = model.plot("vehicle", color="medium").figure
    figure.savefig(path, dpi=100)
    pyplot.close(figure)


def draw_scores(record: dict[str, Any], path: Path) -> None:
    """Draw what was recovered: a dot per seed, a line at the mean."""
    from matplotlib import pyplot

    found = list(starts(record["runs"]))
    targets = list(TARGETS)
    figure, sides = pyplot.subplots(
        1, 4, figsize=(12, 4.8), sharey=True, sharex=True, layout="constrained"
    )
    shown = {
        "held_out_accuracy": "right vehicle",
        "held_out_alike": "alike",
        "held_out_mass": "R² of mass",
        "unseen_alike": "alike, vehicles never seen",
    }
    for side, (score, title) in zip(sides, shown.items(), strict=True):
        for place, (variant, runs) in enumerate(found):
            if score.startswith("unseen") and variant.target == "category":
                continue  # as in the table
            values = [line[score] for line in runs]
            colour = f"C{targets.index(variant.target)}"
            side.plot(values, [place] * len(values), "o", color=colour, alpha=0.5, markersize=4)
            side.plot(np.mean(values), place, "|", color=colour, markersize=16)
        if chance := record["chance"].get(score.partition("_")[2].removeprefix("out_")):
            side.axvline(chance, color="0.6", linestyle=":")
        side.set(title=title, xlim=(-0.03, 1.03))
        side.grid(axis="x", alpha=0.3)
    sides[0].set_yticks(range(len(found)), [label(variant) for variant, _ in found], fontsize=9)
    sides[0].invert_yaxis()
    for place, name in enumerate(TARGETS.values()):
        sides[0].plot([], [], "o", color=f"C{place}", label=name)
    sides[0].plot([], [], ":", color="0.6", label="chance")
    figure.legend(loc="outside lower center", ncols=4, title="output", fontsize=9)
    figure.savefig(path, dpi=90)
    pyplot.close(figure)


if __name__ == "__main__":
    raise SystemExit(main())
