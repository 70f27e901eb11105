"""Columns that number the rows, as pandas writes its index; they are no features.

Takes the schema of a file, and cells. Gives which columns are left out, and a remark about each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from cat2vec.errors import named
from cat2vec.tables.remarks import Remark

#: What pandas calls an index without a name in Parquet, and a column without a name in CSV.
_INDEX = re.compile(r"__index_level_\d+__")
_UNNAMED = re.compile(r"|Unnamed: \d+(_level_\d+)?(\.\d+)*")


def is_unnamed_index(name: str) -> bool:
    """Say whether a column is an index of pandas that had no name.

    Examples
    --------
    >>> is_unnamed_index("__index_level_0__"), is_unnamed_index("zip")
    (True, False)
    """
    return _INDEX.fullmatch(name) is not None


def may_number_rows(name: str, schema: pa.Schema | None = None) -> bool:
    """Say whether a column is to be looked at: it has no name, or is an index of pandas."""
    if _UNNAMED.fullmatch(name):
        return True
    try:
        about = json.loads((schema.metadata or {})[b"pandas"]) if schema else {}
        return name in [one for one in about["index_columns"] if isinstance(one, str)]
    except (KeyError, ValueError, TypeError):
        return False


def number_rows(name: str, parts: Sequence[Any]) -> bool:
    """Say whether the cells of a column number the rows of each file, or of all files.

    A column without a name does so if its whole numbers all differ, as some rows may have been
    left out since; one with a name only if they run from 0 or 1 without a gap.

    Examples
    --------
    >>> number_rows("Unnamed: 0", [pa.array([0, 2, 7])]), number_rows("zip", [pa.array([0, 2, 7])])
    (True, False)
    """
    if not parts or not all(
        pa.types.is_integer(part.type) and not part.null_count for part in parts
    ):
        return False
    named = not _UNNAMED.fullmatch(name)
    numbers = [part.to_numpy() for part in parts]
    every = np.concatenate(numbers)
    return len(every) > 0 and (_run(every, named) or all(_run(one, named) for one in numbers))


def _run(numbers: np.ndarray, without_gap: bool) -> bool:
    if not len(numbers) or len(np.unique(numbers)) < len(numbers):
        return not len(numbers)
    least, most = int(numbers.min()), int(numbers.max())
    return not without_gap or (least in (0, 1) and most - least + 1 == len(numbers))


def left_out_remark(name: str) -> Remark:
    """Say that a column was left out, and how to keep it."""
    why = "it numbers the rows, as an index of pandas does"
    if is_unnamed_index(name):
        why = "it is the index of a pandas table and has no name"
    if not name:
        return Remark(
            "",
            f"a column without a name is left out, because {why}. Name it '' with the others in "
            f"{named('features')} to keep it.",
        )
    return Remark(
        name, f"left out, because {why}. Name it with the others in {named('features')} to keep it."
    )
