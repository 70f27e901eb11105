"""What people see of a training that runs: a bar with the loss, and lines above it."""

from __future__ import annotations

import logging
import math
import sys
from contextlib import ExitStack
from typing import Any

from tqdm import tqdm

from cat2vec.counting.bars import progress_bar, telling_compilation
from cat2vec.training.settings import Settings

#: Where remarks go; handlers are for whoever uses the library to set.
LOGGER = logging.getLogger("cat2vec")
LOGGER.addHandler(logging.NullHandler())
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
    """Log a remark; where nobody set up logging for it, write a line above the progress bar.

    Whoever sets a level above INFO on the logger "cat2vec" gets no remarks.
    """
    if LOGGER.level > logging.INFO or _is_heard():
        LOGGER.info(sentence)
    else:
        tqdm.write(f"cat2vec: {sentence}", file=sys.stderr)


def _is_heard() -> bool:
    """Say whether remarks get to a handler that writes them somewhere."""
    place: logging.Logger | None = LOGGER if LOGGER.isEnabledFor(logging.INFO) else None
    while place is not None:
        for handler in place.handlers:
            if handler.level <= logging.INFO and not isinstance(handler, logging.NullHandler):
                return True
        place = place.parent if place.propagate else None
    return False
