"""Kinds that are told: orders, tidied texts, identifiers; and what a missing cell is."""

import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cat2vec import (
    Cat2Vec,
    Categorical,
    Dates,
    Identifier,
    MultiValued,
    Numeric,
    Ordered,
    PairCounts,
    count_pairs,
    encode_table,
    load,
)
from cat2vec.errors import (
    ColumnTypeError,
    CountsMismatchError,
    IdentifierWarning,
    KeyCollisionError,
    ParameterError,
    UnknownCategoryError,
    UnknownFeatureError,
)
from cat2vec.estimator.plan import feature_lines
from cat2vec.tables.cells.kinds import kind_from_json, kind_from_text, kind_to_json
from cat2vec.tables.encode import encode_growing
from cat2vec.vocabulary.vocabulary import MISSING, MISSING_CATEGORY, UNSEEN, category_key
from tests.counting.test_weights import assert_same_counts

SIZES = ["small", "large", None, "small", "medium"]
DECLARED = ["tiny", "small", "medium", "large"]
OTHER = list("xyxyx")
ORDERED = pd.CategoricalDtype(DECLARED, ordered=True)


def encoded(cells, kind=None, **options):
    table = {"a": cells, "b": ["x", "y"] * (len(cells) // 2) + ["x"] * (len(cells) % 2)}
    return encode_table(table, columns=None if kind is None else {"a": kind}, **options)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (pd.Series(SIZES, dtype=ORDERED), None),
        (pd.Series(SIZES, dtype=ORDERED), "category"),
        (pl.Series(SIZES, dtype=pl.Enum(DECLARED)), None),
        (pa.array(pd.Series(SIZES, dtype=ORDERED)), None),
        (SIZES, Ordered(DECLARED)),
        (pl.Series(SIZES), Ordered(DECLARED)),
        (pa.array(SIZES), Ordered(DECLARED)),
    ],
    ids=["pandas", "pandas category", "polars", "arrow", "told", "told polars", "told arrow"],
)
def test_declared_orders_are_kept_and_unused_categories_are_none(column, kind):
    result = encoded(column, kind)
    assert result.vocabulary.categories[0].tolist() == ["small", "medium", "large"]
    assert result.codes[:, 0].tolist() == [0, 2, MISSING, 0, 1]
    assert feature_lines(result.vocabulary)[0] == (
        "features  a: text in order, 3 categories (small, medium, large)"
    )


def test_orders_come_back_from_files_and_counts_add_in_them(tmp_path):
    parts = [pd.Series(cells, dtype=ORDERED) for cells in (["small", "large"], ["medium", "tiny"])]
    first, second = (count_pairs({"a": part, "b": ["x", "y"]}) for part in parts)
    first.save(tmp_path / "c")
    whole = PairCounts.load(tmp_path / "c") + second
    assert whole.vocabulary.categories[0].tolist() == DECLARED
    words = encode_growing({"a": parts[1], "b": ["x", "y"]}, first.vocabulary).vocabulary
    assert words.categories[0].tolist() == ["small", "large", "tiny", "medium"]
    other = count_pairs({"a": ["small", "large"], "b": ["x", "y"]})
    with pytest.raises(CountsMismatchError, match=r"categorical \(order 'tiny', 'small', "):
        first + other


def test_missing_cells_come_behind_a_declared_order_also_in_sums():
    parts = [pd.Series(cells, dtype=ORDERED) for cells in (["large", None], ["tiny", "small"])]
    tables = [{"a": part, "b": ["x", "y"]} for part in (*parts, pd.concat(parts))]
    tables[2]["b"] = ["x", "y"] * 2
    first, second, whole = (count_pairs(table, missing="token") for table in tables)
    categories = (first + second).vocabulary.categories[0].tolist()
    assert categories == ["tiny", "small", "large", MISSING_CATEGORY]
    assert_same_counts(first + second, whole)


def test_orders_of_numbers_are_no_bins():
    column = pd.Series(list(range(40)), dtype=pd.CategoricalDtype(range(40)[::-1], ordered=True))
    result = encoded(column)
    assert result.vocabulary.categories[0].tolist() == list(range(40))[::-1]
    unordered = encoded(pd.Series(list(range(40)), dtype="category"))
    assert unordered.vocabulary.categories[0].tolist() == list(range(40))
    told = encoded([3, 1.0, 2, 1], Ordered([3, 2, 1]))
    assert told.codes[:, 0].tolist() == [0, 2, 1, 2]


