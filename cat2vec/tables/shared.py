"""Columns that share one vocabulary: checked, joined while categories are found, grown together.

Takes columns as ``Factors``. Gives one set of categories for all columns of a group. Knows nothing
of pairs or vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from cat2vec.errors import ColumnTypeError, ParameterError, UnknownFeatureError, listed
from cat2vec.tables.columns import Factors, fit_column, plainness
from cat2vec.vocabulary import MISSING, UNSEEN, Codec, Vocabulary, category_key, sorted_by_key

_EXAMPLE = "such as {'airport': ['origin', 'dest']}"
#: What the first item of a category's key says about its column.
_KINDS = ("booleans", "numbers", "text", "bytes", "dates, times or durations", "other objects")

Shared = tuple[tuple[str, tuple[str, ...]], ...]
Fitted = tuple[Codec, np.ndarray, np.ndarray]


def checked_shared(shared: Any, names: Sequence[str]) -> Shared:
    """Read the parameter ``shared``, whose columns must be among those that are used.

    Parameters
    ----------
    shared : mapping of str to sequence of str, or None
    names : sequence of str
        Columns to use.

    Returns
    -------
    tuple of (str, tuple of str)
        Features of each shared vocabulary, in the order of ``names``.

    Raises
    ------
    ParameterError, UnknownFeatureError

    Examples
    --------
    >>> checked_shared({"airport": ["dest", "origin"]}, ["origin", "hour", "dest"])
    (('airport', ('origin', 'dest')),)
    """
    if shared is None:
        return ()
    if not isinstance(shared, Mapping):
        raise ParameterError(
            f"shared must map names to lists of columns, {_EXAMPLE}, got {shared!r}."
        )
    problems: list[str] = []
    seen: set[str] = set()
    for name, members in shared.items():
        if isinstance(members, str) or not isinstance(members, Collection):
            problems.append(
                f"shared[{name!r}] must be a list of columns, {_EXAMPLE}, got {members!r}."
            )
            continue
        members = [str(member) for member in members]
        for member in members:
            if member not in names:
                raise UnknownFeatureError(member, names, "the columns used, but shared names it")
        if len(set(members)) < 2:
            problems.append(
                f"shared[{name!r}] must name at least two different columns, got {members!r}."
            )
        if str(name) in names:
            problems.append(
                f"shared must give a name that no column has, got {name!r}. Choose another one."
            )
        if twice := sorted(seen & set(members)):
            problems.append(
                f"shared names {listed(twice)} in more than one list. A column can be in one."
            )
        seen |= set(members)
    if problems:
        raise ParameterError(problems)
    wanted = {str(name): set(map(str, members)) for name, members in shared.items()}
    groups = [(name, tuple(n for n in names if n in members)) for name, members in wanted.items()]
    return tuple(sorted(groups, key=lambda group: names.index(group[1][0])))


def groups_of(names: Sequence[str], shared: Shared) -> list[tuple[str, ...]]:
    """List the columns that are fitted together, in order of the first of each.

    Examples
    --------
    >>> groups_of(["origin", "hour", "dest"], (("airport", ("origin", "dest")),))
    [('origin', 'dest'), ('hour',)]
    """
    group_of = {column: members for _, members in shared for column in members}
    return list(dict.fromkeys(group_of.get(name, (name,)) for name in names))


def fit_group(
    members: tuple[str, ...],
    take: Callable[[str], Factors],
    kinds: Mapping[str, Any],
    rule: Any,
    n_bins: int,
    weights: np.ndarray | None,
) -> list[Fitted]:
    """Learn the categories of one column, or those that several columns share.

    Parameters
    ----------
    members : tuple of str
        Names of the columns.
    take : callable
        Name to factors.
    kinds, rule, n_bins, weights
        As in ``fit_shared``.
    """
    found = [take(name) for name in members]
    if len(members) == 1:
        return [fit_column(found[0], kinds.get(members[0], rule), n_bins, weights)]
    return fit_shared(members, found, kinds, rule, n_bins, weights)


def fit_shared(
    members: Sequence[str],
    factors: Sequence[Factors],
    kinds: Mapping[str, Any],
    rule: Any,
    n_bins: int,
    weights: np.ndarray | None,
) -> list[Fitted]:
    """Learn one set of categories from the cells of several columns, and encode each.

    Parameters
    ----------
    members : sequence of str
        Names of the columns.
    factors : sequence of Factors
    kinds : mapping
        Kind per column where one was asked for.
    rule, n_bins, weights
        As in ``fit_column``; ``rule`` is the kind of columns that ``kinds`` does not name.

    Returns
    -------
    list of (Codec, ndarray, ndarray)
        As of ``fit_column``, with the type of each column in its codec.

    Raises
    ------
    ParameterError
        If the columns are asked to be of different kinds.
    ColumnTypeError
        If they hold different things, such as text and numbers.
    """
    _check_same_kind(members, factors, kinds)
    repeated = None if weights is None else np.tile(weights, len(members))
    kind = kinds.get(members[0], rule)
    codec, values, codes = fit_column(_joined(factors), kind, n_bins, repeated)
    return [
        (Codec(codec.kind, column.dtype, codec.edges), values, part)
        for part, column in zip(np.split(codes, len(members)), factors, strict=True)
    ]


def _check_same_kind(
    members: Sequence[str], factors: Sequence[Factors], kinds: Mapping[str, Any]
) -> None:
    first = members[0]
    for other in members[1:]:
        if kinds.get(first) != kinds.get(other):
            raise ParameterError(
                f"{first!r} and {other!r} share a vocabulary, and columns says "
                f"{_in_words(kinds, first)} and {_in_words(kinds, other)}. Name the same kind for "
                f"both."
            )
    found = {name: _contents(column) for name, column in zip(members, factors, strict=True)}
    filled = {name: what for name, what in found.items() if what}
    for other, what in filled.items():
        first = next(iter(filled))
        if what != filled[first]:
            raise ColumnTypeError(
                f"{first!r} and {other!r} share a vocabulary, but {first!r} holds "
                f"{' and '.join(filled[first])} and {other!r} holds {' and '.join(what)}, so no "
                f"category of one is a category of the other. Give both the same type first."
            )


def _in_words(kinds: Mapping[str, Any], name: str) -> str:
    return f"that {name!r} is {kinds[name]!r}" if name in kinds else f"nothing of {name!r}"


def _contents(column: Factors) -> list[str]:
    """Say what a column holds: text, numbers and so on; nothing for one without cells."""
    if isinstance(column.distinct, np.ndarray):
        return [_KINDS[0 if column.distinct.dtype == bool else 1]] if len(column.distinct) else []
    one_of_type = {type(value): value for value in column.distinct if value is not None}
    return [_KINDS[head] for head in sorted({category_key(v)[0] for v in one_of_type.values()})]


def _joined(factors: Sequence[Factors]) -> Factors:
    """Put columns under each other, as one column of all their cells."""
    filled = [column for column in factors if len(column.distinct)]
    dtypes = {column.dtype for column in filled}
    dtype = dtypes.pop() if len(dtypes) == 1 else "mixed"
    is_number = bool(filled) and all(column.is_number for column in filled)
    arrays = [column.distinct for column in filled if isinstance(column.distinct, np.ndarray)]
    if filled and len(arrays) == len(filled) and len({array.dtype.kind for array in arrays}) == 1:
        starts = np.cumsum([0, *(len(column.distinct) for column in factors)])
        tables = [np.arange(a, b, dtype=np.int32) for a, b in pairwise(starts)]
        return Factors(_looked_up(tables, factors), np.concatenate(arrays), dtype, is_number)
    number_of: dict[Any, int] = {}
    distinct: list[Any] = []
    tables = []
    for column in factors:
        table = np.empty(len(column.distinct), np.int32)
        for code, value in enumerate(_plain(column.distinct)):
            place = number_of.setdefault(category_key(value), len(distinct))
            if place == len(distinct):
                distinct.append(value)
            distinct[place] = min(distinct[place], value, key=plainness)
            table[code] = place
        tables.append(table)
    return Factors(_looked_up(tables, factors), distinct, dtype, is_number)


def _plain(values: Any) -> list[Any]:
    return values.tolist() if isinstance(values, np.ndarray) else list(values)


def _looked_up(tables: Sequence[np.ndarray], factors: Sequence[Factors]) -> np.ndarray:
    """Translate the codes of each column by a table of its own; missing stays missing."""
    parts = [
        np.append(table, np.int32(MISSING))[column.codes]
        for table, column in zip(tables, factors, strict=True)
    ]
    return np.concatenate(parts)


def grown_together(
    vocabulary: Vocabulary, columns: Sequence[tuple[np.ndarray, np.ndarray]]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Give all columns of a shared vocabulary the new categories that some of them met.

    Parameters
    ----------
    vocabulary : Vocabulary
        Of the fit.
    columns : sequence of (codes, categories)
        One per feature; new categories stand behind those of the fit, in order of value.

    Returns
    -------
    list of (codes, categories)
    """
    columns = list(columns)
    for _, members in vocabulary.schema.shared:
        places = [vocabulary.schema.position(name) for name in members]
        n_known = len(vocabulary.categories[places[0]])
        added: dict[Any, Any] = {}
        for place in places:
            for value in columns[place][1].tolist()[n_known:]:
                key = category_key(value)
                added[key] = min(added.get(key, value), value, key=plainness)
        if not added:
            continue
        values = [*vocabulary.categories[places[0]].tolist(), *sorted_by_key(added.values())]
        number_of = {category_key(value): code for code, value in enumerate(values)}
        same = {columns[place][1].dtype for place in places}
        categories = np.empty(len(values), same.pop() if len(same) == 1 else object)
        categories[:] = values
        for place in places:
            codes, own = columns[place]
            table = [number_of[category_key(value)] for value in own.tolist()]
            columns[place] = np.array([*table, UNSEEN, MISSING], np.int32)[codes], categories
    return columns
