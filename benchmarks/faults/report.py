"""Faults in reports: gains and their errors, hidden cells, stability."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_FIGURES = "inspection/report/test_figures.py"
_REPORT = "inspection/report/test_report.py"

_PAGES = "inspection/report/test_report.py"

FAULTS = (
    *faults_in(
        "inspection/report/row_gains.py",
        (
            "errors_of_few_rows",
            "np.sqrt(spread * n / (n - 1.0)) / m",
            "np.sqrt(spread) / m",
            "standard errors of few rows are too small",
            _FIGURES,
        ),
        (
            "errors_of_sums",
            "spread = np.maximum(gg - 2.0 * ratio * gm + ratio**2 * mm, 0.0)",
            "spread = np.maximum(gg, 0.0)",
            "standard errors are those of a sum, not of a ratio",
            _FIGURES,
        ),
        (
            "rounding_is_signal",
            "return np.asarray(value > n_errors * np.maximum(self.error, RESOLUTION))",
            "return np.asarray(value > n_errors * self.error)",
            "rounding errors of a table of all combinations count as gain",
            f"{_FIGURES} {_REPORT}",
        ),
        (
            "gains_without_weights",
            "        g, m, scored = w * g, w * m, m > 0",
            "        g, m, scored = g + 0.0 * w, m + 0.0 * w, m > 0",
            "weighted rows count once in a report",
            _FIGURES,
        ),
        (
            "own_pairs_count_twice",
            "(gains.sum(axis=2) - own_gains, pairs.sum(axis=2) - own_pairs),",
            "(gains.sum(axis=2), pairs.sum(axis=2)),",
            "pairs inside a cell count twice in the gain of their feature",
            f"{_FIGURES} training/test_pairs_inside.py",
        ),
    ),
    *faults_in(
        "inspection/report/measure.py",
        (
            "no_bonferroni_for_features",
            "gains.of_feature.above(-ndtri(chance / n))",
            "gains.of_feature.above(ERRORS)",
            "among many columns of noise one has signal by chance",
            _REPORT,
        ),
        (
            "no_bonferroni_for_pairs",
            "    of_each_pair = -ndtri(chance / max(n_pairs, 1))",
            "    of_each_pair = -ndtri(chance)",
            "among many pairs of columns of noise one has signal by chance",
            _REPORT,
        ),
        (
            "pairs_say_nothing",
            "        signal = bool(alone[place] or paired[place].any())",
            "        signal = bool(alone[place])",
            "one related pair among many columns is not found",
            _REPORT,
        ),
        (
            "rows_of_training_by_their_counts",
            "return not is_exact or abs(gain - vectors.gain) <= _SAME_GAIN * max(1.0, abs(gain))",
            "return True",
            "other rows with the same counts are taken for those of training",
            _REPORT,
        ),
    ),
    *faults_in(
        "inspection/report/hidden_cells.py",
        (
            "halves_that_fit_themselves",
            "        temperature = fitted[1 - half]",
            "        temperature = fitted[half]",
            "temperatures are fitted on the rows that are scored",
            _FIGURES,
        ),
        (
            "ties_in_favour",
            "reciprocal = (harmonic[above + ties] - harmonic[above]) / ties",
            "reciprocal = 1.0 / (above + 1.0)",
            "of tied categories the right one is ranked first",
            _FIGURES,
        ),
        (
            "hits_of_ties",
            "first = np.where(above == 0, 1.0 / ties, 0.0)",
            "first = np.where(above == 0, 1.0, 0.0)",
            "a tie for the first place is a hit",
            "cat2vec/inspection/report/hidden_cells.py",
        ),
        (
            "hidden_cells_without_weights",
            "        weight = weights[rows]",
            "        weight = np.ones(len(rows))",
            "hidden cells of weighted rows count once",
            _FIGURES,
        ),
        (
            "values_that_are_shown",
            "            scores = np.where(shown, np.float32(-np.inf), scores)",
            "            scores = np.where(shown, scores, scores)",
            "values that a cell shows are among the answers",
            f"{_FIGURES} training/test_pairs_inside.py",
        ),
    ),
    *faults_in(
        "inspection/report/pair_table.py",
        (
            "smoothing_with_the_pair_itself",
            "    left_out = np.minimum(count, 1.0)",
            "    left_out = np.minimum(count, 0.0)",
            "the table of pairs is smoothed as if it knew each pair beforehand",
            f"{_FIGURES}::test_the_pair_table_equals_its_slow_twin "
            f"{_FIGURES}::test_smoothing_is_that_which_predicts_a_pair_best_from_the_others",
        ),
        (
            "table_beside_itself",
            "expected[meeting.itself] = 0.0",
            "expected[meeting.itself] *= 1.0",
            "in the table of pairs a value is noise for itself",
            f"{_FIGURES} training/test_pairs_inside.py",
        ),
    ),
    *faults_in(
        "inspection/report/stability.py",
        (
            "halves_that_overlap",
            "np.sort(order[len(order) // 2 :])",
            "np.sort(order[len(order) // 4 :])",
            "the two halves of the rows have a quarter in common",
            _FIGURES,
        ),
        (
            "halves_with_the_counts_of_the_whole",
            "    vocabulary = replace(vocabulary, counts=np.concatenate(counts))",
            "    vocabulary = replace(vocabulary, counts=vocabulary.counts + 0 * "
            "np.concatenate(counts))",
            "halves are trained as if categories had the rows of the whole table",
            _FIGURES,
        ),
        (
            "chance_of_neighbours",
            "n_neighbours / np.maximum(n_categories - 1, 1), np.nan)",
            "n_neighbours / np.maximum(n_categories, 1), np.nan)",
            "a category could be its own neighbour by chance",
            _FIGURES,
        ),
        (
            "its_own_neighbour",
            "    cosines[np.arange(len(rows)), rows] = -np.inf\n",
            "",
            "every category is its own nearest neighbour",
            _FIGURES,
        ),
    ),
    *faults_in(
        "inspection/report/sections.py",
        (
            "one_error_for_two",
            "None if error is None else ERRORS * error, 4)}",
            "None if error is None else error, 4)}",
            "one standard error is printed where two are said",
            f"{_REPORT} cat2vec/inspection/report/sections.py",
        ),
    ),
    *faults_in(
        "inspection/report/sections.py",
        (
            "signal_of_no_feature",
            "    if len(silent) == len(report.features):",
            "    if len(silent) > len(report.features):",
            "a report counts silent features where it should say that all are",
            "inspection/report/test_report.py::test_planted_signal_is_found_and_noise_is_named",
        ),
        (
            "errors_of_report_gains",
            "{_number(None if error is None else ERRORS * error, 4)}",
            "{_number(error, 4)}",
            "errors of gains are half of what a report says that they are",
            "cat2vec/inspection/report/sections.py",
        ),
        (
            "columns_of_the_pmi_table",
            "if place not in (3, 6)] for row in rows]",
            "if place not in (3, 5)] for row in rows]",
            "without training rows shares stand under other heads",
            _PAGES,
        ),
    ),
    *faults_in(
        "inspection/report/report.py",
        (
            "notes_of_pages",
            "        if self.notes:\n            written.append(notes(self.notes))\n",
            "",
            "the page of a report has no notes",
            _PAGES,
        ),
        (
            "gains_are_read_as_sizes",
            'tuple((int(size), float(gain)) for size, gain in plain["curve"])',
            'tuple((float(size), float(gain)) for size, gain in plain["curve"])',
            "a report that was read back writes sizes with points",
            "inspection/report/test_report.py::test_a_report_that_is_read_back_says_the_same",
        ),
    ),
    *faults_in(
        "inspection/report/html.py",
        (
            "markup_in_notes",
            "<li>{escape(text)}</li>",
            "<li>{text}</li>",
            "the name of a column runs in the page of a report",
            _PAGES,
        ),
        (
            "curves_upside_down",
            "_TOP + (high - gain) / span * (_HEIGHT - _TOP - _BOTTOM)",
            "_TOP + (gain - low) / span * (_HEIGHT - _TOP - _BOTTOM)",
            "the curve of gains falls where they rise",
            _PAGES,
        ),
    ),
)
