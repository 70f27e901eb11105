"""Amounts of memory as users write them: "1GB", "500 MB", or bytes."""

from __future__ import annotations

import re
from typing import Any

from cat2vec.errors import ParameterError, named
from cat2vec.parameters.checks import memory_problem

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def bytes_of(memory: Any) -> int:
    """Read an amount of memory.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> bytes_of("1GB"), bytes_of("512 MiB"), bytes_of(1000)
    (1000000000, 536870912, 1000)
    """
    if problem := memory_problem(named("memory"), memory):
        raise ParameterError(problem)
    if not isinstance(memory, str):
        return int(memory)
    number, unit = re.fullmatch(r"\s*([\d.]+)\s*(\w*)\s*", memory).groups()  # type: ignore[union-attr]
    letter = unit.lower()[:1].removeprefix("b")
    of_unit = _BINARY[letter] if "i" in unit.lower() else _UNITS[letter]
    return int(float(number) * of_unit)


def bytes_in_words(n_bytes: int) -> str:
    """Write an amount of memory, rounded up, as ``bytes_of`` reads it.

    Examples
    --------
    >>> bytes_in_words(1_200_000_001), bytes_in_words(300_000)
    ('1201MB', '1MB')
    """
    return f"{-(-n_bytes // 10**6)}MB"
