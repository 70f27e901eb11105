"""Progress bars, and in their place lines now and then where nobody sees a bar, as in a log."""

from __future__ import annotations

import sys
from time import monotonic
from typing import Any

from tqdm import tqdm

#: Seconds between two lines.
_BETWEEN = 30.0
_LINE = "{desc}: {percentage:.0f}% of {total_fmt} {unit}, {elapsed} done, {remaining} left{postfix}"


def progress_bar(shown: bool, **how: Any) -> Any:
    """Give a bar of tqdm; where the standard error is no terminal, one that writes lines.

    Parameters
    ----------
    shown : bool
        Whether there is anything to see.
    **how
        As tqdm takes it.

    Examples
    --------
    >>> with progress_bar(False, total=2) as bar:
    ...     _ = bar.update()
    """
    if not shown or _shows_bars(sys.stderr):
        return tqdm(disable=not shown, **how)
    return _Lines(**how, **({"bar_format": _LINE} if how.get("total") else {}))


def _shows_bars(stream: Any) -> bool:
    """Say whether a stream is a terminal, or belongs to a notebook."""
    return stream.isatty() or type(stream).__module__.startswith("ipykernel")


class _Lines(tqdm):
    """A bar that is a line every half minute."""

    disable: bool
    _said_at: float | None = None

    def display(self, msg: str | None = None, pos: int | None = None) -> bool:
        """Write a line, if the last one is not of a moment ago."""
        now = monotonic()
        self._said_at = now if self._said_at is None else self._said_at
        if now - self._said_at >= _BETWEEN:
            self.fp.write(f"{msg or self}\n")
            self._said_at = now
        return True

    def clear(self, nolock: bool = False) -> None:
        """Leave lines where they stand."""

    def close(self) -> None:
        """Write nothing more."""
        if not self.disable:
            self.disable = True
            self._decr_instances(self)
