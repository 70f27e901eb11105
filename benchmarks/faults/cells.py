"""Faults in what is said of cells: probabilities, gaps, odd rows, wrong cells."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_MODEL = "inspection/cells/test_model.py"
_ODDNESS = "inspection/cells/test_oddness.py"
_IMPUTER = "estimator/test_imputer.py"
_CELLS = "estimator/test_cells.py"
_PIECES = "cli/test_in_pieces.py::test_outliers"

FAULTS = (
    *faults_in(
        "inspection/cells/temperatures.py",
        (
            "calibration_offset_left_out",
            "    offset[:n_offsets] = found[n_heard:]",
            "    offset[:n_offsets] = 0.0 * found[n_heard:]",
            "mean probabilities are not those of the shares",
            f"{_MODEL} {_CELLS}",
        ),
        (
            "temperatures_by_rows_that_vouch",
            "    own = np.ones(len(ids), bool)",
            "    own = np.zeros(len(ids), bool)",
            "temperatures are fitted on rows that vouch for themselves",
            f"{_MODEL} {_ODDNESS}",
        ),
        (
            "sample_in_the_order_of_rows",
            "    order = np.argsort(_mixed(table.codes))  # rows",
            "    order = np.arange(table.n_rows)  # rows",
            "temperatures depend on the order of rows",
            _MODEL,
        ),
        (
            "default_temperature_of_one",
            "return np.where(heard >= 0, 1.0 / np.sqrt(n_heard), 0.0)",
            "return np.where(heard >= 0, 1.0, 0.0)",
            "without rows evidence counts as if cells were independent",
            _MODEL,
        ),
        (
            "sample_without_weights",
            "        ends = np.cumsum(table.weights[order])",
            "        ends = np.cumsum(np.full(len(order), table.weights.mean()))",
            "rows of much weight are sampled as others",
            f"{_MODEL} {_CELLS}",
        ),
    ),
    *faults_in(
        "inspection/cells/oddness.py",
        (
            "contradiction_from_zero_on",
            "beyond = np.maximum(sums[-1] - _USUAL_CONTRADICTION, 0.0)",
            "beyond = np.maximum(sums[-1], 0.0)",
            "the usual contradiction of rows counts as odd",
            _ODDNESS,
        ),
        (
            "rarity_with_own_row",
            "        rarity = -evidence.log_share_without",
            "        rarity = -evidence.log_share",
            "a value that stands in one row vouches for itself",
            _ODDNESS,
        ),
        (
            "missing_cells_are_far",
            "return np.where(ids != -1, views - self.centre[:, None, table.feature_of_column], "
            "0.0)",
            "return views - self.centre[:, None, table.feature_of_column]",
            "a missing cell makes a row typical",
            _ODDNESS,
        ),
        (
            "spread_of_one_view",
            "scale = np.hypot(deviation, np.append(least, _LEAST_CONTRADICTION))",
            "scale = np.hypot(deviation[0], np.append(least, _LEAST_CONTRADICTION))",
            "all views are divided by the deviation of rarity",
            _ODDNESS,
        ),
        (
            "walk_over_outlying_values_alone",
            "    wanted = outlying / vocabulary.positive_counts",
            "    wanted = 1.0 / vocabulary.positive_counts",
            "the walk goes to all values alike",
            _ODDNESS,
        ),
    ),
    *faults_in(
        "inspection/cells/model.py",
        (
            "rows_vouch_for_themselves",
            "            leaves_out = np.full(len(ids), own)",
            "            leaves_out = np.full(len(ids), False)",
            "rows are judged with their own counts",
            f"{_MODEL} {_ODDNESS}",
        ),
    ),
    *faults_in(
        "inspection/cells/pair_evidence.py",
        (
            "smoothing_by_half",
            "spread = rows * np.log1p(np.maximum(rows - 1.0, 0.0) / kappa)",
            "spread = rows * np.log1p(rows / kappa)",
            "smoothing is chosen with a row left out on one side only",
            _MODEL,
        ),
        (
            "least_telling_features",
            'order = np.argsort(-told, axis=0, kind="stable")[:most].T',
            'order = np.argsort(told, axis=0, kind="stable")[:most].T',
            "of many features those are heard that tell least",
            f"{_MODEL} cat2vec/inspection/cells/pair_evidence.py",
        ),
        (
            "level_with_own_row",
            "others = np.maximum(counts.with_feature - 1.0, 0.0)",
            "others = counts.with_feature",
            "what is usual for a cell holds the row in question",
            f"{_MODEL} {_ODDNESS}",
        ),
        (
            "offsets_of_dense_tables",
            "offset = (self.offset[start:stop] / max(len(heard), 1)).astype(np.float32)",
            "offset = self.offset[start:stop].astype(np.float32)",
            "small features get their offsets once for each feature that is heard",
            _MODEL,
        ),
    ),
    *faults_in(
        "inspection/cells/vector_evidence.py",
        (
            "vectors_without_temperatures",
            "total += temperature[position, place] * self._sums(ids, first, feature)",
            "total += self._sums(ids, first, feature)",
            "models without counts answer too surely",
            f"{_MODEL} {_CELLS}",
        ),
    ),
    *faults_in(
        "inspection/cells/kept.py",
        (
            "offsets_of_other_categories",
            "        found[vocabulary.offsets[position] + codes[codes >= 0]] = mine[codes >= 0]",
            "        found[earlier.offsets[position] + np.flatnonzero(codes >= 0)] = "
            "mine[codes >= 0]",
            "after an update offsets belong to other categories",
            _CELLS,
        ),
        (
            "few_rows_replace_many",
            "            few = new.n_rows < _ENOUGH_ROWS and self.temperature is not None",
            "            few = False",
            "a handful of new rows decides the temperatures of a loaded model",
            _CELLS,
        ),
    ),
    *faults_in(
        "inspection/cells/imputation.py",
        (
            "gaps_filled_with_no_value",
            "        chances[:, ~can_stand] = 0.0",
            "        chances[:, ~can_stand] *= 1.0",
            "gaps are filled with the pool of rare categories, or with missing",
            _IMPUTER,
        ),
        (
            "cells_drawn_apart",
            "            now = replace(now, codes=changed)\n",
            "",
            "cells drawn for one row do not go together",
            _IMPUTER,
        ),
        (
            "lowest_bin",
            "        level = 0.5 if uniform is None else uniform[block, None]",
            "        level = 0.05 if uniform is None else uniform[block, None]",
            "numbers are filled with low bins, not with the median",
            f"{_IMPUTER} cli/test_impute.py",
        ),
        (
            "parts_of_dates_are_filled",
            "    return np.array(has_value) & ~np.array(is_part, bool)",
            "    return np.array(has_value)",
            "gaps of dates are filled with a part of one",
            f"{_IMPUTER} cli/test_impute.py",
        ),
    ),
    *faults_in(
        "inspection/cells/answers.py",
        (
            "suspicion_without_sureness",
            "bits = np.exp(sure) * (sure - judged.log_chance) / np.log(2)",
            "bits = (sure - judged.log_chance) / np.log(2)",
            "cells of columns that nobody can predict come first",
            f"{_ODDNESS} {_CELLS}",
        ),
        (
            "suggestions_that_are_no_value",
            "left_out = is_missing | (best == ids) | no_value[best] | ~(bits > 0)",
            "left_out = is_missing | (best == ids) | ~(bits > 0)",
            "a cell is said to be wrong in favour of a gap",
            _ODDNESS,
        ),
        (
            "numbers_of_rows_in_a_piece",
            "numbers = np.concatenate([numbers, n_rows + np.arange(piece.n_rows)])[order]",
            "numbers = np.concatenate([numbers, np.arange(piece.n_rows)])[order]",
            "odd rows of later pieces have the numbers of earlier ones",
            _PIECES,
        ),
        (
            "oddest_rows_of_the_last_piece",
            "place = np.where(is_new, len(scores) + np.cumsum(is_new) - 1, order)",
            "place = np.where(is_new, len(scores) + np.cumsum(is_new) - 1, 0)",
            "odd rows of earlier pieces show the cells of the first",
            _PIECES,
        ),
    ),
    *faults_in(
        "inspection/cells/sampling.py",
        (
            "drawn_once",
            "    for _ in range(1 + _SWEEPS):",
            "    for _ in range(1):",
            "cells that were drawn first do not know of the others",
            "inspection/cells/test_sampling.py",
        ),
    ),
    *faults_in(
        "estimator/outlier_detector.py",
        (
            "wrong_sign_of_scores",
            "        return -rows",
            "        return rows",
            "ordinary rows are the outliers",
            f"{_ODDNESS} cat2vec/estimator/outlier_detector.py",
        ),
        (
            "contamination_without_weights",
            "    share = np.cumsum(weights[order]) / weights.sum()",
            "    share = np.arange(1.0, len(scores) + 1.0) / len(scores)",
            "contamination is a share of lines, not of weight",
            f"{_ODDNESS} cat2vec/estimator/outlier_detector.py",
        ),
        (
            "threshold_above_the_mean",
            "        return float(mean - _FAR * deviation)",
            "        return float(mean + _FAR * deviation)",
            "nearly all rows are outliers",
            f"{_ODDNESS} cat2vec/estimator/outlier_detector.py {_CELLS}",
        ),
        (
            "rows_of_weight_zero_set_the_threshold",
            "np.ones(encoded.n_rows) if encoded.weights is None else encoded.weights",
            "np.ones(encoded.n_rows)",
            "rows of weight 0 are among those that the threshold is set by",
            _ODDNESS,
        ),
    ),
    *faults_in(
        "estimator/cells.py",
        (
            "wrong_sign_of_score_samples",
            "    return -rows\n",
            "    return rows\n",
            "score_samples is high for odd rows",
            f"{_CELLS} {_ODDNESS}",
        ),
        (
            "draws_all_alike",
            "filled_by(model, X, codes_for_missing(cells, encoded, crew, rng))",
            "filled_by(model, X, codes_for_missing(cells, encoded, crew, "
            "np.random.default_rng(seed)))",
            "n_draws are one draw, many times",
            _IMPUTER,
        ),
        (
            "index_is_lost",
            "        found.index = labels",
            "        found.index = found.index",
            "probabilities of a DataFrame do not have its index",
            _CELLS,
        ),
    ),
    *faults_in(
        "estimator/imputer.py",
        (
            "seed_of_the_imputer_ignored",
            "rng = np.random.default_rng(self.random_state) if self.sample else None",
            "rng = np.random.default_rng(0) if self.sample else None",
            "the imputer draws alike whatever random_state is",
            _IMPUTER,
        ),
    ),
)
