"""Kinds of columns beside rare categories, tables given back, folders and layers of embeddings."""

import datetime
import re

import numpy as np
import pandas as pd
import pytest

from cat2vec import (
    RARE,
    Cat2Vec,
    Dates,
    MultiValued,
    Ordered,
    count_pairs,
    encode_table,
    load,
    train_vectors,
)
from cat2vec.counting.encoded import count_encoded
from cat2vec.errors import ColumnTypeError, ParameterError
from cat2vec.export.embedding_rows import EmbeddingRows, weight_of
from cat2vec.tables.encode import encode_growing
from cat2vec.vectors.rows import rows_of_vectors
from cat2vec.vocabulary.vocabulary import MISSING_CATEGORY

TABLE = {
    "tags": [["a", "b"], ["a", "r1", "r2"], [], ["r1", "c"], ["b", "a", "c"], None],
    "city": ["x", "y", "x", None, "y", "x"],
}


def visits(n_rows=400):
    """Tags, a day and a size of rows in two groups; some cells of each are missing."""
    rng = np.random.default_rng(0)
    group = rng.integers(2, size=n_rows)
    drawn = group[:, None] * 4 + rng.integers(4, size=(n_rows, 2))
    start = datetime.date(2023, 1, 2)
    days = [
        start + datetime.timedelta(int(d)) for d in group * 365 + rng.integers(300, size=n_rows)
    ]
    return {
        "tags": [[f"t{t}" for t in row[: 1 + row[0] % 2]] for row in drawn.tolist()],
        "day": [None if i % 50 == 0 else day for i, day in enumerate(days)],
        "doors": [None if i % 7 == 0 else 2 + int(g) for i, g in enumerate(group)],
        "open": [None if i % 9 == 0 else bool(g) for i, g in enumerate(group)],
    }


def test_two_rare_values_of_one_cell_are_one_token():
    table = encode_table(TABLE)
    pooled = table.pool(3)
    assert pooled.decode("tags") == [
        ["a", RARE], ["a", RARE], [], [RARE], ["a", RARE], []
    ]  # fmt: skip
    words = pooled.vocabulary
    assert words.counts[words.token_id("tags", RARE)] == 4  # rows, though r1, r2, b and c are six
    assert words.pooled[0].tolist() == ["b", "c", "r1", "r2"]
    assert pooled.n_slots.tolist() == [2, 1]
    counts = count_encoded(pooled)
    place = {(words.text(i), words.text(j)): n for i, j, n in zip(
        counts.left, counts.right, counts.count.tolist(), strict=True)}  # fmt: skip
    assert place["tags=<rare>", "city=y"] == 2
    again = encode_table(TABLE, vocabulary=words)  # looks both up as the one token
    np.testing.assert_array_equal(again.codes, pooled.codes)


def test_weights_of_pooled_rows_are_added_once():
    weights = [1.0, 2.0, 1.0, 0.5, 0.0, 4.0]
    table = encode_table(TABLE, sample_weight=weights)
    words = table.pool(3).vocabulary
    assert words.counts[words.token_id("tags", RARE)] == 3.5  # rows 0, 1 and 3


def test_pair_counts_do_not_tell_which_cells_hold_two_rare_values():
    counts = count_pairs(TABLE)
    with pytest.raises(
        ParameterError, match=r"would pool 4 categories of 'tags', whose cells hold"
    ):
        counts.pool(3)
    with pytest.raises(ParameterError, match="fit all rows at once"):
        Cat2Vec(min_count=3, vector_size=1).partial_fit(TABLE)
    one = {"tags": ["a", "b", "b"], "city": ["x", "y", "x"]}
    assert encode_table(one, vocabulary=encode_table(one).vocabulary).pool(2).n_rows == 3
    other = encode_table({**TABLE, "tags": TABLE["tags"][::-1]}, vocabulary=counts.vocabulary)
    assert other.pool(3).n_rows == 6  # the same counts in another order are as good
    some = encode_table({n: cells[:2] for n, cells in TABLE.items()}, vocabulary=counts.vocabulary)
    with pytest.raises(ParameterError, match="counts them in another table"):
        some.pool(3)


