"""Every parameter once: what it means, which values it takes, and how it is an option.

Takes values of parameters as they were given. Gives sentences about wrong ones, entries for
docstrings and help for the command line. Sentences name parameters by ``named`` and ``setting`` of
``errors``. Knows nothing of tables or models.
"""

from __future__ import annotations

import ast
import inspect
import json
import math
import numbers
import re
import textwrap
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from cat2vec.errors import ParameterError, listed, named, setting

Documented = TypeVar("Documented", bound=Callable[..., Any])

#: One entry per parameter, as in a docstring. What stands for a value on the command line follows
#: "option": nothing for a flag, "NAME ..." for one value or more.
_GLOSSARY = """
vector_size : int, default 32, option SIZE
    Numbers per category. A feature with m categories carries at most m - 1 of them.
features : list of str or None, default None, option NAME ...
    Columns to use, in this order. None uses all.
shared : dict or None, default None, option NAME=COLUMN,COLUMN ...
    Columns that speak of the same things and share one set of categories and vectors. In
    ``{"airport": ["origin", "dest"]}`` a category has one vector in both columns, and pair counts
    in each. Columns of dates share part by part, under names such as ``when:year``.
context : list of str or None, default None, option NAME ...
    Columns used in training but not written by transform. Tables to transform still hold them, and
    ``vectors_`` has their vectors too. A column of dates stands for all its parts.
exclude_pairs : list of lists of str or None, default None, option COLUMN,COLUMN ...
    Columns that do not learn from each other, such as a code and its description. Each list names
    two or more; their pairs are no part of the loss. A column of dates stands for its parts, which
    still learn from each other. The solver "gensim" cannot do so.
solver : {"auto", "counts", "rows", "gensim"}, default "auto", option SOLVER
    How vectors are trained. "counts" works on pair counts, "rows" on batches of rows, and "gensim"
    is ``gensim.models.Word2Vec``. "auto" takes "counts" or "rows" by what they would cost, and
    ``verbose=1`` says why.
negative : float, default 5, option NEGATIVE
    Noise tokens per pair. Any number above 0; the solver "gensim" takes whole numbers only.
ns_exponent : float, default 0.75, option EXPONENT
    Noise is drawn in proportion to count ** ns_exponent inside the feature of the token that it
    stands in for. From -5 to 5.
regularization : float, default 10.0, option PAIRS
    Strength of the prior, in pairs: a category with fewer pairs stays near the average of its
    feature.
epochs : int or "auto", default "auto", option EPOCHS
    Passes of the solvers "rows" and "gensim" over the rows. With "auto", "rows" stops by itself
    when rows held out say that an epoch adds little, and then goes over all rows with shorter
    steps; "gensim" makes 20.
learning_rate : float or "auto", default "auto", option RATE
    Step size of the solvers "rows" and "gensim". For "rows" it is the longest step of a vector
    ("auto" is 2), for "gensim" the first step ("auto" is 0.025); steps get shorter with the epochs.
min_count : int, default 1, option COUNT
    Categories in fewer rows than this share one vector per feature. They are pooled into one token
    ``RARE`` where there are two or more of them; looking up any of them gives its vector, which is
    held once. Rows count by their weights, columns that share a vocabulary count together, and bins
    of numbers are not pooled. 1 pools nothing.
numeric : {"bin", "category", "drop", "error"}, default "bin", option NUMERIC
    What becomes of columns of numbers. "bin" cuts those with more than ``n_bins`` distinct values
    into quantile bins and keeps the edges; "category" makes every number a category; "drop" leaves
    all columns of numbers out, and "error" refuses them.
n_bins : int, default 16, option BINS
    Quantile bins of a column of numbers.
columns : dict or None, default None, option NAME=KIND ...
    Kind of a column, where the guess is not wanted. A dict of names and kinds: "category",
    "numeric", "dates", "multivalued" or "identifier", or with options ``Categorical``, ``Numeric``,
    ``Ordered``, ``Dates``, ``MultiValued`` or ``Identifier``, such as ``Numeric(bins=8)``.
missing : {"ignore", "token"}, default "ignore", option MISSING
    How missing cells count. "ignore": not at all. "token": as a category of their own,
    ``MISSING_CATEGORY``, in features that have missing cells in fit.
missing_values : list, dict of lists or None, default None, option TEXT ...
    Values that mean a missing cell, such as "?" or "NA". They count as null and NaN do; a list is
    for all columns, a dict names those of each.
handle_unknown : {"zero", "rare", "fold_in", "error"}, default "zero", option UNKNOWN
    What transform does with a category that was not seen in training. "zero" gives the average
    category. "rare" takes it for one of those that ``min_count`` pooled, in features that have
    some, and gives zeros in others; that helps on some tables and hurts on others. "fold_in" solves
    for its vector from the rows given to transform that hold it, with all else as it was trained:
    the vector depends on these rows and is not kept. ``score`` leaves unseen cells out in any case.
row_vector : {"concat", "mean"}, default "concat"
    How the vectors of a row's cells become one. "concat" puts them side by side; "mean" averages
    them.
tol : float, default 0.01, option TOL
    The solver "counts" stops when more sweeps would add less than this share of the gain. What they
    would add is estimated from the last ones.
max_sweeps : int, default 100, option SWEEPS
    The solver "counts" stops after so many sweeps and warns.
n_jobs : int or None, default None, option JOBS
    Threads to use at once, by default as many as there are cores. Results do not depend on it.
random_state : int, default 0, option SEED
    Seed of the solvers "rows" and "gensim". "counts" draws no random numbers.
verbose : int, default 0
    How much is reported. 1 says which solver trains and why and which categories were pooled, and
    shows a progress bar with the loss.
sample_weight : list, array or Series of shape (n_rows,), or None, default None
    Weights of the rows: one of weight w counts as w rows. Nothing is learned from rows of weight 0.
    Weights go by position, whatever the index of a Series says.
n : int, default 10, option N
    How many to find.
among : str, list of str or None, default None, option FEATURE ...
    Features to search.
n_cells : int, default 3, option CELLS
    How many cells to show of each row, the oddest first.
n_clusters : int or None, default None, option CLUSTERS
    How many clusters to make. None takes the number from 2 to 10 with the best silhouette.
overwrite : bool, default False, option
    Replace a file, or write into a folder that holds other files. These stay as they are.
size : int or None, default None, option SIZE
    Numbers per category, the best ones by PCA. At most ``vector_size``; None takes all, as they
    were trained.
escape : {"percent", "none"}, default "percent", option ESCAPE
    How white space in keys is written. "percent" writes ``%XX``, as in URLs; "none" writes keys as
    they are, and a key that would break the file is an error.
delimiter : str or None, default None, option CHARACTER
    What separates the cells of a CSV file, by default a comma, or a tab for .tsv.
holdout : float or None, default None, option SHARE
    Share of the rows to leave out of training and to report on. The seed says which rows.
"""


