"""Faults in files that appear whole or not at all, and in folders of models that are read back."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_FOLDER = "estimator/test_model_folder.py"
_FILES = "storage/test_files.py"

FAULTS = (
    *faults_in(
        "storage/files.py",
        (
            "everybody_shares_a_lock",
            "how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)",
            "how = fcntl.LOCK_SH | (0 if wait else fcntl.LOCK_NB)",
            "a second writer removes what the first one is still writing",
            f"{_FILES} {_FOLDER}",
        ),
        (
            "folders_inside_are_lost",
            'for file in sorted(done.rglob("*")):',
            'for file in sorted(done.glob("*")):',
            "the counts inside a model folder are not put in place",
            f"{_FILES} {_FOLDER}",
        ),
        (
            "parents_stay_behind",
            "missing = [place for place in (folder, *folder.parents) if not place.exists()]\n"
            "    folder.mkdir",
            "missing = [place for place in (folder,) if not place.exists()]\n    folder.mkdir",
            "an export that fails leaves empty folders",
            _FILES,
        ),
        (
            "the_passing_folder_is_named",
            "raise DiskFullError(str(target), why, so_far) from None",
            "raise DiskFullError(str(written), why, so_far) from None",
            "a full disk is told with the name of a folder that nobody gave",
            f"{_FILES} cli/test_faults.py",
        ),
        (
            "quotas_are_no_full_disk",
            "_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)",
            "_FULL = (errno.ENOSPC, errno.EFBIG)",
            "where a user has no more room a traceback is shown",
            "storage/test_files.py::test_no_room_on_a_disk_of_a_user_or_in_a_file_is_told_in_one_sentence",
        ),
        (
            "endings_in_capitals",
            "if endings and path.suffix not in endings:",
            "if endings and path.suffix.lower() not in endings:",
            "a file named .PARQUET holds CSV",
            "storage/test_files.py::test_an_ending_is_asked_for_as_it_is_written",
        ),
    ),
    *faults_in(
        "storage/folders.py",
        (
            "readers_do_not_wait",
            "held.enter_context(locked(folder, shared=True))",
            "pass",
            "a folder that is being replaced is read half of either",
            "storage/test_files.py::test_a_folder_is_not_read_while_its_files_are_put_in_place",
        ),
        (
            "header_of_removed_counts_stays",
            "    for name in (kind.numbers, kind.header):\n        Path(path, name)",
            "    for name in (kind.numbers,):\n        Path(path, name)",
            "beside a model without counts stands half of those of an earlier one",
            f"{_FOLDER} estimator/test_partial_fit.py",
        ),
        (
            "infinite_numbers_are_read",
            'if array.dtype.kind == "f" and not np.isfinite(array).all():',
            'if array.dtype.kind == "f" and np.isnan(array).any():',
            "vectors of infinite length are read from a folder",
            "storage/test_formats.py::test_arrays_that_do_not_fit_are_refused_though_their_hash_is_right",
        ),
        (
            "rows_below_zero",
            "    if not 0 <= n_rows <= _MOST_ROWS:",
            "    if n_rows > _MOST_ROWS:",
            "counts of fewer than no rows are read",
            "counting/test_counts_folder.py::test_damaged_folders_are_refused_with_the_reason",
        ),
        (
            "a_look_leaves_folders",
            "        for place in reversed(made):\n            place.rmdir()",
            "        for place in reversed(made[1:]):\n            place.rmdir()",
            "a command that is refused leaves an empty folder",
            f"{_FOLDER} cli/test_errors.py cli/test_main.py {_FILES}",
        ),
    ),
    *faults_in(
        "estimator/model_folder.py",
        (
            "errors_are_not_saved",
            "    if vectors.standard_error is not None:\n        tensors",
            "    if vectors.standard_error is None:\n        tensors",
            "a loaded model has lost the standard errors of its vectors",
            f"{_FOLDER} training/solvers/test_evidence.py",
        ),
        (
            "kept_rows_are_whole",
            'header["kept_rows"] = kept.counts.n_rows',
            'header["kept_rows"] = int(kept.counts.n_rows)',
            "a loaded model takes weighted rows for fewer",
            "estimator/test_model_folder.py::test_kept_counts_of_weighted_rows_come_back_as_they_were",
        ),
        (
            "counts_of_an_earlier_fit",
            '    model.__dict__.pop("counts_", None)\n',
            "",
            "after fit partial_fit goes on from the counts of rows before",
            "estimator/test_partial_fit.py",
        ),
        (
            "numbers_of_the_parameters",
            "plain = {k: v.item() if isinstance(v, np.generic) else v for k, v in params.items()}",
            "plain = dict(params)",
            "a model whose parameters are numbers of NumPy cannot be saved",
            "estimator/test_model_folder.py::test_everything_comes_back_and_the_model_is_fitted",
        ),
        (
            "unnamed_columns_by_name",
            "model.file_options_, model._columns_named = file_options, bool(columns_named)",
            "model.file_options_, model._columns_named = file_options, True",
            "a loaded model asks an array for names of columns",
            "estimator/test_model_folder.py::test_a_model_of_columns_without_names_stays_one",
        ),
    ),
    *faults_in(
        "estimator/cells_folder.py",
        (
            "offsets_are_not_saved",
            "    if kept.offset is not None:\n        tensors",
            "    if kept.offset is None and False:\n        tensors",
            "a loaded model gives other probabilities",
            f"{_FOLDER} estimator/test_cells.py",
        ),
        (
            "kept_weights_are_cut",
            'count = count.astype(np.float64 if count.dtype.kind == "f" else np.int64)',
            "count = count.astype(np.int64)",
            "a loaded model has whole numbers in place of sums of weights",
            f"{_FOLDER} counting/test_weights.py training/test_weights_training.py",
        ),
        (
            "units_of_odd_rows_are_not_read",
            "        if len(scale) == N_VIEWS:\n            units = centre, scale",
            "        if len(scale) == _FEWER_VIEWS:\n            units = centre, scale",
            "a loaded model scores rows by other units",
            f"{_FOLDER} estimator/test_cells.py inspection/cells/test_oddness.py",
        ),
    ),
)
