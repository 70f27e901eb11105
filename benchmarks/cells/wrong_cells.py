"""Rank the cells of hospital by how wrong they look, and repair the first ones.

Forests and LightGBM are asked for the chances of the categories of each column, given all others
and other rows (five folds). A cell is as suspicious as the likeliest category is likelier than its
own, and the likeliest one is the suggestion.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import KFold

from cat2vec import Cat2Vec

TABLE = "hospital"
_FOLDS, _TREES = 5, 100
#: LightGBM: trees for each category, and the rows that a leaf must have, as values are rare.
_BOOSTED, _LEAST_ROWS = 30, 5


def measured(
    folder: Path, methods: Collection[str], tables: Collection[str]
) -> Iterator[dict[str, Any]]:
    if TABLE not in tables:
        return
    wrong = pd.read_csv(folder / "wrong_cells" / "hospital.csv", dtype=str)
    right = pd.read_csv(folder / "wrong_cells" / "hospital_clean.csv", dtype=str)
    right = right.astype({"tid": int}).pivot(index="tid", columns="attribute", values="correct_val")
    right = right.loc[range(len(wrong)), wrong.columns].fillna("empty")
    is_wrong = wrong.fillna("empty").to_numpy() != right.to_numpy()
    n_wrong = int(is_wrong.sum())
    for method, rank in SUSPICIONS.items():
        if method not in methods:
            continue
        began = time.perf_counter()
        rows, columns, suggested = rank(wrong)
        seconds = time.perf_counter() - began
        first = rows[:n_wrong], columns[:n_wrong]
        f1 = None
        if suggested is not None:
            repaired = is_wrong[first] & (suggested[:n_wrong] == right.to_numpy()[first])
            # as many cells are changed as are wrong: precision and recall are one number
            f1 = int(repaired.sum()) / n_wrong
        yield {
            "table": TABLE, "method": method, "seconds": seconds, "wrong": n_wrong,
            "right_of_first": int(is_wrong[first].sum()), "repair_f1": f1,
        }  # fmt: skip


#: Rows and columns of cells, most suspicious first, and what to put there, or None.
Ranked = tuple[np.ndarray, np.ndarray, np.ndarray | None]
#: Takes other cells and own ones of known rows, and other cells of rows asked for; gives chances of
#: classes in these, and the classes.
Chances = Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def by_cat2vec(wrong: pd.DataFrame) -> Ranked:
    found = Cat2Vec(n_jobs=1).fit(wrong).suspicious_cells(wrong, n=wrong.size)
    columns = np.array([wrong.columns.get_loc(name) for name in found["column"]])
    return found["row"].to_numpy(), columns, found["suggestion"].to_numpy()


def by_rarity(wrong: pd.DataFrame) -> Ranked:
    counts = wrong.apply(lambda column: column.map(column.value_counts()))
    order = np.argsort(counts.fillna(len(wrong)).to_numpy().ravel(), kind="stable")
    return *np.divmod(order, wrong.shape[1]), None


def by_forests(wrong: pd.DataFrame) -> Ranked:
    def chances(known: np.ndarray, values: np.ndarray, asked: np.ndarray) -> tuple:
        model = RandomForestClassifier(_TREES, random_state=0, n_jobs=1).fit(known, values)
        return model.predict_proba(asked), model.classes_

    return _by(chances, wrong)


def by_lightgbm(wrong: pd.DataFrame) -> Ranked:
    from lightgbm import LGBMClassifier

    def chances(known: np.ndarray, values: np.ndarray, asked: np.ndarray) -> tuple:
        model = LGBMClassifier(
            n_estimators=_BOOSTED, min_child_samples=_LEAST_ROWS, random_state=0, n_jobs=1,
            verbose=-1,
        )  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of categories given as numbers
            model.fit(known, values, categorical_feature=list(range(known.shape[1])))
        return model.predict_proba(asked), model.classes_

    return _by(chances, wrong)


def _by(chances: Chances, wrong: pd.DataFrame) -> Ranked:
    """Rank cells by the chances that a model gives to the categories of one column."""
    coded = [pd.factorize(wrong[column]) for column in wrong]
    codes = np.column_stack([one for one, _ in coded])
    suspicion = np.full(codes.shape, -np.inf)
    suggested = np.empty(codes.shape, object)
    for column, (own, values) in enumerate(coded):
        rows = np.flatnonzero(own >= 0)
        if len(values) < 2:
            continue
        others = np.delete(codes, column, axis=1)
        for known, asked in KFold(_FOLDS, shuffle=True, random_state=0).split(rows):
            known, asked = rows[known], rows[asked]
            found, classes = chances(others[known], own[known], others[asked])
            best = found.argmax(axis=1)
            mine = np.where(classes == own[asked][:, None], found, 0.0).sum(axis=1)
            suspicion[asked, column] = found.max(axis=1) - mine
            suggested[asked, column] = np.asarray(values, object)[classes[best]]
    order = np.argsort(-suspicion.ravel(), kind="stable")
    rows, columns = np.divmod(order, codes.shape[1])
    return rows, columns, suggested[rows, columns]


SUSPICIONS: dict[str, Callable[[pd.DataFrame], Ranked]] = {
    "cat2vec": by_cat2vec,
    "rarity": by_rarity,
    "random forests": by_forests,
    "LightGBM": by_lightgbm,
}