def integer_problem(name: str, value: Any, least: int, instead: str | None = None) -> str:
    """Write what is wrong with a value that must be an integer of at least ``least``, or nothing.

    ``name`` is what the sentence calls it, ``instead`` a word that is allowed too.

    Examples
    --------
    >>> integer_problem("n_bins", 1, least=2), integer_problem("n_bins", 16, least=2)
    ('n_bins must be an integer of at least 2, got 1.', '')
    """
    if (_is_whole(value) and value >= least) or (instead is not None and _is(value, instead)):
        return ""
    or_else = "" if instead is None else f"{instead!r} or "
    return f"{name} must be {or_else}an integer of at least {least}, got {value!r}."


def number_problem(
    name: str,
    value: Any,
    above: float = -math.inf,
    within: float = math.inf,
    instead: str | None = None,
) -> str:
    """Write what is wrong with a value that must be a finite number, or nothing."""
    right = _is_real(value) and math.isfinite(value) and value > above and abs(value) <= within
    if right or (instead is not None and _is(value, instead)):
        return ""
    allowed = "a finite number" if instead is None else f"{instead!r} or a finite number"
    if math.isfinite(above):
        allowed += f" above {above:g}"
    elif math.isfinite(within):
        allowed = f"a number from {-within:g} to {within:g}"
    return f"{name} must be {allowed}, got {value!r}."


