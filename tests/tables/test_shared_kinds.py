"""Shared vocabularies of dates, of cells with several values, and of other kinds of columns."""

import datetime

import numpy as np
import pandas as pd
import pytest

from cat2vec import (
    Cat2Vec,
    Categorical,
    Dates,
    MultiValued,
    Ordered,
    count_pairs,
    encode_table,
    load,
    train_vectors,
)
from cat2vec.errors import ColumnTypeError, ParameterError, TableError
from cat2vec.tables.encode import encode_growing
from cat2vec.training.problem import pair_allowed
from cat2vec.vocabulary.vocabulary import MISSING_CATEGORY

TOGETHER = {"tag": ["tags", "main"]}
TAGS = [["a", "b"], None, ["c", "a"], [], ["b"]]
MAIN = ["a", "d", None, "c", "b"]
TABLE = {"tags": TAGS, "main": MAIN, "city": ["x", "y", "x", "y", "x"]}


def day(text):
    return datetime.date.fromisoformat(text)


FLIGHTS = {
    "left": [day("2023-01-02"), day("2024-02-06"), None, day("2024-01-01")],
    "back": [day("2024-03-05"), None, day("2025-02-03"), day("2024-01-07")],
    "city": ["x", "y", "x", "y"],
}


def tables(n_rows=900):
    """Two tags of one group in a cell, and the same group's main tag and city."""
    rng = np.random.default_rng(0)
    group = rng.integers(4, size=n_rows)
    drawn = group[:, None] * 3 + rng.integers(3, size=(n_rows, 3))
    return {
        "tags": [sorted({f"t{t}" for t in row[:2]}) for row in drawn.tolist()],
        "main": [f"t{t}" for t in drawn[:, 2].tolist()],
        "city": [f"c{g}" for g in group.tolist()],
    }


def test_lists_share_with_single_values():
    encoded = encode_table(TABLE, shared=TOGETHER)
    words = encoded.vocabulary
    assert words.schema.shared == (("tag", ("tags", "main")),)
    assert [found.tolist() for found in words.categories[:2]] == [list("abcd")] * 2
    assert encoded.decode("tags") == [["a", "b"], [], ["a", "c"], [], ["b"]]
    assert encoded.decode("main") == MAIN
    assert words.counts.tolist() == [2, 2, 1, 0, 1, 1, 1, 1, 3, 2]
    assert words.of_vectors.counts.tolist() == [3, 3, 2, 1, 3, 2]
    again = encode_table(TABLE, vocabulary=words)
    np.testing.assert_array_equal(again.codes, encoded.codes)


@pytest.mark.parametrize(
    ("columns", "tags"),
    [
        (None, TAGS),
        ({"tags": MultiValued(sep="|")}, ["a|b", None, "c|a", "", "b"]),
        ({"tags": MultiValued(sep="|"), "main": Categorical()}, ["a|b", None, "a|c", "|", "b"]),
        ({"tags": "multivalued", "main": MultiValued(sep="/")}, TAGS),
    ],
)
def test_however_several_values_are_written_the_codes_are_the_same(columns, tags):
    encoded = encode_table({**TABLE, "tags": tags}, columns=columns, shared=TOGETHER)
    np.testing.assert_array_equal(encoded.codes, encode_table(TABLE, shared=TOGETHER).codes)


def test_both_may_hold_several_values_and_weights_are_of_rows():
    table = {"one": [["a"], ["b", "c"], []], "two": [["c", "d", "a"], ["b"], ["e"]]}
    table["city"] = ["x", "y", "x"]
    encoded = encode_table(table, shared={"tag": ["one", "two"]}, sample_weight=[1, 2, 0])
    assert encoded.vocabulary.categories[0].tolist() == ["a", "b", "c", "d"]  # not that of weight 0
    assert encoded.vocabulary.counts[:8].tolist() == [1, 2, 2, 0, 1, 2, 1, 1]
    assert encoded.feature_of_column.tolist() == [0, 0, 1, 1, 1, 2]


