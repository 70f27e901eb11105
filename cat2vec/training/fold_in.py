"""Vectors for categories that training did not see, from rows in which they stand.

Takes ``Vectors`` and rows as codes. Gives a vector per category. Knows nothing of dataframes.

A new category v of feature f is one row of the problem of training, with all else fixed:

1. Its center vector minimises the objective over the contexts in its rows, and its context vector
   over their centers: two convex problems of d numbers. The prior is that of training, centred on
   the mean of the feature, which stays where it is. Noise and bias of v as a context follow from
   the rows that hold it, counted in rows of training: with share p and noise share q,
   ``k q / p = k n_v^(e - 1) N_f / Z_f``; a center a is expected ``n_vg p_g(a)`` times, where n_vg
   are the pairs of v with the feature g of a. So a feature that is never there beside v says
   nothing, and training counts are not needed.
2. Canonical vectors are ``Y = s E S`` with ``M E = E S``, and M holds ``X`` between features and
   ``E_f S E_f'`` inside feature f. The row of v in that equation is
   ``x_v + e_v S E_f' E_f = e_v S`` (Nystrom's extension), so ``y_v = s x_v (I - E_f' E_f)^-1``,
   where x_v sums ``(w_v c_b' + c_v w_b') / 2 E_b`` over b of other features, all centred.
   The canonical form fills its blocks a few times and not for ever, so the inverse is as many terms
   of its series, which also stays small where a feature is nearly all of a dimension. ``Y`` gives
   back ``s S``, a symmetric root of ``Y' Y``, and E; they turn as Y turns. All this
   is so before features are made even, which is taken back first and done to new vectors last.

Where the values of one cell learn from each other, other values of its cells are contexts of v like
those of other features; v is none of the known ones, so their noise is as it is elsewhere. Some of
S may stand for negative eigenvalues there (see ``canonical.py``); their signs are those of ``E' X
E`` and are given to ``x_v E``.

A category that is new to a shared vocabulary has one vector: the losses of its tokens are added.
The blocks that were filled are all that were not trained: those of features that were kept apart
too, and not that of a shared vocabulary whose features learned from each other.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse

from cat2vec.kernels.threads import Workers, workers
from cat2vec.parameters import documented
from cat2vec.tables.encode import EncodedTable
from cat2vec.training.canonical import COMPLETIONS
from cat2vec.training.eigenvectors import eigenvectors_of
from cat2vec.training.problem import Problem
from cat2vec.training.solvers.prior import TO_ZERO
from cat2vec.vectors.axes import feature_means
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Newton stops when the gradient is below this share of the largest that it can be.
_GRADIENT = 1e-8
_MOST_STEPS = 100
_HALVINGS = 30


@documented
def fold_in(vectors: Vectors, table: EncodedTable, n_jobs: int | None = None) -> np.ndarray:
    """Give a vector to categories that training did not see, from the rows of a table.

    Parameters
    ----------
    vectors : Vectors
    table : EncodedTable
        From ``encode_growing`` with the vocabulary of ``vectors``: in each feature the categories
        of training come first. New ones learn from the rows that hold them and a category of
        training of another feature; those without such rows get zeros.
    {n_jobs}

    Returns
    -------
    ndarray of shape (n_tokens, vector_size), float32
        For the tokens of the table's vocabulary: rows of ``vectors.matrix``, and new ones.

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> from cat2vec.tables.encode import encode_growing
    >>> known = {"city": ["Oslo", "Bergen", "Rome", "Pisa"] * 9,
    ...          "food": ["cod", "cod", "pasta", "pasta"] * 9}
    >>> vectors = train_vectors(count_pairs(known), vector_size=1)
    >>> rows = encode_growing({"city": ["Nice"] * 9, "food": ["pasta"] * 9}, vectors.vocabulary)
    >>> rome, nice = fold_in(vectors, rows)[[3, 4], 0]
    >>> bool(rome * nice > 0)
    True
    """
    known, grown = vectors.vocabulary, table.vocabulary
    place = np.full(grown.n_tokens + 1, -1)  # token ids of training; -1 for new and none
    for start, first, size in zip(
        grown.offsets[:-1], known.offsets[:-1], np.diff(known.offsets), strict=True
    ):
        place[start : start + size] = np.arange(first, first + size)
    new = np.flatnonzero(place[:-1] < 0)
    matrix = np.concatenate([vectors.matrix, np.zeros((1, vectors.vector_size), np.float32)])[place]
    if len(new):
        problem = Problem.of_vectors(vectors)
        pairs = _pairs_with_known(table, place, new, known.n_tokens, problem.allowed)
        feature = grown.feature_of_token[new]
        vector_of_new = np.arange(len(new))
        if grown.schema.shared:
            _, vector_of_new = np.unique(grown.vector_of_token[new], return_inverse=True)
        names = _names(known, feature, vector_of_new)
        with workers(n_jobs) as crew:
            center, context = _solved(
                problem, vectors, pairs, feature, grown.counts[new], crew, vector_of_new
            )
            found = _canonical(vectors, center, context, names, problem.trained_vectors)
        matrix[new] = found[vector_of_new]
    return matrix[:-1]


def _pairs_with_known(
    table: EncodedTable, place: np.ndarray, new: np.ndarray, n_known: int, allowed: np.ndarray
) -> scipy.sparse.csr_array:
    """Count the rows that hold a new token and one of training: (n_new, n_known)."""
    number = np.full(len(place), -1)
    number[new] = np.arange(len(new))
    left, right = [], []
    ids = table.token_ids()
    ids = ids[(number[ids] >= 0).any(axis=1)]
    others = place[ids]
    of_column = table.feature_of_column
    for own, column in zip(of_column, number[ids].T, strict=True):
        heard = allowed[own][of_column]
        rows, columns = np.nonzero((column >= 0)[:, None] & (others >= 0) & heard)
        left.append(column[rows])
        right.append(others[rows, columns])
    pairs = np.concatenate(left), np.concatenate(right)
    return scipy.sparse.csr_array((np.ones(len(pairs[0])), pairs), shape=(len(new), n_known))


def _names(vocabulary: Vocabulary, feature: np.ndarray, vector_of_new: np.ndarray) -> np.ndarray:
    """Give the place of each new vector among the vector names."""
    names = np.empty(int(vector_of_new.max()) + 1, np.int64)
    names[vector_of_new] = vocabulary.name_of_feature[feature]
    return names


def _solved(
    problem: Problem,
    vectors: Vectors,
    pairs: scipy.sparse.csr_array,
    feature: np.ndarray,
    rows: np.ndarray,
    crew: Workers,
    vector_of_new: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Solve the two problems of every new vector; what has no pairs stays at its feature's mean.

    ``feature``, ``rows`` and ``vector_of_new`` hold of each new token its feature, the rows that it
    stands in and its vector, None for one each.

    Returns
    -------
    center, context : ndarray of shape (n_new_vectors, at least vector_size), float64
        Columns beyond vector_size, which hold constants of gensim's, are those of the mean.
    """
    vocabulary, noise, size = problem.vocabulary, problem.noise, vectors.vector_size
    if vector_of_new is None:
        vector_of_new = np.arange(len(feature))
    names = _names(vocabulary, feature, vector_of_new)
    sides = [vectors.center.astype(np.float64), vectors.context.astype(np.float64)]
    center, context = (
        feature_means(vocabulary.by_vector(side), vocabulary.of_vectors)[names] for side in sides
    )
    exponent, ridge = problem.settings.ns_exponent, problem.settings.strength
    counts = vocabulary.positive_counts
    totals = vocabulary.sum_by_feature(np.column_stack([counts, counts**exponent]))
    totals[totals[:, 0] == 0] = 1.0  # nothing was there in training: the new token is all there is
    ratio = problem.settings.negative * totals[:, 0] / totals[:, 1]

    def solve(number: int) -> None:
        parts: list[list[tuple[np.ndarray, ...]]] = [[], []]
        for token in np.flatnonzero(vector_of_new == number).tolist():
            seen = pairs[[token]].toarray()[0]
            if not seen.any():
                continue
            with_feature = vocabulary.sum_by_feature(seen)[vocabulary.feature_of_token]
            own_ratio = float(ratio[feature[token]] * rows[token] ** (exponent - 1.0))
            level = np.full(len(seen), -np.log(own_ratio))
            parts[0].append((seen, with_feature * noise.k_q, noise.bias, sides[1]))
            parts[1].append((seen, own_ratio * with_feature * vocabulary.shares, level, sides[0]))
        for mine, tokens in zip((center, context), parts, strict=True):
            if tokens:
                positive, negative, bias, other = map(np.concatenate, zip(*tokens, strict=True))
                mean = mine[number]
                constant = bias + other[:, size:] @ mean[size:]
                mine[number, :size] = _minimum(
                    positive, negative, constant, other[:, :size], mean[:size], ridge
                )

    crew.map(solve, range(len(names)))
    return center, context


