"""What the imputer and the outlier detector share: a table encoded at fit, and again.

Takes an estimator with parameters of ``encode_table``, and tables as they were given. Gives encoded
tables, and what is kept for the model of cells. There are no vectors.
"""

from __future__ import annotations

from typing import Any

from cat2vec.counting.encoded import count_encoded
from cat2vec.errors import ParameterError
from cat2vec.estimator.steps import encode_by_parameters
from cat2vec.estimator.validation import check_columns, columns_again, columns_of
from cat2vec.inspection.cells import CellsKept
from cat2vec.inspection.cells.temperatures import sample_of
from cat2vec.kernels.threads import workers
from cat2vec.parameters import feature_names, problems_with
from cat2vec.parameters.known import PARAMETERS
from cat2vec.tables.encode import encode_table
from cat2vec.tables.encoded import EncodedTable
from cat2vec.tables.filling import values_of_bins
from cat2vec.tables.objects import as_table
from cat2vec.training.problem import pair_allowed


def fit_cells(model: Any, X: Any, sample_weight: Any = None) -> EncodedTable:
    """Check parameters and table, count its pairs and fit what makes probabilities of them."""
    params = model.get_params(deep=False)
    if problems := problems_with(**{k: v for k, v in params.items() if k in PARAMETERS}):
        raise ParameterError(problems)
    keep = feature_names(model.features)
    X = as_table(X, keep)
    found = columns_of(X, keep)
    encoded = encode_by_parameters(model, found, sample_weight).pool(model.min_count)
    check_columns(model, X)
    allowed = pair_allowed(encoded.vocabulary, model.exclude_pairs)
    counts = count_encoded(encoded, model.n_jobs).without(allowed)
    model._columns_in = list(found)
    model.vocabulary_ = encoded.vocabulary
    values = values_of_bins(found, encoded)
    model.cells_ = CellsKept(counts, sample_of(encoded), bin_values=values)
    with workers(model.n_jobs) as crew:
        model.cells_.model(None, crew)
    return encoded


def encode_again(model: Any, X: Any) -> EncodedTable:
    """Encode rows as at fit."""
    columns = columns_again(model, X)
    return encode_table(columns, vocabulary=model.vocabulary_, n_jobs=model.n_jobs)