def _is_whole(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _is_real(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _is(value: Any, word: str) -> bool:
    return isinstance(value, str) and value == word


def _one_of(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    return "" if value in allowed else f"{name} must be one of {listed(allowed)}, got {value!r}."


def _n_jobs_problem(name: str, value: Any) -> str:
    if value is None or (_is_whole(value) and value != 0):
        return ""
    return f"{name} must be None (all cores) or a whole number other than 0, got {value!r}."


def _verbose_problem(name: str, value: Any) -> str:
    return integer_problem(name, int(value) if isinstance(value, bool) else value, least=0)


def _features_problem(name: str, value: Any) -> str:
    if isinstance(value, str):
        return (
            f"{name} must be a list of column names, got the text {value!r}. Write "
            f"{name}=[{value!r}, ...]."
        )
    right = isinstance(value, (Iterable, type(None))) and not isinstance(value, (set, frozenset))
    return "" if right else f"{name} must be a list of column names, got {value!r}."


def _context_problem(name: str, value: Any) -> str:
    right = isinstance(value, (Collection, type(None))) and not isinstance(value, (str, Mapping))
    return "" if right else f"{name} must be a list of column names, got {value!r}."


def _exclude_pairs_problem(name: str, groups: Any) -> str:
    example = "such as [['code', 'description']]"
    if groups is None:
        return ""
    if isinstance(groups, (str, Mapping)) or not isinstance(groups, Collection):
        return f"{name} must be a list of lists of columns, {example}, got {groups!r}."
    for group in groups:
        if isinstance(group, str) or not isinstance(group, Collection):
            return f"{name} must hold lists of columns, {example}, got {group!r} in it."
        if len(set(map(str, group))) < 2:
            return f"each list in {name} must name at least two columns, got {group!r}."
    return ""


def _holdout_problem(name: str, value: Any) -> str:
    if value is None or (_is_real(value) and 0.0 < value < 1.0):
        return ""
    return (
        f"{name} must be a number above 0 and below 1, the share of rows to leave out, got "
        f"{value!r}. Usual is 0.1."
    )


#: Checks of values; where only a few words are allowed, the glossary lists these.
_CHECKS: dict[str, Callable[[str, Any], str]] = {
    "vector_size": partial(integer_problem, least=1),
    "features": _features_problem,
    "context": _context_problem,
    "exclude_pairs": _exclude_pairs_problem,
    "negative": partial(number_problem, above=0.0),
    "ns_exponent": partial(number_problem, within=5.0),
    "regularization": partial(number_problem, above=0.0),
    "epochs": partial(integer_problem, least=1, instead="auto"),
    "learning_rate": partial(number_problem, above=0.0, instead="auto"),
    "min_count": partial(integer_problem, least=1),
    "n_bins": partial(integer_problem, least=2),
    "tol": partial(number_problem, above=0.0),
    "max_sweeps": partial(integer_problem, least=1),
    "n_jobs": _n_jobs_problem,
    "random_state": partial(integer_problem, least=0),
    "verbose": _verbose_problem,
    "n": partial(integer_problem, least=1),
    "n_cells": partial(integer_problem, least=1),
    "holdout": _holdout_problem,
}


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
    check = partial(_one_of, allowed=choices) if choices else _CHECKS.get(name)
    option = None if option is None else option.strip()
    about = " ".join(about.split())
    return Parameter(name, kind, ast.literal_eval(default), about, choices, check, option)


_ENTRY = r"^(\w+) : (.*), default (\S+?)(?:, option(.*))?\n((?: {4}.*\n)+)"
#: All parameters, by name.
PARAMETERS = {entry[1]: _parameter(entry) for entry in re.finditer(_ENTRY, _GLOSSARY, re.M)}


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
    if values.get("solver") == "gensim" and _is_real(noise) and noise > 0 and noise % 1 != 0:
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


def check_parameters(**values: Any) -> None:
    """Raise one ParameterError that lists everything wrong with values of parameters."""
    if problems := problems_with(**values):
        raise ParameterError(problems)


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
