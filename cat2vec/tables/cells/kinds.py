"""Kinds of columns: what a user can say about a column where the guess is not wanted.

Takes what was given as ``columns``, ``missing`` and ``missing_values``. Gives checked kinds. Knows
nothing of cells.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cat2vec.errors import ParameterError, UnknownFeatureError, listed, named, setting
from cat2vec.parameters import by_feature, integer_problem
from cat2vec.vocabulary.schema import DATE_PARTS as DATE_PARTS
from cat2vec.vocabulary.vocabulary import category_key

#: Those that are taken where nothing else is said and where they vary.
USUAL_PARTS = ("year", "month", "weekday", "hour")


class Kind:
    """Base class of the kinds of columns."""


@dataclass(frozen=True)
class Categorical(Kind):
    """Column kind: every distinct value is a category, numbers and dates too.

    Parameters
    ----------
    normalize : bool, default False
        Texts that differ in case and blanks only are one category, written in lower case.

    Examples
    --------
    >>> Categorical()
    Categorical(normalize=False)
    """

    normalize: bool = False

    def __post_init__(self) -> None:
        _check_flag("normalize of a Categorical column", self.normalize)


@dataclass(frozen=True)
class Identifier(Kind):
    """Column kind: as ``Categorical``, and it is meant that nearly every row has its own value.

    Examples
    --------
    >>> Identifier()
    Identifier()
    """


@dataclass(frozen=True)
class Ordered(Kind):
    """Column kind: categories in an order that is given.

    Parameters
    ----------
    categories : sequence of str or numbers
        All of them, in order. Those that no row holds get no vector; another one is an error in
        fit.

    Examples
    --------
    >>> Ordered(["small", "large"])
    Ordered(categories=('small', 'large'))
    """

    categories: Sequence[Any]

    def __post_init__(self) -> None:
        given = self.categories
        if isinstance(given, (str, bytes, set, frozenset)) or not isinstance(given, Iterable):
            raise ParameterError(f"categories of an Ordered column must be a list, got {given!r}.")
        values = tuple(given)
        for value in values:
            if not isinstance(value, (str, numbers.Real)) or isinstance(value, np.timedelta64):
                raise ParameterError(
                    f"categories of an Ordered column must be text, numbers or booleans, got "
                    f"{value!r}."
                )
        if len(set(map(category_key, values))) < len(values) or not values:
            raise ParameterError(
                f"categories of an Ordered column must be at least one, each named once, got "
                f"{listed(values)}."
            )
        object.__setattr__(self, "categories", values)


@dataclass(frozen=True)
class Numeric(Kind):
    """Column kind: numbers are cut into quantile bins.

    Parameters
    ----------
    bins : int, default 16
        How many bins at most, at least 2. A value that fills a whole bin by itself gets a bin of
        its own.

    Examples
    --------
    >>> Numeric(bins=4)
    Numeric(bins=4)
    """

    bins: int = 16

    def __post_init__(self) -> None:
        if problem := integer_problem("bins of a Numeric column", self.bins, least=2):
            raise ParameterError(problem)


@dataclass(frozen=True)
class Dates(Kind):
    """Column kind: dates, each taken apart into several features such as ``when:year``.

    Parameters
    ----------
    parts : sequence of str or None, default None
        Out of "year", "month", "day", "weekday", "hour" and "minute". None takes year, month,
        weekday and hour, without those that are the same in all rows.
    format : str or None, default None
        How dates are written in a column of text, as ``datetime.strptime`` reads it; None is
        ISO 8601, such as ``2024-02-29`` or ``2024-02-29T23:59:00+01:00``.

    Notes
    -----
    Parts are those of the clock on the wall: of the time zone that the column has.

    Examples
    --------
    >>> Dates(parts=["year", "weekday"])
    Dates(parts=('year', 'weekday'), format=None)
    """

    parts: Sequence[str] | None = None
    format: str | None = None

    def __post_init__(self) -> None:
        if self.format is not None and not isinstance(self.format, str):
            raise ParameterError(f"format of a Dates column must be text, got {self.format!r}.")
        if self.parts is None:
            return
        parts = (self.parts,) if isinstance(self.parts, str) else tuple(self.parts)
        wrong = [part for part in parts if part not in DATE_PARTS]
        if wrong or not parts or len(set(parts)) < len(parts):
            raise ParameterError(
                f"parts of a Dates column must be some of {listed(DATE_PARTS, 6)}, each once, got "
                f"{self.parts!r}."
            )
        object.__setattr__(self, "parts", parts)


@dataclass(frozen=True)
class MultiValued(Kind):
    """Column kind: a cell holds several values, such as tags; each is a token of its own.

    Parameters
    ----------
    sep : str or None, default None
        What stands between the values in cells of text. Blanks around values are dropped, and
        empty values too. None: cells are lists, tuples or sets.
    normalize : bool, default False
        As in ``Categorical``.
    within : bool or None, default None
        Whether the values of one cell learn from each other, as the items of a basket do, beside
        what they learn from other columns. None: only where the column is the only one.

    Examples
    --------
    >>> MultiValued(sep="|", within=True)
    MultiValued(sep='|', normalize=False, within=True)
    """

    sep: str | None = None
    normalize: bool = False
    within: bool | None = None

    def __post_init__(self) -> None:
        if self.sep is not None and not (isinstance(self.sep, str) and self.sep):
            raise ParameterError(
                f"sep of a MultiValued column must be a text of at least one character, got "
                f"{self.sep!r}. Leave it out for cells that are lists."
            )
        _check_flag("normalize of a MultiValued column", self.normalize)
        if self.within is not None:
            _check_flag("within of a MultiValued column", self.within)


def _check_flag(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise ParameterError(f"{name} must be True or False, got {value!r}.")


#: Kinds that can be named by a word.
KINDS: dict[str, Kind] = {
    "category": Categorical(),
    "numeric": Numeric(),
    "dates": Dates(),
    "multivalued": MultiValued(),
    "identifier": Identifier(),
}
_CLASSES: dict[str, Any] = {
    kind.__name__: kind for kind in (Categorical, Identifier, Ordered, Numeric, Dates, MultiValued)
}


def kind_from_text(text: str) -> Kind:
    """Read a kind from its word, perhaps with an option behind a colon, as on the command line.

    Raises
    ------
    ValueError
        If it is no kind, or has no such option.
    ParameterError
        If the value of the option is not allowed.

    Examples
    --------
    >>> kind_from_text("dates"), kind_from_text("multivalued:|"), kind_from_text("ordered:S,M,L")
    (Dates(parts=None, format=None), MultiValued(sep='|', normalize=False, within=None),
     Ordered(categories=('S', 'M', 'L')))
    >>> kind_from_text("multivalued:,:within"), kind_from_text("multivalued:within").sep
    (MultiValued(sep=',', normalize=False, within=True), None)
    >>> kind_from_text("dates:year,month").parts, kind_from_text("dates:%d.%m.%Y").format
    (('year', 'month'), '%d.%m.%Y')
    >>> kind_from_text("numeric:8"), kind_from_text("category:normalize")
    (Numeric(bins=8), Categorical(normalize=True))
    """
    word, colon, option = text.partition(":")
    if not colon:
        if word not in KINDS:
            raise ValueError(text)
        return KINDS[word]
    if word == "multivalued":
        if option == "within":
            return MultiValued(within=True)
        if option.endswith(":within"):
            return MultiValued(sep=option.removesuffix(":within") or None, within=True)
        return MultiValued(sep=option)
    if word == "dates":
        return Dates(format=option) if "%" in option else Dates(parts=tuple(option.split(",")))
    if word == "ordered":
        return Ordered(tuple(option.split(",")))
    if word == "numeric":
        return Numeric(int(option))
    if text == "category:normalize":
        return Categorical(normalize=True)
    raise ValueError(text)


def kind_to_json(kind: Any) -> Any:
    """Write a kind as a JSON value; other values stay as they are.

    Examples
    --------
    >>> kind_to_json(MultiValued(sep="|"))
    {'MultiValued': {'sep': '|', 'normalize': False, 'within': None}}
    """
    if not isinstance(kind, Kind):
        return kind
    fields: dict[str, Any] = asdict(kind)  # type: ignore[call-overload]
    return {type(kind).__name__: {name: _plain(value) for name, value in fields.items()}}


def _plain(value: Any) -> Any:
    """Write a number of NumPy's as Python's, also inside a tuple, which JSON makes a list."""
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.item() if hasattr(value, "item") else value


def kind_from_json(plain: Any) -> Any:
    """Read a kind back."""
    if not isinstance(plain, dict):
        return plain
    ((name, fields),) = plain.items()
    return _CLASSES[name](**fields)


def checked_kinds(
    found: Iterable[str], columns: Mapping[str, Any] | None, n_bins: Any, problems: list[str]
) -> dict[str, Kind]:
    """Give the kinds that were given, by column; add sentences about wrong ones to ``problems``.

    Raises
    ------
    UnknownFeatureError
    """
    if columns is not None and not isinstance(columns, Mapping):
        problems.append(
            f"{named('columns')} must map column names to kinds, such as {{'zip': 'category'}}, "
            f"got {columns!r}."
        )
        columns = None
    names = list(found)
    kinds: dict[str, Kind] = {}
    for name, kind in by_feature(columns or {}, "columns").items():
        if name not in names:
            raise UnknownFeatureError(name, names)
        meant = KINDS.get(kind, kind) if isinstance(kind, str) else kind
        if not isinstance(meant, Kind):
            problems.append(
                f"{named('columns')}[{name!r}] must be {listed(KINDS)}, Categorical(), "
                f"Numeric(bins=...), Ordered([...]), Dates(parts=[...]) or MultiValued(sep=...), "
                f"got {kind!r}."
            )
        elif kind == "numeric" and not problems:
            kinds[name] = Numeric(n_bins)
        else:
            kinds[name] = meant
    return kinds


def checked_missing_values(
    found: Iterable[str], missing_values: Any, problems: list[str]
) -> dict[str, tuple[Any, ...]]:
    """Give the values that mean a missing cell, by column, each value once.

    Raises
    ------
    UnknownFeatureError

    Examples
    --------
    >>> checked_missing_values(["a", "b"], {"b": ["?", -1]}, [])
    {'a': (), 'b': ('?', -1)}
    """
    names = list(found)
    by_column = dict.fromkeys(names, missing_values)
    if isinstance(missing_values, Mapping):
        given = by_feature(missing_values, "missing_values")
        for name in given:
            if name not in by_column:
                raise UnknownFeatureError(name, names)
        by_column = {name: given.get(name) for name in names}
    checked: dict[str, tuple[Any, ...]] = dict.fromkeys(names, ())
    for name, values in by_column.items():
        try:
            if isinstance(values, (str, bytes, Iterator)):  # the first column would take it all
                raise TypeError("one text, or what can be gone through only once")
            given_ones = () if values is None else values
            some = [value for value in given_ones if value is not None and value == value]
            unique = {category_key(value): value for value in some}  # null and NaN are missing
            checked[name] = tuple(unique.values())
        except TypeError:
            problems.append(
                f"{named('missing_values')} must be a list of values that mean a missing cell, or "
                f"a dict of such lists by column, got {setting('missing_values', missing_values)}. "
                f"Write {setting('missing_values', ['?', 'NA'])}."
            )
            break
    return checked
