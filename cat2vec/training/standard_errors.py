"""How far vectors may lie from where endless rows would put them.

Takes ``Vectors``, and how uncertain both sides of the solver were. Gives one number per token.
"""

from __future__ import annotations

import numpy as np

from cat2vec.training.fold_in import canonical_maps
from cat2vec.training.problem import Problem
from cat2vec.training.solvers.prior import Learned
from cat2vec.vectors.vectors import Vectors


def standard_errors(vectors: Vectors, problem: Problem, learned: Learned) -> np.ndarray:
    """Compute the standard error of every canonical vector, in the units of its length.

    With all else fixed, the canonical vector of a token is linear in its center and its context:
    ``y = (w - mean) A + (c - mean) B``, Nystrom's extension as in ``fold_in``. With their posterior
    covariances S and R (Laplace's approximation around the vectors found, MacKay 1992,
    doi:10.1162/neco.1992.4.3.448), the root of the mean squared distance of y from where it would
    be is at most ``sqrt(tr A' S A) + sqrt(tr B' R B)``. It is that much if both go wrong together,
    and they do: center and context of a token are learned from the same rows.

    Other vectors are taken as known, and what training does not see, such as other optima, is no
    part of it.

    Parameters
    ----------
    vectors : Vectors
    problem : Problem
    learned : Learned

    Returns
    -------
    ndarray of shape (n_tokens,), float32
    """
    vocabulary = problem.vocabulary
    errors = np.zeros(vocabulary.of_vectors.n_tokens)
    for maps, spread in zip(
        canonical_maps(vectors, problem.trained_vectors), learned.spreads, strict=True
    ):
        errors += np.sqrt(spread.variances(maps[:, : spread.size], vocabulary))
    return vocabulary.by_token(errors).astype(np.float32)
