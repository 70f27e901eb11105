"""How many dimensions a table carries: held-out gain for growing vector sizes.

Takes ``Vectors``, their training data and held-out counts. Gives sizes and gains.
"""

from __future__ import annotations

from collections.abc import Sequence

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.inspection.quality import held_out_gain
from cat2vec.inspection.report.retrain import retrained
from cat2vec.tables.encode import EncodedTable
from cat2vec.vectors.vectors import Vectors

#: Share of the best gain that is as good as all of it.
ENOUGH = 0.99


def sizes_up_to(largest: int) -> list[int]:
    """Give powers of two below a size, and the size.

    Examples
    --------
    >>> sizes_up_to(12), sizes_up_to(1)
    ([1, 2, 4, 8, 12], [1])
    """
    return [*(2**power for power in range(largest.bit_length()) if 2**power < largest), largest]


def gain_by_size(
    vectors: Vectors,
    data: PairCounts | EncodedTable,
    held_out: PairCounts,
    n_jobs: int | None = None,
) -> list[tuple[int, float]]:
    """Train vectors of sizes 1, 2, 4, ... up to that of the model, and score each.

    Parameters
    ----------
    vectors : Vectors
        They stand for their own size and are not trained again.
    data : PairCounts or EncodedTable
        What they were trained on; rows for the solvers "rows" and "gensim".
    held_out : PairCounts
    n_jobs : int or None

    Returns
    -------
    list of (int, float)
        Size and held-out gain in nats per pair.
    """
    *smaller, _ = sizes_up_to(vectors.vector_size)
    tried = [retrained(vectors, data, n_jobs, vector_size=size) for size in smaller]
    return [(one.vector_size, held_out_gain(one, held_out, n_jobs)) for one in (*tried, vectors)]


def size_enough(curve: Sequence[tuple[int, float]]) -> int | None:
    """Name the smallest size that keeps ``ENOUGH`` of the best gain; None if no size gains.

    Examples
    --------
    >>> size_enough([(1, 0.5), (2, 0.995), (4, 1.0)]), size_enough([(1, -0.1)])
    (2, None)
    """
    best = max((gain for _, gain in curve), default=0.0)
    if not best > 0.0:
        return None
    return next(size for size, gain in curve if gain >= ENOUGH * best)
