"""What a page holds: texts and numbers of a model as JSON values, arrays as base64.

Takes ``Vectors``, and perhaps associations and a ``Report``. Gives a dict. Knows nothing of HTML.
Categories stand in order of token id, features that share vectors as one.
"""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec.errors import in_words
from cat2vec.inspection.contributions import ContributionModel
from cat2vec.inspection.maps import cluster_of_each, places_of
from cat2vec.inspection.report import Report
from cat2vec.inspection.report.sections import rows_text, sections
from cat2vec.vectors.axes import relative_errors
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import Vocabulary, category_text

if TYPE_CHECKING:
    import pandas as pd

#: Mark and version of the data, which the script of the page checks.
FORMAT, VERSION = "cat2vec explore", 1
#: Numbers that the matrices of contributions may hold: 8 MB in the page.
_MOST_OF_CONTRIBUTIONS = 1 << 20


def page_data(
    vectors: Vectors,
    max_categories: int,
    associated: pd.DataFrame | str,
    report: Report | None = None,
) -> dict[str, Any]:
    """Gather what a page shows.

    Parameters
    ----------
    vectors : Vectors
    max_categories : int
        How many categories the page shows, at most, and at least one for each feature.
    associated : DataFrame or str
        From ``associations``, or why there are none.
    report : Report or None

    Returns
    -------
    dict
        JSON values.
    """
    vocabulary, matrix = vectors.vocabulary_and_matrix()
    tokens = shown_tokens(vocabulary, max_categories)
    places = places_of(vectors)
    arrays = {
        "matrix": matrix[tokens],
        "inside": places.inside[tokens],
        "together": places.together[tokens],
    }
    if vectors.standard_error is not None:
        errors = vectors.vocabulary.by_vector(vectors.standard_error)
        shares = relative_errors(matrix[tokens], errors[tokens])
        arrays["relative_error"] = np.where(np.isfinite(shares), shares, -1.0)
    n_features, size = vocabulary.n_features, vectors.vector_size
    heard = None
    if n_features * size**2 <= _MOST_OF_CONTRIBUTIONS:
        model = ContributionModel.of(vectors)
        heard = model.heard.astype(int).tolist()
        arrays["moments"] = model.moments
        arrays["inverses"] = model.inverses
        arrays["to_eigenvectors"] = model.to_eigenvectors
    return {
        "format": FORMAT,
        "version": VERSION,
        "about": _about(vectors, vocabulary),
        "note": _note(vocabulary, tokens),
        "size": size,
        "features": _features(vocabulary, tokens, matrix, places.kept),
        "kept_together": float(places.kept[-1]),
        "categories": [category_text(vocabulary.token(token).category) for token in tokens],
        "rows": vocabulary.counts[tokens].tolist(),
        "clusters": cluster_of_each(vectors)[tokens].tolist(),
        "heard": heard,
        "arrays": {name: _encoded(array) for name, array in arrays.items()},
        "associations": _associations(associated),
        "report": None if report is None else _report(report),
    }


def shown_tokens(vocabulary: Vocabulary, most: int) -> np.ndarray:
    """Choose which tokens are shown: all, or the most frequent of each feature.

    Features with few categories keep all of theirs; larger ones are cut to one common size.

    Parameters
    ----------
    vocabulary : Vocabulary
    most : int
        How many may be shown; at least one of each feature is.

    Returns
    -------
    ndarray of shape (n_shown,), int64
        Token ids, ascending.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> table = {"city": ["Oslo", "Oslo", "Rome", "Pisa"], "open": [True, False, True, True]}
    >>> shown_tokens(encode_table(table).vocabulary, 4).tolist()
    [0, 1, 3, 4]
    """
    sizes = np.diff(vocabulary.offsets)
    if sizes.sum() <= most:
        return np.arange(vocabulary.n_tokens)
    room, largest = most, 1
    for place, size in enumerate(np.sort(sizes).tolist()):
        largest = max(1, room // (len(sizes) - place))
        if size > largest:
            break
        room -= size
    kept = []
    for start, stop in zip(vocabulary.offsets[:-1], vocabulary.offsets[1:], strict=True):
        order = np.argsort(-vocabulary.counts[start:stop], kind="stable")
        kept.append(start + np.sort(order[:largest]))
    return np.concatenate(kept)


def _about(vectors: Vectors, vocabulary: Vocabulary) -> list[list[str]]:
    """Describe the training: pairs of a name and a value."""
    settings = vectors.settings
    lines = [
        ["categories", f"{vocabulary.n_tokens:,}"],
        ["features", f"{vocabulary.n_features:,}"],
        ["numbers per category", str(vectors.vector_size)],
        ["solver", str(settings.get("solver"))],
    ]
    if "n_rows" in settings:
        lines.insert(0, ["rows of training", in_words(settings["n_rows"])])
    if math.isfinite(vectors.gain):
        lines.append(["gain on the rows of training", f"{vectors.gain:.4f} nats per pair"])
    return lines


def _note(vocabulary: Vocabulary, tokens: np.ndarray) -> str | None:
    """Say that the page shows a sample, if it does."""
    if len(tokens) == vocabulary.n_tokens:
        return None
    return (
        f"This page shows {len(tokens):,} of {vocabulary.n_tokens:,} categories: the most frequent "
        f"of each feature. Neighbours are looked for among these."
    )


def _features(
    vocabulary: Vocabulary, tokens: np.ndarray, matrix: np.ndarray, kept: np.ndarray
) -> list[dict[str, Any]]:
    shown = np.bincount(vocabulary.feature_of_token[tokens], minlength=vocabulary.n_features)
    largest = vocabulary.sum_by_feature(np.abs(matrix).max(axis=1, initial=0.0)[:, None])[:, 0]
    return [
        {
            "name": name,
            "n": int(shown[place]),
            "n_categories": int(np.diff(vocabulary.offsets)[place]),
            "kept": float(kept[place]),
            "silent": bool(largest[place] == 0.0),
        }
        for place, name in enumerate(vocabulary.features)
    ]


def _associations(found: pd.DataFrame | str) -> dict[str, Any]:
    if isinstance(found, str):
        return {"why_not": found, "rows": []}
    columns = ["feature", "other", "share", "bits", "cramers_v", "chance", "rows"]
    rows = [
        [None if isinstance(cell, float) and not math.isfinite(cell) else cell for cell in row]
        for row in found[columns].values.tolist()
    ]
    return {"why_not": None, "rows": rows}


def _report(report: Report) -> dict[str, Any]:
    return {
        "verdict": report.verdict,
        "about": rows_text(report),
        "sections": [
            {"title": one.title, "text": one.text, "rows": one.rows} for one in sections(report)
        ],
        "notes": list(report.notes),
    }


def _encoded(array: np.ndarray) -> str:
    """Write float32 numbers, little-endian and row by row, as base64."""
    return base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode("ascii")
