"""The list of what an installation brings."""

import re
from importlib.metadata import distribution, requires
from pathlib import Path

from packaging.requirements import Requirement

from benchmarks import dependencies
from benchmarks.harness import files_of, latest_by_table

ROOT = Path(__file__).parents[2]


def named(*extras):
    """The packages that pyproject.toml names outside extras, and in those that are given."""
    chosen = [
        one
        for one in map(Requirement, requires("cat2vec"))
        if any(one.marker is None or one.marker.evaluate({"extra": x}) for x in ("", *extras))
    ]
    return {dependencies.normalized(one.name) for one in chosen} - {"cat2vec"}


def test_packages_are_those_that_metadata_name_and_what_these_need():
    found = dependencies.needed("cat2vec")
    assert named() <= set(found)
    assert found["llvmlite"] == ["numba"]
    assert "pytest" not in found


def test_licence_and_size_of_a_package_are_found():
    about = distribution("numpy")
    assert "BSD" in dependencies.licence_of(about)
    assert 5e6 < dependencies.size_of(about) < 5e8


def test_every_package_of_the_record_has_a_licence():
    packages = latest_by_table(files_of("dependencies").lines)["packages"]
    assert len(packages) >= 11
    assert "not said" not in {record["licence"] for record in packages}


def test_the_lock_file_pins_what_is_needed():
    locked = (ROOT / ".ci" / "constraints.txt").read_text("utf-8").splitlines()[1:]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in locked)
    names = {dependencies.normalized(line.partition("==")[0]) for line in locked}
    # what these need differs between their versions; it is made with one Python, see its first line
    assert named("test", "dev", "docs") <= names
