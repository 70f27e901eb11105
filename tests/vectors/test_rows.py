"""Rows as numbers and back, against slow twins: blocks, ties, threads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cat2vec.tables.encode import EncodedTable
from cat2vec.vectors import rows as row_vectors
from cat2vec.vectors.rows import nearest_codes, rows_of_vectors
from cat2vec.vocabulary.vocabulary import Codec, Schema, Vocabulary
from tests.reference import row_vectors as reference

SIZES = [1, 7, 60, 0]


def words(sizes):
    names = tuple(f"f{i}" for i in range(len(sizes)))
    categories = tuple(np.array([f"c{i}" for i in range(n)], dtype=object) for n in sizes)
    codecs = (Codec("category", "string"),) * len(sizes)
    return Vocabulary(Schema(names, codecs), categories, np.ones(sum(sizes), np.int64))


def made(rng, n_rows, size, sizes=SIZES):
    matrix = rng.normal(size=(sum(sizes), size)).astype(np.float32)
    codes = np.stack([rng.integers(-2, n, n_rows) if n else np.full(n_rows, -1) for n in sizes], 1)
    return EncodedTable(np.asfortranarray(codes.astype(np.int16)), words(sizes)), matrix


def written(encoded, matrix):
    words = encoded.vocabulary
    return {name: matrix[words.tokens_of(name)] for name in words.features}


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(row_vectors, "_ROWS", 16)
    monkeypatch.setattr(row_vectors, "_CATEGORIES", 8)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("n_jobs", [1, 3])
@pytest.mark.parametrize("row_vector", ["concat", "unit", "mean"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("size", [1, 5])
def test_rows_written_in_blocks_equal_those_written_one_by_one(row_vector, size, n_jobs, order):
    encoded, matrix = made(np.random.default_rng(0), 50, size)
    found = rows_of_vectors(encoded, written(encoded, matrix), row_vector, n_jobs, order)
    offsets = encoded.vocabulary.offsets
    wanted = reference.rows_of_vectors(encoded.codes.tolist(), matrix, offsets, row_vector)
    assert found.dtype == np.float32
    assert found.flags[f"{order}_CONTIGUOUS"]
    assert found.tobytes() == wanted.tobytes()


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e6])
def test_nearest_categories_equal_those_of_all_distances(size, kind, scale):
    rng = np.random.default_rng(1)
    encoded, matrix = made(rng, 50, size)
    rows = (scale * rng.normal(size=(50, len(SIZES) * size))).astype(kind)
    rows[3, :size] = rows[4] = 0.0
    found = nearest_codes(rows, written(encoded, matrix), 2)
    wanted = reference.nearest_codes(rows, matrix, encoded.vocabulary.offsets)
    np.testing.assert_array_equal(found, wanted)
    assert (found == -1).sum() == 50 + 1 + 3  # the feature without categories, and zeros


@settings(max_examples=60)
@given(st.data())
def test_on_grids_full_of_ties_the_first_category_wins(data):
    """Small whole numbers: many categories are equally near, and many share a vector."""
    size = data.draw(st.integers(1, 3))
    numbers = st.integers(-2, 2)
    vectors = data.draw(st.lists(st.lists(numbers, min_size=size, max_size=size), min_size=1))
    rows = data.draw(st.lists(st.lists(numbers, min_size=size, max_size=size), min_size=1))
    matrix, rows = np.array(vectors, np.float32), np.array(rows, np.float64) / 2
    with pytest.MonkeyPatch.context() as patched:  # also where they are compared in parts
        patched.setattr(row_vectors, "_CATEGORIES", data.draw(st.sampled_from([1, 2, 512])))
        found = nearest_codes(rows, {"f0": matrix}, 1)
    np.testing.assert_array_equal(found, reference.nearest_codes(rows, matrix, [0, len(matrix)]))


def test_the_answer_for_a_row_depends_on_no_other_row_and_on_no_thread():
    rng = np.random.default_rng(2)
    encoded, matrix = made(rng, 3000, 6, [40, 3000])
    rows = rows_of_vectors(encoded, written(encoded, matrix), "concat") + rng.normal(
        size=(3000, 12)
    )
    one, two = (nearest_codes(rows, written(encoded, matrix), n) for n in (1, 2))
    np.testing.assert_array_equal(one, two)
    for row in (0, 1023, 1024, 2999):
        alone = nearest_codes(rows[row : row + 1], written(encoded, matrix), 1)
        np.testing.assert_array_equal(alone[0], one[row])


def test_written_rows_come_back_as_their_categories():
    encoded, matrix = made(np.random.default_rng(3), 200, 4)
    rows = rows_of_vectors(encoded, written(encoded, matrix), "concat")
    np.testing.assert_array_equal(
        nearest_codes(rows, written(encoded, matrix)), np.maximum(encoded.codes, -1)
    )
