"""Which values parameters take: a sentence about each wrong one, or nothing.

Sentences name parameters by ``named`` and ``setting`` of ``errors``.
"""

from __future__ import annotations

import math
import numbers
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from cat2vec.errors import listed
from cat2vec.parameters.names import feature_name

#: What passes for whole numbers and is not: NumPy counts durations among them.
_NO_NUMBERS = (bool, np.timedelta64)


def integer_problem(name: str, value: Any, least: int, instead: str | None = None) -> str:
    """Write what is wrong with a value that must be an integer of at least ``least``, or nothing.

    ``name`` is what the sentence calls it, ``instead`` a word that is allowed too.

    Examples
    --------
    >>> integer_problem("n_bins", 1, least=2), integer_problem("n_bins", 16, least=2)
    ('n_bins must be an integer of at least 2, got 1.', '')
    """
    if (_is_whole(value) and value >= least) or (instead is not None and is_word(value, instead)):
        return ""
    or_else = "" if instead is None else f"{instead!r} or "
    return f"{name} must be {or_else}an integer of at least {least}, got {value!r}."


def number_problem(
    name: str,
    value: Any,
    above: float = -math.inf,
    within: float = math.inf,
    instead: str | None = None,
) -> str:
    """Write what is wrong with a value that must be a finite number, or nothing."""
    right = is_real(value) and math.isfinite(value) and value > above and abs(value) <= within
    if right or (instead is not None and is_word(value, instead)):
        return ""
    allowed = "a finite number" if instead is None else f"{instead!r} or a finite number"
    if math.isfinite(above):
        allowed += f" above {above:g}"
    elif math.isfinite(within):
        allowed = f"a number from {-within:g} to {within:g}"
    return f"{name} must be {allowed}, got {value!r}."


def _is_whole(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, _NO_NUMBERS)


def is_real(value: Any) -> bool:
    """Say whether a value is a real number, and neither a boolean nor a duration."""
    return isinstance(value, numbers.Real) and not isinstance(value, _NO_NUMBERS)


def is_word(value: Any, word: str) -> bool:
    """Say whether a value is this word; an array would compare its entries."""
    return isinstance(value, str) and value == word


