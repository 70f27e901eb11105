"""A deliberate fault: which text of which file becomes which other text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Fault:
    """One small change that breaks something.

    Parameters
    ----------
    name : str
        Of its own among all faults.
    file : str
        In the folder ``cat2vec``.
    old, new : str
        Text that stands in the file once, and what is put in its place.
    breaks : str
        What is wrong then, in a few words.
    tests : str
        Tests that should notice it, with blanks between: files in the folder ``tests``, or single
        tests of them as ``file.py::test``; modules in ``cat2vec`` for the examples in their texts.
    equivalent : str
        Why nothing is wrong; empty where something is.
    """

    name: str
    file: str
    old: str
    new: str
    breaks: str
    tests: str
    equivalent: str = ""

    def path_in(self, root: Path) -> Path:
        """Give the file in a copy of the project."""
        return root / "cat2vec" / self.file

    def changed(self, text: str) -> str:
        """Put the fault into the text of its file.

        Raises
        ------
        ValueError
            If the old text does not stand there exactly once.
        """
        if (n_found := text.count(self.old)) != 1:
            raise ValueError(
                f"the old text of fault {self.name!r} stands {n_found} times in {self.file}; it "
                f"must stand there once. Change the list in benchmarks/faults."
            )
        return text.replace(self.old, self.new)

    @property
    def is_in_a_loop(self) -> bool:
        """Whether it is in a compiled loop, whose tests are those marked ``kernels``."""
        return self.file.startswith("kernels/") and not self.file.endswith("threads.py")

    def paths_of_tests(self) -> list[str]:
        """Give what pytest is asked to run, from the folder of the project."""
        return [
            test if test.startswith("cat2vec/") else f"tests/{test}" for test in self.tests.split()
        ]


#: Name, old text, new text, what breaks and tests, perhaps why nothing does.
Line = tuple[str, str, str, str, str] | tuple[str, str, str, str, str, str]


def faults_in(file: str, *lines: Line) -> Iterator[Fault]:
    """Give faults of one file."""
    for name, *rest in lines:
        yield Fault(name, file, *rest)
