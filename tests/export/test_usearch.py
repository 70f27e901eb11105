"""Indexes of USearch: the neighbours that it finds are those of ``nearest``."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cat2vec import count_pairs, train_vectors
from cat2vec.cli.main import main
from cat2vec.errors import OutputExistsError, ParameterError
from tests.interruptions import interrupted_at
from tests.made_tables import planted
from tests.made_vectors import made_by_hand

index = pytest.importorskip("usearch.index", reason='pip install "cat2vec[usearch]"')

from cat2vec.export.usearch import save_usearch  # noqa: E402


def opened(path):
    """The index, and what its keys stand for."""
    with open(path.with_suffix(".jsonl"), encoding="ascii") as file:
        return index.Index.restore(str(path)), [json.loads(line) for line in file]


def neighbours(found, keys, vector, key, n):
    matches = found.search(np.ascontiguousarray(vector), n + 1)
    pairs = zip(matches.keys.tolist(), matches.distances.tolist(), strict=True)
    return [(keys[other]["category"], 1.0 - far) for other, far in pairs if other != key][:n]


def test_neighbours_are_those_of_nearest(tmp_path):
    table = planted(np.random.default_rng(3), per_group=8)
    vectors = train_vectors(count_pairs(table, n_jobs=1), vector_size=6, n_jobs=1)
    save_usearch(vectors, tmp_path / "x.usearch", "f0")
    found, keys = opened(tmp_path / "x.usearch")
    frame = vectors["f0"]
    assert [line["category"] for line in keys] == frame.index.tolist()
    assert {line["feature"] for line in keys} == {"f0"}
    assert [line["rows"] for line in keys] == vectors.vocabulary.counts[: len(keys)].tolist()
    for key, category in enumerate(frame.index):
        wanted = vectors.nearest("f0", category, n=5)
        near = neighbours(found, keys, frame.to_numpy()[key], key, 5)
        assert [name for name, _ in near] == wanted["category"].tolist()
        np.testing.assert_allclose([cosine for _, cosine in near], wanted["similarity"], atol=1e-5)


def test_all_features_are_in_one_index_and_awkward_names_in_its_keys(tmp_path):
    awkward = ["", "a\tb", "a\nb", '"', "\\N", "Zürich", "\udc80"]
    vectors = made_by_hand({"city": awkward, "a=b": [1, 2.5, True]}, size=4)
    save_usearch(vectors, tmp_path / "x.usearch")
    found, keys = opened(tmp_path / "x.usearch")
    assert len(found) == len(keys) == vectors.vocabulary.n_tokens
    assert [line["category"] for line in keys] == [*awkward, "1", "2.5", "True"]
    np.testing.assert_array_equal([found[key] for key in range(len(keys))], vectors.matrix)


def test_the_same_vectors_give_the_same_file(tmp_path):
    vectors = made_by_hand({"a": list(map(str, range(3000)))}, size=8)
    for name in ("x", "y"):
        save_usearch(vectors, tmp_path / f"{name}.usearch")
    assert (tmp_path / "x.usearch").read_bytes() == (tmp_path / "y.usearch").read_bytes()


@pytest.mark.parametrize("stopped_at", [1, 2])
def test_an_interrupted_export_leaves_the_index_of_before(tmp_path, monkeypatch, stopped_at):
    made = made_by_hand({"city": ["Oslo", "Rome"]})
    path = tmp_path / "x.usearch"
    path.write_text("keep")
    with pytest.raises(OutputExistsError, match=r"x\.usearch' exists and would be replaced"):
        save_usearch(made, path)
    with interrupted_at(monkeypatch, stopped_at):
        save_usearch(made, path, overwrite=True)
    assert path.read_text() == "keep"
    with pytest.raises(ParameterError, match=r"must end in \.usearch, got '.*x\.index'"):
        save_usearch(made, tmp_path / "x.index")


def test_the_command_line_writes_both_files(tmp_path, monkeypatch):
    from cat2vec import Cat2Vec

    monkeypatch.chdir(tmp_path)
    Cat2Vec(1).fit({"a": ["x", "y"] * 9, "b": ["u", "v"] * 9}).save("m")
    assert main(["export", "m", "--to", "usearch", "--out", "x.usearch"]) == 0
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["m", "x.jsonl", "x.usearch"]
