"""Measure vectors on rows that were not trained on: where the figures of a ``Report`` come from.

Takes ``Vectors`` with held-out rows, perhaps with training rows. Gives a ``Report``. Each figure is
computed by another module of this folder.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from cat2vec.counting.encoded import count_encoded
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.errors import Cat2VecError, NoPairsError, NothingToScoreError, in_words
from cat2vec.inspection.cells import CellsKept
from cat2vec.inspection.quality import objective_on
from cat2vec.inspection.redundant import redundant_in_words, redundant_pairs
from cat2vec.inspection.report.figures import FeatureReport
from cat2vec.inspection.report.hidden_cells import (
    HiddenCells,
    evidence_of,
    hidden_cells,
    hidden_cells_by_model,
)
from cat2vec.inspection.report.pair_table import PairTable
from cat2vec.inspection.report.report import Report
from cat2vec.inspection.report.row_gains import ERRORS, RESOLUTION, RowGains, row_gains
from cat2vec.inspection.report.stability import (
    Overlap,
    gain_by_size,
    halves_of,
    overlap,
    retrained,
    size_enough,
)
from cat2vec.kernels.threads import Workers, workers
from cat2vec.parameters import documented
from cat2vec.tables.encode import EncodedTable
from cat2vec.training.problem import Problem, settings_from
from cat2vec.training.train import EXACT_LOSS_TOKENS
from cat2vec.vectors.axes import relative_errors
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import UNSEEN

#: Gains of the same rows differ by rounding alone: of float32 logits, added up in another order.
_SAME_GAIN = 1e-5

_MIRRORED = (
    "Without signal, neighbours are noise. Where they agree nevertheless, the two halves mirror "
    "each other, as those of a table of all combinations do."
)


@documented
def make_report(
    vectors: Vectors,
    rows: EncodedTable,
    train: EncodedTable | PairCounts | None = None,
    n_jobs: int | None = None,
    kept: CellsKept | None = None,
) -> Report:
    """Measure vectors on rows that were not trained on.

    Parameters
    ----------
    vectors : Vectors
    rows : EncodedTable
        Not trained on, encoded with ``vectors.vocabulary``.
    train : EncodedTable, PairCounts or None
        The rows that were trained on, encoded likewise, or their counts. Stability needs the rows;
        without either there is no PMI table and no curve of sizes either.
    {n_jobs}
    kept : CellsKept or None
        What the model keeps about cells: hidden ones are then ranked by its probabilities. None
        ranks them by vectors, with one temperature per feature fitted on the rows themselves.

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
        table = PairTable.of(counts.without(Problem.of_vectors(vectors).allowed))
    with workers(n_jobs) as crew:
        if table is not None:
            gain_table = table.gain(objective_on(vectors, held_out), crew)
        by_vectors = _by_model(vectors, rows, kept, crew)
        by_table = None if table is None else hidden_cells(rows, table, crew)
        by_frequency = hidden_cells(rows, None, crew)
    if by_vectors.n_rows < rows.n_rows:
        notes.append(
            f"Cells were hidden in {by_vectors.n_rows:,} of {rows.n_rows:,} rows, evenly spaced."
        )
    halves, seeds = _stability(vectors, train, n_jobs, notes)
    curve = []
    if train is not None:
        data = counts if vectors.settings["solver"] == "counts" else train
        curve = gain_by_size(vectors, data, held_out, n_jobs)
    features = _features(vectors, gains, (by_vectors, by_table, by_frequency), halves, seeds)
    scored = {"": by_vectors, "_table": by_table, "_frequent": by_frequency}
    signal = bool(gains.whole.above(ERRORS)) or any(one.signal for one in features)
    if halves is not None and not signal:
        notes.append(_MIRRORED)
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
        n_hidden_rows=by_vectors.n_rows,
        features=features,
        curve=tuple(curve),
        size_enough=size_enough(curve) if signal else None,
        notes=tuple(notes),
        trained_on=_are_trained_on(vectors, rows, float(gains.whole.value)),
    )


def _are_trained_on(vectors: Vectors, rows: EncodedTable, gain: float) -> bool:
    """Say whether rows are those of training: as many, with as many of each category, and gain."""
    if vectors.settings.get("n_rows") != rows.total_weight:
        return False
    counts = np.concatenate([rows.counted(f) for f in range(vectors.vocabulary.n_features)])
    if not np.allclose(counts, vectors.vocabulary.counts):
        return False
    is_exact = vectors.vocabulary.n_tokens <= EXACT_LOSS_TOKENS
    return not is_exact or abs(gain - vectors.gain) <= _SAME_GAIN * max(1.0, abs(gain))


def _by_model(
    vectors: Vectors, rows: EncodedTable, kept: CellsKept | None, crew: Workers
) -> HiddenCells:
    """Rank hidden cells by the probabilities of the model, or by vectors alone.

    The model of cells does not know the pairs inside a cell, which vectors know.
    """
    if kept is None or vectors.vocabulary.schema.within.any():
        return hidden_cells(rows, evidence_of(vectors, rows.feature_of_column), crew)
    return hidden_cells_by_model(rows, kept.model(vectors, crew), crew)


