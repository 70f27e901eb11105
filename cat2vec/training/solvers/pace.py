"""How the sweeps of the solver ``counts`` follow each other: rough, exact, long, and the last one.

Takes what each sweep measured. Gives what the next one is. Knows nothing of vectors.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cat2vec.training.solvers.groups import MOST_GROUPS
from cat2vec.training.solvers.objective import Objective

#: Multiple of the Newton step that is tried after the first sweeps. Two sides that wait for each
#: other converge faster when each oversteps (successive over-relaxation, Young 1954).
LENGTH = 1.6
PLAIN_SWEEPS = 3
#: A fall of the loss below this share of the one before is a stand-still.
_STANDSTILL = 0.25
#: Rough sweeps whose steps promise more than this share of what those before promised are stuck:
#: what they still follow is mostly their own error. Exact sweeps follow. Where none may, a share of
#: the promise that the loss did not keep is asked for too; then plain steps are tried, and the
#: training ends where these are stuck as well.
_STUCK, _KEPT = 0.8, 0.5
#: What is left is about so many times what a sweep gains.
_TAIL = 4.0
#: Entries of matrices of all pairs of tokens that may meet, up to which gradients are exact in the
#: last sweeps, and the loss at the end.
MOST_ENTRIES = 4e9
#: Nanoseconds of half a sweep per entry, per entry with groups for columns, and per distinct pair
#: where noise is rough; rough sweeps are taken where they take at most this share of exact ones.
_ENTRY, _GROUP_ENTRY, _PAIR, _WORTH = 2.0, 4.0, 20.0, 0.7


def n_entries(objective: Objective) -> float:
    """Count the ordered pairs of tokens that may meet: of two features, or inside one."""
    vocabulary = objective.counts.vocabulary
    sizes = np.diff(vocabulary.offsets).astype(np.float64)
    return float(sizes.sum() ** 2 - np.square(sizes[~vocabulary.schema.within]).sum())


@dataclass
class Pace:
    """What the next sweep is, and how far the loss would still fall.

    Parameters
    ----------
    mixed : bool
        Whether rough sweeps are taken at all; if not, every sweep is exact.
    ends_exact : bool
        Whether the last sweep has to be exact.
    rough : bool
        Whether the next sweep is.
    left : float
        How far the loss would still fall, in nats per pair; infinite as long as nothing is known.
    """

    mixed: bool
    ends_exact: bool
    rough: bool
    left: float = np.inf
    _plain: bool = False
    _totals: list[float] = field(default_factory=list)
    _falls: list[tuple[float, float]] = field(default_factory=list)

    @classmethod
    def of(cls, objective: Objective, *, warm: bool = False) -> Pace:
        """Decide by sizes alone whether rough sweeps are worth while.

        A ``warm`` start may be as good as what rough sweeps find, so an exact one comes before.
        """
        vocabulary = objective.counts.vocabulary
        entries, sizes = n_entries(objective), np.diff(vocabulary.offsets)
        columns = float(np.minimum(sizes, MOST_GROUPS).sum())
        rough = vocabulary.n_tokens * columns * _GROUP_ENTRY + 2 * objective.counts.n_pairs * _PAIR
        mixed = rough <= _WORTH * entries * _ENTRY or entries > MOST_ENTRIES
        ends_exact = entries <= MOST_ENTRIES
        return cls(mixed, ends_exact, rough=mixed and not (warm and ends_exact))

    @property
    def first(self) -> bool:
        """Whether no sweep has ended yet."""
        return not self._falls

    @property
    def length(self) -> float:
        """Multiple of the Newton step that the next sweep takes."""
        return 1.0 if self._plain or len(self._falls) < PLAIN_SWEEPS else LENGTH

    def begun(self, total: float) -> None:
        """Take note of loss and prior, in nats per pair, with which a sweep began."""
        self._totals.append(total)
        if not self.mixed:
            self.left = left_to_gain(self._totals)

    def ended(self, fall: float, enough: float) -> bool:
        """Take note of what the full steps of a sweep promised, in nats per pair.

        Parameters
        ----------
        fall : float
        enough : float
            What may be left, in nats per pair.

        Returns
        -------
        bool
            Whether this was the last sweep.
        """
        length = self.length
        last = self._falls[-1] if self._falls else (0.0, 0.0)
        self._falls.append((length, fall))
        if not self.mixed:
            return False
        self.left = _TAIL * _promised((length, fall))
        near = self.left <= enough
        if near and not (self.rough and self.ends_exact):
            return True
        stuck = length == last[0] and fall > _STUCK * last[1]
        if not self.ends_exact:
            if stuck and self._totals[-2] - self._totals[-1] < _KEPT * _promised(last):
                ended, self._plain = self._plain, True
                return ended
            return False
        self.rough = not (self.rough and (near or stuck))
        return False


def _promised(step: tuple[float, float]) -> float:
    """Give by how much steps of a length lower the loss, to second order, of what full ones say."""
    length, fall = step
    return length * (1.0 - length / 2.0) * fall


def left_to_gain(losses: list[float]) -> float:
    """Estimate how far the loss would still fall, from the way it fell in the last two sweeps.

    Alternating steps converge linearly: each fall is some share of the one before. Early sweeps
    fall faster than the last ones will, so the share is taken as at least four fifths. A fall far
    below the one before it is no convergence: a dimension that carries nothing yet stands on a
    saddle, and leaves it later; then the one before counts.
    """
    if len(losses) < 4:
        return np.inf
    before, last = losses[-3] - losses[-2], losses[-2] - losses[-1]
    if last <= 0.0 and before <= 0.0:
        return 0.0
    fall = before if last < _STANDSTILL * before else last
    share = min(max(last / before, 0.8), 0.95) if before > 0.0 else 0.95
    return fall * share / (1.0 - share)
