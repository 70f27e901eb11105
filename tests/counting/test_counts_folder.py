"""Folders of pair counts: they come back as they were, whole or not at all."""

import datetime
import json
import os
import pathlib

import numpy as np
import pytest
from hypothesis import given, settings

from cat2vec import Cat2Vec, PairCounts, count_pairs, load, train_vectors
from cat2vec.errors import ColumnTypeError, ModelFormatError, NoPairsError, OutputExistsError
from cat2vec.storage.folders import header_bytes
from tests.counting.test_weights import assert_same_counts
from tests.interruptions import interrupted_at
from tests.made_tables import planted
from tests.tables.test_encode import tables

RNG = np.random.default_rng(0)
TABLES = {
    "text": planted(RNG, n_rows=60),
    "bins": {"a": RNG.normal(size=60), "b": ["x", "y", None] * 20, "c": RNG.normal(size=60)},
    "numbers": {"a": [1, 2, 3] * 20, "b": [0.5, None, -0.0] * 20, "c": [True, False] * 30},
    "mixed": {"a": [1, "1", True, None, b"1", 10**30] * 10, "b": ["x", 2.5, "\ud800"] * 20},
    "dates": {"a": [datetime.date(2024, 2, 29), None] * 30, "b": ["x", "y", "y"] * 20},
    "an empty feature": {"a": ["x", "y"] * 30, "b": [None] * 60, "c": ["u", "v", "w"] * 20},
}
WEIGHTS = [None, RNG.random(60)]


@pytest.fixture
def counts():
    return count_pairs(TABLES["bins"])


@pytest.fixture
def saved(counts, tmp_path):
    counts.save(tmp_path / "counts")
    return tmp_path / "counts"


@pytest.mark.parametrize("weights", WEIGHTS, ids=["int64", "float64"])
@pytest.mark.parametrize("name", TABLES)
def test_counts_of_every_kind_come_back_and_add(name, weights, tmp_path):
    kinds = {"a": "category"} if name == "dates" else None
    before = count_pairs(TABLES[name], sample_weight=weights, columns=kinds)
    before.save(tmp_path / "counts")
    after = PairCounts.load(str(tmp_path / "counts"))
    assert_same_counts(after, before)
    for left, right in zip(
        after.vocabulary.schema.codecs, before.vocabulary.schema.codecs, strict=True
    ):
        assert left.same_as(right)
        assert left.dtype == right.dtype
    for left, right in zip(after.vocabulary.categories, before.vocabulary.categories, strict=True):
        assert left.dtype == right.dtype
        assert list(map(repr, left.tolist())) == list(map(repr, right.tolist()))
    assert_same_counts(after + before, before + before)


@given(tables())
@settings(max_examples=40)
def test_any_counts_come_back(tmp_path_factory, table):
    try:
        before = count_pairs(table)
    except NoPairsError:
        return
    folder = tmp_path_factory.mktemp("counts")
    before.save(folder)
    assert_same_counts(PairCounts.load(folder), before)


@pytest.mark.parametrize("weights", WEIGHTS, ids=["int64", "float64"])
def test_loaded_counts_train_to_the_same_bits(weights, tmp_path):
    before = count_pairs(TABLES["text"], sample_weight=weights)
    before.save(tmp_path)
    first, second = (
        train_vectors(counts, vector_size=3) for counts in (before, PairCounts.load(tmp_path))
    )
    assert first.matrix.tobytes() == second.matrix.tobytes()
    assert (first.losses, first.settings) == (second.losses, second.settings)


def test_a_folder_holds_two_files_and_is_replaced_by_a_new_save(counts, saved):
    assert sorted(os.listdir(saved)) == ["counts.json", "pairs.safetensors"]
    (saved / "notes.txt").write_text("keep")
    (counts + counts).save(saved)
    assert PairCounts.load(saved).n_rows == 120
    assert (saved / "notes.txt").read_text() == "keep"


def test_numbers_of_rows_from_numpy_are_saved(counts, tmp_path):
    other = PairCounts(
        counts.vocabulary, counts.left, counts.right, counts.count, np.int64(counts.n_rows)
    )
    other.save(tmp_path)
    assert PairCounts.load(tmp_path).n_rows == 60


def test_what_else_is_in_the_way_is_refused_unless_told(counts, tmp_path):
    (tmp_path / "notes.txt").write_text("keep")
    with pytest.raises(OutputExistsError, match=r"holds other things .* and no cat2vec counts"):
        counts.save(tmp_path)
    assert os.listdir(tmp_path) == ["notes.txt"]
    counts.save(tmp_path, overwrite=True)
    assert PairCounts.load(tmp_path).n_rows == 60
    for overwrite in (False, True):
        with pytest.raises(OutputExistsError, match="Choose another name for the counts folder"):
            counts.save(tmp_path / "notes.txt", overwrite=overwrite)


