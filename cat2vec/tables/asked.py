"""What was asked of the columns of a table: which are used, of what kind, what means missing.

Takes the names of columns and the parameters of a fit. Gives checked ones. Knows nothing of cells.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from cat2vec.errors import ParameterError, TableError, UnknownFeatureError, listed, named
from cat2vec.parameters import check_parameters, feature_name, feature_names, problems_with
from cat2vec.tables.cells.kinds import Kind, MultiValued, checked_kinds, checked_missing_values


def asked_features(found: Iterable[str], features: Sequence[str] | None) -> list[str]:
    """Give the columns to use, in order.

    Raises
    ------
    UnknownFeatureError, ParameterError

    Examples
    --------
    >>> asked_features(["city", "job", "age"], ["age", "job"])
    ['age', 'job']
    """
    check_parameters(features=features)
    known = list(found)
    names = known if features is None else feature_names(features)
    UnknownFeatureError.check(names, known)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ParameterError(f"{named('features')} names {listed(twice)} more than once.")
    return names


def check_not_empty(names: Sequence[str], n_rows: int) -> None:
    """Raise TableError if there is no column, or no row."""
    if not names:
        raise TableError(
            f"found an array with 0 feature(s) (shape=({n_rows}, 0)) while a minimum of 2 is "
            f"required, because vectors are learned from categories that share a row."
        )
    if n_rows == 0:
        raise TableError(
            f"found a table with 0 sample(s) (shape=(0, {len(names)})) while a minimum of 1 is "
            f"required: it has the columns {listed(names)} and no rows."
        )


def asked_kinds(
    found: Iterable[str],
    columns: Mapping[str, Any] | None,
    numeric: str,
    n_bins: int,
    missing: str,
    missing_values: Any,
) -> tuple[dict[str, Kind], dict[str, tuple[Any, ...]]]:
    """Give the kind of each column that was given one, and what means a missing cell in each.

    Raises
    ------
    UnknownFeatureError, ParameterError
    """
    known = list(found)
    problems = problems_with(numeric=numeric, missing=missing, n_bins=n_bins)
    kinds = checked_kinds(known, columns, n_bins, problems)
    emptied = checked_missing_values(known, missing_values, problems)
    if problems:
        raise ParameterError(problems)
    return kinds, emptied


def are_lists(kind: Kind | None) -> bool:
    """Say whether cells of a column are said to be lists of values."""
    return isinstance(kind, MultiValued) and kind.sep is None


def shared_columns(shared: Any) -> set[str]:
    """Give the columns that are to share, before it is known whether that was asked rightly.

    Examples
    --------
    >>> sorted(shared_columns({"airport": ["origin", "dest"]}))
    ['dest', 'origin']
    """
    given = shared.values() if isinstance(shared, Mapping) else ()
    lists = [one for one in given if isinstance(one, Collection) and not isinstance(one, str)]
    return {str(feature_name(name)) for members in lists for name in members}
