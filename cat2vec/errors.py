"""Every error and warning of cat2vec; each class builds its own sentence.

Takes the facts (names, values, places). Gives exceptions whose text says what is wrong with the
value that was given, what is allowed and what to do. Knows nothing of tables or models.
"""

from __future__ import annotations

import difflib
import numbers
from collections.abc import Iterable, Sequence
from typing import Any

_LIST_LIMIT = 5


def listed(items: Iterable[Any], limit: int = _LIST_LIMIT) -> str:
    """Write items as ``'a', 'b', 'c' and 12 more``.

    Examples
    --------
    >>> listed(["a", "b"]), listed(range(9), limit=2)
    ("'a', 'b'", '0, 1 and 7 more')
    """
    items = list(items)
    text = ", ".join(_shortened(repr(item)) for item in items[:limit])
    more = len(items) - limit
    return f"{text} and {more:,} more" if more > 0 else text


def _shortened(text: str, width: int = 80) -> str:
    return text if len(text) <= width else f"{text[: width - 4]}...{text[-1]}"


def nearest_name(name: Any, names: Sequence[Any]) -> str:
    """Write `` Nearest: 'city'.`` if one of the names reads like the wanted one, else nothing."""
    by_text = {str(known).lower(): known for known in names}
    hits = difflib.get_close_matches(str(name).lower(), list(by_text), n=1, cutoff=0.6)
    return f" Nearest: {by_text[hits[0]]!r}." if hits else ""


def in_words(number: int | float) -> str:
    """Write a number of rows or pairs, which may be a sum of weights.

    Examples
    --------
    >>> in_words(12345), in_words(0.1 + 0.2)
    ('12,345', '0.3')
    """
    return f"{number:,}" if isinstance(number, int) else f"{number:,.10g}"


def integer_problem(name: str, value: Any, least: int) -> str:
    """Write what is wrong with a value that must be an integer of at least ``least``, or nothing.

    Examples
    --------
    >>> integer_problem("n_bins", 1, least=2), integer_problem("n_bins", 16, least=2)
    ('n_bins must be an integer of at least 2, got 1.', '')
    """
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if whole and value >= least:
        return ""
    return f"{name} must be an integer of at least {least}, got {value!r}."


def pooled_away(features: Sequence[str], min_count: int) -> str:
    """Write that all categories of some features were pooled, or nothing if there are none.

    Examples
    --------
    >>> pooled_away(["id"], 5)
    " With min_count=5 all categories of 'id' are rare and share one token; a lower min_count keeps
    the more frequent ones apart."
    """
    if not features:
        return ""
    return (
        f" With min_count={min_count} all categories of {listed(features)} are rare and share one "
        f"token; a lower min_count keeps the more frequent ones apart."
    )


class Cat2VecError(Exception):
    """Base class of every error that cat2vec raises on purpose."""


class ParameterError(Cat2VecError, ValueError):
    """One or more parameters have a value that is not allowed.

    Parameters
    ----------
    problems : sequence of str
        One sentence per wrong parameter.

    Examples
    --------
    >>> print(ParameterError(["n_bins must be an integer of at least 2, got 1."]))
    n_bins must be an integer of at least 2, got 1.
    """

    def __init__(self, problems: Sequence[str] | str) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        many = len(self.problems) > 1
        head = f"{len(self.problems)} parameters are out of range.\n  " if many else ""
        super().__init__(head + "\n  ".join(self.problems))


class NotAvailableError(ParameterError, AttributeError):
    """A method cannot be used with these parameters, or after this way of fitting.

    It is an AttributeError too, as scikit-learn asks by ``hasattr`` what a model can do.
    """


class UnknownFeatureError(Cat2VecError, KeyError):
    """A feature is named that the table or the model does not have."""

    def __init__(self, name: Any, features: Sequence[Any], where: str = "this table") -> None:
        self.sentence = (
            f"no feature {name!r} in {where}. Features: {listed(features, 12)}."
            f"{nearest_name(name, features)}"
        )
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return self.sentence


class UnknownCategoryError(Cat2VecError, KeyError):
    """A category is asked for that was not seen in fit."""

    def __init__(self, feature: str, category: Any, categories: Sequence[Any]) -> None:
        same_text = [known for known in categories if str(known) == str(category)]
        hint = (
            f" There is {same_text[0]!r} ({type(same_text[0]).__name__}); "
            f"values of different types are different categories."
            if same_text
            else nearest_name(category, categories)
        )
        self.sentence = f"feature {feature!r} has no category {category!r}. " + (
            f"It has {len(categories):,}: {listed(categories)}.{hint}"
            if len(categories)
            else "It has none at all: every cell was missing."
        )
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return self.sentence


