"""Faults in what is made of trained vectors: canonical form, folding in, updates, choices."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_CANONICAL = "training/test_canonical.py"
_TWIN = (
    "vocabulary/test_shared.py::"
    "test_canonical_vectors_equal_those_of_an_eigenproblem_over_words_written_out"
)
_FOLD_IN = "training/test_fold_in.py"
_INSIDE = "training/test_pairs_inside.py"
_OBJECTIVE = "training/solvers/test_objective.py"
_TRAIN = "training/test_train.py"
_CHOICE = "training/test_choice.py cat2vec/training/choice.py"
_UPDATE = "estimator/test_partial_fit.py"

FAULTS = (
    *faults_in(
        "training/canonical.py",
        (
            "no_completions",
            "COMPLETIONS = 3",
            "COMPLETIONS = 0",
            "blocks inside features are taken for zero",
            f"{_CANONICAL} {_TWIN} training/test_exclude_pairs.py {_FOLD_IN}",
        ),
        (
            "sides_multiplied_with_themselves",
            "right = np.hstack([2 * left[:, size:], 2 * left[:, :size]])",
            "right = np.hstack([2 * left[:, :size], 2 * left[:, size:]])",
            "associations are products of a side with itself",
            _CANONICAL,
        ),
        (
            "one_direction_of_association",
            "right = np.hstack([2 * left[:, size:], 2 * left[:, :size]])",
            "right = np.hstack([4 * left[:, size:], 0 * left[:, :size]])",
            "associations are not made symmetric",
            f"{_CANONICAL} {_TWIN}",
        ),
        (
            "means_not_subtracted",
            "        return both - self.means",
            "        return both - 0.0 * self.means",
            "constants of a feature count as association",
            _CANONICAL,
        ),
        (
            "own_blocks_not_filled",
            "            matrix[block, rest] = (vectors[block] * values) @ vectors[rest].T",
            "            matrix[block, rest] *= 1.0",
            "products inside features, which nobody trained, count as associations",
            f"{_CANONICAL} {_TWIN}",
        ),
        (
            "features_not_made_even",
            "factors = feature_factors(canonical, vocabulary, -EVENNESS).astype(np.float32)",
            "factors = feature_factors(canonical, vocabulary, 0.0).astype(np.float32)",
            "a pair of features that say the same drowns the others",
            f"{_CANONICAL} {_TWIN}",
        ),
        (
            "size_of_canonical_vectors",
            "np.sqrt(values.sum() / np.square(values).sum()) if values.any()",
            "np.sqrt(np.square(values).sum() / values.sum()) if values.any()",
            "vectors have not the size that their products say",
            f"{_CANONICAL} {_TWIN} {_FOLD_IN}",
        ),
        (
            "no_negative_directions",
            "opposite = found < -_SMALLEST * max(values.max(initial=0.0), -found.min(initial=0.0))",
            "opposite = found < -np.inf",
            "items that never go with their like are not near each other",
            _INSIDE,
        ),
    ),
    *faults_in(
        "training/spectral.py",
        (
            "mirrored_pairs_have_no_room",
            "width = min((2 if mirrored else 1) * n_pairs + _EXTRA, size)",
            "width = min(n_pairs + _EXTRA, size)",
            "of two features half of the directions to begin with are found",
            f"{_CANONICAL} training/solvers/test_counts.py",
        ),
        (
            "eigenvalues_ascend",
            '    order = np.argsort(-values, kind="stable")',
            '    order = np.argsort(values, kind="stable")',
            "the weakest association comes first",
            _CANONICAL,
        ),
    ),
    *faults_in(
        "training/problem.py",
        (
            "ns_exponent_ignored",
            "        powered = counts**ns_exponent",
            "        powered = counts**1.0",
            "noise is drawn by frequency whatever ns_exponent is",
            _OBJECTIVE,
        ),
        (
            "noise_inside_cells",
            "inside = np.where(rest > 0.0, 1.0 / np.where(rest > 0.0, rest, 1.0), 0.0)",
            "inside = np.where(rest > 0.0, 1.0, 0.0)",
            "noise inside a cell does not make up for the token itself",
            _INSIDE,
        ),
        (
            "learned_strength_forgotten",
            'given["regularization"] = plain["learned_regularization"]',
            'given["regularization"] = "auto"',
            "folding in goes by the usual strength, not by the one that was learned",
            "training/solvers/test_evidence.py",
        ),
        (
            "first_part_of_a_date_excluded",
            "            allowed[np.ix_(one, other)] = False",
            "            allowed[np.ix_(one[:1], other[:1])] = False",
            "excluding a column of dates excludes its first part only",
            "training/test_exclude_pairs.py",
        ),
        (
            "independence_inside_cells",
            "minlength=n_features)[feature] - expected",
            "minlength=n_features)[feature]",
            "at independence a token is noise for itself",
            _INSIDE,
        ),
    ),
    *faults_in(
        "training/fold_in.py",
        (
            "noise_of_new_categories",
            "own_ratio = float(ratio[feature[token]] * rows[token] ** (exponent - 1.0))",
            "own_ratio = float(ratio[feature[token]] * rows[token] ** (1.0 - exponent))",
            "noise of a new category grows with its rows",
            _FOLD_IN,
        ),
        (
            "new_categories_not_drawn_to_zero",
            "slope += ridge * (vector - mean + TO_ZERO * vector)",
            "slope += ridge * (vector - mean)",
            "new categories have a prior without its share to zero",
            _FOLD_IN,
        ),
        (
            "new_categories_hear_excluded_features",
            "        heard = allowed[own][of_column]",
            "        heard = of_column != own",
            "new categories learn from features that training left out",
            "training/test_exclude_pairs.py",
        ),
        (
            "new_categories_not_completed",
            "filled = sum(shares**power for power in range(COMPLETIONS + 1))",
            "filled = np.ones(len(shares))",
            "new categories are shorter than the known ones",
            _FOLD_IN,
        ),
        (
            "new_categories_not_even",
            "even = 1.0 / undo[own] if undo[own] > 0.0 else",
            "even = 1.0 if undo[own] > 0.0 else",
            "new categories have lengths of before features were made even",
            _FOLD_IN,
        ),
        (
            "new_items_without_signs",
            "heard = heard if signs is None else heard @ signs",
            "heard = heard if signs is None else heard @ np.eye(len(signs))",
            "new items lie opposite to those that go with the same",
            _INSIDE,
        ),
    ),
    *faults_in(
        "training/eigenvectors.py",
        (
            "evenness_taken_back_by_half",
            "EVENNESS / (1.0 - 2.0 * EVENNESS)",
            "EVENNESS",
            "evenness is taken back by the wrong power",
            f"{_FOLD_IN} inspection/test_contributions.py",
        ),
    ),
    *faults_in(
        "training/update.py",
        (
            "update_not_turned",
            "return replace(vectors, matrix=trained.vocabulary.by_token(turned))",
            "return replace(vectors, matrix=vectors.matrix + 0.0 * "
            "trained.vocabulary.by_token(turned))",
            "vectors of an update cannot be compared with those of before",
            _UPDATE,
        ),
        (
            "update_begins_anew",
            "trained, start=start, n_jobs=n_jobs",
            "trained, n_jobs=n_jobs",
            "an update does not go on from the vectors of before",
            f"{_UPDATE} training/test_earlier.py",
        ),
        (
            "rare_categories_hold_the_turn",
            "kept = np.flatnonzero((places >= 0) & (was_rare == is_rare))",
            "kept = np.flatnonzero(places >= 0)",
            "a category that was rare is held to the vector of all rare ones",
            f"{_UPDATE} vocabulary/test_pooling.py",
        ),
    ),
    *faults_in(
        "training/earlier.py",
        (
            "known_categories_begin_at_the_mean",
            "vectors[known] = side[places[known]]",
            "vectors[known] = vectors[known]",
            "an update begins with the means of features",
            f"{_UPDATE} training/test_earlier.py",
        ),
    ),
    *faults_in(
        "training/choice.py",
        (
            "choice_of_the_slower_solver",
            "quick = cost.counts_seconds <= max(WORTH * cost.rows_seconds, QUICK_SECONDS)",
            "quick = cost.counts_seconds <= min(WORTH * cost.rows_seconds, QUICK_SECONDS)",
            "counts is taken only where it is both quick and quicker",
            _CHOICE,
        ),
        (
            "learning_the_strength_is_free",
            "return replace(work, passes=work.passes * _LEARNED) if learns else work",
            "return work",
            "estimates leave out what learning the strength takes",
            _CHOICE,
        ),
        (
            "pairs_of_lists",
            "cells = np.minimum(np.outer(sizes, sizes), n_rows * np.outer(slots, slots))",
            "cells = np.minimum(np.outer(sizes, sizes), n_rows)",
            "the bound on pairs is exceeded where cells hold several values",
            f"{_CHOICE} tables/test_multivalued.py::test_the_plan_counts_pairs_of_values",
        ),
        (
            "one_token_too_many",
            "    if n_tokens > MOST_TOKENS:",
            "    if n_tokens >= MOST_TOKENS:",
            "a table of exactly as many tokens as are allowed goes to rows",
            _CHOICE,
        ),
    ),
    *faults_in(
        "training/train.py",
        (
            "silent_features_have_vectors",
            "    _zero_silent(solution, vocabulary)\n",
            "",
            "a feature of one category keeps numbers that say nothing",
            f"{_TRAIN} training/solvers/test_rows.py",
        ),
        (
            "rows_counted_without_weights",
            "        n_rows = data.rows.total_weight",
            "        n_rows = data.rows.n_rows",
            "a model of weighted rows says how many lines there were",
            "training/test_weights_training.py inspection/report/test_report.py::"
            "test_weighted_rows_of_training_are_recognised",
        ),
        (
            "loss_of_the_last_epoch",
            "        losses = (*losses[:-1], final.value)",
            "        losses = tuple(losses) or (final.value,)",
            "the loss that is told is not that of the vectors that are given",
            f"{_TRAIN} training/solvers/test_rows.py training/solvers/test_counts.py "
            "training/solvers/test_word2vec.py",
        ),
        (
            "excluded_pairs_are_trained",
            "    kept = counts.without(problem.allowed)",
            "    kept = counts",
            "exclude_pairs changes no vector of the solver counts",
            "training/test_exclude_pairs.py",
        ),
    ),
    *faults_in(
        "training/checks.py",
        (
            "divergence_not_noticed",
            "    if loss > 2.0 * independence:",
            "    if loss > 2000.0 * independence:",
            "vectors far worse than none are given without a word",
            _TRAIN,
        ),
        (
            "dimensions_that_carry_nothing",
            "carried = int(np.maximum(np.diff(vocabulary.of_vectors.offsets) - 1, 0).sum())",
            "carried = int(np.diff(vocabulary.of_vectors.offsets).sum())",
            "more dimensions than a table carries are not told",
            _TRAIN,
        ),
    ),
    *faults_in(
        "training/standard_errors.py",
        (
            "errors_of_one_side",
            "        errors += np.sqrt(",
            "        errors = np.sqrt(",
            "standard errors are those of the contexts only",
            "training/solvers/test_evidence.py",
        ),
    ),
)