def _minimum(
    positive: np.ndarray,
    negative: np.ndarray,
    bias: np.ndarray,
    other: np.ndarray,
    mean: np.ndarray,
    ridge: float,
) -> np.ndarray:
    """Minimise one token's objective and prior by damped Newton steps, in float64.

    Parameters
    ----------
    positive, negative, bias : ndarray of shape (n_tokens,)
        Pairs with each token of the other side, those expected of noise, and logits of zero.
    other : ndarray of shape (n_tokens, d)
    mean : ndarray of shape (d,)
        Centre of the prior, and the start.
    ridge : float

    Returns
    -------
    ndarray of shape (d,)
    """
    heard = positive + negative > 0
    positive, negative, bias, other = positive[heard], negative[heard], bias[heard], other[heard]

    total = positive + negative

    def loss_at(vector: np.ndarray) -> tuple[float, np.ndarray]:
        """Give the penalised loss, and the probabilities that the logits stand for."""
        logits = other @ vector + bias
        softplus = np.logaddexp(0.0, logits)
        of_prior = np.square(vector - mean).sum() + TO_ZERO * np.square(vector).sum()
        loss = total @ softplus - positive @ logits + 0.5 * ridge * of_prior
        return float(loss), np.exp(logits - softplus)

    vector = mean.copy()
    loss, odds = loss_at(vector)
    enough = _GRADIENT * (ridge + total @ np.abs(other).max(axis=1, initial=0.0))
    for _ in range(_MOST_STEPS):
        slope = (total * odds - positive) @ other
        slope += ridge * (vector - mean + TO_ZERO * vector)
        if np.abs(slope).max() <= enough:
            break
        curvature = (other.T * (total * odds * (1.0 - odds))) @ other
        curvature[np.diag_indices_from(curvature)] += ridge * (1.0 + TO_ZERO)
        step = -np.linalg.solve(curvature, slope)
        for halving in range(_HALVINGS):
            length = 0.5**halving
            tried, tried_odds = loss_at(vector + length * step)
            if tried <= loss + 1e-4 * length * (slope @ step):
                break
        else:  # no step lowers the loss: it is as low as float64 can show
            break
        vector, loss, odds = vector + length * step, tried, tried_odds
    return vector


