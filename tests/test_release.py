"""The version stands in several files, and they agree."""

import re
from pathlib import Path

import cat2vec

ROOT = Path(__file__).parents[1]


def test_files_that_name_the_version_agree():
    version = re.escape(cat2vec.__version__)
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## (?!Unreleased)(.*)$", changes, re.MULTILINE)[1]
    found = re.fullmatch(rf"{version} - (\d{{4}}-\d\d-\d\d)", newest)
    assert found, newest
    cited = (ROOT / "CITATION.cff").read_text("utf-8")
    assert re.search(rf"^version: {version}$", cited, re.MULTILINE)
    assert f"date-released: {found[1]}" in cited


def test_a_version_says_what_changes_in_numbers():
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    section = re.split(r"^## (?!Unreleased)", changes, flags=re.MULTILINE)[1]
    assert "### What changes in your numbers" in section
