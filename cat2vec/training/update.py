"""Vectors brought up to date with counts that have grown.

Takes earlier ``Vectors`` and pair counts of all rows so far. Gives new ``Vectors`` in the axes of
the earlier ones. Knows nothing of dataframes. Training works on copies of counts, so that the
matrices which counts cache for it are not kept with them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cat2vec.counting.encoded import count_encoded
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import ParameterError, named
from cat2vec.tables.encode import EncodedTable
from cat2vec.training.checks import check_signal
from cat2vec.training.earlier import places_in, start_from
from cat2vec.training.settings import Settings
from cat2vec.training.train import train_vectors
from cat2vec.vectors.axes import token_weights, turned_to
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.pooling import Pooling


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
        To the bit those of ``train_vectors`` with the solver "counts"; if ``min_count`` pools
        rows of fractional weights, sums are rounded in another order.
    counts : PairCounts
        Unpooled.

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
    settings = {**settings, "solver": "counts"}
    checked = Settings(**settings).checked()
    Pooling.of(table.vocabulary, checked.min_count).check_counts_suffice()
    check_signal(table.pool(checked.min_count), checked)
    counts = count_encoded(table, n_jobs)
    vectors = train_vectors(replace(counts), n_jobs=n_jobs, verbose=verbose, **settings)
    return vectors, counts


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
        Of all rows, unpooled; its vocabulary holds that of ``earlier``.
    n_jobs, verbose
        As in ``train_vectors``.
    **settings
        See ``Settings``; ``vector_size`` must be that of ``earlier``.

    Returns
    -------
    Vectors
        Turned as a whole to lie near the earlier ones, by orthogonal Procrustes over shared tokens;
        ``Vectors.ordered`` gives the order of columns back. A category that was rare, and is no
        more, has a vector of its own.

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
    settings = {**settings, "solver": "counts"}
    checked = Settings(**settings).checked()
    if checked.vector_size != earlier.vector_size:
        raise ParameterError(
            f"{named('vector_size')} must stay {earlier.vector_size}, as in the first partial_fit, "
            f"got {checked.vector_size}. Set it back, or train anew with fit or a clone of this "
            f"model."
        )
    trained = replace(counts).pool(checked.min_count)
    before, grown = earlier.vocabulary.of_vectors, trained.vocabulary.of_vectors
    places = places_in(before, grown)
    start = start_from(earlier, grown, places)
    vectors = train_vectors(trained, start=start, n_jobs=n_jobs, verbose=verbose, **settings)
    # a category that was rare has the vector of all rare ones to begin with, and is not held to it
    was_rare, is_rare = (
        np.isin(ids, vocabulary.rare_tokens)
        for ids, vocabulary in ((places, before), (np.arange(grown.n_tokens), grown))
    )
    kept = np.flatnonzero((places >= 0) & (was_rare == is_rare))
    old = earlier.vocabulary_and_matrix()[1][places[kept]]
    turned = turned_to(vectors.vocabulary_and_matrix()[1], old, kept, token_weights(grown))
    return replace(vectors, matrix=trained.vocabulary.by_token(turned))
