"""Every parameter of the glossary with its check, and checks of several at once."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cat2vec.errors import ParameterError, named, setting
from cat2vec.parameters.checks import (
    CHECKS,
    flag_problem,
    integer_problem,
    is_real,
    is_word,
    one_of,
)
from cat2vec.parameters.glossary import GLOSSARY


@dataclass(frozen=True)
class Parameter:
    """What is known of a parameter.

    Parameters
    ----------
    name, kind, default, about : str, str, object, str
        As a docstring gives them.
    choices : tuple of str
        The words that are allowed, if the value is one of a few.
    check : callable or None
        Takes what a sentence calls the parameter, and a value; gives a sentence about what is
        wrong, or nothing.
    option : str or None
        What stands for its value in the help of the command line; None if it is no option.
    """

    name: str
    kind: str
    default: Any
    about: str
    choices: tuple[str, ...]
    check: Callable[[str, Any], str] | None
    option: str | None

    @property
    def first_sentence(self) -> str:
        """The description up to its first full stop."""
        return re.split(r"(?<=\.)\s", self.about, maxsplit=1)[0]


def _parameter(entry: re.Match[str]) -> Parameter:
    name, kind, default, option, about = entry.groups()
    choices = ast.literal_eval(f"({kind[1:-1]},)") if kind.startswith("{") else ()
    check = partial(one_of, allowed=choices) if choices else CHECKS.get(name)
    option = None if option is None else option.strip()
    about = " ".join(about.split())
    return Parameter(name, kind, ast.literal_eval(default), about, choices, check, option)


_ENTRY = r"^(\w+) : (.*), default (\S+?)(?:, option(.*))?\n((?: {4}.*\n)+)"
#: All parameters, by name.
PARAMETERS = {entry[1]: _parameter(entry) for entry in re.finditer(_ENTRY, GLOSSARY, re.M)}


def problems_with(**values: Any) -> list[str]:
    """Write what is wrong with values of parameters, one sentence for each wrong one.

    Examples
    --------
    >>> problems_with(solver="magic", n_bins=16)
    ["solver must be one of 'auto', 'counts', 'rows', 'gensim', got 'magic'."]
    """
    checks = {name: PARAMETERS[name].check for name in values}
    problems = [say(named(name), values[name]) for name, say in checks.items() if say]
    noise: Any = values.get("negative")
    by_gensim = is_word(values.get("solver"), "gensim")
    if by_gensim and is_real(noise) and noise > 0 and noise % 1 != 0:
        problems.append(
            f"{named('negative')} must be a whole number for {setting('solver', 'gensim')}, which "
            f"draws noise tokens, got {noise!r}. Other solvers take any number above 0."
        )
    return [problem for problem in problems if problem]


def problems_of_model(values: Mapping[str, Any]) -> list[str]:
    """Write what is wrong with parameters of ``Cat2Vec``, whose ``vector_size`` may be a dict."""
    others = {name: value for name, value in values.items() if name in PARAMETERS}
    sizes = others["vector_size"]
    if not isinstance(sizes, Mapping):
        return problems_with(**others)
    name, row_vector = named("vector_size"), others.get("row_vector")
    del others["vector_size"]
    problems = [integer_problem(f"{name}[{of!r}]", size, 1) for of, size in sizes.items()]
    if not sizes:
        problems.append(f"{name} must name a feature or be an integer, got {{}}.")
    if row_vector == "mean":
        problems.append(
            f"{setting('row_vector', 'mean')} averages vectors of one size, got "
            f"{setting('vector_size', sizes)}. Use one integer, or "
            f"{setting('row_vector', 'concat')}."
        )
    return [*filter(None, problems), *problems_with(**others)]


def check_flag(name: str, value: Any) -> None:
    """Raise ParameterError unless a value, of what no other function takes, is a boolean."""
    if problem := flag_problem(name, value):
        raise ParameterError(problem)


def check_parameters(**values: Any) -> None:
    """Raise one ParameterError that lists everything wrong with values of parameters."""
    if problems := problems_with(**values):
        raise ParameterError(problems)
