"""What training would cost: the reason why ``solver="auto"`` picks one solver and not the other.

Takes an ``EncodedTable`` or ``PairCounts`` and settings. Gives a solver with the seconds and bytes
that speak for it. Counts nothing and trains nothing.

Seconds are those of one core of an ordinary server, because the choice, and with it the vectors,
must not depend on the machine. Constants were measured with ``benchmarks/estimates.py``, whose page
shows the estimates beside what was measured.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import listed, named
from cat2vec.tables.encode import EncodedTable
from cat2vec.training.settings import Settings
from cat2vec.training.solvers.groups import MOST_GROUPS
from cat2vec.training.solvers.row_batches import rows_of_batch, rows_of_block, width_of
from cat2vec.training.solvers.rows import epochs_at_most
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Beyond as many tokens, or bytes, "auto" takes ``rows`` whatever the seconds.
MOST_TOKENS = 100_000
MOST_BYTES = 4 << 30

#: Where counts takes no longer than this, or so many times as long as rows, it is taken: it comes
#: closer to the optimum, and sees no order of rows and no seed.
QUICK_SECONDS, WORTH = 10.0, 2.0
#: Half sweeps that the counts solver commonly takes; and more where vectors are short, by size, and
#: tokens stand in less than so many rows.
_HALF_SWEEPS, _HALF_SWEEPS_SHORT, _OFTEN = 15, 128, 100
#: How many times as long ``counts`` takes where it learns the strength of its prior.
_LEARNED = 2.4
#: Epochs that the rows solver commonly takes, where it may take as many.
_EPOCHS = 6
#: Eigenpairs of up to so many rows are computed by cubes of them: of the tokens, for the start, and
#: of the numbers of all features that the canonical form goes by.
_MOST_DENSE = 600
#: Nanoseconds of each unit of work. ``python -m benchmarks.estimates --fit`` says which would be
#: nearest to what was measured.
NANOSECONDS = {
    # to count: per row and pair of features, and per distinct pair
    "increment": 1.5,
    "pair counted": 61.0,
    # a half sweep of counts: per pair of tokens of two features, which is gradient and loss, and
    # per number of it (the tokens of a feature of many cost nothing against each other); per
    # distinct pair, twice; per token and number of it; per token, group of other features and entry
    # of the Hessian; per token and multiplication of its solution
    "entry": 0.61,
    "entry number": 0.025,
    "pair": 5.5,
    "token": 1800.0,
    "token number": 44.0,
    "hessian": 0.02,
    "solve": 0.086,
    # its start: per distinct pair and number, per token and square of a number, per cube of rows
    "pair started": 4.5,
    "started": 10.0,
    "dense started": 0.15,
    # an epoch of rows: per product of two vectors in a block and per number of it, per cell and
    # number of it, and per step; once, per pair of tokens of two features, its exact loss
    "product": 0.97,
    "product number": 0.069,
    "cell": 210.0,
    "cell number": 2.5,
    "step": 2.8e4,
    "loss": 4.4,
    "loss number": 0.073,
    # the canonical form: per token and square of a number, per cube; and any training at all
    "canonical": 7.1,
    "dense canonical": 0.59,
    "any": 3.8e7,
}
#: Up to this many tokens the exact loss of the solver ``rows`` is computed from pair counts; beyond
#: it is estimated from rows, with each block as its own noise.
EXACT_LOSS_TOKENS = 20_000
#: Bytes per distinct pair while it is counted and trained.
_PAIR_BYTES = 60


@dataclass(frozen=True)
class Choice:
    """A solver, and what ``verbose=1`` says about why it was taken."""

    solver: str
    reason: str


@dataclass(frozen=True)
class Work:
    """Units of work of a training, by the names of ``NANOSECONDS``: once, and in each pass.

    A pass is a half sweep of counts or an epoch of rows; ``passes`` are as many as are expected.
    """

    once: dict[str, float]
    each: dict[str, float]
    passes: float

    def units(self, passes: float | None = None) -> dict[str, float]:
        """Add up the units of all passes, those expected or those that it took."""
        n = self.passes if passes is None else passes
        return self.once | {name: n * units for name, units in self.each.items()}

    @property
    def seconds(self) -> float:
        """What is expected of one core."""
        return float(1e-9 * sum(n * NANOSECONDS[name] for name, n in self.units().items()))


@dataclass(frozen=True)
class Cost:
    """Estimates for one table and one set of settings.

    ``counts_seconds`` and ``rows_seconds`` are those of one core; ``counts_bytes`` and
    ``distinct_pairs`` are upper bounds.
    """

    counts_seconds: float
    rows_seconds: float
    distinct_pairs: int
    counts_bytes: int


def most_pairs(vocabulary: Vocabulary, n_rows: float, n_slots: np.ndarray | None = None) -> int:
    """Give an upper bound of the distinct pairs of a table.

    ``n_slots`` are the values that a cell of each feature may hold; None is one. Pairs inside a
    cell are among them where they are counted.

    Examples
    --------
    >>> from cat2vec.tables.encode import encode_table
    >>> vocabulary = encode_table({"a": ["x", "y", "z"], "b": ["u", "v", "u"]}).vocabulary
    >>> most_pairs(vocabulary, 3), most_pairs(vocabulary, 100)
    (3, 6)
    """
    sizes = np.diff(vocabulary.offsets).astype(np.float64)
    slots = np.ones(len(sizes)) if n_slots is None else n_slots
    cells = np.minimum(np.outer(sizes, sizes), n_rows * np.outer(slots, slots))
    inside = np.minimum(sizes * (sizes - 1), n_rows * slots * (slots - 1))
    inside = inside[vocabulary.schema.within].sum()
    return int((cells.sum() - np.trace(cells) + inside) / 2)


def pairs_in_rows(table: EncodedTable) -> int:
    """Give the pairs that the rows of a table hold, if no cell is missing or less than full.

    Cells of several values that learn from each other are taken as they are.

    Examples
    --------
    >>> from cat2vec.tables.encode import encode_table
    >>> pairs_in_rows(encode_table({"a": ["x", "y"], "b": ["u", "v"], "c": ["s", "t"]}))
    6
    """
    n_columns, slots = len(table.feature_of_column), table.n_slots
    total = table.n_rows * int(n_columns**2 - np.square(slots).sum()) // 2
    for feature in np.flatnonzero(table.vocabulary.schema.within).tolist():
        for block in table.blocks():
            held = (block.codes[:, table.feature_of_column == feature] >= 0).sum(axis=1)
            total += int((held * (held - 1) // 2).sum())
    return total


def estimated_cost(table: EncodedTable, settings: Settings) -> Cost:
    """Estimate what both solvers would cost on a table, as if no cell of it were missing.

    With counting and all else that ``train_vectors`` does; the table is encoded by then.

    Examples
    --------
    >>> from cat2vec.tables.encode import encode_table
    >>> table = encode_table({"a": ["x", "y"] * 50, "b": ["u", "v"] * 50})
    >>> cost = estimated_cost(table, Settings())
    >>> cost.counts_seconds < cost.rows_seconds
    True
    """
    pairs = most_pairs(table.vocabulary, table.n_rows, table.n_slots)
    counts, rows = (work_of(solver, table, settings).seconds for solver in ("counts", "rows"))
    return Cost(counts, rows, pairs, pairs * _PAIR_BYTES)


def work_of(solver: str, table: EncodedTable, settings: Settings) -> Work:
    """Say what a solver, "counts" or "rows", has to do on a table of which no cell is missing.

    Examples
    --------
    >>> from cat2vec.tables.encode import encode_table
    >>> table = encode_table({"a": ["x", "y"] * 50, "b": ["u", "v"] * 50})
    >>> work_of("counts", table, Settings()).each["entry"]  # half of 4 * 4 is inside features
    8.0
    """
    vocabulary, size = table.vocabulary, settings.vector_size
    sizes = np.diff(vocabulary.offsets).astype(np.float64)
    span = min(np.minimum(sizes, 2 * size).sum(), _MOST_DENSE)
    once = {"canonical": sizes.sum() * size**2, "dense canonical": span**3, "any": 1.0}
    counted = {
        "increment": float(pairs_in_rows(table)),
        "pair counted": float(most_pairs(vocabulary, table.n_rows, table.n_slots)),
    }
    if solver == "counts":
        work = _work_of_counts(table, sizes, size, counted["pair counted"], once | counted)
        learns = settings.regularization == "auto"
        return replace(work, passes=work.passes * _LEARNED) if learns else work
    if sizes.sum() <= EXACT_LOSS_TOKENS:
        across = _across(sizes, vocabulary.schema.within)
        once |= {**counted, "loss": across, "loss number": across * size}
    return _work_of_rows(table, settings, once)


def _across(sizes: np.ndarray, inside: np.ndarray) -> float:
    """Count the ordered pairs of tokens that may meet: of two features, or inside one."""
    return float(sizes.sum() ** 2 - np.square(sizes[~inside]).sum())


def _work_of_counts(
    table: EncodedTable, sizes: np.ndarray, size: int, pairs: float, once: dict[str, float]
) -> Work:
    """Count the units of the solver ``counts`` from the tokens of each feature, ``sizes``."""
    inside, n_tokens = table.vocabulary.schema.within, sizes.sum()
    groups = np.minimum(sizes, MOST_GROUPS)
    across = _across(sizes, inside)
    each = {
        "entry": across,
        "entry number": across * size,
        "pair": 2.0 * pairs,
        "token": n_tokens,
        "token number": n_tokens * size,
        "hessian": (sizes * (groups.sum() - groups * ~inside)).sum() * size * (size + 1) / 2,
        "solve": n_tokens * size**3,
    }
    started = {
        "pair started": pairs * size,
        "started": n_tokens * size**2,
        "dense started": min(n_tokens, _MOST_DENSE) ** 3,
    }
    visits = table.n_rows * width_of(table) / max(n_tokens, 1)  # in which a token stands
    passes = _HALF_SWEEPS + _HALF_SWEEPS_SHORT / size / (1 + visits / _OFTEN)
    return Work(once | started, each, passes)


def _work_of_rows(table: EncodedTable, settings: Settings, once: dict[str, float]) -> Work:
    """Count the units of the solver ``rows`` from the cells that meet in its blocks."""
    width, size = width_of(table), settings.vector_size
    cells = float(table.n_rows * width)
    products = cells * rows_of_block(width) * width
    each = {
        "product": products,
        "product number": products * size,
        "cell": cells,
        "cell number": cells * size,
        "step": table.n_rows / rows_of_batch(table.n_rows, width),
    }
    epochs = epochs_at_most(table, settings)
    return Work(once, each, min(epochs, _EPOCHS) if settings.epochs == "auto" else epochs)


def beyond_gensim(table: EncodedTable, settings: Settings) -> str:
    """Say what a table or its settings ask for that gensim cannot do; nothing if it can.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> table = encode_table({"a": ["x", "y"], "b": ["u", "v"], "c": ["1", "2"]})
    >>> beyond_gensim(table, Settings(exclude_pairs=[["a", "b"]]))
    'leave out exclude_pairs'
    """
    schema = table.vocabulary.schema
    if schema.shared:
        return f"train shared vectors ({listed([name for name, _ in schema.shared])})"
    several = np.array(schema.features)[(table.n_slots > 1) & ~schema.within].tolist()
    if several:
        return f"leave out pairs of values inside one cell ({listed(several)})"
    return f"leave out {named('exclude_pairs')}" if settings.exclude_pairs else ""


def choose_solver(data: EncodedTable | PairCounts, settings: Settings) -> Choice:
    """Resolve "auto": the cheaper solver, within bounds of tokens and memory.

    ``counts`` is taken wherever it needs no more than ``QUICK_SECONDS``, or ``WORTH`` times what
    ``rows`` needs.

    Examples
    --------
    >>> from cat2vec.tables.encode import encode_table
    >>> choose_solver(encode_table({"a": ["x", "y"], "b": ["u", "v"]}), Settings()).solver
    'counts'
    """
    if settings.solver != "auto":
        return Choice(settings.solver, f"solver {settings.solver}, as asked for")
    if isinstance(data, PairCounts):
        return Choice("counts", "solver counts: pair counts have no rows to go through")
    cost = estimated_cost(data, settings)
    n_tokens = data.vocabulary.n_tokens
    if n_tokens > MOST_TOKENS:
        return Choice("rows", f"solver rows: {n_tokens:,} tokens are more than {MOST_TOKENS:,}")
    if cost.counts_bytes > MOST_BYTES:
        return Choice(
            "rows",
            f"solver rows: counts might need {cost.counts_bytes / 2**30:.0f} GB for "
            f"{cost.distinct_pairs:,} distinct pairs",
        )
    quick = cost.counts_seconds <= max(WORTH * cost.rows_seconds, QUICK_SECONDS)
    chosen = "counts" if quick else "rows"
    return Choice(
        chosen,
        f"solver {chosen}: on one core counts would take about {_spoken(cost.counts_seconds)}, "
        f"rows about {_spoken(cost.rows_seconds)}",
    )


def _spoken(seconds: float) -> str:
    if seconds < 1.0:
        return f"{seconds:.1f} s"
    if seconds < 120.0:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 7200.0 else f"{seconds / 3600:,.0f} h"
