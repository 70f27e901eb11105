"""Rows drawn from the model of cells.

Takes a ``CellModel`` and perhaps some cells. Gives codes of rows: cells are drawn one after the
other, and then, over and over, each anew by all others (Gibbs sampling). So rows show what pairs of
columns show, not what only three together do, and the conditional models need not be those of one
distribution: it is a sample for trying things out, not for publishing in place of the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cat2vec.inspection.cells.imputation import chosen_codes, nameable
from cat2vec.inspection.cells.model import CellModel
from cat2vec.kernels.threads import Workers
from cat2vec.tables.encoded import EncodedTable

#: How often each cell is drawn anew.
_SWEEPS = 10


def sampled_codes(
    model: CellModel,
    n: int,
    given: Mapping[int, int],
    crew: Workers,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw rows.

    Parameters
    ----------
    model : CellModel
    n : int
    given : mapping
        Position of a feature to the code that all rows have.
    crew : Workers
    rng : Generator

    Returns
    -------
    ndarray of shape (n, n_features), int32
        -1 for features that have no category to draw.
    """
    vocabulary = model.vocabulary
    codes = np.full((n, vocabulary.n_features), -1, np.int32, order="F")
    for position, code in given.items():
        codes[:, position] = code
    drawn = [
        position
        for position in range(vocabulary.n_features)
        if position not in given and nameable(vocabulary, position).any()
    ]
    rows = EncodedTable(codes, vocabulary)
    for _ in range(1 + _SWEEPS):
        for position in drawn:
            uniform = rng.random(n)
            found = codes.copy(order="F")
            found[:, position] = chosen_codes(model, rows, position, crew, uniform)
            codes, rows = found, replace(rows, codes=found)
    return codes
