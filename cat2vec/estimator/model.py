"""The parameters of ``Cat2Vec`` and what a fit leaves, without scikit-learn.

Importing scikit-learn takes as long as all else that a command imports. So the command line works
with a ``Model`` and the functions of ``steps`` and ``cells``; ``Cat2Vec`` is the same with methods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from inspect import signature
from typing import Any

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.inspection.cells import CellsKept
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import Vocabulary


class Model:
    """Parameters, and the attributes that a fit sets; both as in ``Cat2Vec``.

    Examples
    --------
    >>> Model(8).get_params()["vector_size"]
    8
    """

    vectors_: Vectors
    vocabulary_: Vocabulary
    counts_: PairCounts
    cells_: CellsKept
    loss_: float
    gain_: float
    solver_: str
    regularization_: float
    file_options_: dict[str, Any]
    _columns_in: list[str]

    def __init__(
        self,
        vector_size: int | Mapping[str | None, int] = 32,
        *,
        features: Sequence[str] | None = None,
        shared: Mapping[str, Sequence[str]] | None = None,
        context: Sequence[str] | None = None,
        exclude_pairs: Sequence[Sequence[str]] | None = None,
        solver: str = "auto",
        negative: float = 5,
        ns_exponent: float = 0.75,
        regularization: float | str = 10.0,
        epochs: int | str = "auto",
        learning_rate: float | str = "auto",
        min_count: int = 1,
        numeric: str = "bin",
        n_bins: int = 16,
        columns: Mapping[str, Any] | None = None,
        missing: str = "ignore",
        missing_values: Any = None,
        handle_unknown: str = "zero",
        row_vector: str = "concat",
        keep_counts: bool | str = "auto",
        tol: float = 5e-3,
        max_sweeps: int = 100,
        n_jobs: int | None = None,
        random_state: int = 0,
        verbose: int = 0,
    ) -> None:
        self.vector_size = vector_size
        self.features = features
        self.shared = shared
        self.context = context
        self.exclude_pairs = exclude_pairs
        self.solver = solver
        self.negative = negative
        self.ns_exponent = ns_exponent
        self.regularization = regularization
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.min_count = min_count
        self.numeric = numeric
        self.n_bins = n_bins
        self.columns = columns
        self.missing = missing
        self.missing_values = missing_values
        self.handle_unknown = handle_unknown
        self.row_vector = row_vector
        self.keep_counts = keep_counts
        self.tol = tol
        self.max_sweeps = max_sweeps
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    __init__.__qualname__ = "Cat2Vec.__init__"  # Python's own errors name it

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give all parameters by name; none has parameters of its own, so ``deep`` is no matter."""
        kind: Any = type(self)
        return {name: getattr(self, name) for name in _parameters_of(kind)}


@cache
def _parameters_of(kind: type) -> tuple[str, ...]:
    """Name the parameters of a class; reading a signature takes a while."""
    return tuple(signature(kind).parameters)
