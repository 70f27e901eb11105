"""Encoded rows that come in pieces become the table that all rows at once would be."""

import numpy as np
import pytest

from cat2vec import encode_table
from cat2vec.tables import encoded
from cat2vec.tables.encode import encode_growing
from cat2vec.tables.on_disk import OnDisk
from cat2vec.tables.pieces import EncodedPieces, in_order_of_value

FIRST = {
    "city": ["Oslo", "Rome", "Pisa"],
    "tags": [["b"], ["c", "d"], None],
    "origin": ["x", "m", None],
    "dest": ["m", "y", "x"],
}
MORE = {
    "city": ["Wien", "Oslo", None, "Bari", "Aix", "Rome"],
    "tags": [["z", "b", "a"], [], ["c"], None, ["k"], ["c", "z"]],
    "origin": ["x", "q", "b", "x", "a", None],
    "dest": ["m", "a", "x", "z", "m", "x"],
}


@pytest.mark.parametrize("memory", [1, 10**6], ids=["on disk", "in memory"])
@pytest.mark.parametrize("missing", ["ignore", "token"])
@pytest.mark.parametrize("n_rows", [1, 2, 4])
def test_new_categories_stand_in_order_of_value(n_rows, missing, memory, monkeypatch):
    monkeypatch.setattr(encoded, "BLOCK_ROWS", 4)
    shared = {"port": ["origin", "dest"]}
    known = encode_table(FIRST, missing=missing, shared=shared).vocabulary
    whole = encode_growing(MORE, known)
    pieces, growing = EncodedPieces(OnDisk(memory)), known
    for start in range(0, 6, n_rows):
        some = {name: cells[start : start + n_rows] for name, cells in MORE.items()}
        rows = encode_growing(some, growing)
        growing = rows.vocabulary
        pieces.add(rows)
    found = in_order_of_value(pieces.table(), known)
    assert (found.on_disk is None) == (memory > 1)
    assert found.vocabulary.texts() == whole.vocabulary.texts()
    np.testing.assert_array_equal(found.vocabulary.counts, whole.vocabulary.counts)
    np.testing.assert_array_equal(found.codes, whole.codes)
    np.testing.assert_array_equal(found.feature_of_column, whole.feature_of_column)