class UnseenCategoryError(Cat2VecError, ValueError):
    """Transform met categories that fit did not see, and was told not to accept them."""

    def __init__(self, feature: str, n_cells: int, rows: Sequence[int]) -> None:
        super().__init__(
            f"feature {feature!r} has {n_cells:,} cells with a category not seen in fit, in rows "
            f"{listed(rows)} (counted from 0). Use handle_unknown='fold_in' to find vectors from "
            f"the other cells of their rows, or handle_unknown='zero' to give them zero vectors."
        )


class TableError(Cat2VecError, ValueError):
    """The table itself cannot be used: empty, one column, names twice, unusable cells."""


class CellError(TableError, TypeError):
    """Cells of one feature cannot be categories, such as lists or dicts.

    scikit-learn's checks want a TypeError that says of an argument which types it must have.
    """

    def __init__(self, feature: str, value: Any, row: int | None) -> None:
        place = "" if row is None else f" in row {row} (counted from 0)"
        super().__init__(
            f"feature {feature!r} holds {_shortened(repr(value))}, a {type(value).__name__}"
            f"{place}, which is not hashable and so cannot be a category. A cell of the "
            f"argument must be a text string, a number, a boolean, a date or bytes, or, in all "
            f"rows, a list of such values. Turn the cells into text, or leave the column out with "
            f"features=[...]."
        )


class ColumnTypeError(TableError, TypeError):
    """The table or one of its columns has a type that cannot be read."""


class NoPairsError(TableError):
    """No two different features ever stand together in a row."""

    def __init__(self, n_rows: int, n_features: int, n_missing: int) -> None:
        super().__init__(
            f"no row has two present cells, so there is nothing to learn from. "
            f"{n_rows:,} rows, {n_features:,} features, {n_missing:,} of "
            f"{n_rows * n_features:,} cells missing."
        )


class NothingToScoreError(NoPairsError):
    """Rows that are to be scored hold no pair of categories that fit saw."""

    def __init__(self, n_rows: int | float) -> None:
        TableError.__init__(
            self,
            f"there are no pairs of known categories to score on: none of the "
            f"{in_words(n_rows)} rows has two cells with categories that fit saw.",
        )


class CountsMismatchError(Cat2VecError, ValueError):
    """Two pair counts cannot be added because they speak of different things."""


class TrainingDivergedError(Cat2VecError, ArithmeticError):
    """Training ended in vectors that are no numbers, or that are worse than none."""

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(f"training diverged: {what}. {advice}")


class MissingPackageError(Cat2VecError, ImportError):
    """A package is needed and cannot be imported."""

    def __init__(self, what: str, package: str) -> None:
        super().__init__(
            f"{what} needs the package {package}, which cannot be imported. Install it with: "
            f"pip install {package}"
        )


class FileReadError(Cat2VecError, ValueError):
    """A file is there but cannot be read as a table."""


class TableNotFoundError(Cat2VecError, FileNotFoundError):
    """There is no file at the path that was given."""

    def __init__(self, path: Any, nearby: Sequence[str]) -> None:
        super().__init__(
            f"no file {str(path)!r}."
            f"{nearest_name(path, nearby) or ' Give the path of a CSV or Parquet file.'}"
        )

    def __str__(self) -> str:
        return str(self.args[0])


class OutputExistsError(Cat2VecError, FileExistsError):
    """Writing would mix with, or replace, something that is already there."""

    def __init__(self, path: Any, what: str, way_out: str) -> None:
        super().__init__(f"{str(path)!r} exists and {what}. {way_out}")

    def __str__(self) -> str:
        return str(self.args[0])


class ModelFormatError(Cat2VecError, ValueError):
    """A folder is not a cat2vec model, or one that this version cannot read."""


class KeyCollisionError(Cat2VecError, ValueError):
    """Two tokens would get the same key in an export."""

    def __init__(self, key: str, first: str, second: str) -> None:
        super().__init__(
            f"two tokens would both have the key {key!r}: {first} and {second}. Rename one of "
            f"the features or categories, or export one feature at a time."
        )


class Cat2VecWarning(UserWarning):
    """Base class of the warnings; each is about something the user can act on."""


class IdentifierWarning(Cat2VecWarning):
    """Nearly every row of a column has a value of its own, which costs much and tells little."""

    def __init__(self, column: str, n_distinct: int, n_rows: int) -> None:
        megabytes = 3 * 4 * 32 * n_distinct / 2**20  # three matrices of float32
        super().__init__(
            f"column {column!r} has {n_distinct:,} distinct values in {n_rows:,} rows, as "
            f"identifiers have. Their vectors take about {megabytes:,.1f} MB at vector_size=32, "
            f"and a value that stands in one row is known by that row only. Leave it out with "
            f"features=[...], or say that it is meant with columns={{{column!r}: 'identifier'}}."
        )


