"""Arguments of the kernels of cells, from a made table with gaps and cells of several values."""

from __future__ import annotations

import numpy as np

from cat2vec import encode_table
from cat2vec.counting.encoded import count_encoded
from cat2vec.inspection.cells.model import coded, columns_from
from cat2vec.inspection.cells.pair_evidence import SMOOTHINGS, PairEvidence
from cat2vec.kernels.threads import workers
from tests.made_tables import planted

_N_ROWS = 14


def _made(rng):
    """Give rows, the evidence of their counts with offsets, and the counts."""
    table = planted(rng, n_rows=200, n_features=4)
    table["f0"] = [None if rng.random() < 0.2 else cell for cell in table["f0"]]
    more = rng.permutation(table["f1"]).tolist()
    table["f1"] = [[a, b][: rng.integers(3)] for a, b in zip(table["f1"], more, strict=True)]
    rows = encode_table(table)
    counts = count_encoded(rows, 1)
    with workers(1) as crew:
        evidence = PairEvidence.of(counts, crew)
    evidence.offset[:] = rng.normal(size=len(evidence.offset)) / 10
    return rows, evidence, counts


def _cells(rng):
    """Give the arguments that most kernels share, and the evidence."""
    rows, evidence, _ = _made(rng)
    ids = coded(rows)[:_N_ROWS]
    ids[3, 0] = -2
    shared = {
        "ids": ids,
        "own": np.arange(len(ids)) % 2 == 0,
        "first": columns_from(rows),
    }
    pairs = {name: getattr(evidence, name) for name in ("starts", "indices", "evidence", "without")}
    return shared, pairs, evidence


def laid_out_arguments(rng):
    shared, pairs, evidence = _cells(rng)
    start, stop = evidence.vocabulary.offsets[1:3].tolist()
    heard = np.array([0, 2, 3])
    out = np.zeros((len(heard), _N_ROWS, stop - start))
    return {**shared, "heard": heard, "g": 1, "start": start, **pairs, "out": out}


def scored_arguments(rng):
    shared, pairs, evidence = _cells(rng)
    start, stop = evidence.vocabulary.offsets[1:3].tolist()
    return {
        **shared,
        "heard": np.array([0, 2, 3]),
        "temperature": rng.random(3),
        "g": 1,
        "start": start,
        "offset": evidence.offset,
        "log_share": evidence.log_share,
        "log_share_without": evidence.log_share_without,
        **pairs,
        "out": np.zeros((_N_ROWS, stop - start)),
    }


def judged_arguments(rng):
    shared, pairs, evidence = _cells(rng)
    n_features = evidence.vocabulary.n_features
    shape = shared["ids"].shape
    return {
        **shared,
        "heard": evidence.heard,
        "temperature": rng.random(evidence.heard.shape),
        "offsets": evidence.vocabulary.offsets,
        "by_share": evidence.by_share,
        "has_offset": np.arange(n_features) % 2 == 0,
        "offset": evidence.offset,
        "log_share": evidence.log_share,
        "log_share_without": evidence.log_share_without,
        "log_share_unseen": evidence.log_share_unseen,
        **pairs,
        "level": evidence.level,
        "judged": np.arange(n_features) == 3,
        "log_chance": np.zeros(shape),
        "best": np.zeros((_N_ROWS, n_features), np.int64),
        "log_chance_best": np.zeros((_N_ROWS, n_features)),
        "discord": np.zeros(shape),
    }


def judged_feature_arguments(rng, n_categories=37, n_heard=5, size=6):
    """Arguments of ``judge_feature``; the feature in question stands last."""
    ids = rng.integers(-1, size, size=(_N_ROWS, n_heard + 1)).astype(np.int32)
    ids[:, n_heard] = rng.integers(-2, n_categories, size=_N_ROWS)
    with_row = rng.random((n_heard * size, n_categories)).astype(np.float32)
    return {
        "ids": np.asfortranarray(ids),
        "heard": np.arange(n_heard),
        "shift": np.arange(n_heard) * size,
        "column": n_heard,
        "start": 0,
        "own": np.arange(_N_ROWS) % 2 == 0,
        "evidence": with_row,
        "without": with_row * np.float32(0.9),
        "level": rng.random(len(with_row)).astype(np.float32),
        "offset": (rng.normal(size=n_categories) / 10).astype(np.float32),
        "log_share": rng.normal(size=n_categories).astype(np.float32),
        "log_share_without": rng.normal(size=n_categories).astype(np.float32),
        "log_share_unseen": -9.0,
        "log_chance": np.zeros(_N_ROWS),
        "best": np.zeros(_N_ROWS, np.int64),
        "log_chance_best": np.zeros(_N_ROWS),
        "discord": np.zeros(_N_ROWS),
    }


def views_arguments(rng):
    shared, _, evidence = _cells(rng)
    vocabulary, ids = evidence.vocabulary, shared["ids"]
    of_features = rng.random((4, vocabulary.n_features))
    of_tokens = rng.random((4, vocabulary.n_tokens))
    return {
        "ids": ids,
        "feature": np.repeat(np.arange(vocabulary.n_features), np.diff(shared["first"])),
        "first": shared["first"],
        "log_chance": -rng.random(ids.shape),
        "discord": rng.random(ids.shape),
        "of_discord": 0.6,
        **dict(zip(("weight", "usual", "rarity_unseen", "walk_unseen"), of_features, strict=True)),
        **dict(zip(("rarity", "walk", "company", "rows_of_company"), of_tokens, strict=True)),
        "out": np.zeros((5, *ids.shape)),
    }


def gains_arguments(rng):
    _, evidence, counts = _made(rng)
    n_features = counts.vocabulary.n_features
    return {
        "left": counts.left,
        "right": counts.right,
        "count": counts.count.astype(np.float64),
        "feature": counts.vocabulary.feature_of_token.astype(np.int64),
        "share": np.exp(evidence.log_share),
        "smoothings": SMOOTHINGS,
        "out": np.zeros((n_features, n_features, len(SMOOTHINGS))),
    }


def weighed_pairs_arguments(rng):
    _, evidence, counts = _made(rng)
    pairs, n_features = counts.both_ways, counts.vocabulary.n_features
    return {
        "indptr": pairs.indptr.astype(np.int64),
        "indices": pairs.indices.astype(np.int32),
        "count": pairs.data.astype(np.float32),
        "feature": counts.vocabulary.feature_of_token.astype(np.int64),
        "kappa": 1 + rng.random((n_features, n_features)),
        "share": np.exp(evidence.log_share),
        "share_without": np.exp(evidence.log_share_without),
        "starts": np.zeros_like(evidence.starts),
        "evidence": np.zeros_like(evidence.evidence),
        "without": np.zeros_like(evidence.without),
    }


def filled_table_arguments(rng):
    _, evidence, _ = _made(rng)
    start, stop = evidence.vocabulary.offsets[2:4].tolist()
    tokens = np.arange(*evidence.vocabulary.offsets[:2])
    return {
        "tokens": tokens,
        "temperature": rng.random(len(tokens)),
        "g": 2,
        "start": start,
        "starts": evidence.starts,
        "indices": evidence.indices,
        "evidence": evidence.evidence,
        "out": np.zeros((len(tokens), stop - start), np.float32),
    }
