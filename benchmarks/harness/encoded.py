"""Sizes of encoded tables and random rows of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.harness.tables import SEED
from cat2vec import EncodedTable


def sizes_of(table: EncodedTable) -> dict[str, Any]:
    return {
        "rows": table.n_rows,
        "features": table.vocabulary.n_features,
        "tokens": table.vocabulary.n_tokens,
        "ordered_pairs": ordered_pairs(table),
    }


def ordered_pairs(table: EncodedTable) -> int:
    """Count the pairs of one pass: m (m - 1) of a row with m present cells."""
    present = np.zeros(table.n_rows, np.int64)
    for column in table.codes.T:
        present += column >= 0
    return int((present * (present - 1)).sum())


def some_rows(table: EncodedTable, n_rows: int) -> EncodedTable:
    """Take random rows, in their order and with the vocabulary of all."""
    rows = np.random.default_rng(SEED).choice(table.n_rows, n_rows, replace=False)
    return EncodedTable(np.asfortranarray(table.codes[np.sort(rows)]), table.vocabulary)
