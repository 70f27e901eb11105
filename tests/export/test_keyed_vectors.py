"""Exports: gensim's ``KeyedVectors`` in memory and as files, and plain tables."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from gensim.models import KeyedVectors

from cat2vec import Cat2Vec
from cat2vec.errors import (
    KeyCollisionError,
    NumberKeyError,
    NumberKeysWarning,
    OutputExistsError,
    ParameterError,
    UnknownFeatureError,
)
from cat2vec.export.flat_table import save_token_table, token_table
from cat2vec.export.keyed_vectors import keys_of, save_keyed_vectors, to_keyed_vectors
from tests.made_vectors import made_by_hand


@pytest.fixture
def vectors():
    return made_by_hand(
        {
            "city": ["New York", "Oslo", "Zürich \N{SNOWMAN}", "a=b"],
            "a=b": [1, 2.0, 2.5, True],
        }
    )


#: In order of token ids; made vectors count 1, 2, 3 and so on, so exports turn them around.
KEYS = [
    "city=New York",
    "city=Oslo",
    "city=Zürich \N{SNOWMAN}",
    "city=a=b",
    r"a\=b=1",
    r"a\=b=2",
    r"a\=b=2.5",
    r"a\=b=True",
]


def test_all_tokens_are_keyed_by_feature_and_category(vectors):
    keyed = to_keyed_vectors(vectors)
    assert keyed.index_to_key == KEYS[::-1]
    assert keyed.vectors.dtype == np.float32
    np.testing.assert_array_equal(keyed.vectors, vectors.matrix[::-1])
    np.testing.assert_array_equal(keyed["city=a=b"], vectors.matrix[3])


def test_one_feature_is_keyed_by_its_bare_categories(vectors):
    keyed = to_keyed_vectors(vectors, "a=b")
    assert keyed.index_to_key == ["True", "2.5", "2", "1"]
    np.testing.assert_array_equal(keyed.vectors, vectors.matrix[:3:-1])


def test_counts_of_rows_go_along(vectors):
    keyed = to_keyed_vectors(vectors)
    assert [keyed.get_vecattr(key, "count") for key in KEYS] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert to_keyed_vectors(vectors, "a=b").get_vecattr("2.5", "count") == 7


COUNTED = {"product": [7, 3, 3, 3, 5, 5, 9] * 5, "shop": list("xyzxyzx") * 5}


def test_most_frequent_keys_come_first_and_equal_ones_in_the_order_of_the_vocabulary():
    keyed = to_keyed_vectors(Cat2Vec(vector_size=2).fit(COUNTED).vectors_, "product")
    assert keyed.index_to_key == ["3", "5", "7", "9"]
    assert [keyed.get_vecattr(key, "count") for key in keyed.index_to_key] == [15, 10, 5, 5]
    weighted = Cat2Vec(vector_size=2).fit(COUNTED, sample_weight=[1, 0.1, 0.1, 0.1, 1, 1, 9] * 5)
    assert to_keyed_vectors(weighted.vectors_, "product").index_to_key == ["9", "5", "7", "3"]


#: Ways to ask gensim for a key.
ASKED = {
    "brackets": lambda keyed, key: keyed[key],
    "get_vector": lambda keyed, key: keyed.get_vector(key),
    "most_similar": lambda keyed, key: keyed.most_similar(key, topn=1),
    "positive": lambda keyed, key: keyed.most_similar(positive=[key], topn=1),
    "similarity": lambda keyed, key: keyed.similarity(key, "3"),
    "distance": lambda keyed, key: keyed.distance("3", key),
    "rank": lambda keyed, key: keyed.rank("3", key),
    "in": lambda keyed, key: key in keyed,
    "list": lambda keyed, key: keyed[["3", key]],
    "count": lambda keyed, key: keyed.get_vecattr(key, "count"),
    "doesnt_match": lambda keyed, key: keyed.doesnt_match(["3", "5", key]),
}


@pytest.mark.parametrize("way", ASKED)
@pytest.mark.parametrize("number", [0, 7, np.int64(2)])
def test_a_number_is_refused_where_keys_read_as_numbers_and_its_text_is_found(way, number):
    keyed = to_keyed_vectors(Cat2Vec(vector_size=2).fit(COUNTED).vectors_, "product")
    with pytest.raises(NumberKeyError, match=rf"^keys of .* Ask for '{number}', not for {number}"):
        ASKED[way](keyed, number)
    ASKED[way](keyed, "7")


def test_texts_that_read_as_numbers_are_guarded_too_and_other_keys_are_gensim_s_own(vectors):
    zips = to_keyed_vectors(made_by_hand({"zip": ["0101", "5003"]}), "zip")
    with pytest.raises(NumberKeyError):
        zips[1]
    for keyed in (to_keyed_vectors(vectors), to_keyed_vectors(vectors, "city")):
        assert type(keyed) is KeyedVectors
        np.testing.assert_array_equal(keyed[0], keyed.vectors[0])


def test_copies_and_files_of_guarded_vectors_are_gensim_s_own(tmp_path):
    model = Cat2Vec(vector_size=2).fit(COUNTED)
    keyed = to_keyed_vectors(model.vectors_, "product")
    assert isinstance(keyed, KeyedVectors)
    assert type(pickle.loads(pickle.dumps(keyed))) is KeyedVectors
    keyed.save(str(tmp_path / "plain.kv"))
    with pytest.warns(NumberKeysWarning, match="keys such as '3' are text, and gensim takes a nu"):
        save_keyed_vectors(model.vectors_, tmp_path / "x.kv", "product")
    for name in ("plain.kv", "x.kv"):
        again = KeyedVectors.load(str(tmp_path / name))
        assert type(again) is KeyedVectors
        np.testing.assert_array_equal(again["7"], keyed["7"])
    save_keyed_vectors(model.vectors_, tmp_path / "all.kv")  # feature=category: no warning


def test_changing_the_export_leaves_the_model_alone(vectors):
    before = vectors.matrix.copy()
    to_keyed_vectors(vectors).vectors[:] = 0
    to_keyed_vectors(vectors, "city").vectors[:] = 0
    np.testing.assert_array_equal(vectors.matrix, before)


def test_two_categories_with_one_key_are_an_error_that_names_both():
    both = made_by_hand({"zip": [1, "0", "1"]})
    expected = (
        r"^two tokens would both have the key '{}': category 1 \(int\) of feature 'zip' and "
        r"category '1' \(str\) of feature 'zip'\. Rename one"
    )
    with pytest.raises(KeyCollisionError, match=expected.format("zip=1")):
        to_keyed_vectors(both)
    with pytest.raises(KeyCollisionError, match=expected.format("1")):
        to_keyed_vectors(both, "zip")


def test_equal_signs_in_names_never_make_two_features_collide():
    assert keys_of(made_by_hand({"a": ["b=c"], "a=b": ["c"]}).vocabulary) == ["a=b=c", r"a\=b=c"]


def test_an_unknown_feature_is_an_error(vectors, tmp_path):
    with pytest.raises(UnknownFeatureError, match=r"no feature 'town' in this model"):
        to_keyed_vectors(vectors, "town")
    with pytest.raises(UnknownFeatureError, match=r"no feature 'town' in this model"):
        save_keyed_vectors(vectors, tmp_path / "x.kv", "town")
    assert not list(tmp_path.iterdir())


READ = """
import json, sys
from gensim.models import KeyedVectors
keyed = KeyedVectors.load(sys.argv[1])
print(json.dumps({
    "keys": keyed.index_to_key[:8],
    "vectors": keyed.vectors[:8].tolist(),
    "count": int(keyed.get_vecattr(keyed.index_to_key[1], "count")),
    "near": keyed.most_similar(keyed.index_to_key[1], topn=5),
    "cat2vec": "cat2vec" in sys.modules,
}))
"""


def read_elsewhere(path):
    """Load a .kv file in a fresh Python that knows nothing of cat2vec."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)], capture_output=True, check=True, encoding="utf-8"
    )
    return json.loads(done.stdout)


