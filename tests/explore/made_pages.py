"""Models for pages, and names that would do harm in a page that took them for markup."""

from __future__ import annotations

import numpy as np

from cat2vec import Cat2Vec

HOSTILE = [
    '<img src=x onerror="window.harm=1">',
    "</script><script>window.harm=1</script>",
    "<!--<script>",
    "{{data}} ${window.harm=1}",
    "javascript:window.harm=1",
    "\u202etxet",
    "a\u2028b",
    "&lt;b&gt;",
    "",
    " ",
    "\udc80",
    "'\"`\\",
]
FEATURE = "<b onmouseover=window.harm=1>name</b>"


def planted_table(n_rows=1200, n_kinds=6):
    """Places and dishes of some kinds, with a season that says little."""
    rng = np.random.default_rng(11)
    kind = rng.integers(0, n_kinds, n_rows)
    return {
        "place": [f"place {k}{c}" for k, c in zip(kind, rng.integers(0, 8, n_rows), strict=True)],
        "dish": [f"dish {k}{c}" for k, c in zip(kind, rng.integers(0, 3, n_rows), strict=True)],
        "season": [f"season {s}" for s in rng.integers(0, 4, n_rows)],
    }


def planted_model(**params):
    """A model with standard errors, trained on a planted table."""
    return Cat2Vec(6, regularization="auto", **params).fit(planted_table())


def hostile_model():
    """A model whose feature and categories are hostile."""
    rng = np.random.default_rng(3)
    codes = rng.integers(0, len(HOSTILE), 800)
    return Cat2Vec(3).fit(
        {FEATURE: [HOSTILE[code] for code in codes], "even": [str(code % 3) for code in codes]}
    )
