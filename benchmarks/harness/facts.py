"""Facts about machine and versions, which every record carries."""

from __future__ import annotations

import platform
import subprocess
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cat2vec
from cat2vec.kernels.threads import thread_count

#: The folder of the project.
ROOT = Path(__file__).resolve().parents[2]


def facts() -> dict[str, Any]:
    """Say what ran where; ``run`` is the same for all records of one start of a benchmark."""
    return {
        "run": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "cat2vec": cat2vec.__version__,
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": bool(_git("status", "--porcelain", "--", "cat2vec")),
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "numba", "gensim")},
        "machine": _processor(),
        "cores": thread_count(None),
    }


def _git(*arguments: str) -> str:
    """Ask git about the project; an empty text where there is no repository."""
    command = ["git", "-C", str(ROOT), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:  # not Linux
        pass
    return platform.processor() or platform.machine()
