"""Memory of reports on wide tables and many pairs: blocks, and tables of features."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from cat2vec import count_pairs, encode_table
from cat2vec.inspection.cells.pair_evidence import PairEvidence
from cat2vec.inspection.report import pair_table, row_gains
from cat2vec.kernels.threads import workers
from tests.made_vectors import made_by_hand


def peak_of(call):
    """Call, and give the most bytes that it held at once, its result included."""
    tracemalloc.start()
    result = call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return result, peak


def wide_table(n_columns, n_rows, size=4):
    rng = np.random.default_rng(0)
    return {f"c{p}": rng.integers(size, size=n_rows).astype(str) for p in range(n_columns)}


def test_gains_of_pairs_are_added_up_some_blocks_at_a_time(monkeypatch):
    """For 150 columns a block has six sums of 22,500 pairs; there are 400 blocks."""
    monkeypatch.setattr(row_gains, "BLOCK_CELLS", 1 << 14)
    table = encode_table(wide_table(150, 400), n_jobs=1)
    vectors = made_by_hand(
        {name: found.tolist() for name, found in zip(
            table.vocabulary.features, table.vocabulary.categories, strict=True)}
    )  # fmt: skip
    table = encode_table(wide_table(150, 400), vocabulary=vectors.vocabulary, n_jobs=1)
    found, peak = peak_of(lambda: row_gains.row_gains(vectors, table, n_jobs=1))
    of_a_block = 8 * row_gains._MOMENTS * 150**2
    assert peak < 8 * row_gains._SUM_NUMBERS + 60 * of_a_block < 256 * of_a_block
    monkeypatch.setattr(row_gains, "_SUM_NUMBERS", 1)
    again, less = peak_of(lambda: row_gains.row_gains(vectors, table, n_jobs=1))
    assert less < peak / 2
    for one, other in ((found.whole, again.whole), (found.of_pair, again.of_pair)):
        np.testing.assert_array_equal(one.value, other.value)
        np.testing.assert_array_equal(one.error, other.error)


def test_the_table_of_pairs_takes_a_number_for_each_and_blocks(monkeypatch):
    monkeypatch.setattr(pair_table, "_PAIRS", 1 << 12)
    counts = count_pairs(wide_table(60, 3_000, 12), n_jobs=1)
    n_entries = counts.both_ways.nnz
    assert n_entries > 200_000
    counts.with_feature  # noqa: B018 - kept by the counts
    table, peak = peak_of(lambda: pair_table.PairTable.of(counts))
    assert peak < 4 * n_entries + 20 * 8 * (1 << 12) + 3 * counts.with_feature.nbytes
    assert np.shares_memory(table.evidence.indices, counts.both_ways.indices)


def test_where_the_pairs_of_the_table_are_cut_does_not_matter(monkeypatch):
    counts = count_pairs(wide_table(5, 200), n_jobs=1)
    whole = pair_table.PairTable.of(counts)
    smoothing = pair_table.best_smoothing(counts)
    monkeypatch.setattr(pair_table, "_PAIRS", 7)
    again = pair_table.PairTable.of(counts)
    assert pair_table.best_smoothing(counts) == smoothing
    np.testing.assert_array_equal(again.evidence.toarray(), whole.evidence.toarray())


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_evidence_of_pairs_takes_two_numbers_for_each(n_jobs):
    counts = count_pairs(wide_table(60, 3_000, 12), n_jobs=1)
    n_entries, by_token = counts.both_ways.nnz, counts.with_feature.nbytes
    with workers(n_jobs) as crew:
        _, peak = peak_of(lambda: PairEvidence.of(counts, crew))
    sums = 8 * 60**2 * 22  # of gains by smoothing
    assert peak < 8 * n_entries + 5 * by_token + (3 + n_jobs) * sums + 30 * counts.n_pairs
