"""The command ``completion``: what completes commands, options and files in a shell.

The script is made once and knows all by heart, so that pressing TAB starts no Python.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from cat2vec.cli.parser import Parser
from cat2vec.errors import MissingPackageError
from cat2vec.parameters import PARAMETERS

SHELLS = ("bash", "zsh", "fish")
#: What stands for files and folders in help, and what shtab calls these.
_PLACES = {"FILE": "file", "TABLE": "file", "FOLDER": "directory"}
#: Arguments without an option that are files or folders.
_ARGUMENTS = {"table": "file", "model": "directory", "earlier": "directory"}


def add_completion_options(command: argparse.ArgumentParser) -> None:
    """Add the argument of the command."""
    command.add_argument("shell", choices=SHELLS, help="which shell")


def run_completion(make_parser: Callable[[], Parser], options: argparse.Namespace) -> None:
    """Print the script of a shell.

    Raises
    ------
    MissingPackageError
    """
    try:
        import shtab
    except ImportError as error:
        raise MissingPackageError("completion", "shtab", "cat2vec[completion]") from error
    parser = make_parser()
    for action in parser.walk():
        _say_what_completes(action)
    print(shtab.complete(parser, options.shell))


def _say_what_completes(action: argparse.Action) -> None:
    """Tell shtab what can be typed, where the parser leaves it to the checks of the library."""
    known, place = PARAMETERS.get(action.dest), None
    if not action.option_strings:
        place = _ARGUMENTS.get(action.dest)
    elif isinstance(action.metavar, str):
        place = _PLACES.get(action.metavar)
    if known is not None and known.choices and action.choices is None:
        action.choices = known.choices
    elif place is not None:
        action.complete = place  # type: ignore[attr-defined]
