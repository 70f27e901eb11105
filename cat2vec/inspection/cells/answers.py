"""Answers about cells, as tables: probabilities, odd rows, suspicious cells.

Takes encoded rows and fitted models. Gives DataFrames that show what each line rests on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec.inspection.cells.model import CellModel, coded
from cat2vec.inspection.cells.oddness import Oddness
from cat2vec.kernels.threads import Workers
from cat2vec.tables.encoded import EncodedTable
from cat2vec.vectors.frames import category_index
from cat2vec.vocabulary.vocabulary import MISSING, Vocabulary

if TYPE_CHECKING:
    import pandas as pd


#: Columns of ``outlier_rows``.
OUTLIER_COLUMNS = ("row", "score", "feature", "category", "probability", "expected", "rows")


def probabilities(
    model: CellModel, table: EncodedTable, feature: str, crew: Workers
) -> pd.DataFrame:
    """Compute how likely each category of a feature is in each row, by the row's other cells.

    Parameters
    ----------
    model : CellModel
    table : EncodedTable
        Encoded with the vocabulary of the model.
    feature : str
    crew : Workers

    Returns
    -------
    DataFrame of shape (n_rows, n_categories)
        Columns are categories; rows add up to 1.
    """
    import pandas as pd

    vocabulary = model.vocabulary
    position = vocabulary.schema.position(feature)
    chances = model.probabilities(table, position, crew)
    columns = category_index(vocabulary.categories[position].tolist())
    return pd.DataFrame(chances, columns=pd.Index(columns, name=vocabulary.features[position]))


def outlier_rows(
    oddness: Oddness, pieces: Iterable[EncodedTable], n: int, n_cells: int, crew: Workers
) -> pd.DataFrame:
    """Find the oddest rows, and their oddest cells.

    Parameters
    ----------
    oddness : Oddness
    pieces : iterable of EncodedTable
        Some rows after the other; no more than ``n`` of them are kept.
    n, n_cells : int
    crew : Workers

    Returns
    -------
    DataFrame
        Columns row (counted from 0), score (as of ``score_samples``, lower is odder), feature,
        category (None where fit did not see it), probability (of this category, by the other cells
        of its row), expected (the likeliest category there) and rows (training rows that hold the
        category); oddest row first, and in it the cell that adds most to its score.
    """
    import pandas as pd

    oddest, scores, table = _oddest(oddness, pieces, n, crew)
    cells, judged = oddness.odd_cells(table, crew)
    vocabulary, ids = table.vocabulary, coded(table)
    feature_of_column = table.feature_of_column.tolist()
    lines, categories, expected = [], [], []
    for place, row in enumerate(oddest.tolist()):
        order = np.argsort(-cells[place], kind="stable")
        shown = [column for column in order.tolist() if not np.isnan(cells[place, column])]
        for column in shown[:n_cells]:
            position = feature_of_column[column]
            token = int(ids[place, column])
            categories.append(vocabulary.token(token).category if token >= 0 else None)
            expected.append(_category(vocabulary, int(judged.best[place, position])))
            lines.append(
                (
                    row,
                    -scores[place],
                    vocabulary.features[position],
                    float(np.exp(judged.log_chance[place, column])),
                    vocabulary.counts[token].item() if token >= 0 else 0,
                )
            )
    found = pd.DataFrame(lines, columns=["row", "score", "feature", "probability", "rows"])
    found["category"], found["expected"] = category_index(categories), category_index(expected)
    return found[list(OUTLIER_COLUMNS)]


def _oddest(
    oddness: Oddness, pieces: Iterable[EncodedTable], n: int, crew: Workers
) -> tuple[np.ndarray, np.ndarray, EncodedTable]:
    """Give the numbers of the oddest rows, oddest first, their scores, and the rows."""
    numbers, scores = np.empty(0, np.int64), np.empty(0)
    kept: list[EncodedTable] = []
    n_rows = 0
    for piece in pieces:
        found = np.concatenate([scores, oddness.score(piece, crew)])
        order = np.argsort(-found, kind="stable")[:n]
        is_new = order >= len(scores)
        codes = np.asfortranarray(piece.codes[order[is_new] - len(scores)])
        kept.append(replace(piece, codes=codes, weights=None))
        slots = np.max([one.n_slots for one in kept], axis=0)
        codes = np.vstack([one.with_slots(slots) for one in kept])
        # those that are kept stand in order of oddness, the new ones behind them
        place = np.where(is_new, len(scores) + np.cumsum(is_new) - 1, order)
        columns = np.repeat(np.arange(len(slots)), slots)
        table = EncodedTable(np.asfortranarray(codes[place]), piece.vocabulary, None, columns)
        kept = [table]
        numbers = np.concatenate([numbers, n_rows + np.arange(piece.n_rows)])[order]
        scores, n_rows = found[order], n_rows + piece.n_rows
    return numbers, scores, kept[0]


def suspicious_cells(model: CellModel, table: EncodedTable, n: int, crew: Workers) -> pd.DataFrame:
    """Find the cells that look wrong: unlikely where another category is nearly sure.

    Returns
    -------
    DataFrame
        Columns row (counted from 0), column, value (None where fit did not see it), probability (of
        the value, by the other cells of its row, with one row less than was counted, so that it
        does not vouch for itself), suggestion, suggestion_probability, bits (by which the
        suggestion is likelier, times its probability; the order of the answer) and support
        (training rows that hold the suggestion). Cells whose value is the likeliest are left out,
        and so are suggestions that are no value: missing, or rare ones together.
    """
    import pandas as pd

    judged = model.judged(table, crew)
    vocabulary, ids, feature = table.vocabulary, coded(table), table.feature_of_column
    best = judged.best[:, feature]
    sure = judged.log_chance_best[:, feature]
    with np.errstate(invalid="ignore"):
        bits = np.exp(sure) * (sure - judged.log_chance) / np.log(2)
    no_value = np.zeros(vocabulary.n_tokens + 1, bool)
    no_value[vocabulary.rare_tokens[vocabulary.rare_tokens >= 0]] = True
    for position in range(vocabulary.n_features):
        if (code := vocabulary.missing_code(position)) != MISSING:
            no_value[vocabulary.offsets[position] + code] = True
    no_value[-1] = True  # -1, of features without a category
    is_missing = no_value[np.maximum(ids, -1)] & (ids != -2) & ~_is_rare(ids, vocabulary)
    left_out = is_missing | (best == ids) | no_value[best] | ~(bits > 0)
    order = np.argsort(-np.where(left_out, -np.inf, bits).ravel(), kind="stable")
    order = order[: min(n, int((~left_out).sum()))]
    rows, columns = np.divmod(order, ids.shape[1])
    tokens, suggested = ids[rows, columns], best[rows, columns]
    return pd.DataFrame(
        {
            "row": rows,
            "column": [vocabulary.features[feature[column]] for column in columns.tolist()],
            "value": category_index([_category(vocabulary, t) for t in tokens.tolist()]),
            "probability": np.exp(judged.log_chance[rows, columns]),
            "suggestion": category_index([_category(vocabulary, t) for t in suggested.tolist()]),
            "suggestion_probability": np.exp(sure[rows, columns]),
            "bits": bits[rows, columns],
            "support": vocabulary.counts[suggested],
        }
    )


def _is_rare(ids: np.ndarray, vocabulary: Vocabulary) -> np.ndarray:
    return np.isin(ids, vocabulary.rare_tokens[vocabulary.rare_tokens >= 0])


def _category(vocabulary: Vocabulary, token: int) -> Any:
    return vocabulary.token(token).category if token >= 0 else None
