"""Tables of one column of lists, by whatever library and in whatever form they come."""

import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cat2vec import Cat2Vec, MultiValued, count_pairs, encode_table
from cat2vec.errors import (
    ColumnTypeError,
    ParameterError,
    TableError,
    UnseenCategoryWarning,
    naming_options,
)
from cat2vec.estimator.plan import plan_of
from cat2vec.tables.cells.kinds import kind_from_json, kind_from_text, kind_to_json
from cat2vec.training.settings import Settings
from tests.training.test_pairs_inside import baskets

BASKETS = baskets(300)
WANTED = Cat2Vec(vector_size=2).fit({"b": BASKETS})
AS_LISTS = pa.list_(pa.string())


@pytest.mark.parametrize(
    "table",
    [
        {"b": [tuple(basket) for basket in BASKETS]},
        {"b": [set(basket) for basket in BASKETS]},
        {"b": [frozenset(basket) for basket in BASKETS]},
        {"b": [np.array(basket, dtype=object) for basket in BASKETS]},
        {"b": [basket or None for basket in BASKETS]},
        {"b": [basket[::-1] + basket[:1] for basket in BASKETS]},
        {"b": pd.Series(BASKETS)},
        pd.DataFrame({"b": BASKETS}),
        pd.DataFrame({"b": [np.array(basket) for basket in BASKETS]}),
        pd.DataFrame({"b": pd.Series(BASKETS, dtype=pd.ArrowDtype(AS_LISTS))}),
        pl.DataFrame({"b": BASKETS}),
        pl.DataFrame({"b": pl.Series(BASKETS, dtype=pl.List(pl.Categorical))}),
        pa.table({"b": BASKETS}),
        pa.table({"b": pa.array(BASKETS, pa.large_list(pa.string()))}),
        pd.DataFrame({"b": BASKETS}).to_numpy(),
    ],
    ids=["tuples", "sets", "frozensets", "arrays", "None for empty", "repeated and reversed",
         "Series", "pandas", "pandas arrays", "pandas arrow", "polars", "polars categorical",
         "arrow", "arrow large", "2-D objects"],
)  # fmt: skip
def test_one_column_of_lists_is_a_table_in_every_form(table):
    model = Cat2Vec(vector_size=2).fit(table)
    assert model.vectors_.matrix.tobytes() == WANTED.vectors_.matrix.tobytes()


def test_texts_with_a_separator_are_lists_when_that_is_said():
    table = {"b": [" | ".join(basket) for basket in BASKETS]}
    model = Cat2Vec(vector_size=2, columns={"b": MultiValued(sep="|")}).fit(table)
    assert model.vectors_.matrix.tobytes() == WANTED.vectors_.matrix.tobytes()
    with pytest.raises(TableError, match=r"only one feature, 'b' \(n_features=1\)\..*or texts with "
                       r"columns=\{'b': MultiValued\(sep='\|'\)\}\."):  # fmt: skip
        Cat2Vec().fit(table)


def test_a_basket_is_the_mean_of_its_items_and_zero_without_any():
    new = {"b": [["g0_0", "g1_0", "g0_0"], [], ["g2_1", "nothing known"], None]}
    with pytest.warns(UnseenCategoryWarning, match=r"among 4 rows: 'b' 1 \('nothing known'\)\."):
        rows = WANTED.transform(new)
    vectors = WANTED.vectors_["b"]
    mean = vectors.loc[["g0_0", "g1_0"]].to_numpy().mean(axis=0)
    np.testing.assert_allclose(rows[0], mean, rtol=1e-5)
    np.testing.assert_array_equal(rows[[1, 3]], 0.0)
    np.testing.assert_array_equal(rows[2], vectors.loc["g2_1"].to_numpy())
    assert WANTED.get_feature_names_out().tolist() == ["b_0", "b_1"]


def test_a_column_that_is_left_of_others_is_a_table():
    table = {"b": BASKETS, "price": np.arange(300.0), "shop": list("xyz") * 100}
    for options in ({"features": ["b"]}, {"numeric": "drop", "features": ["b", "price"]}):
        found = encode_table(table, **options)
        assert found.vocabulary.schema.within.tolist() == [True]
        assert count_pairs(table, **options).total == count_pairs({"b": BASKETS}).total


