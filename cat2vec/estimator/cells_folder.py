"""What is kept of the cells of rows as arrays of a model folder.

Takes ``CellsKept``. Gives named arrays, and reads them. Pair counts take the smallest types that
hold them; rows themselves are not written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cat2vec.counting.pair_counts import PairCounts
from cat2vec.inspection.cells import CellsKept
from cat2vec.inspection.cells.oddness import N_VIEWS
from cat2vec.storage.folders import array_in, counts_in, number_of_rows
from cat2vec.vocabulary.vocabulary import Vocabulary

#: Views of rows that versions before 0.2.0 measured; their units are not those of today.
_FEWER_VIEWS = 4
#: How names of values of bins begin.
_BIN_VALUES = "bin_values:"
_UNSIGNED = (np.uint8, np.uint16, np.uint32)


def kept_tensors(kept: CellsKept) -> dict[str, np.ndarray]:
    """Give what is kept as arrays."""
    tensors: dict[str, np.ndarray] = {}
    if kept.heard is not None and kept.temperature is not None:
        tensors |= {"heard": kept.heard, "temperature": kept.temperature}
    if kept.offset is not None:
        tensors["offset"] = kept.offset
    if kept.units is not None:
        tensors |= {"odd_centre": kept.units[0], "odd_scale": kept.units[1]}
    for name, values in kept.bin_values.items():
        tensors[f"{_BIN_VALUES}{name}"] = values
    if kept.counts is not None:
        counts = kept.counts
        n_tokens = counts.vocabulary.n_tokens
        per_token = np.bincount(counts.left, minlength=n_tokens)
        tensors |= {
            "pairs_per_token": _smallest(per_token),
            "pairs_right": _smallest(counts.right),
            "pairs_count": _smallest(counts.count),
        }
    return tensors


def kept_from(vocabulary: Vocabulary, tensors: Mapping[str, np.ndarray], n_rows: Any) -> CellsKept:
    """Read what ``kept_tensors`` gave.

    Raises
    ------
    KeyError, TypeError, ValueError
        If arrays do not fit the vocabulary: kernels go by what they hold without looking.
    """
    n_features, n_tokens = vocabulary.n_features, vocabulary.n_tokens
    counts = _counts_from(vocabulary, tensors, n_rows) if "pairs_right" in tensors else None
    heard = temperature = offset = units = None
    if "heard" in tensors:
        heard = array_in(tensors, "heard", "int64", n_features, None)
        temperature = array_in(tensors, "temperature", "float64", *heard.shape)
        if heard.min(initial=-1) < -1 or heard.max(initial=-1) >= n_features:
            raise ValueError("'heard' names features that there are not")
    if "offset" in tensors:
        offset = array_in(tensors, "offset", "float64", n_tokens)
    if "odd_centre" in tensors:
        scale = array_in(tensors, "odd_scale", "float64", None)
        centre = array_in(tensors, "odd_centre", "float64", len(scale), n_features)
        if len(scale) not in (_FEWER_VIEWS, N_VIEWS) or not scale.min() > 0:
            raise ValueError("'odd_scale' must be above 0, one for each view")
        if len(scale) == N_VIEWS:
            units = centre, scale
    values = {}
    for name in tensors:
        feature = name.removeprefix(_BIN_VALUES)
        if feature != name:
            edges = vocabulary.schema.codecs[vocabulary.schema.position(feature)].edges
            n_bins = 1 + len([] if edges is None else edges)
            values[feature] = tensors[name]
            if tensors[name].shape != (n_bins,) or tensors[name].dtype.kind not in "iuf":
                raise ValueError(f"{name!r} must hold a number for each of {n_bins} bins")
    return CellsKept(counts, None, heard, temperature, values, units, offset)


def _counts_from(
    vocabulary: Vocabulary, tensors: Mapping[str, np.ndarray], n_rows: Any
) -> PairCounts:
    whole = "uint8 uint16 uint32 int64"
    right = array_in(tensors, "pairs_right", whole, None)
    per_token = array_in(tensors, "pairs_per_token", whole, vocabulary.n_tokens).astype(np.int64)
    if per_token.min(initial=0) < 0 or per_token.sum() != len(right):
        raise ValueError("'pairs_per_token' must add up to the number of pairs")
    left = np.repeat(np.arange(vocabulary.n_tokens, dtype=np.int32), per_token)
    count = counts_in(tensors, "pairs_count", f"{whole} float64", len(right))
    count = count.astype(np.float64 if count.dtype.kind == "f" else np.int64)
    if right.max(initial=0) >= vocabulary.n_tokens:
        raise ValueError("'pairs_right' names tokens that there are not")
    return PairCounts(vocabulary, left, right.astype(np.int32), count, number_of_rows(n_rows))


def _smallest(values: np.ndarray) -> np.ndarray:
    """Put whole numbers into the smallest type that holds them; others stay as they are."""
    if values.dtype.kind == "f":
        return values
    most = int(values.max(initial=0))
    kind = next((kind for kind in _UNSIGNED if most <= np.iinfo(kind).max), np.int64)
    return values.astype(kind)
