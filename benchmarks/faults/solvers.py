"""Faults in how vectors are found from counts: steps, priors and sweeps."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_COUNTS = "training/solvers/test_counts.py"
_EVIDENCE = "training/solvers/test_evidence.py"
_GROUPS = "training/solvers/test_groups.py"
_PRIOR = (
    "training/solvers/test_objective.py::"
    "test_prior_equals_the_sum_over_features_and_slopes_are_its_derivative"
)
_ROUGH = "training/solvers/test_rough.py"

FAULTS = (
    *faults_in(
        "training/solvers/pace.py",
        (
            "convergence_by_the_last_fall",
            "    fall = before if last < _STANDSTILL * before else last",
            "    fall = last",
            "a sweep that stands on a saddle ends training",
            f"{_COUNTS} {_ROUGH}",
        ),
        (
            "convergence_by_early_falls",
            "share = min(max(last / before, 0.8), 0.95)",
            "share = min(last / before, 0.95)",
            "fast early sweeps are taken for near the end",
            _COUNTS,
        ),
        (
            "convergence_after_two_sweeps",
            "    if len(losses) < 4:",
            "    if len(losses) < 3:",
            "training may end one sweep early",
            f"{_COUNTS} {_ROUGH}",
        ),
        (
            "what_is_left_of_short_steps",
            "self.left = _TAIL * _promised((length, fall))",
            "self.left = _promised((length, fall))",
            "what rough sweeps leave to gain is taken for a quarter",
            _ROUGH,
        ),
    ),
    *faults_in(
        "training/solvers/counts.py",
        (
            "sides_not_balanced",
            "        training.balance()\n",
            "",
            "both sides keep the shares that they began with, so the prior converges last",
            f"{_COUNTS} {_ROUGH}",
        ),
        (
            "corrections_turned_the_wrong_way",
            "self.corrections = _mapped(self.corrections, back, there)",
            "self.corrections = _mapped(self.corrections, there, back)",
            "corrections of rough gradients are mapped as vectors are",
            _COUNTS,
        ),
        (
            "accuracy_as_a_share_of_the_loss",
            "        gain = max(independence - total, LEAST_GAIN * independence)",
            "        gain = independence",
            "tol is a share of the loss, not of the gain",
            _COUNTS,
        ),
        (
            "prior_of_one_side",
            "return (first.loss + first.penalty + other) / self.objective.n_pairs",
            "return (first.loss + first.penalty) / self.objective.n_pairs",
            "convergence is judged without the prior of the contexts",
            _COUNTS,
        ),
    ),
    *faults_in(
        "training/solvers/newton.py",
        (
            "steps_checked_without_prior",
            "rise = added(found) + ((pull[waiting] + half) * moved).sum(axis=1)",
            "rise = added(found)",
            "a step is taken though loss and prior rise together",
            _COUNTS,
        ),
        (
            "steps_not_checked",
            "good = rise <= before + 1e-7 * np.abs(before)",
            "good = rise <= np.inf",
            "steps are taken whatever the loss does",
            _COUNTS,
        ),
        (
            "rough_steps_not_shortened",
            "lengths = np.minimum(self.length, _FARTHEST / np.maximum(reach, 1e-9))",
            "lengths = np.full(len(reach), self.length)",
            "rough steps may change logits by any amount",
            _ROUGH,
        ),
        (
            "correction_with_the_wrong_sign",
            "correction = descent - added([one.descent for one in guessed])",
            "correction = added([one.descent for one in guessed]) - descent",
            "the error of rough gradients is doubled, not corrected",
            _ROUGH,
        ),
    ),
    *faults_in(
        "training/solvers/objective.py",
        (
            "means_weighted_by_the_wrong_side",
            "column_weight=k_q if center_side else vocabulary.counts.astype(np.float32),",
            "column_weight=vocabulary.counts.astype(np.float32) if center_side else k_q,",
            "groups of one side are weighted by what tokens are on the other",
            f"{_GROUPS} {_ROUGH} training/solvers/test_objective.py",
        ),
        (
            "columns_of_the_gap",
            "    product += weights[:, gap.stop :] @ matrix[gap.stop :]",
            "    product += weights[:, gap.start :] @ matrix[gap.start :]",
            "the own feature of a block counts in its sums",
            "training/solvers/test_objective.py",
        ),
        (
            "pairs_counted_once",
            "        return 2 * self.counts.total",
            "        return self.counts.total",
            "losses are nats per two pairs",
            "training/solvers/test_objective.py",
        ),
    ),
    *faults_in(
        "training/solvers/groups.py",
        (
            "group_means_without_weights",
            "(weights.astype(np.float64), (group, np.arange(len(points)))), shape=shape",
            "(np.ones(len(points)), (group, np.arange(len(points)))), shape=shape",
            "sums of groups do not go by weight and their divisors do",
            _GROUPS,
        ),
        (
            "nearest_by_product",
            "return (points @ means.T - 0.5 * np.square(means).sum(axis=1)).argmax(axis=1)",
            "return (points @ means.T).argmax(axis=1)",
            "a token goes to the group with the longest mean",
            _GROUPS,
        ),
    ),
    *faults_in(
        "training/solvers/hessians.py",
        (
            "weak_and_strong_tokens_exchanged",
            "weak = curvature @ self.squares <= _WEAK * stiffness",
            "weak = curvature @ self.squares > _WEAK * stiffness",
            "tokens of many rows get the coarse Hessian",
            "training/solvers/test_hessians.py",
        ),
    ),
    *faults_in(
        "training/solvers/start.py",
        (
            "start_without_expected_counts",
            "vocabulary.sum_by_vector(observed(scaled) - expected(scaled))",
            "vocabulary.sum_by_vector(observed(scaled))",
            "the first direction to begin with is frequency",
            f"{_COUNTS} {_GROUPS}",
        ),
        (
            "revived_columns_repeat_the_others",
            "return fresh @ (fresh.T @ x) - 0.5 * given",
            "return fresh @ (fresh.T @ x)",
            "dead columns of a start are filled with what it has already",
            _COUNTS,
        ),
    ),
    *faults_in(
        "training/solvers/rough.py",
        (
            "pull_along_the_spread",
            "descent -= pulls[:, g, None] * along[g]",
            "descent += pulls[:, g, None] * along[g]",
            "noise pushes along the spread of groups the wrong way",
            _ROUGH,
        ),
    ),
    *faults_in(
        "training/solvers/spread.py",
        (
            "covariances_turned_back",
            "packed(turn.T @ unpacked(some) @ turn) for some",
            "packed(turn @ unpacked(some) @ turn.T) for some",
            "covariances do not follow their vectors when sides are balanced",
            _EVIDENCE,
        ),
        (
            "errors_of_groups",
            "return np.maximum(traces, 0.0)[place.ravel()] * self.scales",
            "return np.maximum(traces, 0.0)[place.ravel()]",
            "all categories of a group have one standard error",
            _EVIDENCE,
        ),
    ),
    *faults_in(
        "training/solvers/prior.py",
        (
            "prior_without_pull_to_zero",
            "np.square(distance).sum() + TO_ZERO * np.square(matrix, dtype=np.float64).sum()",
            "np.square(distance).sum()",
            "the prior leaves its share to zero out",
            _PRIOR,
        ),
        (
            "slope_without_pull_to_zero",
            "slopes = ridge * (distance - through_mean + TO_ZERO * matrix)",
            "slopes = ridge * (distance - through_mean)",
            "the slope of the prior leaves its share to zero out",
            _PRIOR,
        ),
        (
            "slope_without_the_mean",
            "slopes = ridge * (distance - through_mean + TO_ZERO * matrix)",
            "slopes = ridge * (distance + TO_ZERO * matrix)",
            "the slope of the prior forgets that the mean moves",
            _PRIOR,
        ),
        (
            "curvature_of_the_prior",
            "ridge * (1.0 + TO_ZERO + tokens_in_feature * shares)",
            "ridge * (1.0 + TO_ZERO)",
            "tokens that move the mean of their feature may swing",
            f"{_PRIOR} {_COUNTS}",
        ),
    ),
    *faults_in(
        "training/solvers/evidence.py",
        (
            "no_drag",
            "        pull += _times(drag, old)",
            "        pull += 0.0 * _times(drag, old)",
            "vectors are not drawn to zero by what is uncertain",
            _EVIDENCE,
        ),
        (
            "one_side_is_determined",
            "determined = signal @ (2.0 * n_vectors - strength * variances)",
            "determined = signal @ (n_vectors - strength * variances)",
            "the learned strength goes by half of the numbers",
            f"{_EVIDENCE} cat2vec/training/solvers/evidence.py",
        ),
        (
            "as_few_rows_as_many",
            "given = _PRIOR_NUMBERS / max(n_rows, 1.0)",
            "given = _PRIOR_NUMBERS",
            "tables of many rows stay near the usual strength",
            f"{_EVIDENCE} cat2vec/training/solvers/evidence.py",
        ),
    ),
)
