"""Docstrings filled with what the glossary says of parameters."""

from __future__ import annotations

import inspect
import json
import re
import textwrap
from collections.abc import Callable
from typing import Any, TypeVar

from cat2vec.parameters.known import PARAMETERS, Parameter

Documented = TypeVar("Documented", bound=Callable[..., Any])


def documented(thing: Documented) -> Documented:
    """Fill a docstring: ``{vector_size, tol}`` on a line becomes the entries of these parameters.

    Defaults are those of the signature. ``{vector_size} : int or dict`` gives another type, and
    indented lines that follow are added to the description of the last one.
    """
    given = inspect.signature(thing).parameters

    def entries(found: re.Match[str]) -> str:
        indent, names, kind, more = found.groups()
        *before, last = re.findall(r"\w+", names)
        texts = [_entry(PARAMETERS[name], given[name], kind, "") for name in before]
        texts.append(_entry(PARAMETERS[last], given[last], kind, more))
        return textwrap.indent("".join(texts), indent)

    if thing.__doc__:  # none with python -OO
        pattern = r"^( *)\{([\w,\s]+)\}(?: : (.+))?\n((?:\1 +.*\n)*)"
        thing.__doc__ = re.sub(pattern, entries, thing.__doc__, flags=re.M)
    return thing


def _entry(known: Parameter, given: inspect.Parameter, kind: str | None, more: str) -> str:
    """Write what a docstring says of a parameter, without indentation."""
    default = ""
    if given.default is not inspect.Parameter.empty:
        text = isinstance(given.default, str)
        default = f", default {json.dumps(given.default) if text else repr(given.default)}"
    about = " ".join([known.about, *more.split()])
    lines = textwrap.wrap(about, 88, break_long_words=False, break_on_hyphens=False)
    body = "".join(f"    {line}\n" for line in lines)
    return f"{known.name} : {kind or known.kind}{default}\n{body}"
