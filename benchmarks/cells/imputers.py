"""What else fills missing cells of categories: peers of ``missing_cells.py``.

Takes ``Gaps``. Gives the codes of all columns, of which those of categories are looked at. Forests
and LightGBM see numbers as they are; the others see them cut into bins. LightGBM comes with the
extra ``benchmarks``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.linalg
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import OneHotEncoder

_NEIGHBOURS, _BINS = 10, 16
#: MissForest (Stekhoven and Bühlmann, Bioinformatics 2012), with the defaults of its R package.
_TREES, _MOST_ROUNDS, _LEAST_ROWS_OF_NUMBERS = 100, 10, 5
#: LightGBM has its own defaults: 100 trees for each category, of 31 leaves.
_LIGHTGBM_ROUNDS = 2
#: Regularised iterative MCA (Josse, Chavent, Liquet and Husson, Journal of Classification 2012).
_DIMENSIONS, _MOST_STEPS, _SETTLED, _TRIED = (2, 5, 10, 20), 200, 1e-4, 0.1


@dataclass(frozen=True)
class Gaps:
    """A table with gaps.

    Parameters
    ----------
    codes : ndarray of shape (n_rows, n_columns), int64
        Categories by number, -1 for none; of numbers their quantile bins.
    numbers : mapping of int to ndarray of shape (n_rows,)
        Columns of numbers as they are, NaN for none.
    """

    codes: np.ndarray
    numbers: Mapping[int, np.ndarray]

    @classmethod
    def of(cls, table: pd.DataFrame, words: list[str]) -> tuple[Gaps, list[np.ndarray]]:
        """Code a table; give the values behind the codes too."""
        numbers = {place: c for place, c in enumerate(table) if c not in words}
        cut = {
            column: pd.qcut(table[column], _BINS, labels=False, duplicates="drop")
            for column in numbers.values()
        }
        coded = [pd.factorize(cut.get(c, table[c])) for c in table]
        codes = np.column_stack([codes for codes, _ in coded])
        given = {place: table[c].to_numpy(float) for place, c in numbers.items()}
        return cls(codes, given), [np.asarray(values, object) for _, values in coded]

    @property
    def is_missing(self) -> np.ndarray:
        return self.codes < 0

    def started(self) -> np.ndarray:
        """Fill with modes and, in columns of numbers, means: (n_rows, n_columns) float64."""
        filled = mode(self).astype(float)
        for place, values in self.numbers.items():
            filled[:, place] = np.where(np.isnan(values), np.nanmean(values), values)
        return filled

    def columns_to_fill(self) -> Iterator[int]:
        """Give the columns with gaps and without, fewest gaps first."""
        gaps = self.is_missing
        for column in np.argsort(gaps.sum(axis=0), kind="stable").tolist():
            if gaps[:, column].any() and not gaps[:, column].all():
                yield column


def mode(table: Gaps) -> np.ndarray:
    filled = table.codes.copy()
    for column in filled.T:
        known = column[column >= 0]
        column[column < 0] = np.bincount(known).argmax() if len(known) else 0
    return filled


def nearest_rows(table: Gaps) -> np.ndarray:
    """The most frequent category among the rows that agree in most cells."""
    codes, filled, most = table.codes, table.codes.copy(), mode(table)
    known = [np.arange(max(size, 1)) for size in codes.max(axis=0) + 1]
    # gaps are no category: they are like nothing
    rows = OneHotEncoder(categories=known, handle_unknown="ignore").fit_transform(codes)
    near = NearestNeighbors(n_neighbors=5 * _NEIGHBOURS, metric="cosine").fit(rows)
    _, found = near.kneighbors(rows)
    for row, column in zip(*np.nonzero(table.is_missing), strict=True):
        theirs = codes[found[row], column]
        theirs = theirs[theirs >= 0][:_NEIGHBOURS]
        filled[row, column] = np.bincount(theirs).argmax() if len(theirs) else most[row, column]
    return filled


def miss_forest(table: Gaps, n_trees: int = _TREES) -> np.ndarray:
    """Each column from all others by a random forest, in rounds, until they differ more again.

    The rule of the paper: once the filled cells differ more from those of the round before than
    those did from theirs, of categories and of numbers, the round before is the answer.
    """
    filled, before = table.started(), np.array([np.inf, np.inf])
    forest = {"n_estimators": n_trees, "max_features": "sqrt", "random_state": 0, "n_jobs": 1}
    for _ in range(_MOST_ROUNDS):
        last = filled.copy()
        for column in table.columns_to_fill():
            number = column in table.numbers
            model = (
                RandomForestRegressor(min_samples_leaf=_LEAST_ROWS_OF_NUMBERS, **forest)
                if number
                else RandomForestClassifier(**forest)
            )
            _fill(table, filled, column, model)
        change = _change(table, last, filled)
        if not (change < before).any():
            return last.astype(int)
        before = change
    return filled.astype(int)


def _fill(table: Gaps, filled: np.ndarray, column: int, model: Any, **given: Any) -> None:
    gaps = table.is_missing[:, column]
    others = np.delete(filled, column, axis=1)
    known = filled[~gaps, column]
    filled[gaps, column] = model.fit(others[~gaps], known, **given).predict(others[gaps])


def _change(table: Gaps, last: np.ndarray, filled: np.ndarray) -> np.ndarray:
    """Say how much the filled cells differ: share of categories, and of the squares of numbers.

    What there is none of is infinite, so that it never grows less.
    """
    number = np.isin(np.arange(filled.shape[1]), list(table.numbers))
    words, numbers = table.is_missing & ~number, table.is_missing & number
    changed = np.inf
    if words.any():
        changed = float((last[words] != filled[words]).mean())
    moved = np.inf
    if numbers.any():
        moved = float(np.square(last[numbers] - filled[numbers]).sum())
        moved /= float(np.square(filled[numbers]).sum())
    return np.array([changed, moved])


def lightgbm_chained(table: Gaps) -> np.ndarray:
    """Each column from all others by gradient boosting, in rounds; categories as categories."""
    from lightgbm import LGBMClassifier, LGBMRegressor

    filled = table.started()
    for _ in range(_LIGHTGBM_ROUNDS):
        for column in table.columns_to_fill():
            kind = LGBMRegressor if column in table.numbers else LGBMClassifier
            others = np.delete(np.arange(filled.shape[1]), column)
            words = [i for i, other in enumerate(others) if other not in table.numbers]
            model = kind(random_state=0, n_jobs=1, verbose=-1)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of categories given as numbers
                _fill(table, filled, column, model, categorical_feature=words or "auto")
    return filled.astype(int)


def iterative_mca(table: Gaps) -> np.ndarray:
    """Regularised iterative MCA, with the dimensions that best fill a tenth of the known cells."""
    known = np.argwhere(~table.is_missing)
    draws = np.random.default_rng(0)
    tried = known[draws.random(len(known)) < _TRIED]
    rows, columns = tried.T
    partly = table.codes.copy()
    partly[rows, columns] = -1
    words = ~np.isin(columns, list(table.numbers))
    n_free = int((table.codes.max(axis=0)).sum())
    found = {}
    for n_dimensions in (n for n in _DIMENSIONS if n < n_free):
        filled = _by_mca(partly, n_dimensions)
        right = filled[rows, columns] == table.codes[rows, columns]
        found[n_dimensions] = float(right[words].mean())
    best = max(found, key=lambda n: found[n]) if found else 1
    return _by_mca(table.codes, best)


def _by_mca(codes: np.ndarray, n_dimensions: int) -> np.ndarray:
    n_rows, n_columns = codes.shape
    sizes = codes.max(axis=0) + 1
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    feature = np.repeat(np.arange(n_columns), sizes)
    indicator = np.zeros((n_rows, offsets[-1]))
    known = np.nonzero(codes >= 0)
    indicator[known[0], offsets[known[1]] + codes[known]] = 1.0
    gaps = (codes < 0)[:, feature]
    shares = indicator.sum(axis=0) / np.maximum((~gaps).sum(axis=0), 1)
    indicator = np.where(gaps, shares, indicator)
    for _ in range(_MOST_STEPS):
        share = np.maximum(indicator.mean(axis=0), 1e-9)
        scale = np.sqrt(share / n_columns)
        centred = (indicator / share - 1.0) * (scale / np.sqrt(n_rows))
        inertia = centred.T @ centred
        first = [len(share) - n_dimensions, len(share) - 1]
        values, axes = scipy.linalg.eigh(inertia, subset_by_index=first)
        left = max(len(share) - n_columns - n_dimensions, 1)
        noise = max(float(np.trace(inertia)) - float(values.sum()), 0.0) / left
        kept = (centred @ axes) * (np.maximum(values - noise, 0.0) / np.maximum(values, 1e-12))
        fitted = ((kept @ axes.T) * (np.sqrt(n_rows) / scale) + 1.0) * share
        after = np.where(gaps, fitted, indicator)
        moved = np.abs(after - indicator).max()
        indicator = after
        if moved < _SETTLED:
            break
    filled = codes.copy()
    for column in range(n_columns):
        best = indicator[:, offsets[column] : offsets[column + 1]].argmax(axis=1)
        filled[:, column] = np.where(codes[:, column] < 0, best, codes[:, column])
    return filled


IMPUTERS: dict[str, Callable[[Gaps], np.ndarray]] = {
    "mode": mode,
    "kNN, 10 rows": nearest_rows,
    "iterative MCA": iterative_mca,
    "LightGBM chained": lightgbm_chained,
    "MissForest": miss_forest,
}
