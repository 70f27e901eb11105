"""Every exception of cat2vec; each class builds its own sentence from names, values and places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cat2vec.errors.wording import (
    _shortened,
    in_words,
    leaving_out,
    listed,
    nearest_name,
    setting,
    some_of,
    spelled,
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
    """A feature is named that the table or the model does not have, or several are."""

    def __init__(
        self,
        name: Any,
        features: Sequence[Any],
        where: str = "this table",
        others: Sequence[Any] = (),
    ) -> None:
        known = f"Features: {listed(features, 12)}.{nearest_name(name, features)}"
        if not len(features):
            known = "It has no columns at all: give a table with those of fit."
        nor = f", nor {listed(others, 12)}" if others and features else ""
        super().__init__(f"no feature {name!r} in {where}{nor}. {known}")

    @classmethod
    def check(cls, names: Iterable[Any], features: Sequence[Any]) -> None:
        """Raise, with all that are missing, unless a table has every one of some names."""
        missing = [name for name in names if name not in features]
        if missing:
            raise cls(missing[0], features, others=missing[1:])


class UnknownCategoryError(Cat2VecError, KeyError):
    """A category is asked for that was not seen in fit."""

    def __init__(self, feature: str, category: Any, categories: Sequence[Any]) -> None:
        same_text = [known for known in categories if str(known) == str(category)]
        hint = nearest_name(category, categories)
        if category is None:
            hint = f" Missing cells are a category only with {setting('missing', 'token')} in fit."
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

    def __init__(
        self,
        feature: str,
        n_cells: int,
        rows: Sequence[int],
        examples: Sequence[Any] = (),
        alike: str = "",
        n_rows_read: int | None = None,
    ) -> None:
        shown = f" ({some_of(examples, 2)})" if examples else ""
        among = "" if n_rows_read is None else f", among the first {n_rows_read:,} rows"
        super().__init__(
            f"feature {feature!r} has {n_cells:,} cells with a category not seen in fit{shown}, in "
            f"rows {listed(rows)} (counted from 0){among}. Use "
            f"{setting('handle_unknown', 'fold_in')} to find vectors from the other cells of "
            f"their rows, or {setting('handle_unknown', 'zero')} to give them zero vectors."
            + (f" Mind that {alike}" if alike else "")
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
    """No two different features ever stand together in a row, nor two values in a cell."""

    def __init__(self, n_rows: int, n_features: int, n_missing: int) -> None:
        several = n_features > 1
        what = "no row has two present cells" if several else "no cell holds two values"
        wanted = "at least one row with two present cells" if several else "a cell of two values"
        super().__init__(
            f"{what}, so there is nothing to learn from. "
            f"{n_rows:,} {'row' if n_rows == 1 else 'rows'}, {n_features:,} features, "
            f"{n_missing:,} of {n_rows * n_features:,} cells missing. Give {wanted}."
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

    def __init__(
        self, what: str, package: str, extra: str | None = None, otherwise: str = ""
    ) -> None:
        wanted = package if extra is None else f'"{extra}"'
        super().__init__(
            f"{what} needs the package {package}, which cannot be imported. Install it with: "
            f"pip install {wanted}{otherwise}"
        )


class FileReadError(Cat2VecError, ValueError):
    """A file is there but cannot be read as a table."""


class SpillError(Cat2VecError, OSError):
    """A table cannot be kept where it was to be while it is counted, as on a full disk."""

    @classmethod
    def full(
        cls, folder: str, why: str, n_bytes: int, share: float | None, is_named: bool = True
    ) -> SpillError:
        """Say that there is no room left, and how much would be enough, where that is known.

        ``is_named`` says whether the folder was named, and is not that of the system.
        """
        needed = "needed more"
        if share:
            needed = f"needs about {_megabytes(n_bytes / share)} for all of it"
        way = spelled("spill=", "--spill") if is_named else "the environment variable TMPDIR"
        return cls(
            f"no room left in {folder!r} ({why}): the table is kept there as codes while it is "
            f"counted, which took {_megabytes(n_bytes)} so far and {needed}. Name a folder on a "
            f"larger disk with {way}."
        )

    @classmethod
    def of_folder(cls, folder: str, why: str) -> SpillError:
        """Say that a folder cannot be made or read."""
        return cls(
            f"{folder!r} cannot be used for a spill: {why}. Name a folder that can be made and "
            f"written into with {spelled('spill=', '--spill')}."
        )

    @classmethod
    def of_other(cls, folder: str, what: str) -> SpillError:
        """Say that a folder holds what a run on another table left."""
        return cls(
            f"{folder!r} holds what an interrupted run read of another table: {what}. To go on "
            f"with that run, give what it was given; to begin anew, {_elsewhere(folder)}"
        )

    @classmethod
    def damaged(cls, folder: str, file: str) -> SpillError:
        """Say that what an interrupted run left is not all there."""
        return cls(
            f"{folder!r} holds what an interrupted run read, and its file {file!r} is missing, cut "
            f"or damaged: nobody can go on with it. To begin anew, {_elsewhere(folder)}"
        )

    @classmethod
    def not_ours(cls, folder: str, files: Sequence[str]) -> SpillError:
        """Say that the files of a folder may be those of somebody else."""
        return cls(
            f"{folder!r} holds {listed(files[:3])}, and nothing says that a spill wrote "
            f"{'them' if files[1:] else 'it'}. If nobody needs what is there, "
            f"{_elsewhere(folder)}"
        )

    @classmethod
    def in_use(cls, folder: str) -> SpillError:
        """Say that another run writes into a folder."""
        return cls(
            f"{folder!r} is used by another run that has not ended. Wait for it, or name another "
            f"folder with {spelled('spill=', '--spill')}."
        )


def _elsewhere(folder: str) -> str:
    return f"remove {folder!r}, or name another folder with {spelled('spill=', '--spill')}."


def _megabytes(n_bytes: float) -> str:
    return f"{n_bytes / 1e6:,.{1 if n_bytes < 1e7 else 0}f} MB"


class DiskFullError(Cat2VecError, OSError):
    """There is no room for what is to be written; what stood there before is still there."""

    def __init__(self, path: str, why: str, n_bytes: int, is_all: bool = False) -> None:
        self.why, self.n_bytes, self.is_all = why, n_bytes, is_all
        size = _megabytes(n_bytes)
        needed = f"it takes {size}" if is_all else f"{size} were written, and more is needed"
        super().__init__(
            f"no room left for {path!r} ({why}): {needed}. Make room, or choose a place on a "
            f"larger disk."
        )


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


class NumberKeyError(Cat2VecError, KeyError):
    """Exported vectors are asked for a number, which gensim would take for a position."""

    def __init__(self, key: Any) -> None:
        super().__init__(
            f"keys of these vectors are text, and gensim takes a number for a position. Ask for "
            f"{str(key)!r}, not for {key}."
        )
