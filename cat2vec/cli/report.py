"""The command ``report``, and ``train --holdout``: rows held out, a report printed and written."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from cat2vec.cli.new_rows import rows_of_files
from cat2vec.cli.options import add_parameters
from cat2vec.cli.output import (
    STDOUT,
    check_one_is_printed,
    print_answer,
    print_bytes,
    tell,
)
from cat2vec.cli.reading import add_reading, model_of
from cat2vec.errors import (
    Cat2VecError,
    OutputExistsError,
    ParameterError,
    setting,
    without_warnings,
)
from cat2vec.estimator.model import Model
from cat2vec.estimator.model_folder import take_vectors
from cat2vec.estimator.rows_of_fit import rows_of_fit
from cat2vec.estimator.steps import encode_rows, measured_on, unfitted
from cat2vec.estimator.validation import settings_for
from cat2vec.inspection.report import Report, make_report
from cat2vec.inspection.report.figures import FeatureReport
from cat2vec.inspection.report.report import REPORT_FORMAT
from cat2vec.inspection.report.row_gains import row_gains
from cat2vec.inspection.report.sections import with_error
from cat2vec.parameters.sizes import bytes_of
from cat2vec.storage.files import placed, placed_in
from cat2vec.storage.folders import check_writable
from cat2vec.tables.encode import EncodedTable
from cat2vec.tables.files import FileTable
from cat2vec.training.train import train_vectors
from cat2vec.vocabulary.vocabulary import MISSING

#: Files of a report in a model folder.
REPORT_JSON, REPORT_HTML = "report.json", "report.html"
#: The share of rows that ``train`` measures the held-out gain on by itself, how many these are at
#: least, and how long the second training may take.
OTHER_ROWS, LEAST_ROWS, MOST_SECONDS = 0.1, 20, 20.0
#: What a cell of a table in memory may take; long texts do.
_BYTES_OF_CELL = 64


def add_report_options(command: argparse.ArgumentParser) -> None:
    """Add the options of ``report``."""
    command.add_argument("model", help="model folder")
    add_reading(command, otherwise="as in train")
    command.add_argument(
        "--train-table",
        metavar="TABLE",
        help="the table that was trained on, - for what is piped in: with it the report also "
        "compares with the full table of pair counts, says how stable neighbours are, and tries "
        "other vector sizes",
    )
    command.add_argument(
        "--json",
        nargs="?",
        const=STDOUT,
        metavar="FILE",
        help="write all figures as JSON; without a file, or with -, print it instead of text",
    )
    command.add_argument(
        "--csv", action="store_true", help="print CSV, the figures of each feature, with all digits"
    )
    command.add_argument(
        "--html", metavar="FILE", help="write a page that needs no other files; - prints it"
    )
    add_parameters(command, "overwrite")


def run_report(options: argparse.Namespace) -> None:
    """Measure a model on the rows of a table.

    Raises
    ------
    OutputExistsError, ModelFormatError, NothingToScoreError, UnknownFeatureError
    """
    check_one_is_printed(options, "json", "csv", "html")
    files = [file for file in (options.json, options.html) if file not in (None, STDOUT)]
    for file in map(Path, files):
        if file.is_dir() or (file.exists() and not options.overwrite):
            raise OutputExistsError(
                file,
                "is a folder" if file.is_dir() else "is a file",
                "Choose another name"
                + ("." if file.is_dir() else f", or pass {setting('overwrite', True)}."),
            )
        check_writable(file.parent)
    model = model_of(options)
    paths = (options.table, options.train_table)
    rows, train = (path and rows_of_files(model, options, path, "left out") for path in paths)
    report = measured_on(model, rows, train)
    options.writing = bool(files)
    if options.html in files:
        _write(Path(options.html), report.to_html())
    if options.json in files:
        _write(Path(options.json), report.to_json())
    _print(report, options)
    if files:
        tell(options, f"written   {' and '.join(files)}")


def _print(report: Report, options: argparse.Namespace) -> None:
    """Print a report as text, or what is asked for instead."""
    if options.json == STDOUT:
        print(report.to_json())
    elif options.html == STDOUT:
        print_bytes(_as_bytes(report.to_html()))
    elif options.csv:
        names = [one.name for one in fields(FeatureReport)]
        print_answer(options, {n: [getattr(one, n) for one in report.features] for n in names})
    else:
        print(report)


def _write(file: Path, text: str) -> None:
    with placed(file) as passing:
        passing.write_bytes(_as_bytes(text))


def _as_bytes(text: str) -> bytes:
    r"""Encode text; of what UTF-8 cannot hold, half a surrogate pair, comes its number, \udc80."""
    return text.encode("utf-8", errors="backslashreplace")


def check_holdout(options: argparse.Namespace) -> None:
    """Raise before work is lost if the report on rows held out could not be written.

    Raises
    ------
    OutputExistsError
    """
    if not options.holdout:
        return
    folder = Path(options.out)
    others = [name for name in (REPORT_JSON, REPORT_HTML) if Path(folder, name).exists()]
    if others and not options.overwrite and not _is_report(folder):
        raise OutputExistsError(
            Path(folder, others[0]),
            "is no report of cat2vec",
            f"Choose another folder, or pass {setting('overwrite', True)} to replace it.",
        )


def split_rows(table: Any, share: float | None, seed: int) -> tuple[Any, Any]:
    """Split a table into rows to train on and rows held out, None without a share.

    Parameters
    ----------
    table : pyarrow.Table
    share : float or None
        Of all rows, below 1; None and 0 hold none out.
    seed : int
        The rows held out depend on it, on the share and on the number of rows.

    Raises
    ------
    ParameterError
        If no row would be left on one of the sides.

    Examples
    --------
    >>> import pyarrow as pa
    >>> kept, held_out = split_rows(pa.table({"x": [*range(10)]}), 0.2, 0)
    >>> len(kept), len(held_out), sorted(kept["x"].to_pylist() + held_out["x"].to_pylist())
    (8, 2, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    if not share:
        return table, None
    n_rows = table.num_rows
    n_out = round(share * n_rows)
    if not 0 < n_out < n_rows:
        raise ParameterError(
            f"{setting('holdout', share)} of {n_rows:,} rows leaves {n_out:,} to measure on and "
            f"{n_rows - n_out:,} to train on; both need one at least. Choose another share."
        )
    order = np.random.default_rng(seed).permutation(n_rows)
    return table.take(np.sort(order[n_out:])), table.take(np.sort(order[:n_out]))


def save_report(
    model: Model, held_out: Any, train: EncodedTable, options: argparse.Namespace
) -> Report:
    """Measure a model that was just trained, print the report and write it beside the model."""
    columns = dict.fromkeys(model.vocabulary_.schema.columns)
    table = {name: held_out[name] for name in columns}
    rows = encode_rows(model, table, unseen_get="left out")
    report = make_report(model.vectors_, rows, train, options.n_jobs, model.cells_)
    folder = Path(options.out)
    with placed_in(folder) as passing:
        for name, text in ((REPORT_JSON, report.to_json()), (REPORT_HTML, report.to_html())):
            (passing / name).write_bytes(_as_bytes(text))
    if not options.quiet:
        print(f"report    {folder / REPORT_JSON} and {folder / REPORT_HTML}\n\n{report}")
    return report


def held_out_line(
    model: Model,
    rows: EncodedTable,
    read_again: Callable[[], FileTable] | None,
    options: argparse.Namespace,
    seconds: float,
) -> str:
    """Train once more, on nine tenths of the rows, and say the gain on the others.

    Parameters
    ----------
    model : Model
        Whose parameters are used; it is left as it is.
    rows : EncodedTable
        All rows.
    read_again : callable or None
        Reads them into memory; None if training takes too long.
    options : Namespace
    seconds : float
        What training on all rows took, or would take.
    """
    advice = f"{setting('holdout', OTHER_ROWS)} measures it on rows that are not trained on"
    seed = options.random_state
    if rows.on_disk is not None or rows.codes.size * _BYTES_OF_CELL > bytes_of(options.memory):
        return (
            f"not measured: a second training needs the table in memory, and it may take more than "
            f"{setting('memory', options.memory)}; cat2vec report measures it on a file that was "
            f"not trained on"
        )
    if read_again is None or seconds > 3 * MOST_SECONDS:  # some of which is for compiling
        return f"not measured: training once more takes about {seconds:,.0f} s; {advice}"
    if round(OTHER_ROWS * rows.n_rows) < LEAST_ROWS:
        return f"not measured: {rows.n_rows:,} rows are too few to leave some out"
    other = unfitted(model, verbose=0)
    try:
        with without_warnings():
            kept, others = split_rows(read_again().table, OTHER_ROWS, seed)
            encoded = rows_of_fit(other, kept).encoded.pool(other.min_count)
            settings = settings_for(other, encoded.vocabulary)
            take_vectors(other, train_vectors(encoded, **settings))
            columns = dict.fromkeys(other.vocabulary_.schema.columns)
            new = encode_rows(other, {name: others[name] for name in columns})
            gain = row_gains(other.vectors_, new, other.n_jobs).whole
    except Cat2VecError as problem:
        return f"not measured: {problem}"
    known = _share_of_known_pairs(new)
    value, error = known * float(gain.value), known * float(gain.error)
    unseen = (
        ""
        if known > 0.995
        else f"; {1 - known:.0%} of their pairs have a category that is new there and count as 0 "
        f"(without them {float(gain.value):.4f})"
    )
    return (
        f"{with_error(value, error)} nats per pair: of {others.num_rows:,} rows, by a second "
        f"training on the other {kept.num_rows:,}{unseen} ({setting('holdout', 0)} leaves it out)"
    )


def _share_of_known_pairs(rows: EncodedTable) -> float:
    """Give the share of the pairs of present cells whose categories the fit saw both."""
    codes = rows.codes[:, rows.first_columns]
    present, known = (codes != MISSING).sum(axis=1), (codes >= 0).sum(axis=1)
    pairs = present * (present - 1)
    return float((known * (known - 1)).sum() / pairs.sum()) if pairs.any() else 1.0


def tidy_reports(folder: Path) -> None:
    """Remove the report of a model that has just been replaced."""
    if _is_report(folder):
        for name in (REPORT_HTML, REPORT_JSON):
            Path(folder, name).unlink(missing_ok=True)


def _is_report(folder: Path) -> bool:
    try:
        content = json.loads(Path(folder, REPORT_JSON).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("format") == REPORT_FORMAT
