"""From a column to the features that are made of it: one as a rule, several for dates.

Takes ``Factors`` of a column and its kind. Gives codes, categories and a codec per feature, and
does the same to new rows. Knows nothing of pairs or vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cat2vec.tables.cells.codes import bins_of, encode_new, fit_column
from cat2vec.tables.cells.dates import are_dates, as_dates, part_of, varying_parts
from cat2vec.tables.cells.factors import Factors, Profiled, are_numbers, code_dtype, gather
from cat2vec.tables.cells.kinds import Categorical, Dates, Kind, MultiValued
from cat2vec.tables.cells.multivalued import in_slots, split_texts
from cat2vec.vocabulary.categories import tidied
from cat2vec.vocabulary.vocabulary import (
    MISSING,
    MISSING_CATEGORY,
    UNSEEN,
    Codec,
    Reading,
    Vocabulary,
    category_key,
)


@dataclass(frozen=True)
class FittedFeature:
    """A feature as fit learned it; ``codes`` is (n_rows,), or (n_rows, n_slots) for lists.

    ``profile`` is that of its column, where each row stands for many.
    """

    name: str
    codec: Codec
    categories: np.ndarray
    codes: np.ndarray
    profile: Profiled | None = None

    @property
    def n_present(self) -> int:
        """Number of rows with a token, of a feature of single values."""
        present = self.codes >= 0
        return int(present.sum() if self.profile is None else self.profile.repeats[present].sum())


def without_values(factors: Factors, values: Iterable[Any]) -> Factors:
    """Make cells missing that hold one of some values.

    Examples
    --------
    >>> from cat2vec.tables.cells.factors import factorize
    >>> without_values(factorize("a", [1, "?", 2]), ["?"]).codes.tolist()
    [0, -1, 1]
    """
    unwanted = {category_key(value) for value in values}
    if not unwanted or not len(factors.distinct):
        return factors
    found = factors.values()
    keep = np.array([value is None or category_key(value) not in unwanted for value in found])
    if keep.all():
        return factors
    place = np.where(keep, np.cumsum(keep) - 1, MISSING)
    kept = [value for value, stays in zip(found, keep.tolist(), strict=True) if stays]
    is_array = isinstance(factors.distinct, np.ndarray)
    reduced = replace(
        factors,
        codes=gather(place, factors.codes),
        distinct=np.asarray(factors.distinct)[keep] if is_array else kept,
        is_number=are_numbers(kept) if factors.dtype == "mixed" else factors.is_number,
    )
    return _without_gaps(reduced)


def _without_gaps(factors: Factors) -> Factors:
    if factors.rows is None:
        return factors
    present = factors.codes >= 0
    return replace(factors, codes=factors.codes[present], rows=factors.rows[present])


def _normalized(factors: Factors) -> Factors:
    """Write texts in one way; equal ones become one value."""
    number_of: dict[Any, int] = {}
    distinct: list[Any] = []
    place = np.full(len(factors.distinct), MISSING, np.int64)
    found = factors.values()
    for old in np.flatnonzero(factors.used()).tolist():
        value = tidied(found[old])
        place[old] = number_of.setdefault(category_key(value), len(distinct))
        if place[old] == len(distinct):
            distinct.append(value)
    order = factors.order
    if order is not None:
        order = tuple(dict.fromkeys(map(tidied, order)))
    return replace(factors, codes=gather(place, factors.codes), distinct=distinct, order=order)


def read_values(name: str, factors: Factors, reading: Reading) -> Factors:
    """Do to the values of a column what is done before they are categories.

    Missing values must have been taken out already, from whole cells.

    Raises
    ------
    ColumnTypeError
    """
    if reading.separator is not None:
        factors = split_texts(name, factors, reading.separator)
        factors = without_values(factors, reading.missing_values)
    if reading.part is not None:
        factors = part_of(as_dates(name, factors, reading.date_format), reading.part)
    return _normalized(factors) if reading.normalize else factors


def fit_features(
    column: str,
    factors: Factors,
    kind: Kind | None,
    *,
    n_bins: int,
    weights: np.ndarray | None,
    missing: str,
    missing_values: tuple[Any, ...],
) -> list[FittedFeature]:
    """Learn the features of a column.

    Parameters
    ----------
    column : str
    factors : Factors
        With ``missing_values`` taken out already.
    kind : Kind or None
        None: dates are taken apart, lists are multi-valued, numbers with more than ``n_bins``
        distinct values are binned, all else is categorical.
    n_bins : int
    weights : ndarray of shape (n_rows,), float64, or None
    missing : {"ignore", "token"}
    missing_values : tuple
        Kept for new rows.

    Raises
    ------
    ColumnTypeError
    """
    reading = reading_of(factors, kind, missing, missing_values)
    if kind is None and are_dates(factors):
        kind = Dates()
    if isinstance(kind, Dates):
        factors = as_dates(column, factors, kind.format)
        parts = kind.parts or varying_parts(factors)
        readings = {
            f"{column}:{part}": replace(reading, column=column, part=part, date_format=kind.format)
            for part in parts
        }
        kind = Categorical()
    else:
        readings = {column: reading}
    return [
        _fit_feature(name, column, factors, one, kind, n_bins, weights)
        for name, one in readings.items()
    ]


def reading_of(
    factors: Factors, kind: Kind | None, missing: str, missing_values: tuple[Any, ...]
) -> Reading:
    """Say how the cells of a column are read, before dates are taken apart."""
    reading = Reading(missing=missing, missing_values=missing_values)
    if factors.rows is not None or isinstance(kind, MultiValued):
        reading = replace(reading, multivalued=True)
    if isinstance(kind, MultiValued):
        reading = replace(reading, separator=kind.sep, within=bool(kind.within))
    if isinstance(kind, (Categorical, MultiValued)):
        reading = replace(reading, normalize=kind.normalize)
    return reading


def n_merged(column: str, factors: Factors, reading: Reading, values: Factors) -> int:
    """Count the spellings of a column that ``values``, read from it, has as another one."""
    if not reading.normalize:
        return 0
    before = read_values(column, factors, replace(reading, normalize=False))
    return int(before.used().sum()) - len(values.distinct)


def _fit_feature(
    name: str,
    column: str,
    factors: Factors,
    reading: Reading,
    kind: Kind | None,
    n_bins: int,
    weights: np.ndarray | None,
) -> FittedFeature:
    values = read_values(column, factors, reading)
    weights = values.weights_of_values(weights)
    codec, categories, codes = fit_column(column, values, kind, n_bins, weights)
    merged = n_merged(column, factors, reading, values)
    codec = replace(codec, reading=reading, n_merged=merged)
    if values.rows is not None:
        codes = in_slots(codes, values.rows, values.n_rows)
    if reading.missing == "token" and has_missing(codes):
        categories = with_missing_category(categories)
        codes = with_missing_code(codes, len(categories) - 1)
    return FittedFeature(name, codec, categories, codes, factors.profile)


def encode_feature(
    vocabulary: Vocabulary,
    position: int,
    factors: Factors,
    lookup: Callable[[list[Any]], np.ndarray] | None = None,
) -> np.ndarray:
    """Encode one feature of new rows as fit did.

    Parameters
    ----------
    vocabulary : Vocabulary
        Of the fit.
    position : int
        Of the feature.
    factors : Factors
        Of the feature's column, with missing values taken out.
    lookup : callable or None
        Values that stand in some row to codes; None is that of the vocabulary.

    Returns
    -------
    ndarray of shape (n_rows,) or (n_rows, n_slots), int16 or int32
        -1 missing, -2 unseen.
    """
    codec = vocabulary.schema.codecs[position]
    column = vocabulary.schema.columns[position]
    values = read_values(column, factors, codec.reading).only_used()
    codes = encode_new(
        values, codec, lookup or (lambda found: vocabulary.codes_of(position, found))
    )
    if values.rows is not None:
        codes = in_slots(codes, values.rows, values.n_rows)
    code = vocabulary.missing_code(position)
    return codes if code == MISSING else with_missing_code(codes, code)


def unseen_values(vocabulary: Vocabulary, position: int, factors: Factors) -> list[Any]:
    """Give the values of a column of new rows that one feature does not know, most rows first."""
    codec = vocabulary.schema.codecs[position]
    values = read_values(vocabulary.schema.columns[position], factors, codec.reading).only_used()
    found = values.values()
    codes = vocabulary.codes_of(position, found) if codec.edges is None else bins_of(values, codec)
    n_cells = np.bincount(values.codes[values.codes >= 0], minlength=len(found))
    unseen = np.flatnonzero(np.asarray(codes) == UNSEEN)
    unseen = unseen[np.argsort(-n_cells[unseen], kind="stable")]
    return [found[code] for code in unseen.tolist()]


def with_missing_category(categories: np.ndarray) -> np.ndarray:
    """Put the category of missing cells behind others."""
    longer = np.empty(len(categories) + 1, dtype=object)
    longer[:-1] = categories.tolist()
    longer[-1] = MISSING_CATEGORY
    return longer


def has_missing(codes: np.ndarray) -> bool:
    """Say whether a cell is missing."""
    return bool((_first_slot(codes) == MISSING).any())


def _first_slot(codes: np.ndarray) -> np.ndarray:
    return codes if codes.ndim == 1 else codes[:, 0]


def with_missing_code(codes: np.ndarray, code: int) -> np.ndarray:
    """Give missing cells a code; the codes may become of a wider type."""
    codes = codes.astype(np.result_type(codes, code_dtype(code + 1)), order="F")
    first = _first_slot(codes)
    first[first == MISSING] = code
    return codes


def columns_to_read(vocabulary: Vocabulary) -> Mapping[str, Reading]:
    """Give the columns that the features of a fit are made of, with how cells are read."""
    schema = vocabulary.schema
    return {
        column: codec.reading for column, codec in zip(schema.columns, schema.codecs, strict=True)
    }
