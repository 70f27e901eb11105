"""The export for Embedding Atlas: what the file holds, and that the real command opens it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from cat2vec import Cat2Vec
from cat2vec.cli.main import main
from cat2vec.errors import OutputExistsError, ParameterError
from cat2vec.export.atlas import atlas_table, save_atlas
from cat2vec.inspection import clusters
from tests.explore.made_pages import HOSTILE, planted_model
from tests.made_vectors import made_by_hand


@pytest.fixture(scope="module")
def model():
    return planted_model()


def test_the_table_has_text_a_map_and_vectors(model):
    table = atlas_table(model.vectors_)
    vocabulary = model.vocabulary_
    assert table["text"].to_pylist() == [text.partition("=")[2] for text in vocabulary.texts()]
    assert table["rows"].to_pylist() == vocabulary.counts.tolist()
    assert table.schema.field("vector").type == pa.list_(pa.float32())
    np.testing.assert_array_equal(table["vector"].to_pylist(), model.vectors_.matrix)
    one = atlas_table(model.vectors_, "dish").to_pandas().set_index("text")
    np.testing.assert_array_equal(one[["x", "y"]], model.vectors_.reduce("dish", 2))
    found = clusters(model.vectors_, "dish").set_index("category")["cluster"]
    assert one["cluster"].astype(int).to_dict() == found.to_dict()


def test_vectors_of_zeros_are_in_no_cluster():
    made = made_by_hand({"city": ["Oslo", "Rome", "Pisa"], "one": ["same"]})
    made.matrix[[1, 3]] = 0
    found = atlas_table(made)["cluster"].to_pylist()
    assert [one is None for one in found] == [False, True, False, True]


def test_features_that_share_vectors_have_one_map():
    rng = np.random.default_rng(5)
    flights = {
        "origin": [f"a{k}" for k in rng.integers(0, 4, 300)],
        "hour": [f"h{k}" for k in rng.integers(0, 3, 300)],
    }
    flights["dest"] = [f"a{(int(a[1]) + 1) % 4}" for a in flights["origin"]]
    vectors = Cat2Vec(3, shared={"airport": ["origin", "dest"]}).fit(flights).vectors_
    shared, member = atlas_table(vectors, "airport"), atlas_table(vectors, "dest")
    for column in ("text", "x", "y", "cluster", "vector"):
        assert shared[column].equals(member[column]), column
    assert sorted(set(atlas_table(vectors)["feature"].to_pylist())) == ["airport", "hour"]


def test_wrong_files_are_refused(model, tmp_path):
    with pytest.raises(ParameterError, match=r"must end in \.parquet"):
        save_atlas(model.vectors_, tmp_path / "x.csv")
    save_atlas(model.vectors_, tmp_path / "x.parquet")
    with pytest.raises(OutputExistsError):
        save_atlas(model.vectors_, tmp_path / "x.parquet")
    save_atlas(made_by_hand({"city": HOSTILE[:-2]}), tmp_path / "x.parquet", overwrite=True)
    assert pyarrow.parquet.read_table(tmp_path / "x.parquet")["text"].to_pylist() == HOSTILE[:-2]


def test_the_command_of_embedding_atlas_opens_the_file_as_it_is(model, tmp_path):
    pytest.importorskip("embedding_atlas.cli", reason="embedding-atlas is not installed")
    model.save(tmp_path / "m")
    file, out = tmp_path / "vectors.parquet", tmp_path / "page.zip"
    assert main(["export", str(tmp_path / "m"), "--to", "atlas", "--out", str(file)]) == 0
    options = ["--text", "text", "--vector", "vector", "--x", "x", "--y", "y"]
    command = Path(sys.executable).with_name("embedding-atlas")
    subprocess.run(
        [command, file, *options, "--export-application", out],
        check=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    with zipfile.ZipFile(out) as made:
        settings = json.loads(made.read("data/metadata.json"))
        (tmp_path / "again.parquet").write_bytes(made.read("data/dataset.parquet"))
    assert '"x": "x"' in json.dumps(settings)
    again = pyarrow.parquet.read_table(tmp_path / "again.parquet")
    wanted = atlas_table(model.vectors_)
    for column in ("text", "x", "y", "rows", "cluster"):
        assert again[column].to_pylist() == wanted[column].to_pylist(), column
