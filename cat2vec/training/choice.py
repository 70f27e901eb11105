"""What training would cost: the reason why ``solver="auto"`` picks one solver and not the other.

Takes an ``EncodedTable`` or ``PairCounts`` and settings. Gives a solver with the seconds and bytes
that speak for it. Counts nothing and trains nothing.

Seconds are those of one core of an ordinary server, because the choice, and with it the vectors,
must not depend on the machine. Constants were measured with ``benchmarks/estimates.py``, whose page
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
#: Nanoseconds of a half sweep per pair of tokens of two features: gradient and loss, and what they
#: cost per number. The tokens of a feature of many cost nothing against each other.
_ENTRY, _ENTRY_NUMBER = 6.0, 0.12
#: Per distinct pair, twice in a half sweep; when counted; and in the start, per number.
_PAIR, _PAIR_COUNTED, _PAIR_STARTED = 15.0, 40.0, 12.0
#: Per token in a half sweep, and per number of it; per token, group of other features and entry of
#: the Hessian; and per token and multiplication of its solution.
_TOKEN, _TOKEN_NUMBER, _HESSIAN, _SOLVE = 3000.0, 50.0, 0.03, 0.13
#: Per token and square of a number: the start, and the canonical form.
_STARTED, _CANONICAL = 9.0, 3.0
#: Eigenpairs of up to so many rows are computed by cubes of them: of the tokens, for the start, and
#: of the numbers of all features that the canonical form goes by.
_MOST_DENSE, _DENSE_STARTED, _DENSE_CANONICAL = 600, 0.5, 1.2
#: How many times as long ``counts`` takes where it learns the strength of its prior.
_LEARNED = 2.4
#: Per row and pair of features, to count it.
_INCREMENT = 1.5
#: Of the rows solver: per product of two vectors in a block and per number of it, per cell and
#: number of it, and per step.
_PRODUCT, _PRODUCT_NUMBER, _CELL, _CELL_NUMBER, _STEP = 1.5, 0.16, 400.0, 4.0, 1.2e5
#: Epochs that the rows solver commonly takes, where it may take as many.
_EPOCHS = 9
#: Per pair of tokens of two features, once: the exact loss of what ``rows`` found.
_LOSS, _LOSS_NUMBER = 4.0, 0.06
#: Any training at all.
_ANY = 2e7
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

    With counting and all else that ``train_vectors`` does; the table is encoded by then.

    Examples
    --------
    >>> from cat2vec.tables.encode import encode_table
    >>> table = encode_table({"a": ["x", "y"] * 50, "b": ["u", "v"] * 50})
    >>> cost = estimated_cost(table, Settings())
    >>> cost.counts_seconds < cost.rows_seconds
    True
    """
    vocabulary = table.vocabulary
    sizes = np.diff(vocabulary.offsets).astype(np.float64)
    inside = vocabulary.schema.within
    pairs = most_pairs(vocabulary, table.n_rows, table.n_slots)
    counted = pairs_in_rows(table) * _INCREMENT + pairs * _PAIR_COUNTED
    size = settings.vector_size
    span = min(np.minimum(sizes, 2 * size).sum(), _MOST_DENSE)
    finished = sizes.sum() * size**2 * _CANONICAL + span**3 * _DENSE_CANONICAL + _ANY
    visits = table.n_rows * width_of(table) / max(sizes.sum(), 1)
    trained = _counts_nanoseconds(sizes, inside, pairs, size, visits)
    trained *= _LEARNED if settings.regularization == "auto" else 1.0
    counts = counted + trained + finished
    rows = _rows_nanoseconds(table, settings) + finished
    if sizes.sum() <= EXACT_LOSS_TOKENS:
        rows += counted + _across(sizes, inside) * (_LOSS + _LOSS_NUMBER * size)
    return Cost(float(counts) * 1e-9, float(rows) * 1e-9, pairs, pairs * _PAIR_BYTES)


def _across(sizes: np.ndarray, inside: np.ndarray) -> float:
    """Count the ordered pairs of tokens that may meet: of two features, or inside one."""
    return float(sizes.sum() ** 2 - np.square(sizes[~inside]).sum())


def _counts_nanoseconds(
    sizes: np.ndarray, inside: np.ndarray, pairs: int, size: int, visits: float
) -> float:
    """Estimate the solver ``counts`` from the tokens of each feature and the distinct pairs.

    ``inside`` says of which features the values of one cell meet; ``visits`` is in how many rows a
    token stands on average.
    """
    groups = np.minimum(sizes, MOST_GROUPS)
    hessian = size * (size + 1) / 2 * _HESSIAN
    per_token = _TOKEN + _TOKEN_NUMBER * size + size**3 * _SOLVE
    half_sweep = _across(sizes, inside) * (_ENTRY + _ENTRY_NUMBER * size) + 2 * pairs * _PAIR
    half_sweep += (sizes * (per_token + (groups.sum() - groups * ~inside) * hessian)).sum()
    start = sizes.sum() * size**2 * _STARTED + pairs * size * _PAIR_STARTED
    start += min(sizes.sum(), _MOST_DENSE) ** 3 * _DENSE_STARTED
    n_half_sweeps = _HALF_SWEEPS + _HALF_SWEEPS_SHORT / size / (1 + visits / _OFTEN)
    return float(n_half_sweeps * half_sweep + start)


def _rows_nanoseconds(table: EncodedTable, settings: Settings) -> float:
    """Estimate the solver ``rows`` from the cells that meet in its blocks."""
    width, size = width_of(table), settings.vector_size
    in_block = rows_of_block(width) * width
    cell = in_block * (_PRODUCT + _PRODUCT_NUMBER * size) + _CELL + _CELL_NUMBER * size
    epochs = epochs_at_most(table, settings)
    epochs = min(epochs, _EPOCHS) if settings.epochs == "auto" else epochs
    steps = table.n_rows / rows_of_batch(table.n_rows, width)
    return float(epochs * (table.n_rows * width * cell + steps * _STEP))


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