def test_dates_share_part_by_part():
    encoded = encode_table(FLIGHTS, shared={"day": ["left", "back"]})
    words = encoded.vocabulary
    assert words.schema.shared == (
        ("day:year", ("left:year", "back:year")),
        ("day:month", ("left:month", "back:month")),
        ("day:weekday", ("left:weekday", "back:weekday")),
    )
    assert words.features[:3] == ("left:year", "left:month", "left:weekday")
    assert words.categories[0].tolist() == words.categories[3].tolist() == [2023, 2024, 2025]
    assert words.categories[2].tolist() == ["Mon", "Tue", "Sun"]  # in the order of the week
    assert encoded.decode("left:year") == [2023, 2024, None, 2024]
    assert encoded.decode("back:weekday") == ["Tue", None, "Mon", "Sun"]
    np.testing.assert_array_equal(encode_table(FLIGHTS, vocabulary=words).codes, encoded.codes)


def test_parts_that_vary_in_one_of_the_columns_are_taken_in_all():
    table = {**FLIGHTS, "left": [day("2024-01-01")] * 4}
    words = encode_table(table, shared={"day": ["left", "back"]}).vocabulary
    assert [name for name, _ in words.schema.shared] == ["day:year", "day:month", "day:weekday"]


def test_named_parts_and_formats_are_those_of_every_column():
    kind = Dates(parts=["month"], format="%d.%m.%Y")
    table = {"left": ["01.02.2024", "05.06.2023"], "back": ["03.02.2024", None], "city": ["x", "y"]}
    words = encode_table(
        table, columns={"left": kind, "back": kind}, shared={"day": ["left", "back"]}
    ).vocabulary
    assert words.features == ("left:month", "back:month", "city")
    assert words.categories[1].tolist() == [2, 6]


def test_missing_cells_are_a_category_of_all_features_that_share():
    table = {**TABLE, "main": ["a", "d", "c", "c", "b"]}
    words = encode_table(table, shared=TOGETHER, missing="token").vocabulary
    assert words.categories[0].tolist() == words.categories[1].tolist()
    assert words.categories[1].tolist()[-1] is MISSING_CATEGORY
    assert words.counts[words.token_id("tags", None)] == 2
    assert words.counts[words.token_id("main", None)] == 0


@pytest.mark.parametrize("missing", ["ignore", "token"])
def test_new_categories_of_lists_grow_together(missing):
    known = encode_table(
        {"tags": [["a"], ["c"]], "main": ["c", "a"], "city": ["x", "y"]},
        shared=TOGETHER,
        missing=missing,
    ).vocabulary
    grown = encode_growing(
        {"tags": [["e", "a"], [], ["b", "c"]], "main": ["d", "b", None], "city": ["x"] * 3}, known
    )
    added = [MISSING_CATEGORY] if missing == "token" else []
    assert grown.vocabulary.categories[0].tolist() == ["a", "c", "b", "d", "e", *added]
    assert grown.vocabulary.categories[1].tolist() == grown.vocabulary.categories[0].tolist()
    assert grown.decode("tags") == [["a", "e"], added, ["c", "b"]]
    assert grown.decode("main") == ["d", "b", *(added or [None])]


def test_counts_with_shared_lists_add():
    whole = count_pairs(tables(), shared=TOGETHER)
    first = {name: cells[:300] for name, cells in tables().items()}
    rest = {name: cells[300:] for name, cells in tables().items()}
    added = count_pairs(first, shared=TOGETHER) + count_pairs(rest, shared=TOGETHER)
    assert added.vocabulary.texts() == whole.vocabulary.texts()
    assert added.vocabulary.schema.shared == whole.vocabulary.schema.shared
    np.testing.assert_array_equal(added.count, whole.count)


@pytest.mark.parametrize("solver", ["counts", "rows"])
def test_shared_lists_are_trained(solver):
    model = Cat2Vec(vector_size=3, solver=solver, shared=TOGETHER).fit(tables())
    assert model.nearest("tag", "t0", n=2)["category"].isin(["t1", "t2"]).all()
    vectors = model.vectors_
    assert len(vectors["tag"]) == 12
    rows = model.transform({"tags": [["t0", "t5"]], "main": ["t0"], "city": [None]})
    both = (vectors["tag"].loc["t0"] + vectors["tag"].loc["t5"]) / 2
    np.testing.assert_allclose(rows[0, :3], both, rtol=1e-5)
    np.testing.assert_array_equal(rows[0, 3:6], vectors["tag"].loc["t0"])


