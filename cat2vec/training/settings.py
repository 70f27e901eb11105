"""What a user can set about training, checked in one place.

Takes parameter values as they were given. Gives a frozen ``Settings`` or one ``ParameterError``
that lists every wrong value. Knows nothing of tables or vectors.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cat2vec.errors import ParameterError, integer_problem, listed

SOLVERS = ("auto", "counts", "rows", "gensim")


@dataclass(frozen=True)
class Settings:
    """Parameters of the objective and its solvers; ``checked()`` before use.

    Parameters
    ----------
    vector_size : int
        Numbers per category.
    solver : {"auto", "counts", "rows", "gensim"}
    negative : float
        Noise tokens per pair, k in the objective. ``gensim`` draws a whole number of tokens, the
        other solvers take any number above 0.
    ns_exponent : float
        Noise is drawn as count ** ns_exponent inside the context's feature; from -5 to 5.
    regularization : float
        Strength of the prior that pulls a token towards the mean of its feature, in pairs.
    epochs : int or "auto"
        Passes over the rows (``rows``, ``gensim``). "auto" is 20 for ``gensim``; ``rows`` stops
        when held-out rows say that no more is learned, see ``solve_rows``.
    learning_rate : float or "auto"
        ``rows``: longest step of a vector, 2 by default. ``gensim``: first step size, 0.025 by
        default. Both fall over the epochs.
    min_count : int
        Categories of fewer rows (by weight) share one token per feature, where there are two or
        more of them; 1 pools nothing. Bins of numbers are not pooled. Columns that share a
        vocabulary count together.
    tol : float
        ``counts`` stops when more sweeps would add less than this share of the gain, as far as the
        last sweeps tell.
    max_sweeps : int
        ``counts`` stops at this many sweeps and warns.
    random_state : int
        Seed of ``rows`` and ``gensim``; ``counts`` draws nothing.
    exclude_pairs : sequence of sequences of str, or None
        In each, columns that do not learn from each other, such as a code and its description:
        their pairs are no part of the loss. ``gensim`` cannot do so.
    """

    vector_size: int = 32
    solver: str = "auto"
    negative: float = 5
    ns_exponent: float = 0.75
    regularization: float = 10.0
    epochs: int | str = "auto"
    learning_rate: float | str = "auto"
    min_count: int = 1
    tol: float = 1e-2
    max_sweeps: int = 100
    random_state: int = 0
    exclude_pairs: Sequence[Sequence[str]] | None = None

    def checked(self) -> Settings:
        """Give these settings back, or raise ParameterError naming every wrong value.

        Examples
        --------
        >>> Settings(vector_size=8).checked().vector_size
        8
        """
        problems = [
            sentence
            for sentence in (
                integer_problem("vector_size", self.vector_size, 1),
                _one_of("solver", self.solver, SOLVERS),
                _number("negative", self.negative, above=0.0),
                _number("ns_exponent", self.ns_exponent, within=5.0),
                _number("regularization", self.regularization, above=0.0),
                _auto_or("epochs", self.epochs, integer_problem("epochs", self.epochs, 1)),
                _auto_or(
                    "learning_rate",
                    self.learning_rate,
                    _number("learning_rate", self.learning_rate, above=0.0),
                ),
                integer_problem("min_count", self.min_count, 1),
                _number("tol", self.tol, above=0.0),
                integer_problem("max_sweeps", self.max_sweeps, 1),
                integer_problem("random_state", self.random_state, 0),
                self._whole_negative(),
                exclude_pairs_problem(self.exclude_pairs),
            )
            if sentence
        ]
        if problems:
            raise ParameterError(problems)
        return self

    def _whole_negative(self) -> str:
        drawn = self.solver == "gensim" and isinstance(self.negative, numbers.Real)
        if drawn and self.negative > 0 and self.negative % 1 != 0:
            return (
                f"negative must be a whole number for solver={self.solver!r}, which draws noise "
                f"tokens, got {self.negative!r}. Other solvers take any number above 0."
            )
        return ""

    @property
    def n_epochs(self) -> int:
        """Passes of ``gensim`` over the rows, with "auto" resolved."""
        return 20 if self.epochs == "auto" else int(self.epochs)

    @property
    def first_learning_rate(self) -> float:
        """First step size, with "auto" resolved."""
        if self.learning_rate != "auto":
            return float(self.learning_rate)
        return self._usual_learning_rate

    @property
    def lower_learning_rate(self) -> float:
        """What to try after training diverged: a tenth, and no more than "auto" is."""
        return min(self.first_learning_rate / 10, self._usual_learning_rate)

    @property
    def _usual_learning_rate(self) -> float:
        return 0.025 if self.solver == "gensim" else 2.0

    def as_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON."""
        plain = {
            name: value.item() if hasattr(value, "item") else value
            for name, value in asdict(self).items()
        }
        if plain["exclude_pairs"] is not None:
            plain["exclude_pairs"] = [list(map(str, group)) for group in plain["exclude_pairs"]]
        return plain


def _number(name: str, value: Any, above: float = -math.inf, within: float = math.inf) -> str:
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if real and math.isfinite(value) and value > above and abs(value) <= within:
        return ""
    allowed = "a finite number"
    if math.isfinite(above):
        allowed = f"a finite number above {above:g}"
    elif math.isfinite(within):
        allowed = f"a number from {-within:g} to {within:g}"
    return f"{name} must be {allowed}, got {value!r}."


def _auto_or(name: str, value: Any, sentence: str) -> str:
    if isinstance(value, str) and value == "auto":
        return ""
    return sentence.replace(f"{name} must be ", f"{name} must be 'auto' or ", 1)


def _one_of(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    return "" if value in allowed else f"{name} must be one of {listed(allowed)}, got {value!r}."


def exclude_pairs_problem(groups: Any) -> str:
    """Write what is wrong with a value of ``exclude_pairs``, or nothing.

    Examples
    --------
    >>> exclude_pairs_problem([["code", "description"]]), exclude_pairs_problem(None)
    ('', '')
    """
    example = "such as [['code', 'description']]"
    if groups is None:
        return ""
    if isinstance(groups, (str, Mapping)) or not isinstance(groups, Collection):
        return f"exclude_pairs must be a list of lists of columns, {example}, got {groups!r}."
    for group in groups:
        if isinstance(group, str) or not isinstance(group, Collection):
            return f"exclude_pairs must hold lists of columns, {example}, got {group!r} in it."
        if len(set(map(str, group))) < 2:
            return f"each list in exclude_pairs must name at least two columns, got {group!r}."
    return ""
