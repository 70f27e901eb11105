"""The command ``export``: which kinds there are, their options, and the function behind each."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

from cat2vec.cli.options import add_parameters
from cat2vec.cli.output import STDOUT, name_of_output, output_file, tell
from cat2vec.cli.reading import model_of
from cat2vec.errors import ParameterError, named
from cat2vec.storage.folders import check_writable

#: Module, function and endings of each kind; no endings means any. Packages that a kind needs are
#: imported when it is used.
KINDS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "keyedvectors": ("export.keyed_vectors", "save_keyed_vectors", ()),
    "word2vec": ("export.word2vec", "save_word2vec_format", ()),
    "projector": ("export.projector", "save_projector", (".tsv",)),
    "parquet": ("export.flat_table", "save_vectors_table", (".parquet",)),
    "csv": ("export.flat_table", "save_vectors_table", (".csv",)),
    "jsonl": ("export.jsonl", "save_jsonl", (".jsonl",)),
    "npz": ("export.npz", "save_npz", (".npz",)),
    "torch": ("export.torch", "save_torch", (".pt", ".pth")),
    "keras": ("export.keras", "save_keras", (".keras",)),
    "onnx": ("estimator.onnx_graph", "save_onnx", (".onnx",)),
    "duckdb": ("export.duckdb", "save_duckdb", (".duckdb", ".db")),
    "pgvector": ("export.pgvector", "save_pgvector", (".sql",)),
    "usearch": ("export.usearch", "save_usearch", (".usearch",)),
    "atlas": ("export.atlas", "save_atlas", (".parquet",)),
}
_TO = "what to write; keyedvectors is a pickle, and npz and jsonl hold the same and run nothing"
#: Kinds of one file that other programs read from a pipe.
_PIPED = ("word2vec", "parquet", "csv", "jsonl", "atlas")
_OUT = f"file to write; - prints it, for {', '.join(_PIPED)}"
#: Options that not every kind has.
_KINDS_WITH = {"binary": ("word2vec",), "escape": ("word2vec",), "size": ("torch", "keras")}


def add_export_options(command: argparse.ArgumentParser) -> None:
    """Add the options of ``export``."""
    command.add_argument("model", help="model folder")
    command.add_argument("--to", required=True, choices=list(KINDS), help=_TO)
    command.add_argument("--out", required=True, metavar="FILE", help=_OUT)
    command.add_argument("--feature", help="one feature only; keys are then its categories")
    add_parameters(command, "overwrite")
    command.add_argument(
        "--binary",
        action="store_true",
        default=None,
        help="binary format in place of text (for word2vec)",
    )
    add_parameters(command, "escape", remark="for word2vec", otherwise="percent")
    add_parameters(command, "size", remark="for torch and keras")


def run_export(options: argparse.Namespace) -> None:
    """Write vectors for another tool.

    Raises
    ------
    ParameterError, OutputExistsError, UnknownFeatureError, KeyCollisionError, MissingPackageError
    """
    given = {name: getattr(options, name) for name in _KINDS_WITH}
    given = {name: value for name, value in given.items() if value is not None}
    module_name, function, endings = KINDS[options.to]
    if options.out == STDOUT and options.to not in _PIPED:
        raise ParameterError(
            f"--out - prints what other programs read from a pipe, which is for --to "
            f"{', '.join(_PIPED)}, not for --to {options.to}. Give the name of a file."
        )
    if options.out != STDOUT and endings and Path(options.out).suffix not in endings:
        raise ParameterError(
            f"--out must end in {' or '.join(endings)} for --to {options.to}, got {options.out!r}."
        )
    for name in given:
        if options.to not in _KINDS_WITH[name]:
            kinds = " or ".join(_KINDS_WITH[name])
            raise ParameterError(f"{named(name)} is for --to {kinds}, not for --to {options.to}.")
    of_model = options.to == "onnx"  # what transform does, not the vectors alone
    if options.feature is not None:
        given["feature"] = options.feature
        if of_model:
            raise ParameterError(
                "--feature is not for --to onnx: the graph takes the columns that transform writes."
            )
    model = model_of(options)
    module = import_module(f"cat2vec.{module_name}")
    if options.out != STDOUT:
        check_writable(Path(options.out).parent)
        options.writing = True
    with output_file(options, "".join(("vectors", *endings[:1]))) as target:
        save = getattr(module, function)
        save(model if of_model else model.vectors_, target, overwrite=options.overwrite, **given)
        beside = module.beside(target) if hasattr(module, "beside") else None
    also = f" and {beside}" if beside is not None and beside.exists() else ""
    tell(options, f"written   {name_of_output(options)}{also}")
