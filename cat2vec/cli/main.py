"""The command line: each command calls one function of the library and prints what it gave."""

from __future__ import annotations

import argparse
import inspect
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from cat2vec import __version__
from cat2vec.cli.columns import APART_OR_PLACES, TypedColumns
from cat2vec.cli.completion import add_completion_options, run_completion
from cat2vec.cli.examples import examples_of
from cat2vec.cli.explore import add_explore_options, run_explore
from cat2vec.cli.export import add_export_options, run_export
from cat2vec.cli.impute import add_impute_options, run_impute
from cat2vec.cli.info import add_info_options, gain_of, run_info
from cat2vec.cli.options import (
    KIND_FORMS,
    add_parameters,
    read_exclude_pairs,
    read_shared,
    types_in_file,
    types_of,
    yes_or_no,
)
from cat2vec.cli.output import messages_shown, steady_output
from cat2vec.cli.parser import Parser
from cat2vec.cli.questions import add_question_commands
from cat2vec.cli.reading import add_reading, reading_options
from cat2vec.cli.report import (
    MOST_SECONDS,
    add_report_options,
    check_holdout,
    held_out_line,
    run_report,
    save_report,
)
from cat2vec.cli.sql import add_sql_command
from cat2vec.cli.train_rows import IN_PIECES, check_rows_can_be_held_out, rows_to_train
from cat2vec.cli.transform import add_transform_options, run_transform
from cat2vec.cli.update import (
    add_update_commands,
    check_updatable,
    save_with_vectors,
    vectors_and_counts,
    written_line,
)
from cat2vec.errors import Cat2VecError, Cat2VecWarning, naming_options
from cat2vec.estimator.cells import kept_of_rows
from cat2vec.estimator.model import Model
from cat2vec.estimator.model_folder import check_rare_names, take_vectors
from cat2vec.estimator.steps import planned
from cat2vec.parameters import PARAMETERS, check_parameters
from cat2vec.storage.folders import check_output_folder, check_writable
from cat2vec.tables.files import read_table
from cat2vec.tables.sources.paths import find_source
from cat2vec.tables.text_types import CSV_TYPES
from cat2vec.tables.unmatched import warn_of_unmatched
from cat2vec.training.progress import LOGGER

_OUR_FAULT = (
    "this is a fault of cat2vec, not of what you gave it. Please report it, with the lines above."
)
#: Parameters that ``train`` reads or names in a way of its own, or that are for ``transform``.
_OTHERWISE = ("features", "columns", "missing_values", "handle_unknown")
#: Parameters of ``Cat2Vec`` that ``train`` takes as they are described.
TRAIN_PARAMETERS = tuple(
    name
    for name in inspect.signature(Model).parameters
    if PARAMETERS[name].option is not None and name not in _OTHERWISE
)

