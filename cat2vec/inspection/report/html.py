"""A report as HTML: a fragment for pages and notebooks, and a page that needs no other file.

Takes a ``Report``. Gives text. All that comes from a table is escaped; nothing is fetched and
nothing runs.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cat2vec.inspection.report.sections import NOTHING, rows_text, sections

if TYPE_CHECKING:
    from cat2vec.inspection.report.report import Report

_STYLE = """
.c2v-report{font:14px/1.45 system-ui,sans-serif;color:#1c2430;background:#fff;max-width:72em;
padding:0 1em}
.c2v-report h2{font-size:1.35em;margin:.6em 0 .2em}
.c2v-report h3{font-size:1.05em;margin:1.6em 0 .2em}
.c2v-report p{margin:.2em 0 .6em;max-width:52em}
.c2v-report .about,.c2v-report .notes{color:#5a6675}
.c2v-report .verdict{border-left:4px solid #2a7d4f;padding:.4em .8em;background:#f1f8f4}
.c2v-report .verdict.none{border-color:#b3541e;background:#fcf4ee}
.c2v-report .wide{overflow-x:auto}
.c2v-report table{border-collapse:collapse;margin:.3em 0;color:inherit}
.c2v-report th,.c2v-report td{padding:.18em .7em .18em 0;text-align:right;
font-variant-numeric:tabular-nums;white-space:nowrap;border-bottom:1px solid #e3e7ec}
.c2v-report th:first-child,.c2v-report td:first-child{text-align:left;max-width:22em;
overflow:hidden;text-overflow:ellipsis}
.c2v-report th{font-weight:600}
.c2v-report td.none{color:#b3541e}
.c2v-report svg text{font:11px system-ui,sans-serif;fill:#5a6675}
"""
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 460, 190, 62, 14, 12, 34


def page(report: Report) -> str:
    """Write a whole page."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>cat2vec report</title>\n</head>\n<body>\n{fragment(report)}\n</body>\n</html>\n"
    )


def fragment(report: Report) -> str:
    """Write the part of a page inside ``<body>``, with its own style."""
    mark = "verdict" if report.signal else "verdict none"
    parts = [
        f'<section class="c2v-report">\n<style>{_STYLE}</style>',
        f'<h2>cat2vec report</h2>\n<p class="about">{escape(rows_text(report))}</p>',
        f'<p class="{mark}">{escape(report.verdict)}</p>',
    ]
    for section in sections(report):
        title = section.title[0].upper() + section.title[1:]
        parts.append(f"<h3>{escape(title)}</h3>\n<p>{escape(section.text)}</p>")
        if section.title == "sizes":
            parts.append(_curve(report))
        parts.append(_table(section.rows))
    if report.notes:
        notes = "".join(f"<li>{escape(note)}</li>" for note in report.notes)
        parts.append(f'<ul class="notes">{notes}</ul>')
    return "\n".join([*parts, "</section>"])


def _table(rows: list[list[str]]) -> str:
    head, *body = rows
    lines = ["".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)]
    for row in body:
        name = f'<td title="{escape(row[0])}">{escape(row[0])}</td>'
        lines.append(name + "".join(_cell(cell) for cell in row[1:]))
    first, *rest = (f"<tr>{line}</tr>" for line in lines)
    return (
        f'<div class="wide"><table>\n<thead>{first}</thead>\n<tbody>\n'
        + "\n".join(rest)
        + "\n</tbody>\n</table></div>"
    )


def _cell(text: str) -> str:
    mark = ' class="none"' if text == NOTHING else ""
    return f"<td{mark}>{escape(text)}</td>"


def _curve(report: Report) -> str:
    """Draw gain by vector size; sizes stand at equal steps, as they double."""
    gains = [gain for _, gain in report.curve]
    low, high = min(0.0, *gains), max(0.0, *gains)
    span = (high - low) or 1.0
    step = (_WIDTH - _LEFT - _RIGHT) / max(len(gains) - 1, 1)

    def place(position: int, gain: float) -> tuple[float, float]:
        return _LEFT + position * step, _TOP + (high - gain) / span * (_HEIGHT - _TOP - _BOTTOM)

    points = [place(position, gain) for position, gain in enumerate(gains)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    zero = place(0, 0.0)[1]
    marks = [
        f'<line x1="{_LEFT}" y1="{zero:.1f}" x2="{_WIDTH - _RIGHT}" y2="{zero:.1f}" '
        f'stroke="#c3cad3"/>',
        f'<polyline points="{line}" fill="none" stroke="#2563a8" stroke-width="2"/>',
    ]
    for (x, y), (size, gain) in zip(points, report.curve, strict=True):
        chosen = size == report.size_enough
        marks.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{6 if chosen else 3.5}" '
            f'fill="{"#2a7d4f" if chosen else "#2563a8"}">'
            f"<title>vector_size {size}: {gain:.4f}</title></circle>"
            f'<text x="{x:.1f}" y="{_HEIGHT - 18}" text-anchor="middle">{size}</text>'
        )
    for gain in sorted({low, 0.0, high}):  # in one order, for the same bytes
        y = place(0, gain)[1] + 4
        marks.append(f'<text x="{_LEFT - 8}" y="{y:.1f}" text-anchor="end">{gain:.4f}</text>')
    marks.append(
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2:.0f}" y="{_HEIGHT - 3}" '
        f'text-anchor="middle">vector_size</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" role="img" '
        f'aria-label="Held-out gain by vector size">{"".join(marks)}</svg>'
    )
