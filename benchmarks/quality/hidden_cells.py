"""Hide each cell of rows that were not trained on, and rank the categories it could have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.harness import TABLES
from benchmarks.quality.methods import METHODS, Found, centred, some_rows
from cat2vec import EncodedTable, encode_table
from cat2vec.counting.encoded import count_encoded
from cat2vec.inspection.quality import held_out_gain

MOST_ROWS = 20_000
#: What the sum over other cells, which counts their evidence several times, is multiplied by; the
#: best one for each feature is found on held-out rows that are not scored.
TEMPERATURES = np.geomspace(0.02, 2.0, 16)


def measured(
    folder: Path,
    methods: Sequence[str],
    size: int,
    most_pairs: float,
    names: Sequence[str] = tuple(TABLES),
) -> Iterator[dict[str, Any]]:
    for name in names:
        train, test, all_rows = split(folder, name, most_pairs)
        rows = train.n_rows + test.n_rows
        record = {"table": name, "vector_size": size, "rows": rows, "all_rows": all_rows}
        test_counts = count_encoded(test)
        for method in ("most frequent", "PMI table", *(m for m in methods if m != "one-hot")):
            evidence, seconds, gains = _evidence(method, train, size, test_counts)
            yield {
                **record, "method": method, "seconds": seconds, **gains,
                **ranked(evidence, train, test),
            }  # fmt: skip


def split(folder: Path, name: str, most_pairs: float) -> tuple[EncodedTable, EncodedTable, int]:
    """Read a table: nine tenths of some of its rows, the others, and the number of all rows."""
    source = TABLES[name]
    frame = pd.read_csv(folder / source.file, na_values=list(source.missing), low_memory=False)
    frame = frame[source.columns(frame.columns)]
    n_rows = min(MOST_ROWS, some_rows(len(frame), frame.shape[1], most_pairs))
    some = frame.sample(n_rows, random_state=0, ignore_index=True)
    cut = n_rows * 9 // 10
    train = encode_table(some[:cut], columns=dict.fromkeys(source.categories, "category"))
    return train, encode_table(some[cut:], vocabulary=train.vocabulary), len(frame)


def _evidence(method: str, train: EncodedTable, size: int, test_counts: Any) -> Any:
    """Give the function (tokens of rows without one cell, feature) -> evidence for categories."""
    vocabulary = train.vocabulary
    if method == "most frequent":
        return lambda tokens, span: np.zeros((len(tokens), span.stop - span.start)), 0.0, {}
    if method == "PMI table":
        counts = count_encoded(train)
        pairs, with_feature = counts.both_ways.tocsc(), counts.with_feature
        shares, feature = vocabulary.shares, vocabulary.feature_of_token

        def of_pairs(tokens: np.ndarray, span: slice) -> np.ndarray:
            # one row of noise beside the pairs, so that a pair never seen is not impossible
            seen = pairs[:, span].toarray() + shares[span]
            expected = (with_feature[:, [feature[span.start]]] + 1) * shares[span]
            table = np.log(np.maximum(seen, 1e-12) / np.maximum(expected, 1e-12))
            return _sums(np.vstack([table, np.zeros(table.shape[1])]), tokens)

        return of_pairs, 0.0, {}
    found = METHODS[method](train, size, 0)
    gains = {}
    if found.model is not None:
        gains["gain"] = float(found.model.gain)
        gains["held_out_gain"] = float(held_out_gain(found.model, test_counts))
    return products(found, train), found.seconds, gains


def products(found: Found, train: EncodedTable) -> Any:
    """Give the evidence of vectors: products of the row's centers, centred, with contexts."""
    center = np.vstack([centred(found.center, train), np.zeros(found.center.shape[1])])
    assert found.context is not None

    def of_vectors(tokens: np.ndarray, span: slice) -> np.ndarray:
        return _sums(center, tokens) @ found.context[span].T.astype(np.float64)

    return of_vectors


def _sums(matrix: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    total = np.zeros((len(tokens), matrix.shape[1]))
    for column in tokens.T:
        total += matrix[column]
    return total


def ranked(evidence: Any, train: EncodedTable, test: EncodedTable) -> dict[str, Any]:
    """Rank the true category of each hidden cell; mean over features."""
    vocabulary, tokens = train.vocabulary, test.token_ids()
    tokens = np.where(tokens >= 0, tokens, -1)
    reciprocal, first = {}, {}
    for place, name in enumerate(vocabulary.features):
        span = vocabulary.tokens_of(name)
        known = tokens[tokens[:, place] >= 0]
        if span.stop - span.start < 2 or len(known) < 20:
            continue
        truth = known[:, place] - span.start
        hidden = known.copy()
        hidden[:, place] = -1
        scores = evidence(hidden, span)
        prior = np.log(np.maximum(vocabulary.shares[span], 1e-12))
        half = len(known) // 2
        best = max(TEMPERATURES, key=lambda t: _likelihood(prior + t * scores[:half], truth[:half]))
        scores, truth = prior + best * scores[half:], truth[half:]
        own = scores[np.arange(len(truth)), truth][:, None]
        above = (scores > own + 1e-9).sum(axis=1)
        equal = (np.abs(scores - own) <= 1e-9).sum(axis=1)
        ranks = above + (equal + 1) / 2
        reciprocal[name] = float((1 / ranks).mean())
        first[name] = float((ranks < 1.5).mean())
    return {
        "MRR": sum(reciprocal.values()) / max(len(reciprocal), 1),
        "hits@1": sum(first.values()) / max(len(first), 1),
        "MRR_of": {name: round(value, 4) for name, value in reciprocal.items()},
    }


def _likelihood(scores: np.ndarray, truth: np.ndarray) -> float:
    top = scores.max(axis=1)
    whole = np.log(np.exp(scores - top[:, None]).sum(axis=1)) + top
    return float((scores[np.arange(len(truth)), truth] - whole).mean())
