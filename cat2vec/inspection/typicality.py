"""How typical categories and rows are, according to the trained vectors."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cat2vec.inspection.pair_model import PairModel
from cat2vec.kernels.threads import workers
from cat2vec.parameters import check_parameters, documented, feature_name
from cat2vec.tables.encode import EncodedTable
from cat2vec.vectors.vectors import Vectors, category_index

if TYPE_CHECKING:
    import pandas as pd

#: Numbers that a block of rows takes at a time; fixed, so blocks are the same on every machine.
_BLOCK_NUMBERS = 1 << 20


def commonality(vectors: Vectors, feature: str, n_jobs: int | None = None) -> pd.DataFrame:
    """Say how typical each category of a feature is, the most typical first.

    Parameters
    ----------
    vectors : Vectors
    feature : str
    n_jobs : int or None

    Returns
    -------
    DataFrame
        Columns feature, category, bits, distance and rows. ``bits``: how much knowing the category
        changes what is expected of another cell of the row, on average over the other features,
        each as often as it is present: the Kullback-Leibler divergence of the trained model. 0 is
        the average category; the more, the less typical. ``distance``: length of the vector, which
        is the distance from the average of the feature. Each feature has a scale of its own, so
        compare distances within one feature only. Training shrinks rare categories towards the
        average, so that a category is not atypical for being rare.

    Raises
    ------
    UnknownFeatureError

    Notes
    -----
    Weighted by rows, the mean of ``bits`` over a feature is that of ``influence``.
    Time grows with the number of its categories times the number of all categories.

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Rome", "Any", "Any"] * 9,
    ...          "food": ["cod", "pasta", "cod", "pasta"] * 9}
    >>> found = commonality(train_vectors(count_pairs(table), vector_size=1), "city")
    >>> found["category"].tolist()[0], found["rows"].tolist()
    ('Any', [18, 9, 9])
    """
    import pandas as pd

    vocabulary = vectors.vocabulary
    tokens = vocabulary.tokens_of(feature)
    part = np.arange(tokens.start, tokens.stop)
    model = PairModel.of(vectors)
    with workers(n_jobs) as crew:
        _, divergences = model.against_features(part, crew)
    weight = model.weights_for(vocabulary.schema.position(feature))
    bits = (divergences * weight).sum(axis=1) / np.log(2)
    distance = np.linalg.norm(vectors.matrix[part].astype(np.float64), axis=1)
    order = np.lexsort((part, bits))
    return pd.DataFrame(
        {
            "feature": [feature_name(feature)] * len(part),
            "category": category_index([vocabulary.token(int(t)).category for t in part[order]]),
            "bits": bits[order],
            "distance": distance[order],
            "rows": vocabulary.counts[part][order],
        }
    )


def score_rows(
    vectors: Vectors, encoded: EncodedTable, n_jobs: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Say how well the cells of each row go together.

    Parameters
    ----------
    vectors : Vectors
    encoded : EncodedTable
        Encoded with ``vectors.vocabulary``.
    n_jobs : int or None

    Returns
    -------
    rows : ndarray of shape (n_rows,), float64
        Mean over the pairs of cells of log2 p(a, b) / (p(a) p(b)), by the trained model: bits by
        which the cells are likelier together than by chance; below 0 they are less likely. NaN
        without two known cells of features that learned from each other.
    cells : ndarray of shape (n_rows, n_features), float64
        The same for each cell: the mean over its pairs with the other cells of its row. Where it
        holds several values, the pairs of all of them are averaged.
    """
    sums, pairs = _sums_of_rows(vectors, encoded, n_jobs)
    if encoded.is_multivalued:
        first = encoded.first_columns
        sums, pairs = (np.add.reduceat(part, first, axis=1) for part in (sums, pairs))
    return _mean_of_row(sums, pairs), _mean_of_cells(sums, pairs)


