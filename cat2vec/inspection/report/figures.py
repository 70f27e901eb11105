"""The figures of a report, of the whole table and of each feature; what ``Report`` is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FeatureReport:
    """How good the vectors of one feature are on held-out rows.

    Parameters
    ----------
    feature : str
    n_categories : int
    n_cells : int
        Hidden cells that were scored.
    gain, gain_error : float
        Nats per pair in which the feature takes part, and the standard error over rows.
    signal : bool
        Whether the gain of the feature, or of one of its pairs, is above chance.
    partner : str or None
        The feature with which its gain is most certain, where it has signal.
    mrr, mrr_table, mrr_frequent : float or None
        Mean reciprocal rank of hidden cells: by the model (pair counts where it keeps them, vectors
        otherwise), by the full PMI table (None without training rows), and by frequency alone.
    hits, hits_table, hits_frequent : float or None
        Share of hidden cells whose category is ranked first.
    temperature : float
        The factor by which the evidence of other cells is multiplied, the mean over these.
    halves, seeds : float or None
        Share of neighbours in common between vectors of two halves of the training rows, and
        between vectors of two seeds.
    chance : float or None
        What ``halves`` would be for neighbours drawn at random.
    n_compared : int
        Categories whose neighbours were compared: those of 5 rows or more in each half, and of
        more than 2,000 so many, evenly spaced.
    """

    feature: str
    n_categories: int
    n_cells: int
    gain: float | None
    gain_error: float | None
    signal: bool
    partner: str | None
    mrr: float | None
    mrr_table: float | None
    mrr_frequent: float | None
    hits: float | None
    hits_table: float | None
    hits_frequent: float | None
    temperature: float
    halves: float | None = None
    seeds: float | None = None
    chance: float | None = None
    n_compared: int = 0


@dataclass(frozen=True)
class Figures:
    """Figures of a model on rows that were not trained on.

    Parameters
    ----------
    n_rows : int or float
        Held-out rows, or the sum of their weights.
    n_train_rows : int or float or None
        Training rows that were given.
    vector_size : int
    solver : str
    gain, gain_error : float
        Held-out gain against independence, nats per pair, and its standard error over rows.
    gain_training : float or None
        Gain on the training rows, as measured in training.
    gain_table : float or None
        Held-out gain of the full PMI table.
    smoothing : float or None
        Smoothing of the PMI table, in pairs; see ``PairTable``.
    signal : bool
        Whether the gain is above chance, in the table as a whole or in one of its features.
    mrr, mrr_table, mrr_frequent, hits, hits_table, hits_frequent : float or None
        Means over features of what ``features`` holds.
    n_hidden_rows : int
        Rows whose cells were hidden.
    features : tuple of FeatureReport
    curve : tuple of (int, float)
        Vector size and held-out gain; empty without training rows.
    size_enough : int or None
        The smallest size that keeps 99 % of the best gain.
    notes : tuple of str
        What was left out, and why.
    trained_on : bool
        Whether the rows are those that were trained on, so that all figures are too good.
    """

    n_rows: int | float
    n_train_rows: int | float | None
    vector_size: int
    solver: str
    gain: float | None
    gain_error: float | None
    gain_training: float | None
    gain_table: float | None
    smoothing: float | None
    signal: bool
    mrr: float | None
    mrr_table: float | None
    mrr_frequent: float | None
    hits: float | None
    hits_table: float | None
    hits_frequent: float | None
    n_hidden_rows: int
    features: tuple[FeatureReport, ...]
    curve: tuple[tuple[int, float], ...]
    size_enough: int | None
    notes: tuple[str, ...]
    trained_on: bool = False

    @property
    def no_signal(self) -> list[str]:
        """Features that neither predict others nor are predicted better than by chance."""
        return [one.feature for one in self.features if not one.signal]
