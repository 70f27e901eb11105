"""The daily job: ``update``, ``count`` and ``moves``, and what ``train --updatable`` does.

A model folder with pair counts, and new rows or counts of them, become a model folder beside it.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from cat2vec.cli.new_rows import more_rows_of_files
from cat2vec.cli.options import add_parameters
from cat2vec.cli.output import add_output_options, print_answer, tell
from cat2vec.cli.reading import add_reading, model_of
from cat2vec.cli.report import tidy_reports
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import ParameterError, in_words, listed, setting
from cat2vec.estimator.growing import moves_since, with_more_rows
from cat2vec.estimator.model import Model
from cat2vec.estimator.model_folder import load_estimator, save_estimator
from cat2vec.estimator.steps import counted_rows
from cat2vec.estimator.validation import can_go_on, settings_for
from cat2vec.export.flat_table import save_token_table, text_array
from cat2vec.export.keyed_vectors import KEYED_VECTORS, beside, keys_of, save_keyed_vectors
from cat2vec.inspection.moves import COLUMNS
from cat2vec.parameters import check_parameters
from cat2vec.storage.files import path_of
from cat2vec.storage.folders import COUNTS, check_output_folder, check_writable, is_folder_of
from cat2vec.tables.encoded import EncodedTable
from cat2vec.training.train import train_and_count
from cat2vec.training.update import first_vectors
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import category_text

if TYPE_CHECKING:
    import pandas as pd

#: What ``update`` writes beside the model.
MOVES = "moves.csv"


def add_update_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands.

    Parameters
    ----------
    add : callable
        As in ``add_question_commands``.
    """
    update = add("update", _update, "add new rows to a model and write it as another folder")
    count = add("count", _count, "count new rows as a model reads them, to add them later")
    moves = add("moves", _moves, "print what appeared, moved and lost support between two models")
    for command in (update, count):
        command.add_argument("model", help="model folder, of train --updatable or update")
        counts = "; or folders that cat2vec count wrote" if command is update else ""
        add_reading(command, otherwise="as in train", also=counts)
    update.add_argument("--out", required=True, metavar="FOLDER", help="model folder to write")
    count.add_argument("--out", required=True, metavar="FOLDER", help="counts folder to write")
    for command in (update, count):
        add_parameters(command, "overwrite")
    half = "with D, rows count half after log 0.5 / log D updates: 30 for 0.977, 7 for 0.906"
    add_parameters(update, "decay", remark=half)
    add_parameters(update, "forget_below")
    shown = f"of each kind to print; {MOVES} in the folder lists all"
    add_parameters(update, "n", remark=shown)
    update.add_argument("--quiet", action="store_true", help="print neither progress nor moves")
    moves.add_argument("model", help="model folder")
    moves.add_argument("earlier", help="model folder, such as that before an update")
    add_parameters(moves, "n", remark="of each kind")
    add_output_options(moves)


def check_updatable(options: argparse.Namespace, given: dict[str, Any]) -> None:
    """Choose the solver that keeps counts for ``train --updatable``.

    Raises
    ------
    ParameterError
        If another one is asked for.
    """
    if not options.updatable:
        return
    if given["solver"] in ("rows", "gensim"):
        raise ParameterError(
            f"--updatable keeps pair counts to add others to, and "
            f"{setting('solver', given['solver'])} learns from rows. Use "
            f"{setting('solver', 'counts')}, or leave --updatable out."
        )
    if given["solver"] == "auto":
        given["solver"] = "counts"


def vectors_and_counts(
    model: Model, whole: EncodedTable, pooled: EncodedTable, updatable: bool
) -> tuple[Vectors, PairCounts | None]:
    """Train on an encoded table; give its counts too, unpooled where the model is ``updatable``."""
    settings = settings_for(model, pooled.vocabulary)
    return first_vectors(whole, **settings) if updatable else train_and_count(pooled, **settings)


def written_line(folder: str, *others: str) -> str:
    """Name what was written: a model folder, its files for gensim, and others in it."""
    keyed = Path(folder, KEYED_VECTORS)
    numbers = [f"{beside(keyed)} (its numbers)"] if beside(keyed).exists() else []
    *first, last = [
        f"{folder} (model)",
        f"{keyed} (gensim)",
        *numbers,
        *(str(Path(folder, other)) for other in others),
    ]
    return f"written   {', '.join(first)} and {last}"


def save_with_vectors(
    model: Model,
    options: argparse.Namespace,
    more: Callable[[Path], None] = lambda passing: None,
) -> None:
    """Write the folder of a model with its vectors for gensim and what ``more`` writes, or nothing.

    Raises
    ------
    OutputExistsError
        Also if another process wrote a model there in the meantime.
    """
    folder = Path(options.out)
    keys_of(model.vocabulary_)  # colliding keys are an error before anything is written
    written: list[str] = []

    def add_files(passing: Path) -> None:
        save_keyed_vectors(model.vectors_, passing / KEYED_VECTORS)
        more(passing)
        written.extend(file.name for file in passing.iterdir())

    options.writing = True
    how = {"overwrite": options.overwrite, "rare_names": getattr(options, "rare_names", True)}
    save_estimator(model, folder, replaces=False, beside=add_files, **how)
    numbers = beside(folder / KEYED_VECTORS)
    if numbers.name not in written:  # what an earlier, larger model left
        numbers.unlink(missing_ok=True)
    if MOVES not in written:
        _tidy_moves(folder)
    tidy_reports(folder)


