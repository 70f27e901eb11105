"""Rows on disk are visited in pools: each once an epoch, alike for any number of threads."""

from dataclasses import replace

import numpy as np
import pytest

from cat2vec import encode_table, train_vectors
from cat2vec.tables.on_disk import CodesFile, OnDisk
from cat2vec.training.solvers import row_pools
from cat2vec.training.solvers.row_pools import RowPools, pools_of
from cat2vec.training.solvers.word2vec import RowCorpus


def on_disk(table, memory):
    """Put the codes of a table on disk."""
    where = OnDisk(memory)
    file = CodesFile(*table.codes.shape, table.codes.dtype, where)
    file.write(0, table.codes)
    return replace(table, codes=file.array(), on_disk=where)


@pytest.fixture
def table(monkeypatch):
    """A sorted table, so that neighbours are alike."""
    monkeypatch.setattr(row_pools, "CHUNK_ROWS", 30)
    rng = np.random.default_rng(0)
    kind = np.sort(rng.integers(0, 8, 3_010))
    noise = rng.integers(0, 3, (2, 3_010))
    return encode_table({"a": kind, "b": (kind + noise[0]) % 8, "c": (kind - noise[1]) % 8})


def test_pools_hold_every_row_once(table):
    seen = []
    for pool in pools_of(on_disk(table, 10**6), 200, [0, 1]):
        assert pool.rows.n_rows <= 200
        rows = np.concatenate(
            [np.arange(a, b) for a, b in zip(pool.starts, pool.stops, strict=True)]
        )
        np.testing.assert_array_equal(pool.rows.codes, table.codes[rows])
        wanted = rows[::7]
        np.testing.assert_array_equal(rows[pool.places_of(wanted)], wanted)
        seen.append(rows)
    assert len(seen) > 10
    np.testing.assert_array_equal(np.sort(np.concatenate(seen)), np.arange(table.n_rows))


@pytest.mark.parametrize("weighted", [False, True])
def test_an_epoch_visits_what_it_visits_in_memory(table, weighted):
    if weighted:
        weights = np.random.default_rng(2).integers(1, 5, table.n_rows).astype(float)
        table = replace(table, weights=weights)
    visited = []
    for rows in (table, on_disk(table, 40_000)):
        pools = RowPools(rows, 0)
        pools.left_out = np.array([3, 31, 2_900])
        parts = [codes[here] for codes, here in pools.of_epoch(1)]
        visited.append(np.sort(np.concatenate(parts) @ [100, 10, 1]))
        assert len(visited[-1]) == pools.n_visits
    assert len(parts) > 5
    np.testing.assert_array_equal(*visited)


def test_rows_that_are_asked_for_come_in_the_order_they_were_asked_for(table):
    rows = np.random.default_rng(3).permutation(table.n_rows)[:500]
    found = []
    for some in (table, on_disk(table, 40_000)):
        codes, here = RowPools(some, 0).at(rows)
        found.append(codes[here])
    np.testing.assert_array_equal(found[0], table.codes[rows])
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("epochs", [3, "auto"])
def test_training_in_pools_is_repeatable_and_as_good(table, epochs):
    how = {"vector_size": 3, "solver": "rows", "epochs": epochs}
    whole = train_vectors(table, **how)
    found = [train_vectors(on_disk(table, 40_000), n_jobs=n, **how) for n in (1, 2)]
    np.testing.assert_array_equal(found[0].matrix, found[1].matrix)
    assert found[0].gain == pytest.approx(whole.gain, rel=0.1)


def test_sentences_of_gensim(table):
    table = replace(table, weights=np.where(np.arange(table.n_rows) % 100, 1.0, 3.0))
    one, other = RowCorpus(table, 0), RowCorpus(on_disk(table, 40_000), 0)
    repeated = np.repeat(np.arange(table.n_rows), table.weights.astype(int))
    expected = sorted([str(token) for token in row] for row in table.token_ids()[repeated])
    for _ in range(2):
        assert sorted(one) == sorted(other) == expected


def test_sentences_of_another_seed_come_in_another_order(table):
    first, again, other = (list(RowCorpus(table, seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert sorted(first) == sorted(other)
