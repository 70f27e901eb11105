"""Faults in compiled loops of training."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_OBJECTIVE = "training/solvers/test_objective.py"
_INSIDE = "training/test_pairs_inside.py"
_ROWS = (
    "training/solvers/test_rows.py::test_blocks_equal_the_slow_twin "
    "training/solvers/test_rows.py::test_columns_of_one_feature_are_tokens_of_one_feature "
    "training/solvers/test_rows.py::test_steps_equal_the_slow_twin"
)
_MODEL = "inspection/cells/test_model.py"

FAULTS = (
    *faults_in(
        "kernels/inside_cells.py",
        (
            "noise_inside_a_cell",
            "share = weight[j] if line[j] == r else weight[j] * factor",
            "share = weight[j]",
            "noise of pairs of one cell is that of pairs of two features",
            _INSIDE,
        ),
        (
            "a_token_beside_itself",
            "return j == i or (line[j] != r and tokens[j] == tokens[i])",
            "return j == i",
            "inside a cell a token of another row is noise for itself",
            _INSIDE,
        ),
    ),
    *faults_in(
        "kernels/evidence.py",
        (
            "smoothing_by_own_rows",
            "others = (count[i] - 1.0) / share[b]",
            "others = count[i] / share[b]",
            "smoothing is chosen with each row vouching for itself",
            _MODEL,
        ),
        (
            "evidence_of_own_row",
            "others = max(count[e] - 1.0, 0.0)",
            "others = count[e]",
            "evidence without a row still holds it",
            _MODEL,
        ),
        (
            "share_of_own_row",
            "without[e] = np.log1p(others / (kappa[f, g] * share_without[b]))",
            "without[e] = np.log1p(others / (kappa[f, g] * share[b]))",
            "evidence without a row goes by shares with it",
            _MODEL,
        ),
        (
            "dense_table_without_temperature",
            "out[p, indices[e] - start] = temperature[p] * evidence[e]",
            "out[p, indices[e] - start] = evidence[e]",
            "cells of small features are judged without temperatures",
            _MODEL,
        ),
    ),
    *faults_in(
        "kernels/grouped_noise.py",
        (
            "spread_of_logits",
            "h = np.sqrt(np.float32(3.0) * scale[j] * spread + np.float32(1e-4))",
            "h = np.sqrt(scale[j] * spread + np.float32(1e-4))",
            "quadrature over a group goes by a third of its variance",
            "training/solvers/test_rough.py",
        ),
        (
            "own_noise_of_a_group",
            "noise[mine] = max(noise[mine] - own_noise[token], np.float32(0.0))",
            "noise[mine] = max(noise[mine], np.float32(0.0))",
            "a token is noise for itself in rough sweeps",
            "training/solvers/test_rough.py",
        ),
        (
            "curvature_of_pairs",
            "curvature[i, group[column]] += curved[p]",
            "curvature[i, group[column]] = curved[p]",
            "curvature of observed pairs replaces that of noise in rough sweeps",
            "training/solvers/test_rough.py",
        ),
    ),
    *faults_in(
        "kernels/rows.py",
        (
            "noise_of_several_values",
            "each = np.float32(held[r, f]) / np.float32(others)",
            "each = np.float32(1.0) / np.float32(others)",
            "a row with several values of a feature has the noise of one",
            _ROWS,
        ),
        (
            "pull_of_the_last_visit",
            "            pulls[at] += prior[token]",
            "            pulls[at] = prior[token]",
            "the prior pulls once, however often a token was visited",
            _ROWS,
        ),
        (
            "pull_to_zero_alone",
            "(matrix[vector, k] + rate * sums[at, k] + pull * mean[name, k]) * share",
            "(matrix[vector, k] + rate * sums[at, k]) * share",
            "the prior draws to zero, not to the mean of the feature",
            _ROWS,
        ),
        (
            "steps_that_stay_long",
            "    squares[vector] += _square(sums, at)",
            "    squares[vector] = _square(sums, at)",
            "step lengths forget the gradients of before",
            _ROWS,
        ),
        (
            "pulls_of_other_chunks",
            "                pulls[other, there] += pulls[chunk, at]",
            "                pulls[other, there] += np.float32(0.0)",
            "the prior pulls by the visits of the first chunk only",
            _ROWS,
        ),
        (
            "excluded_pairs_in_rows",
            "            if apart[f, g]:\n"
            "                for j in range(starts[g], starts[g + 1]):",
            "            if apart[f, g] and f == g:\n"
            "                for j in range(starts[g], starts[g + 1]):",
            "the solver rows learns from pairs of features that were excluded",
            f"{_ROWS} training/test_exclude_pairs.py",
        ),
        (
            "drawn_noise_has_centers",
            "                if line[i] < 0:\n                    products[i] = np.float32(0.0)",
            "                if line[i] < -1:\n                    products[i] = np.float32(0.0)",
            "noise that was drawn teaches as if it stood in a row",
            _ROWS,
        ),
    ),
    *faults_in(
        "kernels/sgns.py",
        (
            "noise_of_itself",
            "        noise[token] = np.float32(0.0)  # no token stands beside itself\n"
            "        for part in range(2):\n"
            "            stretch = slice(0, gap[0]) if part == 0 else slice(gap[1], n_columns)\n"
            "            noise_terms(",
            "        for part in range(2):\n"
            "            stretch = slice(0, gap[0]) if part == 0 else slice(gap[1], n_columns)\n"
            "            noise_terms(",
            "inside a cell a token is noise for itself",
            _INSIDE,
        ),
        (
            "curvature_of_a_sigmoid",
            "curvature[p] = n * (low * r)",
            "curvature[p] = n * low",
            "curvature of observed pairs is too large",
            _OBJECTIVE,
        ),
        (
            "exponential_to_five_terms",
            "    p = np.float32(1.0 / 720)",
            "    p = np.float32(0.0)",
            "the exponential function lacks its last term",
            _OBJECTIVE,
        ),
        (
            "logarithm_to_six_terms",
            "    p = np.float32(1.0 / 13)",
            "    p = np.float32(0.0)",
            "the logarithm lacks its last term",
            _OBJECTIVE,
            "z is at most 1/3, so that the term is 1.5e-7 of the sum: it is lost in rounding",
        ),
        (
            "sums_of_whole_tiles",
            "total += np.float64(_tile_sum(values[first : first + _TILE]))",
            "total += np.float64(_tile_sum(values[first : first + _TILE - 1]))",
            "sums leave one number of 256 out",
            _OBJECTIVE,
        ),
        (
            "own_noise_of_curvature",
            "noise[mine] = max(noise[mine] - own_noise[tokens[i]], np.float32(0.0))",
            "noise[mine] = max(noise[mine], np.float32(0.0))",
            "inside a cell a token curves the objective by itself",
            _INSIDE,
        ),
        (
            "noise_of_the_first_feature",
            "line = 0 if center_side else feature[token]",
            "line = 0",
            "contexts have the noise of the first feature",
            _OBJECTIVE,
        ),
    ),
    *faults_in(
        "kernels/counting.py",
        (
            "the_last_weighted_row",
            "        stop = min(start + _ROW_TILE, n_rows)",
            "        stop = min(start + _ROW_TILE, n_rows - 1)",
            "of weighted tables the last row is not counted",
            "counting/test_weights.py counting/test_encoded.py",
        ),
        (
            "lists_of_two_values",
            "            for j in range(i + 1, codes.shape[1]):\n"
            "                if codes[row, j] < 0:\n"
            "                    break\n"
            "                out[",
            "            for j in range(i + 1, min(i + 2, codes.shape[1])):\n"
            "                if codes[row, j] < 0:\n"
            "                    break\n"
            "                out[",
            "of the values of a cell only neighbours are pairs",
            "counting/test_encoded.py training/test_pairs_inside.py",
        ),
    ),
    *faults_in(
        "kernels/linear.py",
        (
            "systems_of_more_than_a_step",
            "out[first + token, i] = np.float32(x[i, token])",
            "out[token, i] = np.float32(x[i, token])",
            "of more than 32 tokens the last have the vectors of the first",
            "training/solvers/test_objective.py training/solvers/test_counts.py "
            "training/solvers/test_hessians.py kernels/test_memory_layout.py",
        ),
    ),
    *faults_in(
        "kernels/inverses.py",
        (
            "inverses_of_the_first_tokens",
            "inverses[first + token, place] = np.float32(total[token])",
            "inverses[token, place] = np.float32(total[token])",
            "of many tokens the last have no standard errors",
            "kernels/test_inverses.py training/solvers/test_evidence.py "
            "training/solvers/test_hessians.py",
        ),
    ),
    *faults_in(
        "kernels/draws.py",
        (
            "orders_of_odd_lengths",
            "            if x < n:\n                break",
            "            if x <= n:\n                break",
            "a random order of rows leaves one out and names one that is not there",
            "training/solvers/test_rows.py training/solvers/test_row_pools.py "
            "test_repeatability.py",
        ),
    ),
    *faults_in(
        "kernels/sgns.py",
        (
            "sums_of_one_tile",
            "        total += np.float64(_tile_sum(values[first : first + _TILE]))",
            "        total = np.float64(_tile_sum(values[first : first + _TILE]))",
            "the loss of a token with more than 256 partners is that of the last ones",
            "training/solvers/test_objective.py training/solvers/test_groups.py",
        ),
    ),
)
