"""Vectors brought up to date with counts that have grown.

Takes earlier ``Vectors`` and pair counts of all rows so far. Gives new ``Vectors`` in the axes of
the earlier ones. Knows nothing of dataframes. Training works on copies of counts, so that the
matrices which counts cache for it are not kept with them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cat2vec.axes import feature_means, token_weights, turned_to
from cat2vec.counting.in_memory import count_encoded
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import ParameterError
from cat2vec.tables.encode import EncodedTable
from cat2vec.training.settings import Settings
from cat2vec.training.train import check_signal, train_checked
from cat2vec.vectors import Vectors
from cat2vec.vocabulary import Vocabulary


def first_vectors(
    table: EncodedTable, *, n_jobs: int | None = None, verbose: int = 0, **settings: Any
) -> tuple[Vectors, PairCounts]:
    """Train on a table by the solver "counts", and keep its pair counts to add others to.

    Parameters
    ----------
    table : EncodedTable
    n_jobs, verbose, **settings
        As in ``train_vectors``.

    Returns
    -------
    vectors : Vectors
        To the bit those of ``train_vectors`` with the solver "counts".
    counts : PairCounts

    Raises
    ------
    ParameterError, TableError, NoPairsError, TrainingDivergedError

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> table = encode_table({"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9})
    >>> first_vectors(table, vector_size=1)[1]
    PairCounts(18 rows, 2 features, 4 tokens, 2 distinct pairs, 18 pairs in all)
    """
    checked = Settings(**{**settings, "solver": "counts"}).checked()
    check_signal(table, checked)
    counts = count_encoded(table, n_jobs)
    return train_checked(replace(counts), checked, n_jobs, verbose), counts


def update_vectors(
    earlier: Vectors,
    counts: PairCounts,
    *,
    n_jobs: int | None = None,
    verbose: int = 0,
    **settings: Any,
) -> Vectors:
    """Train on grown counts, beginning with the vectors of before; the solver is "counts".

    Parameters
    ----------
    earlier : Vectors
        Trained on some of the rows.
    counts : PairCounts
        Of all rows; its vocabulary holds that of ``earlier``.
    n_jobs, verbose
        As in ``train_vectors``.
    **settings
        See ``Settings``; ``vector_size`` must be that of ``earlier``.

    Returns
    -------
    Vectors
        Turned as a whole to lie near the earlier ones, by orthogonal Procrustes over shared tokens;
        ``Vectors.ordered`` gives the order of columns back.

    Raises
    ------
    ParameterError, TableError, TrainingDivergedError

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> first = count_pairs({"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9})
    >>> more = count_pairs({"city": ["Pisa", "Rome"] * 9, "food": ["pasta", "pasta"] * 9})
    >>> vectors = train_vectors(first, vector_size=1)
    >>> update_vectors(vectors, first + more, vector_size=1)["city"].index.tolist()
    ['Oslo', 'Pisa', 'Rome']
    """
    checked = Settings(**{**settings, "solver": "counts"}).checked()
    if checked.vector_size != earlier.vector_size:
        raise ParameterError(
            f"vector_size must stay {earlier.vector_size}, as in the first partial_fit, got "
            f"{checked.vector_size}. Set it back, or train anew with fit or a clone of this model."
        )
    trained = replace(counts)
    check_signal(trained, checked)
    before, after = earlier.vocabulary.of_vectors, counts.vocabulary.of_vectors
    rows = _places(before, after)
    center, context = (
        _grown(earlier.vocabulary.by_vector(side), before, after, rows)
        for side in (earlier.center, earlier.context)
    )
    vectors = train_checked(trained, checked, n_jobs, verbose, (center, context))
    turned = turned_to(vectors.under()[1], earlier.under()[1], rows, token_weights(after))
    return replace(vectors, matrix=counts.vocabulary.by_token(turned))


def _places(earlier: Vocabulary, grown: Vocabulary) -> np.ndarray:
    """Give the token ids that earlier tokens have in a vocabulary that holds them all."""
    return np.concatenate(
        [
            grown.offsets[feature] + grown.codes_of(feature, categories.tolist())
            for feature, categories in enumerate(earlier.categories)
        ]
    )


def _grown(side: np.ndarray, before: Vocabulary, after: Vocabulary, rows: np.ndarray) -> np.ndarray:
    """Give the vectors of all words: those of before, and the mean of the feature for new ones.

    The first half sweep with the other side fixed is what folding them in would be.
    """
    grown = feature_means(side, before).astype(np.float32)[after.feature_of_token]
    grown[rows] = side
    return grown
