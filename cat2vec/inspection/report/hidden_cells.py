"""Hide each cell of a row in turn and rank the categories that it could hold.

Takes encoded rows that were not trained on, and evidence: a function that gives one number per row
and token, how much the other cells of the row speak for that token. Gives mean reciprocal rank and
hits@1 per feature. Categories are ranked by

    log prior + T_g * evidence.

A cell of several values is hidden as a whole, and each of its values is ranked among all
categories, as if it were the only one. Where the values of a cell learn from each other, they are
hidden one by one, and each is ranked among the categories that the cell does not show. Cells of a
row depend on each other, so their sum counts evidence more than once; the temperature T_g of a
feature corrects that. It is fitted on one half of the rows, by likelihood, and used on the other
half.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cat2vec.inspection.cells.model import CellModel, coded, columns_from, slices
from cat2vec.inspection.report.row_evidence import Evidence, EvidenceOfRows, shown_values
from cat2vec.kernels.threads import Workers
from cat2vec.tables.encode import EncodedTable
from cat2vec.training.problem import Problem
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Rows that are scored at most, evenly spaced, and rows of a half that temperatures are fitted on.
MOST_ROWS = 10_000
_FIT_ROWS = 1_000
_MOST_TEMPERATURE = 4.0
#: Evidence that would add less likelihood than this, in nats per cell, is rounding of float32.
_LEAST_SLOPE = 1e-6
#: Numbers in a block of evidence, and in all evidence that temperatures are fitted on.
_BLOCK_CELLS, _FIT_CELLS = 1 << 21, 1 << 24


@dataclass(frozen=True, eq=False)
class HiddenCells:
    """How well hidden cells are predicted, per feature.

    Parameters
    ----------
    mrr, hits : ndarray of shape (n_features,), float64
        Mean reciprocal rank, and share of cells whose category is ranked first; NaN for features
        with fewer than two categories or without a cell. Ties count as in random order.
    temperature : ndarray of shape (n_features,), float64
        Mean of the two halves.
    n_cells : ndarray of shape (n_features,), int64
        Scored cells; a cell with several values counts once for each.
    n_rows : int
        Rows that were scored.
    """

    mrr: np.ndarray
    hits: np.ndarray
    temperature: np.ndarray
    n_cells: np.ndarray
    n_rows: int


def evidence_of_vectors(
    center: np.ndarray,
    context: np.ndarray,
    vocabulary: Vocabulary,
    allowed: np.ndarray,
    feature_of_column: np.ndarray | None = None,
) -> Evidence:
    """Give the evidence of two matrices: ``sum over other cells a of (w_a.c_b + c_a.w_b) / 2``.

    Parameters
    ----------
    center, context : ndarray of shape (n_tokens, d), float32
    vocabulary : Vocabulary
    allowed : ndarray of shape (n_features, n_features), bool
        Which features say something about each other; from ``Problem``.
    feature_of_column : ndarray of shape (n_columns,) or None
        The feature of each column of the encoded rows; None is one column per feature.
    """
    one = np.hstack([center, context]).astype(np.float32)
    other = 0.5 * np.hstack([context, center]).astype(np.float32)
    offsets = vocabulary.offsets
    silent_columns = ~allowed if feature_of_column is None else ~allowed[:, feature_of_column]

    def evidence(ids: np.ndarray) -> np.ndarray:
        cells = np.where((ids >= 0)[:, :, None], one[np.maximum(ids, 0)], np.float32(0.0))
        total = cells.sum(axis=1)
        found = np.empty((len(ids), vocabulary.n_tokens), np.float32)
        for feature, silent in enumerate(silent_columns):
            tokens = slice(int(offsets[feature]), int(offsets[feature + 1]))
            heard = total - cells[:, silent].sum(axis=1)
            np.matmul(heard, other[tokens].T, out=found[:, tokens])
        return found

    return evidence


def evidence_of(vectors: Vectors, feature_of_column: np.ndarray | None = None) -> Evidence:
    """Give the evidence of fitted vectors, without pairs of features that training left out."""
    problem = Problem.of_vectors(vectors)
    return evidence_of_vectors(
        vectors.center, vectors.context, problem.vocabulary, problem.allowed, feature_of_column
    )


def hidden_cells(
    table: EncodedTable, evidence: Evidence | None, crew: Workers, most_rows: int = MOST_ROWS
) -> HiddenCells:
    """Rank the categories of every cell of some rows by the other cells of its row.

    Parameters
    ----------
    table : EncodedTable
        Rows that were not trained on, with the vocabulary of training, which gives the prior. Rows
        count by their weights. Cells that are missing or hold an unseen category are not scored.
    evidence : callable or None
        See ``Evidence``; None ranks by the prior alone, most frequent category first.
    crew : Workers
    most_rows : int
        Of more rows, so many are taken, evenly spaced.

    Returns
    -------
    HiddenCells

    Examples
    --------
    >>> from cat2vec import encode_table, train_vectors
    >>> from cat2vec.kernels.threads import workers
    >>> table = encode_table({"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9})
    >>> with workers(1) as crew:
    ...     evidence = evidence_of(train_vectors(table, vector_size=1))
    ...     by_vectors = hidden_cells(table, evidence, crew)
    ...     by_frequency = hidden_cells(table, None, crew)
    >>> by_vectors.hits.tolist(), by_frequency.hits.tolist()
    ([1.0, 1.0], [0.5, 0.5])
    """
    table = table.counted_rows()
    vocabulary = table.vocabulary
    table = _some_rows(table, most_rows)
    ids = table.token_ids()
    weights = np.ones(len(ids)) if table.weights is None else table.weights
    counts = vocabulary.positive_counts
    totals = vocabulary.sum_by_feature(counts)[vocabulary.feature_of_token]
    prior = np.log(counts / totals).astype(np.float32)
    halves = [np.arange(half, len(ids), 2) for half in (0, 1)]
    fitted = np.zeros((2, vocabulary.n_features))
    if evidence is not None:
        for half, mine in enumerate(halves):
            fitted[half] = _temperatures(
                ids[mine], weights[mine], table.feature_of_column, vocabulary, prior, evidence, crew
            )
    most = max(1, min(256, _BLOCK_CELLS // max(vocabulary.n_tokens, 1)))
    blocks = [
        (half, mine[start : start + most])
        for half, mine in enumerate(halves)
        for start in range(0, len(mine), most)
    ]

    def score(block: tuple[int, np.ndarray]) -> np.ndarray:
        half, mine = block
        temperature = fitted[1 - half]
        found = EvidenceOfRows(ids[mine], evidence if temperature.any() else None, vocabulary)
        return _score_rows(
            ids[mine], weights[mine], table.feature_of_column, vocabulary, prior, temperature, found
        )

    reciprocal, first, total, n_cells = sum(crew.map(score, blocks), np.zeros((4, len(fitted[0]))))
    total = np.where((total > 0) & (np.diff(vocabulary.offsets) > 1), total, np.nan)
    return HiddenCells(
        reciprocal / total, first / total, fitted.mean(axis=0), n_cells.astype(np.int64), len(ids)
    )


def hidden_cells_by_model(
    table: EncodedTable, model: CellModel, crew: Workers, most_rows: int = MOST_ROWS
) -> HiddenCells:
    """Rank the categories of every cell by their probabilities, given the other cells of its row.

    Parameters
    ----------
    table, crew, most_rows
        As in ``hidden_cells``.
    model : CellModel
        Its temperatures are those of training rows; here their mean is given for each feature.

    Returns
    -------
    HiddenCells
    """
    table = table.counted_rows()
    vocabulary = table.vocabulary
    table = _some_rows(table, most_rows)
    ids = coded(table)
    weights = np.ones(len(ids)) if table.weights is None else table.weights
    first, feature_of_column = columns_from(table), table.feature_of_column
    nothing = np.zeros(vocabulary.n_tokens, np.float32)
    as_it_is = np.ones(vocabulary.n_features)

    def score(block: slice) -> np.ndarray:
        mine = ids[block]
        counted_in = np.zeros(len(mine), bool)
        scores = [
            model.evidence.scores(mine, counted_in, first, position, model.temperature)
            for position in range(vocabulary.n_features)
        ]
        whole = np.hstack(scores).astype(np.float32)
        found = EvidenceOfRows(mine, lambda _: whole, vocabulary, whole)
        return _score_rows(
            mine, weights[block], feature_of_column, vocabulary, nothing, as_it_is, found
        )

    most = max(1, min(256, _BLOCK_CELLS // max(vocabulary.n_tokens, 1)))
    none = np.zeros((4, vocabulary.n_features))
    reciprocal, first_ranked, total, n_cells = sum(crew.map(score, slices(len(ids), most)), none)
    total = np.where((total > 0) & (np.diff(vocabulary.offsets) > 1), total, np.nan)
    n_heard = np.maximum((model.evidence.heard >= 0).sum(axis=1), 1)
    return HiddenCells(
        reciprocal / total,
        first_ranked / total,
        model.temperature.sum(axis=1) / n_heard,
        n_cells.astype(np.int64),
        len(ids),
    )


def _some_rows(table: EncodedTable, most_rows: int) -> EncodedTable:
    """Take rows, evenly spaced, of a table that has more."""
    if table.n_rows <= most_rows:
        return table.in_memory()
    rows = np.linspace(0, table.n_rows - 1, most_rows).astype(np.int64)
    codes = np.asfortranarray(table.codes[rows])
    weights = None if table.weights is None else table.weights[rows]
    return replace(table, codes=codes, weights=weights, on_disk=None)


def _score_rows(
    ids: np.ndarray,
    weights: np.ndarray,
    feature_of_column: np.ndarray,
    vocabulary: Vocabulary,
    prior: np.ndarray,
    temperature: np.ndarray,
    found: EvidenceOfRows,
) -> np.ndarray:
    """Sum up reciprocal ranks, hits, weights and cells of some rows: (4, n_features)."""
    sums = np.zeros((4, vocabulary.n_features))
    for column, feature in enumerate(feature_of_column.tolist()):
        start, stop = vocabulary.offsets[feature : feature + 2].tolist()
        rows = np.flatnonzero(ids[:, column] >= 0)
        scores = np.broadcast_to(prior[start:stop], (len(rows), stop - start))
        if found.evidence is not None and temperature[feature]:
            about = found.about(feature, column, rows)
            scores = scores + np.float32(temperature[feature]) * about
        if vocabulary.schema.within[feature]:
            shown = shown_values(ids[rows], column, feature_of_column, slice(start, stop))
            scores = np.where(shown, np.float32(-np.inf), scores)
        true = scores[np.arange(len(rows)), ids[rows, column] - start][:, None]
        above = (scores > true).sum(axis=1)
        ties = (scores == true).sum(axis=1)
        harmonic = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, stop - start + 1))])
        reciprocal = (harmonic[above + ties] - harmonic[above]) / ties
        weight = weights[rows]
        first = np.where(above == 0, 1.0 / ties, 0.0)
        sums[:, feature] += [weight @ reciprocal, weight @ first, weight.sum(), len(rows)]
    return sums


def _temperatures(
    ids: np.ndarray,
    weights: np.ndarray,
    feature_of_column: np.ndarray,
    vocabulary: Vocabulary,
    prior: np.ndarray,
    evidence: Evidence,
    crew: Workers,
) -> np.ndarray:
    """Fit the temperature of every feature: (n_features,)."""
    if not len(ids):
        return np.zeros(vocabulary.n_features)
    most = min(max(_FIT_CELLS // max(vocabulary.n_tokens, 1), 32), _FIT_ROWS, len(ids))
    rows = np.linspace(0, len(ids) - 1, most).astype(np.int64)
    ids, weights = ids[rows], weights[rows]
    blocks = [slice(start, start + 128) for start in range(0, most, 128)]
    whole = np.concatenate(crew.map(lambda block: evidence(ids[block]), blocks))
    found = EvidenceOfRows(ids, evidence, vocabulary, whole)

    def fit(feature: int) -> float:
        tokens = slice(int(vocabulary.offsets[feature]), int(vocabulary.offsets[feature + 1]))
        mine = ids[:, feature_of_column == feature]
        rows, slots = np.nonzero(mine >= 0)
        true = mine[rows, slots] - tokens.start
        if not vocabulary.schema.within[feature]:
            return temperature_of(whole[rows, tokens], true, weights[rows], prior[tokens])
        about = np.empty((len(rows), tokens.stop - tokens.start), np.float32)
        shown = np.zeros(about.shape, bool)
        for slot, column in enumerate(np.flatnonzero(feature_of_column == feature).tolist()):
            cells = np.flatnonzero(slots == slot)
            about[cells] = found.about(feature, column, rows[cells])
            shown[cells] = shown_values(ids[rows[cells]], column, feature_of_column, tokens)
        return temperature_of(about, true, weights[rows], prior[tokens], shown)

    return np.array(crew.map(fit, range(vocabulary.n_features)))


def temperature_of(
    evidence: np.ndarray,
    true: np.ndarray,
    weights: np.ndarray,
    prior: np.ndarray,
    shown: np.ndarray | None = None,
) -> float:
    """Find T, at least 0, of the greatest likelihood ``softmax(prior + T evidence)[true]``.

    Parameters
    ----------
    evidence : ndarray of shape (n, m), float32
    true : ndarray of shape (n,), int64
    weights : ndarray of shape (n,), float64
    prior : ndarray of shape (m,), float32
    shown : ndarray of shape (n, m), bool, or None
        What the answer cannot be; never the true one.

    Examples
    --------
    >>> import numpy as np
    >>> evidence = np.array([[1, -1], [1, -1], [1, -1], [-1, 1]], np.float32)
    >>> true, weights, prior = np.array([0, 0, 1, 1]), np.ones(4), np.zeros(2, np.float32)
    >>> f"{temperature_of(evidence, true, weights, prior):.3f}"  # three of four right: log(3) / 2
    '0.549'
    """
    from scipy.optimize import brentq  # slow to import

    if not len(evidence) or evidence.shape[1] < 2:
        return 0.0
    if shown is not None:
        prior = np.where(shown, np.float32(-np.inf), prior)
    seen = evidence[np.arange(len(evidence)), true].astype(np.float64)

    def slope(temperature: float) -> float:
        odds = prior + np.float32(temperature) * evidence
        odds = np.exp(odds - odds.max(axis=1, keepdims=True))
        expected = (odds * evidence).sum(axis=1, dtype=np.float64) / odds.sum(
            axis=1, dtype=np.float64
        )
        return float(weights @ (seen - expected))

    if slope(0.0) <= _LEAST_SLOPE * weights.sum():
        return 0.0
    if slope(_MOST_TEMPERATURE) >= 0.0:
        return _MOST_TEMPERATURE
    return float(brentq(slope, 0.0, _MOST_TEMPERATURE, xtol=1e-4))
