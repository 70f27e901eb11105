"""The command line: each command calls one function of the library and prints what it gave."""

from __future__ import annotations

import argparse
import inspect
import os
import re
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cat2vec.errors import Cat2VecError, Cat2VecWarning, ParameterError, UnknownFeatureError
from cat2vec.estimator import Cat2Vec, load
from cat2vec.export.keyed_vectors import keys_of, save_keyed_vectors
from cat2vec.export.tables import check_table_file, save_token_table, token_table
from cat2vec.storage import check_output_folder
from cat2vec.tables.encode import encode_table
from cat2vec.tables.files import CSV_TYPES, FileTable, read_table
from cat2vec.training.settings import Settings, check_n_jobs
from cat2vec.training.train import choose_solver
from cat2vec.vectors import Vectors
from cat2vec.vocabulary import Vocabulary, category_text

KEYED_VECTORS = "vectors.kv"
#: What the library calls one way and the command line another; not inside quotes.
_PARAMETER = re.compile(
    r"(?<!['\w])(vector_size|ns_exponent|learning_rate|n_bins|max_sweeps|random_state|n_jobs)\b=?"
)
#: Arrow's names of types, in the words of --types.
_WORDS_OF_TYPES = {"string": "text", "large_string": "text", "double": "number", "bool": "boolean"}


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
    return _in_options(str(error))


def _in_options(text: str) -> str:
    text = text.replace("features=[...]", "--exclude")
    text = text.replace("overwrite=True (--overwrite)", "--overwrite")
    return _PARAMETER.sub(
        lambda found: f"--{found[1].replace('_', '-')}{' ' * found[0].endswith('=')}", text
    )


def _show_warning(message: Any, category: type, filename: str, lineno: int, *rest: Any) -> None:
    where = "" if issubclass(category, Cat2VecWarning) else f" ({filename}:{lineno})"
    print(f"cat2vec warning: {_in_options(str(message))}{where}", file=sys.stderr)


