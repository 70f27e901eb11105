"""Weights of rows: a row of weight w counts as w rows.

Takes what a user gave as ``sample_weight``. Gives float64 numbers, and sums that are exact integers
where all weights are whole numbers. Knows nothing of columns or pairs.
"""

from __future__ import annotations

import decimal
import numbers
from typing import Any

import numpy as np

from cat2vec.errors import ParameterError
from cat2vec.vocabulary.categories import python_time

#: Rows that are counted at a time.
_COUNTED_ROWS = 1 << 20
#: Sums of weights whose float32, squares and products are numbers.
_LEAST_TOTAL, _MOST_TOTAL = 1e-15, 1e30
_ALLOWED = (
    "A weight is a finite number of at least 0, in how many rows its row counts; 0 leaves it out."
)


def checked_weights(sample_weight: Any, n_rows: int) -> np.ndarray | None:
    """Give weights as a float64 array of their own, by position; None stays None.

    Raises
    ------
    ParameterError
        Unless there is one finite number of at least 0 per row, and one above 0.

    Examples
    --------
    >>> checked_weights([2, 0, True], 3).tolist()
    [2.0, 0.0, 1.0]
    """
    if sample_weight is None:
        return None
    try:
        given = np.asarray(sample_weight)
    except ValueError:  # lists of several lengths
        given = np.empty((0, 0))
    if given.ndim != 1:
        what = f"shape {given.shape}" if given.ndim else f"{type(sample_weight).__name__}"
        raise ParameterError(
            f"sample_weight must be one-dimensional, a list, array or Series of one number per "
            f"row, got {what}."
        )
    if len(given) != n_rows:
        raise ParameterError(
            f"sample_weight has {len(given):,} weights and the table has {n_rows:,} rows. Give one "
            f"weight per row."
        )
    weights = _as_numbers(given)
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(wrong):
        raise _not_allowed(int(wrong[0]), given[wrong[0]])
    if n_rows and not weights.any():
        raise ParameterError(
            f"sample_weight is zero in all {n_rows:,} rows, which leaves no row. {_ALLOWED}"
        )
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not np.isfinite(total):
        raise ParameterError("sample_weight adds up to infinity. Divide all weights by one number.")
    if n_rows and not _LEAST_TOTAL <= total <= _MOST_TOTAL:
        what = "Divide" if total > _MOST_TOTAL else "Multiply"
        raise ParameterError(
            f"sample_weight adds up to {total:.3g} rows. From {_LEAST_TOTAL:g} to {_MOST_TOTAL:g} "
            f"are allowed. {what} all weights by one number."
        )
    return weights


def _as_numbers(given: np.ndarray) -> np.ndarray:
    if given.dtype.kind in "biuf":
        return given.astype(np.float64)
    for row, cell in enumerate(given):  # text that reads as a number is not one
        missing = cell is None or type(cell).__name__ == "NAType"
        is_number = isinstance(cell, (numbers.Real, decimal.Decimal))
        if missing or not is_number or isinstance(cell, np.timedelta64):
            raise _not_allowed(row, cell)
    try:
        return given.astype(np.float64)
    except OverflowError:
        raise ParameterError(f"sample_weight holds an integer beyond float64. {_ALLOWED}") from None


def _not_allowed(row: int, value: Any) -> ParameterError:
    if isinstance(value, (np.datetime64, np.timedelta64)):
        plain = python_time(value)
    else:
        plain = value.item() if isinstance(value, np.generic) else value
    return ParameterError(
        f"sample_weight holds {plain!r} in row {row} (counted from 0). {_ALLOWED}"
    )


def are_whole(weights: np.ndarray) -> bool:
    """Say whether sums of these weights are exact integers: whole numbers, below 2**53 in all."""
    return bool((weights == np.floor(weights)).all() and weights.sum() < 2**53)


def code_counts(codes: np.ndarray, weights: np.ndarray | None, n_codes: int) -> np.ndarray:
    """Count the rows of each code, by their weights; codes below 0 are not counted.

    Returns
    -------
    ndarray of shape (n_codes,)
        int64 without weights and where all weights are whole numbers, else float64.

    Examples
    --------
    >>> code_counts(np.array([0, 1, 0, -1]), np.array([2.0, 1.0, 1.0, 5.0]), 2)
    array([3, 1])
    """
    if weights is None:
        counts = np.zeros(n_codes, np.int64)
        for start in range(0, len(codes), _COUNTED_ROWS):  # NumPy counts int64: 8 bytes a row
            some = codes[start : start + _COUNTED_ROWS]
            counts += np.bincount(some[some >= 0], minlength=n_codes)
        return counts
    present = codes >= 0
    sums = np.bincount(codes[present], weights=weights[present], minlength=n_codes)
    return sums.astype(np.int64) if are_whole(weights) else sums


def token_counts(codes: np.ndarray, weights: np.ndarray | None, n_codes: int) -> np.ndarray:
    """Count the rows of each code, which stands in one slot of a row at most."""
    columns = codes.T if codes.ndim == 2 else codes[None]
    return np.sum([code_counts(column, weights, n_codes) for column in columns], axis=0)
