"""The command ``export``: which kinds there are, their options, and the function behind each."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

from cat2vec.cli.options import add_parameters
from cat2vec.cli.reading import model_of
from cat2vec.errors import ParameterError, named
from cat2vec.storage.folders import check_writable

#: Endings that the file of a kind may have; none means any.
ENDINGS: dict[str, tuple[str, ...]] = {
    "keyedvectors": (),
    "word2vec": (),
    "projector": (".tsv",),
    "parquet": (".parquet",),
    "csv": (".csv",),
    "torch": (".pt", ".pth"),
    "keras": (".keras",),
    "duckdb": (".duckdb", ".db"),
    "atlas": (".parquet",),
}
#: Module and function of each kind; packages that a kind needs are imported when it is used.
_SAVERS = {
    "keyedvectors": ("keyed_vectors", "save_keyed_vectors"),
    "word2vec": ("word2vec", "save_word2vec_format"),
    "projector": ("projector", "save_projector"),
    "parquet": ("flat_table", "save_vectors_table"),
    "csv": ("flat_table", "save_vectors_table"),
    "torch": ("torch", "save_torch"),
    "keras": ("keras", "save_keras"),
    "duckdb": ("duckdb", "save_duckdb"),
    "atlas": ("atlas", "save_atlas"),
}
_WHAT = (
    "what to write; keyedvectors is a pickle, for people who trust you: word2vec and parquet "
    "hold the same vectors and run nothing when they are read"
)
#: Options that not every kind has.
_KINDS_WITH = {"binary": ("word2vec",), "escape": ("word2vec",), "size": ("torch", "keras")}


def add_export_options(command: argparse.ArgumentParser) -> None:
    """Add the options of ``export``."""
    command.add_argument("model", help="model folder")
    command.add_argument("--to", required=True, choices=list(ENDINGS), help=_WHAT)
    command.add_argument("--out", required=True, metavar="FILE", help="file to write")
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
    endings = ENDINGS[options.to]
    if endings and Path(options.out).suffix not in endings:
        raise ParameterError(
            f"--out must end in {' or '.join(endings)} for --to {options.to}, got {options.out!r}."
        )
    for name in given:
        if options.to not in _KINDS_WITH[name]:
            kinds = " or ".join(_KINDS_WITH[name])
            raise ParameterError(f"{named(name)} is for --to {kinds}, not for --to {options.to}.")
    model = model_of(options)
    check_writable(Path(options.out).parent)
    module, function = _SAVERS[options.to]
    save = getattr(import_module(f"cat2vec.export.{module}"), function)
    options.writing = True
    save(model.vectors_, options.out, options.feature, overwrite=options.overwrite, **given)
    print(f"written   {options.out}")
