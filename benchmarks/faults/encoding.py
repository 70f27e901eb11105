"""Faults in how cells become categories and codes."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_CODES = "tables/test_codes.py cat2vec/tables/cells/codes.py"
_WEIGHTS = "counting/test_weights.py"
_POOLING = "vocabulary/test_pooling.py"
_VOCABULARY = "vocabulary/test_vocabulary.py"
_WHOLE = "tables/test_whole_numbers.py"

FAULTS = (
    *faults_in(
        "tables/cells/codes.py",
        (
            "edges_of_new_rows",
            'return np.searchsorted(codec.edges, _as_numbers(factors), side="right")',
            'return np.searchsorted(codec.edges, _as_numbers(factors), side="left")',
            "in new rows a number on an edge falls into the bin below",
            _CODES,
        ),
        (
            "edges_without_weights",
            "reached = np.cumsum(np.bincount(inverse, weights=weights, minlength=len(values)))",
            "reached = np.cumsum(np.bincount(inverse, minlength=len(values)))",
            "bins hold as many distinct values, not as many rows",
            f"{_CODES} {_WEIGHTS}",
        ),
        (
            "as_many_values_as_bins",
            "        wanted = numeric is not None or n_distinct > n_bins",
            "        wanted = numeric is not None or n_distinct >= n_bins",
            "as many distinct numbers as bins are binned",
            _CODES,
        ),
        (
            "values_go_to_the_farther_side",
            "is_near = target - before <= reached[min(crossing, len(reached) - 1)] - target",
            "is_near = target - before > reached[min(crossing, len(reached) - 1)] - target",
            "a value that crosses the target of a bin goes to the farther side",
            _CODES,
        ),
        (
            "undeclared_categories",
            "        if others:\n            raise ColumnTypeError(",
            "        if len(others) > 1:\n            raise ColumnTypeError(",
            "one category beside a declared order is taken without a word",
            "tables/test_kinds.py",
        ),
    ),
    *faults_in(
        "tables/cells/weights.py",
        (
            "sums_beyond_exact_integers",
            "return bool((weights == np.floor(weights)).all() and weights.sum() < 2**53)",
            "return bool((weights == np.floor(weights)).all())",
            "sums that floats cannot hold are given as exact integers",
            _WEIGHTS,
        ),
        (
            "negative_weights",
            "wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))",
            "wrong = np.flatnonzero(~np.isfinite(weights))",
            "weights below 0 are taken",
            _WEIGHTS,
        ),
    ),
    *faults_in(
        "tables/encoded.py",
        (
            "rare_values_twice_in_a_cell",
            "parts = [part[:, 0] if part.shape[1] == 1 else _each_once(part) for part in parts]",
            "parts = [part[:, 0] if part.shape[1] == 1 else part for part in parts]",
            "two rare values of one cell are two tokens",
            "estimator/test_kinds_together.py counting/test_cut_counts.py",
        ),
        (
            "rows_of_weight_zero_stay",
            "        if self.weights is None or self.weights.all():",
            "        if self.weights is None or self.weights.any():",
            "rows of weight 0 are counted rows",
            f"{_WEIGHTS} training/test_weights_training.py",
        ),
        (
            "gaps_in_the_first_slot_only",
            "        return np.logical_or.reduceat(found, self.first_columns, axis=1)",
            "        return found[:, self.first_columns]",
            "unseen values behind a known one of a cell are not told",
            "tables/test_multivalued.py estimator/test_kinds_together.py",
        ),
    ),
    *faults_in(
        "tables/encode.py",
        (
            "categories_of_no_rows",
            "        if weights is None or weights.all():\n            fitted",
            "        if weights is None or weights.any():\n            fitted",
            "categories that only rows of weight 0 hold are in the vocabulary",
            f"{_WEIGHTS} training/test_weights_training.py",
        ),
        (
            "new_categories_as_they_come",
            "place = {category_key(value): len(known) + i for i, value in enumerate(added)}",
            "place = {category_key(values[i]): len(known) + n for n, i in enumerate(unseen)}",
            "codes of new categories go by the order of rows",
            "training/test_fold_in.py tables/test_encode.py",
        ),
        (
            "missing_cells_of_new_rows",
            "    if is_new and (first == MISSING).any():",
            "    if is_new and (first == MISSING).all():",
            "a first gap in later rows stays missing with missing='token'",
            "tables/test_kinds.py",
        ),
    ),
    *faults_in(
        "tables/cells/multivalued.py",
        (
            "numbers_in_lists",
            "        is_number=False,\n        rows=rows[present],",
            "        is_number=factors.is_number,\n        rows=rows[present],",
            "whole numbers in lists are taken for amounts",
            _WHOLE,
        ),
        (
            "blanks_around_values",
            "parts = [part for piece in text.split(separator) if (part := piece.strip())]",
            "parts = [part for part in text.split(separator) if part.strip()]",
            "a value behind a blank is another one",
            "tables/test_multivalued.py cat2vec/tables/cells/multivalued.py",
        ),
        (
            "pairs_inside_against_ones_word",
            "        return None if kind.within is False else replace(kind, within=True)",
            "        return replace(kind, within=True)",
            "within=False is not heeded where there is one column",
            "training/test_pairs_inside.py tables/test_baskets.py tables/test_multivalued.py",
        ),
    ),
    *faults_in(
        "tables/cells/whole_numbers.py",
        (
            "row_numbers_that_fall",
            "are_in_order = max(ups, downs) >= _NEARLY_ALL * (n_rows - 1)",
            "are_in_order = ups >= _NEARLY_ALL * (n_rows - 1)",
            "row numbers that count down are not warned of",
            f"{_WHOLE} tables/streams/test_numbers.py",
        ),
        (
            "names_of_amounts",
            "    if not words or _AMOUNTS.fullmatch(words[0]):",
            "    if not words:",
            "n_id is taken for a code",
            f"{_WHOLE} cat2vec/tables/cells/whole_numbers.py",
        ),
    ),
    *faults_in(
        "tables/cells/dates.py",
        (
            "weeks_begin_on_sunday",
            '"weekday": lambda date: date.weekday(),',
            '"weekday": lambda date: date.isoweekday() % 7,',
            "every day has the name of the next one",
            "tables/test_dates.py",
        ),
        (
            "parts_that_never_vary",
            "if len(part_of(factors, part).distinct) > 1)",
            "if len(part_of(factors, part).distinct) > 0)",
            "parts of dates that are the same in all rows become features",
            "tables/test_dates.py",
        ),
    ),
    *faults_in(
        "vocabulary/pooling.py",
        (
            "min_count_off_by_one",
            "vocabulary.by_token(vocabulary.of_vectors.counts < min_count)",
            "vocabulary.by_token(vocabulary.of_vectors.counts <= min_count)",
            "categories of exactly min_count rows are pooled",
            f"{_POOLING} cat2vec/vocabulary/pooling.py",
        ),
        (
            "one_rare_category_is_pooled",
            "        if codec.edges is not None or rare.sum() < 2:",
            "        if codec.edges is not None or rare.sum() < 1:",
            "a single rare category loses its name",
            _POOLING,
        ),
        (
            "missing_cells_are_rare",
            "            rare[missing] = False",
            "            rare[missing] &= True",
            "missing cells as a category are pooled with rare ones",
            "estimator/test_kinds_together.py",
        ),
        (
            "bins_are_pooled",
            "        if codec.edges is not None or rare.sum() < 2:",
            "        if rare.sum() < 2:",
            "bins of few rows are pooled, so numbers have no order there",
            _POOLING,
        ),
        (
            "unseen_cells_of_features_without_pool",
            "        vocabulary.rare_tokens < 0, UNSEEN, vocabulary.rare_tokens - "
            "vocabulary.offsets[:-1]",
            "        vocabulary.rare_tokens < 0, 0, vocabulary.rare_tokens - "
            "vocabulary.offsets[:-1]",
            "where nothing was pooled an unseen cell is the first category",
            _POOLING,
        ),
    ),
    *faults_in(
        "vocabulary/vocabulary.py",
        (
            "bin_that_is_asked_for",
            'code = int(np.searchsorted(codec.edges, category, side="right"))',
            'code = int(np.searchsorted(codec.edges, category, side="left"))',
            "a number on an edge is looked up in the bin below",
            f"{_VOCABULARY} vectors/test_vectors.py",
        ),
        (
            "dates_and_midnights",
            "code = lookup.code_of_key(date_or_midnight(key), UNSEEN)",
            "code = lookup.code_of_key(key, UNSEEN)",
            "a date does not find its midnight",
            _VOCABULARY,
        ),
        (
            "shares_of_features_that_share",
            "            counts=self.sum_by_vector(self.counts),",
            "            counts=self.counts[self.token_of_vector],",
            "a shared category counts in its first column only",
            "vocabulary/test_shared.py",
        ),
    ),
    *faults_in(
        "vocabulary/categories.py",
        (
            "true_is_one",
            "        return (0, bool(value))",
            "        return (1, bool(value))",
            "True and 1 are one category",
            _VOCABULARY,
        ),
        (
            "backslashes_in_names",
            'return feature.replace("\\\\", "\\\\\\\\").replace("=", "\\\\=")',
            'return feature.replace("=", "\\\\=")',
            "two names of features can read the same in keys",
            _VOCABULARY,
        ),
    ),
    *faults_in(
        "vocabulary/schema.py",
        (
            "edges_of_the_same_number",
            "        return np.array_equal(self.edges, other.edges)",
            "        return len(self.edges) == len(other.edges)",
            "counts of bins with other edges are added",
            f"{_VOCABULARY} counting/test_encoded.py",
        ),
        (
            "missing_among_declared_categories",
            "place.get(category_key(value), len(place))",
            "place.get(category_key(value), -1)",
            "categories that no order declares stand before all others",
            "tables/test_kinds.py",
        ),
    ),
    *faults_in(
        "vocabulary/lookup.py",
        (
            "rare_values_have_codes_of_their_own",
            "        return np.where(entry < len(self._categories), entry, self._rare)",
            "        return entry.astype(np.int64)",
            "pooled categories are codes behind the last",
            "vocabulary/test_lookup.py",
        ),
    ),
)
