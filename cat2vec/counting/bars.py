"""How far a long piece of work is: a bar in terminals and notebooks, now and then a line elsewhere.

A log file or a pipe keeps every state of a bar, so nothing is written there but whole lines.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

from cat2vec.kernels.compiling import compilations_told

#: Seconds from one line to the next where there is no bar.
_SECONDS = 10.0
_THOUSAND = 1000
_COMPILING = "compiling, once for each version on a machine"


def progress_bar(shown: bool, unit: str, unit_scale: bool = False, **given: Any) -> Any:
    """Make a bar, lines that stand for one, or nothing if it is not shown.

    Parameters
    ----------
    shown : bool
    unit : str
    unit_scale : bool
        Whether thousands and millions get letters; not where the total is below a thousand, which
        tqdm would write as 50.0.
    **given
        ``total`` and ``desc`` of ``tqdm``.

    Returns
    -------
    tqdm or Lines

    Examples
    --------
    >>> with progress_bar(False, "row", total=2, desc="read") as bar:
    ...     bar.update(2)
    """
    kind: Any = tqdm
    total = given.get("total")
    unit_scale = unit_scale and (total is None or total >= _THOUSAND)
    if shown:
        from tqdm.auto import tqdm as bar_of_place  # a widget in notebooks; takes a while to import
        from tqdm.notebook import tqdm as widget

        kind = bar_of_place
        if not issubclass(kind, widget) and not sys.stderr.isatty():
            return Lines(unit, unit_scale, **given)
    return kind(unit=unit, unit_scale=unit_scale, disable=not shown, **given)


class Lines:
    """What stands for a bar where its characters would fill a file; used as ``tqdm`` is."""

    disable = False

    def __init__(self, unit: str, unit_scale: bool, desc: str, total: float | None = None) -> None:
        self.n: float = 0
        self.total, self.unit, self.unit_scale, self.desc = total, unit, unit_scale, desc
        self.start_t = self.last_print_t = time.time()
        self._postfix = ""
        self._written: str | None = None

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def update(self, n: float = 1) -> None:
        """Move on, and write a line if the last one is some seconds old."""
        self.n += n
        if time.time() - self.last_print_t >= _SECONDS:
            self._write()

    def set_postfix_str(self, text: str, refresh: bool = True) -> None:
        """Say what stands at the end of the line."""
        self._postfix = text
        if refresh:
            self._write()

    def close(self) -> None:
        """Write the last line, if it says anything new."""
        if self.n:
            self._write()

    def _write(self) -> None:
        self.last_print_t = time.time()
        whole = f" of {self._number(self.total)}" if self.total else ""
        more = f", {self._postfix}" if self._postfix else ""
        state = f"{self.desc}: {self._number(self.n)}{whole} {self.unit}{more}"
        if state != self._written:
            seconds = self.last_print_t - self.start_t
            left = ""
            if self.total and 0 < self.n < self.total:
                left = f", about {seconds * (self.total / self.n - 1):,.0f} s left"
            print(f"{state} ({seconds:,.1f} s{left})", file=sys.stderr, flush=True)  # noqa: T201
            self._written = state

    def _number(self, value: float) -> str:
        has_letter = self.unit_scale and value >= _THOUSAND
        return str(tqdm.format_sizeof(value)) if has_letter else f"{value:,.0f}"


@contextmanager
def telling_compilation(bar: Any) -> Iterator[None]:
    """Say on a bar when something is compiled, and leave these seconds out of its estimates."""
    if bar.disable:
        yield
        return

    def begin() -> None:
        bar.set_postfix_str(_COMPILING)

    def end(seconds: float) -> None:
        bar.start_t += seconds
        bar.last_print_t = min(bar.last_print_t + seconds, time.time())
        bar.set_postfix_str("", refresh=False)

    with compilations_told(begin, end):
        yield
