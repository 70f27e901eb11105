"""Faults where other libraries take over: PyTorch and Keras, Spark and Dask."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_TORCH = "export/test_torch.py"
_KERAS = "export/test_keras.py"
_SPARK = "counting/partitioned/test_spark.py"
_PARTITIONS = "counting/partitioned/test_partitions.py"

FAULTS = (
    *faults_in(
        "export/torch.py",
        (
            "torch_layer_that_trains",
            "freeze=frozen,",
            "freeze=not frozen,",
            "a frozen layer of PyTorch is trained, and the other is not",
            _TORCH,
        ),
        (
            "torch_padding_that_trains",
            "padding_idx=PADDING",
            "padding_idx=None",
            "training changes the row of padding in PyTorch",
            _TORCH,
        ),
        (
            "torch_rows_on_the_first_device",
            "torch.from_numpy(self.index.encode(values)).to(self.weight.device)",
            "torch.from_numpy(self.index.encode(values))",
            "rows stay on the processor where the layer is on another device",
            _TORCH,
        ),
        (
            "torch_file_of_all_numbers",
            "weight_of(vectors, name, size)",
            "weight_of(vectors, name, None)",
            "files for PyTorch have all numbers, whatever size says",
            _TORCH,
        ),
        (
            "torch_file_without_rows",
            "            **EmbeddingRows(vectors.vocabulary, name).plain(),\n",
            "",
            "files for PyTorch do not say which row a category has",
            _TORCH,
        ),
        (
            "torch_file_of_all_features",
            "vector_names if feature is None else (feature_name(feature),)",
            "vector_names",
            "files for PyTorch hold all features, whichever is asked for",
            _TORCH,
        ),
        (
            "torch_file_in_place_of_another",
            "check_output_file(target, overwrite)",
            "check_output_file(target, True)",
            "files for PyTorch replace what is there",
            f"{_TORCH} export/test_files.py",
        ),
    ),
    *faults_in(
        "export/keras.py",
        (
            "keras_layer_that_trains",
            "trainable=not frozen",
            "trainable=frozen",
            "a frozen layer of Keras is trained, and the other is not",
            _KERAS,
        ),
        (
            "keras_mask_that_is_a_category",
            'mask_token=_free("", "[MISSING]", texts)',
            'mask_token=""',
            "an empty text that is a category is taken for a missing cell",
            _KERAS,
        ),
        (
            "keras_unknown_that_is_a_category",
            'oov_token=_free("[UNK]", "[UNK]", texts)',
            'oov_token="[UNK]"',
            "a category that reads like the text of unknown ones is unknown",
            _KERAS,
        ),
        (
            "keras_layers_in_another_order",
            "zip(layers, inputs, strict=True)",
            "zip(layers, inputs[::-1], strict=True)",
            "the model of Keras takes its rows in the order from the last feature to the first",
            _KERAS,
        ),
        (
            "keras_file_of_all_numbers",
            'to_keras(vectors, name, size=size, lookup="rows")',
            'to_keras(vectors, name, lookup="rows")',
            "files for Keras have all numbers, whatever size says",
            _KERAS,
        ),
        (
            "keras_lookup_of_lone_surrogates",
            "fits = _has_tensorflow() and all(map(_is_text, index))",
            "fits = _has_tensorflow() and all(isinstance(one, str) for one in index)",
            "lookups of text are taken for text that TensorFlow cannot hold",
            f"{_KERAS} export/test_lone_surrogates.py",
        ),
        (
            "keras_rows_in_place_of_others",
            "check_output_file(rows_file, overwrite)",
            "check_output_file(rows_file, True)",
            "the file of rows beside that of Keras replaces what is there",
            f"{_KERAS} export/test_files.py",
        ),
    ),
    *faults_in(
        "counting/partitioned/spark.py",
        (
            "spark_names_with_backquotes",
            '"`" + name.replace("`", "``") + "`"',
            '"`" + name + "`"',
            "columns of Spark with a backquote in their names are not found",
            _SPARK,
        ),
        (
            "spark_structs",
            'r"void|string.*|',
            'r"void|struct.*|string.*|',
            "columns of Spark with fields inside are read",
            _SPARK,
        ),
        (
            "spark_buckets_torn",
            'packed.repartition("bucket")',
            "packed.repartition(4)",
            "values of one bucket are merged in several places of Spark",
            _SPARK,
        ),
        (
            "spark_without_cat2vec",
            "raise missing_module(error) or error from None",
            "raise error from None",
            "machines of Spark without cat2vec are told by a traceback of Spark",
            _SPARK,
        ),
    ),
    *faults_in(
        "counting/partitioned/dask.py",
        (
            "dask_all_columns",
            "self._frame[[self._columns[name] for name in names]].to_delayed()",
            "self._frame.to_delayed()",
            "columns of Dask that are not asked for are read",
            _PARTITIONS,
        ),
        (
            "dask_names_as_they_are",
            "{feature_name(name): name for name in frame.columns}",
            "{name: name for name in frame.columns}",
            "columns of Dask whose names are no text are not found",
            _PARTITIONS,
        ),
        (
            "dask_some_mergers",
            "merging(job, some) for some in zip(*found, strict=True)",
            "merging(job, some) for some in list(zip(*found, strict=True))[:8]",
            "values of Dask that go to the ninth merger and those behind it are lost",
            _PARTITIONS,
        ),
    ),
    *faults_in(
        "counting/partitioned/jobs.py",
        (
            "errors_of_partitions_lost",
            "            yield bucket, value\n            continue\n",
            "            continue\n",
            "an error of a partition leaves its rows out in silence",
            _PARTITIONS,
        ),
        (
            "buckets_as_they_come",
            "found = sorted(engine.run(job, names), key=lambda one: one[0])",
            "found = list(engine.run(job, names))",
            "results of partitions are in the order of the engine",
            _PARTITIONS,
        ),
    ),
    *faults_in(
        "counting/partitioned/pairs.py",
        (
            "sample_that_begins_anew",
            "-n_rows % self.step)",
            "0)",
            "each piece of a partition gives its first row to the sample",
            _PARTITIONS,
        ),
        (
            "unseen_cells_of_partitions",
            "int((encoded.codes < -1).sum())",
            "int((encoded.codes < -2).sum())",
            "cells that were not there in the first reading of partitions are not told",
            _PARTITIONS,
        ),
        (
            "steps_in_two_bytes",
            "part.astype(np.min_scalar_type(part.max(initial=0)))",
            "part.astype(np.uint16)",
            "keys of pairs that lie far apart, and large counts, are cut to two bytes",
            _PARTITIONS,
        ),
    ),
    *faults_in(
        "counting/partitioned/profile.py",
        (
            "missing_cells_of_every_part",
            "n_missing = 0 if start else profile.n_missing",
            "n_missing = profile.n_missing",
            "missing cells of partitions are counted once for each part of a long profile",
            _PARTITIONS,
        ),
        (
            "missing_cells_of_every_shard",
            "n_missing = 0 if number else profile.n_missing",
            "n_missing = profile.n_missing",
            "missing cells among numbers of partitions are counted once for each bucket",
            _PARTITIONS,
        ),
        (
            "values_in_the_order_of_partitions",
            "        return _in_order(grown.profile())",
            "        return grown.profile()",
            "values of partitions are in the order in which they were met",
            _PARTITIONS,
        ),
    ),
    *faults_in(
        "counting/partitioned/numbers.py",
        (
            "number_of_an_empty_cell",
            "np.where(counts > 0, some, self._some)",
            "some",
            "the number that stands for a cell may be that of a partition without any",
            _PARTITIONS,
        ),
        (
            "rows_of_numbers_replaced",
            "np.add.at(sums, place, counts)",
            "sums[place] = counts",
            "rows of a number are those of one partition",
            _PARTITIONS,
        ),
    ),
    *faults_in(
        "counting/partitioned/count.py",
        (
            "rows_that_changed_between_readings",
            "if n_rows != fitted.n_rows or n_unseen or not np.array_equal(counts, totals[:-3]):",
            "if n_rows != fitted.n_rows or n_unseen:",
            "a table in partitions with other rows of known values in each reading is counted",
            _PARTITIONS,
        ),
    ),
    *faults_in(
        "estimator/partitions.py",
        (
            "counts_of_partitions_kept_always",
            '(model.keep_counts == "auto" and counts.n_pairs <= MOST_PAIRS)',
            '(model.keep_counts == "auto")',
            "models of partitions keep pair counts however many they are",
            f"{_PARTITIONS} estimator/test_cells.py",
        ),
        (
            "spark_rows_with_a_vector",
            "    if _VECTOR in frame.columns:",
            "    if False:",
            "transform of Spark adds a second column vector",
            _SPARK,
        ),
        (
            "spark_rows_folded_in",
            '    if model.handle_unknown == "fold_in":',
            "    if False:",
            "unknown categories of Spark are folded in batch by batch",
            _SPARK,
        ),
    ),
)
