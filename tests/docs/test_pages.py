"""What the documents show can be run as it stands, Python and commands."""

import glob
import re
import shlex
import warnings
from pathlib import Path

import duckdb
import pytest

from cat2vec.cli.main import main
from tests.docs.sample_files import write_sample_files

DOCS = Path(__file__).parents[2] / "docs"
#: What a page needs that is an extra.
NEEDS = {
    "neural_networks": ["torch"],
    "coming_from": ["skrub"],
    "pipelines": ["polars"],
    "pictures": ["matplotlib"],
    "databases": ["usearch"],
    "onnx": ["onnx", "onnxruntime"],
}
PAGES = [DOCS.parent / "README.md", *sorted(DOCS.rglob("*.md"))]
#: What must not be reached from here: Spark, whose block `tests/counting/partitioned` runs.
ELSEWHERE = "spark.table("


def blocks(page: Path, language: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    return "".join(block for block in found if ELSEWHERE not in block)


def pages_with(language: str) -> list[object]:
    return [pytest.param(page, id=page.stem) for page in PAGES if blocks(page, language)]


@pytest.fixture
def sample_files(tmp_path, monkeypatch):
    write_sample_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")


def asked_of_a_database():
    """Give a function that runs a statement where ``sales.trips`` is, and gives a dataframe."""
    connection = duckdb.connect()
    connection.execute("create schema sales")
    connection.execute("create table sales.trips (city text, hour integer, fare double)")
    rows = [("Oslo", 8, 12.5), ("Bergen", 9, 14.0), ("Rome", 22, 7.5), ("Rome", 23, 8.0)] * 9
    connection.executemany("insert into sales.trips values (?, ?, ?)", rows)
    return lambda statement: connection.sql(statement).df()


@pytest.mark.parametrize("page", pages_with("python"))
def test_python_of_a_page_runs(page, sample_files):
    for package in NEEDS.get(page.stem, []):
        pytest.importorskip(package, reason=f"{page.name} is about {package}")
    code = compile(blocks(page, "python").replace('"/scratch"', '"."'), page.name, "exec")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a page may show what warns
        exec(code, {"run": asked_of_a_database()})


@pytest.mark.parametrize("page", pages_with("sh"))
def test_commands_of_a_page_run(page, sample_files, capsys):
    lines = blocks(page, "sh").replace("/scratch", ".").splitlines()
    lines = [line for line in lines if line.startswith("cat2vec ") and "://" not in line]
    commands = [shlex.split(line, comments=True) for line in lines]
    assert commands
    for _, *arguments in commands:
        expanded = [path for text in arguments for path in sorted(glob.glob(text)) or [text]]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            status = main(expanded)
        assert not status, (shlex.join(arguments), capsys.readouterr().err)
