"""Names of categories in pictures: how they read, and where there is room for them.

Takes categories, and places and sizes in pixels. Gives texts and places. Draws nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

from cat2vec.vocabulary.categories import category_text

#: Characters of a name in a picture; longer ones end in an ellipsis.
WIDEST = 32
#: Where a name may stand beside its point, across and upwards, the best places first.
_SIDES = np.array([(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)], float)


def label_text(category: Any, width: int = WIDEST) -> str:
    r"""Write a category as one line of printable characters.

    Examples
    --------
    >>> [label_text(one) for one in ("Oslo", 2.0, "a\nb", "", "x" * 40)]
    ['Oslo', '2', 'a\\nb', "''", 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…']
    """
    text = "".join(map(_printable, category_text(category)[: 2 * width]))
    if not text.strip():
        text = repr(text)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    is_blank = unicodedata.category(character) == "Zs"
    return " " if is_blank else character.encode("unicode_escape", "backslashreplace").decode()


class Room:
    """Room in a picture: what is taken, and where a name still fits.

    Parameters
    ----------
    frame : (float, float, float, float)
        Left, bottom, right and top of what no name may leave, in pixels upwards.
    taken : ndarray of shape (n, 4)
        Boxes that no name may touch, in the same form.

    Examples
    --------
    >>> room = Room((0, 0, 100, 20), np.array([[8.0, 8.0, 12.0, 12.0]]))
    >>> room.place((10, 10), (40, 10), gap=3), room.place((60, 10), (40, 10), gap=3)
    ((13.0, 5.0), None)
    """

    def __init__(self, frame: Sequence[float], taken: np.ndarray) -> None:
        self._frame = frame
        self._taken = np.array(taken, np.float64).reshape(-1, 4)

    def place(
        self, point: Sequence[float], size: Sequence[float], gap: float
    ) -> tuple[float, float] | None:
        """Give the lower left corner of a name beside a point, and take its box; None if none fits.

        Parameters
        ----------
        point, size : (float, float)
            Of the point, and width and height of the name.
        gap : float
            Between the two.
        """
        slanted = np.abs(_SIDES).sum(axis=1, keepdims=True) > 1
        low = np.asarray(point) + _SIDES * np.where(slanted, 0.75, 1.0) * gap
        low = low + (_SIDES - 1.0) / 2.0 * np.asarray(size)
        high = low + np.asarray(size)
        left, bottom, right, top = self._frame
        fits = (low >= (left, bottom)).all(axis=1) & (high <= (right, top)).all(axis=1)
        for side in np.flatnonzero(fits):
            apart = (self._taken[:, 2:] <= low[side]) | (self._taken[:, :2] >= high[side])
            if apart.any(axis=1).all():
                self._taken = np.vstack([self._taken, [*low[side], *high[side]]])
                return float(low[side, 0]), float(low[side, 1])
        return None
