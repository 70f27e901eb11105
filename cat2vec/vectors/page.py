"""Vectors as a part of an HTML page, for notebooks: gain, features, and a small map of one of them.

Takes ``Vectors``. Gives text. All of it is escaped; nothing is fetched and nothing runs.
"""

from __future__ import annotations

import math
from html import escape
from itertools import pairwise
from typing import Any

import numpy as np

from cat2vec.errors import in_words
from cat2vec.vectors.axes import best_numbers
from cat2vec.vectors.labels import Room, label_text
from cat2vec.vocabulary.vocabulary import Vocabulary

#: The map and its edge, a letter and a line, in pixels.
_WIDTH, _HEIGHT, _EDGE, _LETTER, _LINE = 460, 320, 16, 6.2, 12.0
#: Categories in the map, features in the table, and categories of each there.
_IN_MAP, _FEATURES, _CATEGORIES = 300, 40, 3
_STYLE = """
.c2v-vectors{font:13px/1.4 system-ui,sans-serif;display:flex;flex-wrap:wrap;gap:0 2em}
.c2v-vectors p{margin:.2em 0 .6em;max-width:40em}
.c2v-vectors td,.c2v-vectors th{text-align:left;padding:.1em .8em .1em 0}
.c2v-vectors text{font:10px system-ui,sans-serif;fill:currentColor}
"""


def page_of(vectors: Any) -> str:
    """Write what notebooks show of vectors.

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Rome & Pisa"] * 9, "food": ["cod", "pasta"] * 9}
    >>> page = page_of(train_vectors(count_pairs(table), vector_size=2))
    >>> "Rome &amp; Pisa" in page, page.count("<circle")
    (True, 2)
    """
    vocabulary, matrix = vectors.vocabulary_and_matrix()
    about = (
        f"{vocabulary.n_tokens:,} vectors of {vocabulary.n_features:,} features, vector_size "
        f"{vectors.vector_size}, solver {vectors.settings.get('solver')}"
    )
    if math.isfinite(vectors.gain):
        about += (
            f". Gain {vectors.gain:.4f} nats per pair on the rows of training; on other rows it is "
            f"less, see report"
        )
    drawn = int(np.diff(vocabulary.offsets).argmax())
    return (
        f'<div class="c2v-vectors"><style>{_STYLE}</style><div><p>{escape(about)}.</p>'
        f"{_table(vocabulary)}</div><div>{_map(vocabulary, matrix, drawn)}</div></div>"
    )


def _table(vocabulary: Vocabulary) -> str:
    """Write a line for each feature: its categories, their number, and the most frequent."""
    rows = []
    for feature, (start, stop) in enumerate(pairwise(vocabulary.offsets[: _FEATURES + 1].tolist())):
        counts = vocabulary.counts[start:stop]
        usual = np.argsort(-counts, kind="stable")[:_CATEGORIES]
        shown = ", ".join(
            f"{label_text(vocabulary.categories[feature][place])} "
            f"({in_words(counts[place].item())})"
            for place in usual
        )
        cells = (label_text(vocabulary.features[feature]), f"{stop - start:,}", shown)
        rows.append("".join(f"<td>{escape(cell)}</td>" for cell in cells))
    if vocabulary.n_features > _FEATURES:
        rows.append(f"<td>and {vocabulary.n_features - _FEATURES:,} more</td>")
    head = "<th>feature</th><th>categories</th><th>most frequent (rows)</th>"
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in [head, *rows])}</table>"


def _map(vocabulary: Vocabulary, matrix: np.ndarray, feature: int) -> str:
    """Draw the most frequent categories of a feature by its two best numbers, as SVG."""
    start, stop = vocabulary.offsets[feature : feature + 2].tolist()
    shown = np.argsort(-vocabulary.counts[start:stop], kind="stable")[:_IN_MAP]
    own = matrix[start:stop][shown].astype(np.float64)
    if not own.any():
        return ""
    numbers = best_numbers(own, vocabulary.shares[start:stop][shown], 2)(own).astype(np.float64)
    low, high = numbers.min(axis=0), numbers.max(axis=0)
    inside = np.array([_WIDTH, _HEIGHT]) - 2.0 * _EDGE
    span = np.maximum(high - low, 1e-12)
    scale = float((inside / span).min())
    places = np.array([_WIDTH, _HEIGHT]) / 2 + (numbers - (low + high) / 2) * scale
    texts = [label_text(category, 24) for category in vocabulary.categories[feature][shown]]
    room = Room((0, 0, _WIDTH, _HEIGHT), np.hstack([places - 3, places + 3]))
    marks = []
    for (x, y), text in zip(places.tolist(), texts, strict=True):
        marks.append(
            f'<circle cx="{x:.1f}" cy="{_HEIGHT - y:.1f}" r="3" fill="#0072B2">'
            f"<title>{escape(text)}</title></circle>"
        )
        corner = room.place((x, y), (_LETTER * len(text), _LINE), 4)
        if corner is not None:
            marks.append(
                f'<text x="{corner[0]:.1f}" y="{_HEIGHT - corner[1] - 3:.1f}">{escape(text)}</text>'
            )
    name = escape(label_text(vocabulary.features[feature]))
    more = "" if len(shown) == stop - start else f" ({len(shown):,} most frequent)"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="Map of {name}">'
        f"{''.join(marks)}</svg><p>{name} by its two best numbers{more}</p>"
    )
