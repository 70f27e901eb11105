"""Faults in how vectors are found from rows: batches, pools and epochs."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_ROWS = "training/solvers/test_rows.py"
_POOLS = "training/solvers/test_row_pools.py"
_WORD2VEC = "training/solvers/test_word2vec.py"

FAULTS = (
    *faults_in(
        "training/solvers/rows.py",
        (
            "held_out_rows_are_trained_on",
            "        self.pools.left_out = np.sort(held_out)\n",
            "",
            "the rows that say when to stop are trained on",
            _ROWS,
        ),
        (
            "held_out_rows_never_trained_on",
            "        training.pools.left_out = training.pools.left_out[:0]\n",
            "",
            "the last epochs leave the held-out rows out",
            _ROWS,
        ),
        (
            "seed_of_orders_ignored",
            "        self._rng = np.random.default_rng(self.settings.random_state)",
            "        self._rng = np.random.default_rng(0)",
            "rows come in one order whatever random_state is",
            f"{_ROWS} test_repeatability.py::"
            "test_another_seed_changes_rows_and_leaves_counts_as_they_are",
        ),
        (
            "rate_never_falls",
            "    return 1.0 - (1.0 - _LAST_RATE) * done",
            "    return 1.0 - 0.0 * (1.0 - _LAST_RATE) * done",
            "the last steps are as long as the first",
            _ROWS,
        ),
        (
            "rate_falls_between_epochs_only",
            "share = first + (last - first) * (n_before + start) / n_visits",
            "share = first",
            "the rate does not fall inside an epoch",
            _ROWS,
        ),
        (
            "training_that_goes_on",
            "if self.held_out_gain - before < _ENOUGH * abs(self.held_out_gain):",
            "if self.held_out_gain - before < -abs(self.held_out_gain):",
            'epochs="auto" uses the whole budget',
            _ROWS,
        ),
        (
            "a_value_beside_itself",
            "partners = others[rows] - allowed[feature, feature]",
            "partners = others[rows]",
            "a value counts as its own partner inside a cell",
            "training/test_pairs_inside.py",
        ),
    ),
    *faults_in(
        "training/solvers/row_batches.py",
        (
            "seed_of_the_start_ignored",
            "rng = np.random.default_rng([settings.random_state, n_vectors])",
            "rng = np.random.default_rng([0, n_vectors])",
            "the solver rows begins with the same vectors whatever random_state is",
            f"{_ROWS} test_repeatability.py::"
            "test_another_seed_changes_rows_and_leaves_counts_as_they_are",
        ),
        (
            "pull_by_mean_alone",
            "return ((1 - TO_ZERO) * np.array(means)).astype(np.float32)",
            "return np.array(means).astype(np.float32)",
            "the solver rows does not draw to zero at all",
            _ROWS,
        ),
        (
            "prior_of_every_visit",
            "prior = settings.strength / vocabulary.of_vectors.positive_counts",
            "prior = settings.strength * np.ones(vocabulary.of_vectors.n_tokens)",
            "the solver rows draws at every visit by the whole strength",
            _ROWS,
        ),
    ),
    *faults_in(
        "training/solvers/row_pools.py",
        (
            "places_in_a_pool",
            "rows[first:last] + (place - start)",
            "rows[first:last] - start",
            "rows of a pool from disk are those of its first chunk",
            _POOLS,
        ),
        (
            "held_out_rows_of_a_pool",
            "                here[pool.places_of(self.left_out)] = False\n",
            "",
            "held-out rows that lie on disk are trained on",
            _POOLS,
        ),
        (
            "drawn_rows_in_order",
            "        codes[order] = self._table.codes[rows[order]]",
            "        codes[:] = self._table.codes[rows[order]]",
            "held-out rows from disk stand in the order of the file",
            _POOLS,
        ),
        (
            "visits_of_every_epoch_alike",
            "(0.5 + epoch * _GOLDEN) % 1.0",
            "0.5",
            "rows of little weight are never visited",
            "training/test_weights_training.py cat2vec/training/solvers/row_pools.py",
        ),
    ),
    *faults_in(
        "training/solvers/word2vec.py",
        (
            "seed_of_gensim_ignored",
            "        seed=settings.random_state,",
            "        seed=1,",
            "gensim begins with the same vectors whatever random_state is",
            _WORD2VEC,
        ),
        (
            "seed_of_sentences_ignored",
            "        RowCorpus(table, settings.random_state),",
            "        RowCorpus(table, 0),",
            "sentences of gensim come in one order whatever random_state is",
            _WORD2VEC,
        ),
        (
            "window_of_gensim",
            "        window=table.codes.shape[1],",
            "        window=5,",
            "gensim pairs cells of near columns only",
            _WORD2VEC,
        ),
        (
            "weights_of_sentences",
            "                rows = np.repeat(rows, own.astype(np.int64))",
            "                rows = rows[own > 0]",
            "gensim sees a row once whatever its weight",
            f"{_WORD2VEC} training/test_weights_training.py",
        ),
    ),
)