def _mean_of_row(sums: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.asarray(sums.sum(axis=1) / pairs.sum(axis=1))


def _mean_of_cells(sums: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    return np.asarray(sums / np.where(pairs > 0, pairs, np.nan))


def _sums_of_rows(
    vectors: Vectors, encoded: EncodedTable, n_jobs: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Sum the bits of each value with all others of its row, and count these: two (R, columns)."""
    model = PairModel.of(vectors)
    vocabulary = encoded.vocabulary
    used = np.zeros(vocabulary.n_tokens, bool)
    ids = encoded.token_ids()
    used[ids[ids >= 0]] = True
    tokens = np.flatnonzero(used)
    place = np.append(np.cumsum(used) - 1, -1)  # of each token among those used; -1 stays last
    feature_of = encoded.feature_of_column
    n_columns = len(feature_of)
    allowed = model.allowed[np.ix_(feature_of, feature_of)]
    with workers(n_jobs) as crew:
        log_sums, _ = model.against_features(tokens, crew)
        # a last row of zeros stands for missing cells
        left, right = (
            np.vstack([side[tokens], np.zeros(side.shape[1])]) for side in (model.left, model.right)
        )
        log_sums = np.vstack([log_sums, np.zeros(vocabulary.n_features)])[:, feature_of]
        width = n_columns * max(n_columns, left.shape[1])
        step = max(1, _BLOCK_NUMBERS // width)
        blocks = [place[ids[start : start + step]] for start in range(0, len(ids), step)]
        found = crew.map(partial(_score_block, left, right, log_sums, allowed), blocks)
    none = np.empty((0, n_columns))
    sums = np.concatenate([none, *(part for part, _ in found)])
    return sums, np.concatenate([none, *(part for _, part in found)])


def _score_block(
    left: np.ndarray,
    right: np.ndarray,
    log_sums: np.ndarray,
    allowed: np.ndarray,
    places: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Sum the bits of each cell with all others, and count these: two arrays (rows, columns).

    ``s_ab - (log Z_ag + log Z_bf) / 2`` is summed over b by sums of vectors: with F cells that is
    F products instead of F². Cells that did not learn from each other are taken out again.
    """
    present = places >= 0
    mine, others = left[places], right[places]
    total = others.sum(axis=1, keepdims=True) - others
    logs = log_sums[places]  # (rows, f, g); 0 for what did not learn from each other
    columns = np.arange(places.shape[1])
    logs[:, columns, columns] = 0.0  # a value is no partner of itself
    pairs = present.sum(axis=1, keepdims=True) - present.astype(np.float64)
    for f, g in np.argwhere(~allowed):
        if f != g:
            total[:, f] -= others[:, g]
            pairs[:, f] -= present[:, g]
    sums = (mine * total).sum(axis=2)
    sums -= (logs * present[:, None, :]).sum(axis=2) / 2
    sums -= (np.swapaxes(logs, 1, 2) * present[:, None, :]).sum(axis=2) / 2
    return np.where(present, sums, 0.0) / np.log(2), np.where(present, pairs, 0.0)


@documented
def outlier_rows(
    vectors: Vectors,
    encoded: EncodedTable,
    n: int = 10,
    n_cells: int = 3,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Find the rows whose cells go together least, and the cells that make them odd.

    Parameters
    ----------
    vectors : Vectors
    encoded : EncodedTable
        Encoded with ``vectors.vocabulary``; cells that are missing or unseen are left out.
    {n, n_cells}
        Each of several values counts as one.
    {n_jobs}

    Returns
    -------
    DataFrame
        Columns row (counted from 0), row_bits (mean over its pairs of cells, see ``score_rows``),
        feature, category, bits (mean over the pairs of this cell) and rows (training rows that hold
        the category); oddest row first. An odd pair makes both its cells odd, so look at more than
        one cell.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> from cat2vec import encode_table, train_vectors
    >>> encoded = encode_table({"city": ["Oslo", "Rome"] * 9 + ["Oslo"],
    ...                         "land": ["NO", "IT"] * 9 + ["IT"],
    ...                         "food": ["cod", "pasta"] * 9 + ["cod"]})
    >>> found = outlier_rows(train_vectors(encoded, vector_size=1), encoded, n=1, n_cells=1)
    >>> found[["row", "feature", "category"]].values.tolist()
    [[18, 'land', 'IT']]
    """
    import pandas as pd

    check_parameters(n=n, n_cells=n_cells)
    sums, pairs = _sums_of_rows(vectors, encoded, n_jobs)
    scores, cells = _mean_of_row(sums, pairs), _mean_of_cells(sums, pairs)
    oddest = np.argsort(scores, kind="stable")[:n]  # NaN goes last
    vocabulary, ids = vectors.vocabulary, encoded.token_ids()
    lines: list[tuple[int, float, str, float, int]] = []
    categories = []
    for row in oddest[~np.isnan(scores[oddest])].tolist():
        for place in np.argsort(cells[row], kind="stable")[:n_cells].tolist():
            if not np.isnan(cells[row, place]):
                token = int(ids[row, place])
                feature, category = vocabulary.token(token)
                categories.append(category)
                lines.append(
                    (row, scores[row], feature, cells[row, place], vocabulary.counts[token].item())
                )
    found = pd.DataFrame(lines, columns=["row", "row_bits", "feature", "bits", "rows"])
    found.insert(3, "category", category_index(categories))
    return found
