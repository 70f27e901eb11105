"""Every error and warning of cat2vec; each class builds its own sentence.

Takes the facts (names, values, places). Gives exceptions whose text says what is wrong with the
value that was given, what is allowed and what to do. Sentences name parameters by ``named`` and
``setting`` only: as Python or the command line takes them. Knows nothing of tables or models.
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
    >>> listed(["a", "b"]), listed(range(9), limit=2)
    ("'a', 'b'", '0, 1 and 7 more')
    """
    items = list(items)
    return _joined([_shortened(repr(item)) for item in items[:limit]], len(items) - limit)


def _joined(texts: Iterable[str], n_more: int) -> str:
    return ", ".join(texts) + (f" and {n_more:,} more" if n_more > 0 else "")


def _shortened(text: str, width: int = 80) -> str:
    return text if len(text) <= width else f"{text[: width - 4]}...{text[-1]}"


def nearest_name(name: Any, names: Sequence[Any]) -> str:
    """Write `` Nearest: 'city'.`` if one of the names reads like the wanted one, else nothing."""
    by_text = {str(known).lower(): known for known in names}
    hits = difflib.get_close_matches(str(name).lower(), list(by_text), n=1, cutoff=0.6)
    return f" Nearest: {by_text[hits[0]]!r}." if hits else ""


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
    words = [f"{name}={one}" for name, one in pairs] or [str(value)] * (value is not True)
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


class Cat2VecError(Exception):
    """Base class of every error that cat2vec raises on purpose."""

    def __str__(self) -> str:  # KeyError and OSError would write the sentence in their own way
        return str(self.args[0]) if self.args else ""


class ParameterError(Cat2VecError, ValueError):
    """One or more parameters have a value that is not allowed; one sentence says so of each."""

    def __init__(self, problems: Sequence[str] | str) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        many = len(self.problems) > 1
        head = f"{len(self.problems)} parameters are out of range.\n  " if many else ""
        super().__init__(head + "\n  ".join(self.problems))


class NotAvailableError(ParameterError, AttributeError):
    """A method cannot be used with these parameters, or after this way of fitting: no attribute."""


class UnknownFeatureError(Cat2VecError, KeyError):
    """A feature is named that the table or the model does not have."""

    def __init__(self, name: Any, features: Sequence[Any], where: str = "this table") -> None:
        super().__init__(
            f"no feature {name!r} in {where}. Features: {listed(features, 12)}."
            f"{nearest_name(name, features)}"
        )


class UnknownCategoryError(Cat2VecError, KeyError):
    """A category is asked for that was not seen in fit."""

    def __init__(self, feature: str, category: Any, categories: Sequence[Any]) -> None:
        same_text = [known for known in categories if str(known) == str(category)]
        hint = nearest_name(category, categories)
        if same_text:
            hint = (
                f" There is {same_text[0]!r} ({type(same_text[0]).__name__}); values of different "
                f"types are different categories."
            )
        known = f"It has {len(categories):,}: {listed(categories)}.{hint}"
        if not len(categories):
            known = "It has none at all: every cell was missing."
        super().__init__(f"feature {feature!r} has no category {category!r}. {known}")


class UnseenCategoryError(Cat2VecError, ValueError):
    """Transform met categories that fit did not see, and they were to be an error."""

    def __init__(self, feature: str, n_cells: int, rows: Sequence[int]) -> None:
        super().__init__(
            f"feature {feature!r} has {n_cells:,} cells with a category not seen in fit, in rows "
            f"{listed(rows)} (counted from 0). Use {setting('handle_unknown', 'fold_in')} to find "
            f"vectors from the other cells of their rows, or {setting('handle_unknown', 'zero')} "
            f"to give them zero vectors."
        )


class TableError(Cat2VecError, ValueError):
    """The table itself cannot be used: empty, one column, names twice, unusable cells."""


