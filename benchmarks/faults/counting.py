"""Faults in counting: in memory, from disk, added, decayed and forgotten."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_STREAMS = (
    "tables/streams/test_equal_counts.py::TestBounds "
    "tables/streams/test_equal_counts.py::TestWeights"
)
_DECAY = "estimator/test_decay.py"
_ENCODED = "counting/test_encoded.py"

FAULTS = (
    *faults_in(
        "counting/accumulate.py",
        (
            "counters_run_over",
            "if not self._is_weighted and self._n_rows + tile.n_rows > MOST_ROWS:",
            "if not self._is_weighted and self._n_rows > MOST_ROWS << 8:",
            "counters of 32 bits run over in long tables",
            _STREAMS,
        ),
        (
            "counters_emptied_forget",
            "        self._full += self._buffer",
            "        self._full[:] = self._buffer",
            "rows before the last emptying are forgotten",
            _STREAMS,
        ),
        (
            "weights_beside_gaps",
            "                    weights = weights[(left >= 0) & (right >= 0)]",
            "                    weights = weights[:n_keys]",
            "behind a missing cell pairs have the weights of other rows",
            f"{_STREAMS} counting/partitioned/test_partitions.py",
        ),
    ),
    *faults_in(
        "counting/encoded.py",
        (
            "sorted_keys_of_the_first_slot",
            "        n_keys += pair_keys(left, right, sizes[pair[1]], keys[n_keys:])",
            "        n_keys = pair_keys(left, right, sizes[pair[1]], keys)",
            "of lists of many categories the last values are counted alone",
            f"{_ENCODED} tables/test_multivalued.py::test_counts_of_list_cells_equal_the_slow_twin",
        ),
        (
            "weights_of_sorted_pairs_inside",
            "np.bincount(place, weights=weights[rows], minlength=len(distinct))",
            "np.bincount(place, minlength=len(distinct)).astype(np.float64)",
            "pairs inside cells of many categories count once whatever the weight",
            "training/test_pairs_inside.py counting/test_weights.py",
        ),
    ),
    *faults_in(
        "counting/pair_counts.py",
        (
            "pairs_in_the_order_of_before",
            "return np.minimum(left, right) * vocabulary.n_tokens + np.maximum(left, right)",
            "return left * vocabulary.n_tokens + right",
            "values of a cell whose order changed make a pair that was not there",
            "training/test_pairs_inside.py",
        ),
        (
            "rows_do_not_decay",
            "            n_rows=self.n_rows * by,",
            "            n_rows=self.n_rows,",
            "counts decay and the number of rows does not",
            _DECAY,
        ),
        (
            "categories_do_not_decay",
            "vocabulary=replace(vocabulary, counts=vocabulary.counts * by),",
            "vocabulary=replace(vocabulary, counts=vocabulary.counts * 1.0),",
            "pairs decay and the rows of categories do not",
            _DECAY,
        ),
        (
            "forgetting_one_step_early",
            "kept = vocabulary.by_token(vocabulary.of_vectors.counts >= forget_below)",
            "kept = vocabulary.by_token(vocabulary.of_vectors.counts > forget_below)",
            "a category of exactly as many rows as are enough is forgotten",
            "counting/test_cut_counts.py",
        ),
        (
            "pairs_are_not_forgotten",
            "found = (self.count >= forget_below) & kept[self.left] & kept[self.right]",
            "found = kept[self.left] & kept[self.right]",
            "pairs that are nearly nothing are kept for ever",
            "counting/test_cut_counts.py",
        ),
        (
            "rare_token_is_forgotten",
            "        kept[vocabulary.rare_tokens[vocabulary.rare_tokens >= 0]] = True\n"
            "        if kept.all():",
            "        if kept.all():",
            "the pool of rare categories goes where no row holds one",
            f"{_DECAY} counting/test_cut_counts.py vocabulary/test_pooling.py",
        ),
        (
            "rows_of_a_sum",
            "sums, self.n_rows + other.n_rows)",
            "sums, self.n_rows)",
            "a sum of counts says that it has the rows of the first",
            _ENCODED,
        ),
    ),
    *faults_in(
        "counting/united.py",
        (
            "counts_of_common_categories",
            "    counts[to_theirs] += theirs.counts",
            "    counts[to_theirs] = theirs.counts",
            "a category of both tables has the rows of the second",
            _ENCODED,
        ),
        (
            "pooled_counts_of_other_pools",
            '        for parts in ("categories", "pooled"):',
            '        for parts in ("categories",):',
            "counts are added though their pools hold other rare categories",
            "counting/test_cut_counts.py",
        ),
    ),
    *faults_in(
        "counting/spilled.py",
        (
            "lists_counted_in_every_pass",
            "        of_lists.begin()\n",
            "",
            "where counting takes several passes values of lists count several times",
            _STREAMS,
        ),
        (
            "weights_of_the_first_tile",
            "spill.weights[row : row + n_rows]",
            "spill.weights[:n_rows]",
            "rows of later tiles have the weights of the first",
            _STREAMS,
        ),
        (
            "empty_slots_are_a_category",
            'codes = np.full((sum(map(len, parts)), n_slots), -1, np.result_type(*parts), "F")',
            'codes = np.full((sum(map(len, parts)), n_slots), 0, np.result_type(*parts), "F")',
            "short lists beside long ones hold the first category",
            _STREAMS,
        ),
    ),
    *faults_in(
        "counting/tiled.py",
        (
            "pairs_counted_in_every_pass",
            "    if sparse is None:\n        return Counters(blocks, [])",
            "    if sparse is None:\n        sparse = []",
            "pairs inside cells are counted again in every pass",
            _STREAMS,
            "a later pass replaces what an earlier one counted of the same pairs: time is lost, "
            "and no count changes",
        ),
    ),
    *faults_in(
        "counting/from_sql.py",
        (
            "results_that_are_not_whole",
            "if (wrong := np.flatnonzero(wanted != found)).size:",
            "if (wrong := np.flatnonzero(wanted < found)).size:",
            "results of a database of which rows are missing are taken",
            "counting/test_sql.py",
        ),
    ),
    *faults_in(
        "tables/streams/runs.py",
        (
            "keys_merged_too_far",
            'n_here = int(np.searchsorted(keys, min(lasts), side="right"))',
            'n_here = int(np.searchsorted(keys, max(lasts), side="right"))',
            "a key of several runs on disk comes several times, out of order",
            f"tables/streams/test_spill.py {_STREAMS} cat2vec/tables/streams/runs.py",
        ),
        (
            "counts_of_equal_keys",
            "return keys[starts], np.add.reduceat(counts, starts) if len(starts) else counts",
            "return keys[starts], counts[starts]",
            "a key of two runs has the count of the first",
            f"tables/streams/test_spill.py {_STREAMS} cat2vec/tables/streams/runs.py",
        ),
    ),
    *faults_in(
        "tables/cells/growing.py",
        (
            "missing_lists",
            "self._n_missing += factors.n_rows - len(np.unique(factors.rows[codes >= 0]))",
            "self._n_missing += factors.n_rows - len(factors.rows[codes >= 0])",
            "values of lists count as rows when missing cells are counted",
            f"tables/test_growing.py {_STREAMS}",
        ),
        (
            "weights_of_values",
            "np.add.at(self._weights, codes[has_value], of_codes[has_value])",
            "np.add.at(self._weights, codes[has_value], of_codes[: has_value.sum()])",
            "behind a missing cell values have the weights of other rows",
            f"tables/test_growing.py {_STREAMS}",
        ),
        (
            "types_that_do_not_mix",
            "            self._id_of = {category_key(v): number for number, v in "
            "enumerate(self._values)}\n",
            "",
            "a value met before its column became one of several types is met anew",
            f"tables/test_growing.py {_STREAMS}",
        ),
    ),
    *faults_in(
        "tables/streams/spill.py",
        (
            "rows_of_weight_zero_on_disk",
            "column.add(cells if here.all() else _some_of(cells, here > 0), here[here > 0], "
            "first_row)",
            "column.add(cells, here, first_row)",
            "rows of weight 0 are written, and the weights of others stand beside them",
            _STREAMS,
        ),
    ),
)
