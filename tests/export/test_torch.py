"""Exports to the real PyTorch: lookup, training, files."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

from cat2vec import Cat2Vec, load
from cat2vec.cli.main import main
from cat2vec.errors import (
    ColumnTypeError,
    OutputExistsError,
    ParameterError,
    UnknownFeatureError,
)
from tests.interruptions import interrupted_at
from tests.made_tables import rows_of_all_kinds
from tests.made_vectors import made_by_hand

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make test-frameworks")

from cat2vec.export.torch import save_torch, to_torch  # noqa: E402


@pytest.fixture(scope="module")
def table():
    return rows_of_all_kinds()


@pytest.fixture(scope="module")
def model(table):
    return Cat2Vec(vector_size=4, columns={"day": "category"}).fit(table)


@pytest.mark.parametrize("feature", ["vehicle", "doors", "price", "used", "day", "mixed"])
def test_cells_of_every_kind_get_the_vectors_of_transform(model, table, feature):
    embedding = model.to_torch(feature)
    assert isinstance(embedding, torch.nn.Embedding)
    rows = embedding.encode(table[feature])
    assert rows.dtype == torch.int64
    place = 4 * table.columns.tolist().index(feature)
    wanted = model.transform(table)[:, place : place + 4]
    np.testing.assert_array_equal(embedding(rows).numpy(), wanted)
    np.testing.assert_array_equal(embedding.encode(table[feature].tolist()), rows)
    for category, vector in model.vectors_[feature].iterrows():
        np.testing.assert_array_equal(embedding.weight[embedding.index[category]], vector)
    if feature != "price":  # texts of bins are no cells
        assert embedding.encode(list(embedding.index)).tolist() == list(embedding.index.values())


def test_missing_and_unknown_cells_have_rows_of_their_own(model):
    embedding = model.to_torch("vehicle")
    rows = embedding.encode(["tram", None, "zeppelin", "", float("nan")])
    assert rows.tolist() == [embedding.index["tram"], 0, 1, 1, 0]
    assert embedding.padding_idx == 0
    assert not embedding.weight[:2].any()
    assert model.to_torch("price").encode([np.nan, 1e9, -1e9]).tolist() == [
        0,
        len(model.to_torch("price").index) + 1,
        2,
    ]


def test_the_index_keeps_types_apart_as_the_table_does(model):
    index = model.to_torch("mixed").index
    assert len(index) == 3
    assert len({index[1], index[True], index["1"]}) == 3
    assert index[1] == index[1.0]
    assert 2 not in index
    assert index.get("2") is None
    assert [type(category) for category in index] == [bool, int, str]
    assert model.to_torch("price").index[-1e9] == 2


def test_arrays_of_more_dimensions_keep_their_shape(model):
    embedding = model.to_torch("vehicle")
    bags = np.array([["tram", None], ["bus", "zeppelin"]], dtype=object)
    rows = embedding.encode(bags)
    assert rows.shape == (2, 2)
    assert rows[0, 1] == 0
    assert rows[1, 1] == 1
    assert embedding(rows).shape == (2, 2, 4)


def test_frozen_vectors_stay_and_others_learn_except_padding(model):
    def one_step(frozen):
        embedding = model.to_torch("vehicle", frozen=frozen)
        before = embedding.weight.detach().clone()
        head = torch.nn.Linear(4, 1)
        optimizer = torch.optim.SGD([*embedding.parameters(), *head.parameters()], lr=0.1)
        rows = embedding.encode(["tram", None, "zeppelin"])
        (head(embedding(rows)) - 3.0).square().sum().backward()
        optimizer.step()
        return (embedding.weight.detach() != before).any(dim=1), embedding.index["tram"]

    moved, _ = one_step(frozen=True)
    assert not moved.any()
    moved, tram = one_step(frozen=False)
    assert sorted(torch.nonzero(moved).flatten().tolist()) == [1, tram]


def test_what_is_frozen_is_true_or_false(model):
    with pytest.raises(ParameterError, match=r"^frozen must be True or False, got 'no'\.$"):
        model.to_torch("vehicle", frozen="no")


def test_fewer_numbers_are_those_of_reduce(model):
    embedding = model.to_torch("vehicle", size=2)
    assert embedding.weight.shape == (5, 2)
    np.testing.assert_array_equal(embedding.weight[2:], model.vectors_.reduce("vehicle", 2))
    for wrong in (0, 5, 1.5, True):
        with pytest.raises(ParameterError, match=rf"^size must be an integer .* got {wrong}\.$"):
            model.to_torch("vehicle", size=wrong)
    with pytest.raises(UnknownFeatureError, match=r"no feature 'vehicl'.* Nearest: 'vehicle'"):
        model.to_torch("vehicl")


def test_rows_are_on_the_device_of_the_layer(model):
    embedding = model.to_torch("vehicle").to("meta")  # a device that every PyTorch has
    assert embedding.encode(["tram", "bus"]).device.type == "meta"


def test_changing_the_layer_leaves_the_model_alone(model):
    before = model.vectors_.matrix.copy()
    embedding = model.to_torch("vehicle", frozen=False)
    with torch.no_grad():
        embedding.weight.fill_(7)
    np.testing.assert_array_equal(model.vectors_.matrix, before)


def test_a_loaded_model_gives_the_same_layer(model, tmp_path):
    model.save(tmp_path / "m")
    for feature in model.vocabulary_.features:
        one, other = model.to_torch(feature), load(tmp_path / "m").to_torch(feature)
        assert torch.equal(one.weight, other.weight)
        assert list(one.index) == list(other.index)


def test_state_copies_and_pickles_come_back(model, tmp_path):
    embedding = model.to_torch("vehicle", frozen=False)
    with torch.no_grad():
        embedding.weight += 1
    assert list(embedding.state_dict()) == ["weight"]
    torch.save(embedding.state_dict(), tmp_path / "state.pt")
    again = model.to_torch("vehicle")
    again.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    torch.save(embedding, tmp_path / "layer.pt")
    others = [
        again,
        copy.deepcopy(embedding),
        pickle.loads(pickle.dumps(embedding)),
        torch.load(tmp_path / "layer.pt", weights_only=False),
    ]
    for other in others:
        assert torch.equal(other.weight, embedding.weight)
        assert other.encode(["tram", None]).tolist() == embedding.encode(["tram", None]).tolist()


READ = """
import json, sys, torch
found = torch.load(sys.argv[1], weights_only=True)
print(json.dumps({
    name: {**part, "weight": part["weight"].tolist()} for name, part in found.items()
} | {"cat2vec": "cat2vec" in sys.modules}))
"""


def read_elsewhere(path):
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)], capture_output=True, check=True, encoding="utf-8"
    )
    return json.loads(done.stdout)


def test_the_file_of_the_command_line_is_read_without_cat2vec(model, tmp_path, capsys):
    model.save(tmp_path / "m")
    path = tmp_path / "all.pt"
    assert main(["export", str(tmp_path / "m"), "--to", "torch", "--out", str(path)]) == 0
    found = read_elsewhere(path)
    assert not found.pop("cat2vec")
    assert list(found) == list(model.vocabulary_.features)
    for feature, part in found.items():
        np.testing.assert_array_equal(np.float32(part["weight"]), model.to_torch(feature).weight)
        assert (part["padding"], part["unknown"]) == (0, 1)
    assert found["vehicle"]["categories"] == ["bus", "launch rocket", "tram"]
    assert found["mixed"]["categories"] == [True, 1, "1"]
    assert found["day"]["categories"] == ["2024-01-01", "2024-01-02", "2024-01-03"]
    edges = found["price"]["edges"]
    np.testing.assert_array_equal(
        np.searchsorted(edges, [0.1, 11.0, 21.0], side="right") + 2,
        model.to_torch("price").encode([0.1, 11.0, 21.0]),
    )
    one = ["export", str(tmp_path / "m"), "--to", "torch", "--feature", "vehicle", "--size", "2"]
    assert main([*one, "--out", str(path)]) == 2
    assert "exists and would be replaced" in capsys.readouterr().err
    assert main([*one, "--out", str(path), "--overwrite"]) == 0
    found = torch.load(path, weights_only=True)
    assert list(found) == ["vehicle"]
    assert found["vehicle"]["weight"].shape == (5, 2)


def test_awkward_text_stays_as_it_is(tmp_path):
    awkward = ["", " ", "a\nb", "\udc80", "\x00", "Zürich", "x" * 100_000, "[UNK]"]
    made = made_by_hand({"city": awkward})
    embedding = to_torch(made, "city")
    assert embedding.encode(awkward).tolist() == [*range(2, 10)]
    save_torch(made, tmp_path / "x.pt")
    assert torch.load(tmp_path / "x.pt", weights_only=True)["city"]["categories"] == awkward


def test_an_interrupted_export_leaves_the_file_of_before(tmp_path, monkeypatch):
    made = made_by_hand({"city": ["Oslo"]})
    path = tmp_path / "x.pt"
    path.write_text("keep")
    with pytest.raises(OutputExistsError, match=r"x\.pt' exists and would be replaced"):
        save_torch(made, path)
    with interrupted_at(monkeypatch, 1):
        save_torch(made, path, overwrite=True)
    assert path.read_text() == "keep"
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.pt"]


def test_layers_of_dates_missing_cells_and_several_values(table):
    tags = [["fast", "red"] if used else ["red"] for used in table["used"]]
    rows = table.assign(tags=tags, doors=table["doors"].where(table["doors"] > 0))
    model = Cat2Vec(vector_size=4, missing="token").fit(rows)
    written = model.transform(rows)
    names = model.get_feature_names_out().tolist()
    for column in ("day", "doors"):
        feature = model.vocabulary_.schema.parts_of(column)[0]
        layer, place = model.to_torch(feature), names.index(f"{feature}_0")
        found = layer(layer.encode(rows[column])).numpy()
        np.testing.assert_array_equal(found, written[:, place : place + 4])
    layer, place = model.to_torch("tags"), names.index("tags_0")
    mean = layer.weight[[layer.index["fast"], layer.index["red"]]].mean(axis=0)
    np.testing.assert_allclose(mean, written[tags.index(["fast", "red"]), place : place + 4], 1e-6)
    with pytest.raises(ColumnTypeError, match="encode gives one row per cell"):
        layer.encode(tags)
