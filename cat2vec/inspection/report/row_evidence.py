"""What the other cells of rows say of one of their cells, asked for one column at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cat2vec.vocabulary.vocabulary import Vocabulary

#: Takes token ids of rows, (R, n_columns) int64 with -1 for none. Gives how much the other cells of
#: each row speak for each token, (R, n_tokens) float32; 0 is no evidence.
Evidence = Callable[[np.ndarray], np.ndarray]


class EvidenceOfRows:
    """The evidence of the other cells for the cells of some rows.

    Parameters
    ----------
    ids : ndarray of shape (n_rows, n_columns), int64
    evidence : callable or None
    vocabulary : Vocabulary
    whole : ndarray of shape (n_rows, n_tokens) or None
        Evidence of whole rows, if it is known already.
    """

    def __init__(
        self,
        ids: np.ndarray,
        evidence: Evidence | None,
        vocabulary: Vocabulary,
        whole: np.ndarray | None = None,
    ) -> None:
        self.evidence, self._ids, self._vocabulary = evidence, ids, vocabulary
        self._whole = whole

    def about(self, feature: int, column: int, rows: np.ndarray) -> np.ndarray:
        """Give the evidence for the categories of a feature in some rows, without one column.

        What stands in the column says something of its own feature only where values of one cell
        learn from each other.
        """
        tokens = slice(*self._vocabulary.offsets[feature : feature + 2].tolist())
        assert self.evidence is not None
        if not self._vocabulary.schema.within[feature]:
            if self._whole is None:
                self._whole = self.evidence(self._ids)
            return self._whole[rows, tokens]
        others = self._ids[rows]
        others[:, column] = -1
        return self.evidence(others)[:, tokens]


def shown_values(
    ids: np.ndarray, column: int, feature_of_column: np.ndarray, tokens: slice
) -> np.ndarray:
    """Say which categories a cell shows beside the value of one column: (R, m) bool."""
    shown = np.zeros((len(ids), tokens.stop - tokens.start), bool)
    mine = feature_of_column == feature_of_column[column]
    mine[column] = False
    rows, columns = np.nonzero((ids >= 0) & mine)
    shown[rows, ids[rows, columns] - tokens.start] = True
    return shown
