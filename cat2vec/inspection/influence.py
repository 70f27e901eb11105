"""Which other features shaped the vectors of a feature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cat2vec.errors import ParameterError
from cat2vec.inspection.pair_model import PairModel
from cat2vec.kernels.threads import workers
from cat2vec.parameters import one_or_several
from cat2vec.vectors.given import check_vectors
from cat2vec.vectors.vectors import Vectors

if TYPE_CHECKING:
    import pandas as pd


def influence(
    vectors: Vectors,
    feature: str | Sequence[str] | None = None,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Say which other features shaped the vectors of a feature.

    Parameters
    ----------
    vectors : Vectors
    feature : str, sequence of str or None
        One feature or several; None means all.
    n_jobs : int or None

    Returns
    -------
    DataFrame
        One line for each other feature, and for the feature itself if the values of one cell
        learn from each other, most influential first, with the columns feature, other,
        bits, share and rows (in which the other one is present, or the number of its values where
        cells hold several). ``bits``: the mutual information of both features according to the
        vectors, which is the mean Kullback-Leibler divergence of p(b | a) from p(b). ``share``:
        bits times rows, as a share of the sum over all others; 0 for features that were excluded
        from learning from each other, and NaN where nothing was learned at all.

    Raises
    ------
    UnknownFeatureError

    Notes
    -----
    For weak associations the divergence is half the mean square of ``w_a . c_b``, so that a feature
    has the share that it has in what the vectors fit.
    Unlike ``associations``, which describes the counts, this describes the vectors: what
    regularization shrinks, or what does not fit into ``vector_size`` numbers, is missing.

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Oslo", "Rome", "Rome"] * 9, "land": ["NO", "NO", "IT", "IT"] * 9,
    ...          "day": ["Mon", "Tue"] * 18}
    >>> found = influence(train_vectors(count_pairs(table), vector_size=2), "city")
    >>> found[["other", "share", "rows"]].round(2).values.tolist()
    [['land', 1.0, 36], ['day', 0.0, 36]]
    """
    check_vectors(vectors)
    import pandas as pd

    vocabulary = vectors.vocabulary
    known = vocabulary.features
    wanted = known if feature is None else one_or_several(feature, known)
    if not wanted:
        raise ParameterError(f"feature must name at least one feature, got {feature!r}.")
    positions = [vocabulary.schema.position(name) for name in wanted]
    model = PairModel.of(vectors)
    parts = []
    with workers(n_jobs) as crew:
        for position in positions:
            tokens = slice(*vocabulary.offsets[position : position + 2].tolist())
            divergences = model.against_features(tokens, crew)
            bits = (vocabulary.shares[tokens, None] * divergences).sum(axis=0) / np.log(2)
            energy = bits * model.weights_for(position)
            whole = energy.sum()
            share = energy / whole if whole > 0 else np.full(len(bits), np.nan)
            others = np.arange(vocabulary.n_features)
            if not model.allowed[position, position]:
                others = np.delete(others, position)
            order = others[np.lexsort((others, -np.nan_to_num(share[others])))]
            parts.append(
                pd.DataFrame(
                    {
                        "feature": vocabulary.features[position],
                        "other": [vocabulary.features[other] for other in order],
                        "bits": bits[order],
                        "share": share[order],
                        "rows": vocabulary.present[order],
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)
