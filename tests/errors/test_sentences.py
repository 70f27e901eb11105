"""Messages are written in one style: whole sentences with a full stop, help without one."""

from __future__ import annotations

import argparse
import ast
import builtins
import re
from pathlib import Path

import pytest

import cat2vec
from cat2vec.cli.main import command_parser

PACKAGE = Path(cat2vec.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
#: scikit-learn's words, which its checks ask for.
BORROWED = "input_features should have length equal to number of features"
#: Errors of Python are caught inside, or say that an object was put together wrongly.
OF_PYTHON = {name for name in dir(builtins) if name.endswith("Error")} | {"AssertionError"}


def messages_of(file):
    """Give line and parts of each text that is raised or warned; None is what is put in."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        calls = []
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            calls += [] if ast.unparse(node.exc.func) in OF_PYTHON else [node.exc]
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("super().__init__"):
            calls.append(node)
        for call in calls:
            texts = [one for one in call.args if isinstance(one, (ast.Constant, ast.JoinedStr))]
            for text in texts[-1:]:
                values = text.values if isinstance(text, ast.JoinedStr) else [text]
                parts = [one.value if isinstance(one, ast.Constant) else None for one in values]
                if len(call.args) == 1 and isinstance(parts[-1], (str, type(None))):
                    yield call.lineno, parts


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_messages_are_sentences(file):
    for line, parts in messages_of(file):
        words = "".join(part or "X" for part in parts)
        place = f"{file.name}:{line}: {words}"
        if " " not in words:
            continue  # a word for the code that catches it
        assert parts[-1] is None or re.search(r"[.)]$|\.\s*$", parts[-1]), place
        if BORROWED not in words:
            assert not re.search(r"  |!$|\b(please|did you mean|should)\b", words, re.I), place


def options():
    parser = command_parser()
    (commands,) = (one for one in parser._actions if isinstance(one, argparse._SubParsersAction))
    for name, command in commands.choices.items():
        yield from ((name, action) for action in command._actions if action.help)


def test_help_is_written_in_one_style():
    for command, action in options():
        place = f"{command} {action.option_strings or action.dest}: {action.help}"
        assert not re.search(r"[^.]\.$", action.help), place
        first = action.help.split()[0]
        assert first[0].islower() or first.isupper() or not first[0].isalpha(), place