def test_gensim_reads_the_file_in_another_process_and_finds_the_same_neighbours(tmp_path):
    rng = np.random.default_rng(0)
    group = rng.integers(0, 4, 800)
    city = 2 * group + rng.integers(0, 2, 800)
    model = Cat2Vec(vector_size=6).fit(
        {
            "city": [f"city {number}" for number in city],
            "food": [f"food {g}" for g in np.where(rng.random(800) < 0.8, group, 0)],
        }
    )
    path = tmp_path / "new folder" / "city.kv"
    save_keyed_vectors(model.vectors_, path, "city")
    found = read_elsewhere(path)
    assert not found["cat2vec"]
    assert sorted(found["keys"]) == model.vectors_["city"].index.tolist()
    np.testing.assert_array_equal(found["vectors"], model.vectors_["city"].loc[found["keys"]])
    second = found["keys"][1]
    assert found["count"] == (city == int(second[5:])).sum()
    near = model.nearest("city", second, n=5)
    assert [key for key, _ in found["near"]] == near["category"].tolist()
    np.testing.assert_allclose([s for _, s in found["near"]], near["similarity"], atol=1e-6)
    assert [entry.name for entry in path.parent.iterdir()] == ["city.kv"]


def test_a_large_model_is_two_files_and_replacing_it_leaves_no_stale_one(tmp_path, vectors):
    large = made_by_hand({"id": [f"id {i}" for i in range(3000)]}, size=3500)  # 10.5 million
    path = tmp_path / "large.kv"
    save_keyed_vectors(large, path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [
        "large.kv",
        "large.kv.vectors.npy",
    ]
    found = read_elsewhere(path)
    np.testing.assert_array_equal(found["vectors"], large.matrix[:-9:-1])
    near = large.nearest("id", found["keys"][1].removeprefix("id="), n=5)
    assert [key for key, _ in found["near"]] == [f"id={value}" for value in near["category"]]
    save_keyed_vectors(vectors, path, overwrite=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["large.kv"]
    assert read_elsewhere(path)["keys"] == KEYS[::-1]


@pytest.mark.parametrize("there", ["x.kv", "x.kv.vectors.npy"])
def test_an_existing_vectors_file_is_replaced_only_when_told(vectors, tmp_path, there):
    (tmp_path / there).write_text("keep")
    with pytest.raises(OutputExistsError, match=rf"{there}' exists and would be replaced"):
        save_keyed_vectors(vectors, tmp_path / "x.kv")
    assert (tmp_path / there).read_text() == "keep"
    assert [entry.name for entry in tmp_path.iterdir()] == [there]
    save_keyed_vectors(vectors, tmp_path / "x.kv", overwrite=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.kv"]


def test_a_token_table_has_one_row_per_token(vectors):
    table = token_table(vectors)
    assert table.column_names == ["feature", "category", "rows", "v0", "v1", "v2"]
    assert table["feature"].to_pylist() == ["city"] * 4 + ["a=b"] * 4
    assert table["category"].to_pylist() == [
        "New York",
        "Oslo",
        "Zürich \N{SNOWMAN}",
        "a=b",
        "1",
        "2",
        "2.5",
        "True",
    ]
    assert table["rows"].to_pylist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert table["v1"].type == pa.float32()
    np.testing.assert_array_equal(table["v1"], vectors.matrix[:, 1])


def test_a_token_table_of_one_feature_holds_only_that(vectors):
    table = token_table(vectors, "a=b")
    assert table["feature"].unique().to_pylist() == ["a=b"]
    assert table["rows"].to_pylist() == [5, 6, 7, 8]
    np.testing.assert_array_equal(table["v2"], vectors.matrix[4:, 2])


@pytest.mark.parametrize(
    ("name", "read"),
    [("x.parquet", pyarrow.parquet.read_table), ("x.csv", pyarrow.csv.read_csv)],
)
def test_a_token_table_comes_back_from_its_file(vectors, tmp_path, name, read):
    table = token_table(vectors)
    save_token_table(table, tmp_path / "new folder" / name)
    again = read(tmp_path / "new folder" / name)
    assert again.column_names == table.column_names
    for column in ("feature", "category", "rows"):
        assert again[column].to_pylist() == table[column].to_pylist()
    for column in ("v0", "v1", "v2"):
        np.testing.assert_array_equal(again[column].to_numpy().astype(np.float32), table[column])
    assert [entry.name for entry in (tmp_path / "new folder").iterdir()] == [name]


@pytest.mark.parametrize("name", ["x.parquet", "x.csv"])
def test_an_existing_table_file_is_replaced_only_when_told(vectors, tmp_path, name):
    (tmp_path / name).write_text("keep")
    with pytest.raises(OutputExistsError, match=rf"{name}' exists and would be replaced\. Choose"):
        save_token_table(token_table(vectors), tmp_path / name)
    assert (tmp_path / name).read_text() == "keep"
    save_token_table(token_table(vectors), tmp_path / name, overwrite=True)
    assert b"keep" not in (tmp_path / name).read_bytes()


def test_other_endings_and_folders_are_refused(vectors, tmp_path):
    with pytest.raises(ParameterError, match=r"must end in \.parquet or \.csv, got '.*x\.xlsx'"):
        save_token_table(token_table(vectors), tmp_path / "x.xlsx")
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(OutputExistsError, match=r"x\.csv' exists and is a folder"):
        save_token_table(token_table(vectors), tmp_path / "x.csv", overwrite=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.csv"]
