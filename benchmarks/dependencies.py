"""What an installation brings: licences and sizes of all packages, and seconds to import some.

Run with ``python -m benchmarks.dependencies`` in an environment with cat2vec. Packages are those
that its metadata names, and those that they name in turn, without extras.
"""

from __future__ import annotations

import re
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any

from packaging.requirements import Requirement

from benchmarks.harness import Benchmark
from benchmarks.pages.dependencies import page

BENCHMARK = Benchmark("dependencies", "List licences and sizes of what cat2vec needs.", page)
#: Imports that are timed, each in processes of their own, by what they are for.
IMPORTS = {
    "cat2vec": "import cat2vec",
    "cat2vec.count_pairs": "from cat2vec import count_pairs",
    "cat2vec.Cat2Vec": "from cat2vec import Cat2Vec",
    "gensim": "from gensim.models import KeyedVectors",
}
TIMES = 3


def main(arguments: Sequence[str] | None = None) -> int:
    return BENCHMARK.measure(records, BENCHMARK.parser(data_folder=False).parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    for name, asked_by in needed("cat2vec").items():
        about = distribution(name)
        yield {
            "table": "packages",
            "package": about.metadata["Name"],
            "version": about.version,
            "licence": licence_of(about),
            "bytes": size_of(about),
            "asked_by": asked_by,
        }
    for name, statement in IMPORTS.items():
        yield {"table": "imports", "import": name, "seconds": seconds_of(statement)}


def needed(root: str) -> dict[str, list[str]]:
    """Give the packages that one needs, directly or not, each with those that name it."""
    asked_by: dict[str, list[str]] = {}
    waiting = [root]
    while waiting:
        name = waiting.pop()
        for text in distribution(name).requires or ():
            wanted = Requirement(text)
            if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
                continue
            try:
                other = normalized(distribution(wanted.name).metadata["Name"])
            except PackageNotFoundError:
                continue
            if other not in asked_by:
                waiting.append(other)
            asked_by.setdefault(other, []).append(normalized(name))
    return {name: sorted(set(others)) for name, others in sorted(asked_by.items())}


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def licence_of(about: Distribution) -> str:
    """Give the licence as SPDX, or as classifiers or a short text say it."""
    if expression := about.metadata.get("License-Expression"):
        return expression
    classified = [
        text.rpartition(" :: ")[2]
        for text in about.metadata.get_all("Classifier") or ()
        if text.startswith("License :: ") and text != "License :: OSI Approved"
    ]
    said = (about.metadata.get("License") or "").strip().partition("\n")[0]
    return ", ".join(classified) or said or "not said"


def size_of(about: Distribution) -> int:
    """Add up the bytes of the files of a package, without what Python compiles of them."""
    paths = [file.locate() for file in about.files or () if "__pycache__" not in file.parts]
    return sum(path.stat().st_size for path in paths if path.is_file())


def seconds_of(statement: str) -> float:
    """Give the CPU seconds of an import beyond those of starting Python, the least of a few."""
    return max(min(_run(statement) for _ in range(TIMES)) - min(map(_run, [""] * TIMES)), 0.0)


def _run(statement: str) -> float:
    script = f"import time\n{statement}\nprint(time.process_time())"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    return float(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main())
