"""Memory of this process in bytes, as the system tells it."""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress
from pathlib import Path

import pyarrow as pa


def start_of_memory() -> tuple[int, bool]:
    """Give memory back and forget earlier peaks; say the bytes in use and whether that worked."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    with suppress(AttributeError, OSError, TypeError):  # not glibc
        ctypes.CDLL(None).malloc_trim(0)
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return peak_memory(), False
    return status_bytes("VmRSS"), True


def peak_memory() -> int:
    """Give the peak.

    On Linux not ``ru_maxrss``, which starts from the peak of the process that started this one.
    """
    try:
        return status_bytes("VmHWM")
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def status_bytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))