def _tidy_moves(folder: Path) -> None:
    """Remove the moves of a model that has just been replaced."""
    file = Path(folder, MOVES)
    try:
        with file.open(encoding="utf-8") as lines:
            ours = next(csv.reader(lines), None) == list(COLUMNS)
    except (OSError, ValueError):
        return
    if ours:
        file.unlink()


def _update(options: argparse.Namespace) -> None:
    check_parameters(n=options.n, decay=options.decay, forget_below=options.forget_below)
    check_output_folder(options.out, options.overwrite, replaces=False)
    check_writable(Path(options.out))
    model = model_of(options)
    can_go_on(model)
    added = _counts_in(options.table)
    rows: Any = more_rows_of_files(model, options) if added is None else added
    earlier = copy(model)  # adding rows gives a model other objects and changes none
    model.verbose = 0 if options.quiet else 1
    with_more_rows(model, rows, decay=options.decay, forget_below=options.forget_below)
    found = moves_since(model, earlier, None)
    save_with_vectors(
        model, options, lambda passing: save_token_table(_as_table(found), passing / MOVES)
    )
    if options.quiet:
        return
    before, decay = earlier.counts_.n_rows, options.decay
    new = model.counts_.n_rows - decay * before
    times = f" times {decay:g}{_half_life(decay)}" if decay != 1 else ""
    print(
        f"rows      {in_words(_whole(new))} new, beside {in_words(before)} of before{times}\n"
        f"{written_line(options.out, MOVES)}\n"
        f"{_headline(found)}\n{_laid_out(_shown(found, options.n))}"
    )


def _whole(number: float) -> int | float:
    """Give a sum of floats that is a whole number but for rounding as an int."""
    return round(number) if math.isclose(number, round(number), abs_tol=1e-6) else number


def _half_life(decay: float) -> str:
    if not 0.0 < decay < 1.0:
        return ""
    return f", half after {math.log(0.5) / math.log(decay):,.1f} updates"


def _counts_in(paths: list[str]) -> PairCounts | None:
    """Add up the counts in folders; None if the paths are those of a table.

    Raises
    ------
    ParameterError
        If some are folders of counts and others are not.
    CountsMismatchError, ModelFormatError
    """
    folders = [path for path in paths if is_folder_of(path, COUNTS)]
    if not folders:
        return None
    if others := [path for path in paths if path not in folders]:
        if missing := [path for path in others if not path_of(path).exists()]:
            raise ParameterError(
                f"{listed(folders)} holds counts and there is no {listed(missing)}. Give folders "
                f"that are there."
            )
        raise ParameterError(
            f"{listed(folders)} holds counts and {listed(others)} does not. Give folders of counts "
            f"only, or rows only."
        )
    counts = PairCounts.load(folders[0])
    for folder in folders[1:]:
        counts = counts + PairCounts.load(folder)
    return counts


def _count(options: argparse.Namespace) -> None:
    check_output_folder(options.out, options.overwrite, COUNTS, replaces=False)
    check_writable(Path(options.out))
    model = model_of(options)
    can_go_on(model)
    counts = counted_rows(model, more_rows_of_files(model, options))[1].occurring()
    options.writing = True
    counts.save(options.out, overwrite=options.overwrite)
    print(
        f"written   {options.out}: {in_words(counts.n_rows)} "
        f"{'row' if counts.n_rows == 1 else 'rows'}, "
        f"{counts.vocabulary.n_tokens:,} tokens, {counts.n_pairs:,} distinct pairs"
    )


def _moves(options: argparse.Namespace) -> None:
    check_parameters(n=options.n)
    found = moves_since(model_of(options), load_estimator(Model, options.earlier), None)
    tell(options, _headline(found))
    shown = _shown(found, options.n)
    print_answer(options, shown, _laid_out(shown))


def _headline(found: pd.DataFrame) -> str:
    """Say how many categories there are of each status."""
    several = found["status"].value_counts(sort=False)
    return "moves     " + ", ".join(f"{number:,} {status}" for status, number in several.items())


def _shown(found: pd.DataFrame, n: int) -> pd.DataFrame:
    """Give the first lines of each status."""
    return found.groupby("status", sort=False).head(n)


def _laid_out(shown: pd.DataFrame) -> str:
    shown = shown.assign(category=[category_text(value) for value in shown["category"]])
    return str(shown.to_string(index=False, na_rep="", formatters=_FORMATS))


def _rows(number: float) -> str:
    return "" if math.isnan(number) else f"{number:,.10g}" if number >= 1e4 else f"{number:,.6g}"


def _three_digits(number: float) -> str:
    return "" if math.isnan(number) else f"{number:.3f}"


_FORMATS: dict[str, Callable[[float], str]] = {
    **dict.fromkeys(("rows_before", "rows"), _rows),
    **dict.fromkeys(("similarity", "distance", "times_chance"), _three_digits),
}


def _as_table(found: pd.DataFrame) -> pa.Table:
    """Write moves with categories as text and gaps where a number is not known."""
    columns: dict[str, Any] = {}
    for name in found.columns:
        values = found[name].tolist()
        if name == "category":
            columns[name] = text_array(list(map(category_text, values)))
        elif name in _FORMATS:
            columns[name] = pa.array([None if v != v else float(v) for v in values], pa.float64())
        else:
            columns[name] = text_array(values)
    return pa.table(columns)
