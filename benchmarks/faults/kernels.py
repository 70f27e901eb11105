"""Faults in compiled loops of equations, draws, counts and cells."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_SOLVE = "training/solvers/test_objective.py::test_packed_solve_equals_numpy"
_INSIDE = "training/test_pairs_inside.py"
_GROUPS = "training/solvers/test_groups.py"
_ROWS = (
    "training/solvers/test_rows.py::test_blocks_equal_the_slow_twin "
    "training/solvers/test_rows.py::test_columns_of_one_feature_are_tokens_of_one_feature "
    "training/solvers/test_rows.py::test_steps_equal_the_slow_twin"
)
_MODEL = "inspection/cells/test_model.py"
_ODDNESS = "inspection/cells/test_oddness.py"

FAULTS = (
    *faults_in(
        "kernels/linear.py",
        (
            "ridge_of_long_vectors",
            "        factor[i, i] += ridge",
            "        factor[i, i] += 0.0",
            "systems of more than 32 numbers are solved without their ridge",
            _SOLVE,
        ),
        (
            "ridge_of_short_vectors",
            "factor[i, i, token] += ridges[first + token]",
            "factor[i, i, token] += ridges[first]",
            "all systems that are solved in step have the ridge of the first",
            _SOLVE,
        ),
        (
            "back_substitution_of_long_vectors",
            "for k in range(np.uint64(i + 1), np.uint64(x.shape[0])):",
            "for k in range(np.uint64(i + 1), np.uint64(x.shape[0] - 1)):",
            "back substitution of long systems leaves the last number out",
            _SOLVE,
        ),
        (
            "back_substitution_of_short_vectors",
            "            for k in range(i + 1, size):\n                for token",
            "            for k in range(i + 2, size):\n                for token",
            "back substitution of short systems leaves the next number out",
            _SOLVE,
        ),
        (
            "last_system_alone",
            "    for first in range(0, right_side.shape[0], _IN_STEP):",
            "    for first in range(0, max(right_side.shape[0] - 1, 1), _IN_STEP):",
            "the last system is not solved where it is alone in its batch",
            _SOLVE,
        ),
        (
            "sparse_product_is_added_to",
            "            out[row, j] = np.float32(0.0)",
            "            out[row, j] += np.float32(0.0)",
            "products of the sparse counts are added to what was there before",
            "training/solvers/test_objective.py::test_sparse_times_equals_numpy",
        ),
    ),
    *faults_in(
        "kernels/inverses.py",
        (
            "inverse_without_ridge",
            "np.full(packed.shape[0], ridge)",
            "np.zeros(packed.shape[0])",
            "covariances are inverses of Hessians without the prior",
            "kernels/test_inverses.py",
        ),
        (
            "half_of_a_symmetric_product",
            "                out[token, j] += entry * vectors[token, i]",
            "                out[token, j] += 0.0 * entry",
            "products use the upper triangle only",
            "kernels/test_inverses.py",
        ),
        (
            "diagonal_of_an_inverse",
            "for k in range(j, size):",
            "for k in range(j + 1, size):",
            "inverses leave the first term of each entry out",
            "kernels/test_inverses.py",
        ),
    ),
    *faults_in(
        "kernels/draws.py",
        (
            "noise_is_uniform",
            "    return alias[slot]",
            "    return slot",
            "noise is drawn from all categories alike",
            _ROWS,
        ),
        (
            "alias_takes_too_much",
            "scaled[large] -= 1.0 - scaled[small]",
            "scaled[large] -= scaled[small]",
            "frequent categories give their aliases the wrong share",
            "training/solvers/test_rows.py::test_alias_tables_draw_the_distribution_they_were_made_of",
        ),
        (
            "one_order_of_rows",
            "left ^ (mixed(right + keys[turn]) & mask)",
            "left ^ (mixed(right) & mask)",
            "rows come in one order whatever the keys, so in every epoch and for every seed",
            "training/solvers/test_rows.py::test_rows_come_in_an_order_that_holds_each_once "
            "training/solvers/test_rows.py::test_orders_differ_and_leave_no_trace_of_the_file",
        ),
    ),
    *faults_in(
        "kernels/grouping.py",
        (
            "seeds_by_distance_alone",
            "            if nearest[i] * weights[i] > best:\n"
            "                best = nearest[i] * weights[i]",
            "            if nearest[i] > best:\n                best = nearest[i]",
            "groups begin at far points however little they weigh",
            _GROUPS,
        ),
        (
            "moments_by_number_of_points",
            "        totals[group[i]] += weights[i]",
            "        totals[group[i]] += np.float32(1.0)",
            "second moments of groups are divided by the number of their points",
            _GROUPS,
        ),
        (
            "last_column_of_a_group",
            "sums[i, group[r]] += values[i, r]",
            "sums[i, group[r]] = values[i, r]",
            "a sum over a group is its last column",
            _GROUPS,
        ),
    ),
    *faults_in(
        "kernels/threads.py",
        (
            "blas_not_limited",
            "self._limits = self._blas.limit(limits=1)",
            "self._limits = self._blas.limit(limits=None)",
            "products of matrices use all threads, so bits depend on their number",
            "kernels/test_threads.py test_repeatability.py::"
            "test_blas_stays_limited_until_the_last_of_overlapping_trainings_ends",
        ),
        (
            "blas_limited_too_short",
            "            if self._inside == 0 and self._limits is not None:",
            "            if self._limits is not None:",
            "the first of two trainings that ends gives all threads back to the other",
            "kernels/test_threads.py test_repeatability.py::"
            "test_blas_stays_limited_until_the_last_of_overlapping_trainings_ends",
        ),
        (
            "all_cores_but_one",
            "max(1, cores + 1 + n_jobs)",
            "max(1, cores + n_jobs)",
            "n_jobs=-1 leaves a core idle",
            "cat2vec/kernels/threads.py",
        ),
        (
            "errors_of_other_threads",
            "            other.result()",
            "            other.done()",
            "an error in another thread is lost",
            "kernels/test_threads.py",
        ),
    ),
    *faults_in(
        "kernels/counting.py",
        (
            "missing_left_cells_are_counted",
            "cells[row] = cell if (a | b) >= 0 else nowhere",
            "cells[row] = cell if b >= 0 and cell < nowhere else nowhere",
            "a missing cell counts as the last category of the row of numbers before it",
            "counting/test_encoded.py",
        ),
        (
            "weights_of_pairs",
            "out[shift + a * row_length + b] += weights[row]",
            "out[shift + a * row_length + b] += 1.0",
            "weighted rows count once",
            "counting/test_weights.py",
        ),
        (
            "weights_of_pairs_inside_cells",
            "out[np.int64(codes[row, i]) * width + codes[row, j]] += amounts[row]",
            "out[np.int64(codes[row, i]) * width + codes[row, j]] += 1",
            "pairs inside the cells of weighted rows count once",
            _INSIDE,
        ),
        (
            "a_pair_twice",
            "if left[pair] < left[pair - 1] or right[pair] <= right[pair - 1]:",
            "if left[pair] < left[pair - 1] or right[pair] < right[pair - 1]:",
            "counts that hold a pair twice are taken",
            "counting/test_encoded.py",
        ),
        (
            "missing_right_cells_have_keys",
            "        if left[row] >= 0 and right[row] >= 0:\n            out[n_keys]",
            "        if left[row] >= 0 and right[row] >= -1:\n            out[n_keys]",
            "a missing cell beside a large feature counts as a category of it",
            "counting/test_encoded.py",
        ),
        (
            "pairs_with_own_feature",
            "totals[right[pair], feature[left[pair]]] += count[pair]",
            "totals[right[pair], feature[right[pair]]] += count[pair]",
            "pairs of the right token are counted with its own feature",
            "counting/test_encoded.py",
        ),
        (
            "expected_from_one_side",
            "expected = 0.5 * (one_way + with_feature[b, feature[a]] * shares[a])",
            "expected = one_way",
            "counts that training begins with are compared with one margin only",
            f"{_GROUPS} training/solvers/test_counts.py",
        ),
    ),
    *faults_in(
        "kernels/cells.py",
        (
            "offsets_of_rows_without_cells",
            "    return n_present / max(n_heard, 1)",
            "    return 1.0",
            "a row without cells gets the offsets of a full one",
            f"{_MODEL} estimator/test_cells.py::test_a_row_without_cells_gets_the_shares",
        ),
        (
            "temperatures_of_own_rows",
            "out[k, r, b] += without[e] if is_own[b] else evidence[e]",
            "out[k, r, b] += evidence[e]",
            "temperatures are fitted on rows that vouch for themselves",
            f"{_MODEL} {_ODDNESS}",
        ),
        (
            "own_share_of_scores",
            "mine = log_share_without[ids[r, d]] + share * offset[ids[r, d]]",
            "mine = log_share[ids[r, d]] + share * offset[ids[r, d]]",
            "the share of a category holds the row that is left out",
            _MODEL,
        ),
        (
            "own_share_of_large_features",
            "score[b] = (log_share_without[b] if own else log_share[b]) + share * offset[b]",
            "score[b] = log_share[b] + share * offset[b]",
            "the same, where a feature has too many categories for a dense table",
            _MODEL,
        ),
        (
            "mass_of_the_rest",
            "                left -= np.exp(log_share[b])",
            "                left -= 0.0 * np.exp(log_share[b])",
            "categories that some cell speaks for count twice in the mass",
            _MODEL,
        ),
        (
            "own_evidence_of_dense_tables",
            "mine[r] += told if own[r] else evidence[a, cell]",
            "mine[r] += evidence[a, cell]",
            "cells of small features are judged with their own row",
            _MODEL,
        ),
        (
            "offset_of_discord",
            "against[r] += max(level[a] + offset[cell] - told, np.float32(0.0))",
            "against[r] += max(level[a] - told, np.float32(0.0))",
            "offsets count as evidence when cells are said to disagree",
            _MODEL,
        ),
        (
            "company_of_itself",
            "met = (company[token] - others) / rows_of_company[token]",
            "met = company[token] / rows_of_company[token]",
            "the company of a value holds the row in question",
            _ODDNESS,
        ),
        (
            "contradiction_turned_round",
            "out[4, r, c] = -log_chance[r, c] - rare",
            "out[4, r, c] = -log_chance[r, c] + rare",
            "rare values count as contradicted",
            _ODDNESS,
        ),
    ),
)