def test_values_beside_a_given_order_are_refused_in_fit_and_unseen_later():
    with pytest.raises(ColumnTypeError, match=r"'a' has the categories 's', and it holds 'm'\."):
        encoded(["s", "m"], Ordered(["s"]))
    fitted = encoded(["s", "m"], Ordered(["m", "s"])).vocabulary
    new = encode_table({"a": ["s", "l"], "b": ["x", "y"]}, vocabulary=fitted)
    assert new.codes[:, 0].tolist() == [1, UNSEEN]


@pytest.mark.parametrize("given", ["SML", 3, [], ["s", "s"], [1, 1.0], [None], {"s", "m"}])
def test_wrong_orders_are_refused(given):
    with pytest.raises(ParameterError, match="categories of an Ordered column must be"):
        Ordered(given)


CITIES = ["Oslo", " oslo", "OSLO  ", "New  York", "new york", None, "Rome"]


@pytest.mark.parametrize("make", [list, pd.Series, pl.Series, pa.array])
def test_texts_are_tidied_only_when_asked_for(make):
    assert len(encoded(make(CITIES)).vocabulary.categories[0]) == 6
    result = encoded(make(CITIES), Categorical(normalize=True))
    assert result.vocabulary.categories[0].tolist() == ["new york", "oslo", "rome"]
    assert result.codes[:, 0].tolist() == [1, 1, 1, 0, 0, MISSING, 2]
    assert result.vocabulary.schema.codecs[0].n_merged == 3
    assert feature_lines(result.vocabulary)[0].endswith("rome), 3 spellings merged")
    assert result.vocabulary.token_id("a", "  ROME ") == 2
    new = encode_table({"a": ["ROME", "Pisa"], "b": ["x", "y"]}, vocabulary=result.vocabulary)
    assert new.codes[:, 0].tolist() == [2, UNSEEN]


def test_tidying_leaves_what_is_no_text_and_goes_with_orders():
    assert encoded([1, "A", "a", True], Categorical(normalize=True)).codes[:, 0].tolist() == [
        1, 2, 2, 0,
    ]  # fmt: skip
    column = pd.Series(["B", "a"], dtype=pd.CategoricalDtype(["B", "b", "a"], ordered=True))
    result = encoded(column, Categorical(normalize=True))
    assert result.vocabulary.categories[0].tolist() == ["b", "a"]
    with pytest.raises(ParameterError, match="normalize of a Categorical column must be True or"):
        Categorical(normalize="yes")


def identifiers(n_rows, share=1.0):
    return [f"id{i}" if i < share * n_rows else "id0" for i in range(n_rows)]


def test_a_column_of_nearly_distinct_values_is_warned_of_once():
    table = {"id": identifiers(600), "b": list("xy") * 300, "c": list("xxy") * 200}
    with pytest.warns(IdentifierWarning) as caught:
        Cat2Vec(vector_size=1, solver="counts").fit_transform(table)
    assert [str(one.message) for one in caught] == [
        "column 'id' has 600 distinct values in 600 rows, as identifiers have. Their vectors take "
        "about 0.2 MB at vector_size=32, and a value that stands in one row is known by that row "
        "only. Leave it out with features=[...], or keep it without this warning with "
        "columns={'id': 'identifier'}."
    ]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (identifiers(400), None),  # few rows, distinct by chance
        (identifiers(600, 0.85), None),
        (identifiers(600), "identifier"),
        (identifiers(600), Identifier()),
        (identifiers(600), "category"),
        ([number / 4 for number in range(600)], None),  # bins
        ([[cell] for cell in identifiers(600)], None),
    ],
)
def test_what_is_no_identifier_or_meant_is_not_warned_of(cells, kind):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = encoded(cells, kind).vocabulary
        encode_table({"a": cells, "b": ["x"] * len(cells)}, vocabulary=fitted)


