"""Columns that share one vocabulary: checked, joined while categories are found, grown together.

Takes columns as ``Factors``. Gives one set of categories for all columns of a group. Knows nothing
of pairs or vectors.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from cat2vec.errors import (
    ColumnTypeError,
    ParameterError,
    UnknownFeatureError,
    listed,
    named,
    spelled,
)
from cat2vec.parameters import by_feature, feature_name, feature_names
from cat2vec.tables.cells.codes import fit_column
from cat2vec.tables.cells.dates import are_dates, as_dates, varying_parts
from cat2vec.tables.cells.factors import Factors, gather, plainness
from cat2vec.tables.cells.features import (
    FittedFeature,
    has_missing,
    n_merged,
    read_values,
    reading_of,
    with_missing_category,
    with_missing_code,
)
from cat2vec.tables.cells.kinds import Categorical, Dates, Kind, MultiValued, Ordered
from cat2vec.tables.cells.multivalued import in_slots
from cat2vec.vocabulary.vocabulary import MISSING, UNSEEN, Reading, Vocabulary, category_key

_EXAMPLE = "such as {'airport': ['origin', 'dest']}"
#: What the first item of a category's key says about its column.
_KINDS = ("booleans", "numbers", "text", "bytes", "dates, times or durations", "other objects")

Shared = tuple[tuple[str, tuple[str, ...]], ...]


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
    option = named("shared")
    if not isinstance(shared, Mapping):
        raise ParameterError(
            f"{option} must map names to lists of columns, {_EXAMPLE}, got {shared!r}."
        )
    problems: list[str] = []
    seen: set[str] = set()
    for name, members in shared.items():
        if isinstance(members, str) or not isinstance(members, Collection):
            problems.append(
                f"{option}[{name!r}] must be a list of columns, {_EXAMPLE}, got {members!r}."
            )
            continue
        members = feature_names(members)
        for member in members:
            if member not in names:
                raise UnknownFeatureError(member, names, f"the columns used, but {option} names it")
        if len(set(members)) < 2:
            problems.append(
                f"{option}[{name!r}] must name at least two different columns, got {members!r}."
            )
        if feature_name(name) in names:
            problems.append(
                f"{option} must give a name that no column has, got {name!r}. Choose another one."
            )
        if twice := sorted(seen & set(members)):
            problems.append(
                f"{option} names {listed(twice)} in more than one list. A column can be in one."
            )
        seen |= set(members)
    if problems:
        raise ParameterError(problems)
    wanted = {
        name: set(feature_names(members)) for name, members in by_feature(shared, "shared").items()
    }
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


def fit_shared(
    name: str,
    members: Sequence[str],
    factors: Sequence[Factors],
    kinds: Sequence[Kind | None],
    *,
    n_bins: int,
    weights: np.ndarray | None,
    missing: str,
    missing_values: Sequence[tuple[Any, ...]],
) -> tuple[list[list[FittedFeature]], Shared]:
    """Learn one set of categories from the cells of several columns, and encode each.

    Columns of dates share part by part. A column of lists may share with one of single values.

    Parameters
    ----------
    name : str
        Of the shared vocabulary.
    members : sequence of str
        Names of the columns.
    factors : sequence of Factors
    kinds : sequence of (Kind or None)
        Of each column; None: as ``fit_features``.
    n_bins, weights, missing, missing_values
        As in ``fit_features``; ``missing_values`` for each column.

    Returns
    -------
    columns : list of lists of FittedFeature
        Of each column, with the type of the column in its codec.
    together : tuple of (str, tuple of str)
        Names of the vocabularies and the features of each: one, or one for each part of dates.

    Raises
    ------
    ParameterError
        If the columns are asked to be of different kinds.
    ColumnTypeError
        If they hold different things, such as text and numbers.
    """
    _check_same_kind(members, factors, kinds)
    readings = [
        reading_of(column, kind, missing, values)
        for column, kind, values in zip(factors, kinds, missing_values, strict=True)
    ]
    kind = kinds[0]
    filled = [column for column in factors if column.used().any()]
    if kind is None and filled and all(map(are_dates, filled)):
        kind = Dates()
    if not isinstance(kind, Dates):
        whole = _fit_together(members, members, factors, readings, kind, n_bins, weights)
        return [[one] for one in whole], ((name, tuple(members)),)
    dates = [
        as_dates(member, column, kind.format)
        for member, column in zip(members, factors, strict=True)
    ]
    columns: list[list[FittedFeature]] = [[] for _ in members]
    together: list[tuple[str, tuple[str, ...]]] = []
    for part in kind.parts or varying_parts(_joined(dates)):
        features = tuple(f"{member}:{part}" for member in members)
        parts = [
            replace(reading, column=member, part=part, date_format=kind.format)
            for member, reading in zip(members, readings, strict=True)
        ]
        fitted = _fit_together(features, members, dates, parts, Categorical(), n_bins, weights)
        together.append((f"{name}:{part}", features))
        for mine, one in zip(columns, fitted, strict=True):
            mine.append(one)
    return columns, tuple(together)


def _fit_together(
    features: Sequence[str],
    members: Sequence[str],
    factors: Sequence[Factors],
    readings: Sequence[Reading],
    kind: Kind | None,
    n_bins: int,
    weights: np.ndarray | None,
) -> list[FittedFeature]:
    """Learn the categories of one feature of each column as those of one column."""
    read = [
        read_values(member, column, reading)
        for member, column, reading in zip(members, factors, readings, strict=True)
    ]
    _check_same_contents(members, read)
    if not isinstance(kind, Ordered):
        _check_same_order(members, read)
    amounts = [one.weights_of_values(weights) for one in read]
    given = [found for found in amounts if found is not None]
    of_values = np.concatenate(given) if given else None
    listed_members = " and ".join(map(str, members))
    codec, categories, codes = fit_column(listed_members, _joined(read), kind, n_bins, of_values)
    ends = np.cumsum([len(one.codes) for one in read])[:-1]
    found = [
        part if one.rows is None else in_slots(part, one.rows, one.n_rows)
        for part, one in zip(np.split(codes, ends), read, strict=True)
    ]
    if readings[0].missing == "token" and any(map(has_missing, found)):
        categories = with_missing_category(categories)
        found = [with_missing_code(part, len(categories) - 1) for part in found]
    return [
        FittedFeature(
            feature,
            replace(
                codec, dtype=one.dtype, reading=reading,
                n_merged=n_merged(member, column, reading, one)
            ),
            categories,
            part,
            column.profile,
        )
        for feature, member, column, reading, one, part in zip(
            features, members, factors, readings, read, found, strict=True
        )
    ]  # fmt: skip


def _check_same_kind(
    members: Sequence[str], factors: Sequence[Factors], kinds: Sequence[Kind | None]
) -> None:
    """Check the kinds given for columns; lists and single values may share."""
    given = [
        Categorical(kind.normalize) if isinstance(kind, MultiValued) else kind for kind in kinds
    ]
    if any(isinstance(kind, MultiValued) for kind in kinds):
        given = [Categorical() if kind is None else kind for kind in given]
    for other, kind in enumerate(given):
        if kind != given[0]:
            raise ParameterError(
                f"{members[0]!r} and {members[other]!r} share a vocabulary, and "
                f"{named('columns')} says {_in_words(members[0], kinds[0])} and "
                f"{_in_words(members[other], kinds[other])}. Name the same kind for both."
            )
    if kinds[0] is None:
        dates = [are_dates(column) for column in factors if column.used().any()]
        if any(dates):
            _check_same_contents(members, factors)
        if any(dates) and not all(dates):
            as_category = spelled("columns={...: 'category'}", "--types NAME=category")
            raise ColumnTypeError(
                f"{listed(members)} share a vocabulary, and only some of them hold nothing but "
                f"dates, which are taken apart. Use {as_category} for all of them."
            )


def _check_same_contents(members: Sequence[str], factors: Sequence[Factors]) -> None:
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


def _check_same_order(members: Sequence[str], factors: Sequence[Factors]) -> None:
    orders = {
        name: column.order and list(map(category_key, column.order))
        for name, column in zip(members, factors, strict=True)
        if len(column.distinct)
    }
    first = next(iter(orders), "")
    for other, order in orders.items():
        if order != orders[first]:
            ordered = spelled(
                f"columns={{{first!r}: Ordered([...]), {other!r}: Ordered([...])}}",
                "--types NAME=ordered:A,B for both,",
            )
            raise ColumnTypeError(
                f"{first!r} and {other!r} share a vocabulary, and their types do not declare the "
                f"same order of categories. Use {ordered} with one order, or types that "
                f"declare none."
            )


def _in_words(name: str, kind: Kind | None) -> str:
    return f"nothing of {name!r}" if kind is None else f"that {name!r} is {kind!r}"


def _contents(column: Factors) -> list[str]:
    """Say what a column holds: text, numbers and so on; nothing for one without cells."""
    if isinstance(column.distinct, np.ndarray):
        return [_KINDS[0 if column.distinct.dtype == bool else 1]] if len(column.distinct) else []
    one_of_type = {type(value): value for value in column.distinct if value is not None}
    return [_KINDS[head] for head in sorted({category_key(v)[0] for v in one_of_type.values()})]


def _joined(factors: Sequence[Factors]) -> Factors:
    """Put the values of columns behind each other, as one column that does not know its rows."""
    filled = [column for column in factors if len(column.distinct)]
    dtypes = {column.dtype for column in filled}
    dtype = dtypes.pop() if len(dtypes) == 1 else "mixed"
    is_number = bool(filled) and all(column.is_number for column in filled)
    arrays = [column.distinct for column in filled if isinstance(column.distinct, np.ndarray)]
    distinct: Any
    if filled and len(arrays) == len(filled) and len({array.dtype.kind for array in arrays}) == 1:
        starts = np.cumsum([0, *(len(column.distinct) for column in factors)])
        tables = [np.arange(a, b, dtype=np.int32) for a, b in pairwise(starts)]
        distinct = np.concatenate(arrays)
    else:
        distinct, tables = _united_values(factors)
    codes = [gather(table, column.codes) for table, column in zip(tables, factors, strict=True)]
    return Factors(
        np.concatenate(codes), distinct, dtype, is_number, filled[0].order if filled else None
    )


def _united_values(factors: Sequence[Factors]) -> tuple[list[Any], list[np.ndarray]]:
    """Number the distinct values of several columns; give also the numbers of those of each."""
    number_of: dict[Any, int] = {}
    distinct: list[Any] = []
    tables = []
    for column in factors:
        table = np.empty(len(column.distinct), np.int32)
        for code, value in enumerate(column.values()):
            place = number_of.setdefault(category_key(value), len(distinct))
            if place == len(distinct):
                distinct.append(value)
            distinct[place] = min(distinct[place], value, key=plainness)
            table[code] = place
        tables.append(table)
    return distinct, tables


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
        codec = vocabulary.schema.codecs[places[0]]
        added: dict[Any, Any] = {}
        for place in places:
            for value in columns[place][1].tolist()[n_known:]:
                key = category_key(value)
                added[key] = min(added.get(key, value), value, key=plainness)
        if not added:
            continue
        values = [
            *vocabulary.categories[places[0]].tolist(),
            *codec.sorted_categories(added.values()),
        ]
        number_of = {category_key(value): code for code, value in enumerate(values)}
        same = {columns[place][1].dtype for place in places}
        categories = np.empty(len(values), same.pop() if len(same) == 1 else object)
        categories[:] = values
        for place in places:
            codes, own = columns[place]
            table = [number_of[category_key(value)] for value in own.tolist()]
            columns[place] = np.array([*table, UNSEEN, MISSING], np.int32)[codes], categories
    return columns
