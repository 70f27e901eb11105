"""The list of deliberate faults fits the code as it stands, and a trial says what happened."""

import ast
import re
from collections import Counter

import pytest

from benchmarks.faults import FAULTS
from benchmarks.faults.fault import Fault
from benchmarks.harness import files_of, latest
from benchmarks.harness.facts import ROOT
from benchmarks.mutants.trial import Copy, first_failed, outcome_of
from benchmarks.pages.mutants import CAUGHT, CRASHED, LATE, NOT_RUN, SURVIVED


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_stands_for_one_place_and_can_be_run(fault):
    text = fault.path_in(ROOT).read_text("utf-8")
    changed = fault.changed(text)
    assert changed != text
    if fault.file.endswith(".py"):
        ast.parse(changed)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_tests_of_a_fault_are_there(fault):
    assert fault.breaks
    assert fault.paths_of_tests()
    for path in fault.paths_of_tests():
        file, _, test = path.partition("::")
        text = (ROOT / file).read_text("utf-8")
        assert not test or re.search(rf"^(def|class) {test}\b", text, re.MULTILINE), path


def test_faults_have_names_of_their_own():
    assert [name for name, n in Counter(fault.name for fault in FAULTS).items() if n > 1] == []
    assert len(FAULTS) >= 150


def test_many_faults_were_tried_and_nearly_all_were_noticed():
    tried = latest(files_of("mutants").lines, lambda record: record["fault"])
    real = [fault.name for fault in FAULTS if fault.name in tried and not fault.equivalent]
    assert set(tried) <= {fault.name for fault in FAULTS}
    assert len(real) >= 150
    survived = [name for name in real if tried[name]["outcome"] in (SURVIVED, NOT_RUN)]
    assert len(survived) <= 0.05 * len(real), survived


def test_a_text_that_is_not_there_once_is_an_error_of_the_list():
    fault = Fault("twice", "x.py", "a = 1", "a = 2", "a", "x")
    with pytest.raises(ValueError, match=r"'twice' stands 2 times in x\.py; it must stand there"):
        fault.changed("a = 1\na = 1\n")


@pytest.fixture(scope="module")
def small_project(tmp_path_factory):
    """A project of one module and two tests, of which one is skipped."""
    root = tmp_path_factory.mktemp("small")
    for folder in ("cat2vec/kernels", "tests", "benchmarks", "docs", "examples"):
        (root / folder).mkdir(parents=True)
    (root / "cat2vec/__init__.py").write_text("")
    (root / "cat2vec/sums.py").write_text("def total(a, b):\n    return a + b\n")
    (root / "tests/test_sums.py").write_text(
        "import pytest\nfrom cat2vec.sums import total\n\n"
        "def test_total():\n    assert total(2, 3) == 5\n\n"
        "def test_skipped():\n    pytest.skip('no reason')\n"
    )
    (root / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = "-ra"\n')
    return Copy(root, tmp_path_factory.mktemp("copy"), seconds=30.0)


SUM = "return a + b"


@pytest.mark.parametrize(
    ("new", "tests", "outcome", "by"),
    [
        ("return a - b", "test_sums.py", CAUGHT, "tests/test_sums.py::test_total"),
        ("return b + a", "test_sums.py", SURVIVED, ""),
        ("return a - b", "test_sums.py::test_skipped", NOT_RUN, ""),
        ("return __import__('os').abort()", "test_sums.py", CRASHED, ""),
        ("return a +", "test_sums.py", CRASHED, "tests/test_sums.py"),
    ],
)
def test_a_trial_says_what_happened_and_leaves_no_trace(small_project, new, tests, outcome, by):
    file = small_project.root / "cat2vec/sums.py"
    before = file.read_text(), file.stat().st_mtime_ns
    found = small_project.tried(Fault("sum", "sums.py", SUM, new, "sums", tests))
    assert (found["outcome"], found["by"]) == (outcome, by)
    assert (file.read_text(), file.stat().st_mtime_ns) == before


def test_a_trial_that_does_not_end_is_ended(small_project, monkeypatch):
    monkeypatch.setattr(small_project, "seconds", 3.0)
    endless = Fault("endless", "sums.py", SUM, "while True: pass", "it ends", "test_sums.py")
    assert small_project.tried(endless)["outcome"] == LATE


def test_outcomes_are_read_from_what_pytest_says():
    assert outcome_of(0, "3 passed, 1 skipped in 0.1s") == SURVIVED
    assert outcome_of(0, "2 skipped in 0.1s") == NOT_RUN
    assert outcome_of(5, "no tests ran") == NOT_RUN
    assert outcome_of(-11, "") == CRASHED
    assert first_failed("x\nFAILED tests/a.py::TestB::test_c[1-x y] - assert 0") == (
        "tests/a.py::TestB::test_c"
    )
