"""A column of 124 vehicles in 5 numbers, without a target, and into an LSTM autoencoder.

    python examples/five_numbers.py  # plain PyTorch, 5 seeds
    python examples/five_numbers.py --epochs 100 --out examples/five_numbers/longer
    KERAS_BACKEND=torch python examples/five_numbers.py --framework keras

Writes FRAMEWORK.json. The learning rate and the epochs of each variant are
those that do best with VALIDATION_SEEDS, which are not reported; Keras takes them from torch.json.
``five_numbers_page.py`` makes the page five_numbers.md and its pictures from these files. Needs
``pip install cat2vec[torch]`` or ``cat2vec[keras]``.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import json
import os
import platform
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from five_numbers_data import NUMERIC, Settings, Windows, likeness, make_windows, numbers_of

from cat2vec import Cat2Vec
from cat2vec.datasets import load_vehicles

FOLDER = Path(__file__).parent / "five_numbers"
SIZE = 5
VALIDATION_SEEDS = [100, 101]
#: Mean of these on the rows held out is what the choice of rate and epochs goes by.
CHOSEN_BY = ["mrr", *NUMERIC]


class Variant(NamedTuple):
    """Where the embedding starts, whether training changes it, and what the output is."""

    start: str
    trainable: bool
    target: str


VARIANTS = [
    Variant("cat2vec", False, "fixed"),
    Variant("cat2vec", True, "fixed"),
    Variant("cat2vec, trained at 5", False, "fixed"),
    Variant("random", False, "fixed"),
    Variant("random", True, "fixed"),
    Variant("cat2vec", True, "moving"),
    Variant("random", True, "moving"),
    Variant("cat2vec", False, "category"),
    Variant("cat2vec", True, "category"),
    Variant("random", False, "category"),
    Variant("random", True, "category"),
    Variant("one-hot", False, "category"),
]

#: The variants that answer the question; Keras, which takes longer, trains no others.
MAIN = [*VARIANTS[0:2], *VARIANTS[3:5], *VARIANTS[-2:]]


class Choice(NamedTuple):
    rate: float
    epochs: int


class Data(NamedTuple):
    """The table, models of 32 and of 5 numbers, and how alike vehicles are."""

    table: pd.DataFrame
    model: Cat2Vec
    small: Cat2Vec
    alike: np.ndarray

    @property
    def rows(self) -> np.ndarray:
        """Row of the layers for each row of the table: 0 missing, 1 never seen, then categories."""
        return np.array([names_of(self.model).index(name) + 2 for name in self.table["vehicle"]])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Compare starts of an embedding layer.")
    parser.add_argument("--framework", choices=["torch", "keras"], default="torch")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(5)))
    parser.add_argument("--epochs", type=int, nargs="+", default=list(Settings.epochs))
    parser.add_argument("--windows", type=int, default=Settings.windows)
    parser.add_argument("--out", type=Path, default=FOLDER)
    options = parser.parse_args(arguments)
    settings = Settings(epochs=tuple(sorted(options.epochs)), windows=options.windows)
    table = load_vehicles().drop(columns="example")
    # The two columns that stand beside the embedding are not shown to cat2vec, so what the
    # vectors know of mass and speed they know from the other columns.
    kinds = {"wheels": "numeric"}  # counts, not codes
    model = Cat2Vec(vector_size=32, columns=kinds).fit(table.drop(columns=NUMERIC))
    small = Cat2Vec(vector_size=SIZE, columns=kinds).fit(table.drop(columns=NUMERIC))
    data = Data(table, model, small, likeness(table))
    record = {
        "facts": facts(["cat2vec", "numpy", *engines(options.framework)]),
        "settings": {**asdict(settings), "size": SIZE, "validation_seeds": VALIDATION_SEEDS},
        "sizes": compare_sizes(table, model, small),
        "chance": chance(table),
    }
    if options.framework == "torch":
        tried = run_together(data, settings, VALIDATION_SEEDS, None)
        write(options.out / "torch.json", {**record, "validation": tried, "runs": []})
        record["validation"] = tried
        record["runs"] = run_together(data, settings, options.seeds, best(tried))
    else:
        tried = json.loads((FOLDER / "torch.json").read_text("utf-8"))["validation"]
        chosen = best(tried)
        record["runs"] = []
        for seed, variant in itertools.product(options.seeds, MAIN):
            record["runs"].append(run_keras(data, settings, variant, seed, chosen[variant]))
            write(options.out / "keras.json", record)
    write(options.out / f"{options.framework}.json", record)
    return 0


def best(tried: Sequence[dict[str, Any]]) -> dict[Variant, Choice]:
    """Choose rate and epochs of each variant: the best mean over the validation seeds."""
    found: dict[Variant, dict[Choice, list[float]]] = defaultdict(lambda: defaultdict(list))
    for line in tried:
        variant = Variant(line["start"], line["trainable"], line["target"])
        value = float(np.mean([line[f"held_out_{name}"] for name in CHOSEN_BY]))
        found[variant][Choice(line["rate"], line["epochs"])].append(value)
    return {
        variant: max(choices, key=lambda choice: float(np.mean(choices[choice])))
        for variant, choices in found.items()
    }


def engines(framework: str) -> list[str]:
    """Give the packages that compute; autoencoder_keras.py takes PyTorch if not told another."""
    backend = os.environ.get("KERAS_BACKEND", "torch")
    return ["keras", backend] if framework == "keras" else ["torch"]


def facts(packages: Sequence[str]) -> dict[str, str]:
    return {
        "machine": _processor(),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:  # not Linux
        pass
    return platform.processor() or platform.machine()


def write(path: Path, record: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    passing = path.with_name(path.name + ".part")
    parts = []
    for name, value in record.items():
        if name in ("validation", "runs"):  # a line each
            lines = ",\n  ".join(json.dumps(line) for line in value)
            parts.append(f' "{name}": [\n  {lines}\n ]')
        else:
            parts.append(json.dumps({name: value}, indent=1)[2:-2])
    passing.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
    os.replace(passing, path)


# --- five numbers: the best of 32, or trained at 5 ------------------------------------------------


def compare_sizes(table: pd.DataFrame, model: Cat2Vec, small: Cat2Vec) -> dict[str, Any]:
    """Score the vectors themselves, without a network."""
    full = model.vectors_["vehicle"].to_numpy()
    made = {
        "32 numbers": full,
        "reduce(5)": model.vectors_.reduce("vehicle", SIZE).to_numpy(),
        "trained at 5": small.vectors_["vehicle"].to_numpy(),
        "random": np.random.default_rng(0).normal(size=(len(full), SIZE)),
    }
    numbers = numbers_of(table).groupby(table["vehicle"]).mean().reindex(names_of(model))
    near = neighbours(full, 10)
    return {
        name: {
            "neighbours_kept": float(np.mean([
                len(set(ours) & set(theirs)) / 10
                for ours, theirs in zip(neighbours(vectors, 10), near, strict=True)
            ])),
            "spread": [round(float(value), 3) for value in vectors[:, :SIZE].std(axis=0)],
            **{
                column: r2_of_neighbours(vectors, numbers[column].to_numpy()) for column in NUMERIC
            },
        }
        for name, vectors in made.items()
    }  # fmt: skip


def neighbours(vectors: np.ndarray, n: int) -> np.ndarray:
    """Give the n nearest other rows by cosine, for each row."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -np.inf)
    return np.argsort(-cosine, axis=1, kind="stable")[:, :n]


