"""Solver ``rows``: skip-gram with negative sampling, row by row, for counts that do not compress.

Takes a ``Problem`` and rows. Gives center and context matrices. Decides how long training goes on
and how steps become shorter; ``row_batches.py`` does the steps.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from cat2vec.errors import TrainingDivergedError, named
from cat2vec.kernels.draws import draw_rows
from cat2vec.kernels.threads import Workers
from cat2vec.tables.encode import EncodedTable
from cat2vec.training.problem import Problem, TrainingData
from cat2vec.training.progress import SILENT, Progress
from cat2vec.training.settings import Settings
from cat2vec.training.solvers.prior import Solution
from cat2vec.training.solvers.row_batches import Batches, rows_of_batch, width_of
from cat2vec.training.solvers.row_pools import RowPools

#: Where epochs="auto": visits that tokens should have on average, steps that training should have,
#: and the number of epochs at least and at most.
_VISITS, _STEPS, _FEWEST_EPOCHS, _MOST_EPOCHS = 2000, 1000, 5, 60
#: Tables of fewer rows hold none out: all epochs of the budget are trained.
_LEAST_ROWS_TO_HOLD_OUT = 2000
#: Share of the rows that are held out, and rows at most.
_HELD_OUT, _MOST_HELD_OUT = 0.05, 8192
#: Training stops when an epoch adds less than this share of the held-out gain.
_ENOUGH = 0.01
#: Steps of the last epochs get shorter down to this share.
_LAST_RATE = 0.02
#: Rows of the final estimate of the loss.
_MOST_MEASURED = 65_536


def solve_rows(
    problem: Problem,
    data: TrainingData,
    crew: Workers,
    progress: Progress = SILENT,
    start: tuple[np.ndarray, np.ndarray] | None = None,
) -> Solution:
    """Minimise the objective by stochastic gradient steps on batches of rows.

    With ``epochs="auto"`` some rows are held out. Epochs go on at the full rate until one adds less
    than a hundredth of the held-out gain, or the budget of ``epochs_at_most`` is two thirds used;
    half as many more, over all rows, bring the rate down. Otherwise it falls from the start.

    Parameters
    ----------
    problem : Problem
        Of its settings vector_size, negative, ns_exponent, regularization, epochs, learning_rate
        and random_state are used.
    data : TrainingData
        With rows. With weights, an epoch still has one visit per row of weight above 0; see
        ``visits``.
    crew : Workers
    progress : Progress
        Gets pairs done, loss and held-out gain after each batch, and why training stops.
    start : None
        This solver begins anew.

    Returns
    -------
    Solution
        ``losses`` has, for each epoch, the mean loss of its pairs before their step; the last one
        is an estimate of the loss of what is returned.

    Raises
    ------
    TrainingDivergedError
        If vectors are no longer numbers.
    """
    assert data.rows is not None
    assert start is None
    table, settings = data.rows.counted_rows(), problem.settings
    training = _Training(problem, table, crew, progress)
    budget = epochs_at_most(table, settings)
    held_out = training.hold_out() if settings.epochs == "auto" else None
    if held_out is None:
        for epoch in range(budget):
            training.epoch(budget - epoch, _falling(epoch / budget), _falling((epoch + 1) / budget))
    else:
        done = training.until_nothing_is_added(held_out, max(1, 2 * budget // 3))
        more = math.ceil(done / 2)
        progress.say(
            f"rows: {done} epochs at the full rate, held-out gain "
            f"{training.held_out_gain:.4f} nats/pair on {len(held_out):,} rows; {more} more over "
            f"all rows with shorter steps"
        )
        training.pools.left_out = training.pools.left_out[:0]
        for epoch in range(more):
            training.epoch(more - epoch, _falling(epoch / more), _falling((epoch + 1) / more))
    batches, by_token = training.batches, table.vocabulary.by_token
    losses = (*training.losses[:-1], training.loss_of_some(_MOST_MEASURED))
    return Solution(by_token(batches.center), by_token(batches.context), losses)


def epochs_at_most(table: EncodedTable, settings: Settings) -> int:
    """Give the number of epochs, or what ``epochs="auto"`` does not exceed.

    A budget of updates: tokens should be visited often enough on average, and tables of few rows
    should have enough steps.
    """
    if settings.epochs != "auto":
        return int(settings.epochs)
    width = width_of(table)
    visits = table.n_rows * width / max(table.vocabulary.n_tokens, 1)
    steps = table.n_rows / rows_of_batch(table.n_rows, width)
    wanted = max(_VISITS / max(visits, 1.0), _STEPS / max(steps, 1.0))
    return int(min(max(math.ceil(wanted), _FEWEST_EPOCHS), _MOST_EPOCHS))


def _falling(done: float) -> float:
    return 1.0 - (1.0 - _LAST_RATE) * done


class _Training:
    """One run: which rows come when, and what is known of loss so far."""

    def __init__(
        self,
        problem: Problem,
        table: EncodedTable,
        crew: Workers,
        progress: Progress,
    ) -> None:
        self.table, self.settings, self.progress = table, problem.settings, progress
        self.batches = Batches(problem, table, crew)
        self.pools = RowPools(table, self.settings.random_state)
        self.losses: list[float] = []
        self.held_out_gain = math.nan
        self._rng = np.random.default_rng(self.settings.random_state)
        # every row is visited alike, whatever its weight: weights decide how often
        unweighted = replace(table, weights=None)
        self._pairs_of_row = pairs_per_token(unweighted, problem.allowed).sum()
        self._pairs_of_row /= max(table.n_rows, 1)
        self._done = 0.0

    def hold_out(self) -> np.ndarray | None:
        """Put some rows aside, in random order; None if there are too few."""
        n_rows = self.table.n_rows
        if n_rows < _LEAST_ROWS_TO_HOLD_OUT:
            return None
        n_held_out = min(int(n_rows * _HELD_OUT), _MOST_HELD_OUT)
        held_out = self._rng.choice(n_rows, n_held_out, replace=False)
        self.pools.left_out = np.sort(held_out)
        return held_out

    def until_nothing_is_added(self, held_out: np.ndarray, budget: int) -> int:
        """Train at the full rate; gives the number of epochs that it took."""
        rows_out = self.pools.at(held_out)
        independence = self.batches.loss(*rows_out, at_zero=True)
        before = -math.inf
        for epoch in range(budget):
            self.epoch(budget - epoch, 1.0, 1.0)
            self.held_out_gain = independence - self.batches.loss(*rows_out)
            if self.held_out_gain - before < _ENOUGH * abs(self.held_out_gain):
                return epoch + 1
            before = self.held_out_gain
        return budget

    def loss_of_some(self, n_rows: int) -> float:
        """Estimate the loss on rows drawn at random: in a block, rows are noise for each other.

        Neighbours in a sorted file are alike, and so would be poor noise.
        """
        rows = self.pools.drawn(n_rows, self._keys(), len(self.losses))
        return self.batches.loss(*self.pools.at(rows))

    def _keys(self) -> np.ndarray:
        """Draw what decides an order of rows."""
        return self._rng.integers(2**63, size=4, dtype=np.uint64)

    def epoch(self, epochs_left: int, first: float, last: float) -> None:
        """Visit the rows in a new order; the rate falls from ``first`` to ``last`` of the first."""
        batches, rate = self.batches, self.settings.first_learning_rate
        keys, means = self._keys(), batches.means()
        n_visits, n_before = self.pools.n_visits, 0
        total = self._done + epochs_left * n_visits * self._pairs_of_row
        loss = pairs = 0.0
        for codes, rows in self.pools.of_epoch(len(self.losses)):
            for start in range(0, len(rows), batches.n_rows):
                batch = np.empty(min(batches.n_rows, len(rows) - start), np.int64)
                draw_rows(start, rows, keys, batch)
                share = first + (last - first) * (n_before + start) / n_visits
                seed = int(self._rng.integers(2**63))
                of_batch = batches.step(codes, batch, means, rate * share, seed)
                loss, pairs = loss + of_batch[0], pairs + of_batch[1]
                self._done += len(batch) * self._pairs_of_row
                self.progress.advance(
                    self._done,
                    loss / max(pairs, 1.0),
                    total=total,
                    held_out_gain=self.held_out_gain,
                )
            n_before += len(rows)
        self._check(loss)
        self.losses.append(loss / max(pairs, 1.0))

    def _check(self, loss: float) -> None:
        matrices = (self.batches.center, self.batches.context)
        if math.isfinite(loss) and all(np.isfinite(matrix).all() for matrix in matrices):
            return
        rate = self.settings.first_learning_rate
        raise TrainingDivergedError(
            f"vectors became NaN or infinite in epoch {len(self.losses) + 1} of the rows solver "
            f"({named('learning_rate')} {rate:g})",
            f"Try a {named('learning_rate')} of at most {self.settings.lower_learning_rate:g}.",
        )


def pairs_per_token(table: EncodedTable, allowed: np.ndarray) -> np.ndarray:
    """Count the pairs in which each token is the context, or the center: (n_tokens,) float64.

    The values of one cell make pairs with those of other features, and with each other where their
    feature learns from itself. ``allowed`` (n_features, n_features) bool says which features are
    trained against each other.

    Examples
    --------
    >>> from cat2vec.tables.encode import encode_table
    >>> table = encode_table({"a": ["x", "x"], "b": ["u", None], "c": ["s", "t"]})
    >>> pairs_per_token(table, ~np.eye(3, dtype=bool)).tolist()  # of a=x, b=u, c=s and c=t
    [3.0, 2.0, 2.0, 1.0]
    """
    return np.sum([_pairs_per_token(block, allowed) for block in table.blocks()], axis=0)


def _pairs_per_token(table: EncodedTable, allowed: np.ndarray) -> np.ndarray:
    of_feature = np.split(np.arange(table.codes.shape[1]), table.first_columns[1:])
    present = np.zeros(table.n_rows, np.int32)
    for column in table.codes.T:
        present += column >= 0
    found = []
    for feature, size in enumerate(np.diff(table.vocabulary.offsets)):
        others = present.copy()
        for apart in np.flatnonzero(~allowed[feature]):
            for slot in of_feature[apart]:
                others -= table.codes[:, slot] >= 0
        pairs = np.zeros(size)
        for slot in of_feature[feature]:
            column = table.codes[:, slot]
            rows = np.flatnonzero(column >= 0)
            partners = others[rows] - allowed[feature, feature]  # no value is its own partner
            weights = partners * (1.0 if table.weights is None else table.weights[rows])
            pairs += np.bincount(column[rows], weights=weights, minlength=size)
        found.append(pairs)
    return np.concatenate(found)


def pairs_inside(table: EncodedTable, allowed: np.ndarray) -> np.ndarray:
    """Count those pairs of each token whose other one stands in the same cell: (n_tokens,).

    Examples
    --------
    >>> from cat2vec import MultiValued, encode_table
    >>> kinds = {"basket": MultiValued(within=True)}
    >>> table = encode_table({"basket": [["a", "b", "c"], ["a"], ["a", "b"]]}, columns=kinds)
    >>> pairs_inside(table, np.array([[True]])).tolist()
    [3.0, 3.0, 2.0]
    """
    return pairs_per_token(table, allowed & np.eye(len(allowed), dtype=bool))
