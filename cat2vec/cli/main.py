"""The command line: each command calls one function of the library and prints what it gave."""

from __future__ import annotations

import argparse
import inspect
import os
import re
import sys
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from cat2vec.cli.export import add_export_options, run_export
from cat2vec.cli.options import (
    KIND_WORDS,
    in_options,
    told_pairs,
    told_shared,
    told_types,
    types_in_file,
    wanted_columns,
)
from cat2vec.cli.plan import feature_lines, plan_lines
from cat2vec.cli.questions import add_question_commands
from cat2vec.cli.reading import add_reading, read_as_in_fit
from cat2vec.cli.report import (
    add_holdout,
    add_report_options,
    check_holdout,
    run_report,
    save_report,
    split_rows,
    tidy_reports,
)
from cat2vec.errors import Cat2VecError, Cat2VecWarning
from cat2vec.estimator.estimator import Cat2Vec, load
from cat2vec.estimator.model_folder import take_vectors
from cat2vec.estimator.steps import encode_for_fit
from cat2vec.estimator.validation import settings_for
from cat2vec.export.flat_table import check_table_file, save_token_table
from cat2vec.export.keyed_vectors import keys_of, save_keyed_vectors
from cat2vec.storage.folders import check_output_folder, check_writable
from cat2vec.tables.encode import check_n_jobs
from cat2vec.tables.files import CSV_TYPES, read_table
from cat2vec.training.settings import Settings
from cat2vec.training.train import train_vectors
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import category_text

KEYED_VECTORS = "vectors.kv"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; give the exit code: 0, or 2 for wrong input, 130 for Ctrl-C."""
    options = _parser().parse_args(arguments)
    options.writing = False
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning  # type: ignore[assignment]
            warnings.simplefilter("always", Cat2VecWarning)
            options.run(options)
    except KeyboardInterrupt:
        state = "while writing; run it again" if options.writing else "and nothing was written"
        print(f"cat2vec {options.command}: interrupted {state}.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (Cat2VecError, OSError, MemoryError) as error:
        if options.traceback:
            raise
        print(f"cat2vec {options.command}: {_sentence(error)}", file=sys.stderr)
        return 2
    return 0


def _sentence(error: BaseException) -> str:
    """Say what went wrong, with parameters named as options."""
    if isinstance(error, MemoryError):
        why = f" ({error})" if str(error) else ""
        return f"not enough memory{why}. Leave out columns with --exclude."
    if isinstance(error, OSError) and not isinstance(error, Cat2VecError):
        place = f"{str(error.filename)!r}: " if error.filename else ""
        return f"{place}{error.strerror or error}."
    return in_options(str(error))


def _show_warning(message: Any, category: type, filename: str, lineno: int, *rest: Any) -> None:
    where = "" if issubclass(category, Cat2VecWarning) else f" ({filename}:{lineno})"
    print(f"cat2vec warning: {in_options(str(message))}{where}", file=sys.stderr)


def _number(text: str) -> Any:
    """Read a number, or leave the text for the check that names what is allowed."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


