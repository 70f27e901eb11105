"""Try faults one at a time in a copy of the project, never in the project itself."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.faults.fault import Fault
from benchmarks.pages.mutants import CAUGHT, CRASHED, LATE, NOT_RUN, SURVIVED

#: What a copy holds.
_COPIED = ("cat2vec", "tests", "benchmarks", "docs", "examples")
#: Exit codes of pytest.
_PASSED, _FAILED, _NOTHING_RUN = 0, 1, 5


class Copy:
    """A copy of the project, in which faults come and go.

    Parameters
    ----------
    root : Path
        Of the project.
    folder : Path
        Where the copy goes, in place of an earlier one.
    seconds : float
        How long the tests of one fault may take.
    """

    def __init__(self, root: Path, folder: Path, seconds: float) -> None:
        self.root, self.seconds = folder / "project", seconds
        shutil.rmtree(self.root, ignore_errors=True)
        ignored = shutil.ignore_patterns("__pycache__", "node_modules", ".*")
        for name in _COPIED:
            shutil.copytree(root / name, self.root / name, ignore=ignored)
        for file in root.iterdir():
            if file.is_file() and file.name != ".git":
                shutil.copy2(file, self.root / file.name)
        compiled = Path("cat2vec/kernels/__pycache__")  # known by times of files, which are kept
        if (root / compiled).exists():
            shutil.copytree(root / compiled, self.root / compiled)

    def failing(self, faults: Iterable[Fault]) -> str:
        """Run the tests of some faults with none of them; give what failed, or nothing."""
        for loops in (False, True):
            some = [fault for fault in faults if fault.is_in_a_loop == loops]
            paths = list(dict.fromkeys(path for fault in some for path in fault.paths_of_tests()))
            if paths:
                code, output, _ = self._run(paths, None, loops)
                if code != _PASSED:
                    return output[-3000:]
        return ""

    def tried(self, fault: Fault) -> dict[str, Any]:
        """Run the tests of a fault with the fault in its place, and take it out again."""
        path = fault.path_in(self.root)
        before, times = path.read_text("utf-8"), path.stat()
        path.write_text(fault.changed(before), "utf-8")
        started = time.perf_counter()
        try:
            paths, loops = fault.paths_of_tests(), fault.is_in_a_loop
            code, output, is_late = self._run(paths, self.seconds, loops)
        finally:
            path.write_text(before, "utf-8")
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        return {
            "outcome": LATE if is_late else outcome_of(code, output),
            "by": first_failed(output),
            "seconds": time.perf_counter() - started,
        }

    def _run(self, paths: list[str], seconds: float | None, loops: bool) -> tuple[int, str, bool]:
        """Run tests in the copy; give the exit code, what was printed and whether time was up.

        Faults in compiled ``loops`` are tried without the compiler: that takes less time than to
        compile all that calls them.
        """
        options = ["-x", "-q", "--tb=no", "-p", "no:randomly", "-p", "no:cacheprovider"]
        if loops:
            options += ["-m", "kernels and not slow", "-W", "ignore:overflow encountered"]
        elif not all("::" in path for path in paths):  # single tests may be slow ones
            options += ["-m", "not slow and not browser"]
        with subprocess.Popen(
            [sys.executable, "-m", "pytest", *options, *paths],
            cwd=self.root,
            env=self._environment(loops),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            try:
                output, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                output, _ = process.communicate()
                return process.returncode, output, True
        return process.returncode, output, False

    def _environment(self, loops: bool) -> Mapping[str, str]:
        without = {"NUMBA_CACHE_DIR", "NUMBA_DISABLE_JIT", "PYTEST_ADDOPTS"}
        kept = {name: value for name, value in os.environ.items() if name not in without}
        own = {"PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
        return kept | own | ({"NUMBA_DISABLE_JIT": "1"} if loops else {})


def outcome_of(code: int, output: str) -> str:
    """Say what an exit code of pytest means; where all tests were skipped none has passed."""
    if code == _FAILED:
        return CAUGHT
    if code == _NOTHING_RUN or (code == _PASSED and not re.search(r"\b\d+ passed", output)):
        return NOT_RUN
    return SURVIVED if code == _PASSED else CRASHED


def first_failed(output: str) -> str:
    """Give the first test that pytest says has failed, without its parameters; or nothing."""
    found = re.search(r"^(?:FAILED|ERROR) ([^\s\[]+)", output, re.MULTILINE)
    return found[1] if found else ""