def _canonical(
    vectors: Vectors,
    center: np.ndarray,
    context: np.ndarray,
    names: np.ndarray,
    trained: np.ndarray,
) -> np.ndarray:
    """Map center and context vectors of new categories to canonical ones: (n_new, vector_size)."""
    vocabulary, known = vectors.vocabulary.of_vectors, eigenvectors_of(vectors)
    roots, undo = known.roots, known.undo
    if not roots.any():
        return np.zeros((len(center), vectors.vector_size))
    scale = roots.sum() / np.square(roots).sum()
    eigenvectors = known.vectors()
    found = np.zeros((len(center), vectors.vector_size))
    sides = []
    for whole, new in ((vectors.center, center), (vectors.context, context)):
        side = vectors.vocabulary.by_vector(whole)
        means = feature_means(side, vocabulary)
        centred = side - means[vocabulary.feature_of_token]
        sides.append((new - means[names], centred))
    signs = None
    if vectors.vocabulary.schema.within.any():
        signs = _signs(sides, eigenvectors, vocabulary, trained)
    for own in np.unique(names):
        outside = trained[own][vocabulary.feature_of_token]
        mine = names == own
        heard = sum(
            sides[s][0][mine] @ (sides[1 - s][1][outside].T @ eigenvectors[outside]) for s in (0, 1)
        )
        inside = eigenvectors[~outside]
        shares, turn = np.linalg.eigh(inside.T @ inside)
        filled = sum(shares**power for power in range(COMPLETIONS + 1))
        # a feature that had no vectors yet is as even as the others are on average
        even = 1.0 / undo[own] if undo[own] > 0.0 else (1.0 / undo[undo > 0.0]).mean()
        heard = heard if signs is None else heard @ signs
        found[mine] = 0.5 * scale * even * heard @ (turn * filled) @ turn.T
    return found


def canonical_maps(vectors: Vectors, trained: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the linear maps by which center and context vectors become canonical ones.

    Parameters
    ----------
    vectors : Vectors
    trained : ndarray of shape (n_names, n_names), bool
        From ``Problem.trained_vectors``.

    Returns
    -------
    of_center, of_context : ndarray of shape (n_names, vector_size, vector_size), float64
        For each feature, or set of features that share vectors: the canonical vector is what its
        center, less the mean of the feature, gives by the first, plus its context by the second.
    """
    vocabulary, size = vectors.vocabulary.of_vectors, vectors.vector_size
    means = [
        feature_means(vectors.vocabulary.by_vector(side), vocabulary)
        for side in (vectors.center, vectors.context)
    ]
    names = np.repeat(np.arange(vocabulary.n_features), size)
    units = np.tile(np.eye(size, means[0].shape[1]), (vocabulary.n_features, 1))
    center, context = (side[names] for side in means)
    of_center = _canonical(vectors, center + units, context, names, trained)
    of_context = _canonical(vectors, center, context + units, names, trained)
    shape = vocabulary.n_features, size, size
    return of_center.reshape(shape), of_context.reshape(shape)


def _signs(
    sides: list[tuple[np.ndarray, np.ndarray]],
    eigenvectors: np.ndarray,
    vocabulary: Vocabulary,
    trained: np.ndarray,
) -> np.ndarray:
    """Give the sign of ``E' X E`` as a matrix, with X as it was trained: (d, d)."""
    (_, center), (_, context) = sides
    product = np.zeros((eigenvectors.shape[1],) * 2)
    for own, tokens in enumerate(map(slice, vocabulary.offsets[:-1], vocabulary.offsets[1:])):
        outside = trained[own][vocabulary.feature_of_token]
        heard = context[outside].T @ eigenvectors[outside]
        product += eigenvectors[tokens].T @ center[tokens] @ heard
    values, axes = np.linalg.eigh(product + product.T)
    return (axes * np.where(values < 0.0, -1.0, 1.0)) @ axes.T
