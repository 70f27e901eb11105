"""``Report``: what the vectors of a table say on rows that were not trained on, and where nothing.

Takes ``Vectors`` with held-out rows, perhaps with training rows. Gives figures that print, and
write themselves as JSON and HTML. Draws on the other modules of this folder; measures nothing
itself.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy.stats

from cat2vec.counting.encoded import count_encoded
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import Cat2VecError, NoPairsError, NothingToScoreError, in_words
from cat2vec.inspection.quality import objective_on
from cat2vec.inspection.report.hidden_cells import HiddenCells, evidence_of, hidden_cells
from cat2vec.inspection.report.html import fragment, page
from cat2vec.inspection.report.pair_table import PairTable
from cat2vec.inspection.report.retrain import retrained, settings_of
from cat2vec.inspection.report.row_gains import RESOLUTION, RowGains, row_gains
from cat2vec.inspection.report.sections import as_text, verdict
from cat2vec.inspection.report.sizes import gain_by_size, size_enough
from cat2vec.inspection.report.stability import Overlap, halves_of, overlap
from cat2vec.kernels.threads import workers
from cat2vec.parameters import documented
from cat2vec.tables.encode import EncodedTable
from cat2vec.training.pairs import pair_allowed
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import UNSEEN

#: Mark of the JSON of a report.
REPORT_FORMAT = "cat2vec report"
#: A gain counts when it lies this many standard errors above 0.
ERRORS = 2.0


@dataclass(frozen=True)
class FeatureReport:
    """What the vectors say about one feature, on held-out rows.

    Parameters
    ----------
    feature : str
    n_categories : int
    n_cells : int
        Hidden cells that were scored.
    gain, gain_error : float
        Nats per pair that the feature takes part in, and the standard error over rows.
    signal : bool
        Whether the gain of the feature, or of one of its pairs, is above chance.
    partner : str or None
        The feature with which its gain is most certain, where it has signal.
    mrr, mrr_table, mrr_frequent : float or None
        Mean reciprocal rank of hidden cells: of the vectors, the full PMI table (None without
        training rows), and of the most frequent categories first.
    hits, hits_table, hits_frequent : float or None
        Share of hidden cells that are ranked first.
    temperature : float
        By which evidence of the vectors is multiplied.
    halves, seeds : float or None
        Share of neighbours in common between vectors of two halves of the training rows, and of
        another seed.
    chance : float or None
        Of ``halves`` for neighbours at random.
    n_compared : int
        Categories whose neighbours were compared.
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
class Report:
    """Figures of a model on rows that were not trained on.

    ``print(report)`` writes tables, notebooks show them, ``to_dict``, ``to_json`` and ``to_html``
    give them to others.

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
        On the rows of training, as training found it.
    gain_table : float or None
        Held-out gain of the full PMI table.
    smoothing : float or None
        Of the PMI table, in pairs; see ``PairTable``.
    signal : bool
        Whether there is anything: in the table as a whole, or in one of its features.
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

    @property
    def no_signal(self) -> list[str]:
        """Features that say nothing, and of which nothing is said, beyond chance."""
        return [one.feature for one in self.features if not one.signal]

    @property
    def verdict(self) -> str:
        """What the figures mean, in a sentence or two."""
        return verdict(self)

    def __str__(self) -> str:
        return as_text(self)

    def to_dict(self) -> dict[str, Any]:
        """Give all figures as plain values; what was not measured is None."""
        head = {"format": REPORT_FORMAT, "version": 1}
        return {**head, "verdict": self.verdict, "no_signal": self.no_signal, **asdict(self)}

    def to_json(self) -> str:
        """Write all figures as JSON."""
        return json.dumps(self.to_dict(), indent=1, allow_nan=False)

    def to_html(self, *, full_page: bool = True) -> str:
        """Write a page that needs no other file, or only the part of one inside ``<body>``."""
        return page(self) if full_page else fragment(self)

    def _repr_html_(self) -> str:
        return fragment(self)


@documented
def make_report(
    vectors: Vectors,
    rows: EncodedTable,
    train: EncodedTable | PairCounts | None = None,
    n_jobs: int | None = None,
) -> Report:
    """Measure vectors on rows that were not trained on.

    Parameters
    ----------
    vectors : Vectors
    rows : EncodedTable
        Not trained on, encoded with ``vectors.vocabulary``.
    train : EncodedTable, PairCounts or None
        The rows that were trained on, encoded likewise, or their counts. Only from rows can halves
        be taken; without either there is no PMI table and no curve.
    {n_jobs}

    Returns
    -------
    Report

    Raises
    ------
    NothingToScoreError
        If no row holds two cells with categories of training.

    Examples
    --------
    >>> from cat2vec import encode_table, train_vectors
    >>> known = encode_table({"city": ["Oslo", "Rome"] * 50, "food": ["cod", "pasta"] * 50})
    >>> new = encode_table({"city": ["Rome", "Oslo"] * 9, "food": ["pasta", "cod"] * 9},
    ...                    vocabulary=known.vocabulary)
    >>> report = make_report(train_vectors(known, vector_size=1), new, known)
    >>> report.signal, report.no_signal, report.hits, report.hits_frequent
    (True, [], 1.0, 0.5)
    """
    rows = rows.counted_rows()
    try:
        held_out = count_encoded(rows, n_jobs)
    except NoPairsError:
        raise NothingToScoreError(rows.n_rows) from None
    notes = _notes(vectors, rows, train)
    gains = row_gains(vectors, rows, n_jobs)
    table = gain_table = None
    if train is not None:
        counts = train if isinstance(train, PairCounts) else count_encoded(train, n_jobs)
        allowed = pair_allowed(vectors.vocabulary, vectors.settings.get("exclude_pairs"))
        table = PairTable.of(counts.without(allowed))
    with workers(n_jobs) as crew:
        if table is not None:
            gain_table = table.gain(objective_on(vectors, held_out), crew)
        told = hidden_cells(rows, evidence_of(vectors, rows.feature_of_column), crew)
        by_table = None if table is None else hidden_cells(rows, table, crew)
        guessed = hidden_cells(rows, None, crew)
    if told.n_rows < rows.n_rows:
        notes.append(f"Cells were hidden in {told.n_rows:,} of {rows.n_rows:,} rows, evenly taken.")
    halves, seeds = _stability(vectors, train, n_jobs, notes)
    curve = []
    if train is not None:
        data = counts if vectors.settings["solver"] == "counts" else train
        curve = gain_by_size(vectors, data, held_out, n_jobs)
    features = _features(vectors, gains, (told, by_table, guessed), halves, seeds)
    scored = dict(zip(("", "_table", "_frequent"), (told, by_table, guessed), strict=True))
    signal = bool(gains.whole.above(ERRORS)) or any(one.signal for one in features)
    if halves is not None and not signal:
        notes.append(
            "Without signal neighbours are noise; where they agree all the same, the halves mirror "
            "each other, as those of all combinations do."
        )
    return Report(
        n_rows=rows.total_weight,
        n_train_rows=None if train is None else _n_rows(train),
        vector_size=vectors.vector_size,
        solver=vectors.settings["solver"],
        gain=_plain(gains.whole.value),
        gain_error=_plain(gains.whole.error),
        gain_training=_plain(vectors.gain),
        gain_table=gain_table,
        smoothing=None if table is None else table.smoothing,
        signal=signal,
        **{f"mrr{key}": None if one is None else _mean(one.mrr) for key, one in scored.items()},
        **{f"hits{key}": None if one is None else _mean(one.hits) for key, one in scored.items()},
        n_hidden_rows=told.n_rows,
        features=features,
        curve=tuple(curve),
        size_enough=size_enough(curve) if signal else None,
        notes=tuple(notes),
    )


def _n_rows(data: EncodedTable | PairCounts) -> int | float:
    return data.n_rows if isinstance(data, PairCounts) else data.total_weight


def _notes(
    vectors: Vectors, rows: EncodedTable, train: EncodedTable | PairCounts | None
) -> list[str]:
    notes = []
    unseen = int(rows.cells_with(UNSEEN).sum())
    if unseen:
        notes.append(f"{unseen:,} cells hold categories that training did not see; they are out.")
    if rows.n_rows < 30:
        notes.append(f"With {rows.n_rows} rows, standard errors are rough.")
    ids = rows.token_ids()
    if np.array_equal(np.bincount(ids[ids >= 0]), vectors.vocabulary.counts):
        notes.append(
            "These rows hold every category as often as the rows of training: if they are the same "
            "rows, all figures are too good. Give rows that were not trained on."
        )
    if train is None:
        notes.append(
            "Without training rows there is no PMI table, no stability and no curve of sizes."
        )
        return notes
    expected = vectors.settings.get("n_rows")
    if expected is not None and _n_rows(train) != expected:
        notes.append(
            f"The model was trained on {in_words(expected)} rows, and {in_words(_n_rows(train))} "
            f"were given as training rows: PMI table, stability and curve speak of the latter."
        )
    return notes


def _stability(
    vectors: Vectors,
    train: EncodedTable | PairCounts | None,
    n_jobs: int | None,
    notes: list[str],
) -> tuple[Overlap | None, Overlap | None]:
    """Compare neighbours of two halves, and of two seeds."""
    draws = vectors.settings["solver"] != "counts"
    if not draws:
        notes.append("The solver 'counts' draws nothing: every seed gives the same vectors.")
    if not isinstance(train, EncodedTable):
        if train is not None:
            notes.append("Pair counts cannot be halved, so stability needs the training rows.")
        return None, None
    try:
        halves = overlap(*halves_of(vectors, train, n_jobs), n_jobs)
        if not draws:
            return halves, None
        seed = settings_of(vectors).random_state + 1
        return halves, overlap(vectors, retrained(vectors, train, n_jobs, random_state=seed))
    except Cat2VecError as error:
        notes.append(f"Stability could not be measured: {error}")
        return None, None


def _features(
    vectors: Vectors,
    gains: RowGains,
    scored: tuple[HiddenCells, HiddenCells | None, HiddenCells],
    halves: Overlap | None,
    seeds: Overlap | None,
) -> tuple[FeatureReport, ...]:
    words = vectors.vocabulary
    n = words.n_features
    told, by_table, guessed = scored
    # the more is tested, the more is found by chance: the bound for each is that of Bonferroni
    chance = scipy.stats.norm.sf(ERRORS)
    alone: np.ndarray = gains.of_feature.above(scipy.stats.norm.isf(chance / n))
    of_each_pair = scipy.stats.norm.isf(chance / max(n * (n - 1) // 2, 1))
    paired: np.ndarray = gains.of_pair.above(of_each_pair)
    errors = np.maximum(gains.of_pair.error, RESOLUTION)
    certain = np.nan_to_num(gains.of_pair.value / errors, nan=-1.0)
    certain[~paired & paired.any(axis=1, keepdims=True)] = -np.inf
    partners = certain.argmax(axis=1)

    def number(from_: Any, name: str, place: int) -> float | None:
        return None if from_ is None else _plain(getattr(from_, name)[place])

    found = []
    for place, feature in enumerate(words.features):
        signal = bool(alone[place] or paired[place].any())
        found.append(
            FeatureReport(
                feature=feature,
                n_categories=len(words.categories[place]),
                n_cells=int(told.n_cells[place]),
                gain=_plain(gains.of_feature.value[place]),
                gain_error=_plain(gains.of_feature.error[place]),
                signal=signal,
                partner=words.features[partners[place]] if signal else None,
                mrr=number(told, "mrr", place),
                mrr_table=number(by_table, "mrr", place),
                mrr_frequent=number(guessed, "mrr", place),
                hits=number(told, "hits", place),
                hits_table=number(by_table, "hits", place),
                hits_frequent=number(guessed, "hits", place),
                temperature=float(told.temperature[place]),
                halves=number(halves, "shared", place),
                seeds=number(seeds, "shared", place),
                chance=number(halves, "chance", place),
                n_compared=0 if halves is None else int(halves.n_categories[place]),
            )
        )
    return tuple(found)


def _plain(value: Any) -> float | None:
    """Give a float, or None where it is none."""
    return float(value) if math.isfinite(value) else None


def _mean(values: np.ndarray) -> float | None:
    found = values[np.isfinite(values)]
    return float(found.mean()) if len(found) else None