def _n_rows(data: EncodedTable | PairCounts) -> int | float:
    return data.n_rows if isinstance(data, PairCounts) else data.total_weight


def _notes(
    vectors: Vectors, rows: EncodedTable, train: EncodedTable | PairCounts | None
) -> list[str]:
    notes = []
    unseen = sum(int(block.cells_with(UNSEEN).sum()) for block in rows.blocks())
    if unseen:
        hold = "1 cell holds a category" if unseen == 1 else f"{unseen:,} cells hold categories"
        notes.append(f"{hold} that training did not see; not scored.")
    if rows.n_rows < 30:
        notes.append(f"With {rows.n_rows} rows, standard errors are rough.")
    exclude = vectors.settings.get("exclude_pairs")
    if redundant := redundant_in_words(redundant_pairs(rows, exclude)):
        notes.append(f"{redundant[0].upper()}{redundant[1:]}")
    if uncertain := _uncertain(vectors):
        notes.append(uncertain)
    if train is None:
        notes.append(
            "Without training rows there is no PMI table, no stability and no curve of sizes."
        )
        return notes
    expected = vectors.settings.get("n_rows")
    if expected is not None and _n_rows(train) != expected:
        notes.append(
            f"The model was trained on {in_words(expected)} rows, and {in_words(_n_rows(train))} "
            f"were given as training rows: PMI table, stability and curve are those of the latter."
        )
    return notes


def _uncertain(vectors: Vectors) -> str:
    """Write how many categories have vectors that say little, by standard error; or nothing."""
    if vectors.standard_error is None:
        return ""
    vocabulary, matrix = vectors.vocabulary_and_matrix()
    errors = vectors.vocabulary.by_vector(vectors.standard_error)
    weak = relative_errors(matrix, errors) > 1.0
    if not weak.any():
        return ""
    per_feature = np.bincount(vocabulary.feature_of_token[weak], minlength=vocabulary.n_features)
    most = vocabulary.features[int(per_feature.argmax())]
    return (
        f"{int(weak.sum()):,} of {vocabulary.n_tokens:,} categories have standard errors above the "
        f"lengths of their vectors, so their neighbours say little; {int(per_feature.max()):,} of "
        f"them are of {most!r}."
    )


def _stability(
    vectors: Vectors,
    train: EncodedTable | PairCounts | None,
    n_jobs: int | None,
    notes: list[str],
) -> tuple[Overlap | None, Overlap | None]:
    """Compare neighbours of two halves, and of two seeds."""
    seed_matters = vectors.settings["solver"] != "counts"
    if not seed_matters:
        notes.append(
            "The solver 'counts' draws no random numbers: every seed gives the same vectors."
        )
    if not isinstance(train, EncodedTable):
        if train is not None:
            notes.append("Pair counts cannot be halved, so stability needs the training rows.")
        return None, None
    try:
        halves = overlap(*halves_of(vectors, train, n_jobs), n_jobs)
        if not seed_matters:
            return halves, None
        seed = settings_from(vectors.settings).random_state + 1
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
    vocabulary = vectors.vocabulary
    n = vocabulary.n_features
    by_vectors, by_table, by_frequency = scored
    # many are tested, of which some would pass by chance: the bound for each is that of Bonferroni
    chance = ndtr(-ERRORS)
    alone: np.ndarray = gains.of_feature.above(-ndtri(chance / n))
    n_pairs = n * (n - 1) // 2 + int(vocabulary.schema.within.sum())
    of_each_pair = -ndtri(chance / max(n_pairs, 1))
    paired: np.ndarray = gains.of_pair.above(of_each_pair)
    errors = np.maximum(gains.of_pair.error, RESOLUTION)
    certain = np.nan_to_num(gains.of_pair.value / errors, nan=-1.0)
    partners = certain.argmax(axis=1)

    def number(from_: Any, name: str, place: int) -> float | None:
        return None if from_ is None else _plain(getattr(from_, name)[place])

    found = []
    for place, feature in enumerate(vocabulary.features):
        signal = bool(alone[place] or paired[place].any())
        found.append(
            FeatureReport(
                feature=feature,
                n_categories=len(vocabulary.categories[place]),
                n_cells=int(by_vectors.n_cells[place]),
                gain=_plain(gains.of_feature.value[place]),
                gain_error=_plain(gains.of_feature.error[place]),
                signal=signal,
                partner=vocabulary.features[partners[place]] if signal else None,
                mrr=number(by_vectors, "mrr", place),
                mrr_table=number(by_table, "mrr", place),
                mrr_frequent=number(by_frequency, "mrr", place),
                hits=number(by_vectors, "hits", place),
                hits_table=number(by_table, "hits", place),
                hits_frequent=number(by_frequency, "hits", place),
                temperature=float(by_vectors.temperature[place]),
                halves=number(halves, "shared", place),
                seeds=number(seeds, "shared", place),
                chance=number(halves, "chance", place),
                n_compared=0 if halves is None else int(halves.n_compared[place]),
            )
        )
    return tuple(found)


def _plain(value: Any) -> float | None:
    """Give a float, or None for NaN and infinity."""
    return float(value) if math.isfinite(value) else None


def _mean(values: np.ndarray) -> float | None:
    found = values[np.isfinite(values)]
    return float(found.mean()) if len(found) else None