def one_of(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    """Say which words are allowed, if a value is none of them."""
    is_one = isinstance(value, str) and value in allowed
    return "" if is_one else f"{name} must be one of {listed(allowed)}, got {value!r}."


def _n_jobs_problem(name: str, value: Any) -> str:
    if value is None or (_is_whole(value) and value != 0):
        return ""
    return f"{name} must be None (all cores) or a whole number other than 0, got {value!r}."


def _verbose_problem(name: str, value: Any) -> str:
    return integer_problem(name, int(value) if isinstance(value, bool) else value, least=0)


def _features_problem(name: str, value: Any) -> str:
    if isinstance(value, str):
        return (
            f"{name} must be a list of column names, got the text {value!r}. Write "
            f"{name}=[{value!r}, ...]."
        )
    # sets have no order, and what is gone through only once would be empty afterwards
    wrong = isinstance(value, (set, frozenset, Iterator))
    right = isinstance(value, (Iterable, type(None))) and not wrong
    return "" if right else f"{name} must be a list of column names, got {value!r}."


def _context_problem(name: str, value: Any) -> str:
    right = isinstance(value, (Collection, type(None))) and not isinstance(value, (str, Mapping))
    return "" if right else f"{name} must be a list of column names, got {value!r}."


def _exclude_pairs_problem(name: str, groups: Any) -> str:
    example = "such as [['code', 'description']]"
    if groups is None:
        return ""
    if isinstance(groups, (str, Mapping)) or not isinstance(groups, Collection):
        return f"{name} must be a list of lists of columns, {example}, got {groups!r}."
    for group in groups:
        if isinstance(group, str) or not isinstance(group, Collection):
            return f"{name} must hold lists of columns, {example}, got {group!r} in it."
        if len(set(map(feature_name, group))) < 2:
            return f"each list in {name} must name at least two columns, got {group!r}."
    return ""


def _holdout_problem(name: str, value: Any) -> str:
    if value is None or (is_real(value) and 0.0 <= value < 1.0):
        return ""
    return (
        f"{name} must be a number above 0 and below 1, the share of rows to leave out, or 0 for "
        f"none, got {value!r}. Usual is 0.1."
    )


def _decay_problem(name: str, value: Any) -> str:
    if is_real(value) and 0.0 <= value <= 1.0:
        return ""
    return (
        f"{name} must be a number from 0 to 1, got {value!r}. 1 keeps earlier counts as they are."
    )


def _forget_below_problem(name: str, value: Any) -> str:
    if is_real(value) and 0.0 <= value < math.inf:
        return ""
    return (
        f"{name} must be a number of rows of at least 0, got {value!r}. 0 forgets nothing, and 0.1 "
        f"what a tenth of a row is left of."
    )


def _keep_counts_problem(name: str, value: Any) -> str:
    if isinstance(value, bool) or is_word(value, "auto"):
        return ""
    return f"{name} must be 'auto', True or False, got {value!r}."


def _contamination_problem(name: str, value: Any) -> str:
    if is_word(value, "auto") or (is_real(value) and 0.0 < value <= 0.5):
        return ""
    return f"{name} must be 'auto' or a number above 0 and at most 0.5, got {value!r}."


def memory_problem(name: str, value: Any) -> str:
    """Write what is wrong with an amount of memory, or nothing."""
    text = isinstance(value, str) and re.fullmatch(
        r"\s*(\d+\.?\d*|\.\d+)\s*([kmgt]?i?b|[kmgt])\s*", value, re.IGNORECASE
    )
    if text or (_is_whole(value) and value > 0):
        return ""
    return f"{name} must be an amount of memory such as '1GB' or '500MB', or bytes, got {value!r}."


def _spill_problem(name: str, value: Any) -> str:
    if value is None or not path_problem(name, value):
        return ""
    return f"{name} must be the path of a folder, or None, got {value!r}."


def path_problem(name: str, value: Any) -> str:
    """Write what is wrong with a path that must be given, or nothing.

    Examples
    --------
    >>> path_problem("folder", None), path_problem("folder", "model")
    ('folder must be a path, got None. Give the name of a folder.', '')
    """
    if isinstance(value, os.PathLike) or (isinstance(value, str) and value):
        return ""
    return f"{name} must be a path, got {value!r}. Give the name of a folder."


def flag_problem(name: str, value: Any) -> str:
    """Write what is wrong with a value that must be a boolean, or nothing."""
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return ""
    return f"{name} must be True or False, got {value!r}."


#: Checks of values; where only a few words are allowed, the glossary lists these.
CHECKS: dict[str, Callable[[str, Any], str]] = {
    "vector_size": partial(integer_problem, least=1),
    "features": _features_problem,
    "context": _context_problem,
    "exclude_pairs": _exclude_pairs_problem,
    "negative": partial(number_problem, above=0.0),
    "ns_exponent": partial(number_problem, within=5.0),
    "regularization": partial(number_problem, above=0.0, instead="auto"),
    "epochs": partial(integer_problem, least=1, instead="auto"),
    "learning_rate": partial(number_problem, above=0.0, instead="auto"),
    "min_count": partial(integer_problem, least=1),
    "n_bins": partial(integer_problem, least=2),
    "tol": partial(number_problem, above=0.0),
    "max_sweeps": partial(integer_problem, least=1),
    "n_jobs": _n_jobs_problem,
    "random_state": partial(integer_problem, least=0),
    "verbose": _verbose_problem,
    "n": partial(integer_problem, least=1),
    "n_draws": lambda name, value: "" if value is None else integer_problem(name, value, least=1),
    "decay": _decay_problem,
    "forget_below": _forget_below_problem,
    "keep_counts": _keep_counts_problem,
    "contamination": _contamination_problem,
    "n_cells": partial(integer_problem, least=1),
    "holdout": _holdout_problem,
    "max_categories": partial(integer_problem, least=1),
    "memory": memory_problem,
    "spill": _spill_problem,
    "sample": flag_problem,
    "rare_names": flag_problem,
    "overwrite": flag_problem,
    "skip_initial_space": flag_problem,
}
