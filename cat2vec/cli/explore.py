"""The command ``explore``: one page to look at the vectors of a model in a browser."""

from __future__ import annotations

import argparse
from pathlib import Path

from cat2vec.cli.options import add_parameters
from cat2vec.cli.output import STDOUT, name_of_output, output_file, tell
from cat2vec.cli.reading import model_of
from cat2vec.cli.report import REPORT_JSON
from cat2vec.errors import ModelFormatError
from cat2vec.estimator.explored import explored
from cat2vec.inspection.report import Report
from cat2vec.storage.files import check_output_file
from cat2vec.storage.folders import check_writable


def add_explore_options(command: argparse.ArgumentParser) -> None:
    """Add the options of ``explore``."""
    command.add_argument("model", help="model folder")
    command.add_argument(
        "--out", required=True, metavar="FILE", help="page to write, as HTML; - prints it"
    )
    command.add_argument(
        "--report",
        metavar="FILE",
        help="show the figures that cat2vec report --json wrote (default: those in the model "
        "folder, if train measured some)",
    )
    add_parameters(command, "max_categories", "overwrite")


def run_explore(options: argparse.Namespace) -> None:
    """Write the page.

    Raises
    ------
    OutputExistsError, ModelFormatError, ParameterError
    """
    if options.out != STDOUT:
        check_output_file(Path(options.out), options.overwrite)
        check_writable(Path(options.out).parent)
    model = model_of(options)
    page = explored(model, _report_of(options), options.max_categories)
    with output_file(options, "page.html") as target:
        options.writing = options.out != STDOUT
        page.save(target, overwrite=options.overwrite)
        n_bytes = target.stat().st_size
    tell(options, f"written   {name_of_output(options)} ({n_bytes / 1e6:,.1f} MB)")


def _report_of(options: argparse.Namespace) -> Report | None:
    beside = Path(options.model, REPORT_JSON)
    if options.report is None and not beside.exists():
        return None
    file = Path(options.report or beside)
    try:
        return Report.from_json(file.read_text("utf-8"))
    except ValueError as error:
        raise ModelFormatError(
            f"{str(file)!r} is no report of this version of cat2vec ({error}). Write it again with "
            f"cat2vec report --json."
        ) from None