def _number(text: str) -> Any:
    """Read a number, or leave the text for the check that names what is allowed."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cat2vec",
        description="Vectors for every category of a table, learned without a target.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_train(commands)
    _add_transform(commands)
    _add_nearest(commands)
    _add_export(commands)
    info = _add(commands, "info", _info, "print what a model folder holds")
    info.add_argument("model", help="model folder")
    return parser


def _add(commands: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    command.set_defaults(run=run)
    command.add_argument("--traceback", action="store_true", help="show where an error arose")
    return command


def _add_reading(command: argparse.ArgumentParser) -> None:
    command.add_argument("table", help="CSV or Parquet file, or a folder of Parquet files")
    command.add_argument("--delimiter", help="of CSV; a comma, or a tab for .tsv", default=None)
    command.add_argument(
        "--missing-values",
        nargs="+",
        default=[],
        metavar="TEXT",
        help="texts that mean a missing cell in CSV, such as ? or NULL",
    )


def _add_train(commands: Any) -> None:
    defaults = Cat2Vec()
    train = _add(commands, "train", _train, "learn vectors from a table and write a model folder")
    _add_reading(train)
    train.add_argument("--out", required=True, help="model folder to write")
    train.add_argument("--overwrite", action="store_true", help="write into a folder in use")
    train.add_argument("--features", nargs="+", metavar="NAME", help="columns to use")
    train.add_argument("--exclude", nargs="+", metavar="NAME", help="columns to leave out")
    train.add_argument(
        "--types",
        nargs="+",
        default=[],
        metavar="NAME=KIND",
        help=f"kind of a column: category, numeric, or for CSV {', '.join(CSV_TYPES)}",
    )
    for name in (
        "vector_size",
        "solver",
        "negative",
        "ns_exponent",
        "regularization",
        "epochs",
        "learning_rate",
        "numeric",
        "n_bins",
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
    return _in_options(first.replace('"', "")).replace("%", "%%")


def _add_transform(commands: Any) -> None:
    transform = _add(commands, "transform", _transform, "write the rows of a table as numbers")
    transform.add_argument("model", help="model folder")
    _add_reading(transform)
    transform.add_argument("--out", required=True, help=".parquet or .csv file to write")
    transform.add_argument("--overwrite", action="store_true", help="replace the file")


def _add_nearest(commands: Any) -> None:
    nearest = _add(commands, "nearest", _nearest, "print the categories most like a given one")
    nearest.add_argument("model", help="model folder")
    nearest.add_argument("feature")
    nearest.add_argument("category", help="as text; a number also finds its bin")
    nearest.add_argument("-n", type=_number, default=10, help="how many (default: 10)")
    nearest.add_argument("--among", nargs="+", metavar="FEATURE", help="features to search")


def _add_export(commands: Any) -> None:
    export = _add(commands, "export", _export, "write vectors for other tools")
    export.add_argument("model", help="model folder")
    export.add_argument("--to", required=True, choices=["keyedvectors", "parquet", "csv"])
    export.add_argument("--out", required=True, help="file to write")
    export.add_argument("--feature", help="one feature only; in .kv its categories are the keys")
    export.add_argument("--overwrite", action="store_true", help="replace the file")


def _train(options: argparse.Namespace) -> None:
    names = list(Settings.__dataclass_fields__)
    settings = {name: getattr(options, name) for name in names}
    Settings(**settings).checked()
    check_n_jobs(options.n_jobs)
    check_output_folder(options.out, options.overwrite)
    told = _told_types(options.types)
    read = read_table(
        options.table,
        types={k: v for k, v in told.items() if v in CSV_TYPES} or None,
        delimiter=options.delimiter,
        missing_values=options.missing_values,
    )
    columns = {name: kind for name, kind in told.items() if kind not in CSV_TYPES}
    model = Cat2Vec(
        **settings,
        features=_wanted(read, options),
        columns=columns or None,
        numeric=options.numeric,
        n_bins=options.n_bins,
        n_jobs=options.n_jobs,
        verbose=0 if options.quiet else 1,
    )
    if not options.quiet:
        _print_plan(read, model, options)
    model.fit(read.table)
    keys_of(model.vectors_)  # colliding keys are an error before anything is written
    options.writing = True
    model.save(options.out, overwrite=options.overwrite)
    save_keyed_vectors(model.vectors_, Path(options.out, KEYED_VECTORS), overwrite=True)
    if not options.quiet:
        print(
            f"gain      {_gain_of(model.vectors_)}\n"
            f"written   {options.out} (model) and {Path(options.out, KEYED_VECTORS)} (gensim)"
        )


def _gain_of(vectors: Vectors) -> str:
    if np.isnan(vectors.gain):
        return f"not computed for so many tokens (loss {vectors.loss:.4f} nats per pair)"
    return (
        f"{vectors.gain:.4f} nats per pair (loss {vectors.loss:.4f}, independence "
        f"{vectors.independence_loss:.4f})"
    )


def _told_types(pairs: Sequence[str]) -> dict[str, str]:
    told = {}
    for pair in pairs:
        name, sign, kind = pair.rpartition("=")
        if not sign or kind not in (*CSV_TYPES, "category", "numeric"):
            raise ParameterError(
                f"--types must be NAME=KIND with KIND one of category, numeric, "
                f"{', '.join(CSV_TYPES)}, got {pair!r}."
            )
        told[name] = kind
    return told


def _wanted(read: FileTable, options: argparse.Namespace) -> list[str] | None:
    if not options.exclude:
        return options.features
    missing = [name for name in options.exclude if name not in read.table.column_names]
    if missing:
        raise UnknownFeatureError(missing[0], read.table.column_names)
    names = options.features or read.table.column_names
    return [name for name in names if name not in options.exclude]


def _print_plan(read: FileTable, model: Cat2Vec, options: argparse.Namespace) -> None:
    encoded = encode_table(
        read.table,
        features=model.features,
        columns=model.columns,
        numeric=model.numeric,
        n_bins=model.n_bins,
        n_jobs=model.n_jobs,
    )
    vocabulary = encoded.vocabulary
    sizes = np.diff(vocabulary.offsets)
    across = (int(sizes.sum()) ** 2 - int((sizes**2).sum())) // 2
    in_rows = encoded.n_rows * vocabulary.n_features * (vocabulary.n_features - 1) // 2
    pairs = min(across, in_rows)
    solver = choose_solver(vocabulary, model.solver, has_rows=True)
    bytes_needed = (
        2 * encoded.codes.nbytes + 40 * pairs + 16 * vocabulary.n_tokens * model.vector_size
    )
    left_out = [name for name in read.table.column_names if name not in vocabulary.features]
    print(f"table     {options.table}: {encoded.n_rows:,} rows, {read.table.num_columns} columns")
    for position in range(vocabulary.n_features):
        print(f"{'features' if position == 0 else '':<10}{_described(vocabulary, position)}")
    if left_out:
        print(f"left out  {', '.join(left_out)}")
    print(f"tokens    {vocabulary.n_tokens:,}")
    print(f"pairs     at most {pairs:,} distinct, from {in_rows:,} in the rows")
    print(f"memory    about {max(bytes_needed / 2**20, 1):,.0f} MB beside the table")
    print(f"solver    {solver}, vector_size {model.vector_size}", flush=True)


def _described(vocabulary: Vocabulary, position: int) -> str:
    name = vocabulary.features[position]
    codec, categories = vocabulary.schema.codecs[position], vocabulary.categories[position]
    kind = _WORDS_OF_TYPES.get(codec.dtype, re.sub(r"^u?int\d+$", "integer", codec.dtype))
    what = "bin" if codec.edges is not None else "category"
    if len(categories) != 1:
        what = "bins" if what == "bin" else "categories"
    examples = ", ".join(category_text(value)[:20] for value in categories[:3])
    more = ", ..." if len(categories) > 3 else ""
    return f"{name}: {kind}, {len(categories):,} {what} ({examples}{more})"


def _transform(options: argparse.Namespace) -> None:
    import pyarrow as pa

    model = load(options.model)
    check_table_file(Path(options.out), options.overwrite)
    schema = model.vocabulary_.schema
    text = {
        name: "text"
        for name, codec in zip(schema.features, schema.codecs, strict=True)
        if _WORDS_OF_TYPES.get(codec.dtype) == "text"
    }
    source = Path(options.table)
    is_csv = not source.is_dir() and source.suffix not in (".parquet", ".pq")
    read = read_table(
        options.table,
        types=text if is_csv else None,
        delimiter=options.delimiter,
        missing_values=options.missing_values,
    )
    table = {name: read.table[name] for name in schema.features if name in read.table.column_names}
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
    token = model.vocabulary_.token_id_of_text(options.feature, options.category)
    feature, category = model.vocabulary_.token(token)
    found = model.nearest(feature, category, n=options.n, among=options.among)
    found["category"] = [category_text(value) for value in found["category"]]
    print(found.to_string(index=False, float_format=lambda number: f"{number:.3f}"))


def _export(options: argparse.Namespace) -> None:
    model = load(options.model)
    if options.to == "keyedvectors":
        save_keyed_vectors(
            model.vectors_, options.out, options.feature, overwrite=options.overwrite
        )
    else:
        if Path(options.out).suffix != f".{options.to}":
            raise ParameterError(
                f"--out must end in .{options.to} for --to {options.to}, got {options.out!r}."
            )
        save_token_table(
            token_table(model.vectors_, options.feature), options.out, overwrite=options.overwrite
        )
    print(f"written   {options.out}")


def _info(options: argparse.Namespace) -> None:
    model = load(options.model)
    vectors, vocabulary = model.vectors_, model.vocabulary_
    settings = vectors.settings
    print(f"model     {options.model}: {settings['n_rows']:,} rows, {vocabulary.n_tokens:,} tokens")
    for position in range(vocabulary.n_features):
        print(f"{'features' if position == 0 else '':<10}{_described(vocabulary, position)}")
    told = ", ".join(f"{name} {value}" for name, value in settings.items() if name != "n_rows")
    print(f"settings  {told}")
    print(f"gain      {_gain_of(vectors)}, after {len(vectors.losses)} passes")
