"""What the README shows is what happens."""

import re
import shlex
from pathlib import Path

import pytest

from cat2vec import Cat2Vec
from cat2vec.cli.main import command_parser
from cat2vec.datasets import load_vehicles

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def model():
    return Cat2Vec(vector_size=32, columns={"wheels": "numeric"}).fit(
        load_vehicles().drop(columns="example")
    )


def test_the_neighbours_in_the_readme_are_the_neighbours_found(model):
    rows = re.findall(r"^\| ([a-z ]+) \| ([a-z ]+ \.\d\d \| .*) \|$", README, re.MULTILINE)
    assert len(rows) == 4
    for vehicle, shown in rows:
        found = model.nearest("vehicle", vehicle, n=3)
        pairs = zip(found["category"], found["similarity"], strict=True)
        assert shown == " | ".join(
            f"{name} {value:.2f}".replace(" 0.", " .") for name, value in pairs
        )


def test_the_python_of_the_readme_gives_the_vector_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names = {}
    exec(block, names)
    assert len(block.strip().splitlines()) <= 9
    assert f"`{names['tram'].astype(float).round(2).tolist()}`" in README
    assert names["Z"].shape == (519, 12 * 32)
    assert (tmp_path / "demo_out/model/model.json").exists()


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 120


def test_the_first_screen_shows_both_commands():
    first = "\n".join(README.splitlines()[:45])
    for wanted in ("make demo", "make test", "Cat2Vec(", "| nearest to |"):
        assert wanted in first


def test_five_commands_lead_from_nothing_to_a_picture():
    """`make test-package` runs them, as tests/newcomer.sh, in an empty folder."""
    commands = re.search(r"```sh\n(git clone ADDRESS.*?)```", README, re.DOTALL)[1].splitlines()
    assert len(commands) == 5
    words = [shlex.split(line.partition("env/bin/cat2vec ")[2]) for line in commands[3:]]
    train, explore = map(command_parser().parse_args, words)
    assert (train.command, explore.command) == ("train", "explore")
    assert train.out == explore.model
    assert "sh tests/newcomer.sh" in (ROOT / "Makefile").read_text("utf-8")


def test_files_that_the_documents_link_to_exist():
    for document in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")):
        for link in re.findall(r"\]\(([^)#]+)\)", document.read_text("utf-8")):
            if link.startswith("https://"):
                continue
            assert (document.parent / link).exists(), f"{document.name} links to {link}"


def test_pictures_that_documents_show_are_small():
    pictures = [*ROOT.glob("benchmarks/pictures/*.svg"), *ROOT.glob("examples/**/*.[sp][vn]g")]
    assert len(pictures) >= 9
    for picture in pictures:
        assert picture.stat().st_size < 200_000, picture.name


def test_vehicles_are_many_and_each_row_is_another_one():
    table = load_vehicles()
    assert table["example"].is_unique
    assert table["vehicle"].nunique() >= 100
    assert table["vehicle"].value_counts().min() >= 3
    assert not table.map(lambda cell: isinstance(cell, str) and cell != cell.strip()).any(axis=None)
    assert 0.02 < table.isna().to_numpy().mean() < 0.10


def test_vehicles_of_one_kind_are_neighbours(model):
    """Nine pairs that a person would call alike; each must be within the first ten of 123."""
    alike = [
        ("tram", "metro train"), ("bicycle", "e-bike"), ("glider", "hang glider"),
        ("oil tanker", "bulk carrier"), ("launch rocket", "space capsule"), ("tank", "half-track"),
        ("tractor", "combine harvester"), ("kayak", "canoe"), ("airliner", "cargo aircraft"),
    ]  # fmt: skip
    for one, other in alike:
        assert other in model.nearest("vehicle", one, n=10)["category"].tolist(), (one, other)


RESULTS = (ROOT / "docs/results.md").read_text("utf-8")
PAGES = ("RESULTS.md", "results/speed.md", "results/cells.md")


@pytest.mark.parametrize(
    ("text", "begins", "fewest"),
    [
        (README, "| | cat2vec |", 18),
        (RESULTS, "| | cat2vec |", 20),
        (RESULTS, "| table | cat2vec | g", 8),
    ],
    ids=["readme", "quality", "seconds"],
)
def test_figures_stand_on_the_pages_of_the_benchmarks(text, begins, fewest):
    table = text[text.index(begins) :].partition("\n\n")[0]
    pages = "".join((ROOT / "benchmarks" / page).read_text("utf-8") for page in PAGES)
    figures = re.findall(r"(?<=\| )(?:≈ )?([\d,]+(?:\.\d+)?)(?: s)?(?= \|)", table)
    assert len(figures) >= fewest
    measured = [float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*\.\d+", pages)]
    for figure in figures:
        value, digits = float(figure.replace(",", "")), len(figure.partition(".")[2])
        assert any(round(found, digits) == value for found in measured), figure


def test_the_commands_of_the_daily_job_are_commands_with_these_options():
    page = (ROOT / "docs/daily_update.md").read_text("utf-8")
    lines = re.findall(r"^cat2vec (.*?)(?: +#.*)?$", page, re.MULTILINE)
    commands = {command_parser().parse_args(shlex.split(line)).command for line in lines}
    assert commands == {"train", "update", "count", "moves"}
