"""How the name of a column becomes that of a feature: the one place that does it.

Names of columns can be any objects, such as the numbers of a table without a header or the tuples
of columns in levels. Features have names of text, in ``fit`` and wherever one is asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from cat2vec.errors import ParameterError, TableError, listed, named


def feature_name(name: Any) -> str:
    """Turn the name of a column into that of its feature, as text.

    Numbers and dates of NumPy read like Python's, also inside tuples.

    Examples
    --------
    >>> import numpy as np
    >>> feature_name("city"), feature_name(0), feature_name(("score", np.int64(2)))
    ('city', '0', "('score', 2)")
    """
    return str.__str__(name) if isinstance(name, str) else str(_plain(name))


def _plain(name: Any) -> Any:
    if isinstance(name, tuple):
        return tuple(_plain(one) for one in name)
    if isinstance(name, str):
        return str.__str__(name)
    if not (hasattr(name, "dtype") and hasattr(name, "item")) or len(name.shape) > 0:
        return name
    return (name.astype("M8[us]") if name.dtype.kind == "M" else name).item()


def feature_names(names: Iterable[Any] | None) -> list[str]:
    """Turn the names of columns into those of features; None is none.

    Examples
    --------
    >>> feature_names([0, "city"])
    ['0', 'city']
    """
    return [] if names is None else [feature_name(name) for name in names]


def one_or_several(wanted: Any, known: Collection[str]) -> list[str]:
    """Read one name or a list of names, each once; a tuple that is a known name is one.

    Examples
    --------
    >>> one_or_several(0, ["0", "1"]), one_or_several(("a", 1), ["('a', 1)", "('a', 2)"])
    (['0'], ["('a', 1)"])
    >>> one_or_several(["b", "a", "b"], ["a", "b"])
    ['b', 'a']
    """
    is_list = isinstance(wanted, Iterable) and not isinstance(wanted, (str, bytes))
    if not is_list or (isinstance(wanted, tuple) and feature_name(wanted) in known):
        return [feature_name(wanted)]
    return list(dict.fromkeys(feature_names(wanted)))


def by_feature(values: Mapping[Any, Any], parameter: str) -> dict[str, Any]:
    """Give what a parameter says of columns, by feature.

    Raises
    ------
    ParameterError
        If two of its names are one feature.

    Examples
    --------
    >>> by_feature({0: "category"}, "columns")
    {'0': 'category'}
    """
    if clash := same_feature(values):
        raise ParameterError(
            f"{named(parameter)} names {listed(clash)}, which are the same feature "
            f"{feature_name(clash[0])!r}. Leave one of them out."
        )
    return {feature_name(name): value for name, value in values.items()}


def same_feature(names: Iterable[Any]) -> list[Any]:
    """Give the first names that are one feature, such as 0 and "0"; none if all differ.

    Examples
    --------
    >>> same_feature(["city", 0, "0"]), same_feature(["city", 0])
    ([0, '0'], [])
    """
    found: dict[str, list[Any]] = {}
    for name in names:
        found.setdefault(feature_name(name), []).append(name)
    return next((same for same in found.values() if len(same) > 1), [])


def check_names_differ(names: Iterable[Any]) -> None:
    """Raise TableError if two columns of a table would be one feature."""
    clash = same_feature(names)
    if not clash:
        return
    objects = dict.fromkeys(map(repr, clash))
    both = f" as text: {' and '.join(objects)}" if len(objects) > 1 else ""
    raise TableError(
        f"column names must differ, and {feature_name(clash[0])!r} stands more than once{both}. "
        f"Rename them."
    )