class _Parser(argparse.ArgumentParser):
    """A parser that says why a table right after ``--features a b`` is not seen as the table."""

    def error(self, message: str) -> NoReturn:
        names = message.rpartition("required: ")[2].split(", ")
        greedy = [a.option_strings[0] for a in self._actions if a.nargs == "+" and a.option_strings]
        if "required: " in message and greedy and not names[0].startswith("-"):
            message += f". Put it before {', '.join(greedy)}, which take all words that follow"
        super().error(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="cat2vec",
        description="Vectors for every category of a table, learned without a target.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_train(commands)
    _add_transform(commands)
    _add_nearest(commands)
    add_question_commands(partial(_add, commands), _number)
    report = _add(commands, "report", run_report, "measure a model on rows it was not trained on")
    add_report_options(report)
    add_export_options(
        _add(commands, "export", run_export, "write vectors for other tools"), _number
    )
    info = _add(commands, "info", _info, "print what a model folder holds")
    info.add_argument("model", help="model folder")
    return parser


def _add(commands: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    command.set_defaults(run=run)
    command.add_argument("--traceback", action="store_true", help="show where an error arose")
    return command


def _add_train(commands: Any) -> None:
    defaults = Cat2Vec()
    train = _add(commands, "train", _train, "learn vectors from a table and write a model folder")
    add_reading(train)
    train.add_argument("--out", required=True, help="model folder to write")
    train.add_argument("--overwrite", action="store_true", help="write into a folder in use")
    train.add_argument("--features", nargs="+", metavar="NAME", help="columns to use")
    train.add_argument("--exclude", nargs="+", metavar="NAME", help="columns to leave out")
    train.add_argument(
        "--shared",
        nargs="+",
        metavar="NAME=COLUMN,COLUMN",
        help="columns that share their categories and vectors, and the name of these",
    )
    train.add_argument(
        "--context", nargs="+", metavar="NAME", help="columns that teach, but are not transformed"
    )
    train.add_argument(
        "--exclude-pairs",
        nargs="+",
        metavar="COLUMN,COLUMN",
        help="columns that do not learn from each other, such as a code and its description",
    )
    train.add_argument(
        "--types",
        nargs="+",
        default=[],
        metavar="NAME=KIND",
        help=f"kind of a column: {', '.join(KIND_WORDS)}, or for CSV {', '.join(CSV_TYPES)}",
    )
    for name in (
        "vector_size",
        "solver",
        "negative",
        "ns_exponent",
        "regularization",
        "epochs",
        "learning_rate",
        "min_count",
        "numeric",
        "n_bins",
        "missing",
        "tol",
        "max_sweeps",
        "random_state",
    ):
        train.add_argument(
            f"--{name.replace('_', '-')}",
            type=_number,
            default=getattr(defaults, name),
            help=f"{_sentence_about(name)} (default: {getattr(defaults, name)})",
            metavar=name.rpartition("_")[2].upper(),
        )
    add_holdout(train, _number)
    train.add_argument("--n-jobs", type=_number, help="threads; all cores if not given")
    train.add_argument("--quiet", action="store_true", help="print neither plan nor progress")


def _sentence_about(parameter: str) -> str:
    """Take the first sentence about a parameter, and its choices, from the words of the class."""
    about = inspect.cleandoc(Cat2Vec.__doc__ or "")
    words = re.search(rf"^{parameter} : ({{.*}})?.*\n((?:    .*\n)+)", about, re.M)
    if words is None:
        return ""
    choices, text = words.groups()
    first = re.split(r"[.;](?:\s|$)", " ".join(text.split()), maxsplit=1)[0].replace("``", "")
    first = first[0].lower() + first[1:] + (f": {choices[1:-1]}" if choices else "")
    return first.replace('"', "").replace("%", "%%")


def _add_transform(commands: Any) -> None:
    transform = _add(commands, "transform", _transform, "write the rows of a table as numbers")
    transform.add_argument("model", help="model folder")
    add_reading(transform, otherwise=" (default: as in train)")
    transform.add_argument("--out", required=True, help=".parquet or .csv file to write")
    transform.add_argument("--overwrite", action="store_true", help="replace the file")
    transform.add_argument(
        "--handle-unknown",
        choices=["zero", "rare", "fold_in", "error"],
        help="what to do with a category that train did not see (default: as the model says)",
    )


def _add_nearest(commands: Any) -> None:
    nearest = _add(commands, "nearest", _nearest, "print the categories most like a given one")
    nearest.add_argument("model", help="model folder")
    nearest.add_argument("feature")
    nearest.add_argument("category", help="as text; a number also finds its bin")
    nearest.add_argument("-n", type=_number, default=10, help="how many (default: 10)")
    nearest.add_argument("--among", nargs="+", metavar="FEATURE", help="features to search")


def _train(options: argparse.Namespace) -> None:
    names = list(Settings.__dataclass_fields__)
    shared = told_shared(options.shared)
    options.exclude_pairs = told_pairs(options.exclude_pairs)
    settings = {name: getattr(options, name) for name in names}
    Settings(**settings).checked()
    check_n_jobs(options.n_jobs)
    check_output_folder(options.out, options.overwrite)
    check_holdout(options)
    check_writable(Path(options.out))
    told = told_types(options.types)
    read = read_table(
        options.table,
        types=types_in_file(told, options.table),
        delimiter=options.delimiter,
        missing_values=options.missing_values or (),
    )
    rows, held_out = split_rows(read.table, options.holdout, options.random_state)
    columns = {name: kind for name, kind in told.items() if kind not in CSV_TYPES}
    model = Cat2Vec(
        **settings,
        features=wanted_columns(read.table.column_names, options.features, options.exclude),
        shared=shared,
        context=options.context,
        columns=columns or None,
        numeric=options.numeric,
        n_bins=options.n_bins,
        missing=options.missing,
        n_jobs=options.n_jobs,
        verbose=0 if options.quiet else 1,
    )
    encoded = encode_for_fit(model, rows).pool(model.min_count)
    if not options.quiet:
        names = read.table.column_names
        plan = plan_lines(encoded, options.table, names, model.solver, options.vector_size)
        print("\n".join(plan), flush=True)
    del read, rows
    take_vectors(model, train_vectors(encoded, **settings_for(model, encoded.vocabulary)))
    model._reading = {
        "delimiter": options.delimiter,
        "missing_values": options.missing_values or [],
    }
    keys_of(model.vocabulary_)  # colliding keys are an error before anything is written
    options.writing = True
    model.save(options.out, overwrite=options.overwrite)
    save_keyed_vectors(model.vectors_, Path(options.out, KEYED_VECTORS), overwrite=True)
    tidy_reports(Path(options.out))
    if not options.quiet:
        print(
            f"gain      {_gain_of(model.vectors_)}\n"
            f"written   {options.out} (model) and {Path(options.out, KEYED_VECTORS)} (gensim)"
        )
    if held_out is not None:
        save_report(model, held_out, encoded, options)


def _gain_of(vectors: Vectors) -> str:
    if np.isnan(vectors.gain):
        return f"not computed for so many tokens (loss {vectors.loss:.4f} nats per pair)"
    return (
        f"{vectors.gain:.4f} nats per pair (loss {vectors.loss:.4f}, independence "
        f"{vectors.independence_loss:.4f})"
    )


def _transform(options: argparse.Namespace) -> None:
    import pyarrow as pa

    model = load(options.model)
    check_table_file(Path(options.out), options.overwrite)
    check_writable(Path(options.out).parent)
    model.handle_unknown = options.handle_unknown or model.handle_unknown
    read = read_as_in_fit(model, options)
    columns = dict.fromkeys(model.vocabulary_.schema.columns)
    table = {name: read.table[name] for name in columns if name in read.table.column_names}
    rows = model.transform(table)
    names = model.get_feature_names_out()
    options.writing = True
    save_token_table(
        pa.table({name: rows[:, i] for i, name in enumerate(names)}),
        options.out,
        overwrite=options.overwrite,
    )
    print(f"written   {options.out}: {len(rows):,} rows, {rows.shape[1]:,} columns")


def _nearest(options: argparse.Namespace) -> None:
    model = load(options.model)
    words = model.vocabulary_.vocabulary_of(options.feature)
    feature, category = words.token(words.token_id_of_text(options.feature, options.category))
    found = model.nearest(feature, category, n=options.n, among=options.among)
    found["category"] = [category_text(value) for value in found["category"]]
    print(found.to_string(index=False, float_format=lambda number: f"{number:.3f}"))


def _info(options: argparse.Namespace) -> None:
    model = load(options.model)
    vectors, vocabulary = model.vectors_, model.vocabulary_
    settings = vectors.settings
    print(f"model     {options.model}: {settings['n_rows']:,} rows, {vocabulary.n_tokens:,} tokens")
    print("\n".join(feature_lines(vocabulary)))
    told = ", ".join(
        f"{name} {value}"
        for name, value in settings.items()
        if name != "n_rows" and value is not None
    )
    print(f"settings  {told}")
    print(f"gain      {_gain_of(vectors)}, after {len(vectors.losses)} passes")