def test_beside_other_columns_values_of_a_cell_are_apart_unless_that_is_asked_for():
    table = {"b": BASKETS, "shop": list("xyz") * 100}
    plain = encode_table(table)
    assert plain.vocabulary.schema.within.tolist() == [False, False]
    assert [str(remark) for remark in plain.remarks] == [
        "'b': the values of one cell learn from the other columns, not from each other; "
        "columns={'b': MultiValued(within=True)} lets them do both."
    ]
    asked = encode_table(table, columns={"b": MultiValued(within=True)})
    assert asked.vocabulary.schema.within.tolist() == [True, False]
    told = encode_table(table, columns={"b": MultiValued(within=False)})
    assert asked.remarks == told.remarks == ()
    both = {"b": BASKETS, "c": BASKETS[::-1]}
    within = MultiValued(within=True)
    counts = count_pairs(both, columns={"b": within, "c": within})
    inside = count_pairs({"b": BASKETS}).total
    assert counts.total == 2 * inside + count_pairs(both).total


def test_remarks_and_the_plan_say_what_values_of_a_cell_learn_from():
    texts = {"b": ["a,b", "b,c", "a"], "shop": list("xyx")}
    kinds = {"b": MultiValued(sep=",", normalize=True)}
    (remark,) = encode_table(texts, columns=kinds).remarks
    assert "columns={'b': MultiValued(sep=',', normalize=True, within=True)} lets" in str(remark)
    with naming_options():
        (remark,) = encode_table(texts, columns={"b": MultiValued(sep=";")}).remarks or (None,)
    assert remark is None  # no cell holds two values
    with naming_options():
        (remark,) = encode_table(texts, columns={"b": MultiValued(sep=",")}).remarks
    assert "--types b=multivalued:,:within lets them do both." in str(remark)
    alone = encode_table({"b": [["a", "b"], ["b", "c"], ["a", "c", "b"]]})
    lines = str(plan_of(alone, ["b"], Settings(2))).splitlines()
    assert lines[1].endswith("b: several text with pairs inside a cell, 3 categories (a, b, c)")
    assert lines[2].endswith(
        "'b': the only column, so the values of one cell learn from each other."
    )
    assert "pairs     at most 3 distinct, from 5 in the rows" in lines


def test_skrub_is_named_only_where_it_is_in_use(monkeypatch):
    monkeypatch.setitem(sys.modules, "skrub", None)
    monkeypatch.delitem(sys.modules, "skrub")
    with pytest.raises(TableError, match=r"as baskets do: lists, or texts with .*\)\}\.$"):
        Cat2Vec().fit({"city": ["Oslo", "Rome"]})
    monkeypatch.setitem(sys.modules, "skrub", pytest)
    with pytest.raises(TableError, match="If skrub's TableVectorizer handed this column over"):
        Cat2Vec().fit({"city": ["Oslo", "Rome"]})


def test_pairs_that_are_forbidden_leave_one_column_with_nothing():
    with pytest.raises(TableError, match=r"only one feature, 'b'.* Leave within out\.$"):
        Cat2Vec(columns={"b": MultiValued(within=False)}).fit({"b": BASKETS})
    with pytest.raises(ParameterError, match="within of a MultiValued column must be True or Fals"):
        MultiValued(within="yes")


@pytest.mark.parametrize("rows", [BASKETS, [tuple(basket) for basket in BASKETS]])
def test_rows_of_different_lengths_are_told_to_be_cells(rows):
    with pytest.raises(ColumnTypeError, match=r"are one column: \{'basket': rows\}\.$"):
        Cat2Vec().fit(pd.Series(rows))
    with pytest.raises(ColumnTypeError, match=r"are the cells of one column: \{'basket': rows\}"):
        Cat2Vec().fit(rows)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("multivalued:,", MultiValued(sep=",")),
        ("multivalued::", MultiValued(sep=":")),
        ("multivalued:,:within", MultiValued(sep=",", within=True)),
        ("multivalued:::within", MultiValued(sep=":", within=True)),
        ("multivalued::within", MultiValued(within=True)),
        ("multivalued:within", MultiValued(within=True)),
    ],
)
def test_kinds_are_read_from_words_and_stored(text, kind):
    assert kind_from_text(text) == kind
    assert kind_from_json(kind_to_json(kind)) == kind
    assert kind_from_json({"MultiValued": {"sep": ",", "normalize": False}}) == MultiValued(",")
