"""How columns of a table become features: a codec per feature, frozen at the first fit.

Takes what ``tables`` found out about columns. Gives ``Schema``. Knows nothing of cells or tokens.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cat2vec.errors import UnknownFeatureError
from cat2vec.parameters import feature_name
from cat2vec.vocabulary.categories import RARE, category_key, category_text, sorted_by_key

#: Parts that a date can be taken apart into, in the order in which they stand.
DATE_PARTS = ("year", "month", "day", "weekday", "hour", "minute")


@dataclass(frozen=True)
class Reading:
    """What is done to the cells of a column before they are categories of a feature.

    Parameters
    ----------
    column : str or None
        Column of the table; None is the name of the feature.
    part : str or None
        Part of a date, such as "year".
    date_format : str or None
        How dates are written in a column of text, as ``strptime`` reads it; None is ISO 8601.
    multivalued : bool
        A cell holds several values, each a token.
    separator : str or None
        Between the values of a cell of text; None where cells are lists.
    within : bool
        The values of one cell learn from each other.
    normalize : bool
        Texts that differ in case and blanks only are one category.
    missing : {"ignore", "token"}
        Whether a missing cell adds nothing, or is a category of its own.
    missing_values : tuple
        Values that mean a missing cell, besides null and NaN.
    """

    column: str | None = None
    part: str | None = None
    date_format: str | None = None
    multivalued: bool = False
    separator: str | None = None
    within: bool = False
    normalize: bool = False
    missing: str = "ignore"
    missing_values: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        for name in ("column", "part", "date_format", "separator"):
            if not isinstance(getattr(self, name), (str, type(None))):
                raise TypeError(f"{name} must be text or None, got {getattr(self, name)!r}")
        for name in ("multivalued", "within", "normalize"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(f"{name} must be True or False, got {getattr(self, name)!r}")
        if self.part not in (None, *DATE_PARTS):
            raise ValueError(f"dates have no part {self.part!r}")
        if self.missing not in ("ignore", "token"):
            raise ValueError(f"missing cells cannot be taken as {self.missing!r}")


@dataclass(frozen=True, eq=False)
class Codec:
    """How the cells of one feature become categories.

    Parameters
    ----------
    kind : {"category", "numeric"}
        "category": each distinct value is a category. "numeric": values fall into bins.
    dtype : str
        The type that the column had in fit, as Arrow names it; "mixed" for several types.
    edges : ndarray of shape (n_bins - 1,) or None
        Inner bin edges, ascending, in the units of the column. Bin i holds
        ``edges[i - 1] <= value < edges[i]``; the first and last bin are open.
    reading : Reading
    order : tuple or None
        All categories in the order that was declared for them, also those that no row holds; None
        where they are ordered by value.
    n_merged : int
        How many spellings fit counted into another one, with ``Reading.normalize``.
    """

    kind: str
    dtype: str
    edges: np.ndarray | None = None
    reading: Reading = Reading()
    order: tuple[Any, ...] | None = None
    n_merged: int = 0

    def __post_init__(self) -> None:
        if self.kind not in ("category", "numeric") or not isinstance(self.dtype, str):
            raise ValueError(f"no codec is of kind {self.kind!r} and type {self.dtype!r}")
        if self.edges is None:
            return
        if self.edges.ndim != 1 or self.edges.dtype.kind not in "iuf" or not len(self.edges):
            raise ValueError("edges of bins must be numbers, one at least")
        if not (self.edges[1:] > self.edges[:-1]).all() or np.isnan(self.edges[-1]):
            raise ValueError("edges of bins must ascend")

    def same_as(self, other: Codec) -> bool:
        """Say whether both turn every cell into the same category, in the same order."""
        if (self.kind, self.reading) != (other.kind, other.reading):
            return False
        if _keys(self.order) != _keys(other.order):
            return False
        if self.edges is None or other.edges is None:
            return self.edges is other.edges
        return np.array_equal(self.edges, other.edges)

    def sorted_categories(self, values: Iterable[Any]) -> list[Any]:
        """Sort categories: as declared, others behind by value, that of missing cells last."""
        ordered = sorted_by_key(values)
        if self.order is None:
            return ordered
        place = {category_key(value): number for number, value in enumerate(self.order)}
        return sorted(ordered, key=lambda value: place.get(category_key(value), len(place)))

    def check_categories(self, categories: np.ndarray, pooled: np.ndarray) -> None:
        """Raise ValueError unless these can be the categories of this feature."""
        n_bins = 0 if self.edges is None else len(self.edges) + 1
        if categories.ndim != 1 or (n_bins and len(categories) not in (n_bins, n_bins + 1)):
            raise ValueError("every bin must be a category, and missing cells at most another")
        if len(pooled) and not any(value is RARE for value in categories.tolist()):
            raise ValueError("categories that are pooled need the category RARE")
        for values in (categories, pooled):
            if values.dtype.kind in "fMm" and (values != values).any():  # NaN or NaT
                raise ValueError("a missing value cannot be a category")

    def bin_labels(self) -> np.ndarray:
        """Name the bins of a numeric feature, as text.

        Examples
        --------
        >>> Codec("numeric", "int64", np.array([18, 65])).bin_labels().tolist()
        ['< 18', '[18, 65)', '>= 65']
        """
        edges = [] if self.edges is None else _edge_texts(self.edges.tolist())
        inner = [f"[{low}, {high})" for low, high in itertools.pairwise(edges)]
        return np.array([f"< {edges[0]}", *inner, f">= {edges[-1]}"], dtype=object)


def _keys(values: tuple[Any, ...] | None) -> list[Any] | None:
    return None if values is None else [category_key(value) for value in values]


def _edge_texts(edges: list[Any]) -> list[str]:
    """Write edges with six digits, or all digits where six would make two edges look the same."""
    short = [category_text(edge) if edge % 1 == 0 else f"{edge:.6g}" for edge in edges]
    return short if len(set(short)) == len(short) else [category_text(edge) for edge in edges]


@dataclass(frozen=True, eq=False)
class Schema:
    """The features of a table, in order, with one codec each; frozen at the first fit.

    Parameters
    ----------
    features : tuple of str
    codecs : tuple of Codec
    shared : tuple of (str, tuple of str)
        Names of shared vocabularies and the features of each, in order of the features.
    """

    features: tuple[str, ...]
    codecs: tuple[Codec, ...]
    shared: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __post_init__(self) -> None:
        names = self.features
        if len(names) != len(self.codecs) or not all(isinstance(name, str) for name in names):
            raise ValueError("one codec for each feature is needed, and names of text")
        taken = [name for name, members in self.shared if name in names and name not in members]
        if len(set(names)) < len(names) or taken:
            raise ValueError("names of features and of what they share must differ")

    @property
    def vector_names(self) -> tuple[str, ...]:
        """What has vectors of its own: features, and shared names in place of theirs."""
        return tuple(dict.fromkeys(self.name_of[feature] for feature in self.features))

    @property
    def within(self) -> np.ndarray:
        """Whether the values of one cell of each feature learn from each other, as bool."""
        return np.array([codec.reading.within for codec in self.codecs], dtype=bool)

    @property
    def name_of(self) -> dict[str, str]:
        """Name of the vectors of each feature: its own, or that of its shared vocabulary."""
        own = {feature: feature for feature in self.features}
        return own | {feature: name for name, members in self.shared for feature in members}

    @property
    def columns(self) -> tuple[str, ...]:
        """The column of the table that each feature is read from; dates give several features."""
        return tuple(
            codec.reading.column or name
            for name, codec in zip(self.features, self.codecs, strict=True)
        )

    def parts_of(self, column: Any) -> tuple[str, ...]:
        """Give the feature of a name, or those that a column of dates gave; none if unknown."""
        name = feature_name(column)
        if name in self.features:
            return (name,)
        pairs = zip(self.features, self.columns, strict=True)
        return tuple(part for part, read in pairs if read == name)

    def position(self, feature: str) -> int:
        """Give the place of a feature; one that is no text goes by its text, as in a table."""
        name = feature_name(feature)
        try:
            return self.features.index(name)
        except ValueError:
            parts, sharing = self.parts_of(name), dict(self.shared).get(name)
            where = "this model"
            if parts:
                where += ", where it is a column of dates: ask for one of its parts"
            elif sharing:
                where += ", where it is what columns share: ask for one of these columns"
            raise UnknownFeatureError(feature, parts or sharing or self.features, where) from None
