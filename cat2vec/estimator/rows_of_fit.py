"""The rows that a model learns from, as codes: of a table in memory, or of one read in pieces.

Takes the estimator and a table as it was given. Gives codes, and what else of the rows a fit needs,
so that neither the table nor its files are needed after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cat2vec.counting.streamed import MEMORY, encode_stream
from cat2vec.estimator.steps import encode_by_parameters, parameters_of_table
from cat2vec.estimator.validation import check_columns, checked_settings, columns_of
from cat2vec.parameters import check_parameters, feature_names
from cat2vec.tables.encoded import EncodedTable
from cat2vec.tables.filling import values_of_bins
from cat2vec.tables.objects import as_table
from cat2vec.tables.remarks import Remark
from cat2vec.tables.streams.stream import Stream, open_stream
from cat2vec.tables.unmatched import Unmatched


@dataclass(frozen=True)
class RowsOfFit:
    """Rows to learn from.

    Parameters
    ----------
    encoded : EncodedTable
        With rare categories unpooled.
    bin_values : mapping of str to ndarray
        See ``values_of_bins``.
    remarks : tuple of Remark
        On reading; those of the fit are with ``encoded``.
    columns : tuple of str
        All columns of the table but those that number its rows.
    unmatched : tuple of Unmatched
        Texts that mean missing in CSV files and that no cell holds.
    """

    encoded: EncodedTable
    bin_values: Mapping[str, np.ndarray]
    columns: tuple[str, ...]
    remarks: tuple[Remark, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()


def rows_of_fit(
    model: Any,
    X: Any,
    sample_weight: Any = None,
    *,
    memory: int | str = MEMORY,
    spill: Any = None,
) -> RowsOfFit:
    """Check parameters and table, remember its columns, and turn its rows into codes.

    Files, and what else gives its rows in pieces, are read so; see ``encode_stream``.

    Raises
    ------
    ParameterError, TableError, CellError, UnknownFeatureError, FileReadError, SpillError
    """
    checked_settings(model)
    check_parameters(memory=memory, spill=spill)
    names = feature_names(model.features)
    stream = open_stream(X, names)
    if stream is not None:
        how = {"memory": memory, "spill": spill, "progress": bool(model.verbose)}
        return rows_of_stream(model, stream, sample_weight=sample_weight, **how)
    X = as_table(X, names)
    found = columns_of(X, names)
    encoded = encode_by_parameters(model, found, sample_weight)
    check_columns(model, X)
    model._columns_in = list(found)
    model.file_options_ = {}
    return RowsOfFit(encoded, values_of_bins(found, encoded), tuple(found))


def rows_of_stream(model: Any, stream: Stream, **how: Any) -> RowsOfFit:
    """Turn the rows of a table that is read in pieces into codes, as ``rows_of_fit`` does.

    ``how`` holds parameters of ``read_stream`` that are not those of a model.
    """
    read = encode_stream(stream, **parameters_of_table(model), **how)
    check_columns(model, dict.fromkeys(read.columns, ()))
    model._columns_in = list(read.columns)
    model.file_options_ = {}
    return RowsOfFit(read.encoded, read.bin_values, read.columns, read.remarks, read.unmatched)
