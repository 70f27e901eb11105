"""How much what one feature says of another counts: temperatures, fitted on rows.

The cells of a row repeat each other, so the sum of what they say is too sure. The probability of
category b of feature g is

    softmax over b of  log share_b + sum over f of t_fg evidence_f(b)

and the temperatures ``t_fg`` are those that make a sample of training rows likeliest, each row
judged without its own counts, and drawn to one temperature that all features of g have in common.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cat2vec.inspection.cells.pair_evidence import PairEvidence
from cat2vec.inspection.cells.vector_evidence import VectorEvidence
from cat2vec.kernels.threads import Workers
from cat2vec.tables.encoded import EncodedTable

#: Rows of the sample, and numbers that are laid out for a feature: fewer rows where there are more.
SAMPLE_ROWS = 2_000
_FIT_ROWS, _FIT_NUMBERS, _LEAST_ROWS = 1_500, 2_000_000, 64
#: Pull of each temperature towards the common one, in nats at a distance of 1.
_PULL = 10.0
_MOST_COMMON, _MOST = 2.0, 4.0

Evidence = PairEvidence | VectorEvidence


def sample_of(table: EncodedTable, n_rows: int = SAMPLE_ROWS) -> EncodedTable:
    """Take rows to fit temperatures on, whatever the order of the table.

    Rows are put in an order that only their cells decide and taken evenly, each in proportion to
    its weight; the rows of the result weigh the same.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> sample_of(encode_table({"a": ["x", "y"] * 50, "b": ["u", "v"] * 50}), 10).decode("a")
    ['x', 'x', 'x', 'x', 'x', 'y', 'y', 'y', 'y', 'y']
    """
    table = table.counted_rows()
    order = np.argsort(_mixed(table.codes), kind="stable")
    if table.weights is None:
        n_rows = min(n_rows, len(order))
        taken = order[(np.arange(n_rows) * len(order) + len(order) // 2) // max(n_rows, 1)]
    else:
        n_rows = min(n_rows, max(int(np.ceil(table.weights.sum())), 1)) if len(order) else 0
        ends = np.cumsum(table.weights[order])
        places = (np.arange(n_rows) + 0.5) / max(n_rows, 1) * (ends[-1] if len(ends) else 0.0)
        taken = order[np.minimum(np.searchsorted(ends, places), len(order) - 1)]
    codes = np.asfortranarray(table.codes[taken])
    return EncodedTable(codes, table.vocabulary, None, table.feature_of_column)


def _mixed(codes: np.ndarray) -> np.ndarray:
    """Give each row a number that its codes decide and that has nothing to do with their order."""
    mixed = np.zeros(len(codes), np.uint64)
    for column in codes.T:
        mixed ^= column.astype(np.int64).view(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(29)
    return mixed


def default_temperatures(heard: np.ndarray) -> np.ndarray:
    """Give temperatures where no rows are known: evidence counts as if half of it were repeated."""
    n_heard = np.maximum((heard >= 0).sum(axis=1, keepdims=True), 1)
    return np.where(heard >= 0, 1.0 / np.sqrt(n_heard), 0.0)


def temperatures_of(evidence: Evidence, sample: EncodedTable, crew: Workers) -> np.ndarray:
    """Fit the temperatures of all features.

    Parameters
    ----------
    evidence : PairEvidence or VectorEvidence
    sample : EncodedTable
        Rows that were trained on; see ``sample_of``.
    crew : Workers

    Returns
    -------
    ndarray of shape (n_features, K), float64
        For each feature, of those in ``evidence.heard``.
    """
    ids = sample.token_ids()
    first = np.append(sample.first_columns, ids.shape[1])

    def fit(position: int) -> np.ndarray:
        found = np.zeros(evidence.heard.shape[1])
        found[: (evidence.heard[position] >= 0).sum()] = _fitted(evidence, ids, first, position)
        return found

    return np.array(crew.map(fit, range(len(evidence.heard))))


def _fitted(evidence: Evidence, ids: np.ndarray, first: np.ndarray, position: int) -> np.ndarray:
    """Fit the temperatures of the features that are heard about one."""
    start, stop = evidence.vocabulary.offsets[position : position + 2].tolist()
    from scipy.optimize import minimize, minimize_scalar  # slow to import

    n_heard, size = int((evidence.heard[position] >= 0).sum()), stop - start
    rows = np.flatnonzero(ids[:, first[position]] >= 0)
    if not n_heard or size < 2 or not len(rows):
        return np.zeros(n_heard)
    most = max(min(_FIT_ROWS, _FIT_NUMBERS // (n_heard * size)), _LEAST_ROWS)
    if len(rows) > most:
        rows = rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]
    ids = ids[rows]
    own = np.ones(len(ids), bool)
    told = evidence.laid_out(ids, own, first, position)
    none = np.zeros_like(evidence.heard, float)
    shares = evidence.scores(ids, own, first, position, none)
    slots = ids[:, first[position] : first[position + 1]]
    seen, values = np.nonzero(slots >= 0)
    true = slots[seen, values] - start
    loss = _loss(told, shares, seen, true)
    common = minimize_scalar(
        lambda t: loss(np.full(n_heard, t))[0], bounds=(0.0, _MOST_COMMON), method="bounded",
        options={"xatol": 1e-3},
    ).x  # fmt: skip

    def pulled(temperature: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = loss(temperature)
        away = temperature - common
        return value + _PULL * float(away @ away), slope + 2 * _PULL * away

    return np.asarray(
        minimize(
            pulled, np.full(n_heard, common), jac=True, method="L-BFGS-B",
            bounds=[(0.0, _MOST)] * n_heard, options={"maxiter": 50, "ftol": 1e-8},
        ).x
    )  # fmt: skip


def _loss(
    told: np.ndarray, shares: np.ndarray, seen: np.ndarray, true: np.ndarray
) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
    """Give the function from temperatures to the loss of some cells, and its gradient.

    ``told`` is (K, rows, m), ``shares`` (rows, m); cell i is category ``true[i]`` in row
    ``seen[i]``.
    """
    flat = told.reshape(len(told), -1)
    of_true = told[:, seen, true].sum(axis=1)
    per_row = np.bincount(seen, minlength=len(shares)).astype(np.float64)

    def loss(temperature: np.ndarray) -> tuple[float, np.ndarray]:
        scores = shares + (temperature @ flat).reshape(shares.shape)
        scores -= scores.max(axis=1, keepdims=True)
        odds = np.exp(scores)
        mass = odds.sum(axis=1)
        likely = scores[seen, true].sum() - per_row @ np.log(mass)
        expected = flat @ (odds * (per_row / mass)[:, None]).ravel()
        return -float(likely), expected - of_true

    return loss