def test_models_and_counts_are_not_taken_for_each_other(counts, saved, tmp_path):
    model = Cat2Vec(vector_size=1).fit(TABLES["text"])
    with pytest.raises(OutputExistsError, match="no cat2vec model"):
        model.save(saved)
    with pytest.raises(ModelFormatError, match=r"not a cat2vec model folder: there is no 'model"):
        load(saved)
    model.save(tmp_path / "model")
    with pytest.raises(OutputExistsError, match="no cat2vec counts"):
        counts.save(tmp_path / "model")
    with pytest.raises(ModelFormatError, match=r"not a cat2vec counts folder: there is no 'counts"):
        PairCounts.load(tmp_path / "model")
    (tmp_path / "model" / "model.json").rename(tmp_path / "model" / "counts.json")
    with pytest.raises(ModelFormatError, match=r"its 'counts\.json' is of something else"):
        PairCounts.load(tmp_path / "model")


def test_a_category_that_could_not_be_saved_is_refused_before_counting():
    paths = [pathlib.PurePosixPath("x"), pathlib.PurePosixPath("y")]
    with pytest.raises(ColumnTypeError, match="a PurePosixPath, which a model folder cannot hold"):
        count_pairs({"a": paths, "b": ["u", "v"]})


def test_tuples_are_kept(tmp_path):
    counts = count_pairs({"a": [("x", 1), ("y", 2)], "b": ["u", "v"]}, columns={"a": "category"})
    counts.save(tmp_path / "counts")
    again = PairCounts.load(tmp_path / "counts")
    assert again.vocabulary.categories[0].tolist() == [("x", 1), ("y", 2)]


@pytest.mark.parametrize("over_old_counts", [False, True])
@pytest.mark.parametrize("stopped_at", [1, 2])
def test_an_interrupted_save_leaves_nothing_half_read(
    counts, tmp_path, monkeypatch, over_old_counts, stopped_at
):
    folder = tmp_path / "counts"
    if over_old_counts:
        (counts + counts).save(folder)
    with interrupted_at(monkeypatch, stopped_at):
        counts.save(folder)
    if stopped_at > 1:  # it was decided already, and is finished
        assert PairCounts.load(folder).n_rows == 60
    elif over_old_counts:
        assert PairCounts.load(folder).n_rows == 120
    else:
        assert not folder.exists()
    counts.save(folder)
    assert set(os.listdir(folder)) == {"counts.json", "pairs.safetensors"}
    assert PairCounts.load(folder).n_rows == 60


def words_changed(folder, change):
    """Change the header as somebody would who also writes its hash anew."""
    words = json.loads((folder / "counts.json").read_text())
    del words["header_sha256"]
    change(words)
    (folder / "counts.json").write_bytes(header_bytes(words))


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (
            lambda f: (f / "pairs.safetensors").write_bytes(b"x"),
            "'pairs.safetensors' does not belong to 'counts.json'.* Count, save or copy the counts",
        ),
        (lambda f: (f / "counts.json").write_bytes(b"{"), "'counts.json' cannot be read"),
        (lambda f: words_changed(f, lambda w: w.pop("n_rows")), "was changed .KeyError: 'n_rows'"),
        (lambda f: words_changed(f, lambda w: w.update(n_rows="60")), "was changed .TypeError"),
        (lambda f: words_changed(f, lambda w: w.update(n_rows=-1)), "is below 0 or too large"),
        (lambda f: words_changed(f, lambda w: w.update(n_rows=2**60)), "is below 0 or too large"),
        (lambda f: words_changed(f, lambda w: w.update(n_rows=True)), "was changed .TypeError"),
        (lambda f: words_changed(f, lambda w: w["features"].pop()), "'counts.json' was changed"),
        (
            lambda f: words_changed(f, lambda w: w.update(version=9)),
            "has format version 9 and this cat2vec reads 1 and 2. Install .*, or count again",
        ),
        (lambda f: (f / "pairs.safetensors").unlink(), "there is no 'pairs.safetensors' in it"),
    ],
)
def test_damaged_folders_are_refused_with_the_reason(saved, damage, text):
    damage(saved)
    with pytest.raises(ModelFormatError, match=text) as caught:
        PairCounts.load(saved)
    assert repr(str(saved)) in str(caught.value)
