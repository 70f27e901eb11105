"""The example that answers the question: five numbers per vehicle, into an autoencoder."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path

import numpy as np
import pytest

from cat2vec import Cat2Vec

EXAMPLES = Path(__file__).parents[2] / "examples"

KINDS = {"wheels": "numeric"}


@pytest.fixture(autouse=True)
def beside(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))


@pytest.fixture
def example():
    return importlib.import_module("five_numbers")


@pytest.fixture
def table(example):
    return example.load_vehicles().drop(columns="example")


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_it_runs_and_says_what_it_found(example, framework, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    reason = "is not installed: make test-frameworks"
    pytest.importorskip("torch", reason=f"PyTorch {reason}")
    pytest.importorskip(framework, reason=f"{framework} {reason}")
    arguments = ["--framework", framework, "--epochs", "1", "--windows", "200", "--seeds", "3"]
    assert example.main([*arguments, "--out", str(tmp_path)]) == 0
    record = json.loads((tmp_path / f"{framework}.json").read_text())
    wanted = example.MAIN if framework == "keras" else example.VARIANTS
    assert [variant for variant, _ in example.starts(record["runs"])] == wanted
    assert {line["seed"] for line in record["runs"]} == {3}
    assert record["facts"][framework]


@pytest.mark.parametrize("kind", ["numbers", "category"])
def test_networks_trained_together_are_those_trained_alone(example, table, kind):
    pytest.importorskip("torch", reason="PyTorch is not installed: make test-frameworks")
    framework = importlib.import_module("autoencoder_torch")
    together = importlib.import_module("autoencoder_together")
    known = table.drop(columns=example.NUMERIC)
    model, small = (Cat2Vec(vector_size=n, columns=KINDS).fit(known) for n in (32, 5))
    data = example.Data(table, model, small, example.likeness(table))
    settings = example.Settings(windows=250, held_out_windows=50)
    chosen = [v for v in example.VARIANTS if (v.target == "category") == (kind == "category")]
    cases = [(v, 7 + k, [0.01, 0.03][k % 2]) for k, v in enumerate(chosen) if v.start != "one-hot"]
    parts = [example.make_windows(table, data.rows, settings, seed) for _, seed, _ in cases]

    def trained(case, part, epochs):
        variant, seed, rate = case
        layer = example.layer_of(framework, variant, data, seed)
        more = {"units": 10, "epochs": epochs, "batch": 100, "rate": rate, "seed": seed}
        return framework.Trained(layer, variant.target, *part["train"], **more)

    jobs = [trained(case, part, 0) for case, part in zip(cases, parts, strict=True)]
    done = together.train_together(
        jobs, *(np.stack([part["train"][place] for part in parts]) for place in (0, 1)),
        epochs=[1, 2], batch=100, rates=[c[2] for c in cases], seeds=[c[1] for c in cases],
    )  # fmt: skip
    for epochs in done:
        for case, part, job in zip(cases, parts, jobs, strict=True):
            alone = trained(case, part, epochs)
            np.testing.assert_allclose(job.losses, alone.losses, rtol=1e-4)
            for ours, theirs in zip(
                job.decode(*part["held_out"]), alone.decode(*part["held_out"]), strict=True
            ):
                np.testing.assert_allclose(ours, theirs, atol=2e-3)


def test_settings_are_chosen_by_the_mean_of_the_validation_seeds(example):
    def line(seed, rate, epochs, value):
        scores = {f"held_out_{name}": value for name in example.CHOSEN_BY}
        choice = {"rate": rate, "epochs": epochs, "unseen_mrr": 1 - value}
        return {**example.VARIANTS[0]._asdict(), "seed": seed, **choice, **scores}

    tried = [line(100, 0.1, 8, 0.9), line(101, 0.1, 8, 0.1), line(100, 0.1, 15, 0.6),
             line(101, 0.1, 15, 0.6), line(100, 0.01, 15, 0.5),
             line(101, 0.01, 15, 0.5)]  # fmt: skip
    assert example.best(tried) == {example.VARIANTS[0]: example.Choice(0.1, 15)}


def test_windows_of_each_part_hold_other_rows_and_unseen_vehicles_are_in_one_part(example, table):
    rows = np.unique(table["vehicle"], return_inverse=True)[1] + 2
    made = example.make_windows(table, rows, example.Settings(), seed=1)
    vehicles = {name: set(windows.rows.ravel()) for name, windows in made.items()}
    assert not vehicles["unseen"] & (vehicles["train"] | vehicles["held_out"])
    assert len(vehicles["unseen"]) == 20
    assert vehicles["held_out"] <= vehicles["train"]
    assert all(np.isfinite(windows.numeric).all() for windows in made.values())
    assert np.abs(made["train"].numeric.mean(axis=(0, 1))).max() < 0.1


def test_scores_of_a_perfect_and_of_a_useless_answer(example, table):
    random = np.random.default_rng(0)
    windows = example.Windows(
        random.integers(2, 126, (50, 2)), random.normal(size=(50, 2, 2)).astype(np.float32)
    )
    alike = example.likeness(table)
    right = np.eye(126)[windows.rows]
    perfect = example.score(windows, right, windows.numeric, alike)
    assert perfect == {"accuracy": 1.0, "mrr": 1.0, "alike": 1.0, "mass": 1.0, "speed": 1.0}
    ties = example.score(windows, 0 * right, 0 * windows.numeric, alike)
    assert ties["mrr"] == pytest.approx(1 / 62.5)  # a tie is the middle rank, not the first
    assert ties["mass"] <= 0
    nearly = right.copy()
    nearly[..., 0] = 2.0  # rows 0 and 1 are no vehicles
    assert example.score(windows, nearly, windows.numeric, alike)["accuracy"] == 1.0


def test_classes_of_the_numeric_columns_are_those_of_the_table(example, table):
    for name, classes in importlib.import_module("five_numbers_data").CLASSES.items():
        assert set(table[name].dropna()) == set(classes)


def test_the_best_five_of_32_keep_more_neighbours_than_five_trained(example, table):
    known = table.drop(columns=example.NUMERIC)
    found = example.compare_sizes(
        table, *(Cat2Vec(vector_size=n, columns=KINDS).fit(known) for n in (32, 5))
    )
    kept = {name: scores["neighbours_kept"] for name, scores in found.items()}
    assert kept["32 numbers"] == 1
    assert kept["reduce(5)"] > kept["trained at 5"] > 3 * kept["random"]


@pytest.mark.parametrize("place", [0, 1], ids=["example", "figures"])
def test_a_page_shows_the_figures_of_the_results(place):
    pages = importlib.import_module("five_numbers_page")
    text = pages.PAGES[place].read_text("utf-8")
    assert pages.filled(text, pages.FOLDER) == text
    assert "±" in text
    blank = pages.re.sub(r"(<!-- [a-z ]+ -->\n).*?(<!-- end -->)", r"\1\2", text, flags=pages.re.S)
    assert pages.filled(blank, pages.FOLDER) == text


def test_what_the_page_says_of_the_figures_are_figures_of_its_tables():
    pages = importlib.import_module("five_numbers_page").PAGES
    text = "".join(page.read_text("utf-8") for page in pages)
    blocks = r"<!-- [a-z ]+ -->\n.*?<!-- end -->"
    tables = "".join(re.findall(blocks, text, flags=re.DOTALL))
    said = re.findall(r"\d\.\d\d ± \d\.\d\d", re.sub(blocks, "", text, flags=re.DOTALL))
    assert len(said) > 10
    assert not [figure for figure in said if f"| {figure} |" not in tables]


def test_the_example_is_short():
    assert len(importlib.import_module("five_numbers_page").PAGE.read_text("utf-8").split()) < 1200


def test_the_code_on_the_page_runs(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    pytest.importorskip("torch", reason="PyTorch is not installed: make test-frameworks")
    pytest.importorskip("keras", reason="Keras is not installed: make test-frameworks")
    page = importlib.import_module("five_numbers_page").PAGE.read_text("utf-8")
    vectors, network = re.findall(r"```py\n(.*?)```", page, re.DOTALL)
    names = {}
    exec(vectors, names)
    assert names["five"].shape == (124, 5)
    exec(network.replace("epochs=30", "epochs=1, verbose=0"), names)
    assert names["network"].output_shape == (None, 2, 7)
    classes = importlib.import_module("five_numbers_data").CLASSES
    assert names["classes"] == classes
    cells = names["rows"]["vehicle"].to_numpy()[names["pairs"]]
    given = names["wanted"][names["vehicles"]].reshape(-1, 5)
    ours = names["five"].loc[cells.ravel()].to_numpy()
    np.testing.assert_allclose(given, ours / names["five"].to_numpy().std(), rtol=1e-5)
    np.testing.assert_array_equal(names["layer"].get_weights()[0], names["wanted"])  # frozen
