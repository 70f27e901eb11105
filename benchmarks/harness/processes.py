"""One measurement in a process of its own, so that nothing before it counts as its memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.harness.facts import ROOT


def run_alone(function: Callable[..., dict[str, Any]], **arguments: Any) -> dict[str, Any]:
    """Call a function of a module of ``benchmarks`` in a fresh process, with JSON arguments.

    Gives its record, and with it the load of the machine before; of a failure the record is the
    arguments and, as ``error``, the last line of the message.
    """
    module = function.__module__
    if module == "__main__":  # started with ``python -m``
        module = sys.modules["__main__"].__spec__.name
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    command = [
        sys.executable,
        "-m",
        "benchmarks.harness",
        module,
        function.__name__,
        json.dumps(arguments),
    ]
    folders = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        return {**arguments, "error": last_line(done)}
    return {**json.loads(done.stdout.splitlines()[-1]), "load_before": load}


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    """Give the last line of what a failed process wrote, or its exit code."""
    return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
