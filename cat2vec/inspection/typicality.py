"""How typical categories are of their feature, according to the trained vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cat2vec.inspection.pair_model import PairModel
from cat2vec.kernels.threads import workers
from cat2vec.parameters import feature_name
from cat2vec.vectors.frames import category_index
from cat2vec.vectors.given import check_vectors
from cat2vec.vectors.vectors import Vectors

if TYPE_CHECKING:
    import pandas as pd


def commonality(vectors: Vectors, feature: str, n_jobs: int | None = None) -> pd.DataFrame:
    """Say how typical each category of a feature is, the most typical first.

    Parameters
    ----------
    vectors : Vectors
    feature : str
    n_jobs : int or None

    Returns
    -------
    DataFrame
        Columns feature, category, bits, distance and rows. ``bits``: how much knowing the category
        changes what is expected of another cell of the row, on average over the other features,
        each as often as it is present: the Kullback-Leibler divergence of the trained model. 0 is
        the average category; the more, the less typical. ``distance``: length of the vector, which
        is the distance from the average of the feature. Each feature has a scale of its own, so
        compare distances within one feature only. Training shrinks rare categories towards the
        average, so that a category is not atypical for being rare.

    Raises
    ------
    UnknownFeatureError

    Notes
    -----
    Weighted by rows, the mean of ``bits`` over a feature is that of ``influence``.
    Time grows with the number of its categories times the number of those of other features.

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Rome", "Any", "Any"] * 9,
    ...          "food": ["cod", "pasta", "cod", "pasta"] * 9}
    >>> found = commonality(train_vectors(count_pairs(table), vector_size=1), "city")
    >>> found["category"].tolist()[0], found["rows"].tolist()
    ('Any', [18, 9, 9])
    """
    check_vectors(vectors)
    import pandas as pd

    vocabulary = vectors.vocabulary
    tokens = vocabulary.tokens_of(feature)
    part = np.arange(tokens.start, tokens.stop)
    model = PairModel.of(vectors)
    with workers(n_jobs) as crew:
        divergences = model.against_features(tokens, crew)
    weight = model.weights_for(vocabulary.schema.position(feature))
    bits = (divergences * weight).sum(axis=1) / np.log(2)
    distance = np.linalg.norm(vectors.matrix[part].astype(np.float64), axis=1)
    order = np.lexsort((part, bits))
    return pd.DataFrame(
        {
            "feature": [feature_name(feature)] * len(part),
            "category": category_index([vocabulary.token(int(t)).category for t in part[order]]),
            "bits": bits[order],
            "distance": distance[order],
            "rows": vocabulary.counts[part][order],
        }
    )
