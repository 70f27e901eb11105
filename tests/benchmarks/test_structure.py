"""Rules of the folder of benchmarks: no import circles, no long files, one command line."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import benchmarks
import benchmarks.pages

ROOT = Path(benchmarks.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = re.findall(r"^\| `([a-z_.]+)[ `]", README.partition("## Where")[0], re.MULTILINE)


def module_of(file):
    parts = file.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(file): file for file in FILES}


def imports_of(file):
    """Give the modules of this folder that a file imports anywhere in it."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: name the module from the top"
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (name for name in names if name in MODULES)


def visit(module, way, done):
    assert module not in way, " imports ".join([*way[way.index(module) :], module])
    if module not in done:
        for other in imports_of(MODULES[module]):
            visit(other, [*way, module], done)
        done.add(module)


def test_no_module_imports_itself_by_way_of_others():
    done = set()
    for module in MODULES:
        visit(module, [], done)
    assert done == set(MODULES)


def test_what_the_harness_and_the_pages_import():
    for module, file in MODULES.items():
        own = module.split(".")[1:2]
        for other in imports_of(file):
            if own == ["harness"]:
                assert other.startswith("benchmarks.harness"), module
            if own == ["pages"]:  # of what measures, only names of tables, methods and faults
                allowed = ("harness", "pages", "faults", "quality")
                assert other.partition(".")[2].startswith(allowed), (module, other)


@pytest.mark.parametrize("file", FILES, ids=MODULES)
def test_no_file_is_longer_than_400_lines(file):
    assert len(file.read_text("utf-8").splitlines()) <= 400


@pytest.mark.parametrize("name", [*COMMANDS, "made_tables", "pages.__main__"])
def test_every_command_explains_itself(name, capsys):
    if name == "quality.run":
        pytest.importorskip("matplotlib")
    main = importlib.import_module(f"benchmarks.{name}").main
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--help"])
    shown = capsys.readouterr().out
    assert shown.startswith("usage: ")
    if name in COMMANDS:
        assert "--results" in shown


def test_every_benchmark_stands_in_the_table():
    measuring = {name for name, file in MODULES.items() if "BENCHMARK = " in file.read_text()}
    assert {f"benchmarks.{name}" for name in COMMANDS} == measuring


def test_a_command_runs_as_the_readme_says():
    command = [sys.executable, "-m", "benchmarks.counting", "--help"]
    done = subprocess.run(command, cwd=ROOT.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "pairs" in done.stdout