class NoSignalWarning(Cat2VecWarning):
    """A feature cannot carry a vector, because it has fewer than two categories."""

    def __init__(
        self, features: Sequence[str], pooled: Sequence[str] = (), min_count: int = 1
    ) -> None:
        one = len(features) == 1
        names = f"feature {features[0]!r} has" if one else f"{len(features)} features have"
        rest = "" if one else f": {listed(features)}"
        super().__init__(
            f"{names} fewer than two categories and nothing to tell, so zero vectors{rest}. "
            f"Leave {'it' if one else 'them'} out with features=[...]."
            f"{pooled_away(pooled, min_count)}"
        )


class NeverTogetherWarning(Cat2VecWarning):
    """A feature shares no row with another one, so its vectors are zero."""

    def __init__(self, features: Sequence[str]) -> None:
        one = len(features) == 1
        names = f"feature {features[0]!r} is" if one else f"features {listed(features)} are each"
        super().__init__(
            f"{names} present only where all others are missing, so there is nothing to learn from "
            f"and the vectors are zero. Leave {'it' if one else 'them'} out with features=[...]."
        )


class NothingSharedWarning(Cat2VecWarning):
    """Training with shared vocabularies learned nothing, which without them it might."""

    def __init__(self, vocabularies: Sequence[str]) -> None:
        super().__init__(
            f"nothing was learned with shared={listed(vocabularies)}. Where the values of shared "
            f"columns go with other values and never with their like (from A to B, from B to A), "
            f"shared vectors miss it. Train without shared= and see whether there is a gain."
        )


class VectorSizeWarning(Cat2VecWarning):
    """More dimensions were asked for than the table carries."""

    def __init__(self, asked: int, used: int) -> None:
        super().__init__(
            f"vector_size={asked} is more than this table carries: its features have {used} "
            f"categories beyond their first ones, so at most {used} columns are used and the rest "
            f"are zero. Lower vector_size to save memory."
        )


class FeatureSizeWarning(VectorSizeWarning):
    """More numbers were asked of a feature than it carries; of each name: asked, carried."""

    def __init__(self, above: dict[str, tuple[int, int]]) -> None:
        parts = [
            f"{size} of {name!r}, which carries {used}" for name, (size, used) in above.items()
        ]
        more = f" and {len(parts) - _LIST_LIMIT} more" if len(parts) > _LIST_LIMIT else ""
        Cat2VecWarning.__init__(
            self,
            f"vector_size asks for more numbers than there are: {', '.join(parts[:_LIST_LIMIT])}"
            f"{more} (one less than its categories). The rest of their columns are zero.",
        )


class UnseenCategoryWarning(Cat2VecWarning):
    """Cells at transform hold categories that fit did not see."""

    def __init__(
        self, counts: dict[str, int], n_rows: int, handle_unknown: str, with_rare: Sequence[str]
    ) -> None:
        parts = ", ".join(f"{name!r} {n:,}" for name, n in list(counts.items())[:_LIST_LIMIT])
        more = f" and {len(counts) - _LIST_LIMIT} more" if len(counts) > _LIST_LIMIT else ""
        super().__init__(
            f"cells with a category not seen in fit, among {n_rows:,} rows: {parts}{more}. "
            + self._what_they_get(counts, handle_unknown, with_rare)
        )

    @staticmethod
    def _what_they_get(
        counts: dict[str, int], handle_unknown: str, with_rare: Sequence[str]
    ) -> str:
        if handle_unknown == "left out":
            return "They are left out of the score."
        if handle_unknown == "zero":
            return (
                "They get zero vectors. Use handle_unknown='fold_in' to find vectors from the "
                "other cells of their rows, or handle_unknown='error' to stop instead."
            )
        without = [name for name in counts if name not in with_rare]
        if not without:
            return (
                "They get the vectors that rare categories share. Use handle_unknown='fold_in' to "
                "find others from the other cells of their rows, or handle_unknown='error' to "
                "stop instead."
            )
        others = "" if len(without) == len(counts) else ", the others those of rare categories"
        return (
            f"Those of {listed(without)} get zero vectors, as min_count pooled no categories "
            f"there{others}. Use handle_unknown='fold_in' to find vectors from the other cells of "
            f"their rows, or fit with a higher min_count."
        )


class NotConvergedWarning(Cat2VecWarning):
    """A solver stopped at its limit of passes and was still getting better."""

    def __init__(self, max_sweeps: int, left: float) -> None:
        super().__init__(
            f"the counts solver stopped after max_sweeps={max_sweeps}, about {left:.1%} of the "
            f"gain short of its optimum. Raise max_sweeps, or raise tol to accept that."
        )
