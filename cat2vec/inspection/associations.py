"""How strongly features are associated, from pair counts alone: bits and Cramer's V.

Raw figures overstate association: independent columns with many categories and few rows share bits
by chance. Both figures are corrected, so that they are about 0 for independent columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import xlogy

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import ParameterError, TableError
from cat2vec.vectors.vectors import category_index

if TYPE_CHECKING:
    import pandas as pd

#: Up to this mean of a count X, E[X log X] is summed term by term; above, it comes from moments.
_LARGE = 20.0
#: Terms that are summed: they reach so many standard deviations above the mean, and a few more.
_DEVIATIONS, _MORE_TERMS = 15.0, 10
#: Pairs of tokens that are read at a time, pairs of counts whose means are computed at a time, and
#: those that are summed term by term together.
_PAIRS, _CELLS, _SUMMED = 1 << 20, 1 << 18, 1 << 12


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
    Time grows with the pairs of features, each by the distinct counts of its categories. Beside the
    counts, memory is a number for each token and feature, for each two features, and some MB.

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

    if not isinstance(counts, PairCounts):
        hint = "Ask it by its method" if hasattr(counts, "vectors_") else "Give count_pairs(table)"
        raise ParameterError(f"counts must be PairCounts, got {type(counts).__name__}. {hint}.")
    vocabulary = counts.vocabulary
    n_features = vocabulary.n_features
    if n_features < 2:
        raise TableError(
            f"associations are measured between features, and {vocabulary.features[0]!r} is the "
            f"only one. Ask nearest and commonality how its values go together."
        )
    left, right = np.triu_indices(n_features, 1)
    margin = counts.with_feature  # (V, F): rows of a token in which the other feature is present
    rows = vocabulary.sum_by_feature(margin)  # (F, F), symmetric
    total = np.where(rows > 0, rows, 1.0)
    entropy = np.log2(total) - vocabulary.sum_by_feature(xlogy(margin, margin)) / np.log(2) / total
    plain, squared = (sums[left, right] for sums in _observed(counts, total))
    margins = _Margins.of(margin, vocabulary.offsets)
    chance = _chance_of_pairs(margins, left, right, total)
    least = np.minimum(entropy[left, right], entropy[right, left])
    room = least - chance
    share = np.where(room > 1e-9, (plain - chance) / np.where(room > 1e-9, room, 1.0), 0.0)
    n = rows[left, right]
    n_present = margins.n_categories
    v = corrected_v(squared, n_present[left, right], n_present[right, left], n)
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


def _observed(counts: PairCounts, total: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute mutual information, bits, and mean square contingency: (F, F), first < second."""
    margin, n_features = counts.with_feature, len(total)
    feature = counts.vocabulary.feature_of_token
    sums = np.zeros((2, n_features**2))
    for start in range(0, counts.n_pairs, _PAIRS):
        some = slice(start, start + _PAIRS)
        left, right = counts.left[some], counts.right[some]
        count = counts.count[some].astype(np.float64)
        first, second = feature[left], feature[right]
        expected = margin[left, second] * margin[right, first] / total[first, second]
        place, ratio = first * n_features + second, count / expected
        for sum_of, values in zip(sums, (np.log2(ratio), ratio), strict=True):
            sum_of += np.bincount(place, weights=count * values, minlength=len(sum_of))
    plain, squared = sums.reshape(2, n_features, n_features) / total
    return plain, squared - 1.0


@dataclass(frozen=True, eq=False)
class _Margins:
    """How many rows the categories of each feature have, where each other feature is present.

    Many have equal numbers, and only the numbers matter.

    Parameters
    ----------
    values, times : ndarray of shape (n_entries,), float64
        Distinct numbers above 0, and how many categories have each.
    starts : ndarray of shape (n_features, n_features), int64
        First entry of the categories of one feature, where another is present.
    n_distinct, n_categories : ndarray of shape (n_features, n_features), int64
        Entries, and categories with a number above 0.
    """

    values: np.ndarray
    times: np.ndarray
    starts: np.ndarray
    n_distinct: np.ndarray
    n_categories: np.ndarray

    @classmethod
    def of(cls, margin: np.ndarray, offsets: np.ndarray) -> _Margins:
        """Sort the numbers (n_tokens, n_features) of each feature."""
        values, times, n_distinct, n_categories = [], [], [], []
        for start, stop in pairwise(offsets.tolist()):
            mine = np.sort(margin[start:stop].T, axis=1)
            differs = np.ones(mine.shape, bool)
            differs[:, 1:] = mine[:, 1:] > mine[:, :-1]
            other, place = np.nonzero(differs & (mine > 0))
            last = other != np.roll(other, -1)
            last[-1:] = True
            values.append(mine[other, place])
            times.append(np.where(last, stop - start, np.roll(place, -1)) - place)
            n_distinct.append(np.bincount(other, minlength=len(mine)))
            n_categories.append((mine > 0).sum(axis=1))
        found = np.array(n_distinct)
        starts = np.cumsum(found).reshape(found.shape) - found
        return cls(
            np.concatenate(values), np.concatenate(times).astype(np.float64), starts, found,
            np.array(n_categories),
        )  # fmt: skip


