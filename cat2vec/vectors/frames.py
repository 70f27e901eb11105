"""Vectors and categories in dataframes of pandas, with values as they are.

Takes vocabularies, matrices and categories. Gives indexes and frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec.vocabulary.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pandas as pd


def frame_of(vocabulary: Vocabulary, matrix: np.ndarray) -> pd.DataFrame:
    """Put the vectors of all features into one frame, with feature and category as its index.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> words = encode_table({"used": [True, False], "doors": [2, 1]}).vocabulary
    >>> frame_of(words, np.eye(4, 1)).index.tolist()
    [('used', False), ('used', True), ('doors', 1), ('doors', 2)]
    """
    import pandas as pd

    values = [value for categories in vocabulary.categories for value in categories.tolist()]
    levels: list[Any] = [list(vocabulary.features), category_index(values)]
    codes: list[Any] = [vocabulary.feature_of_token, np.arange(len(values))]
    index = pd.MultiIndex(
        levels=levels,
        codes=codes,
        names=["feature", "category"],
        verify_integrity=False,  # 1 and True are one value to pandas
    )
    return pd.DataFrame(matrix, index=index)


def category_index(values: Sequence[Any]) -> pd.Index:
    """Put categories, perhaps of several features, into a column for a DataFrame."""
    array = np.empty(len(values), dtype=object)
    array[:] = [value.item() if isinstance(value, np.generic) else value for value in values]
    return index_of(array)


def index_of(categories: np.ndarray, name: str | None = None) -> pd.Index:
    """Make an index of categories; pandas picks the type, except for what it cannot hold."""
    import pandas as pd

    try:
        return pd.Index(categories, name=name, tupleize_cols=False)
    except UnicodeEncodeError:  # lone surrogates are text in Python and not in Arrow
        return pd.Index(categories, name=name, tupleize_cols=False, dtype=object)
