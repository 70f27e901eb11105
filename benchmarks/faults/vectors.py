"""Faults in vectors as they are asked and written: rows, axes, forms for linear models."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_ROWS = "vectors/test_rows.py"
_INVERSE = "estimator/test_inverse_transform.py"
_WRITTEN = "vectors/test_what_is_written.py cat2vec/vectors/rows.py"
_VECTORS = "vectors/test_vectors.py"

FAULTS = (
    *faults_in(
        "vectors/rows.py",
        (
            "values_of_a_cell_are_summed",
            "    return sums / np.maximum((codes >= 0).sum(axis=1, keepdims=True), "
            "1).astype(np.float32)",
            "    return sums",
            "a cell of several values is their sum, not their average",
            f"{_ROWS} tables/test_multivalued.py",
        ),
        (
            "mean_over_all_columns",
            "out /= np.maximum((codes >= 0).sum(axis=1, keepdims=True), 1)",
            "out /= codes.shape[1]",
            "missing cells count in the mean of a row",
            f"{_ROWS} estimator/test_estimator.py",
        ),
        (
            "the_last_of_equals",
            "            nearer = distance < least",
            "            nearer = distance <= least",
            "of categories equally near a later one wins, beyond the first 512",
            f"{_ROWS} {_INVERSE}",
        ),
        (
            "equal_vectors_in_any_order",
            "self._codes = np.sort(np.unique(keys, return_index=True)[1])",
            "self._codes = np.unique(keys, return_index=True)[1]",
            "of categories equally near the one whose bytes come first wins",
            f"{_ROWS} {_INVERSE}",
        ),
        (
            "candidates_in_doubt",
            "                first[row] = close[distances.argmin()]",
            "                first[row] = close[-1]",
            "where products leave a doubt the last candidate wins",
            _ROWS,
        ),
        (
            "zeros_are_a_category",
            "            given = part.any(axis=1) & candidates.are_there",
            "            given = (part == part).all(axis=1) & candidates.are_there",
            "missing cells come back as the average category",
            _INVERSE,
        ),
        (
            "missing_cells_are_some_category",
            "            vectors[absent] = 0.0",
            "            vectors[absent] *= 1.0",
            "missing cells are written as the first category",
            f"{_ROWS} estimator/test_estimator.py",
        ),
        (
            "size_of_features_that_are_not_named",
            "    default = int(vector_size.get(None, DEFAULT_SIZE))",
            "    default = DEFAULT_SIZE",
            "vector_size={None: n} is not heeded",
            _WRITTEN,
        ),
    ),
    *faults_in(
        "vectors/axes.py",
        (
            "map_of_all_features",
            "    shares = weights / (weights.sum() or 1.0)",
            "    shares = weights",
            "the map of all features is drawn around another point than the average",
            f"{_VECTORS} export/test_atlas.py explore/test_page.py plots/test_category_map.py",
        ),
        (
            "pca_by_squared_shares",
            "    weight = np.sqrt(shares)[:, None]",
            "    weight = shares[:, None]",
            "the best numbers of a feature go by frequent categories too much",
            _VECTORS,
        ),
        (
            "turned_without_weights",
            "orthogonal_procrustes(weight * matrix[rows], weight * earlier)",
            "orthogonal_procrustes(matrix[rows], earlier)",
            "rare categories turn an update as much as frequent ones",
            f"estimator/test_partial_fit.py inspection/test_moves.py {_VECTORS}",
        ),
        (
            "weight_by_the_root",
            "return ((counts / counts.mean()) ** 0.25)[:, None]",
            "return ((counts / counts.mean()) ** 0.5)[:, None]",
            "an update is turned by rows, not by their roots",
            f"estimator/test_partial_fit.py inspection/test_moves.py {_VECTORS}",
        ),
        (
            "signs_as_they_fall",
            "    return np.where(largest < 0, -1.0, 1.0).astype(vectors.dtype)",
            "    return np.where(largest < 0, 1.0, 1.0).astype(vectors.dtype)",
            "signs of columns depend on the library of linear algebra",
            "training/test_canonical.py",
        ),
        (
            "weakest_axis_first",
            "axes = np.where(values > _SMALLEST * values[-1], axes, 0.0)[:, ::-1]",
            "axes = np.where(values > _SMALLEST * values[-1], axes, 0.0)",
            "the least telling column comes first",
            "training/test_canonical.py",
        ),
    ),
    *faults_in(
        "vectors/linear.py",
        (
            "own_axes_without_mean",
            "        own[:n] -= shares[most]\n",
            "",
            "numbers for linear models have no mean of zero",
            "vectors/test_linear.py",
        ),
        (
            "shares_of_own_axes_exchanged",
            "_OF_VECTORS, _OF_OWN = 0.7, 0.3",
            "_OF_VECTORS, _OF_OWN = 0.3, 0.7",
            "axes of their own lead in numbers for linear models",
            "vectors/test_linear.py",
        ),
        (
            "order_of_codes",
            "in_order = sum(numbers) <= _MOST_NUMBERS and bool((others | numbers).all())",
            "in_order = bool((others | numbers).all())",
            "numbers that are codes get an axis along their order",
            "vectors/test_linear.py",
        ),
    ),
    *faults_in(
        "vectors/vectors.py",
        (
            "neighbours_of_a_shared_category",
            "same = np.isin(vector_of[candidates], vector_of[np.asarray(leaving_out, np.int64)])",
            "same = np.isin(candidates, np.asarray(leaving_out, np.int64))",
            "a shared category is its own neighbour in another column",
            "vocabulary/test_shared.py",
        ),
        (
            "ties_from_the_end",
            "best = np.lexsort((candidates, -cosines))",
            "best = np.lexsort((-candidates, -cosines))",
            "of equally near categories the last comes first",
            _VECTORS,
        ),
    ),
)
