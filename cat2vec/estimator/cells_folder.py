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
from cat2vec.vocabulary.vocabulary import Vocabulary

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
        tensors[f"bin_values:{name}"] = values
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
    """Read what ``kept_tensors`` gave."""
    counts = None
    if "pairs_right" in tensors:
        per_token = tensors["pairs_per_token"].astype(np.int64)
        left = np.repeat(np.arange(vocabulary.n_tokens, dtype=np.int32), per_token)
        count = tensors["pairs_count"]
        count = count.astype(np.float64 if count.dtype.kind == "f" else np.int64)
        counts = PairCounts(
            vocabulary, left, tensors["pairs_right"].astype(np.int32), count, n_rows
        )
    prefix = "bin_values:"
    values = {name[len(prefix) :]: v for name, v in tensors.items() if name.startswith(prefix)}
    units = None
    if "odd_centre" in tensors:
        units = tensors["odd_centre"], tensors["odd_scale"]
    return CellsKept(
        counts, None, tensors.get("heard"), tensors.get("temperature"), values, units,
        tensors.get("offset"),
    )  # fmt: skip


def _smallest(values: np.ndarray) -> np.ndarray:
    """Put whole numbers into the smallest type that holds them; others stay as they are."""
    if values.dtype.kind == "f":
        return values
    most = int(values.max(initial=0))
    kind = next((kind for kind in _UNSIGNED if most <= np.iinfo(kind).max), np.int64)
    return values.astype(kind)
