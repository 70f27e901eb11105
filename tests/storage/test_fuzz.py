"""Damaged folders are refused or read as they were: some cases of ``benchmarks/fuzz.py``."""

from collections import Counter

import pytest

from benchmarks import fuzz, fuzz_damage


@pytest.mark.parametrize("first", [0, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.filterwarnings("ignore")
def test_damaged_folders_are_refused_or_read_as_they_were(first, tmp_path):
    loads = fuzz.Loads(tmp_path, seed=1)
    found = Counter()
    for number in range(first, first + (400 if first == 0 else 10_000)):
        name, sort, what, files = loads.case(number)
        outcome, why = loads.outcome(name, files)
        assert outcome in (fuzz.REFUSED, fuzz.EQUAL, fuzz.OTHER), (number, what, outcome, why)
        if sort == fuzz_damage.BYTES and name in fuzz.HASHED:
            assert outcome != fuzz.OTHER, (number, what)
        found[sort, outcome] += 1
    assert found[fuzz_damage.BYTES, fuzz.REFUSED] > 100
    assert found[fuzz_damage.EDITS, fuzz.REFUSED] > 50
    assert found[fuzz_damage.EDITS, fuzz.EQUAL] > 5


@pytest.mark.parametrize("case", [222481, 227773, 763337])
def test_a_category_that_became_nan_is_refused(case, tmp_path):
    """They were read, and failed when counts were added."""
    loads = fuzz.Loads(tmp_path, seed=0)
    name, _, _, files = loads.case(case)
    outcome, why = loads.outcome(name, files)
    assert outcome == fuzz.REFUSED
    assert "a missing value cannot be a category" in why
