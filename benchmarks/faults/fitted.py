"""Faults in what users do with an estimator: parameters, names, questions and plans."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_ESTIMATOR = "estimator/test_estimator.py"
_SKLEARN = "estimator/test_scikit_learn.py"
_CELLS = "estimator/test_cells.py"
_PLAN = "estimator/test_plan.py"
_REPORT = "inspection/report/test_report.py"
_SHARED = "vocabulary/test_shared.py"

FAULTS = (
    *faults_in(
        "estimator/estimator.py",
        (
            "a_plan_changes_the_model",
            "        other = unfitted(self)\n        return planned(",
            "        other = self\n        return planned(",
            "after a plan a model has the columns of another table",
            f"{_PLAN} {_ESTIMATOR}",
        ),
        (
            "weights_of_associations",
            "return inspection.associations(associated_counts(self, X, sample_weight))",
            "return inspection.associations(associated_counts(self, X))",
            "associations do not heed sample_weight",
            "inspection/test_associations.py::test_a_model_weighs_the_rows_that_it_is_given",
        ),
        (
            "weights_of_drawn_associations",
            "counts = self if X is None else associated_counts(self, X, sample_weight)",
            "counts = self if X is None else associated_counts(self, X)",
            "a picture of associations does not heed sample_weight",
            "plots/test_tables_and_curves.py",
        ),
        (
            "unseen_rows_of_weight_zero",
            "check_unseen(replace(encoded, weights=None), self.handle_unknown)",
            "check_unseen(encoded, self.handle_unknown)",
            "fit_transform does not tell of categories that only rows of weight 0 hold",
            "training/test_weights_training.py counting/test_weights.py",
        ),
        (
            "start_is_not_heeded",
            "vectors, counts = train_and_count(encoded, start=start, **settings)",
            "vectors, counts = train_and_count(encoded, **settings)",
            "fit begins anew whatever start is",
            f"{_ESTIMATOR} training/test_earlier.py",
        ),
        (
            "decay_of_drawn_updates",
            "plots.plot_moves(self, earlier, n=n, decay=decay_since(self, earlier), ax=ax)",
            "plots.plot_moves(self, earlier, n=n, ax=ax)",
            "a picture of an update takes its rows for those of another table",
            "plots/test_tables_and_curves.py",
        ),
    ),
    *faults_in(
        "estimator/steps.py",
        (
            "weights_of_training_rows",
            "encode_rows(model, train_rows, train_sample_weight,",
            "encode_rows(model, train_rows, None,",
            "reports do not heed the weights of training rows",
            f"{_REPORT} training/test_weights_training.py inspection/report/test_figures.py",
        ),
        (
            "counts_that_are_not_pooled",
            'return counts and counts.pool(model.vectors_.settings.get("min_count", 1))',
            "return counts",
            "reports of a model with min_count compare with rare categories apart",
            "inspection/report/test_report.py::test_after_partial_fit_counts_are_pooled_as_in_training",
        ),
        (
            "names_of_means",
            'f"cat2vec_{i}" for i in range(model.vectors_.vector_size)',
            'f"cat2vec_{i}" for i in range(len(features))',
            "means of vectors have as many names as there are features",
            f"{_SKLEARN} {_ESTIMATOR}",
        ),
        (
            "weights_beside_counts",
            "        _check_no_weights(sample_weight)\n",
            "",
            "weights beside pair counts are not heeded without a word",
            "estimator/test_decay.py",
        ),
    ),
    *faults_in(
        "estimator/validation.py",
        (
            "names_of_other_columns",
            "name.replace(column, given[column], 1) for name, column in columns",
            "given[column] for name, column in columns",
            "parts of a date have one name where input_features are given",
            f"{_SKLEARN} {_ESTIMATOR} tables/test_dates.py",
        ),
        (
            "numbers_in_another_order",
            "    if names != wanted and sorted(names) == sorted(wanted):",
            "    if names != wanted and sorted(names) != sorted(names):",
            "rows of numbers in another order become other categories",
            "estimator/test_inverse_transform.py",
        ),
        (
            "polars_of_the_configuration",
            'own = sys.modules["sklearn"].get_config()["transform_output"]',
            'own = "default"',
            "inverse_transform does not heed the configuration of scikit-learn",
            f"estimator/test_inverse_transform.py {_SKLEARN}",
        ),
        (
            "largest_of_several_sizes",
            'settings["vector_size"] = trained_size(model.vector_size, model.context, vocabulary)',
            'settings["vector_size"] = trained_size(model.vector_size, None, vocabulary)',
            "columns of context decide how many numbers others have",
            "estimator/test_features_together.py estimator/test_parameters.py",
        ),
        (
            "names_of_dicts",
            "    if isinstance(X, Mapping) or _all_text(names):\n        model.feature",
            "    if _all_text(names):\n        model.feature",
            "a dict whose keys are numbers leaves no feature_names_in_",
            "test_names_of_columns.py::test_keys_of_a_dict_are_names_whatever_their_type",
        ),
    ),
    *faults_in(
        "estimator/cells.py",
        (
            "seed_that_is_given_now",
            "    check_parameters(random_state=random_state)\n    return int(random_state)",
            "    check_parameters(random_state=random_state)\n    return int(model.random_state)",
            "impute and sample draw alike whatever random_state is",
            f"{_CELLS} inspection/cells/test_sampling.py",
        ),
        (
            "numbers_that_were_given",
            "            numbers[position] = value  # which stands for itself, and not for its bin",
            "            numbers.setdefault(len(fixed), value)",
            "rows that are drawn for a number hold another of its bin",
            f"{_CELLS} inspection/cells/test_sampling.py",
        ),
        (
            "counts_beyond_a_bound",
            'model.keep_counts is True or (model.keep_counts == "auto" and bound <= MOST_PAIRS)',
            "model.keep_counts is not False",
            'keep_counts="auto" keeps any number of pairs',
            f"{_CELLS} estimator/test_model_folder.py {_ESTIMATOR}",
        ),
    ),
    *faults_in(
        "estimator/imputer.py",
        (
            "names_of_the_imputer",
            "        return features_in(self, input_features)",
            "        return features_in(self, None)",
            "the imputer takes any names for those of its columns",
            f"estimator/test_imputer.py {_SKLEARN}",
        ),
    ),
    *faults_in(
        "estimator/outlier_detector.py",
        (
            "numbers_of_rows_for_labels",
            "        return labelled_rows(found, X, encoded.n_rows)",
            "        return found",
            "odd rows of a DataFrame do not have its labels",
            "estimator/test_cells.py",
        ),
    ),
    *faults_in(
        "estimator/rows_of_table.py",
        (
            "excluded_pairs_of_cells",
            "count_encoded(encoded, model.n_jobs).without(allowed)",
            "count_encoded(encoded, model.n_jobs)",
            "the imputer hears columns that it was told not to",
            "estimator/test_imputer.py",
        ),
        (
            "min_count_of_cells",
            "encode_by_parameters(model, found, sample_weight).pool(model.min_count)",
            "encode_by_parameters(model, found, sample_weight)",
            "min_count of the imputer changes nothing",
            "estimator/test_imputer.py",
        ),
    ),
    *faults_in(
        "estimator/plan.py",
        (
            "plans_of_markup",
            'return f"<pre>{escape(str(self))}</pre>"',
            'return f"<pre>{self}</pre>"',
            "the name of a column runs in a notebook that shows a plan",
            f"{_PLAN} estimator/test_parameters.py",
        ),
        (
            "seconds_of_the_other_solver",
            'seconds=cost.counts_seconds if solver == "counts" else cost.rows_seconds,',
            'seconds=cost.rows_seconds if solver == "counts" else cost.counts_seconds,',
            "a plan tells how long the other solver would take",
            "estimator/test_plan.py",
        ),
        (
            "rare_categories_of_a_plan",
            "        n_rare=n_pooled,",
            "        n_rare=int(n_pooled > 0),",
            "a plan tells one rare category where there are many",
            "estimator/test_plan.py",
        ),
    ),
    *faults_in(
        "estimator/row_clusters.py",
        (
            "seed_of_clusters_of_rows",
            "centres_of_rows(rows, n_clusters, model.random_state, crew)",
            "centres_of_rows(rows, n_clusters, 0, crew)",
            "clusters of very many rows are those of one sample whatever random_state is",
            "inspection/test_row_clusters.py",
        ),
    ),
    *faults_in(
        "estimator/unseen.py",
        (
            "examples_of_the_first_piece",
            "            self._examples.setdefault(name, encoded.unseen.get(name, ()))",
            "            self._examples[name] = encoded.unseen.get(name, ())",
            "an unseen category of an early piece is told without an example",
            "estimator/test_new_rows.py",
        ),
    ),
    *faults_in(
        "vectors/vectors.py",
        (
            "columns_of_the_best_numbers",
            "return type(frame)(numbers, index=frame.index, columns=frame.columns[:n])",
            "return type(frame)(numbers, index=frame.index)",
            "the best numbers of a feature have no names",
            "vectors/test_vectors.py",
        ),
        (
            "rows_of_shared_neighbours",
            "            counts.append(known.counts[part])",
            "            counts.append(vocabulary.counts[part])",
            "neighbours in a shared vocabulary have the rows of other categories",
            f"{_SHARED} vectors/test_vectors.py",
        ),
    ),
    *faults_in(
        "vectors/frames.py",
        (
            "names_of_levels",
            'names=["feature", "category"],',
            'names=["feature", None],',
            "the level of categories cannot be asked for by name",
            "vectors/test_vectors.py vectors/test_what_is_written.py",
        ),
    ),
    *faults_in(
        "vectors/linear.py",
        (
            "order_without_gaps",
            "    place = np.cumsum(placed) - 1.0",
            "    place = np.arange(len(placed), dtype=np.float64)",
            "a missing category has a place between numbers",
            "vectors/test_linear.py",
            "rare and missing categories stand behind all that have a place",
        ),
        (
            "declared_orders_are_none",
            "    if codec.edges is not None or codec.order is not None:\n        return ~others",
            "    if codec.edges is not None:\n        return ~others",
            "declared orders have no axis in numbers for linear models",
            "vectors/test_linear.py",
        ),
    ),
    *faults_in(
        "vectors/rows.py",
        (
            "context_names_no_parts",
            "        behind += parts\n",
            "        behind += parts[:1]\n",
            "a date of context is written but for its first part",
            "tables/test_dates.py",
        ),
    ),
    *faults_in(
        "training/fold_in.py",
        (
            "a_feature_that_was_empty",
            "    totals[totals[:, 0] == 0] = 1.0",
            "    totals[totals[:, 0] < 0] = 1.0",
            "the first category of a feature that was empty in fit has no numbers",
            "training/test_fold_in.py",
        ),
        (
            "shared_new_categories_apart",
            "        if grown.schema.shared:\n            _, vector_of_new",
            "        if not grown.schema.features:\n            _, vector_of_new",
            "a new category of two columns that share has two vectors",
            f"training/test_fold_in.py {_SHARED}",
        ),
    ),
    *faults_in(
        "training/earlier.py",
        (
            "features_by_position",
            "own = earlier.schema.position(later.features[position])",
            "own = min(position, earlier.n_features - 1)",
            "vectors to begin with are looked for in the column at the same place",
            "training/test_earlier.py",
        ),
    ),
    *faults_in(
        "training/settings.py",
        (
            "diverged_and_told_to_go_on",
            "return min(self.first_learning_rate / 10, self._usual_learning_rate)",
            "return self._usual_learning_rate",
            "after training diverged the rate that is proposed may be the same",
            "training/test_train.py",
        ),
        (
            "epochs_of_gensim",
            'return 20 if self.epochs == "auto" else int(self.epochs)',
            "return 20",
            "the solver gensim does not heed epochs",
            "training/solvers/test_word2vec.py",
        ),
    ),
)
