"""Blanks behind the delimiters of a text file: left out where they are asked to be.

Takes the bytes of a file. Gives bytes without them. Knows nothing of types.
"""

from __future__ import annotations

import re


def without_initial_blanks(raw: bytes, delimiter: str) -> bytes:
    r"""Leave out blanks before each cell; blanks inside cells, and inside quotes, stay.

    Examples
    --------
    >>> without_initial_blanks(b'age, job\n39, "a, b"\n 40, x y\n', ",")
    b'age,job\n39,"a, b"\n40,x y\n'
    """
    mark = re.escape(delimiter.encode("ascii"))
    start = rb"(\A(?:\xef\xbb\xbf)?|[\r\n]|" + mark + rb")"  # of a cell
    cells = re.compile(start + rb' *("(?:[^"]|"")*")|' + start + rb" +")
    return cells.sub(lambda found: (found[1] or found[3] or b"") + (found[2] or b""), raw)
