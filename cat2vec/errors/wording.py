"""How sentences are worded: lists, numbers, and parameters as Python or the shell takes them.

Takes names and values. Gives pieces of sentences. Knows nothing of what went wrong.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from shlex import quote
from typing import Any

_LIST_LIMIT = 5
#: Whether sentences name options of the command line; threads write sentences too, so for all.
_as_options = False


def listed(items: Iterable[Any], limit: int = _LIST_LIMIT) -> str:
    """Write items as ``'a', 'b', 'c' and 12 more``.

    Examples
    --------
    >>> listed(["a", "b"]), listed(range(9), limit=2), listed([])
    ("'a', 'b'", '0, 1 and 7 more', 'none')
    """
    items = list(items)
    shown = [_shortened(repr(item)) for item in items[:limit]]
    return joined(shown, len(items) - limit) if shown else "none"


def some_of(items: Iterable[Any], limit: int = _LIST_LIMIT) -> str:
    """Write the first of some examples, of which nobody counted how many there are in all.

    Examples
    --------
    >>> some_of(["a", "b"]), some_of(range(9), limit=2)
    ("'a', 'b'", '0, 1 and others')
    """
    items = list(items)
    shown = ", ".join(_shortened(repr(item)) for item in items[:limit])
    return f"{shown} and others" if len(items) > limit else shown


def joined(texts: Iterable[str], n_more: int) -> str:
    """Put texts in a row, with how many more there are."""
    return ", ".join(texts) + (f" and {n_more:,} more" if n_more > 0 else "")


def _shortened(text: str, width: int = 80) -> str:
    return text if len(text) <= width else f"{text[: width - 4]}...{text[-1]}"


def closest_name(name: Any, names: Iterable[Any]) -> Any:
    """Give the one of some names that reads most like the wanted one; None if none does."""
    by_text = {str(known).lower(): known for known in names}
    hits = difflib.get_close_matches(str(name).lower(), list(by_text), n=1, cutoff=0.6)
    return by_text[hits[0]] if hits else None


def nearest_name(name: Any, names: Sequence[Any]) -> str:
    """Write `` Nearest: 'city'.`` if one of the names reads like the wanted one, else nothing."""
    found = closest_name(name, names)
    return "" if found is None else f" Nearest: {found!r}."


def in_words(number: int | float) -> str:
    """Write a number of rows or pairs, which may be a sum of weights: ``12,345``, ``0.3``."""
    return f"{number:,}" if isinstance(number, int) else f"{number:,.10g}"


@contextmanager
def naming_options() -> Iterator[None]:
    """Let sentences name options, ``--n-bins``, instead of parameters, until the block ends."""
    global _as_options
    before, _as_options = _as_options, True
    try:
        yield
    finally:
        _as_options = before


def spelled(in_python: str, on_command_line: str) -> str:
    """Give whichever of two forms the reader of the sentence can type."""
    return on_command_line if _as_options else in_python


def option_of(parameter: str) -> str:
    """Give the option of a parameter: ``--n-bins`` of ``n_bins``, ``-n`` of ``n``."""
    dashes = "-" if len(parameter) == 1 else "--"
    return dashes + {"columns": "types"}.get(parameter, parameter).replace("_", "-")


def named(parameter: str) -> str:
    """Write the name of a parameter: ``n_bins``, or for the command line ``--n-bins``."""
    return spelled(parameter, option_of(parameter))


def setting(parameter: str, value: Any) -> str:
    """Write a parameter with its value: ``tol=1``, or for the command line ``--tol 1``.

    Examples
    --------
    >>> setting("columns", {"zip": "category"})
    "columns={'zip': 'category'}"
    >>> with naming_options():
    ...     setting("columns", {"zip": "category"}), setting("overwrite", True)
    ('--types zip=category', '--overwrite')
    """
    pairs = value.items() if isinstance(value, Mapping) else ()
    words = [f"{name}={one}" for name, one in pairs]
    if not words and value is not True:
        words = list(map(str, value)) if isinstance(value, (list, tuple)) else [str(value)]
    option = " ".join([option_of(parameter), *map(quote, words)])
    return spelled(f"{parameter}={value!r}", option)


def leaving_out() -> str:
    """Write how columns are left out: ``features=[...]``, or ``--exclude``."""
    return spelled("features=[...]", "--exclude")


def pooled_away(features: Sequence[str], min_count: int) -> str:
    """Write that all categories of some features were pooled, or nothing if there are none."""
    if not features:
        return ""
    return (
        f" With {setting('min_count', min_count)} all categories of {listed(features)} are rare "
        f"and share one token; a lower {named('min_count')} keeps the more frequent ones apart."
    )