def r2_of_neighbours(vectors: np.ndarray, truth: np.ndarray) -> float:
    """Predict a number of each vehicle as the mean of its five neighbours; those known only."""
    known = ~np.isnan(truth)
    guess = truth[known][neighbours(vectors[known], 5)].mean(axis=1)
    return r2(truth[known], guess)


def r2(truth: np.ndarray, guess: np.ndarray) -> float:
    return float(1 - ((truth - guess) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())


def names_of(model: Cat2Vec) -> list[str]:
    return model.vectors_["vehicle"].index.tolist()


# --- networks -------------------------------------------------------------------------------------


def run_together(
    data: Data,
    settings: Settings,
    seeds: Sequence[int],
    chosen: dict[Variant, Choice] | None,
) -> list[dict[str, Any]]:
    """Train all variants in PyTorch, with the rate and epochs chosen, or with all of them."""
    framework = importlib.import_module("autoencoder_torch")
    together = importlib.import_module("autoencoder_together")
    windows = {seed: make_windows(data.table, data.rows, settings, seed) for seed in seeds}
    groups = defaultdict(list)  # networks of the same shape
    for variant, seed in itertools.product(VARIANTS, seeds):
        for rate in settings.rates if chosen is None else [chosen[variant].rate]:
            shape = variant.target == "category", variant.start == "one-hot"
            groups[shape].append((variant, seed, rate))
    lines = []
    for group in groups.values():
        jobs = [
            framework.Trained(
                layer_of(framework, variant, data, seed), variant.target, *windows[seed]["train"],
                units=settings.units, epochs=0, batch=settings.batch, rate=rate, seed=seed,
            )
            for variant, seed, rate in group
        ]  # fmt: skip
        for epochs in together.train_together(
            jobs,
            np.stack([windows[seed]["train"].rows for _, seed, _ in group]),
            np.stack([windows[seed]["train"].numeric for _, seed, _ in group]),
            epochs=settings.epochs,
            batch=settings.batch,
            rates=[rate for _, _, rate in group],
            seeds=[seed for _, seed, _ in group],
        ):
            for job, (variant, seed, rate) in zip(jobs, group, strict=True):
                if chosen is None or chosen[variant].epochs == epochs:
                    scores = scores_of(job, windows[seed], data.alike)
                    lines.append(line_of(variant, seed, Choice(rate, epochs), scores))
                    print(json.dumps(lines[-1]), flush=True)
    return lines


def run_keras(
    data: Data, settings: Settings, variant: Variant, seed: int, choice: Choice
) -> dict[str, Any]:
    framework = importlib.import_module("autoencoder_keras")
    windows = make_windows(data.table, data.rows, settings, seed)
    epochs = min(choice.epochs, settings.epochs[-1])
    began = time.perf_counter()
    trained = framework.Trained(
        layer_of(framework, variant, data, seed), variant.target, *windows["train"],
        units=settings.units, epochs=epochs, batch=settings.batch, rate=choice.rate, seed=seed,
    )  # fmt: skip
    seconds = round(time.perf_counter() - began, 1)
    scores = {"seconds": seconds, **scores_of(trained, windows, data.alike)}
    line = line_of(variant, seed, Choice(choice.rate, epochs), scores)
    print(json.dumps(line), flush=True)
    return line


def line_of(
    variant: Variant, seed: int, choice: Choice, scores: dict[str, float]
) -> dict[str, Any]:
    return {**variant._asdict(), "seed": seed, **choice._asdict(), **scores}


def scores_of(trained: Any, windows: dict[str, Windows], alike: np.ndarray) -> dict[str, float]:
    scores = {"loss": round(float(trained.losses[-1]), 5)}
    for name in ("held_out", "unseen"):
        scored = score(windows[name], *trained.decode(*windows[name]), alike)
        scores |= {f"{name}_{what}": round(value, 4) for what, value in scored.items()}
    return scores


def layer_of(framework: ModuleType, variant: Variant, data: Data, seed: int) -> Any:
    """Give the embedding layer, scaled to variance 1 like the two numeric columns."""
    n_rows = len(names_of(data.model)) + 2
    if variant.start == "one-hot":
        return framework.start_from(np.eye(n_rows, dtype=np.float32), variant.trainable)
    if variant.start == "random":
        weight = np.random.default_rng(seed).normal(size=(n_rows, SIZE)).astype(np.float32)
        return framework.start_from(weight, variant.trainable)
    used = data.small if variant.start.endswith("at 5") else data.model
    scale = 1 / float(np.sqrt((used.vectors_.reduce("vehicle", SIZE).to_numpy() ** 2).mean()))
    return framework.start_from_cat2vec(used, "vehicle", SIZE, scale, variant.trainable)


def score(
    windows: Windows, vehicle: np.ndarray, numbers: np.ndarray, alike: np.ndarray
) -> dict[str, float]:
    """Compare decoded windows with what went in.

    Parameters
    ----------
    windows : Windows
    vehicle : ndarray of shape (n, 2, n_categories + 2)
        Scores; the highest is the recovered vehicle. Rows 0 and 1 are no vehicles.
    numbers : ndarray of shape (n, 2, 2)
    alike : ndarray of shape (n_categories, n_categories)
    """
    truth = windows.rows.ravel() - 2
    scores = vehicle.reshape(len(truth), -1)[:, 2:]
    right = scores[np.arange(len(truth)), truth][:, None]
    rank = 1 + (scores > right).sum(axis=1) + ((scores == right).sum(axis=1) - 1) / 2
    best = scores.argmax(axis=1)
    return {
        "accuracy": float((best == truth).mean()),
        "mrr": float((1 / rank).mean()),
        "alike": float(alike[truth, best].mean()),
        **{
            name: r2(windows.numeric[..., place].ravel(), numbers[..., place].ravel())
            for place, name in enumerate(NUMERIC)
        },
    }


def chance(table: pd.DataFrame) -> dict[str, float]:
    """Score guesses that know nothing: any vehicle with the same probability."""
    alike = likeness(table)
    ranks = np.arange(1, len(alike) + 1)
    return {
        "accuracy": 1 / len(alike),
        "mrr": float((1 / ranks).mean()),
        "alike": float(alike.mean()),
    }


def starts(runs: Sequence[dict[str, Any]]) -> Iterator[tuple[Variant, list[dict[str, Any]]]]:
    """Group runs by variant, in the order above."""
    for variant in VARIANTS:
        same = [line for line in runs if all(line[k] == v for k, v in variant._asdict().items())]
        if same:
            yield variant, same


if __name__ == "__main__":
    raise SystemExit(main())
