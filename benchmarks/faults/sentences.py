"""Faults in what is said while something runs, and in what is said of parameters."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

FAULTS = (
    *faults_in(
        "training/progress.py",
        (
            "bars_run_ahead",
            "self._bar.update(done - self._bar.n)",
            "self._bar.update(done)",
            "a progress bar counts sweeps several times",
            "training/test_messages.py",
        ),
    ),
    *faults_in(
        "counting/bars.py",
        (
            "time_that_is_left",
            "{seconds * (self.total / self.n - 1):,.0f} s left",
            "{seconds * self.total / self.n:,.0f} s left",
            "the time that is left is that of the whole",
            "counting/test_bars.py",
        ),
    ),
    *faults_in(
        "errors/places.py",
        (
            "warnings_at_lines_of_pools",
            "        for message in found:\n            warn(message)\n",
            "        for message in found[:1]:\n            warn(message)\n",
            "of what several columns warn of the first is told",
            "errors/test_places.py",
        ),
        (
            "warnings_at_our_lines",
            'partition(".")[0] not in GO_BETWEENS',
            'partition(".")[0] != "cat2vec"',
            "a warning in a pipeline points at scikit-learn",
            "errors/test_places.py",
        ),
    ),
    *faults_in(
        "errors/wording.py",
        (
            "names_in_capitals",
            "difflib.get_close_matches(str(name).lower(), list(by_text), n=1, cutoff=0.6)",
            "difflib.get_close_matches(str(name), list(by_text), n=1, cutoff=0.6)",
            "the name in small letters is not proposed for one in capitals",
            "errors/test_sentences.py test_bad_input.py cli/test_words.py",
        ),
        (
            "fractions_of_rows",
            '    return f"{number:,}" if isinstance(number, int) else f"{number:,.10g}"',
            '    return f"{number:,}" if isinstance(number, int) else f"{number:,.0f}"',
            "0.3 rows are told as none",
            "errors/test_sentences.py counting/test_weights.py estimator/test_decay.py",
        ),
    ),
    *faults_in(
        "parameters/sizes.py",
        (
            "binary_units_are_decimal",
            'of_unit = _BINARY[letter] if "i" in unit.lower() else _UNITS[letter]',
            "of_unit = _UNITS[letter]",
            "1GiB is taken for 1GB",
            "cat2vec/parameters/sizes.py test_parameters.py",
        ),
    ),
    *faults_in(
        "parameters/known.py",
        (
            "means_of_vectors_of_several_sizes",
            '    if row_vector == "mean":\n        problems',
            '    if row_vector == "mean" and not sizes:\n        problems',
            "means of vectors of several sizes are tried",
            "vectors/test_what_is_written.py",
        ),
    ),
    *faults_in(
        "parameters/names.py",
        (
            "one_feature_two_words",
            "    if clash := same_feature(values):\n        raise ParameterError",
            "    if (clash := same_feature(values)) and not values:\n        raise ParameterError",
            "of what is said of 0 and of '0' the last counts without a word",
            "test_names_of_columns.py test_parameters.py",
        ),
    ),
)
