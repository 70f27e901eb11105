"""Vectors for every category of a table, learned from the table itself, without a target."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cat2vec.counting.count import count_pairs
    from cat2vec.counting.from_sql import counts_from_sql
    from cat2vec.counting.pair_counts import PairCounts
    from cat2vec.counting.sql import pairs_sql, vocabulary_sql
    from cat2vec.estimator.estimator import Cat2Vec, load
    from cat2vec.estimator.imputer import Cat2VecImputer
    from cat2vec.estimator.outlier_detector import Cat2VecOutlierDetector
    from cat2vec.export.word2vec import load_word2vec
    from cat2vec.tables.cells.kinds import (
        Categorical,
        Dates,
        Identifier,
        MultiValued,
        Numeric,
        Ordered,
    )
    from cat2vec.tables.encode import encode_table
    from cat2vec.tables.encoded import EncodedTable
    from cat2vec.training.train import train_vectors
    from cat2vec.vectors.vectors import Vectors
    from cat2vec.vocabulary.categories import RARE
    from cat2vec.vocabulary.vocabulary import Vocabulary

__version__ = "0.2.0"

__all__ = [
    "RARE",
    "Cat2Vec",
    "Cat2VecImputer",
    "Cat2VecOutlierDetector",
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
    "counts_from_sql",
    "encode_table",
    "load",
    "load_word2vec",
    "pairs_sql",
    "train_vectors",
    "vocabulary_sql",
]


#: Where each public name lives.
_HOMES = {
    "RARE": "vocabulary.categories",
    "Cat2Vec": "estimator.estimator",
    "Cat2VecImputer": "estimator.imputer",
    "Cat2VecOutlierDetector": "estimator.outlier_detector",
    "Categorical": "tables.cells.kinds",
    "Dates": "tables.cells.kinds",
    "EncodedTable": "tables.encoded",
    "Identifier": "tables.cells.kinds",
    "MultiValued": "tables.cells.kinds",
    "Numeric": "tables.cells.kinds",
    "Ordered": "tables.cells.kinds",
    "PairCounts": "counting.pair_counts",
    "Vectors": "vectors.vectors",
    "Vocabulary": "vocabulary.vocabulary",
    "count_pairs": "counting.count",
    "counts_from_sql": "counting.from_sql",
    "encode_table": "tables.encode",
    "load": "estimator.estimator",
    "load_word2vec": "export.word2vec",
    "pairs_sql": "counting.sql",
    "train_vectors": "training.train",
    "vocabulary_sql": "counting.sql",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: compilers and dataframes take a second."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cat2vec' has no attribute {name!r}")
    found = getattr(import_module(f"cat2vec.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names, those imported later too."""
    return sorted({*globals(), *__all__})
