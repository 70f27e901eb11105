"""What training would cost: the reason why ``solver="auto"`` picks one solver and not the other.

Takes an ``EncodedTable`` or ``PairCounts`` and settings. Gives a solver with the seconds and bytes
that speak for it. Counts nothing and trains nothing.

Seconds are those of one core of an ordinary server, because the choice, and with it the vectors,
must not depend on the machine. Constants were measured with ``benchmarks/auto.py``, whose page
shows the estimates beside what was measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import listed, named
from cat2vec.tables.encode import EncodedTable
from cat2vec.training.settings import Settings
from cat2vec.training.solvers.groups import MOST_GROUPS
from cat2vec.training.solvers.row_batches import rows_of_block, width_of
from cat2vec.training.solvers.rows import epochs_at_most
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Beyond as many tokens, or bytes, "auto" takes ``rows`` whatever the seconds.
MOST_TOKENS = 100_000
MOST_BYTES = 4 << 30

#: Where counts takes no longer than this, or so many times as long as rows, it is taken: it comes
#: closer to the optimum, and sees no order of rows and no seed.
QUICK_SECONDS, WORTH = 10.0, 2.0
#: Half sweeps that the counts solver commonly takes.
_HALF_SWEEPS = 24
#: Nanoseconds of a half sweep per pair of tokens: gradient and loss, and what they cost per number.
_ENTRY, _ENTRY_NUMBER = 5.0, 0.1
#: Per distinct pair, twice in a half sweep; when counted; and in the start.
_PAIR, _PAIR_COUNTED, _PAIR_STARTED = 15.0, 40.0, 400.0
#: Per token, group and entry of the Hessian, and per token and multiplication of its solution.
_HESSIAN, _SOLVE = 0.03, 0.1
#: Per row and pair of features, to count it.
_INCREMENT = 1.5
#: Of the rows solver: per product of two vectors in a block and per number of it, and per cell and
#: number of it.
_PRODUCT, _PRODUCT_NUMBER, _CELL, _CELL_NUMBER = 1.5, 0.16, 150.0, 4.0
#: Epochs that the rows solver commonly takes, where it may take as many.
_EPOCHS = 9
#: Bytes per distinct pair while it is counted and trained.
_PAIR_BYTES = 60


@dataclass(frozen=True)
class Choice:
    """A solver, and what ``verbose=1`` says about why it was taken."""

    solver: str
    reason: str


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
        held = (table.codes[:, table.feature_of_column == feature] >= 0).sum(axis=1)
        total += int((held * (held - 1) // 2).sum())
    return total


def estimated_cost(table: EncodedTable, settings: Settings) -> Cost:
    """Estimate what both solvers would cost on a table, as if no cell of it were missing.

    Examples
    --------
    >>> from cat2vec.tables.encode import encode_table
    >>> table = encode_table({"a": ["x", "y"] * 50, "b": ["u", "v"] * 50})
    >>> cost = estimated_cost(table, Settings())
    >>> cost.counts_seconds < cost.rows_seconds
    True
    """
    vocabulary, size = table.vocabulary, settings.vector_size
    sizes = np.diff(vocabulary.offsets).astype(np.float64)
    n_tokens = float(sizes.sum())
    groups = np.minimum(sizes, MOST_GROUPS).sum()
    pairs = most_pairs(vocabulary, table.n_rows, table.n_slots)
    in_rows = 2.0 * pairs_in_rows(table)
    entries = n_tokens**2 - np.square(sizes[~vocabulary.schema.within]).sum()
    half_sweep = entries * (_ENTRY + _ENTRY_NUMBER * size) + 2 * pairs * _PAIR
    half_sweep += n_tokens * (groups * size * (size + 1) / 2 * _HESSIAN + size**3 * _SOLVE)
    counts = _HALF_SWEEPS * half_sweep + pairs * (_PAIR_COUNTED + _PAIR_STARTED)
    counts += in_rows / 2 * _INCREMENT
    width = width_of(table)
    in_block = rows_of_block(width) * width
    cell = in_block * (_PRODUCT + _PRODUCT_NUMBER * size) + _CELL + _CELL_NUMBER * size
    epochs = epochs_at_most(table, settings)
    epochs = min(epochs, _EPOCHS) if settings.epochs == "auto" else epochs
    rows = table.n_rows * width * epochs * cell
    return Cost(float(counts) * 1e-9, float(rows) * 1e-9, pairs, pairs * _PAIR_BYTES)


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
