"""Train again as a model was trained, with something changed: for what a report compares.

Takes ``Vectors`` and rows or counts of their vocabulary. Gives other ``Vectors``.
"""

from __future__ import annotations

import warnings
from typing import Any

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import Cat2VecWarning
from cat2vec.tables.encode import EncodedTable
from cat2vec.training.settings import Settings
from cat2vec.training.train import train_vectors
from cat2vec.vectors.vectors import Vectors


def settings_of(vectors: Vectors) -> Settings:
    """Give the settings that vectors were trained with.

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> counts = count_pairs({"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9})
    >>> settings_of(train_vectors(counts, vector_size=1)).solver
    'counts'
    """
    names = Settings.__dataclass_fields__
    return Settings(**{name: v for name, v in vectors.settings.items() if name in names})


def retrained(
    vectors: Vectors, data: PairCounts | EncodedTable, n_jobs: int | None, **changes: Any
) -> Vectors:
    """Train on some data with the settings of other vectors, but for what is changed.

    Warnings of training are left out: they speak of parameters that the user did not choose.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Cat2VecWarning)
        settings = {**settings_of(vectors).as_dict(), **changes, "min_count": 1}
        return train_vectors(data, n_jobs=n_jobs, **settings)
