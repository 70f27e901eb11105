"""Cells that hold several values: lists, and texts with a separator.

Takes columns of lists or texts. Gives ``Factors`` with the row of each value, and codes in slots:
as many columns as the fullest cell has values. Knows nothing of categories.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from shlex import quote
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cat2vec.errors import CellError, ColumnTypeError, named, spelled
from cat2vec.tables.cells.factors import Factors, arrow_or_list, code_dtype, factorize
from cat2vec.tables.cells.kinds import Kind, MultiValued
from cat2vec.vocabulary.vocabulary import MISSING, UNSEEN, Reading

_LISTS = (list, tuple, set, frozenset, np.ndarray)


def factorize_cells(name: str, cells: Any, several: bool | None, first_row: int = 0) -> Factors:
    """Number the distinct values of a column, of lists too.

    Parameters
    ----------
    name : str
    cells : Arrow array or list
    several : bool or None
        Whether a cell that is a list holds several values; None: if all present cells are lists.
        With True a cell that is no list holds one value.
    first_row : int
        What error texts call the first row.

    Raises
    ------
    CellError, ColumnTypeError
    """
    is_list = isinstance(cells, list)
    if several is None:
        several = _all_lists(cells) if is_list else _holds_lists(cells.type)
    if not several:
        called = range(first_row, first_row + len(cells)) if first_row else None
        return factorize(name, cells, called)
    flat, rows = _flat_objects(cells) if is_list else _flat_arrow(name, cells, first_row)
    factors = factorize(name, flat, rows + first_row)
    present = factors.codes >= 0
    return replace(
        factors,
        codes=factors.codes[present],
        dtype=f"list<{factors.dtype}>",
        is_number=False,
        rows=rows[present],
        n_cells=len(cells),
    )


def _holds_lists(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def _all_lists(cells: list[Any]) -> bool:
    kinds = {type(cell) for cell in cells if not _is_missing(cell)}
    return bool(kinds) and kinds <= set(_LISTS)


def _is_missing(cell: Any) -> bool:
    """Say whether a cell in a column of lists is missing: null, NaN, NA or NaT."""
    if isinstance(cell, float):
        return cell != cell
    return cell is None or type(cell).__name__ in ("NAType", "NaTType")


def _flat_objects(cells: list[Any]) -> tuple[Any, np.ndarray]:
    flat: list[Any] = []
    lengths = np.zeros(len(cells), np.int64)
    for row, cell in enumerate(cells):
        if _is_missing(cell):
            continue
        values = cell.tolist() if isinstance(cell, np.ndarray) else cell
        values = list(values) if isinstance(values, _LISTS) else [values]
        flat += values
        lengths[row] = len(values)
    return arrow_or_list(flat), np.repeat(np.arange(len(cells)), lengths)


def _flat_arrow(
    name: str, cells: pa.Array | pa.ChunkedArray, first_row: int
) -> tuple[Any, np.ndarray]:
    if not _holds_lists(cells.type):
        return cells, np.arange(len(cells))
    if pa.types.is_nested(cells.type.value_type):
        for row, cell in enumerate(cells.to_pylist()):
            if cell:
                raise CellError(name, cell, row + first_row)
    lengths = pc.fill_null(pc.list_value_length(cells), 0)
    rows = np.repeat(np.arange(len(cells)), lengths.to_numpy(zero_copy_only=False))
    return pc.list_flatten(cells), rows


def split_texts(name: str, factors: Factors, separator: str) -> Factors:
    """Take the texts of a column apart at a separator.

    Blanks around values are dropped, and empty values too.

    Raises
    ------
    ColumnTypeError
        If a cell is no text.

    Examples
    --------
    >>> from cat2vec.tables.cells.factors import arrow_or_list
    >>> factors = split_texts("tags", factorize("tags", arrow_or_list(["b|a", None, "a| c"])), "|")
    >>> factors.distinct, factors.codes.tolist(), factors.rows.tolist()
    (['b', 'a', 'c'], [0, 1, 1, 2], [0, 0, 2, 2])
    """
    number_of: dict[str, int] = {}
    pieces: list[int] = []
    lengths = np.zeros(len(factors.distinct), np.int64)
    found = factors.values()
    for place in np.flatnonzero(factors.used()).tolist():
        text = found[place]
        if not isinstance(text, str) or factors.rows is not None:
            raise ColumnTypeError(
                f"{named('columns')} says that the cells of {name!r} are texts with values between "
                f"{separator!r}, and it holds {text!r}. Use "
                f"{spelled('MultiValued() without sep', '--types NAME=multivalued')} for lists, or "
                f"turn the cells into text."
            )
        parts = [part for piece in text.split(separator) if (part := piece.strip())]
        pieces += [number_of.setdefault(part, len(number_of)) for part in parts]
        lengths[place] = len(parts)
    starts = np.cumsum(lengths) - lengths
    present = np.flatnonzero(factors.codes >= 0)
    cells = factors.codes[present]
    of_cell = lengths[cells]
    inside = np.arange(of_cell.sum()) - np.repeat(np.cumsum(of_cell) - of_cell, of_cell)
    places = np.repeat(starts[cells], of_cell) + inside
    return Factors(
        codes=np.array(pieces, code_dtype(len(number_of)))[places],
        distinct=list(number_of),
        dtype=factors.dtype,
        is_number=False,
        rows=np.repeat(present, of_cell),
        n_cells=factors.n_rows,
        profile=factors.profile,
    )


def in_slots(codes: np.ndarray, rows: np.ndarray, n_rows: int) -> np.ndarray:
    """Lay the values of each row side by side, each value once, then fill up with missing.

    Parameters
    ----------
    codes : ndarray of shape (n_values,)
        -1 for none; -2 for unseen, which a row has once at most.
    rows : ndarray of shape (n_values,)
    n_rows : int

    Returns
    -------
    ndarray of shape (n_rows, n_slots), type of codes
        At least one slot. Codes of a row ascend, so the order inside cells is of no account; unseen
        comes behind them.

    Examples
    --------
    >>> in_slots(np.array([3, 1, 3, 0]), np.array([0, 0, 0, 2]), 3).tolist()
    [[1, 3], [-1, -1], [0, -1]]
    """
    present = codes != MISSING
    codes, rows, dtype = codes[present].astype(np.int64), rows[present], codes.dtype
    unseen = int(codes.max(initial=-1)) + 1
    keys = np.unique(rows * (unseen + 1) + np.where(codes == UNSEEN, unseen, codes))
    rows, codes = np.divmod(keys, unseen + 1)
    per_row = np.bincount(rows, minlength=n_rows)
    slot = np.arange(len(rows)) - np.repeat(np.cumsum(per_row) - per_row, per_row)
    slots = np.full((n_rows, max(int(per_row.max(initial=0)), 1)), MISSING, dtype, order="F")
    slots[rows, slot] = np.where(codes == unseen, UNSEEN, codes)
    return slots


def check_are_lists(name: str, factors: Factors, cells: Any) -> None:
    """Raise ColumnTypeError if a column that is said to hold lists holds none."""
    if isinstance(cells, list):
        held = any(isinstance(cell, _LISTS) for cell in cells)
    else:
        held = _holds_lists(cells.type)
    if not held and factors.used().any():
        some = factors.values()[int(np.argmax(factors.used()))]
        as_text = spelled(
            f"columns={{{name!r}: MultiValued(sep=';')}}",
            f"--types {quote(f'{name}=multivalued:;')}",
        )
        raise ColumnTypeError(
            f"{named('columns')} says that {name!r} is multi-valued, but its cells are no lists: "
            f"it holds {some!r}. Say what stands between the values, as in {as_text}."
        )


def kinds_with_pairs(factors: Factors, kind: Kind | None) -> MultiValued | None:
    """Give the kind of the only column of a table: pairs inside its cells are all there is.

    None if its cells hold one value each, or were told not to learn from each other.
    """
    if isinstance(kind, MultiValued):
        return None if kind.within is False else replace(kind, within=True)
    return None if factors.rows is None else MultiValued(within=True)


def alone_sentence(name: str, factors: Factors, kind: Kind | None) -> str:
    """Say why a table of one column cannot be learned from, and what would help."""
    head = f"only one feature, {name!r} (n_features=1)."
    if isinstance(kind, MultiValued):
        return (
            f"{head} Its cells hold several values, and within=False says that they do not learn "
            f"from each other, so there is nothing to learn from. Leave within out."
        )
    texts = [value for value in factors.values() if isinstance(value, str)]
    sep = max(",;|", key=lambda mark: sum(mark in text for text in texts))
    several = spelled(
        f"columns={{{name!r}: MultiValued(sep={sep!r})}}",
        f"--types {quote(f'{name}=multivalued:{sep}')}",
    )
    skrub = (
        " If skrub's TableVectorizer handed this column over alone, put the model before it, in "
        "skrub's ApplyToCols (ApplyToSubFrame before skrub 0.11)."
    )
    return (
        f"{head} Vectors are learned from which categories share a row, so at least two features "
        f"are needed, or one whose cells hold several values, as baskets do: lists, or texts with "
        f"{several}.{skrub if 'skrub' in sys.modules else ''}"
    )


def remark_on_pairs(name: str, reading: Reading, codes: np.ndarray, kind: Kind | None) -> str:
    """Say whether the values of one cell learn from each other, where nobody said so."""
    said = isinstance(kind, MultiValued) and kind.within is not None
    if said or codes.ndim == 1 or codes.shape[1] == 1:
        return ""
    if reading.within:
        return "the only column, so the values of one cell learn from each other."
    options = {"sep": reading.separator, "normalize": reading.normalize, "within": True}
    given = ", ".join(f"{option}={value!r}" for option, value in options.items() if value)
    form = f"multivalued:{reading.separator or ''}:within"
    asked = spelled(
        f"columns={{{name!r}: MultiValued({given})}}", f"--types {quote(f'{name}={form}')}"
    )
    return (
        f"the values of one cell learn from the other columns, not from each other; {asked} lets "
        f"them do both."
    )
