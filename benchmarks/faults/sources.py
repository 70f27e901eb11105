"""Faults in what is read: files, folders of files, and cells that are filled."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_SOURCES = "tables/test_sources.py"
_FILES = "tables/test_files.py"
_FILLING = "tables/test_filling.py"
_STREAMS = "tables/streams/test_spill.py tables/streams/test_interrupted.py"

FAULTS = (
    *faults_in(
        "tables/sources/common_types.py",
        (
            "decimals_of_many_digits",
            "_DOUBLE_DIGITS = 15",
            "_DOUBLE_DIGITS = 17",
            "decimals of 17 digits are read as other numbers",
            _SOURCES,
        ),
        (
            "moments_with_and_without_zones",
            "if any(kind.tz for kind in moments) and len(moments) < len(some):",
            "if any(kind.tz for kind in moments) and not moments:",
            "days and moments of a time zone are one column",
            _SOURCES,
        ),
    ),
    *faults_in(
        "tables/sources/csv_options.py",
        (
            "names_that_stand_twice",
            "if not names or len(set(names)) < len(names) or not words:",
            "if not names or not words:",
            "names of two columns that are one are taken",
            f"{_FILES} cli/test_reading.py",
        ),
    ),
    *faults_in(
        "tables/sources/delimited.py",
        (
            "empty_lines_of_one_column",
            "ignore_empty_lines=len(names) > 1,",
            "ignore_empty_lines=True,",
            "missing cells of a file of one column are no rows",
            f"{_FILES} tables/streams/test_equal_counts.py",
        ),
        (
            "empty_texts_are_missing",
            "quoted_strings_can_be_null=False,",
            "quoted_strings_can_be_null=True,",
            "an empty text in quotes is a missing cell",
            _FILES,
        ),
        (
            "lines_of_bad_rows",
            "                yield line + 1, _cells_in_words",
            "                yield line, _cells_in_words",
            "a warning of bad lines names the lines before",
            "tables/streams/test_bad_input.py",
        ),
    ),
    *faults_in(
        "tables/sources/columnar.py",
        (
            "types_of_keys_are_guessed",
            "typed_column(key, column, types.get(key), frozenset(), source.name)",
            "typed_column(key, column, None, frozenset(), source.name)",
            "folders of another year have keys of another type than in fit",
            f"{_SOURCES} cli/test_reading.py estimator/test_fit_files.py",
        ),
        (
            "pieces_that_were_read",
            "                if number >= start:\n                    yield Piece(",
            "                if number >= start or start:\n                    yield Piece(",
            "an interrupted reading of Parquet counts its first rows twice",
            _STREAMS,
        ),
    ),
    *faults_in(
        "tables/sources/row_numbers.py",
        (
            "row_numbers_of_each_file",
            "(_run(every, named) or all(_run(one, named) for one in numbers))",
            "_run(every, named)",
            "of several files row numbers that begin anew are a feature",
            f"{_SOURCES} {_FILES}",
        ),
        (
            "row_numbers_from_one",
            "(least in (0, 1) and most - least + 1 == len(numbers))",
            "(least == 0 and most - least + 1 == len(numbers))",
            "an index of pandas that begins with 1 is a feature",
            f"{_SOURCES} {_FILES}",
        ),
    ),
    *faults_in(
        "tables/sources/headers.py",
        (
            "years_are_cells",
            "    return [] if not values and _count_up(numbers) else found",
            "    return found",
            "columns named 2019, 2020 and 2021 are taken for a row",
            "tables/test_sources.py",
        ),
    ),
    *faults_in(
        "tables/sources/json_lines.py",
        (
            "long_numbers_of_later_blocks",
            "largest[field.name] = max(most, largest.get(field.name, 0.0))",
            "largest[field.name] = most",
            "whole numbers that JSON cannot hold are rounded without a word in long files",
            "tables/streams/test_bad_input.py",
        ),
    ),
    *faults_in(
        "tables/sources/paths.py",
        (
            "hidden_files_are_tables",
            'if not any(part.startswith((".", "_")) for part in path.split("/"))',
            'if not path.startswith((".", "_"))',
            "a file that another program is writing in a folder below is read",
            "tables/test_sources.py",
        ),
        (
            "missing_keys_of_hive",
            "return {key: None if value == _NO_KEY else value for key, value in values.items()}",
            "return dict(values)",
            "rows without a key have a category named after it",
            _SOURCES,
        ),
    ),
    *faults_in(
        "tables/files.py",
        (
            "keys_are_no_columns",
            "    names += [key for key in source.keys if key not in names]\n    return names,",
            "    return names,",
            "keys of folders of CSV cannot be kept, filled or named by place",
            "cli/test_columns.py",
        ),
    ),
    *faults_in(
        "tables/filling.py",
        (
            "texts_cut_at_the_longest",
            "isinstance(value, str) and len(value) <= dtype.itemsize // 4 for value in values",
            "isinstance(value, str) and len(value) <= dtype.itemsize for value in values",
            "a text that is longer than others of an array is cut",
            _FILLING,
        ),
        (
            "the_array_of_the_user_is_filled",
            "        table = table.astype(object)\n    table = table.copy()",
            "        table = table.astype(object)",
            "imputing changes the array that was given",
            f"{_FILLING} estimator/test_imputer.py estimator/test_cells.py",
        ),
    ),
    *faults_in(
        "tables/suited.py",
        (
            "known_texts_of_numbers",
            "            return known[float(value)]",
            "            return str(value)",
            "in a column of texts 007 is filled as 7",
            f"{_FILLING} cli/test_impute.py",
        ),
        (
            "bools_of_numbers",
            "values = [int(value) if isinstance(value, bool) else value for value in values]",
            "values = list(values)",
            "a column of 0 and 1 is filled with True",
            f"{_FILLING} estimator/test_imputer.py",
        ),
    ),
    *faults_in(
        "tables/twins.py",
        (
            "twins_of_one_type",
            "return bool(category_key(pair[0])[0] != category_key(pair[1])[0])",
            "return bool(category_key(pair[0]) != category_key(pair[1]))",
            "two spellings are told as two types",
            "estimator/test_types_of_cells.py vocabulary/test_vocabulary.py",
        ),
    ),
    *faults_in(
        "tables/unmatched.py",
        (
            "missing_values_of_numbers",
            "not any(key[0] < 2 for key in wanted)",
            "not any(key[0] < 1 for key in wanted)",
            "a number given as missing is said to match nothing",
            "tables/test_encode.py",
        ),
    ),
    *faults_in(
        "tables/pieces.py",
        (
            "vocabulary_of_the_first_piece",
            "        words = self._held[-1].vocabulary",
            "        words = self._held[0].vocabulary",
            "rows in pieces have the categories of the first one",
            "tables/test_pieces.py cli/test_in_pieces.py cli/test_update.py",
        ),
        (
            "pieces_on_disk_from_the_first",
            "            file.write(row, piece.with_slots(slots))\n            row += piece.n_rows",
            "            file.write(row, piece.with_slots(slots))\n            row = piece.n_rows",
            "on disk later pieces overwrite earlier ones",
            "tables/test_pieces.py cli/test_in_pieces.py cli/test_memory.py",
        ),
    ),
    *faults_in(
        "tables/objects.py",
        (
            "an_index_that_was_trained",
            "known = () if schema is None else schema.columns",
            "known: tuple[str, ...] = ()",
            "a model that was trained on an index of pandas does not find it again",
            "tables/test_objects.py",
        ),
    ),
)
