"""The example of "How to add one" in the README of the benchmarks."""

import importlib
import json
import re

import pytest

import benchmarks
import benchmarks.pages
from benchmarks.harness.facts import ROOT


@pytest.fixture
def added(tmp_path, monkeypatch):
    """Add the two files of the example to the benchmarks, in a folder of their own."""
    readme = (ROOT / "benchmarks/README.md").read_text("utf-8")
    blocks = re.findall(r"```python\n# (benchmarks/\S+)\n(.*?)```", readme, re.DOTALL)
    assert [file for file, _ in blocks] == [
        "benchmarks/encoding.py",
        "benchmarks/pages/encoding.py",
    ]
    for file, text in blocks:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text, "utf-8")
    for package, folder in ((benchmarks, "benchmarks"), (benchmarks.pages, "benchmarks/pages")):
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path / folder)])
    return importlib.import_module("benchmarks.encoding")


def test_the_example_measures_and_writes_its_page(added, tmp_path, monkeypatch, capsys):
    cells = "\n".join(["odor,class,ring"] + ["n,e,one"] * 30 + ["f,p,two"] * 30)
    (tmp_path / "uci_mushroom").mkdir()
    (tmp_path / "uci_mushroom/mushroom.csv").write_text(cells)
    # the process of the measurement finds the example beside the others
    start = "import benchmarks\nbenchmarks.__path__.append({!r})\n"
    start += "import benchmarks.pages\nbenchmarks.pages.__path__.append({!r})\n"
    folder = tmp_path / "benchmarks"
    (tmp_path / "sitecustomize.py").write_text(start.format(str(folder), str(folder / "pages")))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    results = tmp_path / "results/encoding.jsonl"
    given = [str(tmp_path), "--tables", "uci_mushroom", "--rows", "50", "--results", str(results)]
    assert added.main(given) == 0, capsys.readouterr().out
    (record,) = map(json.loads, results.read_text().splitlines())
    assert (record["table"], record["rows"]) == ("uci_mushroom", 50)
    assert 0 < record["seconds"] < 60
    assert {"run", "commit", "machine", "cores", "load_before"} <= set(record)
    lines = results.with_suffix(".md").read_text("utf-8").splitlines()
    assert lines[0] == "# Encoding"
    assert lines[4] == "| table | rows | million rows / s |"
    assert lines[6].startswith("| uci_mushroom | 50 | ")
    assert lines[-1].startswith("cat2vec ")


def test_a_failure_is_shown_and_not_kept(added, tmp_path, capsys):
    results = tmp_path / "encoding.jsonl"
    assert added.main([str(tmp_path), "--tables", "adult", "--results", str(results)]) == 1
    assert "error" in capsys.readouterr().out
    assert not results.exists()
