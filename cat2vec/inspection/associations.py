"""How strongly features are associated, from pair counts alone: bits and Cramer's V.

Raw figures overstate association: independent columns with many categories and few rows share bits
by chance. Both figures are corrected, so that they are about 0 for independent columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln, xlogy

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import TableError
from cat2vec.vectors.vectors import category_index

if TYPE_CHECKING:
    import pandas as pd

#: Up to this mean of a count X, E[X log X] is summed term by term; above, it comes from moments.
_LARGE = 20.0
#: Terms that are summed: they reach 15 standard deviations above a mean of 20.
_TERMS = 90
#: Pairs of counts that are summed at a time.
_CELLS = 1 << 16


def associations(counts: PairCounts) -> pd.DataFrame:
    """Measure the association of each pair of features.

    Parameters
    ----------
    counts : PairCounts

    Returns
    -------
    DataFrame
        One line for each two features, strongest first, with the columns

        - feature, other
        - bits: mutual information, corrected for chance; about 0 (or just below) for independent
          columns, and the smaller entropy where one column determines the other;
        - share: bits as a share of the smaller of both entropies, at most 1;
        - cramers_v: Cramer's V, corrected, from 0 to 1; for independent columns exactly 0 about
          half of the time, and small otherwise;
        - chance: bits that independent columns with these counts would show without correction.
          Bits that are small compared with it are uncertain;
        - rows: rows in which both are present. Where there are none, the figures are NaN.

    Raises
    ------
    TableError
        If there is one feature only.

    Notes
    -----
    With I the mutual information of the counts, E its mean over independent tables with the same
    margins and H the smaller entropy, share = (I - E) / (H - E), which is the adjusted mutual
    information of Vinh, Epps & Bailey 2010 (JMLR 11), and bits = share * H. The correction of
    Miller and Madow depends on the number of cells that occur; where most never occur, as with
    many categories, it corrects far too little.
    Cramer's V is corrected as in Bergsma 2013 (doi:10.1016/j.jkss.2012.10.002).
    Where cells hold several values, pairs of values are counted instead of rows. Pairs of values of
    one cell are not measured: a value is never beside itself, so no table of independent columns
    has such counts.
    With weights, a row of weight w counts as w rows.

    Examples
    --------
    >>> from cat2vec import count_pairs
    >>> table = {"city": ["Oslo", "Oslo", "Rome", "Rome"] * 9, "land": ["NO", "NO", "IT", "IT"] * 9,
    ...          "day": ["Mon", "Tue"] * 18}
    >>> associations(count_pairs(table)).round(2)[["feature", "other", "bits", "share", "rows"]]
      feature other  bits  share  rows
    0    city  land  1.00   1.00    36
    1    city   day -0.02  -0.02    36
    2    land   day -0.02  -0.02    36
    """
    import pandas as pd

    vocabulary = counts.vocabulary
    n_features = vocabulary.n_features
    if n_features < 2:
        raise TableError(
            f"associations are measured between features, and {vocabulary.features[0]!r} is the "
            f"only one. How its values go together say nearest and commonality."
        )
    left, right = np.triu_indices(n_features, 1)
    margin = counts.with_feature  # (V, F): rows of a token in which the other feature is present
    rows = vocabulary.sum_by_feature(margin)  # (F, F), symmetric
    total = np.where(rows > 0, rows, 1.0)
    entropy = np.log2(total) - vocabulary.sum_by_feature(xlogy(margin, margin)) / np.log(2) / total
    feature = vocabulary.feature_of_token
    first, second = feature[counts.left], feature[counts.right]
    count = counts.count.astype(np.float64)
    expected = margin[counts.left, second] * margin[counts.right, first] / total[first, second]
    place = first * n_features + second

    def by_pair(values: np.ndarray) -> np.ndarray:
        sums = np.bincount(place, weights=values, minlength=n_features**2)
        return sums.reshape(n_features, n_features)[left, right] / total[left, right]

    plain = by_pair(count * np.log2(count / expected))
    squared = by_pair(count * (count / expected)) - 1.0
    chance = np.zeros(len(left))
    sizes = np.zeros((n_features, n_features))
    margins = [np.split(column, vocabulary.offsets[1:-1]) for column in margin.T]
    for pair, (f, g) in enumerate(zip(left, right, strict=True)):
        mine, others = (part[part > 0] for part in (margins[g][f], margins[f][g]))
        sizes[f, g], sizes[g, f] = len(mine), len(others)
        chance[pair] = chance_bits(mine, others)
    least = np.minimum(entropy[left, right], entropy[right, left])
    room = least - chance
    share = np.where(room > 1e-9, (plain - chance) / np.where(room > 1e-9, room, 1.0), 0.0)
    n = rows[left, right]
    v = corrected_v(squared, sizes[left, right], sizes[right, left], n)
    some = np.where(n > 0, 1.0, np.nan)
    order = np.lexsort((np.arange(len(left)), -share * least, n == 0))
    whole = counts.count.dtype.kind == "i"
    names = np.array(vocabulary.features, dtype=object)
    return pd.DataFrame(
        {
            "feature": category_index(names[left][order].tolist()),
            "other": category_index(names[right][order].tolist()),
            "bits": (share * least * some)[order],
            "share": (np.minimum(share, 1.0) * some)[order],
            "cramers_v": (v * some)[order],
            "chance": (chance * some)[order],
            "rows": (n.astype(np.int64) if whole else n)[order],
        }
    )


def corrected_v(
    squared: np.ndarray, n_first: np.ndarray, n_second: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    """Correct Cramer's V as Bergsma 2013 does; 0 where it is undefined.

    Parameters
    ----------
    squared : ndarray
        Mean square contingency, chi-square / rows.
    n_first, n_second : ndarray
        Categories that occur.
    rows : ndarray
    """
    less = np.maximum(rows - 1, 1e-300)
    above = np.maximum(squared - (n_first - 1) * (n_second - 1) / less, 0.0)
    least = np.minimum(
        n_first - (n_first - 1) ** 2 / less,
        n_second - (n_second - 1) ** 2 / less,
    )
    room = least - 1
    defined = (rows > 1) & (room > 1e-9)
    return np.where(defined, np.sqrt(np.minimum(above / np.where(defined, room, 1.0), 1.0)), 0.0)


def chance_bits(first: np.ndarray, second: np.ndarray) -> float:
    """Compute the mean mutual information of independent columns with given counts, in bits.

    Parameters
    ----------
    first, second : ndarray
        Rows of each category, above 0; both have the same sum.

    Examples
    --------
    Two rows of two categories each: however they are arranged, they share one bit.

    >>> round(chance_bits(np.array([1, 1]), np.array([1, 1])), 6)
    1.0
    """
    if len(first) < 2 or len(second) < 2:
        return 0.0
    # many categories have equal counts, and only the counts matter
    mine, times = np.unique(first, return_counts=True)
    others, other_times = np.unique(second, return_counts=True)
    rows = float(first.sum())
    a, b = (side.ravel().astype(np.float64) for side in np.meshgrid(mine, others, indexing="ij"))
    excess = np.empty(len(a))
    large = a * b > _LARGE * rows
    excess[large] = _excess_of_large(a[large], b[large], rows)
    for start in range(0, int((~large).sum()), _CELLS):
        part = np.flatnonzero(~large)[start : start + _CELLS]
        excess[part] = _excess_of_small(a[part], b[part], rows)
    table = excess.reshape(len(mine), len(others))
    return float(times @ table @ other_times / rows / np.log(2))


def _excess_of_small(a: np.ndarray, b: np.ndarray, rows: float) -> np.ndarray:
    """Compute E[X log X] - m log m for hypergeometric counts X of mean m, term by term."""
    mean = a * b / rows
    x = np.maximum(a + b - rows, 0.0)  # the least count that the margins allow
    chance = np.exp(
        gammaln(a + 1) + gammaln(b + 1) + gammaln(rows - a + 1) + gammaln(rows - b + 1)
        - gammaln(rows + 1) - gammaln(x + 1) - gammaln(a - x + 1) - gammaln(b - x + 1)
        - gammaln(rows - a - b + x + 1)
    )  # fmt: skip
    total, expected = np.zeros(len(a)), np.zeros(len(a))
    for _ in range(_TERMS):
        total += chance
        expected += chance * xlogy(x, x)
        ways = np.maximum(a - x, 0.0) * np.maximum(b - x, 0.0)
        chance = chance * ways / ((x + 1) * (rows - a - b + x + 1))
        x = x + 1
    return np.asarray(expected / total - xlogy(mean, mean))


def _excess_of_large(a: np.ndarray, b: np.ndarray, rows: float) -> np.ndarray:
    """Compute the same for large means, from the second to fourth central moments."""
    mean, p, q = a * b / rows, a / rows, b / rows
    second = mean * (1 - p) * (1 - q) * rows / (rows - 1)
    third = second * (1 - 2 * p) * (1 - 2 * q)
    return np.asarray(second / mean / 2 - third / mean**2 / 6 + second**2 / mean**3 / 4)