@pytest.mark.parametrize("make", [list, pd.Series, pl.Series, pa.array])
def test_missing_cells_can_be_a_category_that_is_no_text(make):
    cells = ["<missing>", None, "a", None]
    result = encoded(make(cells), missing="token")
    assert result.vocabulary.categories[0].tolist() == ["<missing>", "a", MISSING_CATEGORY]
    assert result.codes[:, 0].tolist() == [0, 2, 1, 2]
    assert result.vocabulary.counts.tolist() == [1, 1, 2, 2, 2]
    for question in (None, float("nan"), MISSING_CATEGORY):
        assert result.vocabulary.token_id("a", question) == 2
    again = encode_table(
        {"a": make([None, "b", "a"]), "b": ["x", "y", None]}, vocabulary=result.vocabulary
    )
    assert again.codes.tolist() == [[2, 0], [UNSEEN, 1], [1, MISSING]]


@pytest.mark.parametrize("cells", [[1.5, None, 2.5, 1.5], [True, None, False, True]])
@pytest.mark.parametrize("make", [list, pd.Series, pl.Series, pa.array])
def test_missing_numbers_and_booleans_are_a_category(make, cells):
    result = encoded(make(cells), missing="token")
    wanted = sorted({cell for cell in cells if cell is not None})
    assert result.vocabulary.categories[0].tolist() == [*wanted, MISSING_CATEGORY]
    assert result.decode("a") == [MISSING_CATEGORY if c is None else c for c in cells]


def test_missing_numbers_have_a_bin_of_their_own():
    numbers = [*range(8), None, None]
    result = encoded(numbers, Numeric(4), missing="token")
    assert result.codes[:, 0].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert result.vocabulary.categories[0][-1] is MISSING_CATEGORY
    assert result.vocabulary.token_id("a", 1e9) == 3
    full, gaps = (count_pairs({"a": a, "b": list("xy") * 4}, columns={"a": Numeric(4)},
                              missing="token") for a in (numbers[:8], numbers[:8]))  # fmt: skip
    more = count_pairs(encode_growing({"a": [None, 1], "b": ["x", "y"]}, full.vocabulary))
    united = gaps + more
    assert united.vocabulary.categories[0][-1] is MISSING_CATEGORY
    assert united.vocabulary.counts.tolist() == [3, 2, 2, 2, 1, 5, 5]
    assert (more + gaps).vocabulary.counts.tolist() == united.vocabulary.counts.tolist()


def test_a_feature_without_gaps_in_fit_keeps_later_ones_missing():
    fitted = encoded(["p", "q"], missing="token").vocabulary
    new = encode_table({"a": [None, "q"], "b": ["x", None]}, vocabulary=fitted)
    assert new.codes.tolist() == [[MISSING, 0], [1, MISSING]]
    with pytest.raises(UnknownCategoryError, match="has no category None"):
        fitted.token_id("a", None)


def test_missing_tokens_are_trained_saved_and_grown(tmp_path):
    table = {"a": ["p", None, "q", None] * 9, "b": ["x", "y", "x", "y"] * 9}
    model = Cat2Vec(vector_size=2, missing="token", missing_values={"b": ["?"]})
    model.partial_fit({**table, "b": ["x", "y", "x", "?"] * 9})
    assert model.nearest("a", None)["category"].tolist() == ["p", "q"]
    assert "a=<missing>" in model.to_keyed_vectors().key_to_index
    model.save(tmp_path / "m")
    again = load(tmp_path / "m")
    assert again.get_params() == model.get_params()
    assert again.vocabulary_.categories[0][-1] is MISSING_CATEGORY
    assert again.transform(table).tobytes() == model.transform(table).tobytes()
    new = {"a": [None, "r"] * 9, "b": [None, "?"] * 9}
    again.partial_fit(new)
    assert again.vocabulary_.categories[0].tolist() == ["p", "q", "r", MISSING_CATEGORY]
    assert again.vocabulary_.counts.tolist() == [9, 9, 9, 27, 18, 9, 27]
    alike = Cat2Vec(vector_size=2, missing="token").fit({"a": ["<missing>", None], "b": ["x", "y"]})
    with pytest.raises(KeyCollisionError, match="'a=<missing>'"):
        alike.to_keyed_vectors()


def test_the_missing_category_is_one_object():
    assert copy.deepcopy(MISSING_CATEGORY) is MISSING_CATEGORY
    assert pickle.loads(pickle.dumps(MISSING_CATEGORY)) is MISSING_CATEGORY
    assert category_key(MISSING_CATEGORY) > category_key(frozenset())


holes = st.none() | st.sampled_from(["a", "b", 1, 2.5])


