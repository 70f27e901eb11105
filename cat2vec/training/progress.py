"""What people see of a training that runs: a bar with the loss, and lines above it."""

from __future__ import annotations

import math
import sys
from contextlib import ExitStack
from typing import Any

from tqdm import tqdm

from cat2vec.counting.bars import progress_bar, telling_compilation
from cat2vec.training.settings import Settings

#: What each solver counts.
_UNITS = {"counts": "sweeps", "rows": "pairs", "gensim": "epochs"}


class Progress:
    """A progress bar of one training; without settings nothing is shown.

    Parameters
    ----------
    settings : Settings or None

    Examples
    --------
    >>> with Progress() as progress:
    ...     progress.advance(1, 0.5)
    """

    def __init__(self, settings: Settings | None = None) -> None:
        solver = "counts" if settings is None else settings.solver
        total = None
        if settings is not None and solver != "rows":
            total = settings.max_sweeps if solver == "counts" else settings.n_epochs
        self._bar = progress_bar(
            settings is not None,
            unit=_UNITS[solver],
            unit_scale=solver == "rows",
            total=total,
            desc=f"cat2vec {solver}",
        )
        self._open = ExitStack()

    def __enter__(self) -> Progress:
        self._open.enter_context(self._bar)
        self._open.enter_context(telling_compilation(self._bar))
        return self

    def __exit__(self, *_: Any) -> None:
        self._open.close()

    def advance(
        self,
        done: float,
        loss: float,
        *,
        total: float | None = None,
        held_out_gain: float = math.nan,
    ) -> None:
        """Show how far training is.

        Parameters
        ----------
        done : float
            Sweeps, epochs or pairs.
        loss : float
            Nats per pair; NaN where it is not known.
        total : float or None
            What ``done`` will be in the end; None is what the settings say.
        held_out_gain : float
            Nats per pair; NaN where no rows are held out.
        """
        digits = 5 if total is None else 4
        if not math.isnan(loss):
            gain = "" if math.isnan(held_out_gain) else f", held-out gain {held_out_gain:.4f}"
            self._bar.set_postfix_str(f"loss {loss:.{digits}f} nats/pair{gain}", refresh=False)
        if total is not None:
            self._bar.total = total
        self._bar.update(done - self._bar.n)

    def say(self, sentence: str) -> None:
        """Write a line above the bar."""
        if not self._bar.disable:
            say(sentence)

    def finish(self) -> None:
        """Show a full bar: a limit of sweeps was not needed."""
        self._bar.total = self._bar.n


#: Shows nothing.
SILENT = Progress()


def say(sentence: str) -> None:
    """Write a line that stands above a progress bar, if there is one."""
    tqdm.write(f"cat2vec: {sentence}", file=sys.stderr)
