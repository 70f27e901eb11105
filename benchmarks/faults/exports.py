"""Faults in what is written for other tools and kept on disk."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_LAYERS = (
    "cat2vec/export/embedding_rows.py estimator/test_features_together.py "
    "estimator/test_kinds_together.py::test_rows_of_layers_know_parts_of_dates_and_missing_cells"
)
_KEYED = "export/test_keyed_vectors.py"
_WORD2VEC = "export/test_word2vec_format.py"
_FILES = "export/test_files.py"
_MACROS = "export/test_duckdb_macros.py"
_FOLDER = "estimator/test_model_folder.py"

FAULTS = (
    *faults_in(
        "export/embedding_rows.py",
        (
            "missing_cells_are_unknown",
            "return np.where(codes >= 0, codes + FIRST, -1 - codes)",
            "return np.where(codes >= 0, codes + FIRST, UNKNOWN)",
            "missing cells have the row of unknown ones, so padding is trained",
            _LAYERS,
        ),
        (
            "padding_is_a_category",
            "    first = np.zeros((FIRST, matrix.shape[1]), np.float32)",
            "    first = np.tile(matrix[:1], (FIRST, 1)).astype(np.float32)",
            "the padding row of layers is the vector of the first category",
            f"{_LAYERS} export/test_torch.py export/test_keras.py",
        ),
        (
            "unknown_cells_without_pool",
            "        first[UNKNOWN] = matrix[rare - vocabulary.tokens_of(feature).start]",
            "        first[UNKNOWN] = 0.0",
            "where rare categories are pooled unknown ones are average",
            _LAYERS,
        ),
        (
            "row_of_missing_cells",
            '"missing": PADDING if missing < 0 else missing + FIRST,',
            '"missing": PADDING,',
            "files of layers forget that missing cells are a category",
            _LAYERS,
        ),
        (
            "rows_of_pooled_categories",
            '"rare": int(rare) + FIRST if pooled else None,',
            '"rare": int(rare) if pooled else None,',
            "files of layers give rare categories the row of another",
            _LAYERS,
        ),
    ),
    *faults_in(
        "export/duckdb_macros.sql",
        (
            "namesakes_are_left_out",
            "          AND NOT (feature = feature_name AND category = a))",
            "          AND NOT (category = a))",
            "a category of the same name in another feature is no neighbour in SQL",
            _MACROS,
        ),
        (
            "zero_vectors_divide",
            "CASE WHEN cat2vec_length(v) * cat2vec_length(w) > 0\n",
            "CASE WHEN cat2vec_length(v) * cat2vec_length(w) >= 0\n",
            "zero vectors have no similarity in SQL",
            _MACROS,
        ),
    ),
    *faults_in(
        "export/flat_table.py",
        (
            "vectors_of_the_wrong_feature",
            "        matrix[tokens],",
            "        matrix[: len(found)],",
            "the export of one feature holds the vectors of the first",
            _FILES,
        ),
        (
            "returns_in_labels",
            r'"\n": r"\n", "\r": r"\r"})',
            r'"\n": r"\n"})',
            "a carriage return breaks a line of labels",
            _FILES,
        ),
        (
            "rows_of_the_wrong_feature",
            "        vocabulary.counts[tokens],",
            "        vocabulary.counts[: len(found)],",
            "the table of one feature has the rows of the first",
            f"{_KEYED} {_FILES}",
        ),
    ),
    *faults_in(
        "export/keyed_vectors.py",
        (
            "rarest_keys_first",
            '    order = np.argsort(-counts, kind="stable")',
            '    order = np.argsort(counts, kind="stable")',
            "limit and restrict_vocab of gensim keep the rarest categories",
            f"{_KEYED} {_WORD2VEC}",
        ),
        (
            "vectors_of_other_keys",
            "[keys[place] for place in order.tolist()], matrix[tokens][order])",
            "[keys[place] for place in order.tolist()], matrix[tokens])",
            "keys have the vectors of other categories",
            f"{_KEYED} {_WORD2VEC}",
        ),
        (
            "numbers_are_positions",
            "            if isinstance(key, (int, np.integer)):",
            "            if isinstance(key, int):",
            "a number of NumPy gets the vector of another category",
            _KEYED,
        ),
        (
            "colliding_keys",
            "        if key in seen:\n            one, other = (",
            "        if key in seen and feature is None:\n            one, other = (",
            "1 and '1' of one feature are one key",
            _KEYED,
        ),
    ),
    *faults_in(
        "export/word2vec.py",
        (
            "keys_that_nobody_escaped",
            "    if escape_key(plain) != key:",
            "    if escape_key(plain) != key and not plain:",
            "keys of files of other tools are changed when they are read",
            _WORD2VEC,
        ),
        (
            "blanks_of_unicode",
            r'"\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff"',
            r'"\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\ud800-\udfff"',
            "a wide blank stays in keys, where readers split",
            _WORD2VEC,
        ),
    ),
    *faults_in(
        "export/atlas.py",
        (
            "map_of_all_for_one",
            "(places.together if feature is None else places.inside)",
            "(places.inside if feature is None else places.together)",
            "the map of one feature is drawn by the axes of all",
            "export/test_atlas.py",
        ),
    ),
    *faults_in(
        "storage/folders.py",
        (
            "numbers_of_another_model",
            '    if hashlib.sha256(numbers).hexdigest() != header.get("numbers_sha256"):',
            '    if not header.get("numbers_sha256"):',
            "numbers that do not belong to a header are read",
            f"{_FOLDER} storage/test_formats.py",
        ),
        (
            "headers_without_a_hash",
            "    if not is_whole and (found or version == kind.version):",
            "    if not is_whole and found:",
            "a header of which the hash was taken away is read",
            f"{_FOLDER} storage/test_formats.py",
        ),
        (
            "files_of_others_are_taken",
            "        if others and not overwrite and not ours:",
            "        if len(others) > 2 and not overwrite and not ours:",
            "a model is written among files of others without a word",
            _FOLDER,
        ),
    ),
    *faults_in(
        "storage/files.py",
        (
            "the_target_arrives_first",
            "key=lambda name: (name == target.name, name)",
            "key=lambda name: (name != target.name, name)",
            "an interrupted export leaves a new file beside old ones",
            f"{_FILES} {_KEYED}",
        ),
        (
            "passing_files_stay_in_place",
            "                os.replace(passing / name, folder / name)",
            "                os.replace(passing / name, target)",
            "files that stand beside an export overwrite it",
            f"{_FILES} {_KEYED}",
        ),
    ),
    *faults_in(
        "estimator/updates.py",
        (
            "hash_without_counts",
            "for array in (counts.left, counts.right, counts.count, counts.vocabulary.counts):",
            "for array in (counts.left, counts.right, counts.vocabulary.counts):",
            "the hash of counts does not cover the counts of pairs",
            f"{_FOLDER} counting/test_counts_folder.py inspection/test_moves.py {_LAYERS} "
            "estimator/test_partial_fit.py",
        ),
        (
            "decay_of_the_last_update",
            "        product *= decay",
            "        product = decay",
            "over several updates only the last decay is known",
            "cat2vec/estimator/updates.py inspection/test_moves.py",
        ),
    ),
    *faults_in(
        "estimator/model_folder.py",
        (
            "counts_of_another_model",
            "    if hash_of_counts(counts) != expected or is_of_other:",
            "    if is_of_other:",
            "counts that belong to another model are read",
            "estimator/test_partial_fit.py",
        ),
        (
            "updates_are_not_saved",
            '        plain["_updates"] = [list(update) for update in model._updates]',
            '        plain["_updates"] = [list(update) for update in model._updates[:0]]',
            "a loaded model does not know what it was updated from",
            "inspection/test_moves.py cli/test_update.py",
        ),
    ),
)
