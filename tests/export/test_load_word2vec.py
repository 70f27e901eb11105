"""Vectors back from word2vec files and gensim's ``KeyedVectors``, and what can be asked of them."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from gensim.models import KeyedVectors

from cat2vec import count_pairs, load_word2vec, train_vectors
from cat2vec.errors import FileReadError, NotAvailableError, ParameterError
from cat2vec.export.jsonl import save_jsonl
from cat2vec.export.keyed_vectors import save_keyed_vectors, to_keyed_vectors
from cat2vec.export.pgvector import save_pgvector
from cat2vec.export.word2vec import save_word2vec_format
from cat2vec.inspection import clusters, commonality, contributions, influence, moves
from cat2vec.inspection.quality import held_out_gain
from tests.made_tables import planted
from tests.made_vectors import made_by_hand

BOTH = pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])


@pytest.fixture(scope="module")
def counts():
    table = planted(np.random.default_rng(3))
    table["a=b c"] = table.pop("f3")
    return count_pairs(table, n_jobs=1)


@pytest.fixture(scope="module")
def vectors(counts):
    return train_vectors(counts, vector_size=5, n_jobs=1)


@pytest.fixture
def read(vectors, tmp_path):
    save_word2vec_format(vectors, tmp_path / "x")
    return load_word2vec(tmp_path / "x")


def frames_equal(found, wanted, leaving_out="rows"):
    pd.testing.assert_frame_equal(
        found.drop(columns=leaving_out), wanted.drop(columns=leaving_out), rtol=1e-5, atol=1e-6
    )


@BOTH
def test_vectors_and_answers_come_back(vectors, tmp_path, binary):
    save_word2vec_format(vectors, tmp_path / "x", binary=binary)
    read = load_word2vec(tmp_path / "x", binary=binary)
    assert set(read) == set(vectors)
    for name, frame in vectors.items():
        assert read[name].index.tolist() == frame.index.tolist()
        np.testing.assert_allclose(read[name], frame, rtol=1e-6)
    assert read.similarity("f0", "g0_0", "g1_1", "f2") == pytest.approx(
        vectors.similarity("f0", "g0_0", "g1_1", "f2")
    )
    found = read.nearest("f0", "g0_0", n=5, among=["f1", "a=b c"])
    frames_equal(found, vectors.nearest("f0", "g0_0", n=5, among=["f1", "a=b c"]))
    assert found["rows"].isna().all()


def test_what_goes_by_rows_takes_categories_for_equally_frequent(vectors, read):
    frames_equal(clusters(read, "f0", 4), clusters(vectors, "f0", 4), ["rows", "cluster"])
    counts = np.ones(vectors.vocabulary.n_tokens, np.int64)
    even = dataclasses.replace(
        vectors, vocabulary=dataclasses.replace(vectors.vocabulary, counts=counts)
    )
    np.testing.assert_allclose(read.reduce("f1", 2), even.reduce("f1", 2), atol=1e-5)
    assert read.to_frame().shape == vectors.to_frame().shape
    assert "gain nan" in repr(read)
    assert "<svg" in read._repr_html_()


def test_what_needs_counts_or_both_sides_says_so(vectors, read, counts):
    for ask in (
        lambda: commonality(read, "f0"),
        lambda: influence(read, "f0"),
        lambda: contributions(read, "f0", "g0_0", "g1_0"),
        lambda: held_out_gain(read, counts),
        lambda: moves(read, vectors),
        lambda: moves(vectors, read),
    ):
        with pytest.raises(NotAvailableError, match="a word2vec file holds neither the counts nor"):
            ask()


def test_keyed_vectors_bring_the_counts_that_they_have(vectors, tmp_path):
    read = load_word2vec(to_keyed_vectors(vectors))
    wanted = vectors.nearest("f0", "g0_0", n=5)
    pd.testing.assert_frame_equal(read.nearest("f0", "g0_0", n=5), wanted)
    read = load_word2vec(to_keyed_vectors(vectors, "f2"), "f2")
    np.testing.assert_allclose(read.reduce("f2", 2), vectors.reduce("f2", 2), atol=1e-5)
    save_keyed_vectors(vectors, tmp_path / "x.kv")
    read = load_word2vec(KeyedVectors.load(str(tmp_path / "x.kv")))
    assert read.nearest("f0", "g0_0", n=5)["rows"].tolist() == wanted["rows"].tolist()


def test_counts_that_gensim_makes_up_are_none(vectors, tmp_path):
    save_word2vec_format(vectors, tmp_path / "x")
    keyed = KeyedVectors.load_word2vec_format(tmp_path / "x")
    assert keyed.get_vecattr(keyed.index_to_key[0], "count") == len(keyed)
    assert load_word2vec(keyed).nearest("f0", "g0_0", n=5)["rows"].isna().all()
    del keyed.expandos["count"]
    assert load_word2vec(keyed).nearest("f0", "g0_0", n=5)["rows"].isna().all()


def test_keys_of_one_feature_need_its_name(vectors, tmp_path):
    save_word2vec_format(vectors, tmp_path / "x", "f0")
    read = load_word2vec(tmp_path / "x", "town")
    assert list(read) == ["town"]
    np.testing.assert_allclose(read["town"], vectors["f0"], rtol=1e-6)
    with pytest.raises(
        ParameterError, match=r"'g\d_\d' is not of the form .* name it with feature\."
    ):
        load_word2vec(tmp_path / "x")


def test_files_of_other_tools_are_read_unescaped(tmp_path):
    (tmp_path / "x").write_text("2 2\n50% 1 2\nb%2 3 4\n")
    assert load_word2vec(tmp_path / "x", "a", escape="none")["a"].index.tolist() == ["50%", "b%2"]
    with pytest.raises(FileReadError, match="holds a key that escape='percent' does not write"):
        load_word2vec(tmp_path / "x", "a")


def test_a_pickle_is_not_read(vectors, tmp_path):
    save_keyed_vectors(vectors, tmp_path / "x.kv")
    with pytest.raises(FileReadError, match=r"x\.kv' is gensim's own format, a pickle, which runs"):
        load_word2vec(tmp_path / "x.kv")


def test_what_was_read_is_exported_again(read, tmp_path):
    save_word2vec_format(read, tmp_path / "again")
    assert (tmp_path / "again").read_text().split()[0] == str(read.vocabulary.n_tokens)
    save_jsonl(read, tmp_path / "x.jsonl")
    lines = (tmp_path / "x.jsonl").read_text().splitlines()
    assert {json.loads(line)["rows"] for line in lines} == {None}
    save_pgvector(read, tmp_path / "x.sql")
    assert "rows double precision" in (tmp_path / "x.sql").read_text()
    assert (tmp_path / "x.copy").read_text().splitlines()[0].split("\t")[3] == r"\N"


def test_awkward_texts_come_back(tmp_path):
    texts = sorted(["", " ", "a=b", "a\tb", "a\nb", "%", "<rare>", "Zürich", "\udc80"])
    made = made_by_hand({"x=y\\": texts, "": ["v"]})
    save_word2vec_format(made, tmp_path / "x", binary=True)
    read = load_word2vec(tmp_path / "x", binary=True)
    assert read["x=y\\"].index.tolist() == texts
    assert set(read) == {"x=y\\", ""}
