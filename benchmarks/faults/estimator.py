"""Faults in the estimator and the command line."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_PARTS = "estimator/test_partial_fit.py"
_DECAY = "estimator/test_decay.py"
_PIECES = "cli/test_in_pieces.py"
_REPORT = "cli/test_report.py cat2vec/cli/report.py"
_UPDATE = "cli/test_update.py"
_TRANSFORM = "cli/test_transform.py"
_IMPUTE = "cli/test_impute.py"

FAULTS = (
    *faults_in(
        "estimator/steps.py",
        (
            "forgotten_before_it_decays",
            "counts = earlier.decayed(decay).forgetting(forget_below) + added",
            "counts = earlier.forgetting(forget_below).decayed(decay) + added",
            "categories are forgotten one update late",
            f"{_DECAY} {_PIECES}::test_what_is_nearly_forgotten_can_be_dropped",
        ),
        (
            "new_rows_decay",
            "counts = earlier.decayed(decay).forgetting(forget_below) + added",
            "counts = (earlier + added).decayed(decay).forgetting(forget_below)",
            "new rows decay at once",
            f"{_DECAY} {_UPDATE}",
        ),
        (
            "forgotten_categories_stay",
            "return counts.occurring() if forget_below or not decay else counts",
            "return counts.occurring() if not decay else counts",
            "forgotten categories keep their names",
            f"{_DECAY} {_PIECES}::test_what_is_nearly_forgotten_can_be_dropped",
        ),
        (
            "unseen_cells_are_never_rare",
            '        if model.handle_unknown == "rare":',
            '        if model.handle_unknown == "rare" and how == "mean":',
            'handle_unknown="rare" writes zeros',
            "vocabulary/test_pooling.py",
        ),
        (
            "weights_of_rows_to_score",
            '    encoded = encode_rows(model, X, sample_weight, unseen_get="left out")\n'
            "    try:\n"
            "        return count_encoded(encoded, model.n_jobs)",
            '    encoded = encode_rows(model, X, unseen_get="left out")\n'
            "    try:\n"
            "        return count_encoded(encoded, model.n_jobs)",
            "score does not heed sample_weight",
            "training/test_weights_training.py",
        ),
        (
            "rows_for_polars_are_copied",
            'order: Literal["C", "F"] = "F" if configured_output(model) == "polars" else "C"',
            'order: Literal["C", "F"] = "C"',
            "rows for polars are copied",
            "estimator/test_scikit_learn.py",
        ),
    ),
    *faults_in(
        "estimator/growing.py",
        (
            "decay_is_not_remembered",
            "updates_after(model, decay))",
            "updates_after(model, 1.0))",
            "after an update with decay more categories seem to have moved",
            f"inspection/test_moves.py {_UPDATE}",
        ),
        (
            "rare_categories_of_the_first_part",
            "settings = settings_for(model, encoded.pool(model.min_count).vocabulary)",
            "settings = settings_for(model, encoded.vocabulary)",
            "sizes of features are told as if rare categories had vectors",
            f"{_PARTS} estimator/test_features_together.py",
        ),
    ),
    *faults_in(
        "estimator/unseen.py",
        (
            "unseen_cells_of_weight_zero",
            "            unseen[encoded.weights == 0] = False",
            "            unseen[encoded.weights < 0] = False",
            "cells of rows that do not count are warned of",
            "training/test_weights_training.py counting/test_weights.py",
        ),
        (
            "rows_of_the_first_piece",
            "                rows = (before + np.flatnonzero(column)).tolist()",
            "                rows = np.flatnonzero(column).tolist()",
            "an unseen cell of a later piece is named by a row of the first",
            f"{_TRANSFORM} {_PIECES}",
        ),
    ),
    *faults_in(
        "estimator/validation.py",
        (
            "columns_by_position_only",
            "        return not used.issuperset(model._columns_in)",
            "        return False",
            "a model of some columns refuses tables with more",
            "estimator/test_new_rows.py",
        ),
        (
            "columns_in_another_order",
            "    if names != wanted and sorted(names) == sorted(wanted):",
            "    if names != wanted and sorted(names) != sorted(wanted) and not wanted:",
            "columns that stand in another order are turned back into other categories",
            "estimator/test_inverse_transform.py",
        ),
    ),
    *faults_in(
        "estimator/row_clusters.py",
        (
            "clusters_of_a_later_fit",
            "    model = copy.copy(model)  # a later fit changes the one that was given\n",
            "",
            "a later fit changes what predict says",
            "inspection/test_row_clusters.py",
        ),
    ),
    *faults_in(
        "estimator/plan.py",
        (
            "columns_left_out",
            "left_out=tuple(column for column in columns if column not in read_from),",
            "left_out=tuple(column for column in columns if column not in vocabulary.features),",
            "a plan says that columns of dates are left out",
            "estimator/test_plan.py tables/test_dates.py::test_the_plan_says_what_became_of_a_date",
        ),
    ),
    *faults_in(
        "cli/report.py",
        (
            "held_out_rows_are_in_training",
            "return table.take(np.sort(order[n_out:])), table.take(np.sort(order[:n_out]))",
            "return table, table.take(np.sort(order[:n_out]))",
            "rows that are held out are trained on",
            _REPORT,
        ),
        (
            "seed_of_held_out_rows_ignored",
            "    order = np.random.default_rng(seed).permutation(n_rows)",
            "    order = np.random.default_rng(0).permutation(n_rows)",
            "the same rows are held out whatever --random-state is",
            _REPORT,
        ),
        (
            "pairs_that_are_new",
            "    value, error = known * float(gain.value), known * float(gain.error)",
            "    value, error = float(gain.value), float(gain.error)",
            "pairs of new categories do not count as zero in the gain on other rows",
            _REPORT,
        ),
        (
            "share_of_known_cells",
            "    return float((known * (known - 1)).sum() / pairs.sum()) if pairs.any() else 1.0",
            "    return float(known.sum() / present.sum()) if pairs.any() else 1.0",
            "the share of known cells is taken for that of known pairs",
            _REPORT,
        ),
        (
            "report_of_the_model_before",
            "    if _is_report(folder):\n        for name",
            "    if not _is_report(folder):\n        for name",
            "the report of a model that was replaced stays, and those of others go",
            _REPORT,
        ),
    ),
    *faults_in(
        "cli/main.py",
        (
            "wrong_input_is_code_1",
            "        return 2 if sentence else 1",
            "        return 1",
            "wrong input has another exit code than is promised",
            "cli/test_errors.py",
        ),
        (
            "interrupted_is_code_2",
            "        return 130",
            "        return 2",
            "Ctrl-C has the exit code of wrong input",
            "cli/test_errors.py",
        ),
        (
            "counts_are_kept_anyway",
            "take_vectors(model, vectors, counts if options.updatable else None, cells)",
            "take_vectors(model, vectors, counts, cells)",
            "every model folder holds counts, pooled ones",
            f"cli/test_main.py {_UPDATE}",
        ),
    ),
    *faults_in(
        "cli/update.py",
        (
            "forget_below_ignored",
            "with_more_rows(model, rows, decay=options.decay, forget_below=options.forget_below)",
            "with_more_rows(model, rows, decay=options.decay)",
            "--forget-below changes nothing",
            f"{_UPDATE} {_PIECES}",
        ),
        (
            "half_life_turned_round",
            "half after {math.log(0.5) / math.log(decay):,.1f} updates",
            "half after {math.log(decay) / math.log(0.5):,.1f} updates",
            "the half-life that is printed is one over what it is",
            f"{_UPDATE} {_DECAY}",
        ),
        (
            "counts_of_the_last_day",
            "        counts = counts + PairCounts.load(folder)",
            "        counts = PairCounts.load(folder)",
            "of several folders of counts the last one is added",
            _UPDATE,
        ),
        (
            "moves_of_others_are_removed",
            "    if ours:\n        file.unlink()",
            "    if not ours:\n        file.unlink()",
            "a file of others named moves.csv is removed, and ours stays",
            _UPDATE,
        ),
    ),
    *faults_in(
        "cli/new_rows.py",
        (
            "pieces_do_not_grow",
            "            known = rows.vocabulary\n",
            "",
            "new categories of later pieces get the codes of others",
            f"{_PIECES} {_UPDATE}",
        ),
        (
            "type_of_the_last_piece",
            "numbers[name] = max(known, kind, key=_WIDENING.index)",
            "numbers[name] = kind",
            "the last piece decides whether a column is one of numbers",
            f"{_TRANSFORM} {_PIECES}",
        ),
        (
            "unseen_cells_of_files",
            "            yield rows\n        unseen.warn(what)",
            "            yield rows\n        unseen.warn(what) if not warn else None",
            "unseen categories of a file are not told",
            f"{_PIECES} cli/test_questions.py",
        ),
    ),
    *faults_in(
        "cli/transform.py",
        (
            "rows_of_the_last_tables",
            "    if held:\n        yield pa.concat_tables(held)",
            "    if len(held) > 1:\n        yield pa.concat_tables(held)",
            "the last rows of a file are not written where they come alone",
            _TRANSFORM,
        ),
        (
            "unseen_cells_of_transform",
            "    unseen.warn(model.handle_unknown)\n",
            "",
            "transform does not tell what it never saw",
            f"{_TRANSFORM} cli/test_main.py",
        ),
    ),
    *faults_in(
        "cli/impute.py",
        (
            "decimal_points_in_csv",
            'return text if isinstance(value, str) else text.replace(".", decimal)',
            "return text",
            "numbers are filled with points into a table of decimal commas",
            f"{_IMPUTE} {_PIECES}",
        ),
        (
            "gaps_that_stay",
            "        left = {name: n - self.filled[name] for name, n in self._missing.items()}",
            "        left = {name: 0 * n for name, n in self._missing.items()}",
            "impute does not tell which gaps stay",
            f"{_IMPUTE} {_PIECES}",
        ),
        (
            "types_by_one_piece",
            "    if full.schema.types != table.schema.types:\n        raise _NeedsAllRows\n",
            "",
            "pieces of one file have different types",
            _PIECES,
        ),
    ),
    *faults_in(
        "cli/export.py",
        (
            "one_feature_is_all",
            '        given["feature"] = options.feature',
            '        given["feature"] = None',
            "--feature of export is not heeded",
            "export/test_files.py cli/test_main.py",
        ),
    ),
    *faults_in(
        "cli/keep.py",
        (
            "first_column_to_keep",
            "            self._files = FileColumns(\n"
            "                source, None, self._names, rows_needed=False, may_be_held=False\n"
            "            )",
            "            self._files = FileColumns(\n"
            "                source, None, self._names[:1], rows_needed=False, may_be_held=False\n"
            "            )",
            "of several columns to keep the first is there",
            "cli/test_keep.py",
        ),
    ),
)
