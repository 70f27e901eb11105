"""All columns of a table fitted: the features of each, and the vocabulary that they make.

Takes ``Factors`` of every column and the rules of the fit. Gives ``FittedFeature`` and a
``Vocabulary``. Knows nothing of dataframes, pairs or vectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from cat2vec.errors import (
    BinnedIdentifierWarning,
    BinnedNumbersWarning,
    IdentifierWarning,
    RowNumberWarning,
    TableError,
    leaving_out,
    listed,
    map_in,
    named,
    setting,
    spelled,
    warn,
)
from cat2vec.tables.cells.factors import Factors
from cat2vec.tables.cells.features import FittedFeature, fit_features
from cat2vec.tables.cells.kinds import Categorical, Kind, Numeric
from cat2vec.tables.cells.multivalued import alone_sentence, kinds_with_pairs, remark_on_pairs
from cat2vec.tables.cells.texts import advice_on_texts, texts_as_numbers
from cat2vec.tables.cells.weights import token_counts
from cat2vec.tables.cells.whole_numbers import (
    CODES,
    COUNTS,
    IDENTIFIER_ROWS,
    IDENTIFIER_SHARE,
    IDENTIFIERS,
    ROW_NUMBERS,
    are_whole,
    taken_for,
)
from cat2vec.tables.fit_shared import Shared, checked_shared, fit_shared, groups_of
from cat2vec.tables.remarks import Remark
from cat2vec.vocabulary.as_json import check_can_be_held
from cat2vec.vocabulary.vocabulary import Schema, Vocabulary


@dataclass(frozen=True)
class Rules:
    """How columns are fitted, as ``encode_table`` was asked to.

    ``kinds`` holds the columns that were given one, ``missing_values`` every column; ``shared`` is
    as it was given.
    """

    kinds: Mapping[str, Kind]
    numeric: str
    n_bins: int
    shared: Any
    missing: str
    missing_values: Mapping[str, tuple[Any, ...]]


def fit_columns(
    factored: dict[str, Factors],
    rules: Rules,
    weights: np.ndarray | None,
    pool: ThreadPoolExecutor,
) -> tuple[list[FittedFeature], Shared, tuple[Remark, ...]]:
    """Learn the features of all columns; what is not needed again goes from ``factored``.

    Returns
    -------
    fitted : list of FittedFeature
        In the order of columns.
    together : tuple of (str, tuple of str)
        Names of shared vocabularies and the features of each.
    remarks : tuple of Remark
        In the order of columns.

    Raises
    ------
    ColumnTypeError, ParameterError, TableError, UnknownFeatureError
    """
    remarks: dict[str, list[Remark]] = {name: [] for name in factored}
    advice = {
        name: text
        for name, factors in factored.items()
        if name not in rules.kinds and (text := advice_on_texts(name, factors))
    }
    for name, text in advice.items():
        remarks[name].append(Remark(name, text))
    names = _without_numbers(factored, rules.kinds, rules.numeric)
    kinds = _kinds_of_fit(names, factored, rules.kinds)
    name_of = {members: name for name, members in checked_shared(rules.shared, names)}
    taken: dict[str, tuple[str, int]] = {}

    def kind_of(members: tuple[str, ...]) -> list[Kind | None]:
        filled = [factored[name] for name in members if factored[name].used().any()]
        numbers = bool(filled) and all(factors.is_number for factors in filled)
        rule = Categorical() if rules.numeric == "category" and numbers else None
        declared = any(name in rules.kinds for name in members)
        if rules.numeric == "bin" and numbers and not declared:
            taken.update({name: taken_for(name, factored[name], rules.n_bins) for name in members})
            is_shared = len(members) > 1 and all(map(are_whole, filled))
            if is_shared or (len(members) == 1 and taken[members[0]][0] == CODES):
                rule = Categorical()
        return [kinds.get(name, rule) for name in members]

    def fit_group(members: tuple[str, ...]) -> tuple[list[list[FittedFeature]], Shared]:
        given = kind_of(members)
        factors = [factored.pop(name) for name in members]
        emptied = [rules.missing_values[name] for name in members]
        how: dict[str, Any] = {"n_bins": rules.n_bins, "weights": weights}
        how["missing"] = rules.missing
        if len(members) == 1:
            found = fit_features(members[0], factors[0], given[0], missing_values=emptied[0], **how)
            return [found], ()
        return fit_shared(name_of[members], members, factors, given, missing_values=emptied, **how)

    groups = groups_of(names, tuple((name, members) for members, name in name_of.items()))
    by_column: dict[str, list[FittedFeature]] = {}
    together: Shared = ()
    for members, (columns, entries) in zip(groups, map_in(pool, fit_group, groups), strict=True):
        by_column.update(zip(members, columns, strict=True))
        together += entries
    fitted = [one for name in names for one in by_column[name]]
    for name, (why, _) in taken.items():
        if why == CODES:
            remarks[name].append(Remark(name, _codes_in_words(name)))
    _warn_of_identifiers(fitted, rules.kinds, advice)
    _warn_of_bins(fitted, taken)
    for one in fitted:
        said = remark_on_pairs(one.name, one.codec.reading, one.codes, rules.kinds.get(one.name))
        if said:
            remarks[one.name].append(Remark(one.name, said))
    return fitted, together, tuple(one for found in remarks.values() for one in found)


def vocabulary_of(
    fitted: list[FittedFeature], together: Shared, weights: np.ndarray | None
) -> Vocabulary:
    """Make the vocabulary of fitted features.

    Raises
    ------
    ColumnTypeError
        If a category is of a type that no model folder can hold.
    TableError
        If a part of a date column has the name of another feature.
    """
    names = [one.name for one in fitted]
    every = names + [name for name, _ in together]
    twice = [name for name in dict.fromkeys(every) if every.count(name) > 1]
    if twice:
        raise TableError(
            f"a part of a date column would be the feature {twice[0]!r}, and there is a column "
            f"or shared vocabulary of that name. Rename it, or name other parts with "
            f"{spelled('columns={...: Dates(parts=[...])}', '--types NAME=dates:PARTS')}."
        )
    found = Vocabulary(
        Schema(tuple(names), tuple(one.codec for one in fitted), together),
        tuple(one.categories for one in fitted),
        np.concatenate([_counts_of(one, weights) for one in fitted]),
    )
    check_can_be_held(found)
    return found


def _counts_of(one: FittedFeature, weights: np.ndarray | None) -> np.ndarray:
    amounts = weights if one.profile is None else one.profile.amounts
    return token_counts(one.codes, amounts, len(one.categories))


def _codes_in_words(name: str) -> str:
    return (
        f"whole numbers, taken for codes, so each is a category. "
        f"{setting('columns', {name: 'numeric'})} cuts them into bins."
    )


def _kinds_of_fit(
    names: list[str], factored: Mapping[str, Factors], kinds: Mapping[str, Kind]
) -> Mapping[str, Kind]:
    """Let the values of one cell learn from each other where there is no other column.

    Raises
    ------
    TableError
        If the only column has one value in each cell.
    """
    if len(names) != 1:
        return kinds
    (name,) = names
    kind = kinds_with_pairs(factored[name], kinds.get(name))
    if kind is None:
        raise TableError(alone_sentence(name, factored[name], kinds.get(name)))
    return {**kinds, name: kind}


def _warn_of_identifiers(
    fitted: list[FittedFeature], kinds: Mapping[str, Kind], advice: Mapping[str, str]
) -> None:
    for one in fitted:
        reading = one.codec.reading
        if one.name in kinds or reading.multivalued or reading.part or one.codec.edges is not None:
            continue
        n_rows, n_distinct = one.n_present, len(one.categories)
        if n_rows >= IDENTIFIER_ROWS and n_distinct >= IDENTIFIER_SHARE * n_rows:
            present = one.codes[one.codes >= 0]
            n_distinct = len(np.unique(present))  # a shared vocabulary also holds those of others
            if n_distinct >= IDENTIFIER_SHARE * n_rows:
                warn(IdentifierWarning(one.name, n_distinct, n_rows, advice.get(one.name, "")))


def _warn_of_bins(fitted: list[FittedFeature], taken: Mapping[str, tuple[str, int]]) -> None:
    """Warn of whole numbers that were cut into bins, and might be meant otherwise."""
    counts: dict[str, int] = {}
    for one in fitted:
        if one.codec.edges is None or one.name not in taken:
            continue
        why, n_distinct = taken[one.name]
        if why == ROW_NUMBERS:
            warn(RowNumberWarning(one.name))
        elif why == IDENTIFIERS:
            warn(BinnedIdentifierWarning(one.name, n_distinct, one.n_present))
        elif why == COUNTS:
            counts[one.name] = n_distinct
    if counts:
        warn(BinnedNumbersWarning(counts))


def _without_numbers(
    factored: dict[str, Factors], kinds: Mapping[str, Kind], numeric: str
) -> list[str]:
    """Apply numeric='drop' and 'error', and check that kinds fit what the columns hold."""
    for name, kind in kinds.items():
        if isinstance(kind, Numeric) and name in factored:
            factored[name] = texts_as_numbers(name, factored[name])
    number_names = [
        name for name, factors in factored.items() if factors.is_number and name not in kinds
    ]
    if numeric == "error" and number_names:
        raise TableError(
            f"columns of numbers, {listed(number_names)}, and {setting('numeric', 'error')}. Use "
            f"{setting('numeric', 'bin')} or {setting('numeric', 'category')}, leave them out with "
            f"{leaving_out()}, or name their kind in {named('columns')}."
        )
    if numeric != "drop":
        return list(factored)
    kept = [name for name in factored if name not in number_names]
    several = kept and kinds_with_pairs(factored[kept[0]], kinds.get(kept[0]))
    if len(kept) < 2 and not several:
        raise TableError(
            f"{setting('numeric', 'drop')} leaves {len(kept)} of {len(factored)} features, and at "
            f"least two are needed. Use {setting('numeric', 'bin')} or "
            f"{setting('numeric', 'category')}."
        )
    return kept
