"""Try faults one at a time in a copy of the project, never in the project itself."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.mutants.fault import Fault

#: What a copy holds.
_COPIED = ("cat2vec", "tests", "benchmarks", "docs", "examples")
#: Outcomes: a test failed, none did, Python or pytest stopped, it took too long, or no test ran.
CAUGHT, SURVIVED, CRASHED, LATE, NOT_RUN = "caught", "survived", "crashed", "too late", "not run"
#: Exit codes of pytest.
_PASSED, _FAILED, _NOTHING_RUN = 0, 1, 5
_KERNELS = Path("cat2vec/kernels")


class Copy:
    """A copy of the project in which every test passes, with its kernels compiled.

    Compiled kernels lie beside their files and are known by the time and size of these, so that a
    copy that keeps times needs no compiling. Kernels of other files that call into the one with the
    fault would not be compiled anew by themselves; so those of all files that import it are taken
    away first, and all are put back afterwards.

    Parameters
    ----------
    root : Path
        Of the project.
    folder : Path
        Where the copy goes; one of an earlier run is brought up to date.
    seconds : float
        How long the tests of one fault may take.
    """

    def __init__(self, root: Path, folder: Path, seconds: float) -> None:
        self.root, self.seconds = folder / "project", seconds
        self._compiled = folder / "compiled"
        self._bring_up_to_date(root)

    def _bring_up_to_date(self, root: Path) -> None:
        self._keep_kernels()
        shutil.rmtree(self.root, ignore_errors=True)
        ignored = shutil.ignore_patterns("__pycache__", "node_modules", ".*")
        for name in _COPIED:
            shutil.copytree(root / name, self.root / name, ignore=ignored)
        for file in root.iterdir():
            if file.is_file() and file.name != ".git":
                shutil.copy2(file, self.root / file.name)
        if not self._compiled.exists() and (root / _KERNELS / "__pycache__").exists():
            shutil.copytree(root / _KERNELS / "__pycache__", self._compiled)
        self._put_kernels_back()

    def _keep_kernels(self) -> None:
        if (kept := self.root / _KERNELS / "__pycache__").exists():
            shutil.rmtree(self._compiled, ignore_errors=True)
            shutil.copytree(kept, self._compiled)

    def _put_kernels_back(self) -> None:
        place = self.root / _KERNELS / "__pycache__"
        shutil.rmtree(place, ignore_errors=True)
        if self._compiled.exists():
            shutil.copytree(self._compiled, place)

    def warm(self, faults: Iterable[Fault]) -> str:
        """Run the tests of some faults with none of them; give what failed, or nothing.

        What they compile is kept for all trials.
        """
        paths = dict.fromkeys(path for fault in faults for path in fault.paths_of_tests())
        files = [path for path in paths if "::" not in path]
        others = [path for path in paths if "::" in path and path.split("::")[0] not in files]
        code, output, _ = self._run([*files, *others], None)
        return "" if code == _PASSED else output[-3000:]

    def tried(self, fault: Fault) -> dict[str, Any]:
        """Run the tests of a fault with the fault in its place, and take it out again."""
        path = fault.path_in(self.root)
        before, times = path.read_text("utf-8"), path.stat()
        is_kernel = path.parent == self.root / _KERNELS
        path.write_text(fault.changed(before), "utf-8")
        if is_kernel:
            self._keep_kernels()
            for stem in dependents(path):
                for compiled in (path.parent / "__pycache__").glob(f"{stem}.*.nb?"):
                    compiled.unlink()
        started = time.perf_counter()
        try:
            code, output, is_late = self._run(fault.paths_of_tests(), self.seconds)
        finally:
            path.write_text(before, "utf-8")
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
            if is_kernel:
                self._put_kernels_back()
        return {
            "outcome": LATE if is_late else outcome_of(code, output),
            "by": first_failed(output),
            "seconds": time.perf_counter() - started,
        }

    def _run(self, paths: list[str], seconds: float | None) -> tuple[int, str, bool]:
        """Run tests in the copy; give the exit code, what was printed and whether time was up."""
        options = ["-x", "-q", "--tb=no", "-p", "no:randomly", "-p", "no:cacheprovider"]
        if not all("::" in path for path in paths):  # single tests may be slow ones
            options += ["-m", "not slow and not browser"]
        command = [sys.executable, "-m", "pytest", *options, *paths]
        without = {"NUMBA_CACHE_DIR", "NUMBA_DISABLE_JIT", "PYTEST_ADDOPTS"}
        environment = {name: value for name, value in os.environ.items() if name not in without}
        environment |= {"PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
        with subprocess.Popen(
            command,
            cwd=self.root,
            env=environment,
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


def dependents(path: Path) -> set[str]:
    """Name a module and all those beside it that import it, directly or by way of others.

    Parameters
    ----------
    path : Path

    Returns
    -------
    set of str
        Names of files without their ending.
    """
    imports = {file.stem: set(_imported(file)) for file in path.parent.glob("*.py")}
    found = {path.stem}
    while True:
        more = {stem for stem, others in imports.items() if others & found} - found
        if not more:
            return found
        found |= more


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.rpartition(".")[2]
