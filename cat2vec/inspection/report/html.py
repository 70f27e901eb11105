"""Sections of text, tables and a curve as HTML: a fragment for notebooks, and a page of its own.

Takes plain values: strings, lists and pairs of numbers. Gives text. All of it is escaped; nothing
is fetched and nothing runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from string import Template

_PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
</head>
<body>
$body
</body>
</html>
""")
_STYLE = """
.c2v-report{font:14px/1.45 system-ui,sans-serif;color:#1c2430;background:#fff;max-width:72em;
padding:0 1em}
.c2v-report h2{font-size:1.35em;margin:.6em 0 .2em}
.c2v-report h3{font-size:1.05em;margin:1.6em 0 .2em}
.c2v-report p{margin:.2em 0 .6em;max-width:52em}
.c2v-report .about,.c2v-report .notes{color:#5a6675}
.c2v-report .verdict{border-left:4px solid #2a7d4f;padding:.4em .8em;background:#f1f8f4}
.c2v-report .verdict.no-signal{border-color:#b3541e;background:#fcf4ee}
.c2v-report .wide{overflow-x:auto}
.c2v-report table{border:0;border-collapse:collapse;margin:.3em 0;color:inherit}
.c2v-report table tr{background:none!important}
.c2v-report th,.c2v-report td{padding:.18em .7em .18em 0;text-align:right;
font-variant-numeric:tabular-nums;white-space:nowrap;border-bottom:1px solid #e3e7ec}
.c2v-report th:first-child,.c2v-report td:first-child{text-align:left;min-width:8em;
max-width:22em;white-space:normal;overflow-wrap:anywhere}
.c2v-report th{font-weight:600}
.c2v-report svg text{font:11px system-ui,sans-serif;fill:#5a6675}
"""
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 460, 190, 62, 14, 12, 34


def page(title: str, body: str) -> str:
    """Write a whole page around a fragment, which is taken as it is."""
    return _PAGE.substitute(title=escape(title), body=body)


def fragment(title: str, about: str, verdict: str, *sections: str, signal: bool) -> str:
    """Write the part of a page inside ``<body>``, with its own style.

    Parameters
    ----------
    title, about, verdict : str
    *sections : str
        HTML of ``section`` and ``notes``.
    signal : bool
        Whether the verdict is a good one.
    """
    mark = "verdict" if signal else "verdict no-signal"
    head = (
        f'<section class="c2v-report">\n<style>{_STYLE}</style>\n'
        f'<h2>{escape(title)}</h2>\n<p class="about">{escape(about)}</p>\n'
        f'<p class="{mark}">{escape(verdict)}</p>'
    )
    return "\n".join([head, *sections, "</section>"])


def section(
    title: str,
    text: str,
    rows: Sequence[Sequence[str]],
    points: Sequence[tuple[int, float]] = (),
    marked: int | None = None,
) -> str:
    """Write a heading, a paragraph, perhaps a curve, and a table whose first row is its head.

    Parameters
    ----------
    title, text : str
    rows : sequence of sequence of str
    points : sequence of (int, float)
        Sizes and gains of the curve; none without points.
    marked : int or None
        The size that is marked in it.

    Examples
    --------
    >>> "<td>a &lt; b</td>" in section("Sizes", "Of all.", [["name"], ["a < b"]])
    True
    """
    import pandas as pd

    head, *body = rows
    table = pd.DataFrame(body, columns=list(head), dtype=object)
    with pd.option_context("display.max_colwidth", None):  # which would cut long names
        cells = table.to_html(index=False, escape=True, border=0, justify="right")
    drawn = _curve(points, marked) if points else ""
    return (
        f'<h3>{escape(title)}</h3>\n<p>{escape(text)}</p>\n{drawn}<div class="wide">{cells}</div>'
    )


def notes(texts: Sequence[str]) -> str:
    """Write a list of remarks."""
    return f'<ul class="notes">{"".join(f"<li>{escape(text)}</li>" for text in texts)}</ul>'


def _curve(points: Sequence[tuple[int, float]], marked: int | None) -> str:
    """Draw gain by vector size as SVG; sizes stand at equal steps, as they double."""
    gains = [gain for _, gain in points]
    low, high = min(0.0, *gains), max(0.0, *gains)
    span = (high - low) or 1.0
    step = (_WIDTH - _LEFT - _RIGHT) / max(len(gains) - 1, 1)

    def place(position: int, gain: float) -> tuple[float, float]:
        return _LEFT + position * step, _TOP + (high - gain) / span * (_HEIGHT - _TOP - _BOTTOM)

    places = [place(position, gain) for position, gain in enumerate(gains)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    zero = place(0, 0.0)[1]
    marks = [
        f'<line x1="{_LEFT}" y1="{zero:.1f}" x2="{_WIDTH - _RIGHT}" y2="{zero:.1f}" '
        f'stroke="#c3cad3"/>',
        f'<polyline points="{line}" fill="none" stroke="#2563a8" stroke-width="2"/>',
    ]
    for (x, y), (size, gain) in zip(places, points, strict=True):
        marks.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{6 if size == marked else 3.5}" '
            f'fill="{"#2a7d4f" if size == marked else "#2563a8"}">'
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
