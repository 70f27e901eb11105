"""Solver ``gensim``: ``gensim.models.Word2Vec`` with settings that suit tables, to compare with.

Takes a ``Problem`` and rows. Gives center and context matrices. gensim draws noise from all
features and has no constant in its logits, so one constant per ordered feature pair is fitted
afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cat2vec.errors import MissingPackageError, TrainingDivergedError, named, setting
from cat2vec.kernels.threads import Workers, thread_count
from cat2vec.tables.encode import EncodedTable
from cat2vec.training.problem import Problem, TrainingData
from cat2vec.training.progress import SILENT, Progress
from cat2vec.training.settings import Settings
from cat2vec.training.solvers.groups import ungrouped
from cat2vec.training.solvers.objective import Block, Objective, Side
from cat2vec.training.solvers.prior import Solution
from cat2vec.training.solvers.row_pools import pools_of

#: Newton steps at most for the constants; each is a pass over all pairs of tokens.
_CONSTANT_STEPS = 30


class RowCorpus:
    """The rows of a table as gensim sentences: token ids as text, shuffled anew on every pass.

    Built from the codes row by row, so that no list of sentences is ever held. A row of weight w is
    w sentences. Rows on disk are shuffled in pools, see ``pools_of``.
    """

    def __init__(self, table: EncodedTable, random_state: int) -> None:
        self._table, self._seed, self._n_passes = table, random_state, 0
        self._keys = [str(token) for token in range(table.vocabulary.n_tokens)]
        self._most_rows = table.n_rows
        if table.on_disk is not None:  # of which there are token ids, too
            self._most_rows = table.on_disk.memory // 4 // (12 * table.codes.shape[1] + 16)
        self._orders = np.random.default_rng(random_state)

    def __iter__(self) -> Iterator[list[str]]:
        keys, weights = self._keys, self._table.weights
        self._n_passes += 1
        for pool in pools_of(self._table, self._most_rows, [self._seed, self._n_passes]):
            tokens, rows = pool.rows.token_ids(), np.arange(pool.rows.n_rows)
            if weights is not None:
                parts = zip(pool.starts, pool.stops, strict=True)
                own = np.concatenate([weights[start:stop] for start, stop in parts])
                rows = np.repeat(rows, own.astype(np.int64))
            for row in self._orders.permutation(rows):
                yield [keys[token] for token in tokens[row].tolist() if token >= 0]


def solve_gensim(
    problem: Problem,
    data: TrainingData,
    crew: Workers,
    progress: Progress = SILENT,
    start: tuple[np.ndarray, np.ndarray] | None = None,
) -> Solution:
    """Train ``gensim.models.Word2Vec`` on the rows, and fit one constant per feature pair.

    Parameters
    ----------
    problem : Problem
    data : TrainingData
        With rows and their pair counts; weights must be whole numbers.
    crew : Workers
        With more than one thread asked for, gensim is faster and no longer repeatable.
    progress : Progress
    start : None
        This solver begins anew.

    Returns
    -------
    Solution
        ``losses`` is empty: gensim's own loss counter is float32 and not comparable.
    """
    assert data.rows is not None
    assert data.counts is not None
    assert start is None
    n_threads = 1 if crew.n_jobs is None else thread_count(crew.n_jobs)
    center, context = train_word2vec(data.rows, problem.settings, n_threads, progress)
    objective = Objective(data.counts, problem.noise)
    return Solution(*with_pair_constants(objective, center, context, crew), ())


def train_word2vec(
    table: EncodedTable, settings: Settings, n_threads: int = 1, progress: Progress = SILENT
) -> tuple[np.ndarray, np.ndarray]:
    """Train ``gensim.models.Word2Vec`` on the rows.

    Skip-gram over all pairs of a row (``window`` = columns of codes, ``shrink_windows=False``), no
    subsampling (``sample=0``), no token dropped (``min_count=1``).

    Parameters
    ----------
    table : EncodedTable
        Weights must be whole numbers.
    settings : Settings
        Uses vector_size, negative, ns_exponent, epochs, learning_rate and random_state; gensim has
        no prior, so regularization is not used.
    n_threads : int
        gensim's ``workers``.
    progress : Progress
        Gets the number of epochs after each.

    Returns
    -------
    center, context : ndarray of shape (n_tokens, vector_size), float32
        Zeros for tokens that no row holds.
    """
    try:
        from gensim.models import Word2Vec
        from gensim.models.callbacks import CallbackAny2Vec
    except ImportError as error:
        raise MissingPackageError(setting("solver", "gensim"), "gensim") from error

    class Report(CallbackAny2Vec):
        done = 0

        def on_epoch_end(self, model: Word2Vec) -> None:
            self.done += 1
            progress.advance(self.done, float("nan"))

    vocabulary = table.vocabulary
    # most frequent first, as gensim has them: its own order of equals depends on the processor
    by_frequency = np.argsort(vocabulary.counts, kind="stable")[::-1].tolist()
    rate = settings.first_learning_rate
    model = Word2Vec(
        vector_size=settings.vector_size,
        sg=1,
        hs=0,
        negative=int(settings.negative),
        ns_exponent=settings.ns_exponent,
        window=table.codes.shape[1],
        shrink_windows=False,
        sample=0,
        min_count=1,
        sorted_vocab=0,
        alpha=rate,
        min_alpha=rate * 1e-4,
        workers=n_threads,
        seed=settings.random_state,
    )
    model.build_vocab_from_freq(
        {str(token): int(n) for token in by_frequency if (n := vocabulary.counts[token]) > 0},
        corpus_count=int(table.total_weight),
    )
    model.train(
        RowCorpus(table, settings.random_state),
        total_examples=int(table.total_weight),
        epochs=settings.n_epochs,
        callbacks=[Report()],
    )
    places = [model.wv.key_to_index.get(str(token), -1) for token in range(vocabulary.n_tokens)]
    zeros = np.zeros((1, settings.vector_size), np.float32)
    center = np.concatenate([model.wv.vectors, zeros])[places]
    context = np.concatenate([model.syn1neg, zeros])[places]
    if not (np.isfinite(center).all() and np.isfinite(context).all()):
        raise TrainingDivergedError(
            f"vectors of the gensim solver became NaN or infinite "
            f"({named('learning_rate')} {rate:g})",
            f"Try a {named('learning_rate')} of at most {settings.lower_learning_rate:g}.",
        )
    return center, context


def with_pair_constants(
    objective: Objective, center: np.ndarray, context: np.ndarray, crew: Workers
) -> tuple[np.ndarray, np.ndarray]:
    """Fit one constant per ordered feature pair and write it into extra columns.

    The logit becomes ``w_a . c_b + delta[f, g]``, without the bias of the objective. Center vectors
    get a one for their feature and a one for the bias; context vectors get the constants and minus
    the bias. Centring a feature removes these columns, so canonical vectors do not see them.

    Returns
    -------
    center, context : ndarray of shape (n_tokens, vector_size + n_features + 1), float32
    """
    center, context = without_constants(objective, center, context)
    vocabulary = objective.counts.vocabulary
    feature, n_features = vocabulary.feature_of_token, vocabulary.n_features
    constants = slice(context.shape[1] - n_features - 1, context.shape[1] - 1)
    delta = np.zeros((n_features, n_features))
    side = Side.of(objective, center_side=True)

    def slopes(block: Block) -> np.ndarray:
        terms = side.terms(block, center[block.rows], context, means)
        terms.residual[:, block.gap(vocabulary.offsets)] = 0.0
        own = feature[block.rows]
        sums = np.zeros((2, n_features, n_features))
        for which, matrix in enumerate((terms.residual, terms.curvature)):
            np.add.at(sums[which], own, vocabulary.sum_by_feature(matrix.T).T)
        return sums

    for _ in range(_CONSTANT_STEPS):
        means = side.means(context, ungrouped(vocabulary))
        gradient, curvature = np.sum(crew.map(slopes, side.blocks), axis=0)
        step = np.clip(gradient / np.maximum(curvature, 1e-12), -2.0, 2.0)
        delta += np.where(curvature > 0, step, 0.0)
        context[:, constants] = delta.T[feature]
        if np.abs(step).max() < 1e-4:
            break
    return center, context


def without_constants(
    objective: Objective, center: np.ndarray, context: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Write gensim's own logits ``w_a . c_b`` in the form of the objective: constants of zero."""
    vocabulary = objective.counts.vocabulary
    own = np.eye(vocabulary.n_features, dtype=np.float32)[vocabulary.feature_of_token]
    ones = np.ones((vocabulary.n_tokens, 1), np.float32)
    bias = objective.noise.bias.astype(np.float32)[:, None]
    return np.hstack([center, own, ones]), np.hstack([context, np.zeros_like(own), -bias])