def test_rows_comes_close_to_counts_with_shared_lists():
    table = encode_table(tables(6000), shared=TOGETHER)
    counts, rows = (train_vectors(table, solver=s, vector_size=3) for s in ("counts", "rows"))
    assert rows.gain >= 0.95 * counts.gain > 0.1


def test_sizes_and_context_speak_of_shared_lists_and_of_dates(tmp_path):
    rng = np.random.default_rng(0)
    start = np.datetime64("2023-01-01")
    table = {**tables(300), "when": start + rng.integers(700, size=300)}
    sizes = {"tag": 2, "when": 1, None: 3}
    model = Cat2Vec(
        vector_size=sizes, shared=TOGETHER, context=["city"], exclude_pairs=[["when", "city"]]
    ).fit(table)
    names = model.get_feature_names_out().tolist()
    assert names == ["tags_0", "tags_1", "main_0", "main_1"] + [
        f"when:{part}_0" for part in ("year", "month", "weekday")
    ]
    rows = model.transform(table)
    assert rows.shape == (300, 7)
    whole = model.vectors_["tag"]  # trained at 2, the most that is written
    np.testing.assert_allclose(
        rows[:, :2], [whole.loc[tags].mean() for tags in table["tags"]], atol=1e-6
    )
    model.save(tmp_path)
    np.testing.assert_array_equal(load(tmp_path).transform(table), rows)
    without = Cat2Vec(vector_size=2, context=["when"]).fit(table)
    assert without.transform(table).shape == (300, 6)


def test_parts_of_one_date_still_learn_from_each_other():
    words = encode_table(FLIGHTS).vocabulary
    allowed = pair_allowed(words, [["left", "back"]])
    left, back = (
        [words.schema.position(part) for part in words.schema.parts_of(column)]
        for column in ("left", "back")
    )
    assert len(left) == 3
    assert len(back) == 3
    assert not allowed[np.ix_(left, back)].any()
    assert allowed[left[0], left[1]]
    assert allowed[back[0], back[2]]


@pytest.mark.parametrize(
    ("table", "columns", "error", "match"),
    [
        (
            TABLE,
            {"tags": "multivalued", "main": Ordered(list("abcd"))},
            ParameterError,
            "the same kind",
        ),
        (FLIGHTS, {"left": Dates()}, ParameterError, "that 'left' is Dates.* nothing of 'back'"),
        (
            {**FLIGHTS, "back": ["x", "y", "z", "w"]},
            None,
            ColumnTypeError,
            "'left' holds dates, times or durations and 'back' holds text",
        ),
        ({**TABLE, "main": [1, 2, 3, 4, 5]}, None, ColumnTypeError, "holds text and 'main' holds"),
        (
            {**FLIGHTS, "back": [datetime.time(1), None, None, datetime.time(2)]},
            None,
            ColumnTypeError,
            "'left', 'back' share a vocabulary, and only some",
        ),
        (
            {**FLIGHTS, "day:year": [1, 2, 3, 4]},
            None,
            TableError,
            "would be the feature 'day:year'",
        ),
    ],
)
def test_what_cannot_be_shared_is_told(table, columns, error, match):
    names = list(table)[:2]
    with pytest.raises(error, match=match):
        encode_table(table, columns=columns, shared={"day": names})


def test_declared_orders_must_agree():
    sizes = pd.CategoricalDtype(["small", "large"], ordered=True)
    other = pd.CategoricalDtype(["large", "small"], ordered=True)
    cells = ["small", "large", "small", None]
    frame = pd.DataFrame({"a": pd.Series(cells, dtype=sizes), "b": pd.Series(cells, dtype=sizes)})
    frame["c"] = ["x", "y", "x", "y"]
    shared = {"size": ["a", "b"]}
    assert encode_table(frame, shared=shared).vocabulary.categories[0].tolist() == [
        "small",
        "large",
    ]
    frame["b"] = frame["b"].astype(other)
    with pytest.raises(ColumnTypeError, match=r"'a' and 'b' .* same order .*Ordered\(\[\.\.\.\]\)"):
        encode_table(frame, shared=shared)
    told = Ordered(["small", "large", "huge"])
    words = encode_table(frame, columns={"a": told, "b": told}, shared=shared).vocabulary
    assert words.categories[1].tolist() == ["small", "large"]
