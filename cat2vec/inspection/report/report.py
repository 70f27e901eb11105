"""``Report``: how good the vectors of a table are on rows that were not trained on.

Holds the figures that ``make_report`` measures. Prints them, and writes them as JSON and HTML.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any

from cat2vec.inspection.report.figures import FeatureReport, Figures
from cat2vec.inspection.report.html import fragment, notes, page, section
from cat2vec.inspection.report.sections import as_text, rows_text, sections, verdict

#: Mark of the JSON of a report.
REPORT_FORMAT = "cat2vec report"


class Report(Figures):
    """Figures of a model on rows that were not trained on; see ``Figures``.

    ``print(report)`` writes tables, as ``repr`` does, and notebooks show them; ``to_dict``,
    ``to_json`` and ``to_html`` give them to others.
    """

    @property
    def verdict(self) -> str:
        """What the figures mean, in a sentence or two."""
        return verdict(self)

    def __str__(self) -> str:
        return as_text(self)

    __repr__ = __str__

    def to_dict(self) -> dict[str, Any]:
        """Give all figures as plain values; what was not measured is None."""
        head = {"format": REPORT_FORMAT, "version": 1}
        return {**head, "verdict": self.verdict, "no_signal": self.no_signal, **asdict(self)}

    def to_json(self) -> str:
        """Write all figures as JSON."""
        return json.dumps(self.to_dict(), indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Report:
        """Read what ``to_json`` wrote.

        Raises
        ------
        ValueError
            If the text is something else.
        """
        plain = json.loads(text)
        if not isinstance(plain, dict) or plain.get("format") != REPORT_FORMAT:
            raise ValueError("it is something else")
        given: dict[str, Any] = {field.name: plain.get(field.name) for field in fields(Figures)}
        try:
            given["features"] = tuple(FeatureReport(**one) for one in plain["features"])
            given["curve"] = tuple((int(size), float(gain)) for size, gain in plain["curve"])
            given["notes"] = tuple(map(str, plain["notes"]))
            return cls(**given)
        except (KeyError, TypeError) as error:
            raise ValueError(f"a figure is missing or unknown: {error}") from None

    def to_html(self, *, full_page: bool = True) -> str:
        """Write a page that needs no other file, or only the part of one inside ``<body>``."""
        written = [section(*one) for one in sections(self)]
        if self.notes:
            written.append(notes(self.notes))
        title = "cat2vec report"
        body = fragment(title, rows_text(self), self.verdict, *written, signal=self.signal)
        return page(title, body) if full_page else body

    def _repr_html_(self) -> str:
        return self.to_html(full_page=False)
