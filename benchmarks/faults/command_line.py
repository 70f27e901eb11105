"""Faults in the command line: options, what is read and printed, and exit codes."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_MAIN = "cli/test_main.py"
_IMPUTE = "cli/test_impute.py"
_PIPES = "cli/test_pipes.py cli/test_faults.py"
_REPORT = "cli/test_report.py"
_UPDATE = "cli/test_update.py"
_QUESTIONS = "cli/test_questions.py cli/test_answers.py"
_READING = "cli/test_reading.py cli/test_columns.py"

FAULTS = (
    *faults_in(
        "cli/columns.py",
        (
            "places_only_without_names",
            'self._reading["header"] is not True',
            'self._reading["header"] is False',
            "with --names columns have no places",
            _READING,
        ),
    ),
    *faults_in(
        "cli/completion.py",
        (
            "folders_are_completed_as_words",
            "elif place is not None:\n        action.complete = place",
            "elif place is not None and known is not None:\n        action.complete = place",
            "the shell completes neither tables nor model folders",
            "cli/test_completion.py",
        ),
    ),
    *faults_in(
        "cli/explore.py",
        (
            "report_of_the_folder_goes_first",
            "    file = Path(options.report or beside)",
            "    file = beside if beside.exists() else Path(options.report)",
            "--report is not heeded where train wrote a report",
            f"{_REPORT} explore/test_page.py {_MAIN}",
        ),
        (
            "max_categories_of_the_page",
            "explored(model, _report_of(options), options.max_categories)",
            "explored(model, _report_of(options), 200_000)",
            "--max-categories changes nothing",
            f"explore/test_page.py {_MAIN}",
        ),
    ),
    *faults_in(
        "cli/export.py",
        (
            "size_is_not_heeded",
            '"escape": ("word2vec",), "size": ("torch", "keras")}',
            '"escape": ("word2vec",)}',
            "--size is taken for every kind of export and changes none",
            "export/test_files.py",
        ),
        (
            "exports_replace_files",
            "target, overwrite=options.overwrite, **given)",
            "target, overwrite=True, **given)",
            "export replaces a file without being told to",
            f"cli/test_errors.py {_MAIN} cli/test_output.py",
        ),
    ),
    *faults_in(
        "cli/impute.py",
        (
            "cells_filled_in_the_last_piece",
            "            self.filled[name] += len(rows)",
            "            self.filled[name] = len(rows)",
            "of a long table impute tells what it filled in the last piece",
            f"{_IMPUTE} cli/test_in_pieces.py",
        ),
        (
            "names_of_files_without",
            'return {"delimiter": delimiter, "header": given["header"] is True}',
            'return {"delimiter": delimiter, "header": given["header"] is not False}',
            "a file without a line of names gets one where --names gives them",
            f"{_IMPUTE} {_READING} cli/test_kinds.py",
        ),
    ),
    *faults_in(
        "cli/info.py",
        (
            "loss_of_the_first_sweep",
            '"loss": vectors.loss,',
            '"loss": vectors.losses[0],',
            "info --json tells the loss that training began with",
            f"{_MAIN} {_QUESTIONS}",
        ),
        (
            "shared_is_not_told",
            '_OF_FEATURES = ("feature", "column", "kind", "n_categories", "has_bins", "n_rare", '
            '"shared")',
            '_OF_FEATURES = ("feature", "column", "kind", "n_categories", "has_bins", "n_rare")',
            "info --json does not tell which features share a vocabulary",
            "cli/test_shared.py",
        ),
    ),
    *faults_in(
        "cli/keep.py",
        (
            "kept_texts_are_numbers",
            '        types = dict.fromkeys(names, "text")',
            "        types: dict[str, str] = {}",
            "with fold_in a key 007 that is kept becomes 7",
            "cli/test_keep.py",
        ),
        (
            "kept_cells_that_mean_missing",
            'model.file_options_) | {"missing_values": []}',
            "model.file_options_)",
            "with fold_in a key that reads as a missing cell is not kept",
            "cli/test_keep.py",
        ),
    ),
    *faults_in(
        "cli/main.py",
        (
            "lost_output_is_no_error",
            "return code or (2 if unwritten else 0)",
            "return code",
            "the exit code says nothing of a standard output on a full disk",
            _PIPES,
        ),
        (
            "second_training_reads_otherwise",
            "again = partial(read_table, source, types=types_of_file, **reading, keep=keep)",
            "again = partial(read_table, source, **reading, keep=keep)",
            "the gain on other rows is that of columns of other types",
            "cli/test_report.py::test_the_second_training_reads_columns_as_the_first_one_does",
        ),
        (
            "reading_is_not_remembered",
            "    model.file_options_ = reading\n",
            "",
            "a model does not know how the table of train was read",
            f"{_READING} cli/test_transform.py",
        ),
    ),
    *faults_in(
        "cli/options.py",
        (
            "exclude_forgets_features",
            "return [name for name in features or found if name not in exclude]",
            "return [name for name in found if name not in exclude]",
            "--features is not heeded beside --exclude",
            f"{_READING} {_MAIN}",
        ),
        (
            "dates_are_read_as_numbers",
            "of_text = (Dates, MultiValued, Ordered)",
            "of_text = (MultiValued, Ordered)",
            "dates written as 20240131 are read as numbers",
            "cli/test_kinds.py",
        ),
    ),
    *faults_in(
        "cli/output.py",
        (
            "returns_without_quotes",
            "_QUOTED = frozenset('\",\\r\\n')",
            "_QUOTED = frozenset('\",\\n')",
            "a carriage return in a name breaks a line of CSV",
            "cli/test_output.py cli/test_answers.py",
        ),
        (
            "missing_cells_are_empty_texts",
            "    return text if text and not _QUOTED & set(text) else",
            "    return text if not _QUOTED & set(text) else",
            "an empty category cannot be told from none in CSV",
            "cli/test_output.py cli/test_answers.py",
        ),
        (
            "closed_pipes_are_errors",
            "            if not isinstance(error, BrokenPipeError):\n",
            "            if not isinstance(error, BlockingIOError):\n",
            "cat2vec ... | head ends with an error",
            "cli/test_output.py",
        ),
    ),
    *faults_in(
        "cli/parser.py",
        (
            "values_that_look_like_options",
            '            if word == "--":  # all that follows are values\n                return\n',
            "",
            "a category that begins with dashes cannot be asked for",
            f"cli/test_words.py {_MAIN} cli/test_errors.py",
        ),
    ),
    *faults_in(
        "cli/questions.py",
        (
            "feature_of_c_is_that_of_b",
            "        c_feature=options.c_feature,",
            "        c_feature=options.b_feature,",
            "--c-feature of analogy is not heeded",
            _QUESTIONS,
        ),
        (
            "rows_of_the_other",
            '"other_rows": [other_rows],',
            '"other_rows": [rows],',
            "similarity tells the rows of the first category twice",
            _QUESTIONS,
        ),
        (
            "n_cells_of_outliers",
            "oddest_of(model, encoded, options.n, options.n_cells)",
            "oddest_of(model, encoded, options.n, 3)",
            "--n-cells changes nothing",
            f"{_QUESTIONS} cli/test_in_pieces.py cli/test_keep.py",
        ),
    ),
    *faults_in(
        "cli/reading.py",
        (
            "names_with_commas",
            "return next(csv.reader([options.names]), [])",
            'return options.names.split(",")',
            "a name in quotes that holds a comma is two",
            "cli/test_reading.py::test_names_that_hold_commas_stand_in_quotes",
        ),
        (
            "skipped_blanks_are_forgotten",
            "for name, value in given.items() if value is not None}",
            'for name, value in given.items() if value is not None or name.startswith("skip")}',
            "a model forgets that blanks behind delimiters are left out",
            "cli/test_texts.py::test_blanks_behind_delimiters_are_named_and_left_out_when_asked",
        ),
    ),
    *faults_in(
        "cli/report.py",
        (
            "report_without_its_training_rows",
            "make_report(model.vectors_, rows, train, options.n_jobs, model.cells_)",
            "make_report(model.vectors_, rows, None, options.n_jobs, model.cells_)",
            "train --holdout reports neither sizes nor stability",
            _REPORT,
        ),
        (
            "train_table_is_read_in_vain",
            "measured_on(model, rows, train)\n    options.writing",
            "measured_on(model, rows, None)\n    options.writing",
            "--train-table changes nothing",
            _REPORT,
        ),
    ),
    *faults_in(
        "cli/sql.py",
        (
            "bins_of_sql_by_default",
            "        n_bins=options.n_bins,\n",
            "",
            "--n-bins of sql changes nothing",
            "cli/test_sql.py",
        ),
        (
            "missing_values_of_sql",
            "        missing_values=options.missing_values,\n",
            "",
            "--missing-values of sql changes nothing",
            "cli/test_sql.py",
        ),
    ),
    *faults_in(
        "cli/train_rows.py",
        (
            "remarks_of_held_out_tables",
            "replace(rows, remarks=read.remarks, unmatched=read.unmatched)",
            "replace(rows, remarks=read.remarks)",
            "with --holdout a missing value that no cell holds is not told",
            "cli/test_report.py::test_missing_values_that_no_cell_holds_are_told_with_holdout_too",
        ),
        (
            "row_numbers_are_columns_again",
            "    model.features = wanted_columns(rows.columns, *asked)",
            "    assert model",
            "a model asks new tables for a column that numbers the rows",
            "cli/test_reading.py::test_a_model_trained_beside_row_numbers_can_be_fitted_on_a_table_without_them",
        ),
    ),
    *faults_in(
        "cli/update.py",
        (
            "numbers_of_an_earlier_model",
            "    if numbers.name not in written:",
            "    if numbers.name in written:",
            "the numbers of a large model are removed from beside its vectors",
            "cli/test_pipes.py",
        ),
        (
            "some_counts_some_rows",
            "if others := [path for path in paths if path not in folders]:",
            "if not (others := [path for path in paths if path in folders]):",
            "rows beside folders of counts are left out without a word",
            _UPDATE,
        ),
    ),
    *faults_in(
        "cli/new_rows.py",
        (
            "rows_of_an_empty_table",
            "        if is_empty:\n            yield read_as_in_fit(",
            "        if is_empty and False:\n            yield read_as_in_fit(",
            "a table without rows is a fault of ours",
            "cli/test_in_pieces.py cli/test_errors.py cli/test_transform.py cli/test_questions.py",
        ),
    ),
    *faults_in(
        "cli/transform.py",
        (
            "kept_columns_of_the_first_rows",
            "some = {name: column.slice(start, at_a_time) for name, column in carried.items()}",
            "some = {name: column.slice(0, at_a_time) for name, column in carried.items()}",
            "--keep repeats the keys of the first rows",
            "cli/test_keep.py cli/test_transform.py cli/test_in_pieces.py",
        ),
    ),
)
