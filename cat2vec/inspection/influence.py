"""Which other features shaped the vectors of a feature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cat2vec.inspection.pair_model import PairModel
from cat2vec.kernels.threads import workers
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
        One line for each other feature, most influential first, with the columns feature, other,
        bits, share and rows (in which the other one is present; where cells hold several values,
        how many these are). ``bits``: what the vectors know of the mutual information of both
        features, the mean divergence of p(b | a) from p(b). ``share``: bits times rows, as a share
        of the sum over all others; 0 for features that were kept apart in training, and NaN where
        nothing was learned at all.

    Raises
    ------
    UnknownFeatureError

    Notes
    -----
    For weak associations the divergence is half the mean square of ``w_a . c_b``, which is half its
    Fisher information: a feature has the share that it has in what the vectors fit.
    Unlike ``associations`` it speaks of the vectors, not of the counts: what the prior shrank or
    ``vector_size`` left no room for is not in it.

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Oslo", "Rome", "Rome"] * 9, "land": ["NO", "NO", "IT", "IT"] * 9,
    ...          "day": ["Mon", "Tue"] * 18}
    >>> found = influence(train_vectors(count_pairs(table), vector_size=2), "city")
    >>> found[["other", "share", "rows"]].round(2).values.tolist()
    [['land', 1.0, 36], ['day', 0.0, 36]]
    """
    import pandas as pd

    words = vectors.vocabulary
    if feature is None:
        feature = words.features
    wanted = [feature] if isinstance(feature, str) else list(feature)
    positions = [words.schema.position(name) for name in dict.fromkeys(map(str, wanted))]
    model = PairModel.of(vectors)
    parts = []
    with workers(n_jobs) as crew:
        for position in positions:
            tokens = np.arange(*words.offsets[position : position + 2])
            _, divergences = model.against_features(tokens, crew)
            bits = (words.shares[tokens, None] * divergences).sum(axis=0) / np.log(2)
            energy = bits * model.weights_for(position)
            whole = energy.sum()
            share = energy / whole if whole > 0 else np.full(len(bits), np.nan)
            others = np.delete(np.arange(words.n_features), position)
            order = others[np.lexsort((others, -np.nan_to_num(share[others])))]
            parts.append(
                pd.DataFrame(
                    {
                        "feature": words.features[position],
                        "other": [words.features[other] for other in order],
                        "bits": bits[order],
                        "share": share[order],
                        "rows": words.present[order],
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)