def test_missing_cells_are_never_rare():
    table = {"a": ["x", "x", "y", "z", None, "x"], "b": ["u", "v", "u", "v", "u", "v"]}
    pooled = encode_table(table, missing="token").pool(3)
    words = pooled.vocabulary
    assert words.categories[0].tolist() == ["x", MISSING_CATEGORY, RARE]
    assert words.counts[:3].tolist() == [3, 1, 2]
    assert words.token_id("a", None) == 1
    assert pooled.decode("a")[4] is MISSING_CATEGORY
    new = encode_table({"a": [None, "q", "y"], "b": ["u"] * 3}, vocabulary=words)
    assert new.codes[:, 0].tolist() == [1, -2, 2]
    assert new.unseen_as_rare().codes[:, 0].tolist() == [1, 2, 2]
    grown = encode_growing({"a": ["q", None, "z"], "b": ["u"] * 3}, words)
    assert grown.vocabulary.categories[0].tolist() == ["x", MISSING_CATEGORY, RARE, "q"]
    assert grown.codes[:, 0].tolist() == [3, 1, 2]


def test_unseen_values_of_one_cell_are_rare_once():
    words = encode_table(TABLE).pool(3).vocabulary
    new = encode_table({"tags": [["q", "a"], ["q", "r1"], ["p", "q"]], "city": ["x"] * 3},
                       vocabulary=words)  # fmt: skip
    assert new.unseen_as_rare().decode("tags") == [["a", RARE], [RARE], [RARE]]


def test_rare_categories_of_shared_lists_are_pooled_together():
    table = {
        "tags": TABLE["tags"],
        "main": ["a", "r2", "b", "c", "a", "r3"],
        "city": list("xyxyxy"),
    }
    pooled = encode_table(table, shared={"tag": ["tags", "main"]}).pool(3)
    words = pooled.vocabulary
    assert words.categories[0].tolist() == words.categories[1].tolist() == ["a", "b", "c", RARE]
    assert words.of_vectors.pooled[0].tolist() == ["r1", "r2", "r3"]
    assert words.counts[words.token_id("tags", RARE)] == 2
    assert words.counts[words.token_id("main", RARE)] == 2


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("how", ["concat", "mean"])
def test_rows_as_numbers_average_the_values_of_a_cell(how, order):
    encoded = encode_table(TABLE)
    words, rng = encoded.vocabulary, np.random.default_rng(0)
    written = {
        name: rng.normal(size=(len(found), 3)).astype(np.float32)
        for name, found in zip(words.features, words.categories, strict=True)
    }
    zero = np.zeros(3, np.float32)
    rows = []
    for cells in zip(*(encoded.decode(name) for name in written), strict=True):
        parts = []
        for name, cell in zip(written, cells, strict=True):
            values = cell if isinstance(cell, list) else [] if cell is None else [cell]
            places = [words.token_id(name, v) - words.tokens_of(name).start for v in values]
            parts.append(written[name][places].mean(axis=0) if places else None)
        known = [part for part in parts if part is not None]
        mean = np.mean(known, axis=0) if known else zero
        side_by_side = np.concatenate([zero if part is None else part for part in parts])
        rows.append(side_by_side if how == "concat" else mean)
    found = rows_of_vectors(encoded, written, how, 2, order)
    np.testing.assert_allclose(found, rows, rtol=1e-6, atol=1e-7)


def test_tables_come_back_with_parts_of_dates_and_without_missing_cells():
    table = visits()
    model = Cat2Vec(vector_size=4, missing="token", context=["tags"]).fit(table)
    back = model.inverse_transform(model.transform(table))
    assert list(back) == ["day:year", "day:month", "day:weekday", "doors", "open"]
    wanted = pd.DataFrame({"doors": table["doors"], "open": table["open"]}, dtype=object)
    for name, kind in (("doors", "Int64"), ("open", "boolean")):
        assert str(back[name].dtype) == kind
        assert back[name].isna().tolist() == wanted[name].isna().tolist()
        assert back[name].dropna().tolist() == wanted[name].dropna().tolist()
    years = [None if day is None else day.year for day in table["day"]]
    assert back["day:year"].astype(object).where(back["day:year"].notna(), None).tolist() == years


def test_cells_of_several_values_do_not_come_back():
    model = Cat2Vec(vector_size=2).fit(visits())
    assert not hasattr(model, "inverse_transform")
    with pytest.raises(AttributeError) as raised:
        model.inverse_transform(model.transform(visits()))
    why = str(raised.value.__cause__)
    assert re.search(r"cells of 'tags' hold several values.*context=\[", why)


