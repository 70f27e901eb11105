"""Exports to the real Keras 3, on whatever backend is installed."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from cat2vec import Cat2Vec
from cat2vec.cli.main import main
from cat2vec.errors import KeyCollisionError, MissingPackageError, OutputExistsError, ParameterError
from tests.interruptions import interrupted_at
from tests.made_tables import rows_of_all_kinds
from tests.made_vectors import made_by_hand

HAS = {name: importlib.util.find_spec(name) is not None for name in ("torch", "tensorflow")}
os.environ.setdefault("KERAS_BACKEND", "torch" if HAS["torch"] else "tensorflow")
keras = pytest.importorskip("keras", reason="Keras is not installed: make test-frameworks")

from cat2vec.export.keras import save_keras, to_keras  # noqa: E402

needs_tensorflow = pytest.mark.skipif(
    not HAS["tensorflow"],
    reason="StringLookup of Keras is TensorFlow inside, which is not installed",
)


@pytest.fixture(scope="module")
def table():
    return rows_of_all_kinds()


@pytest.fixture(scope="module")
def model(table):
    return Cat2Vec(vector_size=4, columns={"day": "category"}).fit(table)


def numbers(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("feature", ["vehicle", "doors", "price", "used", "day", "mixed"])
def test_cells_of_every_kind_get_the_vectors_of_transform(model, table, feature):
    lookup, embedding = model.to_keras(feature, lookup="rows")
    assert isinstance(embedding, keras.layers.Embedding)
    place = 4 * table.columns.tolist().index(feature)
    wanted = model.transform(table)[:, place : place + 4]
    np.testing.assert_array_equal(numbers(embedding(lookup(table[feature]))), wanted)


def test_missing_and_unknown_cells_have_rows_of_their_own(model):
    lookup, embedding = model.to_keras("vehicle", lookup="rows")
    assert lookup(["tram", None, "zeppelin"]).tolist() == [4, 0, 1]
    assert not numbers(embedding(lookup([None, "zeppelin"]))).any()


def test_frozen_vectors_stay_and_others_learn(model, table):
    def fitted(frozen):
        lookup, embedding = model.to_keras("vehicle", frozen=frozen)
        before = numbers(embedding.embeddings).copy()
        network = keras.Sequential(
            [keras.Input((), dtype="int32"), embedding, keras.layers.Dense(1)]
        )
        network.compile(keras.optimizers.SGD(0.1), "mse")
        network.fit(
            numbers(lookup(table["vehicle"].tolist())), np.ones(len(table)), epochs=1, verbose=0
        )
        return (numbers(embedding.embeddings) != before).any(axis=1)

    assert not fitted(frozen=True).any()
    assert fitted(frozen=False).tolist() == [False, False, True, True, True]


def test_what_is_frozen_is_true_or_false(model):
    with pytest.raises(ParameterError, match=r"^frozen must be True or False, got 'no'\.$"):
        model.to_keras("vehicle", frozen="no")


def test_fewer_numbers_are_those_of_reduce(model):
    _, embedding = model.to_keras("vehicle", size=2)
    wanted = model.vectors_.reduce("vehicle", 2)
    np.testing.assert_array_equal(numbers(embedding.embeddings)[2:], wanted)


@needs_tensorflow
def test_string_lookup_gives_the_same_rows(model, table):
    lookup, embedding = model.to_keras("vehicle")
    assert isinstance(lookup, keras.layers.StringLookup)
    assert isinstance(embedding, keras.layers.Embedding)
    same = model.to_keras("vehicle", lookup="rows").lookup
    values = [*table["vehicle"], "zeppelin"]
    np.testing.assert_array_equal(numbers(lookup(np.array(values))), same(values))
    assert numbers(lookup(np.array(["", "[UNK]"]))).tolist() == [0, 1]
    lookup, _ = model.to_keras("doors", lookup="string")
    values = table["doors"].tolist()
    same = model.to_keras("doors").lookup
    np.testing.assert_array_equal(numbers(lookup(np.array(list(map(str, values))))), same(values))


@needs_tensorflow
def test_string_lookup_takes_awkward_text():
    awkward = ["", " ", "[UNK]", "[[UNK]]", "[MISSING]", "a\nb", "\x00", "a\x00", "a", "Zürich"]
    awkward += ["x" * 100_000]
    lookup, _ = to_keras(made_by_hand({"city": awkward}), "city")
    assert isinstance(lookup, keras.layers.StringLookup)
    assert numbers(lookup(awkward)).tolist() == [*range(2, 13)]
    assert numbers(lookup([lookup.mask_token, lookup.oov_token, "Lima"])).tolist() == [0, 1, 1]


@needs_tensorflow
def test_the_pair_is_saved_and_loaded_by_keras(model, tmp_path):
    lookup, embedding = model.to_keras("vehicle")
    layers = [lookup, embedding]
    again = [type(layer).from_config(layer.get_config()) for layer in layers]
    assert again[0].get_vocabulary() == ["", "[UNK]", "bus", "launch rocket", "tram"]
    again[1].build((None,))
    again[1].set_weights(embedding.get_weights())
    values = ["tram", "", "zeppelin", "bus"]
    np.testing.assert_array_equal(
        numbers(again[1](again[0](values))), numbers(embedding(lookup(values)))
    )
    if keras.backend.backend() == "tensorflow":  # text inside a model
        network = keras.Sequential([keras.Input((), dtype="string"), *layers])
        network.save(tmp_path / "x.keras")
        loaded = keras.saving.load_model(tmp_path / "x.keras")
        text = keras.ops.convert_to_tensor(values)
        np.testing.assert_array_equal(numbers(loaded(text)), numbers(embedding(lookup(values))))


@pytest.mark.skipif(HAS["tensorflow"], reason="TensorFlow is installed")
def test_without_tensorflow_string_lookup_is_named_and_rows_are_looked_up(model):
    with pytest.raises(
        MissingPackageError, match=r"StringLookup .*tensorflow.* pip install tensorf"
    ):
        model.to_keras("vehicle", lookup="string")
    lookup, _ = model.to_keras("vehicle")
    assert lookup(["tram"]).tolist() == [4]


def test_what_string_lookup_cannot_hold_is_refused(model):
    with pytest.raises(ParameterError, match=r"numbers of feature 'price' into bins\. Use lookup="):
        model.to_keras("price", lookup="string")
    with pytest.raises(KeyCollisionError, match=r"both have the key '1'"):
        model.to_keras("mixed", lookup="string")
    broken = made_by_hand({"city": ["\udc80", "Oslo"]})
    with pytest.raises(ParameterError, match=r"feature 'city' holds text with lone surrogates"):
        to_keras(broken, "city", lookup="string")
    assert to_keras(broken, "city").lookup(["\udc80"]).tolist() == [2]
    with pytest.raises(ParameterError, match=r"^lookup must be 'string', 'rows' or None, got 'x'"):
        model.to_keras("vehicle", lookup="x")


def test_a_backend_that_is_not_there_is_named_with_the_way_out(tmp_path):
    """In a Python of its own, as Keras takes its backend once."""
    name = "jax" if importlib.util.find_spec("jax") is None else "openvino"
    done = subprocess.run(
        [sys.executable, "-c", "import cat2vec.export.keras"],
        env={**os.environ, "KERAS_BACKEND": name},
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stderr.splitlines()[-1]
    assert f"Keras with the backend {name} needs the package {name}, which cannot be" in last
    assert "KERAS_BACKEND=torch" in last


READ = """
import json, sys, keras, numpy as np
model = keras.saving.load_model(sys.argv[1])
rows = json.load(open(sys.argv[1] + ".json"))
n = 2 + min(len(part["categories"]) for part in rows.values())
found = model([np.arange(n) for name in rows])
print(json.dumps({
    "vectors": {
        name: keras.ops.convert_to_numpy(part).tolist()
        for name, part in zip(rows, found, strict=True)
    },
    "rows": rows,
    "cat2vec": "cat2vec" in sys.modules,
}))
"""


def test_the_file_of_the_command_line_is_read_without_cat2vec(model, tmp_path, capsys):
    model.save(tmp_path / "m")
    path = tmp_path / "all.keras"
    assert main(["export", str(tmp_path / "m"), "--to", "keras", "--out", str(path)]) == 0
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)], capture_output=True, check=True, encoding="utf-8"
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert not found["cat2vec"]
    assert list(found["rows"]) == list(model.vocabulary_.features)
    assert set(found["vectors"]) == set(model.vocabulary_.features)
    for feature, vectors in found["vectors"].items():
        wanted = model.vectors_[feature].to_numpy()[: len(vectors) - 2]
        np.testing.assert_array_equal(np.float32(vectors[2:]), wanted)
        assert not np.any(vectors[:2])
    assert found["rows"]["vehicle"]["categories"] == ["bus", "launch rocket", "tram"]
    assert main(["export", str(tmp_path / "m"), "--to", "keras", "--out", str(path)]) == 2
    assert "exists and would be replaced" in capsys.readouterr().err


def test_the_file_takes_the_rows_of_its_features_in_their_order(model, tmp_path):
    path = tmp_path / "x.keras"
    save_keras(model.vectors_, path, size=2)
    rows = json.loads((tmp_path / "x.keras.json").read_text())
    n = 2 + min(len(part["categories"]) for part in rows.values())
    given = [np.roll(np.arange(n), place) for place in range(len(rows))]  # others for each
    found = keras.saving.load_model(path)(given)
    for name, cells, part in zip(rows, given, found, strict=True):
        wanted = np.concatenate([np.zeros((2, 2)), model.vectors_.reduce(name, 2)])[cells]
        np.testing.assert_array_equal(numbers(part), wanted.astype(np.float32))


@pytest.mark.parametrize("stopped_at", [1, 2])
def test_an_interrupted_export_leaves_the_model_of_before(tmp_path, monkeypatch, stopped_at):
    made = made_by_hand({"a city/town": ["Oslo", "New York"]})
    path = tmp_path / "x.keras"
    path.write_text("keep")
    with pytest.raises(OutputExistsError, match=r"x\.keras' exists and would be replaced"):
        save_keras(made, path)
    with interrupted_at(monkeypatch, stopped_at):
        save_keras(made, path, overwrite=True)
    assert path.read_text() == "keep"
    save_keras(made, path, overwrite=True)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["x.keras", "x.keras.json"]
    with pytest.raises(ParameterError, match=r"must end in \.keras, got '.*x\.h5'"):
        save_keras(made, tmp_path / "x.h5")