class CellError(TableError, TypeError):
    """Cells of a feature cannot be categories; a TypeError, as scikit-learn's checks want one."""

    def __init__(self, feature: str, value: Any, row: int | None) -> None:
        place = "" if row is None else f" in row {row} (counted from 0)"
        super().__init__(
            f"feature {feature!r} holds {_shortened(repr(value))}, a {type(value).__name__}"
            f"{place}, which is not hashable and so cannot be a category. A cell of the "
            f"argument must be a text string, a number, a boolean, a date or bytes, or, in all "
            f"rows, a list of such values. Turn the cells into text, or leave the column out with "
            f"{leaving_out()}."
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


class OutputExistsError(Cat2VecError, FileExistsError):
    """Writing would mix with, or replace, something that is already there."""

    def __init__(self, path: Any, what: str, way_out: str) -> None:
        super().__init__(f"{str(path)!r} exists and {what}. {way_out}")


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
            f"identifiers have. Their vectors take about {megabytes:,.1f} MB at "
            f"{setting('vector_size', 32)}, and a value that stands in one row is known by that "
            f"row only. Leave it out with {leaving_out()}, or keep it without this warning with "
            f"{setting('columns', {column: 'identifier'})}."
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
            f"Leave {'it' if one else 'them'} out with {leaving_out()}."
            f"{pooled_away(pooled, min_count)}"
        )


class NeverTogetherWarning(Cat2VecWarning):
    """A feature shares no row with another one, so its vectors are zero."""

    def __init__(self, features: Sequence[str]) -> None:
        one = len(features) == 1
        names = f"feature {features[0]!r} is" if one else f"features {listed(features)} are each"
        super().__init__(
            f"{names} present only where all others are missing, so there is nothing to learn from "
            f"and the vectors are zero. Leave {'it' if one else 'them'} out with {leaving_out()}."
        )


class NothingSharedWarning(Cat2VecWarning):
    """Training with shared vocabularies learned nothing, which without them it might."""

    def __init__(self, vocabularies: Sequence[str]) -> None:
        super().__init__(
            f"nothing was learned with {spelled('shared=', '--shared ')}{listed(vocabularies)}. "
            f"Where the values of shared columns go with other values and never with their like "
            f"(from A to B, from B to A), shared vectors miss it. Train without {named('shared')} "
            f"and see whether there is a gain."
        )


class VectorSizeWarning(Cat2VecWarning):
    """More dimensions were asked for than the table carries."""

    def __init__(self, asked: int, used: int) -> None:
        super().__init__(
            f"{setting('vector_size', asked)} is more than this table carries: its features have "
            f"{used} categories beyond their first ones, so at most {used} columns are used and "
            f"the rest are zero. Lower {named('vector_size')} to save memory."
        )


class FeatureSizeWarning(VectorSizeWarning):
    """More numbers were asked of a feature than it carries; of each name: asked, carried."""

    def __init__(self, above: dict[str, tuple[int, int]]) -> None:
        parts = [f"{n} of {name!r}, which carries {used}" for name, (n, used) in above.items()]
        Cat2VecWarning.__init__(
            self,
            f"{named('vector_size')} asks for more numbers than there are: "
            f"{_joined(parts[:_LIST_LIMIT], len(parts) - _LIST_LIMIT)} (one less than its "
            f"categories). The rest of their columns are zero.",
        )


class UnseenCategoryWarning(Cat2VecWarning):
    """Cells at transform hold categories that fit did not see."""

    def __init__(
        self, counts: dict[str, int], n_rows: int, handle_unknown: str, with_rare: Sequence[str]
    ) -> None:
        without = [name for name in counts if name not in with_rare]
        fold_in = (
            f"Use {setting('handle_unknown', 'fold_in')} to find vectors from the other cells of "
            f"their rows, or"
        )
        if handle_unknown == "left out":
            what = "They are left out of the score."
        elif handle_unknown == "zero" or not without:
            zero = handle_unknown == "zero"
            what = (
                f"They get {'zero vectors' if zero else 'the vectors that rare categories share'}. "
                f"{fold_in} {setting('handle_unknown', 'error')} to stop instead."
            )
        else:
            others = "" if len(without) == len(counts) else ", the others those of rare categories"
            what = (
                f"Those of {listed(without)} get zero vectors, as {named('min_count')} pooled no "
                f"categories there{others}. {fold_in} fit with a higher {named('min_count')}."
            )
        cells = [f"{name!r} {n:,}" for name, n in counts.items()]
        shown = _joined(cells[:_LIST_LIMIT], len(cells) - _LIST_LIMIT)
        super().__init__(
            f"cells with a category not seen in fit, among {n_rows:,} rows: {shown}. {what}"
        )


class NotConvergedWarning(Cat2VecWarning):
    """A solver stopped at its limit of passes and was still getting better."""

    def __init__(self, max_sweeps: int, left: float) -> None:
        super().__init__(
            f"the counts solver stopped after {setting('max_sweeps', max_sweeps)}, about "
            f"{left:.1%} of the gain short of its optimum. Raise {named('max_sweeps')}, or raise "
            f"{named('tol')} to accept that."
        )
