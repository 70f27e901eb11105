"""The command ``export``: which kinds there are, their options, and the function behind each."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path
from typing import Any

from cat2vec.errors import ParameterError
from cat2vec.estimator.estimator import load
from cat2vec.export.word2vec import ESCAPES
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
}
#: Options that not every kind has.
_KINDS_WITH = {"binary": ("word2vec",), "escape": ("word2vec",), "size": ("torch", "keras")}


def add_export_options(command: argparse.ArgumentParser, number: Any) -> None:
    """Add the options of ``export``; ``number`` reads those that are numbers."""
    command.add_argument("model", help="model folder")
    command.add_argument("--to", required=True, choices=list(ENDINGS))
    command.add_argument("--out", required=True, help="file to write")
    command.add_argument("--feature", help="one feature only; keys are then its categories")
    command.add_argument("--overwrite", action="store_true", help="replace the file")
    command.add_argument(
        "--binary", action="store_true", default=None, help="word2vec: binary format, not text"
    )
    command.add_argument(
        "--escape",
        choices=ESCAPES,
        help="word2vec: write white space in keys as %%XX, or refuse it (default: percent)",
    )
    command.add_argument("--size", type=number, help="torch, keras: numbers per category, by PCA")


def run_export(options: argparse.Namespace) -> None:
    """Write vectors for another tool.

    Raises
    ------
    ParameterError, OutputExistsError, UnknownFeatureError, KeyCollisionError, MissingPackageError
    """
    told = {name: getattr(options, name) for name in _KINDS_WITH}
    told = {name: value for name, value in told.items() if value is not None}
    endings = ENDINGS[options.to]
    if endings and Path(options.out).suffix not in endings:
        raise ParameterError(
            f"--out must end in {' or '.join(endings)} for --to {options.to}, got {options.out!r}."
        )
    for name in told:
        if options.to not in _KINDS_WITH[name]:
            kinds = " or ".join(_KINDS_WITH[name])
            raise ParameterError(f"--{name} is for --to {kinds}, not for --to {options.to}.")
    model = load(options.model)
    check_writable(Path(options.out).parent)
    module, function = _SAVERS[options.to]
    save = getattr(import_module(f"cat2vec.export.{module}"), function)
    options.writing = True
    save(model.vectors_, options.out, options.feature, overwrite=options.overwrite, **told)
    print(f"written   {options.out}")
