"""Export to Embedding Atlas (https://apple.github.io/embedding-atlas): Parquet with a map ready.

Takes ``Vectors``. Gives a file that its command opens with nothing to compute:

    embedding-atlas FILE.parquet --text text --vector vector --x x --y y
"""

from __future__ import annotations

import os

import numpy as np
import pyarrow as pa

from cat2vec.export.flat_table import save_token_table, token_table
from cat2vec.inspection.maps import cluster_of_each, places_of
from cat2vec.storage.files import check_output_file, path_of
from cat2vec.vectors.given import check_vectors
from cat2vec.vectors.vectors import Vectors


def atlas_table(vectors: Vectors, feature: str | None = None) -> pa.Table:
    """Lay vectors out for Embedding Atlas.

    Parameters
    ----------
    vectors : Vectors
    feature : str or None
        One feature, or one shared vocabulary, only; None means all.

    Returns
    -------
    pyarrow.Table
        One row per token, with the columns text (the category), feature, rows, cluster (text, as of
        ``clusters`` inside the feature; missing where a vector is zero, and in features of more
        than 20,000 categories), x and y (float32: the two best numbers by weighted PCA, of the
        feature or of all), and vector (a list of float32).

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
    >>> found = atlas_table(train_vectors(count_pairs(table), vector_size=2), "city")
    >>> found.column_names, found["text"].to_pylist(), found["cluster"].to_pylist()
    (['text', 'feature', 'rows', 'cluster', 'x', 'y', 'vector'], ['Oslo', 'Rome'], ['0', '1'])
    """
    check_vectors(vectors)
    vocabulary, matrix = vectors.vocabulary_and_matrix(feature)
    plain = token_table(vectors, feature)
    tokens = slice(0, vocabulary.n_tokens) if feature is None else vocabulary.tokens_of(feature)
    own: slice | np.ndarray = tokens  # where each vector stands in those maps
    if vocabulary is vectors.vocabulary:
        own = vocabulary.vector_of_token[tokens]
    places = places_of(vectors)
    x, y = (places.together if feature is None else places.inside)[own].T
    clusters = cluster_of_each(vectors)[own].tolist()
    return pa.table(
        {
            "text": plain["category"],
            "feature": plain["feature"].cast(pa.string()),
            "rows": plain["rows"],
            "cluster": pa.array([None if one < 0 else str(one) for one in clusters], pa.string()),
            "x": x.copy(),
            "y": y.copy(),
            "vector": pa.array(list(matrix[tokens]), pa.list_(pa.float32())),
        }
    )


def save_atlas(
    vectors: Vectors,
    path: str | os.PathLike[str],
    feature: str | None = None,
    *,
    overwrite: bool = False,
) -> None:
    """Write vectors for Embedding Atlas as ``.parquet``, laid out by ``atlas_table``.

    Raises
    ------
    OutputExistsError, ParameterError, UnknownFeatureError
    """
    check_output_file(path_of(path), overwrite, ".parquet")
    save_token_table(atlas_table(vectors, feature), path, overwrite=overwrite)
