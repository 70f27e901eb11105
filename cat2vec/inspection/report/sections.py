"""A report as text: a verdict, and sections of sentences and tables for terminals and pages.

Takes ``Figures``. Gives strings. Measures nothing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from cat2vec.errors import in_words, listed
from cat2vec.inspection.report.figures import FeatureReport, Figures
from cat2vec.inspection.report.row_gains import ERRORS
from cat2vec.inspection.report.stability import ENOUGH, LEAST_ROWS, MOST_COMPARED, N_NEIGHBOURS

_WIDEST_NAME = 28
#: What stands at the top where the rows are those of training.
TRAINED_ON = (
    "These are the rows that the vectors were trained on, so all figures are too good. Give rows "
    "that were not trained on."
)


class Section(NamedTuple):
    """A heading, a paragraph and a table of text: its head first, its names in the first column.

    Where there are points, pairs of vector size and gain, they are for a curve with one size
    marked.
    """

    title: str
    text: str
    rows: list[list[str]]
    points: Sequence[tuple[int, float]] = ()
    marked: int | None = None


def verdict(report: Figures) -> str:
    """Sum a report up in a sentence or two, behind a warning if the rows were trained on."""
    if report.trained_on:
        return f"{TRAINED_ON} {_verdict(report)}"
    return _verdict(report)


def _verdict(report: Figures) -> str:
    silent = report.no_signal
    rows = "these rows" if report.trained_on else "rows that were not trained on"
    gain = with_error(report.gain, report.gain_error)
    if report.gain_error is None:
        return (
            f"Too few rows to tell whether there is signal: the gain of one row has no standard "
            f"error (gain {gain} nats per pair). Measure on more of them."
        )
    if not report.signal:
        return (
            f"No signal: on {rows}, the vectors predict no better than independent columns do, or "
            f"not by more than chance (gain {gain} nats per pair). There is nothing to learn from "
            f"this table, too few rows to learn it from, or too few of these rows to tell."
        )
    whole = f"The vectors predict better than independent columns do: gain {gain} nats per pair."
    if report.gain is not None and report.gain <= ERRORS * (report.gain_error or 0.0):
        names = [one.feature for one in report.features if one.signal]
        whole = (
            f"As a whole the vectors predict no better than independent columns do (gain {gain} "
            f"nats per pair), but there is signal in {listed(names, 12)}."
        )
    if not silent:
        return f"{whole} Every feature has signal."
    if len(silent) == len(report.features):
        return f"{whole} But no single feature has signal beyond chance."
    return (
        f"{whole} No signal in {len(silent)} of {len(report.features)} features: "
        f"{listed(silent, 12)}."
    )


def with_error(value: float | None, error: float | None) -> str:
    """Write a gain and two standard errors, ``ERRORS``, which it must exceed to count.

    Examples
    --------
    >>> with_error(0.05, 0.001), with_error(None, None)
    ('0.0500 ± 0.0020', '-')
    """
    if value is None:
        return "-"
    return f"{_number(value, 4)} ± {_number(None if error is None else ERRORS * error, 4)}"


def sections(report: Figures) -> list[Section]:
    """Write a report as sections, without the verdict."""
    found = [_gains(report), _features(report.features), _cells(report)]
    if any(one.halves is not None or one.seeds is not None for one in report.features):
        found.append(_neighbours(report))
    if report.curve:
        found.append(_sizes(report))
    return found


def rows_text(report: Figures) -> str:
    """Say what was scored and on what."""
    trained = "" if report.n_train_rows is None else f", {in_words(report.n_train_rows)} trained on"
    rows = "rows of training" if report.trained_on else "held-out rows"
    return (
        f"{in_words(report.n_rows)} {rows}{trained}; solver {report.solver}, vector_size "
        f"{report.vector_size}"
    )


def _gains(report: Figures) -> Section:
    which = "these rows" if report.trained_on else "held-out rows"
    rows = [
        ["", "gain, nats per pair"],
        [f"vectors, {which}", with_error(report.gain, report.gain_error)],
        ["vectors, training rows", _number(report.gain_training, 4)],
        ["independence", "0"],
    ]
    text = "How much better pairs are predicted than by independent columns; ± two standard errors."
    if report.gain_table is not None:
        rows.insert(3, [f"full PMI table, {which}", _number(report.gain_table, 4)])
        text += (
            f" The full PMI table holds a number for every pair of categories; it is smoothed by "
            f"{report.smoothing:,.0f} pairs, the best value on the training rows."
        )
    return Section("Gain", text, rows)


def _features(features: tuple[FeatureReport, ...]) -> Section:
    rows = [["feature", "categories", "gain", "signal", "partner"]]
    rows += [
        [
            one.feature,
            f"{one.n_categories:,}",
            with_error(one.gain, one.gain_error),
            "yes" if one.signal else "no",
            one.partner or "",
        ]
        for one in features
    ]
    text = (
        "Gain of the pairs in which a feature takes part. There is signal if the gain of the "
        "feature, or of one of its pairs, is above chance; the partner is the feature with which "
        "the gain is most certain."
    )
    return Section("Features", text, rows)


def _cells(report: Figures) -> Section:
    has_table = report.mrr_table is not None
    head = ["feature", "cells", "MRR model", "PMI table", "frequent"]
    head += ["hits@1 model", "PMI table", "frequent", "temperature"]
    rows = [head]
    for one in report.features:
        shown = [one.mrr, one.mrr_table, one.mrr_frequent, one.hits, one.hits_table]
        shown += [one.hits_frequent, one.temperature]
        rows.append([one.feature, f"{one.n_cells:,}", *(_number(value, 3) for value in shown)])
    shown = [report.mrr, report.mrr_table, report.mrr_frequent, report.hits, report.hits_table]
    shown += [report.hits_frequent]
    rows.append(["mean of features", "", *(_number(value, 3) for value in shown), ""])
    if not has_table:
        rows = [[cell for place, cell in enumerate(row) if place not in (3, 6)] for row in rows]
    text = (
        f"Each cell of {report.n_hidden_rows:,} rows is hidden in turn, and the categories of its "
        f"feature are ranked by the other cells of the row: mean reciprocal rank (MRR) of the "
        f"right one, and share of cells in which it is ranked first (hits@1). For comparison, "
        f"categories are ranked {'by the full PMI table and ' if has_table else ''}by frequency "
        f"alone. What other cells say is multiplied by the temperature, on average over them."
    )
    return Section("Hidden cells", text, rows)


def _neighbours(report: Figures) -> Section:
    seeds = any(one.seeds is not None for one in report.features)
    rows = [["feature", "compared", "two halves", "by chance", *(["two seeds"] if seeds else [])]]
    for one in report.features:
        shown = [one.halves, one.chance, *([one.seeds] if seeds else [])]
        rows.append([one.feature, f"{one.n_compared:,}", *(_number(value, 2) for value in shown)])
    text = (
        f"Share of nearest neighbours that vectors of two halves of the training rows"
        f"{', and vectors of two seeds,' if seeds else ''} have in common, and what it would be by "
        f"chance. {N_NEIGHBOURS} neighbours are compared, or half of the other categories where "
        f"these are fewer than {2 * N_NEIGHBOURS}; categories with fewer than {LEAST_ROWS} rows "
        f"are left out, and of more than {MOST_COMPARED:,} so many are asked, evenly spaced."
    )
    return Section("Stability of neighbours", text, rows)


def _sizes(report: Figures) -> Section:
    best = max(gain for _, gain in report.curve)
    rows = [["vector_size", "held-out gain", "of the best"]]
    rows += [
        [f"{size:,}", _number(gain, 4), f"{gain / best:.1%}" if report.size_enough else "-"]
        for size, gain in report.curve
    ]
    if report.size_enough is None:
        text = "No size gains anything beyond chance."
    elif report.size_enough == report.vector_size:
        text = (
            f"Only vector_size {report.size_enough}, the largest tried, keeps {ENOUGH:.0%} of the "
            f"best gain; a larger one may gain more."
        )
    else:
        text = (
            f"vector_size {report.size_enough} is enough: it keeps {ENOUGH:.0%} of the best gain."
        )
    return Section("Sizes", text, rows, report.curve, report.size_enough)


def _number(value: float | None, digits: int) -> str:
    # adding 0 turns a rounded -0 into 0
    return "-" if value is None else f"{round(value, digits) + 0.0:.{digits}f}"


def as_text(report: Figures) -> str:
    """Write a report for a terminal."""
    lines = [rows_text(report), "", *_wrapped(verdict(report))]
    for section in sections(report):
        lines += ["", section.title.upper(), *_wrapped(section.text), *_table(section.rows)]
    if report.notes:
        lines += ["", "NOTES", *(line for note in report.notes for line in _wrapped(note))]
    return "\n".join(lines)


def _wrapped(text: str, width: int = 100) -> list[str]:
    return textwrap.wrap(text, width)


def _table(rows: list[list[str]]) -> list[str]:
    """Put cells under each other: the first column to the left, numbers to the right."""
    rows = [[_short(row[0]), *(_short(cell) for cell in row[1:])] for row in rows]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])],
        ).rstrip()
        for row in rows
    ]


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _WIDEST_NAME + 4 else f"{text[: _WIDEST_NAME + 1]}..."