#: Options that name a file or a folder.
_PATHS = {"model", "out", "html", "json", "report"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; give the exit code.

    0; 2 for wrong input, or what the machine does not give; 130 for Ctrl-C; 1 for a fault of ours.
    That nobody reads what is printed is no error.
    """
    with naming_options(), steady_output() as unwritten, messages_shown():
        code = _run(arguments)
    if unwritten:
        print(f"cat2vec: standard output cannot be written: {unwritten[0]}.", file=sys.stderr)
    return code or (2 if unwritten else 0)


def _run(arguments: Sequence[str] | None) -> int:
    options = argparse.Namespace(command="", writing=False, traceback=False)
    try:
        command_parser().parse_args(arguments, options)
        for name in _PATHS & vars(options).keys():  # shells leave the ~ of --out=~/model as it is
            if isinstance(path := getattr(options, name), str):
                setattr(options, name, os.path.expanduser(path))
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning  # type: ignore[assignment]
            warnings.simplefilter("always", Cat2VecWarning)
            options.run(options)
            sys.stdout.flush()
    except KeyboardInterrupt:
        again = "while writing; run it again with --overwrite"
        state = again if options.writing else "and nothing was written"
        print(f"{_name(options)}: interrupted {state}.", file=sys.stderr)
        return 130
    except Exception as error:
        sentence = _sentence(error, options)
        if options.traceback or not sentence:
            traceback.print_exc()
        print(f"{_name(options)}: {sentence or _OUR_FAULT}", file=sys.stderr)
        return 2 if sentence else 1
    return 0


def _name(options: argparse.Namespace) -> str:
    """Say which command it is; before its name is read, only whose."""
    return f"cat2vec {options.command}".strip()


def _sentence(error: BaseException, options: argparse.Namespace) -> str:
    """Say what went wrong; nothing if that is a fault of ours."""
    if isinstance(error, MemoryError):
        why = f" ({error})" if str(error) else ""
        advice = "Leave out columns with --exclude, or" if hasattr(options, "exclude") else "Please"
        return f"not enough memory{why}. {advice} allow it more."
    if isinstance(error, RuntimeError) and not isinstance(error, Cat2VecError):
        if "start new thread" not in str(error):
            return ""
        return "the system starts no more threads: its limit of memory or of processes is reached."
    if isinstance(error, OSError) and not isinstance(error, Cat2VecError):
        place = f"{str(error.filename)!r}: " if error.filename else ""
        if isinstance(error, FileNotFoundError) and not _is_somewhere():
            return "the current folder is not there any more. Change to one that is."
        return f"{place}{error.strerror or error}."
    return str(error) if isinstance(error, Cat2VecError) else ""


def _is_somewhere() -> bool:
    """Say whether the current folder is still there."""
    try:
        return bool(os.getcwd())
    except FileNotFoundError:
        return False


def _show_warning(message: Any, category: type, filename: str, lineno: int, *rest: Any) -> None:
    where = "" if issubclass(category, Cat2VecWarning) else f" ({filename}:{lineno})"
    LOGGER.warning("%s%s", message, where)


def command_parser() -> Parser:
    """Make the parser of all commands."""
    parser = Parser(
        prog="cat2vec",
        description="Vectors for every category of a table, learned without a target.",
    )
    parser.add_argument("--version", action="version", version=f"cat2vec {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_train(commands)
    transform = _add(commands, "transform", run_transform, "write the rows of a table as numbers")
    add_transform_options(transform)
    add_question_commands(partial(_add, commands))
    add_update_commands(partial(_add, commands))
    add_sql_command(partial(_add, commands))
    impute = _add(commands, "impute", run_impute, "write a table with its missing cells filled")
    add_impute_options(impute)
    report = _add(commands, "report", run_report, "measure a model on rows it was not trained on")
    add_report_options(report)
    add_export_options(_add(commands, "export", run_export, "write vectors for other tools"))
    explore = _add(commands, "explore", run_explore, "write a page to explore the vectors")
    add_explore_options(explore)
    add_info_options(_add(commands, "info", run_info, "print what a model folder holds"))
    complete = partial(run_completion, command_parser)
    about = "print a script that completes commands, options and files in a shell"
    add_completion_options(_add(commands, "completion", complete, about))
    return parser


def _add(commands: Any, name: str, run: Any, text: str, *aliases: str) -> argparse.ArgumentParser:
    about = text[0].upper() + text[1:] + "."
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        aliases=aliases,
        help=text,
        description=about,
        epilog=examples_of(name),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)
    command.add_argument("--traceback", action="store_true", help="show where an error arose")
    return command


def _add_train(commands: Any) -> None:
    train = _add(commands, "train", _train, "learn vectors from a table and write a model folder")
    add_reading(train)
    train.add_argument("--out", required=True, metavar="FOLDER", help="model folder to write")
    add_parameters(train, "overwrite")
    add_parameters(train, "features", remark=APART_OR_PLACES)
    train.add_argument(
        "--exclude", nargs="+", metavar="NAME", help=f"columns to leave out; {APART_OR_PLACES}"
    )
    forms = f"{', '.join(KIND_FORMS)}, or for CSV {', '.join(CSV_TYPES)}"
    add_parameters(train, "columns", remark=forms)
    add_parameters(train, *TRAIN_PARAMETERS)
    second = "without it all rows are trained on, and a second training, where it takes no longer "
    second += f"than {MOST_SECONDS:.0f} s, measures the gain on a tenth of them; 0 leaves that out"
    add_parameters(train, "holdout", remark=second)
    train.add_argument(
        "--updatable",
        action="store_true",
        help="keep the pair counts of all categories, so that cat2vec update can add rows; the "
        "solver is counts",
    )
    add_parameters(train, "memory", remark=IN_PIECES)
    add_parameters(train, "spill", "rare_names")
    train.add_argument("--quiet", action="store_true", help="print neither plan nor progress")


def _train(options: argparse.Namespace) -> None:
    given = {name: getattr(options, name) for name in TRAIN_PARAMETERS}
    given["shared"] = read_shared(options.shared)
    given["keep_counts"] = yes_or_no(options.keep_counts)
    given["exclude_pairs"] = read_exclude_pairs(options.exclude_pairs)
    check_updatable(options, given)
    check_parameters(**given, holdout=options.holdout, memory=options.memory, spill=options.spill)
    options.rare_names = yes_or_no(str(options.rare_names))
    check_rare_names(options.rare_names, options.updatable)
    check_rows_can_be_held_out(options)
    check_output_folder(options.out, options.overwrite, replaces=False)
    check_holdout(options)
    check_writable(Path(options.out))
    types = types_of(options.columns)
    source, reading = find_source(options.table), reading_options(options)
    types = _columns_typed(options, given, types, TypedColumns(source, reading))
    start = perf_counter()
    model, rows, held_out = rows_to_train(options, given, source, types, reading)
    warn_of_unmatched(rows.unmatched)
    whole = rows.encoded
    encoded = whole.pool(model.min_count)
    told = [name for name, kind in types.items() if kind == "text"]  # so nothing to remark on
    kept = tuple(remark for remark in encoded.remarks if remark.column not in told)
    encoded = replace(encoded, remarks=kept)
    planned_seconds = 0.0
    if not options.quiet:
        plan = planned(model, encoded, source.name, rows.remarks)
        print(plan, flush=True)
        planned_seconds = plan.seconds
    vectors, counts = vectors_and_counts(model, whole, encoded, options.updatable)
    cells = kept_of_rows(model, encoded, vectors, rows.bin_values, counts)
    take_vectors(model, vectors, counts if options.updatable else None, cells)
    seconds = perf_counter() - start
    model.file_options_ = reading
    _write(model, options)
    if options.holdout is None and not options.quiet:
        types_of_file = types_in_file(types, source)
        keep = (*(options.features or ()), *types)
        again = partial(read_table, source, types=types_of_file, **reading, keep=keep)
        is_short = planned_seconds <= MOST_SECONDS
        seconds = max(0.0 if is_short else planned_seconds, seconds)
        line = held_out_line(model, encoded, again if is_short else None, options, seconds)
        print(f"held out  {line}")
    if held_out is not None:
        save_report(model, held_out, encoded, options)


def _columns_typed(
    options: argparse.Namespace,
    given: dict[str, Any],
    types: dict[str, Any],
    columns: TypedColumns,
) -> dict[str, Any]:
    """Read the columns that options name, which may be places, and give the types by column."""
    options.features = columns.read(options.features)
    options.exclude = columns.read(options.exclude)
    given["context"] = columns.read(given["context"])
    given["exclude_pairs"] = columns.groups(given["exclude_pairs"])
    shared = given["shared"] or {}
    groups = columns.groups(list(shared.values())) or []
    given["shared"] = dict(zip(shared, groups, strict=True)) or None
    return columns.keys(types)


def _write(model: Model, options: argparse.Namespace) -> None:
    """Write the folder of a model that was trained, with its vectors for gensim, and say so."""
    save_with_vectors(model, options)
    if not options.quiet:
        print(f"gain      {gain_of(model.vectors_)}\n{written_line(options.out)}", flush=True)
