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
_UPDATE = "cli/test_update.py"

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
        "export/flat_table.py",
        (
            "rows_of_the_last_table",
            "            n_rows += table.num_rows",
            "            n_rows = table.num_rows",
            "transform tells how many rows the last piece had",
            "cli/test_transform.py",
        ),
    ),
    *faults_in(
        "export/jsonl.py",
        (
            "rows_that_nobody_counted",
            "known = rows if rows == rows else None",
            "known = rows",
            "where rows are not known a line is no JSON",
            f"{_FILES} export/test_load_word2vec.py",
        ),
    ),
    *faults_in(
        "export/npz.py",
        (
            "zero_characters_of_features",
            "for text in (*found.features, *found.categories):",
            "for text in found.categories:",
            "a feature whose name ends in a zero character has another name in NumPy",
            "export/test_files.py::test_numpy_reads_arrays_without_pickle",
        ),
    ),
    *faults_in(
        "export/projector.py",
        (
            "labels_are_overwritten",
            "check_output_file(labels_file, overwrite)",
            "check_output_file(labels_file, True)",
            "the labels of another file are replaced without a word",
            "export/test_files.py::test_what_stands_beside_an_export_is_not_replaced_without_a_word",
        ),
        (
            "tabs_in_features",
            "name.translate(ESCAPES), category_text(rows)",
            "name, category_text(rows)",
            "a tab in the name of a feature breaks a line of labels",
            _FILES,
        ),
    ),
    *faults_in(
        "export/usearch.py",
        (
            "half_precision",
            'metric="cos", dtype="f32"',
            'metric="cos", dtype="f16"',
            "an index holds vectors of half the precision",
            "export/test_usearch.py",
        ),
        (
            "keys_are_overwritten",
            "check_output_file(keys_file, overwrite)",
            "check_output_file(keys_file, True)",
            "keys of another file are replaced without a word",
            "export/test_files.py::test_what_stands_beside_an_export_is_not_replaced_without_a_word",
        ),
    ),
    *faults_in(
        "export/pgvector.py",
        (
            "quotes_in_names_of_files",
            'copy=copy.replace("\'", "\'\'"),',
            "copy=copy,",
            "a quote in the name of a file breaks the SQL that loads it",
            "services/test_pgvector.py",
        ),
        (
            "weighted_rows_in_postgres",
            'rows="double precision" if found.rows.dtype.kind == "f" else "bigint",',
            'rows="bigint",',
            "vectors of weighted rows cannot be loaded",
            "services/test_pgvector.py::test_weights_of_rows_keep_their_fractions_and_rows_that_are_not_known_are_null",
        ),
    ),
    *faults_in(
        "export/duckdb.py",
        (
            "duckdb_holds_all_features",
            "size, found = vectors.vector_size, token_rows(vectors, feature)",
            "size, found = vectors.vector_size, token_rows(vectors)",
            "the export of one feature to DuckDB holds all",
            f"{_FILES} {_MACROS}",
        ),
    ),
    *faults_in(
        "export/atlas.py",
        (
            "zero_vectors_are_a_cluster",
            "None if one < 0 else str(one) for one in clusters",
            "str(one) for one in clusters",
            "zero vectors are a cluster of their own",
            "export/test_atlas.py",
        ),
    ),
    *faults_in(
        "export/onnx.py",
        (
            "edges_of_bins_in_graphs",
            'graph.add("GreaterOrEqual", beside, edges)',
            'graph.add("Greater", beside, edges)',
            "in a graph a number on an edge falls into the bin below",
            "export/test_onnx.py",
        ),
        (
            "names_clash_in_graphs",
            "while any(name.startswith(self._prefix) for name in taken):",
            "while self._prefix in taken:",
            "a feature named cat2vec.0 makes a graph that no runtime takes",
            "export/test_onnx.py::test_awkward_names_and_texts_are_found",
        ),
        (
            "missing_cells_of_graphs",
            "self.missing = PADDING if missing < 0 else missing + FIRST",
            "self.missing = PADDING",
            "with missing='token' a graph writes zeros for missing cells",
            "export/test_onnx.py",
        ),
        (
            "lengths_of_zero_rows",
            'divisor = graph.add("Where", nothing, graph.constant(np.array(1.0)), length)',
            'divisor = length if nothing else ""',
            "a graph with row_vector='unit' writes no numbers for empty rows",
            "export/test_onnx.py",
        ),
    ),
    *faults_in(
        "export/word2vec.py",
        (
            "counts_of_other_keys",
            "np.full(len(order), np.nan) if rows is None else rows[order]",
            "np.full(len(order), np.nan) if rows is None else rows",
            "vectors that are read back have the rows of other categories",
            "export/test_load_word2vec.py",
        ),
        (
            "keys_that_come_twice",
            "    if len(keyed.key_to_index) != n_keys:",
            "    if len(keyed.key_to_index) > n_keys:",
            "of a key that stands twice in a file one vector is dropped without a word",
            f"export/test_load_word2vec.py {_WORD2VEC}",
        ),
    ),
    *faults_in(
        "export/keyed_vectors.py",
        (
            "numbers_of_others_are_replaced",
            "    if not target.exists():\n        check_output_file(numbers, overwrite)\n",
            "",
            "a file of numbers that belongs to another is replaced without a word",
            f"{_KEYED} {_FILES}",
        ),
        (
            "numbers_of_before_stay",
            "    if is_one_file:  # what an earlier, larger model left\n",
            "    if not is_one_file:\n",
            "large numbers are removed, and small vectors stand beside those of before",
            f"{_KEYED} {_UPDATE}",
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
