"""What the documents show can be run as it stands, Python and commands."""

import glob
import re
import shlex
import warnings
from pathlib import Path

import pytest

from cat2vec.cli.main import main
from tests.docs.sample_files import write_sample_files

DOCS = Path(__file__).parents[2] / "docs"
#: What a page needs that is an extra.
NEEDS = {"neural_networks": ["torch"], "pipelines": ["polars"], "pictures": ["matplotlib"]}
PAGES = [DOCS.parent / "README.md", *sorted(DOCS.rglob("*.md"))]
#: Their Python needs tables that are not here; `tests/counting` runs what they show.
LEFT_OUT = ["scaling"]


def blocks(page: Path, language: str) -> str:
    return "".join(re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.DOTALL))


def pages_with(language: str) -> list[object]:
    return [
        pytest.param(page, id=page.stem)
        for page in PAGES
        if blocks(page, language) and page.stem not in LEFT_OUT
    ]


@pytest.fixture
def sample_files(tmp_path, monkeypatch):
    write_sample_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")


@pytest.mark.parametrize("page", pages_with("python"))
def test_python_of_a_page_runs(page, sample_files):
    for package in NEEDS.get(page.stem, []):
        pytest.importorskip(package, reason=f"{page.name} is about {package}")
    code = compile(blocks(page, "python"), page.name, "exec")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a page may show what warns
        exec(code, {})


@pytest.mark.parametrize("page", pages_with("sh"))
def test_commands_of_a_page_run(page, sample_files, capsys):
    lines = blocks(page, "sh").splitlines()
    commands = [shlex.split(line, comments=True) for line in lines if line.startswith("cat2vec ")]
    assert commands
    for _, *arguments in commands:
        expanded = [path for text in arguments for path in sorted(glob.glob(text)) or [text]]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            status = main(expanded)
        assert not status, (shlex.join(arguments), capsys.readouterr().err)
