"""How much what one feature says of another counts: temperatures, fitted on rows.

The cells of a row repeat each other, so the sum of what they say is too sure. The probability of
category b of feature g is

    softmax over b of  log share_b + r offset_b + sum over f of t_fg evidence_f(b)

and the temperatures ``t_fg`` are those that make a sample of training rows likeliest, each row
judged without its own counts, and drawn to one temperature that all features of g have in common.
The offsets, drawn to 0, bring mean probabilities near the shares of categories in all rows; ``r``
is the share of the features that are heard of which the row has a cell, so that a row without any
gets the shares themselves. Features of many categories get none: too few rows tell theirs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cat2vec.inspection.cells.pair_evidence import PairEvidence, share_heard
from cat2vec.inspection.cells.vector_evidence import VectorEvidence
from cat2vec.kernels.threads import Workers
from cat2vec.tables.encoded import BLOCK_ROWS, EncodedTable

#: Rows of the sample, and numbers that are laid out for a feature: fewer rows where there are more.
SAMPLE_ROWS = 2_000
_FIT_ROWS, _FIT_NUMBERS, _LEAST_ROWS = 1_500, 2_000_000, 64
#: Ranges of numbers that rows are sorted into, where they are on disk: a power of 2.
_RANGE_BITS = 20
#: Pull of each temperature towards the common one, in nats at a distance of 1.
_PULL = 10.0
#: Pull of each offset towards 0, in nats at a distance of 1.
_PULL_OF_OFFSETS = 4.0
#: Categories up to which a feature gets offsets.
_MOST_OFFSETS = 256
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
    if table.on_disk is not None and table.weights is None:
        return _sample_on_disk(table, n_rows)
    order = np.argsort(_mixed(table.codes))  # rows of one number have the same cells
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


def _sample_on_disk(table: EncodedTable, n_rows: int) -> EncodedTable:
    """Take the rows that ``sample_of`` takes of a table in memory, in two readings.

    Rows of one mixed number are taken for equal. The first reading counts them in ranges of these
    numbers; the second one looks only at those ranges that a row of the sample is in.
    """
    n_rows = min(n_rows, table.n_rows)
    places = (np.arange(n_rows) * table.n_rows + table.n_rows // 2) // max(n_rows, 1)
    counts = np.zeros(1 << _RANGE_BITS, np.int64)
    for block in table.blocks():
        counts += np.bincount(_range_of(_mixed(block.codes)), minlength=len(counts))
    ends = np.cumsum(counts)
    ranges = np.searchsorted(ends, places, side="right")
    is_wanted = np.zeros(len(counts), bool)
    is_wanted[ranges] = True
    held: list[_Distinct] = []
    n_waiting = 0
    for block in table.blocks():
        mixed = _mixed(block.codes)
        rows = np.flatnonzero(is_wanted[_range_of(mixed)])
        held.append((mixed[rows], np.ones(len(rows), np.int64), block.codes[rows]))
        n_waiting += len(rows)
        if n_waiting > max(len(held[0][0]), BLOCK_ROWS):
            held, n_waiting = [_united(held)], 0
    _, repeats, codes = _united(held)
    before = np.cumsum(counts * ~is_wanted)[ranges]  # rows in the ranges that were left out
    taken = np.searchsorted(np.cumsum(repeats), places - before, side="right")
    codes = np.asfortranarray(codes[taken])
    return EncodedTable(codes, table.vocabulary, None, table.feature_of_column)


#: Mixed numbers, ascending or not, how many rows each stands for, and the codes of the first one.
_Distinct = tuple[np.ndarray, np.ndarray, np.ndarray]


def _united(parts: list[_Distinct]) -> _Distinct:
    """Put equal mixed numbers together, in ascending order."""
    mixed, repeats, codes = (np.concatenate(each) for each in zip(*parts, strict=True))
    distinct, first, place = np.unique(mixed, return_index=True, return_inverse=True)
    sums = np.bincount(place, weights=repeats, minlength=len(distinct)).astype(np.int64)
    return distinct, sums, codes[first]


def _range_of(mixed: np.ndarray) -> np.ndarray:
    return (mixed >> np.uint64(64 - _RANGE_BITS)).astype(np.int64)


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


def temperatures_of(
    evidence: Evidence, sample: EncodedTable, crew: Workers
) -> tuple[np.ndarray, np.ndarray]:
    """Fit the temperatures of all features, and the offsets of their categories.

    Parameters
    ----------
    evidence : PairEvidence or VectorEvidence
    sample : EncodedTable
        Rows that were trained on; see ``sample_of``.
    crew : Workers

    Returns
    -------
    temperature : ndarray of shape (n_features, K), float64
        For each feature, of those in ``evidence.heard``.
    offset : ndarray of shape (n_tokens,), float64
        What is added to the log shares where all features are heard.
    """
    ids = sample.token_ids()
    first = np.append(sample.first_columns, ids.shape[1])
    heard = evidence.heard

    def fit(position: int) -> tuple[np.ndarray, np.ndarray]:
        found = np.zeros(heard.shape[1])
        of_heard, offset = _fitted(evidence, ids, first, position)
        found[: len(of_heard)] = of_heard
        return found, offset

    parts = crew.map(fit, range(len(heard)))
    temperature = np.array([part for part, _ in parts]).reshape(heard.shape)
    return temperature, np.concatenate([np.zeros(0), *(offset for _, offset in parts)])


def _fitted(
    evidence: Evidence, ids: np.ndarray, first: np.ndarray, position: int
) -> tuple[np.ndarray, np.ndarray]:
    """Fit the temperatures of the features that are heard about one, and its offsets."""
    start, stop = evidence.vocabulary.offsets[position : position + 2].tolist()
    from scipy.optimize import minimize, minimize_scalar  # slow to import

    n_heard, size = int((evidence.heard[position] >= 0).sum()), stop - start
    rows = np.flatnonzero(ids[:, first[position]] >= 0)
    if not n_heard or size < 2 or not len(rows):
        return np.zeros(n_heard), np.zeros(size)
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
    share = np.exp(evidence.log_share[start:stop])
    present = share_heard(ids, first, evidence.heard[position, :n_heard])
    n_offsets = size if size <= _MOST_OFFSETS else 0
    loss = _loss(told, shares, seen, true, present, share / share.sum())
    none_of_all = np.zeros(size)
    common = minimize_scalar(
        lambda t: loss(np.full(n_heard, t), none_of_all)[0], bounds=(0.0, _MOST_COMMON),
        method="bounded", options={"xatol": 1e-2},
    ).x  # fmt: skip

    def pulled(values: np.ndarray) -> tuple[float, np.ndarray]:
        temperature, offset = values[:n_heard], none_of_all.copy()
        offset[:n_offsets] = values[n_heard:]
        value, slope, slope_of_offset = loss(temperature, offset)
        away = temperature - common
        value += _PULL * float(away @ away) + _PULL_OF_OFFSETS * float(offset @ offset)
        return value, np.concatenate(
            [
                slope + 2 * _PULL * away,
                (slope_of_offset + 2 * _PULL_OF_OFFSETS * offset)[:n_offsets],
            ]
        )

    found = minimize(
        pulled, np.concatenate([np.full(n_heard, common), np.zeros(n_offsets)]), jac=True,
        method="L-BFGS-B", bounds=[(0.0, _MOST)] * n_heard + [(None, None)] * n_offsets,
        options={"maxiter": 50, "ftol": 1e-6},
    ).x  # fmt: skip
    offset = none_of_all.copy()
    offset[:n_offsets] = found[n_heard:]
    return found[:n_heard], offset


def _loss(
    told: np.ndarray,
    shares: np.ndarray,
    seen: np.ndarray,
    true: np.ndarray,
    present: np.ndarray,
    usual: np.ndarray,
) -> Callable[[np.ndarray, np.ndarray], tuple[float, np.ndarray, np.ndarray]]:
    """Give the function from temperatures and offsets to a loss of cells, and its gradients.

    ``told`` is (K, rows, m), ``shares`` (rows, m); cell i is category ``true[i]`` in row
    ``seen[i]``; offsets count as much as ``present`` (rows,). They go by the shares ``usual`` (m,)
    of all rows, not by those of the cells: at its least the loss has mean probabilities that are
    these.
    """
    flat = told.reshape(len(told), -1)
    of_true = told[:, seen, true].sum(axis=1)
    per_row = np.bincount(seen, minlength=len(shares)).astype(np.float64)
    expected = present[seen].sum() * usual

    def loss(temperature: np.ndarray, offset: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        scores = shares + (temperature @ flat).reshape(shares.shape)
        likely = scores[seen, true].sum() + expected @ offset
        scores += np.outer(present, offset)
        top = scores.max(axis=1, keepdims=True)
        scores -= top
        odds = np.exp(scores, out=scores)
        mass = odds.sum(axis=1)
        likely -= per_row @ (np.log(mass) + top[:, 0])
        odds *= (per_row / mass)[:, None]
        return -float(likely), flat @ odds.ravel() - of_true, present @ odds - expected

    return loss
