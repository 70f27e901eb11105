"""Which nanoseconds per unit of work are nearest to measured seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

#: How much a constant that is doubled costs, beside an estimate that is off by two: what the
#: measurements do not tell apart stays as it is.
_STAY = 0.05


def units_of(record: Mapping[str, Any]) -> dict[str, float]:
    """Give the units of work that a training did, with the passes that it took."""
    passes = 2 * record["passes"] if record["solver"] == "counts" else record["passes"]
    return record["once"] | {name: passes * units for name, units in record["each"].items()}


def fitted_nanoseconds(
    records: Sequence[Mapping[str, Any]], now: Mapping[str, float]
) -> dict[str, float]:
    """Fit the logarithms of constants, so that ratios of seconds come close to 1.

    Parameters
    ----------
    records : sequence of dict
        With solver, passes, seconds, and units "once" and of "each" pass.
    now : dict
        Constants to begin with, in nanoseconds; those of work that no record has are kept.

    Returns
    -------
    dict
        As ``now``.

    Examples
    --------
    >>> record = {"solver": "rows", "passes": 2, "once": {"a": 1e9}, "each": {"b": 1e9}}
    >>> records = [record | {"seconds": 8.0}, record | {"passes": 4, "seconds": 14.0}]
    >>> found = fitted_nanoseconds(records * 9, {"a": 1.0, "b": 1.0, "c": 1.0})
    >>> {name: round(value, 1) for name, value in found.items()}
    {'a': 1.9, 'b': 3.0, 'c': 1.0}
    """
    from scipy.optimize import least_squares

    names = list(now)
    units = np.array([[units_of(one).get(name, 0.0) for name in names] for one in records])
    taken = np.log([1e9 * one["seconds"] for one in records])
    first = np.log([now[name] for name in names])

    def off(logs: np.ndarray) -> np.ndarray:
        away = np.log(units @ np.exp(logs)) - taken
        return np.concatenate([away, np.sqrt(_STAY) * (logs - first)])

    found = least_squares(off, first).x
    return {name: float(value) for name, value in zip(names, np.exp(found), strict=True)}
