"""Vectors for every category of a table, learned from the table itself, without a target."""

from typing import TYPE_CHECKING, Any

from cat2vec.counting.count import count_pairs
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.tables.encode import EncodedTable, encode_table
from cat2vec.tables.kinds import (
    Categorical,
    Dates,
    Identifier,
    MultiValued,
    Numeric,
    Ordered,
)
from cat2vec.training.train import train_vectors
from cat2vec.vectors import Vectors
from cat2vec.vocabulary import Vocabulary

if TYPE_CHECKING:
    from cat2vec.estimator import Cat2Vec, load

__version__ = "0.1.0"

__all__ = [
    "Cat2Vec",
    "Categorical",
    "Dates",
    "EncodedTable",
    "Identifier",
    "MultiValued",
    "Numeric",
    "Ordered",
    "PairCounts",
    "Vectors",
    "Vocabulary",
    "count_pairs",
    "encode_table",
    "load",
    "train_vectors",
]


def __getattr__(name: str) -> Any:
    """Import the estimator when it is first asked for: scikit-learn and pandas take a second."""
    if name in ("Cat2Vec", "load"):
        from cat2vec import estimator

        return getattr(estimator, name)
    raise AttributeError(f"module 'cat2vec' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, those imported later too."""
    return sorted({*globals(), *__all__})
