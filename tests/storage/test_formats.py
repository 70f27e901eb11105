"""Folders of every version are read by this one, and damaged ones never are."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from cat2vec import PairCounts, load
from cat2vec.errors import ModelFormatError
from cat2vec.storage.folders import COUNTS, MODEL, header_bytes
from tests.storage.formats.make import answers, table

FORMATS = Path(__file__).parent / "formats"
#: Processors differ in the last bits of sums.
TOLERANCE = 1e-4


@pytest.mark.parametrize("folder", sorted(FORMATS.glob("model_v*")), ids=lambda path: path.name)
def test_a_model_of_any_version_answers_as_it_did(folder, tmp_path):
    model = load(folder)
    expected = json.loads((folder / "answers.json").read_text())
    found = answers(model)
    for name in ("keys", "nearest"):
        assert found[name] == expected[name]
    for name in ("transform", "similarity", "probabilities"):
        np.testing.assert_allclose(found[name], expected[name], atol=TOLERANCE)
    assert model.counts_.n_rows == 120
    model.save(tmp_path / "again")
    assert answers(load(tmp_path / "again")) == found


@pytest.mark.parametrize("folder", sorted(FORMATS.glob("counts_v*")), ids=lambda path: path.name)
def test_counts_of_any_version_are_read(folder, tmp_path):
    counts = PairCounts.load(folder)
    counts.save(tmp_path / "again")
    again = PairCounts.load(tmp_path / "again")
    assert (counts + again).count.sum() == 2 * counts.count.sum()
    np.testing.assert_array_equal(again.left, counts.left)


def test_there_is_a_folder_of_each_version_that_is_read():
    for kind, name in ((MODEL, "model"), (COUNTS, "counts")):
        found = {int(path.name.partition("_v")[2]) for path in FORMATS.glob(f"{name}_v*")}
        assert found == {kind.version, *kind.reads}


@pytest.fixture(scope="module")
def newest(tmp_path_factory):
    """Give a copy of the folder of the newest version, and its files as they were."""
    folder = tmp_path_factory.mktemp("damaged") / "model"
    shutil.copytree(FORMATS / f"model_v{MODEL.version}", folder)
    (folder / "answers.json").unlink()
    return folder, {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


CHANGES = st.sampled_from(["flip", "cut", "insert", "remove", "repeat"])


@settings(max_examples=400)
@given(which=st.integers(0, 3), change=CHANGES, place=st.floats(0, 1), value=st.integers(1, 255))
def test_a_folder_with_any_byte_changed_is_refused(newest, which, change, place, value):
    folder, files = newest
    path = sorted(files)[which]
    content = files[path]
    i = min(int(place * len(content)), len(content) - 1)
    changed = {
        "flip": content[:i] + bytes([content[i] ^ value]) + content[i + 1 :],
        "cut": content[:i],
        "insert": content[:i] + bytes([value]) + content[i:],
        "remove": content[:i] + content[i + 1 :],
        "repeat": content[:i] + content[max(0, i - value) :],
    }[change]
    if changed == content:
        return
    try:
        path.write_bytes(changed)
        with pytest.raises(ModelFormatError):
            load(folder)
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize("kind", ["model_v", "counts_v"])
def test_words_changed_by_hand_are_refused(kind, tmp_path):
    newest = sorted(FORMATS.glob(f"{kind}*"))[-1]
    folder = shutil.copytree(newest, tmp_path / "copy")
    header = next(path for path in folder.glob("*.json") if path.name != "answers.json")
    header.write_bytes(header.read_bytes().replace(b"Oslo", b"Olso"))
    with pytest.raises(ModelFormatError, match=rf"{header.name}' was changed after it was written"):
        (load if kind == "model_v" else PairCounts.load)(folder)


def test_a_header_nested_without_end_is_refused(tmp_path):
    folder = shutil.copytree(FORMATS / "model_v2", tmp_path / "copy")
    (folder / "model.json").write_text('{"format": "cat2vec", "x": ' + "[" * 100_000)
    with pytest.raises(ModelFormatError, match="cannot be read"):
        load(folder)


def test_the_document_lists_the_versions_and_arrays_that_there_are():
    document = (Path(__file__).parents[2] / "docs/file-format.md").read_text("utf-8")
    for kind, name in ((MODEL, "model"), (COUNTS, "counts")):
        assert f"| {name} | {kind.version} | 0.2.0 | written" in document
        for version in kind.reads:
            assert f"| {name} | {version} | 0.1.0 | read |" in document
    arrays = safetensors.numpy.load_file(FORMATS / f"model_v{MODEL.version}" / MODEL.numbers)
    for array in arrays:
        stem = re.sub(r"\.\d+$", ".i", re.sub(r":.*", ":NAME", array))
        assert f"`{stem}`" in document


@pytest.mark.parametrize("folder", sorted(FORMATS.glob("model_v*")), ids=lambda path: path.name)
@pytest.mark.filterwarnings("ignore::cat2vec.errors.Cat2VecWarning")
def test_a_model_of_any_version_finds_odd_rows(folder):
    rows = {name: cells[:12] for name, cells in table().items()}
    assert len(load(folder).outlier_rows(rows, n=3)) >= 3


#: Arrays that kernels would go by without looking: what is changed, and why that is refused.
CHANGED = {
    "heard": (lambda a: a * 0 + 99, "'heard' names features that there are not"),
    "temperature": (lambda a: a[:, :1], "'temperature' must be float64 of shape"),
    "pairs_right": (lambda a: a * 0 + 250, "'pairs_right' names tokens that there are not"),
    "pairs_per_token": (lambda a: a * 2, "'pairs_per_token' must add up to the number of pairs"),
    "counts": (lambda a: -a, "'counts' holds numbers that are below 0 or too large"),
    "matrix": (lambda a: a * np.nan, "'matrix' holds numbers that are not finite"),
    "context": (lambda a: a + np.inf, "'context' holds numbers that are not finite"),
    "center": (lambda a: a.astype(np.float64), "'center' must be float32"),
    "edges.1": (lambda a: a[::-1], "edges of bins must ascend"),
    "odd_scale": (lambda a: -a, "'odd_scale' must be above 0"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_arrays_that_do_not_fit_are_refused_though_their_hash_is_right(name, newest):
    folder, files = newest
    change, why = CHANGED[name]
    arrays = safetensors.numpy.load(files[folder / MODEL.numbers])
    arrays[name] = np.ascontiguousarray(change(arrays[name]))
    numbers = safetensors.numpy.save(arrays)
    header = json.loads(files[folder / MODEL.header])
    del header["header_sha256"]
    header["numbers_sha256"] = hashlib.sha256(numbers).hexdigest()
    try:
        (folder / MODEL.numbers).write_bytes(numbers)
        (folder / MODEL.header).write_bytes(header_bytes(header))
        with pytest.raises(ModelFormatError, match=why):
            load(folder)
    finally:
        for path, content in files.items():
            path.write_bytes(content)
