"""Categories for missing cells: the likeliest ones, or drawn ones.

Takes a ``CellModel`` and encoded rows. Gives codes for the missing cells of each feature, and the
values that they stand for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cat2vec.inspection.cells.model import CellModel
from cat2vec.kernels.threads import Workers
from cat2vec.tables.encoded import EncodedTable
from cat2vec.vocabulary.vocabulary import MISSING, RARE, Vocabulary

#: Numbers in a block of probabilities.
_BLOCK_NUMBERS = 1 << 20


def can_be_filled(vocabulary: Vocabulary) -> np.ndarray:
    """Say which features have cells that can be filled: (n_features,) bool.

    Parts of a date cannot, as no part says which day it was; and features without a category.
    """
    has_value = [nameable(vocabulary, place).any() for place in range(vocabulary.n_features)]
    is_part = [codec.reading.part is not None for codec in vocabulary.schema.codecs]
    return np.array(has_value) & ~np.array(is_part, bool)


def missing_rows(table: EncodedTable, position: int) -> np.ndarray:
    """Give the rows whose cell of a feature is missing."""
    first = table.codes[:, table.first_columns[position]]
    return np.flatnonzero(first == table.vocabulary.missing_code(position))


def codes_for_missing(
    model: CellModel, table: EncodedTable, crew: Workers, rng: np.random.Generator | None = None
) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Find a category for each missing cell.

    Parameters
    ----------
    model : CellModel
    table : EncodedTable
        Encoded with the vocabulary of the model.
    crew : Workers
    rng : Generator or None
        None takes the likeliest category by the cells that are there; of bins of numbers, the one
        that holds the conditional median. A generator draws, feature by feature, so that what is
        drawn for one cell of a row counts when the next one is drawn.

    Returns
    -------
    dict
        Position of each feature with missing cells to rows and codes.
    """
    found = {}
    now = table
    for position in np.flatnonzero(can_be_filled(table.vocabulary)).tolist():
        rows = missing_rows(table, position)
        if not len(rows):
            continue
        some = replace(now, codes=np.asfortranarray(now.codes[rows]), weights=None)
        if rng is None:
            codes = chosen_codes(model, some, position, crew, None)
        else:
            codes = chosen_codes(model, some, position, crew, rng.random(len(rows)))
            changed = now.codes.astype(np.int32, order="F")
            changed[rows, now.first_columns[position]] = codes
            now = replace(now, codes=changed)
        found[position] = rows, codes
    return found


def chosen_codes(
    model: CellModel,
    table: EncodedTable,
    position: int,
    crew: Workers,
    uniform: np.ndarray | None,
) -> np.ndarray:
    """Choose a code for the feature in each row; drawn where ``uniform`` numbers are given."""
    vocabulary = table.vocabulary
    can_stand = nameable(vocabulary, position)
    ordered = vocabulary.schema.codecs[position].edges is not None
    codes = np.empty(table.n_rows, np.int64)
    step = max(1, 4 * _BLOCK_NUMBERS // max(len(can_stand), 1))
    for start in range(0, table.n_rows, step):
        block = slice(start, start + step)
        some = replace(table, codes=np.asfortranarray(table.codes[block]))
        chances = model.probabilities(some, position, crew)
        chances[:, ~can_stand] = 0.0
        if uniform is None and not ordered:
            codes[block] = chances.argmax(axis=1)
            continue
        reached = np.cumsum(chances, axis=1)
        level = 0.5 if uniform is None else uniform[block, None]
        codes[block] = (reached < level * reached[:, -1:]).sum(axis=1)
    return np.minimum(codes, np.flatnonzero(can_stand).max())


def nameable(vocabulary: Vocabulary, position: int) -> np.ndarray:
    """Say which categories of a feature stand for a value: not the missing one, not the pool."""
    kept = np.array([value is not RARE for value in vocabulary.categories[position]], bool)
    code = vocabulary.missing_code(position)
    if code != MISSING:
        kept[code] = False
    return kept


def values_of(
    vocabulary: Vocabulary, position: int, codes: np.ndarray, bin_values: Mapping[str, np.ndarray]
) -> list[Any]:
    """Give the value that each code stands for in a table.

    A category as it was in fit; of a bin the typical training value; for cells of several values a
    list, or a text, of this one value.
    """
    codec = vocabulary.schema.codecs[position]
    name = vocabulary.features[position]
    if codec.edges is not None:
        values = bin_values[name] if name in bin_values else _middles(codec.edges)
        whole = codec.dtype.lstrip("u").startswith("int")
        found = [int(v) if whole else float(v) for v in values.tolist()]
    else:
        found = vocabulary.categories[position].tolist()
    if codec.reading.multivalued and codec.reading.separator is None:
        return [[found[code]] for code in codes.tolist()]
    return [found[code] for code in codes.tolist()]


def _middles(edges: np.ndarray) -> np.ndarray:
    """Give a number inside each bin."""
    inner = (edges[1:] + edges[:-1]) / 2
    return np.concatenate([edges[:1], inner, edges[-1:]])