@given(st.lists(holes, min_size=1, max_size=12), st.lists(holes, min_size=1, max_size=12))
def test_with_tokens_every_cell_of_fit_has_a_code_and_new_rows_too(cells, new):
    options = {"missing": "token", "columns": {"a": "category"}}
    fitted = encode_table({"a": cells, "b": ["x"] * len(cells)}, **options)
    assert (fitted.codes >= 0).all()
    again = encode_table({"a": new, "b": ["x"] * len(new)}, vocabulary=fitted.vocabulary)
    seen = {None if cell is None else category_key(cell) for cell in cells}
    for cell, code in zip(new, again.codes[:, 0].tolist(), strict=True):
        known = (None if cell is None else category_key(cell)) in seen
        assert (code >= 0) == known
        assert known or code == (MISSING if cell is None else UNSEEN)


def test_values_that_mean_missing_are_configurable():
    table = {"a": ["?", "p", "NA", "q"], "n": [-1, 5, 6.0, 7], "m": [1, "?", 3, 2]}
    plain = encode_table(table)
    assert (plain.codes >= 0).all()
    assert plain.vocabulary.categories[2].tolist() == [1, 2, 3, "?"]
    marked = encode_table(table, missing_values=["?", "NA", -1.0], columns={"m": Numeric(2)})
    assert (marked.codes < 0).tolist() == [
        [True, True, False], [False, False, True], [True, False, False], [False, False, False],
    ]  # fmt: skip
    again = encode_table(table, vocabulary=marked.vocabulary)
    assert again.codes.tolist() == marked.codes.tolist()
    only = encode_table(table, missing_values={"a": ["?"]})
    assert (only.codes < 0).sum() == 1
    weighted = encode_table(table, missing_values=["?", -1], sample_weight=[1, 0, 1, 1])
    assert weighted.codes[:, 0].tolist() == [MISSING, UNSEEN, 0, 1]


@pytest.mark.parametrize(
    "given", ["?", 3, 0, False, [["a"]], {"a": "?"}, {"a": 0}, iter(["a"]), {"a": iter(["a"])}]
)
def test_wrong_missing_values_are_refused(given):
    with pytest.raises(ParameterError, match=r"missing_values must be a list .* Write missing_"):
        encoded(["a", "b"], missing_values=given)


def test_missing_values_may_stand_in_an_array():
    table = encode_table({"n": [1, 2, 3], "m": ["a", "b", "c"]}, missing_values=np.array([1, 3]))
    assert (table.codes < 0).tolist() == [[True, False], [False, False], [True, False]]


def test_names_in_missing_values_and_wrong_rules_are_refused():
    with pytest.raises(UnknownFeatureError, match="no feature 'c' in this table"):
        encoded(["a", "b"], missing_values={"c": ["?"]})
    with pytest.raises(
        ParameterError, match="missing must be one of 'ignore', 'token', got 'keep'"
    ):
        Cat2Vec(missing="keep").fit({"a": ["p", "q"], "b": ["x", "y"]})


KINDS = {
    "category": Categorical(),
    "category:normalize": Categorical(normalize=True),
    "numeric:8": Numeric(8),
    "identifier": Identifier(),
    "ordered:S,M": Ordered(["S", "M"]),
    "dates": Dates(),
    "dates:year,hour": Dates(["year", "hour"]),
    "dates:%d/%m/%Y": Dates(format="%d/%m/%Y"),
    "multivalued:, ": MultiValued(sep=", "),
}


@pytest.mark.parametrize("text", KINDS)
def test_kinds_are_read_from_text_and_json(text):
    assert kind_from_text(text) == KINDS[text]
    assert kind_from_json(kind_to_json(KINDS[text])) == KINDS[text]


@pytest.mark.parametrize("text", ["ordered", "text:3", "category:up", "numeric:x", "identifier:1"])
def test_texts_that_are_no_kind_are_refused(text):
    with pytest.raises(ValueError, match=r"."):
        kind_from_text(text)


def test_numbers_of_numpy_in_kinds_are_saved(tmp_path):
    columns = {"a": Ordered([np.int64(2), np.int64(1)]), "b": Numeric(np.int64(3))}
    table = {"a": [1, 2] * 9, "b": list(range(18)), "c": list("xyz") * 6}
    model = Cat2Vec(vector_size=1, columns=columns, missing_values=[np.int64(7)]).fit(table)
    model.save(tmp_path / "m")
    assert load(tmp_path / "m").get_params() == model.get_params()