def test_a_model_with_all_of_it_is_the_same_when_loaded(tmp_path):
    table = {**visits(), "size": ["S", "L"] * 200, "text": ["a;b", "B ;c", "c", "d"] * 100}
    columns = {
        "size": Ordered(["S", "M", "L"]),
        "tags": MultiValued(normalize=True),
        "text": MultiValued(sep=";", normalize=True),
        "day": Dates(parts=["month", "weekday"]),
    }
    model = Cat2Vec(
        vector_size=3, columns=columns, missing="token", min_count=120, handle_unknown="rare",
        shared={"word": ["tags", "text"]},
    ).fit(table)  # fmt: skip
    assert (model.vocabulary_.rare_tokens >= 0).any()
    model.save(tmp_path)
    again = load(tmp_path)
    new = {name: cells[:20] for name, cells in table.items()}
    new["text"] = ["never; seen"] * 20
    with pytest.warns(UserWarning, match="text"):
        rows = model.transform(new)
    with pytest.warns(UserWarning, match="text"):
        np.testing.assert_array_equal(again.transform(new), rows)
    assert again.vocabulary_.texts() == model.vocabulary_.texts()


def test_rows_of_layers_know_parts_of_dates_and_missing_cells():
    table = visits()
    vectors = train_vectors(encode_table(table, missing="token"), vector_size=2)
    index = EmbeddingRows(vectors.vocabulary, "day:year")
    cells = [datetime.date(2024, 1, 5), None, datetime.date(1999, 1, 1)]
    assert index.encode(cells).tolist() == [index[2024], index[None], 1]
    assert list(index) == [2023, 2024, MISSING_CATEGORY]
    assert index.plain()["categories"] == [2023, 2024, "<missing>"]
    assert index.plain()["missing"] == 4
    assert weight_of(vectors, "day:year", None).shape == (5, 2)
    doors = EmbeddingRows(vectors.vocabulary, "doors")
    assert doors.encode([3, None, 9]).tolist() == [doors[3], doors[None], 1]
    without = EmbeddingRows(encode_table(table).vocabulary, "doors")
    assert without.encode([3, None]).tolist() == [without[3], 0]
    assert without.plain()["missing"] == 0


def test_rows_of_layers_are_asked_of_single_values():
    index = EmbeddingRows(encode_table(visits()).vocabulary, "tags")
    assert index["t1"] == 3
    assert index.get("never", 1) == 1
    with pytest.raises(ColumnTypeError, match="'tags' hold several values, and encode gives one"):
        index.encode([["t1", "t2"]])


def kinds_of_all_sorts():
    """Settings under which ``visits`` has lists, parts of dates, bins, gaps and rare categories."""
    return {"vector_size": 4, "min_count": 20, "missing": "token", "regularization": 1.0}


@pytest.mark.parametrize("solver", ["counts", "rows"])
def test_reports_and_questions_go_by_features_whatever_their_kind(solver):
    table, new = visits(), visits(120)
    table["day"][1], table["tags"][1] = None, ["only here"]
    table["tags"][2] = ["and here"]
    model = Cat2Vec(solver=solver, **kinds_of_all_sorts()).fit(table)
    words = model.vocabulary_
    assert RARE in words.categories[0].tolist()
    assert any(c is MISSING_CATEGORY for c in words.categories[words.schema.position("doors")])
    report = model.report(new, table)
    assert [one.feature for one in report.features] == list(words.features)
    assert report.signal
    assert "tags" not in report.no_signal
    assert report.features[0].n_cells > 120  # values, some cells hold two
    assert report.features[0].halves is not None
    assert report.gain == pytest.approx(model.score(new), rel=1e-4)
    assert report.to_json()
    scores = model.score_samples(new)
    assert scores.shape == (120,)
    odd = model.outlier_rows(new, n=2)
    assert set(odd["feature"]) <= set(words.features)
    assert odd["score"].iloc[0] == scores.min()
    assert set(model.influence("tags")["other"]) == set(words.features) - {"tags"}
    found = model.commonality("tags")
    assert found["rows"].sum() == words.counts[words.tokens_of("tags")].sum()
    assert any(category is RARE for category in model.clusters("tags")["category"])
    associated = model.associations(table)
    assert associated["share"].max() <= 1


def test_counts_kept_by_partial_fit_stand_for_training_rows_with_rare_categories():
    table = visits()
    table["city"] = [f"c{i % 7}" if i % 50 else f"rare{i}" for i in range(400)]
    del table["tags"]
    model = Cat2Vec(vector_size=3, min_count=10).partial_fit(table)
    assert model.vocabulary_.pooled[-1].size
    report = model.report(visits(100) | {"city": ["c1", "c2"] * 50})
    assert report.gain_table is not None
    assert report.n_train_rows == 400