def _chance_of_pairs(
    margins: _Margins, left: np.ndarray, right: np.ndarray, total: np.ndarray
) -> np.ndarray:
    """Compute ``chance_bits`` of many pairs of features, so many cells of their tables at a time.

    Parameters
    ----------
    margins : _Margins
    left, right : ndarray of shape (n_pairs,), int64
    total : ndarray of shape (n_features, n_features)
        Rows in which both are present.

    Returns
    -------
    ndarray of shape (n_pairs,), float64
    """
    chance, rows = np.zeros(len(left)), total[left, right]
    n_second = margins.n_distinct[right, left]
    n_cells = margins.n_distinct[left, right] * n_second
    for one, other in ((left, right), (right, left)):
        n_cells = np.where(margins.n_categories[one, other] < 2, 0, n_cells)
    ends = np.cumsum(n_cells)
    for start in range(0, int(ends[-1]), _CELLS):
        cell = np.arange(start, min(start + _CELLS, ends[-1]))
        pair = np.searchsorted(ends, cell, side="right")
        i, j = np.divmod(cell - (ends - n_cells)[pair], n_second[pair])
        i += margins.starts[left[pair], right[pair]]
        j += margins.starts[right[pair], left[pair]]
        excess = _excess(margins.values[i], margins.values[j], rows[pair])
        sums = np.bincount(pair - pair[0], margins.times[i] * margins.times[j] * excess)
        chance[pair[0] : pair[0] + len(sums)] += sums
    return np.asarray(chance / rows / np.log(2))


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
    margin = np.zeros((len(first) + len(second), 2))
    margin[: len(first), 1], margin[len(first) :, 0] = first, second
    margins = _Margins.of(margin, np.array([0, len(first), len(margin)]))
    total = np.full((2, 2), float(first.sum()))
    return float(_chance_of_pairs(margins, np.array([0]), np.array([1]), total)[0])


def _excess(a: np.ndarray, b: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Compute E[X log X] - m log m for hypergeometric counts X of mean m = a b / rows."""
    found, mean = np.empty(len(a)), a * b / rows
    large = mean > _LARGE
    found[large] = _excess_of_large(a[large], b[large], rows[large])
    if large.all():
        return found
    small = ~large
    # the same counts come again and again, and are summed once; those of about one mean, which
    # need as many terms, together
    keys = (mean[small], np.minimum(a, b)[small], np.maximum(a, b)[small])
    order = np.lexsort(keys[::-1])
    sorted_keys = np.array([key[order] for key in keys])
    is_new = np.append(True, (sorted_keys[:, 1:] != sorted_keys[:, :-1]).any(axis=0))
    first, place = order[is_new], np.cumsum(is_new) - 1
    distinct = [values[small][first] for values in (a, b, rows)]
    parts = [
        _excess_of_small(*(values[start : start + _SUMMED] for values in distinct))
        for start in range(0, len(first), _SUMMED)
    ]
    excess = np.empty(len(order))
    excess[order] = np.concatenate(parts)[place]
    found[small] = excess
    return found


def _excess_of_small(a: np.ndarray, b: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Compute it term by term; chances are multiples of that of the least count."""
    mean = a * b / rows
    most = float(mean.max())
    x = np.maximum(a + b - rows, 0.0)  # the least count that the margins allow
    chance, total, expected = np.ones(len(a)), np.zeros(len(a)), np.zeros(len(a))
    for _ in range(int(most + _DEVIATIONS * np.sqrt(most)) + _MORE_TERMS):
        total += chance
        expected += chance * xlogy(x, x)
        ways = np.maximum(a - x, 0.0) * np.maximum(b - x, 0.0)
        chance = chance * ways / ((x + 1) * (rows - a - b + x + 1))
        x = x + 1
    return np.asarray(expected / total - xlogy(mean, mean))


def _excess_of_large(a: np.ndarray, b: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Compute it from the second to fourth central moments."""
    mean, p, q = a * b / rows, a / rows, b / rows
    second = mean * (1 - p) * (1 - q) * rows / (rows - 1)
    third = second * (1 - 2 * p) * (1 - 2 * q)
    return np.asarray(second / mean / 2 - third / mean**2 / 6 + second**2 / mean**3 / 4)
