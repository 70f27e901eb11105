"""Graphs of ONNX, run by onnxruntime: they write rows as ``transform`` does."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cat2vec import Cat2Vec, Categorical, MultiValued
from cat2vec.cli.main import main
from cat2vec.errors import KeyCollisionError, OutputExistsError, ParameterError
from cat2vec.vocabulary.vocabulary import category_text
from tests.interruptions import interrupted_at
from tests.made_tables import planted, rows_of_all_kinds
from tests.made_vectors import made_by_hand

onnx = pytest.importorskip("onnx", reason='pip install "cat2vec[onnx]"')
runtime = pytest.importorskip("onnxruntime", reason="it runs the graphs: pip install onnxruntime")

from cat2vec.estimator.onnx_graph import save_onnx  # noqa: E402
from cat2vec.export import onnx as module  # noqa: E402
from cat2vec.export.onnx import row_graph  # noqa: E402


def opened(graph):
    onnx.checker.check_model(graph, full_check=True)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return runtime.InferenceSession(graph.SerializeToString(), options)


def fed(graph, session, table):
    """Cells as the graph takes them: text, or float64."""
    blanks = json.loads({entry.key: entry.value for entry in graph.metadata_props}["missing"])
    cells = {}
    for one in session.get_inputs():
        column = list(table[one.name])
        if one.type == "tensor(string)":
            texts = [blanks[one.name] if pd.isna(cell) else category_text(cell) for cell in column]
            cells[one.name] = np.array(texts, dtype=object)
        else:
            cells[one.name] = np.array(
                [np.nan if pd.isna(cell) else cell for cell in column], float
            )
    return cells


def rows_of(graph, table):
    session = opened(graph)
    (rows,) = session.run(None, fed(graph, session, table))
    return rows


def table_with_gaps(seed=0):
    rng = np.random.default_rng(seed)
    table = rows_of_all_kinds().drop(columns="mixed").astype(object)
    table["code"] = [f"c{number}" for number in rng.integers(0, 40, len(table))]
    table["amount"] = rng.integers(-1, 60, len(table)).astype(float)
    for name in table:
        table.loc[rng.random(len(table)) < 0.1, name] = None
    table["price"] = table["price"].astype(float)
    table["amount"] = table["amount"].astype(float)
    return table


KINDS = {"day": "category", "amount": "numeric"}
#: Cells of every kind: known, not seen in fit, missing, beyond all bins, and on an edge.
UNSEEN = {"vehicle": "zeppelin", "doors": 99, "price": 1e9, "used": None, "day": None}
UNSEEN |= {"code": "c99", "amount": -np.inf}


def new_rows(model, table):
    rows = [*table.to_dict("records"), UNSEEN, dict.fromkeys(UNSEEN)]
    for codec, name in zip(
        model.vocabulary_.schema.codecs, model.vocabulary_.features, strict=True
    ):
        if codec.edges is not None:
            rows += [{**UNSEEN, name: float(edge)} for edge in codec.edges]
    found = pd.DataFrame(rows, columns=list(UNSEEN), dtype=object)
    return found.astype({"price": float, "amount": float})


WAYS = {
    "as it is": {},
    "unit": {"row_vector": "unit"},
    "mean": {"row_vector": "mean"},
    "linear": {"row_vector": "linear"},
    "sizes and context": {"vector_size": {"vehicle": 2, None: 3}, "context": ["used", "code"]},
    "missing token": {"missing": "token"},
    "missing token, mean": {"missing": "token", "row_vector": "mean"},
    "pooled": {"min_count": 8},
    "rare": {"min_count": 8, "handle_unknown": "rare"},
    "rare, mean": {"min_count": 8, "handle_unknown": "rare", "row_vector": "mean"},
    "missing values": {"missing_values": {"vehicle": ["bus"], "doors": [2], "amount": [-1]}},
    "missing values as a token": {"missing_values": {"amount": [-1]}, "missing": "token"},
    "numbers as categories": {"columns": {"day": "category", "amount": "category"}},
}


@pytest.mark.filterwarnings("ignore::cat2vec.errors.Cat2VecWarning")
@pytest.mark.parametrize("way", WAYS)
def test_rows_are_those_of_transform(way):
    table = table_with_gaps()
    model = Cat2Vec(**{"vector_size": 3, "columns": KINDS, **WAYS[way]}).fit(table)
    rows = new_rows(model, table)
    wanted = np.asarray(model.transform(rows))
    found = rows_of(model.to_onnx(), rows)
    assert found.dtype == np.float32
    assert np.isfinite(wanted).all()
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6)


def test_columns_that_share_have_inputs_of_their_own():
    table = planted(np.random.default_rng(0), n_rows=500)
    model = Cat2Vec(2, shared={"both": ["f0", "f1"]}).fit(table)
    np.testing.assert_array_equal(rows_of(model.to_onnx(), table), model.transform(table))


def test_what_a_graph_cannot_hold_is_named_in_one_sentence():
    table = {
        "tags": [["a", "b"], ["b"], ["c"]] * 9,
        "day": pd.date_range("2024-01-01", periods=3).tolist() * 9,
        "city": ["Oslo", " OSLO", "Rome"] * 9,
        "food": ["cod", "cod", "pasta"] * 9,
    }
    kinds = {"tags": MultiValued(), "city": Categorical(normalize=True)}
    model = Cat2Vec(2, columns=kinds, handle_unknown="fold_in").fit(table)
    with pytest.raises(ParameterError) as found:
        model.to_onnx()
    sentence = str(found.value)
    for wanted in ("handle_unknown='fold_in'", "'tags'", "'day:", "'city'"):
        assert wanted in sentence
    assert "food" not in sentence
    assert sentence.endswith("leave such columns out, or write rows with transform.")
    kept = Cat2Vec(2, columns=kinds, features=["food", "city"], context=["city"]).fit(table)
    np.testing.assert_array_equal(rows_of(kept.to_onnx(), table), kept.transform(table))
    with pytest.raises(ParameterError, match="handle_unknown='error'"):
        kept.set_params(handle_unknown="error").to_onnx()


def test_categories_of_one_text_are_refused():
    model = Cat2Vec(2, columns={"day": "category"}).fit(rows_of_all_kinds())
    with pytest.raises(KeyCollisionError, match="both have the key '1'"):
        model.to_onnx()


def test_too_large_a_graph_and_text_that_utf8_lacks_are_refused(monkeypatch):
    made = made_by_hand({"city": ["\udc80", "Oslo"]})
    with pytest.raises(ParameterError, match="feature 'city' holds text with lone surrogates"):
        row_graph(made.vocabulary, {"city": made.matrix})
    monkeypatch.setattr(module, "_MOST_BYTES", 10)
    with pytest.raises(ParameterError, match="holds at most 2 GB"):
        row_graph(made.vocabulary, {"city": made.matrix})


def check_texts(features):
    made = made_by_hand(features, size=2)
    parts = np.split(made.matrix, np.cumsum([len(values) for values in features.values()])[:-1])
    n_rows = max(map(len, features.values()))
    table = {name: [v[i % len(v)] for i in range(n_rows)] for name, v in features.items()}
    wanted = [
        part[np.arange(n_rows) % len(v)] for part, v in zip(parts, features.values(), strict=True)
    ]
    written = dict(zip(features, parts, strict=True))
    found = rows_of(row_graph(made.vocabulary, written), table)
    np.testing.assert_array_equal(found, np.hstack(wanted))


def test_awkward_names_and_texts_are_found():
    texts = ["", " ", "a\tb", "a\nb", '"', "'", "\\", "Zürich", "東京", "\U0001f6f6", "x" * 100_000]
    texts += ["[MISSING]", "nan", "None", "-0.0", "e\u0301", "é"]
    check_texts({"vector": texts, "cat2vec": texts[:3], "cat2vec.0": ["a"], "a b/c:é": texts[4:]})
    check_texts({"cat2vec.0": texts, "cat2vec:1": ["a"]})


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=("Cs",)), max_size=4), min_size=1, unique=True
    )
)
def test_texts_of_any_kind_are_found(texts):
    check_texts({"a": texts, "b": texts[:1]})


@pytest.mark.filterwarnings("ignore::cat2vec.errors.UnseenCategoryWarning")
def test_a_text_that_stands_for_missing_is_no_category():
    model = Cat2Vec(2, missing="token").fit(
        {"a": ["", "x", None, "[MISSING]"] * 9, "b": ["u", "v", "w", "w"] * 9}
    )
    graph = model.to_onnx()
    blanks = json.loads(graph.metadata_props[0].value)
    assert blanks == {"a": "[[MISSING]]", "b": ""}
    rows = {"a": [None, "", "[MISSING]", "y"], "b": ["u", None, "", "w"]}
    wanted = model.transform({"a": rows["a"], "b": ["u", None, None, "w"]})
    np.testing.assert_array_equal(rows_of(graph, rows), wanted)


def test_the_command_line_writes_a_graph(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    table = rows_of_all_kinds().drop(columns="mixed")
    model = Cat2Vec(2, columns={"day": "category"}).fit(table)
    model.save("m")
    assert main(["export", "m", "--to", "onnx", "--out", "x.onnx"]) == 0
    assert capsys.readouterr().out == "written   x.onnx\n"
    np.testing.assert_array_equal(rows_of(onnx.load("x.onnx"), table), model.transform(table))
    assert main(["export", "m", "--to", "onnx", "--out", "y.onnx", "--feature", "day"]) == 2
    assert "--feature is not for --to onnx" in capsys.readouterr().err
    assert main(["export", "m", "--to", "onnx", "--out", "x.onnx"]) == 2
    assert "exists and would be replaced" in capsys.readouterr().err
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["m", "x.onnx"]


def test_an_interrupted_export_leaves_the_graph_of_before(tmp_path, monkeypatch):
    model = Cat2Vec(1).fit({"a": ["x", "y"] * 9, "b": ["u", "v"] * 9})
    path = tmp_path / "x.onnx"
    path.write_text("keep")
    with pytest.raises(OutputExistsError, match=r"x\.onnx' exists and would be replaced"):
        save_onnx(model, path)
    with interrupted_at(monkeypatch, 1):
        save_onnx(model, path, overwrite=True)
    assert path.read_text() == "keep"
