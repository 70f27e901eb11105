"""What a user can set about training.

Takes parameter values as they were given. Gives a frozen ``Settings`` or one ``ParameterError``
that lists every wrong value. Knows nothing of tables or vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from cat2vec.parameters import check_parameters, documented, feature_names

#: Strength of the prior unless told otherwise, where its evidence is learned from, and where it
#: cannot be learned.
USUAL_STRENGTH = 10.0
#: The solvers that use a parameter, where others do without it. A seed is for all: whoever sets one
#: wants the same numbers again, which "counts" gives in any case.
USED_BY: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("epochs", "learning_rate"), ("rows", "gensim")),
    **dict.fromkeys(("tol", "max_sweeps"), ("counts",)),
    "regularization": ("counts", "rows"),
}


@documented
@dataclass(frozen=True)
class Settings:
    """Parameters of the objective and its solvers; ``checked()`` before use.

    Parameters
    ----------
    {vector_size, solver, negative, ns_exponent, regularization, epochs, learning_rate, min_count,
    tol, max_sweeps, random_state, exclude_pairs}
    """

    vector_size: int = 32
    solver: str = "auto"
    negative: float = 5
    ns_exponent: float = 0.75
    regularization: float | str = USUAL_STRENGTH
    epochs: int | str = "auto"
    learning_rate: float | str = "auto"
    min_count: int = 1
    tol: float = 5e-3
    max_sweeps: int = 100
    random_state: int = 0
    exclude_pairs: Sequence[Sequence[str]] | None = None

    def checked(self) -> Settings:
        """Give these settings back, with names as text, or raise one ParameterError.

        It names every wrong value.

        Examples
        --------
        >>> Settings(vector_size=8).checked().vector_size
        8
        """
        check_parameters(**{name: getattr(self, name) for name in SETTINGS})
        if self.exclude_pairs is None:
            return self
        return replace(self, exclude_pairs=[feature_names(group) for group in self.exclude_pairs])

    @property
    def learns_strength(self) -> bool:
        """Whether the prior is to find its own strength."""
        return self.regularization == "auto" and self.solver == "counts"

    @property
    def strength(self) -> float:
        """Strength of the prior, of a solver that does not learn it."""
        return USUAL_STRENGTH if self.regularization == "auto" else float(self.regularization)

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
        return {
            name: value.item() if hasattr(value, "item") else value
            for name, value in asdict(self.checked()).items()
        }


#: Names of the settings, in order.
SETTINGS = tuple(Settings.__dataclass_fields__)
